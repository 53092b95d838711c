"""What we write down as an IRI answers: in each form, on the day asked, for pages of other sites where it is public."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Namespace, URIRef
from small_maps import shapes_of, write_map
from web_client import SYSTEM, client_of

from graphsvc.errors import UsageError
from graphsvc.exports.catalogue import Catalogue
from graphsvc.exports.thing import Document, write_catalogue
from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.rdf import Rdf
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.web import create_app, thing_page

BASE = "http://127.0.0.1:8484"
GS = Namespace("https://w3id.org/graphsvc/ontology#")
COUNCIL = "/id/organisation/small-council"
FORMS = {"html": "text/html", "ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}


@pytest.fixture
async def small(store: Store, model: Model, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service over the small map."""
    await Loading(store, model, shapes_of(model), BASE).load([write_map(tmp_path / "small")])
    async with client_of(create_app(Settings(), model, store)) as client:
        yield client


async def turtle(client: httpx.AsyncClient, path: str) -> Graph:
    response = await client.get(path, headers={"accept": "text/turtle"}, follow_redirects=True)
    assert response.status_code == 200, (path, response.text)
    return Graph().parse(data=response.text, format="turtle")


@pytest.mark.slow
async def test_every_iri_that_is_written_answers_in_every_form(web: httpx.AsyncClient) -> None:
    graph = await turtle(web, SYSTEM)
    written = {str(term).partition("#")[0] for triple in graph for term in triple if str(term).startswith(BASE)}
    kinds: dict[str, list[str]] = {}
    for iri in sorted(written):
        kinds.setdefault(iri[len(BASE) :].split("/")[1], []).append(iri[len(BASE) :])
    assert set(kinds) == {"id", "claim", "graph"}
    assert any("#" in str(term) for term in graph.subjects() if "/claim/" in str(term)), "values are parts of their claims"
    for paths in kinds.values():
        for path in paths[:: max(1, len(paths) // 6)]:
            for form in ("text/html", "text/turtle", "application/ld+json"):
                response = await web.get(path, headers={"accept": form}, follow_redirects=True)
                assert response.status_code == 200, (path, form)
                assert response.headers["content-type"].startswith(form)
                assert re.fullmatch(r'W/"\d+-[0-9a-f]+"', response.headers["etag"])


async def test_the_concepts_of_closed_lists_stand_in_the_ontology_in_every_form(web: httpx.AsyncClient) -> None:
    for form in ("ttl", "jsonld", "rdf"):
        response = await web.get("/ontology", params={"format": form})
        assert response.headers["content-type"].startswith(FORMS[form])
        assert response.headers["etag"]
        assert "ClaimStatus-planned" in response.text
    nodes = {node["@id"] for node in json.loads((await web.get("/ontology", params={"format": "jsonld"})).text)}
    assert {str(GS["ClaimStatus-planned"]), str(GS.Contract), str(GS.commissions)} <= nodes


@pytest.mark.parametrize("path", ["/graph/nowhere", "/graph/walsall/nobody", "/graph/nowhere/004", f"{SYSTEM}?part=0"])
async def test_what_was_never_loaded_has_no_graph(web: httpx.AsyncClient, path: str) -> None:
    assert (await web.get(path)).status_code == 404


async def test_a_named_graph_says_whose_it_is(small: httpx.AsyncClient) -> None:
    graph = await turtle(small, "/graph/small/paper")
    derived = URIRef("http://www.w3.org/ns/prov#wasDerivedFrom")
    assert (URIRef(f"{BASE}/graph/small/paper"), derived, URIRef(f"{BASE}/id/source/paper")) in graph
    page = (await small.get("/graph/small/paper")).text
    assert "A paper" in page
    assert "A small map" in page
    assert "/graph/small/paper" in (await small.get("/graph/small")).text
    assert "/graph/small" in (await small.get("/graph")).text


async def test_an_address_takes_the_day_and_states_what_is_true_on_it(small: httpx.AsyncClient) -> None:
    council, nursing = URIRef(BASE + COUNCIL), URIRef(f"{BASE}/id/service/nursing")
    during = await turtle(small, f"{COUNCIL}?asOf=2017-06-01")
    after = await turtle(small, f"{COUNCIL}?asOf=2018-04-01")
    assert (council, GS.commissions, nursing) in during
    assert (nursing, GS.commissionedBy, council) in during
    assert (council, GS.commissions, nursing) not in after
    before = await turtle(small, f"{COUNCIL}?asOf=2016-01-01")
    assert (council, GS.inSystem, URIRef(f"{BASE}/id/care-system/small")) in before, "an open bound is open, whenever it was told"
    assert set(during.subjects(None, GS.Claim)) == set(after.subjects(None, GS.Claim)), "every claim stands on every day"
    planned = await turtle(small, "/id/organisation/small-trust")
    assert (URIRef(f"{BASE}/id/organisation/small-trust"), None, None) not in planned
    assert (await small.get(f"{COUNCIL}?asOf=2018-02-30")).status_code == 422


async def test_a_claim_of_a_plan_is_no_fact_at_its_own_address(small: httpx.AsyncClient) -> None:
    planned = await turtle(small, "/id/organisation/small-trust")
    (claim,) = planned.subjects(URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#object"), GS.Organisation)
    alone = await turtle(small, str(claim)[len(BASE) :])
    assert (claim, GS.status, GS["ClaimStatus-planned"]) in alone
    assert not list(alone.objects(URIRef(f"{BASE}/id/organisation/small-trust"), None))


async def test_the_forms_of_a_thing_say_the_same(small: httpx.AsyncClient) -> None:
    in_turtle = await turtle(small, COUNCIL)
    in_xml = Graph().parse(data=(await small.get(f"{COUNCIL}?format=rdf")).text, format="xml")
    assert set(in_xml) == set(in_turtle)


def test_a_text_that_no_xml_can_hold_is_still_well_formed(model: Model) -> None:
    catalogue = Catalogue(Rdf(model, BASE), "2026-01-01")
    catalogue.add_graph("small", "source/paper", "a\x01b\ufffe<&>")
    text = write_catalogue(catalogue, "application/rdf+xml", Document(model, BASE, "2026-01-01"))
    assert any("a\ufffdb\ufffd<&>" in str(value) for value in Graph().parse(data=text, format="xml").objects())


async def test_an_answer_is_the_same_until_a_load(small: httpx.AsyncClient) -> None:
    for path in (COUNCIL, "/graph/small", f"{COUNCIL}?format=ttl", f"{COUNCIL}?format=ttl&asOf=2017-06-01"):
        first = await small.get(path)
        again = await small.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = await small.get(path, headers={"if-none-match": 'W/"0-0"'})
        assert other.status_code == 200
    tags = {(await small.get(f"{COUNCIL}?format=ttl&asOf={day}")).headers["etag"] for day in ("2017-06-01", "2018-06-01")}
    assert len(tags) == 2


async def test_a_thing_with_very_many_claims_comes_in_parts_and_nothing_is_lost(
    small: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = "/id/care-system/small?format=ttl"
    whole = await turtle(small, system)
    claims = set(whole.subjects(None, GS.Claim))
    assert len(claims) > 3
    monkeypatch.setattr(thing_page, "PART", 1)
    found: set[object] = set()
    path: str | None = f"{system}&part=1"  # another address, since the document is kept
    parts = 0
    while path:
        response = await small.get(path)
        graph = Graph().parse(data=response.text, format="turtle")
        found |= set(graph.subjects(None, GS.Claim))
        following = re.search(r'<([^>]*)>; rel="next"', response.headers["link"])
        said = [str(item) for item in graph.objects(None, URIRef("http://www.w3.org/ns/hydra/core#next"))]
        assert said == ([BASE + following[1]] if following else [])
        path, parts = following[1] if following else None, parts + 1
    assert parts > 2
    assert found == claims


# -- pages of other sites ---------------------------------------------------------------------------------------------------

ELSEWHERE = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
RDF = {"accept": "text/turtle"}


async def test_a_page_of_another_site_reads_public_rdf_and_nothing_else(loaded: Store, model: Model) -> None:
    settings = Settings(base_iri="https://graph.example", allowed_hosts="graph.example")
    async with client_of(create_app(settings, model, loaded)) as client:
        here = {"host": "graph.example", **ELSEWHERE}
        for path in (SYSTEM, f"{SYSTEM}?format=jsonld", "/graph/walsall/004", "/ontology"):
            response = await client.get(path, headers={**here, **RDF})
            assert response.status_code == 200, path
            assert response.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in response.headers
        for path in (SYSTEM, "/", "/graphql?query={__typename}", "/graphiql", "/health", "/sources"):
            accept = {"accept": "text/html"} if path == SYSTEM else RDF
            response = await client.get(path, headers={**here, **accept})
            assert response.status_code == 403, path
            assert "access-control-allow-origin" not in response.headers
        assert (await client.post(SYSTEM, headers={**here, **RDF})).status_code == 403
        assert (await client.get(SYSTEM, headers={**here, **RDF, "host": "evil.example"})).status_code == 403


@pytest.mark.parametrize(("wanted", "status"), [("", 403), ("no", 403), ("yes", 200)])
async def test_what_is_on_this_machine_alone_is_public_only_if_it_is_said(
    loaded: Store, model: Model, wanted: str, status: int
) -> None:
    async with client_of(create_app(Settings(public_rdf=wanted), model, loaded)) as client:
        assert (await client.get(SYSTEM, headers={**ELSEWHERE, **RDF})).status_code == status


async def test_a_setting_that_is_neither_yes_nor_no_stops_the_start(loaded: Store, model: Model) -> None:
    app = create_app(Settings(public_rdf="perhaps"), model, loaded)
    with pytest.raises(UsageError, match="neither yes nor no"):
        app.build_middleware_stack()
