"""The command ``graphsvc mapping``: drafts a mapping for the columns of a table, or checks one that was edited."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from graphsvc.cli import console
from graphsvc.errors import InputError, UsageError
from graphsvc.loading.files.table_file import ENDINGS, TableFile, open_table
from graphsvc.loading.mapping.document import MappingError, TableMapping, mapping_beside, read_mapping
from graphsvc.loading.mapping.draft import draft
from graphsvc.loading.mapping.personal_columns import personal_columns, sample_of
from graphsvc.loading.persons.withheld_list import not_persons
from graphsvc.model import Model


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the draft beside the table, as FILE.map.toml.")
@click.option("--check", is_flag=True, help="Check the mapping that stands beside the table.")
def mapping(path: Path, write: bool, check: bool) -> None:
    """Draft a mapping for a CSV file or XLSX sheet that no loader knows, or check one.

    The draft says what each column probably means and how sure that is. Edit it, check it, and load the table.
    Exit code 0 if the mapping can be used, 1 if not, 2 for a misuse of the command.

    \b
    graphsvc mapping pharmacies.csv
    graphsvc mapping pharmacies.csv --write
    graphsvc mapping pharmacies.csv --check
    """
    if write and check:
        raise UsageError("--write and --check are two things.", "Write the draft, edit it, then check it.")
    if not path.is_file():
        raise InputError(f"There is no file {path}.", "Check the path.")
    if path.suffix.casefold() not in ENDINGS:
        raise InputError(f"{path.name} is no table that a mapping can be of.", f"Names of tables end with {', '.join(ENDINGS)}.")
    model = console.model_of(console.settings())
    if check:
        sys.exit(_check(path, model))
    text = draft(path, open_table(path), model)
    if not write:
        click.echo(console.shown(text), nl=False)
        return
    target = mapping_beside(path)
    try:
        with target.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise InputError(f"{target.name} is there already.", "Take it away first; nothing was written.") from error
    click.echo(console.shown(f"Written: {target}. Read and mend it, then: graphsvc mapping {path} --check"))


def _check(path: Path, model: Model) -> int:
    """Say what is wrong with a mapping, or what it does with each column; the exit code."""
    beside = mapping_beside(path)
    if not beside.is_file():
        raise InputError(f"There is no {beside.name} beside {path.name}.", f"Draft one: graphsvc mapping {path} --write")
    try:
        found = read_mapping(beside, model)
    except MappingError as error:
        for problem in error.problems:
            where = f", {problem.where}" if problem.where else ""
            click.echo(console.shown(f"{beside.name}{where}: {problem.message} {problem.hint}".rstrip()))
        return 1
    table = open_table(path, found.layout)
    personal_columns(table, found, not_persons(path))
    for line in _columns(table, found):
        click.echo(console.shown(line))
    return 0


def _columns(table: TableFile, found: TableMapping) -> list[str]:
    """One line a column: what becomes of it."""
    sample = sample_of(table)
    lines: list[str] = []
    for name in sample:
        if name in found.layout.used:
            classes = ", ".join(item.label for item in found.things)
            what = f"used ({classes})" if len(found.things) == 1 else "used"
        elif name in found.withhold:
            what = f"withheld: {found.withhold[name]}"
        elif name in found.ignore:
            what = f"ignored: {found.ignore[name]}"
        elif sample[name]:
            what = "NOTHING is done with it, and every load reports it: use it, or ignore it with a reason"
        else:
            continue
        lines.append(f"{name}: {what}")
    things = ", ".join(f"{item.label} ({item.chosen.name})" for item in found.things)
    return [*lines, f"{found.layout.name} can be used. Every row speaks of: {things}."]
