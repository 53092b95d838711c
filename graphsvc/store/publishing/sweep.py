"""Sweeps away what an unfinished load left behind.

Such rows were never visible: they are known from a later revision than the current one, or withdrawn at one. The revision
record says that a load was under way (``loading``), so that nothing is searched when there is nothing to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphsvc.provenance import OPEN
from graphsvc.store.connection import Connection
from graphsvc.store.publishing.lease import Lease
from graphsvc.store.publishing.staging import Staging

BATCH: Final = 1000

_FIND_RECORDS: Final = """
MATCH (r:Record) WHERE r.knownFrom > $rev OR (r.knownTo > $rev AND r.knownTo < $open)
RETURN r.knownFrom > $rev, r.id
"""
_FIND_THINGS: Final = "MATCH (n:Entity) WHERE n.knownFrom > $rev RETURN n.id"
_DELETE_RECORDS: Final = """
UNWIND $rows AS row MATCH (r:Record {id: row}) WHERE r.knownFrom > $rev DETACH DELETE r
"""
_RESET_RECORDS: Final = """
UNWIND $rows AS row MATCH (r:Record {id: row}) WHERE r.knownTo > $rev AND r.knownTo < $open SET r.knownTo = $open
"""
_DELETE_THINGS: Final = """
UNWIND $rows AS row MATCH (n:Entity {id: row}) WHERE n.knownFrom > $rev DETACH DELETE n
"""
_DONE: Final = "MATCH (r:Revision {id: 'current'}) SET r.loading = null"


async def sweep(connection: Connection, types: Sequence[str], revision: int, lease: Lease) -> None:
    """Deletes what is known only after ``revision`` and reopens what was withdrawn after it. Needs the lease."""
    known = {"rev": revision, "open": OPEN}
    with Staging() as staging:
        await _find(connection, types, staging, known)
        relations = "FROM leftover WHERE type <> '' AND action = ?"
        for kind in sorted({row[0] for row in staging.all("SELECT DISTINCT type FROM leftover WHERE type <> ''")}):
            ends = f"MATCH (n:Entity {{id: row.subject}}) WITH n, row MATCH (n)-[r:{kind}]->() WHERE r.id IN row.ids"
            texts = {
                "delete": f"UNWIND $rows AS row {ends} AND r.knownFrom > $rev DELETE r",
                "reset": f"UNWIND $rows AS row {ends} AND r.knownTo > $rev AND r.knownTo < $open SET r.knownTo = $open",
            }
            for action, text in texts.items():
                chosen = f"SELECT subject, id {relations} AND type = ? ORDER BY subject"
                for rows in staging.batches(chosen, (action, kind), BATCH):
                    await connection.execute(text, rows=by_subject(rows), **known)
                    await lease.renew()
        for action, text in (
            ("delete record", _DELETE_RECORDS),
            ("reset record", _RESET_RECORDS),
            ("delete thing", _DELETE_THINGS),
        ):
            for rows in staging.batches("SELECT id FROM leftover WHERE action = ?", (action,), BATCH):
                await connection.execute(text, rows=[row[0] for row in rows], **known)
                await lease.renew()
    await connection.execute(_DONE)


async def _find(connection: Connection, types: Sequence[str], staging: Staging, known: dict[str, int]) -> None:
    insert = "INSERT INTO leftover VALUES (?, ?, ?, ?)"
    async with connection.stream(_FIND_RECORDS, known) as rows:
        async for is_new, claim in rows:
            staging.run(insert, ("delete record" if is_new else "reset record", claim, "", ""))
    for kind in types:
        text = (
            f"MATCH (n:Entity)-[r:{kind}]->() WHERE r.knownFrom > $rev OR (r.knownTo > $rev AND r.knownTo < $open) "
            "RETURN r.knownFrom > $rev, r.id, n.id"
        )
        async with connection.stream(text, known) as rows:
            async for is_new, claim, subject in rows:
                staging.run(insert, ("delete" if is_new else "reset", claim, kind, subject))
    async with connection.stream(_FIND_THINGS, known) as rows:
        async for (thing,) in rows:
            staging.run(insert, ("delete thing", thing, "", ""))


def by_subject(rows: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    """Groups sorted pairs of subject and claim id by subject, so that the relations of a hub are walked once."""
    grouped: dict[str, list[str]] = {}
    for subject, claim in rows:
        grouped.setdefault(subject, []).append(claim)
    return [{"subject": subject, "ids": ids} for subject, ids in grouped.items()]
