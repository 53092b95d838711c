"""Second step of publishing: writes records and new things, and stages changes to visible things.

New things are written with their values at once, since nobody sees them yet. What a visible thing will look like is staged
on disk, and written in the transaction that flips.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from graphsvc.dates import DateError, period
from graphsvc.errors import StoreError
from graphsvc.provenance import OPEN
from graphsvc.store.connection import Transaction, run
from graphsvc.store.publishing.days import DIRECTORIES, claim_days, listed_days
from graphsvc.store.publishing.look_ups import KEY, further_keys, key_property, thing_keys
from graphsvc.store.publishing.ranking import LIVING, dated, preferred, rank
from graphsvc.store.publishing.session import PublishingSession, chunks
from graphsvc.store.publishing.sweep import BATCH

_THINGS: Final = 500
"""Things whose records are read at a time."""

_PUBLISHED: Final = """
UNWIND $ids AS id MATCH (n:Entity {id: id}) WHERE n.knownTo > $rev
RETURN n.id, n.published, n.notPublishedBefore, n.publishedStated, n.kind, {releases}
"""
_RELEASES: Final = """
CASE WHEN n.kind = 'DIRECTORY'
  THEN COLLECT { MATCH (n)<-[r:{type}]-(m:Entity) WHERE r.knownTo > $rev RETURN [m.published, m.publishedStated] } ELSE [] END
"""
RELEASE_OF: Final = "releaseOf"
"""Relation from a release to its directory."""
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


class _Dates(NamedTuple):
    """What the date of a source means for its claims."""

    ranked: str = ""
    """The date by which they are ranked."""
    told: str = ""
    """The day on which it spoke: of a paper that of its publication, or the earliest that is known of it; of a directory that
    of its earliest release."""
    listing: bool = False
    """Whether it is a directory, or a release of one."""


class SourceDates:
    """Ranks claims by the publication dates of their sources, and works out the days of claims from them."""

    def __init__(self) -> None:
        self._dates: dict[str, _Dates] = {}
        self.changed: set[str] = set()
        """Sources whose dates are others with this load: what they said before is ranked and dated anew."""

    async def read(self, session: PublishingSession) -> None:
        """Reads the dates of the sources, from this load first, then from the store."""
        staging = session.staging
        wanted = staging.all(f"{_SOURCES} UNION SELECT entity FROM touched WHERE entity LIKE 'source/%'")
        kind = next((kind for kind, name in session.types.items() if name == RELEASE_OF), "")
        text = _PUBLISHED.replace("{releases}", _RELEASES.replace("{type}", kind) if kind else "[]")
        before: dict[str, _Dates] = {}
        for batch in chunks([row[0] for row in wanted], BATCH):
            rows = await session.connection.execute(text, ids=batch, rev=session.revision)
            for source, published, after, stated, sort, releases in rows:
                before[source] = _dates_of(published, after, stated, sort, [released_on(*release) for release in releases])
        self._dates.update(before)
        described = staging.all("SELECT entity, payload FROM record WHERE entity LIKE 'source/%' ORDER BY id")
        values = {source: json.loads(json.loads(payload)["values"]) for source, payload in described}
        released: dict[str, list[str]] = {}
        for release, directory in staging.all("SELECT subject, object FROM relation WHERE type = ?", (kind,)):
            said = values.get(release, {})
            released.setdefault(directory, []).append(released_on(said.get("published"), said.get("publishedStated")))
        for source, said in values.items():
            days = [*released.get(source, ()), *([before[source].told] if source in before and before[source].listing else [])]
            self._dates[source] = _dates_of(
                said.get("published"), said.get("notPublishedBefore"), said.get("publishedStated"), said.get("kind"), days
            )
        for directory in released.keys() & before.keys() - values.keys():  # a release that takes its place before others
            days = [before[directory].told, *released[directory]]
            self._dates[directory] = before[directory]._replace(told=min(filter(None, days), default=""))
        self.changed.update(source for source, dates in before.items() if self._dates[source] != dates)

    def of(self, claim: Mapping[str, Any]) -> dict[str, Any]:
        """The rank and the days of a claim."""
        dated, told, listing = self._dates.get(claim["source"], _Dates())
        return {"rank": rank(claim, dated), **(listed_days if listing else claim_days)(claim, told)}

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


def _dates_of(
    published: str | None, not_before: str | None, stated: str | None, kind: str | None, releases: Sequence[str]
) -> _Dates:
    ranked = dated(published, kind)
    if kind == LIVING:
        return _Dates(ranked, min(filter(None, releases), default=""), listing=True)
    if kind in DIRECTORIES:
        return _Dates(ranked, released_on(published, stated), listing=True)
    return _Dates(ranked, published or not_before or "")


def released_on(published: str | None, stated: str | None) -> str:
    """The day on which a release speaks, as ISO text: the first that its date can mean; empty where it has none."""
    if published or not stated:
        return published or ""
    try:
        first = period(stated, "")[0]
    except DateError:
        return ""
    return first.isoformat() if first else ""


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
