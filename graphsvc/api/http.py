"""Maps GraphQL over HTTP to plain data: which status, headers and body answer which request.

Follows the GraphQL-over-HTTP specification (draft of the GraphQL Foundation): POST with ``application/json``, GET for queries,
``application/graphql-response+json`` with status codes that say what went wrong, and ``application/json`` with 200 for every
well-formed request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from graphsvc.api.entity_tags import is_held, varies
from graphsvc.errors import GraphsvcError, StoreDown, UsageError

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
SAFE = ("GET", "HEAD")
"""Methods that only read (RFC 9110, section 9.2.1); the answer to HEAD is that to GET, and the server sends its head only."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """An HTTP request. Header names are in small letters."""

    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the address, decoded."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class GraphQLResponse:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RequestParameters:
    """The parameters of a GraphQL request over HTTP: query, variables and operation name."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


class HttpError(GraphsvcError):
    """Raised for a request that is not well formed, with the HTTP status that says how."""

    code = "BAD_REQUEST"

    def __init__(self, status: int, message: str, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, hint)
        self.http_status = status
        self.headers = dict(headers or {})


def media_type(accept: str | None) -> str:
    """The media type of the answer. Raises HttpError 406 if neither that can be given is accepted."""
    if not accept or not accept.strip():
        return JSON
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        weights[name.lower()] = quality

    def weight(kind: str) -> tuple[float, int]:
        for rank, name in enumerate((kind, "application/*", "*/*")):
            if name in weights:
                return weights[name], -rank
        return 0.0, 0

    graphql, json = weight(GRAPHQL), weight(JSON)
    if graphql[0] <= 0 and json[0] <= 0:
        raise HttpError(406, f"The answer can be {GRAPHQL} or {JSON}; the request accepts neither.", "Accept one of them.")
    # Where both stand in the header the newer one is meant; a mere */* asks as clients of old did.
    if graphql[0] == json[0]:
        return GRAPHQL if graphql[1] == 0 else JSON
    return GRAPHQL if graphql[0] > json[0] else JSON


def read_request(request: GraphQLRequest, max_body: int) -> RequestParameters:
    """Read the parameters of a request. Raises HttpError 400, 405, 413 or 415."""
    if request.method in SAFE:
        return _read_parameters(dict(request.query))
    if request.method != "POST":
        raise HttpError(405, f"{request.method} is not served.", "Use POST, or GET for a query.", {"allow": "GET, HEAD, POST"})
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != JSON:
        raise HttpError(415, f"The body has to be {JSON}.", f"Send Content-Type: {JSON}.")
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        raise HttpError(415, "The body has to be in UTF-8.", f"Send Content-Type: {JSON}; charset=utf-8.")
    if len(request.body) > max_body:
        raise HttpError(413, f"The body has {len(request.body)} bytes; the limit is {max_body}.", "Ask for less at once.")
    try:
        found = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise HttpError(400, f"The body is not JSON: {error.msg} at character {error.pos}.", 'Send {"query": "…"}.') from error
    if isinstance(found, list):
        raise HttpError(
            400, "Batches of requests are not served.", "Send one request at a time; root fields of one request run together."
        )
    if not isinstance(found, dict):
        raise HttpError(400, "The body is not a JSON object.", 'Send {"query": "…", "variables": {…}}.')
    return _checked(found)


def _read_parameters(given: dict[str, str]) -> RequestParameters:
    found: dict[str, Any] = dict(given)
    for name in ("variables", "extensions"):
        if found.get(name):
            try:
                found[name] = orjson.loads(found[name])
            except orjson.JSONDecodeError as error:
                raise HttpError(
                    400, f"The parameter {name} is not JSON: {error.msg}.", 'Write it as {"name": "value"}.'
                ) from error
        else:
            found.pop(name, None)
    if not found.get("operationName"):
        found.pop("operationName", None)
    return _checked(found)


def _checked(found: Mapping[str, Any]) -> RequestParameters:
    query, variables, name = found.get("query"), found.get("variables"), found.get("operationName")
    if query is None:
        raise HttpError(400, "The request has no query.", 'Send {"query": "…"}.')
    for what, value, kind, wanted in (
        ("query", query, str, "a text"),
        ("variables", variables, dict, "an object"),
        ("operationName", name, str, "a text"),
        ("extensions", found.get("extensions"), dict, "an object"),
    ):
        if value is not None and not isinstance(value, kind):
            raise HttpError(400, f"The parameter {what} is not {wanted}.", 'Send {"query": "…", "variables": {…}}.')
    return RequestParameters(query, variables or {}, name)


def error_status(error: GraphsvcError, kind: str) -> int:
    """Status of an answer that has errors and no data."""
    if isinstance(error, HttpError):
        return error.http_status
    if isinstance(error, StoreDown):
        return error.http_status  # nothing was asked: who watches, or tries again, reads the status and not the body
    if kind == JSON:
        return 200
    return 400 if isinstance(error, UsageError) else error.http_status


def answer(status: int, kind: str, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> GraphQLResponse:
    """A response with a JSON body."""
    body = orjson.dumps(content)
    return GraphQLResponse(status, {"content-type": f"{kind}; charset=utf-8", **(headers or {})}, body)


def tag_for(request: GraphQLRequest, kind: str, tag: str) -> str:
    """The entity tag of an answer as one media type: the other has another. What is posted has none."""
    if request.method not in SAFE:
        return ""
    return tag if kind == JSON else f'{tag[:-1]}-g"'


def is_unchanged(request: GraphQLRequest, tag: str) -> bool:
    """Whether the client holds the answer with that tag."""
    return bool(tag) and is_held(request.headers.get("if-none-match", ""), tag)


def answer_in(
    kind: str, body: bytes, headers: Mapping[str, str] | None = None, *, tag: str, status: int = 200
) -> GraphQLResponse:
    """A response with data: a body of that media type, or status 304 for a client that has it."""
    given = {"content-type": f"{kind}; charset=utf-8", **(headers or {})}
    final = "content-encoding" in given
    tagged = {"etag": tag, "cache-control": "no-cache"} if tag else {}
    return GraphQLResponse(status, {**given, **tagged, "vary": varies("Accept", body, final=final)}, body)


def failure(errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The body of an answer without data."""
    return {"errors": list(errors)}
