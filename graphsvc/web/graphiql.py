"""The GraphiQL page: the query editor, opened on a ready question or on a question about one thing."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphsvc.api.questions import Question
from graphsvc.web.guard import editor_policy
from graphsvc.web.questions import FIRST, group_of, in_order
from graphsvc.web.site import Site, site_of


def as_data(question: Question) -> dict[str, Any]:
    """A ready question as the GraphiQL page wants it."""
    return {
        "name": question.name,
        "title": question.title,
        "description": question.description,
        "audience": group_of(question),
        "query": question.query,
        "variables": dict(question.variables),
    }


def about_thing(site: Site, identifier: str) -> dict[str, Any] | None:
    """Makes a query about one thing from its class; ``None`` where the id names no class."""
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
