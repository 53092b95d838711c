"""Opens a table that people made: finds its delimiter, its sheet and its header, and refuses an ambiguous one."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphsvc.errors import InputError
from graphsvc.loading.files.sheets import CsvSheet, Fault, Row, Sheet
from graphsvc.loading.files.spreadsheet import XlsxSheet, xlsx_sheets
from graphsvc.loading.files.table_layout import DELIMITERS, Layout
from graphsvc.loading.findings import did_you_mean, shown
from graphsvc.loading.layout import IGNORED
from graphsvc.loading.persons.privacy import shown_name

ENDINGS: Final = (".csv", ".tsv", ".tab", ".txt", ".xlsx")
"""How the name of a table may end."""
LOOKED_AT: Final = 60
"""Rows in which the header is looked for."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table whose header is known."""

    sheet: Sheet
    header: tuple[str, ...]
    """Names of the columns, each once: a second ``name`` is ``name (2)``, one without a name ``column 5``."""
    before: int
    """Rows before the first of data, the header included; 0 for a table without a header."""
    delimiter: str = ""
    """Of a CSV file."""
    hidden: tuple[str, ...] = ()
    """Sheets of the workbook that it hides."""
    unread: tuple[str, ...] = ()
    """Its other sheets, which a mapping of this one says nothing of."""
    ragged: bool = False
    """Whether most of its first rows leave out cells at their end, as some programs write empty ones."""

    def misfit(self, row: Row) -> Fault | None:
        """Describes a row of the wrong length: cut short, or with more cells than there are columns."""
        columns = len(self.header)
        if row.width and row.width < columns and not self.ragged:
            message = f"The row has {row.width:,} cells, and there are {columns:,} columns."
            return Fault("row-too-short", message, "Look for what was cut off; an empty cell has its comma too.")
        if len(row.cells) > columns:
            message = f"The row has {len(row.cells):,} cells, and there are {columns:,} columns."
            return Fault("row-too-long", message, "Look for a comma outside quotation marks: what follows it has slipped.")
        return None

    def rows(self) -> Iterator[Row]:
        """Yields the rows of data."""
        return itertools.islice(self.sheet.rows(), self.before, None)

    def cells(self, row: Row) -> dict[str, str]:
        """Returns the cells of a row by column; those beyond the header are called ``column 12``."""
        beyond = (f"column {number}" for number in itertools.count(len(self.header) + 1))
        return {name: cell for name, cell in zip(itertools.chain(self.header, beyond), row.cells, strict=False) if cell}


def open_table(path: Path, layout: Layout | None = None) -> TableFile:
    """Opens the table in a file; the columns that a mapping names must be there.

    Raises :class:`InputError` for a file that is no table, a workbook of several sheets of which none is named, and a table
    without a column that the mapping speaks of.
    """
    if path.suffix.casefold() == ".xlsx":
        return _workbook(path, layout)
    chosen = [layout.delimiter] if layout and layout.delimiter else list(DELIMITERS.values())
    tried = [(delimiter, CsvSheet(path, delimiter, legacy=True)) for delimiter in chosen]
    delimiter, sheet = max(tried, key=lambda pair: _likeness(_start(pair[1]), layout))
    start = _start(sheet)
    header, before = _header(start, layout, sheet.file)
    short = [row.width < len(header) for row in start[before:] if row.width]
    return TableFile(sheet, header, before, delimiter, ragged=2 * sum(short) > len(short))


def _workbook(path: Path, layout: Layout | None) -> TableFile:
    sheets = [sheet for sheet in xlsx_sheets(path) if next(sheet.rows(), None)]
    hidden = tuple(sheet.name for sheet in sheets if _hidden(sheet))
    seen = [sheet for sheet in sheets if sheet.name not in hidden]
    wanted = layout.sheet if layout else ""
    if wanted:
        found = next((sheet for sheet in sheets if sheet.name == wanted), None)
        if found is None:
            names = [sheet.name for sheet in sheets]
            hint = did_you_mean(wanted, names) or f"Its sheets are {', '.join(names)}."
            raise InputError(f"{path.name} has no sheet {shown(wanted)!r} with anything in it.", hint)
    elif len(seen) == 1 or (seen and layout is None):
        found = seen[0]
    elif not seen:
        raise InputError(f"{path.name} has no sheet with anything in it.", "Check that the right file was saved.")
    else:
        listed = ", ".join(sheet.name for sheet in seen)
        raise InputError(
            f"{path.name} has {len(seen)} sheets: {listed}.", 'Say of which one the mapping is: [file], sheet = "…".'
        )
    header, before = _header(_start(found), layout, found.file)
    others = tuple(sheet.name for sheet in seen if sheet is not found)
    return TableFile(found, header, before, "", tuple(name for name in hidden if name != found.name), others)


def _hidden(sheet: XlsxSheet) -> bool:
    return str(getattr(sheet.book.workbook[sheet.name], "sheet_state", "visible")) != "visible"


def _start(sheet: Sheet) -> list[Row]:
    return list(itertools.islice(sheet.rows(), LOOKED_AT))


def names_of(cells: Sequence[str], known: Set[str] = frozenset()) -> tuple[str, ...]:
    """Makes the names of columns from the cells of a header: on one line, each once.

    A heading that is itself about a person, and not ``known`` to the mapping, is named by its place.
    """
    seen: Counter[str] = Counter()
    found: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {number}"
        if name not in known and shown_name(name) != shown(name):
            name = f"column {number}"
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)


def _likeness(rows: Sequence[Row], layout: Layout | None) -> tuple[int, int]:
    """Scores a way of reading a table: by the columns of the mapping that it finds, then by the usual width."""
    named = {*layout.named} if layout else set()
    found = max((len(named.intersection(names_of(row.cells, named))) for row in rows), default=0)
    widths = Counter(len(row.cells) for row in rows if not row.faults)
    return found, max(widths, key=lambda width: (widths[width] * min(width, 2), width), default=0)


def _header(rows: Sequence[Row], layout: Layout | None, file: str) -> tuple[tuple[str, ...], int]:
    """Returns the header and the number of rows up to its end."""
    if not rows:
        raise InputError(f"{file} is empty.", "Check that the right file was saved.")
    if layout and layout.columns:
        return _checked(names_of(layout.columns, {*layout.columns}), layout, file), 0
    place = _header_place(rows, layout)
    header = names_of(rows[place].cells, {*layout.named} if layout else frozenset())
    if any(fault.fatal for row in rows[: place + 1] for fault in row.faults):
        fault = next(fault for row in rows for fault in row.faults if fault.fatal)
        raise InputError(f"{file} cannot be read: {fault.message}", fault.hint)
    return (_checked(header, layout, file) if layout else header), place + 1


def _header_place(rows: Sequence[Row], layout: Layout | None) -> int:
    """Finds the row that names most columns of the mapping; without one, the first that is as wide as most rows are."""
    if layout:
        named = set(layout.named)
        return max(range(len(rows)), key=lambda place: (len(named.intersection(names_of(rows[place].cells, named))), -place))
    usual = Counter(len([cell for cell in row.cells if cell]) for row in rows).most_common(1)[0][0]
    return next((place for place, row in enumerate(rows) if len([cell for cell in row.cells if cell]) >= usual), 0)


def _checked(header: tuple[str, ...], layout: Layout, file: str) -> tuple[str, ...]:
    missing = [column for column in layout.named if column not in header and column not in IGNORED]
    if missing:
        free = [name for name in header if name not in layout.named]
        hints = [f"{name}: {near}" for name in missing if (near := did_you_mean(name, free or list(header)))]
        told = ", ".join(shown(name) for name in missing)
        listed = f"The columns are {shown(', '.join(header))}."
        raise InputError(f"{file} has no column {told}, of which {layout.name} speaks.", " ".join(hints) or listed)
    return header
