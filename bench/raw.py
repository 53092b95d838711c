"""Measures the raw driver, in a process of its own: the same Cypher and parameters, rows fetched and dropped."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from neo4j import READ_ACCESS, AsyncDriver, AsyncGraphDatabase


async def client(driver: AsyncDriver, database: str, work: list[tuple[str, dict[str, Any]]], offset: int, until: float) -> int:
    """Runs the queries one after another until the time is up; returns how many were answered."""
    turn = cycle(work[offset:] + work[:offset])
    done = 0

    while time.perf_counter() < until:
        text, parameters = next(turn)
        async with driver.session(database=database, default_access_mode=READ_ACCESS) as session:
            await (await session.run(text, parameters)).values()
        done += 1
    return done


async def measure(job: dict[str, Any], clients: int, seconds: float) -> float:
    """Measures queries a second over all clients."""
    work = [(text, parameters) for text, parameters in job["work"]]
    async with AsyncGraphDatabase.driver(
        job["uri"], auth=(job["user"], job["password"]), notifications_min_severity="OFF"
    ) as driver:
        await driver.verify_connectivity()
        start = time.perf_counter()
        step = max(len(work) // clients, 1)
        done = await asyncio.gather(
            *(client(driver, job["database"], work, (turn * step) % len(work), start + seconds) for turn in range(clients))
        )
        return sum(done) / (time.perf_counter() - start)


def main() -> None:
    """Reads the job from a JSON file (0600, it holds the password), measures, and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    rate = asyncio.run(measure(json.loads(given.job.read_text()), given.clients, given.seconds))
    json.dump({"rate": rate}, sys.stdout)


if __name__ == "__main__":
    main()
