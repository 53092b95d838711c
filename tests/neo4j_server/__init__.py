"""A real Neo4j community server for the tests, from Maven Central, on loopback.

``pom.xml`` names the version; Maven copies its jars into ``.cache/neo4j`` once, and ``Server.java`` runs from source. The
server ends when the pipe to it closes, so none outlives the tests.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "neo4j"
START = 300.0


class Unavailable(Exception):
    """Why no Neo4j can be started here."""


@dataclass
class Server:
    """A running server and what a client needs to know of it."""

    uri: str
    user: str
    password: str
    home: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def stop(self) -> None:
        """End it as SIGTERM does, cleanly, and wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._close()

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close()

    def start_again(self) -> None:
        """Start it once more after a kill: its data, at its address, with its password."""
        self.process = start(self.home, self.password, port=int(self.uri.rpartition(":")[2]), brief=True).process

    def _close(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()


def missing() -> str:
    """What this machine lacks to start one; empty if nothing."""
    lacking = [name for name, command in (("Java", "java"), ("Maven", "mvn")) if shutil.which(command) is None]
    if "Maven" in lacking and (CACHE / "complete").exists():
        lacking.remove("Maven")
    return " and ".join(lacking)


def fetch() -> Path:
    """The folder of the server's jars, filled by Maven at the first call. Raises :class:`Unavailable`."""
    CACHE.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "pom.xml").read_text()
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        complete = CACHE / "complete"
        if not complete.exists() or complete.read_text() != wanted:
            shutil.rmtree(CACHE / "lib", ignore_errors=True)
            command = [
                "mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
                "-DincludeScope=runtime", f"-DoutputDirectory={CACHE / 'lib'}",
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                raise Unavailable(f"Maven could not fetch Neo4j: {(done.stdout + done.stderr).strip()[-500:]}")
            complete.write_text(wanted)
    return CACHE / "lib"


def start(home: Path, password: str = "", heap: str = "1g", port: int = 0, brief: bool = False) -> Server:
    """Start a server whose state is in ``home``; a second start on the same folder needs the first one's password.

    A server that lives for a few seconds (``brief``) spends less on compiling itself; one that plans more than some 200 queries
    is twice as fast if Java compiles it well.
    """
    lib = fetch()
    home.mkdir(parents=True, exist_ok=True)
    password = password or secrets.token_urlsafe(16)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a given one may have been used a moment ago
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    command = [
        "java", "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "-Xms256m", f"-Xmx{heap}", "-XX:+UseSerialGC", f"-XX:TieredStopAtLevel={1 if brief else 4}",
        "-cp", f"{lib}/*", str(HERE / "Server.java"), str(home), str(port),
    ]  # fmt: skip
    log = home / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NEO4J_TEST_PASSWORD": password},
            start_new_session=True,
        )
    server = Server(f"bolt://127.0.0.1:{port}", "neo4j", password, home, process)
    already = log.read_text(errors="replace").count("ready\n")
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            server.stop()
            raise Unavailable(f"Neo4j ended while it started: {log.read_text(errors='replace')[-500:]}")
        if log.read_text(errors="replace").count("ready\n") > already:
            return server
        time.sleep(0.1)
    server.kill()
    raise Unavailable(f"Neo4j did not start within {START:g} s.")
