"""The command ``graphsvc load``: validates inputs and publishes them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from graphsvc.cli import console
from graphsvc.cli.audit import print_audit
from graphsvc.cli.progress import Bars
from graphsvc.errors import UsageError
from graphsvc.loading.persons.withheld_list import Withheld
from graphsvc.loading.release import released_on
from graphsvc.model import Model
from graphsvc.pipeline import Difference, Loading, Outcome
from graphsvc.settings import Settings
from graphsvc.store import Store, open_store


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be added, changed, superseded and retired; change nothing.")
@click.option("--force", is_flag=True, help="Load even what has not changed since the last load.")
@click.option("--accept", is_flag=True,
              help="Publish for once what breaks its expectations; recorded.")  # fmt: skip
@click.option("--released", default="", metavar="DATE",
              help="Date of the release (2026-02-27, 2026-02), where neither the file nor its name tells it.")  # fmt: skip
@click.option("--rejects", type=click.Path(path_type=Path, file_okay=False), default="rejects", show_default=True,
              help="Folder for the rows set aside.")  # fmt: skip
@click.option("--reject-limit", type=click.FloatRange(0, 100), default=90, show_default=True, metavar="PERCENT",
              help="Publish nothing of an input of which more than this share of rows is in error.")  # fmt: skip
@click.option("--withheld", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write what is withheld as being about persons into this new, private CSV file.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Print every finding, and every name of the audit.")
def load(
    paths: tuple[Path, ...],
    dry_run: bool,
    force: bool,
    accept: bool,
    released: str,
    rejects: Path,
    reject_limit: float,
    withheld: Path | None,
    everything: bool,
) -> None:
    """Validate maps, directories and other files, and publish them to the store.

    Each is published whole or not at all. Rows in error are set aside in a rejects file, which can be mended and loaded; what
    the store holds of them stays until then. A row that is gone from a map is retired. Shared maps are loaded first.
    Exit code 0, or 1 if rows were set aside or nothing could be published.

    A file of a directory is a release. What the release before said and this one does not becomes history; an entry that is no
    longer listed stays, and a claim says since when. A release is not published if it breaks the expectations beside it
    ([expectations] in FILE.toml: rows, rejected, vanished, changed). Where none stand there, at most half of its rows may be in
    error and a fifth of the listed entries missing, if those are more than ten.

    What is about persons enters nothing. --withheld writes all of it into a private file; a name in it that is no person goes,
    one a line, into not-persons.txt in the folder of the input, and is kept from then on.

    \b
    graphsvc load maps/*
    graphsvc load --dry-run maps/wigan
    graphsvc load epraccur.csv --released 2026-02-27
    NEO4J_URI=bolt://127.0.0.1:7687 NEO4J_PASSWORD=… graphsvc load maps/*
    """
    if released:
        released_on(released, "--released")
        if len(paths) > 1:
            raise UsageError("One date cannot be that of several files.", "Give one file with --released.")
    chosen = console.settings()
    model = console.model_of(chosen)

    async def work() -> list[Outcome]:
        async with open_store(chosen, model) as store:
            shapes = console.shapes_of(chosen, model)
            with ExitStack() as stack:
                bars = stack.enter_context(Bars(console.err()))
                how = Loading(
                    store,
                    model,
                    shapes,
                    chosen.base_iri,
                    dry_run,
                    force,
                    rejects,
                    reject_limit / 100,
                    bars.tell,
                    accept,
                    released,
                    stack.enter_context(Withheld(withheld)) if withheld else None,
                )
                return await how.load(paths)

    outcomes = asyncio.run(work())
    report(outcomes, console.out(), everything=everything)
    sys.exit(int(any(item.state == "refused" or (item.report and not item.report.conforms) for item in outcomes)))


async def into(store: Store, paths: Sequence[Path], chosen: Settings, model: Model, rejects: Path) -> list[Outcome]:
    """Loads inputs into an open store, with progress."""
    with Bars(console.err()) as bars:
        shapes = console.shapes_of(chosen, model)
        how = Loading(store, model, shapes, chosen.base_iri, rejects=rejects, tell=bars.tell)
        return await how.load(paths)


def report(outcomes: Sequence[Outcome], out: Console, *, everything: bool = False) -> None:
    """Reports the outcome for each input."""
    for item in outcomes:
        brought = "" if item.input.given else " (used by another)"
        name = f"{item.input.dataset}{brought}"
        if item.report and item.report.findings:
            item.report.print(out, None if everything else 10)
        out.print(f"{name}: {_sentence(item)}", markup=False)
        if item.note:
            out.print(f"  {item.note}", markup=False)
        for reason in item.objections:
            word = "accepted for once" if item.state in ("published", "same") else "against it"
            out.print(f"  {word}: {reason}", markup=False)
        if item.state == "refused" and item.objections:
            out.print("  → Look at the file, or publish it all the same: graphsvc load --accept", markup=False)
        if item.difference:
            _print_difference(item, item.difference, out)
        print_audit(item.audit, out, everything=everything)
        if item.rejects:
            out.print(
                f"  The rows set aside are in {item.rejects}: mend them there, then: graphsvc load {item.rejects}", markup=False
            )


def _print_difference(item: Outcome, found: Difference, out: Console) -> None:
    if item.state in ("compared", "refused"):
        for kind, texts in found.examples.items():
            for text in texts:
                out.print(f"  {kind}: {text}", markup=False)
    if found.kept:
        out.print(f"  {found.kept:,} claims of rows in error stay as they were until the rows are mended.", markup=False)
    if found.unsure:
        why = (
            "not all of the file could be read"
            if item.cut_short
            else f"{item.unreadable:,} rows that could not be read may be theirs"
        )
        out.print(f"  {found.unsure:,} listed entries were not found, but {why}: they stay and are not marked.", markup=False)


def _sentence(item: Outcome) -> str:
    if item.state == "unchanged":
        when = item.record.loaded_at if item.record else ""
        return f"nothing to do: file, ontology and shapes are those of the last load ({when[:16].replace('T', ' ')})."
    if item.state == "refused" and item.objections:
        return "NOT published: it is not what is expected of it. The store is as it was."
    if item.state == "refused":
        return "NOT published: so many rows are in error that the rest would mislead. The store is as it was."
    found = item.difference
    if item.state == "same" or found is None:
        return "the store holds all of it already."
    counts = f"{found.added:,} added, {found.changed:,} changed, {found.retired:,} retired"
    for number, what in (
        (found.superseded, "kept as history"),
        (found.vanished, "no longer listed"),
        (found.relisted, "listed again"),
    ):
        counts += f", {number:,} {what}" if number else ""
    if item.state == "compared":
        return f"a load would make this of its claims: {counts}. Nothing was changed."
    revision = item.record.revision if item.record else 0
    return f"published as revision {revision}: {counts}."
