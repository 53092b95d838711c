"""Exports claims with their qualifiers as RDF, streamed so that memory does not grow with the graph.

TriG and N-Quads keep the named graph of each source; Turtle is their union; JSON-LD is expanded, one object a named graph and
claim. Sources: RDF 1.1 TriG, RDF 1.1 N-Quads, RDF 1.1 Turtle, JSON-LD 1.1 section 3 (expanded form).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO

from rdflib import DCTERMS, RDF, Literal, URIRef
from rdflib.term import Node

from graphsvc.exports import About, Claims
from graphsvc.provenance import Claim
from graphsvc.rdf import Quad, Rdf, written

FORMATS: Final = {
    "trig": "RDF with a named graph for each source (TriG).",
    "turtle": "RDF without named graphs (Turtle).",
    "nquads": "RDF with named graphs, a line for each fact (N-Quads).",
    "jsonld": "RDF with named graphs as JSON-LD, expanded.",
}


async def write(form: str, claims: Claims, target: Path | None, about: About) -> None:
    """Write the claims in the order in which they come."""
    rdf = Rdf(about.model, about.base_iri)
    with ExitStack() as stack:
        out = stack.enter_context(target.open("w", encoding="utf-8")) if target else sys.stdout
        writer = _Writer(out, rdf, form)
        writer.begin()
        async for batch in claims:
            for claim in filter(about.wants, batch):
                writer.claim(claim)
        writer.end()


_LOCAL: Final = re.compile(r"^[A-Za-z][A-Za-z0-9_-]*$")
"""A local name that needs no escape after a prefix (a part of Turtle's PN_LOCAL)."""


class _Writer:
    """Writes one claim at a time."""

    def __init__(self, out: TextIO, rdf: Rdf, form: str) -> None:
        self._out = out
        self._rdf = rdf
        self._form = form
        self._first = True
        self._prefixes = {"dct": str(DCTERMS), "gs": rdf.model.namespace, "rdf": str(RDF)}

    def begin(self) -> None:
        """Begins the document: its prefixes, or the bracket of a JSON list."""
        if self._form in ("trig", "turtle"):
            for prefix, namespace in self._prefixes.items():
                self._out.write(f"@prefix {prefix}: <{namespace}> .\n")
        elif self._form == "jsonld":
            self._out.write("[")

    def end(self) -> None:
        """Ends the document after the last claim."""
        if self._form == "jsonld":
            self._out.write("\n]\n")

    def claim(self, claim: Claim) -> None:
        """Writes one claim."""
        quads = list(self._rdf.quads(claim))
        graph = quads[0][3]
        match self._form:
            case "nquads":
                for subject, predicate, object_, _ in quads:
                    self._out.write(f"{written(subject)} {written(predicate)} {written(object_)} {written(graph)} .\n")
            case "jsonld":
                self._out.write("\n" if self._first else ",\n")
                nodes = [_json_node(subject, items) for subject, items in _by_subject(quads)]
                self._out.write(json.dumps({"@id": str(graph), "@graph": nodes}, ensure_ascii=False))
            case "trig":
                self._out.write(f"\n{written(graph)} {{\n")
                self._subjects(quads, "  ")
                self._out.write("}\n")
            case _:
                self._out.write("\n")
                self._subjects(quads, "")
        self._first = False

    def _subjects(self, quads: list[Quad], indent: str) -> None:
        for subject, items in _by_subject(quads):
            facts = f" ;\n{indent}    ".join(f"{'a' if p == RDF.type else self._term(p)} {self._term(o)}" for _, p, o, _ in items)
            self._out.write(f"{indent}{self._term(subject)} {facts} .\n")

    def _term(self, node: Node) -> str:
        if isinstance(node, URIRef):
            for prefix, namespace in self._prefixes.items():
                if node.startswith(namespace) and _LOCAL.match(node[len(namespace) :]):
                    return f"{prefix}:{node[len(namespace) :]}"
        return written(node)


def _by_subject(quads: list[Quad]) -> Iterator[tuple[URIRef, list[Quad]]]:
    for subject, items in groupby(sorted(dict.fromkeys(quads), key=lambda quad: str(quad[0])), key=lambda quad: quad[0]):
        yield subject, list(items)


def _json_node(subject: URIRef, items: list[Quad]) -> dict[str, Any]:
    node: dict[str, Any] = {"@id": str(subject)}
    for _, predicate, object_, _ in items:
        if predicate == RDF.type:
            node.setdefault("@type", []).append(str(object_))
        elif isinstance(object_, Literal):
            value = {"@value": str(object_)}
            if object_.datatype:
                value["@type"] = str(object_.datatype)
            node.setdefault(str(predicate), []).append(value)
        else:
            node.setdefault(str(predicate), []).append({"@id": str(object_)})
    return node
