"""The audit of a load: counts for every column, key and code whether it was used, ignored by name, or reported.

The habit comes from OpenSanctions' crawlers: take what is used out of the row, then look at what is left.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from graphsvc.loading.persons.privacy import shown_name

MOST_NAMES: Final = 2_000
"""Names that one list keeps; a hostile file can hold any number of keys, and what passes the limit is counted together."""
OTHERS: Final = "(further names)"


@dataclass
class Audit:
    """Counts of the values under every name that a loader met, by what became of them; empty values are not counted."""

    used: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    why: dict[str, str] = field(default_factory=dict)
    """Why a name is ignored."""
    reported: Counter[str] = field(default_factory=Counter)
    """Names and codes that nothing is done with; each has a finding."""
    withheld: Counter[str] = field(default_factory=Counter)
    """What was kept out of the graph, by sort: ``telephone number``, ``e-mail address``, ``name of a person``."""

    def use(self, name: str, count: int = 1) -> None:
        """Counts a value that went into the graph, or that decided what went in."""
        _count(self.used, name, count)

    def ignore(self, name: str, why: str, count: int = 1) -> None:
        """Counts a value that is left out on purpose."""
        _count(self.ignored, name, count)
        name = shown_name(name)
        if name in self.ignored:
            self.why.setdefault(name, why)

    def report(self, name: str, count: int = 1) -> None:
        """Counts a value that is not used and has a finding."""
        _count(self.reported, name, count)

    def withhold(self, sort: str, count: int = 1) -> None:
        """Counts a value about a person, which is kept out of the graph."""
        _count(self.withheld, sort, count)

    def as_json(self) -> dict[str, Any]:
        """Returns the counts as a JSON object, each list in order of names."""
        return {
            "used": dict(sorted(self.used.items())),
            "ignored": {name: {"values": count, "why": self.why.get(name, "")} for name, count in sorted(self.ignored.items())},
            "reported": dict(sorted(self.reported.items())),
            "withheld": dict(sorted(self.withheld.items())),
        }


def _count(counter: Counter[str], name: str, count: int) -> None:
    name = shown_name(name)
    if count and (name in counter or len(counter) < MOST_NAMES):
        counter[name] += count
    elif count:
        counter[OTHERS] += count
