"""Pages of the ready questions: lists them, asks one, and shows its answer as a table, CSV or JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphsvc.api.questions import AUDIENCES, NO_DIRECTORY, Question
from graphsvc.api.remarks import remarks
from graphsvc.api.service import GraphQLService, error_list
from graphsvc.api.table import Cell, Column, Table, tables
from graphsvc.api.table_links import end_keys, with_ids
from graphsvc.api.whole_answer import cuts_of, read_whole, remaining
from graphsvc.errors import NotFound, QueryError
from graphsvc.web import words
from graphsvc.web.kept_pages import NOT_KEPT
from graphsvc.web.sections import Mark
from graphsvc.web.site import site_of

FIRST = "which-services-in-which-contract"
"""The question that GraphiQL opens on, where it is there."""
MOST = 10_000
"""Things of a root list that a visitor may take away in one file."""
LONG = 48
"""A column with a longer text than this, in characters, is given more room."""
DATED = re.compile(r"\d{4}-\d\d-\d\d")
"""A date as the answer has it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL answer with its errors and notes in words."""

    data: Mapping[str, Any] | None
    errors: list[dict[str, str]]
    extensions: Mapping[str, Any]
    whole: Mapping[str, Any]
    notes: Sequence[str] = ()
    """What of its lists is left out."""


async def ask(service: GraphQLService, text: str, variables: Mapping[str, Any]) -> Answer:
    """Ask within the process: the same service, limits and store reads as over HTTP. What is wrong with the request is said
    in the answer; a store that does not answer raises :class:`StoreError`, as for every page.
    """
    try:
        whole = await service.ask(text, variables)
    except QueryError as error:
        return Answer(None, [{"message": error.message, "hint": error.hint}], {}, {"errors": error_list(error)})
    notes = [f"{line} Take it as CSV or JSON for all." for line in remaining(await cuts_of(service, text, variables, whole))]
    return Answer(whole["data"], [], whole.get("extensions") or {}, whole, notes)


async def ask_whole(service: GraphQLService, text: str, variables: Mapping[str, Any]) -> Answer:
    """Asks for every row, up to the limit for a visitor; a note says what passes it."""
    try:
        read = await read_whole(service, text, variables, MOST)
    except QueryError as error:
        return Answer(None, [{"message": error.message, "hint": error.hint}], {}, {"errors": error_list(error)})
    return Answer(read.data, [], read.told, read.answer, list(remaining(read.cuts)))


def in_order(questions: Iterable[Question]) -> list[Question]:
    """Questions by who asks, as the list of audiences has it, the one that GraphiQL opens on before all others; those that
    partner directories answer come last.
    """
    return sorted(questions, key=lambda item: (item.name != FIRST, bool(item.over), AUDIENCES.index(item.audience)))


def group_of(question: Question) -> str:
    """The heading under which a question is listed: who asks it, or that it asks partner directories."""
    return words.sentence(question.over or question.audience)


def by_audience(questions: Iterable[Question]) -> list[tuple[str, list[Question]]]:
    """Questions grouped by who asks; those that partner directories answer are a group of their own."""
    groups: dict[str, list[Question]] = {}
    for question in in_order(questions):
        groups.setdefault(group_of(question), []).append(question)
    return list(groups.items())


async def questions(request: Request) -> Response:
    """Lists the ready questions by audience."""
    site = site_of(request)
    return site.page(request, "questions.html", groups=by_audience(site.service.questions))


def form_fields(question: Question, given: Mapping[str, str]) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Makes form fields and variables of a question from the address, with its examples as defaults."""
    fields, variables = [], {}
    for name, example in question.variables.items():
        text = given.get(name)
        value = example if text is None else parse_value(text, example)
        kind = (
            "date"
            if is_date(example)
            else "number"
            if isinstance(example, int | float) and not isinstance(example, bool)
            else "text"
        )
        shown = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        fields.append({"name": name, "label": words.LABELS.get(name, words.spaced(name)), "type": kind, "value": shown})
        variables[name] = value
    return fields, variables


def is_date(value: object) -> bool:
    """Whether a value is an ISO date."""
    return isinstance(value, str) and bool(DATED.fullmatch(value))


def parse_value(text: str, example: object) -> Any:
    """Parses a form's text to the type of the example; empty text is no value."""
    text = text.strip()
    if not text:
        return None
    if isinstance(example, bool):
        return text.lower() in ("true", "yes", "1")
    if isinstance(example, int | float):
        try:
            return type(example)(text)
        except ValueError:
            return text
    if isinstance(example, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


async def question(request: Request) -> Response:
    """Asks a ready question and answers with a table, or with CSV or JSON where the address says ``format``."""
    site = site_of(request)
    name = request.path_params["name"]
    found = next((item for item in site.service.questions if item.name == name), None)
    if found is None:
        raise NotFound("There is no ready question of that name.", "The page of ready questions lists them all.")
    given = dict(request.query_params)
    form = given.pop("format", "")
    fields, variables = form_fields(found, given)
    query = found.query if form == "json" else with_ids(found.query, site.service.schema.graphql)
    wanted = {key: value for key, value in variables.items() if value is not None}
    answer = await (ask_whole if form in ("csv", "json") else ask)(site.service, query, wanted)
    if form == "json":
        whole = await site.service.worker.run(JSONResponse, answer.whole, headers={"Cache-Control": "no-cache"})
        return unless_wrong(whole, answer.errors)
    made = await site.service.worker.run_if(form == "csv", tables, answer.data, site.model, end_keys(query))
    if form == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-cache"}
        text = await site.service.worker.run(lambda: "\r\n".join(table.csv(answer.notes) for table in made))
        return unless_wrong(Response(text, media_type="text/csv; charset=utf-8", headers=headers), answer.errors)
    kept = {key: value for key, value in given.items() if key in found.variables}
    lacking = [NO_DIRECTORY] if found.over and not await site.service.holds_directories() else []

    def address(kind: str) -> str:
        return f"/questions/{name}?{urlencode({**kept, 'format': kind})}"

    drawn = site.page(
        request,
        "question.html",
        question=found,
        fields=fields,
        as_at=answer.extensions.get("asOf", ""),
        as_at_today=answer.extensions.get("asOfToday", False),
        errors=answer.errors,
        notes=[*lacking, *remarks(answer.extensions, "with a status", words.day), *answer.notes],
        tables=[table_view(table) for table in made],
        csv_address=address("csv"),
        json_address=address("json"),
    )
    return unless_wrong(drawn, answer.errors)


def unless_wrong(answer: Response, errors: Sequence[Any]) -> Response:
    """The answer, which is not to be kept if it is about an error."""
    if errors:
        answer.headers["Cache-Control"] = NOT_KEPT
    return answer


def table_view(table: Table) -> dict[str, Any]:
    """Prepares a table for its template; columns without values are named instead of drawn."""
    filled = [any(row[index].values for row in table.rows) for index in range(len(table.columns))]
    wide = [any(len(text) > LONG for row in table.rows for text, _ in row[index].values) for index in range(len(table.columns))]
    rows = []
    above: tuple[Cell, ...] = ()
    for row in table.rows:
        # A cell that is the very one of the row above belongs to the same thing: it is drawn once.
        again = [cell is before for cell, before in zip(row, above or (None,) * len(row), strict=True)]
        above = row
        shown = zip(row, table.columns, again, filled, strict=True)
        rows.append([cell_view(cell, column, again=repeats) for cell, column, repeats, keep in shown if keep])
    return {
        "title": words.sentence(table.title),
        "columns": [
            {"label": words.sentence(column.label), "number": column.number, "wide": long}
            for column, keep, long in zip(table.columns, filled, wide, strict=True)
            if keep
        ],
        "rows": rows,
        "empty": [column.label for column, keep in zip(table.columns, filled, strict=True) if not keep],
    }


def cell_view(cell: Cell, column: Column, *, again: bool) -> dict[str, Any]:
    """Prepares a cell for its template."""

    def said(text: str) -> str:
        if DATED.fullmatch(text):
            return words.day(text)
        return words.number(text) if column.number else text

    return {
        "values": [(said(text), link) for text, link in cell.values],
        "sort": cell.text if cell.raw is None else cell.raw,
        "number": column.number,
        "mark": Mark(str(cell.raw)).kind if column.field == "status" and cell.raw else "",
        "again": again,
    }
