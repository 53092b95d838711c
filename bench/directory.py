"""Generates a directory of any size: organisations in a tree, each with its values and its relations.

Nothing in it is random between runs: a size gives one directory. Fifty organisations lie under each other one; each lies in the
country's system and oversees three others. One in a thousand has a code that is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphsvc.provenance import Claim, EntityRecord, Origin, Qualifiers, RelationClaim

DATASET = "bench"
UNDER_ONE = 50
ONE_IN = 1000
"""Of so many organisations one has a code that is none."""


def directory(things: int) -> Iterator[Claim]:
    """Yields the claims of a directory of so many organisations."""
    plain = qualifiers(0)
    yield EntityRecord("source/release", "Source", {"name": "Release", "title": "A release", "undated": True}, plain, DATASET)
    yield EntityRecord("care-system/country", "CareSystem", {"name": "Country"}, plain, DATASET)
    for turn in range(things):
        here, origin = entity(turn), Origin("release.csv", turn + 2)
        code = f"x-{turn}" if turn % ONE_IN == ONE_IN - 1 else f"X{turn:06d}"
        values = {"name": f"Example Practice {turn}", "kind": "GP_PRACTICE", "odsCode": code, "legalForm": "partnership"}
        yield EntityRecord(here, "Organisation", values, qualifiers(turn), DATASET, origin)
        yield RelationClaim(here, "inSystem", "care-system/country", qualifiers(turn), DATASET, origin)
        if turn:
            yield RelationClaim(here, "partOf", entity((turn - 1) // UNDER_ONE), qualifiers(turn), DATASET, origin)
        for step in (1, 2, 3):
            yield RelationClaim(here, "oversees", entity((turn + step * 7) % things), qualifiers(turn), DATASET, origin)


def entity(turn: int) -> str:
    """Returns the id of an organisation."""
    return f"organisation/x{turn:06d}"


def qualifiers(turn: int) -> Qualifiers:
    """Makes the qualifiers of the claims of one row."""
    return Qualifiers("source/release", f"row {turn + 2}", as_stated="as in the release")
