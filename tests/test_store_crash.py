"""Kill -9 in the middle of a load: nothing lost that was there, nothing shown half-done, and the next load puts it right."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import httpx
import neo4j_server
import pytest
from store_claims import by_id, exported, many, publish, small_map
from web_client import client_of

from graphsvc.errors import StoreDown, StoreError
from graphsvc.model import Model
from graphsvc.provenance import OPEN
from graphsvc.settings import Settings
from graphsvc.store import Store, keeper, open_store
from graphsvc.store.embedded import client
from graphsvc.store.publishing.lease import _TAKE, TTL
from graphsvc.web import create_app

SIZE = 1500
WAIT = 120.0
AT_ONCE = 3.0
"""Seconds in which a store that is down is said to be: a second, and more on a machine that is busy with other tests."""

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
async def mortal(engine: str, folder: Path) -> AsyncIterator[tuple[Callable[..., Awaitable[Settings]], Callable[[], None]]]:
    """A store of its own: how to start it (again, at its old port if given one), and how to kill its engine."""
    if engine == "embedded":
        settings = Settings(data_dir=str(folder), embedded_memory="512m")

        async def start() -> Settings:
            return settings

        def kill() -> None:
            os.kill(json.loads((folder / "engine.json").read_text())["pid"], signal.SIGKILL)

        yield start, kill
        return
    servers: list[neo4j_server.Server] = []

    async def start_neo4j(port: int = 0) -> Settings:
        server = await asyncio.to_thread(neo4j_server.start, folder, "to-be-killed", "512m", port, True)
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


async def at_once(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """An answer, which must come without waiting, whatever it says."""
    begun = time.monotonic()
    response = await client.get(path, headers={"accept": "*/*"} if path.startswith("/graphql") else {})
    assert time.monotonic() - begun < AT_ONCE, path
    return response


async def test_a_service_outlives_its_engine_and_says_meanwhile_that_it_may_be_asked_again(
    engine: str, model: Model, tmp_path: Path
) -> None:
    async with mortal(engine, tmp_path / "state") as (start, kill):
        settings = await start()
        async with open_store(settings, model, lasting=True) as store, client_of(create_app(settings, model, store)) as client:
            await publish(store, small_map())
            assert (await client.get("/health")).json()["revision"] == 1
            port = settings.neo4j_uri.rpartition(":")[2] or str(
                json.loads((tmp_path / "state" / "engine.json").read_text())["bolt"]
            )
            await asyncio.to_thread(kill)
            for path in ("/health", "/", "/id/organisation/a", "/graphql?query={careSystems{id}}"):
                response = await at_once(client, path)
                assert response.status_code == 503, path
                assert int(response.headers["retry-after"]) > 0
                for inside in (port, "127.0.0.1", "localhost", str(tmp_path), settings.neo4j_password or "bolt:"):
                    assert inside not in response.text, f"{path} says {inside}"
            if engine == "neo4j":
                await start(int(port))

            async def recovered() -> bool:
                return (await client.get("/health")).status_code == 200

            await until(recovered)
            assert (await client.get("/health")).json()["revision"] == 1
            assert (await client.get("/")).status_code == 200
            assert by_id(await exported(store)) == by_id(small_map())


async def test_a_service_finds_the_engine_that_another_command_started(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_BETWEEN_STARTS", 3600.0)
    monkeypatch.setattr(keeper.Keeper, "_start_engine", never)
    async with mortal("embedded", tmp_path) as (start, kill):
        settings = await start()
        async with open_store(settings, model, lasting=True) as serving:
            await publish(serving, small_map())
            kill()
            async with open_store(settings, model) as loading:
                await publish(loading, many(20), dataset="large")

                async def found() -> bool:
                    with suppress(StoreDown):
                        return await serving.revision() == 2
                    return False

                await until(found)
            assert by_id(await exported(serving)) == by_id([*small_map(), *many(20)]), "it holds the engine on its own now"


async def never(self: object) -> bool:
    """No engine is started."""
    return False


async def test_an_engine_that_keeps_ending_is_started_once_a_minute_at_most(model: Model, tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), embedded_memory="512m")
    async with mortal("embedded", tmp_path) as (_, kill), open_store(settings, model, lasting=True) as store:

        async def answers() -> bool:
            with suppress(StoreDown):
                return await store.revision() == 0
            return False

        kill()
        await until(answers)
        kill()
        await asyncio.sleep(3)
        assert not await answers()
        assert not client._locked(tmp_path), "no other engine was started"


async def test_a_load_whose_engine_is_killed_ends_at_once_with_one_sentence(
    model: Model, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with mortal("embedded", tmp_path) as (start, kill), open_store(await start(), model) as store:
        await store.prepare()
        task = asyncio.create_task(publish(store, many(SIZE), dataset="large"))

        async def begun() -> bool:
            return (await store.read(MOMENTS["while things are written"], {"rev": 0}))[0][0] > 0

        await until(begun)
        kill()
        killed = time.monotonic()
        with pytest.raises(StoreDown, match="its engine has ended") as caught:
            await task
        assert time.monotonic() - killed < AT_ONCE
        assert "not published" in caught.value.hint
    assert capfd.readouterr().err == ""


async def test_loads_that_meet_in_a_new_store_find_one_of_them_first(store: Store) -> None:
    connection = store._connection  # type: ignore[attr-defined]
    await connection.execute("MATCH (l:Lease) DELETE l")
    given = {"who": "", "since": "", "process": "", "machine": "", "ttl": TTL, "instead_of": ""}
    taking = [connection.merge(_TAKE, token=str(number), **given) for number in range(16)]
    assert len({rows[0][0] for rows in await asyncio.gather(*taking)}) == 1
