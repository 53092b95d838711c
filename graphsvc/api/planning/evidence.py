"""Who says so: the records of a thing, the claims of an edge, and their sources."""

from __future__ import annotations

from collections.abc import Sequence

from graphsvc.api.planning.arguments import Leaf, argument_trees
from graphsvc.api.planning.cost import Cost, lookup, records
from graphsvc.api.planning.plan import Planning, Row, indent
from graphsvc.api.planning.selection import Variant
from graphsvc.api.planning.visibility import visible
from graphsvc.api.schema.naming import QUALIFIERS

CLAIM_PLACES = ("id", "locator", "confidence", *QUALIFIERS, "dataset")


def claim_places(row: Row, name: str, keys: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Expressions of the plain fields of a claim, by response key."""
    return {key: f"r[{row.place(f'{name}.{field}')}]" for key, field in keys if field in CLAIM_PLACES}


def plan_source(p: Planning, variant: Variant, claim: str, row: Row, calls: list[str], path: str, cost: Cost) -> str:
    """The source of the claim in variable ``claim``."""
    source, found = p.text.variable("s"), p.text.variable("x")
    inner, inside = Row(), list[str]()
    one = cost.within(lookup(lambda _: 1), path)
    shape = p.thing(p, p.collector.below(variant), p.naming.model.classes["Source"], source, inner, inside, path, one)
    calls += [
        f"CALL ({claim}, rev) {{",
        f"  MATCH ({source}:Entity {{id: {claim}.source}}) WHERE {visible(source)}",
        *indent(inside),
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    return f"one(r[{row.place(found)}], {shape}, c)"


def plan_records(p: Planning, variant: Variant, name: str, row: Row, calls: list[str], path: str, cost: Cost) -> str:
    """The records of a thing, as the field ``claims``."""
    record, found = p.text.variable("c"), p.text.variable("x")
    node = variant.nodes[0]
    arguments = argument_trees(p.collector.field(variant), node, p.collector.variables)
    wanted = arguments.get("property")
    named = p.reading("properties", wanted.read) if isinstance(wanted, Leaf) and wanted.value is not None else ""
    selection = p.collector.below(variant)
    inner, inside = Row(), list[str]()
    keys: dict[str, str] = {}
    inside_cost = cost.within(records, path)
    for key, variants in selection.keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = "'EntityRecord'"
        elif only.field == "source":
            keys[key] = plan_source(p, only, record, inner, inside, f"{path}.{key}", inside_cost)
        elif only.field == "values":
            parts = p.code.constant([(part, found[0].field) for part, found in p.collector.below(only).keys.items()])
            keys[key] = f"values(r[{inner.place(f'{record}.values')}], {parts}, {f'c.read[{named!r}]' if named else None})"
        else:
            keys |= claim_places(inner, record, [(key, only.field)])
    function = p.code.function("r, c", p.code.record(keys))
    kept = ""
    if named:
        place = inner.place(f"{record}.values")
        kept = f" if values(x[{place}], (), c.read[{named!r}])"
    calls += [
        f"CALL ({name}, rev) {{",
        f"  MATCH ({name})-[:HAS_RECORD]->({record}) WHERE {visible(record)}",
        f"  WITH {record}, rev ORDER BY {record}.rank, {record}.id",
        *indent(inside),
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    return f"[{function}(x, c) for x in r[{row.place(found)}]{kept}]"
