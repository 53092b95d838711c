"""Finds, reads and writes back formats that come as one JSON file, or as a folder of them that is one release.

A module of its own, since the ODS interface and FHIR servers both answer one entry at a time, and people keep the answers as
files in a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from graphsvc.loading import Context, Finding, Item, Look, items, look, write_items
from graphsvc.loading.folder import report_unread_files

ENDINGS: Final = (".json", ".jsonl", ".ndjson")
_LOOKED_AT: Final = 20
"""Files of a folder that are looked at before it is recognised."""


def files(path: Path) -> list[Path]:
    """Returns the file, or the JSON files directly in the folder, by name."""
    if not path.is_dir():
        return [path]
    return sorted(item for item in path.iterdir() if item.suffix.casefold() in ENDINGS and item.is_file())


def holds(path: Path, is_ours: Callable[[Look], bool]) -> bool:
    """Tells whether a file is of a format, or half of the first files of a folder are."""
    if path.is_file():
        return is_ours(look(path))
    if not path.is_dir():
        return False
    first = files(path)[:_LOOKED_AT]
    return bool(first) and 2 * sum(is_ours(look(item)) for item in first) >= len(first)


def read(
    path: Path,
    arrays: Sequence[str],
    is_ours: Callable[[Look], bool],
    context: Context,
    opened: Callable[[Path, Look], None],
    *,
    last: Callable[[Look], bool] = lambda _: False,
) -> Iterator[tuple[Path, Item]]:
    """Yields every item with its file; files that are ``last`` come after the others.

    ``opened`` is told of each file before its items. What a folder holds besides is a finding.
    """
    if path.is_dir():
        report_unread_files(path, lambda item: item.suffix.casefold() in ENDINGS and is_ours(look(item)), context)
    for late in (False, True):
        for file in files(path):
            seen = look(file)
            if last(seen) is late and (file == path or is_ours(seen)):
                opened(file, seen)
                for item in items(file, arrays):
                    yield file, item


def write_back(
    path: Path,
    arrays: Sequence[str],
    is_ours: Callable[[Look], bool],
    rows: Mapping[tuple[str, int], list[Finding]],
    folder: Path,
) -> Path | None:
    """Writes the items that are set aside as JSON lines; returns the path, or ``None`` where there are none."""
    numbered: dict[tuple[str, int], list[Finding]] = {}
    """The findings of the present item by its number over all files, as the writer knows one file only."""

    def all_items() -> Iterator[Item]:
        number = 0
        for file in files(path):
            if file != path and not is_ours(look(file)):
                continue
            for item in items(file, arrays):
                number += 1
                numbered.clear()
                if found := rows.get((file.name, item.number)):
                    numbered[path.name, number] = found
                yield Item(number, item.value, item.faults)

    return write_items(path, all_items(), numbered, folder)
