"""Turns an answer into tables: one table for each root field, one row for each innermost thing on its main path.

A list of things that have more to them than a name is unfolded into rows, its parent's cells repeated; one list at each level
is (the first that can be), and what stands beside it is gathered in one cell. Connections read like lists, with the dates and
status of the edge beside the thing. An ``id`` gives no column: it is where the cell with the name leads.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from graphsvc.api.table_links import END
from graphsvc.dates import last_day
from graphsvc.loading.formulas import safe
from graphsvc.model import Model
from graphsvc.provenance import CERTAINTIES

NAMES = ("name", "title", "question", "text")
"""Fields that say what a thing is called, best first: the cell that leads to the thing's page."""
EVIDENCE = ("claims", "records")
"""Lists that are said beside a row and never make rows."""
SILENT = ("id", "__typename", "iri", "cursor", "pageInfo")
HEADINGS = {"claims": "who says so", "records": "who says so"}
"""Response keys that people would call something else."""
ITS_STATUS = "itsStatus"
"""Key of the status of a thing where that of the relation to it stands beside."""
UNTIL = "until (last day)"
"""Heading of an end of a period."""
PLAIN = {("confidence", "EXPLICIT"), ("status", "IN_FORCE")}
"""What goes without saying in evidence."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and the path of response keys that its cells come from."""

    label: str
    path: tuple[str, ...]
    number: bool = False

    @property
    def field(self) -> str:
        """The response key of the value itself: ``status``, ``validFrom``."""
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: each value with the id of the thing that it names, if it names one. Empty where the sources state nothing."""

    values: tuple[tuple[str, str], ...] = ()
    raw: Any = None
    """The value as the answer has it, where there is just one."""

    @property
    def text(self) -> str:
        """All values, as one text."""
        return "; ".join(text for text, _ in self.values)


@dataclass(frozen=True, slots=True)
class Table:
    """The answer of one root field as a table."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def csv(self, notes: Sequence[str] = ()) -> str:
        """The table as CSV (RFC 4180), headings first and notes last, a row each.

        What a spreadsheet would take for a formula is defused with an apostrophe.
        """
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([column.label for column in self.columns])
        writer.writerows([safe(cell.text) for cell in row] for row in self.rows)
        writer.writerows([note] for note in notes)
        return out.getvalue()


def heading(name: str) -> str:
    """A response key in words: ``validFrom`` as ``valid from``, ``servicesConnection`` as ``services``."""
    plain = HEADINGS.get(name, name.removesuffix("Connection"))
    return (
        "".join(f" {sign.lower()}" if sign.isupper() and index else sign for index, sign in enumerate(plain))
        .replace("_", " ")
        .strip()
    )


def _labels(model: Model) -> tuple[frozenset[str], Mapping[str, str]]:
    """Names of fields that hold terms of closed lists or names of classes, and the labels of both."""
    fields = {item.name for cls in model.classes.values() for item in cls.properties if item.datatype == "enum"}
    terms = {concept.name: concept.label for scheme in model.schemes.values() for concept in scheme.concepts}
    terms |= {name: name.lower().replace("_", " ") for name in CERTAINTIES}
    return frozenset(fields | {"status", ITS_STATUS, "certainty", "confidence", "type"}), terms | {
        cls.name: cls.label for cls in model.classes.values()
    }


def _items(value: Any) -> list[Any] | None:
    """The things of a list or a connection; ``None`` for anything else. An edge's own values stand beside its node's."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping):
        if isinstance(value.get("edges"), list):
            return [_joined(edge) for edge in value["edges"]]
        if isinstance(value.get("nodes"), list):
            return list(value["nodes"])
    return None


def _joined(edge: Mapping[str, Any]) -> dict[str, Any]:
    """The thing of an edge with the edge's own values; its own status beside that of the relation, which it need not share."""
    node = dict(edge.get("node") or {})
    own = {ITS_STATUS: node["status"]} if "status" in node and "status" in edge else {}
    return {**node, **{key: of for key, of in edge.items() if key != "node"}, **own}


def _leaves(value: Any) -> int:
    """The most values that a thing has, other than those that give no column and the two statuses that only mark it."""
    if isinstance(value, Mapping):
        marks = ("status", ITS_STATUS) if ITS_STATUS in value else ()
        return sum(_leaves(of) for key, of in value.items() if key not in (*SILENT, *marks))
    items = _items(value)
    return max((_leaves(item) for item in items), default=0) if items is not None else 1


def _name_key(thing: Mapping[str, Any]) -> str:
    return next((key for key in NAMES if isinstance(thing.get(key), str)), "")


@dataclass
class _Unfolder:
    """Unfolds an answer into rows, mappings from path to cell, and keeps the order in which paths were met."""

    enums: frozenset[str]
    labels: Mapping[str, str]
    ends: frozenset[str]
    paths: dict[tuple[str, ...], None] = field(default_factory=dict)

    def text(self, key: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:.10g}" if abs(value) < 1e15 else str(value)
        if key in self.ends and isinstance(value, str):
            return str(last_day(value))
        return self.labels.get(value, value) if key in self.enums and isinstance(value, str) else str(value)

    def said(self, value: Any, key: str, near: str = "") -> tuple[tuple[str, str], ...]:
        """Format any value for one cell: the name of a thing leads to it, what else it has follows in brackets.

        ``near`` is the id of the thing that it is said of.
        """
        items = _items(value)
        if items is not None:
            return tuple(dict.fromkeys(entry for item in items for entry in self.said(item, key, near)))
        if not isinstance(value, Mapping):
            text = self.text(key, value)
            return ((text, ""),) if text else ()
        name = _name_key(value)
        differ = ITS_STATUS in value and value[ITS_STATUS] != value.get("status")
        apart = {"status": "relation", ITS_STATUS: "itself"} if differ else {}
        rest = [f"{said} {self.text(status, value[status])}" for status, said in apart.items()]
        rest += [
            text
            for other, of in value.items()
            if other not in (name, ITS_STATUS, *SILENT, *apart)
            and not (isinstance(of, str) and (other, of) in PLAIN)
            and (text := "; ".join(text for text, _ in self.said(of, other)))
        ]
        title = str(value.get(name) or "")
        whole = f"{title} ({', '.join(rest)})" if title and rest else title or ", ".join(rest)
        return ((whole, place_of(str(value.get("id") or ""), near)),) if whole else ()

    def put(self, row: dict[tuple[str, ...], Cell], path: tuple[str, ...], cell: Cell) -> None:
        self.paths.setdefault(path)
        row[path] = cell

    def unfold(self, thing: Any, path: tuple[str, ...]) -> Iterator[dict[tuple[str, ...], Cell]]:
        """Yield the rows of one thing."""
        row: dict[tuple[str, ...], Cell] = {}
        if not isinstance(thing, Mapping):
            self.put(row, path, Cell(self.said(thing, path[-1]), thing))
            yield row
            return
        name = _name_key(thing)
        main = ""
        pending: list[tuple[str, list[Any]]] = []
        for key, value in thing.items():
            if key in SILENT:
                continue
            items = _items(value)
            if items is not None:
                pending.append((key, items))
                if not main and key not in EVIDENCE and any(_leaves(item) > 1 for item in items):
                    main = key
                if key == main:
                    self.paths.setdefault((*path, key))  # keeps its place among the columns for what it unfolds to
                    continue
                self.put(row, (*path, key), Cell(self.said(value, key, str(thing.get("id") or ""))))
            elif isinstance(value, Mapping):
                for inner in self.unfold(value, (*path, key)):
                    row.update(inner)
                    break
            else:
                link = str(thing.get("id") or "") if key == name else ""
                text = self.text(key, value)
                raw = text if key in self.ends else value
                self.put(row, (*path, key), Cell(((text, link),) if text else (), raw))
        if not main:
            yield row
            return
        for item in dict(pending)[main]:
            for inner in self.unfold(item, (*path, main)):
                yield {**row, **inner}


def place_of(identifier: str, near: str) -> str:
    """The address below ``/id/`` of the page of a thing or claim; that of a claim names the thing it is about."""
    if not identifier or "/" in identifier:
        return identifier
    return f"claim/{identifier}" + (f"?{urlencode({'of': near})}" if near else "")


def tables(data: Mapping[str, Any] | None, model: Model, ends: frozenset[str] = frozenset({END})) -> list[Table]:
    """Make a table for each root field of an answer's ``data``, in order.

    ``ends`` are the response keys of ends of periods (:func:`graphsvc.api.table_links.end_keys`): the last day is shown.
    """
    made = []
    enums, labels = _labels(model)
    for key, value in (data or {}).items():
        unfolder = _Unfolder(enums, labels, ends)
        items = _items(value)
        things = items if items is not None else [] if value is None else [value]
        rows = [row for thing in things for row in unfolder.unfold(thing, (key,))]
        made.append(_table(key, rows, _columns(rows, list(unfolder.paths), ends)))
    return made


def _columns(rows: Sequence[Mapping[tuple[str, ...], Cell]], paths: list[tuple[str, ...]], ends: frozenset[str]) -> list[Column]:
    """Columns in an order that follows the request, with headings that no two share."""
    # A list that is unfolded in one row and empty in another needs no column of its own.
    unfolded = {path[:depth] for path in paths for depth in range(1, len(path))}
    met = paths
    paths = [path for path in paths if path not in unfolded or any(path in row and row[path].values for row in rows)]
    labels: dict[tuple[str, ...], str] = {}
    # The outermost of those that would share a heading keeps it; an inner one says whose it is.
    for path in sorted(paths, key=len):
        last = UNTIL if path[-1] in ends else heading(path[-1])
        label = heading(path[-2]) if path[-1] in NAMES and len(path) > 1 else last
        for depth in range(2, len(path) + 1):
            if label not in labels.values():
                break
            label = f"{heading(path[-depth])}: {last}"
        labels[path] = label
    columns = []
    for path in sorted(paths, key=lambda item: _order(item, met)):
        values = [row[path].raw for row in rows if path in row and row[path].values]
        number = bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        columns.append(Column(labels[path], path, number))
    return columns


def _order(path: tuple[str, ...], paths: list[tuple[str, ...]]) -> tuple[int, ...]:
    """The sort key of a column: columns of one thing stay together, in the order in which they were met."""
    return tuple(
        min(index for index, other in enumerate(paths) if other[: depth + 1] == path[: depth + 1]) for depth in range(len(path))
    )


def _table(key: str, rows: Sequence[Mapping[tuple[str, ...], Cell]], columns: list[Column]) -> Table:
    return Table(heading(key), tuple(columns), tuple(tuple(row.get(column.path, Cell()) for column in columns) for row in rows))
