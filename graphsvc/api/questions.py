"""Reads the ready questions, one ``.graphql`` file each in ``queries/``, and checks them against the schema.

The header of a file is comments::

    # title: Which services sit in which contract?
    # description: Each contract with its services at a date, and who says so.
    # audience: strategy team
    # variables: {"asOf": "2019-06-01"}

A question that only partner directories answer says so: ``# over: partner directories``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate

from graphsvc.api.planning.selection import Collector, Variant
from graphsvc.errors import UsageError

AUDIENCES = ("strategy team", "integrator", "architect")
DIRECTORIES = "partner directories"
OVER = ("", DIRECTORIES)
"""Of what a question is asked: of the maps that ship, or of directories that an integrator has loaded."""
NO_DIRECTORY = "No partner directory is loaded, so that nothing answers this question: `graphsvc load FILE` loads one."
"""What is said where a question asks partner directories and none is there."""
_HEADER = re.compile(r"^#\s*(title|description|audience|variables|over):\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Question:
    """A ready question."""

    name: str
    """File name without ending: ``which-services-in-which-contract``."""
    title: str
    description: str
    audience: str
    query: str
    """The GraphQL text, without the header."""
    variables: dict[str, Any]
    over: str = ""
    """What it needs besides the shipped maps: one of :data:`OVER`."""


def read_questions(folder: Path, schema: GraphQLSchema) -> tuple[Question, ...]:
    """Read the questions of a folder, by name. Raises UsageError that names the file for one that is not right."""
    return tuple(read_question(path, schema) for path in sorted(folder.glob("*.graphql")))


def read_question(path: Path, schema: GraphQLSchema) -> Question:
    """Read one question. Raises UsageError that names the file."""
    where = f"queries/{path.name}"
    header: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    begun = 0
    last = ""
    for number, line in enumerate(lines):
        if not line.startswith("#") and line.strip():
            break
        begun = number + 1
        match = _HEADER.match(line)
        if match:
            last = match[1]
            header[last] = match[2].strip()
        elif last and line.startswith("#"):
            # A comment that goes on in the next line.
            header[last] = f"{header[last]} {line.lstrip('#').strip()}".strip()
    for wanted in ("title", "description", "audience"):
        if not header.get(wanted):
            raise UsageError(f"{where}: the header has no {wanted}.", f"Add a line such as: # {wanted}: …")
    if header["audience"] not in AUDIENCES:
        raise UsageError(f"{where}: the audience {header['audience']!r} is unknown.", f"Use one of: {', '.join(AUDIENCES)}.")
    if header.get("over", "") not in OVER:
        hint = f"Write # over: {DIRECTORIES}, or leave the line out."
        raise UsageError(f"{where}: it asks of {header['over']!r}.", hint)
    try:
        variables = json.loads(header.get("variables") or "{}")
    except ValueError as error:
        raise UsageError(f"{where}: the variables are not JSON: {error}.", 'Write them as {"asOf": "2019-06-01"}.') from error
    if not isinstance(variables, dict):
        raise UsageError(f"{where}: the variables are not a JSON object.", 'Write them as {"asOf": "2019-06-01"}.')
    query = "\n".join(lines[begun:]).strip() + "\n"
    try:
        document = parse(query)
        errors = validate(schema, document)
    except GraphQLError as error:
        errors = [error]
    if errors:
        at = f" (line {errors[0].locations[0].line + begun})" if errors[0].locations else ""
        raise UsageError(f"{where}{at}: {errors[0].message}", "Mend the question, or run `graphsvc schema` to see the terms.")
    _check_variables(where, document, variables)
    return Question(
        path.stem, header["title"], header["description"], header["audience"], query, variables, header.get("over", "")
    )


def _check_variables(where: str, document: Any, variables: dict[str, Any]) -> None:
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    if len(operations) != 1:
        raise UsageError(f"{where}: it holds {len(operations)} operations.", "One question a file.")
    known = {item.variable.name.value for item in operations[0].variable_definitions or ()}
    for name in variables:
        if name not in known:
            raise UsageError(
                f"{where}: the header gives ${name}, which the query does not declare.",
                f"It declares: {', '.join(sorted(known))}.",
            )


def plan_questions(collector: Collector, variant: Variant, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The answer of the root field ``questions``."""
    keys = [(key, found[0].field) for key, found in collector.below(variant).keys.items()]
    return [{key: "Question" if part == "__typename" else getattr(item, part) for key, part in keys} for item in questions]
