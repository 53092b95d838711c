"""The shapes, compiled once, and what a graph breaks of them.

The data graph holds the plain facts, the claims with their qualifiers (dates in order are read off the claims), the class
hierarchy and the closed lists. The statements of single values say nothing that a shape asks, and are left out.

Source: W3C SHACL, sections 3.6 (validation report) and 4 (core constraint components), as pyshacl implements them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

from graphsvc.errors import ModelError
from graphsvc.loading.findings import Severity
from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.rdf import Rdf

with warnings.catch_warnings():  # of its optional parts, at import
    warnings.simplefilter("ignore")
    import pyshacl

_SEVERITIES: Final[dict[Node, Severity]] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}


@dataclass(frozen=True, slots=True)
class Broken:
    """One result of a validation: which node breaks which shape, by which path and value."""

    focus: Node
    path: Node | None
    value: Node | None
    severity: Severity
    message: str
    component: URIRef
    shape: Node | None
    limit: int | None = None
    """The ``sh:maxCount`` of a maximum that was passed."""
    why: str = ""


class _DataGraph(Graph):
    """A graph that parses each SPARQL text once: a shape asks the same of every focus node, and parsing costs most of it."""

    def __init__(self, prepared: dict[str, Query]) -> None:
        super().__init__()
        self._prepared = prepared

    def query(self, query_object: str | Query, *args: Any, **kwargs: Any) -> Result:
        """Run a query, parsed once."""
        if isinstance(query_object, str):
            if query_object not in self._prepared:
                self._prepared[query_object] = prepareQuery(query_object)
            query_object = self._prepared[query_object]
        return super().query(query_object, *args, **kwargs)


class Shapes:
    """The shapes of one Model, ready to check claims with."""

    def __init__(self, model: Model, ontology_dir: Path, shapes_dir: Path) -> None:
        """Name the folders; they are read at the first check."""
        self.model = model
        self._folders = ontology_dir, shapes_dir
        self._prepared: dict[str, Query] = {}

    @cached_property
    def _shapes(self) -> Graph:
        return _read(self._folders[1])

    @cached_property
    def _hierarchy(self) -> Graph:
        """What checks need of the ontology: which class is below which, and of which class or closed list a term is."""
        ontology, found = _read(self._folders[0]), Graph()
        for wanted in (RDFS.subClassOf, RDF.type):
            for triple in ontology.triples((None, wanted, None)):
                found.add(triple)
        return found

    def check(self, claims: Iterable[Claim], rdf: Rdf, standing: Iterable[str] = ()) -> list[Broken]:
        """What the claims break, each node, path and value once.

        ``standing`` are things that the store holds and the claims only refer to: nothing but their class is known here.
        Raises :class:`ModelError` naming a file that cannot be read, or a shape that cannot be run.
        """
        graph = _DataGraph(self._prepared)
        for triple in self._hierarchy:
            graph.add(triple)
        for claim in claims:
            for triple in rdf.facts(claim):
                graph.add(triple)
            for triple in rdf.evidence(claim):
                graph.add(triple)
        for entity in standing:
            if found := rdf.model.class_of(entity):
                graph.add((rdf.thing(entity), RDF.type, URIRef(found.iri)))
        try:
            _, report, _ = pyshacl.validate(graph, shacl_graph=self._shapes, inplace=True, advanced=True, inference="none")
        except Exception as error:  # pyshacl raises its own family and rdflib's: all mean that a shape is at fault
            raise ModelError(f"The shapes cannot be run: {error}", "Mend the shape that it names in shapes/.") from error
        return sorted(
            set(self._broken(report)), key=lambda item: (str(item.focus), str(item.path), str(item.value), item.message)
        )

    def _broken(self, report: Any) -> Iterator[Broken]:
        for result in report.subjects(RDF.type, SH.ValidationResult):
            shape = report.value(result, SH.sourceShape)
            limit = self._shapes.value(shape, SH.maxCount) if shape is not None else None
            messages = sorted(str(item) for item in report.objects(result, SH.resultMessage))
            yield Broken(
                report.value(result, SH.focusNode),
                report.value(result, SH.resultPath),
                report.value(result, SH.value),
                _SEVERITIES.get(report.value(result, SH.resultSeverity), "violation"),
                " ".join(messages) or "The record breaks a shape.",
                URIRef(str(report.value(result, SH.sourceConstraintComponent))),
                shape,
                int(limit) if isinstance(limit, Literal) else None,
                str(self._shapes.value(shape, SH.description) or "") if shape is not None else "",
            )


def rule_name(broken: Broken, rdf: Rdf) -> str:
    """A name for the rule: that of a shape across records, ``neighbourhood-in-place``, else ``name-min-count``."""
    component = re.sub(r"ConstraintComponent$", "", re.split(r"[#/]", str(broken.component))[-1])
    named = re.split(r"[#/]", str(broken.shape))[-1] if isinstance(broken.shape, URIRef) else ""
    if named in {rule.name for rule in rdf.model.rules}:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", named).casefold()
    path = rdf.predicates.get(str(broken.path), "") if isinstance(broken.path, URIRef) else ""
    start = named if named and not path else path or "record"
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", f"{start}-{component}").casefold()


def _read(folder: Path) -> Graph:
    graph = Graph()
    for file in sorted(folder.glob("*.ttl")):
        try:
            graph.parse(file, format="turtle")
        except Exception as error:  # rdflib's parsers raise many kinds
            raise ModelError(f"{folder.name}/{file.name} is not well-formed Turtle: {error}", "Mend the file.") from error
    return graph
