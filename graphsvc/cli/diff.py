"""The command ``graphsvc diff``: compares two files of one directory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from graphsvc.cli import console
from graphsvc.cli.validate import exists
from graphsvc.pipeline.directory_diff import Change, Comparison, Side, compared

SHOWN = 10
"""Entries of each kind that are printed unless all are wanted."""


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Print every entry, not the first ten of each kind.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def diff(old: Path, new: Path, everything: bool, as_json: bool) -> None:
    """Compare two files of one directory without loading them: which entries were added, are gone or have changed, and how.

    Entries are known by their codes, so that the files may be of different layouts. Exit code 0 whether they differ or not, 1 for
    a file that cannot be read, 2 for one that does not exist.

    \b
    graphsvc diff epraccur_2026-01.csv epraccur_2026-02.csv
    graphsvc diff old.csv new.csv --all --json
    """
    exists(old)
    exists(new)
    model = console.model_of(console.settings())
    with compared(old, new, model) as found:
        if as_json:
            for piece in _json(found, None if everything else SHOWN):
                click.echo(piece, nl=False)
            click.echo()
        else:
            _print(found, console.out(), None if everything else SHOWN)


def _print(found: Comparison, out: Console, limit: int | None) -> None:
    out.print(f"{found.new.title or found.new.dataset}: {_side(found.old)} → {_side(found.new)}", markup=False)
    for side in (found.old, found.new):
        if side.unread:
            out.print(f"  {side.unread:,} rows of {side.file} could not be read; see graphsvc validate.", markup=False)
    counts = found.counts()
    out.print(", ".join(f"{count:,} {kind}" for kind, count in counts.items()) + ".", markup=False)
    for kind, entries in (("added", found.added()), ("gone", found.gone())):
        for entry, name in islice(entries, limit):
            out.print(f"  {kind}: {entry} “{name}”", markup=False)
        _rest(counts[kind], limit, out)
    for change in islice(found.changed(), limit):
        out.print(f"  changed: {change.entry} “{change.name}”", markup=False)
        for what, (before, after) in change.values.items():
            out.print(f"    {what}: {'; '.join(before) or 'nothing'} → {'; '.join(after) or 'nothing'}", markup=False)
    _rest(counts["changed"], limit, out)
    if counts["changed"]:
        said = ", ".join(f"{what} {count:,}" for what, count in found.changed_values().items())
        out.print(f"Entries by what changed: {said}.", markup=False)


def _side(side: Side) -> str:
    return f"{side.file} ({f'release of {side.released}, ' if side.released else ''}{side.entries:,} entries)"


def _rest(count: int, limit: int | None, out: Console) -> None:
    if limit is not None and count > limit:
        out.print(f"  … and {count - limit:,} more; --all prints them.", markup=False)


def _json(found: Comparison, limit: int | None) -> Iterator[str]:
    """One JSON object in pieces, since its lists may be long."""
    head = {
        "directory": found.new.dataset,
        **{name: _side_json(side) for name, side in (("old", found.old), ("new", found.new))},
        "counts": found.counts(),
        "changedValues": found.changed_values(),
    }
    yield json.dumps(head, ensure_ascii=False, indent=2)[:-2]
    entries = {"added": map(_entry, found.added()), "gone": map(_entry, found.gone()), "changed": map(_change, found.changed())}
    for name, items in entries.items():
        yield f',\n  "{name}": ['
        for number, item in enumerate(islice(items, limit)):
            yield f"{',' if number else ''}\n    {json.dumps(item, ensure_ascii=False)}"
        yield "\n  ]"
    yield "\n}"


def _side_json(side: Side) -> dict[str, Any]:
    return {"file": side.file, "released": side.released or None, "entries": side.entries, "unreadRows": side.unread}


def _entry(item: tuple[str, str]) -> dict[str, Any]:
    return {"id": item[0], "name": item[1]}


def _change(change: Change) -> dict[str, Any]:
    values = {what: {"old": before, "new": after} for what, (before, after) in change.values.items()}
    return {"id": change.entry, "name": change.name, "values": values}
