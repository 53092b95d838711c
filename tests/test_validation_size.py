"""What the checks cost: no RDF for what surely passes, memory that does not grow, findings that are counted past a number."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from small_maps import BASE, shapes_of
from spooled_claims import spooled

from bench.directory import ONE_IN, directory, entity, qualifiers
from graphsvc.loading import Context, Spool
from graphsvc.loading.context import KEPT_PER_RULE
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Origin, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.validation import validate
from graphsvc.validation.compiled.graph import SpoolGraph
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.shapes import Shapes


@pytest.fixture(scope="module")
def shapes(model: Model) -> Shapes:
    found = shapes_of(model)
    with spooled([]) as nothing:
        list(found.check(nothing, Rdf(model, BASE)))  # what is made once is not to be counted
    return found


def mended(things: int) -> Iterator[tuple[Claim, bool]]:
    """A directory in which nothing is wrong."""
    for claim in directory(things):
        if isinstance(claim, EntityRecord) and "odsCode" in claim.values:
            yield replace(claim, values={**claim.values, "odsCode": "X1234"}), False
        else:
            yield claim, False


def converted(shapes: Shapes, rdf: Rdf, entries: Iterator[tuple[Claim, bool]], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many things and claims became RDF."""
    made: list[SpoolGraph] = []
    start = SpoolGraph.__init__

    def noted(graph: SpoolGraph, *args: Any) -> None:
        made.append(graph)
        start(graph, *args)

    with monkeypatch.context() as patch, spooled(entries) as found:
        patch.setattr(SpoolGraph, "__init__", noted)
        list(shapes.check(found, rdf))
    (graph,) = made
    return graph.converted


def test_what_surely_passes_becomes_no_rdf(shapes: Shapes, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    assert converted(shapes, Rdf(model, BASE), mended(300), monkeypatch) == 0


def test_one_thing_in_error_costs_the_same_rdf_among_few_and_many(
    shapes: Shapes, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_in_error(things: int) -> Iterator[tuple[Claim, bool]]:
        yield (
            EntityRecord("organisation/wrong", "Organisation", {"name": "Wrong", "odsCode": "x-1"}, qualifiers(0), "bench"),
            False,
        )
        yield from mended(things)

    few, many = (converted(shapes, Rdf(model, BASE), one_in_error(things), monkeypatch) for things in (50, 500))
    assert 0 < few == many


@pytest.mark.slow
def test_memory_does_not_grow_with_the_input(shapes: Shapes, model: Model) -> None:
    def most(things: int) -> int:
        with spooled((claim, False) for claim in directory(things)) as found:
            tracemalloc.start()
            results = sum(1 for _ in shapes.check(found, Rdf(model, BASE)))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert results == things // ONE_IN
        return peak

    assert most(6_000) < 1.3 * most(1_500)


def checked(path: Path, claims: Iterator[Claim], shapes: Shapes) -> tuple[Context, list[str]]:
    """Claims validated; the rules of the findings kept."""
    spool = Spool(path)
    context = Context(shapes.model, spool)
    context.dataset = "bench"
    for claim in claims:
        context.emit(claim)
    report = validate(context, shapes, Rdf(shapes.model, BASE), lambda things: set())
    return context, [item.rule for item in report.findings]


def test_results_of_one_rule_are_kept_up_to_a_number_and_every_row_is_set_aside(tmp_path: Path, shapes: Shapes) -> None:
    nameless = KEPT_PER_RULE + 20

    def claims() -> Iterator[Claim]:
        yield EntityRecord("source/release", "Source", {"name": "R", "title": "R", "undated": True}, qualifiers(0), "bench")
        for turn in range(nameless):
            yield EntityRecord(entity(turn), "Organisation", {}, qualifiers(turn), "bench", Origin("release.csv", turn + 2))

    context, rules = checked(tmp_path / "claims.sqlite", claims(), shapes)
    assert rules.count("name-min-count") == KEPT_PER_RULE + 1, "so many are kept, and one finding says how many more there are"
    assert len(context.set_aside) == nameless
    assert context.spool.counts()[0] == 1
    context.spool.close()


def test_circles_are_found_at_the_end_of_long_chains(shapes: Shapes, model: Model) -> None:
    things = [f"organisation/{turn}" for turn in range(60)]
    links = [*pairwise(things), (things[-1], things[40]), ("organisation/0", "organisation/59")]
    entries: list[tuple[Claim, bool]] = [
        (EntityRecord(thing, "Organisation", {"name": thing}, qualifiers(0), "bench"), False) for thing in things
    ]
    entries += [(RelationClaim(part, "partOf", whole, qualifiers(0), "bench"), False) for part, whole in links]
    rdf = Rdf(model, BASE)
    with spooled(entries) as found:
        broken = {rdf.entity(item.focus) for item in shapes.check(found, rdf) if "part of itself" in item.message}
    assert broken == set(things[40:])


def test_standing_things_are_asked_of_the_store_a_page_at_a_time(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "claims.sqlite")
    for turn in range(2500):
        spool.add(RelationClaim(entity(turn), "partOf", "organisation/top", qualifiers(0), "bench"))
    found = SpoolReader(spool)
    asked: list[int] = []

    def stands(page: Sequence[str]) -> set[str]:
        asked.append(len(page))
        return {"organisation/top"}.intersection(page)

    found.find_stored(stands)
    assert asked == [1000, 1000, 502]
    assert found.is_stored_only("organisation/top")
    assert found.is_missing(entity(1))
    spool.close()
