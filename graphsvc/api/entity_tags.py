"""Entity tags, by which a client asks whether what it holds is still so (RFC 9110, sections 8.8.3 and 13.1.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

SMALLEST_ZIPPED: Final = 1024
"""Bytes below which an answer gains nothing by being compressed."""


def tag_of(revision: int, *parts: bytes) -> str:
    """A weak entity tag of the revision and of what makes the answer; it is the same whether that is sent compressed or not."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part)
        digest.update(b"\0")
    return f'W/"{revision}-{digest.hexdigest()}"'


def is_held(if_none_match: str, tag: str) -> bool:
    """Whether a client that sends this ``If-None-Match`` holds the answer already."""
    held = {item.strip() for item in if_none_match.split(",")}
    return tag in held or "*" in held


def accepts_gzip(headers: Mapping[str, str]) -> bool:
    """Whether a client takes compressed answers. Names of headers are in small letters."""
    return "gzip" in headers.get("accept-encoding", "")


def varies(by: str, body: bytes, *, final: bool) -> str:
    """The ``Vary`` header of an answer that depends on these request headers, and on ``Accept-Encoding``.

    A body that is not ``final`` is compressed, and the header completed, on its way out if it is worth while.
    """
    return f"{by}, Accept-Encoding" if final or len(body) < SMALLEST_ZIPPED else by
