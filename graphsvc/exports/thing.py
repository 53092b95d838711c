"""Exports claims about one thing as RDF: Turtle, JSON-LD or RDF/XML.

Plain triples are what is true on the day; every claim stands reified, with the graph of its source. Turtle and RDF/XML know no
named graphs: there facts, claims and the description of the graphs stand together. JSON-LD keeps one graph a source.

Sources: RDF 1.1 Turtle; JSON-LD 1.1; RDF 1.1 XML Syntax; Hydra Core Vocabulary (partial views).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rdflib import DCTERMS, PROV, RDF, RDFS, SKOS, VOID, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from graphsvc.exports.catalogue import Catalogue
from graphsvc.exports.true_facts import WIKIBASE, Stated, TrueFacts
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.rdf import Rdf, Triple
from graphsvc.store.protocol import LoadRecord

FORMATS: Final = {"text/turtle": "turtle", "application/ld+json": "json-ld", "application/rdf+xml": "xml"}
"""rdflib's word for each media type."""
HYDRA: Final = Namespace("http://www.w3.org/ns/hydra/core#")
_NOT_IN_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document can hold, escaped or not (XML 1.0, section 2.2)."""


@dataclass(frozen=True)
class Document:
    """Where and when what is written is read."""

    model: Model
    base: str
    day: str
    """ISO date on which plain triples are true."""
    revision: int = 0
    loads: Mapping[str, LoadRecord] = field(default_factory=dict)
    things: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The nodes of the things that claims name, by id: they tell which of them are there on the day."""
    address: str = ""
    """IRI of the document itself, where it is one part of several."""
    following: str = ""
    """IRI of the part that follows; empty for the last one."""

    @property
    def prefixes(self) -> dict[str, str]:
        """Prefixes of the vocabularies in the document."""
        known = {"rdf": RDF, "rdfs": RDFS, "skos": SKOS, "dct": DCTERMS, "prov": PROV, "void": VOID, "wikibase": WIKIBASE}
        return {"gs": self.model.namespace, **{name: str(namespace) for name, namespace in known.items()}}


def write_thing(claims: Iterable[Claim], media_type: str, document: Document) -> str:
    """Writes the claims, best ranked first, in the form of ``media_type``, one of :data:`FORMATS`."""
    rdf = Rdf(document.model, document.base)
    catalogue = Catalogue(rdf, document.day, document.loads, document.revision)
    graphs: dict[URIRef, dict[Triple, None]] = {}
    for stated in _stated(list(claims), TrueFacts(rdf, document.day), document):
        catalogue.saw(stated.claim)
        kept = graphs.setdefault(stated.graph, {})
        # In one part of several, the preferred claim may lie in another: nothing is said of ranks.
        kept.update(dict.fromkeys(triple for triple in stated.triples if not document.address or triple[1] != WIKIBASE.rank))
        kept[(rdf.claim(stated.claim.id), DCTERMS.isPartOf, stated.graph)] = None
    return write_graphs({**graphs, rdf.catalogue: dict.fromkeys([*catalogue.triples(), *_part(document)])}, media_type, document)


def write_catalogue(catalogue: Catalogue, media_type: str, document: Document) -> str:
    """Writes the description of named graphs."""
    return write_graphs({catalogue.rdf.catalogue: dict.fromkeys(catalogue.triples())}, media_type, document)


def write_graphs(graphs: Mapping[URIRef, Iterable[Triple]], media_type: str, document: Document) -> str:
    """Writes named graphs; together, where the form has none."""
    if media_type == "application/ld+json":
        return _json_ld(graphs, document.prefixes)
    merged = Graph(bind_namespaces="none")
    for name, namespace in (*document.prefixes.items(), ("id", f"{document.base}/id/")):
        merged.bind(name, Namespace(namespace))
    for triples in graphs.values():
        for subject, predicate, value in triples:
            merged.add((subject, predicate, _for_xml(value) if media_type == "application/rdf+xml" else value))
    return str(merged.serialize(format=FORMATS[media_type]))


def _stated(claims: Sequence[Claim], facts: TrueFacts, document: Document) -> list[Stated]:
    def there(thing: str) -> bool:
        return facts.holds_as_stored(document.things.get(thing, {}))

    records: dict[str, list[EntityRecord]] = {}
    relations: dict[tuple[str, str, str], list[RelationClaim]] = {}
    for claim in claims:
        if isinstance(claim, EntityRecord):
            records.setdefault(claim.entity, []).append(claim)
        else:
            relations.setdefault((claim.subject, claim.relation, claim.object), []).append(claim)
    found = [stated for entity, of in records.items() for stated in facts.of_thing(of, there(entity))]
    return found + [stated for of in relations.values() for stated in facts.of_relation(of, there)]


def _part(document: Document) -> list[Triple]:
    """Says that there is more, and where."""
    if not document.address:
        return []
    here = URIRef(document.address)
    said: list[Triple] = [(here, RDF.type, HYDRA.PartialCollectionView)]
    return [*said, (here, HYDRA.next, URIRef(document.following))] if document.following else said


def _for_xml(value: Node) -> Node:
    if isinstance(value, Literal) and _NOT_IN_XML.search(value):
        return Literal(_NOT_IN_XML.sub("\ufffd", value), datatype=value.datatype, lang=value.language)
    return value


def _json_ld(graphs: Mapping[URIRef, Iterable[Triple]], context: dict[str, str]) -> str:
    """Each named graph by itself: rdflib's writer of whole datasets uses names that rdflib itself has given up."""
    written = []
    for name in sorted(graphs):
        alone = Graph(bind_namespaces="none")
        for triple in graphs[name]:
            alone.add(triple)
        found = json.loads(alone.serialize(format="json-ld", context=context, auto_compact=False))
        nodes = found.get("@graph", [{key: value for key, value in found.items() if key != "@context"}])
        written.append({"@id": str(name), "@graph": nodes})
    return json.dumps({"@context": context, "@graph": written}, ensure_ascii=False, indent=1)
