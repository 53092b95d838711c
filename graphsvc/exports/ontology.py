"""Writes the ontology, which is kept as Turtle, in other forms of RDF."""

from __future__ import annotations

from functools import lru_cache

from rdflib import Graph

from graphsvc.exports.thing import FORMATS


@lru_cache(maxsize=4)
def convert(turtle: bytes, media_type: str) -> str:
    """The same triples in the form of ``media_type``, one of :data:`graphsvc.exports.thing.FORMATS`; kept for the next time."""
    return str(Graph(bind_namespaces="none").parse(data=turtle, format="turtle").serialize(format=FORMATS[media_type]))
