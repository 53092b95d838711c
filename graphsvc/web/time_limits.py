"""Limits the time of pages, and cancels work whose client has left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphsvc.errors import StoreTimeout
from graphsvc.settings import Settings
from graphsvc.web.site import site_of

LEFT = 499
"""Status of an answer that nobody reads, since the client has left."""
Endpoint = Callable[[Request], Awaitable[Response]]


def within(limit: Callable[[Settings], float | None], endpoint: Callable[[Request], Coroutine[Any, Any, Response]]) -> Endpoint:
    """Wraps an endpoint so that it is cancelled after a time limit, or when the client leaves."""

    async def limited(request: Request) -> Response:
        seconds = limit(site_of(request).settings)
        try:
            async with asyncio.timeout(seconds):
                return await until_client_leaves(request, endpoint(request))
        except TimeoutError as error:
            raise StoreTimeout(
                f"The page took longer than {seconds:g} seconds, which is the limit.", "The store is busy: try again in a moment."
            ) from error

    return limited


async def until_client_leaves(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """Awaits the answer of ``work``, or an empty one once the client has left. The request must have been read."""
    task = asyncio.ensure_future(work)
    pending: list[asyncio.Future[Any]] = [task]
    try:
        await asyncio.sleep(0)  # what is kept is there by now, and needs nobody to watch for its client
        if not task.done():
            pending.append(asyncio.ensure_future(_leaving(request)))
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else Response(status_code=LEFT)
    finally:
        if waiting := [item for item in pending if not item.done()]:
            for item in waiting:
                item.cancel()
            await asyncio.wait(waiting)


async def _leaving(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
