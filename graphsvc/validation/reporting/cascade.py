"""Sets aside records that refer to a record that was set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from graphsvc.loading.context import Context
from graphsvc.loading.findings import Finding
from graphsvc.loading.spool import from_text
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.validation.compiled.spool_reader import PAGE, SpoolReader, create, pages
from graphsvc.validation.reporting.report import CASCADE

FindExisting = Callable[[Sequence[str]], set[str]]
"""Tells which of some things stand although this input does not make them."""
_TABLES: Final = {
    "TABLE lost": "(entity TEXT PRIMARY KEY) WITHOUT ROWID",
    "TABLE referring": "(place INTEGER PRIMARY KEY, id TEXT NOT NULL, entity TEXT NOT NULL)",
}


def set_aside_referring(context: Context, reader: SpoolReader, find_existing: FindExisting) -> None:
    """Sets aside claims that refer to a thing or source of which no record is left, until nothing more follows."""
    while _find_lost(reader, find_existing):
        for claim, entity in _referring(reader):
            origin = claim.origin
            message = f"It refers to {entity}, whose own row is set aside."
            finding = Finding("info", CASCADE, message, "Mend that row, and load both.", "", subject=entity)
            if origin and origin.row is not None:
                finding = replace(finding, file=origin.file, row=origin.row, column=origin.column or "")
                context.set_aside.note(finding)
                set_aside(context, origin.file, origin.row)
            else:
                context.spool.reject(claim.id)
                _keep(context, claim)
            context.report(finding)


def set_aside(context: Context, file: str, row: int) -> None:
    """Sets aside the claims of a row, and notes that the store keeps its claims about the same."""
    for claim in context.spool.reject_row(file, row):
        _keep(context, claim)


def _keep(context: Context, claim: Claim) -> None:
    if isinstance(claim, EntityRecord):
        context.keep("thing", claim.entity)
    else:
        context.keep("relation", claim.subject, claim.relation, claim.object)


def _find_lost(reader: SpoolReader, find_existing: FindExisting) -> bool:
    """Find the things that this input names and of which no record is left anywhere; whether anything refers to them."""
    db = reader.db
    create(db, _TABLES)
    db.execute("INSERT INTO lost SELECT entity FROM things WHERE used = 0 EXCEPT SELECT entity FROM held")
    for page in pages(db, "SELECT entity FROM lost WHERE entity > ? ORDER BY entity LIMIT ?"):
        db.executemany("DELETE FROM lost WHERE entity = ?", ((entity,) for entity in find_existing(page)))
    if db.execute("SELECT 1 FROM lost LIMIT 1").fetchone() is None:
        return False
    # A source has very many claims and no index: of these the claims are gone through once; the others are looked up.
    found = db.execute(
        "INSERT INTO referring (id, entity) SELECT id, entity FROM ("
        "SELECT id, relation, entity FROM lost CROSS JOIN own ON subject = entity UNION "
        "SELECT id, relation, entity FROM lost CROSS JOIN own ON object = entity UNION "
        "SELECT id, relation, entity FROM own CROSS JOIN lost ON entity = source) ORDER BY entity, relation, id"
    )
    return found.rowcount > 0


def _referring(reader: SpoolReader) -> Iterator[tuple[Claim, str]]:
    """Each claim that refers to a lost thing, and the thing. Claims may be set aside on the way."""
    place = 0
    query = "SELECT place, body, entity FROM referring JOIN claims USING (id) WHERE used = 0 AND place > ? ORDER BY place LIMIT ?"
    while rows := reader.db.execute(query, (place, PAGE)).fetchall():
        yield from ((from_text(body), str(entity)) for _, body, entity in rows)
        place = int(rows[-1][0])
