"""The store: one protocol, one Cypher text, two engines (Neo4j, and the embedded default)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from graphsvc.store.factory import opened
from graphsvc.store.protocol import CleanLoad, Held, LoadRecord, Publication, Store, StoreInfo

if TYPE_CHECKING:
    from graphsvc.model import Model
    from graphsvc.settings import Settings

__all__ = ["CleanLoad", "Held", "LoadRecord", "Publication", "Store", "StoreInfo", "open_store"]


@asynccontextmanager
async def open_store(settings: Settings, model: Model, *, strict: bool = False, lasting: bool = False) -> AsyncIterator[Store]:
    """The store that the settings name: that Neo4j, or the embedded engine in ``settings.data_dir``.

    The embedded engine is started when none runs for that folder, and ends with its last user. ``strict`` makes a
    notification of Neo4j (a deprecated word, an unknown label) an error, which is what the tests want. ``lasting`` is for a
    service: an embedded engine that ends is replaced, and meanwhile the store raises :class:`graphsvc.errors.StoreDown`.

    Raises :class:`graphsvc.errors.StoreError` if the store is down, of another version, refuses the password, or if the
    folder cannot be used.
    """
    async with opened(settings, model, strict=strict, lasting=lasting) as store:
        yield store
