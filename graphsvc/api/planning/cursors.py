"""Encodes and decodes opaque cursors, each valid only for the list and the revision that it came from.

A cursor is base64 of ``fingerprint:revision:position``. The fingerprint is a digest of what makes the list: the field, its
conditions, its order, its date and its statuses.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from typing import Any

from graphsvc.errors import QueryError

LARGEST = 2_000_000_000
"""Past every position and revision that there can be: a store counts both in 32 bits."""
_NUMBER = re.compile(r"[0-9]{1,10}")


class CursorError(QueryError):
    """Raised for a cursor that does not belong to the list it is used on."""

    code = "CURSOR"


def fingerprint(parts: list[Any]) -> str:
    """A short digest of what makes a list."""
    return hashlib.blake2s(json.dumps(parts, sort_keys=True).encode(), digest_size=8).hexdigest()


def encode(mark: str, revision: int, position: int) -> str:
    """The cursor of the edge at ``position`` (from 0)."""
    return base64.urlsafe_b64encode(f"{mark}:{revision}:{position}".encode()).decode().rstrip("=")


def decode(cursor: str, mark: str, argument: str) -> tuple[int, int]:
    """Revision and position of a cursor. Raises CursorError if it was made up, or comes from another list."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        found, revision, position = text.split(":")
    except (ValueError, binascii.Error):
        found = revision = position = ""
    if not (_NUMBER.fullmatch(revision) and _NUMBER.fullmatch(position) and max(int(revision), int(position)) < LARGEST):
        raise CursorError(f"{argument}: this is no cursor.", "Take one from `edges { cursor }` or `pageInfo` of the same list.")
    if found != mark:
        raise CursorError(
            f"{argument}: this cursor is of another list.",
            "A cursor serves the same field with the same where, orderBy, status and asOf; only the page may differ.",
        )
    return int(revision), int(position)
