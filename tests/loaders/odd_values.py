"""One file of many entries, each with one value changed into something that does not belong there: nothing may crash on it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ODD: Final = (None, "", "x", 7, -1.5, True, [], {}, [[]], [{}], [None, "x"], {"x": {"y": []}}, "9999-99-99", "\u0000\u202e\ud7ff")


def changed(value: Any) -> Iterator[Any]:
    """Copies of a document, in each of which one value is an odd one."""
    for way in list(_ways(value)):
        for odd in ODD:
            made = copy.deepcopy(value)
            holder = made
            for step in way[:-1]:
                holder = holder[step]
            holder[way[-1]] = odd
            yield made


def _ways(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*before, key)
        yield from _ways(item, (*before, key))


def written_as_lines(documents: Iterator[Any], path: Path) -> int:
    """Write documents as JSON lines; how many."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for document in documents:
            out.write(json.dumps(document) + "\n")
            count += 1
    return count
