"""Reads a time of day, as ISO 8601 and people write it."""

from __future__ import annotations

import re
from typing import Final

_CLOCK: Final = re.compile(r"^(\d{1,2})[:.](\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?$")
_TWELVE: Final = re.compile(r"^(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)$", re.IGNORECASE)
_HOURS: Final = 24
_MINUTES: Final = 60
_NOON: Final = 12


def time_of_day(text: str) -> str:
    """Returns a time of day as ``09:30``, midnight at the end of a day as ``24:00``; empty for a text that is no time.

    Seconds and offsets are left out: opening hours are local times.
    """
    clock, twelve = _CLOCK.match(text.strip()), _TWELVE.match(text.strip())
    if clock:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        is_end = (hour, minute, second) == (_HOURS, 0, 0)
        good = is_end or (hour < _HOURS and minute < _MINUTES and second <= _MINUTES)
    elif twelve:
        hour, minute = int(twelve.group(1)), int(twelve.group(2) or 0)
        good = 1 <= hour <= _NOON and minute < _MINUTES
        hour = hour % _NOON + (_NOON if twelve.group(3).casefold() == "pm" else 0)
    else:
        return ""
    return f"{hour:02}:{minute:02}" if good else ""
