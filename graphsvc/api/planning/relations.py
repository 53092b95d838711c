"""Fields that lead along a relation: plain lists, single things, and connections with edges, totals and what is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphsvc.api.planning.arguments import Leaf, Tree, argument_trees
from graphsvc.api.planning.cost import Cost, along
from graphsvc.api.planning.cost import claims as claims_of_edges
from graphsvc.api.planning.evidence import claim_places, plan_source
from graphsvc.api.planning.paging import Page, order_by, page_of, wanted
from graphsvc.api.planning.plan import Planning, Row, indent
from graphsvc.api.planning.selection import Variant
from graphsvc.api.planning.visibility import Standing, visible
from graphsvc.api.planning.where import Where, passing, pattern
from graphsvc.api.planning.where_limits import Conditions
from graphsvc.api.schema.naming import QUALIFIERS, Related
from graphsvc.model import Class, Relation


@dataclass(frozen=True, slots=True)
class Ties:
    """What one field asks of a relation: from which node, under which tests and conditions."""

    relation: Relation
    target: Class
    near: str
    claims: Standing
    targets: Standing
    adds: bool
    """Whether a ``status`` of the field's own adds targets to claims that pass without it."""
    arguments: Mapping[str, Tree]
    guard: str
    """Condition on the near node, where the field is not asked of all of its types."""

    def match(self, p: Planning, claim: str, far: str) -> str:
        """``MATCH … WHERE`` of what passes."""
        where = Where(p.text, p.naming, p.standings.below()).thing(self.arguments.get("where"), self.target, far, claim)
        parts = [visible(claim), self.passes(p, claim, far), self.guard, where]
        return f"MATCH {pattern(self.relation, self.near, claim, far)} WHERE {' AND '.join(part for part in parts if part)}"

    def conditions(self, p: Planning) -> Conditions:
        """What its ``where`` may cost."""
        return p.conditions(self.arguments.get("where"), self.target)

    def passes(self, p: Planning, claim: str, far: str) -> str:
        """The test of a claim and of its target."""
        test = passing(self.relation, claim, far, self.claims, self.targets)
        if not self.adds:
            return test
        added = f"{passing(self.relation, claim, far, p.standings.below(), self.claims)} AND {self.untrue(p, far)}"
        return f"({test} OR {added})"

    def untrue(self, p: Planning, far: str) -> str:
        """The test of a target that shows by its status only."""
        return f"NOT ({p.standings.default().test(far)})"


def plan_relation(
    p: Planning, variant: Variant, meaning: Related, name: str, row: Row, calls: list[str], path: str, guard: str, cost: Cost
) -> str:
    """Plan a relation of the node in ``name``; the Python expression of the field."""
    relation = meaning.relation
    arguments = argument_trees(p.collector.field(variant), variant.nodes[0], p.collector.variables)
    status = arguments.get("status")
    own = status if isinstance(status, Leaf) and status.value is not None else None
    ties = Ties(
        relation,
        p.naming.model.classes[relation.range],
        name,
        p.standings.own(own) if own else p.standings.below(),
        p.standings.target(own) if own else p.standings.below(),
        own is not None and not relation.mentions,
        arguments,
        guard,
    )
    coordinate = f"{variant.parent.name}.{variant.field}"
    page = page_of(arguments, coordinate, p.further(), p.settings)
    if meaning.connection:
        return _connection(p, variant, ties, page, row, calls, path, cost)
    if not relation.many:
        return _single(p, variant, ties, row, calls, path, cost)
    return _list(p, variant, ties, page, row, calls, path, cost)


def _list(p: Planning, variant: Variant, ties: Ties, page: Page, row: Row, calls: list[str], path: str, cost: Cost) -> str:
    extra = int(page.by_default)
    inner_cost = cost.within(along(ties.relation, ties.conditions(p), wanted(page, extra)), path)
    found, shape = _targets(p, variant, ties, p.limits(page, extra), calls, path, inner_cost)
    place = f"r[{row.place(found)}]"
    if page.by_default:
        place = f"cut({place}, {p.settings.default_page}, {path!r}, c)"
    return f"[{shape}(x, c) for x in {place}]"


def _single(p: Planning, variant: Variant, ties: Ties, row: Row, calls: list[str], path: str, cost: Cost) -> str:
    inner_cost = cost.within(along(ties.relation, ties.conditions(p), lambda _: 1), path)
    found, shape = _targets(p, variant, ties, "LIMIT 1", calls, path, inner_cost)
    return f"one(r[{row.place(found)}], {shape}, c)"


def _targets(p: Planning, variant: Variant, ties: Ties, limits: str, calls: list[str], path: str, cost: Cost) -> tuple[str, str]:
    """One row for each target; the variable that holds the rows, and the shaping function."""
    claim, far, found = p.text.variable("r"), p.text.variable("m"), p.text.variable("x")
    match = ties.match(p, claim, far)
    inner, inside = Row(), list[str]()
    shape = p.thing(p, p.collector.below(variant), ties.target, far, inner, inside, path, cost)
    carried = f"{far}, rev" if inside else far
    calls += [
        f"CALL ({ties.near}, rev) {{",
        f"  {match}",
        f"  WITH DISTINCT {carried} {order_by(ties.arguments.get('orderBy'), ties.target, far, p.standings.as_of)} {limits}",
        *indent(inside),
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    return found, shape


def _connection(p: Planning, variant: Variant, ties: Ties, page: Page, row: Row, calls: list[str], path: str, cost: Cost) -> str:
    selection = p.collector.below(variant)
    conditions = ties.conditions(p)
    inner_cost = Cost(along(ties.relation, conditions, wanted(page, 1)), path)
    claim, far, claims = p.text.variable("r"), p.text.variable("m"), p.text.variable("rs")
    inner, inside = Row(), list[str]()
    keys: dict[str, str] = {}
    needs_rows = False
    by_rank = False
    for key, variants in selection.keys.items():
        only = variants[0]
        where = f"{path}.{key}"
        if only.field == "__typename":
            keys[key] = repr(selection.types[0])
        elif only.field == "totalCount":
            cost.within(along(ties.relation, conditions, None), where)
            keys[key] = _total(p, ties, row, calls)
        elif only.field == "hidden":
            cost.within(along(ties.relation, conditions, None, times=2), where)
            keys[key] = _hidden(p, only, ties, row, calls)
        elif only.field == "pageInfo":
            needs_rows = True
            keys[key] = f"s.info({page_keys(p, only)})"
        elif only.field == "nodes":
            needs_rows = True
            shape = p.thing(p, p.collector.below(only), ties.target, far, inner, inside, where, inner_cost)
            keys[key] = f"[{shape}(x, c) for x in s.rows]"
        else:
            needs_rows = by_rank = True
            shape = _edge(p, only, ties, far, claims, inner, inside, where, inner_cost)
            keys[key] = f"[{shape}(x, c, s, i) for i, x in enumerate(s.rows)]"
    if not needs_rows:
        return p.code.record(keys)
    cost.parts.append(inner_cost)
    found = p.text.variable("x")
    match = ties.match(p, claim, far)
    carried = f"{far}, rev, {claims}" if by_rank else f"{far}, rev"
    grouping = (
        [f"  WITH {far}, rev, {claim} ORDER BY {claim}.rank, {claim}.id", f"  WITH {far}, rev, collect({claim}) AS {claims}"]
        if by_rank
        else [f"  WITH DISTINCT {far}, rev"]
    )
    calls += [
        f"CALL ({ties.near}, rev) {{",
        f"  {match}",
        *grouping,
        f"  WITH {carried} {order_by(ties.arguments.get('orderBy'), ties.target, far, p.standings.as_of)} {p.limits(page, 1)}",
        *indent(inside),
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    display = p.code.function("r, c, s", p.code.record(keys))
    return f"{display}(r, c, connection(r[{row.place(found)}], {p.reading_page(page)!r}, False, 0, c))"


def page_keys(p: Planning, variant: Variant) -> str:
    """Response keys and fields of a flat selection, as a constant of the shaper."""
    return p.code.constant([(key, found[0].field) for key, found in p.collector.below(variant).keys.items()])


def _edge(
    p: Planning, variant: Variant, ties: Ties, far: str, claims: str, inner: Row, inside: list[str], path: str, cost: Cost
) -> str:
    """Shaping function of an edge, over its row, the page and its place there."""
    keys: dict[str, str] = {}
    selection = p.collector.below(variant)
    for key, variants in selection.keys.items():
        only = variants[0]
        where = f"{path}.{key}"
        if only.field == "__typename":
            keys[key] = repr(selection.types[0])
        elif only.field == "cursor":
            keys[key] = "s.cursor(i)"
        elif only.field in QUALIFIERS:
            keys[key] = f"r[{inner.place(f'{claims}[0].{only.field}')}]"
        elif only.field == "node":
            shape = p.thing(p, p.collector.below(only), ties.target, far, inner, inside, where, cost)
            keys[key] = f"{shape}(r, c)"
        else:
            keys[key] = plan_claims(p, only, claims, inner, inside, where, cost)
    return p.code.function("r, c, s, i", p.code.record(keys))


def plan_claims(p: Planning, variant: Variant, claims: str, row: Row, calls: list[str], path: str, cost: Cost) -> str:
    """The claims of an edge, best first."""
    claim, found = p.text.variable("c"), p.text.variable("x")
    inner, inside = Row(), list[str]()
    keys: dict[str, str] = {}
    inner_cost = cost.within(claims_of_edges)
    for key, variants in p.collector.below(variant).keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = "'RelationClaim'"
        elif only.field == "source":
            keys[key] = plan_source(p, only, claim, inner, inside, f"{path}.{key}", inner_cost)
        else:
            keys |= claim_places(inner, claim, [(key, only.field)])
    function = p.code.function("r, c", p.code.record(keys))
    if inside:
        calls += [
            f"CALL ({claims}, rev) {{",
            f"  UNWIND {claims} AS {claim}",
            *indent(inside),
            f"  RETURN collect({inner.text}) AS {found}",
            "}",
        ]
        place = row.place(found)
    else:
        place = row.place(f"[{claim} IN {claims} | {inner.text}]")
    return f"[{function}(x, c) for x in r[{place}]]"


def _total(p: Planning, ties: Ties, row: Row, calls: list[str]) -> str:
    claim, far, found = p.text.variable("r"), p.text.variable("m"), p.text.variable("x")
    calls += [f"CALL ({ties.near}, rev) {{", f"  {ties.match(p, claim, far)}", f"  RETURN count(DISTINCT {far}) AS {found}", "}"]
    return f"r[{row.place(found)}]"


def _hidden(p: Planning, variant: Variant, ties: Ties, row: Row, calls: list[str]) -> str:
    """Targets that every status would show and the tests as they stand do not, by the status that hides them."""
    claim, far, found = p.text.variable("r"), p.text.variable("m"), p.text.variable("x")
    every = p.standings.all()
    where = ties.arguments.get("where")
    parts = [visible(claim), passing(ties.relation, claim, far, every, every), ties.guard]
    parts.append(Where(p.text, p.naming, every).thing(where, ties.target, far, claim))
    shown = [ties.passes(p, claim, far)]
    shown.append(Where(p.text, p.naming, p.standings.below()).thing(where, ties.target, far, claim))
    told = ties.claims.test(claim)
    if ties.adds:
        told = f"{told} OR {p.standings.below().test(claim)} AND {ties.untrue(p, far)}"
    status, number = p.text.variable("status"), p.text.variable("number")
    flags, flag = p.text.variable("shown"), p.text.variable("flag")
    calls += [
        f"CALL ({ties.near}, rev) {{",
        f"  MATCH {pattern(ties.relation, ties.near, claim, far)} WHERE {' AND '.join(part for part in parts if part)}",
        f"  WITH {far}, {claim}, coalesce({' AND '.join(part for part in shown if part)}, false) AS {flag},",
        f"    CASE WHEN {told} THEN {far}.status ELSE {claim}.status END AS {status}",
        f"  ORDER BY {claim}.rank, {claim}.id",
        f"  WITH {far}, collect({flag}) AS {flags}, collect({status}) AS {status}",
        f"  WHERE NOT true IN {flags}",
        f"  WITH {status}[0] AS {status}, count(*) AS {number} ORDER BY {status}",
        f"  RETURN collect([{status}, {number}]) AS {found}",
        "}",
    ]
    return f"counts(r[{row.place(found)}], {page_keys(p, variant)})"
