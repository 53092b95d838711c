"""Plans the field ``links``: what a thing is related to over any of its relations, with the claims of each link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphsvc.api.planning.arguments import Leaf, Tree
from graphsvc.api.planning.cost import Cost, linked
from graphsvc.api.planning.evidence import EVIDENCE, plan_evidence
from graphsvc.api.planning.hidden import Ends, count_ends, shape_counts
from graphsvc.api.planning.link_pattern import Links, links_of, outward
from graphsvc.api.planning.lists import plan_connection_fields, shape_page
from graphsvc.api.planning.paging import page_of, wanted
from graphsvc.api.planning.place import Place, Planning
from graphsvc.api.planning.selection import Variant
from graphsvc.api.planning.visibility import Visibility, own_status, visible
from graphsvc.api.planning.where import Where
from graphsvc.api.planning.where_limits import Conditions
from graphsvc.api.schema.naming import BACKWARD, FORWARD
from graphsvc.model import Class, Relation


@dataclass(frozen=True, slots=True)
class LinksField:
    """One field ``links``: of which node, under which conditions."""

    links: Links
    near: Place
    """The node that it is a field of."""
    claims: Visibility
    targets: Visibility
    arguments: Mapping[str, Tree]
    guard: str
    """Condition on the near node, where the field is not asked of all of its types."""

    @property
    def planning(self) -> Planning:
        """What all places of the plan share."""
        return self.near.planning

    @property
    def entity(self) -> Class:
        """The class of the targets."""
        return self.planning.naming.model.classes["Entity"]

    @property
    def imported(self) -> str:
        """Variables that a subquery of the field imports."""
        return f"{self.near.name}, rev"

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relations that are followed."""
        return *self.links.forward, *self.links.backward

    def conditions(self) -> Conditions:
        """The conditions of its ``where``, which cost rows too."""
        return self.planning.conditions(self.arguments, self.entity)

    def match(self, claim: str, far: str) -> str:
        """``MATCH … WHERE`` of the links that pass."""
        return self._match(claim, far, self.passes(claim, far))

    def every(self, claim: str, far: str) -> str:
        """``MATCH … WHERE`` of the links that every status would show."""
        every = self.planning.visibility.all()
        return self._match(claim, far, self._test(Link(claim, far), every, every, every))

    def passes(self, claim: str, far: str) -> str:
        """The condition on status and date of a link, and its ``where``."""
        return self._test(Link(claim, far), self.claims, self.targets, self.planning.visibility.below())

    def _match(self, claim: str, far: str, passes: str) -> str:
        parts = [visible(claim), self.links.fits(self.near.name, claim), passes, self.guard]
        return f"MATCH {self.links.pattern(self.near.name, claim, far)} WHERE {' AND '.join(part for part in parts if part)}"

    def _test(self, link: Link, claims: Visibility, targets: Visibility, nested: Visibility) -> str:
        compiler = Where(self.planning.text, self.planning.naming, nested)
        where = compiler.thing(self.arguments.get("where"), self.entity, link.far, link.claim)
        passes = self.links.passes(self.near.name, link.claim, link.far, claims, targets)
        return f"{passes} AND {where}" if where else passes

    def total(self, place: Place) -> str:
        """Plan ``totalCount`` of the connection."""
        place.cost.within(linked(self.relations, self.conditions(), None), place.path)
        variable = place.planning.text.variable
        claim, far, kind, out, found = (variable(prefix) for prefix in ("r", "m", "kind", "out", "x"))
        head = [
            self.match(claim, far),
            f"WITH DISTINCT {far}, type({claim}) AS {kind}, {outward(self.near.name, claim)} AS {out}",
        ]
        return place.return_one(self.imported, head, "count(*)", found)

    def hidden(self, place: Place, variant: Variant) -> str:
        """Plan ``hidden``: links that every status would show and the conditions do not, by the status that hides them."""
        place.cost.within(linked(self.relations, self.conditions(), None, times=2), place.path)
        planning = place.planning
        variable = planning.text.variable
        claim, far, kind, out, found = (variable(prefix) for prefix in ("r", "m", "kind", "out", "x"))
        shown, passes, hiding = self.passes(claim, far), self.claims.test(claim), self.claims.hiding(claim)
        parts = {kind: f"type({claim})", out: outward(self.near.name, claim)}
        ends = Ends(self.every(claim, far), claim, far, shown, passes, hiding, parts)
        return shape_counts(planning, count_ends(place, self.imported, ends, found), variant)


@dataclass(frozen=True, slots=True)
class Link:
    """The Cypher variables of a link: of its claim and of its far end."""

    claim: str
    far: str


@dataclass(frozen=True, slots=True)
class _Connection:
    """The connection of a field ``links``, with the Cypher variables that its edges read."""

    field: LinksField
    kind: str
    out: str
    claims: str

    def total(self, place: Place) -> str:
        return self.field.total(place)

    def hidden(self, place: Place, variant: Variant) -> str:
        return self.field.hidden(place, variant)

    def edge_field(self, inner: Place, variant: Variant) -> str:
        if variant.field in EVIDENCE:
            return plan_evidence(inner, variant, self.claims)
        kind = inner.read(self.kind)
        if variant.field == "relation":
            return kind
        names = inner.planning.code.constant(_read_from(inner.planning, variant.field))
        return f"{names}[({kind}, {inner.read(self.out)})]"


def plan_links(place: Place, variant: Variant, item: Class, guard: str) -> str:
    """Plan the links of the node at ``place``, of class ``item``; the Python expression of the field."""
    planning = place.planning
    arguments = planning.arguments(variant)
    links = links_of(planning.text, planning.naming, item, _value(arguments, "relations"), _value(arguments, "direction"))
    field = LinksField(links, place, *planning.visibility.along(own_status(arguments)), arguments, guard)
    page = page_of(arguments, f"{variant.parent.name}.links", planning.further(), planning.settings)
    cost = Cost(linked(field.relations, field.conditions(), wanted(page, 1)), place.path)
    claim, far, kind, out, claims = (planning.text.variable(prefix) for prefix in ("r", "m", "kind", "out", "rs"))
    inner = place.inner(far, field.entity, cost)
    fields = plan_connection_fields(place, inner, planning.collector.below(variant), _Connection(field, kind, out, claims))
    if not fields.with_rows:
        return planning.code.record(fields.keys)
    place.cost.parts.append(cost)
    found = planning.text.variable("x")
    subject = outward(place.name, claim)
    head = [
        field.match(claim, far),
        f"WITH {far}, rev, type({claim}) AS {kind}, {subject} AS {out}, {claim} ORDER BY {claim}.rank, {claim}.id",
        f"WITH {far}, rev, {kind}, {out}, collect({claim}) AS {claims}",
        f"WITH {far}, rev, {kind}, {out}, {claims} ORDER BY {kind}, {out} DESC, {far}.name, {far}.id {planning.limits(page, 1)}",
    ]
    return shape_page(planning, fields, place.collect(field.imported, head, inner, found), page)


def _value(arguments: Mapping[str, Tree], name: str) -> object:
    found = arguments.get(name)
    return found.value if isinstance(found, Leaf) else None


def _read_from(planning: Planning, field: str) -> dict[tuple[str, bool], str]:
    """The direction or label of each relation, by relationship type and whether the thing is the subject."""

    def said(relation: Relation) -> str:
        if field == "label":
            return relation.label
        return FORWARD if relation.forward else BACKWARD

    relations = planning.naming.model.relations.values()
    found = {(relation.type, relation.forward): said(relation) for relation in relations}
    return found | {(relation.type, False): said(relation) for relation in relations if relation.symmetric}
