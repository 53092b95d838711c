"""Opens the store that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store.bolt_store import BoltStore
from graphsvc.store.connection import connect
from graphsvc.store.disk import full_disk_said
from graphsvc.store.embedded.client import hold
from graphsvc.store.keeper import Keeper, connect_to
from graphsvc.store.schema import ArcadeSchema, Neo4jSchema, labels_of


@asynccontextmanager
async def opened(settings: Settings, model: Model, *, strict: bool, lasting: bool) -> AsyncIterator[BoltStore]:
    """Opens and closes the store; see :func:`graphsvc.store.open_store`."""
    if settings.neo4j_uri:
        opening = _neo4j(settings, model, strict=strict)  # its driver finds a server that comes back by itself
    else:
        opening = _embedded(settings, model, strict=strict, lasting=lasting)
    with full_disk_said(settings.data_dir):
        async with opening as store:
            yield store


@asynccontextmanager
async def _neo4j(settings: Settings, model: Model, *, strict: bool) -> AsyncIterator[BoltStore]:
    connection = await connect(
        settings.neo4j_uri, settings.neo4j_user, settings.neo4j_password, settings.neo4j_database, strict=strict
    )
    store = BoltStore(connection, model, Neo4jSchema(connection), connection.engine, labels_of, settings)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _embedded(settings: Settings, model: Model, *, strict: bool, lasting: bool) -> AsyncIterator[BoltStore]:
    held = await asyncio.to_thread(hold, settings.data_dir, settings.embedded_memory)
    try:
        connection = await connect_to(held, strict=strict)
    except BaseException:
        await asyncio.to_thread(held.release)
        raise
    schema = ArcadeSchema(held.endpoint)
    keeper = Keeper(settings, held, connection, schema, lasting=lasting)
    # A type says what it extends: a node needs its own label only.
    store = BoltStore(connection, model, schema, "ArcadeDB (embedded)", lambda _, name: f":{name}", settings)
    try:
        keeper.watch()
        yield store
    finally:
        await keeper.close()
        await store.close()
