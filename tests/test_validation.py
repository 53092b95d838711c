"""Shapes over a map: what they find, where, and how it is told as text, JSON and SHACL."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rdflib import RDF, SH, Graph
from rich.console import Console
from small_maps import BASE, read, write_map
from spooled_claims import spooled

from graphsvc.errors import ModelError
from graphsvc.loading import Finding
from graphsvc.model import Model
from graphsvc.rdf import Rdf
from graphsvc.settings import project_root
from graphsvc.validation import Report, Shapes

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
