"""Writes the rejects of a map: rows set aside, in the layout of the input, with the reason beside each.

Its ``about`` sheet says which map it amends, so loading it adds to what that map says and retires nothing.
"""

from __future__ import annotations

import csv
import itertools
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from graphsvc.loading.files.sheets import CsvSheet, Sheet
from graphsvc.loading.files.spreadsheet import xlsx_sheets
from graphsvc.loading.findings import Finding
from graphsvc.loading.formulas import FORMULA_SIGNS, safe
from graphsvc.loading.layout import HINT, REASON
from graphsvc.loading.private_files import make_private, private_folder

Rows = Mapping[tuple[str, int], Sequence[Finding]]


def write_rejects(path: Path, rows: Rows, unread: Mapping[str, Finding], folder: Path) -> Path:
    """Writes the rows set aside, and every row of sheets not read; returns the folder or workbook written.

    Nothing that stands is replaced, since somebody may be mending it: what differs from it goes to the next free name. An XLSX
    input gives an XLSX, a folder gives a folder of CSV files.
    """
    private_folder(folder)
    ending = ".xlsx" if path.is_file() else ""
    target = folder / f"{path.resolve().stem if ending else path.resolve().name}{ending}"
    sheets = _sheets(path)
    chosen = ((sheet.name, _chosen(sheet, rows, unread, path, target)) for sheet in sheets)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
        written = Path(name) / target.name
        if ending:
            write_xlsx(chosen, written)
        else:
            written.mkdir()
            for sheet_name, lines in chosen:
                _write_csv(lines, written / f"{sheet_name}.csv")
        again = target.resolve() == path.resolve()
        return put(written, names(target, again=again), path, lambda found: _content(found) == _content(written))


def put(written: Path, free: Iterator[Path], path: Path, same: Callable[[Path], bool]) -> Path:
    """Moves a written file to the first free name and returns the path; a file with the ``same`` content there is kept.

    The input itself, at ``path``, is never taken for it.
    """
    make_private(written)
    for found in free:
        if not found.exists():
            return written.rename(found)
        if found.resolve() != path.resolve() and same(found):
            return found
    raise AssertionError("unreachable: names do not end")


def names(target: Path, *, again: bool) -> Iterator[Path]:
    """Yields a path, then the same with -2, -3 and so on; ``x-2``, set aside again, goes on to ``x-3``."""
    yield target
    name, ending = target.stem, target.suffix
    name, _, number = name.rpartition("-") if again and re.search(r"-\d+$", name) else (name, "", "1")
    yield from (target.with_name(f"{name}-{count}{ending}") for count in itertools.count(int(number) + 1))


def _sheets(path: Path) -> list[Sheet]:
    return list(xlsx_sheets(path)) if path.is_file() else [CsvSheet(item) for item in sorted(path.glob("*.csv"))]


def _content(path: Path) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Returns the cells of every sheet."""
    return [(sheet.name, [tuple(row.cells) for row in sheet.rows()]) for sheet in _sheets(path)]


def _chosen(sheet: Sheet, rows: Rows, unread: Mapping[str, Finding], path: Path, target: Path) -> Iterator[list[str]]:
    """Yields the lines of a sheet's rejects, header first; none if none of its rows is set aside."""
    if sheet.name.casefold() == "about":
        yield from _about(sheet, path, target)
        return
    header: list[str] | None = None
    started = False
    whole = unread.get(sheet.file)
    for row in sheet.rows():
        if header is None:
            header = [cell for cell in row.cells if cell not in (REASON, HINT)]
            kept = [index for index, cell in enumerate(row.cells) if cell not in (REASON, HINT)]
            continue
        reasons = list(rows.get((sheet.file, row.number), ())) or ([whole] if whole else [])
        if not reasons:
            continue
        if not started:
            started = True
            yield [*header, REASON, HINT]
        cells = [row.cells[index] if index < len(row.cells) else "" for index in kept]
        yield [*cells, " ".join(item.message for item in reasons), " ".join(_once(item.hint for item in reasons))]


def _about(sheet: Sheet, path: Path, target: Path) -> Iterator[list[str]]:
    for row in sheet.rows():
        if row.cells[:1] != ["amends"]:
            yield row.cells[:2]
    yield ["amends", os.path.relpath(path.resolve(), target.resolve().parent)]


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def _write_csv(lines: Iterator[list[str]], target: Path) -> None:
    first = next(lines, None)
    if first is None:
        return
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(first)
        writer.writerows([safe(cell) for cell in line] for line in lines)


def write_xlsx(sheets: Iterator[tuple[str, Iterator[list[str]]]], target: Path) -> bool:
    """Writes sheets, leaving out those without a line; returns whether there was any."""
    workbook = Workbook(write_only=True)
    for name, lines in sheets:
        first = next(lines, None)
        if first is None:
            continue
        sheet = workbook.create_sheet(name)
        for line in (first, *lines):
            sheet.append([text_cell(sheet, cell) for cell in line])
    found = bool(workbook.worksheets)
    workbook.save(target)
    return found


def text_cell(sheet: Any, text: str) -> Any:
    """Makes a cell that a spreadsheet takes as text, never as a formula."""
    cell = WriteOnlyCell(sheet, value=text or None)
    if text:
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = text[0] in FORMULA_SIGNS
    return cell
