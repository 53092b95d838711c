"""Plans the evidence fields: the records of a thing, the claims of an edge, and the source of each."""

from __future__ import annotations

from collections.abc import Callable

from graphsvc.api.planning.arguments import Leaf
from graphsvc.api.planning.cost import claims, lookup, records
from graphsvc.api.planning.place import Place
from graphsvc.api.planning.selection import Selection, Variant
from graphsvc.api.planning.visibility import certainty, visible
from graphsvc.api.schema.naming import QUALIFIERS

EVIDENCE = (*QUALIFIERS, "certainty", "claims")
"""Fields of every edge that its claims answer."""
CLAIM_FIELDS = ("id", "locator", "confidence", "dataset")


def plan_qualifier(place: Place, field: str, of: str) -> str:
    """Plan a qualifier of what the Cypher expression ``of`` gives; the Python expression of it. A coarse date is no day."""
    read = place.read(f"{of}.{field}")
    return f"{field}({read}, {place.read(f'{of}.edtf')})" if field in ("validFrom", "validTo") else read


def _claim_fields(place: Place, selection: Selection, values: Callable[[Variant], str] | None = None) -> str:
    """The shaping function of the claim in the variable of ``place``; ``values`` plans the field of that name."""
    keys: dict[str, str] = {}
    for key, variants in selection.keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = repr(selection.types[0])
        elif only.field == "source":
            keys[key] = _plan_source(place.at(key), only)
        elif only.field == "values" and values:
            keys[key] = values(only)
        elif only.field == "certainty":
            keys[key] = plan_certainty(place)
        elif only.field in QUALIFIERS:
            keys[key] = plan_qualifier(place, only.field, place.name)
        elif only.field in CLAIM_FIELDS:
            keys[key] = place.read(f"{place.name}.{only.field}")
    code = place.planning.code
    return code.function("r, c", code.record(keys))


def _plan_source(place: Place, variant: Variant) -> str:
    """Plan the source of the claim in the variable of ``place``; the Python expression of the field."""
    planning = place.planning
    source, found = planning.text.variable("s"), planning.text.variable("x")
    inner = place.inner(source, planning.naming.model.classes["Source"], place.cost.within(lookup(lambda _: 1), place.path))
    shape = inner.shape(variant)
    head = [f"MATCH ({source}:Entity {{id: {place.name}.source}}) WHERE {visible(source)}"]
    return f"one({place.collect(f'{place.name}, rev', head, inner, found)}, {shape}, c)"


def plan_records(place: Place, variant: Variant) -> str:
    """Plan the field ``claims`` of a thing, its records; the Python expression of the field."""
    planning = place.planning
    record, found = planning.text.variable("c"), planning.text.variable("x")
    wanted = planning.arguments(variant).get("property")
    named = planning.reading("properties", wanted.read) if isinstance(wanted, Leaf) and wanted.value is not None else ""
    inner = place.inner(record, place.item, place.cost.within(records, place.path))

    def values(only: Variant) -> str:
        parts = planning.code.constant(planning.flat_fields(only))
        return f"values({inner.read(f'{record}.values')}, {parts}, {f'c.read[{named!r}]' if named else None})"

    function = _claim_fields(inner, planning.collector.below(variant), values)
    kept = ""
    if named:
        kept = f" if values(x[{inner.row.column(f'{record}.values')}], (), c.read[{named!r}])"
    head = [
        f"MATCH ({place.name})-[:HAS_RECORD]->({record}) WHERE {visible(record)}",
        f"WITH {record}, rev ORDER BY {record}.rank, {record}.id",
    ]
    return f"[{function}(x, c) for x in {place.collect(f'{place.name}, rev', head, inner, found)}{kept}]"


def plan_claims(place: Place, variant: Variant, claims_variable: str) -> str:
    """Plan the claims of an edge, best first, which are the list in a Cypher variable; the Python expression of the field."""
    planning = place.planning
    claim, found = planning.text.variable("c"), planning.text.variable("x")
    inner = place.inner(claim, place.item, place.cost.within(claims))
    function = _claim_fields(inner, planning.collector.below(variant))
    if inner.calls:
        rows = place.collect(f"{claims_variable}, rev", [f"UNWIND {claims_variable} AS {claim}"], inner, found)
    else:
        rows = place.read(f"[{claim} IN {claims_variable} | {inner.row.text}]")
    return f"[{function}(x, c) for x in {rows}]"


def plan_certainty(place: Place) -> str:
    """Plan the certainty of the node or claim at ``place`` on the root's date; the Python expression of the field."""
    return place.read(certainty(place.name, place.planning.visibility.as_of))


def plan_evidence(place: Place, variant: Variant, claims_variable: str) -> str:
    """Plan a field of an edge, one of :data:`EVIDENCE`, whose claims, best ranked first, are the list in a Cypher variable."""
    if variant.field in QUALIFIERS:
        return plan_qualifier(place, variant.field, f"{claims_variable}[0]")
    if variant.field == "certainty":
        return _plan_best_certainty(place, claims_variable)
    return plan_claims(place, variant, claims_variable)


def _plan_best_certainty(place: Place, claims_variable: str) -> str:
    as_of = place.planning.visibility.as_of
    claim = place.planning.text.variable("c")
    return f"surest({place.read(f'[{claim} IN {claims_variable} | {certainty(claim, as_of)}]')})"
