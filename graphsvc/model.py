"""The Model: one frozen definition of classes, properties, relations and closed lists.

It is read from ``ontology/`` (what things mean) and ``shapes/`` (what a record must look like) by
:mod:`graphsvc.ontology`; the GraphQL schema, the checks, the Cypher, the workbook, the exports and the reference are
projections of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Datatype = Literal["string", "date", "integer", "decimal", "boolean", "uri", "enum"]
RuleSeverity = Literal["Violation", "Warning", "Info"]

RESERVED = frozenset(
    {
        "id", "iri", "type", "status", "validFrom", "validTo", "asStated", "edtf", "note", "from", "to", "knownFrom", "knownTo",
        "source", "locator", "confidence", "dataset", "rank", "claims", "dated", "datedFrom", "links",
        "certainty", "starts", "sureFrom", "sureTo", "told", "toldTo", "own", "asTold", "lasts", "gaps", "listings", "statement",
    }
)  # fmt: skip
"""Names the store and the API keep for themselves: no property or relation may take one."""

RESERVED_TYPES = frozenset(
    {
        "Query", "Node", "PageInfo", "ID", "String", "Int", "Float", "Boolean", "Date", "JSON", "Claim", "EntityRecord",
        "RelationClaim", "PropertyValue", "Status", "Certainty", "SortOrder", "EntityType", "HiddenCount", "Finding", "Question",
        "SearchHit",
        "ValidationReport", "Record", "Revision", "Load", "Key", "RelationName", "LinkDirection", "LinkConnection", "LinkEdge",
        "LinksWhere", "LinkWhere",
    }
)  # fmt: skip
"""GraphQL types and store labels of our own: no class or closed list may take one."""

RESERVED_FIELDS = frozenset({"node", "nodes", "search", "questions", "validationReport", "revision"})
"""Root fields written by hand: no class may take one."""

RESERVED_COLUMNS = frozenset({"class", "subject", "relation", "object", "start", "end"})
"""Sheet columns beside :data:`RESERVED`; no column of a class may take one, but ``relation``."""

RESERVED_SHEETS = frozenset({"about", "relations"})
"""Sheets that hold no class."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A term of a closed list (skos:Concept)."""

    iri: str
    code: str
    """Notation: ``nhs-trust``."""
    name: str
    """GraphQL enum value, and what the store keeps: ``NHS_TRUST``."""
    label: str
    """What people read and write in a sheet: ``NHS trust``."""
    definition: str
    deprecated: str = ""
    matches: tuple[str, ...] = ()
    """IRIs of terms of other lists that mean the same or nearly so (skos:closeMatch, skos:exactMatch)."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A closed list (skos:ConceptScheme), a GraphQL enum."""

    iri: str
    name: str
    label: str
    definition: str
    concepts: tuple[Concept, ...]
    file: str = ""

    def find(self, text: str) -> Concept | None:
        """The concept whose label, code or name is ``text``, ignoring case and surrounding space."""
        wanted = text.strip().casefold()
        for concept in self.concepts:
            if wanted in (concept.label.casefold(), concept.code.casefold(), concept.name.casefold()):
                return concept
        return None

    def matching(self, iri: str) -> Concept | None:
        """The concept that says it matches the term of another list at ``iri``."""
        return next((concept for concept in self.concepts if iri in concept.matches), None)


@dataclass(frozen=True, slots=True)
class Property:
    """A value of a thing: a column of its sheet, a scalar field of its type."""

    iri: str
    name: str
    """GraphQL field, sheet column and store property: ``odsCode``."""
    label: str
    definition: str
    domain: str
    """Name of the class that declares it."""
    datatype: Datatype
    scheme: str = ""
    """Name of the closed list, where ``datatype`` is ``enum``."""
    min_count: int = 0
    max_count: int | None = 1
    """``None``: any number, a list field."""
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    look_up: bool = False
    """Whether people look things up by it, so that the stores index it: a name, a code."""
    example: str = ""
    alignments: tuple[tuple[str, str], ...] = ()
    """Pairs of (``subPropertyOf`` | ``closeMatch``, IRI) to other vocabularies."""
    other_words: tuple[str, ...] = ()
    """What else people call it (skos:altLabel), so that they find it."""
    deprecated: str = ""
    file: str = ""

    @property
    def many(self) -> bool:
        """Whether it holds a list."""
        return self.max_count is None or self.max_count > 1


@dataclass(frozen=True, slots=True)
class Relation:
    """A way in which two things are related, in one direction. Its claims are stored once, in the forward direction."""

    iri: str
    name: str
    """Term, and the word in ``relations.csv``: ``provides``."""
    field: str
    """GraphQL field on the subject: ``services``."""
    label: str
    definition: str
    domain: str
    """Name of the class at which it starts; where it starts at several, of the nearest class above them all."""
    range: str
    """Name of the class to which it leads; where it leads to several, of the nearest class above them all."""
    type: str
    """Relationship type in the store, of the forward direction: ``PROVIDES``."""
    domains: tuple[str, ...] = ()
    """Names of the classes at which it starts, in the order of the ontology: one, or the members of an owl:unionOf."""
    ranges: tuple[str, ...] = ()
    """Names of the classes to which it leads."""
    forward: bool = True
    """False for a term that is only the inverse of the stored one."""
    inverse: str = ""
    """Name of the relation in the other direction; every relation but a symmetric one has an inverse."""
    symmetric: bool = False
    transitive: bool = False
    min_count: int = 0
    max_count: int | None = None
    sheet_column: bool = False
    """Whether the class sheet has a column for it, beside ``relations.csv``."""
    mentions: bool = False
    """Whether it only speaks of its target (an open question about a plan), so that the target's own status hides nothing."""
    with_subject: bool = False
    """Whether it holds as long as its subject (the parties of an agreement), so that it may have begun with it."""
    list_only: bool = False
    """Whether GraphQL shows it as a plain list, and leaves its dates, status and evidence to ``links``."""
    alignments: tuple[tuple[str, str], ...] = ()
    """Pairs of (``subPropertyOf`` | ``closeMatch``, IRI) to other vocabularies."""
    other_words: tuple[str, ...] = ()
    """What else people call it (skos:altLabel), so that they find it."""
    deprecated: str = ""
    file: str = ""

    @property
    def many(self) -> bool:
        """Whether there may be more than one target."""
        return self.max_count is None or self.max_count > 1

    def starts_at(self, chosen: Class) -> bool:
        """Whether things of a class may be its subjects."""
        return any(name == chosen.name or name in chosen.ancestors for name in self.domains)

    def leads_to(self, chosen: Class) -> bool:
        """Whether things of a class may be its objects."""
        return any(name == chosen.name or name in chosen.ancestors for name in self.ranges)


@dataclass(frozen=True, slots=True)
class Class:
    """A kind of thing."""

    iri: str
    name: str
    """GraphQL type and store label: ``CareSystem``."""
    field: str
    """Root field for one: ``careSystem``."""
    plural: str
    """Root field for a list: ``careSystems``; ``careSystemsConnection`` follows from it."""
    label: str
    plural_label: str
    definition: str
    slug: str
    """First part of an id, kebab case: ``care-system``."""
    sheet: str
    """Name of its sheet and CSV file without ending: ``care-systems``."""
    parents: tuple[str, ...]
    ancestors: tuple[str, ...]
    """All superclasses, nearest first, ending with ``Entity``; empty for ``Entity`` itself."""
    abstract: bool
    """Whether nothing is of this class without being of a subclass."""
    properties: tuple[Property, ...]
    """Own and inherited, inherited first."""
    relations: tuple[Relation, ...]
    """Own and inherited, both directions, inherited first."""
    alignments: tuple[tuple[str, str], ...] = ()
    """Pairs of (``subClassOf`` | ``closeMatch`` ..., IRI) to other vocabularies."""
    other_words: tuple[str, ...] = ()
    """What else people call it (skos:altLabel), so that they find it."""
    deprecated: str = ""
    file: str = ""

    def property(self, name: str) -> Property | None:
        """The property of that name."""
        return next((item for item in self.properties if item.name == name), None)

    def relation(self, name: str) -> Relation | None:
        """The relation of that name, or with that GraphQL field."""
        return next((item for item in self.relations if name in (item.name, item.field)), None)


@dataclass(frozen=True, slots=True)
class Topic:
    """One file of the ontology and its twin in the shapes."""

    name: str
    """File name without ending: ``areas``."""
    title: str
    description: str
    file: str
    """``ontology/areas.ttl``."""


@dataclass(frozen=True, slots=True)
class About:
    """What the ontology says of itself as a whole."""

    title: str = "The ontology"
    description: str = ""
    version: str = ""
    licence: str = ""
    change: str = ""
    """What its latest version changed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A shape that holds between records, or between the values of one."""

    name: str
    """``neighbourhoodInPlace``."""
    severity: RuleSeverity
    messages: tuple[str, ...]
    file: str


@dataclass(frozen=True)
class Model:
    """The classes, relations, closed lists and rules that ``ontology/`` and ``shapes/`` define."""

    classes: Mapping[str, Class]
    """By name, in the order of the ontology, superclasses first."""
    relations: Mapping[str, Relation]
    """By name, both directions."""
    schemes: Mapping[str, Scheme]
    namespace: str
    checksum: str = ""
    """SHA-256 of the Turtle files it was read from."""
    qualifiers: Mapping[str, Property] = field(default_factory=dict)
    """What every claim carries, by name: ``source``, ``status``, ``validFrom`` ..., with its definition."""
    topics: Mapping[str, Topic] = field(default_factory=dict)
    """By name, the one that all others build on first."""
    rules: tuple[Rule, ...] = ()
    """What must hold across records, in the order of the shapes."""
    about: About = field(default_factory=About)
    """What the ontology says of itself."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Prefixes of the vocabularies that the ontology speaks of: ``prov``, and the start of its IRIs."""
    _descendants: dict[str, tuple[Class, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def look_ups(self) -> Mapping[str, Property]:
        """Properties by which people look things up, by name; of those that several classes declare, the first."""
        found = [item for one in self.classes.values() for item in one.properties if item.look_up]
        return {item.name: item for item in reversed(found)}

    @cached_property
    def by_slug(self) -> Mapping[str, Class]:
        """Classes by the first part of their ids."""
        return {item.slug: item for item in self.classes.values()}

    def concrete(self, name: str) -> tuple[Class, ...]:
        """The classes of which a thing of class ``name`` may be: itself and its subclasses, without the abstract ones."""
        if name not in self._descendants:
            self._descendants[name] = tuple(
                item for item in self.classes.values() if not item.abstract and (item.name == name or name in item.ancestors)
            )
        return self._descendants[name]

    def named(self, names: Iterable[str]) -> str:
        """Some classes in words, for a message: ``agent or area``."""
        labels = [self.classes[name].label for name in names]
        return " or ".join(part for part in (", ".join(labels[:-1]), labels[-1]) if part)

    def class_of(self, entity_id: str) -> Class | None:
        """The class that an id such as ``organisation/wigan-council`` names."""
        return self.by_slug.get(entity_id.partition("/")[0])
