"""Asking in GraphQL: the endpoint, GraphiQL, and the ready questions as tables."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphsvc.api.http import GraphQLRequest
from graphsvc.api.questions import AUDIENCES, Question
from graphsvc.api.service import GraphQLService, error_list
from graphsvc.api.table import Cell, Column, Table, tables
from graphsvc.api.table_links import end_keys, with_ids
from graphsvc.api.whole_answer import cuts_of, read_whole, remaining
from graphsvc.errors import NotFound, QueryError
from graphsvc.web import words
from graphsvc.web.guard import editor_policy, refuse_led_here
from graphsvc.web.sections import Mark
from graphsvc.web.site import Site, site_of
from graphsvc.web.time_limits import while_there

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
    """What GraphQL answered, with its errors and remarks in words."""

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
    """The same, with every row, up to a limit that a visitor may ask for; what passes it is said."""
    try:
        read = await read_whole(service, text, variables, MOST)
    except QueryError as error:
        return Answer(None, [{"message": error.message, "hint": error.hint}], {}, {"errors": error_list(error)})
    return Answer(read.data, [], read.extensions, read.answer, list(remaining(read.cuts)))


def in_order(questions: Iterable[Question]) -> list[Question]:
    """Questions by who asks, as the list of audiences has it, the one that GraphiQL opens on before all others."""
    return sorted(questions, key=lambda item: (item.name != FIRST, AUDIENCES.index(item.audience)))


def by_audience(questions: Iterable[Question]) -> list[tuple[str, list[Question]]]:
    """Questions grouped by who asks."""
    groups: dict[str, list[Question]] = {}
    for question in in_order(questions):
        groups.setdefault(words.sentence(question.audience), []).append(question)
    return list(groups.items())


def remarks(extensions: Mapping[str, Any]) -> list[str]:
    """What an answer left out, and how to see it, in sentences."""
    said = []
    for item in extensions.get("hidden") or ():
        counts = ", ".join(f"{words.number(count)} {words.status(name)}" for name, count in (item.get("counts") or {}).items())
        said.append(f"Nothing is in force here, but there is more: {counts}. Ask with a status to see it.")
    return said


# -- the endpoint --


async def graphql(request: Request) -> Response:
    """GraphQL over HTTP: plain data in, plain data out; what it means is the service's business."""
    refuse_led_here(request.headers)
    site = site_of(request)
    body = await read_body(request, site.settings.max_body)
    asked = GraphQLRequest(request.method, dict(request.headers), dict(request.query_params), body)

    async def answer() -> Response:
        given = await site.service.execute(asked)
        return Response(given.body, status_code=given.status, headers=dict(given.headers))

    return await while_there(request, answer())


async def read_body(request: Request, limit: int) -> bytes:
    """The body, read no further than one byte past ``limit``."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            break
    return bytes(body[: limit + 1])


# -- GraphiQL --


def as_data(question: Question) -> dict[str, Any]:
    """A ready question as the GraphiQL page wants it."""
    return {
        "name": question.name,
        "title": question.title,
        "description": question.description,
        "audience": words.sentence(question.audience),
        "query": question.query,
        "variables": dict(question.variables),
    }


def about_thing(site: Site, identifier: str) -> dict[str, Any] | None:
    """A question about one thing, made from its class; ``None`` where the id names no class."""
    cls = site.model.class_of(identifier)
    if cls is None or not identifier.partition("/")[2]:
        return None
    fields = [prop.name for prop in cls.properties]
    relations = [f"{item.field} {{ id name }}" for item in cls.relations if cls.name in item.domains][:6]
    lines = "\n".join(f"    {line}" for line in ["id", *fields, "status", "validFrom", "validTo", *relations])
    return {
        "name": "",
        "title": f"About {identifier}",
        "description": "",
        "audience": "",
        "query": f"query About($id: ID!, $asOf: Date) {{\n  {cls.field}(id: $id, asOf: $asOf) {{\n{lines}\n  }}\n}}\n",
        "variables": {"id": identifier},
    }


async def graphiql(request: Request) -> Response:
    """GraphiQL, opened on the question or the thing that the address names, else on the first ready question."""
    site = site_of(request)
    nonce = secrets.token_urlsafe(18)
    names = [question.name for question in site.service.questions]
    asked = request.query_params.get("question", "")
    data = {
        "endpoint": "/graphql",
        "first": asked if asked in names else FIRST if FIRST in names else next(iter(names), ""),
        "linked": asked in names,
        "thing": about_thing(site, request.query_params.get("thing", "")),
        "questions": [as_data(question) for question in in_order(site.service.questions)],
    }
    return site.page(
        request, "graphiql.html", entry="graphiql", policy=editor_policy(nonce), nonce=nonce, page_data=data, store_line=""
    )


# -- ready questions as tables --


async def questions(request: Request) -> Response:
    """The ready questions, by who asks."""
    site = site_of(request)
    return site.page(request, "questions.html", groups=by_audience(site.service.questions))


def fields_of(question: Question, given: Mapping[str, str]) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """The question's variables as fields of a form, and as values to ask with: what the address gives, else the example."""
    fields, variables = [], {}
    for name, example in question.variables.items():
        text = given.get(name)
        value = example if text is None else typed(text, example)
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


def typed(text: str, example: object) -> Any:
    """A form's text as the kind of value that the example is; empty text is no value."""
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


def as_at(variables: Mapping[str, Any]) -> str:
    """The date that an answer is as at; empty where the question names none."""
    value = variables.get("asOf")
    if not is_date(value):
        return ""
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return ""
    return str(value)


async def question(request: Request) -> Response:
    """A ready question, asked, with its answer as a table; as CSV or JSON where the address says ``format``."""
    site = site_of(request)
    name = request.path_params["name"]
    found = next((item for item in site.service.questions if item.name == name), None)
    if found is None:
        raise NotFound("There is no ready question of that name.", "The page of ready questions lists them all.")
    given = dict(request.query_params)
    form = given.pop("format", "")
    fields, variables = fields_of(found, given)
    query = found.query if form == "json" else with_ids(found.query, site.service.schema.graphql)
    wanted = {key: value for key, value in variables.items() if value is not None}
    answer = await (ask_whole if form in ("csv", "json") else ask)(site.service, query, wanted)
    made = tables(answer.data, site.model, end_keys(query))
    if form == "json":
        return JSONResponse(answer.whole, headers={"Cache-Control": "no-cache"})
    if form == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-cache"}
        return Response(
            "\r\n".join(table.csv(answer.notes) for table in made), media_type="text/csv; charset=utf-8", headers=headers
        )
    kept = {key: value for key, value in given.items() if key in found.variables}

    def address(kind: str) -> str:
        return f"/questions/{name}?{urlencode({**kept, 'format': kind})}"

    return site.page(
        request,
        "question.html",
        question=found,
        fields=fields,
        as_at=as_at(variables),
        errors=answer.errors,
        notes=[*remarks(answer.extensions), *answer.notes],
        tables=[drawn(table) for table in made],
        csv_address=address("csv"),
        json_address=address("json"),
    )


def drawn(table: Table) -> dict[str, Any]:
    """A table as the page draws it: without the columns that no row fills, which are named instead."""
    filled = [any(row[index].values for row in table.rows) for index in range(len(table.columns))]
    wide = [any(len(text) > LONG for row in table.rows for text, _ in row[index].values) for index in range(len(table.columns))]
    rows = []
    above: tuple[Cell, ...] = ()
    for row in table.rows:
        # A cell that is the very one of the row above belongs to the same thing: it is drawn once.
        again = [cell is before for cell, before in zip(row, above or (None,) * len(row), strict=True)]
        above = row
        shown = zip(row, table.columns, again, filled, strict=True)
        rows.append([shown_cell(cell, column, again=repeats) for cell, column, repeats, keep in shown if keep])
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


def shown_cell(cell: Cell, column: Column, *, again: bool) -> dict[str, Any]:
    """A cell as the page draws it."""

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
