"""The web over HTTP: routes, negotiation, who may ask, security headers, errors. Runs on both stores."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import httpx
import pytest
from rdflib import Graph, URIRef
from stand_ins import stand_in
from web_client import SYSTEM, client_of

from graphsvc.errors import StoreDown
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Edition, Store
from graphsvc.web import create_app

PAGES = ("/", "/questions", "/sources", "/docs", "/docs/Contract", "/search", "/search?q=walsal", "/graphiql")


# -- pages --


async def test_home_says_what_is_loaded_how_fresh_and_what_can_be_asked(web: httpx.AsyncClient) -> None:
    text = (await web.get("/")).text
    for system in ("Wolverhampton", "Walsall", "Wigan", "BSW"):
        assert re.search(rf'<h3><a href="/id/care-system/[\w-]+">[^<]*{system}', text), f"{system} has no card"
    assert "Last loaded" in text
    assert "open questions" in text
    assert "/questions/which-services-in-which-contract" in text
    assert "/id/source/004" in text
    assert "graphsvc load maps/wigan" in text


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_stands_is_whole_and_names_no_other_host(web: httpx.AsyncClient, path: str) -> None:
    response = await web.get(path)
    assert response.status_code == 200
    text = response.text
    assert text.startswith("<!doctype html>")
    assert '<html lang="en-GB"' in text
    assert 'class="skip" href="#main"' in text
    assert len(re.findall(r"<h1[ >]", text)) == 1
    for address in re.findall(r'(?:src|href|action)="([^"]*)"', text):
        assert address.startswith(("/", "#")), f"{path} links {address}"


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_its_style_from_this_service_for_ever(web: httpx.AsyncClient, path: str) -> None:
    text = (await web.get(path)).text
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
    assert styles, "the pages are not built: run make pages"
    for address in [*styles, *re.findall(r'<script type="module" src="([^"]+)"', text)]:
        got = await web.get(address)
        assert got.status_code == 200
        assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert got.headers.get("content-encoding") == "gzip"


async def test_every_class_has_a_page_in_the_reference(web: httpx.AsyncClient, model: Model) -> None:
    for cls in model.classes.values():
        text = (await web.get(f"/docs/{cls.name}")).text
        assert f"<code>{cls.name}</code>" in text


async def test_a_search_forgives_a_misspelling_and_leads_to_the_thing(web: httpx.AsyncClient) -> None:
    assert 'href="/id/care-system/walsall"' in (await web.get("/search", params={"q": "Walsal"})).text


async def test_what_a_visitor_types_is_text_and_never_markup(web: httpx.AsyncClient) -> None:
    for path in ("/search?q=", "/questions/which-services-in-which-contract?system="):
        text = (await web.get(path + "%3Cscript%3Ealert(1)%3C/script%3E%22")).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


async def test_the_theme_of_the_cookie_is_drawn_at_once_and_nothing_else_is_taken_from_it(web: httpx.AsyncClient) -> None:
    assert 'data-theme="dark"' in (await web.get("/docs", headers={"cookie": "theme=dark"})).text
    assert "data-theme=" not in (await web.get("/sources", headers={"cookie": 'theme="><b>'})).text


async def test_health_names_the_revision(web: httpx.AsyncClient) -> None:
    body = (await web.get("/health")).json()
    assert body["status"] == "ok"
    assert body["revision"] > 0


# -- the page of a thing --


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("text/turtle;q=0.4, application/ld+json;q=0.9", "application/ld+json"),
        ("text/html;q=0.1, text/turtle", "text/turtle"),
        ("text/*;q=0.5, text/html;q=0", "text/turtle"),
    ],
)
async def test_one_address_gives_people_a_page_and_machines_rdf(web: httpx.AsyncClient, accept: str, given: str) -> None:
    response = await web.get(SYSTEM, headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(given)
    assert "Accept" in response.headers["vary"]
    assert f'<{SYSTEM}?format=ttl>; rel="alternate"; type="text/turtle"' in response.headers["link"]


async def test_a_form_that_we_do_not_have_is_refused(web: httpx.AsyncClient) -> None:
    assert (await web.get(SYSTEM, headers={"accept": "image/png"})).status_code == 406
    assert (await web.get(SYSTEM, params={"format": "pdf"})).status_code == 406


async def test_the_format_in_the_address_wins_over_accept(web: httpx.AsyncClient) -> None:
    response = await web.get(SYSTEM, params={"format": "jsonld"})
    assert response.headers["content-type"].startswith("application/ld+json")


async def test_turtle_and_json_ld_say_the_same_with_the_source_of_every_claim(
    web: httpx.AsyncClient, model: Model, loaded_settings: Settings
) -> None:
    thing = URIRef(f"{loaded_settings.base_iri}{SYSTEM}")
    turtle = Graph().parse(data=(await web.get(SYSTEM, params={"format": "ttl"})).text, format="turtle")
    written = json.loads((await web.get(SYSTEM, params={"format": "jsonld"})).text)
    linked = Graph()
    for graph in written["@graph"]:
        assert re.fullmatch(r".*/graph(/[\w-]+/\d{3})?", graph["@id"]), "a graph is named after a dataset and its source"
        with warnings.catch_warnings():
            # rdflib's reader of JSON-LD makes a graph of a class that rdflib has deprecated.
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="rdflib")
            warnings.filterwarnings("ignore", message="ConjunctiveGraph is deprecated")
            linked.parse(data=json.dumps({"@context": written["@context"], "@graph": graph["@graph"]}), format="json-ld")
    assert set(turtle) == set(linked)
    gs = model.namespace
    assert (thing, None, URIRef(f"{gs}CareSystem")) in turtle
    claims = set(turtle.subjects(predicate=None, object=URIRef(f"{gs}Claim")))
    assert claims
    assert all(turtle.value(claim, URIRef(f"{gs}source")) for claim in claims)


async def test_a_thing_shows_its_facts_with_status_source_and_place(web: httpx.AsyncClient) -> None:
    text = (await web.get(SYSTEM)).text
    assert 'class="term"' in text
    assert 'href="/id/source/004"' in text
    assert re.search(r"status-planned[^>]*>\s*(planned|proposed|intended)", text), "a plan says that it is one"
    assert "What the sources leave open" in text
    assert "not-stated" in text


@pytest.mark.slow
async def test_things_of_every_class_have_a_page(web: httpx.AsyncClient, loaded: Store) -> None:
    rows = await loaded.read("MATCH (x:Entity) RETURN x.id ORDER BY x.id", {})
    ids = [row[0] for row in rows]
    first = {identifier.partition("/")[0]: identifier for identifier in reversed(ids)}
    for identifier in sorted({*first.values(), *ids[::40]}):
        response = await web.get(f"/id/{identifier}")
        assert response.status_code == 200, identifier
        assert "Who says so" in response.text, identifier


@pytest.mark.parametrize(
    "path", ["/id/organisation/nobody", "/id/nonsense/x", "/id/organisation", "/nowhere", "/docs/Nothing", "/questions/no"]
)
async def test_nothing_at_an_address_is_a_designed_404(web: httpx.AsyncClient, path: str) -> None:
    response = await web.get(path)
    assert response.status_code == 404
    assert 'class="refusal"' in response.text
    machine = await web.get(path, headers={"accept": "application/ld+json"})
    assert machine.status_code == 404
    assert machine.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


# -- ready questions --


@pytest.mark.slow
async def test_every_ready_question_answers_on_its_page(web: httpx.AsyncClient) -> None:
    names = set(re.findall(r'href="/questions/([\w-]+)"', (await web.get("/questions")).text))
    assert len(names) >= 20
    for name in sorted(names):
        response = await web.get(f"/questions/{name}")
        assert response.status_code == 200, f"{name}: {response.text}"
        assert "notice-warning" not in response.text, name
        assert ("<tbody>" in response.text) != ("It asks partner directories" in response.text), f"{name}: rows"
        assert f"/graphiql?question={name}" in response.text
        assert ("No partner directory is loaded" in response.text) == ("It asks partner directories" in response.text), name


async def test_questions_of_directories_stand_apart(web: httpx.AsyncClient) -> None:
    for path in ("/questions", "/"):
        _, _, apart = (await web.get(path)).text.partition(">Partner directories<")
        assert "/questions/awards-by-buyer-and-supplier" in apart
        assert "/questions/which-services-in-which-contract" not in apart


async def test_a_question_says_as_at_which_date_and_links_its_things(web: httpx.AsyncClient) -> None:
    text = (await web.get("/questions/which-services-in-which-contract?asOf=2019-06-01&system=Walsall")).text
    assert "As at 1 June 2019" in text
    assert 'value="2019-06-01"' in text
    assert re.search(r'<td[^>]*><div class="cell"><a href="/id/[\w-]+/[\w-]+">', text)


async def test_a_date_that_is_none_is_said_on_the_page(web: httpx.AsyncClient) -> None:
    text = (await web.get("/questions/which-services-in-which-contract?asOf=2019-02-31")).text
    assert "notice-warning" in text
    assert "2019-02-31" in text


async def test_an_answer_can_be_taken_as_csv_and_json(web: httpx.AsyncClient) -> None:
    csv = await web.get("/questions/which-services-in-which-contract?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.text.splitlines()[0].startswith("system,agreements,type,")
    data = await web.get("/questions/which-services-in-which-contract?format=json")
    assert data.json()["data"]["agreements"]


# -- the endpoint --


async def test_graphql_answers_a_post_with_its_timing(web: httpx.AsyncClient) -> None:
    asked: dict[str, Any] = {
        "query": "query Q($n: String!) { careSystems(where: {name: {eq: $n}}) { id } }",
        "variables": {"n": "Walsall"},
    }
    response = await web.post("/graphql", json=asked, headers={"accept": "application/graphql-response+json"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    assert response.json()["data"]["careSystems"] == [{"id": "care-system/walsall"}]
    assert "store;dur=" in response.headers["server-timing"]


async def test_a_report_says_when_its_dataset_was_loaded(web: httpx.AsyncClient) -> None:
    body = (
        await web.post("/graphql", json={"query": "{ validationReport { dataset loadedAt } }"}, headers={"accept": "*/*"})
    ).json()
    assert {report["dataset"] for report in body["data"]["validationReport"]} >= {"walsall", "wigan"}
    assert all(re.match(r"\d{4}-\d\d-\d\dT", report["loadedAt"]) for report in body["data"]["validationReport"])


async def test_graphql_answers_errors_as_data_even_to_a_browser(web: httpx.AsyncClient) -> None:
    response = await web.get(
        "/graphql", params={"query": "{ nonsense }"}, headers={"accept": "application/graphql-response+json"}
    )
    assert response.status_code == 400
    assert "nonsense" in response.json()["errors"][0]["message"]


async def test_a_body_over_the_limit_is_read_no_further(web: httpx.AsyncClient, loaded_settings: Settings) -> None:
    body = b'{"query": "' + b" " * (loaded_settings.max_body + 10) + b'"}'
    response = await web.post("/graphql", content=body, headers={"content-type": "application/json", "accept": "*/*"})
    assert response.status_code == 413


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_pages_are_read_only(web: httpx.AsyncClient, method: str) -> None:
    response = await web.request(method, "/", headers={"accept": "application/json"})
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "path", ["/static/assets/none.js", "/static/%2e%2e/build.py", "/static/../build.py", "/static/.built-from"]
)
async def test_only_what_was_built_is_served(web: httpx.AsyncClient, path: str) -> None:
    assert (await web.get(path)).status_code == 404


# -- when things go wrong --


class _Down:
    """A store that does not answer."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def revision(self) -> int:
        raise self.error

    async def edition(self, *, fresh: bool = False) -> Edition:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StoreDown("The store does not answer.", "Check that it runs.", inside="/srv/store"), 503, "does not answer"),
        (RuntimeError("MATCH (n) in /srv/secret"), 500, "not your doing"),
    ],
    ids=["store", "unforeseen"],
)
async def test_what_goes_wrong_is_said_without_its_insides(model: Model, error: Exception, status: int, said: str) -> None:
    async with client_of(create_app(Settings(), model, stand_in(_Down(error)))) as client:
        page = await client.get("/")
        machine = await client.get("/health", headers={"accept": "application/json"})
    assert page.status_code == machine.status_code == status
    assert said in page.text
    assert said in machine.json()["errors"][0]["message"]
    for text in (page.text, machine.text):
        assert "MATCH" not in text
        assert "/srv" not in text
        assert "Traceback" not in text


async def test_an_empty_store_says_how_to_fill_it(store: Store, store_settings: Settings, model: Model) -> None:
    async with client_of(create_app(store_settings, model, store)) as client:
        text = (await client.get("/")).text
        assert "Nothing is loaded yet" in text
        assert "graphsvc load maps/*" in text
        assert (await client.get("/sources")).status_code == 200
        assert (await client.get(SYSTEM)).status_code == 404
