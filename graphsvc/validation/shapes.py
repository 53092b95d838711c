"""The shapes, compiled once, and what claims break of them.

The data graph holds the plain facts, the claims with their qualifiers (dates in order are read off the claims), the class
hierarchy and the closed lists. The statements of single values say nothing that a shape asks, and are left out.

    terms.py        things and claims as plain values
    constraints.py  SHACL Core as plain Python: passes, fails, not sure;  paths.py  the way to the values
    sieve.py        what a SPARQL query must find at the least
    compiled.py     the shapes, made of these
    checks.py       one thing after another past them;  spooled.py  what they read of the spool
    graph.py        the graph that pyshacl is asked of, for what does not surely pass

Source: W3C SHACL, sections 3.6 (validation report) and 4 (core constraint components), as pyshacl implements them.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from graphsvc.errors import ModelError
from graphsvc.loading.findings import Severity
from graphsvc.model import Model
from graphsvc.rdf import Rdf
from graphsvc.validation.checks import Checks
from graphsvc.validation.compiled import Compiled, compile_shapes
from graphsvc.validation.graph import Prepared, PreparedGraph, SpooledGraph
from graphsvc.validation.hierarchy import Hierarchy
from graphsvc.validation.spooled import Spooled
from graphsvc.validation.terms import Terms

with warnings.catch_warnings():  # of its optional parts, at import
    warnings.simplefilter("ignore")
    import pyshacl
    from pyshacl.graph_abstraction import DataGraph

AnyGraph = TypeVar("AnyGraph", bound=Graph)
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


class Shapes:
    """The shapes of one Model, ready to check claims with."""

    def __init__(self, model: Model, ontology_dir: Path, shapes_dir: Path) -> None:
        """Name the folders; they are read at the first check."""
        self.model = model
        self._folders = ontology_dir, shapes_dir
        self._prepared = Prepared()
        self._made: dict[str, tuple[Terms, Compiled, Hierarchy]] = {}

    @cached_property
    def _shapes(self) -> Graph:
        return _read(self._folders[1])

    @cached_property
    def _static(self) -> Graph:
        """What checks need of the ontology: classes below classes, the class or closed list of a term, field names."""
        ontology, found = _read(self._folders[0]), Graph()
        for wanted in (RDFS.subClassOf, RDF.type, URIRef(self.model.namespace + "fieldName")):
            for triple in ontology.triples((None, wanted, None)):
                found.add(triple)
        return found

    def check(self, spooled: Spooled, rdf: Rdf) -> Iterator[Broken]:
        """What this input's claims break, each node, path and value once; memory does not grow with the claims.

        Of a thing that only the store holds nothing but the class is known, and what it lacks is not told: it was checked with
        its own input. Raises :class:`ModelError` naming a file that cannot be read, or a shape that cannot be run.
        """
        terms, compiled, hierarchy = self._taken_apart(rdf)
        if compiled.whole:
            yield from self._told(self.whole(spooled, rdf), rdf, spooled)
            return
        graph = self._with_static(SpooledGraph(self._prepared, spooled, terms))
        for root, nodes in Checks(compiled, spooled, terms, hierarchy, graph).suspects():
            yield from self._told(self._ask(graph, root.node, nodes), rdf, spooled)

    def _told(self, results: Iterable[Broken], rdf: Rdf, spooled: Spooled) -> Iterator[Broken]:
        """Each result once, of those about something that this input says."""
        for broken in results:
            entity = rdf.entity(broken.focus)
            own = spooled.own(rdf.claim_id(broken.focus)) is not None or spooled.speaks_of(entity)
            lacking = broken.value is None and spooled.is_standing(entity)
            if own and not lacking and spooled.first_told(repr(broken)):
                yield broken

    def _taken_apart(self, rdf: Rdf) -> tuple[Terms, Compiled, Hierarchy]:
        """The shapes compiled for one base IRI, after pyshacl was asked each of them once: a fault in one is told at once."""
        if rdf.base not in self._made:
            with _faults():
                graph = self._with_static(PreparedGraph(self._prepared))
                executor = self._validator(graph).make_executor()
                for shape in self._harvested.shapes:
                    shape.validate(executor, graph, focus=[URIRef("urn:nothing")])
            terms = Terms(rdf)
            compiled = compile_shapes(self._shapes, self._static, terms, self._prepared)
            self._made[rdf.base] = terms, compiled, Hierarchy(self._static, self.model)
        return self._made[rdf.base]

    def _ask(self, graph: Graph, shape: Node, nodes: list[Node] | None) -> list[Broken]:
        """What pyshacl finds that some nodes break of one shape; ``None``: what all that it targets do."""
        with _faults():
            validator = self._validator(graph)
            found = self._harvested.lookup_shape_from_node(shape)
            conforms, results = found.validate(validator.make_executor(), validator.data_graph, focus=cast(Any, nodes))
            if not results:
                return []
            report, _ = validator.create_validation_report(self._harvested, conforms, results)
        return self._sorted(report)

    def _validator(self, graph: Graph) -> pyshacl.Validator:
        options = {"advanced": True, "inplace": True}
        return pyshacl.Validator(DataGraph.from_rdflib(graph), shacl_graph=self._shapes, options=options)

    @cached_property
    def _harvested(self) -> pyshacl.ShapesGraph:
        """The shapes as pyshacl takes them apart, once."""
        pyshacl.validate(Graph(), shacl_graph=self._shapes, advanced=True)  # puts pyshacl's patches of rdflib in place
        made = pyshacl.ShapesGraph(self._shapes, False, logging.getLogger(__name__))
        for shape in made.shapes:
            shape.set_advanced(True)
        return made

    def whole(self, spooled: Spooled, rdf: Rdf) -> list[Broken]:
        """What pyshacl finds in one graph of everything: the measure of :meth:`check`, and where shapes change the graph."""
        return self.results(self.graph(spooled, rdf))

    def graph(self, spooled: Spooled, rdf: Rdf) -> Graph:
        """One graph of everything, in memory."""
        graph = self._with_static(PreparedGraph(self._prepared))
        for _, claim in spooled.claims():
            for triple in chain(rdf.facts(claim), rdf.evidence(claim)):
                graph.add(triple)
        for entity in spooled.standing():
            if found := rdf.model.class_of(entity):
                graph.add((rdf.thing(entity), RDF.type, URIRef(found.iri)))
        return graph

    def results(self, graph: Graph) -> list[Broken]:
        """What pyshacl finds in a graph."""
        with _faults():
            _, report, _ = pyshacl.validate(graph, shacl_graph=self._shapes, inplace=True, advanced=True, inference="none")
        return self._sorted(report)

    def _with_static(self, graph: AnyGraph) -> AnyGraph:
        """A graph with what checks need of the ontology."""
        for triple in self._static:
            graph.add(triple)
        return graph

    def _sorted(self, report: Graph) -> list[Broken]:
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


@contextmanager
def _faults() -> Iterator[None]:
    """Tell of a shape that cannot be run."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # pyshacl raises its own family and rdflib's: all mean that a shape is at fault
        raise ModelError(f"The shapes cannot be run: {error}", "Mend the shape that it names in shapes/.") from error


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
