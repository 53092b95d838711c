"""Finds the lists that a question asks for, and rewrites the question to ask for other pages of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    parse,
    print_ast,
)
from graphql.language import SKIP, Visitor, VisitorAction, visit
from graphql.utilities import TypeInfoVisitor

from graphsvc.api.planning.search import DEFAULT_HITS
from graphsvc.settings import Settings

Path = tuple[str, ...]
FIRST: Final = "wholeFirst"
OFFSET: Final = "wholeOffset"
_ELSEWHERE: Final = ("after", "before", "last")
"""Arguments that say themselves where a page starts."""
_COUNTED: Final = ("where", "asOf", "status")


@dataclass(frozen=True, slots=True)
class Listed:
    """A field that returns a list in pages, and the page that it asks for."""

    path: Path
    node: FieldNode
    size: int
    """Things on a page."""
    offset: int
    pages: bool
    """Whether the next page can be asked for by an offset."""
    limited: bool
    """Whether who asks gave the size himself, as a variable, or says where the page starts."""


def _key(node: FieldNode) -> str:
    return (node.alias or node.name).value


class _Find(Visitor):
    """Finds the lists, with the response keys that lead to them."""

    def __init__(self, lists: Lists, types: TypeInfo) -> None:
        super().__init__()
        self.lists = lists
        self.types = types
        self.path: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Step into a field, and keep it if it is a list."""
        self.path.append(_key(node))
        definition = self.types.get_field_def()
        if definition is not None and "first" in definition.args:
            self.lists.found[tuple(self.path)] = self.lists.listed(tuple(self.path), node, definition)

    def leave_field(self, *_: Any) -> None:
        """Step out of a field."""
        self.path.pop()


class _Change(Visitor):
    """Gives fields other arguments, by the response keys that lead to them; at the root, keeps only one of them."""

    def __init__(self, only: str, changes: Mapping[Path, Mapping[str, ValueNode]]) -> None:
        super().__init__()
        self.only = only
        self.changes = changes
        self.path: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> VisitorAction:
        """Step into a field; a root field that is not wanted is skipped."""
        if not self.path and _key(node) != self.only:
            return SKIP
        self.path.append(_key(node))
        return None

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        """Step out of a field, and replace its arguments."""
        change = self.changes.get(tuple(self.path))
        self.path.pop()
        if change is None:
            return None
        kept = tuple(item for item in node.arguments or () if item.name.value not in change)
        new = tuple(ArgumentNode(name=NameNode(value=name), value=value) for name, value in change.items())
        return FieldNode(
            alias=node.alias, name=node.name, arguments=kept + new, directives=node.directives, selection_set=node.selection_set
        )


class Lists:
    """The lists of one question, with the variables that it is asked with."""

    def __init__(self, query: str, schema: GraphQLSchema, variables: Mapping[str, Any], settings: Settings) -> None:
        self.document: DocumentNode = parse(query)
        self.schema = schema
        self.settings = settings
        self.variables = variables
        self.operation = next(item for item in self.document.definitions if isinstance(item, OperationDefinitionNode))
        self.roots = [_key(node) for node in self.operation.selection_set.selections if isinstance(node, FieldNode)]
        self.found: dict[Path, Listed] = {}
        types = TypeInfo(schema)
        visit(self.document, TypeInfoVisitor(types, _Find(self, types)))

    def listed(self, path: Path, node: FieldNode, definition: GraphQLField) -> Listed:
        """Read the page that a field asks for from its arguments."""
        given = {item.name.value: item.value for item in node.arguments or ()}
        first = given.get("first")
        elsewhere = any(name in given for name in _ELSEWHERE)
        default = self.settings.default_page if "offset" in definition.args else DEFAULT_HITS
        return Listed(
            path,
            node,
            size=self._number(first, default),
            offset=self._number(given.get("offset"), 0),
            pages="offset" in definition.args and not elsewhere,
            limited=elsewhere or (isinstance(first, VariableNode) and first.name.value in self.variables),
        )

    def _number(self, node: ValueNode | None, default: int) -> int:
        """The integer that an argument has with these variables."""
        if isinstance(node, VariableNode):
            if node.name.value in self.variables:
                value = self.variables[node.name.value]
                return value if isinstance(value, int) else default
            for item in self.operation.variable_definitions or ():
                if item.variable.name.value == node.name.value:
                    return self._number(item.default_value, default)
        return int(node.value) if isinstance(node, IntValueNode) else default

    def full(self, data: Mapping[str, Any], widened: Collection[Path] = ()) -> dict[Path, Listed]:
        """The lists of an answer that are as long as their page, and so may be longer; ``widened`` had the largest page."""
        full: dict[Path, Listed] = {}
        for path, listed in self.found.items():
            size = self.settings.max_page if path in widened else listed.size
            if size and any(_length(value) >= size for value in _at(data, path)):
                full[path] = listed if size == listed.size else Listed(path, listed.node, size, 0, listed.pages, listed.limited)
        return full

    def used(self, text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The variables that a text made of the question declares."""
        operation = next(item for item in parse(text).definitions if isinstance(item, OperationDefinitionNode))
        names = {item.variable.name.value for item in operation.variable_definitions or ()}
        return {name: value for name, value in variables.items() if name in names}


def _at(value: Any, path: Path) -> Iterator[Any]:
    """Yield the values at a path of an answer, in every thing of every list on the way."""
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and value.get(path[0]) is not None:
        if len(path) == 1:
            yield value[path[0]]
        else:
            yield from _at(value[path[0]], path[1:])


def _length(value: Any) -> int:
    """The number of things in a list or a connection."""
    if isinstance(value, Mapping):
        return max((len(items) for name in ("edges", "nodes") if isinstance(items := value.get(name), list)), default=0)
    return len(value) if isinstance(value, list) else 0


def alone(lists: Lists, key: str, widened: Collection[Path] = ()) -> str:
    """Print the question with one of its root fields only; the lists at ``widened`` have the largest page."""
    return _text(lists, key, _widening(lists, widened), ())


def paged(lists: Lists, key: str, widened: Collection[Path] = ()) -> str:
    """Print the same, with the page of the root list in the variables :data:`FIRST` and :data:`OFFSET`."""
    page: dict[Path, Mapping[str, ValueNode]] = {
        (key,): {
            "first": VariableNode(name=NameNode(value=FIRST)),
            "offset": VariableNode(name=NameNode(value=OFFSET)),
        }
    }
    return _text(lists, key, {**_widening(lists, widened), **page}, (FIRST, OFFSET))


def counting(lists: Lists, listed: Listed) -> str | None:
    """Print a question for the length of a root list, as ``counted``; ``None`` if the schema cannot count it."""
    name = listed.node.name.value.removesuffix("Connection") + "Connection"
    query = lists.schema.query_type
    if query is None or name not in query.fields:
        return None
    arguments = tuple(item for item in listed.node.arguments or () if item.name.value in _COUNTED)
    counted = FieldNode(
        alias=NameNode(value="counted"),
        name=NameNode(value=name),
        arguments=arguments,
        directives=(),
        selection_set=SelectionSetNode(selections=(FieldNode(name=NameNode(value="totalCount"), arguments=(), directives=()),)),
    )
    return _with_selections(lists, (counted,), ())


def _widening(lists: Lists, widened: Collection[Path]) -> dict[Path, Mapping[str, ValueNode]]:
    largest = IntValueNode(value=str(lists.settings.max_page))
    return {path: {"first": largest} for path in widened}


def _text(lists: Lists, key: str, changes: Mapping[Path, Mapping[str, ValueNode]], more: Collection[str]) -> str:
    operation = visit(lists.operation, _Change(key, changes))
    kept = tuple(node for node in operation.selection_set.selections if isinstance(node, FieldNode) and _key(node) == key)
    return _with_selections(lists, kept, more)


def _with_selections(lists: Lists, selections: tuple[FieldNode, ...], more: Collection[str]) -> str:
    """Print the question with other root fields, declaring the variables that they use, and ``more`` integers."""
    used: set[str] = set()

    class Uses(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            used.add(node.name.value)

    for node in selections:
        visit(node, Uses())
    declared = [item for item in lists.operation.variable_definitions or () if item.variable.name.value in used]
    declared += [
        VariableDefinitionNode(
            variable=VariableNode(name=NameNode(value=name)), type=NamedTypeNode(name=NameNode(value="Int")), directives=()
        )
        for name in more
    ]
    operation = OperationDefinitionNode(
        operation=lists.operation.operation,
        name=lists.operation.name,
        variable_definitions=tuple(declared),
        directives=(),
        selection_set=SelectionSetNode(selections=selections),
    )
    others = [item for item in lists.document.definitions if item is not lists.operation]
    return print_ast(DocumentNode(definitions=(operation, *others)))
