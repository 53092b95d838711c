"""Works out the values of a thing from its records: today's, and those of every day on which they differ.

Today each property has the value of the best ranked record that gives one; what its own dataset has replaced is left out.
On a day (decision 0012) only what holds on that day speaks, by its stated period; a bound that is not stated is open. Of that,
what was superseded comes first, since it is what was said then, until it was replaced; then what has ended; of both, what was
over first; the rest follow by rank.

A record may be a stub: its source only refers to the thing by a code. Stubs come last whatever else they are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphsvc.provenance import OVER, UNKNOWN_END, UNKNOWN_START, stated_end

SUPERSEDED: Final = "SUPERSEDED"
STUB: Final = "referenceOnly"
"""Property that says of a record that it is a stub, and of a thing that all of its records are."""
DATED: Final = "dated"
"""Node property: names of the properties whose values were others on some day."""
DATED_FROM: Final = "datedFrom"
"""Node property: first days of the periods between which those values differ, the first one open (empty text), in order."""


def dated_key(name: str, period: object) -> str:
    """The node property that keeps the value of ``name`` in a period; no property of the Model can have such a name."""
    return f"{name}@{period}"


@dataclass(frozen=True, slots=True)
class RecordValues:
    """The values of one record, with its status, rank and period."""

    values: Mapping[str, Any]
    dataset: str
    start: str
    end: str
    status: str
    rank: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> RecordValues:
        """Reads them from the properties of a record's node."""
        return cls(
            values=json.loads(record["values"]),
            dataset=record["dataset"],
            start=record.get("validFrom") or UNKNOWN_START,
            end=stated_end(record["status"], record.get("validTo")),
            status=record["status"],
            rank=record["rank"],
        )

    @property
    def stub(self) -> bool:
        """Whether its source only refers to the thing."""
        return self.values.get(STUB) is True

    @property
    def until(self) -> tuple[int, str]:
        """A sort key, records that ended soonest first: superseded, then over, then still in force."""
        if self.status == SUPERSEDED:
            return 0, self.end
        return (1, self.end) if self.status in OVER else (2, "")

    def holds(self, day: str) -> bool:
        """Whether the record holds on a day; the empty text is the day before all others."""
        return self.start <= day < self.end


def values_of(said: Sequence[RecordValues]) -> dict[str, Any]:
    """Today's values: of the first record that gives one, or all that any record gives where there may be many.

    ``said`` is ordered by rank. A superseded record says nothing today if its dataset (a map, or a directory in any of its
    releases) describes the thing otherwise by now.
    """
    standing = {record.dataset for record in said if record.status != SUPERSEDED and not record.stub}
    return _values([item for item in said if item.status != SUPERSEDED or item.dataset not in standing])


def dated_values(said: Sequence[RecordValues], today: Mapping[str, Any], needed: Collection[str] = ()) -> dict[str, Any]:
    """Node properties for values that differ from ``today`` on some day; empty where none do.

    ``said`` is ordered by rank. :data:`DATED` names the properties, :data:`DATED_FROM` the periods, and :func:`dated_key` what
    each was in each of them, left out where nothing was stated. A property that is ``needed`` is then what it is today.
    """
    if len(said) < 2:
        return {}
    days = sorted({"", *(bound for record in said for bound in (record.start, record.end) if bound != UNKNOWN_END)})
    periods: list[tuple[str, dict[str, Any]]] = []
    for day in days:
        values = {name: today[name] for name in needed if name in today} | _on(day, said, today)
        if not periods or periods[-1][1] != values:
            periods.append((day, values))
    differing = sorted({name for _, values in periods for name in {*values, *today} if values.get(name) != today.get(name)})
    if not differing:
        return {}
    kept = {
        dated_key(name, number): values[name]
        for number, (_, values) in enumerate(periods)
        for name in differing
        if name in values
    }
    return {DATED: differing, DATED_FROM: [day for day, _ in periods], **kept}


def _on(day: str, said: Sequence[RecordValues], today: Mapping[str, Any]) -> dict[str, Any]:
    """The values on a day; those of today where nothing that describes the thing holds on it."""
    holding = sorted(
        (record for record in said if record.holds(day)), key=lambda record: (record.stub, record.until, record.rank)
    )
    if not holding or (holding[0].stub and not all(record.stub for record in said)):
        return dict(today)
    return _values(holding)


def _values(said: Sequence[RecordValues]) -> dict[str, Any]:
    """Merges the values of records in their order; a dataset adds nothing to a list of its own that was superseded."""
    found: dict[str, Any] = {}
    superseded: dict[tuple[str, str], tuple[int, str]] = {}
    for record in said:
        for name, value in record.values.items():
            if value in (None, "", []):
                continue
            if not isinstance(value, list):
                found.setdefault(name, value)
                continue
            if record.status == SUPERSEDED:
                superseded.setdefault((record.dataset, name), record.until)
            if superseded.get((record.dataset, name), record.until) == record.until:
                found[name] = [*found.get(name, []), *(item for item in value if item not in found.get(name, []))]
    if found.get(STUB) and not all(record.stub for record in said):
        del found[STUB]
    return {name: _storable(value) for name, value in found.items()}


def _storable(value: Any) -> Any:
    """A list whose numbers are of one kind, as a property wants it."""
    if isinstance(value, list) and any(isinstance(item, float) for item in value):
        return [float(item) for item in value]
    return value
