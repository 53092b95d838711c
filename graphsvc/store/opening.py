"""Open the store that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store.connection import connect
from graphsvc.store.embedded import hold
from graphsvc.store.engine import DATABASE
from graphsvc.store.neo4j import BoltStore
from graphsvc.store.schema import ArcadeSchema, Neo4jSchema, labels_of


@asynccontextmanager
async def opened(settings: Settings, model: Model, *, strict: bool) -> AsyncIterator[BoltStore]:
    """See :func:`graphsvc.store.open_store`."""
    opening = _neo4j(settings, model, strict=strict) if settings.neo4j_uri else _embedded(settings, model, strict=strict)
    async with opening as store:
        yield store


@asynccontextmanager
async def _neo4j(settings: Settings, model: Model, *, strict: bool) -> AsyncIterator[BoltStore]:
    connection = await connect(
        settings.neo4j_uri, settings.neo4j_user, settings.neo4j_password, settings.neo4j_database, strict=strict
    )
    store = BoltStore(connection, model, Neo4jSchema(connection), connection.engine, labels_of)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _embedded(settings: Settings, model: Model, *, strict: bool) -> AsyncIterator[BoltStore]:
    held = await asyncio.to_thread(hold, settings.data_dir, settings.embedded_memory)
    try:
        endpoint = held.endpoint
        connection = await connect(f"bolt://127.0.0.1:{endpoint.bolt}", endpoint.user, endpoint.password, DATABASE, strict=strict)
        # A type says what it extends: a node needs its own label only.
        store = BoltStore(connection, model, ArcadeSchema(endpoint), "ArcadeDB (embedded)", lambda _, name: f":{name}")
        try:
            yield store
        finally:
            await store.close()
    finally:
        await asyncio.to_thread(held.release)
