"""The ontology as it stands at its namespace IRI: for people a page, for machines RDF, at one address."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from graphsvc.exports.ontology import convert
from graphsvc.exports.thing import FORMATS as RDF_FORMATS
from graphsvc.settings import Settings
from graphsvc.web.linked_data import links_to_forms, wanted_form
from graphsvc.web.site import site_of


async def ontology(request: Request) -> Response:
    """Every term, its meaning and its place: one document of all parts."""
    site = site_of(request)
    form = wanted_form(request)
    headers = {
        "Vary": "Accept, Cookie",
        "Link": links_to_forms(request.url),
        "Cache-Control": "no-cache",
    }
    if form in RDF_FORMATS:
        kept = await run_in_threadpool(turtle, site.settings)
        text = kept if form == "text/turtle" else await run_in_threadpool(convert, kept, form)
        return Response(text, media_type=form, headers=headers)
    answer = site.page(request, "ontology.html", model=site.model, about=site.model.about)
    answer.headers.update(headers)
    return answer


def turtle(settings: Settings) -> bytes:
    """All parts of the ontology, one after the other: Turtle takes a prefix that is declared again."""
    return b"\n".join(path.read_bytes() for path in sorted(settings.folder("ontology").glob("*.ttl")))
