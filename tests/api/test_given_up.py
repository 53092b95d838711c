"""A read that is given up ends in the store: past its time, when its client leaves, and many at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from stand_ins import stand_in
from store_claims import connection_of
from web_client import client_of
from world import World

from graphsvc.api.service import GraphQLService
from graphsvc.errors import StoreTimeout
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Edition, LoadRecord, Publication, Store, open_store
from graphsvc.store.embedded.engine import DATABASE, STATEMENT_LIMIT
from graphsvc.web import create_app

LONG = (
    "MATCH (a:Entity), (b:Entity), (c:Entity), (d:Entity), (e:Entity), (f:Entity) "
    "WHERE a.knownFrom + b.knownFrom + c.knownFrom + d.knownFrom + e.knownFrom + f.knownFrom < 0 RETURN count(*)"
)
"""Runs for days, in bounded memory."""
WRAPPED = '{name: {contains: "none is called so"}}'
for _ in range(3):
    WRAPPED = f"{{system: {{some: {{entities: {{some: {WRAPPED}}}}}}}}}"
ATTACK = "{ " + " ".join(f"a{n}: things(where: {WRAPPED}, first: 1) {{ id }}" for n in range(4)) + " }"
UNBOUNDED = {"max_cost": 10**30, "query_timeout": 2.0}


async def running(store: Store) -> int:
    """How many reads the store is at, this one left out."""
    rows = await connection_of(store)._run_alone("SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery", {})
    return sum("SHOW TRANSACTIONS" not in (row[0] or "") for row in rows)


async def become(store: Store, number: int) -> bool:
    """Whether that many reads run in the store in the end; the time is ample, since others use the machine."""
    for _ in range(60):
        if await running(store) == number:
            return True
        await asyncio.sleep(0.2)
    return False


@pytest.fixture
async def filled(store: Store, store_settings: Settings, model: Model) -> AsyncIterator[Store]:
    """A store with a world in it; without strictness, since Neo4j remarks on the long read, as it should."""
    world = World(model)
    await store.publish(Publication(LoadRecord("world", "1", title="A world made by chance"), world.claims))
    async with open_store(store_settings, model) as opened:
        yield opened


async def test_a_request_past_its_time_ends_in_the_store(filled: Store, model: Model) -> None:
    """The request that took the service down, let through the limit of the cost."""
    service = GraphQLService(model, stand_in(filled), Settings(**UNBOUNDED))
    begun = time.monotonic()
    with pytest.raises(StoreTimeout):
        await service.ask(ATTACK)
    assert time.monotonic() - begun < 4
    assert await become(filled, 0)
    assert (await GraphQLService(model, filled, Settings()).ask("{ things(first: 1) { name } }"))["data"]["things"]


async def test_a_read_that_is_cancelled_ends_in_the_store_however_many_there_are(filled: Store) -> None:
    reads = [asyncio.create_task(filled.read(LONG, {}, 60)) for _ in range(10)]
    assert await become(filled, 10), "they are all let in, so that what ends them is let in too"
    for read in reads:
        read.cancel()
    await asyncio.wait(reads)
    assert await become(filled, 0)


async def test_what_a_client_asked_ends_when_it_leaves(filled: Store, model: Model) -> None:
    app = create_app(Settings(**{**UNBOUNDED, "query_timeout": 60.0}), model, stand_in(filled))
    sent: list[Any] = []
    gone = asyncio.Event()
    body = b'{"query": "' + ATTACK.replace('"', '\\"').encode() + b'"}'
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8484"), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "root_path": "", "scheme": "http",
        "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8484),
        "asgi": {"version": "3.0"}, "http_version": "1.1",
    }  # fmt: skip
    asked = asyncio.create_task(app(scope, receive, send))
    assert await become(filled, 4)
    gone.set()
    await asyncio.wait_for(asked, 5)
    assert await become(filled, 0)


async def test_the_engine_has_a_limit_of_its_own(store: Store, engine: str) -> None:
    """For what nobody is left to end; the setting is of the database, and the server's does nothing."""
    if engine == "neo4j":
        return  # each read carries its own: the test above sees it end
    at = store._schema.endpoint  # type: ignore[attr-defined]  # the embedded store has one
    asked = {"language": "sql", "command": "SELECT settings FROM schema:database"}
    async with httpx.AsyncClient(auth=(at.user, at.password), trust_env=False) as client:
        answer = await client.post(f"http://127.0.0.1:{at.http}/api/v1/query/{DATABASE}", json=asked)
    settings = {entry["key"]: entry["value"] for entry in answer.json()["result"][0]["settings"]}
    assert settings["arcadedb.command.timeout"] == STATEMENT_LIMIT


class Silent:
    """A store that never answers."""

    text_index = "texts"

    def __init__(self) -> None:
        self.ended = 0

    async def read(self, *_: Any) -> list[list[Any]]:
        """Never returns."""
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1
        return []

    async def revision(self) -> int:
        """Never returns."""
        await self.read()
        return 0

    async def edition(self, *, fresh: bool = False) -> Edition:
        """Never returns."""
        await self.read()
        return Edition(0)


async def test_pages_have_a_time_limit_of_their_own(model: Model) -> None:
    silent = Silent()
    app = create_app(Settings(page_timeout=0.2, health_timeout=0.2), model, stand_in(silent))
    async with client_of(app) as client:
        for path in ("/", "/health", "/id/care-system/walsall", "/sources", "/search"):
            begun, ended = time.monotonic(), silent.ended
            answer = await client.get(path)
            assert time.monotonic() - begun < 5
            assert (answer.status_code, silent.ended) == (504, ended + 1), path
            assert "The page took longer than 0.2 seconds" in answer.text
