"""Other words for a term: who asks for ``contract`` where it is called an agreement is told so.

GraphQL's own suggestions go by spelling. These go by meaning: by ``skos:altLabel``, by the label, and by the name of the term in
the ontology where the field has another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from graphql import GraphQLError

from graphsvc.api.schema.naming import Naming
from graphsvc.model import Class, Property, Relation

_MOST = 4
_FIELD = re.compile(r"^Cannot query field '(\w+)' on type '(\w+)'")
_CONDITION = re.compile(
    r"^Expected value of type '(\w+)' not to include unknown field '(\w+)'|^Field '(\w+)' is not defined by type '(\w+)'"
)
_TYPE = re.compile(r"^Unknown type '(\w+)'")


class Wording:
    """Which terms of a Model a word may stand for."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._classes = {plain(name): item for item in naming.model.classes.values() for name in _class_words(item)}

    def explained(self, errors: Sequence[GraphQLError]) -> list[GraphQLError]:
        """The errors of a document; one about an unknown name tells by which names it goes here."""
        return [self._explained(error) for error in errors]

    def _explained(self, error: GraphQLError) -> GraphQLError:
        meant = self._meant(error.message)
        if not meant:
            return error
        message = f"{error.message} What is meant may be called {_listed(meant)} here."
        return GraphQLError(
            message, error.nodes, error.source, error.positions, error.path, error.original_error, error.extensions
        )

    def _meant(self, message: str) -> list[str]:
        if found := _FIELD.match(message):
            return self._fields(found[1], found[2])
        if found := _CONDITION.match(message):
            word, kind = (found[2], found[1]) if found[1] else (found[3], found[4])
            return self._fields(word, kind)
        if found := _TYPE.match(message):
            item = self._classes.get(plain(found[1]))
            return [item.name] if item else []
        return []

    def _fields(self, word: str, kind: str) -> list[str]:
        """The fields of a type that a word may stand for: those called so first, then those that lead to what is called so."""
        wanted = plain(word.removesuffix("Connection"))
        named = self._classes.get(wanted)
        if kind == "Query":
            return [named.plural, named.field] if named else []
        item = self._naming.class_of_object.get(kind) or self._class_of_input(kind) or self._naming.model.classes.get(kind)
        if item is None:
            return []
        entries: tuple[Property | Relation, ...] = (*item.properties, *item.relations)
        found = [_field(entry) for entry in entries if wanted in map(plain, _words(entry))]
        if named:
            found += [relation.field for relation in item.relations if self._leads(relation, named)]
        return list(dict.fromkeys(found))[:_MOST]

    def _leads(self, relation: Relation, named: Class) -> bool:
        """Whether a relation leads to one sort of thing, and that is, or takes in, a class."""
        return len(relation.ranges) == 1 and relation.range != "Element" and relation.leads_to(named)

    def _class_of_input(self, kind: str) -> Class | None:
        return next((item for item in self._naming.model.classes.values() if self._naming.classes[item.name].where == kind), None)


def plain(word: str) -> str:
    """A word without capitals, spaces and the ending of a plural: what two ways of writing it share."""
    small = re.sub(r"[^a-z0-9]", "", word.lower())
    return re.sub(r"(?:(?<=[^aeiou])ies|ses|s)$", lambda ending: {"ies": "y", "ses": "s"}.get(ending[0], ""), small)


def _class_words(item: Class) -> Iterator[str]:
    yield from reversed(item.other_words)
    yield from (item.label, item.plural_label, item.name)


def _words(entry: Property | Relation) -> Iterable[str]:
    own = entry.iri.rpartition("#")[2]
    return (*entry.other_words, entry.label, own)


def _field(entry: Property | Relation) -> str:
    return entry.field if isinstance(entry, Relation) else entry.name


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " or ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)


def also(item: Class | Property | Relation) -> str:
    """The definition of a term, and its other words, for the documentation."""
    return f"{item.definition} Also: {', '.join(item.other_words)}." if item.other_words else item.definition
