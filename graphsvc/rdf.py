"""Converts claims to RDF and back: a named graph for each source, a triple for each fact, and its reification.

An entity record gives ``thing a Class`` and a plain triple for each value; a relation claim gives one plain triple. Beside it
stands the claim, ``gs:Claim`` (an ``rdf:Statement``) at ``{base}/claim/{id}``, with the qualifiers. Each value of a record has a
statement of its own, ``dct:isPartOf`` the record's claim, so that two records of one thing stay two. Terms of closed lists are
concept IRIs, dates ``xsd:date``, numbers typed, strings plain.

What is checked has the plain triple of every claim. What leaves the graph has those of true ones only:
:mod:`graphsvc.exports.true_facts`.

Sources: RDF 1.1 Schema, section 5.3 (reification) and sections 3.4 and 3.5 (rdfs:subClassOf, rdfs:subPropertyOf); RDF 1.1
Datasets; W3C PROV-O; OWL 2, section 9.2.4 (inverse properties).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote

from rdflib import DCTERMS, RDF, XSD, Dataset, Graph, Literal, URIRef
from rdflib.term import Node

from graphsvc.model import Class, Model, Property
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim, Value

Triple = tuple[URIRef, URIRef, Node]
Quad = tuple[URIRef, URIRef, Node, URIRef]

CLAIM: Final = "Claim"
STATUS_SCHEME: Final = "ClaimStatus"
CONFIDENCE_SCHEME: Final = "Confidence"
_TEXTS: Final = ("locator", "edtf", "asStated", "note", "asTold")
_DATES: Final = ("validFrom", "validTo")


_IN_A_LITERAL: Final = {code: f"\\u{code:04X}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFFFE, 0xFFFF)} | {
    ord(sign): escape
    for sign, escape in {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}.items()
}
"""What is escaped in a literal: what the grammar forbids, and whatever else some reader takes for the end of a line."""
_IN_A_LITERAL.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))  # no text of RDF, and no UTF-8, holds half of a pair
_IN_AN_IRI: Final = {code: quote(chr(code), safe="") for code in (*range(0x21), *b'<>"{}|^`\\', *range(0x7F, 0xA0))}
"""What no IRI can hold (RFC 3987), in percent-encoding."""


def written(node: Node) -> str:
    """A term as N-Triples, N-Quads, Turtle and TriG alike have it: on one line, whatever a text holds.

    rdflib's own ``n3()`` writes a text with a line break as a long string of Turtle, which N-Quads does not have.
    """
    if isinstance(node, Literal):
        text = f'"{str(node).translate(_IN_A_LITERAL)}"'
        if node.language:
            return f"{text}@{node.language}"
        return f"{text}^^{written(node.datatype)}" if node.datatype else text
    return f"<{str(node).translate(_IN_AN_IRI)}>" if isinstance(node, URIRef) else node.n3()


@dataclass(frozen=True)
class Rdf:
    """The RDF form of claims under one base IRI, read with one Model."""

    model: Model
    base: str

    # -- names ---------------------------------------------------------------------------------------------------------------

    def thing(self, entity: str) -> URIRef:
        """``{base}/id/organisation/wigan-council``."""
        return URIRef(f"{self.base}/id/{quote(entity)}")

    def claim(self, claim_id: str) -> URIRef:
        """``{base}/claim/{id}``."""
        return URIRef(f"{self.base}/claim/{claim_id}")

    def value_of(self, record: EntityRecord, place: str) -> URIRef:
        """``{base}/claim/{id}#name``: the statement of one value of a record."""
        return URIRef(f"{self.claim(record.id)}#{place}")

    @property
    def catalogue(self) -> URIRef:
        """``{base}/graph``: the graph that describes the others."""
        return URIRef(f"{self.base}/graph")

    def dataset_graph(self, dataset: str) -> URIRef:
        """``{base}/graph/wigan``: all named graphs of one dataset."""
        return URIRef(f"{self.base}/graph/{quote(dataset)}")

    def graph(self, dataset: str, source: str) -> URIRef:
        """``{base}/graph/wigan/002``: the named graph of what one source says in one dataset."""
        return URIRef(f"{self.base}/graph/{quote(dataset)}/{quote(source.partition('/')[2])}")

    def term(self, name: str) -> URIRef:
        """A term of the ontology."""
        return URIRef(self.model.namespace + name)

    def entity(self, iri: Node) -> str:
        """The id of the thing at an IRI; empty if it is none of ours."""
        start = f"{self.base}/id/"
        return unquote(str(iri)[len(start) :]) if str(iri).startswith(start) else ""

    def claim_id(self, iri: Node) -> str:
        """The id of the claim at an IRI; empty if it is none."""
        start = f"{self.base}/claim/"
        return str(iri)[len(start) :].partition("#")[0] if str(iri).startswith(start) else ""

    @cached_property
    def _concepts(self) -> Mapping[tuple[str, str], URIRef]:
        return {(scheme.name, item.name): URIRef(item.iri) for scheme in self.model.schemes.values() for item in scheme.concepts}

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {item.iri: item.name for scheme in self.model.schemes.values() for item in scheme.concepts}

    @cached_property
    def _classes(self) -> Mapping[str, Class]:
        return {item.iri: item for item in self.model.classes.values()}

    @cached_property
    def _relations(self) -> Mapping[str, str]:
        return {item.iri: item.name for item in self.model.relations.values()}

    @cached_property
    def predicates(self) -> Mapping[str, str]:
        """Names of properties and relations by their IRIs."""
        found = {item.iri: item.name for chosen in self.model.classes.values() for item in chosen.properties}
        return found | dict(self._relations)

    # -- what follows ----------------------------------------------------------------------------------------------------------

    @cached_property
    def wider(self) -> Mapping[str, tuple[URIRef, ...]]:
        """For the IRI of each class those of the classes above it, ours and those that ours are aligned with."""
        found = {}
        for item in self.model.classes.values():
            above = [self.model.classes[name] for name in item.ancestors]
            iris = [other.iri for other in above] + [iri for one in (item, *above) for iri in _broader(one.alignments)]
            found[item.iri] = tuple(URIRef(iri) for iri in dict.fromkeys(iris))
        return found

    @cached_property
    def implied(self) -> Mapping[str, tuple[tuple[URIRef, bool], ...]]:
        """For the IRI of each property and relation the predicates that it implies, and whether they read the other way."""
        found = {
            item.iri: tuple((URIRef(iri), False) for iri in _broader(item.alignments))
            for chosen in self.model.classes.values()
            for item in chosen.properties
        }
        for relation in self.model.relations.values():
            other = relation if relation.symmetric else self.model.relations[relation.inverse]
            same, back = _broader(relation.alignments), [other.iri, *_broader(other.alignments)]
            found[relation.iri] = (*((URIRef(iri), False) for iri in same), *((URIRef(iri), True) for iri in back))
        return found

    def following(self, triple: Triple) -> Iterator[Triple]:
        """The triples that follow from a plain one: wider classes, the inverse, and what both are kinds of elsewhere."""
        subject, predicate, object_ = triple
        if predicate == RDF.type:
            yield from ((subject, predicate, iri) for iri in self.wider.get(str(object_), ()))
            return
        for iri, backwards in self.implied.get(str(predicate), ()):
            if not backwards:
                yield subject, iri, object_
            elif isinstance(object_, URIRef):
                yield object_, iri, subject

    # -- claims to triples -----------------------------------------------------------------------------------------------------

    def facts(self, claim: Claim) -> Iterator[Triple]:
        """The plain triples of a claim."""
        if isinstance(claim, RelationClaim):
            yield self.statement(claim)
            return
        yield self.statement(claim)
        for _, statement in self.values(claim):
            yield statement

    def evidence(self, claim: Claim) -> Iterator[Triple]:
        """The reified statement of a claim and its qualifiers."""
        node = self.claim(claim.id)
        yield node, RDF.type, RDF.Statement
        yield node, RDF.type, self.term(CLAIM)
        yield from _reified(node, self.statement(claim))
        yield from self._qualified(node, claim.qualifiers)

    def value_evidence(self, claim: Claim) -> Iterator[Triple]:
        """The reified statements of a record's values, each part of the record's claim."""
        if isinstance(claim, EntityRecord):
            whole = self.claim(claim.id)
            for place, statement in self.values(claim):
                node = self.value_of(claim, place)
                yield node, RDF.type, RDF.Statement
                yield from _reified(node, statement)
                yield node, DCTERMS.isPartOf, whole

    def triples(self, claim: Claim) -> Iterator[Triple]:
        """All triples of a claim."""
        yield from self.facts(claim)
        yield from self.evidence(claim)
        yield from self.value_evidence(claim)

    def quads(self, claim: Claim) -> Iterator[Quad]:
        """All triples of a claim, in its source's named graph."""
        graph = self.graph(claim.dataset, claim.qualifiers.source)
        for subject, predicate, object_ in self.triples(claim):
            yield subject, predicate, object_, graph

    def dataset(self, claims: Iterable[Claim]) -> Dataset:
        """The claims as an RDF dataset."""
        found = Dataset()
        for claim in claims:
            graph = found.graph(self.graph(claim.dataset, claim.qualifiers.source))
            for triple in self.triples(claim):
                graph.add(triple)
        return found

    def statement(self, claim: Claim) -> Triple:
        """What a claim states: the class of a thing, or a relation."""
        if isinstance(claim, EntityRecord):
            return self.thing(claim.entity), RDF.type, URIRef(self.model.classes[claim.class_name].iri)
        return self.thing(claim.subject), URIRef(self.model.relations[claim.relation].iri), self.thing(claim.object)

    def values(self, record: EntityRecord) -> Iterator[tuple[str, Triple]]:
        """Each value of a record, with a name for its place."""
        subject = self.thing(record.entity)
        chosen = self.model.classes[record.class_name]
        for name, value in sorted(record.values.items()):
            item = chosen.property(name)
            if item is None:
                continue
            for number, single in enumerate(value if isinstance(value, tuple) else (value,)):
                place = f"{name}-{number + 1}" if isinstance(value, tuple) else name
                yield place, (subject, URIRef(item.iri), self.value(item, single))

    def value(self, item: Property, value: Value) -> Node:
        """The RDF term of one value of a property."""
        match item.datatype:
            case "enum":
                return self._concepts[(item.scheme, str(value))]
            case "date":
                return Literal(str(value), datatype=XSD.date)
            case "integer":
                return Literal(int(value))
            case "decimal":
                return Literal(Decimal(repr(float(value))))
            case "boolean":
                return Literal(bool(value))
            case "uri":
                return Literal(str(value), datatype=XSD.anyURI)
            case _:
                return Literal(str(value))

    def _qualified(self, node: URIRef, said: Qualifiers) -> Iterator[Triple]:
        yield node, self.term("source"), self.thing(said.source)
        yield node, self.term("confidence"), self._concepts[(CONFIDENCE_SCHEME, said.confidence)]
        yield node, self.term("status"), self._concepts[(STATUS_SCHEME, said.status)]
        for name, day in zip(_DATES, (said.valid_from, said.valid_to), strict=True):
            if day:
                yield node, self.term(name), Literal(day.isoformat(), datatype=XSD.date)
        for name, text in zip(_TEXTS, (said.locator, said.edtf, said.as_stated, said.note, said.told), strict=True):
            if text:
                yield node, self.term(name), Literal(text)

    # -- triples to claims -----------------------------------------------------------------------------------------------------

    def claims(self, dataset: Dataset) -> Iterator[Claim]:
        """The claims that a dataset made by :meth:`dataset` holds, in order of their ids."""
        start = f"{self.base}/graph/"
        graphs = sorted(
            (item for item in dataset.graphs() if str(item.identifier).startswith(start)), key=lambda item: str(item.identifier)
        )
        found = [
            self.claim_at(graph, node, unquote(str(graph.identifier)[len(start) :].partition("/")[0]))
            for graph in graphs
            for node in graph.subjects(RDF.type, self.term(CLAIM))
        ]
        yield from sorted(found, key=lambda claim: (isinstance(claim, RelationClaim), claim.id))

    def claim_at(self, graph: Graph, node: Node, dataset: str) -> Claim:
        """The claim at a node of a graph that holds it and the statements of its values.

        Raises :class:`KeyError` or :class:`ValueError` for one that is not complete or uses terms that the Model does not have.
        """
        subject, predicate, object_ = (graph.value(node, item) for item in (RDF.subject, RDF.predicate, RDF.object))
        qualifiers = self._read_qualifiers(graph, node)
        entity = self.entity(subject or node)
        if predicate != RDF.type:
            return RelationClaim(entity, self._relations[str(predicate)], self.entity(object_ or node), qualifiers, dataset)
        chosen = self._classes[str(object_)]
        values: dict[str, list[Value]] = {}
        for part in graph.subjects(DCTERMS.isPartOf, node):
            name = self.predicates[str(graph.value(part, RDF.predicate))]
            values.setdefault(name, []).append(self._value(graph.value(part, RDF.object)))
        ordered: dict[str, Value | tuple[Value, ...]] = {}
        for name in sorted(values):
            item = chosen.property(name)
            ordered[name] = tuple(sorted(values[name], key=str)) if item and item.many else values[name][0]
        return EntityRecord(entity, chosen.name, ordered, qualifiers, dataset)

    def _value(self, node: Any) -> Value:
        if isinstance(node, URIRef):
            return self._names[str(node)]
        value = node.toPython() if isinstance(node, Literal) else str(node)
        if isinstance(value, bool | int):
            return value
        return float(value) if isinstance(value, Decimal) else str(node)

    def _read_qualifiers(self, graph: Graph, node: Node) -> Qualifiers:
        texts = {name: str(graph.value(node, self.term(name)) or "") for name in (*_TEXTS, *_DATES)}
        first, last = (date.fromisoformat(texts[name]) if texts[name] else None for name in _DATES)
        status, confidence = (self._names[str(graph.value(node, self.term(name)))] for name in ("status", "confidence"))
        source = self.entity(graph.value(node, self.term("source")) or node)
        return Qualifiers(
            source, texts["locator"], confidence, status, first, last, texts["edtf"], texts["asStated"], texts["note"],
            texts["asTold"],
        )  # fmt: skip


def _broader(alignments: Iterable[tuple[str, str]]) -> list[str]:
    """The terms of other vocabularies that a term of ours is a kind of."""
    return [iri for how, iri in alignments if how in ("subClassOf", "subPropertyOf")]


def _reified(node: URIRef, statement: Triple) -> Iterator[Triple]:
    yield from zip((node,) * 3, (RDF.subject, RDF.predicate, RDF.object), statement, strict=True)
