"""Collects the fields of a request into a tree: response keys in order, fragments resolved, repeated fields merged.

GraphQL's CollectFields (specification, section 6.3.2), done once for all possible types of a selection: where types differ in
what is asked of them, a key has several variants, each with the object types it is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    print_ast,
)

from graphsvc.api.planning.arguments import Variables


@dataclass(frozen=True, slots=True)
class Variant:
    """One field under one response key, for some object types."""

    types: frozenset[str]
    field: str
    nodes: tuple[FieldNode, ...]
    parent: GraphQLNamedType
    """A type that defines the field."""


@dataclass(frozen=True, slots=True)
class Selection:
    """All fields that are asked of values of one type."""

    parent: GraphQLObjectType | GraphQLInterfaceType
    types: tuple[str, ...]
    """Object types that the value may be of."""
    keys: Mapping[str, tuple[Variant, ...]]
    """By response key, in the order of the answer."""


class Collector:
    """Collects the selections of one operation."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: Variables) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = variables

    def possible(self, named: GraphQLNamedType) -> tuple[str, ...]:
        """Names of the object types that a value of a type may be of."""
        if isinstance(named, GraphQLInterfaceType):
            return tuple(item.name for item in self.schema.get_possible_types(named))
        return (named.name,)

    def collect(self, parent: GraphQLNamedType, sets: Iterable[SelectionSetNode | None]) -> Selection:
        """The selection on ``parent`` that some selection sets make together."""
        parent = cast(GraphQLObjectType | GraphQLInterfaceType, parent)
        types = self.possible(parent)
        found: dict[str, list[tuple[frozenset[str], FieldNode, GraphQLNamedType]]] = {}
        seen: set[tuple[str, frozenset[str]]] = set()
        for entry in sets:
            if entry is not None:
                self._gather(entry.selections, parent, frozenset(types), found, seen)
        return Selection(parent, types, {key: _variants(types, entries) for key, entries in found.items()})

    def field(self, variant: Variant) -> GraphQLField:
        """The definition of a field."""
        found: GraphQLField = cast(GraphQLObjectType, variant.parent).fields[variant.field]
        return found

    def below(self, variant: Variant) -> Selection:
        """The selection on what a field returns."""
        named = get_named_type(self.field(variant).type)
        return self.collect(named, [node.selection_set for node in variant.nodes])

    def _gather(
        self,
        selections: Iterable[SelectionNode],
        parent: GraphQLNamedType,
        types: frozenset[str],
        found: dict[str, list[tuple[frozenset[str], FieldNode, GraphQLNamedType]]],
        seen: set[tuple[str, frozenset[str]]],
    ) -> None:
        for node in selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append((types, node, parent))
                continue
            if isinstance(node, FragmentSpreadNode):
                if (node.name.value, types) in seen:
                    continue
                seen.add((node.name.value, types))
                fragment: FragmentDefinitionNode | InlineFragmentNode = self.fragments[node.name.value]
            else:
                fragment = cast(InlineFragmentNode, node)
            narrowed, within = types, parent
            if fragment.type_condition is not None:
                within = self.schema.type_map[fragment.type_condition.name.value]
                narrowed = types & frozenset(self.possible(within))
            if narrowed:
                self._gather(fragment.selection_set.selections, within, narrowed, found, seen)

    def _included(self, node: SelectionNode) -> bool:
        return self._flag(node, "include", True) and not self._flag(node, "skip", False)

    def _flag(self, node: SelectionNode, name: str, default: bool) -> bool:
        """The ``if`` of a directive, which validation has made sure of."""
        for directive in node.directives or ():
            if directive.name.value == name:
                value: Any = (directive.arguments or ())[0].value
                return bool(self.variables[value.name.value] if isinstance(value, VariableNode) else value.value)
        return default


def _variants(types: tuple[str, ...], entries: list[tuple[frozenset[str], FieldNode, GraphQLNamedType]]) -> tuple[Variant, ...]:
    """Object types grouped by the field nodes that apply to them."""
    entries = _merged(entries)
    if all(len(entry[0]) == len(types) for entry in entries):
        return (Variant(frozenset(types), entries[0][1].name.value, tuple(entry[1] for entry in entries), entries[0][2]),)
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in types:
        applying = tuple(index for index, entry in enumerate(entries) if name in entry[0])
        if applying:
            groups.setdefault(applying, []).append(name)
    return tuple(
        Variant(frozenset(names), entries[chosen[0]][1].name.value, tuple(entries[i][1] for i in chosen), entries[chosen[0]][2])
        for chosen, names in groups.items()
    )


def _merged(
    entries: list[tuple[frozenset[str], FieldNode, GraphQLNamedType]],
) -> list[tuple[frozenset[str], FieldNode, GraphQLNamedType]]:
    """The entries, with those that ask the very same taken together, so that one part of the query serves several types."""
    if len(entries) == 1:
        return entries
    found: dict[str, tuple[frozenset[str], FieldNode, GraphQLNamedType]] = {}
    for types, node, parent in entries:
        text = print_ast(node)
        if text in found:
            before = found[text]
            # The parent seen first defines the field for all of its types; that of a wider selection is seen first or is equal.
            found[text] = (before[0] | types, before[1], before[2] if len(before[0]) >= len(types) else parent)
        else:
            found[text] = (types, node, parent)
    return list(found.values())
