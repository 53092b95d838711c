"""ODS successions (succ): which organisation took the place of which, and when.

Two layouts: five columns without a header, as ODS publishes them (old code, new code, reason, day, indicator), and three with
one (old_code, new_code, date). Rows of one day that lead to the same organisation are one event, a merger; rows of one day that
lead from the same organisation to several are a split. What is neither is given no kind: the file does not tell.

Reasons and indicators: as a published reader of the archived successions explains them (F code change, O change of type,
R reconfiguration; indicator F changed further, X closed).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from graphsvc.loading import (
    OPEN_GOVERNMENT_LICENCE,
    Context,
    CsvSheet,
    Described,
    DirectoryFacts,
    Finding,
    InputError,
    Origin,
    Row,
    dataset_of,
    describe_release,
    open_directory,
    write_table,
)
from loaders._ods import ODS_CODE
from loaders._ods_spells import Spells, looks_like_day, plain

NAME = "ODS successions (succ)"
DATASET: Final = "ods-succ"
OLD: Final = "Old Code"
NEW: Final = "New Code"
REASON: Final = "Reason"
DAY: Final = "Date"
INDICATOR: Final = "Indicator"
COLUMNS: Final = [OLD, NEW, REASON, DAY, INDICATOR]
REASONS: Final = {"F": "code change", "O": "change of type", "R": "reconfiguration"}
_HEADINGS: Final = (
    (OLD, re.compile(r"^(?:old|predecessor|organisation)(?: organisation)?(?: code)?$")),
    (NEW, re.compile(r"^(?:new|successor|succession)(?: organisation)?(?: code)?$")),
    (REASON, re.compile(r"reason")),
    (DAY, re.compile(r"date$")),
    (INDICATOR, re.compile(r"indicator")),
)
_WITH_KIND: Final = """
SELECT row, old, new, day, reason,
  (SELECT COUNT(DISTINCT s.old) FROM steps s WHERE s.new = t.new AND s.day = t.day),
  (SELECT COUNT(DISTINCT s.new) FROM steps s WHERE s.old = t.old AND s.day = t.day)
FROM steps t ORDER BY row"""


@dataclass(frozen=True, slots=True)
class Step:
    """One row: ``new`` replaced ``old`` on a day."""

    row: int
    old: str
    new: str
    day: str
    reason: str
    into: int
    """How many organisations led to ``new`` on that day."""
    out_of: int
    """To how many ``old`` led on that day."""


def recognise(path: Path) -> bool:
    """Recognises a CSV file named succ or succarc, or one whose first row is, or names, two codes and a day."""
    if path.suffix.casefold() not in (".csv", ".txt") or not path.is_file():
        return False
    cells = _first(path).cells
    return bool(re.match(r"^succ(?:arc)?(?![a-z])", path.stem.casefold())) or bool(_headed(cells)) or _is_step(cells)


def describe(path: Path) -> Described:
    """Describes the directory: every release is one of the same; the archived successions are another."""
    return describe_release(path, _dataset(path))


def load(path: Path, context: Context) -> None:
    """Loads each event with its predecessors and successors, and that one organisation replaces another since that day.

    Raises :class:`InputError` for a file of that name with another layout.
    """
    cells = _first(path).cells
    columns = _headed(cells)
    if not columns and not _is_step(cells) and not dataset_of(path)[1]:
        seen = f"its first row has {len(cells)} columns" if cells else "it is empty"
        raise InputError(
            f"{path.name} is called after the ODS successions, but {seen}.",
            "Expected are old code, new code, reason, day and indicator without a header, or a header: old_code,new_code,date.",
        )
    title = "ODS successions" + (", archived (succarc)" if _dataset(path) != DATASET else " (succ)")
    directory = open_directory(context, path, _dataset(path), DirectoryFacts(title, "NHS England", OPEN_GOVERNMENT_LICENCE))
    table = Spells(directory, CsvSheet(path, legacy=True), columns or COLUMNS, before=int(bool(columns)))
    with closing(sqlite3.connect("")) as steps:  # a private file on disk: what is one event stands in rows far apart
        steps.execute("CREATE TABLE steps (row INTEGER, old TEXT, new TEXT, day TEXT, reason TEXT)")
        steps.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?)", _read(table))
        steps.execute("CREATE INDEX by_new ON steps (new, day)")
        steps.execute("CREATE INDEX by_old ON steps (old, day)")
        for found in steps.execute(_WITH_KIND):
            _emit(table, Step(*found))


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the rows set aside, in the columns of the file, with the reasons after them."""
    heading = int(bool(_headed(_first(path).cells)))
    return write_table(path, [CsvSheet(path, legacy=True)], rows, folder, header=heading, width=len(COLUMNS))


def _read(table: Spells) -> Iterator[tuple[int, str, str, str, str]]:
    """Yields the rows that state a succession, with the day as ISO text."""
    for fields in table.rows():
        old = table.code(fields, OLD)
        new = old and table.code(fields, NEW)
        if not new:
            continue
        day = table.day(fields, DAY)
        if day is None:
            message, hint = "The day of the succession is missing.", "Look it up at ODS and add it."
            table.set_aside(fields, "missing-day", DAY, "", message, hint)
            continue
        reason = fields.text(REASON)
        if reason and reason not in REASONS:
            table.directory.unknown_code(reason, "the reasons of successions", list(REASONS), fields.place(REASON))
        fields.ignore("says only whether the new organisation changed or closed later, which its own successions tell", INDICATOR)
        fields.close()
        yield fields.origin.row or 0, old, new, day.isoformat(), reason if reason in REASONS else ""


def _emit(table: Spells, step: Step) -> None:
    """Emits the events that a row is part of, and that the new organisation replaces the old one."""
    origin = Origin(table.file, step.row)
    old, new = table.refer(step.old), table.refer(step.new)
    merger, split = step.into > 1, step.out_of > 1
    if merger or not split:
        _emit_event(table, step, "MERGE" if merger else "", old, new, origin)
    if split:
        _emit_event(table, step, "SPLIT", old, new, origin)
    if step.old != step.new:
        since = date.fromisoformat(step.day)
        stated = f"{step.reason}: {REASONS[step.reason]}" if step.reason else ""
        status = "PLANNED" if since > table.moment.last else "IN_FORCE"
        qualifiers = table.directory.qualifiers(f"{step.old} {step.new}", since, None, status, as_stated=stated)
        if not table.context.emit(table.context.relate(new, "replaces", old, qualifiers, origin)):
            message = "An earlier row tells of the same succession; the two are one."
            place = (table.file, step.row, OLD, f"{step.old} {step.new}")
            table.context.report(Finding("info", "same-twice", message, "Nothing to do.", "", *place))


def _emit_event(table: Spells, step: Step, kind: str, old: str, new: str, origin: Origin) -> None:
    which = f"out-of-{step.old}" if kind == "SPLIT" else f"into-{step.new}"
    context, since, key = table.context, date.fromisoformat(step.day), f"{step.day}-{which}"
    event = context.coded("Succession", "ods", key.casefold())
    what = {"MERGE": f"merger into {step.new}", "SPLIT": f"split of {step.old}"}.get(kind, f"into {step.new}")
    status = "PLANNED" if since > table.moment.last else "IN_FORCE"
    qualifiers = table.directory.qualifiers(key, status=status)
    values = {
        "name": f"Succession of {step.day}: {what}",
        "kind": kind,
        "dateStated": step.day,
        "earliest": step.day,
        "latest": step.day,
    }
    if context.first("succession", event):
        table.directory.record("Succession", event, values, qualifiers, Origin(table.file))
    table.directory.relate(event, "predecessor", old, qualifiers, origin)
    table.directory.relate(event, "successor", new, qualifiers, origin)


def _dataset(path: Path) -> str:
    return "ods-succarc" if path.stem.casefold().startswith("succarc") else DATASET


def _first(path: Path) -> Row:
    return next(CsvSheet(path, legacy=True).rows(), Row(1, []))


def _headed(cells: list[str]) -> list[str]:
    """Returns the columns in the order of a header; empty where the row is none."""
    found = [next((name for name, form in _HEADINGS if form.search(plain(cell))), cell) for cell in cells]
    return found if {OLD, NEW, DAY} <= set(found) else []


def _is_step(cells: list[str]) -> bool:
    codes = len(cells) in (4, 5) and bool(ODS_CODE.match(cells[0]) and ODS_CODE.match(cells[1]))
    return codes and cells[2] in REASONS and bool(cells[3]) and looks_like_day(cells[3])
