"""The web: pages for people, the page of every thing, GraphiQL, and the GraphQL endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from graphsvc.model import Model
    from graphsvc.settings import Settings
    from graphsvc.store import Store


def create_app(settings: Settings, model: Model, store: Store) -> Starlette:
    """The ASGI application over an open store; see :func:`graphsvc.web.app.create_app`."""
    from graphsvc.web.app import create_app as create  # noqa: PLC0415 - building the pages needs none of it

    return create(settings, model, store)


__all__ = ["create_app"]
