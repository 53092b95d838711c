"""Data classes for the page of a thing: facts with their marks and evidence, in sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphsvc.model import Class
from graphsvc.provenance import OVER

MANY = 12
"""A group of more facts than this is cut by kind, and folded."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A thing that claims name, with its preferred values."""

    id: str
    class_name: str
    name: str
    status: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source's word for a fact."""

    source: str
    title: str
    locator: str
    inferred: bool
    note: str
    said: str = ""
    """What this source says, where sources differ."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The status and period of a fact, which decide its line and the words beside it."""

    status: str = "IN_FORCE"
    period: str = ""
    as_stated: str = ""

    @property
    def kind(self) -> str:
        """One of ``in-force``, ``shadow``, ``planned``, ``over``: the line of LOOK.md."""
        if self.status in OVER:
            return "over"
        return {"IN_FORCE": "in-force", "SHADOW": "shadow"}.get(self.status, "planned")


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a page: a thing or a value, how it stands, and who says so."""

    text: str
    mark: Mark
    evidence: tuple[Evidence, ...]
    target: str = ""
    """Id of the thing it names; empty for a plain value."""
    kind: str = ""
    """What that thing is, in a word."""
    group: str = ""
    target_status: str = ""
    detail: str = ""
    disagree: bool = False

    @property
    def inferred(self) -> bool:
        """Whether nobody says it outright."""
        return bool(self.evidence) and all(item.inferred for item in self.evidence)


@dataclass(frozen=True, slots=True)
class Section:
    """Facts of one kind, with the definition of what makes them one kind."""

    title: str
    definition: str
    facts: tuple[Fact, ...]

    @property
    def parts(self) -> tuple[tuple[str, tuple[Fact, ...]], ...]:
        """The facts cut by kind where there are too many for one list; otherwise all under no name."""
        kinds = dict.fromkeys(fact.group for fact in self.facts)
        if len(self.facts) <= MANY or len(kinds) == 1:
            return (("", self.facts),)
        return tuple((kind, tuple(fact for fact in self.facts if fact.group == kind)) for kind in kinds)


@dataclass(frozen=True, slots=True)
class Page:
    """All content of the page of a thing."""

    id: str
    name: str
    cls: Class
    kind: str
    kind_definition: str
    mark: Mark
    description: str
    values: tuple[Section, ...]
    relations: tuple[Section, ...]
    statements: tuple[Section, ...]
    observations: tuple[Fact, ...]
    questions: tuple[Fact, ...]
    sources: tuple[tuple[str, str, int], ...]
    """Id, title and number of claims of each source, most first."""
    claims: int

    @property
    def said(self) -> int:
        """Number of statements."""
        return sum(len(section.facts) for section in self.statements)

    @property
    def contents(self) -> tuple[tuple[str, str, int], ...]:
        """The sections that the page has: anchor, heading and number of facts."""
        sections = (
            ("values", "Values", len(self.values)),
            ("figures", "Figures", len(self.observations)),
            ("relations", "How it is related", sum(len(section.facts) for section in self.relations)),
            ("open", "What the sources leave open", len(self.questions)),
            ("said", "What the sources say of it", self.said),
        )
        return tuple(item for item in sections if item[2])
