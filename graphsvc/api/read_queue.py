"""Queues reads of the store: their number at once is bounded, and cheap ones have places of their own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from graphsvc.errors import Crowded
from graphsvc.settings import Settings

_LONGEST_QUEUE = 1000
"""Reads that may wait; more are refused at once."""


@dataclass
class _Lane:
    """The places for reads of one kind, and the reads that wait for one, first come first."""

    places: int
    taken: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class ReadQueue:
    """Limits the concurrent reads of one process. Dear reads have at most some of the places, so that cheap ones find one."""

    def __init__(self, settings: Settings) -> None:
        dear = max(1, min(settings.max_dear_reads, settings.max_reads - 1))
        self._dear = _Lane(dear)
        self._cheap = _Lane(max(1, settings.max_reads - dear))
        self._cheap_cost = settings.cheap_cost
        self._patience = settings.queue_timeout

    @asynccontextmanager
    async def turn(self, cost: int) -> AsyncIterator[None]:
        """Wait for a turn to read, for a request of that planned cost. Raises Crowded if none comes in time."""
        lane = self._cheap if cost <= self._cheap_cost else self._dear
        await self._take(lane)
        try:
            yield
        finally:
            self._leave(lane)

    async def _take(self, lane: _Lane) -> None:
        if lane.taken < lane.places:
            lane.taken += 1
            return
        if len(lane.waiting) >= _LONGEST_QUEUE:
            raise _crowded()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._leave(lane)  # the place came as we stopped waiting for it
            elif turn in lane.waiting:
                lane.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise _crowded() from error
            raise

    @staticmethod
    def _leave(lane: _Lane) -> None:
        while lane.waiting:
            turn = lane.waiting.popleft()
            if not turn.done():
                turn.set_result(None)  # the place passes on
                return
        lane.taken -= 1


def _crowded() -> Crowded:
    return Crowded("Too much is asked of the store at the moment.", "Ask again in a few seconds; small questions come first.")
