"""Second step of publishing: writes records and new things, and stages changes to visible things.

New things are written with their values at once, since nobody sees them yet. What a visible thing will look like is staged
on disk, and written in the transaction that flips.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphsvc.errors import StoreError
from graphsvc.provenance import OPEN
from graphsvc.store.connection import Transaction, run
from graphsvc.store.publishing.days import claim_days, told_on
from graphsvc.store.publishing.look_ups import KEY, further_keys, key_property, thing_keys
from graphsvc.store.publishing.ranking import dated, preferred, rank
from graphsvc.store.publishing.session import PublishingSession, chunks
from graphsvc.store.publishing.sweep import BATCH

_THINGS: Final = 500
"""Things whose records are read at a time."""

_PUBLISHED: Final = """
UNWIND $ids AS id MATCH (n:Entity {id: id}) WHERE n.knownTo > $rev RETURN n.id, n.published, n.notPublishedBefore, n.kind
"""
_CURRENT: Final = """
UNWIND $ids AS id MATCH (n:Entity {id: id})
RETURN properties(n), COLLECT { MATCH (n)-[:HAS_RECORD]->(r:Record) WHERE r.knownTo = $open RETURN properties(r) }
"""
_WRITE_RECORDS: Final = """
UNWIND $rows AS row MATCH (n:Entity {id: row.entity}) CREATE (n)-[:HAS_RECORD]->(r:Record) SET r = row RETURN count(r)
"""
_WRITE_KEYS: Final = f"UNWIND $rows AS row MERGE (k:{KEY} {{id: row.id}}) SET k = row"
_OF_SOURCE: Final = "WHERE r.source = $source AND r.knownTo = $open RETURN properties(r)"
_SOURCES: Final = "SELECT source FROM record UNION SELECT source FROM relation"


class SourceDates:
    """Ranks claims by the publication dates of their sources, and works out the days of claims from them."""

    def __init__(self) -> None:
        self._dates: dict[str, tuple[str, str]] = {}
        """By source: the date by which it is ranked, and the day on which it spoke."""
        self.changed: set[str] = set()
        """Sources whose dates are others with this load: what they said before is ranked and dated anew."""

    async def read(self, session: PublishingSession) -> None:
        """Reads the dates of the sources, from this load first, then from the store."""
        staging = session.staging
        wanted = staging.all(f"{_SOURCES} UNION SELECT entity FROM touched WHERE entity LIKE 'source/%'")
        before: dict[str, tuple[str, str]] = {}
        for batch in chunks([row[0] for row in wanted], BATCH):
            rows = await session.connection.execute(_PUBLISHED, ids=batch, rev=session.revision)
            before.update({source: _dates(published, after, kind) for source, published, after, kind in rows})
        self._dates.update(before)
        described = staging.all("SELECT entity, payload FROM record WHERE entity LIKE 'source/%' ORDER BY id")
        for source, payload in described:
            values = json.loads(json.loads(payload)["values"])
            self._dates[source] = _dates(*(values.get(name) for name in ("published", "notPublishedBefore", "kind")))
        self.changed.update(source for source, dates in before.items() if self._dates[source] != dates)

    def of(self, claim: Mapping[str, Any]) -> dict[str, str]:
        """The rank and the days of a claim."""
        dated, told = self._dates.get(claim["source"], ("", ""))
        return {"rank": rank(claim, dated), **claim_days(claim, told)}

    async def renew(self, session: PublishingSession) -> None:
        """Stages new ranks and days for the current claims of sources whose dates have changed."""
        for source in sorted(self.changed):
            given = {"source": source, "open": OPEN}
            staged: list[tuple[str, str, str, str]] = []
            async with session.connection.stream(f"MATCH (r:Record) {_OF_SOURCE}", given) as rows:
                async for (record,) in rows:
                    staged.append((record["id"], "", record["entity"], json.dumps(self.of(record))))
            if session.types:
                text = f"MATCH (n:Entity)-[r:{'|'.join(session.types)}]->() {_OF_SOURCE}, type(r), n.id"
                async with session.connection.stream(text, given) as rows:
                    async for claim, kind, subject in rows:
                        staged.append((claim["id"], kind, subject, json.dumps(self.of(claim))))
            session.staging.many("INSERT INTO renewed VALUES (?, ?, ?, ?)", staged)
            session.staging.run("INSERT OR IGNORE INTO touched SELECT subject FROM renewed WHERE type = ''")
            await session.yield_and_renew()


def _dates(published: str | None, not_before: str | None, kind: str | None) -> tuple[str, str]:
    return dated(published, kind), told_on(published, not_before, kind)


def ranked_and_dated(session: PublishingSession, dates: SourceDates, claim: dict[str, Any]) -> dict[str, Any]:
    """A staged claim with its rank, its days and the revisions between which it is visible."""
    return {**claim, **dates.of(claim), "knownFrom": session.next, "knownTo": OPEN}


async def write_things(session: PublishingSession, dates: SourceDates) -> None:
    """Writes records and new things, and stages changes to visible things."""
    for rows in session.staging.batches("SELECT entity FROM touched ORDER BY entity", (), _THINGS):
        ids = [row[0] for row in rows]
        current = {thing["id"]: (thing, records) for thing, records in await _current_records(session, ids)}
        fresh = _fresh_records(session, dates, ids)
        made: dict[str, list[dict[str, Any]]] = {}
        staged: list[tuple[str, int, str]] = []
        keys: list[dict[str, str]] = []
        for entity in ids:
            thing, records = current.get(entity, (None, []))
            for record in records:
                if record["source"] in dates.changed:
                    record.update(dates.of(record))
            every = [*records, *fresh.get(entity, ())]
            if not every:
                staged.append((entity, 1, ""))
                continue
            properties = _properties_of(session, entity, every)
            properties["knownFrom"] = session.next if thing is None else thing["knownFrom"]
            keys += _stage_keys(session, properties, thing)
            if thing is None:
                made.setdefault(properties["type"], []).append(properties)
            elif properties != thing:
                staged.append((entity, 0, json.dumps(properties, ensure_ascii=False)))
        await _write(session, made, [record for entity in ids for record in fresh.get(entity, ())], keys)
        session.staging.many("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", staged)
        await session.yield_and_renew()


async def _current_records(session: PublishingSession, ids: Sequence[str]) -> list[list[Any]]:
    return await session.connection.execute(_CURRENT, ids=ids, open=OPEN)


def _fresh_records(session: PublishingSession, dates: SourceDates, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    marks = ",".join("?" * len(ids))
    found: dict[str, list[dict[str, Any]]] = {}
    chosen = f"SELECT entity, payload FROM record WHERE entity IN ({marks}) ORDER BY id"
    for entity, payload in session.staging.all(chosen, ids):
        found.setdefault(entity, []).append(ranked_and_dated(session, dates, json.loads(payload)))
    return found


def _properties_of(session: PublishingSession, entity: str, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    class_name = records[0]["class"]
    properties = session.model.classes[class_name].properties
    texts = {item.name for item in properties if item.datatype == "string"}
    needed = {item.name for item in properties if item.min_count}
    thing = preferred(entity, class_name, records, texts, needed)
    return {**thing, **thing_keys(properties, thing), "knownTo": OPEN}


def _stage_keys(
    session: PublishingSession, properties: Mapping[str, Any], before: Mapping[str, Any] | None
) -> list[dict[str, str]]:
    """The nodes that lead to a thing; stages under which values it is found, for their number to be counted."""
    declared = session.model.classes[properties["type"]].properties
    keys = further_keys(declared, properties)
    found = [(key["of"], key["value"], 0) for key in keys]
    for item in declared:
        name = key_property(item.name)
        if name in properties:
            changed = before is not None and before.get(name) != properties[name]
            found.append((item.name, properties[name], int(changed)))
    session.staging.many("INSERT INTO found VALUES (?, ?, ?)", found)
    return keys


async def _write(
    session: PublishingSession,
    made: dict[str, list[dict[str, Any]]],
    records: Sequence[dict[str, Any]],
    keys: Sequence[dict[str, str]],
) -> None:
    async def work(transaction: Transaction) -> None:
        for class_name, rows in made.items():
            labels = session.labels(session.model, class_name)
            await run(transaction, f"UNWIND $rows AS row CREATE (n{labels}) SET n = row", {"rows": rows})
        for batch in chunks(records, BATCH):
            written = await run(transaction, _WRITE_RECORDS, {"rows": batch})
            if written[0][0] != len(batch):
                raise StoreError("The store lost a thing while it was described.", "Nothing was published; load again.")

        for part in chunks(keys, BATCH):
            await run(transaction, _WRITE_KEYS, {"rows": part})

    if made or records or keys:
        await session.write(work)
