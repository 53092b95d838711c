"""Claims in a spool, for tests of the checks: made by hypothesis, good and bad."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import reject
from hypothesis import strategies as st
from rdflib import RDF, SH, Graph
from rdflib.term import Node

from graphsvc.errors import ModelError
from graphsvc.loading import Spool
from graphsvc.model import Model, Property
from graphsvc.provenance import CONFIDENCES, STATUSES, Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.shapes import Shapes, ValidationResult, pyshacl

BASE = "http://example.org"
CLASSES = (
    "Organisation", "Service", "Neighbourhood", "Place", "CareSystem", "Contract", "AgreementPhase", "Observation", "Milestone",
    "PathwayStep", "Source", "Statement", "Membership",
)  # fmt: skip
TEXTS = (
    "Wigan Council", "", "Chaired by Dr A Example", "Ring 01632 960001", "someone@example.org", "E08000031", "RL4", "x" * 40,
    "Sir Robert Peel Community Hospital", "2017-05-31",
)  # fmt: skip
DAYS = ("2017-05-31", "2018-04-01", "2019-04-01", "2019-13-45")
Entry = tuple[Claim, bool]


@contextmanager
def spooled(entries: Iterable[Entry], standing: Iterable[str] = ()) -> Iterator[SpoolReader]:
    """A spool with claims, of which some are of used maps, beside a store that holds some things."""
    with TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "claims.sqlite")
        try:
            for claim, used in entries:
                spool.add(claim, used)
            found = SpoolReader(spool)
            found.find_stored(set(standing).intersection)
            yield found
        finally:
            spool.close()


def seen(results: Iterable[ValidationResult], entries: Iterable[Entry], spooled: SpoolReader, rdf: Rdf) -> set[ValidationResult]:
    """The results that this input answers for: about things and claims of its own, without what the store was checked for."""
    own = {node for claim, used in entries if not used for node in (rdf.claim(claim.id), rdf.thing(about(claim)))}
    return {
        item for item in results
        if item.focus in own and not (item.value is None and spooled.is_stored_only(rdf.entity(item.focus)))
    }  # fmt: skip


def by_pyshacl(shapes: Shapes, graph: Graph) -> set[ValidationResult]:
    """What pyshacl says that a graph breaks: its own report, of which the results are those that ``sh:result`` names."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes._shapes, inplace=True, advanced=True)
    if not isinstance(report, Graph):
        raise ModelError("pyshacl failed.")
    (whole,) = report.subjects(RDF.type, SH.ValidationReport)
    return {_result(report, result, shapes._shapes) for result in report.objects(whole, SH.result)}


def _result(report: Graph, result: Node, shapes: Graph) -> ValidationResult:
    def one(predicate: Node) -> Any:
        return report.value(result, predicate)

    shape, severity = one(SH.sourceShape), str(one(SH.resultSeverity)).rpartition("#")[2].casefold()
    limit = shapes.value(shape, SH.maxCount)
    return ValidationResult(
        one(SH.focusNode), one(SH.resultPath), one(SH.value), cast(Any, severity),
        " ".join(sorted(map(str, report.objects(result, SH.resultMessage)))), one(SH.sourceConstraintComponent), shape,
        int(str(limit)) if limit is not None else None, str(shapes.value(shape, SH.description) or ""),
    )  # fmt: skip


def about(claim: Claim) -> str:
    return claim.entity if isinstance(claim, EntityRecord) else claim.subject


def both_ways(
    shapes: Shapes, entries: list[Entry], standing: Iterable[str] = ()
) -> tuple[set[ValidationResult], set[ValidationResult]]:
    """What the compiled way finds, and what pyshacl finds in one graph of everything."""
    rdf = Rdf(shapes.model, BASE)
    with spooled(entries, standing) as found:
        try:
            whole = seen(by_pyshacl(shapes, shapes.graph(found, rdf)), entries, found, rdf)
        except (ModelError, TypeError):  # pyshacl compares no day with what is none; loaders let no such value through
            reject()
        fast = list(shapes.check(found, rdf))
        assert len(fast) == len(set(fast)), "a result is told twice"
        return set(fast), whole


def values_of(item: Property, model: Model) -> st.SearchStrategy[Any]:
    """Values of a property, as loaders make them, good and bad."""
    match item.datatype:
        case "enum":
            single: st.SearchStrategy[Any] = st.sampled_from(
                [concept.name for concept in model.schemes[item.scheme].concepts][:6]
            )
        case "date":
            single = st.sampled_from(DAYS)
        case "integer":
            single = st.integers(-1, 3)
        case "decimal":
            single = st.sampled_from((0, 1, 2.5, -3.25, 1e9))
        case "boolean":
            single = st.booleans()
        case _:
            single = st.sampled_from(TEXTS)
    return st.one_of(single, st.lists(single, min_size=1, max_size=2).map(tuple)) if item.many else single


@st.composite
def qualifiers(draw: st.DrawFn) -> Qualifiers:
    days = st.sampled_from((None, None, date(2017, 4, 1), date(2018, 4, 1), date(2019, 4, 1)))
    return Qualifiers(
        draw(st.sampled_from(("source/a", "source/b"))), draw(st.sampled_from(("", "p1", "p2"))),
        draw(st.sampled_from(CONFIDENCES)), draw(st.sampled_from(STATUSES)), draw(days), draw(days),
        note=draw(st.sampled_from(("", "", *TEXTS))),
    )  # fmt: skip


@st.composite
def entries(draw: st.DrawFn, model: Model) -> tuple[list[Entry], list[str]]:
    """A small input: records of some things, relations between any of them, of this input and of a used map; what stands."""
    things = [f"{model.classes[name].slug}/{slug}" for name in CLASSES for slug in ("a", "b")]
    relations = sorted(name for name, term in model.relations.items() if term.forward)
    chosen = draw(st.lists(st.sampled_from(things), min_size=1, max_size=6, unique=True))
    found: list[Entry] = []
    for _ in range(draw(st.integers(1, 6))):
        entity = draw(st.sampled_from(chosen))
        class_ = model.class_of(entity)
        assert class_ is not None
        held: dict[str, Any] = {"name": draw(st.sampled_from(TEXTS[:3]))} if draw(st.integers(0, 4)) else {}
        for item in draw(st.lists(st.sampled_from(class_.properties), max_size=4, unique=True)):
            held[item.name] = draw(values_of(item, model))
        record = EntityRecord(entity, class_.name, held, draw(qualifiers()), "small")
        found.append((record, draw(st.integers(0, 5)) == 0))
    common = st.sampled_from(("partOf", "within", "inSystem", "phaseOf", "covers", "provides", "observes"))
    for _ in range(draw(st.integers(0, 8))):
        name = draw(st.one_of(common, st.sampled_from(relations)))
        claim = RelationClaim(draw(st.sampled_from(chosen)), name, draw(st.sampled_from(chosen)), draw(qualifiers()), "small")
        found.append((claim, draw(st.integers(0, 5)) == 0))
    return found, draw(st.lists(st.sampled_from([*chosen, "source/a"]), max_size=3, unique=True))
