"""Drafts a mapping from a table: guesses its columns and says how certain each guess is, for people to check.

No value of a column that is withheld is shown; examples of the others are cleaned of telephone numbers, addresses and names.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from graphsvc.loading.files.table_file import TableFile
from graphsvc.loading.files.table_layout import DELIMITERS
from graphsvc.loading.findings import shown
from graphsvc.loading.mapping.column_guess import NOTHING, UNDERSTOOD_DATES, Guess, Role, guess
from graphsvc.loading.mapping.document import ENDING
from graphsvc.loading.mapping.personal_columns import sample_of
from graphsvc.loading.persons.privacy import shape_of, shown_value
from graphsvc.loading.persons.text import names_person, without_persons
from graphsvc.loading.release import directory_in_name
from graphsvc.model import Model

EXAMPLES: Final = 3
_START: Final = re.compile(r"\b(open|opened|start|started|from|registered|established|commenced)\b")
_END: Final = re.compile(r"\b(close|closed|end|ended|until|ceased|deregistered)\b")
_WEEK: Final = (
    ("monday", "MO"),
    ("tuesday", "TU"),
    ("wednesday", "WE"),
    ("thursday", "TH"),
    ("friday", "FR"),
    ("saturday", "SA"),
    ("sunday", "SU"),
)


def draft(path: Path, table: TableFile, model: Model) -> str:
    """Drafts a mapping in TOML, with comments, that can be loaded as it is."""
    sample = sample_of(table)
    made = _Draft(
        path, table, model, {name: guess(name, sample[name]) for name in table.header if not _unnamed(name, sample)}, sample
    )
    return "\n".join(made.lines()) + "\n"


def _unnamed(name: str, sample: dict[str, list[str]]) -> bool:
    return name.startswith("column ") and not sample[name]


class _Draft:
    def __init__(
        self, path: Path, table: TableFile, model: Model, guesses: dict[str, Guess], sample: dict[str, list[str]]
    ) -> None:
        self.path = path
        self.table = table
        self.model = model
        self.guesses = guesses
        self.sample = sample
        self.own = directory_in_name(path)
        self.used: set[str] = set()

    def of(self, role: Role) -> list[str]:
        """Returns the columns of a role that are not used yet, in the order of the table."""
        return [name for name, found in self.guesses.items() if found.role == role and name not in self.used]

    # -- the parts --------------------------------------------------------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        yield f"# What the columns of {self.path.name} mean: drafted from its header and its first rows. Read it and mend it."
        yield f"# It is used if it stands beside the table as {self.path.name}{ENDING}."
        yield f"# To check it: graphsvc mapping {self.path.name} --check"
        yield ""
        yield from self.file()
        body = list(self.things())
        yield from self.withheld()
        yield from self.undecided()
        yield from body

    def file(self) -> Iterator[str]:
        hours = set(self.of("hours"))
        nulls = sorted(
            {
                value
                for name, values in self.sample.items()
                if name not in hours
                for value in values
                if value.casefold() in NOTHING - {"closed"}
            }
        )
        names = {sign: name for name, sign in DELIMITERS.items()}
        yield "[file]"
        if self.table.delimiter:
            yield f"delimiter = {_text(names.get(self.table.delimiter, self.table.delimiter))}"
        if self.table.unread or self.table.hidden:
            others = ", ".join((*self.table.unread, *self.table.hidden))
            yield f"sheet = {_text(self.table.sheet.name)}  # the workbook has others too: {others}"
        if nulls:
            yield f"null = [{', '.join(_text(item) for item in nulls)}]  # what stands for nothing"
        yield ""

    def withheld(self) -> Iterator[str]:
        columns = [found for found in self.guesses.values() if found.role == "withhold"]
        if columns:
            yield "# About persons: kept out of the graph, counted in the audit. No value of these columns is shown."
            yield "[withhold]"
            yield from (f"{_text(found.column)} = {_text(found.detail)}  # {found.sureness}" for found in columns)
            yield ""

    def undecided(self) -> Iterator[str]:
        left = [found for found in self.guesses.values() if found.role != "withhold" and found.column not in self.used]
        yield "# Columns nothing is done with. Give each a reason here, or use it below; without either, every load reports it."
        yield "[ignore]"
        for found in left:
            yield f'# {_text(found.column)} = "why it is left out"  # {self.shapes(found.column)}'
        yield ""

    def things(self) -> Iterator[str]:
        key, scheme, comment = self.key()
        name = self.name()
        hours = self.of("hours")
        chosen = "Organisation"
        if scheme == self.own and re.search(
            r"service|activit|group", f"{self.path.stem} {' '.join(self.table.header)}".casefold()
        ):
            chosen = "Service"
        places = {role: self.of(role) for role in ("address", "postcode", "uprn", "latitude", "longitude")}
        site = bool(places["latitude"] and places["longitude"]) or (chosen == "Service" and bool(places["address"]))
        areas = self.of("gss")
        yield f"# What every row is about; its key is {comment}"
        yield from self.head(chosen, scheme, key)
        yield from self.properties(chosen, name, hours, site)
        yield from self.relations(chosen, site, [] if site else areas)
        if chosen == "Organisation" and hours:
            yield from self.head("Service", scheme, key)
            yield f"name = {_text(name)}"
            yield from self.hours(hours)
            yield ""
        if site:
            yield from self.head("Site", scheme, key)
            yield f"name = {_text(name)}"
            yield from self.placed("Site")
            yield ""
            yield from self.areas(areas)
        self.used.update(item for columns in places.values() for item in columns)

    # -- key and name -----------------------------------------------------------------------------------------------------------

    def key(self) -> tuple[str, str, str]:
        """Returns the key as TOML, the register of its codes, and a comment."""
        wanted: tuple[tuple[Role, str], ...] = (("ods", "ods"), ("cqc", "cqc"), ("id", self.own))
        for role, scheme in wanted:
            columns = [name for name in self.of(role) if self.guesses[name].detail != "other"]
            if columns:
                found = self.guesses[columns[0]]
                self.used.add(found.column)
                return _text(found.column), scheme, f"{found.column} ({found.sureness}: {found.why})"
        columns = [self.name(), *self.of("postcode")[:1]]
        listed = ", ".join(_text(name) for name in columns)
        return f"[{listed}]", self.own, "made of other columns (a guess: no column holds codes)"

    def name(self) -> str:
        """Chooses the column that names a row's subject: the first called a name, else the one with most different values."""
        columns = [name for name, found in self.guesses.items() if found.role == "name"]
        plain = [name for name in columns if not re.search(r"area|ward|parent|provider|authority|la[_ ]|region", name.casefold())]
        free = [found.column for found in self.guesses.values() if found.role != "withhold"] or list(self.table.header)
        return (plain or columns or sorted(free, key=lambda name: -len(set(self.sample[name]))))[0]

    # -- lines of a thing --------------------------------------------------------------------------------------------------------

    def head(self, chosen: str, scheme: str, key: str) -> Iterator[str]:
        yield "[[things]]"
        yield f"class = {_text(chosen)}"
        yield f"scheme = {_text(scheme)}" + ("  # a short name of whose codes they are" if scheme == self.own else "")
        yield f"key = {key}"
        for column in self.of("date"):
            for word, pattern in (("start", _START), ("end", _END)):
                if pattern.search(re.sub(r"[^a-z]+", " ", column.casefold())):
                    form = self.guesses[column].detail
                    self.used.add(column)
                    value = _text(column) if form in UNDERSTOOD_DATES else f'{{ column = {_text(column)}, as = "date:{form}" }}'
                    yield f"{word} = {value}  # {self.examples(column)}"
        yield ""
        yield "[things.properties]"

    def properties(self, chosen: str, name: str, hours: Sequence[str], site: bool) -> Iterator[str]:
        self.used.add(name)
        yield f"name = {_text(name)}  # {self.examples(name)}"
        kind = self.kind(chosen)
        if kind:
            yield f"kind = {{ value = {_text(kind)} }}  # a guess from the names of file and columns"
        for column in self.of("description")[:1]:
            yield f"description = {_text(column)}"
            self.used.add(column)
        for column in self.of("website")[:1]:
            yield f"website = {_text(column)}  # {self.examples(column)}"
            self.used.add(column)
        if chosen == "Organisation":
            yield from self.placed(chosen)
        elif hours:
            yield from self.hours(hours)
        if chosen == "Service" and not site:
            self.used.difference_update(self.of("address"))
        yield ""

    def placed(self, chosen: str) -> Iterator[str]:
        columns = [name for name, found in self.guesses.items() if found.role == "address"]
        if len(columns) == 1:
            yield f"address = {_text(columns[0])}"
        elif columns:
            yield f'address = {{ columns = [{", ".join(_text(name) for name in columns)}], join = ", " }}'
        wanted: tuple[Role, ...] = ("postcode", "uprn", "latitude", "longitude")
        for role in wanted:
            found = [name for name, one in self.guesses.items() if one.role == role]
            if found and self.model.classes[chosen].property(role):
                yield f"{role} = {_text(found[0])}  # {self.guesses[found[0]].sureness}"
                self.used.add(found[0])
        self.used.update(columns)

    def hours(self, columns: Sequence[str]) -> Iterator[str]:
        self.used.update(columns)
        days = [code for name in columns for day, code in _WEEK if day[:3] in name.casefold()]
        listed = ", ".join(_text(name) for name in columns)
        labels = f", labels = [{', '.join(_text(day) for day in days)}]" if len(days) == len(columns) else ""
        yield f'openingHours = {{ columns = [{listed}]{labels}, null = ["CLOSED", "closed", "Closed"] }}'

    def kind(self, chosen: str) -> str:
        item = self.model.classes[chosen].property("kind")
        text = re.sub(r"[^a-z]+", " ", f"{self.path.stem} {self.path.parent.name} {self.name()}".casefold())
        if item is None:
            return ""
        for concept in self.model.schemes[item.scheme].concepts:
            words = [word[:6].rstrip("y") for word in re.findall(r"[a-z]+", concept.label.casefold())]
            if concept.code != "other" and words and all(re.search(rf"\b{word}", text) for word in words):
                return concept.label
        return ""

    def relations(self, chosen: str, site: bool, areas: Sequence[str]) -> Iterator[str]:
        for column in self.of("category"):
            self.used.add(column)
            split = ', split = "|"' if any("|" in value for value in self.sample[column]) else ""
            yield "[[things.relations]]"
            yield 'relation = "classifiedAs"'
            yield 'class = "Category"'
            yield f"classification = {_text(f'{self.own} {column}')}"
            yield f"key = {{ column = {_text(column)}{split} }}  # {self.examples(column)}"
            yield ""
        if chosen == "Organisation" and self.of("hours"):
            yield from ("[[things.relations]]", 'relation = "provides"', 'to = "service"', "")
        if site:
            yield from ("[[things.relations]]", 'relation = "locatedAt"', 'to = "site"', "")
        yield from self.areas(areas)

    def areas(self, columns: Sequence[str]) -> Iterator[str]:
        """Maps the local authorities that a row names; codes of other areas are left to people."""
        for column in columns:
            if not all(re.match(r"^[EWSN]0[6789]", value) for value in self.sample[column]):
                continue
            self.used.add(column)
            step = ', as = "gss"' if self.guesses[column].detail else ""
            stem = re.sub(r"code.*$", "", column.casefold())
            names = [
                name
                for name in self.table.header
                if name != column and name.casefold().startswith(stem) and "name" in name.casefold()
            ]
            yield "[[things.relations]]"
            yield 'relation = "partOf"'
            yield 'class = "Place"'
            yield 'scheme = "gss"'
            yield f"key = {{ column = {_text(column)}{step} }}  # {self.guesses[column].sureness}: {self.guesses[column].why}"
            if names:
                self.used.add(names[0])
                yield f"name = {_text(names[0])}"
            yield ""

    def shapes(self, column: str) -> str:
        """Describes the shapes of the values of an unexplained column, without showing any."""
        found = self.guesses[column]
        usual = [shape for shape, _ in Counter(shape_of(value) for value in self.sample[column]).most_common(EXAMPLES)]
        told = f"such as {', '.join(usual)}" if usual else "no values"
        return f"{found.sureness}: {found.why}; {told}"

    def examples(self, column: str) -> str:
        """Returns some values of a column that is not withheld, without persons."""
        found = self.guesses[column]
        values = [
            value for value in dict.fromkeys(self.sample[column]) if value.casefold() not in NOTHING and not names_person(value)
        ]
        told = ", ".join(_text(shown(shown_value(without_persons(value)[0]))[:40]) for value in values[:EXAMPLES])
        return f"{found.sureness}: {found.why}; such as {told}" if told else f"{found.sureness}: {found.why}; no values"


def _text(text: str) -> str:
    """Writes a text as a TOML string; a JSON string is one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
