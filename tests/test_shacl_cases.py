"""SHACL as its specification has it: small cases of ours for each constraint component, path and target, with expected results.

Both this project's checks and pyshacl are measured by them, so that a fault that they have in common shows.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from generated_shapes import PREFIXES, FromText
from rdflib import SH, URIRef
from small_maps import shapes_of
from spooled_claims import BASE, Entry, spooled

from graphsvc.model import Model
from graphsvc.provenance import EntityRecord, Qualifiers, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.validation.shapes import Shapes, ValidationResult

WRITTEN = tomllib.loads((Path(__file__).parent / "shacl" / "cases.toml").read_text(encoding="utf-8"))
COMPONENTS = frozenset((
    "Class", "Datatype", "NodeKind", "MinCount", "MaxCount", "MinExclusive", "MinInclusive", "MaxExclusive", "MaxInclusive",
    "MinLength", "MaxLength", "Pattern", "LanguageIn", "UniqueLang", "Equals", "Disjoint", "LessThan", "LessThanOrEquals", "Not",
    "And", "Or", "Xone", "Node", "QualifiedMinCount", "QualifiedMaxCount", "Closed", "HasValue", "In",
))  # fmt: skip
"""Those of section 4 that make results; sh:property makes none of its own."""
SAID = Qualifiers("source/a")


@pytest.fixture(scope="module")
def shipped(model: Model) -> Shapes:
    return shapes_of(model)


def claims(model: Model) -> list[Entry]:
    """The graph of all cases."""
    found: list[Entry] = []
    for entity, values in WRITTEN["things"].items():
        held = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        class_ = model.class_of(entity)
        assert class_, entity
        found.append((EntityRecord(entity, class_.name, held, SAID, "cases"), False))
    found += [(RelationClaim(*line.split(), SAID, "cases"), False) for line in WRITTEN["relations"]]
    return found


def written(broken: ValidationResult, rdf: Rdf) -> str:
    """A result as the cases write it."""
    value = rdf.entity(broken.value) or str(broken.value) if broken.value is not None else ""
    path = str(broken.path).rpartition("#")[2] if isinstance(broken.path, URIRef) else "-"
    component = str(broken.component).removeprefix(str(SH)).removesuffix("ConstraintComponent")
    severity = "" if broken.severity == "violation" else broken.severity
    return " ".join(part for part in (severity, rdf.entity(broken.focus), path, component, value) if part)


@pytest.mark.parametrize("name", WRITTEN["cases"])
def test_the_results_are_those_of_the_specification(name: str, model: Model, shipped: Shapes) -> None:
    case: dict[str, Any] = WRITTEN["cases"][name]
    text = f"@base <{BASE}/id/> .\n{PREFIXES}\n{case.get('name', 'gsh:Case')} {case['shape']} ."
    rdf, shapes = Rdf(model, BASE), FromText(text, shipped)
    with spooled(claims(model)) as held:
        fast = list(shapes.check(held, rdf))
        whole = shapes.whole(held, rdf)
    expected = sorted(case["results"])
    assert sorted(written(item, rdf) for item in fast) == expected
    assert sorted(written(item, rdf) for item in whole) == expected


def test_every_constraint_component_of_the_specification_has_a_case() -> None:
    told = {word for case in WRITTEN["cases"].values() for result in case["results"] for word in result.split()}
    assert COMPONENTS - told == {"UniqueLang"}, "no claim has a language, so that nothing can break it"
