"""Content negotiation: picks the media type that a client prefers (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from graphsvc.exports.thing import FORMATS as RDF_FORMATS

OFFERS = ("text/html", *RDF_FORMATS)
"""The forms in which an IRI answers, the one for people first."""
FORMATS = {
    "html": "text/html",
    "ttl": "text/turtle",
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
    "json-ld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "xml": "application/rdf+xml",
}


def preferred(accept: str, offers: Sequence[str]) -> str | None:
    """The offered media type that ``Accept`` rates highest, the earlier offer of two rated alike; ``None`` if none will do.

    An empty header takes anything. A more specific range overrides a wider one, as the RFC says.
    """
    if not accept.strip():
        return offers[0]
    ranges: list[tuple[str, float]] = []
    for item in accept.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        ranges.append((name, quality))

    def rate(offer: str) -> float:
        for wanted in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
            found = [quality for name, quality in ranges if name == wanted]
            if found:
                return max(found)
        return 0.0

    best = max(offers, key=rate)
    return best if rate(best) > 0 else None


def form_of(named: str | None, accept: str) -> str | None:
    """The media type that ``format`` names, else the one of :data:`OFFERS` that ``Accept`` rates highest; ``None`` for none."""
    return FORMATS.get(named.lower()) if named is not None else preferred(accept, OFFERS)


def wants_page(accept: str) -> bool:
    """Whether a client is a browser, to which an error is a page and not data."""
    return "text/html" in accept.lower() and preferred(accept, ["text/html", "application/json"]) == "text/html"
