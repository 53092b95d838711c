"""The ASGI application: routes, the guard in front of them, one error handler."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from graphsvc.api.service import GraphQLService
from graphsvc.errors import GraphsvcError
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.web import asking, pages, things, vocabulary
from graphsvc.web.assets import StaticFiles, read_entries
from graphsvc.web.errors import answer_error
from graphsvc.web.guard import Guard
from graphsvc.web.render import environment
from graphsvc.web.site import Site


def create_app(settings: Settings, model: Model, store: Store) -> Starlette:
    """The application over an open store; who opened the store closes it.

    The GraphQL schema is built here, so that a Model that gives none stops the start and not the first request.
    """
    service = GraphQLService(model, store, settings)
    site = Site(settings, model, store, service, environment(), dict(read_entries()))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await store.revision()  # a store that does not answer stops the start with its own words
        yield

    routes = [
        Route("/", pages.home),
        Route("/questions", asking.questions),
        Route("/questions/{name}", asking.question),
        Route("/graphiql", asking.graphiql),
        Route("/graphql", asking.graphql, methods=["GET", "POST"]),
        Route("/id/{cls}/{slug}", things.thing),
        Route("/search", pages.search),
        Route("/sources", pages.sources),
        Route("/docs", pages.reference),
        Route("/docs/{name}", pages.reference_class),
        Route("/ontology", vocabulary.ontology),
        Route("/health", pages.health),
        Route("/static/{path:path}", StaticFiles().serve),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(Guard, settings=settings, on_error=answer_error),
            Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
        ],
        exception_handlers={GraphsvcError: answer_error, HTTPException: answer_error, Exception: answer_error},
    )
    app.state.site = site
    return app
