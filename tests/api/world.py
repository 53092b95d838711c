"""A small, varied care system made by chance from a seed: parallel claims, plans, unknown dates, ends that nobody dates."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from graphsvc.model import Model, Property
from graphsvc.provenance import STATUSES, Claim, EntityRecord, Qualifiers, RelationClaim, Value

DATASET = "world"
LISTING = "listing"
"""The directory, whose releases replace what they said before; here it is loaded with the world."""
SOURCES = {
    "source/a": date(2017, 5, 10), "source/b": date(2020, 11, 1), "source/c": None, "source/d": date(2016, 1, 1),
    "source/e": None,
}  # fmt: skip
NOT_BEFORE = {"source/e": date(2018, 7, 9)}
"""The earliest day that is known of an undated source; of ``source/c`` none is."""
DIRECTORY = "source/d"
DAYS = (None, None, date(2016, 4, 1), date(2018, 4, 1), date(2019, 7, 1), date(2021, 4, 1))
CAST = {
    "CareSystem": 2, "Place": 3, "Neighbourhood": 3, "Organisation": 7, "OrganisationGroup": 2, "Partnership": 3,
    "GovernanceBody": 3, "Service": 8, "Agreement": 3, "Contract": 4, "Subcontract": 2, "AllianceAgreement": 2,
    "AgreementPhase": 4, "Observation": 4,
    "OpenQuestion": 3, "Milestone": 3, "Programme": 3, "Fund": 1, "PooledFund": 2, "PaymentMechanism": 2,
}  # fmt: skip
TIES = {
    "inSystem": 40, "within": 7, "serves": 10, "memberOf": 16, "partOf": 12, "reportsTo": 6, "provides": 18,
    "commissions": 10, "covers": 30, "party": 16, "overlays": 5, "phaseOf": 4, "paidThrough": 5, "observes": 6,
    "questionAbout": 5, "milestoneOf": 6, "dependsOn": 10,
    "worksWith": 12, "coterminousWith": 5, "supports": 8, "holdsFund": 4,
}  # fmt: skip
WORDS = ("Walsall", "Wigan", "wellbeing", "Étoile", "acute", "Zeta", "alpha", "O'Brien", "100%", "a_b")


class World:
    """The claims of one seed; ``crowd`` times as many as the cast and its ties."""

    def __init__(self, model: Model, seed: int = 3, crowd: int = 1) -> None:
        self._model = model
        self._random = random.Random(seed)
        self.things: dict[str, str] = {}
        """Class by id."""
        self.claims: list[Claim] = []
        self._ids: set[str] = set()
        for source, published in SOURCES.items():
            self._add_source(source, published)
        for name, number in CAST.items():
            slug = model.classes[name].slug
            for index in range(crowd * number):
                self._add_thing(f"{slug}/{name.lower()}-{index}", name)
        for relation, number in TIES.items():
            self._add_ties(relation, crowd * number)

    def _add_source(self, source: str, published: date | None) -> None:
        self.things[source] = "Source"
        values: dict[str, Value | tuple[Value, ...]] = {"name": f"Paper {source[-1]}", "title": f"Title {source[-1]}"}
        if published:
            values["published"] = published.isoformat()
        if source in NOT_BEFORE:
            values["notPublishedBefore"] = NOT_BEFORE[source].isoformat()
        if source == DIRECTORY:
            values["kind"] = "DIRECTORY"
        self._keep(EntityRecord(source, "Source", values, Qualifiers(source=source), DATASET))

    def _qualifiers(self) -> Qualifiers:
        chance = self._random
        start, end = sorted((chance.choice(DAYS), chance.choice(DAYS)), key=lambda day: (day is None, day))
        if chance.random() < 0.5:
            start, end = (end, None) if start is None else (start, end)
        if start and end and start >= end:
            end = None
        return Qualifiers(
            source=chance.choice(list(SOURCES)),
            locator=chance.choice(("", "slide 3", "section 2.1", "table 4")),
            confidence=chance.choice(("EXPLICIT", "EXPLICIT", "INFERRED")),
            status=chance.choice(("IN_FORCE",) * 8 + STATUSES),
            valid_from=start,
            valid_to=end,
            edtf=self._edtf(start, end),
            as_stated=chance.choice(("", "2017/18", "by July 2019")),
            note=chance.choice(("", "", "to be agreed")),
        )

    def _edtf(self, start: date | None, end: date | None) -> str:
        """A period with these outermost bounds, as coarse as papers give them; or with one that has no outermost bound."""
        if self._random.random() < 0.5:
            return ""
        month, year = f"{start:%Y-%m}" if start else "", f"[{start}..{start:%Y}-12-31]" if start else ""
        first = (
            self._random.choice((month, year, f"[{start}..]", str(start))) if start else self._random.choice(("", "[..2018-03]"))
        )
        day = end - timedelta(days=1) if end else None
        last = self._random.choice((f"{day:%Y-%m}", f"[..{day}]", f"[{day:%Y}-01-01..{day}]")) if day else ""
        if not day and self._random.random() < 0.2:
            last = "[2019-07..]"
        return f"{first}/{last}"

    def _add_thing(self, entity: str, name: str) -> None:
        self.things[entity] = name
        # Names repeat, so that the order by id is put to work.
        title = f"{self._random.choice(WORDS)} {self._random.randrange(4)}"
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            self._keep(EntityRecord(entity, name, self._values(name, title), self._qualifiers(), DATASET))
        if self._random.random() < 0.4:
            self._add_releases(entity, name)

    def _add_releases(self, entity: str, name: str) -> None:
        """What the releases of a directory said of a thing, each until the next; perhaps it is listed no longer."""
        start = self._random.choice(DAYS)
        ends = sorted({day for day in self._random.sample(DAYS, 3) if day and (start is None or day > start)})
        for end in [*ends, None][: self._random.choice((1, 2, 4))]:
            status = "SUPERSEDED" if end else "IN_FORCE"
            given = Qualifiers(source=DIRECTORY, status=status, valid_from=start, valid_to=end)
            self._keep(EntityRecord(entity, name, self._values(name, f"Listed {self._random.randrange(9)}"), given, LISTING))

    def _values(self, name: str, title: str) -> dict[str, Value | tuple[Value, ...]]:
        values: dict[str, Value | tuple[Value, ...]] = {"name": title}
        for entry in self._model.classes[name].properties:
            if entry.name == "referenceOnly":
                if self._random.random() < 0.1:
                    values[entry.name] = True
            elif entry.name != "name" and (entry.min_count or self._random.random() < 0.6):
                many = {self._value(entry) for _ in range(self._random.choice((1, 2)))}
                values[entry.name] = tuple(sorted(many, key=str)) if entry.many else self._value(entry)
        return values

    def _value(self, entry: Property) -> Value:
        chance = self._random
        if entry.datatype == "enum":
            return chance.choice(self._model.schemes[entry.scheme].concepts[:4]).name
        if entry.datatype == "integer":
            return chance.randrange(5)
        if entry.datatype == "decimal":
            return chance.choice((0.5, 8.0, 30000.0, 61000.0))
        if entry.datatype == "boolean":
            return chance.random() < 0.5
        if entry.datatype == "date":
            return chance.choice([day for day in DAYS if day]).isoformat()
        return chance.choice(WORDS)

    def _of(self, names: Sequence[str]) -> Sequence[str]:
        concrete = {item.name for one in names for item in self._model.concrete(one)}
        return [entity for entity, kind in self.things.items() if kind in concrete and kind != "Source"]

    def _add_ties(self, name: str, number: int) -> None:
        relation = self._model.relations[name]
        subjects, objects = self._of(relation.domains), self._of(relation.ranges)
        for index in range(number):
            subject = subjects[index % len(subjects)] if relation.max_count == 1 else self._random.choice(subjects)
            target = self._random.choice(objects)
            if subject == target:
                continue
            for _ in range(self._random.choice((1, 1, 2, 3))):
                self._keep(RelationClaim(subject, name, target, self._qualifiers(), DATASET))

    def _keep(self, claim: Claim) -> None:
        if claim.id not in self._ids:
            self._ids.add(claim.id)
            self.claims.append(claim)
