"""The commands ``graphsvc validate`` and ``graphsvc formats``."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from graphsvc.cli import console
from graphsvc.cli.audit import print_audit
from graphsvc.errors import InputError, UsageError
from graphsvc.loading import Finding, loader_for, loaders
from graphsvc.loading.persons.privacy import private
from graphsvc.loading.persons.withheld_list import Withheld
from graphsvc.pipeline import ReadOptions, read_input, save_rejects
from graphsvc.validation import Report


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "form", flag_value="json", help="Print the findings as JSON.")
@click.option("--shacl", "form", flag_value="shacl", help="Print a SHACL validation report in Turtle.")
@click.option("--all", "everything", is_flag=True,
              help="Print every finding, not the first ten of each rule, and every name of the audit.")  # fmt: skip
@click.option("--rejects", type=click.Path(path_type=Path, file_okay=False), help="Write the rows set aside into this folder.")
@click.option("--withheld", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write what is withheld as being about persons into this new, private CSV file.")  # fmt: skip
def validate(paths: tuple[Path, ...], form: str | None, everything: bool, rejects: Path | None, withheld: Path | None) -> None:
    """Check maps, directories and other files without loading them: what is wrong, where, and what to do.

    Of a directory an audit follows: which columns, keys and codes were used, ignored and reported, and what was withheld.

    Exit code 0 if nothing sets a row aside, 1 if something does, 2 for a misuse of the command: a path at which nothing is, too.

    \b
    graphsvc validate maps/wigan
    graphsvc validate maps/* --json
    graphsvc validate wigan.xlsx --rejects rejects
    """
    if form == "shacl" and len(paths) > 1:
        raise UsageError("A SHACL report is of one input.", "Give one path.")
    chosen = console.settings()
    model = console.model_of(chosen)
    shapes = console.shapes_of(chosen, model)
    if len(paths) == 1:
        exists(paths[0])
    reports: list[Report] = []
    audits: list[dict[str, Any]] = []
    with Withheld(withheld) if withheld else nullcontext() as taken:
        for path in paths:
            try:
                with read_input(path, model, shapes, chosen.base_iri, ReadOptions(withheld=taken)) as found:
                    reports.append(found.report)
                    audits.append(found.context.ledger.as_json())
                    if rejects and (written := save_rejects(found, rejects)):
                        console.err().print(f"Rows set aside are in {written}: mend them there and load them.", markup=False)
            except InputError as error:
                if len(paths) == 1:
                    raise
                reports.append(_unreadable(path, private(error)))
                audits.append({})
            if form is None:
                reports[-1].print(console.out(), None if everything else 10)
                print_audit(audits[-1], console.out(), everything=everything)
    if form == "json":
        items = [report.as_json() | {"audit": audit} for report, audit in zip(reports, audits, strict=True)]
        click.echo(json.dumps(items[0] if len(items) == 1 else items, ensure_ascii=False, indent=2))
    elif form == "shacl":
        click.echo(reports[0].as_rdf(chosen.base_iri).serialize(format="turtle"))
    missing = any(not path.exists() for path in paths)
    sys.exit(2 if missing else max(report.exit_code for report in reports))


def exists(path: Path) -> None:
    """Raise :class:`UsageError` for a path at which nothing is: the command was given the wrong one."""
    if not path.exists():
        try:
            loader_for(path)
        except InputError as error:
            raise UsageError(error.message, error.hint) from error


def _unreadable(path: Path, error: InputError) -> Report:
    """The report of one input among several that cannot be read at all: the others are still checked."""
    return Report(path.name, (Finding("violation", "unreadable", error.message, error.hint, "", path.name),))


@click.command()
def formats() -> None:
    """List the formats that can be loaded.

    \b
    graphsvc formats
    """
    for name, loader in loaders().items():
        text = (loader.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        click.echo(f"{loader.NAME} (loaders/{name}.py)\n  {text}")
