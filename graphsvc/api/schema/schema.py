"""Builds the GraphQL schema of a Model, and its golden text: ``python -m graphsvc.api.schema`` writes ``schema.graphql``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import strawberry
from graphql import GraphQLSchema, print_schema
from strawberry.schema.config import StrawberryConfig

from graphsvc.api.schema.naming import Naming
from graphsvc.api.schema.outputs import AS_OF, CERTAINTY, CURSORS, FIRST, OFFSET, STATUS, declare_types
from graphsvc.api.schema.scalars import JSON, SCALARS, Date
from graphsvc.api.schema.strawberry_types import Argument, Declarations, Field
from graphsvc.api.schema.wording import also
from graphsvc.model import Class, Model
from graphsvc.ontology import read_model
from graphsvc.settings import Settings, project_root

DESCRIPTION = (
    "The architecture of health-and-care systems: who provides and commissions what, under which agreement, when, "
    "and who says so.\n\n"
    "An answer shows what is in force unless `status` asks for plans, as at `asOf`, or today: "
    "`certainty` says how surely. "
    "Each relation is a plain list, and a `…Connection` with dates, status and evidence."
)


@dataclass(frozen=True)
class Schema:
    """A Model's GraphQL schema, and the map from its names to the Model."""

    graphql: GraphQLSchema
    naming: Naming


def schema_text(model: Model) -> str:
    """Print the schema in the schema definition language; a field is described only on the class that brings it in."""
    return print_schema(build_schema(model).graphql) + "\n"


def build_schema(model: Model) -> Schema:
    """Build the GraphQL schema of a Model. Raises ModelError if two terms take one name.

    A description that a field of a subclass would repeat is left out: such are half of what introspection would send.
    GraphiQL fills them in from the interfaces (``web/src/graphiql/describing.ts``).
    """
    naming = Naming(model)
    declarations = Declarations(
        {"ID": strawberry.ID, "String": str, "Int": int, "Float": float, "Boolean": bool, "Date": Date, "JSON": JSON}
    )
    declare_types(declarations, naming)
    _declare_query(declarations, naming)
    config = StrawberryConfig(auto_camel_case=False, scalar_map=dict(SCALARS))
    return Schema(graphql=declarations.schema(config), naming=naming)


def _declare_query(declarations: Declarations, naming: Naming) -> None:
    ordering = [field for item in naming.model.classes.values() for field in _root_fields(naming, item)]
    _declare_reports(declarations)
    identifier = Argument("id", "ID!", "Global id: `organisation/wigan-council`.")
    fields = [
        Field("node", "Entity", "The thing with this id, whatever its status.", arguments=(identifier, AS_OF, STATUS, CERTAINTY)),
        Field(
            "nodes",
            "[Entity]!",
            "The things with these ids, in this order, whatever their status; null where there is none.",
            arguments=(Argument("ids", "[ID!]!", "Global ids."), AS_OF, STATUS, CERTAINTY),
        ),
        Field(
            "search",
            "[SearchHit!]!",
            "Things whose names or descriptions hold these words, best first; a misspelling is forgiven. "
            "What `status` leaves out by default is counted in `extensions.hidden`.",
            arguments=(
                Argument("text", "String!", "Words to look for."),
                Argument("types", "[EntityType!]", "Only of these classes; a class stands for its subclasses too."),
                Argument("first", "Int", "How many; 20 if not given."),
                AS_OF,
                STATUS,
                CERTAINTY,
            ),
        ),
        Field("questions", "[Question!]!", "The ready questions."),
        Field(
            "validationReport",
            "[ValidationReport!]!",
            "The last load of each map or directory, with what the checks found.",
            arguments=(Argument("dataset", "String", "Only this map or directory."),),
        ),
        Field("revision", "Int!", "Number of the state of the graph that answers; each load makes a new one."),
        *ordering,
    ]
    declarations.declare("type", "Query", DESCRIPTION, fields)


def _root_fields(naming: Naming, item: Class) -> list[Field]:
    """The three root fields of a class; their arguments are described at the first class only."""
    fields = _described_root_fields(naming, item)
    if not item.ancestors:
        return fields
    told = [replace(entry, arguments=tuple(replace(given, description="") for given in entry.arguments)) for entry in fields]
    return [replace(entry, description="" if entry.name != item.plural else entry.description) for entry in told]


def _described_root_fields(naming: Naming, item: Class) -> list[Field]:
    names = naming.classes[item.name]
    where = Argument("where", names.where, "Conditions; all given must hold.")
    order = Argument("orderBy", f"[{names.order}!]", "Order; then by name and id.")
    return [
        Field(
            item.field,
            names.type,
            f"One by id, whatever its status: {item.label}. {item.definition}",
            item.deprecated,
            (Argument("id", "ID!", f"Id: `{item.slug}/…`."), AS_OF, STATUS, CERTAINTY),
        ),
        Field(
            item.plural,
            f"[{names.type}!]!",
            f"{item.plural_label}: {also(item)}",
            item.deprecated,
            (where, order, FIRST, OFFSET, AS_OF, STATUS, CERTAINTY),
        ),
        Field(
            f"{item.plural}Connection",
            f"{names.connection}!",
            f"{item.plural_label}, page by page and with their number: {item.definition}",
            item.deprecated,
            (where, order, FIRST, *CURSORS, OFFSET, AS_OF, STATUS, CERTAINTY),
        ),
    ]


def _declare_reports(declarations: Declarations) -> None:
    declarations.declare(
        "type",
        "SearchHit",
        "A thing that was found.",
        [Field("score", "Float!", "How well it fits; only the order means anything."), Field("node", "Entity!", "The thing.")],
    )
    declarations.declare(
        "type",
        "Question",
        "A ready question.",
        [
            Field("name", "String!", "Name, as in `graphsvc ask NAME`."),
            Field("title", "String!", "The question."),
            Field("description", "String!", "What the answer tells."),
            Field("audience", "String!", "Who asks it."),
            Field("query", "String!", "The GraphQL text."),
            Field("variables", "JSON!", "Example variables."),
        ],
    )
    declarations.declare(
        "type",
        "Finding",
        "Something that a check found in a file.",
        [
            Field("severity", "String!", "`violation`, `warning` or `info`."),
            Field("rule", "String", "The rule."),
            Field("message", "String", "What is wrong."),
            Field("file", "String", "File."),
            Field("row", "Int", "Row, from 1."),
            Field("column", "String", "Column."),
            Field("value", "String", "The value."),
            Field("hint", "String", "What to do."),
        ],
    )
    declarations.declare(
        "type",
        "ValidationReport",
        "One load, and what the checks found.",
        [
            Field("dataset", "String!", "Id of the map or directory."),
            Field("title", "String", "Its title."),
            Field("revision", "Int!", "The revision it made."),
            Field("loadedAt", "String", "When, in UTC (ISO 8601)."),
            Field("added", "Int!", "Claims added."),
            Field("changed", "Int!", "Things changed."),
            Field("retired", "Int!", "Claims retired."),
            Field("entities", "Int!", "Things it speaks of."),
            Field("claims", "Int!", "Claims it makes."),
            Field("rejected", "Int!", "Records set aside."),
            Field("files", "[String!]!", "Files read."),
            Field("findings", "[Finding!]!", "What the checks found, worst first."),
        ],
    )


def main(arguments: list[str]) -> int:
    """Write the golden schema, to ``schema.graphql`` or the path given."""
    settings = Settings()
    model = read_model(settings.folder("ontology"), settings.folder("shapes"))
    target = Path(arguments[0]) if arguments else project_root() / "schema.graphql"
    target.write_text(schema_text(model), encoding="utf-8")
    return 0
