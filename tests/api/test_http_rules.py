"""GraphQL over HTTP, and the limits of a request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from recording import Recording

from graphsvc.api.http import GraphQLRequest, GraphQLResponse
from graphsvc.api.service import GraphQLService
from graphsvc.errors import StoreError, StoreTimeout
from graphsvc.model import Model
from graphsvc.settings import Settings

NEW, OLD = "application/graphql-response+json", "application/json"
CYCLE = "fragment A on Service { ...B } fragment B on Service { ...A }"
BOMB = " ".join(
    f"fragment {name} on Entity {{ x: parts {{ ...{below} }} y: parts {{ ...{below} }} }}"
    for name, below in zip("ABCDEFGHIJ", "BCDEFGHIJK", strict=True)
)
"""Ten fragments that spell out as two thousand lists."""


@pytest.fixture(scope="module")
def service(model: Model) -> GraphQLService:
    return GraphQLService(model, Recording(), Settings())  # type: ignore[arg-type]


async def post(service: GraphQLService, content: Any, accept: str = NEW, kind: str = "application/json") -> GraphQLResponse:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return await service.execute(GraphQLRequest("POST", {"accept": accept, "content-type": kind}, {}, body))


def error_of(response: GraphQLResponse) -> dict[str, Any]:
    content = json.loads(response.body)
    assert "data" not in content
    found: dict[str, Any] = content["errors"][0]
    return found


async def test_a_query_is_answered_with_timing(service: GraphQLService) -> None:
    response = await post(service, {"query": "{ __typename revision }"})
    assert response.status == 200
    assert response.headers["content-type"] == f"{NEW}; charset=utf-8"
    assert [part.partition(";")[0] for part in response.headers["server-timing"].split(", ")] == ["plan", "store", "shape"]
    assert json.loads(response.body) == {"data": {"__typename": "Query", "revision": 0}, "extensions": {"revision": 0}}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", OLD), ("*/*", OLD), ("application/*", OLD), (OLD, OLD), (NEW, NEW), (f"{NEW}, {OLD}", NEW), (f"{OLD}, {NEW}", NEW),
        (f"{NEW};q=0.5, {OLD};q=0.9", OLD), (f"text/html, {NEW};q=0.1", NEW),
    ],
)  # fmt: skip
async def test_the_media_type_is_negotiated(service: GraphQLService, accept: str, kind: str) -> None:
    response = await post(service, {"query": "{ __typename }"}, accept)
    assert (response.status, response.headers["content-type"]) == (200, f"{kind}; charset=utf-8")


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b'{"query": "{ a", ', 400, "not JSON"),
        (b'{"query": "{ a }", "variables": {"a": NaN}}', 400, "not JSON"),
        ([{"query": "{ __typename }"}], 400, "Batches"),
        ("text", 400, "not a JSON object"),
        ({}, 400, "no query"),
        ({"query": 1}, 400, "query is not a text"),
        ({"query": "{ __typename }", "variables": [1]}, 400, "variables is not an object"),
        ({"query": "{ __typename }", "operationName": 1}, 400, "operationName is not a text"),
        ({"query": "{ __typename }", "extensions": 1}, 400, "extensions is not an object"),
        ({"query": "x" * 300_000}, 413, "limit is 256000"),
    ],
)
async def test_a_request_that_is_not_well_formed_is_refused_in_both_media_types(
    service: GraphQLService, content: Any, status: int, words: str
) -> None:
    for accept in (NEW, OLD):
        response = await post(service, content, accept)
        assert response.status == status
        assert words in error_of(response)["message"]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ({"query": "{ name"}, "GRAPHQL_PARSE_FAILED", "Syntax Error"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED", "Syntax Error"),
        ({"query": "{ servics { name } }"}, "GRAPHQL_VALIDATION_FAILED", "Did you mean 'service' or 'services'?"),
        ({"query": "{ services(first: \"a\") { name } }"}, "GRAPHQL_VALIDATION_FAILED", "Int cannot represent"),
        ({"query": "fragment A on Service { ...A } { services { ...A } }"}, "GRAPHQL_VALIDATION_FAILED", "Cannot spread"),
        ({"query": f"{CYCLE} {{ services {{ ...A }} }}"}, "GRAPHQL_VALIDATION_FAILED", "Cannot spread"),
        ({"query": 'mutation { drop }'}, "GRAPHQL_VALIDATION_FAILED", "mutation"),
        ({"query": "query A { __typename } query B { __typename }"}, "QUERY", "several operations"),
        ({"query": "query A { __typename }", "operationName": "C"}, "QUERY", "no operation named 'C'"),
        ({"query": "query($n: Int!) { services(first: $n) { id } }"}, "BAD_USER_INPUT", "$n"),
        ({"query": "query($n: Int) { services(first: $n) { id } }", "variables": {"n": 2**40}}, "BAD_USER_INPUT", "32-bit"),
        ({"query": '{ services(asOf: "2021-02-31") { id } }'}, "GRAPHQL_VALIDATION_FAILED", "YYYY-MM-DD"),
        ({"query": '{ services(where: {name: {eq: null}}) { id } }'}, "QUERY", "isNull"),
        ({"query": '{ services(where: {claim: {source: {eq: "a"}}}) { id } }'}, "QUERY", "only inside"),
        ({"query": "{ services(orderBy: {name: ASC, id: ASC}) { id } }"}, "QUERY", "one field in each object"),
        ({"query": "{ services(first: -1) { id } }"}, "QUERY", "not negative"),
        ({"query": "{ servicesConnection(first: 1, last: 1) { nodes { id } } }"}, "QUERY", "first and last"),
        ({"query": '{ servicesConnection(after: "x") { nodes { id } } }'}, "CURSOR", "no cursor"),
    ],
)  # fmt: skip
async def test_an_error_of_the_request_is_400_or_200_as_the_media_type_says(
    service: GraphQLService, content: Any, code: str, words: str
) -> None:
    response = await post(service, content, NEW)
    assert response.status == 400, response.body
    error = error_of(response)
    assert error["extensions"]["code"] == code
    assert words in error["message"]
    assert (await post(service, content, OLD)).status == 200


async def test_methods_and_content_types(service: GraphQLService) -> None:
    for method in ("PUT", "DELETE", "HEAD", "PATCH"):
        response = await service.execute(GraphQLRequest(method, {}, {}, b""))
        assert (response.status, response.headers["allow"]) == (405, "GET, POST")
    assert (await post(service, {"query": "{ __typename }"}, kind="text/plain")).status == 415
    assert (await post(service, {"query": "{ __typename }"}, kind="application/json; charset=latin-1")).status == 415
    assert (await post(service, {"query": "{ __typename }"}, kind="application/json; charset=UTF-8")).status == 200
    assert (await post(service, {"query": "{ __typename }"}, accept="text/html")).status == 406


async def test_get_serves_queries_only(service: GraphQLService) -> None:
    async def get(**parameters: str) -> GraphQLResponse:
        return await service.execute(GraphQLRequest("GET", {"accept": NEW}, parameters, b""))

    assert (await get(query="query($n: Int) { services(first: $n) { id } }", variables='{"n": 3}')).status == 200
    assert (await get()).status == 400
    assert (await get(query="{ __typename }", variables="{")).status == 400
    assert (await get(query="query A { __typename } query B { a: __typename }", operationName="B")).status == 200
    response = await get(query="mutation { drop }")
    assert response.status in (400, 405)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ services " + "{ parts " * 16 + "{ id }" + " }" * 17, "depth of the request is 18; the limit is 15"),
        ("{ " + " ".join(f"a{n}: revision" for n in range(60)) + " }", "number of aliases of the request is 60; the limit is 50"),
        ("{ " + " revision" * 5000 + " }", "more than 4000 tokens"),
        ("{ services(first: 1001) { id } }", "the largest page is 1000"),
        ("{ services { parts(first: 5000) { id } } }", "the largest page is 1000"),
        ("{ nodes(ids: [" + ", ".join(f'"{n}"' for n in range(1001)) + "]) { id } }", "largest page is 1000"),
        (
            "{ services(first: 1000) { parts(first: 1000) { parts(first: 1000) { id } } } }",
            "planned cost of the request is 1,001,001,001 things; the limit is 2,000,000",
        ),
        (
            "{ services { ...A } } " + BOMB + " fragment K on Entity { id }",
            "the limit is 50",
        ),
    ],
)  # fmt: skip
async def test_a_limit_says_its_name_and_value(service: GraphQLService, query: str, words: str) -> None:
    response = await post(service, {"query": query})
    error = error_of(response)
    assert response.status == 400
    assert error["extensions"]["code"] == "LIMIT"
    assert words in error["message"]


async def test_a_page_in_a_variable_is_held_to_the_limit_each_time(service: GraphQLService) -> None:
    text = "query($n: Int) { services(first: $n) { id } }"
    assert (await post(service, {"query": text, "variables": {"n": 5}})).status == 200
    assert "largest page" in error_of(await post(service, {"query": text, "variables": {"n": 5000}}))["message"]


async def test_deep_brackets_are_an_error_and_nothing_worse(service: GraphQLService) -> None:
    for text in (
        "{" * 3000,
        "[" * 3000,
        "{ a(b: " + "[" * 1500 + "]" * 1500 + ") }",
        "{ a(b: " + "{a:" * 1200 + "1" + "}" * 1200 + ") }",
    ):
        response = await post(service, {"query": text})
        assert response.status == 400
        assert error_of(response)["message"]


async def test_introspection_is_graphql_cores_own_answer(service: GraphQLService) -> None:
    from graphql import get_introspection_query, graphql_sync

    text = get_introspection_query(descriptions=False)
    ours = (await service.ask(text))["data"]
    small = """{ nothing: __type(name: "X") { name } __type(name: "Contract") {
      name kind interfaces { name } fields { name type { name kind ofType { name } } } } }"""
    assert (await service.ask(small))["data"] == graphql_sync(service.schema.graphql, small).data
    assert {item["name"] for item in ours["__schema"]["types"]} == service.schema.graphql.type_map.keys()
    mixed = (await service.ask("{ revision __schema { queryType { name } } __typename }"))["data"]
    assert list(mixed) == ["revision", "__schema", "__typename"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreError("The store is down."), 503), (StoreTimeout("Too slow."), 504), (ValueError("MATCH (n) /tmp/x"), 500)],
)
async def test_a_failure_of_the_store_says_nothing_of_its_inside(model: Model, error: Exception, status: int) -> None:
    class Failing(Recording):
        async def read(self, text: str, parameters: Any, timeout: float | None = None) -> list[list[Any]]:
            raise error

    service = GraphQLService(model, Failing(), Settings())  # type: ignore[arg-type]
    response = await post(service, {"query": "{ revision }"})
    assert response.status == status
    for secret in (b"MATCH", b"/tmp", b"Traceback"):
        assert secret not in response.body
    assert (await post(service, {"query": "{ revision }"}, OLD)).status == 200


async def test_a_request_that_takes_too_long_is_given_up(model: Model) -> None:
    class Slow(Recording):
        async def read(self, text: str, parameters: Any, timeout: float | None = None) -> list[list[Any]]:
            import asyncio

            await asyncio.sleep(5)
            return []

    service = GraphQLService(model, Slow(), Settings(query_timeout=0.05))  # type: ignore[arg-type]
    error = error_of(await post(service, {"query": "{ revision }"}))
    assert error["extensions"]["code"] == "STORE_TIMEOUT"
    assert "0.05 seconds" in error["message"]


async def test_skip_and_include(service: GraphQLService) -> None:
    text = """query($yes: Boolean!, $no: Boolean!) {
      a: __typename @include(if: $no) b: __typename @skip(if: $yes) c: __typename @include(if: $yes)
      ... @skip(if: true) { d: revision } }"""
    assert (await service.ask(text, {"yes": True, "no": False}))["data"] == {"c": "Query"}
    assert (await service.ask(text, {"yes": False, "no": True}))["data"] == {"a": "Query", "b": "Query"}
