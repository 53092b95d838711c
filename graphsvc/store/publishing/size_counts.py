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
from graphsvc.store.publishing.look_ups import KEY, PREFIX, key_property
from graphsvc.store.publishing.session import PublishingSession
from graphsvc.store.sizes import RECORDS, Fan, Sizes

_BATCH: Final = 1000
_READ: Final = "MATCH (r:Revision {id: 'current'}) RETURN r.number, r.sizes"
_NUMBER_OF_KEYS: Final = f"MATCH (k:{KEY}) RETURN count(k)"
_THINGS: Final = "MATCH (n:Entity) RETURN n.type, count(n)"
_OF_EACH: Final = "WITH n, type(r) AS kind, count(r) AS number RETURN kind, max(number)"
_MOST_OUT: Final = f"UNWIND $ids AS id MATCH (n:Entity {{id: id}})-[r]->() {_OF_EACH}"
_MOST_INTO: Final = f"UNWIND $ids AS id MATCH (n:Entity {{id: id}})<-[r]-() {_OF_EACH}"
_KEYS: Final = f"MATCH (k:{KEY}) WITH k.of AS property, k.value AS value, count(k) AS number RETURN property, max(number)"
_INDEXED: Final = f"""
MATCH (n:Entity) UNWIND [key IN keys(n) WHERE key STARTS WITH '{PREFIX}'] AS property
WITH property, n[property] AS value, count(n) AS number RETURN substring(property, {len(PREFIX)}), max(number)
"""


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
    entries: dict[str, int] = {}
    for text in (_KEYS, _INDEXED):
        for name, most in await connection.read(text, {}, timeout):
            entries[name] = entries.get(name, 0) + most
    fans = {kind: Fan(total, most, into[kind][1]) for kind, (total, most) in out.items()}
    return Sizes(revision, things, fans, entries, (await connection.read(_NUMBER_OF_KEYS, {}, timeout))[0][0])


async def sizes_with(session: PublishingSession, load: LoadRecord) -> Sizes:
    """Works out the sizes after this publication.

    The things that it wrote to are asked for all their relationships at once: one text for every type, which Neo4j plans once,
    where a text for each type would cost a load of a map more than writing it.
    """
    before = await read_sizes(session.connection, list(session.types))
    staging, written = session.staging, dict(_written(session))
    known = [kind for kind in written if kind in before.fans]
    marks = ",".join("?" * len(known))
    ends = f"FROM relation WHERE type IN ({marks})"
    records = " UNION SELECT entity FROM record" if RECORDS in known else ""
    most_out = await _most(session, f"SELECT subject {ends}{records}", known, _MOST_OUT)
    most_into = await _most(session, f"SELECT DISTINCT object {ends}", known, _MOST_INTO)
    fans = dict(before.fans)
    for kind, total in written.items():
        fan = before.fans.get(kind, Fan())
        if kind in known:
            out, into = most_out.get(kind, 0), most_into.get(kind, 0)
        else:
            chosen = "record" if kind == RECORDS else f"relation WHERE type = '{kind}'"
            most = "SELECT max(number) FROM (SELECT count(*) AS number FROM {} GROUP BY {})"
            out = staging.all(most.format(chosen, "entity" if kind == RECORDS else "subject"))[0][0]
            into = 1 if kind == RECORDS else staging.all(most.format(chosen, "object"))[0][0]
        fans[kind] = Fan(fan.total + total, max(fan.out, out), max(fan.into, into))
    found = dict(before.found)
    for name in [row[0] for row in session.staging.all("SELECT DISTINCT property FROM found ORDER BY property")]:
        found[name] = await _most_found(session, name, found.get(name, 0))
    keys = (await session.connection.read(_NUMBER_OF_KEYS, {}))[0][0]
    days = [item.key for item in load.releases if item.whole and not item.key.startswith("?")]
    releases = {**before.releases, **({load.dataset: days} if days else {})}
    return Sizes(session.next, dict(await session.connection.read(_THINGS, {})), fans, found, keys, releases)


def _written(session: PublishingSession) -> Iterator[tuple[str, int]]:
    if records := session.staging.count("record"):
        yield RECORDS, records
    yield from session.staging.all("SELECT type, count(*) FROM relation GROUP BY type ORDER BY type")


async def _most(session: PublishingSession, chosen: str, given: Sequence[str], text: str) -> dict[str, int]:
    """The most relationships that one of the chosen things has now, by relationship type."""
    most: dict[str, int] = {}
    for rows in session.staging.batches(chosen, given, _BATCH):
        for kind, number in await session.connection.read(text, {"ids": [row[0] for row in rows]}):
            most[kind] = max(most.get(kind, 0), number)
        await session.yield_and_renew()
    return most


async def _most_found(session: PublishingSession, name: str, known: int) -> int:
    """The most entries that one value of a property has: what was known, or what one of the values has that this load wrote."""
    chosen = "FROM found WHERE property = ? GROUP BY value"
    if not known:
        return int(session.staging.all(f"SELECT max(number) FROM (SELECT count(*) AS number {chosen})", (name,))[0][0])
    key = key_property(name)
    here = name in session.model.look_ups and not session.model.look_ups[name].many
    counted = [f"UNWIND $rows AS row MATCH (k:{KEY} {{of: $of, value: row.value}})"]
    if here:
        counted.append(f"UNWIND $rows AS row MATCH (k:Entity {{{key}: row.value}})")
    for rows in session.staging.batches(f"SELECT value, sum(changed) {chosen}", (name,), _BATCH):
        given = {"of": name, "rows": [{"value": value, "more": more} for value, more in rows]}
        most = 0
        for text in counted:
            ending = "WITH row, count(k) AS number RETURN max(number + row.more)"
            most += (await session.connection.read(f"{text} {ending}", given))[0][0] or 0
        known = max(known, most, *(more for _, more in rows))
        await session.yield_and_renew()
    return known
