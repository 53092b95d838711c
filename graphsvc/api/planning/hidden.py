"""Plans counts of what is not shown, by the status, or else the certainty, that hides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphsvc.api.planning.cypher import CypherText
from graphsvc.api.planning.place import Place, Planning
from graphsvc.api.planning.selection import Variant


@dataclass(frozen=True, slots=True)
class Reasons:
    """The Cypher variables of one row of counts."""

    status: str
    certainty: str
    number: str

    @classmethod
    def of(cls, text: CypherText) -> Reasons:
        """New variables."""
        return cls(text.variable("why"), text.variable("sure"), text.variable("number"))

    def count(self, status: str, certainty: str) -> str:
        """The line that counts rows by the values of two Cypher expressions; the certainty is empty where the status hides."""
        names = f"{self.status}, {self.certainty}"
        return f"WITH {status} AS {self.status}, {certainty} AS {self.certainty}, count(*) AS {self.number} ORDER BY {names}"

    @property
    def collected(self) -> str:
        """The Cypher value of all counts, as :func:`graphsvc.api.planning.shaping.counts` takes them."""
        return f"collect([{self.status}, {self.certainty}, {self.number}])"


@dataclass(frozen=True, slots=True)
class Ends:
    """The far ends of a relation or of links that every status and certainty would show, as Cypher text."""

    match: str
    """``MATCH … WHERE`` of them."""
    claim: str
    """Variable of the claim that leads to one; several may lead to the same."""
    far: str
    """Variable of the far end."""
    shown: str
    """Condition that a claim shows its far end."""
    passes: str
    """Condition that the claim itself would be shown, so that its far end is what hides."""
    hiding: str
    """The certainty that hides the claim."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Further variables that tell one end from another, each with its value."""


def count_ends(place: Place, imported: str, ends: Ends, found: str) -> str:
    """Plan the counts of the ends that no claim shows, each by what hides the best ranked claim; reads them."""
    text, claim, far = place.planning.text, ends.claim, ends.far
    reasons = Reasons.of(text)
    flags, flag = text.variable("shown"), text.variable("flag")
    parts = "".join(f"{value} AS {name}, " for name, value in ends.parts.items())
    head = [
        ends.match,
        f"WITH {far}, {claim}, {parts}coalesce({ends.shown}, false) AS {flag},",
        f"  CASE WHEN {ends.passes} THEN {far}.status ELSE {claim}.status END AS {reasons.status},",
        f"  CASE WHEN {ends.passes} THEN '' ELSE {ends.hiding} END AS {reasons.certainty}",
        f"ORDER BY {claim}.rank, {claim}.id",
        f"WITH {', '.join([far, *ends.parts])}, collect({flag}) AS {flags},",
        f"  collect([{reasons.status}, {reasons.certainty}]) AS {reasons.status}",
        f"WHERE NOT true IN {flags}",
        reasons.count(f"{reasons.status}[0][0]", f"{reasons.status}[0][1]"),
    ]
    return place.return_one(imported, head, reasons.collected, found)


def shape_counts(planning: Planning, rows: str, variant: Variant) -> str:
    """The Python expression of a field ``hidden``, from the one that reads the counts."""
    return f"counts({rows}, {planning.code.constant(planning.flat_fields(variant))})"
