"""Plans the root field ``validationReport``: the last load of each dataset, with the findings of its checks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphsvc.api.planning.arguments import Leaf, Tree
from graphsvc.api.planning.place import Place
from graphsvc.api.planning.selection import Variant

_STORED = {"loadedAt": "loaded_at"}
"""Fields that the store's record of a load names otherwise."""
_COUNTS = ("added", "changed", "retired", "entities", "claims", "rejected")


def plan_report(place: Place, variant: Variant, arguments: Mapping[str, Tree]) -> str:
    """Plan the validation reports; the Python expression of the field."""
    planning = place.planning
    name, found = planning.text.variable("n"), planning.text.variable("x")
    dataset = arguments.get("dataset")
    test = f"{name}.last"
    if isinstance(dataset, Leaf) and dataset.value is not None:
        test += f" AND {name}.dataset = {planning.text.parameter(dataset.read)}"
    inner = place.inner(name, place.item, place.cost)
    keys: dict[str, str] = {}
    for key, variants in planning.collector.below(variant).keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = "'ValidationReport'"
            continue
        value = inner.read(f"{name}.{_STORED.get(only.field, only.field)}")
        if only.field == "findings":
            parts = planning.code.constant(planning.flat_fields(only))
            keys[key] = f"{planning.code.constant(findings)}({value}, {parts})"
        elif only.field == "files":
            keys[key] = f"({value} or [])"
        elif only.field in _COUNTS:
            keys[key] = f"({value} or 0)"
        else:
            keys[key] = value
    head = [f"MATCH ({name}:Load) WHERE {test}", f"WITH {name} ORDER BY {name}.dataset"]
    function = planning.code.function("r, c", planning.code.record(keys))
    return f"[{function}(x, c) for x in {place.collect('rev', head, inner, found)}]"


def findings(text: str | None, keys: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Reads findings from the JSON text that the store keeps."""
    return [{key: _part(entry, part) for key, part in keys} for entry in json.loads(text or "[]")]


def _part(entry: Mapping[str, Any], part: str) -> Any:
    if part == "__typename":
        return "Finding"
    value = entry.get(part)
    if part == "row":
        return value if isinstance(value, int) else None
    return str(value) if value is not None else "" if part == "severity" else None
