"""What ships in ``ontology/`` and ``shapes/`` is complete, and a contradiction between or within them is refused."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from example_class import ROOT, add_class
from small_ontology import ONTOLOGY, PREFIXES, SHAPES, write

from graphsvc.errors import ModelError
from graphsvc.exports.reference import reference
from graphsvc.model import Model
from graphsvc.ontology import read_model
from graphsvc.provenance import CONFIDENCES, STATUSES
from graphsvc.settings import Settings

PROV, ORG, SCHEMA, DCT = (
    "http://www.w3.org/ns/prov#",
    "http://www.w3.org/ns/org#",
    "http://schema.org/",
    "http://purl.org/dc/terms/",
)


@pytest.fixture(scope="module")
def model() -> Model:
    settings = Settings()
    return read_model(settings.folder("ontology"), settings.folder("shapes"))


# ---- what ships


def test_each_topic_has_a_twin() -> None:
    assert {path.name for path in (ROOT / "ontology").glob("*.ttl")} == {path.name for path in (ROOT / "shapes").glob("*.ttl")}


@pytest.mark.parametrize(
    ("name", "how", "target"),
    [
        ("Area", "subClassOf", "http://www.opengis.net/ont/geosparql#Feature"),
        ("Area", "subClassOf", f"{SCHEMA}AdministrativeArea"),
        ("Agent", "subClassOf", "http://xmlns.com/foaf/0.1/Agent"),
        ("Organisation", "subClassOf", f"{ORG}Organization"),
        ("Organisation", "closeMatch", "http://hl7.org/fhir/Organization"),
        ("Partnership", "subClassOf", f"{ORG}OrganizationalCollaboration"),
        ("Membership", "subClassOf", f"{ORG}Membership"),
        ("GovernanceBody", "subClassOf", f"{ORG}OrganizationalUnit"),
        ("Post", "subClassOf", f"{ORG}Post"),
        ("Service", "subClassOf", "http://purl.org/vocab/cpsv#PublicService"),
        ("Service", "subClassOf", f"{SCHEMA}Service"),
        ("Service", "closeMatch", "http://hl7.org/fhir/HealthcareService"),
        ("Agreement", "subClassOf", f"{PROV}Entity"),
        ("Contract", "subClassOf", "http://data.europa.eu/a4g/ontology#Contract"),
        ("AgreementPhase", "subClassOf", "http://www.w3.org/2006/time#ProperInterval"),
        ("AgreementPhase", "subClassOf", f"{PROV}Activity"),
        ("PaymentMechanism", "subClassOf", "http://www.w3.org/2004/02/skos/core#Concept"),
        ("Pathway", "subClassOf", "http://purl.org/net/p-plan#Plan"),
        ("PathwayStep", "subClassOf", "http://purl.org/net/p-plan#Step"),
        ("Programme", "subClassOf", f"{SCHEMA}Project"),
        ("Observation", "subClassOf", "http://www.w3.org/ns/sosa/Observation"),
        ("Statement", "subClassOf", f"{PROV}Entity"),
        ("Decision", "subClassOf", f"{PROV}Activity"),
        ("Succession", "subClassOf", f"{ORG}ChangeEvent"),
        ("Source", "subClassOf", "http://www.w3.org/ns/dcat#Resource"),
    ],
)
def test_classes_are_aligned(model: Model, name: str, how: str, target: str) -> None:
    assert (how, target) in model.classes[name].alignments


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("memberOf", f"{ORG}memberOf"),
        ("reportsTo", f"{ORG}reportsTo"),
        ("partOf", f"{DCT}isPartOf"),
        ("replaces", f"{DCT}replaces"),
        ("decidedBy", f"{PROV}wasAssociatedWith"),
        ("observes", "http://www.w3.org/ns/sosa/hasFeatureOfInterest"),
        ("stepOf", "http://purl.org/net/p-plan#isStepOfPlan"),
    ],
)
def test_relations_are_aligned(model: Model, name: str, target: str) -> None:
    assert ("subPropertyOf", target) in model.relations[name].alignments


def test_definitions_are_sentences_and_no_two_classes_share_one(model: Model) -> None:
    items = [*model.classes.values(), *model.relations.values(), *model.schemes.values(), *model.qualifiers.values()]
    items += [prop for item in model.classes.values() for prop in item.properties]
    for item in [*items, *(concept for scheme in model.schemes.values() for concept in scheme.concepts)]:
        assert re.match(r"^[A-Z0-9‘].*[.)]$", item.definition, re.DOTALL), f"{item.iri}: {item.definition}"
    definitions = [item.definition for item in model.classes.values()]
    assert len(set(definitions)) == len(definitions)


def test_relations_to_and_from_say_different_things(model: Model) -> None:
    for relation in model.relations.values():
        if relation.inverse:
            assert relation.definition != model.relations[relation.inverse].definition, relation.name


def test_status_and_confidence_are_those_of_claims(model: Model) -> None:
    assert tuple(item.name for item in model.schemes["ClaimStatus"].concepts) == STATUSES
    assert tuple(item.name for item in model.schemes["Confidence"].concepts) == CONFIDENCES


def test_examples_are_valid(model: Model) -> None:
    for item in (prop for class_ in model.classes.values() for prop in class_.properties):
        assert item.example, item.iri
        if item.pattern:
            assert re.search(item.pattern, item.example), item.iri
        if item.scheme:
            assert model.schemes[item.scheme].find(item.example), item.iri


def test_reading_takes_less_than_a_second(model: Model) -> None:
    triples = sum(path.stat().st_size for folder in ("ontology", "shapes") for path in (ROOT / folder).glob("*.ttl"))
    assert triples < 600_000, "rdflib reads about 1 MB of Turtle a second: split what is seldom needed"


def test_the_reference_is_current(model: Model) -> None:
    page = (ROOT / "docs" / "ontology.md").read_text(encoding="utf-8")
    assert page == reference(model), "docs/ontology.md is not that of ontology/ and shapes/: run make snapshot"


def test_a_class_is_added_as_the_page_says(tmp_path: Path, model: Model) -> None:
    example = add_class(tmp_path)
    added = read_model(example.ontology, example.shapes)
    assert set(added.classes) - set(model.classes) == {"Vehicle"}
    assert set(added.relations) - set(model.relations) == {"runBy", "runs"}
    assert added.classes["Organisation"].relation("vehicles") == added.relations["runs"]
    assert [item.name for item in added.classes["Vehicle"].properties] == [
        "name", "alternativeName", "description", "identifier", "referenceOnly", "kind", "seats",
    ]  # fmt: skip
    assert added.checksum != model.checksum
    assert example.map.is_dir()
    assert example.query
    assert example.answer


# ---- what is refused

CASES = tomllib.loads((ROOT / "tests" / "contradictions.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_contradiction_is_refused(tmp_path: Path, case: dict[str, str]) -> None:
    texts = {"ontology": ONTOLOGY, "shapes": SHAPES}
    assert case["old"] in texts[case["change"]]
    texts[case["change"]] = texts[case["change"]].replace(case["old"], case["new"])
    with pytest.raises(ModelError) as refusal:
        read_model(*write(tmp_path, **texts))
    assert case["problem"] in refusal.value.message
    assert re.match(r"(ontology|shapes)/small\.ttl, ", refusal.value.message), "names the file"
    assert case["mend"] in refusal.value.hint
    assert refusal.value.hint
    assert str(tmp_path) not in str(refusal.value)


def test_a_reserved_type_store_label_or_relationship_is_refused(tmp_path: Path) -> None:
    cases = {"gs:Service": "gs:Record", "gs:worksWith": "gs:hasRecord", "gs:PlaceKind": "gs:PlaceFilter"}
    for number, (old, new) in enumerate(cases.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(ModelError, match=r"kept for graphsvc itself|GraphQL makes a type"):
            read_model(*write(folder, ontology=ONTOLOGY.replace(old, new), shapes=SHAPES.replace(old, new)))


def test_bytes_that_are_not_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    ontology, shapes = write(tmp_path)
    (ontology / "more.ttl").write_bytes(PREFIXES.encode() + b"# caf\xe9\n")
    with pytest.raises(ModelError, match=r"ontology/more\.ttl, line 11: the file is not UTF-8"):
        read_model(ontology, shapes)


def test_a_file_that_stops_in_the_middle_of_a_term_is_refused(tmp_path: Path) -> None:
    ontology, shapes = write(tmp_path, ontology=f"{ONTOLOGY}\ngs:Entity rdfs:label gs:")
    (ontology / "more.ttl").write_text(PREFIXES + "gs:Area a owl:")
    with pytest.raises(ModelError, match=r"ontology/more\.ttl, line 11: "):
        read_model(ontology, shapes)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    ontology, shapes = write(tmp_path)
    (ontology / "small.ttl").write_bytes(b"\xef\xbb\xbf" + (PREFIXES + ONTOLOGY).replace("\n", "\r\n").encode())
    assert set(read_model(ontology, shapes).classes) == {"Entity", "Area", "Place", "Service"}


def test_a_folder_without_turtle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shapes").mkdir()
    with pytest.raises(ModelError, match="ontology/ holds no Turtle file"):
        read_model(tmp_path / "nowhere", tmp_path / "shapes")
