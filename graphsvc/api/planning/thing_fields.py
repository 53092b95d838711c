"""What is asked of a thing, as places of a row, ``CALL`` clauses, and a shaping function."""

from __future__ import annotations

from graphql import GraphQLNamedType

from graphsvc.api.planning.as_at import valued
from graphsvc.api.planning.cost import Cost
from graphsvc.api.planning.evidence import plan_records
from graphsvc.api.planning.links import plan_links
from graphsvc.api.planning.plan import Planning, Row
from graphsvc.api.planning.relations import plan_relation
from graphsvc.api.planning.selection import Selection, Variant
from graphsvc.api.schema.naming import QUALIFIERS
from graphsvc.model import Class, Property


def plan_thing(
    p: Planning, selection: Selection, item: Class, name: str, row: Row, calls: list[str], path: str, cost: Cost
) -> str:
    """Plan a selection on the node in variable ``name``, of class ``item`` or a subclass; the name of its shaping function.

    Adds to ``row`` the places the function reads, and to ``calls`` the clauses that fill them.
    """
    by_type: dict[str, dict[str, str]] = {type_name: {} for type_name in selection.types}
    for key, variants in selection.keys.items():
        for variant in variants:
            guard = ""
            if len(variant.types) < len(selection.types):
                classes = sorted(p.naming.class_of_object[type_name].name for type_name in variant.types)
                guard = f"{name}.type IN {p.text.constant(classes)}"
            expression = _field(p, variant, item, name, row, calls, f"{path}.{key}", guard, cost)
            for type_name in variant.types:
                by_type[type_name][key] = expression or repr(type_name)
    functions: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for type_name, keys in by_type.items():
        display = p.code.record(keys)
        if display not in functions:
            functions[display] = p.code.function("r, c", display)
        shapes[p.naming.class_of_object[type_name].name] = functions[display]
    if len(functions) == 1:
        return next(iter(functions.values()))
    place = row.place(f"{name}.type")
    table = "{" + ", ".join(f"{class_name!r}: {function}" for class_name, function in shapes.items()) + "}"
    # A class that this Model does not know (the store was loaded with a newer one) has no fields to show.
    return p.code.function("r, c", f"{table}[r[{place}]](r, c)")


def _field(
    p: Planning, variant: Variant, item: Class, name: str, row: Row, calls: list[str], path: str, guard: str, cost: Cost
) -> str:
    """The Python expression of one field over row ``r``; empty for ``__typename``."""
    field = variant.field
    if field == "__typename":
        return ""
    if field in ("id", "type", *QUALIFIERS):
        return f"r[{row.place(f'{name}.{field}')}]"
    if field == "iri":
        return f"{p.settings.base_iri.rstrip('/') + '/id/'!r} + r[{row.place(f'{name}.id')}]"
    if field == "claims":
        return plan_records(p, variant, name, row, calls, path, cost)
    if field == "links":
        return plan_links(p, variant, _class_of(p, variant.parent, item), name, row, calls, path, guard, cost)
    owner = _class_of(p, variant.parent, item)
    meaning = p.naming.fields[owner.name][field]
    if isinstance(meaning, Property):
        place = f"r[{row.place(valued(name, field, p.standings.as_of))}]"
        return f"({place} or [])" if meaning.many else place
    return plan_relation(p, variant, meaning, name, row, calls, path, guard, cost)


def _class_of(p: Planning, parent: GraphQLNamedType, item: Class) -> Class:
    """The class behind a GraphQL type."""
    return p.naming.class_of_object.get(parent.name) or p.naming.model.classes.get(parent.name) or item
