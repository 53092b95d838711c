"""Declares the output types of the schema: enums, interfaces, object types and connections."""

from __future__ import annotations

from graphsvc.api.schema.inputs import SCALAR_OF, declare_class_inputs, declare_filters, declare_links, inherited, undescribed
from graphsvc.api.schema.naming import DIRECTIONS, QUALIFIER_LISTS, QUALIFIERS, Naming, Related
from graphsvc.api.schema.strawberry_types import Argument, Declarations, Field, Term
from graphsvc.api.schema.wording import also
from graphsvc.model import Class, Property
from graphsvc.provenance import CERTAINTIES, CONFIDENCES, STATUSES

CERTAINTY_TEXTS = {
    "STATED": "A source states a period that surely covers the day, or speaks of it on that day.",
    "POSSIBLE": "The day lies in the unsure part of a stated bound, or before a stated end whose start nobody states.",
    "CONTINUED": "It began, or was first said, before the day, and no source says that it ended.",
    "BEFORE_TOLD": "The day lies before the source spoke, and no start is stated: nobody says whether it held yet.",
}
AS_OF = Argument(
    "asOf",
    "Date",
    "What held on this day, with the values it had then, in conditions and orders too; today if not given. "
    "Reaches every nested relation.",
)
STATUS = Argument(
    "status",
    "[Status!]",
    "Exactly these statuses, instead of what is true; without `asOf`, whenever they hold. "
    "Nested relations then show these besides what is true.",
)
CERTAINTY = Argument(
    "certainty",
    "[Certainty!]",
    "Exactly these certainties, instead of all but `BEFORE_TOLD`. Reaches the claims of nested relations.",
)
OWN_STATUS = Argument("status", "[Status!]")
"""On a relation: exactly claims of these statuses, instead of what the root field lets through."""
FIRST = Argument(
    "first", "Int", "Size of the page; a default page if not given, and `extensions.incomplete` says if there is more."
)
OFFSET = Argument("offset", "Int", "How many to skip.")
CURSORS = (
    Argument("after", "String", "Cursor of the edge after which the page starts."),
    Argument("last", "Int", "Size of the page, from the end."),
    Argument("before", "String", "Cursor of the edge before which the page ends."),
)


def declare_types(declarations: Declarations, naming: Naming) -> None:
    """Declare every type but ``Query``; a field is described only on the class that brings it in."""
    _declare_enums(declarations, naming)
    declare_filters(declarations, naming)
    _declare_shared(declarations)
    _declare_links(declarations, naming)
    for item in naming.model.classes.values():
        declare_class_inputs(declarations, naming, item)
        _declare_class(declarations, naming, item)


def _declare_enums(declarations: Declarations, naming: Naming) -> None:
    for name, description, values in (
        ("Status", "Whether a thing or a claim is in force, a plan, or over.", STATUSES),
        ("Confidence", "How surely a source says it.", CONFIDENCES),
    ):
        scheme = naming.model.schemes.get(QUALIFIER_LISTS[name])
        texts = {entry.name: _labelled(entry.label, entry.definition) for entry in scheme.concepts} if scheme else {}
        declarations.enum(
            name, scheme.definition if scheme else description, [Term(value, texts.get(value, "")) for value in values]
        )
    declarations.enum(
        "Certainty",
        "How surely something holds on the day of `asOf`, by what its sources state and by when they spoke.",
        [Term(name, CERTAINTY_TEXTS[name]) for name in CERTAINTIES],
    )
    declarations.enum(
        "SortOrder", "Direction of an order.", [Term("ASC", "Smallest, earliest or A first."), Term("DESC", "The other way.")]
    )
    # GraphiQL fills in what they mean from the types (web/src/graphiql/describing.ts).
    classes = [Term(item.name, "", item.deprecated) for item in naming.model.classes.values()]
    declarations.enum("EntityType", "The classes of the ontology; the type of the same name says what each is.", classes)
    for scheme in naming.lists:
        terms = [Term(entry.name, _labelled(entry.label, entry.definition), entry.deprecated) for entry in scheme.concepts]
        declarations.enum(scheme.name, scheme.definition or scheme.label, terms)


def _labelled(label: str, definition: str) -> str:
    return f"{label}: {definition}" if definition and definition != label else label


def qualifier_fields() -> list[Field]:
    """Fields for when and how something holds."""
    sure = Field("certainty", "Certainty", "How surely it holds at `asOf`; null where its stated period excludes that day.")
    return [*(Field(name, kind, text) for name, (kind, text) in QUALIFIERS.items()), sure]


def _declare_shared(declarations: Declarations) -> None:
    declarations.declare(
        "interface", "Node", "Anything with a global id (Relay).", [Field("id", "ID!", "Global id, stable across loads.")]
    )
    declarations.declare(
        "type",
        "PageInfo",
        "Where a page lies in its list (Relay).",
        [
            Field("hasNextPage", "Boolean!", "Whether there is more after it."),
            Field("hasPreviousPage", "Boolean!", "Whether there is more before it."),
            Field("startCursor", "String", "Cursor of its first edge."),
            Field("endCursor", "String", "Cursor of its last edge."),
        ],
    )
    declarations.declare(
        "type",
        "HiddenCount",
        "How many of one status are not shown, and whether it is their certainty that hides them.",
        [
            Field("status", "Status!", "The status; if no certainty is told, ask with `status` to see them."),
            Field("certainty", "Certainty", "The certainty that hides them; ask with `certainty` to see them."),
            Field("count", "Int!", "How many."),
        ],
    )
    claim = [
        Field("id", "ID!", "Id of the claim, from its content."),
        Field("source", "Source", "The source that says so."),
        Field("locator", "String", "Where in the source: section, paragraph, slide or table."),
        Field("confidence", "Confidence!", "Stated by the source, or inferred from it."),
        *qualifier_fields(),
        Field("dataset", "String!", "The map or directory that the claim was loaded with."),
    ]
    declarations.declare("interface", "Claim", "What one source says at one place.", claim)
    declarations.declare("type", "RelationClaim", "That two things are related, as one source says it.", claim, ["Claim"])
    declarations.declare(
        "type",
        "PropertyValue",
        "One value of one property.",
        [
            Field("property", "String!", "Name of the property."),
            Field("value", "JSON", "Its value; a list where there are several."),
        ],
    )
    declarations.declare(
        "type",
        "EntityRecord",
        "What one source says of one thing at one place: that it is, and its values.",
        [*claim, Field("values", "[PropertyValue!]!", "The values it gives.")],
        ["Claim"],
    )


def _declare_links(declarations: Declarations, naming: Naming) -> None:
    forward = [item for item in naming.model.relations.values() if item.forward]
    terms = [Term(item.type, _labelled(item.label, item.definition), item.deprecated) for item in forward]
    declarations.enum("RelationName", "The relations, as claims state them; each can be read the other way too.", terms)
    directions = [Term(name, text) for name, text in DIRECTIONS.items()]
    declarations.enum("LinkDirection", "From which end a relation is read.", directions)
    declare_links(declarations)
    declarations.declare(
        "type",
        "LinkEdge",
        "One link of a thing.",
        [
            Field("node", "Entity!", "The thing at the far end."),
            Field("cursor", "String!", "Where it lies, for `after`."),
            Field("relation", "RelationName!", "The relation."),
            Field("direction", "LinkDirection!", "Whether the thing that was asked is its subject or its object."),
            Field("label", "String!", "What the relation is called, read from the thing that was asked: `provided by`."),
            *edge_fields(),
        ],
    )
    text = "The links of a thing over any of its relations, by relation, then by name."
    declarations.declare("type", "LinkConnection", text, page_fields("LinkEdge", "Entity"))


LINKS = Field(
    "links",
    "LinkConnection!",
    "What it is related to, over any of its relations, with dates, status and evidence of each.",
    arguments=(
        Argument("relations", "[RelationName!]"), Argument("direction", "LinkDirection"), Argument("where", "EntityWhere"),
        Argument("first", "Int"), Argument("after", "String"), Argument("offset", "Int"), OWN_STATUS,
    ),
)  # fmt: skip


def _declare_class(declarations: Declarations, naming: Naming, item: Class) -> None:
    names = naming.classes[item.name]
    fields = _fields(naming, item)
    # A connection is described where its list is.
    told = frozenset(name for name, meaning in naming.fields[item.name].items() if getattr(meaning, "connection", False))
    fields = undescribed(fields, told | (inherited(item) if item.ancestors else frozenset()))
    above = ["Node", *reversed(item.ancestors)]
    if names.is_interface:
        declarations.declare("interface", names.type, item.definition, fields, above)
        above = [*above, names.type]
    if names.object:
        text = item.definition
        if names.is_interface:
            text += f" This type is for what is of no more particular class than {item.name}."
        declarations.declare("type", names.object, text, fields, above)
    node = Field("node", f"{names.type}!", "The thing.")
    cursor = Field("cursor", "String!", "Where it lies, for `after` and `before`.")
    described = not item.ancestors
    _declare_pages(declarations, item, (names.type, names.edge, names.connection), "a page", [node, cursor], described)
    if item.name in naming.connected_ends:
        related = (names.type, names.relation_edge, names.relation_connection)
        fields = [node, cursor, *edge_fields()]
        _declare_pages(declarations, item, related, "related things", fields, described)


def _declare_pages(
    declarations: Declarations, item: Class, names: tuple[str, str, str], what: str, fields: list[Field], described: bool
) -> None:
    """Declare an edge and a connection; ``names`` are the type of the node and theirs."""
    node, edge, connection = names
    pages = page_fields(edge, node)
    if not described:
        fields = undescribed(fields, frozenset(entry.name for entry in fields))
        pages = undescribed(pages, frozenset(entry.name for entry in pages))
    declarations.declare("type", edge, f"One of {what}: {item.label}.", fields)
    declarations.declare("type", connection, f"{what.capitalize()}: {item.plural_label}.", pages)


def page_fields(edge: str, node: str) -> list[Field]:
    """The fields of a connection."""
    return [
        Field("edges", f"[{edge}!]!", "The things of this page, in order; one edge each."),
        Field("nodes", f"[{node}!]!", "The things of this page, without their edges."),
        Field("pageInfo", "PageInfo!", "Where the page lies."),
        Field("totalCount", "Int!", "How many there are over all pages."),
        Field("hidden", "[HiddenCount!]!", "What the statuses and certainties asked for leave out and others would show."),
    ]


def edge_fields() -> list[Field]:
    """The fields of the edge of a relation, besides node and cursor."""
    return [
        *qualifier_fields(),
        Field("claims", "[RelationClaim!]!", "What the sources say of it, best first; the edge shows the first one's period."),
    ]


def _fields(naming: Naming, item: Class) -> list[Field]:
    fields = [
        Field("id", "ID!", "Global id: class and local name, `organisation/wigan-council`."),
        Field("iri", "String!", "Web address of the thing; its page, and its RDF for a machine that asks."),
        Field("type", "EntityType!", "Its class."),
    ]
    relations: list[Field] = []
    for name, meaning in naming.fields[item.name].items():
        if isinstance(meaning, Property):
            fields.append(Field(name, _property_type(meaning), also(meaning), meaning.deprecated))
        else:
            relations.append(_relation_field(naming, name, meaning))
    fields += qualifier_fields()
    fields.append(
        Field(
            "claims",
            "[EntityRecord!]!",
            "What the sources say of the thing itself, best first, whatever its status.",
            arguments=(Argument("property", "[String!]", "Only values of these properties."),),
        )
    )
    return [*fields, LINKS, *relations]


def _property_type(entry: Property) -> str:
    scalar = entry.scheme if entry.datatype == "enum" else SCALAR_OF[entry.datatype]
    if entry.many:
        return f"[{scalar}!]!"
    return f"{scalar}!" if entry.min_count else scalar


def _relation_field(naming: Naming, name: str, meaning: Related) -> Field:
    relation = meaning.relation
    names = naming.classes[relation.range]
    # Without descriptions: these few stand on thousands of fields, and would make half of what GraphiQL has to fetch.
    where, order = Argument("where", names.where), Argument("orderBy", f"[{names.order}!]")
    first, offset, after = Argument("first", "Int"), Argument("offset", "Int"), Argument("after", "String")
    if meaning.connection:
        text = f"{relation.definition} With dates, status and evidence of each."
        arguments = (where, order, first, after, offset, OWN_STATUS)
        return Field(name, f"{names.relation_connection}!", text, relation.deprecated, arguments)
    if relation.many:
        return Field(name, f"[{names.type}!]!", also(relation), relation.deprecated, (where, order, first, offset, OWN_STATUS))
    return Field(name, names.type, also(relation), relation.deprecated, (OWN_STATUS,))
