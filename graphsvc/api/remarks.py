"""Says in sentences what the extensions of an answer tell: what was left out, how sure it is, and when its sources spoke.

The pages and the command line say the same; they differ in how a day is written and how a status is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

_UNDATED: Final = " (of a source without a date: the earliest day that is known of it)"
_AS_AT_TODAY: Final = (
    "No date was asked for: what was over by then, as a source says, is left out unless its status is asked for."
)


def remarks(extensions: Mapping[str, Any], widen: str, day: Callable[[str], str] = str) -> Iterator[str]:
    """Yields the sentences; ``widen`` is how one asks for what is not in force, ``day`` writes an ISO date."""
    for item in extensions.get("hidden") or ():
        if counts := _counts(item.get("counts") or {}):
            yield f"Left out, since it is not in force: {counts}. Ask {widen} to see it."
        if before := (item.get("certainty") or {}).get("BEFORE_TOLD"):
            yield f"{before:,} more are told of only by sources of a later day, and nobody says whether they held yet."
    if counts := _counts(extensions.get("certainty") or {}):
        days = sorted({extensions["asOf"], *(extensions.get("asOfByField") or {}).values()})
        yield f"As at {' and '.join(map(day, days))}: {counts}. {_spoken(extensions['told'], day)}"
        if extensions.get("asOfToday"):
            yield _AS_AT_TODAY


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ').lower()}" for name, number in numbers.items() if number)


def _spoken(told: Mapping[str, str | None], day: Callable[[str], str]) -> str:
    first, last = told["first"], told["last"]
    if not first or not last:
        return "Their sources bear no date."
    if first == last:
        return f"Their source speaks on {day(first)}{_UNDATED}."
    return f"Their sources speak between {day(first)} and {day(last)}{_UNDATED}."
