"""Reads mappings: the meaning of a table's columns, written in ``<file>.map.toml`` beside the table (docs/mapping.md).

A mapping is read once and held to the Model: a class, property, relation, scheme or step that is not known is a problem with
what was probably meant. All problems are found before any row is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from graphsvc.errors import InputError
from graphsvc.loading.files.cells import choose
from graphsvc.loading.files.table_layout import DELIMITERS, Layout
from graphsvc.loading.findings import did_you_mean, shown
from graphsvc.loading.mapping.values import Cells, MappingProblem, Problems, read_cells, texts
from graphsvc.model import Class, Model, Relation
from graphsvc.provenance import STATUSES

ENDING: Final = ".map.toml"
MAX_MAPPING: Final = 500_000
_TABLES: Final = ("file", "things", "ignore", "withhold")
_WHEN: Final = ("start", "end", "status")
_FILE: Final = ("delimiter", "sheet", "columns", "null")
_THING: Final = ("as", "class", "scheme", "key", "optional", "properties", "relations", *_WHEN)
_RELATION: Final = ("relation", "to", "class", "scheme", "key", "name", "classification", *_WHEN)
SORTS: Final = ("telephone number", "e-mail address", "name of a person", "contact")


class MappingError(InputError):
    """Raised for a mapping that cannot be used; ``problems`` lists everything that is wrong with it."""

    def __init__(self, name: str, problems: Sequence[MappingProblem]) -> None:
        first = problems[0]
        more = f" And {len(problems) - 1} more: `graphsvc mapping FILE --check` lists them all." if len(problems) > 1 else ""
        super().__init__(
            f"{name}, {first.where}: {first.message}" if first.where else f"{name}: {first.message}", f"{first.hint}{more}"
        )
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Period:
    """The columns for start, end and status of what a row says; each may be absent."""

    start: Cells | None = None
    end: Cells | None = None
    status: Cells | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A relation from a thing of the row to another thing of the row, or to things that a column names by their codes."""

    relation: Relation
    to: str = ""
    """Name of a thing of the same row; else the target is named by ``key``."""
    chosen: Class | None = None
    scheme: str = ""
    key: Cells | None = None
    name: Cells | None = None
    """What the row calls the target, where it does."""
    classification: str = ""
    """For targets that are categories: of which classification."""
    when: Period = field(default_factory=Period)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that every row describes."""

    label: str
    """By which relations of the mapping refer to it."""
    chosen: Class
    scheme: str
    key: Cells
    properties: Mapping[str, Cells]
    links: tuple[Link, ...] = ()
    optional: bool = False
    """Whether a row without its key is no error: the row just does not speak of such a thing."""
    when: Period = field(default_factory=Period)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """The meaning of a table's columns."""

    layout: Layout
    things: tuple[Thing, ...]
    ignore: Mapping[str, str]
    """Columns left out on purpose, each with the reason."""
    withhold: Mapping[str, str]
    """Columns about persons, each with the sort of what it holds."""
    null: frozenset[str] = frozenset()
    """Texts that stand for nothing in every column, such as ``NA``."""


def mapping_beside(path: Path) -> Path:
    """Returns the path of a table's mapping."""
    return path.with_name(path.name + ENDING)


def read_mapping(path: Path, model: Model) -> TableMapping:
    """Reads a mapping from a file and checks it against the Model.

    Raises :class:`MappingError` with every problem, and :class:`InputError` for a file that is no TOML.
    """
    problems = Problems()
    document = _toml(path)
    found = _Reader(model, problems).mapping(path.name, document)
    if problems.found:
        raise MappingError(path.name, problems.found)
    return found


def read_layout(path: Path) -> Layout:
    """Reads the layout of a mapping's table, without checking the mapping.

    Raises :class:`InputError` for a file that is no TOML.
    """
    return _layout(path.name, _toml(path), Problems())


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_MAPPING + 1)
        if len(content) > MAX_MAPPING:
            raise InputError(f"{path.name} is larger than {MAX_MAPPING:,} bytes.", "A mapping is a few hundred lines at most.")
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = "Mend it near there; docs/mapping.md has examples."
        raise InputError(f"{path.name} is not well-formed TOML: {error}", hint) from error


def _layout(name: str, document: Mapping[str, Any], problems: Problems) -> Layout:
    file = document.get("file")
    file = file if isinstance(file, dict) else {}
    delimiter = str(file.get("delimiter", ""))
    if delimiter and delimiter not in DELIMITERS and delimiter not in DELIMITERS.values():
        known = ", ".join(DELIMITERS)
        hint = f"Write one of {known}, or the sign itself."
        problems.note("[file]", f"delimiter = {shown(delimiter)!r} is none that is read.", hint)
    left_out = [column for part in ("ignore", "withhold") if isinstance(document.get(part), dict) for column in document[part]]
    return Layout(
        name, tuple(dict.fromkeys(_used(document))), tuple(left_out), DELIMITERS.get(delimiter, delimiter),
        str(file.get("sheet", "")), texts(problems, "[file] columns", file.get("columns", [])),
    )  # fmt: skip


def _used(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the columns that the things of a mapping are read from; malformed parts are reported elsewhere."""
    for thing in _tables(document.get("things")):
        properties = thing.get("properties")
        places = [*(properties.values() if isinstance(properties, dict) else ()), *(thing.get(name) for name in ("key", *_WHEN))]
        for link in _tables(thing.get("relations")):
            places += [link.get(name) for name in ("key", "name", *_WHEN)]
        for place in places:
            found = None if place is None else read_cells(Problems(), "", place)
            yield from found.columns if found else ()


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


class _Reader:
    """Reads the tables of one mapping, and collects all problems."""

    def __init__(self, model: Model, problems: Problems) -> None:
        self.model = model
        self.problems = problems

    def mapping(self, name: str, document: Mapping[str, Any]) -> TableMapping:
        self.problems.keys("", document, _TABLES)
        file = self._table("file", document.get("file", {}))
        self.problems.keys("[file]", file, _FILE)
        things = document.get("things", [])
        if not isinstance(things, list) or not things or not all(isinstance(item, dict) for item in things):
            self.problems.note(
                "", "It has no [[things]], so no row says anything.", 'Begin one: [[things]], class = "Organisation", key = "…".'
            )
            things = []
        read = [thing for number, item in enumerate(things, 1) if (thing := self._thing(number, item))]
        self._targets(read)
        self._labels_once(read)
        null = frozenset(texts(self.problems, "[file] null", file.get("null", [])))
        return TableMapping(
            _layout(name, document, self.problems), tuple(read), self._reasons("ignore", document), self._sorts(document), null
        )

    def _table(self, where: str, value: object) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.problems.note(where, "This is no table.", f"Write [{where}] on a line of its own.")
        return {}

    def _reasons(self, name: str, document: Mapping[str, Any]) -> dict[str, str]:
        found = self._table(name, document.get(name, {}))
        for column, why in found.items():
            if not isinstance(why, str) or not why.strip():
                self.problems.note(
                    f"[{name}] {column}", "No reason is given.", f'Write "{column}" = "why nothing is done with it".'
                )
        return {column: str(why) for column, why in found.items()}

    def _sorts(self, document: Mapping[str, Any]) -> dict[str, str]:
        found = self._table("withhold", document.get("withhold", {}))
        for column, sort in found.items():
            if sort not in SORTS:
                hint = did_you_mean(str(sort), list(SORTS)) or f"The sorts are {', '.join(SORTS)}."
                self.problems.note(f"[withhold] {column}", f"{shown(sort)!r} is no sort of what is withheld.", hint)
        return {column: str(sort) for column, sort in found.items()}

    # -- things -----------------------------------------------------------------------------------------------------------------

    def _thing(self, number: int, item: Mapping[str, Any]) -> Thing | None:
        where = f"things {number}"
        self.problems.keys(where, item, _THING)
        chosen = self._class(where, item.get("class"))
        key = self._cells(f"{where}, key", item.get("key"), needed=True)
        scheme = self._scheme(where, item.get("scheme"))
        if chosen is None or key is None:
            return None
        where = f"things {number} ({chosen.name})"
        properties: dict[str, Cells] = {}
        for name, value in self._table(f"{where} properties", item.get("properties", {})).items():
            cells = self._property(where, chosen, name, value)
            if cells:
                properties[name] = cells
        needed = [one.name for one in chosen.properties if one.min_count and one.name not in properties]
        if needed:
            text = " and ".join(needed)
            self.problems.note(
                where,
                f"Nothing gives the {text} that every {chosen.label} has.",
                f'Add {needed[0]} = "<column>" under properties.',
            )
        links = item.get("relations", [])
        links = links if isinstance(links, list) else [links]
        read = [link for place, one in enumerate(links, 1) if (link := self._link(f"{where}, relations {place}", chosen, one))]
        label = str(item.get("as") or chosen.slug)
        return Thing(label, chosen, scheme, key, properties, tuple(read), item.get("optional") is True, self._period(where, item))

    def _class(self, where: str, name: object) -> Class | None:
        concrete = {item.name: item for item in self.model.classes.values() if not item.abstract}
        if isinstance(name, str) and name in concrete:
            return concrete[name]
        if isinstance(name, str) and name in self.model.classes:
            below = ", ".join(item.name for item in self.model.concrete(name))
            self.problems.note(where, f"Nothing is just a {name}.", f"Choose one of {below}.")
        elif isinstance(name, str):
            hint = did_you_mean(name, list(concrete)) or f"The classes are {', '.join(concrete)}."
            self.problems.note(where, f"There is no class {shown(name)!r}.", hint)
        else:
            self.problems.note(where, "It has no class.", 'Write class = "Organisation", or another class of the ontology.')
        return None

    def _scheme(self, where: str, scheme: object) -> str:
        text = str(scheme or "")
        if text and text.replace("-", "").isalnum() and text == text.casefold() and text.isascii() and not text.startswith("-"):
            return text
        hint = 'Write scheme = "ods", "gss", "cqc", "uprn", "gb-coh", or a short name of your own for codes of nobody else.'
        self.problems.note(
            where,
            "It does not say whose codes its keys are." if not text else f"scheme = {shown(text)!r} is no short name.",
            hint,
        )
        return "none"

    def _property(self, where: str, chosen: Class, name: str, value: object) -> Cells | None:
        item = chosen.property(name)
        if item is None:
            choices = [one.name for one in chosen.properties]
            relation = f" {name} is a relation: put it under relations." if chosen.relation(name) else ""
            hint = did_you_mean(name, choices) or f"Its properties are {', '.join(choices)}."
            self.problems.note(where, f"{chosen.name} has no property {shown(name)!r}.", relation.strip() or hint)
            return None
        cells = self._cells(f"{where}, {name}", value)
        if cells and item.datatype == "enum":
            scheme = self.model.schemes[item.scheme]
            for text in [*(cells.map or {}).values(), *([cells.constant] if cells.constant else [])]:
                if scheme.find(text) is None:
                    labels = [concept.label for concept in scheme.concepts if not concept.deprecated]
                    hint = did_you_mean(text, labels) or f"The list: {', '.join(labels[:60])}."
                    self.problems.note(f"{where}, {name}", f"{shown(text)!r} is not in the list {scheme.label!r}.", hint)
        return cells

    def _cells(self, where: str, value: object, *, needed: bool = False) -> Cells | None:
        if value is None:
            if needed:
                self.problems.note(
                    where, "It has no key, so its rows would be new things at every load.", 'Write key = "<column of a code>".'
                )
            return None
        return read_cells(self.problems, where, value)

    def _period(self, where: str, item: Mapping[str, Any]) -> Period:
        found = Period(*(self._cells(f"{where}, {name}", item.get(name)) for name in _WHEN))
        status = found.status
        for text in [*(status.map or {}).values(), status.constant] if status else []:
            try:
                if text:
                    choose(STATUSES, text, "status")
            except InputError as error:
                self.problems.note(f"{where}, status", error.message, error.hint)
        return found

    # -- relations --------------------------------------------------------------------------------------------------------------

    def _link(self, where: str, subject: Class, item: object) -> Link | None:
        if not isinstance(item, dict):
            self.problems.note(where, "This is no table.", "Write [[things.relations]] on a line of its own.")
            return None
        self.problems.keys(where, item, _RELATION)
        name = str(item.get("relation", ""))
        relation = subject.relation(name)
        if relation is None:
            choices = [one.name for one in subject.relations]
            hint = did_you_mean(name, choices) or f"Its relations are {', '.join(choices)}."
            self.problems.note(where, f"{subject.name} has no relation {shown(name)!r}.", hint)
            return None
        when = self._period(where, item)
        if "to" in item:
            return Link(relation, str(item["to"]), when=when)
        chosen = self._class(where, item.get("class"))
        key = self._cells(f"{where}, key", item.get("key"))
        if key is None:
            self.problems.note(
                where, "It does not say to what it leads.", 'Write to = "<a thing of this mapping>", or class, scheme and key.'
            )
        if chosen is None or key is None:
            return None
        self._fits(where, relation, chosen)
        if chosen.name == "Category":
            classification = str(item.get("classification", ""))
            if not classification:
                self.problems.note(
                    where, "It does not say of which classification the categories are.", 'Write classification = "…".'
                )
            return Link(relation, "", chosen, "", key, self._cells(f"{where}, name", item.get("name")), classification, when)
        scheme = self._scheme(where, item.get("scheme"))
        return Link(relation, "", chosen, scheme, key, self._cells(f"{where}, name", item.get("name")), "", when)

    def _fits(self, where: str, relation: Relation, chosen: Class) -> None:
        if not relation.leads_to(chosen):
            message = f"{relation.name} leads to a {' or '.join(relation.ranges)}, and {chosen.name} is none."
            fitting = ", ".join(dict.fromkeys(item.name for name in relation.ranges for item in self.model.concrete(name)))
            self.problems.note(where, message, f"Choose one of {fitting}, or another relation.")

    def _targets(self, things: Sequence[Thing]) -> None:
        by_label = {thing.label: thing for thing in things}
        for thing in things:
            for link in thing.links:
                if not link.to:
                    continue
                target = by_label.get(link.to)
                where = f"{thing.label}, relation {link.relation.name}"
                if target is None:
                    hint = did_you_mean(link.to, list(by_label)) or f"The things are {', '.join(by_label)}."
                    self.problems.note(where, f"No thing of this mapping is called {shown(link.to)!r}.", hint)
                else:
                    self._fits(where, link.relation, target.chosen)

    def _labels_once(self, things: Sequence[Thing]) -> None:
        labels = [thing.label for thing in things]
        for label in dict.fromkeys(item for item in labels if labels.count(item) > 1):
            self.problems.note("things", f"Two things are called {label!r}.", 'Tell them apart: as = "provider".')
