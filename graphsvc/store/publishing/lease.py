"""A lease in the store that lets one load write at a time; its process renews it while it works.

A lease of a process of this machine that has died is taken over at once, anybody else's when it expires.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from graphsvc.errors import StoreBusy, StoreError
from graphsvc.store.connection import Connection, Transaction, run

TTL: Final = 60_000
"""Milliseconds for which a lease holds without being renewed."""
_RENEW: Final = 10.0

_HELD: Final[set[str]] = set()
"""Tokens of the leases that this process holds: one that the store knows and we do not was lost with the store's last fall."""

_TAKE: Final = """
MERGE (l:Lease {id: 'load'}) SET l.touched = timestamp()
WITH l, (l.token IS NULL OR l.expires < timestamp() OR l.token = $instead_of) AS free
SET l.token = CASE WHEN free THEN $token ELSE l.token END,
    l.who = CASE WHEN free THEN $who ELSE l.who END,
    l.since = CASE WHEN free THEN $since ELSE l.since END,
    l.process = CASE WHEN free THEN $process ELSE l.process END,
    l.machine = CASE WHEN free THEN $machine ELSE l.machine END,
    l.expires = CASE WHEN free THEN timestamp() + $ttl ELSE l.expires END
RETURN l.token, l.who, l.since, l.machine, l.process
"""
_RENEWED: Final = "MATCH (l:Lease {id: 'load'}) WHERE l.token = $token SET l.expires = timestamp() + $ttl RETURN l.token"
_MINE: Final = "MATCH (l:Lease {id: 'load'}) WHERE l.token = $token RETURN l.id"
_RELEASE: Final = "MATCH (l:Lease {id: 'load'}) WHERE l.token = $token SET l.expires = 0, l.token = null RETURN l.id"


class Lease:
    """The lease of one load. :meth:`take` it, :meth:`renew` it while working, :meth:`release` it."""

    def __init__(self, connection: Connection, what: str) -> None:
        self._connection = connection
        self._token = secrets.token_hex(16)
        self._what = what
        self._renewed = 0.0

    async def take(self) -> None:
        """Take the lease, or raise :class:`StoreBusy` saying who has it and since when."""
        machine = _machine()
        mine: dict[str, Any] = {
            "token": self._token,
            "who": f"{_user()}@{socket.gethostname()}, process {os.getpid()}, {self._what}",
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine,
            "process": f"{os.getpid()}:{_started(os.getpid())}",
            "ttl": TTL,
        }
        instead_of = ""
        for _ in range(3):
            rows = await self._connection.merge(_TAKE, **mine, instead_of=instead_of)
            token, who, since, there, process = rows[0]
            if token == self._token:
                self._renewed = time.monotonic()
                _HELD.add(token)
                return
            ours_and_lost = process == mine["process"] and token not in _HELD
            if there != machine or (_lives(process) and not ours_and_lost):
                raise StoreBusy(
                    f"Another load holds the store: {who}, since {since}.",
                    "Try again when it has ended (at most a minute after).",
                )
            instead_of = token
        raise StoreBusy("Another load took the store.", "Try again when it has ended.")

    async def renew(self) -> None:
        """Keep the lease, if it is time to; raises :class:`StoreError` if it was lost."""
        if time.monotonic() - self._renewed < _RENEW:
            return
        if not await self._connection.execute(_RENEWED, token=self._token, ttl=TTL):
            raise self._lost()
        self._renewed = time.monotonic()

    async def check(self, transaction: Transaction) -> None:
        """Checks within a writing transaction that the lease is still ours, for a load that was suspended must not go on."""
        if not await run(transaction, _MINE, {"token": self._token}):
            raise self._lost()

    async def mine(self) -> bool:
        """Whether the lease is still ours."""
        return bool(await self._connection.execute(_MINE, token=self._token))

    async def confirm(self, transaction: Transaction) -> None:
        """Make sure, within the transaction that flips, that the lease is still ours."""
        if not await run(transaction, _RENEWED, {"token": self._token, "ttl": TTL}):
            raise self._lost()

    async def release(self) -> None:
        """Give the lease back. A store that does not answer is left to let it expire."""
        _HELD.discard(self._token)
        with suppress(StoreError):
            if await self._connection.answers():
                await self._connection.execute(_RELEASE, token=self._token)

    def _lost(self) -> StoreError:
        return StoreError("This load was held up so long that another took its place.", "Nothing was published; load again.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _machine() -> str:
    """A machine between two starts of it, so that an old process number is not taken for a new one."""
    boot = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{socket.gethostname()}/{boot}"


def _started(pid: int) -> str:
    """When a process started, in the kernel's ticks; empty where the system does not say."""
    with suppress(OSError):
        state, *others = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "dead" if state in "ZX" else others[18]
    return ""


def _lives(process: str) -> bool:
    pid, _, started = process.partition(":")
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return not started or _started(int(pid)) == started
