"""What it costs to compare a release with what the store holds: steps that grow with its size alone, each by an index.

Steps are those of SQLite's own machine, so that a busy computer changes nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
import release_loader
from release_loader import Line, write

from graphsvc.loading import Context, Spool
from graphsvc.model import Model
from graphsvc.pipeline import releases
from graphsvc.pipeline.difference import Difference
from graphsvc.pipeline.holdings import Holdings
from graphsvc.pipeline.release_order import recorded, step_of
from graphsvc.provenance import Claim, EntityRecord, Telling
from graphsvc.store import Held, LoadRecord, Store

LARGE = "claims|stored|composed|stored_units|now_said|now_described|marks"
THROUGH = re.compile(rf"SCAN ({LARGE})\b|SEARCH stored USING (COVERING )?INDEX stored_(fate|page)\b")
FEW_TIMES = 5
HUBS = 5


@dataclass
class Shelf:
    """Holds claims in memory, in place of a store: what is measured is the comparison's own work."""

    held: dict[str, Claim] = field(default_factory=dict)
    last: LoadRecord | None = None
    steps: int = 0
    """Of the last comparison, in thousands."""
    statements: Counter[str] = field(default_factory=Counter)
    """How often it ran each statement."""

    async def claims_of(self, dataset: str) -> AsyncIterator[Sequence[Held]]:
        yield [_in_short(claim) for claim in self.held.values()]

    async def claims(self, held: Sequence[Held]) -> list[Claim]:
        return [self.held[item.id] for item in held]

    def load(self, path: Path, model: Model, plans: dict[str, list[tuple[str, bool]]] | None = None) -> Difference:
        """Compare a release with what is held, and hold it; ``plans`` is filled with how SQLite runs each statement."""
        spool = Spool(path.with_suffix(".sqlite"))
        try:
            context = Context(model, spool)
            release_loader.load(path, context)
            spool.settle()
            assert context.release
            step = step_of(context.release, self.last, amends=False)
            holdings = Holdings(spool)
            self.steps = 0
            self.statements.clear()

            def stepped() -> int:
                self.steps += 1
                return 0

            spool.connection.set_progress_handler(stepped, 1000)
            spool.connection.set_trace_callback(lambda text: self.statements.update([_shape(text)]))
            difference = asyncio.run(releases.compare(context, cast(Store, self), holdings, step, 0))
            spool.connection.set_trace_callback(None)
            spool.connection.set_progress_handler(None, 0)
            if plans is not None:
                plans |= {text: list(_scans(spool, text)) for text in self.statements}
            for claim_id in list(holdings.withdrawn()):
                del self.held[claim_id]
            self.held |= {claim.id: claim for claim in holdings.added()}
            self.last = recorded(LoadRecord(context.dataset, ""), step)
            return difference
        finally:
            spool.close()


def _in_short(claim: Claim) -> Held:
    said = Telling.of(claim.qualifiers.told)
    place = (claim.qualifiers.source, claim.qualifiers.locator, claim.statement if said.open and not said.was else "")
    if isinstance(claim, EntityRecord):
        return Held(claim.id, "", claim.entity, "", *place, claim.stub)
    return Held(claim.id, claim.relation, claim.subject, claim.object, *place, False)


def _shape(text: str) -> str:
    """A statement without the values that it was run with."""
    return re.sub(r"'(?:[^']|'')*'|(?<![\w\[])\d+", lambda found: found.group() if _is_written(found.group()) else "''", text)


def _is_written(value: str) -> bool:
    """Whether a value stands in our own texts: words of ours, places in JSON, small numbers, the empty text."""
    return value.startswith("'$") or value in WORDS or (value.isdecimal() and int(value) <= 1)


WORDS = {f"'{word}'" for word in ("", "/", "gone", "changed", "history", "retired", "superseded", "unsure", "ended", "releaseOf")}


def _scans(spool: Spool, text: str) -> Iterator[tuple[str, bool]]:
    """Each place where a statement goes through a large table, or through all that is gone of it; whether within another loop."""
    if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE)", text):
        return
    rows = spool.connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
    parents = {row[0]: (row[1], str(row[3])) for row in rows}
    loops: Counter[int] = Counter()
    for _, parent, _, detail in rows:
        above, around = parent, ""
        while above:
            above, said = parents[above]
            around += said
        if THROUGH.match(detail):
            yield detail, loops[parent] > 0 or "CORRELATED" in around
        if re.match(r"(SCAN|SEARCH) ", detail):
            loops[parent] += 1


def lines(count: int, turn: int) -> list[Line]:
    """Practices of a few commissioners; in each release a third have another commissioner, and some another name."""
    return [
        (f"Y{number:05}", f"Practice {number}{' new' * (number % 10 == turn)}", f"C{(number + turn * (number % 3 == 0)) % HUBS}")
        for number in range(count)
        if number % 50 != turn
    ]


ORDERS = {"the latest": (0, 1, 2), "one between": (0, 2, 1)}


def third(
    folder: Path, model: Model, count: int, order: Sequence[int], plans: dict[str, list[tuple[str, bool]]] | None = None
) -> tuple[Shelf, Difference]:
    """Three releases of so many practices, one after another; what is told is of the last that is loaded."""
    shelf = Shelf()
    *before, last = (write(folder / f"{count}_2026-0{turn + 1}.csv", *lines(count, turn)) for turn in order)
    for path in before:
        shelf.load(path, model)
    return shelf, shelf.load(last, model, plans)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_the_steps_of_a_comparison_grow_with_the_release_and_not_with_its_square(
    tmp_path: Path, model: Model, order: Sequence[int]
) -> None:
    few, twice, more = (third(tmp_path, model, count, order)[0].steps for count in (150, 300, 600))
    assert few < twice < 2.4 * few
    assert twice < more < 2.4 * twice


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_no_statement_of_a_comparison_goes_through_a_table_again_and_again(
    tmp_path: Path, model: Model, order: Sequence[int]
) -> None:
    """Neither within another loop of its own, nor by being run for each of many claims."""
    plans: dict[str, list[tuple[str, bool]]] = {}
    shelf, difference = third(tmp_path, model, 120, order, plans)
    assert difference.superseded + difference.retold > 40, "there is something to compare"
    faults = {
        text: detail for text, scans in plans.items() for detail, inner in scans if inner or shelf.statements[text] > FEW_TIMES
    }
    assert faults == {}
    assert sum(map(bool, plans.values())) > 5, "going through a table once is seen, too"
