"""Plans a selection on a thing: columns of a row, ``CALL`` clauses that fill them, and a shaping function."""

from __future__ import annotations

from graphql import GraphQLNamedType

from graphsvc.api.planning.as_at import value_as_at
from graphsvc.api.planning.evidence import plan_certainty, plan_qualifier, plan_records
from graphsvc.api.planning.links import plan_links
from graphsvc.api.planning.place import Place
from graphsvc.api.planning.relations import plan_relation
from graphsvc.api.planning.selection import Selection, Variant
from graphsvc.api.schema.naming import QUALIFIERS
from graphsvc.model import Class, Property


def plan_thing(place: Place, selection: Selection) -> str:
    """Plan a selection on the node at ``place``, of its class or a subclass; the name of its shaping function.

    Adds to the row of ``place`` the columns the function reads, and to its calls the clauses that fill them.
    """
    planning = place.planning
    by_type: dict[str, dict[str, str]] = {type_name: {} for type_name in selection.types}
    for key, variants in selection.keys.items():
        for variant in variants:
            guard = ""
            if len(variant.types) < len(selection.types):
                classes = sorted(planning.naming.class_of_object[type_name].name for type_name in variant.types)
                guard = f"{place.name}.type IN {planning.text.constant(classes)}"
            expression = _field(place.at(key), variant, guard)
            for type_name in variant.types:
                by_type[type_name][key] = expression or repr(type_name)
    functions: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for type_name, keys in by_type.items():
        display = planning.code.record(keys)
        if display not in functions:
            functions[display] = planning.code.function("r, c", display)
        shapes[planning.naming.class_of_object[type_name].name] = functions[display]
    if len(functions) == 1:
        return next(iter(functions.values()))
    kind = place.read(f"{place.name}.type")
    table = "{" + ", ".join(f"{class_name!r}: {function}" for class_name, function in shapes.items()) + "}"
    # A class that this Model does not know (the store was loaded with a newer one) has no fields to show.
    return planning.code.function("r, c", f"{table}[{kind}](r, c)")


def _field(place: Place, variant: Variant, guard: str) -> str:
    """The Python expression of one field over row ``r``; empty for ``__typename``."""
    planning, name, field = place.planning, place.name, variant.field
    if field == "__typename":
        return ""
    if field in ("id", "type"):
        return place.read(f"{name}.{field}")
    if field in QUALIFIERS:
        return plan_qualifier(place, field, name)
    if field == "certainty":
        return plan_certainty(place)
    if field == "iri":
        return f"{planning.settings.base_iri.rstrip('/') + '/id/'!r} + {place.read(f'{name}.id')}"
    if field == "claims":
        return plan_records(place, variant)
    owner = _class_of(place, variant.parent)
    if field == "links":
        return plan_links(place, variant, owner, guard)
    meaning = planning.naming.fields[owner.name][field]
    if isinstance(meaning, Property):
        value = place.read(value_as_at(name, field, planning.visibility.as_of))
        return f"({value} or [])" if meaning.many else value
    return plan_relation(place, variant, meaning, guard)


def _class_of(place: Place, parent: GraphQLNamedType) -> Class:
    """The class behind a GraphQL type."""
    naming = place.planning.naming
    return naming.class_of_object.get(parent.name) or naming.model.classes.get(parent.name) or place.item
