"""``links``: everything that a thing is related to; and ``anywhere``: conditions on what is a step or more away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from recording import Recording
from stand_ins import stand_in
from world import DATASET, World

from graphsvc.api.service import GraphQLService
from graphsvc.errors import QueryError
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store

PAPER, OTHER = "source/paper", "source/other"
THINGS = {
    "organisation/trust": "Organisation", "organisation/council": "Organisation", "service/nursing": "Service",
    "programme/change": "Programme", "programme/later": "Programme", "statement/aim": "Statement",
    "neighbourhood/north": "Neighbourhood", "place/town": "Place", "care-system/shire": "CareSystem", "place/apart": "Place",
}  # fmt: skip
TIES = [
    ("organisation/trust", "provides", "service/nursing", PAPER, "IN_FORCE"),
    ("organisation/trust", "provides", "service/nursing", OTHER, "IN_FORCE"),
    ("organisation/trust", "leads", "programme/change", PAPER, "IN_FORCE"),
    ("organisation/trust", "leads", "programme/later", PAPER, "PLANNED"),
    ("organisation/council", "worksWith", "organisation/trust", PAPER, "IN_FORCE"),
    ("organisation/council", "leads", "organisation/trust", PAPER, "IN_FORCE"),
    ("statement/aim", "about", "programme/planned", PAPER, "IN_FORCE"),
    ("neighbourhood/north", "within", "place/town", PAPER, "IN_FORCE"),
    ("place/town", "within", "care-system/shire", PAPER, "IN_FORCE"),
    ("place/apart", "within", "care-system/shire", PAPER, "PLANNED"),
]


async def ask(store: Store, model: Model, text: str) -> Any:
    answer = await GraphQLService(model, store, Settings()).ask(text, {})
    return answer["data"]


def claims() -> Iterable[Claim]:
    for source in (PAPER, OTHER):
        yield EntityRecord(source, "Source", {"name": source, "title": source}, Qualifiers(source), "map")
    for thing, kind in THINGS.items():
        yield EntityRecord(thing, kind, {"name": thing.partition("/")[2]}, Qualifiers(PAPER), "map")
    planned = Qualifiers(PAPER, status="PLANNED")
    yield EntityRecord("programme/planned", "Programme", {"name": "planned"}, planned, "map")
    for subject, relation, target, source, status in TIES:
        yield RelationClaim(subject, relation, target, Qualifiers(source, status=status), "map")


@pytest.fixture
async def small(store: Store) -> Store:
    await store.publish(Publication(LoadRecord("map", "1", title="A map"), list(claims())))
    return store


LINKS = "edges { relation direction label node { id } status claims { source { id } } }"


async def test_links_and_anywhere(small: Store, model: Model) -> None:
    await _links_are_those_of_every_relation_both_ways(small, model)
    await _links_can_be_asked_by_relation_direction_status_and_page(small, model)
    await _what_is_only_spoken_of_is_shown_though_it_is_a_plan(small, model)
    await _things_are_found_by_their_links(small, model)
    await _an_area_is_found_anywhere_within_another(small, model)


async def _links_are_those_of_every_relation_both_ways(store: Store, model: Model) -> None:
    found = await ask(store, model, f'{{ organisation(id: "organisation/trust") {{ links {{ totalCount {LINKS} }} }} }}')
    links = found["organisation"]["links"]
    told = [(edge["relation"], edge["direction"], edge["label"], edge["node"]["id"]) for edge in links["edges"]]
    assert told == [
        ("LEADS", "FORWARD", "leads", "programme/change"),
        ("LEADS", "BACKWARD", "led by", "organisation/council"),
        ("PROVIDES", "FORWARD", "provides", "service/nursing"),
        ("WORKS_WITH", "FORWARD", "works with", "organisation/council"),
    ]
    assert links["totalCount"] == 4
    assert [claim["source"]["id"] for claim in links["edges"][2]["claims"]] == [OTHER, PAPER]


async def _links_can_be_asked_by_relation_direction_status_and_page(store: Store, model: Model) -> None:
    text = """{ organisation(id: "organisation/trust") {
      led: links(relations: [LEADS], direction: FORWARD, status: [PLANNED]) { nodes { id } }
      hidden: links(relations: [LEADS]) { totalCount hidden { status count } }
      none: links(relations: [COVERS]) { totalCount nodes { id } }
      programmes: links(where: { type: { eq: Programme } }) { nodes { id } }
      first: links(first: 1) { pageInfo { hasNextPage endCursor } nodes { id } }
      both: links(relations: [WORKS_WITH], direction: BACKWARD) { nodes { id } } } }"""
    found = (await ask(store, model, text))["organisation"]
    assert found["led"] == {"nodes": [{"id": "programme/later"}]}
    assert found["hidden"] == {"totalCount": 2, "hidden": [{"status": "PLANNED", "count": 1}]}
    assert found["none"] == {"totalCount": 0, "nodes": []}
    assert found["programmes"] == {"nodes": [{"id": "programme/change"}]}
    assert found["both"] == {"nodes": [{"id": "organisation/council"}]}
    assert found["first"]["pageInfo"]["hasNextPage"]
    after = found["first"]["pageInfo"]["endCursor"]
    more = await ask(
        store, model, f'{{ organisation(id: "organisation/trust") {{ links(after: "{after}") {{ nodes {{ id }} }} }} }}'
    )
    assert [node["id"] for node in more["organisation"]["links"]["nodes"]] == [
        "organisation/council", "service/nursing", "organisation/council",
    ]  # fmt: skip
    other = f'{{ organisation(id: "organisation/trust") {{ links(relations: [LEADS], after: "{after}") {{ nodes {{ id }} }} }} }}'
    with pytest.raises(QueryError):
        await ask(store, model, other)


async def _what_is_only_spoken_of_is_shown_though_it_is_a_plan(store: Store, model: Model) -> None:
    text = '{ statement(id: "statement/aim") { links { nodes { id } } } }'
    assert (await ask(store, model, text))["statement"]["links"]["nodes"] == [{"id": "programme/planned"}]


async def _things_are_found_by_their_links(store: Store, model: Model) -> None:
    text = """{ leading: things(where: { links: { some: { relations: [LEADS], direction: FORWARD } } }) { id }
      led: things(where: { links: { some: { relations: [LEADS], direction: BACKWARD, node: { name: { eq: "council" } } } } })
        { id }
      told: things(where: { links: { some: { claim: { source: { eq: "source/other" } } } } }) { id }
      alone: programmes(where: { links: { none: {} } }) { id } }"""
    assert await ask(store, model, text) == {
        "leading": [{"id": "organisation/council"}, {"id": "organisation/trust"}],
        "led": [{"id": "organisation/trust"}],
        "told": [{"id": "service/nursing"}, {"id": "organisation/trust"}],
        "alone": [{"id": "programme/later"}],
    }


async def _an_area_is_found_anywhere_within_another(store: Store, model: Model) -> None:
    def asked(status: str = "") -> str:
        return f"""{{ areas(where: {{ within: {{ anywhere: {{ name: {{ eq: "shire" }} }} }} }}{status}) {{ id }}
          direct: areas(where: {{ within: {{ some: {{ name: {{ eq: "shire" }} }} }} }}) {{ id }} }}"""

    recording = Recording(store)
    found = await ask(stand_in(recording), model, asked())
    assert found == {"areas": [{"id": "neighbourhood/north"}, {"id": "place/town"}], "direct": [{"id": "place/town"}]}
    assert len(recording.asked) == 2, "one query a root field"
    planned = await ask(store, model, asked(", status: [IN_FORCE, PLANNED]"))
    assert {"id": "place/apart"} in planned["areas"]


async def test_links_of_one_relation_are_what_its_own_connection_shows(store: Store, model: Model) -> None:
    await store.publish(Publication(LoadRecord(DATASET, "1", title="A world made by chance"), World(model, seed=11).claims))
    edges = "totalCount hidden { status count } edges { node { id } status validFrom note claims { id } }"
    text = f"""{{ organisations(first: 50, status: [IN_FORCE, PLANNED]) {{
      membersConnection(first: 50) {{ {edges} }} provides: providesConnection(first: 50) {{ {edges} }}
      members: links(relations: [MEMBER_OF], direction: BACKWARD, first: 50) {{ {edges} }}
      links(relations: [PROVIDES], direction: FORWARD, first: 50) {{ {edges} }} }} }}"""
    found = (await ask(store, model, text))["organisations"]
    assert sum(item["links"]["totalCount"] + item["members"]["totalCount"] for item in found) > 5
    for item in found:
        assert item["links"] == item["provides"]
        assert item["members"] == item["membersConnection"]
