"""Estimates the size of an answer as JSON before it is written."""

from __future__ import annotations

from typing import Any

from graphsvc.errors import LimitExceeded


def too_large(limit: int) -> LimitExceeded:
    """The error that refuses an answer."""
    return LimitExceeded(
        f"The answer would be larger than {limit:,} bytes, which is the limit.",
        "Ask for less at once: smaller pages with first, fewer fields, or shorter aliases.",
    )


def size_of(answer: Any, limit: int) -> int:
    """Estimate how many characters of JSON an answer takes. Raises LimitExceeded as soon as it passes ``limit``.

    Rows hold the same text once however many aliases ask for it, so it is written that the answer grows; hence it is counted
    before.
    """
    size = 0
    left = [answer]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            size += 2
            for key, entry in value.items():
                size += len(key) + 4
                if isinstance(entry, str):
                    size += len(entry) + 2
                elif isinstance(entry, (dict, list)):
                    left.append(entry)
                else:
                    size += 4
        elif isinstance(value, list):
            size += 2 + len(value)
            left += value
        else:
            size += len(value) + 2 if isinstance(value, str) else 4
        if size > limit:
            raise too_large(limit)
    return size
