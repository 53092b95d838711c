"""Neo4j by routing (``neo4j://``), as a cluster is reached: what one server can show of it."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from store_claims import connection_of, publish, small_map

from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store, open_store


async def test_reads_go_to_readers_and_carry_the_bookmark_of_what_was_written_before(
    store: Store, store_settings: Settings, engine: str, model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    if engine == "embedded":
        return  # it is one process, and knows neither routing nor bookmarks
    assert await store.revision() == 0
    routed = replace(store_settings, neo4j_uri=store_settings.neo4j_uri.replace("bolt://", "neo4j://"))
    async with open_store(routed, model, strict=True) as reached:
        connection = connection_of(reached)
        [[_, table]] = await connection._run_alone("CALL dbms.routing.getRoutingTable({}, $database)", {"database": "neo4j"})
        assert {entry["role"] for entry in table} == {"READ", "WRITE", "ROUTE"}
        await publish(reached, small_map())
        [written] = await connection._bookmarks.get_bookmarks()
        with caplog.at_level(logging.DEBUG, logger="neo4j.io"):
            assert (await reached.edition()).revision == 1
            assert await reached.known(["organisation/trust"]) == {"organisation/trust"}
        sent = [line for line in caplog.messages if "C: RUN" in line]
        assert len(sent) >= 2
        assert all("'mode': 'r'" in line and "'bookmarks': [" in line for line in sent)
        assert written in sent[0]
        [read] = await connection._bookmarks.get_bookmarks()
        assert read in sent[-1], "a later read waits for what an earlier one saw, so that none goes back in time"
