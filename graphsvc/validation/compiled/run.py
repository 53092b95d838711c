"""Runs the compiled checks over all things and claims, and yields the nodes that pyshacl must validate.

Each shape that a thing or a claim may break is asked by pyshacl itself, of that node alone, over the graph of the spool: results,
paths, values and messages are pyshacl's. What surely passes costs no RDF.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from rdflib import URIRef
from rdflib.term import Node

from graphsvc.loading.spool import Written, read_written
from graphsvc.validation.compiled.constraints import ValueNodes
from graphsvc.validation.compiled.cycles import Cycle, Cycles
from graphsvc.validation.compiled.graph import SpoolGraph, is_regular
from graphsvc.validation.compiled.hierarchy import NONE, Hierarchy
from graphsvc.validation.compiled.shapes import CompiledShapes, Root, Shape
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.compiled.terms import TYPE, ClaimIri, Focus, Term, Terms, ThingIri

_SAMPLE_QUALIFIERS: Final = ("source/any", "p1", "EXPLICIT", "IN_FORCE", "2019-04-01", "2019-04-02", "2019", "in 2019", "a note")
BATCH: Final = 200
"""Nodes that pyshacl looks at in one run of a shape."""


class SpoolLookup:
    """Looks up in the spool what a check asks beyond its focus node."""

    def __init__(self, reader: SpoolReader, terms: Terms, hierarchy: Hierarchy, cycles: Cycles) -> None:
        self.reader = reader
        self.cycles = cycles
        self.terms = terms
        self.hierarchy = hierarchy
        self._regular = is_regular(reader, terms.rdf)
        self._something_is_missing = reader.something_is_missing
        self.focus_of = lru_cache(1000)(self._focus_of)

    def above(self, types: tuple[str, ...]) -> frozenset[str]:
        """Classes and all classes above them."""
        return frozenset(chain.from_iterable(self.hierarchy.above(item) for item in types))

    def types_of(self, term: Term) -> frozenset[str]:
        """IRIs of the classes of a value, and of all classes above them."""
        if type(term) is ThingIri and self._regular:
            if self._something_is_missing and self.reader.is_missing(term.id):
                return NONE
            return self.hierarchy.by_slug.get(term.id.partition("/")[0], NONE)
        if isinstance(term, ThingIri | ClaimIri):
            focus = self.focus_of(term)
            return self.above(focus.types) if focus else NONE
        return self.hierarchy.of(term) if isinstance(term, URIRef) else NONE

    def _focus_of(self, term: Term) -> Focus | None:
        """The focus node of a value; ``None`` for one about which nothing can be said here."""
        if isinstance(term, ThingIri):
            focus = Focus(term)
            for claim in self.reader.about(term.id):
                self.terms.describe(focus, claim)
            self.add_stored_class(focus)
            return focus
        if isinstance(term, ClaimIri):
            said = self.reader.claim(term.id)
            return self.terms.claim(term.id, said) if said else Focus(term)
        return None

    def add_stored_class(self, focus: Focus) -> None:
        """Adds the class of a thing that only the store holds."""
        if TYPE not in focus.values and isinstance(focus.term, ThingIri) and self.reader.is_stored_only(focus.term.id):
            focus.stored_only = True
            if chosen := self.terms.rdf.model.class_of(focus.term.id):
                focus.add(TYPE, URIRef(chosen.iri))

    def incoming(self, entity: str, relation: str) -> list[Term]:
        """The things that stand in a relation to a thing."""
        return [ThingIri(subject) for subject, name in self.reader.incoming_pairs(entity) if name == relation]

    def on_cycle(self, entity: str, cycle: Cycle) -> bool:
        """Whether a thing may lie on a cycle along some steps."""
        return self.cycles.contains(entity, cycle)


@dataclass
class _ClassChecks:
    """The checks of the things of some classes, arranged by predicate."""

    above: frozenset[str]
    """The classes and all above them."""
    roots: list[Root] = field(default_factory=list)
    simple: dict[str, list[tuple[Root, Shape]]] = field(default_factory=lambda: defaultdict(list))
    """By predicate, the shapes that look at nothing but its values."""
    wanted: list[tuple[Root, str]] = field(default_factory=list)
    """Predicates that must have a value."""
    other: list[tuple[Root, Shape]] = field(default_factory=list)
    """All else."""
    of_subjects: dict[str, list[Root]] = field(default_factory=dict)
    """By predicate, the shapes that target what has a value of it, where they are not among the simple ones."""

    def add(self, root: Root) -> None:
        """Add a shape that targets one of the classes."""
        self.roots.append(root)
        shape = root.shape
        if not shape.is_property and (shape.checks or shape.valueless):
            self.other.append((root, replace(shape, parts=[])))
        for part in [shape] if shape.is_property else shape.parts:
            if not part.is_simple:
                self.other.append((root, part))
            elif part.checks or part.valueless:
                self.simple[part.predicate].append((root, part))
                if part.absent is False:
                    self.wanted.append((root, part.predicate))

    def of_subjects_of(self, predicate: str, roots: Iterable[Root]) -> list[Root]:
        """The further checks of such things that have a value of a predicate."""
        if predicate not in self.of_subjects:
            further = self.of_subjects[predicate] = []
            for root in roots:
                simple = all(part.is_simple and part.predicate == predicate for part in root.shape.parts)
                if root in self.roots:
                    continue
                # What a node shape asks of the node itself its classes may fulfil; a property shape asks it of the values.
                classes = None if root.shape.is_property else root.shape.only_classes
                if simple and root.subjects_of == {predicate} and classes is not None and classes <= self.above:
                    self.simple[predicate].extend((root, part) for part in root.shape.parts)
                else:
                    further.append(root)
        return self.of_subjects[predicate]


class Checks:
    """The compiled shapes over one spool."""

    def __init__(
        self, compiled: CompiledShapes, reader: SpoolReader, terms: Terms, hierarchy: Hierarchy, graph: SpoolGraph
    ) -> None:
        self._compiled = compiled
        self._reader = reader
        self._terms = terms
        self._graph = graph
        cycles = Cycles(reader, compiled.cycles)
        self._lookup = SpoolLookup(reader, terms, hierarchy, cycles)
        self._by_subject_of: dict[str, list[Root]] = defaultdict(list)
        asked = [root for root in compiled.roots if not root.own_targets]
        for root in asked:
            for predicate in root.subjects_of:
                self._by_subject_of[predicate].append(root)
        self._asked = asked
        self._by_types: dict[tuple[str, ...], _ClassChecks] = {}
        self._by_object_of = [root for root in asked if root.objects_of]
        self._by_query = [
            (root, select, precheck)
            for root in asked
            for select, precheck in root.queries
            if not any(cycles.is_empty(cycle) for cycle in precheck.cycles)
        ]
        self._is_looked_at = lru_cache(500)(self._is_claim_looked_at)

    def suspects(self) -> Iterator[tuple[Root, list[Node] | None]]:
        """Yields shapes with nodes that may violate them, in batches; ``None`` for all nodes that the shape targets."""
        waiting: dict[Root, list[Node]] = {}
        for focus, own in self._focus_nodes():
            for root in self._may_break(focus):
                if not own and not root.shape.reaches_other_nodes:
                    continue
                nodes = waiting.setdefault(root, [])
                nodes.append(self._terms.node(focus.term))
                if len(nodes) >= BATCH:
                    yield root, waiting.pop(root)
        yield from waiting.items()
        for root in self._compiled.roots:
            if root.own_targets:
                yield root, None
            elif root.nodes:
                yield root, [self._terms.node(term) for term in root.nodes]

    def _focus_nodes(self) -> Iterator[tuple[Focus, bool]]:
        """Each thing that this input says something of, and each of its claims that a shape may look at.

        Where a shape reaches others, the things and claims from which it may reach those of this input, too; with whether it is
        one of this input's own.
        """
        terms = self._terms
        reaching = any(root.shape.reaches_other_nodes for root in self._asked)
        for subject, claims in self._reader.things():
            thing, own = Focus(ThingIri(subject)), False
            for _, claim_id, used, body in claims:
                claim = read_written(body)
                terms.describe(thing, claim)
                if not used:
                    own = True
                if (reaching or not used) and self._is_looked_at(tuple(claim.said)):
                    yield terms.claim(claim_id, claim), not used
            if own or reaching:
                self._lookup.add_stored_class(thing)
                yield thing, own
        for entity in self._reader.only_named() if reaching else ():
            named = Focus(ThingIri(entity))
            self._lookup.add_stored_class(named)
            yield named, False

    def _is_claim_looked_at(self, said: tuple[str | None, ...]) -> bool:
        """Whether a shape looks at claims with such qualifiers: of its class, of a predicate that it has, or by a query."""
        if self._is_kind_looked_at(tuple(map(bool, said))):
            return True
        _, locator, _, _, *rest = said
        texts = [text for text in (locator, *rest) if text]
        return any(precheck.may_match_claim(texts) for _, _, precheck in self._by_query)

    @cache  # noqa: B019 - there are as many kinds as there are choices of nine qualifiers, and a Checks lives for one input
    def _is_kind_looked_at(self, given: tuple[bool, ...]) -> bool:
        """Whether a shape looks at claims for their class, or for the qualifiers that they have."""
        said = [
            *_SAMPLE_QUALIFIERS[:4],
            *(value if there else None for value, there in zip(_SAMPLE_QUALIFIERS[4:], given[4:], strict=True)),
        ]
        said[1] = "p1" if given[1] else ""
        claim = self._terms.claim("", Written("R", "", next(iter(self._terms.relations)), "", said, "", None))
        return bool(self._checks_for(claim.types).roots) or any(name in self._by_subject_of for name in claim.values)

    def _checks_for(self, types: tuple[str, ...]) -> _ClassChecks:
        """The checks of things of some classes."""
        found = self._by_types.get(types)
        if found is None:
            found = self._by_types[types] = _ClassChecks(self._lookup.above(types))
            for root in self._asked:
                if not found.above.isdisjoint(root.classes):
                    found.add(root)
        return found

    def _may_break(self, focus: Focus) -> Iterable[Root]:
        """The shapes that target a node and that it may violate, each once."""
        checks, lookup = self._checks_for(focus.types), self._lookup
        suspected: dict[Root, None] = {}
        further: list[Root] = []
        for predicate in focus.values:
            if roots := self._by_subject_of.get(predicate):
                further += checks.of_subjects_of(predicate, roots)
        if self._by_object_of and isinstance(focus.term, ThingIri):
            thing = focus.term.id
            further += [
                root for root in self._by_object_of if any(self._reader.has_incoming(thing, name) for name in root.objects_of)
            ]
        further += [
            root
            for root, select, precheck in self._by_query
            if precheck.may_match(focus, lookup) and self._targets(select, focus)
        ]
        if focus.stored_only:
            further += [*checks.roots, *(root for name in focus.values for root in self._by_subject_of.get(name, ()))]
        else:
            for predicate, values in focus.values.items():
                for root, shape in checks.simple.get(predicate, ()):
                    if shape.passes(ValueNodes(focus, values, lookup)) is not True:
                        suspected[root] = None
            for root, predicate in checks.wanted:
                if predicate not in focus.values:
                    suspected[root] = None
            for root, shape in checks.other:
                if shape.conforms(focus.term, focus, lookup) is not True:
                    suspected[root] = None
        for root in further:
            if root not in suspected and root.suspects(focus, lookup):
                suspected[root] = None
        return suspected

    def _targets(self, select: str, focus: Focus) -> bool:
        """Whether a query chooses a node."""
        return bool(list(self._graph.query(select, initBindings={"this": self._terms.node(focus.term)})))
