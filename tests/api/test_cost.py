"""The planned cost is an upper bound of the rows that the store reads, and what costs too much is refused before it is asked.

A row, here as in decision 0013: a node that a scan, an index or a search finds, or a relationship that is followed. Neo4j's
PROFILE counts both as rows of the operators that find and follow, before any test on them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import neo4j
import pytest
from chance import Requests
from recording import Recording
from stand_ins import stand_in
from store_claims import connection_of
from world import DATASET, World

from graphsvc.api.http import GraphQLRequest
from graphsvc.api.service import GraphQLService
from graphsvc.errors import LimitExceeded
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store
from graphsvc.store.publishing.size_counts import _count
from graphsvc.store.schema import relation_types
from graphsvc.store.sizes import RECORDS, Fan, Sizes

GENERATED = 40
FOLLOWS = ("Expand", "OptionalExpand", "VarLengthExpand", "DirectedRelationship", "UndirectedRelationship")
FINDS = ("NodeBy", "NodeIndex", "NodeUniqueIndex", "AllNodesScan", "ProcedureCall", "UnionNodeBy", "IntersectionNodeBy")


def planned(service: GraphQLService, text: str, variables: Mapping[str, Any], sizes: Sizes) -> int:
    """The planned cost of a request."""
    document = service.documents.read(text)
    return service.executor.cost(document, None, variables, sizes)


def rows_of(plan: Mapping[str, Any]) -> int:
    """The rows that the operators of a profile read."""
    kind = str(plan["operatorType"]).partition("@")[0].partition("(")[0]
    rows = int(plan["args"]["Rows"])  # the driver leaves out "rows" of some operators
    mine = rows if kind.startswith(FOLLOWS + FINDS) else 0
    return mine + sum(rows_of(child) for child in plan.get("children", ()))


async def touched(store: Store, service: GraphQLService, text: str, variables: Mapping[str, Any]) -> int:
    """The rows that Neo4j reads for a request."""
    found = 0
    for _, cypher, parameters in service.explain(text, variables):
        async with connection_of(store)._session() as session:
            result = await session.run(neo4j.Query(f"PROFILE {cypher}"), parameters)
            summary = await result.consume()
            assert summary.profile
            found += rows_of(summary.profile)
    return found


async def publish(store: Store, world: World, claims: Sequence[Any], checksum: str, dataset: str = DATASET) -> None:
    await store.publish(Publication(LoadRecord(dataset, checksum, title="A world made by chance"), claims))


async def test_the_planned_cost_is_at_least_the_rows_touched(store: Store, model: Model, engine: str) -> None:
    world = World(model, crowd=6)
    await publish(store, world, world.claims, "1")
    service = GraphQLService(model, store, Settings(max_cost=10**12, default_page=4))
    sizes = await store.sizes()
    requests = Requests(world, service.schema.naming, seed=11)
    dear = 0
    for _ in range(GENERATED if engine == "neo4j" else 0):
        text = requests.request()
        bound, rows = planned(service, text, {}, sizes), await touched(store, service, text, {})
        assert bound >= rows, text
        dear += rows > 40
    assert dear > GENERATED // 4 or engine != "neo4j", "too little is read to prove anything"


async def test_so_it_is_for_the_ready_questions_and_they_are_cheap(loaded: Store, model: Model, loaded_engine: str) -> None:
    settings = Settings()
    service = GraphQLService(model, loaded, settings)
    sizes = await loaded.sizes()
    for question in service.questions:
        bound = planned(service, question.query, question.variables, sizes)
        assert bound <= settings.cheap_cost, question.name
        if loaded_engine == "neo4j":
            assert bound >= await touched(loaded, service, question.query, question.variables), question.name


async def test_sizes_are_never_too_small_and_follow_each_load(store: Store, model: Model) -> None:
    assert await store.sizes() == Sizes()
    world = World(model)
    parts = (world.claims[::2], world.claims, world.claims[1::2], World(model, seed=9).claims)
    things = [claim for claim in world.claims if not hasattr(claim, "relation")]
    for number, part in enumerate(parts):
        await publish(store, world, [*things, *part], str(number))
        kept = await store.sizes()
        counted = await _count(connection_of(store), list(relation_types(model)), kept.revision, None)
        assert kept.revision == number + 1
        assert kept.things == counted.things
        for kind, fan in counted.fans.items():
            of = kept.fans[kind]
            assert all(mine >= theirs for mine, theirs in zip(of, fan, strict=True)), kind
            assert of.out == fan.out or number == 0, kind
        assert {"name", "identifier"} <= counted.found.keys()
        assert all(kept.found[name] >= most for name, most in counted.found.items())
        assert kept.found["name"] <= 2 * counted.found["name"]
    assert kept.fans[RECORDS].out > 1


async def test_a_store_without_kept_sizes_is_counted(store: Store, model: Model) -> None:
    world = World(model)
    await publish(store, world, world.claims, "1")
    kept = await store.sizes()
    await connection_of(store).execute("MATCH (r:Revision {id: 'current'}) SET r.sizes = null")
    counted = await store.sizes()
    assert counted.things == kept.things
    assert counted.found.keys() == kept.found.keys()
    assert {kind: fan[1:] for kind, fan in counted.fans.items()} == {kind: fan[1:] for kind, fan in kept.fans.items()}


class Sized(Recording):
    """A store that says how much it holds, and is not asked."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self._sizes = sizes

    async def sizes(self) -> Sizes:
        """As given."""
        return self._sizes


def maps(model: Model) -> Sizes:
    """Sizes like those of the shipped maps."""
    fans = {kind: Fan(100, 10, 40) for kind in relation_types(model)}
    fans |= {"IN_SYSTEM": Fan(1418, 6, 551), "ABOUT": Fan(720, 8, 44), RECORDS: Fan(1464, 4, 1)}
    found = {"name": 6, "identifier": 2}
    return Sizes(6, {"CareSystem": 4, "Organisation": 500, "Service": 300, "Statement": 589}, fans, found)


def national(model: Model) -> Sizes:
    """Sizes like those of a national directory: each organisation related to a few, and hubs of thousands."""
    fans = {kind: Fan(50_000, 20, 5_000) for kind in relation_types(model)}
    fans |= {"PART_OF": Fan(400_000, 4, 9_000), "MEMBER_OF": Fan(100_000, 6, 8_000), RECORDS: Fan(400_000, 12, 1)}
    found = {"name": 300, "odsCode": 2, "postcode": 90, "identifier": 2}
    return Sizes(3, {"Organisation": 370_000, "Place": 400, "CareSystem": 42, "Source": 5}, fans, found)


def wrapped(times: int, inner: str = '{name: {contains: "q"}}') -> str:
    for _ in range(times):
        inner = f"{{system: {{some: {{entities: {{some: {inner}}}}}}}}}"
    return inner


def fifty(field: str) -> str:
    return "{ " + " ".join(f"a{number}: {field}" for number in range(50)) + " }"


TOO_MUCH = {
    "wrapped 4 times": "{ " + " ".join(f"a{n}: things(where: {wrapped(4)}, first: 1) {{ id }}" for n in range(4)) + " }",
    "wrapped twice": f"{{ things(where: {wrapped(2)}, first: 1) {{ id }} }}",
    "wrapped below": f"{{ careSystems {{ entities(where: {wrapped(2)}, first: 1) {{ id }} }} }}",
    "wrapped in a count": f"{{ thingsConnection(where: {wrapped(2)}) {{ totalCount }} }}",
    "wrapped in NOT": f"{{ things(where: {{NOT: {{OR: [{wrapped(2)}]}}}}, first: 1) {{ id }} }}",
    "wrapped in every": "{ things(where: " + wrapped(2).replace("some", "every") + ", first: 1) { id } }",
    "nested unpaged": "{careSystems(first:5){entities{system(first:1){entities{system(first:1){entities{id}}}}}}}",
    "nested counts": '{things(first:1000){system{a:entitiesConnection{totalCount hidden{status count}}'
    " b:entitiesConnection{totalCount}}}}",
    "fifty searches": fifty('search(text: "a b c", first: 1000) { node { id } }'),
    "fifty conditions on all": fifty('thingsConnection(where: {system: {some: {entities: {some: {}}}}}) { totalCount }'),
}  # fmt: skip
PASSING_A_LIMIT = {
    "a list of 20,000": ('{things(where: {name: {in: $many}}){id}}', "has 20000 values; the limit is 1000"),
    "any of 20,000": ('{things(where: {alternativeName: {hasAny: $many}}){id}}', "has 20000 values"),
    "a long text": ('{things(where: {name: {contains: $long}}){id}}', "has 100000 letters; the limit is 1000"),
    "a long search": ('{search(text: $long){node{id}}}', "has 100000 letters; the limit is 200"),
    "a search of many words": ('{search(text: "' + "a " * 30 + '"){node{id}}}', "has 30 words; the limit is 24"),
    "200 in OR": ("{things(where: {OR: [" + '{name: {eq: "a"}}' * 200 + "]}){id}}", "more than 100 conditions"),
    "200 in AND below": ("{things{system(where: {AND: [" + '{name: {eq: "a"}}' * 200 + "]}){id}}}", "more than 100 conditions"),
    "200 of claims": ("{things(where: {claims: {some: {OR: [" + '{note: {eq: "a"}}' * 200 + "]}}}){id}}", "more than 100"),
    "100 nested NOT": ("{things(where: " + "{NOT: " * 100 + '{name: {eq: "a"}}' + "}" * 100 + "){id}}", "more than 20 deep"),
    "100 nested some": ("{things(where: " + "{system: {some: " * 30 + "{}" + "}}" * 30 + "){id}}", "nested more than 20 deep"),
    "30 nested in a claim": ("{things(where: {claims: {some: " + "{NOT: " * 30 + "{}" + "}" * 32 + "){id}}", "more than 20 deep"),
}  # fmt: skip


async def test_what_costs_too_much_is_refused_before_the_store_is_asked(model: Model) -> None:
    for sizes in (maps(model), national(model)):
        store = Sized(sizes)
        service = GraphQLService(model, stand_in(store), Settings())
        for name, text in TOO_MUCH.items():
            with pytest.raises(LimitExceeded, match=r"planned cost .* the limit is 2,000,000. [\d,]+ of them .* look at"):
                await service.ask(text)
            assert not store.asked, name


SERVED = (
    ('{ organisations(where: {name: {%s: "a"}}, first: 50) { id name partOf { name } } }', "eq", "ne"),
    ('{ organisations(where: {OR: [{odsCode: {%s: ["A1", "A2"]}}, {id: {eq: "a"}}]}) { id } }', "in", "notIn"),
    ('{ organisationsConnection(where: {partOf: {some: {name: {ne: "b"}, id: {%s: "a"}}}}) { totalCount } }', "eq", "ne"),
)
"""Conditions, with the operator that an index serves and one that it does not."""


async def test_what_an_index_serves_is_cheap_and_the_refusal_says_so(model: Model) -> None:
    service = GraphQLService(model, stand_in(Sized(sizes := national(model))), Settings())
    for text, operator, broad in SERVED:
        assert planned(service, text % operator, {}, sizes) < 100_000, text
        assert planned(service, text % broad, {}, sizes) > 370_000, text
    dear = '{ things(where: {system: {some: {entities: {some: {name: {contains: "a"}}}}}}, first: 1) { id } }'
    told = r"the conditions \(where\) of things may have to look at, most of it system\.some\.entities\.some\."
    with pytest.raises(LimitExceeded, match=told) as refused:
        await service.ask(dear)
    assert "Name what an index serves" in refused.value.hint
    await service.ask(dear.replace("contains", "eq"))


async def test_conditions_and_searches_have_limits_of_their_own(model: Model) -> None:
    store = Sized(maps(model))
    service = GraphQLService(model, stand_in(store), Settings())
    variables = {"many": ["x"] * 20_000, "long": "x" * 100_000}
    for name, (text, words) in PASSING_A_LIMIT.items():
        declared = " ".join(part for part in ("$many: [String!]", "$long: String!") if part.partition(":")[0] in text)
        with pytest.raises(LimitExceeded, match=words):
            await service.ask(f"query({declared}) {text}" if declared else text, variables)
        assert not store.asked, name


async def test_what_a_store_would_take_long_to_plan_is_refused_before_it_is_asked(model: Model) -> None:
    store = Sized(Sizes())
    service = GraphQLService(model, stand_in(store), Settings())
    many = "{AND: [" + '{partOf: {some: {name: {eq: "a"}}}}' * 30 + "]}"
    fields = " ".join(f"a{number}: reportsTo {{ reportsTo {{ name }} }}" for number in range(45))
    for text, number in (
        (f"{{ organisationsConnection(where: {many}) {{ totalCount hidden {{ count }} nodes {{ id }} }} }}", 154),
        (f"{{ organisations {{ {fields} }} }}", 92),
    ):
        with pytest.raises(LimitExceeded, match=f"{number} subqueries at once; the limit is 80"):
            await service.ask(text)
    assert not store.asked


SENSIBLE = (
    '{ organisations(where: {name: {contains: "surgery"}}, first: 50) { id name partOf { name } memberships(first: 5) { id } } }',
    '{ organisationsConnection(where: {name: {startsWith: "a"}}, first: 50) { totalCount nodes { id } pageInfo { endCursor } } }',
    "{ organisations(first: 100) { id name claims { source { title } } system { name } } }",
    '{ organisation(id: "organisation/x") { name parts { name } membersConnection(first: 20) { totalCount nodes { name } } } }',
    "{ careSystems { name entities(first: 20) { name } } }",
    '{ search(text: "general practice in a town") { score node { id name } } }',
    '{ organisations(where: {partOf: {some: {name: {eq: "a"}}}}, first: 20) { name } }',
)


async def test_sensible_questions_of_a_national_directory_are_not_refused(model: Model) -> None:
    service = GraphQLService(model, stand_in(Sized(national(model))), Settings())
    for text in SENSIBLE:
        await service.ask(text)


async def test_what_the_limits_let_through_the_stores_can_do(store: Store, model: Model) -> None:
    await publish(store, world := World(model), world.claims, "1")
    service = GraphQLService(model, store, Settings(max_cost=10**40))
    for where in wheres():
        for text in (
            f"{{ organisationsConnection(where: {where}, first: 1) {{ totalCount hidden {{ status count }} nodes {{ id }} }} }}",
            f"{{ organisations {{ membersConnection(where: {where}) {{ hidden {{ status count }} edges {{ status }} }} }} }}",
        ):
            assert (await service.ask(text))["data"]


def wheres() -> Iterator[str]:
    """Conditions just within the limits."""
    leaf = '{name: {eq: "q"}}'
    yield "{OR: [" + leaf * 50 + "]}"
    yield "{AND: [" + leaf * 50 + "]}"
    yield "{AND: [" + f"{{NOT: {leaf}}}" * 33 + "]}"
    for layers in (
        ("{NOT: %s}",),
        ("{NOT: %s}", "{AND: [%s]}", '{OR: [%s, {name: {eq: "z"}}]}'),
        ("{reportsTo: {none: %s}}", "{NOT: %s}"),
    ):
        inner = leaf
        for depth in range(19):
            inner = layers[depth % len(layers)] % inner
        yield inner


class Slow(Sized):
    """A store in which dear reads take for ever."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.at_once = self.most = 0

    async def become(self, number: int) -> None:
        """Wait until so many reads are under way."""
        for _ in range(1000):
            if self.at_once == number:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.at_once} reads at once, not {number}")

    async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        """Quick for care systems only."""
        if ":CareSystem" in text:
            return []
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(3600)
        finally:
            self.at_once -= 1
        return []


async def test_dear_reads_leave_places_for_cheap_ones_and_waiting_is_bounded(model: Model) -> None:
    store = Slow(national(model))
    settings = Settings(queue_timeout=0.3, query_timeout=600, max_request_reads=3, max_cost=10**9)
    service = GraphQLService(model, stand_in(store), settings)
    dear = "{ organisations(first: 1) { id } }"
    asked = [asyncio.create_task(service.ask(dear)) for _ in range(settings.max_dear_reads)]
    await store.become(settings.max_dear_reads)
    assert await asyncio.wait_for(service.ask("{ careSystems { name } }"), 30)
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    answer = await service.execute(GraphQLRequest("POST", headers, {}, b'{"query": "' + dear.encode() + b'"}'))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert b"Too much is asked of the store" in answer.body
    for task in asked:
        task.cancel()
    await asyncio.wait(asked)
    assert store.at_once == 0
    store.most = 0
    alone = asyncio.create_task(service.ask("{ " + " ".join(f"a{n}: organisations(first: 1) {{ id }}" for n in range(5)) + " }"))
    await store.become(settings.max_request_reads)
    await asyncio.sleep(0.1)
    assert store.most == settings.max_request_reads
    alone.cancel()
    await asyncio.wait([alone])
    store.read = Sized(national(model)).read  # type: ignore[method-assign]  # another answers from here on
    assert await service.ask(dear), "no place is lost"
