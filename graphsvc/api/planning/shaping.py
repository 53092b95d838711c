"""The one seam where rows become the answer.

A plan's selection is compiled once into Python functions made of plain dictionary displays; every request with that plan
runs them over its rows. Names in the code are response keys (checked by GraphQL's grammar), written with ``repr``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphsvc.api.planning import cursors
from graphsvc.api.planning.paging import Bounds

Row = Sequence[Any]


@dataclass(slots=True)
class Answering:
    """What shaping one root field's rows needs besides them, and what it notes on the way."""

    revision: int = 0
    read: Mapping[str, Any] = field(default_factory=dict)
    """Values that the plan reads from the request: pages, fingerprints, arguments."""
    cut: dict[str, list[int]] = field(default_factory=dict)
    """By path of a list whose default page did not hold all: [size of the page, how many such lists]."""


class Code:
    """Collects the functions of one plan's shaper."""

    def __init__(self) -> None:
        self._source: list[str] = []
        self._namespace: dict[str, Any] = {
            "cut": cut, "one": one, "values": values, "connection": connection, "counts": counts, "by_id": by_id,
        }  # fmt: skip

    def constant(self, value: Any) -> str:
        """A name for a value."""
        name = f"k{len(self._namespace)}"
        self._namespace[name] = value
        return name

    def function(self, arguments: str, expression: str) -> str:
        """A function that returns an expression; its name."""
        name = f"f{len(self._source)}"
        self._source.append(f"def {name}({arguments}):\n    return {expression}\n")
        return name

    def record(self, keys: Mapping[str, str]) -> str:
        """A dictionary display from response keys and expressions."""
        return "{" + ", ".join(f"{key!r}: {expression}" for key, expression in keys.items()) + "}"

    def compile(self, expression: str) -> Callable[[Row, Answering], Any]:
        """The shaper: ``expression`` over row ``r`` and answering ``c``."""
        name = self.function("r, c", expression)
        source = "".join(self._source)
        exec(compile(source, "<shape of a GraphQL selection>", "exec"), self._namespace)  # noqa: S102 -- made above, from names of the schema only
        made: Callable[[Row, Answering], Any] = self._namespace[name]
        return made


def cut(rows: list[Any], limit: int, path: str, c: Answering) -> list[Any]:
    """A list within its default page; notes that there is more."""
    if len(rows) <= limit:
        return rows
    c.cut.setdefault(path, [limit, 0])[1] += 1
    return rows[:limit]


def one(rows: list[Any], shape: Callable[[Row, Answering], Any], c: Answering) -> Any:
    """The one thing of a relation that has at most one."""
    return shape(rows[0], c) if rows else None


def by_id(rows: list[Any], ids: list[str], place: int, shape: Callable[[Row, Answering], Any], c: Answering) -> list[Any]:
    """Things in the order of the ids asked for."""
    found = {row[place]: row for row in rows}
    return [shape(found[name], c) if name in found else None for name in ids]


def values(text: str, keys: Sequence[tuple[str, str]], wanted: list[str] | None) -> list[dict[str, Any]]:
    """The values of a record, kept as JSON text, as pairs of property and value."""
    pairs = json.loads(text or "{}")
    return [
        {key: "PropertyValue" if part == "__typename" else name if part == "property" else value for key, part in keys}
        for name, value in pairs.items()
        if wanted is None or name in wanted
    ]


def counts(rows: list[Any], keys: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Numbers by status."""
    return [
        {key: "HiddenCount" if part == "__typename" else row[0] if part == "status" else row[1] for key, part in keys}
        for row in rows
    ]


@dataclass(slots=True)
class Stretch:
    """A page of a connection as it came: rows in order, and where they lie."""

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
        """``PageInfo``."""
        found = {
            "__typename": "PageInfo",
            "hasNextPage": self.has_next,
            "hasPreviousPage": self.has_previous,
            "startCursor": self.cursor(0) if self.rows else None,
            "endCursor": self.cursor(len(self.rows) - 1) if self.rows else None,
        }
        return {key: found[part] for key, part in keys}


def connection(rows: list[Any], name: str, from_end: bool, total: int, c: Answering) -> Stretch:
    """The page in ``rows``, of which one more was fetched to tell whether there is more."""
    bounds: Bounds = c.read[name]
    more = len(rows) > bounds.size
    rows = rows[: bounds.size]
    mark = c.read[f"{name} mark"]
    if not from_end:
        return Stretch(rows, bounds.skip, more, bounds.skip > 0, mark, c.revision)
    rows = rows[::-1]
    start = total - len(rows)
    if start < bounds.floor:
        rows = rows[bounds.floor - start :]
        start = bounds.floor
    return Stretch(rows, start, False, start > 0, mark, c.revision)
