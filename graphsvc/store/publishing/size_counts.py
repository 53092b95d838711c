"""How much the store holds, so that what a query may touch can be bounded before it is asked (decision 0013).

Counted are nodes and relationships as they stand in the store, those of earlier revisions included, since a query reads them to
find that they do not count. A load renews the figures of what it writes and publishes them with its revision; they are never
too small, and too large only after a load that was killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from graphsvc.store.connection import Connection
from graphsvc.store.publishing.publication import Loading
from graphsvc.store.sizes import RECORDS, Fan, Sizes

_BATCH: Final = 1000
_READ: Final = "MATCH (r:Revision {id: 'current'}) RETURN r.number, r.sizes"
_THINGS: Final = "MATCH (n:Entity) RETURN n.type, count(n)"


async def read_sizes(connection: Connection, types: Sequence[str], timeout: float | None = None) -> Sizes:
    """The sizes at the current revision: as the last load published them, else counted now."""
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


async def sizes_with(loading: Loading) -> Sizes:
    """The sizes as they will be when a load is published that has written what it spooled."""
    before = await read_sizes(loading.connection, list(loading.types))
    fans = dict(before.fans)
    for kind, total in _written(loading):
        known = fans.get(kind, Fan())
        ends = ("entity", "record", "1") if kind == RECORDS else ("subject", "relation", f"type = '{kind}'")
        out = await _most(loading, ends, f"(n)-[:{kind}]->()", known.out)
        into = 1
        if kind != RECORDS:
            into = await _most(loading, ("object", *ends[1:]), f"(n)<-[:{kind}]-()", known.into)
        fans[kind] = Fan(known.total + total, out, into)
        await loading.breathe()
    return Sizes(loading.next, dict(await loading.connection.read(_THINGS, {})), fans)


def _written(loading: Loading) -> Iterator[tuple[str, int]]:
    if records := loading.spool.count("record"):
        yield RECORDS, records
    yield from loading.spool.all("SELECT type, count(*) FROM relation GROUP BY type ORDER BY type")


async def _most(loading: Loading, ends: tuple[str, str, str], pattern: str, known: int) -> int:
    """The most relationships of one thing: what was known, or what one of the things has now that this load wrote to."""
    column, table, condition = ends
    chosen = f"FROM {table} WHERE {condition} GROUP BY {column}"
    if not known:
        return int(loading.spool.all(f"SELECT max(number) FROM (SELECT count(*) AS number {chosen})")[0][0])  # noqa: S608
    text = f"UNWIND $ids AS id MATCH (n:Entity {{id: id}}) RETURN max(COUNT {{ {pattern} }})"
    for rows in loading.spool.batches(f"SELECT {column} {chosen}", (), _BATCH):
        found = await loading.connection.read(text, {"ids": [row[0] for row in rows]})
        known = max(known, found[0][0] or 0)
        await loading.breathe()
    return known
