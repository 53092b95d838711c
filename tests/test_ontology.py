"""What ships in ``ontology/`` and ``shapes/`` is complete, and a contradiction between or within them is refused."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from example_class import ROOT, add_class
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Graph, URIRef
from rdflib.collection import Collection
from small_ontology import ONTOLOGY, PREFIXES, SHAPES, write

from graphsvc.errors import ModelError
from graphsvc.exports.reference import reference
from graphsvc.model import Model
from graphsvc.ontology import read_model
from graphsvc.provenance import CONFIDENCES, STATUSES

PROV, ORG, SCHEMA, DCT = (
    "http://www.w3.org/ns/prov#",
    "http://www.w3.org/ns/org#",
    "http://schema.org/",
    "http://purl.org/dc/terms/",
)


# ---- what ships


def test_each_topic_has_a_twin() -> None:
    assert {path.name for path in (ROOT / "ontology").glob("*.ttl")} == {path.name for path in (ROOT / "shapes").glob("*.ttl")}


@pytest.mark.parametrize(
    ("name", "how", "target"),
    [
        ("Area", "subClassOf", "http://www.opengis.net/ont/geosparql#Feature"),
        ("Area", "subClassOf", f"{SCHEMA}Place"),
        ("Agent", "subClassOf", "http://xmlns.com/foaf/0.1/Agent"),
        ("Organisation", "subClassOf", f"{ORG}Organization"),
        ("Organisation", "closeMatch", "http://hl7.org/fhir/Organization"),
        ("Partnership", "subClassOf", f"{ORG}OrganizationalCollaboration"),
        ("Membership", "subClassOf", f"{ORG}Membership"),
        ("GovernanceBody", "closeMatch", f"{ORG}OrganizationalUnit"),
        ("Post", "subClassOf", f"{ORG}Post"),
        ("Service", "subClassOf", "http://purl.org/vocab/cpsv#PublicService"),
        ("Service", "subClassOf", f"{SCHEMA}Service"),
        ("Service", "closeMatch", "http://hl7.org/fhir/HealthcareService"),
        ("Agreement", "subClassOf", f"{PROV}Entity"),
        ("Contract", "subClassOf", "http://data.europa.eu/a4g/ontology#Contract"),
        ("AgreementPhase", "subClassOf", f"{PROV}Activity"),
        ("PaymentMechanism", "subClassOf", "http://www.w3.org/2004/02/skos/core#Concept"),
        ("Pathway", "subClassOf", "http://purl.org/net/p-plan#Plan"),
        ("PathwayStep", "subClassOf", "http://purl.org/net/p-plan#Step"),
        ("Programme", "closeMatch", f"{SCHEMA}Project"),
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


# ---- other vocabularies


def vocabularies() -> dict[str, set[str]]:
    """The names that exist in each vocabulary, by the start of their IRIs."""
    texts = [path.read_text(encoding="utf-8").splitlines() for path in (ROOT / "tests" / "vocabularies").glob("*.txt")]
    return {lines[0].removeprefix("# "): set(lines[2:]) for lines in texts}


def test_every_aligned_term_exists(model: Model) -> None:
    known = vocabularies()
    items = [
        *model.classes.values(),
        *model.relations.values(),
        *(prop for item in model.classes.values() for prop in item.properties),
    ]
    for item in items:
        for how, iri in item.alignments:
            start = max((name for name in known if iri.startswith(name)), key=len, default="")
            if not start and how == "seeAlso":
                continue  # a page to read
            assert start, f"{item.iri}: {iri} is of a vocabulary without a list in tests/vocabularies"
            assert iri.removeprefix(start) in known[start], f"{item.iri}: {iri} does not exist"


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("Programme", f"{SCHEMA}Project"),
        ("AgreementPhase", "http://www.w3.org/2006/time#ProperInterval"),
        ("OrganisationRole", f"{ORG}Role"),
        ("GovernanceBody", f"{ORG}OrganizationalUnit"),
        ("CareModel", "http://purl.org/net/p-plan#Plan"),
        ("Document", "http://xmlns.com/foaf/0.1/Document"),
        ("Area", f"{SCHEMA}AdministrativeArea"),
    ],
)
def test_no_class_is_put_below_one_that_not_all_of_it_are(model: Model, name: str, target: str) -> None:
    assert ("subClassOf", target) not in model.classes[name].alignments


def test_an_address_is_no_address_node_and_a_last_day_no_first_day(model: Model) -> None:
    for item in (prop for name in ("Site", "Organisation") for prop in model.classes[name].properties):
        assert not [iri for how, iri in item.alignments if how == "subPropertyOf" and "locn" in iri], item.iri
    assert "validThrough" not in (ROOT / "ontology" / "entities.ttl").read_text()


# ---- as one ontology


def whole() -> Graph:
    graph = Graph()
    for path in sorted((ROOT / "ontology").glob("*.ttl")):
        graph.parse(path)
    return graph


def test_the_ontology_has_a_version_a_licence_dates_and_imports_its_parts(model: Model) -> None:
    graph, one = whole(), URIRef(model.namespace.rstrip("#"))
    for predicate in (
        OWL.versionIRI,
        OWL.versionInfo,
        DCTERMS.license,
        DCTERMS.creator,
        DCTERMS.created,
        DCTERMS.modified,
        SKOS.changeNote,
    ):
        assert graph.value(one, predicate), predicate
    parts = set(graph.subjects(RDF.type, OWL.Ontology)) - {one}
    assert set(graph.subjects(RDFS.seeAlso, one)) == parts
    assert set(graph.objects(one, OWL.imports)) == parts
    assert len(parts) == len(model.topics)
    root = URIRef(f"{one}/entities")
    assert all((part, OWL.imports, root) in graph for part in parts - {root})


def test_main_branches_exclude_each_other(model: Model) -> None:
    graph = whole()
    groups = [{str(item).rpartition("#")[2] for item in Collection(graph, head)} for head in graph.objects(None, OWL.members)]
    said = {frozenset((one, other)) for group in groups for one in group for other in group if one != other}
    said |= {frozenset(("Element", "InformationItem"))}
    lines = {item.name: {item.name, *item.ancestors} for item in model.classes.values() if not item.abstract}
    branches = set().union(*groups)

    def apart(one: str, other: str) -> bool:
        return any(frozenset((a, b)) in said for a in lines[one] for b in lines[other])

    for one, other in itertools.combinations(lines, 2):
        if one in lines[other] or other in lines[one]:
            assert not apart(one, other), f"{one} and {other} exclude each other, and one is a kind of the other"
        elif lines[one] & branches != lines[other] & branches:
            assert apart(one, other), f"nothing keeps {one} and {other} apart"


def test_every_name_that_an_axiom_uses_is_declared_as_one_kind_of_property(model: Model) -> None:
    """OWL 2 DL (structural specification, 5.8 and 5.9), as ROBOT's profile check reads it; decision 0009 has what stays out."""
    graph = whole()
    kinds = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    built_in = (str(RDF), str(RDFS), str(OWL))
    for predicate in {*graph.predicates(), *graph.objects(None, RDFS.subPropertyOf)}:
        if not str(predicate).startswith(built_in):
            assert len(kinds.intersection(graph.objects(predicate, RDF.type))) == 1, predicate
    for name in {*graph.objects(None, RDFS.subClassOf), *graph.objects(None, RDF.type)} - {RDF.Statement}:
        if isinstance(name, URIRef) and not str(name).startswith(built_in):
            assert (name, RDF.type, OWL.Class) in graph, name
    for narrower, wider in graph.subject_objects(RDFS.subPropertyOf):
        assert kinds.intersection(graph.objects(narrower, RDF.type)) == kinds.intersection(graph.objects(wider, RDF.type)), (
            narrower
        )
    assert (XSD.date, RDF.type, RDFS.Datatype) in graph, "xsd:date is not among the datatypes of OWL 2"
    assert not [item for item in model.classes.values() if not item.iri.startswith(model.namespace)]


def test_names_that_differ_by_a_capital_only_are_a_class_and_the_relation_that_leads_to_it(model: Model) -> None:
    graph = whole()
    names: dict[str, list[URIRef]] = {}
    for term in {item for item in graph.subjects() if isinstance(item, URIRef) and item.startswith(model.namespace)}:
        names.setdefault(term.casefold(), []).append(term)
    alike = [sorted(terms) for terms in names.values() if len(terms) > 1]
    assert alike
    for terms in alike:
        assert len(terms) == 2, terms
        assert (terms[1], RDFS.range, terms[0]) in graph, terms


def test_values_have_the_datatype_that_the_shapes_ask_and_what_people_read_is_in_english(model: Model) -> None:
    graph = whole()
    types = {"uri": "anyURI"}
    for item in (prop for class_ in model.classes.values() for prop in class_.properties if prop.datatype != "enum"):
        assert (URIRef(item.iri), RDFS.range, XSD[types.get(item.datatype, item.datatype)]) in graph, item.iri
    for predicate in (RDFS.label, SKOS.definition, SKOS.prefLabel, SKOS.altLabel):
        assert {literal.language for literal in graph.objects(None, predicate)} == {"en-GB"}, predicate  # type: ignore[attr-defined]  # texts are literals


def test_definitions_say_more_than_the_name(model: Model) -> None:
    for item in [*model.classes.values(), *model.schemes.values()]:
        assert not re.match(r"(Sorts? of|Which sort of|An? |One )\w+( \w+)?\.$", item.definition), (
            f"{item.name}: {item.definition}"
        )
    for item in (prop for class_ in model.classes.values() for prop in class_.properties):
        assert not item.definition.startswith("Which sort of"), item.iri
    for name in ("adopts", "approves", "signatory"):
        assert not re.search(r"\bis to\b|\bwas\b|\bhas signed\b", model.relations[name].definition), name
    for relation in model.relations.values():
        assert relation.definition.removeprefix("Its ").rstrip(".") != relation.field, relation.name
