"""Numbers of nodes and relationships in the store at one revision, by class and by relationship type (decision 0013)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, NamedTuple

RECORDS: Final = "HAS_RECORD"
"""Type of the relationships from a thing to its records."""


class Fan(NamedTuple):
    """The relationships of one type."""

    total: int = 0
    out: int = 0
    """Most that leave one thing."""
    into: int = 0
    """Most that lead to one thing."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of nodes and relationships at one revision."""

    revision: int = 0
    things: Mapping[str, int] = field(default_factory=dict)
    """Number of things by concrete class."""
    fans: Mapping[str, Fan] = field(default_factory=dict)
    """By relationship type; a type that is not there has no relationships."""
    found: Mapping[str, int] = field(default_factory=dict)
    """By property that people look things up by: the most entries of an index that one value leads to."""
    keys: int = 0
    """Nodes that lead to a thing from what it was called on another day, or from an item of a list."""
    releases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The days of the whole releases of each directory."""

    def speaking(self, day: str) -> list[str]:
        """The directories that have a release on a day."""
        return [directory for directory, days in self.releases.items() if day in days]

    def text(self) -> str:
        """As the store keeps it, with its revision."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Sizes:
        """From what the store keeps."""
        kept = json.loads(text)
        fans = {kind: Fan(*numbers) for kind, numbers in kept["fans"].items()}
        return cls(kept["revision"], kept["things"], fans, kept["found"], kept["keys"], kept["releases"])
