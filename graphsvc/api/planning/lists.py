"""Plans the fields of a connection, and shapes lists and pages, alike for root fields and relations."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from graphsvc.api.planning.paging import Page
from graphsvc.api.planning.place import Place, Planning
from graphsvc.api.planning.selection import Selection, Variant
from graphsvc.api.planning.visibility import certainty


class Counted(Protocol):
    """What a connection needs of the field whose list it pages through."""

    def total(self, place: Place) -> str:
        """Plan the number of things over all pages; the Python expression of ``totalCount``."""

    def hidden(self, place: Place, variant: Variant) -> str:
        """Plan the counts of what is not visible, by status; the Python expression of ``hidden``."""

    def edge_field(self, inner: Place, variant: Variant) -> str:
        """Plan a field that only edges of this connection have; the Python expression of the field."""


class Fields(NamedTuple):
    """The planned fields of a connection."""

    keys: dict[str, str]
    """Response key to Python expression, over the row ``r`` and the page ``s``."""
    with_rows: bool
    """Whether the rows of the page are needed."""
    with_edges: bool
    """Whether edges are among them."""


def plan_connection_fields(place: Place, inner: Place, selection: Selection, counted: Counted) -> Fields:
    """Plan what is selected of a connection at ``place``, the things of whose page are the nodes of ``inner``."""
    planning = place.planning
    keys: dict[str, str] = {}
    with_rows = with_edges = False
    for key, variants in selection.keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = repr(selection.types[0])
        elif only.field == "totalCount":
            keys[key] = counted.total(place.at(key))
        elif only.field == "hidden":
            keys[key] = counted.hidden(place.at(key), only)
        else:
            with_rows = True
            if only.field == "pageInfo":
                keys[key] = f"s.info({planning.code.constant(planning.flat_fields(only))})"
            elif only.field == "nodes":
                keys[key] = f"[{inner.at(key).shape(only)}(x, c) for x in s.rows]"
            else:
                with_edges = True
                shape = _edge(inner.at(key), planning.collector.below(only), counted)
                keys[key] = f"[{shape}(x, c, s, i) for i, x in enumerate(s.rows)]"
    return Fields(keys, with_rows, with_edges)


def _edge(inner: Place, selection: Selection, counted: Counted) -> str:
    """The shaping function of an edge, over its row, the page and its index there."""
    keys: dict[str, str] = {}
    for key, variants in selection.keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = repr(selection.types[0])
        elif only.field == "cursor":
            keys[key] = "s.cursor(i)"
        elif only.field == "node":
            keys[key] = f"{inner.at(key).shape(only)}(r, c)"
        else:
            keys[key] = counted.edge_field(inner.at(key), only)
    code = inner.planning.code
    return code.function("r, c, s, i", code.record(keys))


def shape_page(planning: Planning, fields: Fields, rows: str, page: Page, total: str = "", telling: str = "") -> str:
    """The Python expression of a connection, from the one that reads the rows of its page; see :func:`told` for ``telling``."""
    display = planning.code.function("r, c, s", planning.code.record(fields.keys))
    read = f"connection({rows}, {planning.reading_page(page)!r}, {page.from_end}, {total or 0}, c)"
    return f"{display}(r, c, {told(read, telling)})"


def telling_of(inner: Place) -> str:
    """The columns of a root row by which it is told how sure it is."""
    read = (certainty(inner.name, inner.planning.visibility.as_of), f"{inner.name}.told", f"{inner.name}.toldTo")
    return inner.planning.code.constant(tuple(map(inner.row.column, read)))


def told(rows: str, telling: str) -> str:
    """The Python expression of rows that notes how sure they are, in the columns that :func:`telling_of` named."""
    return f"tell({rows}, {telling}, c)" if telling else rows


def shape_list(place: Place, rows: str, page: Page, shape: str, telling: str = "") -> str:
    """The Python expression of a plain list, cut to the default page where no size is asked for."""
    if page.by_default:
        rows = f"cut({rows}, {place.planning.settings.default_page}, {place.path!r}, c)"
    return f"[{shape}(x, c) for x in {told(rows, telling)}]"
