"""Kill -9 in the middle of a load: nothing lost that was there, nothing shown half-done, and the next load puts it right."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import neo4j_server
import pytest
from store_claims import by_id, exported, many, publish, small_map

from graphsvc.errors import StoreError
from graphsvc.model import Model
from graphsvc.provenance import OPEN
from graphsvc.settings import Settings
from graphsvc.store import Store, open_store

SIZE = 1500
WAIT = 120.0

LEFTOVERS = (
    "MATCH (n:Entity) WHERE n.knownFrom > $rev OR (n.knownTo > $rev AND n.knownTo < $open) RETURN count(n)",
    "MATCH (n:Record) WHERE n.knownFrom > $rev OR (n.knownTo > $rev AND n.knownTo < $open) RETURN count(n)",
    "MATCH ()-[r:WORKS_WITH|PART_OF|PROVIDES|COVERS]->() WHERE r.knownFrom > $rev OR (r.knownTo > $rev AND r.knownTo < $open) "
    "RETURN count(r)",
)
MOMENTS = {
    "while things are written": "MATCH (n:Entity) WHERE n.knownFrom > $rev RETURN count(n)",
    "while relations are written": "MATCH ()-[r:PART_OF|WORKS_WITH]->() WHERE r.knownFrom > $rev RETURN count(r)",
}


async def leftovers(store: Store) -> int:
    """How many rows of an unfinished load the store holds."""
    known = {"rev": await store.revision(), "open": OPEN}
    return sum([(await store.read(text, known))[0][0] for text in LEFTOVERS])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds, at most :data:`WAIT` seconds."""
    deadline = time.monotonic() + WAIT
    while not await condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


async def kill_a_loader(store: Store, settings: Settings, moment: str) -> None:
    """Start a load in another process and kill it once the store holds some of it."""
    script = Path(__file__).parent / "store_loader.py"
    loader = await asyncio.create_subprocess_exec(sys.executable, str(script), json.dumps(asdict(settings)), str(SIZE))
    revision = await store.revision()

    async def begun() -> bool:
        assert loader.returncode is None, "the load ended before it was killed"
        return (await store.read(MOMENTS[moment], {"rev": revision}))[0][0] > 0

    try:
        await until(begun)
    finally:
        loader.kill()
        await loader.wait()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_killed_load_shows_nothing_and_the_next_one_sweeps_it_away(
    store: Store, store_settings: Settings, moment: str
) -> None:
    await publish(store, small_map())
    await kill_a_loader(store, store_settings, moment)
    assert await store.revision() == 1
    assert by_id(await exported(store)) == by_id(small_map())
    assert await leftovers(store) > 0
    done = await publish(store, many(50), dataset="large")
    assert done.revision == 2
    assert await leftovers(store) == 0
    assert by_id(await exported(store)) == by_id([*small_map(), *many(50)])


async def test_preparing_sweeps_what_a_killed_load_left_withdrawals_included(store: Store, store_settings: Settings) -> None:
    await publish(store, small_map())
    await publish(store, many(200, word="Older"), dataset="large")
    connection = store._connection  # type: ignore[attr-defined]
    await connection.execute("MATCH (r:Record {dataset: 'large'}) SET r.knownTo = 3")
    await connection.execute("MATCH ()-[r:PART_OF]->() SET r.knownTo = 3")
    await kill_a_loader(store, store_settings, "while things are written")
    await store.prepare()
    assert await leftovers(store) == 0
    assert by_id(await exported(store)) == by_id([*small_map(), *many(200, word="Older")])


@asynccontextmanager
async def mortal(engine: str, folder: Path) -> AsyncIterator[tuple[Callable[[], Awaitable[Settings]], Callable[[], None]]]:
    """A store of its own: how to start it (again), and how to kill its engine."""
    if engine == "embedded":
        settings = Settings(data_dir=str(folder), embedded_memory="512m")

        async def start() -> Settings:
            return settings

        def kill() -> None:
            os.kill(json.loads((folder / "engine.json").read_text())["pid"], signal.SIGKILL)

        yield start, kill
        return
    servers: list[neo4j_server.Server] = []

    async def start_neo4j() -> Settings:
        server = await asyncio.to_thread(neo4j_server.start, folder, "to-be-killed", "512m")
        servers.append(server)
        return Settings(neo4j_uri=server.uri, neo4j_user=server.user, neo4j_password=server.password)

    try:
        yield start_neo4j, lambda: servers.pop().kill()
    finally:
        for server in servers:
            server.stop()


async def test_a_killed_engine_loses_nothing_and_keeps_nothing_half_done(engine: str, model: Model, tmp_path: Path) -> None:
    async with mortal(engine, tmp_path / "state") as (start, kill):
        settings = await start()
        async with open_store(settings, model) as store:
            await publish(store, small_map())
            task = asyncio.create_task(publish(store, many(SIZE), dataset="large"))

            async def begun() -> bool:
                assert not task.done(), "the load ended before the engine was killed"
                return (await store.read(MOMENTS["while things are written"], {"rev": 1}))[0][0] > 0

            await until(begun)
            await asyncio.to_thread(kill)
            with pytest.raises(StoreError):
                await task
            with pytest.raises(StoreError, match="does not answer"):
                await store.read("RETURN 1", {}, timeout=5)
        settings = await start()
        async with open_store(settings, model) as store:
            assert await store.revision() == 1
            assert by_id(await exported(store)) == by_id(small_map())
            await publish(store, many(20), dataset="large")
            assert await leftovers(store) == 0
            assert by_id(await exported(store)) == by_id([*small_map(), *many(20)])
