"""Generates load in a process of its own: a fixed number of clients, each with one kept-alive connection, for some seconds.

Kept as light as a Python client can be, since on a small machine its own work is taken from the service it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from itertools import cycle
from pathlib import Path


def request_bytes(host: str, port: int, path: str, payload: object) -> bytes:
    """Writes one POST of a GraphQL request as HTTP/1.1 bytes."""
    body = json.dumps(payload).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/graphql-response+json, application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bytes]:
    """Reads status, head and body of one response."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return status, head, await reader.readexactly(length)


async def client(host: str, port: int, requests: list[bytes], offset: int, until: float, seen: dict[str, float]) -> int:
    """Sends requests one after another until the time is up; returns how many were answered."""
    reader, writer = await asyncio.open_connection(host, port)
    turn = cycle(requests[offset:] + requests[:offset])
    done = 0
    try:
        while time.perf_counter() < until:
            writer.write(next(turn))
            status, head, body = await answer(reader)
            if status != 200 or b'"errors"' in body[:200]:
                raise SystemExit(f"the service answered {status}: {body[:300]!r}")
            done += 1
            if done % 10 == 0:
                for part in head.lower().partition(b"server-timing: ")[2].partition(b"\r\n")[0].split(b","):
                    name, _, length = part.strip().partition(b";dur=")
                    seen[name.decode()] += float(length or 0)
                seen["samples"] += 1
    finally:
        writer.close()
        await writer.wait_closed()
    return done


async def measure(
    host: str, port: int, payloads: list[object], clients: int, seconds: float, path: str = "/graphql"
) -> dict[str, float]:
    """Measures requests a second over all clients, and the mean milliseconds of each phase in ``Server-Timing``."""
    requests = [request_bytes(host, port, path, payload) for payload in payloads]
    seen: dict[str, float] = defaultdict(float)
    start = time.perf_counter()
    step = max(len(requests) // clients, 1)
    done = await asyncio.gather(
        *(client(host, port, requests, (turn * step) % len(requests), start + seconds, seen) for turn in range(clients))
    )
    rate = sum(done) / (time.perf_counter() - start)
    samples = seen.pop("samples", 0.0) or 1.0
    return {"rate": rate, **{name: total / samples for name, total in seen.items()}}


def main() -> None:
    """Reads payloads from a JSON file, measures, and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/graphql")
    parser.add_argument("--payloads", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    payloads = json.loads(given.payloads.read_text())
    json.dump(asyncio.run(measure(given.host, given.port, payloads, given.clients, given.seconds, given.path)), sys.stdout)


if __name__ == "__main__":
    main()
