"""A browser, and the application served on loopback to it."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import uvicorn
from chromium import program
from playwright.async_api import Browser, async_playwright
from visiting import Visit, visit_with

from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import open_store
from graphsvc.web import create_app

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are left out, and said to be; with CI=true they fail instead."""
    if program() or os.environ.get("CI", "").lower() == "true":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="the browser was not tested: no Chromium found"))


@pytest.fixture(scope="session")
def site(loaded_settings: Settings, model: Model) -> Iterator[str]:
    """Address of the application, served by uvicorn in a thread of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = replace(loaded_settings, port=port)
    started = threading.Event()
    servers: list[uvicorn.Server] = []

    def announce(server: uvicorn.Server) -> None:
        """Say that the server has started, as soon as it has."""
        if server.started:
            started.set()
        else:
            asyncio.get_running_loop().call_later(0.02, announce, server)

    async def serve() -> None:
        async with open_store(settings, model) as store:
            config = uvicorn.Config(
                create_app(settings, model, store), host="127.0.0.1", port=port, log_level="error", lifespan="on"
            )
            server = uvicorn.Server(config)
            servers.append(server)
            asyncio.get_running_loop().call_soon(announce, server)
            await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(60), "the application did not start"
    yield f"http://127.0.0.1:{port}"
    servers[0].should_exit = True
    thread.join(30)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests."""
    if not program():
        pytest.fail("With CI=true the browser pages must be tested, and there is no Chromium.", pytrace=False)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program(), args=list(FLAGS))
        yield started
        await started.close()


@pytest.fixture
async def visit(browser: Browser, site: str) -> AsyncIterator[Visit]:
    """A visitor with a wide window and light colours."""
    visitor, context = await visit_with(browser, site, viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield visitor
    await context.close()
