"""Derives names from terms, and refuses names that GraphQL, the sheets or the store cannot tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from graphsvc.errors import ModelError
from graphsvc.model import RESERVED, RESERVED_COLUMNS, RESERVED_FIELDS, RESERVED_SHEETS, RESERVED_TYPES, Class, Model

_GRAPHQL_NAME = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")
_NOT_AN_ENUM_VALUE = frozenset({"TRUE", "FALSE", "NULL"})
_OF_THE_STORE = "key_"
"""How the properties begin by which the store looks things up."""
_RESERVED_RELATIONSHIPS = frozenset({"HAS_RECORD"})
_DERIVED_TYPES = ("Connection", "Edge", "Filter", "Order", "Where")


def _words(text: str) -> list[str]:
    """``CareSystem``, ``care systems`` and ``care-system`` as words; a number is a word of its own."""
    plain = text.replace("'", "").replace("’", "")
    return re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", plain)


def kebab(text: str) -> str:
    """``CareSystem`` -> ``care-system``; ``section 75 agreements`` -> ``section-75-agreements``."""
    return "-".join(word.lower() for word in _words(text))


def snake(text: str) -> str:
    """``hasPart`` -> ``HAS_PART``; ``gp-practice`` -> ``GP_PRACTICE``."""
    return "_".join(word.upper() for word in _words(text))


def camel(text: str) -> str:
    """``care systems`` -> ``careSystems``."""
    first, *rest = (word.lower() for word in _words(text))
    return first + "".join(word.capitalize() for word in rest)


def lower_first(text: str) -> str:
    """``CareSystem`` -> ``careSystem``."""
    return text[:1].lower() + text[1:]


def check_names(model: Model) -> None:
    """Refuse a name that is no GraphQL name, is reserved, or stands for two things.

    Raises :class:`~graphsvc.errors.ModelError` with file and terms.
    """
    _check_types(model)
    _check_roots(model)
    for class_ in model.classes.values():
        _check_fields(class_)
    _check_relationships(model)


def _check_types(model: Model) -> None:
    types = [(item.name, item.file, f"gs:{item.name}") for item in model.classes.values()]
    types += [(item.name, item.file, f"gs:{item.name}") for item in model.schemes.values()]
    _check(types, RESERVED_TYPES, "as a GraphQL type", "Rename the term.")
    names = {name for name, _, _ in types}
    for name, file, term in types:
        for ending in _DERIVED_TYPES:
            if name.endswith(ending) and name.removesuffix(ending) in names:
                raise ModelError(
                    f"{file}, {term}: GraphQL makes a type of that name for gs:{name.removesuffix(ending)}.", "Rename the term."
                )
    for scheme in model.schemes.values():
        values = [(item.name, scheme.file, f"gs:{item.iri.rpartition('#')[2]}") for item in scheme.concepts]
        _check(values, _NOT_AN_ENUM_VALUE, f"in the closed list {scheme.name}", "Give it another skos:notation.")


def _check_roots(model: Model) -> None:
    classes = model.classes.values()
    roots = [
        (name, item.file, f"gs:{item.name}") for item in classes for name in (item.field, item.plural, f"{item.plural}Connection")
    ]
    _check(roots, RESERVED_FIELDS, "as a root field", "Rename the class, or give it another gs:pluralLabel.")
    for item in classes:
        if item.field == item.plural:
            raise ModelError(
                f"{item.file}, gs:{item.name}: the name {item.field!r} is both singular and plural.",
                "Give it another gs:pluralLabel.",
            )
    sheets = [(item.sheet, item.file, f"gs:{item.name}") for item in classes]
    _check(sheets, RESERVED_SHEETS, "as a sheet", "Give it another gs:pluralLabel.", graphql=False)
    slugs = [(item.slug, item.file, f"gs:{item.name}") for item in classes]
    _check(slugs, frozenset(), "as the start of an id", "Rename the class.", graphql=False)


def _check_fields(class_: Class) -> None:
    fields = [(item.name, item.file, _term(item.iri)) for item in class_.properties]
    for relation in class_.relations:
        fields += [(name, relation.file, _term(relation.iri)) for name in (relation.field, f"{relation.field}Connection")]
    _check(fields, RESERVED, f"as a GraphQL field of {class_.name}", "Give one of them another gs:fieldName.")
    columns = [(item.name, item.file, _term(item.iri)) for item in class_.properties]
    columns += [(item.name, item.file, _term(item.iri)) for item in class_.relations if item.sheet_column]
    reserved = RESERVED_COLUMNS - {"relation"}
    _check(columns, reserved, f"as a column of the sheet {class_.sheet}", "Rename the term.")


def _check_relationships(model: Model) -> None:
    types = [(item.type, item.file, f"gs:{item.name}") for item in model.relations.values() if item.forward]
    _check(types, _RESERVED_RELATIONSHIPS, "as a relationship type", "Rename the relation.")


def _check(names: Iterable[tuple[str, str, str]], reserved: frozenset[str], use: str, mend: str, *, graphql: bool = True) -> None:
    """``names`` are triples of name, file and term."""
    seen: dict[str, str] = {}
    for name, file, term in names:
        if graphql and not _GRAPHQL_NAME.fullmatch(name):
            raise ModelError(
                f"{file}, {term}: {name!r} is no GraphQL name (letters, digits and underscores, no digit first).", mend
            )
        if name in reserved or name.startswith(_OF_THE_STORE):
            raise ModelError(f"{file}, {term}: the name {name!r} {use} is kept for graphsvc itself.", mend)
        if seen.setdefault(name, term) != term:
            raise ModelError(f"{file}, {term}: the name {name!r} {use} is taken by {seen[name]} already.", mend)


def _term(iri: str) -> str:
    return f"gs:{iri.rpartition('#')[2]}"
