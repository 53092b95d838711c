"""Reads XLSX sheets as rows of text, read-only and measured before they are opened.

Formulas, merged cells and links to other workbooks have no value of their own here, so they are faults, never guesses.
XML is parsed with defusedxml, which openpyxl takes up by itself where it is installed.

Source: ECMA-376, Office Open XML, part 1, section 18 (SpreadsheetML).
"""

from __future__ import annotations

import re
import warnings
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import openpyxl
from defusedxml.ElementTree import iterparse
from openpyxl.utils import range_boundaries

from graphsvc.errors import InputError
from graphsvc.loading.files.sheets import Fault, Row, checked

MAX_UNPACKED: Final = 300_000_000
"""Bytes that all parts of a workbook may unpack to."""
MAX_STRINGS: Final = 60_000_000
"""Bytes of the part that must be held in memory: the shared strings."""
MAX_RATIO: Final = 150
"""How many times a part over a megabyte may grow when it is unpacked."""
MAX_PARTS: Final = 5_000
MAX_TEXT: Final = 1_000_000
"""Bytes that may go by without an element beginning or ending: no cell is that long, and a parser would hold them at once."""
_MERGE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}mergeCell"
_ROW: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"


class _Book:
    """An open workbook, shared by its sheets; the archive is closed with the last of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.workbook = _open(path)
        weakref.finalize(self, self.workbook.close)
        self._merged: dict[str, dict[int, str]] = {}

    def merged(self, name: str) -> dict[int, str]:
        """Returns the rows of a sheet that a merged range touches."""
        if name not in self._merged:
            self._merged[name] = _merged_rows(self.path, self.workbook[name])
        return self._merged[name]


@dataclass(frozen=True, slots=True)
class XlsxSheet:
    """One sheet of a workbook."""

    book: _Book
    name: str

    @property
    def file(self) -> str:
        """The name of workbook and sheet, as a finding gives it."""
        return f"{self.book.path.name}, sheet {self.name}"

    def rows(self) -> Iterator[Row]:
        """Yields every row from the first, leaving out blank ones."""
        worksheet = self.book.workbook[self.name]
        merged = self.book.merged(self.name)
        worksheet.reset_dimensions()  # a file may claim less, or a million columns more, than it holds
        for number, cells in enumerate(worksheet.iter_rows(), start=1):
            faults = [fault for index, cell in enumerate(cells) for fault in _cell_faults(index, cell)]
            row = checked(number, (_text(cell) for cell in cells))
            if number in merged:
                faults.append(_merge_fault(merged[number]))
            if row or faults:
                yield Row(number, row.cells if row else [], (*(row.faults if row else ()), *faults))


def xlsx_sheets(path: Path) -> list[XlsxSheet]:
    """Opens the sheets of a workbook, in order, leaving out the template's own, whose names begin with ``_``.

    Raises :class:`InputError` for a file that is no workbook, is too large unpacked or is linked to other workbooks.
    """
    measure(path)
    book = _Book(path)
    return [XlsxSheet(book, name) for name in book.workbook.sheetnames if not name.startswith("_")]


def measure(path: Path) -> None:
    """Refuses a file that is not a workbook, that would not fit in memory, or that refers to other files.

    The sizes are those the archive declares; :mod:`zipfile` reads no more than that of any part.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{path.name} is not an XLSX workbook.", "Open it in a spreadsheet and save it as .xlsx.") from error
    if any(part.flag_bits & 1 for part in parts):
        raise InputError(f"{path.name} is locked with a password.", "Save it without one.")
    total = sum(part.file_size for part in parts)
    bombs = [part for part in parts if part.file_size > 1_000_000 and part.file_size > MAX_RATIO * max(part.compress_size, 1)]
    strings = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if total > MAX_UNPACKED or bombs or strings > MAX_STRINGS or len(parts) > MAX_PARTS:
        raise InputError(
            f"{path.name} unpacks to {total / 1e6:,.0f} MB from {path.stat().st_size / 1e6:,.1f} MB, which is not safe to open.",
            "Give the sheets as a folder of CSV files, which are read row by row at any size.",
        )
    if any(part.filename.startswith("xl/externalLinks/") for part in parts):
        raise InputError(
            f"{path.name} is linked to other workbooks.",
            "Break the links (Data, Edit Links, Break Link), so that it holds values only.",
        )
    if any("vbaProject" in part.filename for part in parts):
        raise InputError(f"{path.name} holds macros.", "Save it as a plain .xlsx workbook.")
    _refuse_endless_cell(path, [part for part in parts if part.file_size > MAX_TEXT and part.filename.endswith(".xml")])


def _refuse_endless_cell(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    """Refuses a workbook with a cell that is too long, without holding the cell in memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            for part in parts:
                gap = 0
                with archive.open(part) as stream:
                    while chunk := stream.read(MAX_TEXT):
                        first = chunk.find(b"<")
                        gap = gap + len(chunk) if first < 0 else gap + first
                        if gap > MAX_TEXT:
                            raise InputError(
                                f"{path.name} holds a cell of more than {MAX_TEXT:,} characters (in its part {part.filename}); "
                                "32,767 is the limit.",
                                "Shorten it; a long text belongs in a document that the row refers to.",
                            )
                        gap = gap if first < 0 else len(chunk) - chunk.rfind(b"<")
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:  # the last: packed in a way zipfile lacks
        raise InputError(
            f"{path.name} is damaged: it cannot be read as a workbook.", "Open it in a spreadsheet and save it again."
        ) from error


def _open(path: Path) -> Any:
    if not openpyxl.DEFUSEDXML:
        raise InputError("XLSX files are only read with defusedxml.", "Install graphsvc with its dependencies.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions of the file that openpyxl does not keep: nothing is written back
            return openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parts raise on a damaged file
        raise InputError(
            f"{path.name} is damaged: it cannot be read as a workbook.", "Open it in a spreadsheet and save it again."
        ) from error


def _text(cell: Any) -> str:
    """Writes a cell's value as the CSV of the same sheet would have it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(Decimal(repr(value)), "f")
    return str(getattr(value, "text", value))  # an array formula is an object with its text


def _cell_faults(index: int, cell: Any) -> Iterator[Fault]:
    kind = getattr(cell, "data_type", "n")
    if kind == "f":
        yield Fault(
            "formula",
            "The cell holds a formula, whose value another program made.",
            "Copy the cell and paste it as a value.",
            index,
            _text(cell),
        )
    elif kind == "e":
        yield Fault("formula", "The cell shows a spreadsheet error.", "Mend or empty the cell.", index, _text(cell))


def _merge_fault(reference: str) -> Fault:
    return Fault(
        "merged-cells",
        f"The cells {reference} are merged, so only the first has a value.",
        "Unmerge them and write the value in every row that it is true of.",
        None,
        reference,
    )


def _merged_rows(path: Path, worksheet: Any) -> dict[int, str]:
    """Returns the rows that a merged range touches, which openpyxl does not give in read-only mode."""
    part = str(getattr(worksheet, "_worksheet_path", "")).lstrip("/")
    rows: dict[int, str] = {}
    with zipfile.ZipFile(path) as archive:
        if part not in archive.namelist():
            return rows
        with archive.open(part) as stream:
            for _, element in iterparse(stream):
                if element.tag == _MERGE:
                    reference = element.get("ref", "")
                    if re.fullmatch(r"[A-Z]+\d+:[A-Z]+\d+", reference):
                        _, first, _, last = range_boundaries(reference)
                        rows.update(dict.fromkeys(range(int(first or 1), min(int(last or 1), 1_048_576) + 1), reference))
                if element.tag == _ROW:
                    element.clear()
    return rows
