"""ODS practice memberships (epcmem): which commissioner a practice belonged to, and from when to when, a row a spell.

Headerless, six columns. The spells go back before the commissioners of today: to PCTs, and to health authorities before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from graphsvc.loading import (
    OPEN_GOVERNMENT_LICENCE,
    Context,
    CsvSheet,
    Described,
    DirectoryFacts,
    Fields,
    Finding,
    InputError,
    Row,
    dataset_of,
    describe_release,
    open_directory,
    write_table,
)
from loaders._ods import ODS_CODE
from loaders._ods_spells import AMENDED, WHY_AMENDED, Spells, looks_like_day, plain

NAME = "ODS practice memberships (epcmem)"
DATASET: Final = "ods-epcmem"
PRACTICE: Final = "Organisation Code"
PARENT: Final = "Parent Organisation Code"
SORT: Final = "Parent Organisation Type"
JOINED: Final = "Join Parent Date"
LEFT: Final = "Left Parent Date"
COLUMNS: Final = [PRACTICE, PARENT, SORT, JOINED, LEFT, AMENDED]


def recognise(path: Path) -> bool:
    """Recognises a CSV file named epcmem, or one whose first row is a practice, a parent of type W and days."""
    if path.suffix.casefold() not in (".csv", ".txt") or not path.is_file():
        return False
    return path.stem.casefold().startswith("epcmem") or _is_spell(_first(path).cells)


def describe(path: Path) -> Described:
    """Describes the directory: every release is one of the same."""
    return describe_release(path, DATASET)


def load(path: Path, context: Context) -> None:
    """Loads each spell: the commissioner commissions the practice, from the day of joining to the day of leaving.

    Raises :class:`InputError` for a file of that name with another layout.
    """
    first = _first(path).cells
    heading = _is_heading(first)
    if not heading and not _is_spell(first) and not dataset_of(path)[1]:
        seen = f"its first row has {len(first)} columns" if first else "it is empty"
        raise InputError(
            f"{path.name} is called epcmem, but {seen}.",
            "Expected are six columns without a header: practice, parent, type of parent (W), day of joining as 20130401, day of "
            "leaving, 0 or 1.",
        )
    title = "ODS memberships of practices (epcmem)"
    directory = open_directory(context, path, DATASET, DirectoryFacts(title, "NHS England", OPEN_GOVERNMENT_LICENCE))
    table = Spells(directory, CsvSheet(path, legacy=True), COLUMNS, before=int(heading))
    for fields in table.rows():
        practice = table.code(fields, PRACTICE)
        parent = practice and table.code(fields, PARENT)
        if not parent:
            continue
        _sort(table, fields)
        joined, left = table.day(fields, JOINED), table.day(fields, LEFT)
        qualifiers = table.spell(practice, fields, joined, left, LEFT)
        table.relate(table.refer(practice), "commissionedBy", table.refer(parent), qualifiers, fields)
        if not left:
            known, place = context.spool.first_place(f"open {practice}", parent, str(fields.origin.row))
            if known != parent:
                message = f"Row {place} gives {known} as a parent that the practice has not left either; both are kept."
                fields.report("two-open-spells", LEFT, "", message, "Ask the publisher which one it has left.")
        fields.ignore(WHY_AMENDED, AMENDED)
        fields.close()


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the rows set aside, in the same six columns, with the reasons after them."""
    heading = int(_is_heading(_first(path).cells))
    return write_table(path, [CsvSheet(path, legacy=True)], rows, folder, header=heading, width=len(COLUMNS))


def _sort(table: Spells, fields: Fields) -> None:
    """Checks the type of parent: W, a commissioner of primary care, in every row of every release seen."""
    sort = fields.text(SORT)
    if sort not in ("W", ""):
        table.directory.unknown_code(sort, "the types of parent (W: commissioner of primary care)", ["W"], fields.place(SORT))


def _first(path: Path) -> Row:
    return next(CsvSheet(path, legacy=True).rows(), Row(1, []))


def _is_heading(cells: list[str]) -> bool:
    return len(cells) >= 4 and plain(cells[0]) == plain(PRACTICE) and plain(cells[1]) == plain(PARENT)


def _is_spell(cells: list[str]) -> bool:
    wide = [*cells, "", ""]
    codes = len(cells) in (4, 5, 6) and bool(ODS_CODE.match(cells[0]) and ODS_CODE.match(cells[1]))
    return codes and cells[2] == "W" and looks_like_day(wide[3]) and looks_like_day(wide[4])
