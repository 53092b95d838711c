"""Reads one claim by its id, current or not, with other claims about the same thing: the queries behind a claim's page.

The id of a record is indexed. That of a relation is not, on either engine: whoever links to one names an end of it, beside
which it is looked for. Without one every relation is looked at, in a store that is small enough to be looked through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphsvc.errors import UsageError
from graphsvc.model import Model
from graphsvc.provenance import OPEN, Claim, EntityRecord
from graphsvc.store.protocol import Store
from graphsvc.store.stored_claims import record_of, relation_claim_of

MOST: Final = 50
"""Other claims that are read."""
MOST_LOOKED_THROUGH: Final = 100_000
"""Relationships that are looked through for one claim: the maps hold some 12,000, a national directory millions."""
_SECONDS: Final = 5.0
"""Limit of one read."""
_RECORD: Final = "MATCH (r:Record {id: $id}) WHERE r.knownFrom <= $rev RETURN properties(r) ORDER BY r.knownTo DESC LIMIT 1"
_ENDS: Final = "type(c), properties(c), startNode(c).id, endNode(c).id ORDER BY c.knownTo DESC LIMIT 1"
_BESIDE: Final = f"MATCH (x:Entity {{id: $of}})-[c]-(:Entity) WHERE c.id = $id AND c.knownFrom <= $rev RETURN {_ENDS}"
_ANYWHERE: Final = f"MATCH (:Entity)-[c]->(:Entity) WHERE c.id = $id AND c.knownFrom <= $rev RETURN {_ENDS}"
_OTHER_RECORDS: Final = """
MATCH (x:Entity {id: $subject})-[:HAS_RECORD]->(c:Record) WHERE c.id <> $id AND c.knownFrom <= $rev AND $rev < c.knownTo
RETURN properties(c), '' ORDER BY c.rank, c.id LIMIT $most
"""


@dataclass(frozen=True, slots=True)
class ClaimDetail:
    """A claim, its revisions, and the other claims about the same thing."""

    claim: Claim
    known_from: int
    """The revision that brought it."""
    known_to: int
    """The revision that took it away; :data:`graphsvc.provenance.OPEN` where it stands."""
    others: tuple[Claim, ...]
    """Other current claims: of a relation, on the same relation of the same subject; of a record, of the same thing."""
    complete: bool
    """False where there are more than were read."""


async def read_claim(store: Store, model: Model, identifier: str, *, near: str, revision: int) -> ClaimDetail | None:
    """The claim of that id, beside the thing ``near`` if that is no empty id; ``None`` where the store has never held it.

    Raises :class:`graphsvc.errors.UsageError` for an id of no record without ``near``, in a store too large to be looked through,
    and :class:`graphsvc.errors.StoreError` if the store cannot be read.
    """
    found = await _find(store, model, identifier, near, revision)
    if found is None:
        return None
    claim, kept = found
    given: dict[str, Any] = {"id": identifier, "rev": revision, "most": MOST + 1}
    others: list[Claim] = []
    if isinstance(claim, EntityRecord):
        for properties, _ in await store.read(_OTHER_RECORDS, {**given, "subject": claim.entity}, _SECONDS):
            others.append(record_of(properties))
    else:
        text = (
            f"MATCH (x:Entity {{id: $subject}})-[c:{model.relations[claim.relation].type}]->(o:Entity) "
            "WHERE c.id <> $id AND c.knownFrom <= $rev AND $rev < c.knownTo "
            "RETURN properties(c), o.id ORDER BY c.rank, c.id LIMIT $most"
        )
        for properties, target in await store.read(text, {**given, "subject": claim.subject}, _SECONDS):
            others.append(relation_claim_of(claim.subject, claim.relation, target, properties))
    known_to = int(kept["knownTo"])
    # A load under way has marked what it will take away: until it is published, that stands.
    known_to = known_to if known_to <= revision else OPEN
    return ClaimDetail(claim, int(kept["knownFrom"]), known_to, tuple(others[:MOST]), len(others) <= MOST)


async def _find(store: Store, model: Model, identifier: str, near: str, revision: int) -> tuple[Claim, Mapping[str, Any]] | None:
    given = {"id": identifier, "rev": revision}
    for (properties,) in await store.read(_RECORD, given, _SECONDS):
        return record_of(properties), properties
    relation_of = {item.type: item.name for item in model.relations.values() if item.forward}
    if near:
        rows = await store.read(_BESIDE, {**given, "of": near}, _SECONDS)
    else:
        await _small_enough(store)
        rows = await store.read(_ANYWHERE, given, _SECONDS)
    for kind, properties, subject, target in rows:
        if kind in relation_of:
            return relation_claim_of(subject, relation_of[kind], target, properties), properties
    return None


async def _small_enough(store: Store) -> None:
    total = sum(fan.total for fan in (await store.sizes()).fans.values())
    if total > MOST_LOOKED_THROUGH:
        raise UsageError(
            f"The address of a claim about a relation does not say where it stands, and {total:,} would have to be looked at.",
            "Add ?of= and the id of a thing that the claim speaks of, such as ?of=organisation/ods-A81001 (its rdf:subject).",
        )
