"""The page of one claim: its statement in a sentence, its qualifiers, and other claims about the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from graphsvc.errors import NotFound
from graphsvc.exports.thing import FORMATS as RDF_FORMATS
from graphsvc.exports.thing import Document, write_thing
from graphsvc.model import Class, Model, Relation
from graphsvc.provenance import OPEN, UNKNOWN_END, Claim, EntityRecord
from graphsvc.store import Edition
from graphsvc.store.claims import ClaimDetail, read_claim
from graphsvc.store.neighbourhood import read_things
from graphsvc.web import words
from graphsvc.web.facts import Arranger, mark_of
from graphsvc.web.kept_pages import answer_kept
from graphsvc.web.linked_data import day_of, headers_of, unchanged, wanted_form
from graphsvc.web.sections import Evidence, Mark, Neighbour
from graphsvc.web.site import Site, site_of
from graphsvc.web.thing_page import neighbours_of

_IDENTIFIER: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim as its page shows it."""

    id: str
    subject: Neighbour
    verb: str
    """What the subject is said to be or to stand in."""
    definition: str
    target: Neighbour | None
    """The thing at the other end of a relation."""
    values: tuple[tuple[str, str], ...]
    """Labels and values of a record."""
    evidence: Evidence
    mark: Mark
    valid_from: str
    last_day: str
    dataset: str

    @property
    def sentence(self) -> str:
        """The claim in a sentence."""
        target = f" {self.target.name}" if self.target else ""
        return f"{self.subject.name}: {self.verb}{target}"


def claim_view(model: Model, claim: Claim, around: Mapping[str, Neighbour]) -> ClaimView:
    """Puts a claim into words."""
    arranger = Arranger(model, around)
    qualifiers = claim.qualifiers

    def thing(identifier: str) -> Neighbour:
        return around.get(identifier) or Neighbour(identifier, "", identifier, "", {})

    term: Class | Relation
    if isinstance(claim, EntityRecord):
        term, subject, target, values = model.classes[claim.class_name], claim.entity, None, values_of(claim, arranger)
    else:
        term, subject, target, values = model.relations[claim.relation], claim.subject, thing(claim.object), ()
    return ClaimView(
        id=claim.id,
        subject=thing(subject),
        verb=term.label,
        definition=term.definition,
        target=target,
        values=values,
        evidence=arranger.evidence(qualifiers),
        mark=replace(mark_of(qualifiers), period=words.period(qualifiers.valid_from, qualifiers.valid_to)),
        valid_from=words.day(qualifiers.valid_from),
        last_day=words.last_day(qualifiers.valid_to),
        dataset=claim.dataset,
    )


def values_of(record: EntityRecord, arranger: Arranger) -> tuple[tuple[str, str], ...]:
    """Labels and values of a record, in the order of the Model."""
    found: list[tuple[str, str]] = []
    for prop in arranger.model.classes[record.class_name].properties:
        held = record.values.get(prop.name)
        if held is not None:
            many = held if isinstance(held, tuple) else (held,)
            found.append((words.sentence(prop.label), "; ".join(arranger.value(prop, value) for value in many)))
    return tuple(found)


def things_in(found: ClaimDetail) -> list[str]:
    """Ids of the things and sources that the claims name."""
    named: set[str] = set()
    for claim in (found.claim, *found.others):
        ends = (claim.entity,) if isinstance(claim, EntityRecord) else (claim.subject, claim.object)
        named |= {claim.qualifiers.source, *ends}
    return sorted(named)


async def claim_page(request: Request) -> Response:
    """Answers with one claim, as a page or as data."""
    site = site_of(request)
    form, day = wanted_form(request), day_of(request, site.settings)
    edition = await site.edition()
    headers = headers_of(request, site, edition, form, day)
    if (unmoved := unchanged(request, headers)) is not None:
        return unmoved
    return await answer_kept(request, edition, lambda: _describe(request, site, edition, headers))


async def _describe(request: Request, site: Site, edition: Edition, headers: dict[str, str]) -> Response:
    form, day, revision = wanted_form(request), day_of(request, site.settings), edition.revision
    identifier = request.path_params["id"]
    near = request.query_params.get("of", "")[:500]
    found = None
    if _IDENTIFIER.fullmatch(identifier):
        found = await read_claim(site.store, site.model, identifier, near=near, revision=revision)
    if found is None or (isinstance(found.claim, EntityRecord) and found.claim.class_name not in site.model.classes):
        raise NotFound(
            "No claim that is loaded has this address.",
            "A claim's address follows from what it says: one whose words or dates were mended has another. "
            "The page of the thing that it speaks of shows what is said now.",
        )
    base = site.settings.base_iri.rstrip("/")
    things = await read_things(site.store, things_in(found), revision=revision)
    if form in RDF_FORMATS:
        loads = {load.dataset: load for load in await site.store.loads()}
        true_on = day if found.known_to == OPEN else UNKNOWN_END
        document = Document(site.model, base, true_on, revision, loads, things)
        text = await site.service.worker.run(write_thing, [found.claim], form, document)
        return Response(text, media_type=form, headers=headers)
    around = neighbours_of(things)
    answer = site.page(
        request,
        "claim.html",
        claim=claim_view(site.model, found.claim, around),
        others=[claim_view(site.model, other, around) for other in found.others],
        complete=found.complete,
        current=found.known_to == OPEN,
        known_from=found.known_from,
        known_to=found.known_to,
        iri=f"{base}/claim/{identifier}",
        near=near,
        store_line=f"revision {revision}",
    )
    answer.headers.update(headers)
    return answer


async def claim_iri(request: Request) -> Response:
    """Redirects from the IRI of a claim in RDF to its page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/id/claim/{request.path_params['id']}{query}", status_code=303)
