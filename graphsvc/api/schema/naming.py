"""Maps the names of the GraphQL schema to the Model: the types of a class, and the fields of a type.

The schema builder and the planner both read it, so that a name is decided in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from graphsvc.errors import ModelError
from graphsvc.model import Class, Model, Property, Relation, Scheme

QUALIFIERS: Mapping[str, tuple[str, str]] = {
    "status": ("Status", "Whether it is in force, a plan, or over, as the best source says it."),
    "validFrom": (
        "Date",
        "First day on which it holds. Null where it is not stated to the day: see `edtf` and `asStated`.",
    ),
    "validTo": (
        "Date",
        "First day on which it no longer holds: `2021-05-01` if its last day is 30 April 2021. Null as `validFrom` is.",
    ),
    "asStated": ("String", "The period in the words of the source: `2017/18`."),
    "edtf": ("String", "The period in EDTF (ISO 8601-2), as precise as the source gives it."),
    "note": ("String", "What else is to be known about the claim."),
}
"""Qualifiers shown on things, edges and claims alike: name to (type, description)."""

QUALIFIER_LISTS = {"Status": "ClaimStatus", "Confidence": "Confidence"}
"""Enums that every claim carries, and the closed lists of the ontology that explain them."""
FIXED_TYPES = frozenset(
    {
        "Query", "Node", "PageInfo", "HiddenCount", "Claim", "EntityRecord", "RelationClaim", "PropertyValue", "SearchHit",
        "RelationName", "LinkDirection", "LinkConnection", "LinkEdge", "LinksWhere", "LinkWhere", "Question", "ValidationReport",
        "Finding", "Status", "Certainty", "Confidence", "SortOrder", "EntityType", "Date", "JSON", "String",
        "Int", "Float", "Boolean", "ID", "ClaimWhere", "RecordsWhere", "StringFilter", "StringListFilter", "IntFilter",
        "FloatFilter", "DateFilter", "BooleanFilter", "IDFilter", "StatusFilter", "ConfidenceFilter", "CertaintyFilter",
        "EntityTypeFilter",
    }
)  # fmt: skip
FIXED_ROOTS = frozenset({"node", "nodes", "search", "questions", "validationReport", "revision"})


FURTHEST = 6
"""How many steps of a transitive relation ``anywhere`` follows: more than a ward is away from its country."""
FORWARD, BACKWARD = "FORWARD", "BACKWARD"
DIRECTIONS = {
    FORWARD: "The thing is the subject: it provides, governs, supports.",
    BACKWARD: "The thing is the object: it is provided, governed, supported. A relation that reads alike both ways is both.",
}
"""Directions of a link."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the GraphQL types that one class gives rise to."""

    type: str
    """The type a field returns: an interface if the class has subclasses, else an object."""
    object: str
    """The object type of a thing that is of this class and of none below; empty for an abstract class."""
    connection: str
    edge: str
    relation_connection: str
    relation_edge: str
    where: str
    relation_where: str
    order: str

    @property
    def is_interface(self) -> bool:
        """Whether ``type`` is an interface."""
        return self.type != self.object


@dataclass(frozen=True, slots=True)
class Related:
    """A field that follows a relation: as a list or object, or as a connection."""

    relation: Relation
    connection: bool


class Naming:
    """The names of a Model's GraphQL schema. Raises ModelError if two terms would take one name."""

    def __init__(self, model: Model) -> None:
        self.model = model
        parents = {ancestor for item in model.classes.values() for ancestor in item.ancestors}
        self.classes: dict[str, Names] = {}
        self.class_of_object: dict[str, Class] = {}
        self._ties: dict[str, tuple[tuple[Relation, ...], tuple[Relation, ...]]] = {}
        for item in model.classes.values():
            own = f"Plain{item.name}" if item.name in parents else item.name
            asked = _asked_as(model, item)
            names = Names(
                type=item.name,
                object="" if item.abstract else own,
                connection=f"{item.name}Connection",
                edge=f"{item.name}Edge",
                relation_connection=f"{item.name}RelationConnection",
                relation_edge=f"{item.name}RelationEdge",
                where=f"{asked}Where",
                relation_where=f"{asked}RelationWhere",
                order=f"{asked}Order",
            )
            self.classes[item.name] = names
            if names.object:
                self.class_of_object[names.object] = item
        self._refuse_clashes()

    def _refuse_clashes(self) -> None:
        taken: dict[str, str] = dict.fromkeys(FIXED_TYPES, "the API itself")
        for name, names in self.classes.items():
            inputs = {names.where, names.relation_where, names.order} if names.where == f"{name}Where" else set()
            for made in {names.type, names.object, names.connection, names.edge, names.relation_connection, names.relation_edge,
                         *inputs} - {""}:  # fmt: skip
                if made in taken:
                    raise ModelError(
                        f"class {name}: its GraphQL type {made} is already that of {taken[made]}.", "Rename one of them."
                    )
                taken[made] = f"class {name}"
        for scheme in self.lists:
            for made in (scheme.name, f"{scheme.name}Filter", f"{scheme.name}ListFilter"):
                if made in taken:
                    raise ModelError(
                        f"list {scheme.name}: its GraphQL type {made} is already that of {taken[made]}.", "Rename one."
                    )
                taken[made] = f"list {scheme.name}"
        roots: dict[str, str] = dict.fromkeys(FIXED_ROOTS, "the API itself")
        for item in self.model.classes.values():
            for made in (item.field, item.plural, f"{item.plural}Connection"):
                if made in roots:
                    raise ModelError(
                        f"class {item.name}: the root field {made} is already that of {roots[made]}.", "Rename one of them."
                    )
                roots[made] = f"class {item.name}"

    @cached_property
    def lists(self) -> tuple[Scheme, ...]:
        """The closed lists of properties: all but those of the qualifiers."""
        return tuple(item for item in self.model.schemes.values() if item.name not in QUALIFIER_LISTS.values())

    @cached_property
    def far_ends(self) -> frozenset[str]:
        """Names of the classes that some relation leads to."""
        return frozenset(item.range for item in self.model.relations.values())

    def condition_on(self, relation: Relation) -> str:
        """The input of the conditions on what a relation leads to."""
        named = self.classes[relation.range].relation_where
        return named.replace("RelationWhere", "ChainWhere") if relation.transitive else named

    @cached_property
    def chained_ends(self) -> frozenset[str]:
        """Names of the classes that some transitive relation leads to."""
        return frozenset(item.range for item in self.model.relations.values() if item.transitive)

    @cached_property
    def connected_ends(self) -> frozenset[str]:
        """Names of the classes that some connection of a relation leads to."""
        return frozenset(item.range for item in self.model.relations.values() if not item.list_only)

    def ties(self, item: Class) -> tuple[tuple[Relation, ...], tuple[Relation, ...]]:
        """The relations in which a thing of a class, or of one below it, may be the subject, and the object."""
        if item.name not in self._ties:
            below = self.model.concrete(item.name)
            found = [relation for relation in self.model.relations.values() if any(relation.starts_at(other) for other in below)]
            forward = tuple(relation for relation in found if relation.forward)
            backward = tuple(relation for relation in found if not relation.forward or relation.symmetric)
            self._ties[item.name] = forward, backward
        return self._ties[item.name]

    @cached_property
    def roots(self) -> Mapping[str, tuple[Class, str]]:
        """Root fields of the classes: name to (class, ``single`` | ``list`` | ``connection``)."""
        found: dict[str, tuple[Class, str]] = {}
        for item in self.model.classes.values():
            found[item.field] = (item, "single")
            found[item.plural] = (item, "list")
            found[f"{item.plural}Connection"] = (item, "connection")
        return found

    @cached_property
    def fields(self) -> Mapping[str, Mapping[str, Property | Related]]:
        """By class name: GraphQL field to the property or relation it shows, in the order of the Model."""
        return {item.name: fields_of(item) for item in self.model.classes.values()}


def _asked_as(model: Model, item: Class) -> str:
    """The class whose conditions and orders are those of a class: the one above it, where it adds no property or relation."""
    if len(item.parents) != 1:
        return item.name
    above = model.classes[item.parents[0]]
    same = above.properties == item.properties and [entry.name for entry in above.relations] == [
        entry.name for entry in item.relations
    ]
    return _asked_as(model, above) if same and above.parents else item.name


def shown(relation: Relation) -> Iterator[tuple[str, Related]]:
    """The fields that a relation gives its subjects."""
    yield relation.field, Related(relation, False)
    if not relation.list_only:
        yield f"{relation.field}Connection", Related(relation, True)


def fields_of(item: Class) -> dict[str, Property | Related]:
    """The fields a class owes to its properties and relations. Raises ModelError if two take one name."""
    found: dict[str, Property | Related] = {entry.name: entry for entry in item.properties}
    for relation in item.relations:
        for name, meaning in shown(relation):
            if name in found:
                raise ModelError(
                    f"class {item.name}: two terms take the GraphQL name {name}.", f"Give relation {relation.name} another field."
                )
            found[name] = meaning
    return found
