"""Reads rows of ODS tables that relate two codes for a time: memberships, core partners and successions.

A file of its own because three formats read such rows, and a code, a day and a spell must be judged alike in each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from graphsvc.loading import Directory, Fields, Finding, Origin, Qualifiers, Sheet, shown
from loaders._ods import NOT_A_CODE, ODS_CODE, Moment, referrer

ADDED = ("reason", "hint")
"""Columns that a rejects file has behind its own."""
AMENDED = "Amended Record Indicator"
WHY_AMENDED = "says only whether the record was changed since the last release"


def plain(heading: str) -> str:
    """Returns a heading in small letters with single spaces, since headings hold line breaks and end in spaces."""
    return " ".join(heading.replace("_", " ").casefold().split())


class Spells:
    """Reads the rows of one sheet of a release."""

    def __init__(self, directory: Directory, sheet: Sheet, columns: Sequence[str], *, before: int) -> None:
        self.directory = directory
        self.context = directory.context
        self.sheet = sheet
        self.file = sheet.file
        self.columns = [*columns, *ADDED]
        self.before = before
        self.moment = Moment(directory)
        self.refer = referrer(directory)
        self._cells: dict[str, str] = {}

    def rows(self) -> Iterator[Fields]:
        """Yields the rows that can be read; the others are set aside."""
        for row in islice(self.sheet.rows(), self.before, None):
            self._cells = dict(zip(self.columns, row.cells, strict=False))
            if self.directory.faults(row.faults, self.file, row.number, self.columns):
                self._keep()
                continue
            if len(row.cells) > (len(self.columns) if self.context.amends else len(self.columns) - len(ADDED)):
                message = f"The row has {len(row.cells)} columns; there are {len(self.columns) - len(ADDED)}."
                hint = "Look for a comma outside quotation marks."
                place = (self.file, row.number, "", shown(", ".join(row.cells[:3])))
                self.context.report(Finding("violation", "wrong-width", message, hint, "", *place))
                self._keep()
                continue
            fields = self.context.fields(self._cells, Origin(self.file, row.number))
            fields.ignore("the reason why the row was set aside", *ADDED)
            yield fields

    def code(self, fields: Fields, column: str) -> str:
        """Takes the code in a column that must have one; where it has none, the row is set aside and the code is empty."""
        text = fields.text(column)
        if ODS_CODE.match(text):
            return text
        message, hint = NOT_A_CODE if text else ("There is no code.", "Look it up at ODS and add it.")
        self.set_aside(fields, "bad-ods-code" if text else "missing-code", column, text, message, hint)
        return ""

    def set_aside(self, fields: Fields, rule: str, column: str, value: str, message: str, hint: str) -> None:
        """Reports why a row is set aside, and drops the rest of it."""
        fields.report(rule, column, value, message, hint, severity="violation")
        fields.forget()
        self._keep()

    def _keep(self) -> None:
        """Keeps what an earlier release states of the first organisation that a row in error names."""
        codes = (cell for column, cell in self._cells.items() if column.endswith("Code") and ODS_CODE.match(cell))
        for entity in [self.organisation(code) for code in codes][:1]:
            for key in (("thing", entity), ("relation", entity, "", ""), ("relation", "", "", entity)):
                self.context.keep(*key)

    def day(self, fields: Fields, column: str) -> date | None:
        """Takes the day in a column; ``None`` where it has none."""
        text = fields.text(column)
        return self.directory.day(text, Origin(self.file, fields.origin.row, column)) if text else None

    def spell(self, locator: str, fields: Fields, start: date | None, last: date | None, column: str) -> Qualifiers:
        """Makes the qualifiers of a relation: in force, or ended if its last day has come."""
        self.directory.report_backwards(start, last, fields.place(column))
        status = "ENDED" if self.moment.is_over(last) else "IN_FORCE"
        return self.directory.qualifiers(locator, start, last, status)

    def relate(self, subject: str, relation: str, object_: str, qualifiers: Qualifiers, fields: Fields) -> None:
        """Passes on a relation; a repeated one for the same time is reported and counts once."""
        if not self.context.emit(self.context.relate(subject, relation, object_, qualifiers, fields.origin)):
            message = "An earlier row says the same for the same time; the two are one."
            fields.report("same-twice", self.columns[0], qualifiers.locator, message, "Nothing to do.", severity="info")

    def organisation(self, code: str) -> str:
        """Returns the id of the organisation with a code."""
        return self.context.coded("Organisation", "ods", code)


def looks_like_day(text: str) -> bool:
    """Tells whether a cell holds a day as ODS writes it, or nothing."""
    return bool(re.match(r"^(?:[12]\d{7}|[12]\d{3}-\d\d-\d\d)?$", text))
