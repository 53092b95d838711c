"""The store: one protocol and one set of Cypher texts for two engines, Neo4j and the embedded ArcadeDB.

protocol.py        what every store offers, and the records that pass through it
factory.py         opens the store that the settings name
bolt_store.py      the store over Bolt, for both engines
editions.py        knows which edition of the store is current
single_flight.py   does the same work once for all who want it
connection.py      pool, sessions, retries and the driver's errors
read_only.py       refuses a text that may write
termination.py     ends reads that were given up
schema.py          types, constraints and indexes of the Model
publishing/        writes a dataset's difference and publishes it
export.py          reads every current claim back
claims.py          reads one claim for its page
neighbourhood.py   reads the claims about one thing for its page
listed_releases.py finds the releases of a directory where no load says so
other_datasets.py  finds the things that another dataset also describes
disk.py            recognises a full disk
embedded/          the embedded engine's process and its client
keeper.py          notices when that engine ends, and replaces it
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from graphsvc.store.editions import Edition
from graphsvc.store.embedded.client import hold
from graphsvc.store.factory import opened
from graphsvc.store.protocol import CleanLoad, Held, KnownRelease, LoadRecord, Publication, Store, StoreInfo

if TYPE_CHECKING:
    from graphsvc.model import Model
    from graphsvc.settings import Settings

__all__ = [
    "CleanLoad", "Edition", "Held", "KnownRelease", "LoadRecord", "Publication", "Store", "StoreInfo", "engine_held",
    "open_store",
]  # fmt: skip


@asynccontextmanager
async def open_store(settings: Settings, model: Model, *, strict: bool = False, lasting: bool = False) -> AsyncIterator[Store]:
    """Opens the store that the settings name: a Neo4j, or the embedded engine in ``settings.data_dir``.

    The embedded engine is started when none runs for that folder, and ends with its last user. ``strict`` makes a
    notification of Neo4j (a deprecated word, an unknown label) an error, which is what the tests want. ``lasting`` is for a
    service: an embedded engine that ends is replaced, and meanwhile the store raises :class:`graphsvc.errors.StoreDown`.

    Raises :class:`graphsvc.errors.StoreError` if the store is down, of another version, refuses the password, or if the
    folder cannot be used.
    """
    async with opened(settings, model, strict=strict, lasting=lasting) as store:
        yield store


@contextmanager
def engine_held(settings: Settings) -> Iterator[None]:
    """Keeps the embedded engine running while others open and close the store; a Neo4j runs by itself.

    Raises :class:`graphsvc.errors.StoreError` if the folder cannot be used.
    """
    if settings.neo4j_uri:
        yield
        return
    held = hold(settings.data_dir, settings.embedded_memory)
    try:
        yield
    finally:
        held.release()
