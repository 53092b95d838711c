"""Counts nodes and relationships in the store, so that the planner can bound the cost of a query (decision 0013).

Counted are nodes and relationships as they stand in the store, those of earlier revisions included, since a query reads them to
find that they do not count. A load renews the figures of what it writes and publishes them with its revision; they are never
too small, and too large only after a load that was killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from graphsvc.store.connection import Connection
from graphsvc.store.protocol import LoadRecord
from graphsvc.store.publishing.session import PublishingSession
from graphsvc.store.sizes import RECORDS, Fan, Sizes

_BATCH: Final = 1000
_READ: Final = "MATCH (r:Revision {id: 'current'}) RETURN r.number, r.sizes"
_THINGS: Final = "MATCH (n:Entity) RETURN n.type, count(n)"


async def read_sizes(connection: Connection, types: Sequence[str], timeout: float | None = None) -> Sizes:
    """Reads the sizes that the last load published; counts them where none were kept."""
    rows = await connection.read(_READ, {}, timeout)
    if not rows:
        return Sizes()
    number, text = rows[0]
    return Sizes.of(text) if text else await _count(connection, types, number, timeout)


async def _count(connection: Connection, types: Sequence[str], revision: int, timeout: float | None) -> Sizes:
    """Count everything; for a store that was filled before its sizes were kept."""
    things = dict(await connection.read(_THINGS, {}, timeout))
    out: dict[str, tuple[int, int]] = {}
    into: dict[str, tuple[int, int]] = {}
    kinds = "|".join((RECORDS, *types))
    for found, pattern in ((out, f"(n:Entity)-[r:{kinds}]->()"), (into, f"(n)<-[r:{kinds}]-(:Entity)")):
        text = f"MATCH {pattern} WITH n, type(r) AS kind, count(r) AS number RETURN kind, sum(number), max(number)"
        found.update({kind: (total, most) for kind, total, most in await connection.read(text, {}, timeout)})
    return Sizes(revision, things, {kind: Fan(total, most, into[kind][1]) for kind, (total, most) in out.items()})


async def sizes_with(session: PublishingSession, load: LoadRecord) -> Sizes:
    """Works out the sizes after this publication."""
    before = await read_sizes(session.connection, list(session.types))
    fans = dict(before.fans)
    for kind, total in _written(session):
        known = fans.get(kind, Fan())
        ends = ("entity", "record", "1") if kind == RECORDS else ("subject", "relation", f"type = '{kind}'")
        out = await _most(session, ends, f"(n)-[:{kind}]->()", known.out)
        into = 1
        if kind != RECORDS:
            into = await _most(session, ("object", *ends[1:]), f"(n)<-[:{kind}]-()", known.into)
        fans[kind] = Fan(known.total + total, out, into)
        await session.yield_and_renew()
    days = [item.key for item in load.releases if item.whole and not item.key.startswith("?")]
    releases = {**before.releases, **({load.dataset: days} if days else {})}
    return Sizes(session.next, dict(await session.connection.read(_THINGS, {})), fans, releases)


def _written(session: PublishingSession) -> Iterator[tuple[str, int]]:
    if records := session.staging.count("record"):
        yield RECORDS, records
    yield from session.staging.all("SELECT type, count(*) FROM relation GROUP BY type ORDER BY type")


async def _most(session: PublishingSession, ends: tuple[str, str, str], pattern: str, known: int) -> int:
    """The most relationships of one thing: what was known, or what one of the things has now that this load wrote to."""
    column, table, condition = ends
    chosen = f"FROM {table} WHERE {condition} GROUP BY {column}"
    if not known:
        return int(session.staging.all(f"SELECT max(number) FROM (SELECT count(*) AS number {chosen})")[0][0])
    text = f"UNWIND $ids AS id MATCH (n:Entity {{id: id}}) RETURN max(COUNT {{ {pattern} }})"
    for rows in session.staging.batches(f"SELECT {column} {chosen}", (), _BATCH):
        found = await session.connection.read(text, {"ids": [row[0] for row in rows]})
        known = max(known, found[0][0] or 0)
        await session.yield_and_renew()
    return known
