"""What is known of a day: how surely things and claims hold on it, and that it does not depend on the order of loads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from reference_evaluation import TODAY, Reference
from store_claims import publish, relation, says, thing

from graphsvc.api.planning.visibility import SPEAKING, certainty
from graphsvc.api.service import GraphQLService
from graphsvc.dates import period
from graphsvc.model import Model
from graphsvc.provenance import CERTAINTIES, Claim, Qualifiers
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.store.schema import relation_types

EARLY, LATE, UNDATED, SILENT = "source/early", "source/late", "source/undated", "source/silent"
DAYS = (
    "1990-01-01", "2016-12-31", "2017-05-31", "2017-06-01", "2019-01-02", "2019-12-31", "2020-01-01", "2020-06-01", "2021-04-01",
    "2021-04-02", "2021-05-01", "2022-01-01",
)  # fmt: skip


def when(start: str = "", end: str = "", source: str = EARLY, **more: Any) -> Qualifiers:
    """What a source says of a period in its own terms."""
    first, last, edtf = period(start, end)
    return says(source, valid_from=first, valid_to=last, edtf=edtf, **more)


def papers(late: str = "2021-04-01") -> list[Claim]:
    """Papers of 2017 and of 2021, an undated one from 2020 at the earliest, and one of which nothing is known."""
    return [
        thing(EARLY, "Early", says(EARLY), title="Early", published="2017-05-31"),
        thing(LATE, "Late", says(LATE), title="Late", published=late),
        thing(UNDATED, "Undated", says(UNDATED), title="Undated", notPublishedBefore="2020-01-01", undated=True),
        thing(SILENT, "Silent", says(SILENT), title="Silent", undated=True),
    ]


ALLIANCE = thing("agreement/alliance", "Alliance", when("2019", "2021-04", LATE))
CLAIMS: list[Claim] = [
    ALLIANCE,
    thing("care-system/here", "Here", says(LATE)),
    thing("organisation/trust", "Trust", says(LATE)),
    thing("organisation/council", "Council", says(EARLY)),
    thing("organisation/council", "The Council", says(LATE)),
    thing("organisation/old", "Old board", says(LATE, status="ENDED")),
    thing("service/nursing", "Nursing", when("", "2019", EARLY)),
    thing("service/quiet", "Quiet", says(SILENT)),
    thing("service/first-quarter", "First quarter", when("Q1 2020/21", "", UNDATED, status="PLANNED")),
    thing("service/by-july", "By July", when("[..2019-07]", "", EARLY)),
    relation("agreement/alliance", "party", "organisation/trust", says(LATE)),
    relation("agreement/alliance", "inSystem", "care-system/here", says(LATE)),
    relation("organisation/trust", "provides", "service/nursing", says(UNDATED)),
    relation("organisation/council", "commissions", "service/quiet", when("2016", "", LATE)),
    relation(
        "organisation/trust", "worksWith", "organisation/council", says(LATE, status="PLANNED", valid_from=date(2030, 1, 1))
    ),
]


async def held(store: Store, model: Model) -> dict[tuple[str, str], str | None]:
    """The certainty of every thing and every claim on each day, as the store has it."""
    visible = "{0}.knownFrom <= $rev AND $rev < {0}.knownTo"
    kinds = "|".join(relation_types(model))
    texts = (
        f"MATCH (x:Entity) WHERE {visible.format('x')} RETURN x.id, {certainty('x', '$day')}",
        f"MATCH (x:Record) WHERE {visible.format('x')} RETURN x.id, {certainty('x', '$day')}",
        f"MATCH (:Entity)-[x:{kinds}]->(:Entity) WHERE {visible.format('x')} RETURN x.id, {certainty('x', '$day')}",
    )
    found: dict[tuple[str, str], str | None] = {}
    for day in DAYS:
        for text in texts:
            rows = await store.read(text, {"day": day, "rev": await store.revision(), SPEAKING: []})
            found.update({(name, day): sure for name, sure in rows})
    return found


def meant(model: Model, claims: Sequence[Claim]) -> dict[tuple[str, str], str | None]:
    """The same, worked out slowly from all claims."""
    reference = Reference(model, None, claims, "")  # type: ignore[arg-type]  # no request is read
    items: list[Any] = [*reference.things.values(), *claims]
    return {(item.id, day): reference.certainty(item, day) for item in items for day in DAYS}


async def test_certainty_follows_every_load_whatever_came_before(store: Store, model: Model) -> None:
    things = [claim for claim in CLAIMS if not hasattr(claim, "relation")]
    await publish(store, [*papers(), *things])
    assert await held(store, model) == meant(model, [*papers(), *things])
    await publish(store, CLAIMS, dataset="wigan")
    every = [*papers(), *CLAIMS]
    assert await held(store, model) == meant(model, every)
    earlier = thing("agreement/alliance", "Alliance", when("2018", "2021-04", LATE))
    await publish(store, [earlier], retired=[ALLIANCE])
    every = [earlier if claim == ALLIANCE else claim for claim in every]
    assert await held(store, model) == meant(model, every), "the parties of an agreement follow its first day"
    gone = [claim for claim in CLAIMS if getattr(claim, "relation", "") in ("party", "commissions")]
    await publish(store, retired=gone)
    every = [claim for claim in every if claim not in gone]
    assert await held(store, model) == meant(model, every), "what a relation told is forgotten with it"
    await publish(store, papers(late="2019-06-01")[1:2], retired=papers()[1:2])
    every = [*papers(late="2019-06-01"), *every[4:]]
    assert await held(store, model) == meant(model, every), "a source that is dated anew told its claims on another day"


@pytest.fixture
async def service(store: Store, model: Model) -> GraphQLService:
    await publish(store, [*papers(), *CLAIMS])
    return GraphQLService(model, store, Settings(today=TODAY))


async def test_a_day_is_answered_with_how_sure_it_is(service: GraphQLService) -> None:
    await _each_kind_of_statement_has_its_certainties(service)
    await _a_question_about_a_day_keeps_the_parties_that_a_later_paper_names(service)
    await _what_is_hidden_is_counted_by_status_and_by_certainty(service)
    await _certainties_can_be_asked_for_and_be_conditions(service)
    await _the_extensions_say_how_sure_an_answer_is(service)
    await _without_a_date_the_answer_is_as_at_today(service)


async def _each_kind_of_statement_has_its_certainties(service: GraphQLService) -> None:
    expected = {
        "agreement/alliance": {
            "2018-12-31": None, "2019-01-02": "POSSIBLE", "2019-12-31": "STATED", "2020-01-01": "STATED",
            "2021-04-02": "POSSIBLE", "2021-05-01": None,
        },
        "organisation/council": {
            "2015-12-31": "BEFORE_TOLD", "2016-01-01": "STATED", "2017-05-31": "STATED", "2021-04-01": "STATED",
            "2021-04-02": "CONTINUED",
        },
        "organisation/trust": {"2018-12-31": "BEFORE_TOLD", "2019-01-01": "STATED", "2022-01-01": "CONTINUED"},
        "organisation/old": {"2017-05-31": None, "2022-01-01": None},
        "service/nursing": {"1990-01-01": "POSSIBLE", "2017-05-31": "STATED", "2019-06-01": "POSSIBLE", "2020-01-01": None},
        "service/quiet": {"1990-01-01": "POSSIBLE", "2022-01-01": "POSSIBLE"},
        "service/first-quarter": {
            "2020-03-31": None, "2020-04-01": "POSSIBLE", "2020-06-30": "STATED", "2020-07-01": "CONTINUED",
        },
        "service/by-july": {"1990-01-01": "POSSIBLE", "2017-05-31": "STATED", "2017-06-01": "CONTINUED"},
    }  # fmt: skip
    for entity, days in expected.items():
        for day, sure in days.items():
            text = "query ($id: ID!, $day: Date!) { node(id: $id, asOf: $day) { certainty } }"
            data = (await service.ask(text, {"id": entity, "day": day}))["data"]
            assert data == {"node": {"certainty": sure}}, (entity, day)


async def _a_question_about_a_day_keeps_the_parties_that_a_later_paper_names(service: GraphQLService) -> None:
    text = """query ($day: Date!) { agreements(asOf: $day, where: {system: {some: {name: {eq: "Here"}}}}) {
      certainty partiesConnection { edges { certainty claims { certainty } node { name certainty } } } } }"""
    for day, agreement, party in (("2019-01-02", "POSSIBLE", "POSSIBLE"), ("2021-04-01", "STATED", "STATED")):
        [found] = (await service.ask(text, {"day": day}))["data"]["agreements"]
        [edge] = found["partiesConnection"]["edges"]
        assert found["certainty"] == agreement
        assert edge == {
            "certainty": party,
            "claims": [{"certainty": party}],
            "node": {"name": "Trust", "certainty": "STATED"},
        }
    assert (await service.ask(text, {"day": "2018-12-31"}))["data"]["agreements"] == []


async def _what_is_hidden_is_counted_by_status_and_by_certainty(service: GraphQLService) -> None:
    text = """{ root: organisationsConnection(asOf: "2017-06-01") { hidden { status certainty count } }
      empty: careSystems(asOf: "2017-06-01") { name }
      node(id: "organisation/trust", asOf: "2018-01-01") { ... on Organisation {
        providesConnection { hidden { status certainty count } }
        links { hidden { status certainty count } } } } }"""
    answer = await service.ask(text)
    assert answer["data"]["root"]["hidden"] == [
        {"status": "ENDED", "certainty": None, "count": 1},
        {"status": "IN_FORCE", "certainty": "BEFORE_TOLD", "count": 1},
    ]
    told = {"status": "IN_FORCE", "certainty": "BEFORE_TOLD", "count": 1}
    assert answer["data"]["node"]["providesConnection"]["hidden"] == [told]
    assert answer["data"]["node"]["links"]["hidden"] == [told], "what is planned from 2030, or agreed in 2019, does not hold then"
    assert answer["extensions"]["hidden"] == [{"path": ["empty"], "counts": {}, "certainty": {"BEFORE_TOLD": 1}}]


async def _certainties_can_be_asked_for_and_be_conditions(service: GraphQLService) -> None:
    listed = '{{ things(asOf: "2017-06-01", {0}, orderBy: [{{id: ASC}}]) {{ id certainty }} }}'
    by_argument: dict[str, list[Any]] = {}
    for name in CERTAINTIES:
        by_argument[name] = (await service.ask(listed.format(f"certainty: [{name}]")))["data"]["things"]
        every = f"certainty: [{', '.join(CERTAINTIES)}], where: {{certainty: {{eq: {name}}}}}"
        assert by_argument[name] == (await service.ask(listed.format(every)))["data"]["things"]
        assert by_argument[name] or name == "STATED"
        assert {thing["certainty"] for thing in by_argument[name]} <= {name}
    default = (await service.ask(listed.format("first: 100")))["data"]["things"]
    assert {thing["id"] for thing in default} == {
        thing["id"] for name in CERTAINTIES if name != "BEFORE_TOLD" for thing in by_argument[name]
    }
    text = '{ things(asOf: "2021-04-01", where: {claims: {some: {certainty: {eq: CONTINUED}}}}) { id } }'
    assert {"id": "organisation/council"} in (await service.ask(text))["data"]["things"]


async def _the_extensions_say_how_sure_an_answer_is(service: GraphQLService) -> None:
    for selection in ("organisations(asOf: $day) { name }", "organisationsConnection(asOf: $day) { nodes { name } }"):
        extensions = (await service.ask(f"query ($day: Date!) {{ {selection} }}", {"day": "2020-01-01"}))["extensions"]
        assert extensions["asOf"] == "2020-01-01"
        assert extensions["certainty"] == {"STATED": 2, "POSSIBLE": 0, "CONTINUED": 0, "BEFORE_TOLD": 0}
        assert extensions["told"] == {"first": "2017-05-31", "last": "2021-04-01"}


async def _without_a_date_the_answer_is_as_at_today(service: GraphQLService) -> None:
    fields = "{ id status certainty validTo } "
    given = f"""{{ things(asOf: "{TODAY}") {fields} agreementsConnection(asOf: "{TODAY}") {{ nodes {fields} }}
      node(id: "organisation/trust", asOf: "{TODAY}") {{ ... on Organisation {{ provides {fields} }} }} }}"""
    none = given.replace(f'(asOf: "{TODAY}")', "").replace(f', asOf: "{TODAY}"', "")
    assert "asOf" not in none
    first, second = [await service.ask(text) for text in (given, none)]
    assert first["data"] == second["data"]
    assert second["extensions"].pop("hidden") == [{"path": ["agreementsConnection"], "counts": {"IN_FORCE": 1}}]
    assert second["extensions"].pop("asOfToday") is True
    assert first["extensions"] == second["extensions"], "it says which day is meant, and how sure it is"
    assert second["extensions"]["asOf"] == TODAY
    days = (await service.ask('{ a: organisations(asOf: "2017-06-01") { name } b: organisations { name } }'))["extensions"]
    assert days["asOfByField"] == {"a": "2017-06-01", "b": TODAY}
    over = """{ agreements { name } agreementsConnection { totalCount hidden { status certainty count } }
      asked: agreements(status: [IN_FORCE]) { name certainty validFrom validTo edtf partiesConnection { edges { certainty } } }
      search(text: "Alliance") { node { name certainty } }
      planned: services(status: [PLANNED]) { name certainty validFrom edtf } }"""
    answer = await service.ask(over)
    assert answer["data"] == {
        "agreements": [],
        "agreementsConnection": {"totalCount": 0, "hidden": [{"status": "IN_FORCE", "certainty": None, "count": 1}]},
        "asked": [{
            "name": "Alliance", "certainty": None, "validFrom": None, "validTo": None, "edtf": "2019/2021-04",
            "partiesConnection": {"edges": [{"certainty": "CONTINUED"}]},
        }],
        "search": [{"node": {"name": "Alliance", "certainty": None}}],
        "planned": [{"name": "First quarter", "certainty": "CONTINUED", "validFrom": None, "edtf": "[2020-04-01..2020-06-30]/"}],
    }  # fmt: skip
    assert answer["extensions"]["hidden"] == [{"path": ["agreements"], "counts": {"IN_FORCE": 1}}]
    assert (await service.ask("{ agreements(status: [IN_FORCE], certainty: [CONTINUED]) { name } }"))["data"]["agreements"] == []
