"""The service of the bench: the application that ``graphsvc serve`` runs, on a free port that it writes to a file."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from graphsvc.ontology import read_model
from graphsvc.settings import from_environment
from graphsvc.store import open_store
from graphsvc.web import create_app


async def serve(told: Path) -> None:
    """Serve until told to stop."""
    settings = from_environment()
    model = read_model(settings.folder("ontology"), settings.folder("shapes"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        async with open_store(settings, model) as store:
            app = create_app(settings, model, store)
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
            told.with_suffix(".part").write_text(str(listener.getsockname()[1]))
            told.with_suffix(".part").rename(told)
            await server.serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
