"""Answers of both stores, compared with a slow, obvious evaluation over the RDF."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path
from typing import Any

import pytest
from chance import Requests
from rdflib import Dataset
from recording import Recording
from reference_evaluation import TODAY, Reference
from stand_ins import stand_in
from world import DATASET, World

from graphsvc.api.service import GraphQLService
from graphsvc.errors import QueryError, StoreBusy
from graphsvc.exports import About, exporters
from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.rdf import Rdf
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store

BASE = "http://127.0.0.1:8484"
REQUESTS = {"embedded": 80, "neo4j": 30}
"""Requests made by chance. Neo4j plans each new text for some tenths of a second; the texts are the same on both."""


async def publish(store: Store, world: World) -> None:
    await store.publish(Publication(LoadRecord(DATASET, "1", title="A world made by chance"), world.claims))


def of_the_day(extensions: dict[str, Any]) -> dict[str, Any]:
    """What the extensions say of what is hidden, and of a date."""
    hidden = {entry["path"][0]: {name: entry[name] for name in entry if name != "path"} for entry in extensions.get("hidden", [])}
    if "asOf" not in extensions:
        return {"hidden": hidden}
    told = extensions["told"]
    spoken = {told["first"], told["last"]} - {None}
    return {"hidden": hidden, "certainty": {name: n for name, n in extensions["certainty"].items() if n}, "told": spoken}


async def exported(store: Store, model: Model, target: Path) -> list[Claim]:
    """The claims that the RDF export of a store holds, as another reader of RDF sees them."""
    await exporters()["nquads"].write("nquads", store.export(), target, About(model, BASE))
    dataset = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib's own parser
        dataset.parse(str(target), format="nquads")
    return list(Rdf(model, BASE).claims(dataset))


@pytest.mark.generated
async def test_answers_are_those_of_the_reference_with_one_query_a_root_field(
    store: Store, model: Model, engine: str, tmp_path: Path
) -> None:
    world = World(model)
    await publish(store, world)
    recording = Recording(store)
    service = GraphQLService(model, stand_in(recording), Settings(query_timeout=120, max_cost=10**12, today=TODAY))
    reference = Reference(model, service.schema.graphql, await exported(store, model, tmp_path / "world.nq"), BASE)
    requests = Requests(world, service.schema.naming, seed=7)
    told = 0
    for _ in range(REQUESTS[engine]):
        request = requests.request()
        recording.asked.clear()
        answer = await service.ask(request)
        assert len(recording.asked) == (2 if " b: " in request else 1), request
        expected = reference.ask(request)
        assert {"data": answer["data"], **of_the_day(answer["extensions"])} == expected, request
        told += len(str(answer["data"])) > 60
    assert told > REQUESTS[engine] // 2, "too many answers are empty to prove anything"


@pytest.fixture
async def service(store: Store, model: Model) -> GraphQLService:
    await publish(store, World(model, seed=5))
    return GraphQLService(model, store, Settings(default_page=4))


async def test_pages_reports_and_search(service: GraphQLService) -> None:
    await _cursors_walk_through_a_list_both_ways(service)
    await _cursors_of_another_list_or_made_up_are_refused(service)
    await _a_default_page_says_that_there_is_more(service)
    await _search_forgives_a_misspelling(service)
    await _a_search_says_what_it_left_out(service)
    await _reports_and_ids(service)
    await _fragments_give_each_type_its_own(service)
    await _cypher_in_a_string_is_only_a_string(service)


async def _cursors_walk_through_a_list_both_ways(service: GraphQLService) -> None:
    every = [item["id"] for item in (await service.ask("{ things(first: 1000) { id } }"))["data"]["things"]]
    text = """query($after: String, $before: String, $first: Int, $last: Int) {
      thingsConnection(first: $first, last: $last, after: $after, before: $before) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }"""
    found: list[str] = []
    after: str | None = None
    while True:
        page = (await service.ask(text, {"first": 7, "after": after}))["data"]["thingsConnection"]
        found += [edge["node"]["id"] for edge in page["edges"]]
        assert page["totalCount"] == len(every)
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = page["pageInfo"]["endCursor"]
        assert page["edges"][-1]["cursor"] == after
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == every
    found, before = [], None
    while True:
        page = (await service.ask(text, {"last": 9, "before": before}))["data"]["thingsConnection"]
        found = [edge["node"]["id"] for edge in page["edges"]] + found
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert found == every


async def _cursors_of_another_list_or_made_up_are_refused(service: GraphQLService) -> None:
    cursor = (await service.ask("{ thingsConnection(first: 1) { edges { cursor } } }"))["data"]["thingsConnection"]["edges"][0][
        "cursor"
    ]
    text = "query($after: String) { thingsConnection(after: $after, %s) { nodes { id } } }"
    assert (await service.ask(text % "first: 3", {"after": cursor}))["data"]["thingsConnection"]["nodes"]
    for other in ("orderBy: {id: ASC}", 'where: {name: {contains: "a"}}', 'asOf: "2020-01-01"', "status: [PLANNED]"):
        with pytest.raises(QueryError, match="this cursor is of another list"):
            await service.ask(text % other, {"after": cursor})
    for made_up in ("", "abc", "MQ", "é", "0" * 5000, "Li4vLi4vZXRjL3Bhc3N3ZA"):
        with pytest.raises(QueryError, match="this is no cursor"):
            await service.ask(text % "first: 3", {"after": made_up})


async def _a_default_page_says_that_there_is_more(service: GraphQLService) -> None:
    answer = await service.ask("{ things { id claims { status } } }")
    assert len(answer["data"]["things"]) == 4
    assert answer["extensions"]["incomplete"][0] == {"path": ["things"], "shown": 4, "limit": 4, "lists": 1}
    answer = await service.ask("{ things(first: 4) { id } }")
    assert "incomplete" not in answer["extensions"]


async def _a_search_says_what_it_left_out(service: GraphQLService) -> None:
    every = "[IN_FORCE, SHADOW, PLANNED, PROPOSED, INTENDED, ENDED, SUPERSEDED]"
    hits = (await service.ask(f'{{ search(text: "alpha", first: 1000, status: {every}) {{ node {{ id status }} }} }}'))["data"]
    there = [hit["node"]["status"] for hit in hits["search"]]
    answer = await service.ask('{ search(text: "alpha", first: 2) { node { id status } } }')
    assert {hit["node"]["status"] for hit in answer["data"]["search"]} <= {"IN_FORCE", "SHADOW"}
    wanted = {status: there.count(status) for status in sorted(set(there)) if status not in ("IN_FORCE", "SHADOW")}
    assert wanted, "otherwise this proves nothing"
    assert answer["extensions"]["hidden"] == [{"path": ["search"], "counts": wanted}]
    some = next(iter(wanted))
    planned = await service.ask(f"""{{ search(text: "alpha", first: 2, status: [{some}]) {{ node {{ status }} }} }}""")
    assert {hit["node"]["status"] for hit in planned["data"]["search"]} == {some}
    assert "hidden" not in planned["extensions"]


async def _search_forgives_a_misspelling(service: GraphQLService) -> None:
    hits = (
        await service.ask(
            '{ search(text: "Walsal welbeing", first: 5, status: [IN_FORCE, PLANNED, ENDED]) { score node { name } } }'
        )
    )["data"]["search"]
    assert hits
    assert all("Walsall" in hit["node"]["name"] or "wellbeing" in hit["node"]["name"] for hit in hits[:1])
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    only = (await service.ask('{ search(text: "alpha", types: [Agent]) { node { __typename ... on Agent { id } } } }'))["data"][
        "search"
    ]
    assert all("id" in hit["node"] for hit in only)
    with pytest.raises(QueryError, match="holds no word"):
        await service.ask('{ search(text: "!!! ((") { node { id } } }')
    assert (await service.ask('{ search(text: "a) OR (b:* AND \\"") { node { id } } }'))["data"]["search"] is not None


async def _reports_and_ids(service: GraphQLService) -> None:
    answer = (
        await service.ask(
            """{ revision validationReport { dataset title revision entities claims findings { severity rule row } }
                 nodes(ids: ["source/a", "nobody/at-all", "source/b"]) { id } node(id: "nobody/at-all") { id }
                 source(id: "source/a") { title } organisation(id: "source/a") { id } questions { name } }"""
        )
    )["data"]
    assert answer["validationReport"][0]["dataset"] == DATASET
    assert answer["validationReport"][0]["revision"] == answer["revision"]
    assert answer["nodes"] == [{"id": "source/a"}, None, {"id": "source/b"}]
    assert answer["node"] is None
    assert answer["organisation"] is None
    assert answer["questions"]


async def _fragments_give_each_type_its_own(service: GraphQLService) -> None:
    text = """{ agreements(first: 50, status: [IN_FORCE, SHADOW, PLANNED, PROPOSED, INTENDED, ENDED, SUPERSEDED]) {
      __typename type ...Form ... on AllianceAgreement { overlays { id } } } }
      fragment Form on Contract { contractForm same: name }"""
    for item in (await service.ask(text))["data"]["agreements"]:
        contract = item["type"] in ("Contract", "Subcontract")
        assert ("contractForm" in item) == contract
        assert ("overlays" in item) == (item["type"] == "AllianceAgreement")
        assert item["__typename"] == {"Agreement": "PlainAgreement", "Contract": "PlainContract"}.get(item["type"], item["type"])


async def _cypher_in_a_string_is_only_a_string(service: GraphQLService) -> None:
    before = (await service.ask("{ thingsConnection { totalCount } }"))["data"]
    bad = "a'}) MATCH (n) DETACH DELETE n // `\" \\"
    for request in (
        "query($s: String!) { services(where: {name: {eq: $s}}) { id } }",
        "query($s: String!) { services(where: {name: {startsWith: $s}, alternativeName: {has: $s}}) { id } }",
        "query($s: ID!) { node(id: $s) { id } }",
        "query($s: String!) { search(text: $s) { node { id } } }",
        "query($s: String!) { validationReport(dataset: $s) { dataset } }",
    ):
        await service.ask(request, {"s": bad})
    assert (await service.ask("{ thingsConnection { totalCount } }"))["data"] == before


async def test_a_request_is_answered_at_one_revision(model: Model) -> None:
    class Restless:
        """A store in which a load is published while a request is under way, some times."""

        text_index = "texts"

        def __init__(self, changes: int) -> None:
            self.revision, self.changes, self.reads = 1, changes, 0

        async def read(self, text: str, parameters: Any, timeout: float | None = None) -> list[list[Any]]:
            self.reads += 1
            before = self.revision
            await asyncio.sleep(0)
            if self.changes:
                self.changes -= 1
                self.revision += 1
            return [[before, self.revision, [[before, None, None, None]], []]]

    once = Restless(changes=1)
    service = GraphQLService(model, stand_in(once), Settings())
    answer = await service.ask("{ a: services { name } b: organisations { name } }")
    assert answer["extensions"]["revision"] == 2
    assert answer["data"] == {"a": [{"name": 2}], "b": [{"name": 2}]}
    assert once.reads == 4
    service = GraphQLService(model, stand_in(Restless(changes=100)), Settings())
    with pytest.raises(StoreBusy, match="faster than this request"):
        await service.ask("{ services { name } }")
