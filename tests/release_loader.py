"""A small directory of the tests: CSV with a practice a row, its commissioner and since when. A loader without ``loaders/``."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from graphsvc.loading import (
    Context,
    CsvSheet,
    Described,
    DirectoryFacts,
    Finding,
    Origin,
    describe_release,
    open_directory,
    write_table,
)

NAME = "practices of the tests"
DIRECTORY = "test-practices"
COLUMNS = ("code", "name", "commissioner", "since", "postcode", "note")
Line = Sequence[str]


def recognise(path: Path) -> bool:
    return path.suffix == ".csv"


def describe(path: Path) -> Described:
    return describe_release(path, DIRECTORY)


def load(path: Path, context: Context) -> None:
    directory = open_directory(context, path, DIRECTORY, DirectoryFacts("Practices", "NHS England"))
    rows = CsvSheet(path).rows()
    next(rows)
    for row in rows:
        if directory.faults(row.faults, path.name, row.number, COLUMNS):
            continue
        origin = Origin(path.name, row.number)
        fields = context.fields(dict(zip(COLUMNS, row.cells, strict=False)), origin)
        code, since = fields.text("code"), directory.day(fields.text("since"), origin)
        values = {"name": fields.text("name"), "odsCode": code, "kind": "GP_PRACTICE", "postcode": fields.text("postcode")}
        commissioner = fields.text("commissioner")
        fields.ignore("a remark of the sender", "note")
        fields.close()
        if not code:
            place = (path.name, row.number, "code", "")
            context.report(Finding("violation", "no-code", "There is no code.", "Look it up.", "", *place))
            continue
        practice = context.coded("Organisation", "ods", code)
        directory.record("Organisation", practice, values, directory.qualifiers(code), origin)
        if commissioner:
            other = directory.refer("Organisation", "ods", commissioner)
            directory.relate(other, "commissions", practice, directory.qualifiers(code, since), origin)


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], Sequence[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    return write_table(path, [CsvSheet(path)], rows, folder, header=1)


def write(path: Path, *lines: Line) -> Path:
    """A release of the lines, each of which may leave out its last cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *lines])
    return path
