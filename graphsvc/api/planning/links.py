"""The field ``links``: what a thing is related to, over any of its relations, page by page and with the claims of each link."""

from __future__ import annotations

from graphsvc.api.planning.arguments import Leaf, argument_trees
from graphsvc.api.planning.cost import Cost, linked
from graphsvc.api.planning.link_pattern import Links, links_of, outward
from graphsvc.api.planning.paging import page_of, wanted
from graphsvc.api.planning.plan import Planning, Row, indent
from graphsvc.api.planning.relations import page_keys, plan_claims
from graphsvc.api.planning.selection import Variant
from graphsvc.api.planning.visibility import Standing, visible
from graphsvc.api.planning.where import Where
from graphsvc.api.schema.naming import BACKWARD, FORWARD, QUALIFIERS
from graphsvc.model import Class, Relation


class _Asked:
    """One ``links`` field while it is planned."""

    def __init__(self, p: Planning, variant: Variant, item: Class, near: str, guard: str) -> None:
        self.p, self.near, self.guard = p, near, guard
        self.arguments = argument_trees(p.collector.field(variant), variant.nodes[0], p.collector.variables)
        self.links: Links = links_of(p.text, p.naming, item, self._value("relations"), self._value("direction"))
        self.entity = p.naming.model.classes["Entity"]
        status = self.arguments.get("status")
        own = status if isinstance(status, Leaf) and status.value is not None else None
        self.claims = p.standings.own(own) if own else p.standings.below()
        self.targets = p.standings.target(own) if own else p.standings.below()

    def _value(self, name: str) -> object:
        found = self.arguments.get(name)
        return found.value if isinstance(found, Leaf) else None

    def match(self, claim: str, far: str) -> str:
        """``MATCH … WHERE`` of the links that pass."""
        return self._match(claim, far, self.passes(claim, far))

    def every(self, claim: str, far: str) -> str:
        """``MATCH … WHERE`` of the links that every status would show."""
        every = self.p.standings.all()
        return self._match(claim, far, self._test(claim, far, every, every, every))

    def passes(self, claim: str, far: str) -> str:
        """The test of status, date and condition."""
        return self._test(claim, far, self.claims, self.targets, self.p.standings.below())

    def _match(self, claim: str, far: str, passes: str) -> str:
        parts = [visible(claim), self.links.fits(self.near, claim), passes, self.guard]
        return f"MATCH {self.links.pattern(self.near, claim, far)} WHERE {' AND '.join(part for part in parts if part)}"

    def _test(self, claim: str, far: str, claims: Standing, targets: Standing, nested: Standing) -> str:
        where = Where(self.p.text, self.p.naming, nested).thing(self.arguments.get("where"), self.entity, far, claim)
        passes = self.links.passes(self.near, claim, far, claims, targets)
        return f"{passes} AND {where}" if where else passes


def plan_links(
    p: Planning, variant: Variant, item: Class, near: str, row: Row, calls: list[str], path: str, guard: str, cost: Cost
) -> str:
    """Plan the links of the thing in ``near``, of class ``item``; the Python expression of the field."""
    asked = _Asked(p, variant, item, near, guard)
    page = page_of(asked.arguments, f"{variant.parent.name}.links", p.further(), p.settings)
    conditions = p.conditions(asked.arguments.get("where"), asked.entity)
    relations = (*asked.links.forward, *asked.links.backward)
    inner_cost = Cost(linked(relations, conditions, wanted(page, 1)), path)
    claim, far, kind, out, claims = (p.text.variable(letter) for letter in ("r", "m", "kind", "out", "rs"))
    inner, inside = Row(), list[str]()
    keys: dict[str, str] = {}
    needs_rows = False
    for key, variants in p.collector.below(variant).keys.items():
        only = variants[0]
        where = f"{path}.{key}"
        if only.field == "__typename":
            keys[key] = "'LinkConnection'"
        elif only.field == "totalCount":
            cost.within(linked(relations, conditions, None), where)
            keys[key] = _total(asked, row, calls)
        elif only.field == "hidden":
            cost.within(linked(relations, conditions, None, times=2), where)
            keys[key] = _hidden(asked, only, row, calls)
        else:
            needs_rows = True
            if only.field == "pageInfo":
                keys[key] = f"s.info({page_keys(p, only)})"
            elif only.field == "nodes":
                shape = p.thing(p, p.collector.below(only), asked.entity, far, inner, inside, where, inner_cost)
                keys[key] = f"[{shape}(x, c) for x in s.rows]"
            else:
                shape = _edge(asked, only, (far, kind, out, claims), inner, inside, where, inner_cost)
                keys[key] = f"[{shape}(x, c, s, i) for i, x in enumerate(s.rows)]"
    if not needs_rows:
        return p.code.record(keys)
    cost.parts.append(inner_cost)
    found = p.text.variable("x")
    carried = f"{far}, rev, {kind}, {out}, {claims}"
    calls += [
        f"CALL ({near}, rev) {{",
        f"  {asked.match(claim, far)}",
        f"  WITH {far}, rev, type({claim}) AS {kind}, {outward(near, claim)} AS {out}, {claim} ORDER BY {claim}.rank, {claim}.id",
        f"  WITH {far}, rev, {kind}, {out}, collect({claim}) AS {claims}",
        f"  WITH {carried} ORDER BY {kind}, {out} DESC, {far}.name, {far}.id {p.limits(page, 1)}",
        *indent(inside),
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    display = p.code.function("r, c, s", p.code.record(keys))
    return f"{display}(r, c, connection(r[{row.place(found)}], {p.reading_page(page)!r}, False, 0, c))"


def _edge(
    asked: _Asked, variant: Variant, names: tuple[str, str, str, str], inner: Row, inside: list[str], path: str, cost: Cost
) -> str:
    """Shaping function of an edge; ``names`` are the variables of far end, relation, direction and claims."""
    p = asked.p
    far, kind, out, claims = names
    at = f"(r[{inner.place(kind)}], r[{inner.place(out)}])"
    keys: dict[str, str] = {}
    for key, variants in p.collector.below(variant).keys.items():
        only = variants[0]
        where = f"{path}.{key}"
        if only.field == "__typename":
            keys[key] = "'LinkEdge'"
        elif only.field == "cursor":
            keys[key] = "s.cursor(i)"
        elif only.field == "relation":
            keys[key] = f"{at}[0]"
        elif only.field in ("direction", "label"):
            keys[key] = f"{p.code.constant(_read_from(p, only.field))}[{at}]"
        elif only.field in QUALIFIERS:
            keys[key] = f"r[{inner.place(f'{claims}[0].{only.field}')}]"
        elif only.field == "node":
            shape = p.thing(p, p.collector.below(only), asked.entity, far, inner, inside, where, cost)
            keys[key] = f"{shape}(r, c)"
        else:
            keys[key] = plan_claims(p, only, claims, inner, inside, where, cost)
    return p.code.function("r, c, s, i", p.code.record(keys))


def _read_from(p: Planning, field: str) -> dict[tuple[str, bool], str]:
    """By relationship type, and whether the thing is the subject: the direction, or what the relation is called from there."""

    def said(relation: Relation) -> str:
        if field == "label":
            return relation.label
        return FORWARD if relation.forward else BACKWARD

    found = {(relation.type, relation.forward): said(relation) for relation in p.naming.model.relations.values()}
    return found | {(item.type, False): said(item) for item in p.naming.model.relations.values() if item.symmetric}


def _total(asked: _Asked, row: Row, calls: list[str]) -> str:
    text = asked.p.text
    claim, far, kind, out, found = (text.variable(letter) for letter in ("r", "m", "kind", "out", "x"))
    calls += [
        f"CALL ({asked.near}, rev) {{",
        f"  {asked.match(claim, far)}",
        f"  WITH DISTINCT {far}, type({claim}) AS {kind}, {outward(asked.near, claim)} AS {out}",
        f"  RETURN count(*) AS {found}",
        "}",
    ]
    return f"r[{row.place(found)}]"


def _hidden(asked: _Asked, variant: Variant, row: Row, calls: list[str]) -> str:
    """Links that every status would show and the tests as they stand do not, by the status that hides them."""
    text = asked.p.text
    claim, far, kind, out, found = (text.variable(letter) for letter in ("r", "m", "kind", "out", "x"))
    status, number, flag, flags = (text.variable(letter) for letter in ("status", "number", "flag", "shown"))
    told = f"CASE WHEN {asked.claims.test(claim)} THEN {far}.status ELSE {claim}.status END"
    calls += [
        f"CALL ({asked.near}, rev) {{",
        f"  {asked.every(claim, far)}",
        f"  WITH {far}, {claim}, type({claim}) AS {kind}, {outward(asked.near, claim)} AS {out},",
        f"    coalesce({asked.passes(claim, far)}, false) AS {flag}, {told} AS {status}",
        f"  ORDER BY {claim}.rank, {claim}.id",
        f"  WITH {far}, {kind}, {out}, collect({flag}) AS {flags}, collect({status}) AS {status}",
        f"  WHERE NOT true IN {flags}",
        f"  WITH {status}[0] AS {status}, count(*) AS {number} ORDER BY {status}",
        f"  RETURN collect([{status}, {number}]) AS {found}",
        "}",
    ]
    return f"counts(r[{row.place(found)}], {page_keys(asked.p, variant)})"
