"""The shapes of a Model, compiled once, and the validation results that claims give.

The data graph holds the plain facts, the claims with their qualifiers (dates in order are read off the claims), the class
hierarchy and the closed lists. The statements of single values say nothing that a shape asks, and are left out.

    shapes_graph.py                reads the shapes graph
    compiled/shapes.py             compiles each shape: its targets and its checks
    compiled/constraints.py        the constraint components of SHACL Core
    compiled/paths.py              the property paths
    compiled/sparql_precheck.py    cheap tests for SPARQL constraints
    compiled/hierarchy.py          the class hierarchy
    compiled/spool_reader.py       reads the spool
    compiled/terms.py              its things and claims as plain values
    compiled/cycles.py             the things that may lie on a cycle
    compiled/graph.py              the RDF graph over the spool, for pyshacl
    compiled/run.py                runs the checks, and yields what pyshacl must validate
    reporting/                     findings, rows set aside and reports

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
from graphsvc.validation.compiled.graph import PreparedGraph, PreparedQueries, SpoolGraph
from graphsvc.validation.compiled.hierarchy import Hierarchy
from graphsvc.validation.compiled.run import Checks
from graphsvc.validation.compiled.shapes import CompiledShapes, compile_shapes
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.compiled.terms import Terms
from graphsvc.validation.shapes_graph import read_shapes, read_turtle

with warnings.catch_warnings():  # of its optional parts, at import
    warnings.simplefilter("ignore")
    import pyshacl
    from pyshacl.graph_abstraction import DataGraph

AnyGraph = TypeVar("AnyGraph", bound=Graph)
_SEVERITIES: Final[dict[Node, Severity]] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One SHACL validation result: focus node, shape, path, value, severity and message."""

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
    """The shapes of one Model, ready to validate claims."""

    def __init__(self, model: Model, ontology_dir: Path, shapes_dir: Path) -> None:
        """Name the folders; they are read at the first check."""
        self.model = model
        self._folders = ontology_dir, shapes_dir
        self._prepared = PreparedQueries()
        self._made: dict[str, tuple[Terms, CompiledShapes, Hierarchy]] = {}

    @cached_property
    def _shapes(self) -> Graph:
        return read_shapes(self._folders[1])

    @cached_property
    def _static(self) -> Graph:
        """The parts of the ontology that checks need: the class hierarchy, the types of its terms, and field names."""
        ontology, found = read_turtle(self._folders[0], "ontology"), Graph()
        for wanted in (RDFS.subClassOf, RDF.type, URIRef(self.model.namespace + "fieldName")):
            for triple in ontology.triples((None, wanted, None)):
                found.add(triple)
        return found

    def check(self, reader: SpoolReader, rdf: Rdf) -> Iterator[ValidationResult]:
        """Yields the validation results of this input, each once; memory does not grow with the claims.

        Of a thing that only the store holds nothing but the class is known, and what it lacks is not told: it was checked with
        its own input. Raises :class:`ModelError` naming a file that cannot be read, or a shape that cannot be run.
        """
        terms, compiled, hierarchy = self._compiled(rdf)
        if compiled.whole:
            yield from self._own_results(self.whole(reader, rdf), rdf, reader)
            return
        graph = self._with_static(SpoolGraph(self._prepared, reader, terms))
        for root, nodes in Checks(compiled, reader, terms, hierarchy, graph).suspects():
            yield from self._own_results(self._run_shape(graph, root.node, nodes), rdf, reader)

    def _own_results(self, results: Iterable[ValidationResult], rdf: Rdf, reader: SpoolReader) -> Iterator[ValidationResult]:
        """Yields each result once, of those about something that this input describes."""
        for result in results:
            entity = rdf.entity(result.focus)
            own = reader.own(rdf.claim_id(result.focus)) is not None or reader.describes(entity)
            lacking = result.value is None and reader.is_stored_only(entity)
            if own and not lacking and reader.is_new_result(repr(result)):
                yield result

    def _compiled(self, rdf: Rdf) -> tuple[Terms, CompiledShapes, Hierarchy]:
        """Compiles the shapes for one base IRI, after running each once in pyshacl to expose faults in them."""
        if rdf.base not in self._made:
            with _as_model_errors():
                graph = self._with_static(PreparedGraph(self._prepared))
                executor = self._validator(graph).make_executor()
                for shape in self._pyshacl_shapes.shapes:
                    shape.validate(executor, graph, focus=[URIRef("urn:nothing")])
            terms = Terms(rdf)
            known = [shape.node for shape in self._pyshacl_shapes.shapes]
            compiled = compile_shapes(self._shapes, known, self._static, terms, self._prepared)
            self._made[rdf.base] = terms, compiled, Hierarchy(self._static, self.model)
        return self._made[rdf.base]

    def _run_shape(self, graph: Graph, shape: Node, nodes: list[Node] | None) -> list[ValidationResult]:
        """Runs one shape in pyshacl over some nodes; over all its targets if ``nodes`` is ``None``."""
        with _as_model_errors():
            validator = self._validator(graph)
            found = self._pyshacl_shapes.lookup_shape_from_node(shape)
            conforms, results = found.validate(validator.make_executor(), validator.data_graph, focus=cast(Any, nodes))
            if not results:
                return []
            report, _ = validator.create_validation_report(self._pyshacl_shapes, conforms, results)
        return self._sorted(report)

    def _validator(self, graph: Graph) -> pyshacl.Validator:
        options = {"advanced": True, "inplace": True}
        return pyshacl.Validator(DataGraph.from_rdflib(graph), shacl_graph=self._shapes, options=options)

    @cached_property
    def _pyshacl_shapes(self) -> pyshacl.ShapesGraph:
        """The shapes as pyshacl objects, made once."""
        pyshacl.validate(Graph(), shacl_graph=self._shapes, advanced=True)  # puts pyshacl's patches of rdflib in place
        made = pyshacl.ShapesGraph(self._shapes, False, logging.getLogger(__name__))
        for shape in made.shapes:
            shape.set_advanced(True)
        return made

    def whole(self, reader: SpoolReader, rdf: Rdf) -> list[ValidationResult]:
        """Runs pyshacl over one graph of all claims: the reference for :meth:`check`, and the way for shapes with rules."""
        return self.results(self.graph(reader, rdf))

    def graph(self, reader: SpoolReader, rdf: Rdf) -> Graph:
        """Builds one graph of all claims, in memory."""
        graph = self._with_static(PreparedGraph(self._prepared))
        for _, claim in reader.claims():
            for triple in chain(rdf.facts(claim), rdf.evidence(claim)):
                graph.add(triple)
        for entity in reader.stored_only():
            if found := rdf.model.class_of(entity):
                graph.add((rdf.thing(entity), RDF.type, URIRef(found.iri)))
        return graph

    def results(self, graph: Graph) -> list[ValidationResult]:
        """Runs pyshacl over a graph."""
        with _as_model_errors():
            _, report, _ = pyshacl.validate(graph, shacl_graph=self._shapes, inplace=True, advanced=True, inference="none")
            if not isinstance(report, Graph):  # pyshacl hands some of its errors back instead of raising them
                raise report if isinstance(report, Exception) else TypeError(report)
        return self._sorted(report)

    def _with_static(self, graph: AnyGraph) -> AnyGraph:
        """Adds to a graph the parts of the ontology that checks need."""
        for triple in self._static:
            graph.add(triple)
        return graph

    def _sorted(self, report: Graph) -> list[ValidationResult]:
        return sorted(
            set(self._broken(report)), key=lambda item: (str(item.focus), str(item.path), str(item.value), item.message)
        )

    def _broken(self, report: Any) -> Iterator[ValidationResult]:
        """Reads the results of a report, without the nested ones that only give details."""
        for result in report.objects(None, SH.result):
            shape = report.value(result, SH.sourceShape)
            limit = self._shapes.value(shape, SH.maxCount) if shape is not None else None
            messages = sorted(str(item) for item in report.objects(result, SH.resultMessage))
            yield ValidationResult(
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
def _as_model_errors() -> Iterator[None]:
    """Reports a shape that cannot be run as a :class:`ModelError`."""
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # pyshacl raises its own family and rdflib's: all mean that a shape is at fault
        raise ModelError(f"The shapes cannot be run: {error}", "Mend the shape that it names in shapes/.") from error


def rule_name(result: ValidationResult, rdf: Rdf) -> str:
    """A name for the rule: that of a shape across records, ``neighbourhood-in-place``, else ``name-min-count``."""
    component = re.sub(r"ConstraintComponent$", "", re.split(r"[#/]", str(result.component))[-1])
    named = re.split(r"[#/]", str(result.shape))[-1] if isinstance(result.shape, URIRef) else ""
    if named in {rule.name for rule in rdf.model.rules}:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", named).casefold()
    path = rdf.predicates.get(str(result.path), "") if isinstance(result.path, URIRef) else ""
    start = named if named and not path else path or "record"
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", f"{start}-{component}").casefold()
