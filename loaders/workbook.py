"""The map workbook: a folder of CSV files, one a sheet, or an XLSX of the same sheets.

``about`` names the map; one sheet a class holds things, with a column for each property and for the relations that are part of
a thing; ``relations`` holds the rest. Every row says who says it, where, how surely and when. The columns come from the Model,
so a new class is a new sheet and nothing here changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graphsvc.loading import (
    CONFIDENCES, STATUSES, CellError, Class, Context, CsvSheet, DateError, Finding, InputError, Origin, Property, Qualifiers,
    Relation, Row, Sheet, Value, cells, did_you_mean, period, shown, xlsx_sheets,
)  # fmt: skip
from graphsvc.loading.rejects import write_rejects

__all__ = ["NAME", "load", "recognise", "write_rejects"]

NAME = "map workbook"
QUALIFIERS = ("source", "locator", "confidence", "status", "start", "end", "asStated", "note")
RELATION_COLUMNS = ("subject", "relation", "object", *QUALIFIERS)
ABOUT = "about"
RELATIONS = "relations"
ABOUT_KEYS = ("id", "title", "description", "uses", "amends")
IGNORED = frozenset({"rejectReason", "rejectHint", "rejectSeverity"})
"""Columns of a rejects file, left out when it is loaded again."""


def recognise(path: Path) -> bool:
    """A folder that holds CSV files, or an ``.xlsx`` file."""
    if path.is_dir():
        return any(path.glob("*.csv"))
    return path.suffix.lower() == ".xlsx"


def load(path: Path, context: Context, seen: frozenset[Path] = frozenset()) -> None:
    """Read a map: first the maps that it uses, then what things it names, then every row.

    Raises :class:`InputError` if it is no workbook at all; everything less is a finding.
    """
    path = path.resolve()
    sheets = _sheets(path)
    about = _about(path, sheets, context)
    context.dataset, context.title = about["id"], about["title"]
    for used in cells.values_of(about["uses"]):
        sibling = next((found for found in (path.parent / used, path.parent / f"{used}.xlsx") if found.exists()), None)
        if sibling and sibling not in seen:
            load(sibling, Context(context.model, context.spool, context.known, used=True), seen | {path})
    if about["amends"]:
        context.amends = True
        amended = path.parent / about["amends"]
        if amended.exists():
            load(amended, Context(context.model, context.spool, context.known, used=True), seen | {path})
    tables = list(_tables(sheets, context))
    for table in tables:
        _name_things(table, context)
    for table in sorted(tables, key=lambda item: item.chosen is None):
        reader = _Reader(context, table)
        for row in table.rows():
            reader.read(row)
        table.say_unread(context)


def _sheets(path: Path) -> list[Sheet]:
    if path.is_dir():
        return [CsvSheet(file) for file in sorted(path.glob("*.csv"))]
    return list(xlsx_sheets(path))


def _about(path: Path, sheets: Sequence[Sheet], context: Context) -> dict[str, str]:
    """The key and value pairs of the ``about`` sheet; the id falls back to the file's name, with a finding."""
    found = dict.fromkeys(ABOUT_KEYS, "")
    sheet = next((item for item in sheets if item.name.casefold() == ABOUT), None)
    name = sheet.file if sheet else f"{path.name}, sheet {ABOUT}"
    for row in sheet.rows() if sheet else ():
        key, value = (*row.cells, "", "")[:2]
        for fault in row.faults:
            context.report(
                Finding("violation", fault.rule, fault.message, fault.hint, "", name, row.number, "value", shown(fault.value))
            )
        if row.number == 1 and key == "key":
            continue
        if key not in ABOUT_KEYS:
            hint = did_you_mean(key, list(ABOUT_KEYS)) or f"The keys are {', '.join(ABOUT_KEYS)}."
            context.report(
                Finding(
                    "warning",
                    "unknown-key",
                    f"Nothing is done with the key {shown(key)!r}.",
                    hint,
                    "",
                    name,
                    row.number,
                    "key",
                    shown(key),
                )
            )
        else:
            found[key] = value
    stem = path.stem if path.is_file() else path.name
    if not found["id"]:
        why = "The id says which map it is when it is loaded again."
        hint = f"Add a sheet about with the columns key and value, and a row id,{stem}."
        context.report(Finding("violation", "no-about", "The map has no id.", hint, why, name, column="id"))
        found["id"] = stem
    return found


@dataclass
class _Table:
    """A sheet whose columns are understood. ``chosen`` is its class; ``None`` is the sheet of relations."""

    sheet: Sheet
    chosen: Class | None
    columns: list[str] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    fatal: Row | None = None

    def rows(self) -> Iterator[Row]:
        """The rows after the header."""
        rows = self.sheet.rows()
        next(rows, None)
        yield from rows

    def cells(self, row: Row) -> dict[str, str]:
        """What stands in the row, by column; blank cells left out."""
        return {name: cell for name, cell in zip(self.columns, row.cells, strict=False) if cell and name not in IGNORED}

    def say_unread(self, context: Context) -> None:
        """Report each column that nothing is done with, and a sheet that could not be read to its end."""
        for name, count in self.unknown.items():
            context.report(
                Finding(
                    "violation", "unknown-column", f"The sheet has no column {shown(name)!r}; its {count} value(s) were not read.",
                    self.hints[name], "A value in a column that means nothing would be lost without a word.", self.sheet.file, None, shown(name),
                )
            )  # fmt: skip


def _tables(sheets: Sequence[Sheet], context: Context) -> Iterator[_Table]:
    classes = {item.sheet: item for item in context.model.classes.values() if not item.abstract}
    for sheet in sheets:
        name = sheet.name.casefold()
        if name == ABOUT:
            continue
        header = next(sheet.rows(), None)
        if name != RELATIONS and name not in classes:
            _report_sheet(
                context, sheet, header, "unknown-sheet", f"No class has a sheet {shown(sheet.name)!r}; none of its rows were read.",
                did_you_mean(sheet.name, [*classes, RELATIONS]) or "`graphsvc template` writes a workbook with every sheet.",
            )  # fmt: skip
            continue
        if header is None or any(fault.fatal for fault in header.faults):
            fault = header.faults[0] if header and header.faults else None
            if fault or isinstance(sheet, CsvSheet):
                _report_sheet(
                    context, sheet, header, fault.rule if fault else "empty-file",
                    fault.message if fault else "The file is empty: it has no header row.",
                    fault.hint if fault else "Write the header row, or remove the file.", classes.get(name),
                )  # fmt: skip
            continue
        table = _Table(sheet, classes.get(name))
        if _understand(table, header, context):
            yield table


def _report_sheet(
    context: Context, sheet: Sheet, header: Row | None, rule: str, message: str, hint: str, chosen: Class | None = None
) -> None:
    """Report a sheet that cannot be read at all; a blank one that means nothing is only mentioned."""
    finding = Finding(
        "violation" if header or rule == "empty-file" else "info",
        rule,
        message,
        hint,
        "",
        sheet.file,
        None,
        "",
        shown(sheet.name),
    )
    context.report(finding)
    context.unread_sheet(sheet.file, finding)
    if chosen:
        context.keep("class", chosen.name)
    elif sheet.name.casefold() == RELATIONS:
        context.keep("relation", "", "", "")


def _understand(table: _Table, header: Row, context: Context) -> bool:
    """Take in the header; False if no row can be read under it."""
    table.columns = [" ".join(cell.split()) for cell in header.cells]
    known = list(RELATION_COLUMNS) if table.chosen is None else _columns(table.chosen)
    twice = sorted({name for name in table.columns if name and table.columns.count(name) > 1})
    needed = ("subject", "relation", "object") if table.chosen is None else ("id",)
    missing = [name for name in needed if name not in table.columns]
    if missing or twice:
        message = f"The column {missing[0]!r} is missing." if missing else f"Two columns are called {twice[0]!r}."
        hint = f"The first row names the columns: {', '.join(known[:12])} ..."
        if len(table.columns) == 1 and any(mark in table.columns[0] for mark in ";\t"):
            hint = "The cells are not separated by commas: save the file as CSV UTF-8 (comma delimited)."
        _report_sheet(
            context,
            table.sheet,
            header,
            "missing-column" if missing else "column-twice",
            f"{message} No row was read.",
            hint,
            table.chosen,
        )
        return False
    for name in table.columns:
        if name and name not in known and name not in IGNORED:
            table.unknown[name] = 0
            relation = table.chosen.relation(name) if table.chosen else None
            table.hints[name] = (
                f"Write it as rows of the sheet relations: subject, {relation.name}, object."
                if relation
                else did_you_mean(name, known) or f"The columns are {', '.join(known)}."
            )
    return True


def _columns(chosen: Class) -> list[str]:
    """The columns of a class's sheet, in order."""
    relations = [item.name for item in chosen.relations if item.sheet_column]
    return ["id", *(item.name for item in chosen.properties), *relations, *QUALIFIERS]


def _name_things(table: _Table, context: Context) -> None:
    if table.chosen is None:
        return
    for row in table.rows():
        slug = table.cells(row).get("id", "")
        try:
            context.spool.name(slug, context.id(table.chosen.name, slug), context.used)
        except InputError:
            continue  # reported when the row is read


@dataclass
class _Trouble(Exception):  # noqa: N818 - it never leaves this module
    """What is wrong with one cell."""

    rule: str
    message: str
    hint: str
    column: str
    why: str = ""


class _Reader:
    """Reads the rows of one table."""

    def __init__(self, context: Context, table: _Table) -> None:
        self.context = context
        self.table = table
        self.file = table.sheet.file

    def read(self, row: Row) -> None:
        """Emit what the row says, or report what is wrong with it and set it aside: a row goes in whole or not at all."""
        taken = self.table.cells(row)
        for name in self.table.unknown:
            self.table.unknown[name] += name in taken
        troubles = [_Trouble(fault.rule, fault.message, fault.hint, self._column(fault.cell)) for fault in row.faults]
        if any(cell for cell in row.cells[len(self.table.columns) :]):
            troubles.append(_Trouble("too-many-cells", "The row has more cells than the header has columns.",
                                     "Put a text with commas in quotation marks.", ""))  # fmt: skip
        troubles += [
            _Trouble("unnamed-column", "A value stands in a column without a name.", "Name the column, or remove the value.", "")
            for name, cell in taken.items()
            if not name and cell
        ]
        origin = Origin(self.file, row.number)
        qualifiers = self._qualifiers(taken, troubles)
        if self.table.chosen is None:
            self._relation(taken, qualifiers, origin, troubles)
        else:
            self._thing(self.table.chosen, taken, qualifiers, origin, troubles)
        for trouble in troubles:
            value = taken.get(trouble.column, "")
            self.context.report(
                Finding(
                    "violation",
                    trouble.rule,
                    trouble.message,
                    trouble.hint,
                    trouble.why,
                    self.file,
                    row.number,
                    trouble.column,
                    shown(value),
                )
            )
        if any(fault.fatal for fault in row.faults):
            self._stop(row)

    def _column(self, index: int | None) -> str:
        return self.table.columns[index] if index is not None and index < len(self.table.columns) else ""

    def _stop(self, row: Row) -> None:
        """Nothing after the row could be read: what the store holds of this sheet stays."""
        chosen = self.table.chosen
        self.context.unread_sheet(
            self.file, Finding("violation", row.faults[-1].rule, row.faults[-1].message, row.faults[-1].hint)
        )
        if chosen:
            self.context.keep("class", chosen.name)
        else:
            self.context.keep("relation", "", "", "")

    def _qualifiers(self, taken: Mapping[str, str], troubles: list[_Trouble]) -> Qualifiers:
        choices: dict[str, str] = {}
        for column, allowed, default in (("confidence", CONFIDENCES, "EXPLICIT"), ("status", STATUSES, "IN_FORCE")):
            choices[column] = default
            if taken.get(column):
                try:
                    choices[column] = cells.choose(allowed, taken[column], column)
                except CellError as error:
                    troubles.append(_Trouble(error.rule, error.message, error.hint, column))
        start = end = None
        edtf = ""
        try:
            start, end, edtf = period(taken.get("start", ""), taken.get("end", ""))
        except DateError as error:
            rule = "start-after-end" if "after the end" in error.message else "no-date"
            troubles.append(_Trouble(rule, error.message, error.hint, error.part))
        source = self._source(taken, troubles)
        return Qualifiers(source, taken.get("locator", ""), choices["confidence"], choices["status"], start, end, edtf,
                          taken.get("asStated", ""), taken.get("note", ""))  # fmt: skip

    def _source(self, taken: Mapping[str, str], troubles: list[_Trouble]) -> str:
        chosen = self.table.chosen
        stated = taken.get("source", "") or (taken.get("id", "") if chosen and chosen.name == "Source" else "")
        if not stated:
            why = "Every claim says who makes it."
            troubles.append(
                _Trouble(
                    "missing-source", "The row names no source.", "Write the id of a row of the sheet sources.", "source", why
                )
            )
            return ""
        try:
            return self._resolve(stated, "Source", "source")
        except _Trouble as trouble:
            troubles.append(trouble)
            return ""

    def _resolve(self, reference: str, wanted: str, column: str) -> str:
        """The id of the thing that a cell refers to, of the class wanted."""
        found = self.context.candidates(reference, wanted)
        if not found:
            near = self.context.near(reference)
            chosen = self.context.model.classes[wanted]
            sheet = f"the sheet {chosen.sheet}" if not chosen.abstract else "the sheet of its class"
            mend = f"dd a row for it to {sheet}, or name the map that has it under uses in about."
            hint = f"Did you mean {' or '.join(near)}? Otherwise a{mend}" if near else f"A{mend}"
            raise _Trouble("relation-to-nothing", f"There is no thing {shown(reference)!r}.", hint, column)
        if len(found) > 1:
            raise _Trouble(
                "ambiguous-reference",
                f"{shown(reference)!r} may mean {' or '.join(found)}.",
                "Write the one that is meant in full.",
                column,
            )
        return found[0]

    def _thing(
        self, chosen: Class, taken: Mapping[str, str], qualifiers: Qualifiers, origin: Origin, troubles: list[_Trouble]
    ) -> None:
        slug = taken.get("id", "")
        entity = ""
        try:
            if not slug:
                raise _Trouble(
                    "missing-id",
                    "The row has no id.",
                    "Write a short name of your own for it: lower-case letters, digits, hyphens.",
                    "id",
                )
            entity = self.context.id(chosen.name, slug)
        except InputError as error:
            troubles.append(_Trouble("bad-id", error.message, error.hint, "id"))
        except _Trouble as trouble:
            troubles.append(trouble)
        values: dict[str, Value | tuple[Value, ...]] = {}
        for item in chosen.properties:
            if taken.get(item.name):
                self._value(item, taken[item.name], values, troubles)
        targets = [
            (relation, target)
            for relation in chosen.relations
            if relation.sheet_column and taken.get(relation.name)
            for target in self._targets(relation, taken[relation.name], entity, troubles)
        ]
        if entity and not troubles:
            self._check_twice(entity, taken, qualifiers, origin, troubles)
        if troubles:
            if entity:
                self._keep_thing(chosen, entity)
            return
        self.context.emit(self.context.make(chosen.name, entity, values, qualifiers, origin))
        for relation, target in targets:
            self.context.emit(
                self.context.relate(entity, relation.name, target, qualifiers, replace(origin, column=relation.name))
            )

    def _value(self, item: Property, cell: str, values: dict[str, Value | tuple[Value, ...]], troubles: list[_Trouble]) -> None:
        try:
            values[item.name] = cells.read(item, self.context.model.schemes.get(item.scheme), cell)
        except CellError as error:
            troubles.append(_Trouble(error.rule, error.message, error.hint, item.name))

    def _targets(self, relation: Relation, cell: str, subject: str, troubles: list[_Trouble]) -> Iterator[str]:
        for reference in cells.values_of(cell):
            try:
                target = self._resolve(reference, relation.range, relation.name)
                self._check_fit(relation, subject, target, relation.name)
            except _Trouble as trouble:
                troubles.append(trouble)
            else:
                yield target

    def _check_twice(
        self, entity: str, taken: Mapping[str, str], qualifiers: Qualifiers, origin: Origin, troubles: list[_Trouble]
    ) -> None:
        """One row a thing, source and locator; the same again is only mentioned, another content is an error."""
        if self.context.used:
            return
        digest = hashlib.sha256(json.dumps(dict(taken), sort_keys=True).encode()).hexdigest()
        key = json.dumps([entity, qualifiers.source, qualifiers.locator])
        here = f"{self.file}, row {origin.row}"
        first, place = self.context.spool.first_place(key, digest, here)
        if first == digest and place != here:
            self._say_twice(place, origin)
        elif first != digest:
            troubles.append(
                _Trouble(
                    "duplicate-id", f"{place}, has the id {taken['id']!r} with the same source and locator too, and says something else.",
                    "Give one of them another id, source or locator, or make one row of both.", "id",
                    "One source says one thing of a thing at one place.",
                )
            )  # fmt: skip

    def _say_twice(self, place: str, origin: Origin) -> None:
        self.context.report(
            Finding("warning", "row-twice", f"The row says what {place}, says.", "Remove one.", "", self.file, origin.row)
        )

    def _relation(self, taken: Mapping[str, str], qualifiers: Qualifiers, origin: Origin, troubles: list[_Trouble]) -> None:
        term = self.context.model.relations.get(taken.get("relation", ""))
        if term is None:
            troubles.append(self._no_relation(taken.get("relation", "")))
        ends: dict[str, str] = {"subject": "", "object": ""}
        for column, wanted in (("subject", term.domain if term else "Entity"), ("object", term.range if term else "Entity")):
            if not taken.get(column):
                troubles.append(_Trouble("missing-id", f"The row has no {column}.", "Write the id of a thing.", column))
                continue
            try:
                ends[column] = self._resolve(taken[column], wanted, column)
            except _Trouble as trouble:
                troubles.append(trouble)
        if term and all(ends.values()):
            try:
                self._check_fit(term, ends["subject"], ends["object"])
            except _Trouble as trouble:
                troubles.append(trouble)
        if term and not troubles:
            claim = self.context.relate(ends["subject"], term.name, ends["object"], qualifiers, origin)
            if not self.context.emit(claim) and not self.context.used:
                self._say_twice("an earlier row", origin)
        elif term:
            probe = self.context.relate(ends["subject"] or "\x00", term.name, ends["object"] or "\x00", qualifiers)
            self.context.keep("relation", probe.subject.strip("\x00"), probe.relation, probe.object.strip("\x00"))
        else:
            self.context.keep("relation", "", "", ends["object"] or ends["subject"])
            self.context.keep("relation", ends["object"] or ends["subject"], "", "")

    def _no_relation(self, name: str) -> _Trouble:
        if not name:
            return _Trouble(
                "unknown-relation", "The row names no relation.", "Write the name of a relation, such as provides.", "relation"
            )
        by_field = [item.name for item in self.context.model.relations.values() if item.field == name]
        near = f"Did you mean {by_field[0]}?" if by_field else did_you_mean(name, list(self.context.model.relations))
        return _Trouble(
            "unknown-relation",
            f"There is no relation {shown(name)!r}.",
            near or "docs/ontology.md lists the relations.",
            "relation",
        )

    def _check_fit(self, term: Relation, subject: str, object_: str, column: str = "") -> None:
        """Domain and range: a relation holds between things of the classes that the ontology says."""
        for entity, wanted, at in ((subject, term.domain, column or "subject"), (object_, term.range, column or "object")):
            if entity and not self.context.is_a(entity, wanted):
                found = self.context.model.class_of(entity)
                label = self.context.model.classes[wanted].label
                raise _Trouble(
                    "does-not-fit",
                    f"{term.name} goes from {term.domain} to {term.range}, but {entity} is of class {found.name if found else 'unknown'}.",
                    self._fitting(subject, object_) or f"Name a thing of class {label}.",
                    at,
                )

    def _fitting(self, subject: str, object_: str) -> str:
        """Relations that could hold between the two, for a hint."""
        terms = [
            item.name
            for item in self.context.model.relations.values()
            if "Entity" not in (item.domain, item.range)
            and self.context.is_a(subject, item.domain)
            and self.context.is_a(object_, item.range)
        ]
        return f"Between these two can stand: {', '.join(terms[:6])}." if terms else ""

    def _keep_thing(self, chosen: Class, entity: str) -> None:
        self.context.keep("thing", entity)
        for relation in chosen.relations:
            if relation.sheet_column:
                self.context.keep("relation", entity, relation.name, "") if relation.forward else self.context.keep(
                    "relation", "", relation.inverse, entity
                )
