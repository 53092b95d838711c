"""Runs ``make bench``: ten shapes of question on a generated graph, as at a date and as at today.

Each is asked four ways on the same store: by our GraphQL over HTTP, by Cypher written by hand over the raw driver, by the Cypher
that our planner writes over the raw driver, and by a peer's GraphQL where ``PEER`` names its folder (Neo4j alone). Rounds of the
ways alternate, so that ratios hold where the machine's speed drifts. Numbers are requests a second; machines differ, ratios
travel. The filled store is kept in ``.cache/bench`` for the next run of one size.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import neo4j

from bench.graph import DATASET, claims
from bench.persons import measure, told
from bench.shapes import SHAPES, STATUSES, Shape
from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.ontology import read_model
from graphsvc.settings import Settings, from_environment
from graphsvc.store import LoadRecord, Publication, Store, open_store
from graphsvc.store.embedded.engine import DATABASE
from graphsvc.store.schema import LAYOUT

AS_OF = "2019-06-01"
ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".cache" / "bench"
TURNS = 200
"""Questions of one shape, with different values."""
WAYS = ("ours", "hand", "planned", "peer")


@contextmanager
def neo4j_for_the_bench(folder: Path, settings: Settings) -> Iterator[Settings]:
    """Yields the given Neo4j, or one that is started as for the tests, with its data in a folder that stays."""
    if settings.neo4j_uri:
        yield settings
        return
    sys.path.insert(0, str(ROOT / "tests"))
    import neo4j_server  # noqa: PLC0415 - the launcher belongs to the tests

    secret = folder / "password"
    if not secret.exists():
        folder.mkdir(parents=True, exist_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(16))
    server = neo4j_server.start(folder / "neo4j", heap="2g", password=secret.read_text())
    try:
        yield replace(settings, neo4j_uri=server.uri, neo4j_user=server.user, neo4j_password=server.password)
    finally:
        server.stop()


@asynccontextmanager
async def filled(settings: Settings, model: Model, size: int) -> AsyncIterator[Store]:
    """Yields a store with the generated graph of that size."""
    async with open_store(settings, model) as store:
        known = {load.dataset: load.checksum for load in await store.loads()}
        if known.get(DATASET) != str(size):
            if known:
                raise SystemExit("The store already holds something else; the bench wants an empty one.")
            begun = time.perf_counter()
            record = await store.publish(Publication(LoadRecord(dataset=DATASET, checksum=str(size)), added=claims(size)))
            print(
                f"loaded {record.entities:,} things and {record.claims:,} claims in {time.perf_counter() - begun:.0f} s",
                flush=True,
            )
        yield store


def way_in(settings: Settings) -> dict[str, str]:
    """Returns the address, user and password of the store for the raw driver: the same server as ours."""
    if settings.neo4j_uri:
        return {
            "uri": settings.neo4j_uri,
            "user": settings.neo4j_user,
            "password": settings.neo4j_password,
            "database": settings.neo4j_database,
        }
    endpoint = json.loads((Path(settings.data_dir) / "engine.json").read_text())
    return {
        "uri": f"bolt://127.0.0.1:{endpoint['bolt']}",
        "user": endpoint["user"],
        "password": endpoint["password"],
        "database": DATABASE,
    }


def run(module: object, *arguments: object) -> float:
    """Runs one of the bench's own processes; requests a second, 0 if it failed, which it says."""
    command = [sys.executable, "-m", *map(str, (module, *arguments))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{module} failed: {done.stderr.strip()[-300:]}", flush=True)
        return 0.0
    return float(json.loads(done.stdout)["rate"])


def answers(port: int) -> bool:
    """Tells whether something listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def process(command: Sequence[object], cwd: Path, log: Path, told: Path, more: dict[str, str]) -> Iterator[int]:
    """Runs a server as a process of its own, and yields its port, which it writes to a file or is given in one."""
    with log.open("wb") as output:
        running = subprocess.Popen([str(part) for part in command], cwd=cwd, env=os.environ | more, stdout=output, stderr=output)
        try:
            limit = time.monotonic() + 120
            while not (told.exists() and answers(int(told.read_text()))):
                if running.poll() is not None or time.monotonic() > limit:
                    raise SystemExit(f"{command[0]} did not start: {log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield int(told.read_text())
        finally:
            running.terminate()
            running.wait(30)


def naming(settings: Settings) -> dict[str, str]:
    """The environment that names the store of some settings to a process of ours."""
    return {
        "NEO4J_URI": settings.neo4j_uri,
        "NEO4J_USER": settings.neo4j_user,
        "NEO4J_PASSWORD": settings.neo4j_password,
        "NEO4J_DATABASE": settings.neo4j_database,
        "GRAPHSVC_DATA_DIR": settings.data_dir,
        "GRAPHSVC_EMBEDDED_MEMORY": settings.embedded_memory,
    }


@contextmanager
def served(settings: Settings, folder: Path) -> Iterator[int]:
    """Starts our service and yields its port. It keeps no answers: what is measured is the store and our work."""
    more = naming(settings) | {"GRAPHSVC_ANSWER_CACHE_MB": "0"}
    told = folder / "port"
    command = [sys.executable, "-m", "bench.server", told]
    with process(command, ROOT, folder / "server.log", told, more) as port:
        yield port


@contextmanager
def peer(settings: Settings, folder: Path) -> Iterator[int]:
    """Starts the peer of the folder that ``PEER`` names, and yields its port; 0 where there is none."""
    named = os.environ.get("PEER", "")
    if not named or not settings.neo4j_uri:
        yield 0
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _index_for_the_peer(settings)
    told = folder / "peer-port"
    told.write_text(str(port))
    access = {"URI": settings.neo4j_uri, "NUSER": settings.neo4j_user, "NPASS": settings.neo4j_password, "PORT": str(port)}
    with process(["node", "peer.js"], Path(named), folder / "peer.log", told, access) as found:
        yield found


def _index_for_the_peer(settings: Settings) -> None:
    """Makes the indexes that somebody would make who serves this graph by the peer."""
    auth = (settings.neo4j_user, settings.neo4j_password)
    with neo4j.GraphDatabase.driver(settings.neo4j_uri, auth=auth, notifications_min_severity="OFF") as driver:
        for label, name in (("Organisation", "name"), ("Contract", "name"), ("Contract", "id")):
            driver.execute_query(
                f"CREATE INDEX peer{label}_{name} IF NOT EXISTS FOR (n:{label}) ON (n.{name})",
                database_=settings.neo4j_database,
            )
        driver.execute_query("CALL db.awaitIndexes(300)", database_=settings.neo4j_database)


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share."""

    service: GraphQLService
    settings: Settings
    folder: Path
    chosen: argparse.Namespace
    revision: int
    text_index: str

    def measure(self, shape: Shape, day: str | None, ours: int, theirs: int) -> dict[str, float]:
        """Requests a second by way, the median of the rounds."""
        turns = [shape.values(turn, self.chosen.size) for turn in range(TURNS)]
        fixed = {"r": self.revision, "st": STATUSES, "d": day or date.today().isoformat(), "index": self.text_index}
        planned = []
        for values in turns:
            [(_, text, parameters), *_] = self.service.explain(shape.graphql, {**values, "d": day})
            planned.append((text, parameters))
        ways: dict[str, list[object]] = {
            "ours": self._over_http("ours", ours, "/graphql", shape.graphql, [{**values, "d": day} for values in turns]),
            "planned": self._raw("planned", planned),
        }
        if shape.hand:
            ways["hand"] = self._raw("hand", [(shape.hand, {**fixed, **values}) for values in turns])
        if shape.peer and theirs:
            given = [{**values, "d": fixed["d"], "r": self.revision} for values in turns]
            ways["peer"] = self._over_http("peer", theirs, "/", shape.peer, given)
        found: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(1 + self.chosen.rounds):
            for way, command in ways.items():
                found[way].append(run(*command))
        # The first round warms up.
        return {way: statistics.median(rates[1:]) for way, rates in found.items()}

    def _over_http(self, name: str, port: int, path: str, query: str, variables: list[Any]) -> list[object]:
        payloads = self.folder / f"{name}.json"
        payloads.write_text(json.dumps([{"query": query, "variables": values} for values in variables]))
        return ["bench.client", "--port", port, "--path", path, "--payloads", payloads, *self._load()]

    def _raw(self, name: str, work: list[tuple[str, Any]]) -> list[object]:
        job = self.folder / f"{name}.json"
        job.touch(mode=0o600)
        job.write_text(json.dumps({**way_in(self.settings), "work": work}))
        return ["bench.raw", "--job", job, *self._load()]

    def _load(self) -> list[object]:
        return ["--clients", self.chosen.clients, "--seconds", self.chosen.seconds]


def row(name: str, rates: dict[str, float]) -> str:
    """One line of the table: requests a second by way, and ours by each of the others."""
    shown = [f"{rates[way]:9.1f}" if way in rates else f"{'-':>9}" for way in WAYS]
    ratios = [f"{rates['ours'] / rates[way]:9.2f}" if rates.get(way) else f"{'-':>9}" for way in WAYS[1:]]
    return f"{name:28}{''.join(shown)}  {''.join(ratios)}"


async def compare(chosen: argparse.Namespace, settings: Settings, folder: Path) -> None:
    """Fills the store, measures and reports."""
    model = read_model(settings.folder("ontology"), settings.folder("shapes"))
    async with filled(settings, model, chosen.size) as store:
        info = await store.info()
        bench = Bench(GraphQLService(model, store, settings), settings, folder, chosen, info.revision, store.text_index)

        def measured() -> None:
            with served(settings, folder) as ours, peer(settings, folder) as theirs:
                for day, words in ((AS_OF, f"as at {AS_OF}"), (None, "today")):
                    print(f"\n{info.engine}, {chosen.size:,} things, {chosen.clients} clients, {words}; requests a second")
                    heads = [*WAYS, "", *(f"/{way}" for way in WAYS[1:])]
                    print(f"{'':28}" + "".join(f"{head:>9}" if head else "  " for head in heads))
                    for shape in SHAPES:
                        if not chosen.only or shape.name in chosen.only:
                            print(row(shape.name, bench.measure(shape, day, ours, theirs)), flush=True)

        await asyncio.to_thread(measured)


def main() -> None:
    """Reads the command line and runs the bench."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, help="things in the generated graph")
    parser.add_argument("--store", choices=("embedded", "neo4j"), default="embedded")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--only", action="append", help="a shape by its name; may be given several times")
    parser.add_argument("--memory", default="2g", help="heap of the embedded store")
    chosen = parser.parse_args()
    print(told(measure()), flush=True)
    kept = KEPT / f"{chosen.store}-{chosen.size}-{LAYOUT}"
    with tempfile.TemporaryDirectory(prefix="graphsvc-bench-") as name:
        settings = from_environment(data_dir=str(kept / "data"), embedded_memory=chosen.memory)
        if chosen.store == "neo4j":
            with neo4j_for_the_bench(kept, settings) as found:
                asyncio.run(compare(chosen, found, Path(name)))
        else:
            asyncio.run(compare(chosen, replace(settings, neo4j_uri=""), Path(name)))


if __name__ == "__main__":
    main()
