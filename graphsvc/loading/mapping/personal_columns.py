"""Finds columns about persons by header and values: telephone numbers, e-mail addresses and names of people."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence, Set
from typing import Final

from graphsvc.errors import InputError
from graphsvc.loading.files.table_file import TableFile
from graphsvc.loading.findings import shown
from graphsvc.loading.mapping.document import TableMapping
from graphsvc.loading.persons.text import NOBODY, names_person, without_persons

SAMPLE: Final = 400
"""Rows that are looked at."""
MOST: Final = 0.5
"""The share of a column's values that must be of a sort for the column to be."""
_NAME: Final = "name of a person"
_BY_HEADER: Final = (
    ("telephone number", re.compile(r"\b(tele?phones?|tel|phones?|mobile|fax|switchboard)\b")),
    ("e-mail address", re.compile(r"\be ?mails?\b")),
    (
        _NAME,
        re.compile(
            r"\b(first ?name|fore ?names?|sur ?name|last ?name|contact (name|person)|manager( name)?|nominated individual"
            r"|head ?teacher|chief executive|(gp|doctor|lead) names?|responsible (person|officer))\b"
        ),
    ),
    ("contact", re.compile(r"^contacts?( details?)?$")),
)
_LOST_ZERO: Final = re.compile(r"^[1-37]\d{9}$")
"""A UK telephone number that a spreadsheet took for a number: it has lost its first zero."""


def sort_of(header: str, values: Sequence[str], allowed: Set[str] = NOBODY) -> str:
    """Returns the sort of personal data in a column, as the audit calls it; empty for none."""
    plain = re.sub(r"[^a-z]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).casefold()).strip()
    for sort, pattern in _BY_HEADER:
        if pattern.search(plain):
            return sort
    return _by_values(values, allowed)


def _by_values(values: Sequence[str], allowed: Set[str]) -> str:
    if not values:
        return ""
    phones = emails = 0
    for value in values:
        if _LOST_ZERO.match(value):
            phones += 1
            continue
        rest, counts = without_persons(value, allowed)
        plain = not re.search(r"[A-Za-z]{4}", rest.replace("[withheld]", ""))
        phones += bool(counts["telephone number"]) and plain
        emails += bool(counts["e-mail address"]) and plain
    if phones > MOST * len(values):
        return "telephone number"
    if emails > MOST * len(values):
        return "e-mail address"
    return _NAME if sum(names_person(value, allowed) for value in values) > MOST * len(values) else ""


def sample_of(table: TableFile) -> dict[str, list[str]]:
    """Returns the values of each column in the first rows, leaving out blank ones."""
    found: dict[str, list[str]] = {name: [] for name in table.header}
    for row in itertools.islice(table.rows(), SAMPLE):
        for name, cell in table.cells(row).items():
            found.setdefault(name, []).append(cell)
    return found


def _cleaned_as_names(mapping: TableMapping) -> set[str]:
    """Returns the columns whose values are checked one by one, and withheld where they name a person."""
    cells = [thing.properties.get("name") for thing in mapping.things]
    cells += [link.name for thing in mapping.things for link in thing.links] + [thing.key for thing in mapping.things]
    return {column for one in cells if one for column in one.columns}


def personal_columns(table: TableFile, mapping: TableMapping, allowed: Set[str] = NOBODY) -> None:
    """Refuses a mapping that reads a column about persons into the graph.

    Raises :class:`InputError`, which names the columns and never their values.
    """
    sample = sample_of(table)
    kept_out = {name for name in mapping.layout.left_out if name not in mapping.layout.used}
    cleaned = _cleaned_as_names(mapping)
    found = [
        (name, sort)
        for name in mapping.layout.used
        if name not in kept_out
        and (sort := sort_of(name, sample.get(name, []), allowed))
        and not (sort == _NAME and name in cleaned)
    ]
    if found:
        told = ", ".join(f"{shown(name)} ({sort})" for name, sort in found)
        lines = " ".join(f'"{name}" = "{sort}"' for name, sort in found)
        raise InputError(
            f"{mapping.layout.name} reads columns about persons: {told}. None of that enters the graph.",
            f"Take them out of the things, and write under [withhold]: {lines}",
        )
