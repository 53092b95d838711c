"""Table with a mapping: any CSV file or XLSX sheet, whose columns a `<file>.map.toml` beside it explains.

`graphsvc mapping FILE` drafts the mapping from the header and the values; docs/mapping.md says what it may hold. One row may
speak of several things (an organisation, its site, its service) and of how they are related.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from graphsvc.loading import Context, Described, DirectoryFacts, Finding, describe_release, open_directory, write_table
from graphsvc.loading.files.table_file import ENDINGS, TableFile, open_table
from graphsvc.loading.mapping.document import mapping_beside, read_layout, read_mapping
from graphsvc.loading.mapping.personal_columns import personal_columns
from graphsvc.loading.persons.withheld_list import not_persons
from graphsvc.loading.private_files import make_private
from graphsvc.loading.release import directory_in_name
from loaders._table_rows import RowReader

NAME = "table with a mapping (CSV, XLSX)"
EXPLICIT = True
"""A mapping beside a file says that it is to be read by it, whatever it is called."""


def recognise(path: Path) -> bool:
    """Recognises a CSV or XLSX file with its mapping beside it."""
    return path.is_file() and path.suffix.casefold() in ENDINGS and mapping_beside(path).is_file()


def describe(path: Path) -> Described:
    """Describes the dataset: the one named beside the file, else the file's name without its date."""
    return describe_release(path)


def load(path: Path, context: Context) -> None:
    """Loads every row as its mapping says.

    Raises :class:`InputError` for a mapping that cannot be used, a table without a column that the mapping speaks of, and a
    mapping that would put telephone numbers, e-mail addresses or a column of persons into the graph.
    """
    mapping = read_mapping(mapping_beside(path), context.model)
    table = open_table(path, mapping.layout)
    personal_columns(table, mapping, not_persons(path))
    directory = open_directory(context, path, directory_in_name(path), DirectoryFacts(path.stem))
    _report_unread_sheets(table, context)
    reader = RowReader(directory, mapping, table)
    for row in table.rows():
        reader.read(row)


def _report_unread_sheets(table: TableFile, context: Context) -> None:
    for names, rule, what in (
        (table.hidden, "hidden-sheet", "hides the sheet"),
        (table.unread, "unread-sheet", "has another sheet"),
    ):
        for name in names:
            message = f"The workbook {what} {name!r}, of which the mapping says nothing; it is not read."
            hint = "If it holds data, save it as a file of its own with a mapping of its own."
            context.report(Finding("warning", rule, message, hint, "", table.sheet.file))


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the rows set aside, in the layout of the file, with its mapping beside them: mended, they can be loaded."""
    layout = read_layout(mapping_beside(path))
    table = open_table(path, layout)
    written = write_table(path, [table.sheet], rows, folder, header=table.before, width=len(table.header))
    if written:
        content = mapping_beside(path).read_text(encoding="utf-8-sig")
        # Rejects are written with commas, whatever the file had.
        mapping_beside(written).write_text(re.sub(r"(?m)^(\s*delimiter\s*=\s*).*$", r'\1","', content), encoding="utf-8")
        make_private(mapping_beside(written))
    return written
