"""Pages and documents are kept by the edition of the store: one read for many, 304 for who holds them, new after a load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from small_maps import SHEETS, shapes_of, write_map
from web_client import OURS, SYSTEM, client_of

from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.web import create_app, thing_page

COUNCIL = "/id/organisation/small-council"
QUESTION = "/questions/which-services-in-which-contract"
PAGES = (
    "/", "/questions", QUESTION, f"{QUESTION}?format=csv", f"{QUESTION}?format=json", "/sources", "/docs", "/docs/Service",
    "/search?q=Walsall", "/ontology", "/ontology?format=jsonld", SYSTEM, f"{SYSTEM}?format=ttl", f"{SYSTEM}?format=jsonld",
    f"{SYSTEM}?format=rdf", "/graph/walsall", "/graphql?query={careSystems{name}}", "/graphql?query={__schema{queryType{name}}}",
)  # fmt: skip


@pytest.fixture
async def small(store: Store, model: Model, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service over the small map."""
    await load(store, model, tmp_path / "small")
    async with client_of(create_app(Settings(), model, store)) as client:
        yield client


async def load(store: Store, model: Model, folder: Path, **changes: Any) -> None:
    await Loading(store, model, shapes_of(model), OURS).load([write_map(folder, **changes)])


def renamed(name: str) -> list[list[str]]:
    return [[name if cell == "Small Council" else cell for cell in row] for row in SHEETS["organisations"]]


@pytest.mark.parametrize("path", PAGES)
async def test_who_holds_an_answer_is_told_that_it_is_still_so(web: httpx.AsyncClient, path: str) -> None:
    accept = {"accept": "application/json" if "graphql" in path else "text/html"}
    plain = {**accept, "accept-encoding": "identity"}
    first = await web.get(path, headers=plain)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    tag = first.headers["etag"]
    assert "Accept-Encoding" in first.headers["vary"]
    for method in ("GET", "HEAD"):
        held = await web.request(method, path, headers={**accept, "if-none-match": tag})
        assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", tag)
        assert (await web.request(method, path, headers={**accept, "if-none-match": 'W/"0-0"'})).status_code == 200
    zipped = await web.get(path, headers={**accept, "accept-encoding": "gzip"})
    assert zipped.headers["etag"] == tag
    assert zipped.text == first.text
    if len(first.content) >= 1024:
        assert zipped.headers["content-encoding"] == "gzip"
        assert zipped.headers["vary"].count("Accept-Encoding") == first.headers["vary"].count("Accept-Encoding") == 1


async def test_a_page_is_new_after_a_load_and_in_another_theme_or_form(
    small: httpx.AsyncClient, store: Store, model: Model, tmp_path: Path
) -> None:
    paths = (COUNCIL, f"{COUNCIL}?format=ttl", "/search?q=Council", "/", "/sources")
    before = {path: await small.get(path) for path in paths}
    dark = await small.get(COUNCIL, headers={"cookie": "theme=dark"})
    tags = {dark.headers["etag"], before[COUNCIL].headers["etag"]}
    tags |= {
        (await small.get(COUNCIL, headers={"accept": form})).headers["etag"] for form in ("text/turtle", "application/ld+json")
    }
    assert len(tags) == 4
    await load(store, model, tmp_path / "small", organisations=renamed("Renamed Council"))
    for path in paths:
        again = await small.get(path, headers={"if-none-match": before[path].headers["etag"]})
        assert again.status_code == 200, path
        assert again.text != before[path].text
    assert "Renamed Council" in (await small.get(COUNCIL)).text


@pytest.fixture
def reads(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that the store was asked, the current edition aside."""
    asked: list[str] = []
    read = store.read

    async def counted(text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        if "r.publications" not in text:
            asked.append(text)
        return await read(text, parameters, timeout)

    monkeypatch.setattr(store, "read", counted)
    return asked


async def test_twenty_who_want_a_thing_at_once_are_one_read_of_it(
    small: httpx.AsyncClient, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = thing_page.write_thing
    monkeypatch.setattr(thing_page, "write_thing", lambda claims, form, about: written.append(form) or write(claims, form, about))
    forms = ["text/turtle", "application/ld+json", "text/html", "application/rdf+xml"] * 5
    answers = await asyncio.gather(*(small.get(COUNCIL, headers={"accept": form}) for form in forms))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 4
    about = [text for text in reads if "HAS_RECORD" in text]
    assert (len(about), sorted(written)) == (1, ["application/ld+json", "application/rdf+xml", "text/turtle"])
    asked = len(reads)
    await asyncio.gather(*(small.get(COUNCIL, headers={"accept": form}) for form in forms))
    assert (len(reads), len(written)) == (asked, 3), "and later none"


async def test_what_is_wrong_with_a_request_is_not_kept(small: httpx.AsyncClient, reads: list[str]) -> None:
    for path in (f"{QUESTION}?asOf=2019-02-31", f"{QUESTION}?asOf=2019-02-31&format=json"):
        wrong = await small.get(path)
        assert (wrong.status_code, wrong.headers["cache-control"], "etag" in wrong.headers) == (200, "no-store", False)
    for _ in range(2):
        before = len(reads)
        missing = await small.get("/id/organisation/nobody", headers={"if-none-match": "*"})
        assert missing.status_code == 404
        assert len(reads) > before


async def test_pages_are_made_anew_where_nothing_is_kept(store: Store, model: Model, tmp_path: Path, reads: list[str]) -> None:
    await load(store, model, tmp_path / "small")
    async with client_of(create_app(Settings(answer_cache_mb=0), model, store)) as client:
        for _ in range(2):
            before = len(reads)
            page = await client.get(COUNCIL, headers={"accept-encoding": "gzip"})
            assert (page.status_code, page.headers["content-encoding"]) == (200, "gzip")
            assert len(reads) > before


async def test_others_are_answered_while_a_long_document_is_written(
    small: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thing with thousands of claims takes the interpreter for a second; here the writing waits until others are answered."""
    go, write = asyncio.Event(), thing_page.write_thing
    loop = asyncio.get_running_loop()

    def slow(*given: Any) -> str:
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result(30)
        return write(*given)

    monkeypatch.setattr(thing_page, "write_thing", slow)
    writing = asyncio.create_task(small.get(f"{COUNCIL}?format=ttl"))
    assert (await small.get(f"{COUNCIL}?format=html")).status_code == 200
    assert (await small.get("/health")).status_code == 200
    assert not writing.done()
    go.set()
    assert (await writing).status_code == 200
