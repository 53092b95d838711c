"""Notices when the embedded engine ends; for a service, puts another engine in its place.

The connection that holds an engine ends with it, so its death is known at once. What is under way fails then, in one sentence,
and what is asked later fails without waiting. A command leaves it there. A service that lasts looks for an engine that another
command has started in the folder, once a second, and starts one itself, once a minute at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Final

from graphsvc.errors import StoreError
from graphsvc.settings import Settings
from graphsvc.store.connection import Connection, connect
from graphsvc.store.embedded.client import Hold, find, hold
from graphsvc.store.embedded.engine import DATABASE
from graphsvc.store.schema import ArcadeSchema

log = logging.getLogger(__name__)

_LOOK: Final = 1.0
"""Seconds between two looks for an engine that somebody else has started."""
_BETWEEN_STARTS: Final = 60.0
_ENDED: Final = "The store does not answer: its engine has ended."
_START_AGAIN: Final = "Run the command again; what was not finished is not published. engine.log in the data folder may say why."
_IS_STARTED: Final = "It is started again. Try again in a moment."


async def connect_to(held: Hold, *, strict: bool = False) -> Connection:
    """Connects to a held engine. Raises :class:`StoreError` if it does not answer."""
    endpoint = held.endpoint
    return await connect(f"bolt://127.0.0.1:{endpoint.bolt}", endpoint.user, endpoint.password, DATABASE, strict=strict)


class Keeper:
    """Watches the engine behind one connection, from :meth:`watch` to :meth:`close`."""

    def __init__(self, settings: Settings, held: Hold, connection: Connection, schema: ArcadeSchema, *, lasting: bool) -> None:
        self._settings = settings
        self._held: Hold | None = held
        self._connection = connection
        self._schema = schema
        self._lasting = lasting
        self._next_start = 0.0
        self._work: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Starts watching for the end of the engine."""
        if self._held is not None:
            asyncio.get_running_loop().add_reader(self._held.control, self._ended)

    def _ended(self) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        asyncio.get_running_loop().remove_reader(held.control)
        held.abandon()
        self._connection.mark_lost(_ENDED, _IS_STARTED if self._lasting else _START_AGAIN)
        if self._lasting:
            log.warning("The embedded engine (process %d) has ended; another takes its place.", held.endpoint.pid)
            self._work = asyncio.create_task(self._replace())

    async def _replace(self) -> None:
        while not await self._join_running() and not await self._start_engine():  # noqa: ASYNC110 - it is for another process
            await asyncio.sleep(_LOOK)
        log.warning("The embedded engine answers again.")

    async def _join_running(self) -> bool:
        return await self._use(await asyncio.to_thread(find, self._settings.data_dir))

    async def _start_engine(self) -> bool:
        if time.monotonic() < self._next_start:
            return False
        self._next_start = time.monotonic() + _BETWEEN_STARTS
        starting = asyncio.ensure_future(asyncio.to_thread(hold, self._settings.data_dir, self._settings.embedded_memory))
        try:
            return await self._use(await asyncio.shield(starting))
        except StoreError as error:
            log.warning("%s", error.for_operator)
            return False
        except asyncio.CancelledError:
            if self._held is None:  # a thread cannot be called off: what it starts is ended
                with contextlib.suppress(StoreError):
                    await asyncio.to_thread((await starting).release)
            raise

    async def _use(self, held: Hold | None) -> bool:
        """Go on with the engine that is held, if it answers."""
        if held is None:
            return False
        try:
            connection = await connect_to(held)
        except StoreError as error:
            log.warning("%s", error.for_operator)
            await asyncio.to_thread(held.release)
            return False
        self._held = held
        self._schema.endpoint = held.endpoint
        await self._connection.replace_pool(connection)
        self.watch()
        return True

    async def close(self) -> None:
        """Stop watching and let go of the engine; it ends unless somebody else holds it."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
        if self._held is not None:
            asyncio.get_running_loop().remove_reader(self._held.control)
            await asyncio.to_thread(self._held.release)
