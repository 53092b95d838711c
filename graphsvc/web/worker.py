"""The application of one worker of several: it opens the store itself, since no connection passes from process to process."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from contextlib import AsyncExitStack

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from graphsvc.errors import GraphsvcError
from graphsvc.ontology import read_model
from graphsvc.settings import Settings
from graphsvc.store import open_store
from graphsvc.web.app import create_app


class Worker:
    """The application of one worker: opens the store when it starts, and closes it when it ends."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or live (ASGI's lifespan)."""
        if scope["type"] != "lifespan":
            assert self._app is not None  # noqa: S101 - for the type checker: requests come after the start
            await self._app(scope, receive, send)
            return
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await self._start(stack)
            except GraphsvcError as error:
                await send({"type": "lifespan.startup.failed", "message": error.for_operator})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self, stack: AsyncExitStack) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the supervisor ends us, in order
        _end_with_parent()
        model = read_model(self._chosen.folder("ontology"), self._chosen.folder("shapes"))
        store = await stack.enter_async_context(open_store(self._chosen, model, lasting=True))
        await store.revision()  # a store that does not answer stops the start
        self._app = create_app(self._chosen, model, store)


def _end_with_parent() -> None:
    """End this process as a signal would, as soon as the supervisor has ended without a word."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    loop, sentinel = asyncio.get_running_loop(), parent.sentinel

    def end() -> None:
        loop.remove_reader(sentinel)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(sentinel, end)
