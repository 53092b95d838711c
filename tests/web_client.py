"""A client of the application within the process, as a browser would ask."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

OURS = "http://127.0.0.1:8484"
SYSTEM = "/id/care-system/walsall"


def client_of(app: Starlette) -> httpx.AsyncClient:
    """A client that accepts pages, and sees what the application answers to an unforeseen error."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=OURS, headers={"accept": "text/html"})
