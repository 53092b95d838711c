"""Reads every current claim back from the store, in a stable order and in batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.store.connection import Connection
from graphsvc.store.protocol import Held
from graphsvc.store.publishing.dated_values import STUB
from graphsvc.store.schema import relation_types
from graphsvc.store.stored_claims import record_of, relation_claim_of

_PAGE: Final = 500
_RECORDS: Final = """
MATCH (n:Entity) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $page
RETURN n.id, COLLECT { MATCH (n)-[:HAS_RECORD]->(r:Record) WHERE r.knownFrom <= $rev AND $rev < r.knownTo
                       WITH r ORDER BY r.rank RETURN properties(r) }
ORDER BY n.id
"""
_VISIBLE: Final = "r.knownFrom <= $rev AND $rev < r.knownTo"
_SAYS_STUB: Final = f'"{STUB}": true'
"""How the JSON text of a record's values says that it is a stub; within a text value the quotation marks would be escaped."""
_RECORDS_OF: Final = f"""
MATCH (r:Record) WHERE r.dataset = $dataset AND {_VISIBLE}
RETURN r.id, r.entity, r.source, r.locator, r.statement, r.asTold, r.values CONTAINS $stub
"""
_RECORDS_IN_FULL: Final = f"UNWIND $ids AS id MATCH (r:Record {{id: id}}) WHERE {_VISIBLE} RETURN properties(r)"


async def claims_in_short(
    connection: Connection, model: Model, dataset: str, revision: int, size: int
) -> AsyncIterator[Sequence[Held]]:
    """A dataset's claims at ``revision`` without their values, ``size`` at a time."""
    given = {"dataset": dataset, "rev": revision, "stub": _SAYS_STUB}
    batch: list[Held] = []
    async with connection.stream(_RECORDS_OF, given) as rows:
        async for claim, entity, source, locator, statement, told, stub in rows:
            batch.append(Held(claim, "", entity, "", source, locator, _statement(claim, statement, told), bool(stub)))
            if len(batch) == size:
                yield batch
                batch = []
    names = relation_types(model)
    if names:
        text = (
            f"MATCH (n:Entity)-[r:{'|'.join(names)}]->(m:Entity) WHERE r.dataset = $dataset AND {_VISIBLE} "
            "RETURN r.id, type(r), n.id, m.id, r.source, r.locator, r.statement, r.asTold"
        )
        async with connection.stream(text, given) as rows:
            async for claim, kind, subject, target, source, locator, statement, told in rows:
                said = _statement(claim, statement, told)
                batch.append(Held(claim, names[kind], subject, target, source, locator, said, False))
                if len(batch) == size:
                    yield batch
                    batch = []
    if batch:
        yield batch


def _statement(claim: str, statement: str | None, told: str | None) -> str:
    """The id that it has in a release that says it; empty for what the latest release does not say."""
    return statement or ("" if told else claim)


async def claims_in_full(connection: Connection, model: Model, held: Sequence[Held], revision: int) -> list[Claim]:
    """The full claims for short ones, as far as they are visible at ``revision``."""
    records = [item.id for item in held if not item.relation]
    rows = await connection.read(_RECORDS_IN_FULL, {"ids": records, "rev": revision}) if records else []
    found: list[Claim] = [record_of(properties) for (properties,) in rows]
    for kind, name in relation_types(model).items():
        chosen = [item for item in held if item.relation == name]
        if chosen:
            end, ids = _by_one_end(chosen)
            text = (
                f"UNWIND $rows AS row MATCH ({end}:Entity {{id: row.end}}) WITH {end}, row "
                f"MATCH (n:Entity)-[r:{kind}]->(m:Entity) WHERE r.id IN row.ids AND {_VISIBLE} RETURN n.id, m.id, properties(r)"
            )
            given = [{"end": thing, "ids": claims} for thing, claims in ids.items()]
            rows = await connection.read(text, {"rows": given, "rev": revision})
            found += [relation_claim_of(subject, name, target, properties) for subject, target, properties in rows]
    return found


def _by_one_end(held: Sequence[Held]) -> tuple[str, dict[str, list[str]]]:
    """Groups the claims of one relation by the end with fewer claims each, ``n`` or ``m``.

    It is the end at which more things stand: one thing that a thousand others refer to would be walked from whole for every page.
    """
    ends: dict[str, dict[str, list[str]]] = {"n": {}, "m": {}}
    for item in sorted(held):
        ends["n"].setdefault(item.subject, []).append(item.id)
        ends["m"].setdefault(item.object, []).append(item.id)
    return max(ends.items(), key=lambda end: len(end[1]))


async def export_claims(connection: Connection, model: Model, revision: int) -> AsyncIterator[Sequence[Claim]]:
    """Claims visible at ``revision``: all records by thing and rank, then all relations by subject, type, object and rank.

    So those about the same come together, the preferred one first.
    """
    async for rows in _pages(connection, _RECORDS, revision):
        batch: list[Claim] = [record_of(properties) for _, records in rows for properties in records]
        if batch:
            yield batch
    names = relation_types(model)
    if not names:
        return
    relations = f"""
MATCH (n:Entity) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $page
RETURN n.id, COLLECT {{ MATCH (n)-[r:{"|".join(names)}]->(m:Entity) WHERE r.knownFrom <= $rev AND $rev < r.knownTo
                       WITH r, m, type(r) AS kind ORDER BY kind, m.id, r.rank RETURN [kind, m.id, properties(r)] }}
ORDER BY n.id
"""
    async for rows in _pages(connection, relations, revision):
        related: list[Claim] = [
            relation_claim_of(subject, names[kind], target, properties)
            for subject, claims in rows
            for kind, target, properties in claims
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
