"""Runs ``make bench``: a nested question by the raw driver and by our GraphQL over HTTP, on a generated graph.

The question is: a contract, its first 10 services valid at a date, their first 5 providers. Rounds of the two alternate, so
that the ratio holds where the machine's speed drifts. Numbers are requests a second; machines differ, ratios travel.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.graph import DATASET, claims, counts
from bench.persons import measure, told
from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.ontology import read_model
from graphsvc.settings import Settings, from_environment
from graphsvc.store import LoadRecord, Publication, Store, open_store
from graphsvc.store.embedded.engine import DATABASE

QUESTION = """
query Nested($id: ID!, $asOf: Date) {
  contract(id: $id, asOf: $asOf) {
    id
    name
    services(first: 10) {
      id
      name
      providers(first: 5) { id name }
    }
  }
}
"""
AS_OF = "2019-06-01"
ROOT = Path(__file__).parent.parent


@contextmanager
def neo4j_for_the_bench(folder: Path, settings: Settings) -> Iterator[Settings]:
    """Yields the given Neo4j, or one that is started as for the tests."""
    if settings.neo4j_uri:
        yield settings
        return
    sys.path.insert(0, str(ROOT / "tests"))
    import neo4j_server  # noqa: PLC0415 - the launcher belongs to the tests

    server = neo4j_server.start(folder / "neo4j", heap="2g")
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


def job(service: GraphQLService, size: int, requests: int = 400) -> tuple[list[object], list[tuple[str, Any]]]:
    """Makes the same questions twice: as GraphQL payloads, and as the Cypher and parameters that the planner makes of them."""
    contracts = counts(size)[0]
    payloads: list[object] = []
    work: list[tuple[str, Any]] = []
    for turn in range(requests):
        variables = {"id": f"contract/b{(turn * 7919) % contracts}", "asOf": AS_OF}
        payloads.append({"query": QUESTION, "variables": variables})
        [(_, text, parameters)] = service.explain(QUESTION, variables)
        work.append((text, parameters))
    return payloads, work


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


def run(module: str, *arguments: object) -> dict[str, float]:
    """Runs one of the bench's own processes and reads its JSON."""
    command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module} failed: {done.stderr.strip()[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def answers(port: int) -> bool:
    """Tells whether something listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(settings: Settings, folder: Path) -> Iterator[int]:
    """Starts our service as a process of its own and yields its port."""
    environ = os.environ | {
        "NEO4J_URI": settings.neo4j_uri,
        "NEO4J_USER": settings.neo4j_user,
        "NEO4J_PASSWORD": settings.neo4j_password,
        "NEO4J_DATABASE": settings.neo4j_database,
        "GRAPHSVC_DATA_DIR": settings.data_dir,
        "GRAPHSVC_EMBEDDED_MEMORY": settings.embedded_memory,
        "GRAPHSVC_ANSWER_CACHE_MB": "0",  # what is measured is the store and its planner
    }
    told = folder / "port"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "bench.server", told], cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            limit = time.monotonic() + 60
            while not (told.exists() and answers(int(told.read_text()))):
                if process.poll() is not None or time.monotonic() > limit:
                    raise SystemExit(f"the service did not start: {(folder / 'server.log').read_text()[-2000:]}")
                time.sleep(0.1)
            yield int(told.read_text())
        finally:
            process.terminate()
            process.wait(30)


def report(rounds: list[tuple[float, dict[str, float]]], chosen: argparse.Namespace, engine: str) -> None:
    """Prints the figures of all rounds."""
    raws, ours = [raw for raw, _ in rounds], [our["rate"] for _, our in rounds]
    ratios = [our["rate"] / raw for raw, our in rounds]
    print(f"\n{engine}, {chosen.size:,} things, {chosen.clients} clients, {len(rounds)} rounds of {chosen.seconds:g} s each")
    print(f"{'':28}{'min':>9}{'median':>9}{'max':>9}")
    for name, row, form in (
        ("raw driver, queries/s", raws, "9.0f"),
        ("GraphQL over HTTP, req/s", ours, "9.0f"),
        ("ratio, pair by pair", ratios, "9.2f"),
    ):
        print(f"{name:28}{min(row):{form}}{statistics.median(row):{form}}{max(row):{form}}")
    phases = {name: statistics.mean(our.get(name, 0.0) for _, our in rounds) for name in ("plan", "store", "shape")}
    whole = sum(phases.values()) or 1.0
    print(
        "share of the time inside a request: "
        + ", ".join(f"{name} {ms:.2f} ms ({ms / whole:.0%})" for name, ms in phases.items())
    )


async def compare(chosen: argparse.Namespace, settings: Settings, folder: Path) -> None:
    """Fills the store, warms it up, measures and reports."""
    model = read_model(settings.folder("ontology"), settings.folder("shapes"))
    async with filled(settings, model, chosen.size) as store:
        payloads, work = job(GraphQLService(model, store, settings), chosen.size)
        (folder / "payloads.json").write_text(json.dumps(payloads))
        told = folder / "job.json"
        told.touch(mode=0o600)
        told.write_text(json.dumps({**way_in(settings), "work": work}))
        engine = (await store.info()).engine

        def measured() -> list[tuple[float, dict[str, float]]]:
            with served(settings, folder) as port:
                raw = ["--job", told, "--clients", chosen.clients]
                ours = ["--port", port, "--payloads", folder / "payloads.json", "--clients", chosen.clients]
                run("bench.raw", *raw, "--seconds", chosen.warmup)
                run("bench.client", *ours, "--seconds", chosen.warmup)
                return [
                    (
                        run("bench.raw", *raw, "--seconds", chosen.seconds)["rate"],
                        run("bench.client", *ours, "--seconds", chosen.seconds),
                    )
                    for _ in range(chosen.rounds)
                ]

        report(await asyncio.to_thread(measured), chosen, engine)


def main() -> None:
    """Reads the command line and runs the bench."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, help="things in the generated graph")
    parser.add_argument("--store", choices=("embedded", "neo4j"), default="embedded")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="length of one measurement")
    parser.add_argument("--warmup", type=float, default=8.0, help="seconds before the first measurement, for each side")
    parser.add_argument("--memory", default="2g", help="heap of the embedded store")
    chosen = parser.parse_args()
    print(told(measure()), flush=True)
    with tempfile.TemporaryDirectory(prefix="graphsvc-bench-") as name:
        folder = Path(name)
        settings = from_environment(data_dir=str(folder / "data"), embedded_memory=chosen.memory)
        if chosen.store == "neo4j":
            with neo4j_for_the_bench(folder, settings) as found:
                asyncio.run(compare(chosen, found, folder))
        else:
            asyncio.run(compare(chosen, replace(settings, neo4j_uri=""), folder))


if __name__ == "__main__":
    main()
