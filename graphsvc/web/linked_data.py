"""What answers at an IRI has in common: its form, the day it speaks of, its ``ETag``, and links to the other forms.

Sources: RFC 9110, sections 8.8.3 (ETag), 12 (content negotiation) and 13.1.2 (If-None-Match); RFC 8288 (Link).
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphsvc import __version__, dates
from graphsvc.api.entity_tags import is_held, tag_of, varies
from graphsvc.settings import Settings
from graphsvc.store import Edition
from graphsvc.web.negotiation import FORMATS, form_of
from graphsvc.web.site import Site

SHORT: Final = ("html", "ttl", "jsonld", "rdf")


def wanted_form(request: Request) -> str:
    """The media type to answer in: what ``format`` names, else what ``Accept`` rates highest. Raises 406 if we have none such."""
    chosen = form_of(request.query_params.get("format"), request.headers.get("accept", ""))
    if chosen is None:
        raise HTTPException(406)
    return chosen


def day_of(request: Request, settings: Settings) -> str:
    """The day that ``asOf`` names, else today, as ISO text. Raises :class:`~graphsvc.errors.InputError` for what is no day."""
    named = request.query_params.get("asOf", "")
    return dates.day(named).isoformat() if named else settings.this_day()


def links_to_forms(address: URL) -> str:
    """The ``Link`` header that leads to the same in each form."""
    forms = (f'<{address.include_query_params(format=name)}>; rel="alternate"; type="{FORMATS[name]}"' for name in SHORT)
    return ", ".join(form.replace(f"{address.scheme}://{address.netloc}", "", 1) for form in forms)


def headers_of(request: Request, site: Site, edition: Edition, form: str, day: str) -> dict[str, str]:
    """The headers of an answer at an IRI; its ``ETag`` is of the edition, and of what else the answer depends on.

    It is known before the answer is, which may be large.
    """
    theme = site.theme(request) if form == "text/html" else ""
    of_store = (edition.store, str(edition.publications))
    of_service = (__version__, site.model.checksum, site.settings.base_iri)
    parts = (*of_store, *of_service, form, day, request.url.path, request.url.query, theme)
    return {
        "Vary": "Accept, Cookie",
        "Link": links_to_forms(request.url),
        "Cache-Control": "no-cache",
        "ETag": tag_of(edition.revision, *(part.encode() for part in parts)),
    }


def unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    """The answer 304 for a client that has this very state; ``None`` for others."""
    held = request.headers.get("if-none-match", "")
    if held.strip() == "*" or not is_held(held, headers["ETag"]):
        return None  # whether there is anything is not known yet
    return Response(status_code=304, headers=headers | {"Vary": varies(headers["Vary"], b"", final=True)})
