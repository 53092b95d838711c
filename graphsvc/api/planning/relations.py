"""Plans fields that follow a relation: single things, plain lists, and connections with edges, totals and hidden counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphsvc.api.planning.arguments import Tree
from graphsvc.api.planning.cost import Cost, along
from graphsvc.api.planning.evidence import plan_evidence
from graphsvc.api.planning.hidden import Ends, count_ends, shape_counts
from graphsvc.api.planning.lists import plan_connection_fields, shape_list, shape_page
from graphsvc.api.planning.paging import Page, order_by, page_of, wanted
from graphsvc.api.planning.place import Place
from graphsvc.api.planning.selection import Variant
from graphsvc.api.planning.visibility import Visibility, own_status, visible
from graphsvc.api.planning.where import Where, passing, pattern
from graphsvc.api.planning.where_limits import Conditions
from graphsvc.api.schema.naming import Related
from graphsvc.model import Class, Relation


@dataclass(frozen=True, slots=True)
class RelationField:
    """One field that follows a relation: from which node, under which conditions."""

    relation: Relation
    target: Class
    near: Place
    """The node that it is a field of."""
    claims: Visibility
    targets: Visibility
    adds: bool
    """Whether a ``status`` of the field's own adds targets to claims that pass without it."""
    arguments: Mapping[str, Tree]
    guard: str
    """Condition on the near node, where the field is not asked of all of its types."""

    @property
    def imported(self) -> str:
        """Variables that a subquery of the field imports."""
        return f"{self.near.name}, rev"

    def match(self, claim: str, far: str) -> str:
        """``MATCH … WHERE`` of what passes."""
        where = self.where(claim, far, self._below)
        parts = [visible(claim), self.passes(claim, far), self.guard, where]
        return f"MATCH {pattern(self.relation, self.near.name, claim, far)} WHERE {' AND '.join(part for part in parts if part)}"

    def order(self, far: str) -> str:
        """``ORDER BY`` of the targets."""
        return order_by(self.arguments.get("orderBy"), self.target, far, self.near.planning.visibility.as_of)

    def conditions(self) -> Conditions:
        """The conditions of its ``where``, which cost rows too."""
        return self.near.planning.conditions(self.arguments, self.target)

    def where(self, claim: str, far: str, visibility: Visibility) -> str:
        """Its argument ``where`` as a Cypher condition."""
        planning = self.near.planning
        return Where(planning.text, planning.naming, visibility).thing(self.arguments.get("where"), self.target, far, claim)

    def passes(self, claim: str, far: str) -> str:
        """The condition on a claim and on its target."""
        test = passing(self.relation, claim, far, self.claims, self.targets)
        if not self.adds:
            return test
        added = f"{passing(self.relation, claim, far, self._below, self.claims)} AND {self._untrue(far)}"
        return f"({test} OR {added})"

    @property
    def _below(self) -> Visibility:
        return self.near.planning.visibility.below()

    def _untrue(self, far: str) -> str:
        """The condition that a target is visible by its status only."""
        return f"NOT ({self.near.planning.visibility.default().reached(far)})"

    def total(self, place: Place) -> str:
        """Plan ``totalCount`` of the connection."""
        place.cost.within(along(self.relation, self.conditions(), None), place.path)
        text = place.planning.text
        claim, far, found = text.variable("r"), text.variable("m"), text.variable("x")
        return place.return_one(self.imported, [self.match(claim, far)], f"count(DISTINCT {far})", found)

    def hidden(self, place: Place, variant: Variant) -> str:
        """Plan ``hidden``: targets that every status would show and the conditions do not, by the status that hides them."""
        place.cost.within(along(self.relation, self.conditions(), None, times=2), place.path)
        planning = place.planning
        text = planning.text
        claim, far, found = text.variable("r"), text.variable("m"), text.variable("x")
        every = planning.visibility.all()
        parts = [visible(claim), passing(self.relation, claim, far, every, every), self.guard, self.where(claim, far, every)]
        shown = [self.passes(claim, far), self.where(claim, far, self._below)]
        passes, hiding = self.claims.test(claim), self.claims.hiding(claim)
        if self.adds:
            passes = f"{passes} OR {self._below.test(claim)} AND {self._untrue(far)}"
        match = f"MATCH {pattern(self.relation, self.near.name, claim, far)} WHERE {' AND '.join(part for part in parts if part)}"
        ends = Ends(match, claim, far, " AND ".join(part for part in shown if part), passes, hiding)
        return shape_counts(planning, count_ends(place, self.imported, ends, found), variant)


@dataclass(frozen=True, slots=True)
class _Connection:
    """The connection of a relation, whose edges show the claims in a Cypher variable."""

    field: RelationField
    claims: str

    def total(self, place: Place) -> str:
        return self.field.total(place)

    def hidden(self, place: Place, variant: Variant) -> str:
        return self.field.hidden(place, variant)

    def edge_field(self, inner: Place, variant: Variant) -> str:
        return plan_evidence(inner, variant, self.claims)


def plan_relation(place: Place, variant: Variant, meaning: Related, guard: str) -> str:
    """Plan a field of the node at ``place`` that follows a relation; the Python expression of the field."""
    planning, relation = place.planning, meaning.relation
    arguments = planning.arguments(variant)
    own = own_status(arguments)
    field = RelationField(
        relation,
        planning.naming.model.classes[relation.range],
        place,
        *planning.visibility.along(own),
        own is not None and not relation.mentions,
        arguments,
        guard,
    )
    page = page_of(arguments, f"{variant.parent.name}.{variant.field}", planning.further(), planning.settings)
    if meaning.connection:
        return _connection(field, variant, page)
    if not relation.many:
        return _single(field, variant)
    return _list(field, variant, page)


def _list(field: RelationField, variant: Variant, page: Page) -> str:
    place, extra = field.near, int(page.by_default)
    cost = place.cost.within(along(field.relation, field.conditions(), wanted(page, extra)), place.path)
    rows, shape = _targets(field, variant, place.planning.limits(page, extra), cost)
    return shape_list(place, rows, page, shape)


def _single(field: RelationField, variant: Variant) -> str:
    place = field.near
    cost = place.cost.within(along(field.relation, field.conditions(), lambda _: 1), place.path)
    rows, shape = _targets(field, variant, "LIMIT 1", cost)
    return f"one({rows}, {shape}, c)"


def _targets(field: RelationField, variant: Variant, limits: str, cost: Cost) -> tuple[str, str]:
    """One row for each target; the Python expression that reads the rows, and the shaping function."""
    place, text = field.near, field.near.planning.text
    claim, far, found = text.variable("r"), text.variable("m"), text.variable("x")
    match = field.match(claim, far)
    inner = place.inner(far, field.target, cost)
    shape = inner.shape(variant)
    carried = f"{far}, rev" if inner.calls else far
    rows = place.collect(field.imported, [match, f"WITH DISTINCT {carried} {field.order(far)} {limits}"], inner, found)
    return rows, shape


def _connection(field: RelationField, variant: Variant, page: Page) -> str:
    place, planning = field.near, field.near.planning
    cost = Cost(along(field.relation, field.conditions(), wanted(page, 1)), place.path)
    claim, far, claims = planning.text.variable("r"), planning.text.variable("m"), planning.text.variable("rs")
    inner = place.inner(far, field.target, cost)
    fields = plan_connection_fields(place, inner, planning.collector.below(variant), _Connection(field, claims))
    if not fields.with_rows:
        return planning.code.record(fields.keys)
    place.cost.parts.append(cost)
    found = planning.text.variable("x")
    head = [field.match(claim, far)]
    if fields.with_edges:
        head += [f"WITH {far}, rev, {claim} ORDER BY {claim}.rank, {claim}.id", f"WITH {far}, rev, collect({claim}) AS {claims}"]
    else:
        head.append(f"WITH DISTINCT {far}, rev")
    carried = f"{far}, rev, {claims}" if fields.with_edges else f"{far}, rev"
    head.append(f"WITH {carried} {field.order(far)} {planning.limits(page, 1)}")
    return shape_page(planning, fields, place.collect(field.imported, head, inner, found), page)
