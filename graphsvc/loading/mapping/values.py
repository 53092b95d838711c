"""Reads one value as a mapping says: from columns or a constant, by steps between the cell and the value.

The steps are a short closed list, so that a mapping stays something that people read, and never becomes a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from graphsvc.loading.findings import Finding, did_you_mean, shown
from graphsvc.provenance import Origin

if TYPE_CHECKING:
    from graphsvc.loading.directory import Directory

DATE_FORMS: Final = {
    "yyyy-mm-dd": "%Y-%m-%d", "yyyymmdd": "%Y%m%d", "dd/mm/yyyy": "%d/%m/%Y", "mm/dd/yyyy": "%m/%d/%Y", "dd-mm-yyyy": "%d-%m-%Y",
    "dd.mm.yyyy": "%d.%m.%Y", "dd/mm/yy": "%d/%m/%y", "dd mmm yyyy": "%d %b %Y", "dd-mmm-yyyy": "%d-%b-%Y",
    "dd mmmm yyyy": "%d %B %Y",
}  # fmt: skip
"""How dates may be written, and the same for :meth:`datetime.strptime`."""
_CELLS: Final = ("column", "columns", "value", "as", "map", "null", "split", "join", "labels")
_GSS: Final = re.compile(r"^([EJKLMNSW])(\d{2})(\d{1,6})$")


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """One problem of a mapping."""

    where: str
    message: str
    hint: str


@dataclass
class Problems:
    """The problems of one mapping, in the order in which they were found."""

    found: list[MappingProblem] = field(default_factory=list)

    def note(self, where: str, message: str, hint: str) -> None:
        """Notes a problem."""
        self.found.append(MappingProblem(where, message, hint))

    def keys(self, where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
        """Notes every key of a table that has no meaning."""
        for key in table:
            if key not in known:
                hint = did_you_mean(key, list(known)) or f"It may say {', '.join(known)}."
                self.note(where, f"{shown(key)!r} means nothing here.", hint)


@dataclass(frozen=True, slots=True)
class Step:
    """One step between a cell and a value: ``digits-left-pad`` with the argument ``3``."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """The columns of a row, or a constant, and the steps that make a value of them."""

    columns: tuple[str, ...] = ()
    constant: str = ""
    steps: tuple[Step, ...] = ()
    map: Mapping[str, str] | None = None
    """Value by text, folded; a text that is not in it has no value."""
    null: frozenset[str] = frozenset()
    split: str = ""
    join: str = ""
    labels: tuple[str, ...] = ()
    """What goes before the value of each column."""

    def read(self, row: Mapping[str, str], null: frozenset[str], directory: Directory, origin: Origin) -> list[str]:
        """Reads the texts from a row, leaving out blank ones; joins them where the mapping says so."""
        if self.constant:
            return [self.constant]
        found: list[str] = []
        for number, column in enumerate(self.columns):
            place = Origin(origin.file, origin.row, column)
            cell = row.get(column, "")
            for part in cell.split(self.split) if self.split else [cell]:
                text = part.strip()
                if not text or text in null or text in self.null:
                    continue
                text = self._made(text, directory, place)
                if text:
                    found.append(f"{self.labels[number]} {text}" if self.labels else text)
        return [self.join.join(found)] if self.join and found else found

    def _made(self, text: str, directory: Directory, origin: Origin) -> str:
        for step in self.steps:
            text = STEPS[step.name](text, step.argument, directory, origin)
            if not text:
                return ""
        if self.map is None:
            return text
        found = self.map.get(text.casefold())
        if found is None:
            directory.unknown_code(text, "the map of this column", list(self.map), origin)
            return ""
        return found


def read_cells(problems: Problems, where: str, value: object) -> Cells | None:
    """Reads the source of one value in a mapping: a column, a list of columns, or a table."""
    if isinstance(value, str):
        return Cells((value,))
    if isinstance(value, list):
        return Cells(texts(problems, where, value))
    if not isinstance(value, dict):
        problems.note(where, f"{shown(value)!r} is no column.", 'Write "<column>", or { value = "<constant>" }.')
        return None
    problems.keys(where, value, _CELLS)
    columns = texts(problems, where, value.get("columns", value.get("column", [])))
    constant = value.get("value", "")
    constant = str(constant).casefold() if isinstance(constant, bool) else str(constant)
    if bool(columns) == bool(constant):
        problems.note(
            where,
            "It gives no column." if not columns else "It gives a column and a constant.",
            'Write column = "…" or value = "…".',
        )
    steps = [step for text in texts(problems, where, value.get("as", [])) if (step := _step(problems, where, text))]
    mapped = value.get("map")
    if mapped is not None and (not isinstance(mapped, dict) or not all(isinstance(item, str) for item in mapped.values())):
        problems.note(where, "map is no table of texts.", 'Write map = { "Nursing homes" = "care home" }.')
        mapped = None
    labels = texts(problems, where, value.get("labels", []))
    if labels and len(labels) != len(columns):
        problems.note(where, f"There are {len(labels)} labels for {len(columns)} columns.", "Give one for each column.")
        labels = ()
    return Cells(
        columns, constant, tuple(steps), {text.casefold(): item for text, item in mapped.items()} if mapped is not None else None,
        frozenset(texts(problems, where, value.get("null", []))), str(value.get("split", "")), str(value.get("join", "")), labels,
    )  # fmt: skip


def texts(problems: Problems, where: str, value: object) -> tuple[str, ...]:
    """Reads a text, or a list of texts."""
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, str) for item in items):
        return tuple(items)
    problems.note(where, "Texts are expected here.", "Put each in quotation marks.")
    return ()


def _step(problems: Problems, where: str, text: str) -> Step | None:
    name, _, argument = text.partition(":")
    if name not in STEPS:
        hint = did_you_mean(name, list(STEPS)) or f"The steps are {', '.join(STEPS)}."
        problems.note(where, f"There is no step {shown(name)!r}.", hint)
        return None
    if name == "digits-left-pad" and not (argument.isdigit() and 1 <= int(argument) <= 20):
        problems.note(where, f"{shown(text)!r} does not say how many digits.", "Write digits-left-pad:3.")
        return None
    if name == "date" and argument not in DATE_FORMS:
        hint = did_you_mean(argument, list(DATE_FORMS)) or f"The forms are {', '.join(DATE_FORMS)}."
        problems.note(where, f"{shown(argument)!r} is no form of dates that is read.", hint)
        return None
    if name == "prefix" and not argument:
        problems.note(where, "prefix says nothing to put first.", "Write prefix:CQC: with the text after the colon.")
        return None
    return Step(name, argument)


# -- the steps ------------------------------------------------------------------------------------------------------------------


def _pad(text: str, argument: str, directory: Directory, origin: Origin) -> str:
    return text.rjust(int(argument), "0") if text.isdigit() else text


def _date(text: str, argument: str, directory: Directory, origin: Origin) -> str:
    try:
        return datetime.strptime(text, DATE_FORMS[argument]).date().isoformat()
    except ValueError:
        message = f"This is no day written as {argument}, and is left out."
        place = (origin.file, origin.row, origin.column or "", shown(text))
        directory.context.report(Finding("warning", "not-a-day", message, "Correct it, or the form in the mapping.", "", *place))
        return ""


def _gss(text: str, argument: str, directory: Directory, origin: Origin) -> str:
    """Restores a GSS code that lost the leading zeros of its last part: E0800009 is E08 and 9, which is E08000009."""
    found = _GSS.match(text.upper())
    if not found or len(found.group(3)) == 6:
        return text.upper()
    made = f"{found.group(1)}{found.group(2)}{found.group(3).rjust(6, '0')}"
    if directory.context.first("gss-code-padded", f"{origin.file} {origin.column}"):
        message = f"GSS codes have lost zeros; they are filled up to nine signs, as the mapping says: {made}."
        place = (origin.file, origin.row, origin.column or "", shown(text))
        directory.context.report(Finding("info", "gss-code-padded", message, "Ask the publisher for whole codes.", "", *place))
    return made


def _name(text: str, argument: str, directory: Directory, origin: Origin) -> str:
    return directory.name(text, "", origin)


StepFunction = Callable[[str, str, "Directory", Origin], str]
STEPS: Final[Mapping[str, StepFunction]] = {
    "trim": lambda text, argument, directory, origin: " ".join(text.split()),
    "upper": lambda text, argument, directory, origin: text.upper(),
    "lower": lambda text, argument, directory, origin: text.lower(),
    "digits-left-pad": _pad,
    "date": _date,
    "gss": _gss,
    "prefix": lambda text, argument, directory, origin: f"{argument}{text}",
    "postcode": lambda text, argument, directory, origin: directory.postcode(text, origin),
    "words": lambda text, argument, directory, origin: directory.words(text, origin),
    "name": _name,
}
"""Every step by its name. A date has a form, digits-left-pad a number of digits, prefix a text."""


def folded(items: Iterable[str]) -> set[str]:
    """Returns texts in small letters with single spaces, for comparison."""
    return {" ".join(item.split()).casefold() for item in items}
