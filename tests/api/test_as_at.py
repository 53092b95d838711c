"""Values as at a date: what was said then, in answers, conditions, orders and searches."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from recording import Recording
from stand_ins import stand_in

from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store

SOURCE = "source/ods-sub-icb-locations"
WIGAN, TRUST = "organisation/ods-02h", "organisation/ods-rrf"
CCG, SUB_ICB = "NHS WIGAN BOROUGH CCG", "NHS GREATER MANCHESTER ICB - 02H"


def _listed(entity: str, until: str | None, **values: Any) -> EntityRecord:
    given = Qualifiers(
        source=SOURCE,
        status="SUPERSEDED" if until else "IN_FORCE",
        valid_from=date(2013, 4, 1),
        valid_to=date.fromisoformat(until) if until else None,
    )
    return EntityRecord(entity, "Organisation", values, given, "ods")


CLAIMS: list[Claim] = [
    EntityRecord(SOURCE, "Source", {"name": "Locations", "title": "Locations", "kind": "DIRECTORY"}, Qualifiers(SOURCE), "ods"),
    _listed(WIGAN, "2022-07-01", name=CCG, kind="CLINICAL_COMMISSIONING_GROUP", alternativeName=("Wigan Borough",)),
    _listed(WIGAN, None, name=SUB_ICB, kind="SUB_ICB_LOCATION", alternativeName=("Wigan locality",), postcode="WN1 1AA"),
    _listed(TRUST, None, name="NHS OF WRIGHTINGTON", kind="NHS_FOUNDATION_TRUST"),
    RelationClaim(TRUST, "memberOf", WIGAN, Qualifiers(SOURCE, valid_from=date(2013, 4, 1)), "ods"),
]
DAYS = {"2012-01-01": False, "2016-06-01": True, "2022-06-30": True, "2022-07-01": False, "2024-06-01": False, None: False}
"""Days, and whether it was a CCG on them; before the first day nothing is stated, so that today's values are shown."""


@pytest.fixture
async def asked(store: Store, model: Model) -> Recording:
    await store.publish(Publication(LoadRecord("ods", "1", title="A directory"), CLAIMS))
    return Recording(store)


@pytest.fixture
def service(asked: Recording, model: Model) -> GraphQLService:
    return GraphQLService(model, stand_in(asked), Settings())


async def test_values_are_those_of_the_day_in_one_query(service: GraphQLService, asked: Recording) -> None:
    await _a_thing_shows_what_was_said_then(service)
    await _related_things_conditions_and_orders_are_of_the_same_day(service)
    await _a_former_name_is_found(service, asked)


async def _a_thing_shows_what_was_said_then(service: GraphQLService) -> None:
    text = """query($d: Date) { node(id: "organisation/ods-02h", asOf: $d) { ... on Organisation {
      name kind alternativeName postcode status claims { status values { property value } } } } }"""
    for day, then in DAYS.items():
        node = (await service.ask(text, {"d": day}))["data"]["node"]
        assert (node["name"], node["kind"]) == ((CCG, "CLINICAL_COMMISSIONING_GROUP") if then else (SUB_ICB, "SUB_ICB_LOCATION"))
        assert node["alternativeName"] == (["Wigan Borough"] if then else ["Wigan locality"])
        assert node["postcode"] == "WN1 1AA", "what the record that was replaced left out comes from the one that holds as well"
        assert node["status"] == "IN_FORCE"
        assert [claim["status"] for claim in node["claims"]] == ["IN_FORCE", "SUPERSEDED"]


async def _related_things_conditions_and_orders_are_of_the_same_day(service: GraphQLService) -> None:
    text = """query($d: Date, $name: String!) {
      byName: organisations(asOf: $d, where: {name: {contains: $name}}) { name }
      byKind: organisationsConnection(asOf: $d, where: {kind: {ne: NHS_FOUNDATION_TRUST}, NOT: {name: {contains: $name}}}) {
        totalCount nodes { id } }
      related: organisations(asOf: $d, where: {memberOf: {some: {name: {contains: $name}}}}) {
        id memberOfConnection(where: {name: {startsWith: $name}}) { totalCount edges { node { name } } } }
      ordered: organisations(asOf: $d, orderBy: [{name: DESC}]) { id } }"""
    for day in ("2016-06-01", "2024-06-01", None):
        then = DAYS[day]
        found = (await service.ask(text, {"d": day, "name": "nhs wigan"}))["data"]
        assert found["byName"] == ([{"name": CCG}] if then else [])
        assert found["byKind"] == {"totalCount": 0, "nodes": []} if then else {"totalCount": 1, "nodes": [{"id": WIGAN}]}
        related = {"totalCount": 1, "edges": [{"node": {"name": CCG}}]}
        assert found["related"] == ([{"id": TRUST, "memberOfConnection": related}] if then else [])
        # The last first: "NHS WIGAN …", "NHS OF …", "NHS GREATER …".
        assert [item["id"] for item in found["ordered"]] == ([WIGAN, TRUST] if then else [TRUST, WIGAN])


async def _a_former_name_is_found(service: GraphQLService, asked: Recording) -> None:
    text = 'query($d: Date) { search(text: "wigan borough ccg", asOf: $d) { node { id name } } }'
    for _ in range(40):  # Neo4j's full text index may lag behind a commit
        if (await service.ask(text))["data"]["search"]:
            break
        await asyncio.sleep(0.1)
    for day, then in DAYS.items():
        asked.asked.clear()
        hits = (await service.ask(text, {"d": day}))["data"]["search"]
        assert len(asked.asked) == 1
        expected = [] if day == "2012-01-01" else [{"node": {"id": WIGAN, "name": CCG if then else SUB_ICB}}]
        assert hits == expected, day
