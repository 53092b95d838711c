"""Exports a map as a workbook: the sheets that its loader reads, as XLSX or as a folder of CSV files.

Loading what is written here gives the same claims: dates are written as their EDTF expressions, terms of closed lists by their
labels, and every relation in the sheet of relations, in its stored direction, with its own qualifiers.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from graphsvc import dates
from graphsvc.errors import UsageError
from graphsvc.exports import About, Claims
from graphsvc.loading.formulas import safe
from graphsvc.loading.layout import ABOUT, QUALIFIERS, RELATION_COLUMNS, RELATIONS
from graphsvc.loading.rejects.file import text_cell
from graphsvc.model import Property
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, Value

FORMATS: Final = {
    "workbook": "A map as an XLSX workbook that can be edited and loaded again.",
    "csv": "A map as a folder of CSV files that can be edited and loaded again.",
}
Line = dict[str, str]
_TABLES: Final = """
PRAGMA journal_mode=OFF;
CREATE TABLE rows (sheet TEXT, key TEXT, line TEXT);
CREATE TABLE things (id TEXT, dataset TEXT, PRIMARY KEY (id, dataset)) WITHOUT ROWID;
CREATE TABLE refers (id TEXT PRIMARY KEY) WITHOUT ROWID;
BEGIN;
"""


async def write(form: str, claims: Claims, target: Path | None, about: About) -> None:
    """Write one dataset's sheets; rows wait on disk, since claims come in the order of the store and not of the sheets."""
    if target is None or not about.dataset:
        raise UsageError("A workbook is of one map, and is a file.", "Name both: --format workbook --dataset wigan wigan.xlsx")
    with tempfile.TemporaryDirectory(prefix="graphsvc-") as folder:
        rows = sqlite3.connect(Path(folder) / "rows.sqlite", isolation_level=None)
        try:
            rows.executescript(_TABLES)
            async for batch in claims:
                for claim in batch:
                    _keep(rows, claim, about)
            _write(form, rows, target, about)
        finally:
            rows.close()


def _keep(rows: sqlite3.Connection, claim: Claim, about: About) -> None:
    """Keep the line of a claim of the map, what it refers to, and which other map has which thing."""
    if isinstance(claim, EntityRecord):
        rows.execute("INSERT OR IGNORE INTO things VALUES (?, ?)", (claim.entity, claim.dataset))
    if about.wants(claim):
        sheet, key, line = _line(claim, about)
        rows.execute("INSERT INTO rows VALUES (?, ?, ?)", (sheet, key, json.dumps(line, ensure_ascii=False)))
        ends = () if isinstance(claim, EntityRecord) else (claim.subject, claim.object)
        rows.executemany("INSERT OR IGNORE INTO refers VALUES (?)", ((item,) for item in (*ends, claim.qualifiers.source)))


def _uses(rows: sqlite3.Connection, about: About) -> list[str]:
    """The other maps that have the things which this one refers to and does not have."""
    query = (
        "SELECT DISTINCT dataset FROM things WHERE id IN "
        "(SELECT id FROM refers WHERE id NOT IN (SELECT id FROM things WHERE dataset = ?)) ORDER BY dataset"
    )
    return [str(name) for (name,) in rows.execute(query, (about.dataset,))]


def _write(form: str, rows: sqlite3.Connection, target: Path, about: About) -> None:
    names = {str(name) for (name,) in rows.execute("SELECT DISTINCT sheet FROM rows")}
    if not names:
        raise UsageError(f"The store holds nothing of {about.dataset}.", "`graphsvc status` says what it holds.")
    order = [item.sheet for item in about.model.classes.values() if item.sheet in names] + [RELATIONS] * (RELATIONS in names)
    if form == "csv":
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("*.csv"):
            old.unlink()
        for name in (ABOUT, *order):
            with (target / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
                lines = ([safe(cell) for cell in line] for line in _lines(name, rows, about))
                csv.writer(out, lineterminator="\n").writerows(lines)
        return
    workbook = Workbook(write_only=True)
    for name in (ABOUT, *order):
        sheet = workbook.create_sheet(name)
        sheet.freeze_panes = "A2"
        for line in _lines(name, rows, about):
            sheet.append([text_cell(sheet, cell) for cell in line])
    workbook.save(target)


def _lines(name: str, rows: sqlite3.Connection, about: About) -> Iterator[list[str]]:
    """The lines of a sheet, the header first; a column that nothing fills is left out."""
    if name == ABOUT:
        pairs = {"id": about.dataset, "title": about.title, "uses": " | ".join(_uses(rows, about))}
        yield from (["key", "value"], *([key, value] for key, value in pairs.items()))
        return
    found = rows.execute("SELECT line FROM rows WHERE sheet = ?", (name,))
    used = {column for (line,) in found for column, cell in json.loads(line).items() if cell}
    if name == RELATIONS:
        header = [column for column in RELATION_COLUMNS if column in used]
    else:
        chosen = next(item for item in about.model.classes.values() if item.sheet == name)
        known = ["id", *(item.name for item in chosen.properties), *QUALIFIERS]
        header = [column for column in known if column in used]
    yield header
    for (line,) in rows.execute("SELECT line FROM rows WHERE sheet = ? ORDER BY key", (name,)):
        cells = json.loads(line)
        yield [cells.get(column, "") for column in header]


def _line(claim: Claim, about: About) -> tuple[str, str, Line]:
    """Sheet, place in it, and cells of a claim."""
    said = _qualifiers(claim.qualifiers)
    if isinstance(claim, EntityRecord):
        chosen = about.model.classes[claim.class_name]
        cells = {
            item.name: _cell(item, claim.values[item.name], about) for item in chosen.properties if item.name in claim.values
        }
        return chosen.sheet, f"{claim.entity}\t{claim.id}", {"id": claim.entity.partition("/")[2], **cells, **said}
    ends = {"subject": claim.subject, "relation": claim.relation, "object": claim.object}
    return RELATIONS, f"{claim.subject}\t{claim.relation}\t{claim.object}\t{claim.id}", {**ends, **said}


def _cell(item: Property, value: Value | tuple[Value, ...], about: About) -> str:
    return " | ".join(_text(item, single, about) for single in (value if isinstance(value, tuple) else (value,)))


def _text(item: Property, value: Value, about: About) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if item.datatype == "enum":
        return next((term.label for term in about.model.schemes[item.scheme].concepts if term.name == value), str(value))
    return str(value)


def _qualifiers(said: Qualifiers) -> Mapping[str, str]:
    start, end = dates.split(said.edtf)
    return {
        "source": said.source.partition("/")[2], "locator": said.locator,
        "confidence": said.confidence.lower(), "status": said.status.lower().replace("_", " "),
        "start": start, "end": end, "asStated": said.as_stated, "note": said.note,
    }  # fmt: skip
