"""The commands ``graphsvc serve`` and ``graphsvc demo``."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import click
import uvicorn

from graphsvc.cli import console
from graphsvc.cli.load import into, report
from graphsvc.cli.workers import Supervisor
from graphsvc.errors import UsageError, ValidationFailed
from graphsvc.model import Model
from graphsvc.pipeline.stored_findings import clean_findings
from graphsvc.settings import Settings
from graphsvc.store import Store, engine_held, open_store
from graphsvc.web import create_app
from graphsvc.web.connections import server_config

_OPTIONS = (
    click.option("--host", help="Address to listen on (GRAPHSVC_HOST; 127.0.0.1)."),
    click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (GRAPHSVC_PORT; 8484)."),
)


@click.command()
@_OPTIONS[0]
@_OPTIONS[1]
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer requests (GRAPHSVC_WORKERS; 1).")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the pages, GraphiQL and the GraphQL endpoint, on loopback unless told otherwise. Ctrl-C ends it.

    \b
    graphsvc serve
    graphsvc serve --port 9000
    graphsvc serve --workers 2
    """
    chosen = console.settings(host=host, port=port, workers=workers)
    model = console.model_of(chosen)
    with _listening(chosen) as sock:
        if chosen.workers > 1:
            _serve_with_workers(chosen, model, sock)
        else:
            _run(_serve(chosen, model, sock))


@click.command()
@_OPTIONS[0]
@_OPTIONS[1]
def demo(host: str | None, port: int | None) -> None:
    """Load the four care systems that ship with graphsvc and serve them. A second start loads only what changed.

    \b
    graphsvc demo
    """
    chosen = console.settings(host=host, port=port)
    model = console.model_of(chosen)
    folder = chosen.folder("maps")
    maps = sorted(path for path in folder.iterdir() if (path / "about.csv").is_file()) if folder.is_dir() else []
    with _listening(chosen) as sock:
        _run(_serve(chosen, model, sock, maps))


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, on uvicorn's own choice of event loop; Ctrl-C before the server listens is a clean end too."""
    try:
        with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
            runner.run(work)
    except KeyboardInterrupt:
        console.err().print("Stopped.")
        sys.exit(130)


@contextlib.contextmanager
def _listening(chosen: Settings) -> Iterator[socket.socket]:
    """A socket on the address of the settings, taken before anything is started.

    Raises :class:`UsageError` if the port is taken or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    # Named as TCP, since the event loop switches Nagle's algorithm off only then: without, each answer waits 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((chosen.host, chosen.port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            what = "is taken by another program" if taken else f"cannot be listened on ({error.strerror})"
            way = f"End that program, or choose another port: --port {chosen.port + 1 if chosen.port < 65535 else 8484}"
            raise UsageError(f"Port {chosen.port} of {chosen.host} {what}.", way) from error
        sock.listen(128)
        yield sock
    finally:
        sock.close()


class _Server(uvicorn.Server):
    """A server that leaves signals to us, so that the store is closed before the process ends, and that says where it is."""

    def __init__(self, config: uvicorn.Config, chosen: Settings) -> None:
        super().__init__(config)
        self._chosen = chosen

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and print the addresses once it answers."""
        await super().startup(sockets)
        if self.started and sockets:
            _greet(sockets[0], self._chosen)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the application is told even when a second signal cut the waiting short, so that it ends without a traceback."""
        await super().shutdown(sockets)
        if self.force_exit:
            await self.lifespan.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them."""
        yield


async def _serve(chosen: Settings, model: Model, sock: socket.socket, maps: list[Path] | None = None) -> None:
    """Open the store, load maps if there are any, serve until a signal, and close everything."""
    async with open_store(chosen, model, lasting=True) as store:
        if maps is not None:
            await _load(store, maps, chosen, model)
        await _tidy(store)
        app = create_app(chosen, model, store)
        config = server_config(app, chosen)
        server = _Server(config, chosen)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _stop, server)
        await server.serve(sockets=[sock])
    console.err().print("Stopped.")


def _serve_with_workers(chosen: Settings, model: Model, sock: socket.socket) -> None:
    """Hold the store, start the workers, serve until a signal, and end them all."""
    with contextlib.suppress(OSError):  # by this folder they tell each other what is published; without, they look for themselves
        Path(chosen.data_dir).mkdir(mode=0o700, parents=True, exist_ok=True)
    with engine_held(chosen):
        _run(_look(chosen, model))
        Supervisor(chosen, sock, lambda: _greet(sock, chosen)).serve()
    console.err().print("Stopped.")


async def _look(chosen: Settings, model: Model) -> None:
    """Open the store once before the workers do, so that what is wrong with it is said once."""
    async with open_store(chosen, model) as store:
        await _tidy(store)


async def _tidy(store: Store) -> None:
    if await store.revision() == 0:
        console.err().print("The store is empty. Load the maps with: graphsvc load maps/*", markup=False)
    await clean_findings(store)


def _stop(server: uvicorn.Server) -> None:
    """First signal: finish what is being answered. Second: now."""
    server.force_exit = server.should_exit
    server.should_exit = True


async def _load(store: Store, maps: list[Path], chosen: Settings, model: Model) -> None:
    outcomes = await into(store, maps, chosen, model, Path(chosen.data_dir) / "rejects")
    done = [item for item in outcomes if item.state != "unchanged"]
    report(done, console.err())
    if len(done) < len(outcomes):
        console.err().print(f"{len(outcomes) - len(done)} of {len(outcomes)} maps are as they were loaded before.", markup=False)
    if outcomes and all(item.state == "refused" for item in outcomes):
        raise ValidationFailed("None of the maps could be published.", "`graphsvc validate maps/*` says what to mend.")


def _greet(sock: socket.socket, chosen: Settings) -> None:
    host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    address = f"http://{host}:{sock.getsockname()[1]}"
    out = console.err()
    out.print(f"\n  Home      {address}/\n  GraphiQL  {address}/graphiql\n  GraphQL   {address}/graphql\n", markup=False)
    if chosen.host not in ("127.0.0.1", "::1", "localhost"):
        out.print("Other machines may reach this address: it is published by your decision.", style="yellow")
    out.print("Ctrl-C ends it.", style="dim")
