"""Reads the rows of a map workbook into records and claims; each error names its column, its rule and a remedy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graphsvc.loading import (
    CONFIDENCES,
    STATUSES,
    CellError,
    Class,
    Context,
    DateError,
    Fault,
    Finding,
    InputError,
    Origin,
    Property,
    Qualifiers,
    Relation,
    Row,
    Value,
    choose,
    did_you_mean,
    period,
    read_cell,
    shown,
    values_of,
)
from loaders._workbook_sheets import Table


@dataclass
class Trouble(Exception):
    """One error in a cell of a row."""

    rule: str
    message: str
    hint: str
    column: str
    why: str = ""


class Reader:
    """Reads the rows of one table."""

    def __init__(self, context: Context, table: Table) -> None:
        self.context = context
        self.table = table
        self.file = table.sheet.file

    def read(self, row: Row) -> None:
        """Emits the claims of a row, or reports its errors and sets it aside: a row goes in whole or not at all."""
        taken = self.table.taken(row)
        for name in self.table.unknown:
            self.table.unknown[name] += name in taken
        troubles = list(self._faults(row, taken))
        origin = Origin(self.file, row.number)
        qualifiers = self._qualifiers(taken, troubles)
        if self.table.chosen is None:
            self._relation(taken, qualifiers, origin, troubles)
        else:
            self._thing(self.table.chosen, taken, qualifiers, origin, troubles)
        for item in troubles:
            value = shown(taken.get(item.column, ""))
            self.context.report(
                Finding("violation", item.rule, item.message, item.hint, item.why, self.file, row.number, item.column, value)
            )
        if lost := [fault for fault in row.faults if fault.fatal or fault.hides]:
            self._keep_sheet(lost[-1])

    def _faults(self, row: Row, taken: Mapping[str, str]) -> Iterator[Trouble]:
        """Yields the errors of the row as a whole."""
        names = self.table.columns
        for fault in row.faults:
            column = names[fault.cell] if fault.cell is not None and fault.cell < len(names) else ""
            yield Trouble(fault.rule, fault.message, fault.hint, column)
        if any(row.cells[len(names) :]):
            hint = "Put a text with commas in quotation marks."
            yield Trouble("too-many-cells", "The row has more cells than the header has columns.", hint, "")
        if "" in taken:
            yield Trouble(
                "unnamed-column", "A value stands in a column without a name.", "Name the column, or remove the value.", ""
            )

    def _keep_sheet(self, fault: Fault) -> None:
        """Notes that further rows could not be read: what the store holds of this sheet stays."""
        chosen = self.table.chosen
        self.context.unread_sheet(self.file, Finding("violation", fault.rule, fault.message, fault.hint))
        self.context.keep(*(("class", chosen.name) if chosen else ("relation", "", "", "")))

    # -- who says it, and when ------------------------------------------------------------------------------------------------

    def _qualifiers(self, taken: Mapping[str, str], troubles: list[Trouble]) -> Qualifiers:
        choices = {"confidence": "EXPLICIT", "status": "IN_FORCE"}
        for column, allowed in (("confidence", CONFIDENCES), ("status", STATUSES)):
            if taken.get(column):
                try:
                    choices[column] = choose(allowed, taken[column], column)
                except CellError as error:
                    troubles.append(Trouble(error.rule, error.message, error.hint, column))
        start = end = None
        edtf = ""
        try:
            start, end, edtf = period(taken.get("start", ""), taken.get("end", ""))
        except DateError as error:
            rule = "start-after-end" if "after the end" in error.message else "no-date"
            troubles.append(Trouble(rule, error.message, error.hint, error.part))
        return Qualifiers(
            self._source(taken, troubles), taken.get("locator", ""), choices["confidence"], choices["status"],
            start, end, edtf, taken.get("asStated", ""), taken.get("note", ""),
        )  # fmt: skip

    def _source(self, taken: Mapping[str, str], troubles: list[Trouble]) -> str:
        chosen = self.table.chosen
        stated = taken.get("source", "") or (taken.get("id", "") if chosen and chosen.name == "Source" else "")
        if not stated:
            hint = "Write the id of a row of the sheet sources."
            troubles.append(
                Trouble("missing-source", "The row names no source.", hint, "source", "Every claim says who makes it.")
            )
            return ""
        try:
            return self._resolve(stated, "Source", "source")
        except Trouble as trouble:
            troubles.append(trouble)
            return ""

    # -- references -----------------------------------------------------------------------------------------------------------

    def _resolve(self, reference: str, wanted: str, column: str) -> str:
        """Returns the id of the thing that a cell refers to, of the class wanted."""
        found = self.context.candidates(reference, wanted)
        if not found:
            near = self.context.near(reference)
            chosen = self.context.model.classes[wanted]
            sheet = f"the sheet {chosen.sheet}" if not chosen.abstract else "the sheet of its class"
            mend = f"dd a row for it to {sheet}, or name the map that has it under uses in about."
            hint = f"Did you mean {' or '.join(near)}? Otherwise a{mend}" if near else f"A{mend}"
            raise Trouble("relation-to-nothing", f"There is no thing {shown(reference)!r}.", hint, column)
        if len(found) > 1:
            message = f"{shown(reference)!r} may mean {' or '.join(found)}."
            raise Trouble("ambiguous-reference", message, "Write the one that is meant in full.", column)
        return found[0]

    def _check_fit(self, term: Relation, subject: str, object_: str, column: str = "") -> None:
        """Checks domain and range: the classes that the ontology allows at the ends of a relation."""
        model = self.context.model
        for entity, wanted, at in ((subject, term.domains, column or "subject"), (object_, term.ranges, column or "object")):
            if entity and not any(self.context.is_a(entity, name) for name in wanted):
                found = model.class_of(entity)
                its_class = found.name if found else "?"
                ends = " or ".join(term.domains), " or ".join(term.ranges)
                message = f"{term.name} goes from {ends[0]} to {ends[1]}, but {entity} is of class {its_class}."
                hint = self._fitting(subject, object_) or f"Name a thing of class {model.named(wanted)}."
                raise Trouble("does-not-fit", message, hint, at)

    def _fitting(self, subject: str, object_: str) -> str:
        """Returns the relations that could hold between the two, for a hint."""
        terms = [
            item.name
            for item in self.context.model.relations.values()
            if any(name != "Entity" and self.context.is_a(subject, name) for name in item.domains)
            and any(name != "Entity" and self.context.is_a(object_, name) for name in item.ranges)
        ]
        return f"Between these two can stand: {', '.join(terms[:6])}." if terms else ""

    # -- things ---------------------------------------------------------------------------------------------------------------

    def _thing(
        self, chosen: Class, taken: Mapping[str, str], qualifiers: Qualifiers, origin: Origin, troubles: list[Trouble]
    ) -> None:
        entity = self._entity(chosen, taken.get("id", ""), troubles)
        values: dict[str, Value | tuple[Value, ...]] = {}
        for item in chosen.properties:
            if taken.get(item.name):
                self._value(item, taken[item.name], values, troubles)
        if chosen.name == "Source" and "title" in values:
            values.setdefault("name", values["title"])
        targets = [
            (relation, target)
            for relation in chosen.relations
            if relation.sheet_column and taken.get(relation.name)
            for target in self._targets(relation, taken[relation.name], entity, troubles)
        ]
        if entity and not troubles:
            self._check_twice(entity, taken, qualifiers, origin, troubles)
        if troubles:
            self._keep_thing(chosen, entity)
            return
        self.context.emit(self.context.make(chosen.name, entity, values, qualifiers, origin))
        for relation, target in targets:
            at = replace(origin, column=relation.name)
            self.context.emit(self.context.relate(entity, relation.name, target, qualifiers, at))

    def _entity(self, chosen: Class, slug: str, troubles: list[Trouble]) -> str:
        """Returns the id of the row's thing; empty, with an error, if the row gives none."""
        if not slug:
            hint = "Write a short name of your own for it: lower-case letters, digits, hyphens."
            troubles.append(Trouble("missing-id", "The row has no id.", hint, "id"))
            return ""
        try:
            entity = self.context.id(chosen.name, slug)
        except InputError as error:
            troubles.append(Trouble("bad-id", error.message, error.hint, "id"))
            return ""
        others = [item for item in self.context.spool.named(slug) if item != entity]
        if others and not self.context.used:
            message = f"The id {slug!r} is also that of {others[0]}."
            hint = f"Give one of them another id; until then write {entity} where this one is meant."
            self.context.report(Finding("warning", "id-of-two-things", message, hint, "", self.file, None, "id", slug, entity))
        return entity

    def _value(self, item: Property, cell: str, values: dict[str, Value | tuple[Value, ...]], troubles: list[Trouble]) -> None:
        try:
            values[item.name] = read_cell(item, self.context.model.schemes.get(item.scheme), cell)
        except CellError as error:
            troubles.append(Trouble(error.rule, error.message, error.hint, item.name))

    def _targets(self, relation: Relation, cell: str, subject: str, troubles: list[Trouble]) -> Iterator[str]:
        for reference in values_of(cell):
            try:
                target = self._resolve(reference, relation.range, relation.name)
                self._check_fit(relation, subject, target, relation.name)
            except Trouble as trouble:
                troubles.append(trouble)
            else:
                yield target

    def _check_twice(
        self, entity: str, taken: Mapping[str, str], qualifiers: Qualifiers, origin: Origin, troubles: list[Trouble]
    ) -> None:
        """Checks for a second row of a thing, source and locator: a repeated one is an info, other content an error."""
        if self.context.used:
            return
        digest = hashlib.sha256(json.dumps(dict(taken), sort_keys=True).encode()).hexdigest()
        key = json.dumps([entity, qualifiers.source, qualifiers.locator])
        here = f"{self.file}, row {origin.row}"
        first, place = self.context.spool.first_place(key, digest, here)
        if first == digest and place != here:
            self._report_twice(place, origin)
        elif first != digest:
            message = f"{place}, has the id {taken['id']!r} with the same source and locator too, and says something else."
            hint = "Give one of them another id, source or locator, or make one row of both."
            why = "One source says one thing of a thing at one place."
            troubles.append(Trouble("duplicate-id", message, hint, "id", why))

    def _report_twice(self, place: str, origin: Origin) -> None:
        message = f"The row says what {place}, says."
        self.context.report(Finding("warning", "row-twice", message, "Remove one of them.", "", self.file, origin.row))

    def _keep_thing(self, chosen: Class, entity: str) -> None:
        """Keeps what the store holds of a thing whose row is in error; of an unknown one, what it holds of the class."""
        if not entity:
            self.context.keep("class", chosen.name)
            return
        self.context.keep("thing", entity)
        for relation in chosen.relations:
            if relation.sheet_column:
                forward = ("relation", entity, relation.name, "")
                self.context.keep(*(forward if relation.forward else ("relation", "", relation.inverse, entity)))

    # -- relations ------------------------------------------------------------------------------------------------------------

    def _relation(self, taken: Mapping[str, str], qualifiers: Qualifiers, origin: Origin, troubles: list[Trouble]) -> None:
        term = self.context.model.relations.get(taken.get("relation", ""))
        if term is None:
            troubles.append(self._no_relation(taken.get("relation", "")))
        subject = self._end("subject", term.domain if term else "Entity", taken, troubles)
        object_ = self._end("object", term.range if term else "Entity", taken, troubles)
        if term and subject and object_:
            try:
                self._check_fit(term, subject, object_)
            except Trouble as trouble:
                troubles.append(trouble)
        if term and not troubles:
            claim = self.context.relate(subject, term.name, object_, qualifiers, origin)
            if not self.context.emit(claim) and not self.context.used:
                self._report_twice("an earlier row", origin)
        else:
            self._keep_relation(term, subject, object_)

    def _end(self, column: str, wanted: str, taken: Mapping[str, str], troubles: list[Trouble]) -> str:
        if not taken.get(column):
            troubles.append(Trouble("missing-id", f"The row has no {column}.", "Write the id of a thing.", column))
            return ""
        try:
            return self._resolve(taken[column], wanted, column)
        except Trouble as trouble:
            troubles.append(trouble)
            return ""

    def _keep_relation(self, term: Relation | None, subject: str, object_: str) -> None:
        """Keeps what the store holds between the ends of a relation in error; an unknown end may be any."""
        if term and not term.forward:
            subject, object_, term = object_, subject, self.context.model.relations[term.inverse]
        self.context.keep("relation", subject, term.name if term else "", object_)
        if term is None or term.symmetric:
            self.context.keep("relation", object_, term.name if term else "", subject)

    def _no_relation(self, name: str) -> Trouble:
        relations = self.context.model.relations
        if not name:
            hint = "Write the name of a relation, such as provides."
            return Trouble("unknown-relation", "The row names no relation.", hint, "relation")
        by_field = [item.name for item in relations.values() if item.field == name]
        near = f"Did you mean {by_field[0]}?" if by_field else did_you_mean(name, list(relations))
        return Trouble(
            "unknown-relation", f"There is no relation {shown(name)!r}.", near or "docs/ontology.md lists them.", "relation"
        )
