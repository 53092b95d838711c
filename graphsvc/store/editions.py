"""Knows which edition of the store is current without a read for each request (decision 0016)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphsvc.errors import GraphsvcError
from graphsvc.store.single_flight import SingleFlight

BOARD: Final = "editions"
"""File of the data folder whose length grows with each edition that a process meets."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of one store: the same edition gives the same answers, for ever."""

    revision: int
    publications: int = 0
    """Number of loads that were published. One that changes no claim keeps the revision, and still renews its report."""
    store: str = ""
    """Made by chance when a store is first filled, so that revision 1 of a store that was emptied is not that of the next."""

    def is_before(self, other: Edition) -> bool:
        """Whether the same store had this edition earlier."""
        return self.store == other.store and self.publications < other.publications


class Board:
    """Tells the processes that share a data folder of each new edition: a file, to which each appends one byte.

    Appending is atomic and needs no lock, which a process that is killed could keep. Where the folder cannot be written there is
    no board, and each process finds out by itself in its time.
    """

    def __init__(self, folder: str) -> None:
        self._file: int | None = None
        with suppress(OSError):
            self._file = os.open(Path(folder) / BOARD, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def told(self) -> int:
        """How many editions were told of so far."""
        return 0 if self._file is None else os.fstat(self._file).st_size

    def tell(self) -> None:
        """Tell of a new edition."""
        if self._file is not None:
            with suppress(OSError):  # a full disk: the others find out in their time
                os.write(self._file, b".")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Editions:
    """The current edition of a store, at most ``age`` seconds old; from half of that on it is read anew, and still serves."""

    def __init__(self, age: float, board: Board) -> None:
        self._age = age
        self._board = board
        self._seen = board.told()
        self._known: Edition | None = None
        self._known_turn = 0
        self._until = 0.0
        self._turn = 0
        """Grows when what is under way must not be believed any more."""
        self._reads: SingleFlight[int, Edition] = SingleFlight()
        self._ahead: asyncio.Future[None] | None = None

    def forget(self) -> None:
        """Read anew for the next who asks."""
        self._until = 0.0
        self._turn += 1

    def published(self) -> None:
        """Something was published here: the next who asks sees it, in other processes of the data folder too."""
        self.forget()
        self._board.tell()

    async def current(self, read: Callable[[], Coroutine[Any, Any, Edition]]) -> Edition:
        """The current edition, at most ``age`` seconds old, and never one before an edition that was already given."""
        if (told := self._board.told()) != self._seen:
            self._seen = told
            self.forget()
        now, turn = time.monotonic(), self._turn
        if self._known is not None and now < self._until:
            if now > self._until - self._age / 2 and self._ahead is None:
                self._ahead = asyncio.ensure_future(self._read_ahead(read, turn))
            return self._known
        return await self._reads.do(turn, lambda: self._read(read, turn))

    async def _read_ahead(self, read: Callable[[], Coroutine[Any, Any, Edition]], turn: int) -> None:
        """Read before it is needed, so that nobody waits for a store that is busy; what goes wrong meets who asks next."""
        try:
            with suppress(GraphsvcError):
                await self._reads.do(turn, lambda: self._read(read, turn))
        finally:
            self._ahead = None

    async def _read(self, read: Callable[[], Coroutine[Any, Any, Edition]], turn: int) -> Edition:
        begun = time.monotonic()
        found = await read()
        if self._known is not None and (turn < self._known_turn or found.is_before(self._known)):
            return self._known  # somebody has read later; or a member of a cluster lags behind
        if self._known not in (None, found):
            self._board.tell()  # before anybody is answered from it
        self._known, self._known_turn = found, turn
        if turn == self._turn:
            self._until = begun + self._age
        return found

    async def close(self) -> None:
        """End what is under way, and let go of the board."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.wait((self._ahead,))
        self._board.close()
