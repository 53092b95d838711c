"""Declares the input types of the schema: ``where`` with typed operators, and ``orderBy``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphsvc.api.schema.naming import FURTHEST, QUALIFIERS, Naming
from graphsvc.api.schema.strawberry_types import Declarations, Field
from graphsvc.model import Class, Property

OPERATORS: Mapping[str, str] = {
    "eq": "Stated, and equal.",
    "ne": "Stated, and not equal.",
    "in": "Stated, and one of these.",
    "notIn": "Stated, and none of these.",
    "contains": "Holds this text; capitals and small letters are alike.",
    "startsWith": "Starts with this text; capitals and small letters are alike.",
    "endsWith": "Ends with this text; capitals and small letters are alike.",
    "gt": "Stated, and later or larger.",
    "gte": "Stated, and equal, later or larger.",
    "lt": "Stated, and earlier or smaller.",
    "lte": "Stated, and equal, earlier or smaller.",
    "isNull": "`true`: not stated; `false`: stated.",
    "has": "This is among the values.",
    "anyContains": "One of the values holds this text; capitals and small letters are alike.",
    "hasAny": "At least one of these is among the values.",
    "hasAll": "All of these are among the values.",
    "isEmpty": "`true`: no value stated; `false`: at least one.",
}
_LISTS = frozenset({"in", "notIn", "hasAny", "hasAll"})
_FLAGS = frozenset({"isNull", "isEmpty"})
_EQUALITY = ("eq", "ne", "in", "notIn")
_ORDER = ("gt", "gte", "lt", "lte")
_TEXT = ("contains", "startsWith", "endsWith")
_MANY = ("has", "hasAny", "hasAll", "isEmpty")
_MANY_TEXTS = (*_MANY[:-1], "anyContains", "isEmpty")

FILTERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "StringFilter": ("String", "Conditions on a text.", (*_EQUALITY, *_TEXT, "isNull")),
    "StringListFilter": ("String", "Conditions on a list of texts.", _MANY_TEXTS),
    "IntFilter": ("Int", "Conditions on a whole number.", (*_EQUALITY, *_ORDER, "isNull")),
    "FloatFilter": ("Float", "Conditions on a number.", (*_EQUALITY, *_ORDER, "isNull")),
    "DateFilter": ("Date", "Conditions on a day.", (*_EQUALITY, *_ORDER, "isNull")),
    "BooleanFilter": ("Boolean", "Conditions on yes or no.", ("eq", "ne", "isNull")),
    "IDFilter": ("ID", "Conditions on an id.", (*_EQUALITY, "startsWith")),
    "StatusFilter": ("Status", "Conditions on the status.", _EQUALITY),
    "ConfidenceFilter": ("Confidence", "Conditions on the confidence.", _EQUALITY),
    "CertaintyFilter": ("Certainty", "Conditions on the certainty on the day of `asOf`.", _EQUALITY),
    "EntityTypeFilter": ("EntityType", "Conditions on the class; a class stands for its subclasses too.", _EQUALITY),
}
"""Name of the input to (type of its values, description, operators)."""

SCALAR_OF = {"string": "String", "uri": "String", "date": "Date", "integer": "Int", "decimal": "Float", "boolean": "Boolean"}
_FILTER_OF = {kind: f"{scalar}Filter" for kind, scalar in SCALAR_OF.items()}

CLAIM_FILTERS: Mapping[str, tuple[str, str]] = {
    "source": ("IDFilter", "The source that says so, by id: `source/000`."),
    "locator": ("StringFilter", "Where in the source."),
    "confidence": ("ConfidenceFilter", "Stated by the source, or inferred from it."),
    "status": ("StatusFilter", "Status of the claim; it narrows what `status` and `asOf` let through, and never widens it."),
    "certainty": ("CertaintyFilter", "How surely the claim holds at `asOf`; narrows what is let through, and never widens it."),
    "validFrom": ("DateFilter", "First day on which the claim holds; of a coarse date the earliest."),
    "validTo": ("DateFilter", "First day on which the claim no longer holds; of a coarse date the latest."),
    "asStated": ("StringFilter", "The period in the words of the source."),
    "edtf": ("StringFilter", "The period in EDTF."),
    "note": ("StringFilter", "Note of the claim."),
    "dataset": ("StringFilter", "The map or directory that the claim was loaded with."),
}


def filter_name(entry: Property) -> str:
    """The input that holds the conditions on a property."""
    if entry.datatype == "enum":
        return f"{entry.scheme}{'List' if entry.many else ''}Filter"
    return "StringListFilter" if entry.many else _FILTER_OF[entry.datatype]


def declare_filters(declarations: Declarations, naming: Naming) -> None:
    """Declare the conditions on single values, and on claims; each operator is described once."""
    told: set[str] = set()
    made = dict(FILTERS)
    for scheme in naming.lists:
        made[f"{scheme.name}Filter"] = (
            scheme.name,
            f"Conditions on a term of the list “{scheme.label}”.",
            (*_EQUALITY, "isNull"),
        )
        made[f"{scheme.name}ListFilter"] = (scheme.name, f"Conditions on several terms of the list “{scheme.label}”.", _MANY)
    for name, (scalar, description, operators) in made.items():
        fields = [
            Field(
                operator,
                "Boolean" if operator in _FLAGS else f"[{scalar}!]" if operator in _LISTS else scalar,
                "" if operator in told else OPERATORS[operator],
            )
            for operator in operators
        ]
        told.update(operators)
        declarations.declare("input", name, description, fields)
    declarations.declare(
        "input",
        "ClaimWhere",
        "Conditions on one claim: who says it, where, how surely, and when it holds. All given must hold.",
        [Field(name, kind, text) for name, (kind, text) in CLAIM_FILTERS.items()] + logic("ClaimWhere"),
    )
    declarations.declare(
        "input",
        "RecordsWhere",
        "Conditions on the records that sources give of a thing.",
        [
            Field("some", "ClaimWhere", "At least one record is such."),
            Field("none", "ClaimWhere", "No record is such."),
            Field("every", "ClaimWhere", "No record is otherwise."),
        ],
    )


def declare_links(declarations: Declarations) -> None:
    """Declare the conditions on links."""
    declarations.declare(
        "input",
        "LinkWhere",
        "A link: a relation of any sort to another thing. All given must hold.",
        [
            Field("relations", "[RelationName!]", "It is one of these relations."),
            Field("direction", "LinkDirection", "It is read in this direction."),
            Field("node", "EntityWhere", "Conditions on the thing at its far end."),
            Field("claim", "ClaimWhere", "Conditions on a claim that it rests on."),
        ],
    )
    declarations.declare(
        "input",
        "LinksWhere",
        "Conditions on links. Only what `asOf` and `status` let through counts.",
        [
            Field("some", "LinkWhere", "At least one link is such; `{}`: there is one."),
            Field("none", "LinkWhere", "No link is such; `{}`: there is none."),
        ],
    )


def logic(name: str) -> list[Field]:
    """The fields that combine conditions of input ``name``."""
    return [
        Field("AND", f"[{name}!]", "All of these hold."),
        Field("OR", f"[{name}!]", "At least one of these holds."),
        Field("NOT", name, "This does not hold. What is not stated fulfils no condition, so that NOT finds it."),
    ]


def inherited(item: Class) -> frozenset[str]:
    """Fields that a class, other than ``Entity``, has from its superclasses, or shares with a class that is described before."""
    own = {entry.name for entry in item.properties if entry.domain == item.name}
    for relation in item.relations:
        if item.name == relation.domains[0]:
            own |= {relation.field, f"{relation.field}Connection"}
    every = {entry.name for entry in item.properties} | {relation.field for relation in item.relations}
    every |= {f"{relation.field}Connection" for relation in item.relations}
    every |= {"id", "iri", "type", "claims", "claim", "links", "certainty", "AND", "OR", "NOT", *QUALIFIERS}
    return frozenset(every - own)


def _of_the_model(item: Class) -> frozenset[str]:
    """Fields that stand for a property or relation."""
    return frozenset({entry.name for entry in item.properties} | {relation.field for relation in item.relations})


def undescribed(fields: list[Field], names: frozenset[str]) -> list[Field]:
    """The fields, with no description on those of some names."""
    return [
        replace(entry, description="", arguments=tuple(replace(argument, description="") for argument in entry.arguments))
        if entry.name in names
        else entry
        for entry in fields
    ]


def declare_class_inputs(declarations: Declarations, naming: Naming, item: Class) -> None:
    """Declare ``where`` and ``orderBy`` of one class."""
    names = naming.classes[item.name]
    if names.where != f"{item.name}Where":
        return
    fields = [Field("id", "IDFilter", "Id of the thing.")]
    if names.is_interface:
        fields.append(Field("type", "EntityTypeFilter", "Class of the thing."))
    fields += [Field(entry.name, filter_name(entry), entry.definition, entry.deprecated) for entry in item.properties]
    fields += [
        Field(
            "status", "StatusFilter", "Status of the thing; it narrows what `status` and `asOf` let through, and never widens it."
        ),
        Field("certainty", "CertaintyFilter", "How surely it holds at `asOf`; narrows what is let through, never widens it."),
        Field("validFrom", "DateFilter", "First day on which the thing holds; of a coarse date the earliest."),
        Field("validTo", "DateFilter", "First day on which the thing no longer holds; of a coarse date the latest."),
        Field("claims", "RecordsWhere", "Conditions on the records that sources give of the thing itself."),
        Field("links", "LinksWhere", "Conditions on what the thing is related to, over any of its relations."),
        Field("claim", "ClaimWhere", "Only inside `some`, `none` and `every`: conditions on the claim that relates this thing."),
    ]
    fields += [Field(entry.field, naming.condition_on(entry), entry.definition, entry.deprecated) for entry in item.relations]
    fields += logic(names.where)
    # A condition and an order are described where the field that they are on is.
    said = _of_the_model(item) | (inherited(item) if item.ancestors else frozenset())
    fields = undescribed(fields, said)
    # What is true of every class is said at the root only: some 60 classes would repeat it.
    root = not item.ancestors
    declarations.declare("input", names.where, f"Conditions on: {item.label}.{' All given must hold.' if root else ''}", fields)
    if item.name in naming.far_ends:
        quantified = [
            Field("some", names.where, "At least one related thing is such; `{}`: there is one."),
            Field("none", names.where, "No related thing is such; `{}`: there is none."),
            Field("every", names.where, "No related thing is otherwise; true where there is none."),
        ]
        declarations.declare(
            "input",
            names.relation_where,
            f"Conditions on related things: {item.plural_label}."
            f"{' Only what `asOf` and `status` let through counts.' if root else ''}",
            quantified if root else undescribed(quantified, frozenset({"some", "none", "every"})),
        )
        if item.name in naming.chained_ends:
            text = f"At least one thing is such, a step or more away, up to {FURTHEST}: a part of a part, an area within an area."
            declarations.declare(
                "input",
                names.relation_where.replace("RelationWhere", "ChainWhere"),
                f"Conditions on things related by a relation that goes on from each to the next: {item.plural_label}.",
                [*quantified, Field("anywhere", names.where, text)],
            )
    ordering = [Field("id", "SortOrder", "By id.")]
    ordering += [
        Field(entry.name, "SortOrder", entry.definition, entry.deprecated) for entry in item.properties if not entry.many
    ]
    ordering += [Field(name, "SortOrder", f"By {name}.") for name in ("status", "validFrom", "validTo")]
    ordering = undescribed(ordering, said)
    rule = " One field in each object; what is not stated comes last; then by name and id." if root else ""
    declarations.declare("input", names.order, f"Order of: {item.plural_label}.{rule}", ordering)
