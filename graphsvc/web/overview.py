"""Summarises the store for the home page and the page of sources: care systems, sources, loads and their findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphsvc.model import Model
from graphsvc.store import LoadRecord, Store, StoreInfo
from graphsvc.store.neighbourhood import SystemContents, count_by_source, read_system_contents, read_things
from graphsvc.web import words

SHOWN = ("Organisation", "Service", "Agreement", "Programme", "Statement", "Observation", "OpenQuestion")
"""What a strategy team counts first; each class stands for its subclasses too."""
CALLED = {"Observation": ("figure", "figures")}
"""Classes that people call something else."""
SMALL = 10
"""A care system of fewer things is only named in passing."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source, with its date and what it says."""

    id: str
    title: str
    kind: str
    publisher: str
    published: str
    published_on: str
    claims: int


@dataclass(frozen=True, slots=True)
class SystemCard:
    """A care system and what is held of it."""

    id: str
    name: str
    kind: str
    total: int
    counts: tuple[tuple[str, int], ...]
    stands: tuple[tuple[str, int, str], ...]
    """Kind of mark, number of things, words."""
    sources: tuple[tuple[str, str, str], ...]
    """Id, title, and date of publication in words."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """The summary of the store at one revision."""

    revision: int
    info: StoreInfo
    systems: tuple[SystemCard, ...]
    named: tuple[SystemCard, ...]
    """Care systems that the sources only name."""
    sources: tuple[SourceRow, ...]
    loads: tuple[LoadRecord, ...]

    @property
    def things(self) -> int:
        """Number of things of any class."""
        return sum(self.info.entities.values())

    @property
    def last_load(self) -> str:
        """When the newest load was published: ISO text, empty if there was none."""
        return max((load.loaded_at for load in self.loads), default="")

    @property
    def findings(self) -> str:
        """The findings of the last load of each map, counted in words; empty where there are none."""
        counts = Counter(str(finding.get("severity", "finding")).lower() for load in self.loads for finding in load.findings)
        return ", ".join(words.counted(count, name) for name, count in counts.most_common())


def _label(model: Model, class_name: str, prop_name: str, value: object) -> str:
    cls = model.classes.get(class_name)
    prop = cls.property(prop_name) if cls else None
    concept = model.schemes[prop.scheme].find(str(value)) if prop and prop.scheme in model.schemes and value else None
    return concept.label if concept else str(value or "")


def source_row(model: Model, identifier: str, values: Mapping[str, Any], claims: int) -> SourceRow:
    """A source as a row, from its preferred values."""
    published = str(values.get("published") or "")
    stated = str(values.get("publishedStated") or "")
    return SourceRow(
        id=identifier,
        title=str(values.get("title") or values.get("name") or identifier),
        kind=words.sentence(_label(model, "Source", "kind", values.get("kind"))),
        publisher=str(values.get("publisher") or ""),
        published=words.day(published) or stated,
        published_on=published,
        claims=claims,
    )


def _card(
    model: Model, identifier: str, values: Mapping[str, Any], held: SystemContents, sources: Mapping[str, SourceRow]
) -> SystemCard:
    counts = []
    for name in SHOWN:
        cls = model.classes.get(name)
        if cls:
            total = sum(held.classes.get(item.name, 0) for item in model.concrete(name))
            if total:
                one, many = CALLED.get(name, (cls.label, cls.plural_label))
                label = one if total == 1 else many
                counts.append((label.lower(), total))
    plans = sum(held.statuses.get(name, 0) for name in ("PLANNED", "PROPOSED", "INTENDED"))
    over = sum(held.statuses.get(name, 0) for name in ("ENDED", "SUPERSEDED"))
    stands = (
        ("in-force", held.statuses.get("IN_FORCE", 0), "in force"),
        ("shadow", held.statuses.get("SHADOW", 0), "shadow"),
        ("planned", plans, "planned, proposed or intended"),
        ("over", over, "ended or superseded"),
    )
    return SystemCard(
        id=identifier,
        name=str(values.get("name") or identifier),
        kind=words.sentence(_label(model, "CareSystem", "kind", values.get("kind"))),
        total=sum(held.classes.values()),
        counts=tuple(counts),
        stands=tuple(item for item in stands if item[1]),
        sources=tuple((item, sources[item].title, sources[item].published) for item in held.sources if item in sources),
    )


def _newest_first(rows: Sequence[SourceRow]) -> tuple[SourceRow, ...]:
    return tuple(sorted(sorted(rows, key=lambda row: row.title), key=lambda row: row.published_on, reverse=True))


async def read_holdings(store: Store, model: Model, revision: int) -> Holdings:
    """Reads the summary at ``revision``. Raises :class:`graphsvc.errors.StoreError` if the store cannot be read."""
    claims = await count_by_source(store, revision=revision)
    held = await read_system_contents(store, revision=revision)
    things = await read_things(store, sorted({*claims, *held}), revision=revision)
    sources = {item: source_row(model, item, things.get(item, {}), count) for item, count in claims.items()}
    cards = [_card(model, item, things.get(item, {}), of, sources) for item, of in held.items()]
    cards.sort(key=lambda card: (-card.total, card.name))
    loads = sorted(await store.loads(), key=lambda load: load.title or load.dataset)
    return Holdings(
        revision=revision,
        info=await store.info(),
        systems=tuple(card for card in cards if card.total >= SMALL),
        named=tuple(card for card in cards if card.total < SMALL),
        sources=_newest_first(list(sources.values())),
        loads=tuple(loads),
    )
