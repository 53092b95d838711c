"""`graphsvc serve --workers 2`: each answers, both see what is published, and none outlives the command."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from small_maps import write_map
from store_claims import empty

from graphsvc.model import Model
from graphsvc.settings import Settings

COMMAND = [sys.executable, "-c", "from graphsvc.cli import main; main()"]
BOUND = 0.5
"""Default of GRAPHSVC_REVISION_AGE, in seconds."""


@pytest.fixture
def environ(store_settings: Settings, model: Model, tmp_path: Path) -> dict[str, str]:
    """The environment of commands on an empty store."""
    asyncio.run(empty(store_settings, model))
    named = {"NEO4J_URI": store_settings.neo4j_uri, "NEO4J_USER": store_settings.neo4j_user}
    named |= {"NEO4J_PASSWORD": store_settings.neo4j_password, "NEO4J_DATABASE": store_settings.neo4j_database}
    folder = str(tmp_path / "data") if store_settings.neo4j_uri else store_settings.data_dir
    return {**os.environ, **named, "GRAPHSVC_DATA_DIR": folder}


@contextmanager
def serving(environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str, list[int]]]:
    """The command, its address, and the processes that answer."""
    command = [*COMMAND, "serve", "--port", "0", "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ, start_new_session=True) as process:
        assert process.stderr
        try:
            said = ""
            for line in process.stderr:
                said += line
                if "Ctrl-C" in line:
                    break
            found = re.search(r"Home +(http://127\.0\.0\.1:\d+)/", said)
            assert found, said
            yield process, found[1], workers_of(process.pid)
        finally:
            if process.poll() is None:
                process.terminate()


def workers_of(pid: int) -> list[int]:
    """The worker processes of a command."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pids: list[int], seconds: float = 20) -> bool:
    """Whether all of the processes end in time."""
    until = time.monotonic() + seconds
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def revision_by(worker: int, others: list[int], address: str) -> int:
    """The revision that one worker answers from, while the others are stopped."""
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        asked = httpx.get(f"{address}/graphql", params={"query": "{ revision }"}, timeout=30, trust_env=False)
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)
    assert is_alive(worker)
    revision: int = asked.json()["data"]["revision"]
    return revision


def test_each_worker_answers_and_sees_what_another_process_publishes(environ: dict[str, str], tmp_path: Path) -> None:
    with serving(environ) as (process, address, workers):
        assert len(workers) == 2
        first, second = workers
        assert [revision_by(first, [second], address), revision_by(second, [first], address)] == [0, 0]
        loaded = subprocess.run(
            [*COMMAND, "load", str(write_map(tmp_path / "small"))], env=environ, capture_output=True, text=True, check=False
        )
        assert loaded.returncode == 0, loaded.stderr
        time.sleep(BOUND)
        assert [revision_by(first, [second], address), revision_by(second, [first], address)] == [1, 1]
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does: to the command and to its workers
        assert process.stderr
        assert process.stderr.read().strip() == "Stopped."
        assert process.wait(20) == 0
        assert gone(workers)


def test_a_worker_that_ends_is_replaced_and_none_outlives_a_command_that_is_killed(data_folder: Path) -> None:
    with serving(dict(os.environ)) as (process, address, workers):
        os.kill(workers[0], signal.SIGKILL)
        assert gone(workers[:1])
        assert httpx.get(f"{address}/health", timeout=30, trust_env=False).status_code == 200, "the other goes on"
        until = time.monotonic() + 30
        while len(now := workers_of(process.pid)) < 2 or workers[0] in now:
            assert time.monotonic() < until, "one that ended is replaced"
            time.sleep(0.1)
        process.kill()
        process.wait(30)
        assert gone([*now, *workers], 30)
