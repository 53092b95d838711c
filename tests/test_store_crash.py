"""Kill -9 in the middle of a load: nothing lost that was there, nothing shown half-done, and the next load puts it right."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import httpx
import neo4j_server
import pytest
from store_claims import by_id, connection_of, empty, exported, many, publish, small_map
from web_client import client_of

from graphsvc.errors import StoreDown, StoreError
from graphsvc.model import Model
from graphsvc.provenance import OPEN
from graphsvc.settings import Settings
from graphsvc.store import Store, keeper, open_store
from graphsvc.store.embedded import client
from graphsvc.store.publishing.lease import _TAKE, TTL
from graphsvc.web import create_app

pytestmark = pytest.mark.slow
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
    connection = connection_of(store)
    await connection.execute("MATCH (r:Record {dataset: 'large'}) SET r.knownTo = 3")
    await connection.execute("MATCH ()-[r:PART_OF]->() SET r.knownTo = 3")
    await kill_a_loader(store, store_settings, "while things are written")
    await store.prepare()
    assert await leftovers(store) == 0
    assert by_id(await exported(store)) == by_id([*small_map(), *many(200, word="Older")])


@dataclass(frozen=True)
class Mortal:
    """A store whose engine a test kills. The embedded one is started again by whoever needs it, Neo4j by the test."""

    settings: Settings
    kill: Callable[[], None]
    start_again: Callable[[], None] = lambda: None

    @property
    def port(self) -> str:
        """The port on which the engine answers."""
        endpoint = Path(self.settings.data_dir) / "engine.json"
        return self.settings.neo4j_uri.rpartition(":")[2] or str(json.loads(endpoint.read_text())["bolt"])


def embedded(folder: Path) -> Mortal:
    """An embedded store of its own."""
    kill = lambda: os.kill(json.loads((folder / "engine.json").read_text())["pid"], signal.SIGKILL)  # noqa: E731
    return Mortal(Settings(data_dir=str(folder), embedded_memory="512m"), kill)


@pytest.fixture
async def mortal(engine: str, model: Model, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Mortal]:
    """An empty store. The Neo4j is that of the run, which no test needs afterwards; one of its own where another is given."""
    if engine == "embedded":
        yield embedded(tmp_path / "state")
        return
    given = bool(os.environ.get("NEO4J_URI"))
    start = partial(neo4j_server.start, tmp_path / "state", heap="512m", brief=True)
    server = await asyncio.to_thread(start) if given else request.getfixturevalue("own_neo4j")
    settings = Settings(neo4j_uri=server.uri, neo4j_user=server.user, neo4j_password=server.password)
    await empty(settings, model)
    yield Mortal(settings, server.kill, server.start_again)
    if given:
        server.stop()


async def at_once(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """An answer, which must come without waiting, whatever it says."""
    begun = time.monotonic()
    response = await client.get(path, headers={"accept": "*/*"} if path.startswith("/graphql") else {})
    assert time.monotonic() - begun < AT_ONCE, path
    return response


async def test_a_killed_engine_loses_nothing_and_its_service_says_meanwhile_that_it_may_be_asked_again(
    mortal: Mortal, model: Model
) -> None:
    """The engine is killed in the middle of a load, beside which a service answers: one kill and one start for both."""
    settings = mortal.settings
    async with open_store(settings, model, lasting=True) as store, client_of(create_app(settings, model, store)) as client:
        await publish(store, small_map())
        assert (await client.get("/health")).json()["revision"] == 1
        await _killed_in_the_middle_of_a_load(mortal, model, client)
        await asyncio.to_thread(mortal.start_again)

        async def recovered() -> bool:
            return (await client.get("/health")).status_code == 200

        await until(recovered)
        assert (await client.get("/health")).json()["revision"] == 1
        assert (await client.get("/")).status_code == 200
        assert by_id(await exported(store)) == by_id(small_map())
    async with open_store(settings, model) as store:
        assert await store.revision() == 1
        assert by_id(await exported(store)) == by_id(small_map())
        await publish(store, many(20), dataset="large")
        assert await leftovers(store) == 0
        assert by_id(await exported(store)) == by_id([*small_map(), *many(20)])


async def _killed_in_the_middle_of_a_load(mortal: Mortal, model: Model, client: httpx.AsyncClient) -> None:
    async with open_store(mortal.settings, model) as loading:
        task = asyncio.create_task(publish(loading, many(SIZE), dataset="large"))

        async def begun() -> bool:
            assert not task.done(), "the load ended before the engine was killed"
            return (await loading.read(MOMENTS["while things are written"], {"rev": 1}))[0][0] > 0

        await until(begun)
        own = mortal.settings.neo4j_password or mortal.settings.data_dir
        inside = (mortal.port, "127.0.0.1", "localhost", "bolt:", own)
        await asyncio.to_thread(mortal.kill)
        for path in ("/health", "/", "/id/organisation/a", "/graphql?query={careSystems{id}}"):
            response = await at_once(client, path)
            assert response.status_code == 503, path
            assert int(response.headers["retry-after"]) > 0
            for secret in inside:
                assert secret not in response.text, f"{path} says {secret}"
        with pytest.raises(StoreError):
            await task
        with pytest.raises(StoreError, match="does not answer"):
            await loading.read("RETURN 1", {}, timeout=5)


async def test_a_service_finds_the_engine_that_another_command_started(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_BETWEEN_STARTS", 3600.0)
    monkeypatch.setattr(keeper.Keeper, "_start_engine", never)
    own = embedded(tmp_path)
    async with open_store(own.settings, model, lasting=True) as serving:
        await publish(serving, small_map())
        own.kill()
        async with open_store(own.settings, model) as loading:
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
    own = embedded(tmp_path)
    async with open_store(own.settings, model, lasting=True) as store:

        async def answers() -> bool:
            with suppress(StoreDown):
                return await store.revision() == 0
            return False

        own.kill()
        await until(answers)
        own.kill()
        await asyncio.sleep(3)
        assert not await answers()
        assert not client._locked(tmp_path), "no other engine was started"


async def test_a_load_whose_engine_is_killed_ends_at_once_with_one_sentence(
    model: Model, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = embedded(tmp_path)
    async with open_store(own.settings, model) as store:
        await store.prepare()
        task = asyncio.create_task(publish(store, many(SIZE), dataset="large"))

        async def begun() -> bool:
            return (await store.read(MOMENTS["while things are written"], {"rev": 0}))[0][0] > 0

        await until(begun)
        own.kill()
        killed = time.monotonic()
        with pytest.raises(StoreDown, match="its engine has ended") as caught:
            await task
        assert time.monotonic() - killed < AT_ONCE
        assert "not published" in caught.value.hint
    assert capfd.readouterr().err == ""


async def test_loads_that_meet_in_a_new_store_find_one_of_them_first(store: Store) -> None:
    connection = connection_of(store)
    await connection.execute("MATCH (l:Lease) DELETE l")
    given = {"who": "", "since": "", "process": "", "machine": "", "ttl": TTL, "instead_of": ""}
    taking = [connection.merge(_TAKE, token=str(number), **given) for number in range(16)]
    assert len({rows[0][0] for rows in await asyncio.gather(*taking)}) == 1
