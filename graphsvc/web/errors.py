"""The error handler: every error is one JSON shape for a machine, and one page for a browser.

The shape is that of a GraphQL error list, so that a client needs to know one only:
``{"errors": [{"message": …, "extensions": {"code": …, "hint": …}}]}``. No path, query text or traceback is in it.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphsvc.errors import GraphsvcError
from graphsvc.web.negotiation import wants_page
from graphsvc.web.site import site_of

TITLES = {
    400: "That cannot be asked",
    403: "Not answered here",
    404: "Nothing stands at this address",
    405: "This address is only read",
    406: "Not in that form",
    413: "Too much at once",
    503: "The store does not answer",
    504: "That took too long",
}
CODES = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "TOO_LARGE",
    415: "MEDIA_TYPE",
}
INTERNAL = "Something went wrong here, and it is not your doing."
INTERNAL_HINT = "Try again; if it stays, start the service with --debug and report what it prints."


def describe(error: Exception) -> tuple[int, str, str, str]:
    """HTTP status, code, message and hint of an error; an unexpected error reveals nothing of itself."""
    if isinstance(error, GraphsvcError):
        return error.http_status, error.code, error.message, error.hint
    if isinstance(error, HTTPException):
        hint = "The home page leads to all there is." if error.status_code == 404 else ""
        message = TITLES.get(error.status_code, error.detail) + "."
        return error.status_code, CODES.get(error.status_code, f"HTTP_{error.status_code}"), message, hint
    return 500, "INTERNAL", INTERNAL, INTERNAL_HINT


def retrying(error: Exception) -> dict[str, str]:
    """The ``Retry-After`` header, where a retry is worth while (RFC 9110, section 10.2.3)."""
    wait = error.retry_after if isinstance(error, GraphsvcError) else None
    return {} if wait is None else {"Retry-After": str(wait)}


async def answer_error(request: Request, error: Exception) -> Response:
    """Answers with an error, in the form that the client prefers."""
    status, code, message, hint = describe(error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else retrying(error)
    if wants_page(request.headers.get("accept", "")) and request.url.path != "/graphql":
        title = TITLES.get(status, "Something went wrong")
        shown = "" if message == f"{title}." else message
        page = site_of(request).page(
            request, "error.html", status=status, title=title, code=f"{status} {code}", message=shown, hint=hint
        )
        page.headers.update(headers)
        return page
    body = {"errors": [{"message": message, "extensions": {"code": code, "hint": hint} if hint else {"code": code}}]}
    return JSONResponse(body, status_code=status, headers={"Vary": "Accept", **headers})


async def answer_nobody(request: Request, error: Exception) -> Response:
    """Answers a client that disconnected; nobody reads it, and it is not logged as a failure."""
    return Response(status_code=400)
