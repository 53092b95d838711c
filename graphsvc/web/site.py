"""The parts that every endpoint shares: settings, Model, store, GraphQL service and templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.web.assets import Entry
from graphsvc.web.guard import PAGE_POLICY
from graphsvc.web.overview import Holdings, read_holdings
from graphsvc.web.render import draw

UNBUILT = Entry()


@dataclass
class Site:
    """The service's parts. The only thing that changes is :attr:`_holdings`, kept for the revision it was read at."""

    settings: Settings
    model: Model
    store: Store
    service: GraphQLService
    templates: Environment
    entries: dict[str, Entry]
    _holdings: Holdings | None = field(default=None, repr=False)

    async def holdings(self) -> Holdings:
        """The summary of the store, read anew only after a load."""
        revision = await self.store.revision()
        if self._holdings is None or self._holdings.revision != revision:
            self._holdings = await read_holdings(self.store, self.model, revision)
        return self._holdings

    def page(
        self, request: Request, template: str, *, status: int = 200, entry: str = "site", policy: str = PAGE_POLICY, **values: Any
    ) -> HTMLResponse:
        """A page drawn from ``template``, in the visitor's theme, with its policy."""
        theme = request.cookies.get("theme", "")
        text = draw(
            self.templates,
            template,
            entry=self.entries.get(entry, UNBUILT),
            theme=theme if theme in ("light", "dark") else "",
            here=request.url.path,
            **values,
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "Vary": "Cookie"}
        return HTMLResponse(text, status_code=status, headers=headers)


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    site: Site = request.app.state.site
    return site
