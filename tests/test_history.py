"""What is kept of what releases say of one entry, worked out without a store: the same in every order of loading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from graphsvc.loading.release import Release, released_on
from graphsvc.pipeline.history import Entry
from graphsvc.pipeline.release_order import recorded, step_of
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim, Telling
from graphsvc.store import LoadRecord

LIVING: Final = "source/practices"
PARK: Final = "organisation/ods-y1"
DAYS: Final = ("2016-02-29", "2018", "2019-10-31", "2026-02-27")


def named(name: str, **said: date | str) -> EntityRecord:
    return EntityRecord(PARK, "Organisation", {"name": name}, Qualifiers(LIVING, "Y1", **said), "practices")  # type: ignore[arg-type]  # qualifiers by name


def commissioned(by: str, start: str = "", end: str = "", status: str = "IN_FORCE") -> RelationClaim:
    first, last = (date.fromisoformat(item) if item else None for item in (start, end))
    edtf = f"{start}/{last - timedelta(days=1) if last else ''}" if start or end else ""
    said = Qualifiers(LIVING, "Y1", status=status, valid_from=first, valid_to=last, edtf=edtf)
    return RelationClaim(f"organisation/ods-{by}", "commissions", PARK, said, "practices")


@dataclass
class Shelf:
    """What is kept of one entry, release after release."""

    kept: list[Claim] = field(default_factory=list)
    record: LoadRecord | None = None

    def load(self, stated: str, said: Iterable[Claim], *, partial: bool = False) -> None:
        release = Release(LIVING, f"{LIVING}-{stated}", released_on(stated), stated)
        step = step_of(release, self.record, amends=False, partial=partial)
        said = list(said)
        self.record = recorded(LoadRecord("practices", ""), step)
        if partial and not said and not step.earliest:
            return
        entry = Entry(step)
        entry.hold(self.kept)
        if step.corrects:
            entry.forget()
        for claim in said:
            entry.say(claim)
        self.kept = sorted(entry.claims(), key=lambda claim: claim.id)

    def period(self, what: str) -> tuple[str, str, str]:
        """Status, end and EDTF of the only claim that holds a text."""
        (claim,) = [item for item in self.kept if what in str(item)]
        given = claim.qualifiers
        return given.status, str(given.valid_to or ""), given.edtf


def loaded(releases: Mapping[str, Sequence[Claim]], order: Iterable[str], partial: frozenset[str] = frozenset()) -> Shelf:
    shelf = Shelf()
    for day in order:
        shelf.load(day, releases[day], partial=day in partial)
    return shelf


def test_of_years_alone_the_older_name_lasts_until_the_later() -> None:
    releases = {"2018": [named("OLD")], "2025": [named("NEW")]}
    for order in (("2018", "2025"), ("2025", "2018")):
        assert loaded(releases, order).period("OLD") == ("SUPERSEDED", "2025-01-01", "/[2018-01-01..2024-12-31]")


def test_a_relation_of_which_a_later_release_states_the_end_went_on_until_then() -> None:
    ended = commissioned("97b", "2013-04-01", "2021-07-01", "ENDED")
    kept = loaded({"2019": [commissioned("97b", "2013-04-01")], "2026": [ended]}, ("2026", "2019")).kept
    (before,) = [claim for claim in kept if claim.qualifiers.status == "SUPERSEDED"]
    assert (before.qualifiers.valid_to, before.qualifiers.edtf) == (date(2021, 7, 1), "2013-04-01/2021-06-30")


def test_what_a_release_that_is_put_between_does_not_say_ended_before_it() -> None:
    shelf = loaded({"2016": [named("OLD")], "2026": [named("OLD")]}, ("2016", "2026"))
    assert [claim.qualifiers.told for claim in shelf.kept] == [""], "all releases say it"
    shelf.load("2019", [named("MIDDLE")])
    assert shelf.period("MIDDLE") == ("SUPERSEDED", "2026-01-01", "/[2019-01-01..2025-12-31]")
    old = sorted(
        (claim.qualifiers.status, Telling.of(claim.qualifiers.told).spans) for claim in shelf.kept if "OLD" in str(claim)
    )
    assert old == [("IN_FORCE", (("2026-01-01", ""),)), ("SUPERSEDED", (("2016-01-01", "2016-01-01"),))]
    shelf.load("2019", [named("OLD")])
    assert [claim.qualifiers.told for claim in shelf.kept] == [""], "a corrected file replaces what its release said"


def test_a_start_before_a_release_that_said_otherwise_counts_from_the_next() -> None:
    releases = {"2016": [commissioned("97a", "2013-04-01")], "2019": [commissioned("97b", "2013-04-01")]}
    (later,) = [claim for claim in loaded(releases, ("2019", "2016")).kept if "97b" in str(claim)]
    assert (later.qualifiers.valid_from, Telling.of(later.qualifiers.told).since) == (date(2013, 4, 1), "2019-01-01")


STARTS = st.sampled_from(["", "2013-04-01", "2017-04-01", "2019-01-01", "2022-05-01"])
STATEMENTS = st.one_of(
    st.builds(named, st.sampled_from(["ONE", "TWO"])),
    st.builds(commissioned, st.sampled_from(["97a", "97b"]), STARTS),
    st.builds(
        commissioned, st.sampled_from(["97a", "97b"]), st.just("2013-04-01"), st.sampled_from(["2017-01-01", "2021-07-01"])
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(STATEMENTS, max_size=3, unique_by=lambda claim: claim.id), min_size=4, max_size=4),
    st.frozensets(st.sampled_from(DAYS), max_size=1),
    st.permutations(DAYS),
    st.sampled_from([None, *DAYS]),
)
def test_the_order_of_loading_does_not_show(
    said: list[list[Claim]], partial: frozenset[str], order: list[str], corrected: str | None
) -> None:
    """Nor does a mistaken file of one release, if another of its date is loaded in its place."""
    releases = dict(zip(DAYS, said, strict=True))
    shelf = loaded(releases, DAYS, partial)
    other = loaded(releases, order, partial)
    assert [str(claim) for claim in other.kept] == [str(claim) for claim in shelf.kept]
    if corrected and corrected not in partial:
        other.load(corrected, [named("MISTAKE"), commissioned("97c")])
        other.load(corrected, releases[corrected])
        assert [str(claim) for claim in other.kept] == [str(claim) for claim in shelf.kept]
