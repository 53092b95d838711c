"""Parses the arguments of a field into trees whose leaves read their values from the variables of any request.

A plan is made once for a document and the *shape* of its variables (which keys are there, how many parts a list of
conditions has) and then serves every request of that shape: only the leaves are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    print_ast,
    value_from_ast,
)

from graphsvc.errors import QueryError

Variables = Mapping[str, Any]
Read = Callable[[Variables], Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar, an enum name, or a list of them."""

    value: Any
    """In this request; ``None`` for an explicit null."""
    read: Read
    """From the coerced variables of any request of the same shape."""


Tree = Leaf | dict[str, "Tree"] | list["Tree"]


def leaf_of(tree: Tree | None) -> Leaf:
    """A tree as the leaf that a scalar argument is. Raises TypeError if it is none."""
    if not isinstance(tree, Leaf):
        raise TypeError("a scalar argument is not a leaf")
    return tree


def fields_of(tree: Tree | None) -> dict[str, Tree]:
    """The fields of an input object; of a null, none."""
    return tree if isinstance(tree, dict) else {}


def argument_trees(field: GraphQLField, node: FieldNode, variables: Variables) -> dict[str, Tree]:
    """The arguments given to a field of a validated document; those left out, or given as an absent variable, are not there."""
    found: dict[str, Tree] = {}
    for argument in node.arguments or ():
        definition = field.args[argument.name.value]
        tree = _tree(argument.value, definition.type, variables)
        if tree is not None:
            found[argument.name.value] = tree
    return found


def _tree(node: ValueNode, kind: Any, variables: Variables) -> Tree | None:
    """The tree of a literal; ``None`` for a variable that is not given."""
    if isinstance(node, VariableNode):
        name = node.name.value
        return _variable_tree(variables[name], (name,)) if name in variables else None
    if isinstance(node, NullValueNode):
        return Leaf(None, lambda _: None)
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLInputObjectType):
        given = node.fields if isinstance(node, ObjectValueNode) else ()
        fields = {entry.name.value: _tree(entry.value, kind.fields[entry.name.value].type, variables) for entry in given or ()}
        return {name: tree for name, tree in fields.items() if tree is not None}
    if isinstance(kind, GraphQLList):
        return _list_tree(node, kind, variables)
    value = plain_value(value_from_ast(node, kind))
    # Validation lets numbers pass that the scalar cannot hold, such as 1e400.
    if value is Undefined:
        raise QueryError(f"{kind} cannot represent {print_ast(node)[:40]}.", "Give a value within the range of its type.")
    return Leaf(value, lambda _: value)


def _list_tree(node: ValueNode, kind: GraphQLList[Any], variables: Variables) -> Tree:
    # A single value stands for a list of one (GraphQL, section 3.11).
    nodes: Sequence[ValueNode] = node.values or () if isinstance(node, ListValueNode) else (node,)
    trees = [tree for tree in (_tree(entry, kind.of_type, variables) for entry in nodes) if tree is not None]
    leaves = [tree for tree in trees if isinstance(tree, Leaf)]
    if isinstance(get_nullable_type(kind.of_type), GraphQLInputObjectType):
        return trees
    reads = [leaf.read for leaf in leaves]
    return Leaf([leaf.value for leaf in leaves], lambda given: [read(given) for read in reads])


def _variable_tree(value: Any, path: tuple[str | int, ...]) -> Tree:
    if isinstance(value, dict):
        return {name: _variable_tree(entry, (*path, name)) for name, entry in value.items()}
    if isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        return [_variable_tree(entry, (*path, index)) for index, entry in enumerate(value)]

    def read(variables: Variables) -> Any:
        found: Any = variables
        for step in path:
            found = found[step]
        return plain_value(found)

    return Leaf(plain_value(value), read)


def plain_value(value: Any) -> Any:
    """A coerced value as the store keeps it: an enum term by its name."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, list):
        return [plain_value(entry) for entry in value]
    return value


def shape_of(value: Any) -> Any:
    """The part of a variable's value that a plan depends on: its structure, flags and enum terms; not its texts and numbers."""
    if isinstance(value, dict):
        return tuple((name, shape_of(entry)) for name, entry in value.items())
    if isinstance(value, list):
        if any(isinstance(entry, (dict, list, Enum)) for entry in value):
            return tuple(shape_of(entry) for entry in value)
        return "list"
    if value is None or isinstance(value, bool):
        return value
    return value.name if isinstance(value, Enum) else "value"


def parts_of(shape: Any) -> int:
    """The number of parts of a shape of variables."""
    return 1 + sum(map(parts_of, shape)) if isinstance(shape, tuple) else 1


def whole(tree: Tree) -> Read:
    """Make a function that reads a whole tree as a plain value."""
    if isinstance(tree, Leaf):
        return tree.read
    if isinstance(tree, dict):
        fields = {name: whole(entry) for name, entry in tree.items()}
        return lambda variables: {name: read(variables) for name, read in fields.items()}
    items = [whole(entry) for entry in tree]
    return lambda variables: [read(variables) for read in items]
