"""Terminates reads in the store that were given up here: past their time limit, or with no client left.

Neo4j ends a transaction whose connection closes. ArcadeDB goes on with it, and has no time limit for a single read; so the read
is found there by the connection that asked, and terminated by its id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from neo4j import AsyncSession

from graphsvc.errors import GraphsvcError

log = logging.getLogger(__name__)

Run = Callable[[str, Mapping[str, Any]], Awaitable[list[list[Any]]]]
"""Runs one statement outside the rules for reads."""

_SHOW: Final = "SHOW TRANSACTIONS YIELD transactionId, clientAddress RETURN transactionId, clientAddress"
_TERMINATE: Final = "TERMINATE TRANSACTIONS $ids"
_TIMES: Final = 12
"""How often a read is looked for: what was given up as it was sent may not be there yet, and a busy store answers late."""
_PAUSE: Final = 0.25
_LIMIT: Final = 10.0
"""Seconds that one look may take."""


def port_of(session: AsyncSession) -> int | None:
    """The local port of the connection that a session has in use; ``None`` if it has none.

    The driver tells this in its log only; the version is locked, and a test ends a read by it.
    """
    connection = session._connection
    return connection.local_port if connection else None


class Terminator:
    """Terminates reads by the local ports of their connections, in the background."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._looks: dict[int, int] = {}
        """By port: how often it is still to be looked for."""
        self._task: asyncio.Task[None] | None = None

    def end(self, port: int) -> None:
        """Schedules the termination of the read behind this port; returns at once."""
        self._looks[port] = _TIMES
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._looks:
            try:
                async with asyncio.timeout(_LIMIT):
                    await self._look()
            except (GraphsvcError, TimeoutError) as error:
                log.warning("Reads that were given up could not be ended in the store yet: %s", error)
            self._looks = {port: left - 1 for port, left in self._looks.items() if left > 1}
            await asyncio.sleep(_PAUSE)

    async def _look(self) -> None:
        ports = {name: int(str(address).rpartition(":")[2] or 0) for name, address in await self._run(_SHOW, {})}
        found = [name for name, port in ports.items() if port in self._looks]
        if found:
            await self._run(_TERMINATE, {"ids": found})
            for name in found:
                self._looks.pop(ports[name], None)

    async def finish(self) -> None:
        """Waits until scheduled terminations are done."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_LIMIT)
