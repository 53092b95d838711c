"""The page of a thing at its IRI: HTML for people, Turtle, JSON-LD or RDF/XML for machines (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphsvc.errors import NotFound
from graphsvc.exports.thing import FORMATS as RDF_FORMATS
from graphsvc.exports.thing import Document, write_thing
from graphsvc.store import Edition
from graphsvc.store.neighbourhood import Neighbourhood, read_neighbourhood
from graphsvc.web.facts import arrange
from graphsvc.web.kept_pages import answer_kept
from graphsvc.web.linked_data import day_of, headers_of, unchanged, wanted_form
from graphsvc.web.sections import Neighbour
from graphsvc.web.site import Site, site_of

PART = 5000
"""Claims of each kind in one document; a thing with more has several."""
LONG = 100
"""Claims from which a page is drawn beside the event loop."""


def neighbours_of(things: Mapping[str, Mapping[str, Any]]) -> dict[str, Neighbour]:
    """Things with their preferred values, by id, as pages name them."""
    return {
        item: Neighbour(item, str(values.get("type", "")), str(values.get("name", item)), str(values.get("status", "")), values)
        for item, values in things.items()
    }


def part_of(request: Request) -> int:
    """The number of the part that is asked for, from 1. Raises 404 for what is no number of one."""
    named = request.query_params.get("part", "1")
    if not named.isascii() or not named.isdigit() or not 1 <= int(named[:6]) <= 10_000:
        raise HTTPException(404)
    return int(named)


def addresses_of(request: Request, base: str, part: int, *, more: bool) -> tuple[str, str]:
    """The address of this part, and of the one that follows; both empty where one part is all."""
    if part == 1 and not more:
        return "", ""
    here, following = (request.url.include_query_params(part=number) for number in (part, part + 1))
    return f"{base}{here.path}?{here.query}", f"{base}{following.path}?{following.query}" if more else ""


async def read_part(site: Site, edition: Edition, identifier: str, part: int) -> Neighbourhood:
    """Reads the claims about a thing, once for all who ask for it at the same time, in whatever form."""
    skip = (part - 1) * PART

    async def read() -> Neighbourhood:
        return await read_neighbourhood(site.store, site.model, identifier, revision=edition.revision, limit=PART, skip=skip)

    return await site.neighbourhoods.do((edition, identifier, skip), read)


async def thing(request: Request) -> Response:
    """Answers with everything that is claimed of one thing; as RDF in parts, where it is very much."""
    site = site_of(request)
    form, day = wanted_form(request), day_of(request, site.settings)
    part_of(request)
    edition = await site.edition()
    headers = headers_of(request, site, edition, form, day)
    if (answer := unchanged(request, headers)) is not None:
        return answer
    return await answer_kept(request, edition, lambda: _describe(request, site, edition, headers))


async def _describe(request: Request, site: Site, edition: Edition, headers: dict[str, str]) -> Response:
    form, day, part = wanted_form(request), day_of(request, site.settings), part_of(request)
    identifier = f"{request.path_params['cls']}/{request.path_params['slug']}"
    around = await read_part(site, edition, identifier, part)
    long, worker = len(around.claims) > LONG, site.service.worker
    page = None
    if part == 1:
        page = await worker.run_if(long, arrange, site.model, identifier, around.claims, neighbours_of(around.things))
    if not around.claims or (part == 1 and page is None) or (part > 1 and form not in RDF_FORMATS):
        raise NotFound("Nothing that is loaded has this address.", "It may have been withdrawn, or its map is not loaded.")
    base, revision = site.settings.base_iri.rstrip("/"), edition.revision
    if form in RDF_FORMATS:
        here, following = addresses_of(request, base, part, more=not around.complete)
        if following:
            headers["Link"] += f', <{following.removeprefix(base)}>; rel="next"'
        loads = {load.dataset: load for load in await site.store.loads()}
        document = Document(site.model, base, day, revision, loads, around.things, here, following)
        text = await worker.run(write_thing, around.claims, form, document)
        return Response(text, media_type=form, headers=headers)
    answer = await worker.run_if(
        long,
        site.page,
        request,
        "thing.html",
        page=page,
        iri=f"{base}/id/{identifier}",
        complete=around.complete,
        store_line=f"revision {revision}",
    )
    answer.headers.update(headers)
    return answer
