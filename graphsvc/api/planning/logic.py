"""Conditions joined by AND, OR and NOT, written as Cypher in which NOT stands only before single tests.

A test of what is not stated is null in Cypher and counts as not fulfilled. That stays right under AND and OR; a NOT turns it,
so null is first made false there. What follows relations is never null and is negated as it is: within ``coalesce``, Neo4j
plans it several times over, and for each level of nesting again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Test:
    """One test, which binds as strongly as a comparison."""

    text: str
    certain: bool = False
    """Whether it is true or false, and never null."""


@dataclass(frozen=True, slots=True)
class Not:
    """What holds where a condition is false or null."""

    part: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """What holds where every part does; without parts, everywhere."""

    parts: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What holds where one part does; without parts, nowhere."""

    parts: Sequence[Condition]


Condition = Test | Not | AllOf | AnyOf
ALWAYS = AllOf(())


def cypher(condition: Condition, negated: bool = False) -> str:
    """The condition in Cypher; empty if it holds everywhere."""
    if isinstance(condition, Not):
        return cypher(condition.part, not negated)
    if isinstance(condition, Test):
        if not negated:
            return condition.text
        return f"NOT {condition.text}" if condition.certain else f"NOT coalesce({condition.text}, false)"
    parts = [cypher(part, negated) for part in condition.parts]
    if isinstance(condition, AllOf) != negated:
        return " AND ".join(part for part in parts if part)
    if not parts:
        return "false"
    return f"({' OR '.join(f'({part})' for part in parts)})" if all(parts) else ""
