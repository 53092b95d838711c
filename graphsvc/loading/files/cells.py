"""Reads cells as values of a property, and says what to write where a cell is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

from graphsvc.dates import DateError, day
from graphsvc.errors import InputError
from graphsvc.loading.findings import did_you_mean, shown
from graphsvc.model import Property, Scheme
from graphsvc.provenance import Value

MANY: Final = " | "
"""What stands between the values of a cell that holds several."""
_INTEGER: Final = re.compile(r"^[+-]?\d{1,18}$")
_DECIMAL: Final = re.compile(r"^[+-]?\d{1,15}(\.\d{1,10})?$")
_GROUPED: Final = re.compile(r"^[£$€]?\s*[+-]?\d{1,3}([, ]\d{3})*(\.\d+)?\s*(k|m|bn|%)?$", re.IGNORECASE)
_BOOLEANS: Final = {"true": True, "yes": True, "false": False, "no": False}
_IRI_FORBIDDEN: Final = re.compile(r'[\s<>"{}|\\^`\x00-\x20]')


class CellError(InputError):
    """Raised for a text that is no value of its property; ``rule`` names the rule that it breaks."""

    def __init__(self, rule: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.rule = rule


def values_of(cell: str) -> list[str]:
    """Splits a cell of several values into its texts, leaving out blank ones."""
    return [item for item in (part.strip() for part in cell.split("|")) if item]


def read(item: Property, scheme: Scheme | None, cell: str) -> Value | tuple[Value, ...]:
    """Reads the value of a cell that is not blank; several values, sorted, for a property that has many.

    Raises :class:`CellError` with the rule broken and what to write instead.
    """
    if not item.many:
        return _one(item, scheme, cell)
    return tuple(sorted({_one(item, scheme, text) for text in values_of(cell)}, key=str))


def _one(item: Property, scheme: Scheme | None, text: str) -> Value:
    match item.datatype:
        case "enum":
            return _term(scheme, text)
        case "boolean":
            if text.casefold() not in _BOOLEANS:
                raise CellError("wrong-datatype", f"{shown(text)!r} is neither yes nor no.", "Write true or false.")
            return _BOOLEANS[text.casefold()]
        case "integer":
            if not _INTEGER.match(text):
                raise _no_number(text, "a whole number")
            return int(text)
        case "decimal":
            if not _DECIMAL.match(text):
                raise _no_number(text, "a number")
            return float(text)
        case "date":
            try:
                return day(text).isoformat()
            except DateError as error:
                raise CellError("no-date", error.message, error.hint) from error
        case "uri":
            return _uri(text)
        case _:
            return text


def _term(scheme: Scheme | None, text: str) -> str:
    if scheme is None:
        return text
    concept = scheme.find(text)
    if concept:
        return concept.name
    labels = [item.label for item in scheme.concepts if not item.deprecated]
    near = did_you_mean(text, labels)
    raise CellError(
        "not-in-list", f"{shown(text)!r} is not in the list {scheme.label!r}.", f"{near} The list: {', '.join(labels)}.".strip()
    )


def _no_number(text: str, wanted: str) -> CellError:
    plain = re.sub(r"[,\s£$€]", "", text)
    if _GROUPED.match(text) and _DECIMAL.match(plain):
        hint = f"Write {plain}, without commas, spaces or a sign for money."
    elif _GROUPED.match(text):
        hint = "Write the number in full, in digits; its unit belongs in the column unit."
    else:
        hint = "Write digits, such as 61000 or 0.5; leave the cell empty if there is no figure."
    return CellError("wrong-datatype", f"{shown(text)!r} is not {wanted}.", hint)


def _uri(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https", "urn") or not (parts.netloc or parts.path) or _IRI_FORBIDDEN.search(text):
        raise CellError("wrong-datatype", f"{shown(text)!r} is not a web address.", "Write it in full: https://example.org/page.")
    return text


def choose(choices: Sequence[str], text: str, what: str) -> str:
    """Returns the member of a fixed list of enum names that a cell means, such as ``IN_FORCE`` for ``in force``."""
    wanted = re.sub(r"[\s_-]+", "_", text.strip()).upper()
    if wanted in choices:
        return wanted
    labels = [item.lower().replace("_", " ") for item in choices]
    near = get_close_matches(text.casefold(), labels, 1, 0.5)
    hint = f"{f'Did you mean {near[0]}? ' if near else ''}The list: {', '.join(labels)}."
    raise CellError("not-in-list", f"{shown(text)!r} is no {what}.", hint)
