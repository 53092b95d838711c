"""RDF terms of things and claims as plain values by predicate, made from the spool without building RDF.

A string stands for a plain literal, :class:`ThingIri` and :class:`ClaimIri` for the IRI of a thing or claim; any other value is
its RDF term, made once for each of the values that come back again and again (terms of closed lists, days, yes and no).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rdflib import RDF, XSD, Literal, URIRef
from rdflib.term import Node

from graphsvc.loading.spool import Written
from graphsvc.model import Property
from graphsvc.provenance import Value
from graphsvc.rdf import CLAIM, CONFIDENCE_SCHEME, STATUS_SCHEME, Rdf

TYPE: Final = str(RDF.type)
_KEPT_TERMS: Final = 5000
_DAYS: Final = ("validFrom", "validTo")
_TEXTS: Final = ("locator", "edtf", "asStated", "note")


class ThingIri(NamedTuple):
    """The IRI of a thing, by its id."""

    id: str


class ClaimIri(NamedTuple):
    """The IRI of a claim, by its id."""

    id: str


Term = str | ThingIri | ClaimIri | Node
Values = Mapping[str, list[Term]]
"""What is said of a node: values by the IRI of their predicate. A value may stand there twice."""


@dataclass(slots=True)
class Focus:
    """A focus node: a thing or a claim, with the values that its own claims give it."""

    term: ThingIri | ClaimIri
    values: dict[str, list[Term]] = field(default_factory=dict)
    stored_only: bool = False
    """Whether the store holds it and this input has no record of it: what it lacks here was checked with its own input."""

    def add(self, predicate: str, value: Term) -> None:
        """Note a value."""
        held = self.values.get(predicate)
        if held is None:
            self.values[predicate] = [value]
        else:
            held.append(value)

    @property
    def types(self) -> tuple[str, ...]:
        """IRIs of its classes."""
        return tuple(dict.fromkeys(str(item) for item in self.values.get(TYPE, ())))


class Terms:
    """Makes the terms of claims, as :class:`~graphsvc.rdf.Rdf` makes their RDF."""

    def __init__(self, rdf: Rdf) -> None:
        self.rdf = rdf
        model = rdf.model
        self.relations = {name: term.iri for name, term in model.relations.items()}
        """IRIs of relations."""
        self._classes = {name: URIRef(item.iri) for name, item in model.classes.items()}
        self._properties = {name: {single.name: single for single in item.properties} for name, item in model.classes.items()}
        self._kept: dict[tuple[str, Value], Node] = {}
        self._predicates = {name: str(rdf.term(name)) for name in ("source", "confidence", "status", *_DAYS, *_TEXTS)}
        self.claim_predicates = frozenset({TYPE, *map(str, (RDF.subject, RDF.predicate, RDF.object)), *self._predicates.values()})
        """Predicates of claims."""
        self.claim_text_predicates = frozenset(self._predicates[name] for name in (*_DAYS, *_TEXTS))
        """Those of them whose values are days and texts."""
        self._claim_types: list[Term] = [RDF.Statement, rdf.term(CLAIM)]
        self._relation_terms = {name: URIRef(iri) for name, iri in self.relations.items()}
        self._concepts = {
            scheme.name: {item.name: URIRef(item.iri) for item in scheme.concepts}
            for scheme in model.schemes.values()
            if scheme.name in (STATUS_SCHEME, CONFIDENCE_SCHEME)
        }

    def describe(self, focus: Focus, claim: Written) -> None:
        """Adds the values of a claim to a thing."""
        if claim.kind == "R":
            focus.add(self.relations[claim.name], ThingIri(claim.value))
            return
        focus.add(TYPE, self._classes[claim.name])
        properties = self._properties[claim.name]
        for name, value in claim.value.items():
            item = properties.get(name)
            if item is not None:
                for single in value if isinstance(value, list) else (value,):
                    focus.add(item.iri, str(single) if item.datatype == "string" else self._term(item, single))

    def claim(self, claim_id: str, claim: Written) -> Focus:
        """The focus node of a claim, with its qualifiers."""
        source, locator, confidence, status, start, end, edtf, as_stated, note = claim.said
        record, names = claim.kind == "E", self._predicates
        values: dict[str, list[Term]] = {
            TYPE: self._claim_types,
            _SUBJECT: [ThingIri(claim.subject)],
            _PREDICATE: [RDF.type if record else self._relation_terms[claim.name]],
            _OBJECT: [self._classes[claim.name] if record else ThingIri(claim.value)],
            names["source"]: [ThingIri(source)],
            names["confidence"]: [self._concepts[CONFIDENCE_SCHEME][confidence]],
            names["status"]: [self._concepts[STATUS_SCHEME][status]],
        }
        for name, day in zip(_DAYS, (start, end), strict=True):
            if day:
                values[names[name]] = [self._day(day)]
        for name, text in zip(_TEXTS, (locator, edtf, as_stated, note), strict=True):
            if text:
                values[names[name]] = [text]
        return Focus(ClaimIri(claim_id), values)

    def constant(self, node: Node) -> Term:
        """The term of a node of the shapes, comparable with those of claims."""
        if isinstance(node, Literal):
            return str(node) if node.datatype is None and node.language is None else node
        if entity := self.rdf.entity(node):
            return ThingIri(entity) if self.rdf.thing(entity) == node else node
        if claim_id := self.rdf.claim_id(node):
            return ClaimIri(claim_id) if self.rdf.claim(claim_id) == node else node
        return node

    def constants(self, nodes: Iterable[Node]) -> frozenset[Term]:
        """Several of them."""
        return frozenset(self.constant(node) for node in nodes)

    def text(self, term: Term) -> str:
        """The string of a term, as SPARQL's STR gives it."""
        return str(self.node(term)) if isinstance(term, ThingIri | ClaimIri) else str(term)

    def node(self, term: Term) -> Node:
        """The RDF of a term."""
        if isinstance(term, ThingIri):
            return self.rdf.thing(term.id)
        if isinstance(term, ClaimIri):
            return self.rdf.claim(term.id)
        return term if isinstance(term, Node) else Literal(term)

    def _day(self, text: str) -> Node:
        key = ("", text)
        found = self._kept.get(key)
        return self._keep(key, Literal(text, datatype=XSD.date)) if found is None else found

    def _term(self, item: Property, value: Value) -> Node:
        key = (item.iri, value)
        found = self._kept.get(key)
        return self._keep(key, self.rdf.value(item, value)) if found is None else found

    def _keep(self, key: tuple[str, Value], made: Node) -> Node:
        if len(self._kept) >= _KEPT_TERMS:
            self._kept.clear()
        self._kept[key] = made
        return made


_SUBJECT, _PREDICATE, _OBJECT = (str(item) for item in (RDF.subject, RDF.predicate, RDF.object))
