"""The pages for browsing: home, sources, reference and search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphsvc import __version__
from graphsvc.errors import NotFound
from graphsvc.model import Class, Model
from graphsvc.web import words
from graphsvc.web.questions import ask, by_audience, unless_wrong
from graphsvc.web.sections import Mark
from graphsvc.web.site import site_of

SEARCH = """query Search($text: String!) {
  search(text: $text, first: 50, status: [IN_FORCE, SHADOW, PLANNED, PROPOSED, INTENDED, ENDED, SUPERSEDED]) {
    node { __typename id name description status }
  }
}"""


async def home(request: Request) -> Response:
    """Shows what the store holds, how fresh and sound it is, and what to ask."""
    site = site_of(request)
    held = await site.holdings()
    questions = site.service.questions
    named = [f"{card.name} ({words.counted(card.total, 'thing')})" for card in held.named]
    return site.page(
        request,
        "home.html",
        empty=not held.loads,
        things=held.things,
        claims=held.info.claims,
        open_questions=held.info.entities.get("OpenQuestion", 0),
        last_load=held.last_load,
        findings=held.findings,
        systems=held.systems,
        shared=f"Also named by the sources: {', '.join(named)}." if named else "",
        sources=held.sources,
        questions=questions,
        groups=by_audience(questions),
        store_line=f"{held.info.engine} {held.info.version}, revision {held.revision}",
    )


async def sources(request: Request) -> Response:
    """Lists every source, and every load with its findings."""
    site = site_of(request)
    held = await site.holdings()
    loads = [
        {name: getattr(load, name) for name in LOAD_FIELDS} | {"findings": [finding(item) for item in load.findings]}
        for load in held.loads
    ]
    return site.page(request, "sources.html", sources=held.sources, loads=loads)


LOAD_FIELDS = ("dataset", "title", "loaded_at", "revision", "entities", "claims", "added", "changed", "retired", "rejected")


def finding(item: Any) -> dict[str, str]:
    """A finding as the page shows it; the place is file, row and column."""
    place = [str(item.get("file") or "")]
    place += [f"{name} {item[name]}" for name in ("row", "column") if item.get(name)]
    return {
        "severity": str(item.get("severity", "")).lower(),
        "message": str(item.get("message", "")),
        "value": str(item.get("value") or ""),
        "where": ", ".join(part for part in place if part),
        "hint": str(item.get("hint") or ""),
    }


def tree(model: Model, parent: str = "Entity", depth: int = 0) -> Iterator[tuple[Class, int]]:
    """Classes below ``parent`` with their depth, each under its nearest superclass."""
    for cls in model.classes.values():
        if cls.ancestors[:1] == (parent,):
            yield cls, depth
            yield from tree(model, cls.name, depth + 1)


async def reference(request: Request) -> Response:
    """Shows the reference of the ontology."""
    site = site_of(request)
    return site.page(request, "docs.html", model=site.model, classes=list(tree(site.model)))


async def reference_class(request: Request) -> Response:
    """Shows one class: its definition, values and relations."""
    site = site_of(request)
    model = site.model
    cls = model.classes.get(request.path_params["name"])
    if cls is None:
        raise NotFound("The ontology has no such kind of thing.", "The reference lists all that there are.")
    own = [item for item in cls.relations if cls.name in item.domains]
    return site.page(
        request,
        "docs_class.html",
        model=model,
        cls=cls,
        parents=[model.classes[name] for name in reversed(cls.ancestors)],
        children=[item for item in model.classes.values() if item.ancestors[:1] == (cls.name,)],
        own=own,
        inherited=[item for item in cls.relations if item not in own],
    )


async def search(request: Request) -> Response:
    """Finds things by name, of any status; without a name, lists the classes."""
    site = site_of(request)
    wanted = request.query_params.get("q", "").strip()[:200]
    results: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    if wanted:
        answer = await ask(site.service, SEARCH, {"text": wanted})
        errors = answer.errors
        for hit in (answer.data or {}).get("search") or []:
            node = hit["node"]
            cls = site.model.class_of(node["id"])
            results.append({**node, "kind": cls.label if cls else "", "mark": Mark(node["status"])})
    held = await site.holdings()
    kinds = [(cls, held.info.entities[cls.name]) for cls in site.model.classes.values() if held.info.entities.get(cls.name)]
    return unless_wrong(site.page(request, "search.html", find=wanted, results=results, errors=errors, kinds=kinds), errors)


async def health(request: Request) -> Response:
    """Answers 200 if the store answers, else 503 with the reason; for monitoring."""
    site = site_of(request)
    revision = await site.store.revision()
    return JSONResponse({"status": "ok", "version": __version__, "revision": revision}, headers={"Cache-Control": "no-store"})
