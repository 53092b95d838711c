"""Works out what the graph keeps of what the releases of a directory said of one entry (decision 0017).

Each release says something of an entry on its own day. From which releases said what, whatever their order of loading, follow the
claims: what the last one says stands, what one before said is history, and what an entry lacks in between is marked. So a release
can be put before those that are loaded, or be corrected, and what the others said of their own days stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from graphsvc.dates import period, split
from graphsvc.pipeline.release_order import Step, day_of
from graphsvc.provenance import OVER, TRUE_NOW, Claim, EntityRecord, Qualifiers, RelationClaim, Telling
from graphsvc.store import KnownRelease

MARK: Final = "noLongerListedIn"


@dataclass
class Said:
    """One statement about an entry, and the releases that make it, by their places."""

    statement: Claim
    """As a release states it, cited from the directory."""
    places: set[int] = field(default_factory=set)


class Releases:
    """The releases of a directory in order, with where each claim's telling leads among them."""

    def __init__(self, known: Sequence[KnownRelease], living: str) -> None:
        self.known = known
        self.living = living
        self.places = {item.key: number for number, item in enumerate(known)}
        self.sources = {item.source for item in known}
        self.whole = [number for number, item in enumerate(known) if item.whole]

    def day(self, place: int) -> date | None:
        """The day of a release; ``None`` for one without a date."""
        return day_of(self.known[place].key)

    def named(self, place: int, otherwise: str, what: str = "that") -> str:
        """How a note names a release."""
        stated = self.known[place].stated
        return f"{what} of {stated}" if stated else otherwise

    def told(self, telling: Telling) -> set[int] | None:
        """The releases that say a claim; ``None`` if it names one that is not known."""
        found: set[int] = set()
        for first, last in telling.spans:
            start, end = self.places.get(first) if first else 0, self.places.get(last) if last else -1
            if start is None or end is None or not self.known:
                return None
            found |= self._within(start, end)
        return found

    def _within(self, start: int, end: int) -> set[int]:
        """The releases of a run; ``end`` is -1 where it goes on to the latest."""
        last = end if end >= 0 else max((place for place in self.whole if place >= start), default=start)
        return {start, last, *(place for place in self.whole if start <= place <= last)}

    def telling(self, run: Sequence[int], spoken: set[int], *, living: bool) -> Telling:
        """What a claim keeps of a run of releases that say it, of those that have ``spoken`` of the entry."""
        spans: list[list[int]] = []
        for place in run:
            if spans and self._goes_on(spans[-1][-1], place, spoken):
                spans[-1].append(place)
            else:
                spans.append([place])
        kept = [(self._first(span[0], living), self.known[span[-1]].key) for span in spans]
        if living and self._within(spans[-1][0], -1) == {*spans[-1]}:
            kept[-1] = (kept[-1][0], "")
        return Telling(tuple(kept))

    def _goes_on(self, last: int, place: int, spoken: set[int]) -> bool:
        """Whether a run of releases that list all entries leads from one release to another."""
        return self.known[last].whole and not any(last < other < place and other not in spoken for other in self.whole)

    def _first(self, place: int, living: bool) -> str:
        return "" if living and place == 0 else self.known[place].key


def plain(claim: Claim, releases: Releases) -> Claim:
    """The claim as a release states it, cited from the directory."""
    given, telling = claim.qualifiers, Telling.of(claim.qualifiers.told)
    source = releases.living if given.source in releases.sources else given.source
    if telling.was is None:
        return replace(claim, qualifiers=replace(given, source=source, told=""))
    status, end, edtf, note = telling.was
    valid_to = date.fromisoformat(end) if end else None
    return replace(
        claim, qualifiers=replace(given, source=source, status=status, valid_to=valid_to, edtf=edtf, note=note, told="")
    )


class Entry:
    """What all releases say of one entry."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.before = Releases(step.before, step.release.directory)
        self.releases = Releases(step.releases, step.release.directory)
        self._shift = [self.releases.places[item.key] for item in step.before]
        self.said: dict[str, Said] = {}
        self.as_it_is: list[Claim] = []
        """Claims that stay as they are: which releases say them is not known."""

    def hold(self, claims: Iterable[Claim]) -> None:
        """Takes what the store holds of it."""
        for claim in claims:
            told = self.before.told(Telling.of(claim.qualifiers.told))
            if told is None:
                self.as_it_is.append(claim)
                continue
            self._said(plain(claim, self.before)).places.update(self._shift[place] for place in told)

    def forget(self) -> None:
        """Leaves out what an earlier file of this release said."""
        for item in self.said.values():
            item.places.discard(self.step.place)

    def say(self, statement: Claim) -> None:
        """Takes what this release says."""
        self._said(statement).places.add(self.step.place)

    def _said(self, statement: Claim) -> Said:
        return self.said.setdefault(statement.id, Said(statement))

    @property
    def spoken(self) -> list[int]:
        """The releases that say something of it."""
        return sorted(set().union(*(item.places for item in self.said.values())))

    def said_before(self) -> list[Said]:
        """What an earlier file of this release said of it; else the last release before."""
        if own := [item for item in self.said.values() if self.step.place in item.places]:
            return own
        earlier = [place for place in self.spoken if place < self.step.place]
        return [item for item in self.said.values() if earlier and earlier[-1] in item.places]

    def statement(self, claim: Claim) -> Claim:
        """A claim about it as a release states it."""
        return plain(claim, self.releases)

    def listed_last(self, listed: set[int]) -> bool:
        """Whether the last whole release before this one is among some."""
        return max((place for place in self.releases.whole if place < self.step.place), default=-1) in listed

    def listed(self, entity: str) -> set[int]:
        """The releases that describe a thing."""
        records = [
            item for item in self.said.values() if isinstance(item.statement, EntityRecord) and item.statement.entity == entity
        ]
        return set().union(*(item.places for item in records))

    # -- what is kept --------------------------------------------------------------------------------------------------------

    def claims(self) -> Iterator[Claim]:
        """The claims that follow: one for each run of releases that make a statement."""
        yield from self.as_it_is
        spoken = self.spoken
        order = {place: number for number, place in enumerate(spoken)}
        for item in self.said.values():
            runs: list[list[int]] = []
            for place in sorted(item.places):
                if runs and order[place] == order[runs[-1][-1]] + 1:
                    runs[-1].append(place)
                else:
                    runs.append([place])
            for run in runs:
                following = order[run[-1]] + 1
                yield self._claim(item, run, spoken, spoken[following] if following < len(spoken) else None)

    def _claim(self, item: Said, run: Sequence[int], spoken: Sequence[int], following: int | None) -> Claim:
        statement, living = item.statement, following is None
        given = statement.qualifiers
        telling = replace(self.releases.telling(run, set(spoken), living=living), since=self._since(item, run[0], spoken))
        if following is None:
            return replace(statement, qualifiers=replace(given, told=telling.text()))
        end, edtf = self._end(item, run[-1], following)
        note = f"{given.note} {self._gone(run[-1], following)}".strip()
        kept = replace(telling, was=(given.status, given.valid_to.isoformat() if given.valid_to else "", given.edtf, given.note))
        source = self.releases.known[run[-1]].source if given.source == self.releases.living else given.source
        ended = replace(given, source=source, status="SUPERSEDED", valid_to=end, edtf=edtf, note=note, told=kept.text())
        return replace(statement, qualifiers=ended, origin=None)

    def _gone(self, last: int, following: int) -> str:
        """The note on what the last of some releases says, and the following one does not."""
        before = self.releases.named(last, "an earlier release", "the release")
        return f"Listed in {before}; not in {self.releases.named(following, 'the one after it')}."

    def _since(self, item: Said, first: int, spoken: Sequence[int]) -> str:
        """The day from which the releases agree on a relation that claims to have held on the day of one that said otherwise."""
        claim = item.statement
        if isinstance(claim, EntityRecord) or not (claim.qualifiers.valid_from or claim.qualifiers.valid_to):
            return ""
        same = [
            other
            for other in self.said.values()
            if isinstance(other.statement, RelationClaim) and _fact(other.statement) == _fact(claim)
        ]
        earlier = [place for place in spoken if place < first]
        for place, following in reversed(list(pairwise([*earlier, first]))):
            day, next_day = self.releases.day(place), self.releases.day(following)
            if day is None or next_day is None or not _covers(claim.qualifiers, day):
                continue
            if not any(place in other.places and _covers(other.statement.qualifiers, day) for other in same):
                return next_day.isoformat()
        return ""

    def _end(self, item: Said, last: int, following: int) -> tuple[date | None, str]:
        """The first day on which a statement surely no longer holds, and its EDTF.

        It ended on the day that what took its place states, or on the end that the later release states of the same relation;
        else on some day between the two releases, or by the end that the later one states of the thing.
        """
        given, day, limit = item.statement.qualifiers, self.releases.day(last), self.releases.day(following)
        start = split(given.edtf)[0] or (given.valid_from.isoformat() if given.valid_from else "")
        own = given.valid_to
        if day is None:
            return (own, given.edtf) if own else (None, f"{start}/" if start else "")
        if own and own <= day + timedelta(days=1):
            return own, given.edtf
        if limit is None:
            return _exactly(start, day + timedelta(days=1), given)
        fresh = [other.statement for other in self.said.values() if following in other.places and last not in other.places]
        begins = [
            since
            for other in fresh
            if _takes_the_place(other, item.statement)
            and (since := other.qualifiers.valid_from)
            and day < since <= limit
            and other.qualifiers.holds_from > given.holds_from
        ]
        if begins and not (own and own <= min(begins)):
            return _exactly(start, min(begins), given)
        ends = [
            until
            for other in fresh
            if _is_same(other, item.statement) and (until := other.qualifiers.valid_to) and day < until <= limit
        ]
        if ends and isinstance(item.statement, RelationClaim) and not (own and own <= min(ends)):
            return _exactly(start, min(ends), given)  # the same two went on until then
        latest = min([limit, *ends, *([own] if own else [])])
        if given.valid_from and latest <= given.valid_from:
            return None, f"{start}/" if start else ""
        final = latest - timedelta(days=1)
        return latest, f"{start}/{day if day == final else f'[{day}..{final}]'}"

    # -- what is not listed --------------------------------------------------------------------------------------------------

    def marks(self, entity: str, listed: set[int], dataset: str) -> Iterator[RelationClaim]:
        """The marks of a thing: since which release it is not listed, and until which."""
        before = -1
        for place in self.releases.whole:
            earlier = [other for other in listed if other < place]
            if place not in listed and earlier and max(earlier) >= before:
                yield self._mark(entity, place, max(earlier), listed, dataset)
            before = place

    def _mark(self, entity: str, place: int, last: int, listed: set[int], dataset: str) -> RelationClaim:
        release = self.releases.known[place]
        start = period(release.stated, "")
        note = self._gone(last, place)
        said = Qualifiers(release.source, entity.partition("/")[2], valid_from=start[0], edtf=start[2], note=note)
        again = min((other for other in listed if other > place), default=None)
        if again is not None:
            end = self.releases.day(again)
            note = f"{note} Listed again in {self.releases.named(again, 'the release of an unknown date', 'the release')}."
            end = end if end and (said.valid_from is None or end > said.valid_from) else None
            edtf = _exactly(split(said.edtf)[0], end, said)[1] if end else said.edtf
            said = replace(said, status="ENDED", valid_to=end, edtf=edtf, note=note)
        return RelationClaim(entity, MARK, release.source, said, dataset)


def _exactly(start: str, end: date | None, given: Qualifiers) -> tuple[date | None, str]:
    """A stated end, unless it does not come after the start."""
    if end is None or (given.valid_from and end <= given.valid_from):
        return None, f"{start}/" if start else ""
    return end, f"{start}/{(end - timedelta(days=1)).isoformat()}"


def _fact(claim: RelationClaim) -> tuple[str, str, str]:
    return claim.subject, claim.relation, claim.object


def _is_same(one: Claim, other: Claim) -> bool:
    """Whether two claims are of one thing, or relate the same two."""
    if isinstance(one, EntityRecord) or isinstance(other, EntityRecord):
        return isinstance(one, EntityRecord) and isinstance(other, EntityRecord) and one.entity == other.entity
    return _fact(one) == _fact(other)


def _takes_the_place(one: Claim, other: Claim) -> bool:
    """Whether one claim can take the place of another: of the same thing, or the same relation at one end."""
    if isinstance(one, RelationClaim) and isinstance(other, RelationClaim):
        return one.relation == other.relation and (one.subject == other.subject or one.object == other.object)
    return _is_same(one, other)


def _covers(given: Qualifiers, day: date) -> bool:
    """Whether a claim is said to hold on a day, by its stated period."""
    return given.status in (*TRUE_NOW, *OVER) and given.holds_from <= day.isoformat() < given.holds_to
