"""Adds ids to a question, so that a table of its answer can link to the pages of the things in it."""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    SelectionSetNode,
    TypeInfo,
    parse,
    print_ast,
)
from graphql.language import Visitor, visit
from graphql.utilities import TypeInfoVisitor

END = "validTo"
"""The field that is the end of a period, half-open: people are told the day before."""


class _WithIds(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        """The selection set with ``id`` in front, where its type has one and nobody asks for it."""
        parent = self.types.get_parent_type()
        keys = {(item.alias or item.name).value for item in node.selections if isinstance(item, FieldNode)}
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or "id" not in parent.fields or "id" in keys:
            return None
        return SelectionSetNode(selections=(FieldNode(name=NameNode(value="id")), *node.selections))


class _Ends(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Keep the response key of a field that is the end of a period."""
        if node.name.value == END:
            self.keys.add((node.alias or node.name).value)


def end_keys(query: str) -> frozenset[str]:
    """The response keys of ``query`` whose values are the first day on which something no longer holds."""
    ends = _Ends()
    visit(parse(query), ends)
    return frozenset(ends.keys)


def with_ids(query: str, schema: GraphQLSchema) -> str:
    """Add the field ``id`` to each selection of a valid query whose type has one."""
    types = TypeInfo(schema)
    return print_ast(visit(parse(query), TypeInfoVisitor(types, _WithIds(types))))
