"""What every store promises, on both engines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from store_claims import (
    NEW,
    OLD,
    by_id,
    connection_of,
    exported,
    ids_of,
    many,
    publish,
    relation,
    says,
    shown,
    small_map,
    sources,
    thing,
)

from graphsvc.errors import StoreBusy, StoreError, StoreTimeout
from graphsvc.provenance import OPEN, Claim
from graphsvc.store import LoadRecord, Publication, Store, open_store
from graphsvc.store.publishing import publish as publishing
from graphsvc.store.publishing.lease import Lease
from graphsvc.store.publishing.session import PublishingSession

TRUST = "organisation/trust"


async def test_an_empty_store_has_revision_0_and_nothing_else(store: Store) -> None:
    assert await store.revision() == 0
    assert await exported(store) == []
    assert await store.loads() == []
    assert await store.known([TRUST]) == set()
    assert await ids_of(store, "walsall") == set()


async def test_what_is_published_is_exported_unchanged(store: Store) -> None:
    claims = small_map()
    done = await publish(store, claims)
    assert (done.revision, done.claims, done.entities) == (1, len(claims), 5)
    assert by_id(await exported(store)) == by_id(claims)
    assert await ids_of(store, "walsall") == set(by_id(claims))
    assert await store.known([TRUST, "organisation/nobody"]) == {TRUST}


async def test_publishing_twice_changes_nothing(store: Store) -> None:
    await publish(store, small_map())
    before = await exported(store)
    again = await publish(store, small_map())
    assert again.revision == await store.revision() == 1
    assert await exported(store) == before
    doubled = await store.read("MATCH (r:Record) RETURN count(r)", {})
    assert doubled == [[6]]


async def test_the_best_record_is_shown_and_the_others_fill_its_gaps(store: Store) -> None:
    await publish(store, small_map())
    trust = await shown(store, TRUST)
    assert trust is not None
    assert trust["name"] == "Walsall Healthcare NHS Trust", "the later paper wins"
    assert trust["odsCode"] == "RBK", "what it leaves out comes from the earlier one"
    assert trust["alternativeName"] == ["WHT", "The Manor"]
    assert (trust["type"], trust["status"], trust["knownFrom"], trust["knownTo"]) == ("Organisation", "IN_FORCE", 1, OPEN)
    contract = await shown(store, "contract/main")
    assert contract is not None
    assert (contract["from"], contract["to"], contract["asStated"]) == ("", "2021-04-01", "until April 2021")
    assert "validFrom" not in contract


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (says(OLD), says(NEW, status="PLANNED")),
        (says(OLD, status="SHADOW"), says(NEW, status="INTENDED")),
        (says(NEW, status="PROPOSED"), says(OLD, status="PLANNED")),
        (says(OLD, status="PLANNED"), says(NEW, status="ENDED")),
        (says(OLD, status="ENDED"), says(NEW, status="SUPERSEDED")),
        (says(OLD), says(NEW, confidence="INFERRED")),
        (says(NEW), says(OLD)),
        (says(OLD), says("source/undated")),
        (says(OLD, "page 1"), says(OLD, "page 2")),
    ],
)
async def test_status_then_confidence_then_date_then_place_decide_which_record_is_shown(store: Store, better, worse) -> None:
    undated = thing("source/undated", "Undated", title="Undated")
    await publish(store, [*sources(), undated, thing(TRUST, "Worse", worse), thing(TRUST, "Better", better)])
    trust = await shown(store, TRUST)
    assert trust is not None
    assert trust["name"] == "Better"


async def test_a_node_has_its_class_and_all_ancestors_as_labels(store: Store, model) -> None:
    await publish(store, small_map())
    rows = await store.read("MATCH (n:Entity {id: 'contract/main'}) RETURN labels(n)", {})
    assert set(rows[0][0]) == {"Contract", *model.classes["Contract"].ancestors}
    assert await store.read("MATCH (n:Arrangement) RETURN n.id", {}) == [["contract/main"]]


async def test_withdrawing_what_one_dataset_says_leaves_what_another_says(store: Store) -> None:
    await publish(store, small_map())
    other = [
        *sources("black-country"),
        thing(TRUST, "The trust, as the Black Country knows it", says(OLD), "black-country"),
        relation(TRUST, "provides", "service/nursing", says(OLD, "elsewhere"), "black-country"),
    ]
    await publish(store, other, dataset="black-country")
    gone = [
        claim for claim in small_map() if getattr(claim, "entity", "") == TRUST or getattr(claim, "relation", "") == "provides"
    ]
    done = await publish(store, retired=gone)
    assert done.revision == 3
    trust = await shown(store, TRUST)
    assert trust is not None
    assert trust["name"] == "The trust, as the Black Country knows it"
    assert "odsCode" not in trust
    left = set(by_id(await exported(store)))
    assert left == (set(by_id(small_map())) | set(by_id(other))) - set(by_id(gone))


async def test_a_dataset_cannot_withdraw_what_another_says(store: Store) -> None:
    await publish(store, small_map())
    await publish(store, retired=small_map(), dataset="wigan")
    assert by_id(await exported(store)) == by_id(small_map())


async def test_a_thing_without_records_is_withdrawn_and_comes_back(store: Store) -> None:
    await publish(store, small_map())
    service = [
        claim for claim in small_map() if "service/nursing" in (getattr(claim, "entity", ""), getattr(claim, "object", ""))
    ]
    await publish(store, retired=service)
    assert await shown(store, "service/nursing") is None
    assert await store.known(["service/nursing"]) == set()
    rows = await store.read("MATCH (n:Entity {id: 'service/nursing'}) RETURN n.knownFrom, n.knownTo", {})
    assert rows == [[1, 2]], "withdrawn, not deleted"
    await publish(store, service)
    assert by_id(await exported(store)) == by_id(small_map())
    again = await shown(store, "service/nursing")
    assert again is not None
    assert again["name"] == "Community nursing"


async def test_values_follow_a_change_and_the_old_claim_is_kept(store: Store) -> None:
    await publish(store, [*sources(), thing(TRUST, "Before")])
    await publish(store, [thing(TRUST, "After")], [thing(TRUST, "Before")])
    trust = await shown(store, TRUST)
    assert trust is not None
    assert (trust["name"], trust["knownFrom"]) == ("After", 1)
    rows = await store.read(
        "MATCH (:Entity {id: $id})-[:HAS_RECORD]->(r:Record) RETURN r.knownFrom, r.knownTo ORDER BY r.knownFrom", {"id": TRUST}
    )
    assert rows == [[1, 2], [2, OPEN]]


async def test_a_source_dated_later_than_thought_changes_what_is_preferred(store: Store) -> None:
    await publish(store, small_map())
    await publish(
        store,
        [thing(OLD, "Old paper", title="Old paper", published="2020-01-01")],
        [thing(OLD, "Old paper", title="Old paper", published="2017-01-31")],
    )
    trust = await shown(store, TRUST)
    assert trust is not None
    assert trust["name"] == "Walsall Trust"
    rows = await store.read("MATCH (:Entity {id: $id})-[c:PROVIDES]->() RETURN c.source ORDER BY c.rank", {"id": TRUST})
    assert rows == [[OLD], [NEW]]


async def test_a_relation_to_nothing_is_refused_and_nothing_is_published(store: Store) -> None:
    await publish(store, small_map())
    wrong = [thing("organisation/new", "New one"), relation("organisation/new", "provides", "service/nowhere")]
    with pytest.raises(StoreError, match="service/nowhere"):
        await publish(store, wrong)
    assert await store.revision() == 1
    assert by_id(await exported(store)) == by_id(small_map())


async def test_a_relation_to_what_the_same_load_withdraws_is_refused(store: Store) -> None:
    await publish(store, small_map())
    nursing = [
        claim for claim in small_map() if "service/nursing" in (getattr(claim, "entity", ""), getattr(claim, "object", ""))
    ]
    with pytest.raises(StoreError, match="service/nursing"):
        await publish(store, [relation("contract/main", "covers", "service/nursing", says(OLD, "elsewhere"))], nursing)
    assert by_id(await exported(store)) == by_id(small_map())


async def test_what_fails_while_it_is_read_leaves_nothing_behind(store: Store) -> None:
    def failing() -> Iterator[Claim]:
        yield from small_map()
        raise StoreError("The file ended too soon.")

    with pytest.raises(StoreError, match="too soon"):
        await publish(store, failing())
    assert await store.read("MATCH (n:Entity) RETURN count(n)", {}) == [[0]]
    await publish(store, small_map())
    assert await store.revision() == 1


@pytest.mark.slow
async def test_a_reader_sees_the_load_before_or_the_load_after_and_never_between(store: Store, store_settings, model) -> None:
    first, second = list(many(400, word="Before")), list(many(400, word="After"))
    await publish(store, first, dataset="large")
    stop = asyncio.Event()
    seen: set[tuple[int, str, int]] = set()
    text = (
        "MATCH (rev:Revision {id: 'current'}) WITH rev.number AS rev "
        "MATCH (n:Organisation) WHERE n.knownFrom <= rev AND rev < n.knownTo "
        "WITH rev, split(n.name, ' ')[0] AS word, count(*) AS number "
        "WITH rev, collect([word, number]) AS words "
        "MATCH (again:Revision {id: 'current'}) RETURN rev, again.number, words"
    )

    async def hammer() -> int:
        reads = 0
        async with open_store(store_settings, model) as reader:
            while not stop.is_set():
                before, after, words = (await reader.read(text, {}))[0]
                reads += 1
                if before == after:
                    seen.update((before, word, number) for word, number in words)
        return reads

    readers = [asyncio.create_task(hammer()) for _ in range(3)]
    changed = [claim for claim in first if claim.id not in by_id(second)]
    await publish(store, second, changed, dataset="large")
    await asyncio.sleep(0.1)
    stop.set()
    assert sum(await asyncio.gather(*readers)) > 5
    assert seen <= {(1, "Before", 400), (2, "After", 400)}
    assert (2, "After", 400) in seen


async def test_a_second_load_is_told_who_loads_and_since_when(store: Store) -> None:
    lease = Lease(connection_of(store), "loading wigan")
    await lease.take()
    with pytest.raises(StoreBusy, match=r"process \d+, loading wigan, since 20"):
        await publish(store, small_map())
    await store.prepare()
    await lease.release()
    await publish(store, small_map())
    assert await store.revision() == 1


@pytest.mark.parametrize("change", ["l.process = '999999999:1'", "l.machine = 'elsewhere', l.expires = timestamp() - 1"])
async def test_the_lease_of_a_dead_process_or_an_expired_one_is_taken_over(store: Store, change: str) -> None:
    connection = connection_of(store)
    lost = Lease(connection, "loading wigan")
    await lost.take()
    await connection.execute(f"MATCH (l:Lease {{id: 'load'}}) SET {change}")
    await publish(store, small_map())
    assert by_id(await exported(store)) == by_id(small_map())


async def test_the_lease_of_another_machine_is_respected_until_it_expires(store: Store) -> None:
    connection = connection_of(store)
    await Lease(connection, "loading wigan").take()
    await connection.execute("MATCH (l:Lease {id: 'load'}) SET l.machine = 'elsewhere', l.process = '999999999:1'")
    with pytest.raises(StoreBusy, match="loading wigan"):
        await publish(store, small_map())


@pytest.mark.parametrize("step", ["take_in", "write_things"])
async def test_a_load_that_lost_its_lease_publishes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    await publish(store, small_map())
    connection = connection_of(store)
    original = getattr(publishing, step)

    async def robbed(session: PublishingSession, *rest: object) -> None:
        await original(session, *rest)
        await connection.execute("MATCH (l:Lease {id: 'load'}) SET l.token = 'thief', l.expires = 0")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, robbed)
        with pytest.raises(StoreError, match="another took its place"):
            await publish(store, many(5), dataset="large")
    assert by_id(await exported(store)) == by_id(small_map())
    await publish(store, many(3), dataset="large")
    assert by_id(await exported(store)) == by_id([*small_map(), *many(3)])


async def test_a_difference_made_before_another_load_of_the_dataset_is_refused(store: Store) -> None:
    await publish(store, small_map())
    with pytest.raises(StoreBusy, match="meanwhile"):
        await store.publish(Publication(LoadRecord("walsall", "c"), small_map(), base=0))
    await store.publish(Publication(LoadRecord("walsall", "c"), small_map(), base=1))


async def test_claims_of_a_dataset_are_told_in_short_and_read_in_full(store: Store) -> None:
    stub = thing("organisation/code-only", "X1 (known only by its code)", referenceOnly=True)
    quoted = thing("organisation/quoted", "It says", description='"referenceOnly": true')
    await publish(store, [*small_map(), stub, quoted])
    await publish(store, list(many(3)), dataset="large")
    later = relation("organisation/code-only", "worksWith", "organisation/trust")
    await publish(store, [later])
    held = [item async for batch in store.claims_of("walsall") for item in batch]
    assert by_id(await store.claims(held)) == by_id([claim for claim in await exported(store) if claim.dataset == "walsall"])
    assert [item.subject for item in held if item.stub] == ["organisation/code-only"]
    (newest,) = [item for item in held if item.id == later.id]
    assert newest[1:5] == ("worksWith", "organisation/code-only", "organisation/trust", OLD)
    await publish(store, retired=await store.claims([newest]))
    assert await store.claims([newest]) == [], "what was withdrawn meanwhile is left out"


async def test_a_load_is_remembered_with_its_findings(store: Store) -> None:
    findings = ({"rule": "a-name", "message": "It has no name.", "row": 3},)
    load = LoadRecord("walsall", "abc", title="Walsall", files=("about.csv",), added=10, rejected=1, findings=findings)
    done = await store.publish(Publication(load, small_map()))
    await publish(store, list(many(3)), dataset="large")
    assert done.loaded_at.endswith("+00:00")
    assert [item.dataset for item in await store.loads()] == ["large", "walsall"]
    assert (await store.loads())[1] == done
    assert done.findings == findings
    again = await store.publish(Publication(LoadRecord("walsall", "def"), ()))
    assert [item.checksum for item in await store.loads()] == ["c", "def"]
    assert again.revision == 2


async def test_info_counts_what_is_visible(store: Store) -> None:
    await publish(store, small_map())
    await publish(
        store,
        retired=[
            claim for claim in small_map() if "contract/main" in (getattr(claim, "entity", ""), getattr(claim, "subject", ""))
        ],
    )
    info = await store.info()
    assert info.entities == {"Organisation": 1, "Service": 1, "Source": 2}
    assert (info.revision, info.claims) == (2, len(small_map()) - 3)
    assert info.engine in ("Neo4j", "ArcadeDB (embedded)")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n:Entity {id: 'x'}) RETURN n",
        "MATCH (n) SET n.name = 'x' RETURN n",
        "MATCH (n)\nDETACH\nDELETE n",
        "match (n) remove n.name",
        "MERGE (n:Entity {id: 'x'})",
        "FOREACH (x IN [1] | CREATE ())",
        "LOAD CSV FROM 'file:///x' AS row RETURN row",
        "CALL db.createLabel('X')",
        "CALL { CREATE (n:Entity) } RETURN 1",
        "DROP INDEX x",
        "RETURN 'it\\'s' AS `a` MERGE (n:X)",
        "RETURN 1 // a remark\n CREATE (n:X)",
    ],
)
async def test_a_read_that_would_write_is_refused(store: Store, text: str) -> None:
    with pytest.raises(StoreError, match="refused"):
        await store.read(text, {})
    assert await store.read("MATCH (n:Entity) RETURN count(n)", {}) == [[0]]


async def test_words_of_writing_are_allowed_where_they_write_nothing(store: Store) -> None:
    text = "WITH {set: 1, delete: 2} AS m RETURN m.set, m.delete, 'CREATE (n)', $merge, \"DELETE\" AS `SET` /* MERGE */"
    assert await store.read(text, {"merge": "x"}) == [[1, 2, "CREATE (n)", "x", "DELETE"]]


async def test_cypher_in_a_parameter_is_only_text(store: Store) -> None:
    await publish(store, small_map())
    nasty = "x'}) DETACH DELETE n //"
    assert await store.read("MATCH (n:Entity {id: $id}) RETURN n.id", {"id": nasty}) == []
    assert by_id(await exported(store)) == by_id(small_map())


async def test_a_slow_read_is_given_up_in_time(store: Store) -> None:
    slow = "UNWIND range(1, 30000) AS a UNWIND range(1, 30000) AS b WITH a, b WHERE a * b % 7 = 8 RETURN count(*)"
    begun = time.monotonic()
    with pytest.raises(StoreTimeout):
        await store.read(slow, {}, timeout=0.5)
    assert time.monotonic() - begun < 5
    assert await store.read("RETURN 1", {}, timeout=5) == [[1]]


async def test_a_syntax_error_is_one_line_without_the_text(store: Store) -> None:
    with pytest.raises(StoreError) as caught:
        await store.read("MATCH (secretName RETURN 1", {})
    assert "secretName" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_many_reads_at_once_share_the_pool(store: Store) -> None:
    await publish(store, small_map())
    text = "MATCH (n:Entity {id: $id}) RETURN n.name"
    rows = await asyncio.gather(*(store.read(text, {"id": TRUST}) for _ in range(100)))
    assert all(row == [["Walsall Healthcare NHS Trust"]] for row in rows)


async def test_preparing_again_changes_nothing(store: Store) -> None:
    await publish(store, small_map())
    await store.prepare()
    await store.prepare()
    assert by_id(await exported(store)) == by_id(small_map())


async def test_full_text_finds_other_names_and_misspellings(store: Store) -> None:
    await publish(store, small_map())
    text = "CALL db.index.fulltext.queryNodes($index, $text) YIELD node, score RETURN node.id, score > 0 ORDER BY score DESC"
    for words in ("manor", "wallsal~", "healthcare"):
        for _ in range(40):  # Neo4j's full text index may lag behind a commit
            rows = await store.read(text, {"index": store.text_index, "text": words})
            if rows:
                break
            await asyncio.sleep(0.1)
        assert rows[0] == [TRUST, True], words


async def test_a_nested_question_runs_alike(store: Store) -> None:
    await publish(store, small_map())
    text = """
    MATCH (rev:Revision {id: 'current'}) WITH rev.number AS rev
    MATCH (c:Contract) WHERE c.knownFrom <= rev AND rev < c.knownTo
    CALL (rev, c) {
      MATCH (c)-[q:COVERS]->(s) WHERE q.knownFrom <= rev AND rev < q.knownTo
      CALL (rev, s) {
        MATCH (s)<-[p:PROVIDES]-(o) WHERE p.knownFrom <= rev AND rev < p.knownTo
        WITH o, p ORDER BY p.rank WITH o, collect([p.source, p.locator]) AS claims ORDER BY o.name, o.id
        RETURN collect([o.id, o.name, claims]) AS providers
      }
      WITH s, q, providers ORDER BY s.name, s.id LIMIT 10
      RETURN collect([s.name, q.status, providers]) AS services
    }
    RETURN c.name, services
    """
    claims = [[NEW, "slide 2"], [OLD, "page 3"]]
    assert await store.read(text, {}) == [
        ["Main contract", [["Community nursing", "PLANNED", [[TRUST, "Walsall Healthcare NHS Trust", claims]]]]]
    ]


@pytest.mark.slow
async def test_a_load_larger_than_a_batch_is_whole(store: Store) -> None:
    claims = list(many(2500))
    done = await publish(store, many(2500), dataset="large")
    assert done.claims == len(claims)
    assert by_id(await exported(store)) == by_id(claims)
    await publish(store, retired=many(2500), dataset="large")
    assert await exported(store) == []
