"""Opening a store: what goes wrong is one clear line, and the embedded engine lives as long as it is held."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import neo4j
import pytest

from graphsvc.errors import StoreError
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import disk, open_store
from graphsvc.store.connection import translate
from graphsvc.store.embedded import client
from graphsvc.store.embedded.client import hold
from graphsvc.store.embedded.engine import READY, free_port

MEMORY = "256m"


def alive(pid: int) -> bool:
    """Whether a process lives (one that is dead and not yet waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for_end(pid: int) -> None:
    """Wait until a process has ended, at most 30 seconds."""
    deadline = time.monotonic() + 30
    while alive(pid):
        assert time.monotonic() < deadline, "the engine outlived its holder"
        time.sleep(0.05)


async def refusal(settings: Settings, model: Model) -> str:
    """What opening the store says, which must be one line."""
    with pytest.raises(StoreError) as caught:
        async with open_store(settings, model):
            pass
    assert "\n" not in caught.value.for_operator
    assert caught.value.hint
    return caught.value.for_operator


async def test_a_store_that_is_down_says_so(model: Model) -> None:
    said = await refusal(Settings(neo4j_uri=f"bolt://127.0.0.1:{free_port()}", neo4j_password="x"), model)
    assert "does not answer" in said


async def test_an_address_that_is_none_says_so(model: Model) -> None:
    assert "is not the address of a store" in await refusal(Settings(neo4j_uri="http://127.0.0.1:1"), model)


async def test_a_wrong_password_says_so(neo4j_or_skip: Settings, model: Model) -> None:
    wrong = Settings(neo4j_uri=neo4j_or_skip.neo4j_uri, neo4j_user="neo4j", neo4j_password="wrong")
    assert "refused the user or the password" in await refusal(wrong, model)


async def test_a_database_that_is_not_there_says_so(neo4j_or_skip: Settings, model: Model) -> None:
    wrong = Settings(
        neo4j_uri=neo4j_or_skip.neo4j_uri,
        neo4j_user=neo4j_or_skip.neo4j_user,
        neo4j_password=neo4j_or_skip.neo4j_password,
        neo4j_database="nowhere",
    )
    assert "NEO4J_DATABASE" in await refusal(wrong, model)


@pytest.mark.parametrize("agent", ["Neo4j/4.4.10", "Memgraph/2.0", "Neo4j/v5.11.0 compatible graph database server - Memgraph"])
async def test_a_store_of_another_version_says_which(agent: str, model: Model) -> None:
    with fake_bolt(agent) as port:
        said = await refusal(Settings(neo4j_uri=f"bolt://127.0.0.1:{port}", neo4j_password="x"), model)
    assert agent in said
    assert "Neo4j 5" in said


@contextmanager
def fake_bolt(agent: str) -> Iterator[int]:
    """A server that speaks just enough Bolt 4.4 to say what it is."""

    def text(value: str) -> bytes:
        return b"\xd0" + bytes([len(value)]) + value.encode()

    def success(fields: dict[str, str]) -> bytes:
        message = b"\xb1\x70" + bytes([0xA0 + len(fields)]) + b"".join(text(item) for pair in fields.items() for item in pair)
        return len(message).to_bytes(2, "big") + message + b"\x00\x00"

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            accepted.append(connection)
            with connection, suppress(OSError):
                connection.recv(20)
                connection.sendall(b"\x00\x00\x04\x04")
                while connection.recv(4096):
                    connection.sendall(success({"server": agent, "connection_id": "bolt-1"}))

    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        for waiting in (listener, *accepted):
            with suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert not thread.is_alive()


async def test_a_data_folder_that_is_a_file_says_so(tmp_path: Path, model: Model) -> None:
    (tmp_path / "data").write_text("not a folder")
    assert "is a file" in await refusal(Settings(data_dir=str(tmp_path / "data")), model)


async def test_a_data_folder_that_cannot_be_written_says_so(model: Model) -> None:
    said = await refusal(Settings(data_dir="/proc/graphsvc"), model)
    assert "cannot be written" in said
    assert "GRAPHSVC_DATA_DIR" in said


async def test_a_folder_held_by_a_process_that_does_not_answer_says_which(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_START", 1.0)
    with (tmp_path / "engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()
        said = await refusal(Settings(data_dir=str(tmp_path)), model)
    assert "process 4711" in said


@pytest.mark.slow
async def test_what_the_engine_cannot_open_is_named_and_left_alone(tmp_path: Path, model: Model) -> None:
    settings = Settings(data_dir=str(tmp_path), embedded_memory=MEMORY)
    async with open_store(settings, model) as store:
        await store.prepare()
    damaged = tmp_path / "engine" / "databases" / "graph" / "schema.json"
    damaged.write_text("{ this was cut off")
    for other in damaged.parent.glob("schema.prev.json"):
        other.write_text("{ this too")
    said = await refusal(settings, model)
    assert "Move the folder away" in said
    assert damaged.read_text() == "{ this was cut off"


@pytest.mark.slow
async def test_a_folder_left_by_a_run_killed_at_its_first_start_is_made_anew(tmp_path: Path, model: Model) -> None:
    half = tmp_path / "engine" / "databases" / "graph"
    half.mkdir(parents=True)
    (half / "configuration.json").write_text("{")
    (half / "schema.json").write_text("")
    (tmp_path / "engine.json").write_text('{"pid": 1, "bolt"')
    async with open_store(Settings(data_dir=str(tmp_path), embedded_memory=MEMORY), model) as store:
        await store.prepare()
        assert await store.revision() == 0


@pytest.mark.slow
async def test_the_engine_is_found_by_a_second_opening_and_ends_with_the_last(tmp_path: Path, model: Model) -> None:
    settings = Settings(data_dir=str(tmp_path / "new" / "folder"), embedded_memory=MEMORY)
    folder = Path(settings.data_dir)
    async with open_store(settings, model) as first:
        endpoint = json.loads((folder / "engine.json").read_text())
        assert (folder / "engine.json").stat().st_mode & 0o777 == 0o600
        assert (folder / "engine.log").stat().st_mode & 0o077 == 0
        await first.prepare()
        async with open_store(settings, model) as second:
            assert await second.revision() == 0
            assert json.loads((folder / "engine.json").read_text()) == endpoint
        assert await first.revision() == 0, "the engine goes on while somebody holds it"
        assert alive(endpoint["pid"])
    assert not alive(endpoint["pid"])
    assert not (folder / "engine.json").exists()


@pytest.mark.slow
async def test_a_starter_may_leave_before_those_who_joined(tmp_path: Path) -> None:
    first = await asyncio.to_thread(hold, str(tmp_path), MEMORY)
    second = await asyncio.to_thread(hold, str(tmp_path), MEMORY)
    await asyncio.to_thread(first.release)
    assert alive(second.endpoint.pid)
    await asyncio.to_thread(second.release)
    wait_for_end(second.endpoint.pid)


@pytest.mark.parametrize("spoiled", [None, "{", '{"pid": 1}'], ids=["gone", "cut", "foreign"])
@pytest.mark.slow
async def test_an_engine_whose_endpoint_file_is_spoiled_writes_it_again(tmp_path: Path, spoiled: str | None) -> None:
    first = await asyncio.to_thread(hold, str(tmp_path), MEMORY)
    if spoiled is None:
        (tmp_path / "engine.json").unlink()
    else:
        (tmp_path / "engine.json").write_text(spoiled)
    second = await asyncio.to_thread(hold, str(tmp_path), MEMORY)
    assert second.endpoint == first.endpoint
    await asyncio.to_thread(first.release)
    await asyncio.to_thread(second.release)


async def test_an_engine_that_was_ready_and_is_silent_is_not_waited_for_as_one_that_starts(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_SILENT", 0.5)
    with (tmp_path / "engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"4711\n{READY}\n")
        lock.flush()
        begun = time.monotonic()
        assert "process 4711" in await refusal(Settings(data_dir=str(tmp_path)), model)
    assert time.monotonic() - begun < 10


async def test_a_full_disk_is_named(tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * 2**20))
    said = "disk of the data folder is full: 2 MB are left"
    with pytest.raises(StoreError, match=said) as caught, disk.full_disk_said(str(tmp_path)):
        raise StoreError("The store could not do what it was asked (TransactionNotFound).")
    assert str(tmp_path) in caught.value.for_operator
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(ValueError, match="of another kind"), disk.full_disk_said(str(tmp_path)):
        raise ValueError("of another kind")


@pytest.mark.parametrize(
    "error",
    [
        neo4j.exceptions.ServiceUnavailable("to 127.0.0.1:7687"),
        neo4j.exceptions.SessionExpired("127.0.0.1:7687"),
        neo4j.exceptions.AuthError("127.0.0.1:7687"),
        neo4j.exceptions.ConfigurationError("127.0.0.1:7687"),
        neo4j.exceptions.DriverError("127.0.0.1:7687"),
        neo4j.exceptions.ClientError("127.0.0.1:7687"),
        ConnectionRefusedError("127.0.0.1:7687"),
        ValueError("127.0.0.1:7687"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_error_of_the_store_tells_its_address_but_to_the_operator(error: Exception) -> None:
    assert "127.0.0.1" not in str(translate(error, "127.0.0.1:7687"))


@pytest.mark.slow
async def test_the_engine_of_a_killed_owner_ends_and_its_folder_is_free(tmp_path: Path) -> None:
    script = (
        "import sys, time; from graphsvc.store.embedded.client import hold; held = hold(sys.argv[1], '256m'); "
        "print('held', flush=True); time.sleep(600)"
    )
    owner = await asyncio.to_thread(subprocess.Popen, [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    with owner.stdout:
        assert await asyncio.to_thread(owner.stdout.readline) == b"held\n"
    pid = json.loads((tmp_path / "engine.json").read_text())["pid"]
    owner.kill()
    owner.wait()
    await asyncio.to_thread(wait_for_end, pid)
    again = await asyncio.to_thread(hold, str(tmp_path), MEMORY)
    await asyncio.to_thread(again.release)


@pytest.mark.slow
async def test_the_endpoint_of_a_killed_engine_is_replaced(tmp_path: Path) -> None:
    first = await asyncio.to_thread(hold, str(tmp_path), MEMORY)
    os.kill(first.endpoint.pid, signal.SIGKILL)
    await asyncio.to_thread(first.release)
    assert (tmp_path / "engine.json").exists(), "a killed engine cannot tidy up"
    second = await asyncio.to_thread(hold, str(tmp_path), MEMORY)
    assert second.endpoint.pid != first.endpoint.pid
    await asyncio.to_thread(second.release)
