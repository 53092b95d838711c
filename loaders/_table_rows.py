"""Makes claims of a table's rows as its mapping says; ``table.py`` finds the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from graphsvc.loading import CellError, Finding, Origin, Property, Qualifiers, Row, Value, choose, read_cell, shown
from graphsvc.loading.directory import Directory
from graphsvc.loading.files.table_file import TableFile
from graphsvc.loading.layout import IGNORED
from graphsvc.loading.mapping.document import Link, Period, TableMapping, Thing
from graphsvc.loading.mapping.values import Cells
from graphsvc.loading.persons.text import names_person, without_persons
from graphsvc.provenance import STATUSES

_CODES: Final = {
    "ods": (re.compile(r"^[A-Z0-9]{1,12}$"), "an ODS code is up to twelve capitals and digits, such as A81001"),
    "gss": (re.compile(r"^[A-Z]\d{8}$"), "a GSS code is a letter and eight digits, such as E08000009"),
    "uprn": (re.compile(r"^\d{1,12}$"), "a UPRN is up to twelve digits"),
}
"""What the codes of a scheme look like."""
_LONG_DECIMAL: Final = re.compile(r"^[+-]?\d{1,15}\.\d{11,40}$")
_OWN: Final = {"ods": "odsCode", "gss": "gssCode", "uprn": "uprn"}
"""The property in which a thing bears its code of a scheme."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A thing that a row is about."""

    thing: Thing
    entity: str
    key: str
    """The code, or what stands for it; empty of persons."""
    qualifiers: Qualifiers


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, directory: Directory, mapping: TableMapping, table: TableFile) -> None:
        self.directory = directory
        self.context = directory.context
        self.mapping = mapping
        self.table = table
        self._cleaned: dict[tuple[str, str, str | None, str], Value | None] = {}
        """Values of the row at hand, so that a cell used twice has its findings once."""

    def read(self, row: Row) -> None:
        """Passes on the claims of a row; a row in error is set aside whole."""
        origin = Origin(self.table.sheet.file, row.number)
        misfit = self.table.misfit(row)
        faults = (*row.faults, misfit) if misfit else row.faults
        if self.directory.faults(faults, origin.file, row.number, self.table.header):
            return
        self._cleaned.clear()
        cells = self._taken(self.table.cells(row), origin)
        named: dict[str, _Named] = {}
        for thing in self.mapping.things:
            found = self._name(thing, cells, origin)
            if found is not None:
                named[thing.label] = found
            elif not thing.optional:
                return
        self._report_repeated(cells, origin)
        values = {label: self._values(item, cells, origin) for label, item in named.items()}
        if any(self._contradicts(item, values[label], origin, first) for first, (label, item) in _first(named)):
            return
        for label, item in named.items():
            self.directory.record(item.thing.chosen.name, item.entity, values[label], item.qualifiers, origin)
        for item in named.values():
            for link in item.thing.links:
                self._relate(item, link, named, cells, origin)

    def _taken(self, cells: Mapping[str, str], origin: Origin) -> dict[str, str]:
        """Returns the cells that the mapping uses; the others are ignored, withheld or reported."""
        fields = self.context.fields(cells, origin)
        taken = {column: fields.text(column) for column in self.mapping.layout.used if column in fields}
        for column, why in self.mapping.ignore.items():
            fields.ignore(why, column)
        for column, sort in self.mapping.withhold.items():
            if fields.peek(column) in self.mapping.null:
                fields.ignore("stands for nothing", column)
            fields.withhold(sort, column)
        fields.ignore("says why a row was set aside", *sorted(IGNORED))
        fields.close()
        return taken

    def _cells(self, cells: Cells | None, row: Mapping[str, str], origin: Origin) -> list[str]:
        return cells.read(row, self.mapping.null, self.directory, origin) if cells else []

    # -- which things ---------------------------------------------------------------------------------------------------------

    def _name(self, thing: Thing, cells: Mapping[str, str], origin: Origin) -> _Named | None:
        """Identifies a thing of a row; ``None``, with a finding unless it is optional, where its key is missing or malformed."""
        parts = self._cells(thing.key, cells, origin)
        column = ", ".join(thing.key.columns)
        if len(parts) < len(thing.key.columns) or not parts:
            if not thing.optional:
                message = f"The row has no {column}, so nobody can tell which {thing.chosen.label} it speaks of."
                self._violation("missing-key", message, "Add it, or take the row out.", origin, column, "")
            return None
        code = self._code(thing.scheme, parts, origin, column, aside=not thing.optional)
        if not code:
            return None
        entity, key = self._entity(thing.chosen.name, thing.scheme, parts)
        return _Named(thing, entity, key, self._qualifiers(key, thing.when, cells, origin))

    def _code(self, scheme: str, parts: list[str], origin: Origin, column: str, *, aside: bool) -> bool:
        """Tells whether the parts of a key are a code of their scheme; a malformed one is a finding."""
        pattern, what = _CODES.get(scheme, (None, ""))
        bad = next((part for part in parts if pattern and not pattern.match(part)), "")
        if not bad:
            return True
        message = f"This is no code of its scheme: {what}."
        hint = "Correct it, or add a step to the mapping (upper, gss) if all of them are written so."
        if aside:
            self._violation("bad-code", message, hint, origin, column, bad)
        else:
            place = (origin.file, origin.row, column, shown(bad))
            self.context.report(Finding("warning", "bad-code", f"{message} What it names is left out.", hint, "", *place))
        return False

    def _entity(self, class_name: str, scheme: str, parts: list[str]) -> tuple[str, str]:
        """Returns the id of a thing, and its key as a locator; a key that names a person is replaced by its digest."""
        key = ", ".join(" ".join(part.split()) for part in parts)
        if any(names_person(part, self.context.allowed) or without_persons(part, self.context.allowed)[1] for part in parts):
            digest = sha256(key.encode()).hexdigest()[:16]
            return self.context.id(class_name, f"{scheme}-{digest}"), f"entry {digest}"
        return self.context.coded(class_name, scheme, key), key

    # -- what is said of them ---------------------------------------------------------------------------------------------------

    def _qualifiers(self, key: str, when: Period, cells: Mapping[str, str], origin: Origin) -> Qualifiers:
        start, end = (
            self.directory.day(texts[0], Origin(origin.file, origin.row, ", ".join(place.columns) if place else None))
            if texts
            else None
            for place in (when.start, when.end)
            for texts in [self._cells(place, cells, origin)]
        )
        status = "IN_FORCE"
        for text in self._cells(when.status, cells, origin)[:1]:
            try:
                status = choose(STATUSES, text, "status")
            except CellError as error:
                column = ", ".join(when.status.columns) if when.status else ""
                self._warn(error.rule, f"{error.message} It is taken as in force.", error.hint, origin, column, text)
        return self.directory.qualifiers(key, start, end, status)

    def _values(self, item: _Named, cells: Mapping[str, str], origin: Origin) -> dict[str, Value | tuple[Value, ...] | None]:
        thing, found = item.thing, dict[str, Value | tuple[Value, ...] | None]()
        own = thing.chosen.property(_OWN.get(thing.scheme, ""))
        if own and own.name not in thing.properties:
            found[own.name] = item.key
        for name, source in thing.properties.items():
            term = thing.chosen.property(name)
            if term is None:
                continue
            place = Origin(origin.file, origin.row, ", ".join(source.columns))
            texts = self._cells(source, cells, origin)
            if name == "name":
                otherwise = f"{thing.chosen.label} {item.key} (name withheld)"
                found[name] = self.directory.name(" ".join(texts), otherwise if texts else "", place)
                continue
            if not term.many:
                texts = [(source.join or ", ").join(texts)] if texts else []
            made = [value for text in texts for value in [self._once(term, text, place)] if value not in (None, "")]
            found[name] = tuple(dict.fromkeys(made)) if term.many else made[0] if made else None
        return found

    def _once(self, term: Property, text: str, origin: Origin) -> Value | None:
        key = term.datatype, term.name if term.name == "postcode" else term.scheme or term.pattern, origin.column, text
        if key not in self._cleaned:
            self._cleaned[key] = self._value(term, text, origin)
        return self._cleaned[key]

    def _value(self, term: Property, text: str, origin: Origin) -> Value | None:
        """Reads one value, cleaned as its property asks; ``None``, with a finding, for a text that is none."""
        if term.datatype == "enum":
            concept = self.directory.term(term.scheme, text, origin)
            return concept.name if concept else None
        if term.datatype == "date":
            day = self.directory.day(text, origin)
            return day.isoformat() if day else None
        if term.datatype == "uri":
            return self.directory.website(text, origin)
        if term.name == "postcode":
            return self.directory.postcode(text, origin)
        if term.datatype == "string":
            return text if term.pattern else self.directory.words(text, origin)
        if term.datatype == "decimal" and _LONG_DECIMAL.match(text):
            text = f"{float(text):.10f}".rstrip("0").rstrip(".")  # what a spreadsheet adds beyond that is noise
        try:
            value = read_cell(term, None, text)
        except CellError as error:
            self._warn(error.rule, f"{error.message} It is left out.", error.hint, origin, origin.column or "", text)
            return None
        return None if isinstance(value, tuple) else value

    def _contradicts(
        self, item: _Named, values: Mapping[str, Value | tuple[Value, ...] | None], origin: Origin, first: bool
    ) -> bool:
        """Tells whether an earlier row contradicts this one about the same subject, which sets this one aside."""
        digest = sha256(repr(sorted(values.items())).encode()).hexdigest()
        seen, place = self.context.spool.first_place(f"table {item.entity}", digest, f"row {origin.row}")
        if seen == digest:
            return False
        column = ", ".join(item.thing.key.columns)
        message = f"The {item.thing.chosen.label} of this key has other values in {place}."
        if first:
            hint = "Keep one of the rows, or choose a key in the mapping that tells the two apart."
            self._violation("key-repeated", message, hint, origin, column, item.key)
            return True
        if self.context.first("values-differ", f"{origin.file} {item.entity}"):
            hint = "Nothing to do if both are right; both are kept."
            self._warn("values-differ", message, hint, origin, column, item.key)
        return False

    def _report_repeated(self, cells: Mapping[str, str], origin: Origin) -> None:
        digest = sha256(repr(sorted(cells.items())).encode()).hexdigest()
        place = f"row {origin.row}"
        _, seen = self.context.spool.first_place(f"row of the table {digest}", digest, place)
        if seen != place:
            message = f"The row says the same as {seen}. The two are one in the graph."
            hint = "If they stand for two things, choose a key in the mapping that tells them apart."
            self.context.report(Finding("info", "repeated-row", message, hint, "", origin.file, origin.row))

    # -- relations --------------------------------------------------------------------------------------------------------------

    def _relate(self, item: _Named, link: Link, named: Mapping[str, _Named], cells: Mapping[str, str], origin: Origin) -> None:
        qualifiers = self._qualifiers(item.key, link.when, cells, origin)
        if link.to:
            target = named.get(link.to)
            if target:
                self.directory.relate(item.entity, link.relation.name, target.entity, qualifiers, origin)
            return
        if link.key is None or link.chosen is None:
            return
        codes = self._cells(link.key, cells, origin)
        names = self._cells(link.name, cells, origin)
        column = ", ".join(link.key.columns)
        for number, code in enumerate(dict.fromkeys(codes)):
            called = names[number] if len(names) == len(codes) else ""
            place = Origin(origin.file, origin.row, column)
            if link.classification:
                name = self.directory.words(called or code, place)
                entity = self.directory.category(link.classification, code if called else "", name, place)
            elif self._code(link.scheme, [code], origin, column, aside=False):
                entity = self._target(link, code, called, place)
            else:
                continue
            self.directory.relate(item.entity, link.relation.name, entity, qualifiers, origin)

    def _target(self, link: Link, code: str, called: str, origin: Origin) -> str:
        """Refers to a thing that the row names by its code only."""
        class_name = link.chosen.name if link.chosen else ""
        entity, key = self._entity(class_name, link.scheme, [code])
        otherwise = f"{link.chosen.label if link.chosen else class_name} {key} (name withheld)"
        name = self.directory.name(called, otherwise, origin) if called else ""
        if entity != self.context.coded(class_name, link.scheme, code):
            values: dict[str, Value] = {"name": otherwise, "referenceOnly": True}
            return self.context.refer(self.context.make(class_name, entity, values, self.directory.qualifiers(key), origin))
        own = _OWN.get(link.scheme, "")
        values = {own: code} if own and link.chosen and link.chosen.property(own) else {}
        return self.directory.refer(class_name, link.scheme, code, name, values)

    # -- findings ---------------------------------------------------------------------------------------------------------------

    def _violation(self, rule: str, message: str, hint: str, origin: Origin, column: str, value: str) -> None:
        self.context.report(Finding("violation", rule, message, hint, "", origin.file, origin.row, column, shown(value)))

    def _warn(self, rule: str, message: str, hint: str, origin: Origin, column: str, value: str) -> None:
        self.context.report(Finding("warning", rule, message, hint, "", origin.file, origin.row, column, shown(value)))


def _first(named: Mapping[str, _Named]) -> list[tuple[bool, tuple[str, _Named]]]:
    """Returns the things of a row, each with whether it is the row's subject."""
    return [(number == 0, pair) for number, pair in enumerate(named.items())]
