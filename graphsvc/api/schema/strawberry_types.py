"""Makes Strawberry types from plain descriptions, since their fields are known only once the Model is read.

The fields carry no resolver: answers come from one query a root field (decision 0011), and Strawberry gives the schema, its
documentation and its checks. A field that many types inherit is declared and converted once and shared by all of them;
otherwise some 9,000 fields with 40,000 arguments would take 12 seconds at each start.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, cast

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

Kind = Literal["type", "interface", "input"]
_ANNOTATION: Mapping[Kind, Any] = {"input": strawberry.input, "interface": strawberry.interface, "type": strawberry.type}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field; ``type`` as in :class:`Field`."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a type or input; ``type`` is written as in the schema: ``[Service!]!``."""

    name: str
    type: str
    description: str = ""
    deprecated: str = ""
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A value of an enum."""

    name: str
    description: str = ""
    deprecated: str = ""


class Declarations:
    """All types of one schema, by name; a type may name another that is declared later."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.namespace: dict[str, Any] = dict(known)
        self._fields: dict[Field, StrawberryField] = {}
        self._arguments: dict[Argument, StrawberryArgument] = {}
        self._annotations: dict[str, StrawberryAnnotation] = {}

    def enum(self, name: str, description: str, terms: Iterable[Term]) -> None:
        """Declare an enum whose values stand for themselves."""
        members = {
            term.name: strawberry.enum_value(
                term.name, description=term.description or None, deprecation_reason=term.deprecated or None
            )
            for term in terms
        }
        made = enum.Enum(name, members)  # type: ignore[misc]  # mypy knows only enums that are written out
        self.namespace[name] = strawberry.enum(made, name=name, description=description or None)

    def declare(self, kind: Kind, name: str, description: str, fields: Sequence[Field], interfaces: Sequence[str] = ()) -> None:
        """Declare an object type, interface or input, with the interfaces it implements by name."""
        made: Any = _ANNOTATION[kind](type(name, (), {"__annotations__": {}}), name=name, description=description or None)
        definition: StrawberryObjectDefinition = made.__strawberry_definition__
        definition.fields = [self._field(item) for item in fields]
        definition.interfaces = [self.namespace[item].__strawberry_definition__ for item in interfaces]
        self.namespace[name] = made

    def _field(self, item: Field) -> StrawberryField:
        if item not in self._fields:
            made = StrawberryField(
                python_name=item.name,
                graphql_name=item.name,
                type_annotation=self._annotation(item.type),
                description=item.description or None,
                deprecation_reason=item.deprecated or None,
            )
            made.arguments = [self._argument(argument) for argument in item.arguments]
            self._fields[item] = made
        return self._fields[item]

    def _argument(self, item: Argument) -> StrawberryArgument:
        if item not in self._arguments:
            self._arguments[item] = StrawberryArgument(
                python_name=item.name,
                graphql_name=item.name,
                type_annotation=self._annotation(item.type),
                description=item.description or None,
            )
        return self._arguments[item]

    def _annotation(self, text: str) -> StrawberryAnnotation:
        if text not in self._annotations:
            self._annotations[text] = StrawberryAnnotation(python_annotation(text), namespace=self.namespace)
        return self._annotations[text]

    def schema(self, config: StrawberryConfig) -> GraphQLSchema:
        """Build the GraphQL schema of all declared types, with ``Query`` as its root."""
        converter = _Converter(config)
        types: list[GraphQLNamedType] = []
        for made in self.namespace.values():
            definition = getattr(made, "__strawberry_definition__", None)
            if isinstance(definition, StrawberryObjectDefinition):
                converted = converter.from_type(made)
                types.append(cast(GraphQLNamedType, converted))
        for item in types:
            # Nothing is resolved through Strawberry's own classes: an executor that is used has to bring its resolvers.
            if isinstance(item, GraphQLObjectType):
                item.is_type_of = None
            elif isinstance(item, GraphQLInterfaceType):
                item.resolve_type = None
        query = next(item for item in types if item.name == "Query")
        return GraphQLSchema(query=cast(GraphQLObjectType, query), types=types)


class _Converter(GraphQLCoreConverter):
    """Strawberry's converter, with each shared field and argument converted once."""

    def __init__(self, config: StrawberryConfig) -> None:
        super().__init__(
            config, scalar_overrides={}, scalar_map=config.scalar_map, get_fields=lambda definition: definition.fields
        )
        self._made: dict[tuple[str, int], Any] = {}

    def _once(self, kind: str, item: object, convert: Any) -> Any:
        key = (kind, id(item))
        if key not in self._made:
            self._made[key] = convert(item)
        return self._made[key]

    def from_field(self, field: StrawberryField, *, type_definition: StrawberryObjectDefinition | None = None) -> GraphQLField:
        converted: GraphQLField = self._once("field", field, super().from_field)
        converted.resolve = None
        return converted

    def from_input_field(
        self, field: StrawberryField, *, type_definition: StrawberryObjectDefinition | None = None
    ) -> GraphQLInputField:
        convert = partial(super().from_input_field, type_definition=type_definition)
        converted: GraphQLInputField = self._once("input", field, convert)
        return converted

    def from_argument(self, argument: StrawberryArgument) -> GraphQLArgument:
        converted: GraphQLArgument = self._once("argument", argument, super().from_argument)
        return converted


def python_annotation(text: str) -> str:
    """A GraphQL type as a Python annotation: ``[Service!]!`` is ``list[Service]``, ``Date`` is ``Date | None``."""
    required = text.endswith("!")
    inner = text.removesuffix("!")
    made = f"list[{python_annotation(inner[1:-1])}]" if inner.startswith("[") else inner
    return made if required else f"{made} | None"
