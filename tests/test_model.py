"""The Model: what follows from the terms of a small ontology."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_ontology import write

from graphsvc.model import Model
from graphsvc.ontology import read_model


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return read_model(*write(tmp_path))


def test_superclasses_come_first_and_ancestors_end_with_entity(model: Model) -> None:
    assert list(model.classes) == ["Entity", "Area", "Service", "Place"]
    assert model.classes["Place"].ancestors == ("Area", "Entity")
    assert model.classes["Place"].parents == ("Area",)


def test_names_follow_from_the_term_and_its_plural_label(model: Model) -> None:
    place = model.classes["Place"]
    assert (place.field, place.plural, place.slug, place.sheet) == ("place", "townsAndCities", "place", "towns-and-cities")


def test_properties_are_inherited_and_come_first(model: Model) -> None:
    assert [item.name for item in model.classes["Place"].properties] == ["name", "code", "kind"]
    assert model.classes["Service"].property("code") is None


def test_the_contract_comes_from_the_shapes(model: Model) -> None:
    name, code, kind = model.classes["Place"].properties
    assert (name.datatype, name.min_count, name.max_count, name.many) == ("string", 1, 1, False)
    assert (code.pattern, code.many, code.example) == ("^[A-Z][0-9]{2}$", True, "E01")
    assert (kind.datatype, kind.scheme, kind.iri.rpartition("#")[2]) == ("enum", "PlaceKind", "placeKind")


def test_a_subclass_may_ask_for_more_than_its_superclass(model: Model) -> None:
    of_areas, of_places = (model.classes[name].relation("within") for name in ("Area", "Place"))
    assert of_areas and not of_areas.sheet_column
    assert of_places and of_places.sheet_column
    code = model.classes["Place"].property("code")
    assert code is not None
    assert code.min_count == 1
    code_of_areas = model.classes["Area"].property("code")
    assert code_of_areas and code_of_areas.min_count == 0


def test_a_relation_and_its_inverse_are_stored_once(model: Model) -> None:
    serves, served_by = model.relations["serves"], model.relations["servedBy"]
    assert (serves.field, serves.type, serves.forward, serves.inverse) == ("areasServed", "SERVES", True, "servedBy")
    assert (served_by.field, served_by.type, served_by.forward, served_by.inverse) == ("servedBy", "SERVES", False, "serves")
    assert (served_by.domain, served_by.range) == ("Area", "Service")
    assert model.classes["Place"].relation("servedBy") == served_by
    assert model.classes["Service"].relation("areasServed") == serves


def test_a_symmetric_relation_has_no_inverse_and_a_transitive_one_is_so_both_ways(model: Model) -> None:
    assert model.relations["worksWith"].symmetric
    assert model.relations["worksWith"].inverse == ""
    assert model.relations["within"].transitive
    assert model.relations["contains"].transitive


def test_closed_lists_keep_the_order_of_the_file_and_find_by_label_code_or_name(model: Model) -> None:
    scheme = model.schemes["PlaceKind"]
    assert [item.name for item in scheme.concepts] == ["TOWN", "NEW_TOWN"]
    assert scheme.find(" new TOWN ") == scheme.concepts[1]
    assert scheme.find("new-town") == scheme.concepts[1]
    assert scheme.find("NEW_TOWN") == scheme.concepts[1]
    assert scheme.find("village") is None


def test_concrete_classes_leave_abstract_ones_out(model: Model) -> None:
    assert [item.name for item in model.concrete("Area")] == ["Place"]
    assert [item.name for item in model.concrete("Entity")] == ["Service", "Place"]


def test_an_id_names_its_class(model: Model) -> None:
    assert model.class_of("place/wigan") == model.classes["Place"]
    assert model.class_of("planet/mars") is None


def test_alignments_and_deprecation_are_kept(model: Model) -> None:
    assert model.classes["Area"].alignments == (
        ("subClassOf", "http://example.org/Feature"),
        ("closeMatch", "http://example.org/Near"),
    )
    assert model.relations["serves"].deprecated == "Use gs:within."
    assert model.prefixes["ex"] == "http://example.org/"


def test_topics_rules_and_qualifiers_are_read(model: Model) -> None:
    assert [(item.name, item.title, item.file) for item in model.topics.values()] == [("small", "Small", "ontology/small.ttl")]
    assert [(item.name, item.severity) for item in model.rules] == [("nothingServesItself", "Warning")]
    assert model.qualifiers["locator"].definition == "Where it is said."


def test_the_checksum_follows_the_content_of_both_folders(tmp_path: Path) -> None:
    ontology, shapes = write(tmp_path)
    before = read_model(ontology, shapes).checksum
    assert read_model(ontology, shapes).checksum == before
    (shapes / "small.ttl").write_text((shapes / "small.ttl").read_text() + "\n# said again\n")
    assert read_model(ontology, shapes).checksum != before


def test_files_of_other_kinds_are_left_alone(tmp_path: Path) -> None:
    ontology, shapes = write(tmp_path)
    (ontology / "notes.txt").write_text("not Turtle")
    assert read_model(ontology, shapes).classes
