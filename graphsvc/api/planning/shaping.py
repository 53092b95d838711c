"""Compiles the Python functions that turn rows of the store into the answer of a root field.

A plan's selection is compiled once into Python functions made of plain dictionary displays; every request with that plan
runs them over its rows. Names in the code are response keys (checked by GraphQL's grammar), written with ``repr``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from graphsvc.api.planning import cursors
from graphsvc.api.planning.paging import Bounds
from graphsvc.dates import exact_end, exact_start
from graphsvc.provenance import CERTAINTIES

Row = Sequence[Any]


@dataclass(slots=True)
class Answering:
    """The state of answering one root field: what shaping reads besides the rows, and what it notes on the way."""

    revision: int = 0
    read: Mapping[str, Any] = field(default_factory=dict)
    """Values that the plan reads from the request: pages, fingerprints, arguments."""
    cut: dict[str, list[int]] = field(default_factory=dict)
    """By path of a list whose default page did not hold all: [size of the page, how many such lists]."""
    certainties: dict[str, int] = field(default_factory=dict)
    """Number of root rows by their certainty on the date asked for."""
    told: set[str] = field(default_factory=set)
    """Days on which sources spoke of them: the first and the last of each row."""


class ShapingCode:
    """Collects the source of one plan's shaping functions, and compiles it."""

    def __init__(self) -> None:
        self._source: list[str] = []
        self._namespace: dict[str, Any] = {
            "cut": cut, "one": one, "values": values, "connection": connection, "counts": counts, "by_id": by_id,
            "surest": surest, "tell": tell, "validFrom": exact_start, "validTo": exact_end,
        }  # fmt: skip

    def constant(self, value: Any) -> str:
        """Name a value that the source refers to."""
        name = f"k{len(self._namespace)}"
        self._namespace[name] = value
        return name

    def function(self, arguments: str, expression: str) -> str:
        """Add a function that returns an expression; its name."""
        name = f"f{len(self._source)}"
        self._source.append(f"def {name}({arguments}):\n    return {expression}\n")
        return name

    def record(self, keys: Mapping[str, str]) -> str:
        """A dictionary display from response keys and expressions."""
        return "{" + ", ".join(f"{key!r}: {expression}" for key, expression in keys.items()) + "}"

    def compile(self, expression: str) -> Callable[[Row, Answering], Any]:
        """Compile ``expression`` to a function of row ``r`` and answering ``c``."""
        name = self.function("r, c", expression)
        source = "".join(self._source)
        exec(compile(source, "<shape of a GraphQL selection>", "exec"), self._namespace)  # noqa: S102 -- made above, from names of the schema only
        made: Callable[[Row, Answering], Any] = self._namespace[name]
        return made


def cut(rows: list[Any], limit: int, path: str, answering: Answering) -> list[Any]:
    """Cut a list to its default page, and note that there is more."""
    if len(rows) <= limit:
        return rows
    answering.cut.setdefault(path, [limit, 0])[1] += 1
    return rows[:limit]


def one(rows: list[Any], shape: Callable[[Row, Answering], Any], answering: Answering) -> Any:
    """Shape the first row; null if there is none."""
    return shape(rows[0], answering) if rows else None


def by_id(rows: list[Any], ids: list[str], place: int, shape: Callable[[Row, Answering], Any], answering: Answering) -> list[Any]:
    """Shape rows in the order of the ids asked for; null for an id that is not found."""
    found = {row[place]: row for row in rows}
    return [shape(found[name], answering) if name in found else None for name in ids]


def values(text: str, keys: Sequence[tuple[str, str]], wanted: list[str] | None) -> list[dict[str, Any]]:
    """Read the values of a record from JSON text, as pairs of property and value."""
    pairs = json.loads(text or "{}")
    return [
        {key: "PropertyValue" if part == "__typename" else name if part == "property" else value for key, part in keys}
        for name, value in pairs.items()
        if wanted is None or name in wanted
    ]


def counts(rows: list[Any], keys: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Shape counts of what is hidden, by status and certainty."""
    found = [
        {"__typename": "HiddenCount", "status": why, "certainty": sure or None, "count": number} for why, sure, number in rows
    ]
    return [{key: entry[part] for key, part in keys} for entry in found]


def surest(found: list[str | None]) -> str | None:
    """The best of some certainties; of what is over on a day nobody states there is none."""
    return min((name for name in found if name), key=CERTAINTIES.index, default=None)


class Telling(NamedTuple):
    """Columns of a root row on a date: its certainty, the first and the last day on which a source spoke of it."""

    certainty: int
    told: int
    told_to: int


Rows = TypeVar("Rows", list[Any], "ConnectionPage")


def tell(rows: Rows, columns: tuple[int, int, int], answering: Answering) -> Rows:
    """Note how sure the rows of a root field are, and when their sources spoke."""
    at = Telling(*columns)
    for row in rows if isinstance(rows, list) else rows.rows:
        if row[at.certainty]:
            answering.certainties[row[at.certainty]] = answering.certainties.get(row[at.certainty], 0) + 1
        answering.told.update(day for day in (row[at.told], row[at.told_to]) if day)
    return rows


@dataclass(slots=True)
class ConnectionPage:
    """A page of a connection: its rows in order, and their position in the whole list."""

    rows: list[Any]
    start: int
    has_next: bool
    has_previous: bool
    mark: str
    revision: int

    def cursor(self, position: int) -> str:
        """Cursor of the row at a position of the page."""
        return cursors.encode(self.mark, self.revision, self.start + position)

    def info(self, keys: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The fields of ``PageInfo``."""
        found = {
            "__typename": "PageInfo",
            "hasNextPage": self.has_next,
            "hasPreviousPage": self.has_previous,
            "startCursor": self.cursor(0) if self.rows else None,
            "endCursor": self.cursor(len(self.rows) - 1) if self.rows else None,
        }
        return {key: found[part] for key, part in keys}


def connection(rows: list[Any], name: str, from_end: bool, total: int, answering: Answering) -> ConnectionPage:
    """The page of a connection in ``rows``, one more of which was fetched than it holds, to tell whether there is a next page."""
    bounds: Bounds = answering.read[name]
    more = len(rows) > bounds.size
    rows = rows[: bounds.size]
    mark = answering.read[f"{name} mark"]
    if not from_end:
        return ConnectionPage(rows, bounds.skip, more, bounds.skip > 0, mark, answering.revision)
    rows = rows[::-1]
    start = total - len(rows)
    if start < bounds.floor:
        rows = rows[bounds.floor - start :]
        start = bounds.floor
    return ConnectionPage(rows, start, False, start > 0, mark, answering.revision)
