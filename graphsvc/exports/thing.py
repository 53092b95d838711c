"""One thing as RDF: the claims of which it is subject or object, as Turtle or JSON-LD.

Turtle knows no named graphs: there the facts and the claims about them stand together, each claim naming its source. JSON-LD
keeps one graph a source.
"""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import DCTERMS, RDF, RDFS, SKOS, Graph, Namespace

from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.rdf import Rdf

FORMATS = {"text/turtle": "turtle", "application/ld+json": "json-ld"}
"""rdflib's word for each media type."""


def write_thing(model: Model, base: str, claims: Iterable[Claim], media_type: str) -> str:
    """The claims in the form of ``media_type``, one of :data:`FORMATS`."""
    rdf = Rdf(model, base)
    dataset = rdf.dataset(claims)
    prefixes = {"gs": Namespace(model.namespace), "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "dct": DCTERMS}
    if media_type == "application/ld+json":
        context = {name: str(namespace) for name, namespace in prefixes.items()}
        return str(dataset.serialize(format="json-ld", context=context, indent=2))
    merged = Graph(bind_namespaces="none")
    for name, namespace in prefixes.items():
        merged.bind(name, namespace)
    merged.bind("id", Namespace(f"{base}/id/"))
    for subject, predicate, value, _ in dataset.quads():
        merged.add((subject, predicate, value))
    return str(merged.serialize(format="turtle"))
