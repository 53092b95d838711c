"""A plan: one Cypher text for one root field, how to fill its parameters, and how to shape its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphsvc.api.planning.arguments import Read, Tree, Variables
from graphsvc.api.planning.cost import Cost
from graphsvc.api.planning.cypher import Text
from graphsvc.api.planning.paging import Bounds, Page
from graphsvc.api.planning.selection import Collector, Selection
from graphsvc.api.planning.shaping import Answering, Code
from graphsvc.api.planning.visibility import Standings
from graphsvc.api.planning.where_limits import Conditions, conditions_of
from graphsvc.api.schema.naming import Naming
from graphsvc.errors import LimitExceeded
from graphsvc.model import Class
from graphsvc.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """How one root field is answered, for every request of one document and shape of variables."""

    key: str
    """Response key."""
    text: str
    parameters: Mapping[str, Read]
    reads: Mapping[str, Read]
    """What shaping reads of the request."""
    shape: Callable[[Sequence[Any], Answering], Any]
    cost: Cost
    empty_row: Sequence[Any]
    """What shaping reads where a store that was never loaded has no row."""
    hidden: int | None = None
    """Place in the row of what the default hid from an empty list."""
    as_of: Read | None = None

    def cursor_revisions(self, read: Mapping[str, Any]) -> set[int]:
        """Revisions of the cursors given."""
        return {value.revision for value in read.values() if isinstance(value, Bounds) and value.revision is not None}


class PlanThing(Protocol):
    """:func:`graphsvc.api.planning.thing_fields.plan_thing`."""

    def __call__(
        self, p: Planning, selection: Selection, item: Class, name: str, row: Row, calls: list[str], path: str, cost: Cost, /
    ) -> str: ...  # fmt: skip


class Row:
    """The places of a row under construction; an expression asked for twice has one place."""

    def __init__(self, expressions: Sequence[str] = ()) -> None:
        self.expressions = list(expressions)

    def place(self, expression: str) -> int:
        """The place of an expression."""
        if expression not in self.expressions:
            self.expressions.append(expression)
        return self.expressions.index(expression)

    @property
    def text(self) -> str:
        """The row as Cypher."""
        return f"[{', '.join(self.expressions)}]"


@dataclass
class Planning:
    """Everything that planning one root field shares."""

    naming: Naming
    settings: Settings
    collector: Collector
    standings: Standings
    text: Text
    thing: PlanThing
    """Plans a selection on a node; given here because things and relations lead to each other."""
    text_index: str
    """Name of the store's full text index."""
    code: Code = field(default_factory=Code)
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

    def checked_ids(self, read: Read) -> Read:
        """Reads a list of ids; raises LimitExceeded if there are more than a page holds."""

        def checked(variables: Variables) -> list[str]:
            ids: list[str] = read(variables)
            if len(ids) > self.settings.max_page:
                raise LimitExceeded(f"nodes: {len(ids)} ids; the largest page is {self.settings.max_page}.", "Ask page by page.")
            return ids

        return checked

    def conditions(self, tree: Tree | None, item: Class) -> Conditions:
        """What an argument ``where`` on things of a class may cost. Raises LimitExceeded if it passes a limit of its own."""
        return conditions_of(tree, item, self.naming, self.settings)

    def limits(self, page: Page, extra: int) -> str:
        """``SKIP`` and ``LIMIT`` of a page, with ``extra`` more."""
        skip = f"SKIP {self.text.derived(page.read, lambda bounds: bounds.skip)} " if page.starts_later else ""
        return f"{skip}LIMIT {self.text.derived(page.read, lambda bounds: bounds.size + extra)}"

    def further(self) -> list[Read]:
        """What the root asks for that changes every list below it."""
        return [read for read in (self.standings.as_of_read, self.standings.status_read) if read]


def indent(lines: Sequence[str]) -> list[str]:
    """Lines, two further in."""
    return [f"  {line}" for line in lines]
