"""A question taken as a file holds every row; what is left out is told, with how many of how many."""

from __future__ import annotations

from typing import Any

from graphsvc.api.service import GraphQLService
from graphsvc.api.whole_answer import Cut, cuts_of, read_whole, remaining
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store


async def ids(service: GraphQLService, text: str, variables: dict[str, Any] | None = None) -> list[str]:
    """The ids of the first root list of a plain answer."""
    answer = await service.ask(text, variables or {})
    return [item["id"] for item in next(iter(answer["data"].values()))]


async def total(service: GraphQLService, field: str) -> int:
    """How long a root list is."""
    return int((await service.ask(f"{{ {field}Connection {{ totalCount }} }}"))["data"][f"{field}Connection"]["totalCount"])


async def test_a_root_list_is_read_to_its_end_in_its_order(loaded: Store, model: Model) -> None:
    service = GraphQLService(model, loaded, Settings())
    every = await ids(service, "{ statements(first: 1000, orderBy: [{ name: DESC }]) { id } }")
    assert len(every) == await total(service, "statements") > 100
    whole = await read_whole(service, "{ statements(first: 40, orderBy: [{ name: DESC }]) { id } }", {})
    assert [item["id"] for item in whole.data["statements"]] == every
    assert whole.cuts == []
    assert "incomplete" not in whole.answer["extensions"]
    offset = await read_whole(service, "{ statements(first: 40, offset: 25, orderBy: [{ name: DESC }]) { id } }", {})
    assert [item["id"] for item in offset.data["statements"]] == every[25:]


async def test_a_connection_and_several_root_fields_are_read_alike(loaded: Store, model: Model) -> None:
    service = GraphQLService(model, loaded, Settings())
    text = """query Q($system: String, $unused: Int) {
      a: statementsConnection(first: 50) { totalCount edges { node { id } } }
      b: organisations(first: 30, where: { system: { some: { name: { eq: $system } } } }) { id }
      careSystem(id: "care-system/walsall") { name }
      questions { name }
      then: programmes(first: 2, asOf: "2019-01-01") { id }
    }"""
    whole = await read_whole(service, text, {"system": "Walsall", "unused": 1})
    assert list(whole.data) == ["a", "b", "careSystem", "questions", "then"]
    days = whole.answer["extensions"]["asOfByField"]
    assert days["then"] == "2019-01-01" < days["a"] == days["b"], "each root field has its day; today where it names none"
    assert len({edge["node"]["id"] for edge in whole.data["a"]["edges"]}) == whole.data["a"]["totalCount"]
    wanted = "query Q($s: String) { organisations(first: 1000, where: { system: { some: { name: { eq: $s } } } }) { id } }"
    assert [item["id"] for item in whole.data["b"]] == await ids(service, wanted, {"s": "Walsall"})
    assert whole.cuts == []


async def test_lists_within_are_as_long_as_they_are(loaded: Store, model: Model) -> None:
    service = GraphQLService(model, loaded, Settings())
    text = "{ careSystems(first: 2) { id entities(first: 3) { id } entitiesConnection(first: 2) { totalCount nodes { id } } } }"
    whole = await read_whole(service, text, {})
    assert len(whole.data["careSystems"]) == await total(service, "careSystems")
    assert any(len(item["entities"]) > 100 for item in whole.data["careSystems"])
    for item in whole.data["careSystems"]:
        assert len(item["entities"]) == len(item["entitiesConnection"]["nodes"]) == item["entitiesConnection"]["totalCount"]
    assert whole.cuts == []


async def test_a_limit_makes_the_pages_smaller_and_not_the_answer(loaded: Store, model: Model) -> None:
    service = GraphQLService(model, loaded, Settings(max_page=200, max_cost=3000))
    whole = await read_whole(service, "{ places(first: 100) { id name statements(first: 1) { id } } }", {})
    assert len(whole.data["places"]) == await total(service, "places")
    plain = await service.ask("{ places { id statements { id } } }")
    assert [(item["id"], len(item["statements"])) for item in whole.data["places"]] == [
        (item["id"], len(item["statements"])) for item in plain["data"]["places"]
    ]


async def test_what_passes_the_limits_is_told_with_its_total(loaded: Store, model: Model) -> None:
    service = GraphQLService(model, loaded, Settings())
    statements = await total(service, "statements")
    whole = await read_whole(service, "{ statements(first: 20) { id } }", {}, 50)
    assert len(whole.data["statements"]) == 50
    assert whole.cuts == [Cut(("statements",), 50, statements)]
    assert whole.answer["extensions"]["incomplete"] == [{"path": ["statements"], "shown": 50, "total": statements}]
    small = GraphQLService(model, loaded, Settings(max_page=10))
    cut = await read_whole(small, "{ careSystems(first: 10) { entities(first: 5) { id } } }", {})
    assert cut.cuts == [Cut(("careSystems", "entities"), 10, None)]
    assert list(remaining(cut.cuts)) == ["careSystems > entities: at most 10 are shown, and there may be more."]


async def test_who_names_a_size_gets_that_size_and_is_told_the_total(loaded: Store, model: Model) -> None:
    service = GraphQLService(model, loaded, Settings())
    text = "query Q($first: Int = 30) { statements(first: $first) { id } }"
    assert len((await read_whole(service, text, {})).data["statements"]) == await total(service, "statements")
    named = await read_whole(service, text, {"first": 7})
    assert len(named.data["statements"]) == 7
    assert named.cuts == [Cut(("statements",), 7, await total(service, "statements"))]


async def test_a_plain_answer_tells_what_its_page_leaves_out(loaded: Store, model: Model) -> None:
    service = GraphQLService(model, loaded, Settings())
    statements = await total(service, "statements")
    for text, shown in (("{ statements(first: 20) { id } }", 20), ("{ statements { id } }", 100)):
        assert await cuts_of(service, text, {}, await service.ask(text)) == [Cut(("statements",), shown, statements)]
    exact = f"{{ statements(first: {statements}) {{ id }} }}"
    assert await cuts_of(service, exact, {}, await service.ask(exact)) == []
    search = '{ search(text: "care", first: 5) { node { id } } }'
    assert await cuts_of(service, search, {}, await service.ask(search)) == [Cut(("search",), 5, None)]
