"""Defines the scalars of the schema: dates and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Date = NewType("Date", str)
JSON = NewType("JSON", object)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_date(value: Any) -> str:
    """Check that a value is a day in ISO form. Raises GraphQLError that shows the form."""
    # Python reads other forms of ISO 8601 too, such as weeks, and other scripts' digits.
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise GraphQLError(
        f"Date cannot represent {str(value)[:40]!r}: write a day of the calendar as YYYY-MM-DD, such as 2019-06-01."
    )


SCALARS: Mapping[object, ScalarDefinition] = {
    Date: strawberry.scalar(
        name="Date",
        description="A day, as YYYY-MM-DD (ISO 8601).",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=str,
        parse_value=parse_date,
    ),
    JSON: strawberry.scalar(
        name="JSON", description="Any JSON value.", serialize=lambda value: value, parse_value=lambda value: value
    ),
}
