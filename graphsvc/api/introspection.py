"""Answers introspection (``__schema``, ``__type``), with each part of the schema answered once.

The types and resolvers are graphql-core's own (``graphql.type.introspection``). Its executor would walk the same inherited
fields again for every class: some 40,000 arguments, for seconds. Here an answer is kept for each pair of a part of the schema
and a selection, so that a field shared by forty types is described once.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    get_nullable_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.type.introspection import SchemaMetaFieldDef, TypeMetaFieldDef

from graphsvc.api.answer_size import too_large
from graphsvc.api.planning.selection import Collector, Selection, Variant

META_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


class _Info:
    """The part of graphql-core's resolve info that its introspection resolvers read."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema


class Introspection:
    """Answers the meta fields of one operation, and counts the characters of JSON that they take."""

    def __init__(self, collector: Collector, variables: VariableValues, limit: int) -> None:
        self._collector = collector
        self._variables = variables
        self._limit = limit
        self._info = _Info(collector.schema)
        self._answers: dict[tuple[Any, int], tuple[Any, int]] = {}
        self._selections: dict[tuple[int, ...], Selection] = {}
        self._alive: list[Any] = []
        self.size = 0
        """Of the answers so far, in characters of JSON."""

    def answer(self, variant: Variant) -> Any:
        """The value of ``__schema`` or ``__type``. Raises LimitExceeded as soon as it passes the limit."""
        return self._field(META_FIELDS[variant.field], None, variant)

    def _count(self, characters: int) -> None:
        self.size += characters
        if self.size > self._limit:
            raise too_large(self._limit)

    def _field(self, definition: Any, value: Any, variant: Variant) -> Any:
        node = variant.nodes[0]
        # Some 100,000 fields without an argument: graphql-core is asked only where there is one to read.
        arguments = get_argument_values(definition, node, self._variables) if node.arguments else {}
        if definition.resolve is not None:
            found = definition.resolve(value, self._info, **arguments)
        else:
            found = getattr(value, variant.field, None)
        return self._complete(definition.type, found, variant)

    def _complete(self, kind: Any, value: Any, variant: Variant) -> Any:
        kind = get_nullable_type(kind)
        if isinstance(value, str):
            self._count(len(value))
        self._count(4)
        if value is None:
            return None
        if isinstance(kind, GraphQLList):
            return [self._complete(kind.of_type, entry, variant) for entry in value]
        if not isinstance(kind, GraphQLObjectType):
            return value.name if isinstance(kind, GraphQLEnumType) and hasattr(value, "name") else value
        return self._object(kind, value, self._selection(kind, variant))

    def _selection(self, kind: GraphQLObjectType, variant: Variant) -> Selection:
        key = tuple(id(node) for node in variant.nodes)
        if key not in self._selections:
            self._selections[key] = self._collector.collect(kind, [node.selection_set for node in variant.nodes])
        return self._selections[key]

    def _object(self, kind: GraphQLObjectType, value: Any, selection: Selection) -> Any:
        # Fields and arguments come as pairs of a name and what may be shared with other types.
        identity = (value[0], id(value[1])) if isinstance(value, tuple) else id(value)
        key = (identity, id(selection))
        if key in self._answers:
            known, size = self._answers[key]
            self._count(size)
            return known
        before = self.size
        answer: dict[str, Any] = {}
        for name, variants in selection.keys.items():
            only = variants[0]
            self._count(len(name) + 4)
            answer[name] = kind.name if only.field == "__typename" else self._field(kind.fields[only.field], value, only)
        self._answers[key] = answer, self.size - before
        # Ids name what is alive: a value made on the way (a pair of name and argument) must not be freed and its id reused.
        self._alive.append(value)
        return answer
