"""Visitors: a page whose requests to other hosts are refused and noted, and what axe-core finds on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Request, Route, expect

WAIT = 30_000
"""Milliseconds: a busy machine of two cores builds a large schema in the page."""
AXE = Path(__file__).parents[2] / "graphsvc" / "web" / "node_modules" / "axe-core" / "axe.min.js"
expect.set_options(timeout=WAIT)
SERIOUS = ("serious", "critical")


@dataclass
class Visit:
    """A page, and what it did that it should not have done."""

    page: Page
    base: str
    foreign: list[str] = field(default_factory=list)
    """Addresses on other hosts that it asked for."""
    complaints: list[str] = field(default_factory=list)
    """Errors and refusals that the browser reported."""

    async def go(self, path: str) -> None:
        """Open a page of the application."""
        await self.page.goto(self.base + path)


async def visit_with(browser: Browser, site: str, **options: Any) -> tuple[Visit, BrowserContext]:
    """A new visitor, whose requests to other hosts are refused and noted."""
    context = await browser.new_context(**options)
    context.set_default_timeout(WAIT)
    page = await context.new_page()
    visit = Visit(page, site)
    ours = urlsplit(site).netloc

    def note(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != ours:
            visit.foreign.append(request.url)

    async def pass_or_refuse(route: Route) -> None:
        if urlsplit(route.request.url).netloc == ours:
            await route.continue_()
        else:
            await route.abort()

    context.on("request", note)
    await context.route("**/*", pass_or_refuse)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("console", lambda message: visit.complaints.append(message.text) if message.type == "error" else None)
    return visit, context


COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe-core whose answer depends on colours: all that may differ where only the theme does."""


async def violations(visit: Visit, only: Sequence[str] = ()) -> list[str]:
    """What axe-core finds that is serious or worse, a line each; by some of its rules only, where they are named."""
    await visit.page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"], **({"runOnly": {"type": "rule", "values": list(only)}} if only else {})}
    found: dict[str, Any] = await visit.page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{item['id']}: {node['target']} {node.get('failureSummary', '')}"
        for item in found["violations"]
        if item["impact"] in SERIOUS
        for node in item["nodes"]
    ]
