"""Exports one thing as RDF: the claims of which it is subject or object, as Turtle or JSON-LD.

Turtle knows no named graphs: there the facts and the claims about them stand together, each claim naming its source. JSON-LD
keeps one graph a source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from rdflib import DCTERMS, RDF, RDFS, SKOS, Dataset, Graph, Namespace

from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.rdf import Rdf

FORMATS = {"text/turtle": "turtle", "application/ld+json": "json-ld"}
"""rdflib's word for each media type."""


def write_thing(model: Model, base: str, claims: Iterable[Claim], media_type: str) -> str:
    """Writes the claims in the form of ``media_type``, one of :data:`FORMATS`."""
    dataset = Rdf(model, base).dataset(claims)
    prefixes = {"gs": Namespace(model.namespace), "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "dct": DCTERMS}
    if media_type == "application/ld+json":
        return _json_ld(dataset, {name: str(namespace) for name, namespace in prefixes.items()})
    merged = Graph(bind_namespaces="none")
    for name, namespace in (*prefixes.items(), ("id", Namespace(f"{base}/id/"))):
        merged.bind(name, namespace)
    for subject, predicate, value, _ in dataset.quads():
        merged.add((subject, predicate, value))
    return str(merged.serialize(format="turtle"))


def _json_ld(dataset: Dataset, context: dict[str, str]) -> str:
    """Each named graph by itself: rdflib's writer of whole datasets uses names that rdflib itself has given up."""
    graphs = []
    for graph in sorted(dataset.graphs(), key=lambda item: str(item.identifier)):
        if len(graph):
            alone = Graph(bind_namespaces="none")
            for triple in graph:
                alone.add(triple)
            written = json.loads(alone.serialize(format="json-ld", context=context, auto_compact=False))
            nodes = written.get("@graph", [{key: value for key, value in written.items() if key != "@context"}])
            graphs.append({"@id": str(graph.identifier), "@graph": nodes})
    return json.dumps({"@context": context, "@graph": graphs}, ensure_ascii=False, indent=1)
