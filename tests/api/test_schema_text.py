"""The schema as a projection of the Model."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    introspection_from_schema,
    validate_schema,
)

from graphsvc.api.documents import DocumentErrors, Documents
from graphsvc.api.schema import schema as schemas
from graphsvc.api.schema.schema import Schema, schema_text
from graphsvc.api.schema.wording import Wording
from graphsvc.errors import ModelError
from graphsvc.model import Model
from graphsvc.settings import Settings, project_root


@pytest.fixture(scope="module")
def schema(model: Model) -> Schema:
    return schemas.build_schema(model)


def test_the_golden_schema_is_that_of_the_model(model: Model) -> None:
    golden = (project_root() / "schema.graphql").read_text(encoding="utf-8")
    assert schema_text(model) == golden, "The schema changed: look at the difference, then run `make snapshot`."


def test_the_golden_schema_is_valid_graphql() -> None:
    golden = (project_root() / "schema.graphql").read_text(encoding="utf-8")
    assert not validate_schema(build_schema(golden, no_location=True))


def test_the_served_schema_is_valid(schema: Schema) -> None:
    assert not validate_schema(schema.graphql)


def test_a_class_with_subclasses_is_an_interface_and_has_a_plain_type(schema: Schema) -> None:
    agreement, plain = schema.graphql.type_map["Agreement"], schema.graphql.type_map["PlainAgreement"]
    assert isinstance(agreement, GraphQLInterfaceType)
    assert isinstance(plain, GraphQLObjectType)
    assert {"PlainAgreement", "PlainContract", "Subcontract"} <= {
        item.name for item in schema.graphql.get_possible_types(agreement)
    }
    assert isinstance(schema.graphql.type_map["Subcontract"], GraphQLObjectType)


def test_every_class_has_three_root_fields(schema: Schema, model: Model) -> None:
    query = schema.graphql.query_type
    assert query is not None
    for item in model.classes.values():
        assert {item.field, item.plural, f"{item.plural}Connection"} <= query.fields.keys()


def fields_of(schema: Schema, name: str) -> dict[str, GraphQLField]:
    """The fields of a type."""
    found = schema.graphql.type_map[name]
    assert isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
    return found.fields


def values_of(schema: Schema, name: str) -> dict[str, GraphQLEnumValue]:
    """The values of an enumeration."""
    found = schema.graphql.type_map[name]
    assert isinstance(found, GraphQLEnumType)
    return found.values


def test_closed_lists_cardinality_and_definitions_come_from_the_model(schema: Schema, model: Model) -> None:
    organisation = schema.graphql.type_map["Organisation"]
    assert isinstance(organisation, GraphQLObjectType)
    assert isinstance(organisation.fields["name"].type, GraphQLNonNull)
    assert isinstance(organisation.fields["kind"].type, GraphQLEnumType)
    assert str(organisation.fields["alternativeName"].type) == "[String!]!"
    assert str(fields_of(schema, "AgreementPhase")["agreement"].type) == "Agreement"
    assert organisation.description == model.classes["Organisation"].definition
    kind = model.classes["Organisation"].property("kind")
    assert kind and organisation.fields["kind"].description == kind.definition


def test_a_deprecated_term_is_deprecated_in_the_schema(model: Model) -> None:
    site = model.classes["Site"]
    old = replace(
        site,
        properties=tuple(replace(item, deprecated="Use locality.") if item.name == "kind" else item for item in site.properties),
    )
    made = schemas.build_schema(replace(model, classes={**model.classes, "Site": old}, _descendants={}))
    assert fields_of(made, "Site")["kind"].deprecation_reason == "Use locality."


def test_two_terms_with_one_graphql_name_are_refused(model: Model) -> None:
    clashing = {**model.classes, "Site": replace(model.classes["Site"], plural="services")}
    with pytest.raises(ModelError, match="root field services is already that of class"):
        schemas.build_schema(replace(model, classes=clashing, _descendants={}))
    clashing = {**model.classes, "Site": replace(model.classes["Site"], field="node")}
    with pytest.raises(ModelError, match="root field node is already that of the API itself"):
        schemas.build_schema(replace(model, classes=clashing, _descendants={}))


# ---- a schema that a person can read

LARGEST = {"Service": 75, "type": 140, "schema.graphql": 600_000, "introspection, gzipped": 200_000}


def test_the_schema_is_small_enough_to_read(schema: Schema) -> None:
    # Query is the table of contents: three fields a class.
    sizes = {
        name: len(item.fields)
        for name, item in schema.graphql.type_map.items()
        if isinstance(item, (GraphQLObjectType, GraphQLInterfaceType)) and name != "Query" and not name.startswith("__")
    }
    assert sizes["Service"] <= LARGEST["Service"]
    assert max(sizes.values()) <= LARGEST["type"], max(sizes, key=sizes.__getitem__)
    assert (project_root() / "schema.graphql").stat().st_size <= LARGEST["schema.graphql"]
    told = json.dumps({"data": introspection_from_schema(schema.graphql)}, separators=(",", ":")).encode()
    assert len(gzip.compress(told)) <= LARGEST["introspection, gzipped"]


def test_what_is_said_of_the_world_offers_nothing_that_only_things_in_it_can_do(schema: Schema, model: Model) -> None:
    below = {item.name for item in model.classes.values() if "InformationItem" in item.ancestors}
    assert {"Observation", "OpenQuestion", "Statement", "Source", "Category", "Membership", "OrganisationRole"} == below
    for name in below:
        fields = fields_of(schema, name)
        assert not {"employedBy", "sites", "areasServed", "adopts", "paymentMechanisms", "placesPressureOn"} & fields.keys(), name
    assert not [item.name for item in model.classes.values() if "Element" in item.ancestors and item.name in below]


def test_a_relation_that_is_a_list_only_has_no_connection_and_every_thing_has_links(schema: Schema, model: Model) -> None:
    for item in model.classes.values():
        fields = fields_of(schema, item.name)
        assert "links" in fields
        for relation in item.relations:
            assert relation.field in fields
            assert (f"{relation.field}Connection" in fields) != relation.list_only
    names = values_of(schema, "RelationName")
    forward = [relation for relation in model.relations.values() if relation.forward]
    assert set(names) == {relation.type for relation in forward}
    for relation in forward:
        assert relation.definition in (names[relation.type].description or "")


def test_each_class_in_the_list_of_classes_is_described_at_the_type_of_its_name(schema: Schema, model: Model) -> None:
    names = values_of(schema, "EntityType")
    assert {name: schema.graphql.type_map[name].description for name in names} == {
        item.name: item.definition for item in model.classes.values()
    }


# ---- other words


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("{ deals { name } }", "`agreements` or `agreement`"),
        ("{ services { contracts { name } } }", "`agreements`"),
        ("{ services { enabledBy { name } } }", "`supportedBy`"),
        ("{ services(where: { contracts: { some: {} } }) { name } }", "`agreements`"),
        ("{ organisations { partners { name } } }", "`members`"),
        ("{ agents { ... on Trust { name } } }", "`Organisation`"),
    ],
)
def test_an_unknown_name_is_answered_with_the_term_that_is_meant(schema: Schema, text: str, meant: str) -> None:
    documents = Documents(schema.graphql, Settings(), Wording(schema.naming).explained)
    with pytest.raises(DocumentErrors) as refused:
        documents.read(text)
    assert f"may be called {meant} here" in refused.value.errors[0].message
    assert refused.value.errors[0].locations


def test_an_unknown_name_that_means_nothing_is_answered_by_spelling_only(schema: Schema) -> None:
    documents = Documents(schema.graphql, Settings(), Wording(schema.naming).explained)
    with pytest.raises(DocumentErrors) as refused:
        documents.read("{ services { nam } }")
    assert "Did you mean 'name'" in refused.value.errors[0].message
    assert "may be called" not in refused.value.errors[0].message


def test_the_documentation_finds_a_term_by_other_words(schema: Schema) -> None:
    query = schema.graphql.query_type
    assert query is not None
    assert "MoU" in (query.fields["memoranda"].description or "")
