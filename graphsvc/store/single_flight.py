"""Does the same work once for all who want it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


@dataclass(slots=True, eq=False)
class _Flight(Generic[Made]):
    """Work under way, and how many wait for it."""

    task: asyncio.Future[Made]
    waiting: int = 0


class SingleFlight(Generic[Key, Made]):
    """Work under way, by key. Whoever asks for a key that is under way waits for it; the last to leave ends it."""

    def __init__(self) -> None:
        self._flights: dict[Key, _Flight[Made]] = {}

    async def do(self, key: Key, work: Callable[[], Coroutine[Any, Any, Made]]) -> Made:
        """What ``work`` makes or raises; it is begun only if the same is not under way."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.ensure_future(work()))
            begun = flight
            flight.task.add_done_callback(lambda _: self._drop(key, begun))
        flight.waiting += 1
        try:
            await asyncio.wait((flight.task,))
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._drop(key, flight)  # nobody may join what is about to end
                flight.task.cancel()
                await asyncio.wait((flight.task,))
        return flight.task.result()

    def forget(self, key: Key) -> None:
        """Let the next who asks begin anew; those who wait still get what is under way."""
        self._flights.pop(key, None)

    def _drop(self, key: Key, flight: _Flight[Made]) -> None:
        if not flight.task.cancelled() and flight.task.done():
            flight.task.exception()  # seen, should nobody be left to whom it could be raised
        if self._flights.get(key) is flight:
            del self._flights[key]

    def __len__(self) -> int:
        return len(self._flights)
