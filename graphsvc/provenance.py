"""Claims: statements of a source with where it makes them, when they hold, and how sure they are.

Every fact is a claim (PROV, RDF reification). Two kinds of claim pass from a loader to the store: an
:class:`EntityRecord` (that a thing exists, its class and its values) and a :class:`RelationClaim` (that two things
are related). Both carry :class:`Qualifiers`. Identity is content: two claims that say the same have one ``id``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

Value = str | int | float | bool
"""A value as the store keeps it: dates are ISO text (``2019-06-01``), terms of a closed list are enum names (``NHS_TRUST``)."""

STATUSES: Final = ("IN_FORCE", "SHADOW", "PLANNED", "PROPOSED", "INTENDED", "ENDED", "SUPERSEDED")
TRUE_NOW: Final = ("IN_FORCE", "SHADOW")
"""Statuses that say a thing holds."""
OVER: Final = ("ENDED", "SUPERSEDED")
"""Statuses that say a thing held once; true at a date within a known period."""
CONFIDENCES: Final = ("EXPLICIT", "INFERRED")
CERTAINTIES: Final = ("STATED", "POSSIBLE", "CONTINUED", "BEFORE_TOLD")
"""How surely a claim holds on a day, by what its source states and by when it spoke (decision 0014); surest first."""
SHOWN_CERTAINTIES: Final = CERTAINTIES[:3]
"""What is shown by default: all but what lies before anybody spoke."""

UNKNOWN_START: Final = ""
"""Sorts before every ISO date: the start is not stated."""
UNKNOWN_END: Final = "9999-99-99"
"""Sorts after every ISO date: the end is not stated."""
NEVER: Final = ""
"""The ``to`` of a claim that is over at a date nobody states: true at no date."""
OPEN: Final = 2_147_483_647
"""``knownTo`` of a claim that still stands: the largest revision number."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The place in a file that a claim came from, for findings and rejects. Rows count from 1, header included."""

    file: str
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """The source, place, certainty, status and period of a claim.

    ``valid_from`` and ``valid_to`` are the outermost bounds, half-open: ``valid_to`` is the first day on which the claim no
    longer holds. ``edtf`` keeps the period as it was written down (EDTF, ISO 8601-2) and ``as_stated`` the source's own words.
    """

    source: str
    """Local id of the Source, such as ``source/000``."""
    locator: str = ""
    confidence: str = "EXPLICIT"
    status: str = "IN_FORCE"
    valid_from: date | None = None
    valid_to: date | None = None
    edtf: str = ""
    as_stated: str = ""
    note: str = ""
    told: str = ""
    """Which releases of a directory say it, as the text of a :class:`Telling`; empty for papers and for what all releases say."""

    @property
    def holds_from(self) -> str:
        """ISO text for the as-of test; :data:`UNKNOWN_START` where not stated."""
        return self.valid_from.isoformat() if self.valid_from else UNKNOWN_START

    @property
    def holds_to(self) -> str:
        """ISO text for the as-of test: :data:`UNKNOWN_END` where not stated, :data:`NEVER` if over since an unknown date."""
        return stated_end(self.status, self.valid_to.isoformat() if self.valid_to else "")

    def key(self) -> list[str]:
        """The content that identifies these qualifiers."""
        return [
            self.source,
            self.locator,
            self.confidence,
            self.status,
            self.valid_from.isoformat() if self.valid_from else "",
            self.valid_to.isoformat() if self.valid_to else "",
            self.edtf,
            self.as_stated,
            self.note,
            *([self.told] if self.told else []),
        ]


@dataclass(frozen=True, slots=True)
class Telling:
    """Which releases of a directory say a claim, and what a release said that is history by now (decision 0017)."""

    spans: tuple[tuple[str, str], ...] = (("", ""),)
    """First and last release of each run of releases that say it, by their days; between two runs the entry was not listed.
    Empty are the directory's earliest release as a first one, and its latest as a last one."""
    since: str = ""
    """The day from which the releases agree on it, where one before said otherwise of a day on which it claims to have held."""
    was: tuple[str, str, str, str] | None = None
    """Status, end, EDTF and note as the releases stated them, of what a later release no longer says."""

    @classmethod
    def of(cls, text: str) -> Telling:
        """Reads what :meth:`text` wrote; the empty text is of what every release says."""
        kept = json.loads(text) if text else {}
        spans = tuple((str(first), str(last)) for first, last in kept.get("said", [["", ""]]))
        was = kept.get("was")
        return cls(spans, str(kept.get("since", "")), tuple(map(str, was)) if was else None)  # type: ignore[arg-type]

    def text(self) -> str:
        """As a claim keeps it."""
        if self == Telling():
            return ""
        kept: dict[str, object] = {"said": self.spans}
        kept |= {"since": self.since} if self.since else {}
        kept |= {"was": self.was} if self.was else {}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @property
    def open(self) -> bool:
        """Whether the latest release says it."""
        return not self.spans[-1][1]


def stated_end(status: str, valid_to: str | None) -> str:
    """The end as stated (ISO text), else :data:`UNKNOWN_END`, or :data:`NEVER` for what is over since an unknown date."""
    return valid_to or (NEVER if status in OVER else UNKNOWN_END)


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """A claim that a thing exists, with its class and values, made by one source at one place.

    ``id`` of the entity is ``{class slug}/{slug}``, such as ``organisation/wigan-council``. ``values`` maps property names
    to one value or, for a property with many, to a tuple in a stable order.
    """

    entity: str
    class_name: str
    values: Mapping[str, Value | tuple[Value, ...]]
    qualifiers: Qualifiers
    dataset: str
    origin: Origin | None = field(default=None, compare=False)

    @property
    def stub(self) -> bool:
        """Whether its source only refers to the thing by a code."""
        return self.values.get("referenceOnly") is True

    @property
    def id(self) -> str:
        """Stable id of this claim, from its content."""
        return _digest([self.dataset, self.entity, self.class_name, dict(self.values), self.qualifiers.key()])

    @property
    def statement(self) -> str:
        """The id that it has in a release that says it, whichever others do."""
        return replace(self, qualifiers=replace(self.qualifiers, told="")).id


@dataclass(frozen=True, slots=True)
class RelationClaim:
    """A claim that ``subject`` is related to ``object`` by ``relation``, a forward relation of the Model."""

    subject: str
    relation: str
    object: str
    qualifiers: Qualifiers
    dataset: str
    origin: Origin | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """Stable id of this claim, from its content."""
        return _digest([self.dataset, self.subject, self.relation, self.object, self.qualifiers.key()])

    @property
    def statement(self) -> str:
        """The id that it has in a release that says it, whichever others do."""
        return replace(self, qualifiers=replace(self.qualifiers, told="")).id


Claim = EntityRecord | RelationClaim
