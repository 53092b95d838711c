"""Small maps, written by the tests."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from made_once import shapes_of

from graphsvc.model import Model
from graphsvc.pipeline.intake import CheckedInput, read_input

__all__ = ["BASE", "SHEETS", "read", "shapes_of", "write_map"]
BASE = "http://example.org"
SHEETS: Mapping[str, Sequence[Sequence[str]]] = {
    "about": [["key", "value"], ["id", "small"], ["title", "A small map"]],
    "sources": [["id", "name", "title", "published", "source", "locator"],
                ["paper", "Paper", "A paper", "2017-05-31", "paper", "cover"]],
    "care-systems": [["id", "name", "source", "locator"], ["small", "Small", "paper", "p1"]],
    "places": [["id", "name", "kind", "inSystem", "within", "source", "locator"],
               ["small-town", "Small Town", "town or city", "small", "small", "paper", "p1"]],
    "organisations": [
        ["id", "name", "kind", "inSystem", "source", "locator", "status", "start", "end"],
        ["small-council", "Small Council", "local authority", "small", "paper", "p2", "in force", "", ""],
        ["small-trust", "Small Trust", "NHS trust", "small", "paper", "p2", "planned", "2017/18", ""],
    ],
    "services": [["id", "name", "kind", "inSystem", "source", "locator"],
                 ["nursing", "Nursing", "community health", "small", "paper", "p3"]],
    "relations": [
        ["subject", "relation", "object", "source", "locator", "status", "start", "end", "asStated", "note"],
        ["small-council", "commissions", "nursing", "paper", "p3", "in force", "2017-04", "2018-03", "April to March", ""],
        ["nursing", "providedBy", "small-trust", "paper", "p3", "planned", "", "[..2019-07]", "by July 2019", "as we read it"],
    ],
}  # fmt: skip


def write_map(folder: Path, **changes: Sequence[Sequence[str]] | None) -> Path:
    """The small map as a folder; a change replaces a sheet (``care_systems`` for ``care-systems``), ``None`` leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**SHEETS, **{key.replace("_", "-"): rows for key, rows in changes.items()}}.items():
        path = folder / f"{name}.csv"
        path.unlink(missing_ok=True)
        if rows is not None:
            with path.open("w", encoding="utf-8", newline="") as out:
                csv.writer(out, lineterminator="\n").writerows(rows)
    return folder


@contextmanager
def read(path: Path, model: Model) -> Iterator[CheckedInput]:
    with read_input(path, model, shapes_of(model), BASE) as found:
        yield found
