"""Reads behind the pages: the claims about one thing, the contents of each care system, and counts by source.

Plain functions over :meth:`graphsvc.store.Store.read`, so that they run on both stores. Each pins the revision it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphsvc.model import Model
from graphsvc.provenance import Claim, RelationClaim
from graphsvc.store.protocol import Store
from graphsvc.store.stored_claims import record_of, relation_claim_of

_VISIBLE: Final = "{0}.knownFrom <= $revision AND $revision < {0}.knownTo"
_RECORDS: Final = (
    "MATCH (x:Entity {id: $id})-[:HAS_RECORD]->(r:Record) "
    f"WHERE {_VISIBLE.format('r')} RETURN properties(r) ORDER BY r.rank, r.id SKIP $skip LIMIT $limit"
)
_OUT: Final = (
    "MATCH (x:Entity {id: $id})-[c]->(o:Entity) "
    f"WHERE {_VISIBLE.format('c')} RETURN type(c), properties(c), o.id ORDER BY c.rank, c.id SKIP $skip LIMIT $limit"
)
_IN: Final = (
    "MATCH (x:Entity {id: $id})<-[c]-(o:Entity) "
    f"WHERE {_VISIBLE.format('c')} RETURN type(c), properties(c), o.id ORDER BY c.rank, c.id SKIP $skip LIMIT $limit"
)
_THINGS: Final = f"MATCH (x:Entity) WHERE x.id IN $ids AND {_VISIBLE.format('x')} RETURN x.id, properties(x)"
_HELD: Final = (
    "MATCH (x:Entity)-[c:IN_SYSTEM]->(s:CareSystem) "
    f"WHERE {_VISIBLE.format('c')} AND {_VISIBLE.format('x')} "
    "RETURN s.id, x.type, x.status, c.source, x.id"
)
_SOURCES_OF_RECORDS: Final = (
    f"MATCH (r:Record) WHERE r.dataset = $dataset AND {_VISIBLE.format('r')} RETURN DISTINCT r.source ORDER BY r.source"
)
_SOURCES_OF_RELATIONS: Final = (
    f"MATCH (:Entity)-[c]->(:Entity) WHERE c.dataset = $dataset AND {_VISIBLE.format('c')} "
    "RETURN DISTINCT c.source ORDER BY c.source"
)
_RECORDS_BY_SOURCE: Final = f"MATCH (r:Record) WHERE {_VISIBLE.format('r')} RETURN r.source, count(r)"
_RELATIONS_BY_SOURCE: Final = f"MATCH (:Entity)-[c]->(:Entity) WHERE {_VISIBLE.format('c')} RETURN c.source, count(c)"


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The claims of which a thing is subject or object, with the things and sources that they name."""

    claims: tuple[Claim, ...]
    things: Mapping[str, Mapping[str, Any]]
    """Preferred values, with ``type``, ``name`` and ``status``, by id."""
    complete: bool
    """False where there are more claims than were asked for."""


@dataclass(frozen=True, slots=True)
class SystemContents:
    """Counts of the things in one care system, by class and by status, and its sources."""

    classes: Mapping[str, int]
    """Number of things by class name."""
    statuses: Mapping[str, int]
    """Number of things by status."""
    sources: tuple[str, ...]
    """Ids of the sources that place things in it, most first."""


async def read_neighbourhood(
    store: Store, model: Model, entity: str, *, revision: int, limit: int = 5000, skip: int = 0
) -> Neighbourhood:
    """Reads the claims about ``entity`` at ``revision``, best ranked first: of each kind ``limit`` after the first ``skip``.

    Raises :class:`graphsvc.errors.StoreError` if the store cannot be read.
    """
    relation_of = {item.type: item.name for item in model.relations.values() if item.forward}
    given = {"id": entity, "revision": revision, "limit": limit + 1, "skip": skip}
    claims: list[Claim] = []
    complete = True
    rows = await store.read(_RECORDS, given)
    complete = complete and len(rows) <= limit
    for (kept,) in rows[:limit]:
        claims.append(record_of(kept))
    for text in (_OUT, _IN):
        rows = await store.read(text, given)
        complete = complete and len(rows) <= limit
        for kind, kept, other in rows[:limit]:
            if kind in relation_of:
                subject, target = (entity, other) if text is _OUT else (other, entity)
                if text is _IN and subject == target:
                    continue
                claims.append(relation_claim_of(subject, relation_of[kind], target, kept))
    named = {entity, *(claim.qualifiers.source for claim in claims)}
    for claim in claims:
        if isinstance(claim, RelationClaim):
            named |= {claim.subject, claim.object}
    return Neighbourhood(tuple(claims), await read_things(store, sorted(named), revision=revision), complete)


async def read_things(store: Store, ids: Sequence[str], *, revision: int) -> Mapping[str, Mapping[str, Any]]:
    """Reads the preferred values of things by id; leaves out those that the store does not hold."""
    return {row[0]: row[1] for row in await store.read(_THINGS, {"ids": list(ids), "revision": revision})}


async def read_system_contents(store: Store, *, revision: int) -> Mapping[str, SystemContents]:
    """Reads the contents of each care system, by its id."""
    seen: dict[str, dict[str, tuple[str, str]]] = {}
    sources: dict[str, dict[str, int]] = {}
    for system, kind, status, source, thing in await store.read(_HELD, {"revision": revision}):
        seen.setdefault(system, {})[thing] = (kind, status)
        counts = sources.setdefault(system, {})
        counts[source] = counts.get(source, 0) + 1
    held: dict[str, SystemContents] = {}
    for system, things in seen.items():
        classes: dict[str, int] = {}
        statuses: dict[str, int] = {}
        for kind, status in things.values():
            classes[kind] = classes.get(kind, 0) + 1
            statuses[status] = statuses.get(status, 0) + 1
        ordered = sorted(sources[system].items(), key=lambda item: (-item[1], item[0]))
        held[system] = SystemContents(classes, statuses, tuple(source for source, _ in ordered))
    return held


async def sources_of_dataset(store: Store, dataset: str, *, revision: int) -> list[str]:
    """Reads the ids of the sources whose claims a dataset holds."""
    given = {"dataset": dataset, "revision": revision}
    rows = [row for text in (_SOURCES_OF_RECORDS, _SOURCES_OF_RELATIONS) for row in await store.read(text, given)]
    return sorted({source for (source,) in rows})


async def count_by_source(store: Store, *, revision: int) -> Mapping[str, int]:
    """Counts the current claims of each source, by its id."""
    counts: dict[str, int] = {}
    for text in (_RECORDS_BY_SOURCE, _RELATIONS_BY_SOURCE):
        for source, count in await store.read(text, {"revision": revision}):
            counts[source] = counts.get(source, 0) + count
    return counts
