"""The schema as a projection of the Model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType, build_schema, validate_schema

from graphsvc.api.schema import schema as schemas
from graphsvc.api.schema.schema import Schema, schema_text
from graphsvc.errors import ModelError
from graphsvc.model import Model
from graphsvc.settings import project_root


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


def test_closed_lists_cardinality_and_definitions_come_from_the_model(schema: Schema, model: Model) -> None:
    organisation = schema.graphql.type_map["Organisation"]
    assert isinstance(organisation, GraphQLObjectType)
    assert isinstance(organisation.fields["name"].type, GraphQLNonNull)
    assert isinstance(organisation.fields["kind"].type, GraphQLEnumType)
    assert str(organisation.fields["alternativeName"].type) == "[String!]!"
    assert str(schema.graphql.type_map["AgreementPhase"].fields["agreement"].type) == "Agreement"  # type: ignore[attr-defined]
    assert organisation.description == model.classes["Organisation"].definition
    assert organisation.fields["kind"].description == model.classes["Organisation"].property("kind").definition  # type: ignore[union-attr]


def test_a_deprecated_term_is_deprecated_in_the_schema(model: Model) -> None:
    site = model.classes["Site"]
    old = replace(
        site,
        properties=tuple(replace(item, deprecated="Use locality.") if item.name == "kind" else item for item in site.properties),
    )
    made = schemas.build_schema(replace(model, classes={**model.classes, "Site": old}, _descendants={}))
    assert made.graphql.type_map["Site"].fields["kind"].deprecation_reason == "Use locality."  # type: ignore[attr-defined]


def test_two_terms_with_one_graphql_name_are_refused(model: Model) -> None:
    clashing = {**model.classes, "Site": replace(model.classes["Site"], plural="services")}
    with pytest.raises(ModelError, match="root field services is already that of class"):
        schemas.build_schema(replace(model, classes=clashing, _descendants={}))
    clashing = {**model.classes, "Site": replace(model.classes["Site"], field="node")}
    with pytest.raises(ModelError, match="root field node is already that of the API itself"):
        schemas.build_schema(replace(model, classes=clashing, _descendants={}))
