"""The class hierarchy for the checks: superclasses of a class, and classes of the ontology's own terms."""

from __future__ import annotations

from itertools import chain

from rdflib import RDF, RDFS, Graph, URIRef
from rdflib.term import Node

from graphsvc.model import Model

NONE: frozenset[str] = frozenset()


class Hierarchy:
    """The classes above a class, and those of the terms of the ontology, as IRIs."""

    def __init__(self, static: Graph, model: Model) -> None:
        self._static = static
        self._above: dict[str, frozenset[str]] = {}
        self._terms = {
            term: frozenset(chain.from_iterable(self.above(str(kind)) for kind in static.objects(term, RDF.type)))
            for term in set(static.subjects(RDF.type))
        }
        self.by_slug = {slug: self.above(item.iri) for slug, item in model.by_slug.items()}
        """Classes by the first part of ids, with those above them."""

    def above(self, class_: str) -> frozenset[str]:
        """A class and all classes above it."""
        if class_ not in self._above:
            found = self._static.transitive_objects(URIRef(class_), RDFS.subClassOf)
            self._above[class_] = frozenset(str(item) for item in found)
        return self._above[class_]

    def of(self, term: Node) -> frozenset[str]:
        """The classes of a term of the ontology, with those above them."""
        return self._terms.get(term, NONE)
