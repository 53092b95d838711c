"""Reads our own export back: every claim with its source, its dates and its dataset, unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from rdflib import DCTERMS, RDF, Graph, URIRef

from graphsvc.errors import InputError
from graphsvc.loading import Context, Finding, Origin, shown
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.rdf import CLAIM, Rdf
from loaders._rdf_division import GRAPH, datasets_in
from loaders._rdf_triples import Triples, node_of, object_of

_CLAIM: Final = re.compile(r"^(?P<base>.*)/claim/(?P<id>[0-9a-f]{32})$")
_LOOKED_AT: Final = 300_000


def dataset_in(path: Path) -> str:
    """Returns the dataset that the beginning of an export names; empty for other files."""
    with path.open("rb") as stream:
        start = stream.read(_LOOKED_AT).decode("utf-8", "replace")
    found = GRAPH.search(start)
    return found.group(1) if found and re.search(r"/claim/[0-9a-f]{32}", start) else ""


def is_export(triples: Triples, context: Context) -> bool:
    """Tells whether a file holds claims of ours."""
    return next(triples.typed(context.model.namespace + CLAIM), None) is not None


def load_claims(path: Path, triples: Triples, context: Context, dataset: str) -> None:
    """Passes on every claim of an export; one that this ontology does not know is a finding.

    Raises :class:`InputError` for an export of several datasets: ``graphsvc load`` divides it first.
    """
    several = datasets_in(triples)
    if len(several) > 1:
        raise InputError(
            f"{path.name} holds {len(several)} datasets: {', '.join(several[:10])}.",
            "graphsvc load takes it apart by itself; to look at one alone: graphsvc export --format trig --dataset " + several[0],
        )
    context.dataset = dataset
    context.title = _title(triples, dataset)
    read = changed = 0
    rdf = Rdf(context.model, "")
    for number, (node, graph) in enumerate(triples.typed(context.model.namespace + CLAIM), start=1):
        found = _CLAIM.match(node)
        if found and found.group("base") != rdf.base:
            rdf = Rdf(context.model, found.group("base"))
        origin = Origin(path.name, number)
        claim = _read(rdf, triples, node, graph, dataset)
        if claim is None:
            message = "The claim is not complete, or uses a term that the ontology does not have."
            hint = "Export it again with this version, or add the term to the ontology."
            context.report(Finding("warning", "unread-claim", message, hint, "", path.name, None, "", shown(node)))
            context.ledger.report("claim that cannot be read")
            continue
        read += 1
        changed += bool(found) and claim.id != found.group("id") if found else 0
        if isinstance(claim, EntityRecord):
            context.spool.name(claim.entity.partition("/")[2], claim.entity)
        context.emit(replace(claim, origin=origin))
    context.ledger.use("claims", read)
    for predicate, count in without_statement(triples, rdf):
        context.ledger.report(predicate, count)
        message = f"{count:,} facts with {predicate} belong to no claim, so nobody says who says them; they are left out."
        hint = "Put them in a file of their own, or in a workbook, with their source."
        context.report(Finding("warning", "fact-without-claim", message, hint, "", path.name, None, shown(predicate)))
    if changed:
        message = f"{changed:,} claims say something else than when they were exported."
        hint = "Nothing to do if the file was edited, or is given another dataset; they are taken as they stand."
        context.report(Finding("info", "claims-changed", message, hint, "", path.name))


def _title(triples: Triples, dataset: str) -> str:
    """Returns the title that an export gives the dataset; else its name."""
    query = "SELECT o FROM triples WHERE p = ? AND s LIKE ? LIMIT 1"
    found = triples.run(query, (str(DCTERMS.title), f"%/graph/{dataset}")).fetchone()
    return str(found[0]) if found else dataset


def without_statement(triples: Triples, rdf: Rdf) -> Iterator[tuple[str, int]]:
    """Counts by predicate the triples that follow from no reified statement of the file and are not part of one.

    What an export says of itself and of the terms that it uses is left out.
    """
    triples.run("CREATE TABLE stated (s TEXT, p TEXT, o TEXT, PRIMARY KEY (s, p, o)) WITHOUT ROWID")
    triples.run(
        "INSERT OR IGNORE INTO stated SELECT a.o, b.o, c.o FROM triples a JOIN triples b ON b.s = a.s AND b.p = ?"
        " JOIN triples c ON c.s = a.s AND c.p = ? WHERE a.p = ?",
        (str(RDF.predicate), str(RDF.object), str(RDF.subject)),
    )
    triples.run("CREATE TABLE rules (p TEXT, o TEXT, implied TEXT, backwards INTEGER)")
    for predicate, implied in rdf.implied.items():
        for iri, backwards in implied:
            triples.run("INSERT INTO rules VALUES (?, '', ?, ?)", (predicate, str(iri), str(int(backwards))))
    for class_iri, wider in rdf.wider.items():
        for iri in wider:
            triples.run("INSERT INTO rules VALUES (?, ?, ?, 0)", (str(RDF.type), class_iri, str(iri)))
    triples.run("CREATE TABLE following AS SELECT s, p, o FROM stated")
    for way, ends in ((0, "f.s, r.implied, f.o"), (1, "f.o, r.implied, f.s")):
        query = f"INSERT OR IGNORE INTO stated SELECT {ends} FROM following f JOIN rules r ON r.p = f.p AND r.o = ''"
        triples.run(f"{query} AND r.backwards = {way}")
    triples.run(
        "INSERT OR IGNORE INTO stated SELECT f.s, f.p, r.implied FROM following f JOIN rules r ON r.p = f.p AND r.o = f.o"
    )
    terms, graphs = rdf.model.namespace, f"{rdf.catalogue}/"
    yield from triples.run(
        "SELECT t.p, COUNT(*) FROM triples t LEFT JOIN stated ON stated.s = t.s AND stated.p = t.p AND stated.o = t.o"
        " WHERE stated.s IS NULL AND NOT EXISTS (SELECT 1 FROM triples k WHERE k.s = t.s AND k.p = ? AND k.o = ?)"
        " AND t.s <> ? AND substr(t.s, 1, length(?)) <> ? AND substr(t.s, 1, length(?)) <> ?"
        " GROUP BY t.p ORDER BY t.p",
        (str(RDF.type), str(RDF.Statement), str(rdf.catalogue), terms, terms, graphs, graphs),
    )


def _read(rdf: Rdf, triples: Triples, node: str, graph: str, dataset: str) -> Claim | None:
    """Reads the claim at a node; ``None`` for one that is not complete."""
    small = Graph()
    for item in triples.of(node, graph=graph):
        small.add((node_of(item.subject), URIRef(item.predicate), object_of(item)))
    for part in triples.to(node):
        if part.predicate == str(DCTERMS.isPartOf) and part.graph == graph:
            for item in triples.of(part.subject, graph=graph):
                small.add((node_of(item.subject), URIRef(item.predicate), object_of(item)))
    try:
        claim = rdf.claim_at(small, node_of(node), dataset)
    except (KeyError, ValueError, TypeError):
        return None
    things = [claim.entity] if isinstance(claim, EntityRecord) else [claim.subject, claim.object]
    return claim if all(rdf.model.class_of(thing) for thing in [*things, claim.qualifiers.source]) else None
