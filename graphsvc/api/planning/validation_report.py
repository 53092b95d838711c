"""``validationReport``: the last load of each dataset, with what the checks found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphsvc.api.planning.arguments import Leaf, Tree
from graphsvc.api.planning.plan import Planning, Row
from graphsvc.api.planning.selection import Variant

_STORED = {"loadedAt": "loaded_at"}
"""Fields that the store's record of a load names otherwise."""
_COUNTS = ("added", "changed", "retired", "entities", "claims", "rejected")


def plan_report(p: Planning, variant: Variant, arguments: Mapping[str, Tree], row: Row, calls: list[str]) -> str:
    """Plan the reports; the Python expression of the field."""
    name, found = p.text.variable("n"), p.text.variable("x")
    dataset = arguments.get("dataset")
    test = f"{name}.last"
    if isinstance(dataset, Leaf) and dataset.value is not None:
        test += f" AND {name}.dataset = {p.text.parameter(dataset.read)}"
    inner = Row()
    keys: dict[str, str] = {}
    for key, variants in p.collector.below(variant).keys.items():
        only = variants[0]
        if only.field == "__typename":
            keys[key] = "'ValidationReport'"
            continue
        place = f"r[{inner.place(f'{name}.{_STORED.get(only.field, only.field)}')}]"
        if only.field == "findings":
            parts = p.code.constant([(part, entry[0].field) for part, entry in p.collector.below(only).keys.items()])
            keys[key] = f"{p.code.constant(findings)}({place}, {parts})"
        elif only.field == "files":
            keys[key] = f"({place} or [])"
        elif only.field in _COUNTS:
            keys[key] = f"({place} or 0)"
        else:
            keys[key] = place
    calls += [
        "CALL (rev) {",
        f"  MATCH ({name}:Load) WHERE {test}",
        f"  WITH {name} ORDER BY {name}.dataset",
        f"  RETURN collect({inner.text}) AS {found}",
        "}",
    ]
    return f"[{p.code.function('r, c', p.code.record(keys))}(x, c) for x in r[{row.place(found)}]]"


def findings(text: str | None, keys: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Findings from the JSON text that the store keeps."""
    return [{key: _part(entry, part) for key, part in keys} for entry in json.loads(text or "[]")]


def _part(entry: Mapping[str, Any], part: str) -> Any:
    if part == "__typename":
        return "Finding"
    value = entry.get(part)
    if part == "row":
        return value if isinstance(value, int) else None
    return str(value) if value is not None else "" if part == "severity" else None
