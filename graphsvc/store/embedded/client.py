"""Client of the embedded engine: finds the one that serves a data folder, or starts it, and holds it.

An endpoint file (``engine.json``, mode 0600) in the data folder says where the engine listens and with which password, so
that a second command finds it. A file that a killed engine left is recognised: nothing answers, and the folder's lock is
free. See :mod:`graphsvc.store.embedded.engine` for how long an engine lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphsvc.errors import StoreDown, StoreError
from graphsvc.store.embedded.engine import DAMAGED, HELD, READY

_START: Final = 90.0
"""Seconds an engine may take to be ready: recovery after a crash included."""
_SILENT: Final = 10.0
"""Seconds that an engine which once was ready may be silent."""
_STOP: Final = 30.0
_PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an engine listens."""

    pid: int
    bolt: int
    http: int
    control: int
    user: str
    password: str
    token: str


class Hold:
    """A hold on a running engine: it runs at least until :meth:`release`."""

    def __init__(self, endpoint: Endpoint, control: socket.socket, process: subprocess.Popen[bytes] | None) -> None:
        self.endpoint = endpoint
        self._control = control
        self._process = process

    @property
    def control(self) -> socket.socket:
        """The connection that holds the engine; it becomes readable when the engine ends."""
        return self._control

    def abandon(self) -> None:
        """Let go of an engine that has ended."""
        self._control.close()
        if self._process is not None:
            threading.Thread(target=self._process.wait, daemon=True).start()

    def release(self) -> None:
        """Let go. If nobody else holds the engine, wait until it has ended and the folder is free."""
        left = "0"
        with contextlib.suppress(OSError), self._control:
            self._control.settimeout(5)
            self._control.sendall(b"bye\n")
            left = self._control.recv(20).decode().strip() or "0"
        if left == "0":
            self._wait_for_end()
        elif self._process is not None:
            # Somebody still uses the engine that we started: it goes on without us, and is reaped if we live to see its end.
            threading.Thread(target=self._process.wait, daemon=True).start()

    def _wait_for_end(self) -> None:
        if self._process is not None:
            try:
                self._process.wait(_STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            return
        deadline = time.monotonic() + _STOP
        while _alive(self.endpoint.pid) and time.monotonic() < deadline:
            time.sleep(_PAUSE)


def hold(data_dir: str, memory: str) -> Hold:
    """Holds the engine of ``data_dir``, starting it if needed. Blocks; call it in a thread.

    Raises :class:`StoreError` if the folder cannot be written, is held by a process that does not answer, or holds what the
    engine cannot open.
    """
    folder = _writable(Path(data_dir))
    begun = time.monotonic()
    silent_since: float | None = None
    while time.monotonic() < begun + _START:
        found = _join(folder)
        if found:
            return found
        if not _locked(folder):
            started = _start(folder, data_dir, memory, begun + _START)
            if started:
                return started
        # One that is starting, or on its way out, is waited for; one that says that it answers, and does not, only briefly.
        elif _holder(folder)[1] != READY:
            silent_since = None
        elif silent_since is None:
            silent_since = time.monotonic()
        elif time.monotonic() > silent_since + _SILENT:
            break
        time.sleep(_PAUSE)
    raise StoreDown(
        f"The data folder {data_dir} is held by process {_holder(folder)[0]}, which does not answer.",
        "End that process, or choose another folder with GRAPHSVC_DATA_DIR.",
    )


def find(data_dir: str) -> Hold | None:
    """Holds the engine of ``data_dir`` if one is running. Blocks for a moment; call it in a thread."""
    return _join(Path(data_dir))


def _writable(folder: Path) -> Path:
    hint = "Mend its permissions, or choose another folder with GRAPHSVC_DATA_DIR."
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".probe-{os.getpid()}-{threading.get_ident()}"
        probe.touch()
        probe.unlink()
    except FileExistsError as error:
        raise StoreError(
            f"The data folder {folder} is a file, not a folder.", "Choose another with GRAPHSVC_DATA_DIR."
        ) from error
    except OSError as error:
        raise StoreError(f"The data folder {folder} cannot be written ({error.strerror}).", hint) from error
    return folder.resolve()


def _read_endpoint(folder: Path) -> Endpoint | None:
    try:
        return Endpoint(**json.loads((folder / "engine.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None  # none yet, or not ours: the lock decides what to do


def _join(folder: Path, process: subprocess.Popen[bytes] | None = None) -> Hold | None:
    endpoint = _read_endpoint(folder)
    if endpoint is None or (process is not None and endpoint.pid != process.pid):
        return None
    try:
        control = socket.create_connection(("127.0.0.1", endpoint.control), timeout=5)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        control.sendall(endpoint.token.encode() + b"\n")
        if control.recv(10) == b"ok\n":
            return Hold(endpoint, control, process)
    control.close()
    return None


def _locked(folder: Path) -> bool:
    """Whether an engine has the folder (it may still be starting, or be on its way out)."""
    try:
        with (folder / "engine.lock").open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _holder(folder: Path) -> tuple[str, str]:
    """Process id of the engine that has the folder, and whether it says that it is ready."""
    lines: list[str] = []
    with contextlib.suppress(OSError):
        lines = (folder / "engine.lock").read_text().splitlines()
    return (lines[0] if lines else "") or "unknown", lines[1] if len(lines) > 1 else ""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _start(folder: Path, data_dir: str, memory: str, deadline: float) -> Hold | None:
    """Start an engine and hold it; ``None`` if another process was quicker."""
    orders: dict[str, Any] = {
        "folder": str(folder),
        "memory": memory,
        "password": secrets.token_urlsafe(24),
        "token": secrets.token_urlsafe(24),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "graphsvc.store.embedded.engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal ends us, and we end the engine
    )
    assert process.stdin is not None  # noqa: S101 - for the type checker: a pipe was asked for
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(orders).encode() + b"\n")
            process.stdin.flush()
        while time.monotonic() < deadline:
            joined = _join(folder, process)
            if joined:
                return joined
            if process.poll() is not None:
                if process.returncode == HELD:
                    return None
                raise _failed(process.returncode, data_dir, memory)
            time.sleep(_PAUSE)
        process.kill()
        process.wait()
        raise StoreError(f"The embedded store did not start within {_START:g} s.", f"Its log is {data_dir}/engine.log.")
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def _failed(code: int, data_dir: str, memory: str) -> StoreError:
    if code == DAMAGED:
        return StoreError(
            f"The embedded store cannot open what is in the data folder {data_dir}.",
            f"{data_dir}/engine.log says why. Move the folder away and load the maps again: it is made anew.",
        )
    return StoreError(
        f"The embedded store ended while it started (code {code}).",
        f"{data_dir}/engine.log says why; GRAPHSVC_EMBEDDED_MEMORY is {memory}.",
    )
