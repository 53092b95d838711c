"""Reads tables safely: yields the rows of CSV files and XLSX sheets as text, one at a time, with their faults.

Nothing here knows what the columns mean. Memory is bounded by one row, whatever the file: a line longer than
:data:`MAX_LINE` is never held, a cell longer than :data:`MAX_CELL` is refused, and an XLSX is measured before it is opened
(:mod:`graphsvc.loading.files.spreadsheet`).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol, TextIO

from graphsvc.loading.files.bytes import encoding_of, marked_encoding, settled
from graphsvc.loading.files.swallowed_rows import Swallowed, swallowed_rows
from graphsvc.loading.findings import Severity
from graphsvc.loading.formulas import FORMULA_SIGNS

MAX_CELL: Final = 32_767
"""Characters in a cell: the limit that spreadsheets have."""
MAX_LINE: Final = 1_000_000
"""Characters in a line of a CSV file."""
LEAST_OTHERS: Final = 2
"""Rows beside which a shorter last one without an end of line is taken for torn."""
_TOO_LONG: Final = "\x00line too long\x00"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_MOJIBAKE: Final = re.compile(
    r"Ã[\u0080-\u00bf\u2018-\u203a\u0152-\u017e]|â€[\u0080-\u00bf\u2018-\u203a\u0152-\u017e™œ]|Â[\u00a0-\u00bf]"
)
"""UTF-8 that somebody read as Windows-1252: é as Ã©, ’ as â€™, £ as Â£."""
_WRITTEN_SAFE: Final = re.compile(f"^'(?=[{re.escape(FORMULA_SIGNS)}])")
"""The mark that keeps a spreadsheet from running a cell as a formula; taken off again when the file is read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a row as it was read; ``cell`` counts from 0, ``None`` for the whole row."""

    rule: str
    message: str
    hint: str
    cell: int | None = None
    value: str = ""
    fatal: bool = False
    """Whether nothing after it could be read."""
    hides: bool = False
    """Whether it holds further rows, which could not be read."""
    severity: Severity = "violation"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it, its cells as stripped text, and its faults."""

    number: int
    cells: list[str]
    faults: tuple[Fault, ...] = ()
    width: int = field(default=0, compare=False)
    """Cells that the row has in the file, empty ones at its end included; 0 where that is not known."""


class Sheet(Protocol):
    """The protocol of a table that can be read any number of times."""

    @property
    def name(self) -> str:
        """The name of the sheet: the file's without ending, or the XLSX sheet's."""
        ...

    @property
    def file(self) -> str:
        """The name of the sheet in a finding: ``organisations.csv`` or ``wigan.xlsx, sheet organisations``."""
        ...

    def rows(self) -> Iterator[Row]:
        """Yields every row from the first, leaving out blank ones."""
        ...


class _Reader(Protocol):
    """A reader of the csv module."""

    @property
    def line_num(self) -> int:
        """Lines read so far; a row may have several."""
        ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class CsvSheet:
    """A CSV file: comma, double quotes, UTF-8 with or without a byte order mark, or UTF-16 with one.

    With ``legacy`` a file that is not UTF-8 throughout is read as Windows-1252; without, its cells that are not are faults.
    """

    path: Path
    delimiter: str = ","
    legacy: bool = False

    @property
    def name(self) -> str:
        """The file's name without ending."""
        return self.path.stem

    @property
    def file(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def encoding(self) -> str:
        """The encoding of the file: ``utf-8-sig``, ``utf-16`` or ``cp1252``."""
        return encoding_of(self.path) if self.legacy else marked_encoding(self.path)

    def rows(self) -> Iterator[Row]:
        """Yields every row from the first, leaving out blank ones. Raises :class:`InputError` for a file that changes."""
        encoding = self.encoding
        errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
        with io.TextIOWrapper(settled(self.path), encoding=encoding, errors=errors, newline="") as text:
            yield from _csv_rows(text, self.delimiter)


def _csv_rows(text: TextIO, delimiter: str) -> Iterator[Row]:
    """Yields the rows, each held back until the next begins, since the last one is checked for being cut short."""
    # The csv module gives up a file at a cell of 131,072 characters; one within a line sets its own row aside alone. The limit is
    # of the whole process, and no other module of it reads CSV.
    csv.field_size_limit(MAX_LINE)
    lines = _Lines(text)
    held: Row | None = None
    least, others = 0, 0
    for row in _read_rows(csv.reader(lines, strict=True, delimiter=delimiter), delimiter):
        if held is not None:
            yield held
            least = min(least or held.width, held.width)
            others += 1
        held = row
    if held is not None:
        torn = not lines.ended and others >= LEAST_OTHERS and 0 < held.width < least and not held.faults
        yield replace(held, faults=(_torn(held.width, least),)) if torn else held


def _torn(width: int, least: int) -> Fault:
    return Fault(
        "torn-row",
        f"The file breaks off in this row: it has {width:,} cells where every other has {least:,} or more, and no end of line.",
        "Fetch the file again; what would have come after this row is missing.",
        fatal=True,
    )


def _read_rows(reader: _Reader, delimiter: str) -> Iterator[Row]:
    number = 0
    widths: set[int] = set()
    while True:
        number += 1
        before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, [], (_csv_fault(str(error)),))
            return
        except UnicodeError:
            fault = Fault(
                "encoding", "The text breaks off in the middle of a character.", "Save the file as CSV UTF-8.", fatal=True
            )
            yield Row(number, [], (fault,))
            return
        row = checked(number, cells)
        found = swallowed_rows(cells, delimiter, widths) if reader.line_num > before + 1 else None
        if row and found:
            row = replace(row, faults=(*row.faults, _swallowed(found, before + 1, number == 1)))
        elif row:
            widths.add(len(cells))
        if row:
            yield replace(row, width=len(cells))


def _swallowed(found: Swallowed, line: int, header: bool) -> Fault:
    first, last = line + found.first, line + found.last
    return Fault(
        "rows-in-a-cell",
        f"A cell that begins in line {first:,} of the file and ends in line {last:,} holds what look like further rows.",
        f"Look for a quotation mark in line {first:,} that is opened and not closed, or for a stray one in line {last:,}.",
        found.cell,
        fatal=header,
        hides=True,
    )


def _csv_fault(error: str) -> Fault:
    if "field larger" in error:
        return Fault(
            "cell-too-large",
            f"A cell does not end: it holds more than {MAX_LINE:,} characters over several lines.",
            "Look for a quotation mark that is opened and not closed in this row; nothing after it was read.",
            fatal=True,
        )
    return Fault(
        "broken-csv",
        "The row is not well-formed CSV: a quotation mark is opened and not closed, or stands in the middle of a cell.",
        'Write a quotation mark inside a cell twice ("") and put the cell in quotation marks; nothing after it was read.',
        fatal=True,
    )


class _Lines:
    """An iterator of lines that replaces one too long to hold by a mark; ``ended`` tells whether the last one had an end."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        text = self._text
        while line := text.readline(MAX_LINE):
            self.ended = line.endswith(("\n", "\r"))
            if len(line) < MAX_LINE or self.ended:
                yield line
                continue
            while (rest := text.readline(MAX_LINE)) and not rest.endswith("\n"):
                pass
            self.ended = True
            yield _TOO_LONG + "\n"


_SHORTEN: Final = "Shorten it; a long text belongs in a document that the row refers to."


def checked(number: int, values: Iterable[str]) -> Row | None:
    """Makes a row of stripped cells with the faults of their text; ``None`` for a blank one."""
    cells: list[str] = []
    faults: list[Fault] = []
    for index, value in enumerate(values):
        cell = _WRITTEN_SAFE.sub("", value.strip())
        if value == _TOO_LONG:
            cell = ""
            faults.append(Fault("cell-too-large", f"The row is longer than {MAX_LINE:,} characters.", _SHORTEN))
        elif len(cell) > MAX_CELL:
            message = f"The cell holds {len(cell):,} characters; {MAX_CELL:,} is the limit."
            faults.append(Fault("cell-too-large", message, _SHORTEN, index, cell[:80]))
            cell = cell[:MAX_CELL]
        if not cell.isascii():
            cell, fault = _text(cell, index)
            faults.extend(fault)
        if _CONTROL.search(cell):
            cell = _CONTROL.sub("", cell)
            faults.append(
                Fault("control-character", "The cell holds a character that is not text.", "Retype the cell.", index, cell)
            )
        cells.append(cell)
    while cells and not cells[-1]:
        cells.pop()
    return Row(number, cells, tuple(faults)) if cells or faults else None


def _text(cell: str, index: int) -> tuple[str, list[Fault]]:
    """Normalises a cell to composed form, and reads it as Windows-1252, with a fault, where it is not UTF-8."""
    if not _SURROGATE.search(cell) and "\ufffd" not in cell:
        faults = [_mojibake(cell, index)] if _MOJIBAKE.search(cell) else []
        return unicodedata.normalize("NFC", cell.replace("\u00a0", " ").strip()), faults
    guess = cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace") if _SURROGATE.search(cell) else cell
    return guess, [
        Fault(
            "encoding",
            "The cell is not UTF-8; it looks like Windows-1252.",
            "Save the file as CSV UTF-8; the rejects file has the row in UTF-8, with the character as it was probably meant.",
            index,
            guess,
        )
    ]


def _mojibake(cell: str, index: int) -> Fault:
    return Fault(
        "mojibake",
        "The cell holds letters that were saved in one encoding and read in another, such as Ã© for é.",
        "Mend it at its publisher; it is kept as it stands.",
        index,
        cell,
        severity="warning",
    )
