"""The GraphQL endpoint: hands an HTTP request to the GraphQL service and sends back its answer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphsvc.api.http import GraphQLRequest
from graphsvc.web.guard import refuse_cross_site_navigation
from graphsvc.web.site import site_of
from graphsvc.web.time_limits import until_client_leaves


async def graphql(request: Request) -> Response:
    """Answers GraphQL over HTTP by handing the request to the GraphQL service."""
    refuse_cross_site_navigation(request.headers)
    site = site_of(request)
    body = await read_body(request, site.settings.max_body)
    asked = GraphQLRequest(request.method, dict(request.headers), dict(request.query_params), body)

    async def answer() -> Response:
        given = await site.service.execute(asked)
        return Response(given.body, status_code=given.status, headers=dict(given.headers))

    return await until_client_leaves(request, answer())


async def read_body(request: Request, limit: int) -> bytes:
    """Reads the body, no further than one byte past ``limit``."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body[: limit + 1])
