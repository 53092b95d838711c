"""The embedded engine's process: runs ArcadeDB on loopback for as long as some process holds it.

Started by :mod:`graphsvc.store.embedded.client` as ``python -m graphsvc.store.embedded.engine``; its orders come as one JSON
line on standard input. It lives while at least one holder does: the process that started it (standard input), and every process
that keeps a connection to its control port. A holder that is killed lets go without a word, because the operating system
closes its end. One engine serves a folder: a lock on ``engine.lock`` says so, and the system frees it with the process.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import sys
import threading
from io import FileIO
from pathlib import Path
from typing import Any, Final

HELD: Final = 75
"""Exit code: another engine serves this folder."""
DAMAGED: Final = 76
"""Exit code: the engine cannot open what is in the folder; its log says why."""
DATABASE: Final = "graph"
READY: Final = "ready"
"""Second line of the lock file of an engine that answers: what does not answer then is not merely starting."""
COMPLETE: Final = "complete"
"""Empty file that says the database was once made whole; without it, it never held anything."""
_EVENT_LOGS: Final = 5
_LOOK: Final = 1.0
"""Seconds between two looks at the endpoint file."""
STATEMENT_LIMIT: Final = 600_000
"""Milliseconds after which the engine ends a statement by itself, a load's included: ArcadeDB knows one limit for all of them.

Reads end much sooner: whoever gives one up terminates it (:mod:`graphsvc.store.termination`). This is for what nobody is left
to terminate. A load's statements are batches; the longest is the stream of what a dataset holds.
"""
_LIMIT_SETTING: Final = "arcadedb.command.timeout"


class Holders:
    """Counts the processes that hold the engine and signals when none is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self.gone = threading.Event()

    def enter(self) -> bool:
        """Count one more; false when it is too late, the engine is on its way out."""
        with self._lock:
            if self.gone.is_set():
                return False
            self._count += 1
            return True

    def leave(self) -> int:
        """Count one less; how many are left."""
        with self._lock:
            self._count -= 1
            if self._count == 0:
                self.gone.set()
            return self._count


def _watch_input(holders: Holders) -> None:
    while sys.stdin.buffer.read(1):
        pass
    holders.leave()


def _serve_holder(connection: socket.socket, token: str, holders: Holders) -> None:
    with connection, connection.makefile("rb") as lines:
        connection.settimeout(10)
        if lines.readline(200).strip() != token.encode() or not holders.enter():
            return
        connection.settimeout(None)
        said_goodbye = False
        with contextlib.suppress(OSError):
            connection.sendall(b"ok\n")
            said_goodbye = lines.readline(10) == b"bye\n"
        left = holders.leave()
        if said_goodbye:
            with contextlib.suppress(OSError):
                connection.sendall(b"%d\n" % left)


def _listen(listener: socket.socket, token: str, holders: Holders) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve_holder, args=(connection, token, holders), daemon=True).start()


def free_port() -> int:
    """A free TCP port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _lock(folder: Path) -> FileIO:
    handle = (folder / "engine.lock").open("a+b", buffering=0)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(HELD)
    _say_state(handle, "")
    return handle


def _say_state(lock: FileIO, state: str) -> None:
    with contextlib.suppress(OSError):  # on a full disk nobody is told, which ends nothing
        lock.truncate(0)  # opened for appending: what is written next stands at the start
        lock.write(f"{os.getpid()}\n{state}\n".encode())


def _open_log(folder: Path) -> None:
    """Send this process's output, Java's included, to ``engine.log``; the run before it is kept as ``engine.log.old``."""
    log = folder / "engine.log"
    with contextlib.suppress(FileNotFoundError):
        log.replace(folder / "engine.log.old")
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _tidy(root: Path) -> None:
    """Remove what must not be met again: the last run's password, its event logs, a database that never was complete."""
    (root / "config" / "server-users.jsonl").unlink(missing_ok=True)
    for old in sorted((root / "log").glob("server-event-log-*"))[:-_EVENT_LOGS]:
        old.unlink(missing_ok=True)
    if not (root / COMPLETE).exists():
        shutil.rmtree(root / "databases", ignore_errors=True)


def _damaged(root: Path) -> bool:
    """Whether the schema of a database that was once complete is gone: ArcadeDB would open it as an empty one."""

    def readable(file: Path) -> bool:
        try:
            return isinstance(json.loads(file.read_bytes()), dict)
        except (OSError, ValueError):
            return False

    names = ("schema.json", "schema.prev.json")
    return (root / COMPLETE).exists() and not any(readable(root / "databases" / DATABASE / name) for name in names)


def _start(root: Path, orders: dict[str, Any]) -> tuple[Any, int, int]:
    # Who may read when is decided by whoever asks. The engine's own gate lets in twice as many as there are cores, and what
    # would end a read that was given up has to wait behind it.
    os.environ["ARCADEDB_JVM_ARGS"] = f"-Xmx{orders['memory']} -Xss4m -Darcadedb.queryMaxConcurrent=0"
    import arcadedb_embedded  # type: ignore[import-untyped]  # noqa: PLC0415 - it starts a Java machine: only here, only now

    bolt, http = free_port(), free_port()
    server = arcadedb_embedded.create_server(
        root_path=str(root),
        root_password=orders["password"],
        config={
            "mode": "production",
            "host": "127.0.0.1",
            "http_port": http,
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": bolt,
            "bolt_maxMessageSize": 128 * 1024 * 1024,
            "bolt_packstream_maxValueLength": 64 * 1024 * 1024,
            "server_httpWorkerThreads": 8,
            "serverMetrics": False,
        },
    )
    server.start()
    _limit_statements(server.create_database(DATABASE))
    return server, bolt, http


def _announce_while_held(folder: Path, endpoint: dict[str, Any], holders: Holders) -> None:
    """Keep the endpoint file as it is to be: without it, the next command cannot find an engine that has the folder."""
    while not holders.gone.is_set():
        with contextlib.suppress(OSError):  # a full disk, or a folder that was taken away: the holders we have go on
            if not _is_announced(folder, endpoint):
                _announce(folder, endpoint)
        holders.gone.wait(_LOOK)


def _is_announced(folder: Path, endpoint: dict[str, Any]) -> bool:
    try:
        return bool(json.loads((folder / "engine.json").read_bytes()) == endpoint)
    except (OSError, ValueError):
        return False


def _limit_statements(database: Any) -> None:
    """Set the time limit, which belongs to the database and not to the server, and read it back."""
    database.command("sql", f"ALTER DATABASE `{_LIMIT_SETTING}` {STATEMENT_LIMIT}")
    (about,) = [json.loads(row.to_json()) for row in database.query("sql", "SELECT settings FROM schema:database")]
    limit = next((entry["value"] for entry in about["settings"] if entry["key"] == _LIMIT_SETTING), None)
    if limit != STATEMENT_LIMIT:
        raise RuntimeError(f"the time limit of statements is {limit}, not {STATEMENT_LIMIT} ms")


def _announce(folder: Path, endpoint: dict[str, Any]) -> None:
    draft = folder / "engine.json.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(endpoint, handle)
    draft.replace(folder / "engine.json")


def main() -> None:
    """Serve until nobody holds the engine."""
    orders = json.loads(sys.stdin.buffer.readline())
    folder = Path(orders["folder"])
    os.umask(0o077)
    lock = _lock(folder)
    _open_log(folder)
    holders = Holders()
    holders.enter()
    (folder / "engine.json").unlink(missing_ok=True)
    root = folder / "engine"
    root.mkdir(exist_ok=True)
    os.chdir(root)  # ArcadeDB writes its logs relative to where it stands
    _tidy(root)
    if _damaged(root):
        print("The schema of the database cannot be read.", flush=True)
        sys.exit(DAMAGED)
    try:
        server, bolt, http = _start(root, orders)
    except Exception as error:
        print(f"The engine did not start: {error}", flush=True)
        os._exit(DAMAGED)  # what Java started would keep the process alive
    (root / COMPLETE).touch()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        token = orders["token"]
        threading.Thread(target=_listen, args=(listener, token, holders), daemon=True).start()
        threading.Thread(target=_watch_input, args=(holders,), daemon=True).start()
        endpoint = {
            "pid": os.getpid(),
            "bolt": bolt,
            "http": http,
            "control": listener.getsockname()[1],
            "user": "root",
            "password": orders["password"],
            "token": token,
        }
        _announce(folder, endpoint)
        _say_state(lock, READY)
        _announce_while_held(folder, endpoint, holders)
    _say_state(lock, "")
    (folder / "engine.json").unlink(missing_ok=True)
    server.stop()
    lock.close()
    sys.stdout.flush()
    os._exit(0)  # nothing is left to do, and a Java thread that lingers must not hold the folder


if __name__ == "__main__":
    main()
