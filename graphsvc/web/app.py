"""The ASGI application: routes, middleware and the error handler."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import Route

from graphsvc.api.service import GraphQLService
from graphsvc.errors import GraphsvcError
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.web import claim_page, graph_page, graphiql, graphql_endpoint, pages, questions, thing_page, vocabulary
from graphsvc.web.assets import StaticFiles, read_entries
from graphsvc.web.errors import answer_error, answer_nobody
from graphsvc.web.guard import Guard
from graphsvc.web.kept_pages import kept
from graphsvc.web.portions import Portions
from graphsvc.web.render import environment
from graphsvc.web.site import Site
from graphsvc.web.time_limits import within


def create_app(settings: Settings, model: Model, store: Store) -> Starlette:
    """Builds the application over an open store; whoever opened the store closes it.

    The GraphQL schema is built here, so that a Model that gives none stops the start and not the first request.
    """
    service = GraphQLService(model, store, settings)
    site = Site(settings, model, store, service, environment(), dict(read_entries()))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await store.revision()  # a store that does not answer stops the start with its own words
        yield

    def page(given: Settings) -> float:
        return given.page_timeout

    routes = [
        Route("/", within(page, kept(pages.home))),
        Route("/questions", kept(questions.questions, of_store=False)),
        Route("/questions/{name}", within(lambda _: None, kept(questions.question))),
        Route("/graphiql", graphiql.graphiql),
        Route("/graphql", graphql_endpoint.graphql, methods=["GET", "POST"]),
        Route("/id/claim/{id}", within(page, claim_page.claim_page)),
        Route("/claim/{id}", claim_page.claim_iri),
        Route("/graph", within(page, graph_page.graph_page)),
        Route("/graph/{dataset}", within(page, graph_page.graph_page)),
        Route("/graph/{dataset}/{source}", within(page, graph_page.graph_page)),
        Route("/id/{cls}/{slug}", within(page, thing_page.thing)),
        Route("/search", within(page, kept(pages.search))),
        Route("/sources", within(page, kept(pages.sources))),
        Route("/docs", kept(pages.reference, of_store=False)),
        Route("/docs/{name}", kept(pages.reference_class, of_store=False)),
        Route("/ontology", kept(vocabulary.ontology, of_store=False)),
        Route("/health", within(lambda given: given.health_timeout, pages.health)),
        Route("/static/{path:path}", StaticFiles().serve),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(Guard, settings=settings, on_error=answer_error),
            Middleware(Portions),
            Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
        ],
        exception_handlers={
            GraphsvcError: answer_error,
            HTTPException: answer_error,
            ClientDisconnect: answer_nobody,
            Exception: answer_error,
        },
    )
    app.state.site = site
    return app
