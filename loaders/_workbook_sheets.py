"""Reads the headers of a map workbook: the class of each sheet and the meaning of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from graphsvc.loading import (
    ABOUT,
    IGNORED,
    RELATION_COLUMNS,
    RELATIONS,
    Class,
    Context,
    CsvSheet,
    Finding,
    Row,
    Severity,
    Sheet,
    columns,
    did_you_mean,
    sheets_of,
    shown,
)


@dataclass
class Table:
    """A sheet whose columns are understood. ``chosen`` is its class; ``None`` for the sheet of relations."""

    sheet: Sheet
    chosen: Class | None
    columns: list[str] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    """Number of values in each column that means nothing."""
    hints: dict[str, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yields the rows after the header."""
        rows = self.sheet.rows()
        next(rows, None)
        yield from rows

    def taken(self, row: Row) -> dict[str, str]:
        """Returns the cells of a row by column, leaving out blank ones."""
        return {name: cell for name, cell in zip(self.columns, row.cells, strict=False) if cell and name not in IGNORED}

    def report_unknown(self, context: Context) -> None:
        """Reports each unknown column."""
        why = "A value in a column that means nothing would be lost without a word."
        for name, count in self.unknown.items():
            message = f"The sheet has no column {shown(name)!r}; its {count} value{'s were' if count != 1 else ' was'} not read."
            context.report(
                Finding("violation", "unknown-column", message, self.hints[name], why, self.sheet.file, None, shown(name))
            )


def tables(sheets: Sequence[Sheet], context: Context) -> Iterator[Table]:
    """Yields the sheets that can be read; the others are reported."""
    classes = sheets_of(context.model)
    for sheet in sheets:
        name = sheet.name.casefold()
        if name == ABOUT:
            continue
        header = next(sheet.rows(), None)
        if name != RELATIONS and name not in classes:
            message = f"No class has a sheet {shown(sheet.name)!r}; none of its rows were read."
            hint = did_you_mean(sheet.name, [*classes, RELATIONS]) or "`graphsvc template` writes a workbook with every sheet."
            severity: Severity = "violation" if header else "info"
            refuse(context, sheet, None, Finding(severity, "unknown-sheet", message, hint, "", sheet.file, None, "", shown(name)))
            continue
        chosen = classes.get(name)
        if header is None:
            if isinstance(sheet, CsvSheet):
                hint = "Write the header row, or remove the file."
                message = "The file is empty: it has no header row."
                refuse(context, sheet, chosen, Finding("violation", "empty-file", message, hint, "", sheet.file))
        elif any(fault.fatal for fault in header.faults):
            fault = header.faults[-1]
            refuse(context, sheet, chosen, Finding("violation", fault.rule, fault.message, fault.hint, "", sheet.file, 1))
        else:
            table = Table(sheet, chosen)
            if _understand(table, header, context):
                yield table


def refuse(context: Context, sheet: Sheet, chosen: Class | None, finding: Finding) -> None:
    """Reports a sheet that cannot be read; what the store holds of it stays."""
    context.report(finding)
    context.unread_sheet(sheet.file, finding)
    if chosen:
        context.keep("class", chosen.name)
    elif sheet.name.casefold() == RELATIONS:
        context.keep("relation", "", "", "")


def _understand(table: Table, header: Row, context: Context) -> bool:
    """Reads the header; returns False if no row can be read under it."""
    table.columns = [" ".join(cell.split()) for cell in header.cells]
    known = list(RELATION_COLUMNS) if table.chosen is None else columns(table.chosen)
    twice = sorted({name for name in table.columns if name and table.columns.count(name) > 1})
    needed = ("subject", "relation", "object") if table.chosen is None else ("id",)
    missing = [name for name in needed if name not in table.columns]
    if missing or twice:
        message = f"The column {missing[0]!r} is missing." if missing else f"Two columns are called {twice[0]!r}."
        hint = f"The first row names the columns: {', '.join(known[:12])} ..."
        if len(table.columns) == 1 and any(mark in table.columns[0] for mark in ";\t "):
            hint = "The cells do not seem to be separated by commas: save the file as CSV UTF-8 (comma delimited)."
        rule = "missing-column" if missing else "column-twice"
        refuse(
            context,
            table.sheet,
            table.chosen,
            Finding("violation", rule, f"{message} No row was read.", hint, "", table.sheet.file, 1),
        )
        return False
    for name in table.columns:
        if name and name not in known and name not in IGNORED:
            table.unknown[name] = 0
            table.hints[name] = _hint(name, known, table.chosen)
    return True


def _hint(name: str, known: list[str], chosen: Class | None) -> str:
    relation = chosen.relation(name) if chosen else None
    if relation:
        return f"Write it as rows of the sheet relations: subject, {relation.name}, object."
    return did_you_mean(name, known) or f"The columns are {', '.join(known)}."
