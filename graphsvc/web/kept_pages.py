"""Keeps pages and documents by the edition of the store, and tells a client that holds one that it is still so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from graphsvc.api.entity_tags import accepts_gzip, is_held, tag_of, varies
from graphsvc.api.kept_answers import SCHEMA, Kept, Key
from graphsvc.store import Edition
from graphsvc.web.negotiation import form_of
from graphsvc.web.site import Site, site_of

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
NOT_KEPT: Final = "no-store"
"""What an endpoint says in ``Cache-Control`` of an answer that is not to be kept, such as one about an error."""
_OF_SENDING: Final = frozenset({"content-length", "etag", "vary"})
"""Headers that follow from how an answer is sent."""


def kept(endpoint: Endpoint, *, of_store: bool = True) -> Endpoint:
    """Wrap an endpoint whose answer depends on the store, the address, the form, the theme and the day, and on nothing else.

    With ``of_store=False`` it does not depend on the store either.
    """

    async def keeping(request: Request) -> Response:
        edition = await site_of(request).edition() if of_store else SCHEMA
        return await answer_kept(request, edition, lambda: endpoint(request))

    return keeping


async def answer_kept(request: Request, edition: Edition, make: Callable[[], Coroutine[Any, Any, Response]]) -> Response:
    """The kept answer, or what ``make`` gives, which runs once for all who ask for it at the same time.

    Where ``make`` gives no entity tag, it is of the content.
    """
    site = site_of(request)
    key = page_key(request, site, edition)
    answers = site.service.kept
    found = await answers.made(key, lambda: _make(site, edition, make))
    headers = dict(found.headers)
    if found.tag:
        headers["etag"] = found.tag
        if is_held(request.headers.get("if-none-match", ""), found.tag):
            return Response(status_code=304, headers=headers | {"vary": varies(headers["vary"], b"", final=True)})
    zipped = await answers.zipped(key, found) if found.lasting and accepts_gzip(request.headers) else None
    headers["vary"] = varies(headers["vary"], found.body, final=zipped is not None)
    if zipped is not None:
        return Response(zipped, headers=headers | {"content-encoding": "gzip"})
    return Response(found.body, headers=headers)


def page_key(request: Request, site: Site, edition: Edition) -> Key:
    """What an answer at an address depends on."""
    form = form_of(request.query_params.get("format"), request.headers.get("accept", "")) or ""
    theme = site.theme(request) if form == "text/html" else ""
    return edition, site.settings.this_day(), request.url.path, request.url.query, form, theme


async def _make(site: Site, edition: Edition, make: Callable[[], Coroutine[Any, Any, Response]]) -> Kept:
    answer = await make()
    body = bytes(answer.body)
    headers = {name: value for name, value in answer.headers.items() if name not in _OF_SENDING}
    headers["vary"] = answer.headers.get("vary", "Cookie")
    if headers.get("cache-control") == NOT_KEPT:
        return Kept(body, "", headers, lasting=False)
    # A page that is read while a load is published may show some of both.
    lasting = edition is SCHEMA or (site.service.kept.on and await site.edition(fresh=True) == edition)
    return Kept(body, answer.headers.get("etag") or tag_of(edition.revision, body), headers, lasting=lasting)
