"""One thing after another past the compiled checks; what does not surely pass goes to pyshacl.

Each shape that a thing or a claim may break is asked by pyshacl itself, of that node alone, over the graph of the spool: results,
paths, values and messages are pyshacl's. What surely passes costs no RDF.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Final

from rdflib import RDF, RDFS, Graph, URIRef
from rdflib.term import Node

from graphsvc.validation.circles import Circle, Circles
from graphsvc.validation.compiled import Compiled, Root
from graphsvc.validation.graph import SpooledGraph, is_regular
from graphsvc.validation.spooled import Spooled
from graphsvc.validation.terms import TYPE, Focus, Said, Term, Terms, Thing

BATCH: Final = 200
"""Nodes that pyshacl looks at in one run of a shape."""


class Surroundings:
    """What a check asks beyond the node it looks at (:class:`~graphsvc.validation.constraints.Around`)."""

    def __init__(self, spooled: Spooled, terms: Terms, static: Graph, circles: Circles) -> None:
        self.spooled = spooled
        self.circles = circles
        self.terms = terms
        self._model = terms.rdf.model
        self._regular = is_regular(spooled, terms.rdf)
        self._static = {
            subject: frozenset(chain.from_iterable(_above(static, kind) for kind in static.objects(subject, RDF.type)))
            for subject in set(static.subjects(RDF.type))
        }
        self._above = {iri: _above(static, URIRef(iri)) for iri in (item.iri for item in self._model.classes.values())}
        self._all_above = lru_cache(2000)(lambda iri: _above(static, URIRef(iri)))
        self.focus_of = lru_cache(4000)(self._focus_of)

    def above(self, types: tuple[str, ...]) -> frozenset[str]:
        """Classes and all classes above them."""
        return frozenset(chain.from_iterable(self._all_above(item) for item in types))

    def types_of(self, term: Term) -> frozenset[str]:
        """IRIs of the classes of a value, and of all classes above them."""
        if isinstance(term, Thing):
            if not self._regular:
                focus = self.focus_of(term)
                return self.above(focus.types) if focus else _NONE
            if self.spooled.something_is_missing and self.spooled.is_missing(term.id):
                return _NONE
            chosen = self._model.class_of(term.id)
            return self._above[chosen.iri] if chosen else _NONE
        if isinstance(term, Said):
            focus = self.focus_of(term)
            return self.above(focus.types) if focus else _NONE
        return self._static.get(term, _NONE) if isinstance(term, URIRef) else _NONE

    def _focus_of(self, term: Term) -> Focus | None:
        """What is said of a value; ``None`` for one that nothing can be said of here."""
        if isinstance(term, Thing):
            focus = Focus(term)
            for claim in self.spooled.about(term.id):
                self.terms.describe(focus, claim)
            self.stand(focus)
            return focus
        if isinstance(term, Said):
            said = self.spooled.claim(term.id)
            return self.terms.claim(term.id, said) if said else Focus(term)
        return None

    def stand(self, focus: Focus) -> None:
        """Give a thing that only the store holds its class."""
        if TYPE not in focus.values and isinstance(focus.term, Thing) and self.spooled.is_standing(focus.term.id):
            focus.standing = True
            if chosen := self._model.class_of(focus.term.id):
                focus.add(TYPE, URIRef(chosen.iri))

    def incoming(self, entity: str, relation: str) -> list[Term]:
        """The things that stand in a relation to a thing."""
        return [Thing(subject) for subject, name in self.spooled.leading_to(entity) if name == relation]

    def on_circle(self, entity: str, circle: Circle) -> bool:
        """Whether a thing may lie on a circle along relations."""
        return self.circles.holds(entity, circle)


class Checks:
    """The compiled shapes over one spool."""

    def __init__(self, compiled: Compiled, spooled: Spooled, terms: Terms, static: Graph, graph: SpooledGraph) -> None:
        self._compiled = compiled
        self._spooled = spooled
        self._terms = terms
        self._graph = graph
        self._around = Surroundings(spooled, terms, static, Circles(spooled, compiled.circles))
        self._by_subject_of: dict[str, list[Root]] = defaultdict(list)
        for root in compiled.roots:
            for predicate in root.subjects_of:
                self._by_subject_of[predicate].append(root)
        self._by_types: dict[tuple[str, ...], list[Root]] = {}
        self._by_object_of = [root for root in compiled.roots if root.objects_of]
        self._by_query = [root for root in compiled.roots if root.queries and not root.own_targets]

    def suspects(self) -> Iterator[tuple[Root, list[Node] | None]]:
        """Shapes with nodes that may break them, some at a time; ``None`` for all nodes that the shape targets."""
        waiting: dict[Root, list[Node]] = {}
        for focus in self._focus_nodes():
            for root in self._looking_at(focus):
                if root.own_targets or not root.suspects(focus, self._around):
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

    def _focus_nodes(self) -> Iterator[Focus]:
        """Each thing that this input says something of, and each of its claims."""
        terms = self._terms
        for subject, claims in self._spooled.things():
            thing, own = Focus(Thing(subject)), False
            for claim_id, used, claim in claims:
                terms.describe(thing, claim)
                if not used:
                    own = True
                    yield terms.claim(claim_id, claim)
            if own:
                self._around.stand(thing)
                yield thing

    def _looking_at(self, focus: Focus) -> Iterable[Root]:
        """The shapes that target a node, each once."""
        types = focus.types
        found = self._by_types.get(types)
        if found is None:
            above = self._around.above(types)
            found = self._by_types[types] = [root for root in self._compiled.roots if not above.isdisjoint(root.classes)]
        others = [root for predicate in focus.values for root in self._by_subject_of.get(predicate, ())]
        if isinstance(focus.term, Thing):
            thing = focus.term.id
            others += [root for root in self._by_object_of if any(self._spooled.leads(thing, name) for name in root.objects_of)]
        for root in self._by_query:
            if any(self._targets(select, focus) for select, sieve in root.queries if sieve.catches(focus, self._around)):
                others.append(root)
        return dict.fromkeys((*found, *others)) if others else found

    def _targets(self, select: str, focus: Focus) -> bool:
        """Whether a query chooses a node."""
        return bool(list(self._graph.query(select, initBindings={"this": self._terms.node(focus.term)})))


_NONE: Final[frozenset[str]] = frozenset()


def _above(static: Graph, class_: Node) -> frozenset[str]:
    """A class and all classes above it."""
    return frozenset(str(item) for item in static.transitive_objects(class_, RDFS.subClassOf))
