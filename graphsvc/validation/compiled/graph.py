"""An RDF graph over the spool that makes triples only when pyshacl asks for them.

It holds what a graph of all claims would hold: the plain facts, the claims with their qualifiers, the classes of what only the
store has, and what checks need of the ontology. Only what pyshacl asks for becomes RDF, and only the last of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rdflib import RDF, Graph, URIRef
from rdflib.paths import Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

from graphsvc.loading.spool import claim_of
from graphsvc.rdf import CLAIM, Rdf
from graphsvc.validation.compiled.spool_reader import Named, SpoolReader
from graphsvc.validation.compiled.terms import Terms

Triple = tuple[Node, Node, Node]


class PreparedQueries:
    """A cache of parsed SPARQL queries, since a shape asks the same of every focus node."""

    def __init__(self) -> None:
        self._made: dict[str, Query] = {}

    def __call__(self, text: str) -> Query:
        """Returns the parsed query; prefixes may stand before it in any order."""
        lines = text.strip().split("\n")
        length = next((place for place, line in enumerate(lines) if not line.startswith("PREFIX ")), 0)
        key = "\n".join((*sorted(lines[:length]), "\n".join(lines[length:]).strip()))
        if key not in self._made:
            self._made[key] = prepareQuery(key)
        return self._made[key]


class PreparedGraph(Graph):
    """A graph that parses each SPARQL text once."""

    def __init__(self, prepared: PreparedQueries) -> None:
        super().__init__()
        self._prepared = prepared

    def query(self, query_object: str | Query, *args: Any, **kwargs: Any) -> Result:
        """Run a query, parsed once."""
        return super().query(self._prepared(query_object) if isinstance(query_object, str) else query_object, *args, **kwargs)


class SpoolGraph(PreparedGraph):
    """The graph of a spool, with added triples that do not come from claims."""

    def __init__(self, prepared: PreparedQueries, reader: SpoolReader, terms: Terms) -> None:
        super().__init__(prepared)
        self.reader = reader
        self.rdf: Rdf = terms.rdf
        self.converted = 0
        """How many things and claims became RDF."""
        self._of = lru_cache(1000)(self._read)
        model = self.rdf.model
        self._relations = {URIRef(item.iri): item.name for item in model.relations.values()}
        self._classes = {URIRef(item.iri): item for item in model.classes.values()}
        self._of_claims = {URIRef(item) for item in terms.claim_predicates}
        self._of_things = {URIRef(iri) for iri in self.rdf.predicates} | {RDF.type}
        self._columns: dict[Node, Named] = {RDF.subject: "subject", RDF.object: "object", self.rdf.term("source"): "source"}

    def triples(self, triple: Any) -> Any:
        """The triples of a pattern, each once."""
        subject, predicate, object_ = triple
        if isinstance(predicate, Path):
            yield from super().triples(triple)
            return
        if subject is not None and (self.rdf.entity(subject) or self.rdf.claim_id(subject)):
            said = self._of(subject)
            for found in (
                said.get(predicate, ()) if predicate is not None else (item for items in said.values() for item in items)
            ):
                if object_ is None or found[2] == object_:
                    yield found
            return
        yield from super().triples(triple)
        if subject is None:
            yield from self._anywhere(predicate, object_)

    def __contains__(self, triple: Any) -> bool:
        return any(True for _ in self.triples(triple))

    def _read(self, node: Node) -> dict[Node, list[Triple]]:
        """What is said of a thing or a claim, by predicate."""
        self.converted += 1
        found: dict[Node, list[Triple]] = {}
        for triple in dict.fromkeys(self._said(node)):
            found.setdefault(triple[1], []).append(triple)
        return found

    def _said(self, node: Node) -> Iterator[Triple]:
        if claim_id := self.rdf.claim_id(node):
            claim = self.reader.claim(claim_id) if self.rdf.claim(claim_id) == node else None
            if claim:
                yield from self.rdf.evidence(claim_of(claim))
            return
        entity = self.rdf.entity(node)
        if self.rdf.thing(entity) == node:
            for claim in self.reader.about(entity):
                yield from self.rdf.facts(claim_of(claim))
            if self.reader.is_stored_only(entity) and (chosen := self.rdf.model.class_of(entity)):
                yield node, RDF.type, URIRef(chosen.iri)

    def _anywhere(self, predicate: Node | None, object_: Node | None) -> Iterator[Triple]:
        """The triples of claims with a predicate and an object, whatever they are about."""
        if object_ is not None and (entity := self.rdf.entity(object_)):
            yield from self._leading_to(predicate, object_, entity)
        elif isinstance(predicate, URIRef) and predicate in self._relations and object_ is None:
            for start, end in self.reader.pairs_of(self._relations[predicate]):
                yield self.rdf.thing(start), predicate, self.rdf.thing(end)
        elif predicate == RDF.type and object_ is not None:
            yield from self._of_type(object_)
        else:
            yield from self._scanned(predicate, object_)

    def _leading_to(self, predicate: Node | None, object_: Node, entity: str) -> Iterator[Triple]:
        if predicate is None or predicate in self._relations:
            for subject, relation in self.reader.incoming_pairs(entity):
                found = URIRef(self.rdf.model.relations[relation].iri)
                if predicate is None or predicate == found:
                    yield self.rdf.thing(subject), found, object_
        for chosen, column in self._columns.items():
            if predicate is None or predicate == chosen:
                for claim_id in self.reader.claims_with(column, entity):
                    yield self.rdf.claim(claim_id), chosen, object_

    def _of_type(self, object_: Node) -> Iterator[Triple]:
        """Yields the things of a class, by their ids where every record has the class that its id says."""
        if object_ in (RDF.Statement, self.rdf.term(CLAIM)):
            for claim_id, _ in self.reader.claims():
                yield self.rdf.claim(claim_id), RDF.type, object_
        elif object_ in self._classes:
            chosen = self._classes[URIRef(str(object_))]
            if not is_regular(self.reader, self.rdf):
                yield from self._scanned(RDF.type, object_)
                return
            for entity in self.reader.things_with_slug(chosen.slug):
                yield self.rdf.thing(entity), RDF.type, object_
            for entity in self.reader.stored_only():
                if self.rdf.model.class_of(entity) == chosen:
                    yield self.rdf.thing(entity), RDF.type, object_

    def _scanned(self, predicate: Node | None, object_: Node | None) -> Iterator[Triple]:
        """Yields matching triples by scanning all things and claims."""
        if predicate is None or predicate in self._of_things:
            for entity, _ in self.reader.things():
                yield from self._fitting(self.rdf.thing(entity), predicate, object_)
            for entity in self.reader.stored_only():
                if not self.reader.about(entity):
                    yield from self._fitting(self.rdf.thing(entity), predicate, object_)
        if predicate is None or predicate in self._of_claims:
            for claim_id, _ in self.reader.claims():
                yield from self._fitting(self.rdf.claim(claim_id), predicate, object_)

    def _fitting(self, node: Node, predicate: Node | None, object_: Node | None) -> Iterator[Triple]:
        for found in dict.fromkeys(self._said(node)):
            if (predicate is None or found[1] == predicate) and (object_ is None or found[2] == object_):
                yield found


def is_regular(reader: SpoolReader, rdf: Rdf) -> bool:
    """Whether every record is of the class that the id of its thing says."""
    known = rdf.model.by_slug
    return all(slug in known and known[slug].name == name for slug, name in reader.kinds)
