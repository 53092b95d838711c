"""GraphQL documents: parsed, held to the limits and validated once, and kept.

Limits are checked before validation, whose cost can grow with the square of a document.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)

from graphsvc.errors import LimitExceeded, QueryError
from graphsvc.settings import Settings

Key = TypeVar("Key")
Value = TypeVar("Value")
Explain = Callable[[Sequence[GraphQLError]], list[GraphQLError]]


class Kept(Generic[Key, Value]):
    """The most recently used values, up to a number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value, which then counts as just used."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, and let go of the one longest unused if there are too many."""
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)


class DocumentErrors(QueryError):
    """A document that cannot be executed: ``errors`` are GraphQL's own, with their places in the text."""

    code = "GRAPHQL"

    def __init__(self, errors: Sequence[GraphQLError], code: str) -> None:
        super().__init__(errors[0].message)
        self.errors = list(errors)
        self.code = code


@dataclass(frozen=True)
class Document:
    """A valid document."""

    text: str
    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of that name, or the only one. Raises QueryError if there is no such."""
        if name:
            if name not in self.operations:
                raise QueryError(
                    f"There is no operation named {name!r} in the document.", f"There are: {', '.join(self.operations)}."
                )
            return self.operations[name]
        if len(self.operations) != 1:
            raise QueryError("The document holds several operations.", "Name one with operationName.")
        return next(iter(self.operations.values()))


class Documents:
    """Reads documents against one schema, and keeps those read last."""

    def __init__(self, schema: GraphQLSchema, settings: Settings, explained: Explain | None = None, most: int = 512) -> None:
        """``explained`` adds to GraphQL's errors which terms an unknown name may stand for."""
        self._schema = schema
        self._explained = explained or list
        self._settings = settings
        self._kept: Kept[str, Document | DocumentErrors] = Kept(most)

    def read(self, text: str) -> Document:
        """The document of a text. Raises DocumentErrors or LimitExceeded."""
        found = self._kept.get(text)
        if found is None:
            try:
                found = self._read(text)
            except DocumentErrors as errors:
                found = errors
            self._kept.put(text, found)
        if isinstance(found, DocumentErrors):
            raise found
        return found

    def _read(self, text: str) -> Document:
        node = parse_document(text, self._settings.max_tokens)
        operations = {
            item.name.value if item.name else "": item for item in node.definitions if isinstance(item, OperationDefinitionNode)
        }
        fragments = {item.name.value: item for item in node.definitions if isinstance(item, FragmentDefinitionNode)}
        if not operations:
            raise DocumentErrors([GraphQLError("The document holds no operation.")], "GRAPHQL_VALIDATION_FAILED")
        _Limits(fragments, self._settings).check(operations.values())
        errors = validate(self._schema, node, max_errors=20)
        if errors:
            raise DocumentErrors(self._explained(errors), "GRAPHQL_VALIDATION_FAILED")
        return Document(text, operations, fragments)


def parse_document(text: str, max_tokens: int) -> DocumentNode:
    """The syntax tree. Raises DocumentErrors, or LimitExceeded for too many tokens."""
    try:
        return parse(text, max_tokens=max_tokens)
    except GraphQLSyntaxError as error:
        if "tokens" in error.message:
            raise LimitExceeded(
                f"The document has more than {max_tokens} tokens, which is the limit.", "Ask for less at once."
            ) from error
        raise DocumentErrors([error], "GRAPHQL_PARSE_FAILED") from error
    except RecursionError as error:
        raise LimitExceeded("The document is nested too deeply to be read.", "Nest less deeply.") from error


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0
    fields: int = 0


class _Limits:
    """Depth, aliases and fields of a document with its fragments spelled out, each fragment measured once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], settings: Settings) -> None:
        self._fragments = fragments
        self._settings = settings
        self._measured: dict[str, _Size] = {}
        self._open: set[str] = set()

    def check(self, operations: Iterable[OperationDefinitionNode]) -> None:
        """Raise LimitExceeded for the first limit that an operation passes."""
        settings = self._settings
        for operation in operations:
            size = self._measure(operation.selection_set)
            for what, found, limit in (
                ("depth", size.depth, settings.max_depth),
                ("number of aliases", size.aliases, settings.max_aliases),
                ("number of fields, fragments spelled out,", size.fields, settings.max_tokens),
            ):
                if found > limit:
                    raise LimitExceeded(f"The {what} of the request is {found}; the limit is {limit}.", "Ask for less at once.")

    def _measure(self, selections: SelectionSetNode | None) -> _Size:
        depth = aliases = fields = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                below = self._measure(node.selection_set)
                # The schema asks about itself more deeply than any question; validation bounds that on its own.
                if node.name.value in ("__schema", "__type"):
                    below = _Size(0, below.aliases, below.fields)
                depth = max(depth, 1 + below.depth)
                aliases += below.aliases + (1 if node.alias else 0)
                fields += below.fields + 1
                continue
            if isinstance(node, FragmentSpreadNode):
                size = self._fragment(node.name.value)
            else:
                size = self._measure(cast(InlineFragmentNode, node).selection_set)
            depth, aliases, fields = max(depth, size.depth), aliases + size.aliases, fields + size.fields
        return _Size(depth, aliases, fields)

    def _fragment(self, name: str) -> _Size:
        if name in self._measured:
            return self._measured[name]
        # A fragment that holds itself, or is not there, is for validation to refuse.
        if name in self._open or name not in self._fragments:
            return _Size()
        self._open.add(name)
        self._measured[name] = size = self._measure(self._fragments[name].selection_set)
        self._open.discard(name)
        return size
