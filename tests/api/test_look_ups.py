"""Look-ups by name, code and identifier start from an index, and find what a scan finds, today and on every other day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from recording import Recording
from stand_ins import stand_in
from store_claims import connection_of
from world import DATASET, World

from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store

PAPER = "source/paper"
OLD, NEW = "Old Mill Surgery", "New Mill Surgery"
LONG = "Long " * 2500
"""A name longer than an index of Neo4j can hold."""


def _listed(entity: str, until: str | None, **values: Any) -> EntityRecord:
    given = Qualifiers(
        PAPER,
        status="SUPERSEDED" if until else "IN_FORCE",
        valid_from=date(2013, 4, 1),
        valid_to=date.fromisoformat(until) if until else None,
    )
    return EntityRecord(entity, "Organisation", values, given, "practices")


CLAIMS: list[Claim] = [
    EntityRecord(PAPER, "Source", {"name": "Paper", "title": "Paper", "published": "2020-01-01"}, Qualifiers(PAPER), "practices"),
    _listed(
        "organisation/mill", "2018-04-01", name=OLD, odsCode="M1", identifier=("GB-COH:01234567", "GB-CHC:1"), postcode="WN1 1AA"
    ),
    _listed("organisation/mill", None, name=NEW, odsCode="M2", identifier=("GB-COH:01234567",), postcode="WN1 1AB"),
    _listed("organisation/other", None, name=OLD, odsCode="O1", uprn="100062280103"),
    _listed("organisation/long", None, name=LONG, odsCode="L1"),
    _listed("organisation/longer", None, name=LONG + "er", odsCode="L2"),
    EntityRecord("service/care", "Service", {"name": "Care"}, Qualifiers(PAPER), "practices"),
    EntityRecord("contract/all", "Contract", {"name": "All of it"}, Qualifiers(PAPER), "practices"),
    RelationClaim("organisation/mill", "provides", "service/care", Qualifiers(PAPER, valid_from=date(2014, 1, 1)), "practices"),
    RelationClaim("contract/all", "covers", "service/care", Qualifiers(PAPER, valid_from=date(2014, 1, 1)), "practices"),
]
FOUND: Mapping[tuple[str, str], set[str]] = {
    (f'{{name: {{eq: "{OLD}"}}}}', "2016-01-01"): {"mill", "other"},
    (f'{{name: {{eq: "{OLD}"}}}}', "2019-01-01"): {"other"},
    (f'{{name: {{in: ["{NEW}", "nobody"]}}}}', "2019-01-01"): {"mill"},
    (f'{{name: {{eq: "{NEW}"}}}}', "2016-01-01"): set(),
    ('{odsCode: {eq: "M1"}}', "2016-01-01"): {"mill"},
    ('{odsCode: {eq: "M1"}}', "2019-01-01"): set(),
    ('{postcode: {eq: "WN1 1AA"}}', "2016-01-01"): {"mill"},
    ('{uprn: {eq: "100062280103"}}', "2019-01-01"): {"other"},
    ('{identifier: {has: "GB-COH:01234567"}}', "2019-01-01"): {"mill"},
    ('{identifier: {hasAll: ["GB-CHC:1", "GB-COH:01234567"]}}', "2019-01-01"): set(),
    ('{identifier: {hasAny: ["GB-CHC:1", "GB-COH:01234567"]}}', "2016-01-01"): {"mill"},
    ('{OR: [{odsCode: {eq: "O1"}}, {identifier: {has: "GB-CHC:1"}}, {id: {eq: "organisation/long"}}]}', "2016-01-01"): {
        "mill", "other", "long",
    },
    ('{AND: [{kind: {isNull: true}}, {id: {in: ["organisation/mill", "contract/all"]}}]}', "2019-01-01"): {"mill"},
}  # fmt: skip


@pytest.fixture
async def service(store: Store, model: Model) -> GraphQLService:
    await store.publish(Publication(LoadRecord("practices", "1", title="Practices"), CLAIMS))
    return GraphQLService(model, store, Settings())


async def _organisations(service: GraphQLService, where: str, day: str) -> set[str]:
    text = f'{{ organisations(asOf: "{day}", where: {where}) {{ id }} }}'
    return {item["id"].partition("/")[2] for item in (await service.ask(text))["data"]["organisations"]}


async def test_things_are_found_by_what_they_were_called_on_the_day(service: GraphQLService) -> None:
    for (where, day), expected in FOUND.items():
        assert await _organisations(service, where, day) == expected, (where, day)
    # A name that no index holds whole is stored, and is not taken for another.
    assert await _organisations(service, '{odsCode: {in: ["L1", "L2"]}}', "2019-01-01") == {"long", "longer"}
    await _a_chain_is_walked_from_its_far_end(service)


async def _a_chain_is_walked_from_its_far_end(service: GraphQLService) -> None:
    text = """query($n: String!, $d: Date) { contractsConnection(asOf: $d, where: {
      services: {some: {name: {contains: "car"}, providers: {some: {name: {eq: $n}, claim: {source: {eq: "source/paper"}}}}}}}) {
        totalCount nodes { id } } }"""
    for name, day, found in ((OLD, "2016-01-01", 1), (NEW, "2016-01-01", 0), (NEW, "2019-01-01", 1), ("nobody", "2019-01-01", 0)):
        answer = (await service.ask(text, {"n": name, "d": day}))["data"]["contractsConnection"]
        assert (answer["totalCount"], len(answer["nodes"])) == (found, found), (name, day)


async def test_a_later_load_changes_what_is_found(store: Store, model: Model, service: GraphQLService) -> None:
    before = [claim for claim in CLAIMS if isinstance(claim, EntityRecord) and claim.values.get("name") != NEW]
    renamed = _listed("organisation/mill", None, name="Third Mill Surgery", odsCode="M3", identifier=("GB-CHC:3",))
    gone = [claim.id for claim in CLAIMS if isinstance(claim, EntityRecord) and claim.values.get("name") == NEW]
    await store.publish(Publication(LoadRecord("practices", "2"), [*before, renamed], gone))
    for where, expected in (
        (f'{{name: {{eq: "{NEW}"}}}}', set()),
        ('{name: {eq: "Third Mill Surgery"}}', {"mill"}),
        ('{odsCode: {eq: "M3"}}', {"mill"}),
        ('{identifier: {has: "GB-COH:01234567"}}', set()),
        ('{identifier: {has: "GB-CHC:3"}}', {"mill"}),
    ):
        assert await _organisations(service, where, "2019-01-01") == expected, where
    assert (await store.sizes()).found["name"] >= 2


WHERES = (
    "{%s: {some: {name: {eq: $n}}}}",
    '{%s: {some: {name: {in: [$n]}}, none: {name: {contains: "a"}}}}',
    '{AND: [{%s: {some: {OR: [{name: {eq: $n}}, {alternativeName: {has: "alpha"}}]}}}, {name: {ne: "x"}}]}',
    "{%s: {some: {NOT: {description: {isNull: true}}, name: {eq: $n}, claim: {confidence: {eq: EXPLICIT}}}}}",
)


async def test_a_walk_from_the_far_end_finds_what_a_scan_finds(store: Store, model: Model) -> None:
    world = World(model, seed=11, crowd=3)
    await store.publish(Publication(LoadRecord(DATASET, "1", title="A world made by chance"), world.claims))
    recording = Recording(store)
    service = GraphQLService(model, stand_in(recording), Settings())
    found = looked_up = 0
    for field, relation in (("services", "providers"), ("agreements", "services"), ("organisations", "members")):
        for where in WHERES:
            text = 'query($n: String!) { %s(asOf: "2019-06-01", first: 1000, where: %s) { id } }'
            walked, scanned = where % relation, "{NOT: {NOT: %s}}" % (where % relation)
            for name in ("Walsall 1", "alpha 0", "Zeta 2", "Listed 3", "nobody"):
                answers = [(await service.ask(text % (field, one), {"n": name}))["data"][field] for one in (walked, scanned)]
                assert answers[0] == answers[1], (field, where, name)
                found += len(answers[0])
            walks, scans = (text for text, _ in recording.asked[-2:])
            assert "{key_name: " not in scans
            looked_up += "{key_name: " in walks
    assert found > 20, "too little is found to prove anything"
    assert looked_up > 5, "too little is looked up to prove anything"


def _operators(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield str(plan["operatorType"]).partition("@")[0], str(plan["args"].get("Details", ""))
    for child in plan.get("children", ()):
        yield from _operators(child)


async def test_neo4j_looks_up_by_every_index_and_scans_nothing(model: Model, store: Store, engine: str) -> None:
    if engine != "neo4j":
        return
    service = GraphQLService(model, store, Settings())
    used: set[str] = set()
    properties = {name: item.many for name, item in model.look_ups.items()}
    owners = {name: next(one for one in model.classes.values() if one.property(name)) for name in properties}
    requests = [
        f'{{ {owner.plural}(asOf: "2019-01-01", where: {{{name}: {{{"has" if properties[name] else "eq"}: "x"}}}}) {{ id }} }}'
        for name, owner in owners.items()
    ]
    requests.append('{ contracts(where: {services: {some: {providers: {some: {identifier: {has: "x"}}}}}}) { id } }')
    for request in requests:
        for _, text, parameters in service.explain(request, {}):
            async with connection_of(store)._session() as session:
                summary = await (await session.run(f"EXPLAIN {text}", parameters)).consume()
            for kind, details in _operators(summary.plan):
                assert "Scan" not in kind, (request, kind, details)
                used.update(re.findall(r"(?:INDEX|UNIQUE) \w+:(\w+\([^)]*\))", details))
    rows = await store.read(
        "SHOW INDEXES YIELD labelsOrTypes, properties, type WHERE type = 'RANGE' RETURN labelsOrTypes, properties", {}
    )
    made = {f"{labels[0]}({', '.join(names)})" for labels, names in rows if labels}
    assert made - used <= OTHERS
    assert not OTHERS & used


OTHERS = {"Record(id)", "Record(dataset)", "Load(id)", "Lease(id)", "Key(id)", "Entity(type, key_name)", "Key(list, value)"}
"""Indexes that loads use, and those by which lists are in order."""


async def test_pages_in_the_order_of_an_index_are_those_of_a_sorted_list(store: Store, model: Model) -> None:
    world = World(model, seed=12, crowd=2)
    unnamed = EntityRecord("service/unnamed", "Service", {"description": "No name"}, Qualifiers("source/a"), DATASET)
    long = [
        EntityRecord(f"service/long-{turn}", "Service", {"name": f"{LONG}{turn}"}, Qualifiers("source/a"), DATASET)
        for turn in (2, 1)
    ]
    await store.publish(Publication(LoadRecord(DATASET, "1", title="A world"), [*world.claims, unnamed, *long]))
    services = []
    for in_order in (True, False):
        recording = Recording(store)
        recording.reads_in_order = in_order
        services.append(GraphQLService(model, stand_in(recording), Settings()))
    pages = ("first: 7", "first: 5, offset: 4", "first: 1000", "first: 0", "first: 3, offset: 900")
    for field, where in (
        ("services", ""), ("agreements", ""), ("things", ""), ("organisations", 'where: {name: {contains: "a"}},'),
        ("services", 'where: {providers: {none: {memberOf: {some: {}}}}},'),
    ):  # fmt: skip
        for day in ("1990-01-01", "2017-05-10", "2019-06-01", None):
            for page in pages if day else pages[:2]:
                arguments = f"asOf: $d, {where} {page}"
                text = (
                    f"query($d: Date) {{ {field}Connection({arguments}) {{ nodes {{ id name }} pageInfo {{ hasNextPage }} }} }}"
                )
                ordered, sorted_ = [await service.ask(text, {"d": day}) for service in services]
                assert ordered == sorted_, (field, day, page)


async def test_neo4j_reads_a_page_in_order_from_the_index(store: Store, model: Model, engine: str) -> None:
    if engine != "neo4j":
        return
    service = GraphQLService(model, store, Settings())
    ((_, text, parameters),) = service.explain('{ organisations(asOf: "2019-06-01", first: 50) { id } }', {})
    async with connection_of(store)._session() as session:
        summary = await (await session.run(f"EXPLAIN {text}", parameters)).consume()
    found = list(_operators(summary.plan))
    assert any(kind == "NodeIndexSeek" and "Entity(type, key_name)" in details for kind, details in found)
    assert any(kind == "NodeIndexSeek" and "Key(list, value)" in details for kind, details in found)
    assert sum(kind == "PartialTop" for kind, _ in found) == 2, "the index gives the order; only ties are sorted"
