"""Writes the rejects of directories: rows set aside, in the layout of their file, with the reasons after them.

Beside the file stands its ``.toml``, which says that it amends the release it came from. A table keeps its header, or has none
if the file had none; JSON becomes JSON lines of the items, with the reasons under keys of their own.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from graphsvc.loading.files.json_file import Item
from graphsvc.loading.files.sheets import Sheet
from graphsvc.loading.findings import Finding
from graphsvc.loading.formulas import safe
from graphsvc.loading.layout import HINT, REASON
from graphsvc.loading.private_files import make_private, private_folder
from graphsvc.loading.rejects.file import Rows, names, put, write_xlsx
from graphsvc.loading.release import ENDING


def write_table(
    path: Path, sheets: Sequence[Sheet], rows: Rows, folder: Path, *, header: int | Mapping[str, int], width: int = 0
) -> Path | None:
    """Writes the rows of a CSV file or workbook that are set aside; returns the path, or ``None`` where there are none.

    ``header`` is the number of rows before the first of data, of all sheets or by their name; the last of them is the header,
    and 0 is of a sheet without one, which has ``width`` columns. A file of the same name that stands is kept, since somebody may
    be mending it: the next free name is taken.
    """
    if path.suffix.casefold() == ".xlsx":
        chosen = ((sheet.name, _lines(sheet, rows, _before(header, sheet), width)) for sheet in sheets)
        return _written(path, folder, path.suffix, lambda target: write_xlsx(chosen, target))
    return _written(path, folder, ".csv", lambda target: _write_csv(sheets, rows, target, header, width))


def write_items(path: Path, items: Iterator[Item], rows: Rows, folder: Path) -> Path | None:
    """Writes the items of a JSON file that are set aside, as JSON lines; returns the path, or ``None`` where there are none."""

    def write(target: Path) -> int:
        count = 0
        with target.open("w", encoding="utf-8") as out:
            for item in items:
                reasons = rows.get((path.name, item.number), ())
                if reasons and isinstance(item.value, dict):
                    out.write(json.dumps({**item.value, **_reasons(reasons)}, ensure_ascii=False) + "\n")
                    count += 1
        return count

    return _written(path, folder, ".jsonl", write)


def _written(path: Path, folder: Path, ending: str, write: Callable[[Path], int]) -> Path | None:
    private_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
        written = Path(name) / f"{path.stem}{ending}"
        if not write(written):
            return None
        target = folder / f"{path.stem}{ending}"
        return put(written, names(target, again=False), path, lambda found: found.read_bytes() == written.read_bytes())


def _lines(sheet: Sheet, rows: Rows, header: int, width: int) -> Iterator[list[str]]:
    """Yields the lines of a sheet's rejects: what precedes its rows (the header last), then the rows with their reasons."""
    before: list[list[str]] = []
    began = False
    for number, row in enumerate(sheet.rows(), start=1):
        if number <= header:
            before.append(row.cells)
            continue
        reasons = rows.get((sheet.file, row.number))
        if not reasons:
            continue
        names = before[-1] if before else [""] * width
        if before and not began:
            yield from before[:-1]
            yield [*names, REASON, HINT]
        began = True
        told = _reasons(reasons)
        yield [*row.cells, *[""] * (len(names) - len(row.cells)), told[REASON], told[HINT]]


def _reasons(findings: Sequence[Finding]) -> dict[str, str]:
    messages = dict.fromkeys(f"{item.column}: {item.message}" if item.column else item.message for item in findings)
    return {REASON: " ".join(messages), HINT: " ".join(dict.fromkeys(item.hint for item in findings if item.hint))}


def _before(header: int | Mapping[str, int], sheet: Sheet) -> int:
    return header if isinstance(header, int) else header.get(sheet.name, 0)


def _write_csv(sheets: Sequence[Sheet], rows: Rows, target: Path, header: int | Mapping[str, int], width: int) -> int:
    count = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for sheet in sheets:
            for line in _lines(sheet, rows, _before(header, sheet), width):
                writer.writerow([safe(cell) for cell in line])
                count += 1
    return count


def write_facts(written: Path, dataset: str, released: str) -> None:
    """States beside a rejects file which release it amends, so that loading it retires nothing."""
    lines = ["[source]", f'amends = "{dataset}"', *([f'released = "{released}"'] if released else [])]
    beside = written.with_name(written.name + ENDING)
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    make_private(beside)
