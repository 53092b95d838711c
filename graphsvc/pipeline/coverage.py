"""Counts how much of an input was read and understood: the rows in the file, and those that the loader read.

A file of its own because the rows are counted without the loader, which may have begun in the wrong place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from graphsvc.errors import InputError
from graphsvc.loading import CsvSheet
from graphsvc.loading.files.table_file import ENDINGS
from graphsvc.pipeline.expectations import Coverage
from graphsvc.pipeline.intake import CheckedInput

_TABLES: Final = frozenset(ENDINGS) - {".xlsx"}
"""Tables of one sheet. Of a workbook the sheets that are not read are told by name."""


def coverage_of(found: CheckedInput) -> Coverage:
    """Counts the rows of a release, for its expectations."""
    context = found.context
    aside, good = len(context.set_aside), context.spool.count_data_rows()
    files = list(context.unread)
    cut = f"{files[0]} breaks off, or rows of it could not be read" if files else ""
    there = rows_in(found.path) if context.rows_met else 0
    return Coverage(good, aside, context.rows_met, there, cut, tuple(context.left_out))


def rows_in(path: Path) -> int:
    """Counts the rows of a table that are not blank, without a heading; 0 for a file that is no table of one sheet."""
    if path.is_dir() or path.suffix.casefold() not in _TABLES:
        return 0
    try:
        return max(0, sum(1 for _ in CsvSheet(path, legacy=True).rows()) - 1)
    except InputError:
        return 0
