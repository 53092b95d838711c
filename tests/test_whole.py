"""A question taken as a file holds every row; what is left out is told, with how many of how many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_maps import write_map
from test_cli import run

from graphsvc.api.service import GraphQLService
from graphsvc.api.whole import Cut, cuts_of, read_whole, remaining
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
    }"""
    whole = await read_whole(service, text, {"system": "Walsall", "unused": 1})
    assert list(whole.data) == ["a", "b", "careSystem", "questions"]
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


QUESTION = """# title: Some services
# description: A page of two.
# audience: integrator
query Some { services(first: 2, orderBy: [{ name: ASC }]) { name validFrom until: validTo } }
"""


def test_ask_says_how_many_of_how_many_and_files_hold_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GRAPHSVC_QUERIES_DIR", str(tmp_path))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.graphql").write_text(QUESTION)
    services = [["id", "name", "source", "start", "end"]]
    services += [[f"s{number}", f"Service {number}", "paper", "2018-04", "2021-04-30"] for number in range(5)]
    assert run("load", write_map(tmp_path / "small", services=services, relations=None))[0] == 0
    _, out, err = run("ask", "some")
    assert "services: 2 of 5 are shown." in err
    assert "--csv" in err
    assert "until (last day)" in out
    assert "2021-04-30" in out
    assert "2021-05-01" not in out
    for form in (["--csv"], ["--json"], ["--all"]):
        code, out, err = run("ask", "some", *form)
        assert (code, err) == (0, "")
        assert all(f"Service {number}" in out for number in range(5))
        assert ("2021-05-01" in out) == (form == ["--json"]), "JSON is as GraphQL gives it"
