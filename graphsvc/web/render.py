"""Renders templates into pages with one Jinja environment and its filters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from graphsvc import __version__
from graphsvc.model import Property
from graphsvc.web import words

NAVIGATION = (
    ("/", "Home"),
    ("/questions", "Questions"),
    ("/graphiql", "GraphiQL"),
    ("/sources", "Sources"),
    ("/docs", "Reference"),
)


def slug(text: str) -> str:
    """A text as part of an address: ``Strategy team`` as ``strategy-team``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def listed(items: Iterable[str]) -> str:
    """``A, B and C``."""
    names = list(items)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


ALIGNMENTS = {"subClassOf": "a kind of", "equivalentClass": "the same as", "exactMatch": "the same as", "closeMatch": "close to"}
"""How a class stands to one of another vocabulary, in words."""


def cardinality(prop: Property) -> str:
    """The number of values that a property takes, in words."""
    if prop.many:
        return "one or more" if prop.min_count else "any number"
    return "exactly one" if prop.min_count else "at most one"


def json_script(value: object) -> Markup:
    """JSON that can stand in a ``<script type="application/json">``: nothing in it ends the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def environment() -> Environment:
    """The environment of all templates: escapes everything, knows no undefined name."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=words.day,
        moment=words.moment,
        number=words.number,
        status=words.status,
        status_meaning=lambda name: words.STATUS_MEANINGS.get(name, ""),
        counted=words.counted,
        sentence=words.sentence,
        alignment=lambda how: ALIGNMENTS.get(how, words.spaced(how)),
        slug=slug,
        listed=listed,
        cardinality=cardinality,
        json_script=json_script,
    )
    made.globals.update(navigation=NAVIGATION, version=__version__, store_line="")
    return made


def draw(templates: Environment, name: str, **values: Any) -> str:
    """The text of one page."""
    return templates.get_template(name).render(**values)
