"""A slow, obvious evaluation of the GraphQL API over claims: what every answer is compared with.

It shares nothing with the planner. graphql-core's own executor walks the request, and each field is resolved by going through
all claims again. The rules of status and date are those of ``docs/decisions/0012-status-and-as-at.md``,
``docs/decisions/0014-what-is-known-of-a-day.md`` and, of what directories list,
``docs/decisions/0017-releases-on-their-days.md``, written out once more.
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any

from graphql import ExecutionResult, FieldNode, GraphQLResolveInfo, GraphQLSchema, execute_sync, parse
from graphql.type import GraphQLAbstractType

from graphsvc.model import Model, Relation
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim

TODAY = "2026-11-29"
"""The day of a question that names none."""
TRUE = {"IN_FORCE", "SHADOW"}
OVER = {"ENDED", "SUPERSEDED"}
SURENESS = ("STATED", "POSSIBLE", "CONTINUED", "BEFORE_TOLD")
EVERY = ("IN_FORCE", "SHADOW", "PLANNED", "PROPOSED", "INTENDED", "ENDED", "SUPERSEDED")
ORDER = ("IN_FORCE", "SHADOW", "INTENDED", "PROPOSED", "PLANNED", "ENDED", "SUPERSEDED")
QUALIFIERS = ("status", "validFrom", "validTo", "asStated", "edtf", "note")


def plain(value: Any) -> Any:
    """Enum terms by name, all the way down."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    return value


def qualifiers(given: Qualifiers) -> dict[str, Any]:
    """Qualifiers as conditions see them."""
    return {
        "status": given.status,
        "validFrom": given.valid_from.isoformat() if given.valid_from else None,
        "validTo": given.valid_to.isoformat() if given.valid_to else None,
        "asStated": given.as_stated or None,
        "edtf": given.edtf or None,
        "note": given.note or None,
    }


def as_shown(given: Qualifiers) -> dict[str, Any]:
    """Qualifiers as the API shows them: a bound that is not stated to the day is none."""
    said = Period.of(given)
    bounds = {"validFrom": said.start[0] == said.start[1], "validTo": said.end[0] == said.end[1]}
    return {name: value if bounds.get(name, True) else None for name, value in qualifiers(given).items()}


@dataclass
class Thing:
    """A thing with its records, best first."""

    id: str
    type: str
    records: list[EntityRecord]

    @property
    def qualifiers(self) -> Qualifiers:
        """The same, named as those of a claim are."""
        return self.best

    @property
    def best(self) -> Qualifiers:
        """The qualifiers it is shown with."""
        return self.records[0].qualifiers

    @property
    def described(self) -> bool:
        """Whether some source does more than refer to it."""
        return not all(map(stub, self.records))

    def value(self, name: str, as_of: str | None, needed: bool) -> Any:
        """What it is; with a date what it was then, or what it is if it was nothing then and has to be something."""
        today = self.first(name, [record for record in self.records if not self.replaced(record)])
        if as_of is None:
            return today
        holding = [record for record in self.records if said_to_hold(record.qualifiers, as_of)]
        if not holding or (self.described and all(map(stub, holding))):
            return today

        holding.sort(key=over)  # best first where it is equal
        holding.sort(key=stub)
        found = self.first(name, holding)
        return today if found is None and needed else found

    def replaced(self, record: EntityRecord) -> bool:
        """Whether its dataset says something else by now."""
        others = [other for other in self.records if other.dataset == record.dataset and not stub(other)]
        return record.qualifiers.status == "SUPERSEDED" and any(other.qualifiers.status != "SUPERSEDED" for other in others)

    def first(self, name: str, records: list[EntityRecord]) -> Any:
        """The value of the first record that gives one; all that any record gives where there may be many."""
        many: list[Any] = []
        told: list[EntityRecord] = []
        for record in records:
            found = record.values.get(name)
            if isinstance(found, tuple):
                before = [other for other in told if other.dataset == record.dataset and other.qualifiers.status == "SUPERSEDED"]
                if all(over(record) == over(other) for other in before):
                    many += [item for item in found if item not in many]
                    told += [record] if found else []
            elif found not in (None, "") and not (name == "referenceOnly" and found and self.described):
                return found
        return many or None


def stub(claim: Claim) -> bool:
    """Whether a record only refers to its thing."""
    return isinstance(claim, EntityRecord) and claim.values.get("referenceOnly") is True


def over(record: EntityRecord) -> tuple[bool, bool, str]:
    """What was superseded first, what has ended second, the rest last; of both, what was over first."""
    given = record.qualifiers
    ends = given.valid_to.isoformat() if given.status in OVER and given.valid_to else ""
    return given.status != "SUPERSEDED", given.status != "ENDED", ends


def said_to_hold(given: Qualifiers, day: str) -> bool:
    """Whether it holds on a day by its stated period, what is not stated being open."""
    if given.valid_from and day < given.valid_from.isoformat():
        return False
    if given.valid_to:
        return day < given.valid_to.isoformat()
    return given.status not in OVER


@dataclass
class Period:
    """What a source says of when something began and ended: the earliest and the latest day of either, as far as it says."""

    began: bool
    ended: bool
    start: tuple[date | None, date | None]
    end: tuple[date | None, date | None]
    """First days on which it no longer holds."""

    @classmethod
    def of(cls, given: Qualifiers) -> Period:
        """The period of some qualifiers. A side that the EDTF does not tell, or tells otherwise, is one day."""
        first, _, last = given.edtf.partition("/")
        start, final = span(first), span(last)
        end = (after(final[0]), after(final[1]))
        return cls(
            bool(first or given.valid_from),
            bool(last or given.valid_to),
            start if start[0] == given.valid_from else (given.valid_from, given.valid_from),
            end if end[1] == given.valid_to else (given.valid_to, given.valid_to),
        )


@dataclass
class Told:
    """Which releases of a directory say a claim, as its qualifiers tell."""

    spans: list[tuple[str, str]]
    since: str
    stated: Qualifiers
    """What a release stated, of what is history by now."""
    over: bool

    @classmethod
    def of(cls, given: Qualifiers) -> Told:
        """Of some qualifiers."""
        kept = json.loads(given.told or "{}")
        stated, was = given, kept.get("was")
        if was:
            end = date.fromisoformat(was[1]) if was[1] else None
            stated = replace(given, status=was[0], valid_to=end, edtf=was[2])
        return cls([tuple(span) for span in kept.get("said", [["", ""]])], kept.get("since", ""), stated, bool(was))

    def says(self, day: date) -> bool:
        """Whether the releases of a day between the first and the last are among those that say it."""
        return any((not first or first <= str(day)) and (not last or str(day) <= last) for first, last in self.spans)


def after(day: date | None) -> date | None:
    """The next day."""
    return day + timedelta(days=1) if day else None


def span(text: str) -> tuple[date | None, date | None]:
    """The first and the last day of an EDTF expression: a year, a month, a day, or a set of consecutive ones."""
    if many := re.fullmatch(r"\[(.*)\.\.(.*)\]", text):
        return span(many[1])[0], span(many[2])[1]
    if not text:
        return None, None
    parts = [int(part) for part in text.split("-")]
    last_month = parts[1] if len(parts) > 1 else 12
    last_day = parts[2] if len(parts) > 2 else calendar.monthrange(parts[0], last_month)[1]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1), date(
        parts[0], last_month, last_day
    )


@dataclass(frozen=True)
class Env:
    """What the root field asked for."""

    certainty: Callable[[Any, str], str | None]
    as_of: str = TODAY
    dated: bool = False
    """Whether the date was asked for; else it is today."""
    status: tuple[str, ...] | None = None
    sure: tuple[str, ...] | None = None
    everything: bool = False
    """Whether what every status and certainty would show is looked at, to count what is hidden."""

    @property
    def accepted(self) -> tuple[str, ...]:
        """The certainties that pass."""
        return SURENESS if self.everything else self.sure if self.sure is not None else SURENESS[:3]

    def shown(self, item: Any, far: bool) -> bool:
        """Whether it holds on the date, surely enough; at the far end of a claim that passes, anyhow."""
        found = self.certainty(item, self.as_of)
        return found is not None and (far or found in self.accepted)

    def exactly(self, item: Any, statuses: Iterable[str], far: bool = False) -> bool:
        """Exactly these statuses; on a date those that hold, and what is over if it is named and no certainties are.

        Without a date, what has a status that is named is shown whether it holds today or not, unless certainties are asked for.
        """
        status = item.qualifiers.status
        if status not in statuses:
            return False
        whenever = status in OVER or not self.dated
        return (whenever and (self.sure is None or set(self.sure) == set(SURENESS) or self.everything)) or self.shown(item, far)

    def default(self, item: Any, far: bool = False) -> bool:
        """What is true today, or was on the date."""
        return item.qualifiers.status in TRUE | OVER and self.shown(item, far)

    def root(self, item: Any) -> bool:
        """For things of a root list."""
        if self.everything:
            return self.exactly(item, EVERY)
        return self.default(item) if self.status is None else self.exactly(item, self.status)

    def below(self, item: Any, more: Iterable[str] = (), far: bool = False) -> bool:
        """For claims and things below the root."""
        if self.everything:
            return self.exactly(item, EVERY, far)
        return self.default(item, far) or self.exactly(item, [*(self.status or ()), *more], far)

    def adds(self, item: Any, own: Iterable[str]) -> bool:
        """Whether a thing is shown because a relation asks for its status, and not by default."""
        return not self.default(item, far=True) and self.exactly(item, own, far=True)

    def statuses(self, root: bool) -> set[str]:
        """The statuses that pass, if they do on the date."""
        base = TRUE | OVER
        return set(self.status or base) if root and self.status is not None else base | set(self.status or ())

    def hiding(self, item: Any, statuses: Iterable[str], passes: bool) -> str:
        """The certainty that hides something; empty if something else does."""
        if passes or item.qualifiers.status not in statuses:
            return ""
        return self.certainty(item, self.as_of) or ""

    def wide(self) -> Env:
        """The same date, with every status and certainty."""
        return Env(self.certainty, self.as_of, self.dated, everything=True)


@dataclass
class Edge:
    """A target and the claims that relate it, best first."""

    target: Thing
    claims: list[RelationClaim]


@dataclass
class Page:
    """A connection as it is resolved."""

    items: list[Any]
    start: int
    total: int
    hidden: Callable[[], dict[tuple[str, str], int]]
    has_next: bool


@dataclass
class Reference:
    """Answers requests over claims."""

    model: Model
    schema: GraphQLSchema
    claims: Iterable[Claim]
    base_iri: str
    default_page: int = 100
    hidden: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    sureness: dict[str, int] = field(default_factory=dict)
    spoken: set[str] = field(default_factory=set)
    found: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.claims = list(self.claims)
        records = [claim for claim in self.claims if isinstance(claim, EntityRecord)]
        self.published = {
            claim.entity: "9999-12-31" if claim.values.get("kind") == "DIRECTORY" else str(claim.values["published"])
            for claim in records
            if claim.class_name == "Source" and "published" in claim.values
        }
        self.told = {
            claim.entity: str(claim.values.get("published") or claim.values["notPublishedBefore"])
            for claim in records
            if claim.class_name == "Source"
            and claim.values.get("kind") not in ("DIRECTORY", "DIRECTORY_RELEASE")
            and ("published" in claim.values or "notPublishedBefore" in claim.values)
        }
        self.listing = {claim.entity for claim in records if claim.values.get("kind") in ("DIRECTORY", "DIRECTORY_RELEASE")}
        days = {
            claim.entity: str(claim.values.get("published") or claim.values.get("publishedStated") or "") for claim in records
        }
        self.releases: dict[str, set[date]] = {}
        for claim in self.claims:
            if isinstance(claim, RelationClaim) and claim.relation == "releaseOf" and (first := span(days[claim.subject])[0]):
                self.releases.setdefault(claim.object, set()).add(first)
        grouped: dict[str, list[EntityRecord]] = {}
        for claim in records:
            grouped.setdefault(claim.entity, []).append(claim)
        self.things = {
            entity: Thing(entity, entries[0].class_name, sorted(entries, key=self.rank)) for entity, entries in grouped.items()
        }
        self.relations = sorted((claim for claim in self.claims if isinstance(claim, RelationClaim)), key=self.rank)

    def rank(self, claim: Claim) -> tuple[Any, ...]:
        """Best first: no stub, status, explicit before inferred, later source first, then source, locator and id."""
        given = claim.qualifiers
        day = self.published.get(given.source, "")
        later_first = tuple(9 - int(digit) for digit in day if digit.isdigit())
        chance = f"{given.source}|{given.locator}|{claim.id}"
        return (stub(claim), ORDER.index(given.status), given.confidence != "EXPLICIT", not day, later_first, chance)

    def ask(self, text: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """``data`` of the answer, ``hidden`` by root field, and what the extensions say of a date."""
        self.hidden, self.sureness, self.spoken = {}, {}, set()
        result = execute_sync(
            self.schema,
            parse(text),
            variable_values=dict(variables or {}),
            field_resolver=self.resolve,
            type_resolver=self.type_of,
        )
        assert isinstance(result, ExecutionResult)
        assert not result.errors, result.errors
        spoken = {min(self.spoken), max(self.spoken)} if self.spoken else set()
        return {"data": result.data, "hidden": self.hidden, "certainty": self.sureness, "told": spoken}

    def type_of(self, value: Any, _info: GraphQLResolveInfo, _kind: GraphQLAbstractType) -> str:
        """Name of the object type."""
        thing = value[0]
        below = [item for item in self.model.classes.values() if thing.type in item.ancestors]
        return f"Plain{thing.type}" if below else str(thing.type)

    def resolve(self, source: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """The value of any field."""
        arguments = plain(given)
        if source is None:
            return self.root(info, arguments)
        kind = info.parent_type.name
        if isinstance(source, tuple) and isinstance(source[0], Thing):
            return self.of_thing(source[0], source[1], info.field_name, arguments)
        if isinstance(source, Page):
            return self.of_page(source, info.field_name)
        if isinstance(source, dict):
            return source[info.field_name]
        raise AssertionError(f"{kind}.{info.field_name}")

    # -- days ---------------------------------------------------------------------------------------------------------------

    def certainty(self, item: Any, day: str) -> str | None:
        """How surely a claim or a thing holds on a day; ``None`` if what is said of it excludes the day."""
        if (item.id, day) not in self.found:
            on = date.fromisoformat(day)
            self.found[item.id, day] = self.of_the_thing(item, on) if isinstance(item, Thing) else self.of_the_claim(item, on)
        return self.found[item.id, day]

    def day_told(self, claim: Claim) -> date | None:
        """The day on which its source spoke; of what a directory lists that of the first release that says it."""
        source = claim.qualifiers.source
        if source in self.listing:
            first = Told.of(claim.qualifiers).spans[0][0]
            if first:
                return None if first.startswith("?") else date.fromisoformat(first)
            return min(self.releases.get(source, ()), default=None)
        found = self.told.get(source)
        return date.fromisoformat(found) if found else None

    def excluded(self, given: Qualifiers, day: date) -> bool:
        """Whether the stated period excludes a day."""
        said = Period.of(given)
        if given.status in OVER and not given.valid_to:
            return True
        return bool((said.start[0] and day < said.start[0]) or (said.end[1] and said.end[1] <= day))

    def of_the_claim(self, claim: Claim, day: date) -> str | None:
        """The certainty of a claim."""
        return self.of_the_listed(claim, day) if claim.qualifiers.source in self.listing else self.of_the_told(claim, day)

    def of_the_listed(self, claim: Claim, day: date) -> str | None:
        """The certainty of what a directory lists: as a paper's, stated besides on the day of each release that says it."""
        told = Told.of(claim.qualifiers)
        if self.excluded(claim.qualifiers, day):
            return None
        found = self.of_the_told(replace(claim, qualifiers=told.stated), day, self.day_told(claim))
        if found is None or found == "BEFORE_TOLD":
            return found
        if told.since and str(day) < told.since:
            return "BEFORE_TOLD"
        if self.speaks(claim.dataset, day) and told.says(day):
            return "STATED"
        if not told.over:
            return found
        ends = Period.of(claim.qualifiers).end[0] or claim.qualifiers.valid_to
        if ends and day >= ends:
            return "POSSIBLE"
        return "CONTINUED" if found == "POSSIBLE" else found

    def speaks(self, dataset: str, day: date) -> bool:
        """Whether a directory has a release on a day."""
        return day in self.releases.get(f"source/{dataset}", ())

    def of_the_told(self, claim: Claim, day: date, spoke: date | None = None) -> str | None:
        """The certainty of a claim by its stated period and the day on which it was told."""
        given, said, told = claim.qualifiers, Period.of(claim.qualifiers), spoke or self.day_told(claim)
        if self.excluded(given, day):
            return None
        held = told is not None and given.status in TRUE
        if said.began:
            begins = [said.start[1]] if said.start[1] else []
            if held and told and (not said.start[0] or said.start[0] <= told):
                begins.append(told)
        else:
            begins = [told] if told else []
            since = self.since(claim)
            if since and day < since and not said.ended:
                return "BEFORE_TOLD"
        if not begins or day < min(begins):
            return "POSSIBLE"
        if not said.ended:
            return "STATED" if day <= max([min(begins), *([told] if told else [])]) else "CONTINUED"
        lasts = said.end[0] is not None and day < said.end[0]
        if held and told and (not said.end[1] or told < said.end[1]):
            lasts = lasts or day <= told
        return "STATED" if lasts else "POSSIBLE"

    def since(self, claim: Claim) -> date | None:
        """Since when a claim without a start is known: since it was told, or since its subject began if it holds with that."""
        told = self.day_told(claim)
        if told and isinstance(claim, RelationClaim) and self.model.relations[claim.relation].with_subject:
            began = Period.of(self.things[claim.subject].best).start[0]
            return min(told, began) if began else told
        return told

    def first_day(self, claim: Claim) -> date | None:
        """The first day on which what a claim speaks of is known by it."""
        began = Period.of(claim.qualifiers)
        if claim.qualifiers.status not in TRUE | OVER:
            return self.day_told(claim)
        return began.start[0] or (self.day_told(claim) if began.began else self.since(claim))

    def of_the_thing(self, thing: Thing, day: date) -> str | None:
        """The certainty of a thing: that of its best record, but known since the first and said until the last day of any."""
        best, said = thing.records[0], Period.of(thing.best)
        before = [record for record in thing.records[1:] if record.dataset == best.dataset and self.was_listed(record)]
        if before or best.qualifiers.source in self.listing:
            return self.of_a_listed_thing(thing, [best, *before], day)
        if self.excluded(thing.best, day):
            return None
        told = [found for record in thing.records if (found := self.day_told(record))]
        firsts = [self.first_day(record) for record in thing.records]
        if said.began or None in firsts:
            found = self.of_the_claim(best, day)
            if said.began and found == "CONTINUED" and told and day <= max(told):
                return "STATED"
            return "POSSIBLE" if found == "BEFORE_TOLD" else found
        own = min(first for first in firsts if first)
        known = min([own, *self.known_by_relations(thing)])
        if said.ended:
            return "POSSIBLE" if day < known else self.of_an_ended(best, day)
        if day < known:
            return "BEFORE_TOLD"
        return "STATED" if day <= max(own, *told) else "CONTINUED"

    def was_listed(self, record: EntityRecord) -> bool:
        """Whether it is what a release said, until a later one said otherwise."""
        given = record.qualifiers
        return given.source in self.listing and given.status == "SUPERSEDED" and given.valid_to is not None

    def of_a_listed_thing(self, thing: Thing, records: list[EntityRecord], day: date) -> str | None:
        """The certainty of a thing that a directory lists: by what any of its releases said of its period."""
        periods = [Period.of(Told.of(record.qualifiers).stated) for record in records]
        opened = [period.start[0] or date.min for period in periods]
        shown = [record for record in records if not (record.qualifiers.status in OVER and not record.qualifiers.valid_to)]
        over = [Period.of(record.qualifiers).end[1] or date.max for record in shown]
        if day < min(opened) or day >= max(over, default=date.min):
            return None
        papers = [
            found for record in thing.records if record.qualifiers.source not in self.listing and (found := self.day_told(record))
        ]
        firsts = [self.first_day(record) for record in thing.records]
        ended = bool(Period.of(thing.best).ended) or thing.best.status in OVER
        found = self.said_of_it(records, day, ended)
        if not any(period.began for period in periods) and None not in firsts:
            known = min([*filter(None, firsts), *self.known_by_relations(thing)])
            if day < known:
                return "POSSIBLE" if ended else "BEFORE_TOLD"
            found.add("STATED" if day <= max([min(filter(None, firsts)), *papers]) and not ended else None)
        elif papers and day <= max(papers) and not ended and "CONTINUED" in found:
            return "STATED"
        spoken = any(
            self.speaks(record.dataset, day) and Told.of(record.qualifiers).says(day)
            for record in thing.records
            if record.qualifiers.source in self.listing
        )
        if spoken and found & {"STATED", "CONTINUED", "POSSIBLE"}:
            return "STATED"
        return next((name for name in ("STATED", "CONTINUED", "POSSIBLE", "BEFORE_TOLD") if name in found), None)

    def said_of_it(self, records: list[EntityRecord], day: date, ended: bool) -> set[str | None]:
        """How sure its releases are that it is there: by their stated ends if the last one states one, else by the first of them.

        That another word took the place of one does not make it doubtful that the thing is there.
        """
        found = [self.certainty(record, str(day)) for record in records]
        if ended:
            return set(found)
        earliest = min(range(len(records)), key=lambda number: self.day_told(records[number]) or date.max)
        goes_on = {"STATED": "CONTINUED", "CONTINUED": "CONTINUED"}
        others = {goes_on.get(name or "", name) for number, name in enumerate(found) if number != earliest}
        told = [Told.of(record.qualifiers) for record in records]
        begun = any(item.over and day > date.fromisoformat(item.spans[-1][1]) for item in told if item.spans[-1][1][:1] != "?")
        first = "CONTINUED" if begun and found[earliest] in (None, "POSSIBLE") else found[earliest]
        return {first, *others}

    def of_an_ended(self, best: Claim, day: date) -> str:
        """The certainty of what surely began, and of which an end is stated."""
        said, told = Period.of(best.qualifiers), self.day_told(best)
        lasts = said.end[0] is not None and day < said.end[0]
        if told and best.qualifiers.status in TRUE and (not said.end[1] or told < said.end[1]):
            lasts = lasts or day <= told
        return "STATED" if lasts else "POSSIBLE"

    def known_by_relations(self, thing: Thing) -> list[date]:
        """The first days by its relations, as far as papers tell them."""
        about = [
            claim
            for claim in self.relations
            if thing.id in (claim.subject, claim.object) and claim.qualifiers.source not in self.listing and self.day_told(claim)
        ]
        return [found for claim in about if (found := self.first_day(claim))]

    def note(self, things: Iterable[Thing], env: Env) -> None:
        """Notes how sure the rows of a root field are, and when their sources spoke."""
        for thing in things:
            if found := self.certainty(thing, env.as_of):
                self.sureness[found] = self.sureness.get(found, 0) + 1
            self.spoken.update(str(day) for record in thing.records if (day := self.day_told(record)))

    # -- roots ------------------------------------------------------------------------------------------------------------

    def root(self, info: GraphQLResolveInfo, arguments: dict[str, Any]) -> Any:
        """A root field."""
        status = arguments.get("status")
        sure = arguments.get("certainty")
        env = Env(
            self.certainty,
            arguments.get("asOf") or TODAY,
            arguments.get("asOf") is not None,
            tuple(status) if status is not None else None,
            tuple(sure) if sure is not None else None,
        )
        name = info.field_name
        if name == "nodes":
            self.note([self.things[entity] for entity in arguments["ids"] if entity in self.things], env)
            return [(self.things[entity], env) if entity in self.things else None for entity in arguments["ids"]]
        for item in self.model.classes.values():
            classes = {entry.name for entry in self.model.concrete(item.name)}
            if name in (item.field, "node"):
                thing = self.things.get(arguments["id"])
                if not thing or not (name == "node" or thing.type in classes):
                    return None
                self.note([thing], env)
                return thing, env
            if name not in (item.plural, f"{item.plural}Connection"):
                continue
            where = arguments.get("where")

            def found(env: Env, classes: set[str] = classes, where: Any = where) -> list[Thing]:
                return [
                    thing
                    for thing in self.things.values()
                    if thing.type in classes and env.root(thing) and self.matches(thing, where, env, None)
                ]

            shown = self.ordered(found(env), arguments.get("orderBy"), env)

            def hidden(
                env: Env = env, shown: list[Thing] = shown, found: Callable[[Env], list[Thing]] = found
            ) -> dict[tuple[str, str], int]:
                left = [thing for thing in found(env.wide()) if thing.id not in {entry.id for entry in shown}]
                statuses = env.statuses(root=True)
                return count((thing.best.status, env.hiding(thing, statuses, env.root(thing))) for thing in left)

            key = info.path.key
            page = self.page(shown, arguments, lambda thing: ((thing, env),), hidden)
            wanted = arguments.get("first", arguments.get("last", self.default_page))
            selections = [
                entry for node in info.field_nodes for entry in (node.selection_set.selections if node.selection_set else ())
            ]
            asked = {entry.name.value for entry in selections if isinstance(entry, FieldNode)}
            if name == item.plural or asked & {"edges", "nodes", "pageInfo"}:
                self.note([entry[0][0] for entry in page.items], env)
                default = env.status is None and env.sure is None
                if not page.items and default and not arguments.get("offset") and wanted and hidden():
                    self.hidden[str(key)] = by_reason(hidden())
            return [entry[0] for entry in page.items] if name == item.plural else page
        raise AssertionError(name)

    # -- things -----------------------------------------------------------------------------------------------------------

    def of_thing(self, thing: Thing, env: Env, name: str, arguments: dict[str, Any]) -> Any:
        """A field of a thing."""
        if name in ("id", "type"):
            return getattr(thing, name)
        if name == "iri":
            return f"{self.base_iri}/id/{thing.id}"
        if name in QUALIFIERS:
            return as_shown(thing.best)[name]
        if name == "certainty":
            return self.certainty(thing, env.as_of)
        if name == "claims":
            wanted = arguments.get("property")
            records = [self.record(entry, wanted, env) for entry in thing.records]
            return [entry for entry in records if wanted is None or entry["values"]]
        item = self.model.classes[thing.type]
        if entry := item.property(name):
            value = self.value(thing, name, env)
            return (value or []) if entry.many else value
        connection = name.endswith("Connection") and item.relation(name) is None
        relation = next(
            entry for entry in item.relations if entry.field == (name.removesuffix("Connection") if connection else name)
        )
        own = arguments.get("status")
        where = arguments.get("where")

        def edges(env: Env) -> list[Edge]:
            return [edge for edge in self.edges(thing, relation, env, None if env.everything else own, where) if edge.claims]

        shown = edges(env)
        targets = self.ordered([edge.target for edge in shown], arguments.get("orderBy"), env)
        by_id = {edge.target.id: edge for edge in shown}

        def hidden() -> dict[tuple[str, str], int]:
            wider = [edge for edge in edges(env.wide()) if edge.target.id not in by_id]
            reasons = []
            for edge in wider:
                best = edge.claims[0]
                passes = env.exactly(best, own) if own is not None else env.below(best)
                hiding = env.hiding(best, own if own is not None else env.statuses(root=False), passes)
                if own is not None and not relation.mentions:
                    passes = passes or (env.below(best) and not env.default(edge.target, far=True))
                reasons.append((edge.target.best.status, "") if passes else (best.qualifiers.status, hiding))
            return count(reasons)

        if not connection and not relation.many:
            return (targets[0], env) if targets else None
        page = self.page(targets, arguments, lambda target: ((target, env), by_id[target.id]), hidden)
        return page if connection else [entry[0] for entry in page.items]

    def record(self, record: EntityRecord, wanted: list[str] | None, env: Env) -> dict[str, Any]:
        """A record of a thing."""
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in sorted(record.values.items())}
        shown = [{"property": name, "value": value} for name, value in values.items() if wanted is None or name in wanted]
        return {**self.claim(record, env), "values": shown}

    def claim(self, claim: Claim, env: Env) -> dict[str, Any]:
        """What every claim shows."""
        given = claim.qualifiers
        source = self.things.get(given.source)
        return {
            "id": claim.id,
            "source": (source, env) if source else None,
            "locator": given.locator,
            "confidence": given.confidence,
            "dataset": claim.dataset,
            "certainty": self.certainty(claim, env.as_of),
            **as_shown(given),
        }

    def edges(self, thing: Thing, relation: Relation, env: Env, own: list[str] | None, where: Any) -> list[Edge]:
        """Targets of a relation with the claims that pass."""
        stored = relation if relation.forward else self.model.relations[relation.inverse]
        found: dict[str, Edge] = {}
        for claim in self.relations:
            if claim.relation != stored.name:
                continue
            ends = [(claim.subject, claim.object)] if relation.forward else [(claim.object, claim.subject)]
            if relation.symmetric:
                ends = [(claim.subject, claim.object), (claim.object, claim.subject)]
            for near, far in ends:
                if near != thing.id or far not in self.things:
                    continue
                target = self.things[far]
                passes = env.exactly(claim, own) if own is not None else env.below(claim)
                stands = relation.mentions or env.below(target, own or (), far=True)
                if own is not None and not relation.mentions and env.below(claim) and env.adds(target, own):
                    passes = stands = True
                if passes and stands and self.matches(target, where, env, claim):
                    found.setdefault(far, Edge(target, [])).claims.append(claim)
        return list(found.values())

    def value(self, thing: Thing, name: str, env: Env) -> Any:
        """What a property of a thing is, or was on the date."""
        entry = self.model.classes[thing.type].property(name)
        return thing.value(name, env.as_of, needed=bool(entry and entry.min_count))

    # -- where ------------------------------------------------------------------------------------------------------------

    def matches(self, thing: Thing, where: Any, env: Env, claim: RelationClaim | None) -> bool:
        """Whether a thing fulfils all conditions."""
        for name, condition in (where or {}).items():
            if name in ("AND", "OR", "NOT"):
                if not combined(name, condition, lambda inner: self.matches(thing, inner, env, claim)):
                    return False
            elif name == "claim":
                assert claim is not None
                if not self.claim_matches(claim, condition, env):
                    return False
            elif name == "claims":
                if not quantified(condition, thing.records, lambda record, inner: self.claim_matches(record, inner, env)):
                    return False
            elif name == "type":
                if not self.type_matches(thing, condition):
                    return False
            elif not self.field_matches(thing, name, condition, env):
                return False
        return True

    def field_matches(self, thing: Thing, name: str, condition: Any, env: Env) -> bool:
        """Whether a property, qualifier or relation fulfils its condition."""
        if name == "id":
            return fulfils(thing.id, condition)
        if name in QUALIFIERS:
            return fulfils(qualifiers(thing.best)[name], condition)
        if name == "certainty":
            return fulfils(self.certainty(thing, env.as_of), condition)
        item = self.model.classes[thing.type]
        if item.property(name):
            return fulfils(self.value(thing, name, env), condition)
        relation = next(entry for entry in item.relations if entry.field == name)
        pairs = [(edge.target, claim) for edge in self.edges(thing, relation, env, None, None) for claim in edge.claims]
        return quantified(condition, pairs, lambda pair, inner: self.matches(pair[0], inner, env, pair[1]))

    def type_matches(self, thing: Thing, condition: Mapping[str, Any]) -> bool:
        """Whether a thing is of one of some classes."""
        for operator, named in condition.items():
            names = [named] if isinstance(named, str) else named
            inside = any(thing.type == name or name in self.model.classes[thing.type].ancestors for name in names)
            if inside != (operator in ("eq", "in")):
                return False
        return True

    def claim_matches(self, claim: Claim, where: Any, env: Env) -> bool:
        """Whether a claim fulfils all conditions."""
        given = claim.qualifiers
        shown = {
            "source": given.source,
            "locator": given.locator,
            "confidence": given.confidence,
            "dataset": claim.dataset,
            "certainty": self.certainty(claim, env.as_of),
            **qualifiers(given),
        }
        return all(
            combined(name, condition, lambda inner: self.claim_matches(claim, inner, env))
            if name in ("AND", "OR", "NOT")
            else fulfils(shown[name], condition)
            for name, condition in (where or {}).items()
        )

    # -- order and pages --------------------------------------------------------------------------------------------------

    def ordered(self, things: list[Thing], order: list[dict[str, str]] | None, env: Env) -> list[Thing]:
        """In the order asked for, then by name and id; what is not stated comes last."""
        found = sorted(things, key=lambda thing: (self.value(thing, "name", env), thing.id))
        for entry in reversed(order or []):
            ((name, direction),) = entry.items()

            def value(thing: Thing, name: str = name) -> Any:
                if name == "id":
                    return thing.id
                return qualifiers(thing.best)[name] if name in QUALIFIERS else self.value(thing, name, env)

            stated = [thing for thing in found if value(thing) is not None]
            unstated = [thing for thing in found if value(thing) is None]
            found = sorted(stated, key=value, reverse=direction == "DESC") + unstated
        return found

    def page(self, things: list[Thing], arguments: Mapping[str, Any], make: Callable[[Thing], Any], hidden: Any) -> Page:
        """The page asked for."""
        start = arguments.get("offset") or 0
        if "last" in arguments:
            start = max(start, len(things) - arguments["last"])
            size = arguments["last"]
        else:
            size = arguments.get("first", self.default_page)
        chosen = things[start : start + size]
        return Page([make(thing) for thing in chosen], start, len(things), hidden, start + size < len(things))

    def of_page(self, page: Page, name: str) -> Any:
        """A field of a connection. Cursors are opaque and not compared."""
        if name == "totalCount":
            return page.total
        if name == "nodes":
            return [entry[0] for entry in page.items]
        if name == "hidden":
            return [
                {"status": status, "certainty": sure or None, "count": number}
                for (status, sure), number in sorted(page.hidden().items())
            ]
        if name == "pageInfo":
            return {"hasNextPage": page.has_next, "hasPreviousPage": page.start > 0, "startCursor": None, "endCursor": None}
        return [self.edge(entry) for entry in page.items]

    def edge(self, entry: tuple[Any, ...]) -> dict[str, Any]:
        """An edge; of a relation, with its claims."""
        shown: dict[str, Any] = {"node": entry[0], "cursor": "-"}
        if len(entry) > 1:
            edge, env = entry[1], entry[0][1]
            shown |= as_shown(edge.claims[0].qualifiers)
            found = [self.certainty(claim, env.as_of) for claim in edge.claims]
            shown["certainty"] = next((name for name in SURENESS if name in found), None)
            shown["claims"] = [self.claim(claim, env) for claim in edge.claims]
        return shown


def count(reasons: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How often each stands."""
    found = list(reasons)
    return {reason: found.count(reason) for reason in sorted(set(found))}


def by_reason(hidden: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Counts by status, and by certainty of what only its certainty hides."""
    sure: dict[str, int] = {}
    for (_, name), number in hidden.items():
        if name:
            sure[name] = sure.get(name, 0) + number
    counts = {status: number for (status, name), number in hidden.items() if not name}
    return {"counts": counts} | ({"certainty": sure} if sure else {})


def combined(operator: str, condition: Any, test: Callable[[Any], bool]) -> bool:
    """AND, OR and NOT."""
    if operator == "NOT":
        return not test(condition)
    entries = condition if isinstance(condition, list) else [condition]
    return all(map(test, entries)) if operator == "AND" else any(map(test, entries))


def quantified(condition: Mapping[str, Any], entries: Iterable[Any], test: Callable[[Any, Any], bool]) -> bool:
    """some, none and every."""
    results = {
        "some": lambda inner: any(test(entry, inner) for entry in entries),
        "none": lambda inner: not any(test(entry, inner) for entry in entries),
        "every": lambda inner: all(test(entry, inner) for entry in entries),
    }
    return all(results[name](inner) for name, inner in condition.items())


def fulfils(value: Any, condition: Mapping[str, Any]) -> bool:
    """Whether a value fulfils all operators; what is not stated fulfils none but ``isNull`` and ``isEmpty``."""
    return all(_fulfils(value, operator, wanted) for operator, wanted in condition.items())


def _fulfils(value: Any, operator: str, wanted: Any) -> bool:
    if operator == "isNull":
        return (value is None) == wanted
    if operator == "isEmpty":
        return (not value) == wanted
    if value is None:
        return False
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value == wanted,
        "ne": lambda: value != wanted,
        "in": lambda: value in wanted,
        "notIn": lambda: value not in wanted,
        "gt": lambda: value > wanted,
        "gte": lambda: value >= wanted,
        "lt": lambda: value < wanted,
        "lte": lambda: value <= wanted,
        "contains": lambda: wanted.lower() in value.lower(),
        "startsWith": lambda: value.lower().startswith(wanted.lower()),
        "endsWith": lambda: value.lower().endswith(wanted.lower()),
        "has": lambda: wanted in value,
        "hasAny": lambda: any(entry in value for entry in wanted),
        "anyContains": lambda: any(wanted.lower() in entry.lower() for entry in value),
        "hasAll": lambda: all(entry in value for entry in wanted),
    }
    return tests[operator]()
