"""Generates a care system of any size: contracts, services and organisations, with dated, overlapping claims.

Nothing in it is random between runs: a size gives one graph. Of ``size`` things, 1 in 10 is a contract, 4 in 10 are
organisations, the rest are services. Each contract covers 24 services, some only from or until a date, some planned;
each service has 6 providers, by two sources where they agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim

DATASET = "bench"
SERVICES_A_CONTRACT = 24
PROVIDERS_A_SERVICE = 6
SOURCES = ("source/bench-a", "source/bench-b")
YEARS = (None, date(2015, 4, 1), date(2018, 4, 1), date(2020, 4, 1))
RENAMED = 50
"""Of so many organisations one had another name, until 2017."""
ENDS = (None, None, date(2019, 4, 1), date(2031, 4, 1))


def counts(size: int) -> tuple[int, int, int]:
    """Returns the numbers of contracts, services and organisations in a graph of ``size`` things."""
    contracts, organisations = max(size // 10, 1), max(size * 4 // 10, 1)
    return contracts, max(size - contracts - organisations - len(SOURCES), SERVICES_A_CONTRACT), organisations


def qualifiers(turn: int) -> Qualifiers:
    """Makes qualifiers that vary with ``turn``: source, dates and, one in nine, a plan."""
    start, end = YEARS[turn % 4], ENDS[(turn // 4) % 4]
    status = "PLANNED" if turn % 9 == 0 else "IN_FORCE"
    return Qualifiers(source=SOURCES[turn % 2], locator=f"row {turn}", status=status, valid_from=start, valid_to=end)


def claims(size: int) -> Iterator[Claim]:
    """Yields every claim of the graph, things before the relations that need them."""
    contracts, services, organisations = counts(size)
    plain = Qualifiers(source=SOURCES[0])
    for number, source in enumerate(SOURCES):
        yield EntityRecord(
            source, "Source", {"name": source, "title": f"Bench source {number}"}, Qualifiers(source=source), DATASET
        )
    for slug, kind, number in (
        ("contract", "Contract", contracts),
        ("service", "Service", services),
        ("organisation", "Organisation", organisations),
    ):
        for turn in range(number):
            values = {"name": f"{kind} {turn:06d}"} | ({"odsCode": f"B{turn:06d}"} if kind == "Organisation" else {})
            yield EntityRecord(f"{slug}/b{turn}", kind, values, plain, DATASET)
            if kind == "Organisation" and turn % RENAMED == 0:
                former = Qualifiers(source=SOURCES[0], status="SUPERSEDED", valid_from=YEARS[1], valid_to=date(2017, 4, 1))
                yield EntityRecord(f"{slug}/b{turn}", kind, values | {"name": f"Former {turn:06d}"}, former, DATASET)
    for turn in range(contracts):
        for step in range(SERVICES_A_CONTRACT):
            target = (turn * 31 + step * 17) % services
            yield RelationClaim(f"contract/b{turn}", "covers", f"service/b{target}", qualifiers(turn + step), DATASET)
    for turn in range(services):
        for step in range(PROVIDERS_A_SERVICE):
            target = (turn * 13 + step * 7) % organisations
            yield RelationClaim(f"organisation/b{target}", "provides", f"service/b{turn}", qualifiers(turn + step + 1), DATASET)
            if step == 0:
                yield RelationClaim(
                    f"organisation/b{target}", "provides", f"service/b{turn}", qualifiers(turn + step + 2), DATASET
                )
