"""Answers are kept by the edition of the store: never stale past the bound, never of before, in bounded memory."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recording import Recording
from stand_ins import stand_in
from store_claims import WIPE, bolt, connection_of, publish, small_map, thing

from graphsvc.api.http import GraphQLRequest, GraphQLResponse
from graphsvc.api.service import GraphQLService
from graphsvc.errors import StoreDown
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Edition, LoadRecord, Publication, Store, open_store
from graphsvc.store.editions import Board, Editions

NAMES = "query($first: Int) { services(first: $first) { id name } }"
REPORTS = "{ validationReport { dataset loadedAt } }"


class Counting(Recording):
    """Counts what a store is asked, which knows its editions."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.editions = 0

    async def edition(self, *, fresh: bool = False) -> Edition:
        """As :meth:`graphsvc.store.Store.edition`."""
        self.editions += 1
        assert self.store
        return await self.store.edition(fresh=fresh)


@pytest.fixture
def asked(store: Store) -> Counting:
    """The store, counted."""
    return Counting(store)


def serving(model: Model, store: object, **changes: Any) -> GraphQLService:
    return GraphQLService(model, stand_in(store), Settings(**changes))


async def get(service: GraphQLService, text: str, headers: Mapping[str, str] | None = None, **values: Any) -> GraphQLResponse:
    given = {"query": text, "variables": json.dumps(values)}
    return await service.execute(GraphQLRequest("GET", headers or {}, given))


def names(answer: Mapping[str, Any]) -> list[str]:
    return [item["name"] for item in answer["data"]["services"]]


async def test_the_same_question_is_asked_of_the_store_once_until_something_is_published(asked: Counting, model: Model) -> None:
    assert asked.store
    service = serving(model, asked)
    await publish(asked.store, small_map())
    first = await service.ask(NAMES, {"first": 5})
    first["data"].clear()  # an answer belongs to whoever asked for it
    assert names(await service.ask(NAMES, {"first": 5})) == ["Community nursing"]
    assert json.loads((await get(service, NAMES, first=5)).body) == await service.ask(NAMES, {"first": 5})
    assert len(asked.asked) == 1
    await service.ask(NAMES, {"first": 6})
    await service.ask(NAMES.replace("id name", "name"), {"first": 5})
    assert len(asked.asked) == 3, "other values and another text are other questions"
    await publish(asked.store, [thing("service/new", "Another service", dataset="other")], dataset="other")
    assert names(await service.ask(NAMES, {"first": 5})) == ["Another service", "Community nursing"]


async def test_a_load_that_changes_no_claim_still_renews_its_report(store: Store, model: Model) -> None:
    service = serving(model, store)
    await publish(store, small_map())
    [before] = (await service.ask(REPORTS))["data"]["validationReport"]
    await asyncio.sleep(1.1)  # a report bears the second in which it was loaded
    assert (await publish(store, small_map())).revision == 1
    [after] = (await service.ask(REPORTS))["data"]["validationReport"]
    assert after["loadedAt"] > before["loadedAt"]


async def test_a_store_that_was_emptied_and_filled_otherwise_gives_its_own_answers(store: Store, model: Model) -> None:
    service = serving(model, store)
    tags = []
    for name in ("Nursing", "Podiatry"):
        await connection_of(store).execute(WIPE)
        await publish(store, [thing("service/one", name, dataset="walsall")])
        answer = await get(service, NAMES)
        found = json.loads(answer.body)
        assert (names(found), found["extensions"]["revision"]) == ([name], 1)
        tags.append(answer.headers["etag"])
    assert tags[0] != tags[1], "both are of revision 1"


async def test_another_process_sees_a_publication_within_the_bound_and_never_goes_back(
    store: Store, store_settings: Settings, model: Model, tmp_path: Path
) -> None:
    await publish(store, small_map())
    # Another machine: it shares the store, and no data folder.
    editions = Editions(0.3, Board(str(tmp_path)))
    async with open_store(replace(store_settings, revision_age=0.3), model) as other:
        bolt(other)._editions = editions
        service = serving(model, other)
        assert names(await service.ask(NAMES)) == ["Community nursing"]
        await publish(store, [thing("service/new", "Another service", dataset="other")], dataset="other")
        await service.ask(NAMES.replace("id name", "name"))  # not kept: it is of the new revision
        assert len(names(await service.ask(NAMES))) == 2, "whoever saw revision 2 sees revision 1 no more"
        await publish(store, [thing("service/newer", "Third service", dataset="third")], dataset="third")
        published = time.monotonic()
        while len(names(await service.ask(NAMES))) < 3:
            await asyncio.sleep(0.02)
            assert time.monotonic() - published < 10, "the bound is 0.3 s; the reads take theirs on a busy machine"


async def test_processes_of_one_data_folder_see_a_publication_at_once(
    store: Store, store_settings: Settings, model: Model, tmp_path: Path
) -> None:
    await publish(store, small_map())
    async with open_store(replace(store_settings, revision_age=3600.0), model) as other:
        both = [Editions(3600.0, Board(str(tmp_path))) for _ in range(2)]
        bolt(store)._editions, bolt(other)._editions = both
        assert (await other.edition()).revision == 1
        await publish(store, [thing("service/new", "Another service", dataset="other")], dataset="other")
        assert (await other.edition()).revision == 2


async def test_a_member_that_lags_behind_takes_nobody_back() -> None:
    editions = Editions(0.0, Board("/nowhere"))
    given = [Edition(1, 1, "a"), Edition(2, 2, "a"), Edition(1, 1, "a"), Edition(2, 3, "a"), Edition(1, 1, "b")]
    told = iter(given)

    async def read() -> Edition:
        return next(told)

    found = [await editions.current(read) for _ in given]
    assert found == [given[0], given[1], given[1], given[3], given[4]]


async def test_a_read_that_began_before_a_publication_is_not_believed_after_it() -> None:
    editions = Editions(3600.0, Board("/nowhere"))
    answer: asyncio.Future[Edition] = asyncio.get_running_loop().create_future()
    slow = asyncio.create_task(editions.current(lambda: _given(answer)))
    await asyncio.sleep(0)
    editions.published()
    new: asyncio.Future[Edition] = asyncio.get_running_loop().create_future()
    new.set_result(Edition(2, 2))
    assert await editions.current(lambda: _given(new)) == Edition(2, 2)
    answer.set_result(Edition(1, 1))
    assert await slow == Edition(2, 2)
    assert await editions.current(lambda: _given(new)) == Edition(2, 2)


async def test_while_it_is_read_anew_nobody_waits_until_the_bound_is_reached() -> None:
    editions = Editions(2.0, Board("/nowhere"))
    answer: asyncio.Future[Edition] = asyncio.get_running_loop().create_future()
    first: asyncio.Future[Edition] = asyncio.get_running_loop().create_future()
    first.set_result(Edition(1, 1))
    assert await editions.current(lambda: _given(first)) == Edition(1, 1)
    editions._until -= 1.5  # three quarters of the time are over
    for _ in range(3):
        assert await editions.current(lambda: _given(answer)) == Edition(1, 1)
        await asyncio.sleep(0)
    editions._until = 0.0
    late = asyncio.create_task(editions.current(lambda: _given(first)))
    await asyncio.sleep(0)
    assert not late.done(), "past the bound it waits for the read that is under way"
    answer.set_result(Edition(2, 2))
    assert await late == Edition(2, 2)
    await editions.close()


async def _given(answer: asyncio.Future[Edition]) -> Edition:
    return await answer


async def test_while_nothing_is_published_the_revision_is_read_once_in_its_time(store: Store, model: Model) -> None:
    await publish(store, small_map())
    reads = Recording(store)
    editions = Editions(3600.0, Board("/nowhere"))
    read = bolt(store)._read_edition

    async def counted() -> Edition:
        reads.asked.append(("", {}))
        found: Edition = await read()
        return found

    assert len({await editions.current(counted) for _ in range(100)}) == 1
    await asyncio.gather(*(editions.current(counted) for _ in range(20)))
    assert len(reads.asked) == 1


class Held(Counting):
    """A store whose reads wait until they are let go."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.go = asyncio.Event()
        self.ended = 0

    async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        """As :meth:`graphsvc.store.Store.read`."""
        self.asked.append((text, parameters))
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.ended += 1
            raise
        assert self.store
        return await self.store.read(text, parameters, timeout)


async def test_many_who_ask_the_same_at_once_are_one_read_which_ends_with_the_last_of_them(store: Store, model: Model) -> None:
    await publish(store, small_map())
    held = Held(store)
    service = serving(model, held)
    twenty = [asyncio.create_task(service.ask(NAMES)) for _ in range(20)]
    await _until(lambda: held.asked)
    for task in twenty[:10]:
        task.cancel()
    await asyncio.wait(twenty[:10])
    assert held.ended == 0, "others still wait for it"
    held.go.set()
    answers = await asyncio.gather(*twenty[10:])
    assert (len(held.asked), {len(names(answer)) for answer in answers}) == (1, {1})
    held.go.clear()
    two = [asyncio.create_task(service.ask(NAMES, {"first": 7})) for _ in range(2)]
    await _until(lambda: len(held.asked) == 2)
    for task in two:
        task.cancel()
    await asyncio.wait(two)
    assert held.ended == 1
    held.go.set()
    assert names(await service.ask(NAMES, {"first": 7})), "what was given up is asked anew"


async def _until(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.01)


async def test_an_error_is_raised_for_all_and_kept_for_nobody(store: Store, model: Model) -> None:
    await publish(store, small_map())

    class Failing(Counting):
        down = True

        async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
            await asyncio.sleep(0)
            if self.down:
                raise StoreDown("The store does not answer.", "")
            return await super().read(text, parameters, timeout)

    failing = Failing(store)
    service = serving(model, failing)
    found = await asyncio.gather(*(service.ask(NAMES) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [StoreDown] * 3
    failing.down = False
    assert names(await service.ask(NAMES))
    wrong = await get(service, "{ services { wrong } }")
    assert b"errors" in wrong.body
    assert "etag" not in wrong.headers


async def test_memory_is_bounded_and_what_was_used_last_stays(asked: Counting, model: Model) -> None:
    assert asked.store
    wide = [thing(f"service/s{number}", f"{number} {'x' * 1000}", dataset="wide") for number in range(300)]
    await asked.store.publish(Publication(LoadRecord("wide", "1"), wide))
    service = serving(model, asked, answer_cache_mb=1)
    for number in range(1, 60):
        await get(service, NAMES, first=1)
        await get(service, NAMES, first=number)
        assert service.kept.weight <= 1_000_000
    reads = len(asked.asked)
    await get(service, NAMES, first=1)
    assert len(asked.asked) == reads, "used again and again, it is kept"
    assert service.kept.weight > 500_000
    await get(service, NAMES, first=2)
    assert len(asked.asked) == reads + 1, "long unused, it made room"
    for _ in range(2):
        assert len((await get(service, NAMES, first=300)).body) > 250_000
    assert len(asked.asked) == reads + 3, "more than a quarter of the memory is not kept"


async def test_nothing_is_kept_where_it_is_switched_off(asked: Counting, model: Model) -> None:
    assert asked.store
    await publish(asked.store, small_map())
    service = serving(model, asked, answer_cache_mb=0)
    tags = [(await get(service, NAMES)).headers["etag"] for _ in range(2)]
    assert (len(asked.asked), asked.editions, service.kept.weight, tags[0]) == (2, 0, 0, tags[1])


async def test_a_question_as_at_today_is_another_tomorrow(asked: Counting, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked.store
    await publish(asked.store, small_map())
    service = serving(model, asked)
    told, calendar = [], ["2026-11-29"]
    monkeypatch.setattr(Settings, "this_day", lambda _: calendar[-1])
    for day in ("2026-11-29", "2026-11-30", "2026-11-30"):
        calendar.append(day)
        told.append((await service.ask(NAMES))["extensions"]["asOf"])
    assert (len(asked.asked), told) == (2, ["2026-11-29", "2026-11-30", "2026-11-30"])


async def test_a_client_that_holds_the_answer_is_told_so(store: Store, model: Model) -> None:
    service = serving(model, store)
    await publish(store, small_map())
    first = await get(service, NAMES)
    assert first.headers["cache-control"] == "no-cache"
    assert "Accept" in first.headers["vary"]
    tag = first.headers["etag"]
    assert tag.startswith('W/"1-')
    for method in ("GET", "HEAD"):
        request = GraphQLRequest(method, {"if-none-match": f'"x", {tag}'}, {"query": NAMES})
        again = await service.execute(request)
        assert (again.status, again.body, again.headers["etag"], again.headers["vary"]) == (
            304,
            b"",
            tag,
            "Accept, Accept-Encoding",
        )
    other_form = await get(service, NAMES, {"accept": "application/graphql-response+json", "if-none-match": tag})
    assert other_form.status == 200
    await publish(store, [thing("service/new", "Another service", dataset="other")], dataset="other")
    assert (await get(service, NAMES, {"if-none-match": tag})).status == 200
    body = json.dumps({"query": NAMES}).encode()
    posted = await service.execute(GraphQLRequest("POST", {"content-type": "application/json", "if-none-match": "*"}, {}, body))
    assert (posted.status, "etag" in posted.headers) == (200, False)
    schema = await get(service, "{ __schema { queryType { name } } }")
    for _ in range(2):
        held = await get(service, "{ __schema { queryType { name } } }", {"if-none-match": schema.headers["etag"]})
        assert held.status == 304
