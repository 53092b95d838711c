"""Settles since when things are known by their relations, and since when relations hold that hold with their subject.

An organisation that is party to an agreement of 2019 was there in 2019, whoever names it later; and that it is party to it, said
without a date, is not said of the day of the paper alone (decision 0014). Both need more than one claim, so that they are worked
out anew by each load, from what papers tell. What directories say takes no part: it has no day of telling. All is on disk, and
what changes is staged for the transaction that flips.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from graphsvc.provenance import OPEN
from graphsvc.store.publishing.days import first_day, has_end, has_start, known_since
from graphsvc.store.publishing.records import SourceDates
from graphsvc.store.publishing.session import PublishingSession
from graphsvc.store.publishing.sweep import BATCH

_THINGS: Final = "UNWIND $ids AS id MATCH (n:Entity {id: id}) RETURN n.id, n.starts, n.own, n.from, n.to, n.sureFrom"
_FIELDS: Final = ("starts", "own", "from", "to", "sureFrom")
_WITHDRAWN: Final = "FROM current JOIN retired ON current.id = retired.id WHERE current.type <> ''"


async def settle(session: PublishingSession, dates: SourceDates) -> None:
    """Stages the days that change, once records and relations of the load are written."""
    await _read_told(session, dates)
    await _let_begin_with_subjects(session)
    staging = session.staging
    # What a relation no longer tells of its ends: they are known by the others alone.
    for column in ("subject", "object"):
        staging.run(f"INSERT INTO knowing SELECT current.{column}, '' {_WITHDRAWN}")
    staging.run("INSERT INTO knowing SELECT entity, '' FROM touched")
    known = "SELECT entity, coalesce(min(nullif(first, '')), '') FROM knowing GROUP BY entity"
    for rows in staging.batches(known, (), BATCH):
        firsts: dict[str, str] = dict(rows)
        staged = []
        for thing, days in (await _things(session, list(firsts))).items():
            if not days["own"]:
                continue
            first = min(days["own"], firsts[thing] or days["own"])
            found = known_since(days, first)
            if any(days[name] != day for name, day in found.items()):
                staged.append((thing, json.dumps(found)))
        staging.many("INSERT INTO settled VALUES (?, ?)", staged)
        await session.yield_and_renew()


async def _read_told(session: PublishingSession, dates: SourceDates) -> None:
    """Stages what every relation that a paper tells says of the days of its ends."""
    if not session.types:
        return
    text = (
        f"MATCH (n:Entity)-[r:{'|'.join(session.types)}]->(m:Entity) "
        "WHERE r.knownTo = $open AND (r.told <> '' OR r.source IN $changed) AND r.listings IS NULL "
        "RETURN type(r), properties(r), n.id, m.id"
    )
    with_subject = {item.type for item in session.model.relations.values() if item.forward and item.with_subject}
    batch: list[tuple[str, str, str, str, str]] = []
    knowing: list[tuple[str, str]] = []

    async def flush() -> None:
        session.staging.many("INSERT OR REPLACE INTO telling VALUES (?, ?, ?, ?, ?)", batch)
        session.staging.many("INSERT INTO knowing VALUES (?, ?)", knowing)
        batch.clear()
        knowing.clear()
        await session.yield_and_renew()

    given = {"open": OPEN, "changed": sorted(dates.changed)}
    async with session.connection.stream(text, given) as rows:
        async for kind, claim, subject, target in rows:
            days = claim | dates.of(claim) if claim["source"] in dates.changed else claim
            first = first_day(claim, days) if days["told"] else ""
            knowing += [(subject, first), (target, first)]
            if kind in with_subject and days["told"] and not has_start(claim):
                kept = {name: days[name] for name in ("status", "from", "to", "told")}
                batch.append((claim["id"], kind, subject, target, json.dumps(kept)))
            if len(knowing) > BATCH:
                await flush()
    await flush()


async def _let_begin_with_subjects(session: PublishingSession) -> None:
    """Dates relations that hold with their subject from its stated start, and stages those that are dated otherwise by now."""
    staging = session.staging
    for rows in staging.batches("SELECT id, type, subject, object, payload FROM telling ORDER BY subject", (), BATCH):
        things = await _things(session, sorted({row[2] for row in rows}))
        renewed, knowing = [], []
        for claim, kind, subject, target, payload in rows:
            days, starts = json.loads(payload), things[subject]["starts"]
            since = min(days["told"], starts) if starts else days["told"]
            begins = "" if has_end(days) else since
            if begins != days["from"]:
                renewed.append((claim, kind, subject, json.dumps({"from": begins})))
            knowing.append((target, first_day(days, {"starts": since, "told": days["told"]})))
        staging.many("INSERT INTO renewed VALUES (?, ?, ?, ?)", renewed)
        staging.many("INSERT INTO knowing VALUES (?, ?)", knowing)
        await session.yield_and_renew()


async def _things(session: PublishingSession, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The days of things as they will be once this load is published, their relations apart."""
    rows = await session.connection.execute(_THINGS, ids=list(ids))
    found = {row[0]: dict(zip(_FIELDS, row[1:], strict=True)) for row in rows}
    marks = ",".join("?" * len(ids))
    chosen = f"SELECT entity, payload FROM staged WHERE NOT gone AND entity IN ({marks})"
    for thing, payload in session.staging.all(chosen, list(ids)):
        properties = json.loads(payload)
        found[thing] = {name: properties[name] for name in _FIELDS}
    return found
