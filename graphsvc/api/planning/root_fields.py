"""The planner: one root field's whole selection becomes one parameterised Cypher text.

Every text reads the current revision first and again when all is collected: a load that was published in between shows, and
the request is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphsvc.api.planning.arguments import Leaf, Tree, argument_trees, leaf_of
from graphsvc.api.planning.cost import Cost, loads, lookup, once, scan
from graphsvc.api.planning.cypher import Text
from graphsvc.api.planning.paging import order_by, page_of, wanted
from graphsvc.api.planning.plan import Plan, Planning, Row, indent
from graphsvc.api.planning.relations import page_keys
from graphsvc.api.planning.search import plan_search
from graphsvc.api.planning.selection import Collector, Variant
from graphsvc.api.planning.thing_fields import plan_thing
from graphsvc.api.planning.validation_report import plan_report
from graphsvc.api.planning.visibility import Standings, visible
from graphsvc.api.planning.where import Where
from graphsvc.api.planning.where_limits import Conditions
from graphsvc.api.schema.naming import Naming
from graphsvc.model import Class
from graphsvc.settings import Settings

_Root = Callable[["Root"], str]


class Root:
    """One root field while it is planned."""

    def __init__(
        self, key: str, variant: Variant, collector: Collector, naming: Naming, settings: Settings, text_index: str
    ) -> None:
        self.key = key
        self.variant = variant
        self.arguments: Mapping[str, Tree] = argument_trees(collector.field(variant), variant.nodes[0], collector.variables)
        text = Text()
        standings = Standings(text, self.leaf("asOf"), self.leaf("status"))
        self.p = Planning(naming, settings, collector, standings, text, plan_thing, text_index)
        self.cost = Cost(once, key)
        self.row = Row(["rev", "w.number"])
        self.calls: list[str] = []
        self.hidden: int | None = None
        self.totals: set[str] = set()
        """Places that hold a number."""

    def leaf(self, name: str) -> Leaf | None:
        """A scalar argument, unless it is null or not given."""
        found = self.arguments.get(name)
        return found if isinstance(found, Leaf) and found.value is not None else None

    def conditions(self, item: Class) -> Conditions:
        """What its ``where`` may cost."""
        return self.p.conditions(self.arguments.get("where"), item)

    def plan(self, make: _Root) -> Plan:
        """The plan, with the expression that ``make`` gives for the field."""
        expression = make(self)
        lines = [
            "MATCH (v:Revision {id: 'current'})",
            "WITH v.number AS rev",
            *self.calls,
            "MATCH (w:Revision {id: 'current'})",
            f"RETURN {', '.join(self.row.expressions)}",
        ]
        p = self.p
        return Plan(
            key=self.key,
            text="\n".join(lines),
            parameters=p.text.reads,
            reads=p.reads,
            shape=p.code.compile(expression),
            cost=self.cost,
            empty_row=[0, 0, *([0 if name in self.totals else [] for name in self.row.expressions[2:]])],
            hidden=self.hidden,
            as_of=p.standings.as_of_read,
        )


def plan_root(key: str, variant: Variant, collector: Collector, naming: Naming, settings: Settings, text_index: str) -> Plan:
    """The plan of a root field that the store answers. Raises QueryError for arguments that mean nothing."""
    root = Root(key, variant, collector, naming, settings, text_index)
    field = variant.field
    if field in naming.roots:
        item, kind = naming.roots[field]
        makers: Mapping[str, Callable[[Root, Class], str]] = {"single": _single, "list": _list, "connection": _connection}
        return root.plan(lambda it: makers[kind](it, item))
    entity = naming.model.classes["Entity"]
    if field == "node":
        return root.plan(lambda it: _single(it, entity))
    if field == "nodes":
        return root.plan(lambda it: _nodes(it, entity))
    if field == "search":
        return root.plan(lambda it: plan_search(it.p, it.variant, it.arguments, it.row, it.calls, it.key, it.cost))
    if field == "validationReport":
        root.cost.within(loads)
        return root.plan(lambda it: plan_report(it.p, it.variant, it.arguments, it.row, it.calls))
    return root.plan(lambda _: "r[0]")


def _rows(root: Root, head: list[str], name: str, item: Class, path: str, cost: Cost) -> tuple[str, str]:
    """One row for each node that ``head`` finds; the variable that holds them, and the shaping function."""
    p = root.p
    found = p.text.variable("x")
    inner, inside = Row(), list[str]()
    shape = plan_thing(p, p.collector.below(root.variant), item, name, inner, inside, path, cost)
    root.calls += ["CALL (rev) {", *indent(head), *indent(inside), f"  RETURN collect({inner.text}) AS {found}", "}"]
    return found, shape


def _single(root: Root, item: Class) -> str:
    p = root.p
    name = p.text.variable("n")
    leaf = leaf_of(root.arguments["id"])
    test = (
        ""
        if item.name == "Entity"
        else f"{name}.type IN {p.text.constant([entry.name for entry in p.naming.model.concrete(item.name)])} AND "
    )
    head = [f"MATCH ({name}:Entity {{id: {p.text.parameter(leaf.read)}}}) WHERE {test}{visible(name)}"]
    found, shape = _rows(root, head, name, item, root.key, root.cost.within(lookup(lambda _: 1)))
    return f"one(r[{root.row.place(found)}], {shape}, c)"


def _nodes(root: Root, item: Class) -> str:
    p = root.p
    name, found = p.text.variable("n"), p.text.variable("x")
    leaf = leaf_of(root.arguments["ids"])
    ids = p.text.parameter(p.checked_ids(leaf.read))
    inner, inside = Row([f"{name}.id"]), list[str]()
    cost = root.cost.within(lookup(lambda variables: len(leaf.read(variables))))
    shape = plan_thing(p, p.collector.below(root.variant), item, name, inner, inside, root.key, cost)
    root.calls += [
        "CALL (rev) {",
        f"  MATCH ({name}:Entity) WHERE {name}.id IN {ids} AND {visible(name)}",
        *indent(inside),
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    return f"by_id(r[{root.row.place(found)}], c.read[{p.reading('ids', leaf.read)!r}], 0, {shape}, c)"


def _conditions(root: Root, item: Class, name: str) -> str:
    """``MATCH … WHERE`` of a root list or connection."""
    p = root.p
    where = Where(p.text, p.naming, p.standings.below()).thing(root.arguments.get("where"), item, name)
    parts = [visible(name), p.standings.root().test(name), where]
    return f"MATCH ({name}:{item.name}) WHERE {' AND '.join(part for part in parts if part)}"


def _list(root: Root, item: Class) -> str:
    p = root.p
    page = page_of(root.arguments, f"Query.{root.variant.field}", p.further(), p.settings)
    name = p.text.variable("n")
    order = order_by(root.arguments.get("orderBy"), item, name, p.standings.as_of)
    head = [_conditions(root, item, name), f"WITH {name}, rev {order} {p.limits(page, int(page.by_default))}"]
    conditions = root.conditions(item)
    cost = root.cost.within(scan(item, conditions, wanted(page, int(page.by_default))))
    found, shape = _rows(root, head, name, item, root.key, cost)
    place = f"r[{root.row.place(found)}]"
    if p.standings.by_default:
        # Asked only of an empty answer, and only where no page was skipped.
        look = p.text.derived(page.read, lambda bounds: bounds.skip == 0 and bounds.size > 0)
        root.hidden = _hidden(root, item, found, f"{look} AND size({found}) = 0")
        cost.instead = Cost(scan(item, conditions, None), root.key)
    if page.by_default:
        place = f"cut({place}, {p.settings.default_page}, {root.key!r}, c)"
    return f"[{shape}(x, c) for x in {place}]"


def _connection(root: Root, item: Class) -> str:
    p = root.p
    page = page_of(root.arguments, f"Query.{root.variant.field}", p.further(), p.settings)
    name, found = p.text.variable("n"), p.text.variable("x")
    conditions = root.conditions(item)
    cost = Cost(scan(item, conditions, wanted(page, 1)), root.key)
    inner, inside = Row(), list[str]()
    keys: dict[str, str] = {}
    selection = p.collector.below(root.variant)
    total = ""
    needs_rows = False
    for key, variants in selection.keys.items():
        only = variants[0]
        path = f"{root.key}.{key}"
        if only.field == "__typename":
            keys[key] = repr(selection.types[0])
        elif only.field == "totalCount":
            total = total or _total(root, item)
            keys[key] = total
        elif only.field == "hidden":
            root.cost.within(scan(item, conditions, None, times=2), path)
            place = _hidden(root, item, "", "")
            keys[key] = f"counts(r[{place}], {page_keys(p, only)})"
        elif only.field == "pageInfo":
            needs_rows = True
            keys[key] = f"s.info({page_keys(p, only)})"
        elif only.field == "nodes":
            needs_rows = True
            shape = plan_thing(p, p.collector.below(only), item, name, inner, inside, path, cost)
            keys[key] = f"[{shape}(x, c) for x in s.rows]"
        else:
            needs_rows = True
            keys[key] = f"[{_edge(root, only, item, name, inner, inside, path, cost)}(x, c, s, i) for i, x in enumerate(s.rows)]"
    if not needs_rows:
        return p.code.record(keys)
    root.cost.parts.append(cost)
    order = order_by(root.arguments.get("orderBy"), item, name, p.standings.as_of, page.from_end)
    head = [_conditions(root, item, name), f"WITH {name}, rev {order} {p.limits(page, 1)}"]
    root.calls += ["CALL (rev) {", *indent(head), *indent(inside), f"  RETURN collect({inner.text}) AS {found}", "}"]
    place = root.row.place(found)
    if page.from_end and not total:
        total = _total(root, item)
    if p.standings.by_default:
        look = p.text.derived(page.read, lambda bounds: bounds.skip == 0 and bounds.size > 0)
        root.hidden = _hidden(root, item, found, f"{look} AND size({found}) = 0")
        cost.instead = Cost(scan(item, conditions, None), root.key)
    display = p.code.function("r, c, s", p.code.record(keys))
    return f"{display}(r, c, connection(r[{place}], {p.reading_page(page)!r}, {page.from_end}, {total or 0}, c))"


def _edge(root: Root, variant: Variant, item: Class, name: str, inner: Row, inside: list[str], path: str, cost: Cost) -> str:
    """Shaping function of an edge of a root connection."""
    p = root.p
    keys: dict[str, str] = {}
    selection = p.collector.below(variant)
    for key, variants in selection.keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = repr(selection.types[0])
        elif only.field == "cursor":
            keys[key] = "s.cursor(i)"
        else:
            keys[key] = f"{plan_thing(p, p.collector.below(only), item, name, inner, inside, f'{path}.{key}', cost)}(r, c)"
    return p.code.function("r, c, s, i", p.code.record(keys))


def _total(root: Root, item: Class) -> str:
    name, found = root.p.text.variable("n"), root.p.text.variable("x")
    root.totals.add(found)
    root.cost.within(scan(item, root.conditions(item), None), f"{root.key}.totalCount")
    root.calls += ["CALL (rev) {", f"  {_conditions(root, item, name)}", f"  RETURN count({name}) AS {found}", "}"]
    return f"r[{root.row.place(found)}]"


def _hidden(root: Root, item: Class, rows: str, condition: str) -> int:
    """Things that every status would show and the tests as they stand do not, by status; the place of the counts."""
    p = root.p
    name, found = p.text.variable("n"), p.text.variable("x")
    status, number = p.text.variable("status"), p.text.variable("number")
    every = p.standings.all()
    where = root.arguments.get("where")
    wider = Where(p.text, p.naming, every).thing(where, item, name)
    parts = [visible(name), every.test(name), wider]
    lines = []
    if condition:
        lines.append(f"UNWIND CASE WHEN {condition} THEN [1] ELSE [] END AS once{found}")
    else:
        narrower = Where(p.text, p.naming, p.standings.below()).thing(where, item, name)
        shown = " AND ".join(part for part in (p.standings.root().test(name), narrower) if part)
        parts.append(f"NOT coalesce({shown}, false)")
    root.calls += [
        f"CALL (rev{f', {rows}' if rows else ''}) {{",
        *indent(lines),
        f"  MATCH ({name}:{item.name}) WHERE {' AND '.join(part for part in parts if part)}",
        f"  WITH {name}.status AS {status}, count(*) AS {number} ORDER BY {status}",
        f"  RETURN collect([{status}, {number}]) AS {found}",
        "}",
    ]
    return root.row.place(found)
