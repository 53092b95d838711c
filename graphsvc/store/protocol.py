"""The protocol that every store implements, and the records that pass through it: loads, publications, claims in short."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from graphsvc.provenance import Claim

if TYPE_CHECKING:
    from graphsvc.store.editions import Edition
    from graphsvc.store.sizes import Sizes


class KnownRelease(NamedTuple):
    """A release of a directory that is loaded."""

    key: str
    """The first day that its date can mean, as ISO text; for one without a date a question mark and the id of its Source."""
    source: str
    """Id of the Source that it is."""
    stated: str
    """Its date as it is stated."""
    whole: bool
    """Whether it lists all entries of the directory."""


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """The record of one load: kept in the store, shown by ``graphsvc status`` and the home page."""

    dataset: str
    checksum: str
    """Of the input files, the ontology and the shapes: an equal one means there is nothing to load."""
    revision: int = 0
    """Set by the store."""
    loaded_at: str = ""
    """ISO date and time, UTC; set by the store."""
    title: str = ""
    files: tuple[str, ...] = ()
    added: int = 0
    changed: int = 0
    retired: int = 0
    superseded: int = 0
    """Claims of an earlier release of the directory that are kept as its history."""
    vanished: int = 0
    """Entries that this load found to be no longer listed."""
    unlisted: int = 0
    """Entries that are no longer listed, all told."""
    entities: int = 0
    claims: int = 0
    rejected: int = 0
    findings: tuple[Mapping[str, Any], ...] = ()
    """Findings as JSON objects, all of them, worst first."""
    accepted: tuple[str, ...] = ()
    """What would have stopped it, had it not been accepted for once."""
    audit: Mapping[str, Any] = field(default_factory=dict)
    """What became of every column and key, as :class:`graphsvc.loading.audit.Audit` tells it."""
    release: str = ""
    """Id of the Source that is the latest release, where the input is one of a directory."""
    released: str = ""
    """The date of that release, as it is stated."""
    releases: tuple[KnownRelease, ...] = ()
    """All releases of the directory that are loaded, earliest first."""
    issuer: str = ""
    """Who hands the directory out, as its files tell it: a publisher's name, or what stands for one in its ids."""
    cleaned: int = 0
    """Version of the rule against persons that findings and audit have passed; 0 for loads from before there was one."""


CleanLoad = Callable[[list[dict[str, Any]], Mapping[str, Any]], tuple[list[dict[str, Any]], dict[str, Any]]]
"""Findings and audit of a load as they are stored, and as they may stay."""


class Held(NamedTuple):
    """A stored claim in short: identity, ends and revision, without its values."""

    id: str
    relation: str
    """Name of the relation; empty for a record."""
    subject: str
    object: str
    """Empty for a record."""
    source: str
    locator: str
    statement: str
    """The id that it has in a release that says it; empty for what the latest release of its directory does not say."""
    stub: bool
    """Whether it is a record that only refers to a thing by its code."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A dataset's next state as a difference to what the store holds of it."""

    load: LoadRecord
    added: Iterable[Claim]
    """Claims to write; may be a generator, is read once, in batches."""
    retired: Iterable[str] = ()
    """Ids of claims that the dataset no longer makes."""
    base: int | None = None
    """The revision at which the difference was made; publishing is refused if the dataset was loaded since."""


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Engine, version, address and content of a store."""

    engine: str
    """``Neo4j`` or ``ArcadeDB (embedded)``."""
    version: str
    address: str
    revision: int
    entities: Mapping[str, int] = field(default_factory=dict)
    """Number of things by class name, at the current revision."""
    claims: int = 0


class Store(Protocol):
    """The interface of a store. Names in Cypher come from the Model, values travel as parameters."""

    @property
    def text_index(self) -> str:
        """Name of the full text index over things (``name`` and ``searchText``), for ``db.index.fulltext.queryNodes``."""
        ...

    @property
    def reads_in_order(self) -> bool:
        """Whether an index gives things in its order, so that a page need not sort them all."""
        ...

    async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        """Run one read query; rows as lists in the order of ``RETURN``.

        Raises StoreError if the store is down or refuses, StoreTimeout past ``timeout`` seconds. Never writes.
        """
        ...

    async def prepare(self) -> None:
        """Creates types, constraints and indexes of the Model, and sweeps away what an unfinished load left."""
        ...

    async def revision(self) -> int:
        """The current revision; 0 in an empty store."""
        ...

    async def edition(self, *, fresh: bool = False) -> Edition:
        """The current edition, by which answers are kept. It may be older by ``Settings.revision_age``, unless ``fresh``.

        Never one before an edition that was already given; what was published through this store is seen at once.
        """
        ...

    def claims_of(self, dataset: str) -> AsyncIterator[Sequence[Held]]:
        """The dataset's current claims in short, in batches, so that a difference can be made in bounded memory."""
        ...

    async def claims(self, held: Sequence[Held]) -> list[Claim]:
        """The claims in full, in no order; those that are no longer current are left out. For some hundreds at a time."""
        ...

    async def known(self, ids: Sequence[str]) -> set[str]:
        """Which of the given ids the store holds at the current revision."""
        ...

    async def publish(self, publication: Publication) -> LoadRecord:
        """Write a difference under the next revision and flip to it; atomic for readers, repeatable after a crash."""
        ...

    def export(self) -> AsyncIterator[Sequence[Claim]]:
        """Every current claim, in batches, in a stable order: those about the same thing or relation together, best first."""
        ...

    async def sizes(self) -> Sizes:
        """Counts at the current revision: an upper bound of what any query can find."""
        ...

    async def loads(self) -> list[LoadRecord]:
        """The last load of each dataset."""
        ...

    async def clean_loads(self, rule: int, clean: CleanLoad) -> int:
        """Pass findings and audit of every load that has not passed version ``rule`` through ``clean``; how many changed."""
        ...

    async def info(self) -> StoreInfo:
        """Engine, version, revision and counts."""
        ...

    async def close(self) -> None:
        """Close connections; the embedded engine stops when the process that started it closes it."""
        ...
