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
from graphsvc.store import Edition, Store
from graphsvc.store.neighbourhood import Neighbourhood
from graphsvc.store.single_flight import SingleFlight
from graphsvc.web.assets import Entry
from graphsvc.web.guard import PAGE_POLICY
from graphsvc.web.overview import Holdings, read_holdings
from graphsvc.web.render import draw

UNBUILT = Entry()


@dataclass
class Site:
    """The service's parts. What changes is :attr:`_holdings`, kept for the edition it was read at, and what is under way."""

    settings: Settings
    model: Model
    store: Store
    service: GraphQLService
    templates: Environment
    entries: dict[str, Entry]
    neighbourhoods: SingleFlight[tuple[Edition, str, int], Neighbourhood] = field(default_factory=SingleFlight, repr=False)
    """Claims about a thing that are being read: one read, in however many forms they are asked for."""
    _holdings: tuple[Edition, Holdings] | None = field(default=None, repr=False)
    _reading: SingleFlight[Edition, Holdings] = field(default_factory=SingleFlight, repr=False)

    async def edition(self, *, fresh: bool = False) -> Edition:
        """The current edition of the store, by which pages are kept; always a fresh one where none are."""
        return await self.store.edition(fresh=fresh or not self.service.kept.on)

    async def holdings(self) -> Holdings:
        """The summary of the store, read anew only after a load."""
        edition = await self.edition()
        if self._holdings is None or self._holdings[0] != edition:
            read = await self._reading.do(edition, lambda: read_holdings(self.store, self.model, edition.revision))
            self._holdings = edition, read
        return self._holdings[1]

    @staticmethod
    def theme(request: Request) -> str:
        """The theme that a visitor chose; empty for the one of the machine."""
        chosen = request.cookies.get("theme", "")
        return chosen if chosen in ("light", "dark") else ""

    def page(
        self, request: Request, template: str, *, status: int = 200, entry: str = "site", policy: str = PAGE_POLICY, **values: Any
    ) -> HTMLResponse:
        """A page drawn from ``template``, in the visitor's theme, with its policy."""
        text = draw(
            self.templates,
            template,
            entry=self.entries.get(entry, UNBUILT),
            theme=self.theme(request),
            here=request.url.path,
            **values,
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "Vary": "Cookie"}
        return HTMLResponse(text, status_code=status, headers=headers)


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    site: Site = request.app.state.site
    return site
