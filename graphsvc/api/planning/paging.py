"""Reads the page and the order of a list from the arguments of a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graphsvc.api.planning import cursors
from graphsvc.api.planning.arguments import Leaf, Read, Tree, Variables, fields_of, whole
from graphsvc.api.planning.as_at import value_as_at
from graphsvc.errors import LimitExceeded, QueryError
from graphsvc.model import Class
from graphsvc.settings import Settings


class Bounds(NamedTuple):
    """The bounds of a page within its list."""

    skip: int
    """Position of its first element; from the end, counted from there, if ``from_end``."""
    size: int
    revision: int | None
    """Revision of the cursors it was asked by."""
    floor: int
    """Position before which nothing is wanted (``after`` together with ``last``)."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a field asks for."""

    read: Read
    """Reads :class:`Bounds` from a request's variables."""
    mark: Read
    """Reads the fingerprint of the list."""
    by_default: bool
    """Whether no size is asked for."""
    from_end: bool
    starts_later: bool
    """Whether it may start after the first element."""


def page_of(arguments: Mapping[str, Tree], coordinate: str, further: list[Read], settings: Settings) -> Page:
    """The page that a field's arguments ask for.

    ``coordinate`` and ``further`` (date and statuses of the root) are part of what its cursors are good for. Reading the
    bounds raises LimitExceeded for a page larger than the limit, CursorError for a cursor of another list.
    """
    given = {name: leaf.read for name, leaf in arguments.items() if isinstance(leaf, Leaf) and leaf.value is not None}
    names = [name for name in ("where", "orderBy", "status", "relations", "direction") if name in arguments]
    of_list = [whole(arguments[name]) for name in names]

    def mark(variables: Variables) -> str:
        values = dict(zip(names, (read(variables) for read in of_list), strict=True))
        return cursors.fingerprint([coordinate, values, [read(variables) for read in further]])

    from_end = "last" in given and "before" not in given
    if "first" in given and "last" in given:
        raise QueryError(f"{coordinate}: first and last are both given.", "Give one of them.")

    def size(variables: Variables, name: str) -> int:
        found: int = given[name](variables)
        if found < 0:
            raise QueryError(f"{coordinate}: {name} is {found}; a number of things is not negative.")
        if name != "offset" and found > settings.max_page:
            raise LimitExceeded(f"{coordinate}: {name} is {found}; the largest page is {settings.max_page}.", "Ask page by page.")
        return found

    def read(variables: Variables) -> Bounds:
        # No list is as long as that, and a store cannot skip further.
        start = min(size(variables, "offset"), cursors.LARGEST) if "offset" in given else 0
        revision = None
        if "after" in given:
            revision, position = cursors.decode(given["after"](variables), mark(variables), "after")
            start = min(start + position + 1, cursors.LARGEST)
        if from_end:
            return Bounds(0, size(variables, "last"), revision, start)
        wanted = size(variables, "first") if "first" in given else settings.default_page
        if "before" in given:
            revision, end = cursors.decode(given["before"](variables), mark(variables), "before")
            if "last" in given:
                wanted = size(variables, "last")
                start = max(start, end - wanted)
            wanted = min(wanted, max(0, end - start))
        return Bounds(start, wanted, revision, 0)

    starts_later = bool({"offset", "after", "before"} & given.keys())
    return Page(read, mark, not ({"first", "last"} & given.keys()), from_end, starts_later)


def order_by(tree: Tree | None, item: Class, name: str, as_of: str, reverse: bool = False) -> str:
    """``ORDER BY`` with the values on the day in parameter ``as_of``: as asked for, then by name and id; the unstated last."""
    terms: list[str] = []

    def value(field: str) -> str:
        return value_as_at(name, field, as_of) if item.property(field) else f"{name}.{field}"

    asked: set[str] = set()
    for entry in tree if isinstance(tree, list) else [tree] if isinstance(tree, dict) else []:
        fields = {
            field: leaf.value for field, leaf in fields_of(entry).items() if isinstance(leaf, Leaf) and leaf.value is not None
        }
        if len(fields) != 1:
            raise QueryError(
                "orderBy: give one field in each object, so that their order is plain.",
                "Such as [{name: ASC}, {validFrom: DESC}].",
            )
        ((field, direction),) = fields.items()
        if field in asked:
            continue
        asked.add(field)
        entry_property = item.property(field)
        if field not in ("id", "status") and not (entry_property and entry_property.min_count):
            terms.append(f"{value(field)} IS NULL{' DESC' if reverse else ''}")
        terms.append(f"{value(field)}{' DESC' if (direction == 'DESC') != reverse else ''}")
    terms += [f"{value(field)}{' DESC' if reverse else ''}" for field in ("name", "id") if field not in asked]
    return f"ORDER BY {', '.join(terms)}"


def wanted(page: Page, extra: int) -> Read:
    """Make a reader of the rows a page asks the store for: ``extra`` more than it holds, to tell whether there are more."""
    return lambda variables: page.read(variables).size + extra
