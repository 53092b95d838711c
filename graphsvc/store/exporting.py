"""Every current claim, back out of the store as it was put in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.store.connection import Connection
from graphsvc.store.preference import qualifiers_of
from graphsvc.store.schema import relation_types

_PAGE: Final = 500
_RECORDS: Final = """
MATCH (n:Entity) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $page
RETURN n.id, COLLECT { MATCH (n)-[:HAS_RECORD]->(r:Record) WHERE r.knownFrom <= $rev AND $rev < r.knownTo
                       WITH r ORDER BY r.id RETURN properties(r) }
ORDER BY n.id
"""


async def export_claims(connection: Connection, model: Model, revision: int) -> AsyncIterator[Sequence[Claim]]:
    """Claims visible at ``revision``: all records by thing and claim id, then all relations by subject, type and claim id."""
    async for rows in _pages(connection, _RECORDS, revision):
        batch: list[Claim] = [_record(properties) for _, records in rows for properties in records]
        if batch:
            yield batch
    names = relation_types(model)
    if not names:
        return
    relations = f"""
MATCH (n:Entity) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $page
RETURN n.id, COLLECT {{ MATCH (n)-[r:{"|".join(names)}]->(m:Entity) WHERE r.knownFrom <= $rev AND $rev < r.knownTo
                       WITH r, m, type(r) AS kind ORDER BY kind, r.id RETURN [kind, m.id, properties(r)] }}
ORDER BY n.id
"""
    async for rows in _pages(connection, relations, revision):
        related: list[Claim] = [
            _relation(subject, names[kind], target, properties) for subject, claims in rows for kind, target, properties in claims
        ]
        if related:
            yield related


async def _pages(connection: Connection, text: str, revision: int) -> AsyncIterator[list[list[Any]]]:
    after = ""
    while True:
        rows = await connection.read(text, {"after": after, "page": _PAGE, "rev": revision})
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _record(properties: Mapping[str, Any]) -> EntityRecord:
    values = json.loads(properties["values"])
    return EntityRecord(
        entity=properties["entity"],
        class_name=properties["class"],
        values={name: tuple(value) if isinstance(value, list) else value for name, value in values.items()},
        qualifiers=qualifiers_of(properties),
        dataset=properties["dataset"],
    )


def _relation(subject: str, relation: str, target: str, properties: Mapping[str, Any]) -> RelationClaim:
    return RelationClaim(subject, relation, target, qualifiers_of(properties), properties["dataset"])
