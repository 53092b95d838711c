"""Every ready question runs on the shipped maps, on both stores, and gives the expected answer.

The expected answers are files in ``tests/queries``; ``make snapshot`` renews them, and a change in one is read like a change in
code. What people asked, with answers that were read out of the papers, stands in :mod:`sample_questions` and
:mod:`further_questions`.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from asked_questions import Sample, faults
from further_questions import FURTHER
from reference_evaluation import TODAY
from sample_questions import SAMPLES

from graphsvc.api.service import GraphQLService
from graphsvc.api.table import tables
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store

ROOT = Path(__file__).parent.parent
QUESTIONS = sorted(path for path in (ROOT / "queries").glob("*.graphql") if "# over: partner directories" not in path.read_text())
"""Those that the shipped maps answer; :mod:`test_directory_questions` asks the others."""
EXPECTED = Path(__file__).parent / "queries"
RENEW = os.environ.get("GRAPHSVC_SNAPSHOT") == "1"
OF_THE_LOAD = {"revision", "loadedAt", "score"}
"""What differs from load to load, or from one text index to another, and is no part of the answer."""


@pytest.fixture
def service(loaded: Store, model: Model) -> GraphQLService:
    return GraphQLService(model, loaded, Settings(today=TODAY, query_timeout=120))


def lasting(answer: Any) -> Any:
    """The answer without what belongs to the load rather than to the question."""
    if isinstance(answer, dict):
        return {name: lasting(value) for name, value in answer.items() if name not in OF_THE_LOAD}
    if isinstance(answer, list):
        return [lasting(value) for value in answer]
    return answer


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
async def test_a_ready_question_gives_its_expected_answer(path: Path, service: GraphQLService) -> None:
    question = next(item for item in service.questions if item.name == path.stem)
    answer = await service.ask(question.query, question.variables)
    found = lasting(answer["data"])
    assert any(found.values()), "the example variables find nothing"
    assert "incomplete" not in answer["extensions"], "the example is cut short"
    if path.stem == "search-everything":
        # Each engine ranks by its own text index: what they agree on is that the first hits hold the words of the question.
        texts = [json.dumps(hit["node"]).casefold() for hit in found["search"]]
        found = {"hits": len(texts), "of the first five, with a word asked for": sum("integrated" in text for text in texts[:5])}
    expected = EXPECTED / f"{path.stem}.json"
    if RENEW:
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    assert found == json.loads(expected.read_text()), f"{expected.name} differs; if the new answer is right: make snapshot"


def test_every_expected_answer_has_its_question() -> None:
    assert {path.stem for path in EXPECTED.glob("*.json")} == {path.stem for path in (ROOT / "queries").glob("*.graphql")}


def test_there_are_questions_for_each_kind_of_user(service: GraphQLService) -> None:
    audiences = [question.audience for question in service.questions]
    assert len(audiences) >= 20
    assert set(audiences) == {"strategy team", "integrator", "architect"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
async def test_a_question_that_was_asked_is_answered_as_the_papers_have_it(sample: Sample, service: GraphQLService) -> None:
    question = next(item for item in service.questions if item.name == sample.asks)
    answer = await service.ask(question.query, {**question.variables, **sample.variables})
    assert not faults(sample, answer["data"])


@pytest.mark.parametrize("sample", FURTHER, ids=lambda sample: sample.id)
async def test_a_question_of_a_stranger_is_answered_without_the_variables_of_the_example(
    sample: Sample, service: GraphQLService
) -> None:
    question = next(item for item in service.questions if item.name == sample.asks)
    answer = await service.ask(question.query, sample.variables)
    assert "incomplete" not in answer["extensions"], "the answer is cut short"
    assert not faults(sample, answer["data"])


async def test_the_example_of_the_page_on_questions_runs(loaded: Store, model: Model, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "adding-a-question.md").read_text()
    name = re.findall(r"`queries/(\S+\.graphql)`", page)[0]
    text = page.partition("```graphql\n")[2].partition("```")[0]
    (tmp_path / name).write_text(text)
    service = GraphQLService(model, loaded, Settings(queries_dir=str(tmp_path)))
    [question] = service.questions
    assert question.title == "Who shares the risk of a fund?"
    answer = await service.ask(question.query, question.variables)
    assert "City of Wolverhampton Council" in json.dumps(answer["data"])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("CPLG", "Clinical & Professional Leadership Group"),
        ("HWBB", "Walsall Health & Wellbeing Board"),
        ("com group", "Clinical & Professional Leadership Group"),
        ("BCPFT", "Black Country Partnership Foundation Trust"),
        ("better care fund", "Better Care Fund"),
    ],
)
async def test_a_search_for_a_name_or_a_short_form_finds_the_thing_first(text: str, first: str, service: GraphQLService) -> None:
    answer = await service.ask("query ($text: String!) { search(text: $text, first: 1) { node { name } } }", {"text": text})
    assert [hit["node"]["name"] for hit in answer["data"]["search"]] == [first]


async def test_a_part_of_a_short_form_finds_a_thing_itself_and_through_a_relation(service: GraphQLService) -> None:
    text = """{
      itself: agents(where: { alternativeName: { anyContains: "cpl" } }, first: 1000) { name }
      others: agents(where: { NOT: { alternativeName: { anyContains: "cpl" } } }, first: 1000) { name }
      every: agents(first: 1000) { name }
      reporting: agents(
        where: { reportsTo: { some: { alternativeName: { anyContains: "cpl" } } } }
        status: [IN_FORCE, PLANNED]
      ) { name }
    }"""
    found = {name: [item["name"] for item in items] for name, items in (await service.ask(text))["data"].items()}
    assert found["itself"] == ["Clinical & Professional Leadership Group"]
    assert sorted([*found["itself"], *found["others"]]) == sorted(found["every"])
    assert found["reporting"] == ["Resilient Communities Steering Group"]


async def test_a_search_forgives_a_misspelling(service: GraphQLService) -> None:
    answer = await service.ask('{ search(text: "helthier wigan partnershp", first: 5) { node { name } } }')
    assert any("Healthier Wigan Partnership" in hit["node"]["name"] for hit in answer["data"]["search"])


async def test_the_first_answer_of_the_readme_is_the_answer(service: GraphQLService) -> None:
    readme = (ROOT / "README.md").read_text().partition("## A first question")[2].partition("## ")[0]
    shown = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in readme.splitlines() if line.startswith("| ")][
        1:
    ]
    question = next(item for item in service.questions if item.name == "which-services-in-which-contract")
    answer = await service.ask(question.query, {"system": "Walsall", "asOf": "2021-01-01"})
    found = {item["name"]: item for item in answer["data"]["agreements"]}
    assert [row[0] for row in shown] == list(found)
    for name, status, stated, services, said_by, *asks in shown:
        item = found[name]
        assert status.upper().replace(" ", "_") == item["status"]
        assert stated == (item["asStated"] or "not stated")
        assert services == ("; ".join(edge["node"]["name"] for edge in item["servicesConnection"]["edges"]) or "not stated")
        assert said_by in {f"{claim['source']['title']}, {claim['locator']}" for claim in item["claims"]}
        assert all(not ask or ask in {entry["question"] for entry in item["openQuestions"]} for ask in asks)


WINDOWS = [
    ("2019-04-01", "2019-04-30"), ("2019-03-15", "2019-04-15"), ("2018-01-01", "2018-12-31"), ("2019-07-31", "2019-07-31"),
    ("2019-08-01", "2021-03-31"), ("2016-01-01", "2016-01-01"), ("2030-01-01", "2030-12-31"), ("2019-04-01", None), (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("first", "last"), WINDOWS)
async def test_what_may_fall_in_a_period_is_found_and_what_has_no_date_stands_apart(
    first: str | None, last: str | None, service: GraphQLService
) -> None:
    window = {"system": "", **({"from": first} if first else {}), **({"to": last} if last else {})}
    plans = "[PLANNED, PROPOSED, INTENDED]"
    listed = await service.ask(f"{{ milestones(status: {plans}, first: 1000) {{ id name earliest latest }} }}")
    query = next(item.query for item in service.questions if item.name == "what-is-planned-when")
    # Milestones of the same name are told apart, and all of them asked for.
    whole = query.replace("name kind status", "id name kind status").replace("orderBy", "first: 1000, orderBy")
    found = (await service.ask(whole, window))["data"]
    may = {
        item["id"]
        for item in listed["data"]["milestones"]
        if (item["earliest"] or item["latest"])
        and (item["earliest"] or "") <= (last or "9")
        and (item["latest"] or "9") >= (first or "")
    }
    assert {item["id"] for item in found["milestones"]} == may
    assert [item for item in found["undated"] if item["id"] in may] == []
    assert "Renewal of the Alliance Agreement" in {item["name"] for item in found["undated"]}


@pytest.mark.parametrize("name", ["what-is-planned-when", "check-points-and-milestones"])
async def test_a_deadline_is_found_in_every_window_that_it_may_fall_in(name: str, service: GraphQLService) -> None:
    query = next(item.query for item in service.questions if item.name == name)
    for window, there in {
        ("2018-01-01", "2018-12-31"): True, ("2019-07-31", "2019-12-31"): True, ("2019-08-01", "2019-12-31"): False,
    }.items():  # fmt: skip
        found = (await service.ask(query, {"system": "BSW", "from": window[0], "to": window[1]}))["data"]["milestones"]
        assert ("by July 2019" in {item["dateStated"] for item in found}) == there, window


async def test_a_month_finds_what_is_planned_for_its_year_and_what_lasts_over_it(service: GraphQLService) -> None:
    query = next(item.query for item in service.questions if item.name == "what-is-planned-when")
    dates = {"from": "2019-03-15", "to": "2019-04-15"}
    found = (await service.ask(query, {"system": "Wolverhampton", **dates}))["data"]
    assert {"2018/19", "2019/20", "Q1 2019/20"} <= {item["dateStated"] for item in found["milestones"]}
    assert {"2018/19", "2019/20"} <= {item["asStated"] for item in found["lasting"]}


ALL = sorted((ROOT / "queries").glob("*.graphql"))
BY_SYSTEM = [path for path in QUESTIONS if "$system: String" in path.read_text()]


@pytest.mark.parametrize("path", [path for path in ALL if "$asOf" in path.read_text()], ids=lambda path: path.stem)
def test_a_question_that_takes_a_day_takes_a_status_and_shows_certainty(path: Path) -> None:
    text = path.read_text()
    assert "$status: [Status!]" in text
    assert "status: $status" in text
    assert re.search(r"\bcertainty\b", text)


@pytest.mark.parametrize("path", BY_SYSTEM, ids=lambda path: path.stem)
async def test_a_question_that_takes_a_system_has_it_as_a_column(path: Path, service: GraphQLService) -> None:
    question = next(item for item in service.questions if item.name == path.stem)
    made = tables((await service.ask(question.query, question.variables))["data"], service.schema.naming.model)
    columns = {column.path for table in made for column in table.columns}
    assert any("system" in path or path == ("careSystems", "name") for path in columns)


async def _asked(service: GraphQLService, name: str, **variables: object) -> dict[str, Any]:
    question = next(item for item in service.questions if item.name == name)
    found: dict[str, Any] = (await service.ask(question.query, variables))["data"]
    return found


async def test_who_sits_on_a_board_is_answered_by_the_open_question_where_nobody_says(service: GraphQLService) -> None:
    asked = '{ openQuestions(where: {relation: {eq: "hasMember"}}, first: 100) { question about { name type } } }'
    boards = [
        (about["name"], item["question"])
        for item in (await service.ask(asked))["data"]["openQuestions"]
        for about in item["about"]
        if about["type"] == "GovernanceBody"
    ]
    assert len(boards) > 3
    for board, question in boards:
        found = await _asked(service, "members-of-a-partnership", partnership=board)
        assert question in {
            entry["question"] for agent in (*found["agents"], *found["membersNotStated"]) for entry in agent["openQuestions"]
        }, board


async def test_an_unsigned_agreement_has_intended_signatories_and_the_open_question(service: GraphQLService) -> None:
    found = await _asked(service, "signatories-and-intended-signatories", agreement="Our Commitment")
    [item] = [item for item in found["agreements"] if item["name"] == "Our Commitment"]
    assert item["signatoriesConnection"]["edges"] == []
    intended = {edge["node"]["name"]: edge["status"] for edge in item["intendedSignatoriesConnection"]["edges"]}
    assert intended["Wigan Council"] == "PROPOSED"
    assert "Which partners have signed Our Commitment?" in {entry["question"] for entry in item["openQuestions"]}


@pytest.mark.parametrize("topic", ["payment", "governance", "population", "contracts"])
async def test_every_system_is_a_row_of_a_comparison(topic: str, service: GraphQLService) -> None:
    found = await _asked(service, f"systems-compared-on-{topic}")
    every = (await service.ask("{ careSystems { name } }"))["data"]["careSystems"]
    assert {"Walsall", "Wigan", "Wolverhampton", "BSW / Wiltshire"} <= {item["name"] for item in every}
    assert {item["name"] for item in every} <= {item["name"] for item in found["careSystems"]}


async def test_what_is_not_yet_begun_is_nowhere_said_to_be_in_force(service: GraphQLService) -> None:
    found = await _asked(service, "what-is-planned-and-not-yet-begun", system="Walsall", after="2021-06-01")
    names = {item["name"]: item for item in found["things"]}
    assert names["ICP contract for Walsall"]["validFrom"] == "2022-04-01"
    assert all((item["validFrom"] or "9") > "2021-06-01" for item in found["things"])
    assert all(item["status"] in ("PLANNED", "PROPOSED", "INTENDED") for item in found["things"])


async def test_services_of_a_provider_ask_the_maps_too(service: GraphQLService) -> None:
    [found] = (await _asked(service, "services-of-a-provider", provider="Royal Wolverhampton"))["agents"]
    assert len(found["provides"]["edges"]) > 3


async def test_a_neighbour_is_found_from_either_side(service: GraphQLService) -> None:
    text = '{ areas(where: { id: { in: ["care-system/wolverhampton", "care-system/walsall"] } }) { id neighbours { name } } }'
    found = {area["id"]: [other["name"] for other in area["neighbours"]] for area in (await service.ask(text))["data"]["areas"]}
    assert found == {
        "care-system/walsall": ["Wolverhampton"],
        "care-system/wolverhampton": ["Staffordshire", "Telford & Shropshire", "Walsall"],
    }
