"""Bounds HTTP/1.1 connections: size and time of a request head, time of each part, and number of open connections.

uvicorn's httptools protocol parses and answers; it has no limit of its own on a head, on the time that a client takes to send
or to read, or on connections that ask nothing. Every refusal is the one JSON error shape, and says which limit was met.
"""

from __future__ import annotations

import asyncio
import functools
import math
import resource
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import httptools
import orjson
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from graphsvc.settings import Settings

LINGER = 2.0
"""Seconds in which what a refused client still sends is thrown away, so that it reads the refusal and not a reset."""
SPARE = 32
"""Connections over the bound that are refused with that courtesy; those above are only closed."""
PATIENCE = 0.5
"""Seconds after which a connection that asks nothing may be closed to make room for another."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one client's connections; times are in seconds."""

    head: int
    """Bytes of a request's line and header fields."""
    connections: int
    head_time: float
    body_time: float
    idle_time: float
    send_time: float

    @classmethod
    def of(cls, settings: Settings, open_files: int) -> Limits:
        """As set, with connections for at most half of the files that this process may open: the store needs some too."""
        connections = max(1, min(settings.max_connections, open_files // 2))
        times = (settings.head_timeout, settings.body_timeout, settings.idle_timeout, settings.send_timeout)
        return cls(settings.max_head, connections, *times)


class Connection(HttpToolsProtocol):
    """One connection, held to :class:`Limits`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._every = min(1.0, min(limits.head_time, limits.body_time, limits.idle_time, limits.send_time) / 4)
        self._watch: asyncio.TimerHandle | None = None
        self._refused = False
        self._head_open = True
        self._head_bytes = 0
        # Since when, in the time of the loop; None where there is nothing to wait for.
        self._idle_since = 0.0
        self._head_since: float | None = None
        self._body_since: float | None = None
        self._unread_since: float | None = None

    # -- what the transport tells --

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket: it reads and writes
        """Take a connection in, if need be in the place of one that has long asked nothing, or refuse it."""
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        self._watch = self.loop.call_later(self._every, self._look)
        if len(self.connections) <= self._limits.connections:
            return
        waiting = [entry for entry in self._others() if entry.idle_for >= PATIENCE]
        if waiting:
            max(waiting, key=lambda entry: entry.idle_for).leave()
            return
        courteous = len(self.connections) <= self._limits.connections + SPARE
        self._refuse(503, "BUSY", "Too many connections are open at once.", "Ask again in a moment.", courteous=courteous)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, no further than the limit of a head at a time: httptools' time for one grows with its square."""
        self._unset_keepalive_if_required()
        step = self._limits.head
        for start in range(0, len(data), step):
            # What a refused client still sends is thrown away.
            if self._refused or self.transport.is_closing():
                return
            piece = data[start : start + step]
            if self._head_open:
                self._head_bytes += len(piece)
                if self._head_since is None:
                    self._head_since = self.loop.time()
            try:
                self.parser.feed_data(piece)
            except httptools.HttpParserUpgrade:
                pass  # no other protocol is spoken; the request itself is answered
            except httptools.HttpParserError:
                self._refuse(400, "BAD_REQUEST", "This is no HTTP request that is understood here.", "Speak HTTP/1.1.")
            if self._head_open and self._head_bytes > self._limits.head:
                self._refuse_long()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is answered."""
        super().pause_writing()
        self._unread_since = self.loop.time()

    def resume_writing(self) -> None:
        """The client has read on."""
        super().resume_writing()
        self._unread_since = None

    # -- what the parser tells --

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """The head is complete, and what follows is the body."""
        self._head_open, self._head_bytes, self._head_since = False, 0, None
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self._limits.head:
            self._refuse_long()
            raise ValueError("too long")  # stops the parser
        self._body_since = self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete; the next byte is of another."""
        super().on_message_complete()
        self._head_open, self._body_since = True, None

    def on_response_complete(self) -> None:
        """The request is answered; what is there of the next one has its time from now."""
        super().on_response_complete()
        self._idle_since = self.loop.time()
        if self._head_since is not None:
            self._head_since = self._idle_since

    # -- limits --

    @property
    def idle_for(self) -> float:
        """Seconds since it last asked something; 0 while it is being answered, or is leaving."""
        if self._answering or self._refused or self.transport.is_closing():
            return 0.0
        return self.loop.time() - self._idle_since

    def leave(self) -> None:
        """Close, and count no longer."""
        self.connections.discard(self)
        self.transport.close()

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _others(self) -> list[Connection]:
        return [cast(Connection, entry) for entry in self.connections if entry is not self]

    def _look(self) -> None:
        """End what has taken too long, and look again later."""
        limits, now = self._limits, self.loop.time()
        self._watch = self.loop.call_later(self._every, self._look)

        def past(since: float | None, limit: float) -> bool:
            return since is not None and now - since > limit

        if past(self._unread_since, limits.send_time):
            self.transport.abort()
        elif self._refused or self.transport.is_closing():
            return
        elif past(self._body_since, limits.body_time):
            self._refuse_slow("body", limits.body_time)
        elif self._answering:
            return
        elif past(self._head_since, limits.head_time):
            self._refuse_slow("head", limits.head_time)
        elif self._head_since is None and past(self._idle_since, limits.idle_time):
            self.transport.close()

    def _refuse_long(self) -> None:
        limit = f"The head of the request is longer than {self._limits.head} bytes, which is the limit."
        self._refuse(431, "LIMIT", limit, "Send a long query in the body, with POST, and fewer cookies.")

    def _refuse_slow(self, part: str, limit: float) -> None:
        message = f"The {part} of the request took longer than {limit:g} seconds, which is the limit."
        self._refuse(408, "TIMEOUT", message, "Send it faster, or ask for less at once.")

    def _refuse(self, status: int, code: str, message: str, hint: str, *, courteous: bool = True) -> None:
        """Answer outside the application, and close."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if self._answering:
            begun = self.cycle.response_started
            # The application hears that nobody listens any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if begun:
                self.transport.close()
                return
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, "hint": hint}}]})
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n"
        )
        retry = "retry-after: 1\r\n" if status == 503 else ""
        self.transport.write(f"{head}{retry}\r\n".encode() + body)
        if not (courteous and self.transport.can_write_eof()):
            self.transport.close()
            return
        # What it still sends is read and thrown away; closing at once would reset it before it has read why.
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(LINGER, self.transport.abort)


def server_config(app: ASGIApp, chosen: Settings) -> Config:
    """The configuration of uvicorn: one quiet process, with each connection held to the limits of the settings."""
    limits = Limits.of(chosen, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return Config(
        app,
        http=functools.partial(Connection, limits=limits),  # type: ignore[arg-type]  # called as a class is
        ws="none",
        backlog=128,
        log_level="warning",
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_keep_alive=math.ceil(limits.idle_time),
        timeout_graceful_shutdown=5,
    )
