"""Writes an empty workbook with the sheets, columns, closed lists and notes of the Model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from graphsvc.loading.layout import ABOUT, ABOUT_KEYS, QUALIFIERS, RELATION_COLUMNS, RELATIONS, columns, sheets
from graphsvc.model import Class, Model
from graphsvc.provenance import CONFIDENCES, STATUSES

LISTS: Final = "_lists"
"""Hidden sheet of the closed lists; the loader leaves out sheets whose name begins so."""
ROWS: Final = 2000
"""Rows that have drop-down lists."""
_SHEET_NAME: Final = 31
_NOTES: Final = {
    "id": "A short name of your own, unique over all maps: lower-case letters, digits and hyphens, such as wigan-council.",
    "subject": "Id of the thing that the relation goes from.",
    "relation": "Name of the relation, in either direction: docs/ontology.md says what each means.",
    "object": "Id of the thing that the relation goes to.",
    "source": "Id of the row in the sheet sources that says so.",
    "locator": "Where in the source: section, paragraph, slide or table.",
    "confidence": "explicit: the source says it; inferred: a reader concludes it. Empty means explicit.",
    "status": "Whether it is so, is planned, or is over. Empty means in force.",
    "start": "First day: 2017, 2017-04, 2017-04-10, 2017/18, Q2 2018/19, or [..2019-07] for by July 2019. Empty: not stated.",
    "end": "Last day on which it still holds, written like a start. Empty: not stated.",
    "asStated": "The source's own few words for the date.",
    "note": "What a reader should know about this row, in your own words.",
}
_ABOUT_NOTES: Final = {
    "id": "Short name of the map; stays the same when the map is loaded again.",
    "title": "What the map is called.",
    "description": "What it is of, in a sentence.",
    "uses": "Ids of the maps that it refers to, separated by a bar: national | black-country.",
}
_HEAD: Final = PatternFill("solid", start_color="E8EEF4")
_REQUIRED: Final = PatternFill("solid", start_color="F9E2B8")


def write_template(model: Model, target: Path) -> None:
    """Write the template to ``target``."""
    workbook = Workbook()
    _about(workbook)
    lists = _Lists(workbook, model)
    relations = workbook.create_sheet(RELATIONS)
    _columns(relations, [(name, _NOTES[name], name in RELATION_COLUMNS[:4], lists.of(name)) for name in RELATION_COLUMNS])
    for name, chosen in sheets(model).items():
        _columns(workbook.create_sheet(name[:_SHEET_NAME]), list(_of_class(chosen, model, lists)))
    workbook.move_sheet(LISTS, len(workbook.sheetnames))
    workbook.save(target)


class _Lists:
    """The closed lists, in columns of a hidden sheet, which drop-downs refer to."""

    def __init__(self, workbook: Workbook, model: Model) -> None:
        self._sheet: Any = workbook.create_sheet(LISTS)
        self._sheet.sheet_state = "hidden"
        self._ranges: dict[str, str] = {}
        self._add("confidence", [item.lower() for item in CONFIDENCES])
        self._add("status", [item.lower().replace("_", " ") for item in STATUSES])
        self._add("relation", sorted(item.name for item in model.relations.values() if not item.deprecated))
        self._add("boolean", ["true", "false"])
        for scheme in model.schemes.values():
            self._add(f"scheme {scheme.name}", [item.label for item in scheme.concepts if not item.deprecated])

    def of(self, name: str) -> str:
        """The cells of a list; empty where there is none of that name."""
        return self._ranges.get(name, "")

    def _add(self, name: str, terms: list[str]) -> None:
        column = len(self._ranges) + 1
        for row, text in enumerate([name, *terms], start=1):
            self._sheet.cell(row, column, text)
        letter = get_column_letter(column)
        self._ranges[name] = f"{LISTS}!${letter}$2:${letter}${len(terms) + 1}"


def _of_class(chosen: Class, model: Model, lists: _Lists) -> Iterator[tuple[str, str, bool, str]]:
    """Name, note, whether it is required, and list of each column of a class's sheet."""
    for name in columns(chosen):
        item, relation = chosen.property(name), chosen.relation(name)
        if name == "id" or name in QUALIFIERS:
            yield name, _NOTES[name], name in ("id", "source"), lists.of(name)
        elif item:
            many = " Several are separated by a bar: one | two." if item.many else ""
            example = f" Example: {item.example}" if item.example else ""
            wanted = lists.of(f"scheme {item.scheme}" if item.scheme else "boolean" if item.datatype == "boolean" else "")
            yield name, f"{item.definition}{many}{example}", item.min_count > 0, "" if item.many else wanted
        elif relation:
            many = ", separated by a bar" if relation.many else ""
            label = model.named(relation.ranges)
            note = f"{relation.definition} Write the id of a {label}{many}."
            yield name, note, relation.min_count > 0, ""


def _columns(sheet: Any, found: list[tuple[str, str, bool, str]]) -> None:
    sheet.freeze_panes = "B2"
    for number, (name, note, required, choices) in enumerate(found, start=1):
        letter = get_column_letter(number)
        cell = sheet.cell(1, number, name)
        cell.font = Font(bold=True)
        cell.fill = _REQUIRED if required else _HEAD
        cell.alignment = Alignment(vertical="top")
        comment = Comment(f"{'Required. ' if required else ''}{note}", "graphsvc")
        comment.width, comment.height = 320, 140
        cell.comment = comment
        wide = name in ("name", "description", "text", "note", "title", "question", "reason")
        sheet.column_dimensions[letter].width = 42 if wide else max(14, len(name) + 4)
        sheet.column_dimensions[letter].number_format = "@"  # text: a spreadsheet must not make dates or numbers of what is typed
        if choices:
            rule = DataValidation("list", formula1=choices, allow_blank=True, showErrorMessage=True)
            rule.error, rule.errorTitle = "Choose a term of the list.", name
            rule.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(rule)


def _about(workbook: Workbook) -> None:
    sheet: Any = workbook.active
    sheet.title = ABOUT
    sheet.append(["key", "value"])
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 70
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for key in ABOUT_KEYS[:4]:
        sheet.append([key, None])
        comment = Comment(_ABOUT_NOTES[key], "graphsvc")
        comment.width, comment.height = 320, 90
        sheet.cell(sheet.max_row, 1).comment = comment
