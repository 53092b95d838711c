"""GraphQL documents: parsed, held to the limits and validated once, and kept.

Limits are checked before validation, whose cost can grow with the square of a document.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    parse,
    print_ast,
    type_from_ast,
    validate,
    value_from_ast,
)
from graphql.validation import ASTValidationRule, KnownFragmentNamesRule, NoFragmentCyclesRule, NoUnusedFragmentsRule

from graphsvc.api.cache import Kept
from graphsvc.errors import LimitExceeded, QueryError
from graphsvc.settings import Settings

META = ("__schema", "__type")
"""The fields by which a schema is asked about itself."""
INTROSPECTION_DEPTH = 15
"""What the standard introspection query needs, whose types are nine lists and non-nulls deep."""
MOST_COMPARISONS = 20_000
"""Pairs of fields under one response key that validation may compare, some 5 µs each."""
COMPARED_WITHIN = 12
"""What a pair of fields that select something counts for: what they select is compared too."""
TOKEN_WEIGHT = 500
"""Bytes that a token of a document takes while it is kept, with its place and its node. Measured."""
Explain = Callable[[Sequence[GraphQLError]], list[GraphQLError]]


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
    weight: int
    """About how many bytes it takes."""
    of_schema: bool
    """Whether it asks the schema about itself."""

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
    """Reads documents against one schema, and keeps valid ones, those used last, up to a number of bytes."""

    def __init__(self, schema: GraphQLSchema, settings: Settings, explained: Explain | None = None) -> None:
        """``explained`` adds to GraphQL's errors which terms an unknown name may stand for."""
        self._schema = schema
        self._explained = explained or list
        self._settings = settings
        self._kept: Kept[str, Document] = Kept(settings.max_kept // 2)

    def read(self, text: str) -> Document:
        """The document of a text. Raises DocumentErrors or LimitExceeded."""
        found = self._kept.get(text)
        if found is None:
            found = self._read(text)
            if not found.of_schema:
                self._kept.put(text, found, found.weight)
        return found

    def _read(self, text: str) -> Document:
        node = parse_document(text, self._settings.max_tokens)
        operations = {
            item.name.value if item.name else "": item for item in node.definitions if isinstance(item, OperationDefinitionNode)
        }
        fragments = {item.name.value: item for item in node.definitions if isinstance(item, FragmentDefinitionNode)}
        if not operations:
            raise DocumentErrors([GraphQLError("The document holds no operation.")], "GRAPHQL_VALIDATION_FAILED")
        limits = _Limits(fragments, self._settings)
        limits.check(operations.values())
        if fragments:
            self._validate(node, [KnownFragmentNamesRule, NoFragmentCyclesRule, NoUnusedFragmentsRule])
        _Comparisons(fragments, self._settings.max_tokens).check([*operations.values(), *fragments.values()])
        self._validate(node)
        for operation in operations.values():
            self._check_defaults(operation)
        weight = 4096 + 2 * sys.getsizeof(text) + TOKEN_WEIGHT * node.token_count
        return Document(text, operations, fragments, weight, limits.of_schema)

    def _check_defaults(self, operation: OperationDefinitionNode) -> None:
        """Refuse a default that its type cannot hold, such as 1e400: validation lets it pass, and it would count as not given."""
        for definition in operation.variable_definitions or ():
            kind = type_from_ast(self._schema, definition.type)
            default = definition.default_value
            if default and value_from_ast(default, cast(GraphQLInputType, kind)) is Undefined:
                error = GraphQLError(f"{kind} cannot represent {print_ast(default)[:40]}.", default)
                raise DocumentErrors([error], "GRAPHQL_VALIDATION_FAILED")

    def _validate(self, node: DocumentNode, rules: Sequence[type[ASTValidationRule]] | None = None) -> None:
        errors = validate(self._schema, node, rules, max_errors=20)
        if errors:
            raise DocumentErrors(self._explained(errors), "GRAPHQL_VALIDATION_FAILED")


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
    schema_depth: int = 0
    """Depth of what is asked of the schema itself."""
    schemas: int = 0
    types: int = 0


class _Limits:
    """Depth, aliases and fields of a document with its fragments spelled out, each fragment measured once."""

    of_schema = False
    """Whether an operation that was checked asks the schema about itself."""

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
            self.of_schema = self.of_schema or size.schema_depth > 0
            for what, found, limit in (
                ("depth", size.depth, settings.max_depth),
                ("depth of what is asked of the schema", size.schema_depth, max(INTROSPECTION_DEPTH, settings.max_depth)),
                ("number of __schema fields", size.schemas, 1),
                ("number of __type fields", size.types, 1),
                ("number of aliases", size.aliases, settings.max_aliases),
                ("number of fields, fragments spelled out,", size.fields, settings.max_tokens),
            ):
                if found > limit:
                    raise LimitExceeded(f"The {what} of the request is {found}; the limit is {limit}.", "Ask for less at once.")

    def _measure(self, selections: SelectionSetNode | None) -> _Size:
        depth = aliases = fields = schema_depth = schemas = types = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                below = self._measure(node.selection_set)
                aliases += below.aliases + (1 if node.alias else 0)
                fields += below.fields + 1
                # The schema is asked about itself more deeply than any question goes.
                if node.name.value in META:
                    schema_depth = max(schema_depth, 1 + below.depth)
                    schemas += node.name.value == "__schema"
                    types += node.name.value == "__type"
                    continue
                depth = max(depth, 1 + below.depth)
                size = below
            else:
                size = (
                    self._fragment(node.name.value)
                    if isinstance(node, FragmentSpreadNode)
                    else self._measure(cast(InlineFragmentNode, node).selection_set)
                )
                depth, aliases, fields = max(depth, size.depth), aliases + size.aliases, fields + size.fields
            schema_depth = max(schema_depth, size.schema_depth)
            schemas, types = schemas + size.schemas, types + size.types
        return _Size(depth, aliases, fields, schema_depth, schemas, types)

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


class _Comparisons:
    """How many pairs of fields validation has to compare, because they stand under one response key in one place.

    Their number grows with the square of a document (GraphQL specification, section 5.3.2). Counted over operations and
    fragments, each spelled out; the fragments are known and have no cycle.
    """

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], max_tokens: int) -> None:
        self._fragments = fragments
        self._pairs = 0
        self._fields = 0
        self._most_fields = 10 * max_tokens

    def check(self, definitions: Iterable[OperationDefinitionNode | FragmentDefinitionNode]) -> None:
        """Raise LimitExceeded if there are too many."""
        for definition in definitions:
            self._count([definition.selection_set])

    def _count(self, sets: Sequence[SelectionSetNode]) -> None:
        found: dict[str, list[FieldNode]] = {}
        for node in self._fields_of(sets, set()):
            found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        for key, nodes in found.items():
            below = [node.selection_set for node in nodes if node.selection_set]
            times = len(nodes)
            self._fields += times
            self._pairs += times * (times - 1) // 2 * (COMPARED_WITHIN if below else 1)
            if self._pairs > MOST_COMPARISONS:
                raise LimitExceeded(
                    f"{key[:80]} is asked {times} times in one place, and validation would compare more than "
                    f"{MOST_COMPARISONS:,} pairs of such fields, which is the limit.",
                    "Ask for each field once in each place.",
                )
            if self._fields > self._most_fields:
                raise LimitExceeded(
                    f"The document has more than {self._most_fields} fields, fragments spelled out, which is the limit.",
                    "Ask for less at once.",
                )
            if below:
                self._count(below)

    def _fields_of(self, sets: Iterable[SelectionSetNode], seen: set[str]) -> Iterator[FieldNode]:
        for entry in sets:
            for node in entry.selections:
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    yield from self._fields_of([node.selection_set], seen)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                    seen.add(node.name.value)
                    yield from self._fields_of([self._fragments[node.name.value].selection_set], seen)
