"""The commands ``graphsvc export``, ``template``, ``schema`` and ``reference``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from graphsvc import dates
from graphsvc.api.schema.schema import schema_text
from graphsvc.cli import console
from graphsvc.errors import UsageError
from graphsvc.exports import About, exporters
from graphsvc.exports.reference import reference as reference_text
from graphsvc.exports.template import write_template
from graphsvc.store import open_store


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--format", "form", default="trig", show_default=True, help="Format to write; --list names them.")
@click.option("--dataset", default="", help="Only this map; a workbook and a CSV folder are of one map.")
@click.option("--as-of", "day", default="", metavar="DAY",
              help="RDF: write as plain facts what is true on this day (2019-06-01); without it, today.")  # fmt: skip
@click.option("--list", "listing", is_flag=True, help="List the formats.")
def export(target: Path | None, form: str, dataset: str, day: str, listing: bool) -> None:
    """Write what is in the store to TARGET, or to standard output: as RDF, or as a workbook that can be edited and loaded.

    In RDF a plain triple is true on the day; plans, and what is over, stand as reified claims alone, in the named graph of their
    source. The whole of it loads again: graphsvc load graph.nq

    \b
    graphsvc export --format nquads graph.nq
    graphsvc export --format trig --as-of 2019-06-01 > graph.trig
    graphsvc export --format workbook --dataset wigan wigan.xlsx
    """
    known = exporters()
    if listing:
        for name, module in known.items():
            click.echo(f"{name:10} {module.FORMATS[name]}")
        return
    if form not in known:
        raise UsageError(f"There is no format {form!r}.", f"Formats: {', '.join(known)}.")
    chosen = console.settings()
    as_of = dates.day(day).isoformat() if day else chosen.this_day()
    model = console.model_of(chosen)

    async def run() -> None:
        async with open_store(chosen, model) as store:
            loads = {item.dataset: item for item in await store.loads()}
            if dataset and dataset not in loads:
                raise UsageError(f"The store holds no map {dataset!r}.", f"It holds: {', '.join(sorted(loads)) or 'nothing'}.")
            title = loads[dataset].title if dataset else ""
            about = About(model, chosen.base_iri, dataset, title, as_of, loads, await store.revision())
            await known[form].write(form, store.export(), target, about)

    asyncio.run(run())
    if target:
        click.echo(console.shown(f"Written: {target}"), err=True)


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def template(target: Path) -> None:
    """Write an empty workbook: a sheet a class, its columns with notes, and drop-down lists.

    \b
    graphsvc template map.xlsx
    """
    write_template(console.model_of(console.settings()), target)
    click.echo(console.shown(f"Written: {target}. Fill it in, then: graphsvc validate {target}"), err=True)


@click.command()
def schema() -> None:
    """Print the GraphQL schema (SDL).

    \b
    graphsvc schema > schema.graphql
    """
    click.echo(schema_text(console.model_of(console.settings())).rstrip("\n"))


@click.command()
def reference() -> None:
    """Print the reference of the ontology, in Markdown.

    \b
    graphsvc reference > docs/ontology.md
    """
    click.echo(reference_text(console.model_of(console.settings())).rstrip("\n"))
