"""Holds the place in a plan where a selection is planned, and the state that all places of a plan share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from graphsvc.api.planning.arguments import Read, Tree, Variables, argument_trees
from graphsvc.api.planning.cost import Cost
from graphsvc.api.planning.cypher import CypherText
from graphsvc.api.planning.paging import Page
from graphsvc.api.planning.scale import Scale
from graphsvc.api.planning.selection import Collector, Selection, Variant
from graphsvc.api.planning.shaping import ShapingCode
from graphsvc.api.planning.visibility import VisibilityRules
from graphsvc.api.planning.where_limits import Conditions, conditions_of
from graphsvc.api.schema.naming import Naming
from graphsvc.errors import LimitExceeded
from graphsvc.model import Class
from graphsvc.settings import Settings


class PlanThing(Protocol):
    """:func:`graphsvc.api.planning.thing_fields.plan_thing`."""

    def __call__(self, place: Place, selection: Selection, /) -> str: ...


class Engine(NamedTuple):
    """What the planner has to know of a store."""

    text_index: str
    """Name of its full text index."""
    in_order: bool = False
    """Whether an index gives things in its order, so that a page need not sort them all."""
    scale: Scale | None = None
    """How much it holds, where that is known."""


class Row:
    """The columns of a row under construction; an expression asked for twice has one column."""

    def __init__(self, expressions: Sequence[str] = ()) -> None:
        self.expressions = list(expressions)

    def column(self, expression: str) -> int:
        """The index of an expression in the row."""
        if expression not in self.expressions:
            self.expressions.append(expression)
        return self.expressions.index(expression)

    @property
    def text(self) -> str:
        """The row as Cypher."""
        return f"[{', '.join(self.expressions)}]"


@dataclass
class Planning:
    """The state that all places in the plan of one root field share."""

    naming: Naming
    settings: Settings
    collector: Collector
    visibility: VisibilityRules
    text: CypherText
    thing: PlanThing
    """Plans a selection on a node; given here because things and relations lead to each other."""
    engine: Engine
    code: ShapingCode = field(default_factory=ShapingCode)
    reads: dict[str, Read] = field(default_factory=dict)

    def reading(self, prefix: str, read: Read) -> str:
        """A name under which shaping finds what ``read`` finds."""
        name = f"{prefix}{len(self.reads)}"
        self.reads[name] = read
        return name

    def reading_page(self, page: Page) -> str:
        """A name under which shaping finds the bounds and the fingerprint of a page."""
        name = self.reading("page", page.read)
        self.reads[f"{name} mark"] = page.mark
        return name

    def arguments(self, variant: Variant) -> dict[str, Tree]:
        """The arguments given to a field."""
        return argument_trees(self.collector.field(variant), variant.nodes[0], self.collector.variables)

    def flat_fields(self, variant: Variant) -> list[tuple[str, str]]:
        """Response keys and fields of what is selected below a field, for a selection that has no further levels."""
        return [(key, found[0].field) for key, found in self.collector.below(variant).keys.items()]

    def checked_ids(self, read: Read) -> Read:
        """Reads a list of ids; raises LimitExceeded if there are more than a page holds."""

        def checked(variables: Variables) -> list[str]:
            ids: list[str] = read(variables)
            if len(ids) > self.settings.max_page:
                raise LimitExceeded(f"nodes: {len(ids)} ids; the largest page is {self.settings.max_page}.", "Ask page by page.")
            return ids

        return checked

    def conditions(self, arguments: Mapping[str, Tree], item: Class) -> Conditions:
        """What an argument ``where`` on things of a class may cost. Raises LimitExceeded if it passes a limit of its own."""
        return conditions_of(arguments.get("where"), item, self.naming, self.settings)

    def limits(self, page: Page, extra: int) -> str:
        """``SKIP`` and ``LIMIT`` of a page, with ``extra`` more."""
        skip = f"SKIP {self.text.derived(page.read, lambda bounds: bounds.skip)} " if page.starts_later else ""
        return f"{skip}LIMIT {self.text.derived(page.read, lambda bounds: bounds.size + extra)}"

    def further(self) -> list[Read]:
        """Readers of the root's date, statuses and certainties, which change every list below it."""
        rules = self.visibility
        return [read for read in (rules.as_of_read if rules.dated else None, rules.status_read, rules.certainty_read) if read]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a plan: a node or claim in a Cypher variable, and where what is planned for it is collected."""

    planning: Planning
    item: Class
    """Class of the node; for a claim, of the thing that it is about."""
    name: str
    """Cypher variable of the node or claim; empty at the root."""
    row: Row
    """Columns that shaping reads."""
    calls: list[str]
    """``CALL`` clauses that fill them."""
    path: str
    """Response keys that lead here, with dots between."""
    cost: Cost
    """Step of the plan whose rows are here."""

    def at(self, key: str) -> Place:
        """The same node, one response key further."""
        return replace(self, path=f"{self.path}.{key}")

    def within(self, cost: Cost) -> Place:
        """The same node, its cost counted in another step."""
        return replace(self, cost=cost)

    def inner(self, name: str, item: Class, cost: Cost) -> Place:
        """Another node, in rows of its own that a subquery of this place collects."""
        return Place(self.planning, item, name, Row(), [], self.path, cost)

    def read(self, expression: str) -> str:
        """The Python expression that reads a Cypher expression from the row."""
        return f"r[{self.row.column(expression)}]"

    def collect(self, imported: str, head: Sequence[str], inner: Place, found: str) -> str:
        """Add a subquery that collects the inner rows of what ``head`` matches in variable ``found``; reads those rows."""
        lines = [*head, *inner.calls]
        return self.return_one(imported, lines, f"collect({inner.row.text})", found)

    def return_one(self, imported: str, head: Sequence[str], returned: str, found: str) -> str:
        """Add a subquery that returns one value in variable ``found``; the Python expression that reads it."""
        self.calls.extend([f"CALL ({imported}) {{", *indent(head), f"  RETURN {returned} AS {found}", "}"])
        return self.read(found)

    def shape(self, variant: Variant) -> str:
        """The name of the shaping function of what is selected below a field that returns this node."""
        return self.planning.thing(self, self.planning.collector.below(variant))


def indent(lines: Sequence[str]) -> list[str]:
    """Indent lines by two spaces."""
    return [f"  {line}" for line in lines]
