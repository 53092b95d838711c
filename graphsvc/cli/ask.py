"""The command ``graphsvc ask``: answers ready questions in the terminal."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from graphsvc.api.questions import NO_DIRECTORY, Question
from graphsvc.api.remarks import remarks
from graphsvc.api.service import GraphQLService
from graphsvc.api.table import Table, tables
from graphsvc.api.table_links import end_keys
from graphsvc.api.whole_answer import Cut, cuts_of, read_whole, remaining
from graphsvc.cli import console
from graphsvc.errors import UsageError
from graphsvc.loading import did_you_mean
from graphsvc.model import Model
from graphsvc.pipeline.stored_findings import clean_findings
from graphsvc.store import open_store

_WIDEST = 40
"""Characters after which a cell goes on in the next line."""
_DECLARED = re.compile(r"\$(\w+)\s*:\s*([\[\]!\w]+)(\s*=)?")


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("question", required=False)
@click.option("--json", "form", flag_value="json", help="Print the answer as GraphQL gives it.")
@click.option("--csv", "form", flag_value="csv", help="Print the answer as CSV.")
@click.option("--all", "every", is_flag=True, help="Show all rows of the table, not only its first page.")
@click.pass_context
def ask(context: click.Context, question: str | None, form: str | None, every: bool) -> None:
    """Answer a ready question as a table; without a question, list them.

    The variables of a question are its options. A table shows the page that the question asks for and says how many rows there
    are; CSV and JSON hold them all. Works beside a running `graphsvc serve`.

    \b
    graphsvc ask
    graphsvc ask which-services-in-which-contract --asOf 2019-06-01
    graphsvc ask which-services-in-which-contract --system Walsall --csv
    """
    chosen = console.settings()
    model = console.model_of(chosen)

    async def run() -> tuple[Sequence[Question], Question | None, Mapping[str, Any], Sequence[Cut], bool]:
        async with open_store(chosen, model) as store:
            await clean_findings(store)
            service = GraphQLService(model, store, chosen)
            if question is None:
                return service.questions, None, {}, (), False
            found = _find(service.questions, question)
            variables = _variables(found, context.args)
            lacking = bool(found.over) and not await service.holds_directories()
            if form or every:
                whole = await read_whole(service, found.query, variables)
                return service.questions, found, whole.answer, whole.cuts, lacking
            answer = await service.ask(found.query, variables, None)
            return service.questions, found, answer, await cuts_of(service, found.query, variables, answer), lacking

    questions, found, answer, cuts, lacking = asyncio.run(run())
    if found is None and not questions:
        raise UsageError(f"{chosen.folder('queries')} holds no ready question.", "GRAPHSVC_QUERIES_DIR names their folder.")
    if found is None:
        _list(questions)
    elif form == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo("\n".join(table.csv() for table in tables(answer["data"], model, end_keys(found.query))), nl=False)
    else:
        _print(found, answer, model)
    if lacking:
        console.err().print(NO_DIRECTORY, markup=False)
    _say_what_is_left_out(cuts, whole=bool(form or every))


def _say_what_is_left_out(cuts: Sequence[Cut], *, whole: bool) -> None:
    err = console.err()
    for line in remaining(cuts):
        err.print(line, markup=False)
    if cuts and not whole:
        err.print("See all of it with --all, or take it with --csv or --json.", markup=False)
    elif cuts:
        err.print("Ask for the rest page by page, with first and offset in GraphiQL.", markup=False)


def _find(questions: Sequence[Question], name: str) -> Question:
    for item in questions:
        if item.name == name:
            return item
    near = did_you_mean(name, [item.name for item in questions])
    raise UsageError(f"There is no ready question {name!r}.", near or "`graphsvc ask` lists them.")


def _variables(question: Question, arguments: Sequence[str]) -> dict[str, Any]:
    """Variables from the options given; raises :class:`UsageError` for one that the question does not have."""
    head = question.query.partition("{")[0]
    declared = {name: (kind, bool(default)) for name, kind, default in _DECLARED.findall(head)}
    found: dict[str, Any] = {}
    waiting = list(arguments)
    while waiting:
        option = waiting.pop(0)
        name, equals, value = option.removeprefix("--").partition("=")
        if not option.startswith("--") or name not in declared:
            options = ", ".join(f"--{item}" for item in declared) or "none"
            raise UsageError(f"{question.name} has no option {option}.", f"Its options: {options}.")
        if not equals:
            if not waiting:
                raise UsageError(f"--{name} wants a value.", _such_as(question, name))
            value = waiting.pop(0)
        found[name] = _value(name, declared[name][0], value)
    for name, (kind, has_default) in declared.items():
        if kind.endswith("!") and not has_default and name not in found:
            raise UsageError(f"{question.name} wants --{name}.", _such_as(question, name))
    return found


def _value(name: str, kind: str, text: str) -> Any:
    """An option's text as the value of a variable of that GraphQL type."""
    inner = kind.rstrip("!")
    if inner.startswith("["):
        return [_value(name, inner[1:-1], part.strip()) for part in text.split(",") if part.strip()]
    try:
        if inner == "Int":
            return int(text)
        if inner in ("Float", "Decimal"):
            return float(text)
    except ValueError as error:
        raise UsageError(f"--{name} wants a number, not {text!r}.") from error
    if inner == "Boolean":
        if text.casefold() not in ("true", "false"):
            raise UsageError(f"--{name} wants true or false, not {text!r}.")
        return text.casefold() == "true"
    return text


def _such_as(question: Question, name: str) -> str:
    example = question.variables.get(name)
    shown = ",".join(map(str, example)) if isinstance(example, list) else example
    return f"Such as: --{name} {shown}" if example not in (None, "") else ""


def _list(questions: Sequence[Question]) -> None:
    out = console.out()
    apart = False
    for item in sorted(questions, key=lambda item: bool(item.over)):
        if item.over and not apart:
            apart = True
            out.print("\nThese ask partner directories, which are loaded with `graphsvc load`:\n", markup=False)
        out.print(f"[bold]{item.name}[/bold]", end="")
        out.print(f"\n    {item.title}", markup=False)
        options = " ".join(f"--{name} {value}" for name, value in item.variables.items() if not isinstance(value, list | dict))
        if options:
            out.print(f"    such as: graphsvc ask {item.name} {options}", markup=False, style="dim")


def _print(question: Question, answer: Mapping[str, Any], model: Model) -> None:
    out = console.out()
    out.print(question.title, style="bold", markup=False)
    for table in tables(answer["data"], model, end_keys(question.query)):
        if table.rows:
            _print_table(table, out)
        else:
            out.print("No rows.", style="dim")
    for line in remarks(answer.get("extensions") or {}, "with --status"):
        out.print(line, markup=False)


def _print_table(table: Table, out: Console) -> None:
    """A grid where it fits the terminal, else a block of lines for each row; piped, a grid as wide as it must be."""
    filled = [index for index in range(len(table.columns)) if any(row[index].text for row in table.rows)]
    labels = [table.columns[index].label for index in filled]
    cells = [[row[index].text for index in filled] for row in table.rows]
    widths = [min(_WIDEST, max(len(label), *(len(row[at]) for row in cells))) for at, label in enumerate(labels)]
    needed = sum(widths) + 2 * len(widths)
    if out.is_terminal and needed > out.width:
        margin = max(map(len, labels))
        for row in cells:
            for label, text in zip(labels, row, strict=True):
                if text:
                    out.print(f"{label:>{margin}}  {text}", markup=False)
            out.print()
        return
    grid = Grid(box=None, pad_edge=False)
    for label, width in zip(labels, widths, strict=True):
        grid.add_column(label, max_width=width, overflow="fold")
    for row in cells:
        grid.add_row(*map(Text, row))
    Console(width=max(needed, out.width), highlight=False).print(grid)
