"""Who may ask over HTTP, and what a browser may do with the answer. Runs on both stores."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
import pytest
from web_client import SYSTEM, client_of

from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.web import create_app

PAGES = ("/", "/questions", "/sources", "/docs", "/docs/Contract", "/search", "/search?q=walsal")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost.evil.example:8484"},
        {"host": "user@127.0.0.1:8484"},
        {"host": "127.0.0.1:port"},
        {"host": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"origin": "http://[::1"},
        {"origin": "http://[v1.x]"},
        {"origin": "http://127.0.0.1:99999999"},
        {"origin": ""},
        {"host": "["},
        {"host": "[::1"},
        {"host": "127.0.0.1:99999999"},
        {"host": "127.0.0.1, 127.0.0.1"},
        {"host": "127.0.0.1/@evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:8484.evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", "/graphql?query={__typename}", "/health"])
async def test_a_foreign_host_or_origin_is_refused(web: httpx.AsyncClient, headers: Mapping[str, str], path: str) -> None:
    response = await web.get(path, headers={**headers, "accept": "application/json"})
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "REFUSED"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8484"},
        {"host": "[::1]:8484"},
        {"host": "LOCALHOST"},
        {"origin": "http://127.0.0.1:8484"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
    ],
    ids=str,
)
async def test_our_own_names_and_pages_are_answered(web: httpx.AsyncClient, headers: Mapping[str, str]) -> None:
    assert (await web.get("/docs", headers=headers)).status_code == 200


async def test_each_of_several_origins_has_to_be_ours(web: httpx.AsyncClient) -> None:
    for second, status in (("http://127.0.0.1:8484", 200), ("https://evil.example", 403)):
        headers = [("origin", "http://127.0.0.1:8484"), ("origin", second)]
        assert (await web.get("/docs", headers=headers)).status_code == status


ASKING = "/graphql?query={__typename}"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", [ASKING, "/%67raphql?query={__typename}"])
async def test_another_sites_link_runs_no_query(web: httpx.AsyncClient, site: str, path: str) -> None:
    headers = {
        "sec-fetch-site": site,
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
        "accept": "text/html,*/*;q=0.8",
    }
    response = await web.get(path, headers=headers)
    assert response.status_code == 403
    assert "Another site's page" in response.text
    assert (await web.get("/graphql/?query={__typename}", headers=headers)).status_code in (307, 403, 404)


@pytest.mark.parametrize("site", ["none", "same-origin", None])
async def test_a_typed_address_and_our_own_links_run_a_query(web: httpx.AsyncClient, site: str | None) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "navigate"} if site else {}
    response = await web.get(ASKING, headers={**headers, "accept": "*/*"})
    assert response.json()["data"] == {"__typename": "Query"}


async def test_another_sites_link_opens_pages_and_graphiql(web: httpx.AsyncClient) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    for path in (*PAGES, "/graphiql?question=which-services-in-which-contract", SYSTEM):
        assert (await web.get(path, headers=headers)).status_code == 200


async def test_a_name_in_the_settings_is_answered(loaded: Store, model: Model) -> None:
    async with client_of(create_app(Settings(allowed_hosts="graph.example, other.example"), model, loaded)) as client:
        named = {"host": "graph.example", "origin": "https://graph.example"}
        assert (await client.get("/docs", headers=named)).status_code == 200
        assert (await client.get("/docs", headers={"host": "third.example"})).status_code == 403


async def test_a_refused_visitor_sees_a_page_and_a_way_out(web: httpx.AsyncClient) -> None:
    response = await web.get("/", headers={"host": "evil.example"})
    assert response.status_code == 403
    assert "GRAPHSVC_ALLOWED_HOSTS" in response.text


# -- headers --


def policy(response: httpx.Response) -> dict[str, list[str]]:
    directives = (part.split() for part in response.headers["content-security-policy"].split(";"))
    return {name: values for name, *values in directives}


@pytest.mark.parametrize("path", [*PAGES, SYSTEM, "/nowhere"])
async def test_pages_carry_a_strict_policy(web: httpx.AsyncClient, path: str) -> None:
    response = await web.get(path)
    rules = policy(response)
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == rules["style-src"] == ["'self'"]
    assert rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert not re.search(r"<(script|style)(?![^>]*\bsrc=)[^>]*>[^<]", response.text), "something inline"
    assert not re.search(r'\son\w+="|\sstyle="', response.text), "an inline handler or style"


async def test_graphiql_gives_way_only_for_style_attributes(web: httpx.AsyncClient) -> None:
    first, second = await web.get("/graphiql"), await web.get("/graphiql")
    rules = policy(first)
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == rules["worker-src"] == rules["connect-src"] == ["'self'"]
    assert [name for name, values in rules.items() if "'unsafe-inline'" in values] == ["style-src-attr"]
    assert "unsafe-eval" not in first.headers["content-security-policy"]
    nonce = rules["style-src-elem"][1]
    assert re.fullmatch(r"'nonce-[\w-]{20,}'", nonce)
    assert nonce != policy(second)["style-src-elem"][1]
    assert nonce.removeprefix("'nonce-").removesuffix("'") in first.text


@pytest.mark.parametrize("path", ["/health", "/graphql?query={__typename}", f"{SYSTEM}?format=ttl"])
async def test_data_may_fetch_run_and_frame_nothing(web: httpx.AsyncClient, path: str) -> None:
    assert policy(await web.get(path))["default-src"] == ["'none'"]
