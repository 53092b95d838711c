"""The page of a claim, and that no link of a page leads to nothing."""

from __future__ import annotations

import asyncio
import html
import json
import re
from datetime import date

import httpx
import pytest
from rdflib import RDF, Graph, URIRef
from store_claims import NEW, OLD, publish, relation, says, small_map, sources, thing
from web_client import client_of

from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store
from graphsvc.web import create_app

HOSTILE = "<script>alert(\"x\")</script> & 'y'"
TURTLE = {"accept": "text/turtle"}


def hrefs(page: str) -> set[str]:
    """The links of a page that stay within the service, without their fragments."""
    found = {html.unescape(address).partition("#")[0] for address in re.findall(r'href="([^"]*)"', page)}
    return {address for address in found if address.startswith("/")}


def flat(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.slow
async def test_no_link_of_a_page_leads_to_nothing(web: httpx.AsyncClient, loaded_engine: str) -> None:
    """The links of home, the system pages, the care systems and the answers of all ready questions.

    All of them but for things and claims, whose pages are made alike: of these a third, and on Neo4j, which plans a query for
    each kind of thing, a twelfth. The links are those of the same graph.
    """
    begin = {"/", "/questions", "/sources", "/docs", "/search", "/search?q=walsall", "/graphiql"}
    home, questions = [(await web.get(path)).text for path in ("/", "/questions")]
    begin |= {link for link in hrefs(home) | hrefs(questions) if link.startswith(("/id/care-system/", "/questions/"))}
    links: set[str] = set()
    for path in sorted(begin):
        response = await web.get(path)
        assert response.status_code == 200, path
        links |= hrefs(response.text)
    claims = {link for link in links if link.startswith("/id/claim/")}
    assert len(links) > 900
    assert len(claims) > 200
    # A thing in another form is the same thing: that each has its forms is asked elsewhere, and of claims below.
    plain = sorted(link for link in links - begin if "format=" not in link)
    things = [link for link in plain if link.startswith("/id/")]
    wanted = [link for link in plain if not link.startswith("/id/")] + things[:: 3 if loaded_engine == "embedded" else 12]
    dead = []
    for at in range(0, len(wanted), 4):
        answers = await asyncio.gather(*(web.get(path) for path in wanted[at : at + 4]))
        dead += [path for path, answer in zip(wanted[at : at + 4], answers, strict=True) if answer.status_code != 200]
    assert dead == []


async def client_over(store: Store, settings: Settings, model: Model, claims: list[Claim]) -> httpx.AsyncClient:
    """A client over a store that holds the claims."""
    await publish(store, claims)
    return client_of(create_app(settings, model, store))


async def test_a_claim_says_who_says_what_where_when_and_how_surely(store: Store, store_settings: Settings, model: Model) -> None:
    said = says(
        NEW, "page 7", confidence="INFERRED", status="ENDED", valid_from=date(2018, 4, 1), valid_to=date(2021, 5, 1),
        as_stated="to April 2021", note="as the annex puts it",
    )  # fmt: skip
    mine = relation("organisation/trust", "provides", "service/nursing", said)
    others = [
        relation("organisation/trust", "provides", "service/nursing", says(OLD, "page 3")),
        relation("organisation/trust", "provides", "service/other", says(OLD, "page 4")),
    ]
    described = [thing("organisation/trust", "The Trust"), thing("service/nursing", "Nursing"), thing("service/other", "Other")]
    async with await client_over(store, store_settings, model, [*sources(), *described, mine, *others]) as client:
        for query in ("", "?of=organisation/trust", "?of=service%2Fnursing"):
            page = (await client.get(f"/id/claim/{mine.id}{query}")).text
            text = flat(page)
            for words in (
                "The Trust: provides Nursing", "page 7", "“to April 2021”", "From 1 April 2018", "Until (last day) 30 April 2021",
                "Ended: It held once, and is over.", "Inferred", "as the annex puts it", "The Trust: provides Other",
            ):  # fmt: skip
                assert words in text, words
            assert "1 May 2021" not in text
            assert "no longer current" not in text
            for link in ("/id/organisation/trust", "/id/service/nursing", f"/id/{NEW}"):
                assert link in hrefs(page)
            assert {link.partition("?")[0] for link in hrefs(page) if link.startswith("/id/claim/")} == {
                f"/id/claim/{claim.id}" for claim in (mine, *others)
            }
            for link in hrefs(page):
                assert (await client.get(link)).status_code == 200, link
        record = described[0]
        assert "The Trust: organisation" in flat((await client.get(f"/id/claim/{record.id}")).text)
        assert "Until (last day) not stated" in flat((await client.get(f"/id/claim/{record.id}")).text)


async def test_machines_get_the_claim_at_its_address_and_at_its_iri(web: httpx.AsyncClient, loaded_settings: Settings) -> None:
    page = (await web.get("/questions/which-services-in-which-contract")).text
    address = next(link for link in sorted(hrefs(page)) if link.startswith("/id/claim/"))
    turtle = Graph().parse(data=(await web.get(address, headers=TURTLE)).text, format="turtle")
    iri = URIRef(f"{loaded_settings.base_iri}/claim/{address.rpartition('/')[2].partition('?')[0]}")
    assert (iri, None, None) in turtle
    linked = await web.get(address, headers={"accept": "application/ld+json"})
    assert str(iri) in json.dumps(linked.json())
    led = await web.get(str(iri).removeprefix(loaded_settings.base_iri), headers=TURTLE, follow_redirects=True)
    assert set(Graph().parse(data=led.text, format="turtle")) == set(turtle)
    assert (await web.get(address, headers={"accept": "image/png"})).status_code == 406
    for form in ("html", "ttl", "jsonld"):
        assert f'format={form}>; rel="alternate"' in linked.headers["link"]


@pytest.mark.parametrize("path", ["0" * 32, "ABC", "%3Cscript%3E", "0" * 400, "x?of=organisation/trust", f"{'1' * 32}?of=%27"])
async def test_a_claim_that_nobody_makes_is_a_404_in_words(web: httpx.AsyncClient, path: str) -> None:
    response = await web.get(f"/id/claim/{path}")
    assert response.status_code == 404
    assert "No claim that is loaded has this address" in response.text


async def test_a_large_store_is_not_looked_through_for_one_claim(
    web: httpx.AsyncClient, loaded: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = Graph().parse(data=(await web.get("/id/partnership/healthier-wigan-partnership", headers=TURTLE)).text)
    iri, subject = min((claim, end) for claim, end in graph.subject_objects(RDF.subject) if (claim, RDF.object, None) in graph)
    address = f"/id/claim/{iri.rpartition('/')[2]}"
    total = sum(fan.total for fan in (await loaded.sizes()).fans.values())
    monkeypatch.setattr("graphsvc.store.claims.MOST_LOOKED_THROUGH", total)
    assert (await web.get(address)).status_code == 200
    monkeypatch.setattr("graphsvc.store.claims.MOST_LOOKED_THROUGH", total - 1)
    refused = await web.get(f"{address}?anew")  # another address, since the page is kept
    assert refused.status_code == 400
    assert f"{total:,} would have to be looked at" in refused.text
    assert "Add ?of=" in refused.text
    assert (await web.get(f"{address}?of={subject.partition('/id/')[2]}")).status_code == 200


async def test_a_claim_that_was_withdrawn_says_so(store: Store, store_settings: Settings, model: Model) -> None:
    claims = small_map()
    gone = next(claim for claim in claims if "slide 2" in claim.qualifiers.locator and hasattr(claim, "relation"))
    async with await client_over(store, store_settings, model, claims) as client:
        assert "no longer current" not in (await client.get(f"/id/claim/{gone.id}")).text
        await store.publish(Publication(LoadRecord("walsall", "x"), [], [gone.id]))
        text = flat((await client.get(f"/id/claim/{gone.id}")).text)
        assert "This claim is no longer current. It was held from revision 1 until revision 2" in text


async def test_nothing_that_a_claim_says_is_markup(store: Store, store_settings: Settings, model: Model) -> None:
    said = says(NEW, HOSTILE, as_stated=HOSTILE, note=HOSTILE)
    claims = [
        *sources(), thing("organisation/a", HOSTILE), thing("service/b", HOSTILE, says(NEW), description=HOSTILE),
    ]  # fmt: skip
    mine = relation("organisation/a", "provides", "service/b", said)
    async with await client_over(store, store_settings, model, [*claims, mine]) as client:
        for claim in (mine, *claims):
            page = (await client.get(f"/id/claim/{claim.id}?of={HOSTILE if claim is not mine else ''}")).text
            assert "<script>" not in page
            assert claim is not mine or page.count("&lt;script&gt;") >= 6
