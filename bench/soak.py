"""Soaks the service: clients put every ready question, with its example values, for some minutes, while loads are published.

Counts errors, and prints times of answers and the memory of our processes and the store's, minute by minute. Bounded in time and
in number. Not a measure of speed, since clients, service and store share a machine; what matters is that nothing fails and that
memory stays flat.

    python -m bench.soak --minutes 10 --clients 16 --store neo4j
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from bench.__main__ import ROOT, answers, naming, neo4j_for_the_bench
from bench.client import answer, request_bytes
from graphsvc.api.questions import read_questions
from graphsvc.api.schema.schema import build_schema
from graphsvc.model import Model
from graphsvc.ontology import read_model
from graphsvc.provenance import EntityRecord, Qualifiers
from graphsvc.settings import Settings, from_environment
from graphsvc.store import LoadRecord, Publication, open_store

DATASET = "soak"
LOOK = 15.0
"""Seconds between two looks at the memory."""


@dataclass
class Seen:
    """What the clients met."""

    names: list[str]
    """Of the questions, in the order of the requests."""
    times: dict[str, array[float]] = field(default_factory=dict)
    """Seconds of each answer, by question."""
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Megabytes of our processes and of the store's, each time that somebody looked."""
    loads: int = 0

    @property
    def requests(self) -> int:
        """Number of answers so far."""
        return sum(len(of) for of in self.times.values()) + self.errors.total()


@contextmanager
def serving(environ: dict[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    """Starts our service as a process of its own; its port and its process."""
    told = folder / "port"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "bench.server", told], cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            limit = time.monotonic() + 120
            while not (told.exists() and answers(int(told.read_text()))):
                if process.poll() is not None or time.monotonic() > limit:
                    raise SystemExit(f"the service did not start: {(folder / 'server.log').read_text()[-2000:]}")
                time.sleep(0.1)
            yield int(told.read_text()), process.pid
        finally:
            process.terminate()
            process.wait(30)


def resident(pid: int) -> float:
    """Megabytes that a process holds in memory, with its worker processes; an engine among its children is the store's."""
    whole = 0.0
    with suppress(FileNotFoundError):
        status = Path(f"/proc/{pid}/status").read_text()
        whole += next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                whole += resident(int(child))
    return whole


def share(times: array[float], part: float) -> float:
    """The time, in milliseconds, that this part of the answers took at most."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 if ordered else 0.0


async def client(port: int, requests: list[bytes], offset: int, until: float, most: int, seen: Seen) -> None:
    """Puts one question after another until the time is up or there were enough."""
    turn = count(offset)
    while time.monotonic() < until and seen.requests < most:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                while time.monotonic() < until and seen.requests < most:
                    number = next(turn) % len(requests)
                    begun = time.perf_counter()
                    writer.write(requests[number])
                    try:
                        status, _, body = await asyncio.wait_for(answer(reader), 60)
                    except (OSError, EOFError, TimeoutError) as error:
                        seen.errors[f"{seen.names[number]}: {type(error).__name__}"] += 1
                        break
                    if status != 200 or body.startswith(b'{"errors"'):
                        seen.errors[f"{seen.names[number]}: {status} {body[:120].decode(errors='replace')}"] += 1
                    else:
                        seen.times.setdefault(seen.names[number], array("f")).append(time.perf_counter() - begun)
            finally:
                writer.close()


async def publish(settings: Settings, model: Model, every: float, until: float, seen: Seen) -> None:
    """Publishes a small load now and then, so that what is kept is of use for a while only."""
    async with open_store(settings, model) as store:
        while every and time.monotonic() + every < until:
            await asyncio.sleep(every)
            said = {"name": f"Soak {seen.loads}", "title": f"Soak {seen.loads}"}
            claim = EntityRecord("source/soak", "Source", said, Qualifiers(source="source/soak", locator="cover"), DATASET)
            held = [entry.id async for batch in store.claims_of(DATASET) for entry in batch]
            await store.publish(Publication(LoadRecord(DATASET, str(seen.loads)), [claim], held))
            seen.loads += 1


async def watch(ours: int, stores: int, until: float, seen: Seen) -> None:
    """Looks at the memory, and prints it."""
    begun = time.monotonic()
    while True:
        seen.memory.append((resident(ours), resident(stores)))
        told = f"{time.monotonic() - begun:5.0f} s {seen.requests:9,} answers, {seen.errors.total()} errors, {seen.loads} loads"
        print(f"{told}; ours {seen.memory[-1][0]:.0f} MB, the store's {seen.memory[-1][1]:.0f} MB", flush=True)
        if time.monotonic() >= until:
            return
        await asyncio.sleep(min(LOOK, max(0.0, until - time.monotonic())))


async def soak(chosen: argparse.Namespace, settings: Settings, model: Model, port: int, processes: tuple[int, int]) -> Seen:
    """Runs the clients, the loads and the watch together."""
    questions = read_questions(settings.folder("queries"), build_schema(model).graphql)
    payloads = [{"query": item.query, "variables": dict(item.variables)} for item in questions]
    requests = [request_bytes("127.0.0.1", port, "/graphql", payload) for payload in payloads]
    seen, first = (Seen([item.name for item in questions]) for _ in range(2))
    begun = time.monotonic()
    await client(port, requests, 0, begun + 600, len(requests), first)
    told = f"each question once, by one client, on a store that has just started: {time.monotonic() - begun:.0f} s"
    print(f"{told}, {first.errors.total()} errors", flush=True)
    seen.errors += first.errors
    until = time.monotonic() + 60 * chosen.minutes
    async with asyncio.TaskGroup() as group:
        group.create_task(watch(*processes, until, seen))
        group.create_task(publish(settings, model, chosen.publish_every, until, seen))
        for number in range(chosen.clients):
            group.create_task(client(port, requests, number * 7, until, chosen.most, seen))
    return seen


def report(seen: Seen) -> None:
    """Prints times of all answers and of the slowest questions, and the errors."""
    every = array("f", (one for of in seen.times.values() for one in of))
    print(f"\n{'':44}{'answers':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    slowest = sorted(seen.times, key=lambda name: -share(seen.times[name], 0.99))[:8]
    for name, times in (("all", every), *((name, seen.times[name]) for name in slowest)):
        print(f"{name:44}{len(times):9,}{share(times, 0.5):9.1f}{share(times, 0.95):9.1f}{share(times, 0.99):9.1f}")
    quarter = seen.memory[len(seen.memory) // 4]
    first, last = seen.memory[0], seen.memory[-1]
    for what, index in (("ours", 0), ("the store's", 1)):
        print(
            f"memory, {what}: {first[index]:.0f} MB at first, {quarter[index]:.0f} after a quarter, {last[index]:.0f} at the end"
        )
    print(f"errors: {seen.errors.total()}")
    for told, times_met in seen.errors.most_common(10):
        print(f"  {times_met} times {told}")


def store_process(settings: Settings) -> int:
    """The process of the store; 0 for a Neo4j that was there before."""
    if not settings.neo4j_uri:
        return int(json.loads((Path(settings.data_dir) / "engine.json").read_text())["pid"])
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    started = (child for child in children if b"Server.java" in Path(f"/proc/{child}/cmdline").read_bytes())
    return int(next(started, "0"))


def run(chosen: argparse.Namespace, settings: Settings, folder: Path) -> Seen:
    """Loads the shipped maps, serves them and soaks the service."""
    environ = os.environ | naming(settings) | {"GRAPHSVC_WORKERS": str(chosen.workers)}
    maps = sorted(path for path in settings.folder("maps").iterdir() if (path / "about.csv").is_file())
    with serving(environ, folder) as (port, pid):
        command = [sys.executable, "-c", "from graphsvc.cli import main; main()", "load", *map(str, maps)]
        loaded = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        if loaded.returncode:
            raise SystemExit(f"the maps could not be loaded: {loaded.stderr.strip()[-2000:]}")
        model = read_model(settings.folder("ontology"), settings.folder("shapes"))
        return asyncio.run(soak(chosen, settings, model, port, (pid, store_process(settings))))


def main() -> None:
    """Reads the command line and soaks; exit code 1 if there was an error."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--store", choices=("embedded", "neo4j"), default="embedded")
    parser.add_argument("--workers", type=int, default=1, help="processes of our service")
    parser.add_argument("--most", type=int, default=2_000_000, help="requests after which it ends, whatever the time")
    parser.add_argument("--publish-every", type=float, default=20.0, help="seconds between two loads; 0 for none")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graphsvc-soak-") as name:
        folder = Path(name)
        settings = from_environment(data_dir=str(folder / "data"))
        if chosen.store == "neo4j":
            with neo4j_for_the_bench(folder, settings) as found:
                seen = run(chosen, found, folder)
        else:
            seen = run(chosen, replace(settings, neo4j_uri=""), folder)
    report(seen)
    sys.exit(1 if seen.errors else 0)


if __name__ == "__main__":
    main()
