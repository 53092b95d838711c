"""Plans a root field: its whole selection becomes one parameterised Cypher text.

Every text reads the current revision first and again when all is collected: a load that was published in between shows, and
the request is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from graphsvc.api.planning.arguments import Leaf, Read, Tree, argument_trees, leaf_of
from graphsvc.api.planning.cost import Cost, Step, loads, lookup, once, scan
from graphsvc.api.planning.cypher import CypherText
from graphsvc.api.planning.hidden import Reasons, shape_counts
from graphsvc.api.planning.in_order import by_name_alone, first_in_order, in_order, served
from graphsvc.api.planning.lists import plan_connection_fields, shape_list, shape_page, telling_of, told
from graphsvc.api.planning.paging import Page, order_by, page_of, wanted
from graphsvc.api.planning.place import Engine, Place, Planning, Row
from graphsvc.api.planning.plan import Plan
from graphsvc.api.planning.scale import Reach
from graphsvc.api.planning.search import plan_search
from graphsvc.api.planning.selection import Collector, Variant
from graphsvc.api.planning.start import Start, starts
from graphsvc.api.planning.thing_fields import plan_thing
from graphsvc.api.planning.validation_report import plan_report
from graphsvc.api.planning.visibility import SPEAKING, Visibility, VisibilityRules, visible
from graphsvc.api.planning.where import Where
from graphsvc.api.planning.where_limits import Conditions
from graphsvc.api.schema.naming import Naming
from graphsvc.errors import LimitExceeded
from graphsvc.model import Class
from graphsvc.settings import Settings
from graphsvc.store.publishing.look_ups import NAME

_FAR_FEWER: Final = 2
"""How many times as many rows as a scan of the class an index may lead to at most: the bound is seldom met."""


class RootField:
    """One root field while it is planned."""

    def __init__(
        self,
        key: str,
        variant: Variant,
        collector: Collector,
        naming: Naming,
        settings: Settings,
        engine: Engine,
    ) -> None:
        self.key = key
        self.by_sizes = False
        """Whether the sizes of the store decide on the plan."""
        self.variant = variant
        self.arguments: Mapping[str, Tree] = argument_trees(collector.field(variant), variant.nodes[0], collector.variables)
        text = CypherText()
        visibility = VisibilityRules(text, self.leaf("asOf"), self.leaf("status"), self.leaf("certainty"), settings.this_day)
        self.planning = Planning(naming, settings, collector, visibility, text, plan_thing, engine)
        self.cost = Cost(once, key)
        self.place = Place(self.planning, naming.model.classes["Entity"], "", Row(["rev", "w.number"]), [], key, self.cost)
        self.hidden: int | None = None
        self.totals: set[str] = set()
        """Columns that hold a number."""

    def leaf(self, name: str) -> Leaf | None:
        """A scalar argument, unless it is null or not given."""
        found = self.arguments.get(name)
        return found if isinstance(found, Leaf) and found.value is not None else None

    def page(self) -> Page:
        """The page of a list that the arguments ask for."""
        return page_of(self.arguments, f"Query.{self.variant.field}", self.planning.further(), self.planning.settings)

    def plan(self, expression: str) -> Plan:
        """The plan, from the Python expression of the field. Raises LimitExceeded for one of too many subqueries."""
        planning, columns = self.planning, self.place.row.expressions
        lines = [
            "MATCH (v:Revision {id: 'current'})",
            "WITH v.number AS rev",
            *self.place.calls,
            "MATCH (w:Revision {id: 'current'})",
            f"RETURN {', '.join(columns)}",
        ]
        text = "\n".join(lines)
        _limit_subqueries(self.key, text, planning.settings.max_subqueries)
        dated = "asOf" in planning.collector.field(self.variant).args
        return Plan(
            key=self.key,
            text=text,
            parameters=planning.text.reads,
            reads=planning.reads,
            shape=planning.code.compile(expression),
            cost=self.cost,
            empty_row=[0, 0, *([0 if name in self.totals else [] for name in columns[2:]])],
            hidden=self.hidden,
            as_of=planning.visibility.as_of_read if dated else None,
            as_at_today=dated and not planning.visibility.dated,
            by_sizes=self.by_sizes,
            speaking=f"${SPEAKING}" in text,
        )


def _limit_subqueries(key: str, text: str, most: int) -> None:
    """Refuse what a store would take long to plan, since Neo4j does not end a query before it is planned."""
    number = text.count("CALL (") + text.count("EXISTS {")
    if number > most:
        raise LimitExceeded(
            f"{key}: the store would be asked {number} subqueries at once; the limit is {most}. Each field and each condition "
            "that follows a relation is one; a condition is put again for `totalCount` and for the counts of what is hidden.",
            "Ask for fewer fields or conditions, or for some of them in a further request.",
        )


def plan_root(
    key: str,
    variant: Variant,
    collector: Collector,
    naming: Naming,
    settings: Settings,
    engine: Engine,
) -> Plan:
    """Plan a root field that the store answers.

    Raises QueryError for arguments that mean nothing.
    """
    root = RootField(key, variant, collector, naming, settings, engine)
    return root.plan(_expression(root))


def _expression(root: RootField) -> str:
    """The Python expression of the field."""
    field, naming = root.variant.field, root.planning.naming
    if field in naming.roots:
        item, kind = naming.roots[field]
        planners: Mapping[str, Callable[[RootField, Class], str]] = {
            "single": _single,
            "list": lambda root, item: _list(_RootList(root, item)),
            "connection": lambda root, item: _connection(_RootList(root, item)),
        }
        return planners[kind](root, item)
    if field == "node":
        return _single(root, naming.model.classes["Entity"])
    if field == "nodes":
        return _nodes(root)
    if field == "search":
        found, root.hidden = plan_search(root.place, root.variant, root.arguments)
        return found
    if field == "validationReport":
        root.cost.within(loads)
        return plan_report(root.place, root.variant, root.arguments)
    return "r[0]"


def _single(root: RootField, item: Class) -> str:
    planning = root.planning
    name, leaf = planning.text.variable("n"), leaf_of(root.arguments["id"])
    test = ""
    if item.name != "Entity":
        test = (
            f"{name}.type IN {planning.text.constant([entry.name for entry in planning.naming.model.concrete(item.name)])} AND "
        )
    head = [f"MATCH ({name}:Entity {{id: {planning.text.parameter(leaf.read)}}}) WHERE {test}{visible(name)}"]
    found = planning.text.variable("x")
    inner = root.place.inner(name, item, root.cost.within(lookup(lambda _: 1)))
    shape, telling = inner.shape(root.variant), telling_of(inner)
    return f"one({told(root.place.collect('rev', head, inner, found), telling)}, {shape}, c)"


def _nodes(root: RootField) -> str:
    planning = root.planning
    name, found = planning.text.variable("n"), planning.text.variable("x")
    leaf = leaf_of(root.arguments["ids"])
    ids = planning.text.parameter(planning.checked_ids(leaf.read))
    cost = root.cost.within(lookup(lambda variables: len(leaf.read(variables))))
    inner = root.place.inner(name, root.place.item, cost)
    place = inner.row.column(f"{name}.id")
    shape, telling = inner.shape(root.variant), telling_of(inner)
    head = [f"MATCH ({name}:Entity) WHERE {name}.id IN {ids} AND {visible(name)}"]
    rows = told(root.place.collect("rev", head, inner, found), telling)
    return f"by_id({rows}, c.read[{planning.reading('ids', leaf.read)!r}], {place}, {shape}, c)"


@dataclass(slots=True)
class _RootList:
    """The things of a class as a root field lists them: plainly, or as a connection."""

    root: RootField
    item: Class
    counted: str = ""
    """The Python expression of the total, once it is planned."""
    start: Start | None = None
    """Where it starts; at every thing of the class if nowhere."""

    def __post_init__(self) -> None:
        found = list(starts(self.root.arguments.get("where"), self.item, self.planning.naming))
        self.root.by_sizes |= bool(found)
        self.start = self._cheapest(found)

    def _cheapest(self, found: list[Start]) -> Start | None:
        """The start that reads the fewest rows at most, unless all things of the class are far fewer."""
        scale, planning = self.planning.engine.scale, self.planning
        if scale is None or not scale.known or not found:
            return min(found, key=lambda start: start.order, default=None)
        given, once = planning.collector.variables, Reach(1, 1)

        def rows(step: Step) -> int:
            cost = step(given, scale, once)
            return cost.rows + cost.tests

        costs = [rows(start.step(self.item, planning.naming, planning.settings, None)) for start in found]
        cheapest = min(costs)
        return found[costs.index(cheapest)] if cheapest <= _FAR_FEWER * rows(scan(self.item, self.conditions(), None)) else None

    @property
    def planning(self) -> Planning:
        """What all places of the plan share."""
        return self.root.planning

    def conditions(self) -> Conditions:
        """The conditions of its ``where``, which cost rows too."""
        return self.planning.conditions(self.root.arguments, self.item)

    def scan(self, wanted: Read | None, times: int = 1, *, every: bool = False) -> Step:
        """The step that finds its things, or counts those that ``every`` status would show.

        What passes on a day or regardless of it is a disjunction, for which Neo4j scans a class once on each side.
        """
        if self.start:
            return self.start.step(self.item, self.planning.naming, self.planning.settings, wanted, times)
        rules = self.planning.visibility
        scans = 2 if rules.dated and (every or not rules.by_default) else 1
        return scan(self.item, self.conditions(), wanted, times, scans)

    def where(self, name: str, visibility: Visibility, *, negated: bool = False) -> str:
        """Its argument ``where``, or the negation, as a Cypher condition."""
        compiler = Where(self.planning.text, self.planning.naming, visibility)
        return compiler.thing(self.root.arguments.get("where"), self.item, name, negated=negated)

    def match(self, name: str) -> list[str]:
        """The lines that find the things that pass."""
        rules = self.planning.visibility
        return self._find(name, rules.below(), rules.root().test(name))

    def _find(self, name: str, visibility: Visibility, *tests: str) -> list[str]:
        """The lines that find the things that fulfil its ``where`` and some tests."""
        if self.start is None:
            parts = [visible(name), *tests, self.where(name, visibility)]
            return [f"MATCH ({name}:{self.item.name}) WHERE {' AND '.join(part for part in parts if part)}"]
        compiler = Where(self.planning.text, self.planning.naming, visibility)
        lines, rest = self.start.lines(compiler, self.item, name)
        parts = [f"{name}:{self.item.name}", visible(name), *tests, rest]
        return [*lines, f"WITH {name}, rev WHERE {' AND '.join(part for part in parts if part)}"]

    def order(self, name: str, reverse: bool = False) -> str:
        """``ORDER BY`` of the things."""
        return order_by(self.root.arguments.get("orderBy"), self.item, name, self.planning.visibility.as_of, reverse)

    def page(self, name: str, page: Page, extra: int) -> tuple[list[str], Step]:
        """The lines that find a page of the things, and the step that they are; ``extra`` things more than the page holds."""
        planning, text, rules = self.planning, self.planning.text, self.planning.visibility
        limits = f"WITH {name}, rev {self.order(name, page.from_end)} {planning.limits(page, extra)}"
        step = self.scan(wanted(page, extra))
        in_turn = planning.engine.in_order and not page.from_end and by_name_alone(self.root.arguments.get("orderBy"))
        named = self.item.property(NAME)
        if self.start is None and in_turn and named and named.look_up:
            where = self.where(name, rules.below())
            if served(where):
                condition = " AND ".join(part for part in (visible(name), rules.root().test(name), where) if part)
                classes = [entry.name for entry in planning.naming.model.concrete(self.item.name)]
                upto = text.derived(page.read, lambda bounds: bounds.skip + bounds.size + extra)
                return [*first_in_order(text, classes, name, condition, rules.as_of, upto), limits], in_order(
                    step, self.conditions()
                )
        return [*self.match(name), limits], step

    def total(self, _: Place | None = None) -> str:
        """Plan ``totalCount``, once however often it is asked for."""
        if not self.counted:
            root, text = self.root, self.planning.text
            name, found = text.variable("n"), text.variable("x")
            root.totals.add(found)
            root.cost.within(self.scan(None), f"{root.key}.totalCount")
            self.counted = root.place.return_one("rev", self.match(name), f"count({name})", found)
        return self.counted

    def hidden(self, place: Place, variant: Variant) -> str:
        """Plan ``hidden``: things that every status would show and the conditions do not, by status."""
        place.cost.within(self.scan(None, times=2, every=True), place.path)
        return shape_counts(self.planning, self._counts(), variant)

    def edge_field(self, inner: Place, variant: Variant) -> str:
        """An edge of a root connection has no field but those of every edge."""
        raise TypeError(f"an edge at {inner.path} has no field {variant.field}")

    def count_hidden_if_empty(self, rows: str, page: Page, cost: Cost) -> None:
        """Plan the counts of what the default hides, asked only of an empty answer, and only where no page was skipped."""
        if self.planning.visibility.by_default:
            look = self.planning.text.derived(page.read, lambda bounds: bounds.skip == 0 and bounds.size > 0)
            self._counts(rows, f"{look} AND size({rows}) = 0")
            self.root.hidden = len(self.root.place.row.expressions) - 1
            cost.instead = Cost(self.scan(None, every=True), self.root.key)

    def _counts(self, rows: str = "", condition: str = "") -> str:
        """Plan counts of what is hidden, by status and certainty: only under a condition, or else only of what does not pass."""
        rules, text = self.planning.visibility, self.planning.text
        name, found = text.variable("n"), text.variable("x")
        reasons = Reasons.of(text)
        every = rules.all()
        tests, head = [every.test(name)], []
        if condition:
            head.append(f"UNWIND CASE WHEN {condition} THEN [1] ELSE [] END AS once{found}")
        else:
            unless = self.where(name, rules.below(), negated=True)
            tests.append(f"(NOT ({rules.root().test(name)}) OR {unless})" if unless else "")
        head += [
            *self._find(name, every, *tests),
            reasons.count(f"{name}.status", rules.root().hiding(name)),
        ]
        imported = f"rev, {rows}" if rows else "rev"
        return self.root.place.return_one(imported, head, reasons.collected, found)


def _list(listed: _RootList) -> str:
    root, planning, page = listed.root, listed.planning, listed.root.page()
    name = planning.text.variable("n")
    head, step = listed.page(name, page, int(page.by_default))
    cost = root.cost.within(step)
    found = planning.text.variable("x")
    inner = root.place.inner(name, listed.item, cost)
    shape, telling = inner.shape(root.variant), telling_of(inner)
    rows = root.place.collect("rev", head, inner, found)
    listed.count_hidden_if_empty(found, page, cost)
    return shape_list(root.place, rows, page, shape, telling)


def _connection(listed: _RootList) -> str:
    root, planning, page = listed.root, listed.planning, listed.root.page()
    name, found = planning.text.variable("n"), planning.text.variable("x")
    head, step = listed.page(name, page, 1)
    cost = Cost(step, root.key)
    inner = root.place.inner(name, listed.item, cost)
    fields = plan_connection_fields(root.place, inner, planning.collector.below(root.variant), listed)
    if not fields.with_rows:
        return planning.code.record(fields.keys)
    root.cost.parts.append(cost)
    telling = telling_of(inner)
    rows = root.place.collect("rev", head, inner, found)
    total = listed.total() if page.from_end else listed.counted
    listed.count_hidden_if_empty(found, page, cost)
    return shape_page(planning, fields, rows, page, total, telling)
