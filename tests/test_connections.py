"""Connections are bounded: heads, times, and how many at once. A real server on loopback, with short limits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from stand_ins import stand_in
from starlette.responses import Response
from starlette.types import ASGIApp

from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.web import connections, create_app
from graphsvc.web.connections import Limits, server_config
from graphsvc.web.portions import Portions

GET = b"GET /docs/Contract HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CANARY = b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
SHORT = Settings(
    max_head=4000, max_connections=8, head_timeout=0.6, body_timeout=0.6, idle_timeout=0.6, send_timeout=0.6, max_body=2_000_000
)
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


class Quiet:
    """An empty store that a server may start on."""

    text_index = "texts"

    async def revision(self) -> int:
        return 0

    async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        return []


@pytest.fixture(scope="module")
def app(model: Model) -> ASGIApp:
    return create_app(SHORT, model, stand_in(Quiet()))


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, settings: Settings) -> AsyncIterator[int]:
    """A server; its port."""
    config = server_config(app, settings)
    config.lifespan = "auto"
    config.host, config.port, config.timeout_graceful_shutdown = "127.0.0.1", 0, 1
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]  # its signals are ours
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done()
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


@pytest.fixture(scope="module")
async def port(app: ASGIApp) -> AsyncIterator[int]:
    async with serving(app, SHORT) as found:
        yield found


async def sent(port: int, data: bytes) -> tuple[Reader, Writer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    return reader, writer


async def answer(reader: Reader, within: float = 5.0) -> tuple[int, dict[str, str], bytes]:
    """Status, header fields and body of what is read."""
    async with asyncio.timeout(within):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(fields.get("content-length", "0")))
    return int(first.split()[1]), fields, body


async def asked(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await sent(port, data)
    try:
        return await answer(reader)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def message_of(body: bytes) -> str:
    found: str = json.loads(body)["errors"][0]["message"]
    return found


@pytest.mark.parametrize(
    "data",
    [
        GET + b"X-Long: " + b"y" * 9000,
        GET + b"X-Long: " + b"y" * 5000 + b"\r\n\r\n",
        GET + b"".join(b"X-%d: y\r\n" % number for number in range(2000)),
        b"GET /graphql?query=" + b"y" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\r\n" * 9000,
        b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nX-Long: " + b"y" * 5000 + b"\r\n\r\n{}",
    ],
    ids=["endless", "complete", "many", "address", "blank", "with a body"],
)
async def test_a_head_over_the_limit_is_refused(port: int, data: bytes) -> None:
    status, fields, body = await asked(port, data)
    assert (status, fields["connection"]) == (431, "close")
    assert "4000 bytes" in message_of(body)


async def test_a_head_within_the_limit_is_answered_in_any_pieces(port: int) -> None:
    data = GET + b"X-Long: " + b"y" * 3500 + b"\r\nConnection: close\r\n\r\n"
    reader, writer = await sent(port, b"")
    for start in range(0, len(data), 900):
        writer.write(data[start : start + 900])
        await asyncio.sleep(0.01)
    assert (await answer(reader))[0] == 200
    writer.close()


async def test_a_body_counts_as_no_head_and_requests_follow_each_other(port: int) -> None:
    query = json.dumps({"query": "{ __typename } #" + "x" * 50_000}).encode()
    one = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        query
    )
    reader, writer = await sent(port, (one + query) * 3)
    for _ in range(3):
        status, _, body = await answer(reader)
        assert (status, json.loads(body)["data"]) == (200, {"__typename": "Query"})
    writer.close()


async def test_fifty_megabytes_of_head_stall_nobody(port: int) -> None:
    async def attack() -> int:
        reader, writer = await sent(port, GET + b"X: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(50):
                writer.write(b"y" * 1_000_000)
                await writer.drain()
        status, _, _ = await answer(reader)
        writer.close()
        return status

    attacking = asyncio.create_task(attack())
    slowest = 0.0
    while not attacking.done():
        begun = time.perf_counter()
        assert (await asked(port, CANARY))[0] == 200
        slowest = max(slowest, time.perf_counter() - begun)
        await asyncio.sleep(0.02)
    assert await attacking == 431
    assert slowest < 0.5


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [(GET + b"X: ", 408, "head"), (POST + b"{", 408, "body"), (b"", None, "")],
    ids=["head", "body", "nothing"],
)
async def test_who_sends_too_slowly_is_closed(port: int, data: bytes, status: int | None, words: str) -> None:
    reader, writer = await sent(port, data)
    for _ in range(8):
        await asyncio.sleep(0.1)
        if data:
            with contextlib.suppress(ConnectionError):
                writer.write(b"x")
    async with asyncio.timeout(3):
        found = await reader.read()
    if status is None:
        assert found == b""
    else:
        assert found.startswith(b"HTTP/1.1 %d " % status)
        assert words in message_of(found.partition(b"\r\n\r\n")[2])
    writer.close()


async def test_a_kept_connection_is_closed_when_idle_and_lives_while_it_asks(port: int) -> None:
    reader, writer = await sent(port, b"")
    for _ in range(4):
        writer.write(CANARY)
        assert (await answer(reader))[0] == 200
        await asyncio.sleep(0.3)
    async with asyncio.timeout(3):
        assert await reader.read() == b""
    writer.close()


async def test_who_reads_nothing_of_a_large_answer_is_closed_and_who_reads_slowly_is_not() -> None:
    large = Portions(Response(b"x" * 30_000_000))
    async with serving(large, replace(SHORT, send_timeout=0.8)) as port:
        reader, writer = await sent(port, CANARY)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of a socket reads
        await asyncio.sleep(1.5)
        writer.transport.resume_reading()  # type: ignore[attr-defined]  # a transport of a socket reads
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await answer(reader)
        writer.close()
        reader, writer = await sent(port, CANARY)
        read = 0
        while chunk := await reader.read(500_000 if read < 10_000_000 else 30_000_000):
            read += len(chunk)
            if read < 10_000_000:
                await asyncio.sleep(0.05)
            if read > 30_000_000:
                break
        assert read > 30_000_000
        writer.close()


async def test_one_that_waits_gives_way_to_another(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 2.0)
    settings = Settings(max_connections=4, head_timeout=30, idle_timeout=30)
    async with serving(app, settings) as port:
        waiting = [await sent(port, b"GET / HT") for _ in range(4)]
        status, fields, body = await asked(port, CANARY)
        assert (status, fields["retry-after"]) == (503, "1")
        assert "Too many connections" in message_of(body)
        await asyncio.sleep(2.2)
        for _ in range(6):
            assert (await asked(port, CANARY))[0] == 200
        async with asyncio.timeout(1):
            assert await waiting[0][0].read() == b""
        for _, writer in waiting:
            writer.close()


async def test_two_hundred_that_never_finish_are_all_closed(app: ASGIApp) -> None:
    settings = Settings(max_connections=300, head_timeout=0.8, idle_timeout=0.8)
    async with serving(app, settings) as port:
        slow = [await sent(port, b"GET /docs HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ") for _ in range(200)]
        assert (await asked(port, CANARY))[0] == 200
        async with asyncio.timeout(5):
            read = await asyncio.gather(*(reader.read() for reader, _ in slow))
        assert {text[:12] for text in read} == {b"HTTP/1.1 408"}
        for _, writer in slow:
            writer.close()


def test_connections_leave_half_of_the_open_files() -> None:
    assert Limits.of(Settings(max_connections=500), 256).connections == 128
    assert Limits.of(Settings(max_connections=500), 1024).connections == 500


async def test_a_client_that_leaves_in_its_body_writes_nothing(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            _, writer = await sent(port, POST + b"{")
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.transport.abort()
        await asyncio.sleep(0.1)
        assert (await asked(port, CANARY))[0] == 200
    assert not caplog.records


async def test_what_is_no_http_is_refused_without_a_word_in_the_log(port: int, caplog: pytest.LogCaptureFixture) -> None:
    for data in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n:\r\n\r\n",
    ):
        status, _, body = await asked(port, data)
        assert status == 400, data
        assert message_of(body)
    upgrade = CANARY[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert (await asked(port, upgrade))[0] == 200
    assert not caplog.records
