"""The plain triples of what is true on a day, and the rank of each claim among those about the same.

A plain triple is read as a fact by whoever finds it, whatever stands beside it. So a plan, what is over, and a relation to a
thing that is only planned have none: they stand in their reified claims alone. Status and stated dates decide, as in every
answer (decision 0012); :meth:`TrueFacts.holds` is the one place that does. Of what the releases of a directory said of a thing,
what was last said on the day is the fact, and a later release's word on an earlier day is none (decision 0017).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from rdflib import Namespace, URIRef

from graphsvc.provenance import (
    OVER,
    TRUE_NOW,
    UNKNOWN_START,
    Claim,
    EntityRecord,
    Qualifiers,
    RelationClaim,
    Telling,
    stated_end,
)
from graphsvc.rdf import Rdf, Triple

WIKIBASE: Final = Namespace("http://wikiba.se/ontology#")
"""The vocabulary of Wikidata, which has terms for the rank of a statement among others about the same."""
_ORDER: Final = {"SUPERSEDED": 0, "ENDED": 1}


@dataclass(frozen=True, slots=True)
class Stated:
    """A claim with all of its triples, and the named graph of its source."""

    claim: Claim
    graph: URIRef
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class TrueFacts:
    """Makes the triples of claims as they stand on one day."""

    rdf: Rdf
    day: str
    """ISO date."""

    def holds(self, said: Qualifiers) -> bool:
        """Whether a claim is true on the day, by its status and its stated dates."""
        return self._held(said.status, said.holds_from, said.holds_to)

    def is_there(self, records: Sequence[EntityRecord]) -> bool:
        """Whether a thing is there on the day, by its best record, or by what its directory said of it before."""
        best = records[0]
        before = [record for record in records[1:] if record.dataset == best.dataset and _was_said(record)]
        return any(self.holds(record.qualifiers) for record in (best, *before))

    def _relates(self, said: Qualifiers) -> bool:
        """Whether a relation is true on the day: not on one before the releases of its directory agree on it."""
        if not self.holds(said):
            return False
        telling = Telling.of(said.told)
        first, ended = telling.spans[0][0], telling.was[1] if telling.was else said.valid_to
        since = telling.since or ("" if said.valid_from or ended or first.startswith("?") else first)
        return since <= self.day

    def _last_said(self, records: Sequence[EntityRecord]) -> list[EntityRecord]:
        """Of what a directory said of an entry, what was last said on the day."""
        until: dict[tuple[str, str], str] = {}
        for record in records:
            if _was_said(record):
                place, end = (record.dataset, record.qualifiers.locator), record.qualifiers.holds_to
                until[place] = min(until.get(place, end), end)
        places = {record.id: until.get((record.dataset, record.qualifiers.locator)) for record in records}
        return [
            record
            for record in records
            if places[record.id] is None or (_was_said(record) and record.qualifiers.holds_to == places[record.id])
        ]

    def holds_as_stored(self, thing: Mapping[str, Any]) -> bool:
        """Whether a thing is there on the day, by the properties of its node; when it was told does not count."""
        status = thing.get("status", "")
        if thing.get("listings"):  # what its directory said before counts
            return self._held(status, thing["starts"], thing["to"])
        return self._held(status, thing.get("validFrom") or UNKNOWN_START, stated_end(status, thing.get("validTo")))

    def _held(self, status: str, start: str, end: str) -> bool:
        return status in (*TRUE_NOW, *OVER) and start <= self.day < end

    def of_thing(self, records: Sequence[EntityRecord], there: bool | None = None) -> list[Stated]:
        """What all records of one thing, best first, come to; ``there`` tells whether it is there, where they are not all."""
        there = self.is_there(records) if there is None else there
        holding = self._last_said([record for record in records if there and self.holds(record.qualifiers)])
        speaking = [record for record in holding if not record.stub] or holding
        ranked = sorted(speaking or records, key=lambda record: (record.stub, _ORDER.get(record.qualifiers.status, 2)))
        return [
            self._stated(
                record,
                [self.rdf.statement(record), *(triple for _, triple in self.rdf.values(record))] if record in speaking else [],
                [*self._rank(record, records), *self._ranks_of_values(record, ranked)],
            )
            for record in records
        ]

    def of_relation(self, claims: Sequence[RelationClaim], there: Callable[[str], bool]) -> list[Stated]:
        """What all claims of one relation between two things, best first, come to.

        ``there`` tells whether a thing is there on the day; a relation that only mentions an end does not ask it.
        """
        first = claims[0]
        relation = self.rdf.model.relations[first.relation]
        backwards = relation if relation.symmetric else self.rdf.model.relations[relation.inverse]
        ends = (backwards.mentions or there(first.subject)) and (relation.mentions or there(first.object))
        return [
            self._stated(
                claim, [self.rdf.statement(claim)] if ends and self._relates(claim.qualifiers) else [], self._rank(claim, claims)
            )
            for claim in claims
        ]

    def _stated(self, claim: Claim, plain: Sequence[Triple], ranks: Sequence[Triple]) -> Stated:
        following = [other for triple in plain for other in self.rdf.following(triple)]
        told = [*self.rdf.evidence(claim), *self.rdf.value_evidence(claim)]
        graph = self.rdf.graph(claim.dataset, claim.qualifiers.source)
        return Stated(claim, graph, tuple(dict.fromkeys([*plain, *following, *told, *ranks])))

    def _rank(self, claim: Claim, about_the_same: Sequence[Claim]) -> list[Triple]:
        """The rank of a claim; a lone one needs none."""
        return [_ranked(self.rdf.claim(claim.id), claim is about_the_same[0])] if len(about_the_same) > 1 else []

    def _ranks_of_values(self, record: EntityRecord, ranked: Sequence[EntityRecord]) -> list[Triple]:
        """The rank of each value of a record that others give as well: the thing is shown with the preferred one."""
        found = []
        for place, _ in self.rdf.values(record):
            name = place.partition("-")[0]
            rivals = [other for other in ranked if other.values.get(name) not in (None, "", ())]
            if record in rivals and len(rivals) > 1:
                many = isinstance(record.values[name], tuple)
                found.append(_ranked(self.rdf.value_of(record, place), many or record is rivals[0]))
        return found


def _was_said(record: EntityRecord) -> bool:
    """Whether it is what a release of a directory said that is history by now."""
    return bool(record.qualifiers.told) and Telling.of(record.qualifiers.told).was is not None and not record.stub


def together(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims in the order of the store, those about the same thing or relation together."""
    return [list(group) for _, group in groupby(claims, key=_about)]


def _about(claim: Claim) -> tuple[str, ...]:
    return (claim.entity,) if isinstance(claim, EntityRecord) else (claim.subject, claim.relation, claim.object)


def _ranked(node: URIRef, preferred: bool) -> Triple:
    return node, WIKIBASE.rank, WIKIBASE.PreferredRank if preferred else WIKIBASE.NormalRank
