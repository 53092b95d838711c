"""Shapes over a map: what they find, where, and how it is told as text, JSON and SHACL."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rdflib import RDF, SH, Graph, URIRef
from rich.console import Console
from small_maps import BASE, read, write_map
from spooled_claims import spooled

from graphsvc.errors import ModelError
from graphsvc.loading import Finding
from graphsvc.model import Model
from graphsvc.ontology.turtle import read_folder
from graphsvc.provenance import EntityRecord, Qualifiers
from graphsvc.rdf import Rdf
from graphsvc.settings import project_root
from graphsvc.validation import Report, Shapes
from graphsvc.validation.shapes import rule_name

HEADER = ["id", "name", "description", "kind", "inSystem", "source", "locator"]


def services(*rows: list[str]) -> list[list[str]]:
    return [HEADER, ["nursing", "Nursing", "", "community health", "small", "paper", "p3"], *rows]


def report(path: Path, model: Model) -> Report:
    with read(path, model) as found:
        return found.report


def test_a_shape_that_is_broken_names_file_row_column_and_value(tmp_path: Path, model: Model) -> None:
    rows = services(["clinic", "", "No name", "other", "small", "paper", "p4"])
    found = report(write_map(tmp_path / "small", services=rows), model)
    (finding,) = found.findings
    assert (finding.rule, finding.file, finding.row, finding.column) == ("name-min-count", "services.csv", 3, "name")
    assert finding.subject == "service/clinic"
    assert found.set_aside == 1
    assert found.exit_code == 1


@pytest.mark.parametrize("text", ["Run by Dr Smith.", "Write to jane@example.org", "Ring 01902 555555"])
def test_nobody_is_named_in_any_text(tmp_path: Path, model: Model, text: str) -> None:
    found = report(
        write_map(tmp_path / "small", services=services(["clinic", "Clinic", text, "other", "small", "paper", "p4"])), model
    )
    assert [(item.file, item.row, item.column) for item in found.findings] == [("services.csv", 3, "description")]
    assert not found.conforms


def test_a_warning_sets_nothing_aside(tmp_path: Path, model: Model) -> None:
    sources = [["id", "name", "title", "source"], ["paper", "Paper", "A paper", "paper"]]
    found = report(write_map(tmp_path / "small", sources=sources), model)
    assert [item.severity for item in found.findings] == ["warning"]
    assert (found.set_aside, found.exit_code) == (0, 0)


def test_where_two_sources_differ_both_claims_stand(tmp_path: Path, model: Model) -> None:
    rows = services(["nursing", "Community nursing", "", "community health", "small", "paper", "p9"])
    assert report(write_map(tmp_path / "small", services=rows), model).findings == ()


def test_findings_of_loader_and_shapes_are_one_report_worst_first(tmp_path: Path, model: Model) -> None:
    rows = services(["clinic", "", "No name", "other", "small", "paper", "p4"], ["x", "X", "", "no kind", "small", "paper", "p4"])
    sources = [["id", "name", "title", "source"], ["paper", "Paper", "A paper", "paper"]]
    found = report(write_map(tmp_path / "small", services=rows, sources=sources), model)
    assert [item.rule for item in found.findings] == ["name-min-count", "not-in-list", "source-is-dated"]
    out = io.StringIO()
    found.print(Console(file=out, width=200))
    assert "VIOLATION  not-in-list  (1)" in out.getvalue()
    assert "services.csv, row 4, column kind" in out.getvalue()
    as_json = json.loads(json.dumps(found.as_json()))
    assert as_json["counts"] == {"violation": 2, "warning": 1, "info": 0}
    assert [Finding.from_json(item) for item in as_json["findings"]] == list(found.findings)


def test_the_shacl_report_holds_every_finding(tmp_path: Path, model: Model) -> None:
    rows = services(["clinic", "", "No name", "other", "small", "paper", "p4"], ["x", "X", "", "no kind", "small", "paper", "p4"])
    found = report(write_map(tmp_path / "small", services=rows), model)
    graph = Graph().parse(data=found.as_rdf(BASE).serialize(format="turtle"), format="turtle")
    assert len(list(graph.subjects(RDF.type, SH.ValidationReport))) == 1
    results = list(graph.subjects(RDF.type, SH.ValidationResult))
    assert len(results) == len(found.findings)
    for result in results:
        for wanted in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent):
            assert len(list(graph.objects(result, wanted))) == 1
    assert (None, SH.sourceConstraintComponent, SH.MinCountConstraintComponent) in graph


def test_every_shipped_map_conforms(model: Model) -> None:
    for path in sorted(item for item in (project_root() / "maps").iterdir() if (item / "about.csv").is_file()):
        assert report(path, model).conforms, path.name


def test_a_shapes_file_with_a_syntax_error_is_named(tmp_path: Path, model: Model) -> None:
    (tmp_path / "broken.ttl").write_text("gs:x a sh:NodeShape .")
    with pytest.raises(ModelError, match=r"broken\.ttl"), spooled([]) as nothing:
        list(Shapes(model, project_root() / "ontology", tmp_path).check(nothing, Rdf(model, BASE)))


def shapes_beside(model: Model, folder: Path, text: str) -> Shapes:
    """The shipped prefixes with some shapes of one's own."""
    prefixes = (project_root() / "shapes" / "entities.ttl").read_text(encoding="utf-8").partition("gsh:Entity a")[0]
    folder.mkdir(exist_ok=True)
    (folder / "own.ttl").write_text(f"{prefixes}\n{text}\n", encoding="utf-8")
    return Shapes(model, project_root() / "ontology", folder)


SERVICE = [(EntityRecord("service/a", "Service", {"name": "A"}, Qualifiers("source/a"), "small"), False)]


def test_relative_iris_of_shapes_are_those_of_the_folder_wherever_it_lies(model: Model, tmp_path: Path) -> None:
    text = "<mine> a sh:NodeShape ; sh:targetClass gs:Service ; sh:nodeKind sh:Literal ; sh:message 'm' ; rdfs:seeAlso <> ."
    found = []
    for folder in ("here", "there"):
        shapes = shapes_beside(model, tmp_path / folder, text)
        said = read_folder(tmp_path / folder, "shapes").said
        assert URIRef("https://w3id.org/graphsvc/shapes/mine") in said, "for the Model, too"
        with spooled(SERVICE) as held:
            (broken,) = shapes.check(held, Rdf(model, BASE))
            found.append((str(broken.shape), rule_name(broken, Rdf(model, BASE))))
    assert found == [("https://w3id.org/graphsvc/shapes/mine", "mine-node-kind")] * 2


@pytest.mark.parametrize("select", ["SELECT $this WHERE { $this a ?x MINUS { $this a gs:Service } }", "SELECT $this WHERE {"])
def test_a_query_that_is_ill_formed_is_told_both_ways(model: Model, tmp_path: Path, select: str) -> None:
    text = (
        "<https://w3id.org/graphsvc/shapes> a owl:Ontology ; sh:declare [ sh:prefix 'gs' ; sh:namespace "
        "'https://w3id.org/graphsvc/ontology#'^^xsd:anyURI ] . gsh:Own a sh:NodeShape ; sh:targetClass gs:Service ; sh:sparql [ "
        f"sh:prefixes <https://w3id.org/graphsvc/shapes> ; sh:select '{select}' ] ."
    )
    shapes, rdf = shapes_beside(model, tmp_path, text), Rdf(model, BASE)
    with spooled(SERVICE) as held:
        for way in (shapes.check, shapes.whole):
            with pytest.raises(ModelError, match="The shapes cannot be run"):
                list(way(held, rdf))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "gsh:Own a sh:NodeShape ; sh:targetClass gs:Service ; sh:deactivated 'false' ; sh:nodeKind sh:Literal .",
            "neither true nor",
        ),
        (
            "gsh:Own sh:targetClass gs:Service ; sh:sparql [ sh:prefixes gsh:P ; sh:select 'SELECT $this { $this a x:T }' ] . "
            "gsh:P owl:imports gsh:Q ; sh:declare [ sh:prefix 'x' ; sh:namespace 'urn:a#'^^xsd:anyURI ] . "
            "gsh:Q sh:declare [ sh:prefix 'x' ; sh:namespace 'urn:b#'^^xsd:anyURI ] .",
            "declare x: for two namespaces",
        ),
    ],
)
def test_what_would_switch_a_check_off_or_change_it_in_silence_is_refused(
    model: Model, tmp_path: Path, text: str, says: str
) -> None:
    with spooled(SERVICE) as held, pytest.raises(ModelError, match=says):
        list(shapes_beside(model, tmp_path, text).check(held, Rdf(model, BASE)))
