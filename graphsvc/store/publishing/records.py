"""Second step of publishing: writes records and new things, and stages changes to visible things.

New things are written with their values at once, since nobody sees them yet. What a visible thing will look like is staged
on disk, and written in the transaction that flips.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from graphsvc.errors import StoreError
from graphsvc.provenance import OPEN
from graphsvc.store.connection import Transaction, run
from graphsvc.store.publishing.ranking import dated, preferred, rank
from graphsvc.store.publishing.session import PublishingSession, chunks
from graphsvc.store.publishing.sweep import BATCH

_THINGS: Final = 500
"""Things whose records are read at a time."""

_PUBLISHED: Final = "UNWIND $ids AS id MATCH (n:Entity {id: id}) WHERE n.knownTo > $rev RETURN n.id, n.published, n.kind"
_CURRENT: Final = """
UNWIND $ids AS id MATCH (n:Entity {id: id})
RETURN properties(n), COLLECT { MATCH (n)-[:HAS_RECORD]->(r:Record) WHERE r.knownTo = $open RETURN properties(r) }
"""
_WRITE_RECORDS: Final = """
UNWIND $rows AS row MATCH (n:Entity {id: row.entity}) CREATE (n)-[:HAS_RECORD]->(r:Record) SET r = row RETURN count(r)
"""
_OF_SOURCE: Final = "WHERE r.source = $source AND r.knownTo = $open RETURN properties(r)"
_SOURCES: Final = "SELECT source FROM record UNION SELECT source FROM relation"


class Ranks:
    """Ranks claims by the publication dates of their sources."""

    def __init__(self) -> None:
        self._published: dict[str, str] = {}
        self.changed: set[str] = set()
        """Sources whose date is another with this load: what they said before is ranked anew."""

    async def read(self, session: PublishingSession) -> None:
        """Reads the dates of the sources, from this load first, then from the store."""
        staging = session.staging
        wanted = staging.all(f"{_SOURCES} UNION SELECT entity FROM touched WHERE entity LIKE 'source/%'")
        before: dict[str, str] = {}
        for batch in chunks([row[0] for row in wanted], BATCH):
            rows = await session.connection.execute(_PUBLISHED, ids=batch, rev=session.revision)
            before.update({source: dated(published, kind) for source, published, kind in rows})
        self._published.update(before)
        described = staging.all("SELECT entity, payload FROM record WHERE entity LIKE 'source/%' ORDER BY id")
        for source, payload in described:
            values = json.loads(json.loads(payload)["values"])
            self._published[source] = dated(values.get("published"), values.get("kind"))
        self.changed.update(source for source, date in before.items() if self._published[source] != date)

    def of(self, claim: dict[str, Any]) -> str:
        """The rank of a claim."""
        return rank(claim, self._published.get(claim["source"], ""))

    async def renew(self, session: PublishingSession) -> None:
        """Stages new ranks for the current claims of sources whose date has changed."""
        for source in sorted(self.changed):
            given = {"source": source, "open": OPEN}
            staged: list[tuple[str, str, str, str]] = []
            async with session.connection.stream(f"MATCH (r:Record) {_OF_SOURCE}", given) as rows:
                async for (record,) in rows:
                    staged.append((record["id"], "", record["entity"], self.of(record)))
            if session.types:
                text = f"MATCH (n:Entity)-[r:{'|'.join(session.types)}]->() {_OF_SOURCE}, type(r), n.id"
                async with session.connection.stream(text, given) as rows:
                    async for claim, kind, subject in rows:
                        staged.append((claim["id"], kind, subject, self.of(claim)))
            session.staging.many("INSERT INTO reranked VALUES (?, ?, ?, ?)", staged)
            session.staging.run("INSERT OR IGNORE INTO touched SELECT subject FROM reranked WHERE type = ''")
            await session.yield_and_renew()


def ranked_and_dated(session: PublishingSession, ranks: Ranks, claim: dict[str, Any]) -> dict[str, Any]:
    """A staged claim with its rank and the revisions between which it is visible."""
    return {**claim, "rank": ranks.of(claim), "knownFrom": session.next, "knownTo": OPEN}


async def write_things(session: PublishingSession, ranks: Ranks) -> None:
    """Writes records and new things, and stages changes to visible things."""
    for rows in session.staging.batches("SELECT entity FROM touched ORDER BY entity", (), _THINGS):
        ids = [row[0] for row in rows]
        current = {thing["id"]: (thing, records) for thing, records in await _current_records(session, ids)}
        fresh = _fresh_records(session, ranks, ids)
        made: dict[str, list[dict[str, Any]]] = {}
        staged: list[tuple[str, int, str]] = []
        for entity in ids:
            thing, records = current.get(entity, (None, []))
            for record in records:
                if record["source"] in ranks.changed:
                    record["rank"] = ranks.of(record)
            every = [*records, *fresh.get(entity, ())]
            if not every:
                staged.append((entity, 1, ""))
                continue
            properties = _properties_of(session, entity, every)
            properties["knownFrom"] = session.next if thing is None else thing["knownFrom"]
            if thing is None:
                made.setdefault(properties["type"], []).append(properties)
            elif properties != thing:
                staged.append((entity, 0, json.dumps(properties, ensure_ascii=False)))
        await _write(session, made, [record for entity in ids for record in fresh.get(entity, ())])
        session.staging.many("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", staged)
        await session.yield_and_renew()


async def _current_records(session: PublishingSession, ids: Sequence[str]) -> list[list[Any]]:
    return await session.connection.execute(_CURRENT, ids=ids, open=OPEN)


def _fresh_records(session: PublishingSession, ranks: Ranks, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    marks = ",".join("?" * len(ids))
    found: dict[str, list[dict[str, Any]]] = {}
    chosen = f"SELECT entity, payload FROM record WHERE entity IN ({marks}) ORDER BY id"
    for entity, payload in session.staging.all(chosen, ids):
        found.setdefault(entity, []).append(ranked_and_dated(session, ranks, json.loads(payload)))
    return found


def _properties_of(session: PublishingSession, entity: str, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    class_name = records[0]["class"]
    properties = session.model.classes[class_name].properties
    texts = {item.name for item in properties if item.datatype == "string"}
    needed = {item.name for item in properties if item.min_count}
    return {**preferred(entity, class_name, records, texts, needed), "knownTo": OPEN}


async def _write(session: PublishingSession, made: dict[str, list[dict[str, Any]]], records: Sequence[dict[str, Any]]) -> None:
    async def work(transaction: Transaction) -> None:
        for class_name, rows in made.items():
            labels = session.labels(session.model, class_name)
            await run(transaction, f"UNWIND $rows AS row CREATE (n{labels}) SET n = row", {"rows": rows})
        for batch in chunks(records, BATCH):
            written = await run(transaction, _WRITE_RECORDS, {"rows": batch})
            if written[0][0] != len(batch):
                raise StoreError("The store lost a thing while it was described.", "Nothing was published; load again.")

    if made or records:
        await session.write(work)
