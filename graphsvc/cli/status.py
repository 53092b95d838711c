"""The command ``graphsvc status``: shows the store, its loads and their findings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from graphsvc.cli import console
from graphsvc.errors import GraphsvcError
from graphsvc.model import Model
from graphsvc.pipeline import plan
from graphsvc.pipeline.stored_findings import clean_findings
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, StoreInfo, open_store


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
            await clean_findings(store)
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
    table = Table(
        "source", "released", "loaded", "things", "claims", "set aside", "no longer listed", "findings", "fresh",
        box=None, pad_edge=False,
    )  # fmt: skip
    for item in sorted(loads, key=lambda record: record.dataset):
        counts = _severities(item)
        findings = ", ".join(_counted(name, count) for name, count in counts.items()) or "none"
        table.add_row(
            item.dataset, item.released or ("undated" if item.release else ""),
            f"{item.loaded_at[:16].replace('T', ' ')} UTC ({_age(item.loaded_at)})", f"{item.entities:,}",
            f"{item.claims:,}", f"{item.rejected:,}", f"{item.unlisted:,}" if item.release else "", findings,
            _fresh(item, current),
        )  # fmt: skip
    for column in table.columns:
        column.no_wrap = True
    out.width = max(out.width, Console(width=10_000).measure(table).maximum)  # a row is a line, however narrow the pipe
    out.print(table)
    for item in sorted(loads, key=lambda record: record.dataset):
        for reason in item.accepted:
            out.print(f"{item.dataset}: accepted for once: {reason}", markup=False)


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
        return "" if item.release else "not a shipped map"
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
                "findings": _severities(item), "added": item.added, "changed": item.changed, "retired": item.retired,
                "superseded": item.superseded, "vanished": item.vanished, "noLongerListed": item.unlisted,
                "release": item.release or None, "released": item.released or None,
                "releases": [known.source for known in item.releases],
                "accepted": list(item.accepted), "audit": dict(item.audit), "files": list(item.files),
                "fresh": current[item.dataset] == item.checksum if item.dataset in current else None,
            }
            for item in loads
        ],
    }  # fmt: skip
