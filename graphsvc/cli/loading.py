"""``graphsvc load`` and ``graphsvc status``."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from graphsvc.cli import console
from graphsvc.cli.progress import Bars
from graphsvc.errors import GraphsvcError
from graphsvc.model import Model
from graphsvc.pipeline import Loading, Outcome, plan
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Store, StoreInfo, open_store


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be added, changed and retired; change nothing.")
@click.option("--force", is_flag=True, help="Load even what has not changed since the last load.")
@click.option("--rejects", type=click.Path(path_type=Path, file_okay=False), default="rejects", show_default=True,
              help="Folder for the rows set aside.")  # fmt: skip
@click.option("--reject-limit", type=click.FloatRange(0, 100), default=90, show_default=True, metavar="PERCENT",
              help="Publish nothing of an input of which more than this share of rows is in error.")  # fmt: skip
def load(paths: tuple[Path, ...], dry_run: bool, force: bool, rejects: Path, reject_limit: float) -> None:
    """Validate maps and other files, and publish them to the store.

    Each is published whole or not at all. Rows in error are set aside in a rejects file, which can be mended and loaded; what
    the store holds of them stays until then. A row that is gone from a file is retired. Shared maps are loaded first.
    Exit code 0, or 1 if rows were set aside or nothing could be published.

    \b
    graphsvc load maps/*
    graphsvc load --dry-run maps/wigan
    NEO4J_URI=bolt://127.0.0.1:7687 NEO4J_PASSWORD=… graphsvc load maps/*
    """
    chosen = console.settings()
    model = console.model_of(chosen)

    async def work() -> list[Outcome]:
        async with open_store(chosen, model) as store:
            limit = reject_limit / 100
            return await into(store, paths, chosen, model, dry_run=dry_run, force=force, rejects=rejects, limit=limit)

    outcomes = asyncio.run(work())
    report(outcomes, console.out())
    sys.exit(int(any(item.state == "refused" or (item.report and not item.report.conforms) for item in outcomes)))


async def into(
    store: Store,
    paths: Sequence[Path],
    chosen: Settings,
    model: Model,
    *,
    dry_run: bool = False,
    force: bool = False,
    rejects: Path | None = None,
    limit: float = 0.9,
) -> list[Outcome]:
    """Load inputs into an open store, with progress."""
    shapes = console.shapes_of(chosen, model)
    with Bars(console.err()) as bars:
        how = Loading(store, model, shapes, chosen.base_iri, dry_run, force, rejects, limit, bars.tell)
        return await how.load(paths)


def report(outcomes: Sequence[Outcome], out: Console) -> None:
    """Say what became of each input."""
    for item in outcomes:
        brought = "" if item.input.given else " (used by another)"
        name = f"{item.input.dataset}{brought}"
        if item.report and item.report.findings:
            item.report.print(out)
        out.print(f"{name}: {_sentence(item)}", markup=False)
        if item.state == "compared" and item.difference:
            for kind in ("added", "changed", "retired", "kept"):
                for text in item.difference.examples[kind]:
                    out.print(f"  {kind}: {text}", markup=False)
        if item.difference and item.difference.kept:
            out.print(
                f"  {item.difference.kept:,} claims of rows in error stay as they were until the rows are mended.", markup=False
            )
        if item.rejects:
            out.print(
                f"  The rows set aside are in {item.rejects}: mend them there, then: graphsvc load {item.rejects}", markup=False
            )


def _sentence(item: Outcome) -> str:
    if item.state == "unchanged":
        when = item.record.loaded_at if item.record else ""
        return f"nothing to do: file, ontology and shapes are those of the last load ({when[:16].replace('T', ' ')})."
    if item.state == "refused":
        return "NOT published: so many rows are in error that the rest would mislead. The store is as it was."
    found = item.difference
    if item.state == "same" or found is None:
        return "the store holds all of it already."
    counts = f"{found.added:,} added, {found.changed:,} changed, {found.retired:,} retired"
    if item.state == "compared":
        return f"a load would make this of its claims: {counts}. Nothing was changed."
    revision = item.record.revision if item.record else 0
    return f"published as revision {revision}: {counts}."


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(as_json: bool) -> None:
    """Tell which store is used, what is loaded, how fresh it is, and with which findings.

    \b
    graphsvc status
    graphsvc status --json
    """
    chosen = console.settings()
    model = console.model_of(chosen)

    async def ask() -> tuple[StoreInfo, list[LoadRecord]]:
        async with open_store(chosen, model) as store:
            return await store.info(), await store.loads()

    info, loads = asyncio.run(ask())
    current = _checksums(chosen, model)
    if as_json:
        click.echo(json.dumps(_status_json(info, loads, current), ensure_ascii=False, indent=2))
        return
    out = console.out()
    out.print(f"Store: {info.engine} {info.version} at {info.address}, revision {info.revision}", markup=False)
    if not loads:
        out.print("Nothing is loaded. Load the maps with: graphsvc load maps/*", markup=False)
        return
    out.print(f"Holds {sum(info.entities.values()):,} things and {info.claims:,} claims.", markup=False)
    table = Table("map", "loaded", "things", "claims", "set aside", "findings", "fresh", box=None, pad_edge=False)
    for item in sorted(loads, key=lambda record: record.dataset):
        counts = _severities(item)
        findings = ", ".join(_counted(name, count) for name, count in counts.items()) or "none"
        table.add_row(
            item.dataset, f"{item.loaded_at[:16].replace('T', ' ')} UTC ({_age(item.loaded_at)})", f"{item.entities:,}",
            f"{item.claims:,}", str(item.rejected), findings, _fresh(item, current),
        )  # fmt: skip
    for column in table.columns:
        column.no_wrap = True
    out.width = max(out.width, Console(width=10_000).measure(table).maximum)  # a row is a line, however narrow the pipe
    out.print(table)


def _checksums(chosen: Settings, model: Model) -> dict[str, str]:
    """Checksums of the shipped maps as they are now; a map that cannot be planned has none."""
    folder = chosen.folder("maps")
    try:
        paths = sorted(path for path in folder.iterdir() if (path / "about.csv").is_file()) if folder.is_dir() else []
        return {item.dataset: item.checksum for item in plan(paths, model)}
    except (GraphsvcError, OSError):
        return {}


def _fresh(item: LoadRecord, current: dict[str, str]) -> str:
    if item.dataset not in current:
        return "not a shipped map"
    return "yes" if current[item.dataset] == item.checksum else "changed since: graphsvc load"


def _severities(item: LoadRecord) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in item.findings:
        counts[str(finding["severity"])] = counts.get(str(finding["severity"]), 0) + 1
    return counts


def _counted(severity: str, count: int) -> str:
    return f"{count} {severity}{'s' if count != 1 and severity != 'info' else ''}"


def _age(loaded_at: str) -> str:
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(loaded_at)).total_seconds()
    except (ValueError, TypeError):
        return "?"
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}{'s' if seconds >= 2 * size else ''} ago"
    return "just now"


def _status_json(info: StoreInfo, loads: Sequence[LoadRecord], current: dict[str, str]) -> dict[str, Any]:
    return {
        "engine": info.engine,
        "version": info.version,
        "address": info.address,
        "revision": info.revision,
        "claims": info.claims,
        "things": dict(info.entities),
        "loads": [
            {
                "dataset": item.dataset, "title": item.title, "loadedAt": item.loaded_at, "revision": item.revision,
                "things": item.entities, "claims": item.claims, "setAside": item.rejected,
                "findings": _severities(item),
                "fresh": current[item.dataset] == item.checksum if item.dataset in current else None,
            }
            for item in loads
        ],
    }  # fmt: skip
