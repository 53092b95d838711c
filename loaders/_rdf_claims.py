"""Reads our own export back: every claim with its source, its dates and its dataset, unchanged."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from rdflib import DCTERMS, Graph, URIRef

from graphsvc.errors import InputError
from graphsvc.loading import Context, Finding, Origin, shown
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.rdf import CLAIM, Rdf
from loaders._rdf_triples import Triples, node_of, object_of

_CLAIM: Final = re.compile(r"^(?P<base>.*)/claim/(?P<id>[0-9a-f]{32})$")
_GRAPH: Final = re.compile(r"/graph/([a-z0-9][a-z0-9.-]*)/")
_LOOKED_AT: Final = 300_000


def dataset_in(path: Path) -> str:
    """Returns the dataset that the beginning of an export names; empty for other files."""
    with path.open("rb") as stream:
        start = stream.read(_LOOKED_AT).decode("utf-8", "replace")
    found = _GRAPH.search(start)
    return found.group(1) if found and re.search(r"/claim/[0-9a-f]{32}", start) else ""


def is_export(triples: Triples, context: Context) -> bool:
    """Tells whether a file holds claims of ours."""
    return next(triples.typed(context.model.namespace + CLAIM), None) is not None


def load_claims(path: Path, triples: Triples, context: Context, dataset: str) -> None:
    """Passes on every claim of an export; one that this ontology does not know is a finding.

    Raises :class:`InputError` for an export of several datasets, which can only be loaded one by one.
    """
    several = sorted({found.group(1) for name in triples.graphs() if (found := _GRAPH.search(name))})
    if len(several) > 1:
        raise InputError(
            f"{path.name} holds {len(several)} datasets: {', '.join(several[:10])}.",
            "Export and load them one by one: graphsvc export --format trig --dataset " + several[0],
        )
    context.dataset = dataset
    context.title = dataset
    read = changed = 0
    for number, (node, graph) in enumerate(triples.typed(context.model.namespace + CLAIM), start=1):
        found = _CLAIM.match(node)
        rdf = Rdf(context.model, found.group("base") if found else "")
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
    for predicate, count in triples.without_statement():
        context.ledger.report(predicate, count)
        message = f"{count:,} facts with {predicate} belong to no claim, so nobody says who says them; they are left out."
        hint = "Put them in a file of their own, or in a workbook, with their source."
        context.report(Finding("warning", "fact-without-claim", message, hint, "", path.name, None, shown(predicate)))
    if changed:
        message = f"{changed:,} claims say something else than when they were exported."
        hint = "Nothing to do if the file was edited, or is given another dataset; they are taken as they stand."
        context.report(Finding("info", "claims-changed", message, hint, "", path.name))


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
