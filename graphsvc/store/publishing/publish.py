"""Publishes a dataset's difference: writes it invisibly under the next revision, then flips in one transaction.

The order of work, and what a kill leaves at each point:

1. spool the claims on disk and check the ends of relations: nothing in the store yet;
2. withdraw claims and write new ones, new things with their values: invisible, swept away by the next load;
3. stage what visible things will look like, and since when things are known by their relations: on disk;
4. flip: staged values, the load's record and the revision number, in one transaction: all or nothing.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final

from graphsvc.errors import StoreError
from graphsvc.provenance import OPEN
from graphsvc.store.connection import Transaction, run
from graphsvc.store.protocol import LoadRecord, Publication
from graphsvc.store.publishing.difference import take_in
from graphsvc.store.publishing.known_days import settle
from graphsvc.store.publishing.records import SourceDates, ranked_and_dated, write_things
from graphsvc.store.publishing.session import PublishingSession
from graphsvc.store.publishing.size_counts import sizes_with
from graphsvc.store.publishing.sweep import BATCH, by_subject
from graphsvc.store.sizes import Sizes

_LOADING: Final = "MATCH (r:Revision {id: 'current'}) SET r.loading = $next"
_WITHDRAW_RECORDS: Final = """
UNWIND $rows AS row MATCH (r:Record {id: row}) WHERE r.knownTo = $open SET r.knownTo = $next
"""
_STAGED: Final = "UNWIND $rows AS row MATCH (n:Entity {id: row.id}) SET n = row"
_GONE: Final = "UNWIND $rows AS row MATCH (n:Entity {id: row}) SET n.knownTo = $next"
_RENEW_RECORDS: Final = "UNWIND $rows AS row MATCH (r:Record {id: row.id}) WHERE r.knownTo = $open SET r += row.renewed"
_SETTLED: Final = "UNWIND $rows AS row MATCH (n:Entity {id: row.id}) SET n += row.days"
_OLD_LOADS: Final = "MATCH (l:Load {dataset: $dataset}) WHERE l.last SET l.last = false"
_LOAD: Final = "MERGE (l:Load {id: $load.id}) SET l = $load"
COUNT_PUBLICATION: Final = """
MATCH (r:Revision {id: 'current'})
SET r.publications = coalesce(r.publications, 0) + 1, r.store = coalesce(r.store, $store)
"""
"""Begins another edition; a store that was filled before there were editions is given its mark."""
_FLIP: Final = """
MATCH (r:Revision {id: 'current'}) WHERE r.number = $rev
SET r.number = $next, r.loading = null, r.sizes = $sizes RETURN r.number
"""


async def publish(session: PublishingSession, publication: Publication) -> LoadRecord:
    """Publishes a difference within a session that has the lease; a failure leaves invisible rows to sweep."""
    await take_in(session, publication)
    changes = any(session.staging.count(table) for table in ("record", "relation", "retired"))
    if changes:
        await session.execute(_LOADING, next=session.next)
        await _withdraw(session)
        dates = SourceDates()
        await dates.read(session)
        await dates.renew(session)
        await write_things(session, dates)
        await _write_relations(session, dates)
        await settle(session, dates)
    done = _summary(session, publication.load, session.next if changes else session.revision)
    await _flip(session, done, sizes=await sizes_with(session, done) if changes else None)
    return done


async def _withdraw(session: PublishingSession) -> None:
    known = {"open": OPEN, "next": session.next}
    joined = "FROM current JOIN retired ON current.id = retired.id WHERE current.type"
    for rows in session.staging.batches(f"SELECT current.id {joined} = ''", (), BATCH):
        await session.execute(_WITHDRAW_RECORDS, rows=[row[0] for row in rows], **known)
        await session.yield_and_renew()
    for (kind,) in session.staging.all(f"SELECT DISTINCT current.type {joined} <> ''"):
        text = (
            "UNWIND $rows AS row MATCH (n:Entity {id: row.subject}) "
            f"WITH n, row MATCH (n)-[r:{kind}]->() WHERE r.id IN row.ids AND r.knownTo = $open SET r.knownTo = $next"
        )
        chosen = f"SELECT current.subject, current.id {joined} = ? ORDER BY current.subject"
        for rows in session.staging.batches(chosen, (kind,), BATCH):
            await session.execute(text, rows=by_subject(rows), **known)
            await session.yield_and_renew()


async def _write_relations(session: PublishingSession, dates: SourceDates) -> None:
    for (kind,) in session.staging.all("SELECT DISTINCT type FROM relation ORDER BY type"):
        text = (
            "UNWIND $rows AS row MATCH (a:Entity {id: row.subject}) MATCH (b:Entity {id: row.object}) "
            f"CREATE (a)-[r:{kind}]->(b) SET r = row.claim RETURN count(r)"
        )
        chosen = "SELECT subject, object, payload FROM relation WHERE type = ? ORDER BY subject"
        for batch in session.staging.batches(chosen, (kind,), BATCH):
            rows = [
                {"subject": subject, "object": target, "claim": ranked_and_dated(session, dates, json.loads(payload))}
                for subject, target, payload in batch
            ]
            written = await session.execute(text, rows=rows)
            if written[0][0] != len(rows):
                raise StoreError("A thing that a relation names left the store meanwhile.", "Nothing was published; load again.")
            await session.yield_and_renew()


def _summary(session: PublishingSession, load: LoadRecord, revision: int) -> LoadRecord:
    kept = "FROM current WHERE id NOT IN (SELECT id FROM retired)"
    claims = session.staging.all(
        f"SELECT (SELECT count(*) {kept}) + (SELECT count(*) FROM record) + (SELECT count(*) FROM relation)"
    )
    things = session.staging.all(f"SELECT count(*) FROM (SELECT subject {kept} AND type = '' UNION SELECT entity FROM record)")
    return replace(
        load,
        revision=revision,
        loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        claims=claims[0][0],
        entities=things[0][0],
    )


async def _flip(session: PublishingSession, load: LoadRecord, *, sizes: Sizes | None) -> None:
    staging = session.staging
    properties: dict[str, Any] = asdict(load) | {
        "id": f"{load.dataset}@{load.revision}",
        "files": list(load.files),
        "findings": json.dumps(load.findings, ensure_ascii=False),
        "accepted": list(load.accepted),
        "audit": json.dumps(load.audit, ensure_ascii=False),
        "releases": json.dumps(load.releases),
        "last": True,
    }

    async def work(transaction: Transaction) -> None:
        await session.lease.confirm(transaction)
        for rows in staging.batches("SELECT payload FROM staged WHERE NOT gone", (), BATCH):
            await run(transaction, _STAGED, {"rows": [json.loads(row[0]) for row in rows]})
        for rows in staging.batches("SELECT entity FROM staged WHERE gone", (), BATCH):
            await run(transaction, _GONE, {"rows": [row[0] for row in rows], "next": session.next})
        await _renew(session, transaction)
        for rows in staging.batches("SELECT entity, payload FROM settled", (), BATCH):
            settled = [{"id": entity, "days": json.loads(payload)} for entity, payload in rows]
            await run(transaction, _SETTLED, {"rows": settled})
        await run(transaction, _OLD_LOADS, {"dataset": load.dataset})
        await run(transaction, _LOAD, {"load": properties})
        await run(transaction, COUNT_PUBLICATION, {"store": secrets.token_hex(8)})
        if sizes is None:
            return
        if not await run(transaction, _FLIP, {"rev": session.revision, "next": session.next, "sizes": sizes.text()}):
            raise StoreError("The store moved on while this load was under way.", "Nothing was published; load again.")

    await session.write(work)


async def _renew(session: PublishingSession, transaction: Transaction) -> None:
    """Writes new ranks and days of claims that stay."""
    chosen = "SELECT id, subject, payload FROM renewed WHERE type = ? ORDER BY subject, rowid"
    for (kind,) in session.staging.all("SELECT DISTINCT type FROM renewed ORDER BY type"):
        text = _RENEW_RECORDS
        if kind:
            text = (
                "UNWIND $rows AS row MATCH (n:Entity {id: row.subject}) WITH n, row "
                f"MATCH (n)-[r:{kind}]->() WHERE r.id = row.id AND r.knownTo = $open SET r += row.renewed"
            )
        for batch in session.staging.batches(chosen, (kind,), BATCH):
            rows = [{"id": claim, "subject": subject, "renewed": json.loads(payload)} for claim, subject, payload in batch]
            await run(transaction, text, {"rows": rows, "open": OPEN})
