"""Keeps answers by the edition of the store that gave them, in bounded memory (decision 0016).

An edition never changes, so nothing is ever flushed: after a publication nobody asks for what was kept before it, and it makes
room for what is asked now.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Coroutine, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from graphsvc.api.cache import Cache
from graphsvc.api.entity_tags import SMALLEST_ZIPPED
from graphsvc.api.http import RequestParameters
from graphsvc.api.worker_thread import WorkerThread
from graphsvc.settings import Settings
from graphsvc.store import Edition
from graphsvc.store.single_flight import SingleFlight

LARGE: Final = 100_000
"""Size from which an answer is compressed beside the event loop."""
ZIP_LEVEL: Final = 5
_OVERHEAD: Final = 1000
"""Bytes that an entry takes beside its body and the texts of its key and headers. Measured: 700, and 1,000 with headers."""
SCHEMA: Final = Edition(0, store="schema")
"""The edition of what the schema says about itself, whatever the store holds."""
Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is sent: body, headers that belong to it, and an entity tag (RFC 9110, section 8.8.3)."""

    body: bytes
    tag: str
    headers: Mapping[str, str] = field(default_factory=dict)
    lasting: bool = True
    """Whether the same edition gives the same answer again."""
    of_schema: bool = False
    """Whether it is what the schema says about itself, for as long as there is this schema."""
    timing: str = ""
    """How long its steps took, for whoever waited for them; not kept."""


def answer_key(asked: RequestParameters, edition: Edition, day: str) -> Key:
    """What an answer depends on, within a process: its settings and its Model are the same for all.

    ``day`` is today, for what is asked as at today: at midnight every question is a new one.
    """
    values = orjson.dumps(asked.variables, option=orjson.OPT_SORT_KEYS) if asked.variables else b""
    return edition, day, asked.query, asked.operation_name or "", values


class KeptAnswers:
    """Answers that are kept, and those under way: the same question is put to the store once."""

    def __init__(self, settings: Settings, worker: WorkerThread) -> None:
        most = settings.answer_cache_mb * 1_000_000
        self.on = most > 0
        """Whether anything is kept."""
        self._cache: Cache[Key, Kept] = Cache(most, share=4)
        self._under_way: SingleFlight[Key, Kept] = SingleFlight()
        self._worker = worker

    @property
    def weight(self) -> int:
        """Bytes of all that is kept."""
        return self._cache.weight

    def get(self, key: Key) -> Kept | None:
        """The kept answer, if there is one."""
        return self._cache.get(key)

    async def made(self, key: Key, make: Callable[[], Coroutine[Any, Any, Kept]]) -> Kept:
        """The kept answer, or that of ``make``, which runs once for all who ask at the same time."""

        async def work() -> Kept:
            found = await make()
            if found.lasting:
                self._put(key, Kept(found.body, found.tag, found.headers))
            return found

        return self._cache.get(key) or await self._under_way.do(key, work)

    async def zipped(self, key: Key, kept: Kept) -> bytes | None:
        """The body compressed, kept too; ``None`` for one that is not kept, or too small to gain by it."""
        if len(kept.body) < SMALLEST_ZIPPED or self._cache.get(key) is None:
            return None
        key = (*key, kept.tag)

        async def work() -> Kept:
            large = len(kept.body) > LARGE
            body = await self._worker.run(_zip, kept.body) if large else _zip(kept.body)
            found = Kept(body, "")
            self._put(key, found)
            return found

        return (self._cache.get(key) or await self._under_way.do(key, work)).body

    def _put(self, key: Key, kept: Kept) -> None:
        if self.on:
            self._cache.put(key, kept, weight_of(key, kept))


def weight_of(key: Key, kept: Kept) -> int:
    """Bytes that an answer takes while it is kept."""
    texts = (part for part in key if isinstance(part, str | bytes))
    return _OVERHEAD + len(kept.body) + sum(map(len, texts)) + sum(map(len, kept.headers.values()))


def _zip(body: bytes) -> bytes:
    return gzip.compress(body, ZIP_LEVEL, mtime=0)
