"""The page of a thing at its IRI: HTML for people, Turtle or JSON-LD for machines (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphsvc.errors import NotFound
from graphsvc.exports.thing import FORMATS as RDF_FORMATS
from graphsvc.exports.thing import write_thing
from graphsvc.store.neighbourhood import read_neighbourhood
from graphsvc.web.facts import arrange
from graphsvc.web.negotiation import FORMATS, preferred
from graphsvc.web.sections import Neighbour
from graphsvc.web.site import site_of

OFFERS = ("text/html", *RDF_FORMATS)
SHORT = ("html", "ttl", "jsonld")


def wanted_form(request: Request) -> str:
    """The media type to answer in: what ``format`` names, else what ``Accept`` rates highest. Raises 406 if we have none such."""
    named = request.query_params.get("format")
    chosen = FORMATS.get(named.lower()) if named is not None else preferred(request.headers.get("accept", ""), OFFERS)
    if chosen is None:
        raise HTTPException(406)
    return chosen


def neighbours_of(things: Mapping[str, Mapping[str, Any]]) -> dict[str, Neighbour]:
    """Things with their preferred values, by id, as pages name them."""
    return {
        item: Neighbour(item, str(values.get("type", "")), str(values.get("name", item)), str(values.get("status", "")), values)
        for item, values in things.items()
    }


def links_to_forms(address: URL) -> str:
    """The ``Link`` header that leads to the same in each form."""
    forms = (f'<{address.include_query_params(format=name)}>; rel="alternate"; type="{FORMATS[name]}"' for name in SHORT)
    return ", ".join(form.replace(f"{address.scheme}://{address.netloc}", "", 1) for form in forms)


async def thing(request: Request) -> Response:
    """Answers with everything that is claimed of one thing."""
    site = site_of(request)
    form = wanted_form(request)
    identifier = f"{request.path_params['cls']}/{request.path_params['slug']}"
    revision = await site.store.revision()
    around = await read_neighbourhood(site.store, site.model, identifier, revision=revision)
    page = arrange(site.model, identifier, around.claims, neighbours_of(around.things))
    if page is None:
        raise NotFound("Nothing that is loaded has this address.", "It may have been withdrawn, or its map is not loaded.")
    headers = {"Vary": "Accept, Cookie", "Link": links_to_forms(request.url), "Cache-Control": "no-cache"}
    if form in RDF_FORMATS:
        text = await run_in_threadpool(write_thing, site.model, site.settings.base_iri.rstrip("/"), around.claims, form)
        return Response(text, media_type=form, headers=headers)
    answer = site.page(
        request,
        "thing.html",
        page=page,
        iri=f"{site.settings.base_iri.rstrip('/')}/id/{identifier}",
        complete=around.complete,
        store_line=f"revision {revision}",
    )
    answer.headers.update(headers)
    return answer
