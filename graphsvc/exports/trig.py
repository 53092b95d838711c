"""Exports claims with their qualifiers as RDF, streamed so that memory does not grow with the graph.

TriG and N-Quads keep the named graph of each source; Turtle is their union, in which ``dct:isPartOf`` names the graph of each
claim; JSON-LD is expanded, one object a named graph and claim. Plain triples are what is true on the day of the export.

Sources: RDF 1.1 TriG, RDF 1.1 N-Quads, RDF 1.1 Turtle, JSON-LD 1.1 section 3 (expanded form).
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO

from rdflib import DCTERMS, PROV, RDF, SKOS, VOID, Literal, URIRef
from rdflib.term import Node

from graphsvc.exports import About, Claims
from graphsvc.exports.catalogue import Catalogue
from graphsvc.exports.true_facts import WIKIBASE, Stated, TrueFacts, together
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.rdf import Rdf, Triple, written

FORMATS: Final = {
    "trig": "RDF with a named graph for each source (TriG).",
    "turtle": "RDF without named graphs (Turtle).",
    "nquads": "RDF with named graphs, a line for each fact (N-Quads).",
    "jsonld": "RDF with named graphs as JSON-LD, expanded.",
}


async def write(form: str, claims: Claims, target: Path | None, about: About) -> None:
    """Write the claims in the order in which they come: that of :meth:`graphsvc.store.Store.export`."""
    rdf = Rdf(about.model, about.base_iri.rstrip("/"))
    facts = TrueFacts(rdf, about.day)
    catalogue = Catalogue(rdf, about.day, about.loads, about.revision)
    with ExitStack() as stack:
        there = stack.enter_context(_Things(facts))
        out = stack.enter_context(target.open("w", encoding="utf-8")) if target else sys.stdout
        writer = _Writer(out, rdf, form)
        writer.begin()
        async for batch in claims:
            for group in together(batch):
                for stated in there.stated(group):
                    if about.wants(stated.claim):
                        catalogue.saw(stated.claim)
                        triples = list(stated.triples)
                        if form == "turtle":
                            triples.append((rdf.claim(stated.claim.id), DCTERMS.isPartOf, stated.graph))
                        writer.write(triples, stated.graph)
        writer.write(list(dict.fromkeys(catalogue.triples())), rdf.catalogue)
        writer.end()


class _Things:
    """Remembers on disk which things are there on the day: their relations come after all of them."""

    def __init__(self, facts: TrueFacts) -> None:
        self._facts = facts
        self._folder = tempfile.TemporaryDirectory(prefix="graphsvc-")
        self._rows = sqlite3.connect(Path(self._folder.name) / "things.sqlite", isolation_level=None)
        self._rows.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE there (id TEXT PRIMARY KEY) WITHOUT ROWID; BEGIN;"
        )

    def __enter__(self) -> _Things:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._folder.cleanup()

    def stated(self, group: Sequence[Claim]) -> list[Stated]:
        """The triples of claims about the same."""
        records = [claim for claim in group if isinstance(claim, EntityRecord)]
        if not records:
            return self._facts.of_relation([claim for claim in group if isinstance(claim, RelationClaim)], self._there)
        if self._facts.is_there(records):
            self._rows.execute("INSERT OR IGNORE INTO there VALUES (?)", (records[0].entity,))
        return self._facts.of_thing(records)

    def _there(self, thing: str) -> bool:
        return self._rows.execute("SELECT 1 FROM there WHERE id = ?", (thing,)).fetchone() is not None


_LOCAL: Final = re.compile(r"^[A-Za-z][A-Za-z0-9_-]*$")
"""A local name that needs no escape after a prefix (a part of Turtle's PN_LOCAL)."""


class _Writer:
    """Writes the triples of one claim at a time."""

    def __init__(self, out: TextIO, rdf: Rdf, form: str) -> None:
        self._out = out
        self._rdf = rdf
        self._form = form
        self._first = True
        self._prefixes = {
            "dct": str(DCTERMS), "gs": rdf.model.namespace, "prov": str(PROV), "rdf": str(RDF), "skos": str(SKOS),
            "void": str(VOID), "wikibase": str(WIKIBASE),
        }  # fmt: skip

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

    def write(self, triples: list[Triple], graph: URIRef) -> None:
        """Writes some triples of one named graph."""
        match self._form:
            case "nquads":
                end = f" {written(graph)} .\n"
                self._out.writelines(f"{written(s)} {written(p)} {written(o)}{end}" for s, p, o in triples)
            case "jsonld":
                self._out.write("\n" if self._first else ",\n")
                nodes = [_json_node(subject, items) for subject, items in _by_subject(triples)]
                self._out.write(json.dumps({"@id": str(graph), "@graph": nodes}, ensure_ascii=False))
            case "trig":
                self._out.write(f"\n{written(graph)} {{\n")
                self._subjects(triples, "  ")
                self._out.write("}\n")
            case _:
                self._out.write("\n")
                self._subjects(triples, "")
        self._first = False

    def _subjects(self, triples: list[Triple], indent: str) -> None:
        for subject, items in _by_subject(triples):
            facts = f" ;\n{indent}    ".join(f"{'a' if p == RDF.type else self._term(p)} {self._term(o)}" for _, p, o in items)
            self._out.write(f"{indent}{self._term(subject)} {facts} .\n")

    def _term(self, node: Node) -> str:
        if isinstance(node, URIRef):
            for prefix, namespace in self._prefixes.items():
                if node.startswith(namespace) and _LOCAL.match(node[len(namespace) :]):
                    return f"{prefix}:{node[len(namespace) :]}"
        return written(node)


def _by_subject(triples: list[Triple]) -> Iterator[tuple[URIRef, list[Triple]]]:
    for subject, items in groupby(sorted(dict.fromkeys(triples), key=lambda item: str(item[0])), key=lambda item: item[0]):
        yield subject, list(items)


def _json_node(subject: URIRef, items: list[Triple]) -> dict[str, Any]:
    node: dict[str, Any] = {"@id": str(subject)}
    for _, predicate, object_ in items:
        if predicate == RDF.type:
            node.setdefault("@type", []).append(str(object_))
        elif isinstance(object_, Literal):
            value = {"@value": str(object_)}
            if object_.language:
                value["@language"] = object_.language
            elif object_.datatype:
                value["@type"] = str(object_.datatype)
            node.setdefault(str(predicate), []).append(value)
        else:
            node.setdefault(str(predicate), []).append({"@id": str(object_)})
    return node
