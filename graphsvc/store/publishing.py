"""Publish a dataset's difference: written under the next revision, in batches, invisible; then one transaction flips.

The order of work, and what a kill leaves at each point:

1. spool the claims on disk and check the ends of relations: nothing in the store yet;
2. withdraw claims and write new ones, new things with their values: invisible, swept away by the next load;
3. stage what visible things will look like: on disk;
4. flip: staged values, the load's record and the revision number, in one transaction: all or nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from graphsvc.errors import StoreBusy, StoreError
from graphsvc.model import Model
from graphsvc.provenance import OPEN, Claim
from graphsvc.store import LoadRecord, Publication
from graphsvc.store.connection import Connection, Transaction, run
from graphsvc.store.lease import Lease
from graphsvc.store.preference import preferred, rank
from graphsvc.store.schema import relation_types
from graphsvc.store.spool import Spool
from graphsvc.store.sweep import BATCH, by_subject

_THINGS: Final = 500
"""Things whose records are read at a time."""
_SHOWN_MISSING: Final = 10

_RECORDS_OF: Final = """
MATCH (r:Record) WHERE r.dataset = $dataset AND r.knownFrom <= $rev AND $rev < r.knownTo RETURN r.id, '', r.entity
"""
_PUBLISHED: Final = "UNWIND $ids AS id MATCH (n:Entity {id: id}) WHERE n.knownTo > $rev RETURN n.id, n.published"
_STANDING: Final = "UNWIND $ids AS id MATCH (n:Entity {id: id}) WHERE n.knownTo = $open RETURN n.id"
_CURRENT: Final = """
UNWIND $ids AS id MATCH (n:Entity {id: id})
RETURN properties(n), COLLECT { MATCH (n)-[:HAS_RECORD]->(r:Record) WHERE r.knownTo = $open RETURN properties(r) }
"""
_WITHDRAW_RECORDS: Final = """
UNWIND $rows AS row MATCH (r:Record {id: row}) WHERE r.knownTo = $open SET r.knownTo = $next
"""
_WRITE_RECORDS: Final = """
UNWIND $rows AS row MATCH (n:Entity {id: row.entity}) CREATE (n)-[:HAS_RECORD]->(r:Record) SET r = row RETURN count(r)
"""
_RECORDS_OF_SOURCE: Final = "MATCH (r:Record) WHERE r.source = $source AND r.knownTo = $open RETURN properties(r)"
_RERANK_RECORDS: Final = "UNWIND $rows AS row MATCH (r:Record {id: row.id}) WHERE r.knownTo = $open SET r.rank = row.rank"
_STAGED: Final = "UNWIND $rows AS row MATCH (n:Entity {id: row.id}) SET n = row"
_GONE: Final = "UNWIND $rows AS row MATCH (n:Entity {id: row}) SET n.knownTo = $next"
_LOADING: Final = "MATCH (r:Revision {id: 'current'}) SET r.loading = $next"
_OLD_LOADS: Final = "MATCH (l:Load {dataset: $dataset}) WHERE l.last SET l.last = false"
_LOAD: Final = "MERGE (l:Load {id: $load.id}) SET l = $load"
_FLIP: Final = "MATCH (r:Revision {id: 'current'}) WHERE r.number = $rev SET r.number = $next, r.loading = null RETURN r.number"
_LAST: Final = "MATCH (l:Load {dataset: $dataset}) WHERE l.last RETURN l.revision"


class Publisher:
    """One publication: holds the spool and the numbers of one load."""

    def __init__(
        self,
        connection: Connection,
        model: Model,
        lease: Lease,
        revision: int,
        labels: Callable[[Model, str], str],
    ) -> None:
        self._connection = connection
        self._model = model
        self._lease = lease
        self._revision = revision
        self._next = revision + 1
        self._labels = labels
        self._types = relation_types(model)
        self._published: dict[str, str] = {}
        self._changed_sources: set[str] = set()

    async def publish(self, publication: Publication) -> LoadRecord:
        """See :meth:`graphsvc.store.Store.publish`."""
        load = publication.load
        with Spool() as spool:
            await self._fill(spool, publication)
            await self._refuse_missing_ends(spool)
            nothing = not any(spool.count(table) for table in ("record", "relation", "retired"))
            if not nothing:
                await self._connection.execute(_LOADING, next=self._next)
                await self._withdraw(spool)
                await self._read_sources(spool)
                await self._write_things(spool)
                await self._write_relations(spool)
            done = self._summary(spool, load, self._revision if nothing else self._next)
            await self._flip(spool, done, bump=not nothing)
        return done

    async def _fill(self, spool: Spool, publication: Publication) -> None:
        dataset = publication.load.dataset
        if publication.base is not None:
            rows = await self._connection.execute(_LAST, dataset=dataset)
            if rows and rows[0][0] > publication.base:
                raise StoreBusy(f"{dataset} was loaded by somebody else meanwhile.", "Load it again.")
        forward = {name: kind for kind, name in self._types.items()}
        for batch in _chunks(publication.added, BATCH):
            self._refuse_unknown_terms(batch, forward)
            spool.claims(batch, forward)
            await self._breathe()
        for ids in _chunks(publication.retired, BATCH):
            spool.many("INSERT OR IGNORE INTO retired VALUES (?)", [(claim,) for claim in ids])
        spool.index()
        await self._read_current(spool, dataset)
        spool.settle()

    def _refuse_unknown_terms(self, batch: Sequence[Claim], forward: dict[str, str]) -> None:
        for claim in batch:
            name = getattr(claim, "class_name", "")
            if name and (name not in self._model.classes or self._model.classes[name].abstract):
                raise StoreError(f"{name} is not a class of which a thing can be.", "Check the ontology.")
            relation = getattr(claim, "relation", "")
            if relation and relation not in forward:
                raise StoreError(f"{relation} is not a relation of the ontology in its stored direction.", "Check the ontology.")

    async def _read_current(self, spool: Spool, dataset: str) -> None:
        known = {"dataset": dataset, "rev": self._revision}
        texts = [_RECORDS_OF]
        if self._types:
            texts.append(
                f"MATCH (n:Entity)-[r:{'|'.join(self._types)}]->() WHERE r.dataset = $dataset "
                "AND r.knownFrom <= $rev AND $rev < r.knownTo RETURN r.id, type(r), n.id"
            )
        for text in texts:
            async with self._connection.stream(text, known) as rows:
                batch: list[Sequence[Any]] = []
                async for row in rows:
                    batch.append(row)
                    if len(batch) == BATCH:
                        spool.many("INSERT OR IGNORE INTO current VALUES (?, ?, ?)", batch)
                        batch.clear()
                        await self._breathe()
                spool.many("INSERT OR IGNORE INTO current VALUES (?, ?, ?)", batch)

    async def _refuse_missing_ends(self, spool: Spool) -> None:
        """Raise :class:`StoreError` for relations to things that neither this load nor the store has."""
        missing: list[str] = []
        ends = "SELECT subject FROM relation UNION SELECT object FROM relation EXCEPT SELECT entity FROM record ORDER BY 1"
        for rows in spool.batches(ends, (), BATCH):
            ids = [row[0] for row in rows]
            standing = await self._connection.execute(_STANDING, ids=ids, open=OPEN)
            missing.extend(sorted(set(ids) - {row[0] for row in standing}))
        missing.extend(await self._withdrawn_ends(spool))
        if missing:
            named = ", ".join(missing[:_SHOWN_MISSING])
            more = f" and {len(missing) - _SHOWN_MISSING} more" if len(missing) > _SHOWN_MISSING else ""
            raise StoreError(
                f"Relations name things that are not in the store: {named}{more}.", "Load the dataset that describes them first."
            )

    async def _withdrawn_ends(self, spool: Spool) -> list[str]:
        """Ends of new relations that this very load withdraws: their last record goes, and none comes."""
        found: list[str] = []
        ends = (
            "SELECT DISTINCT current.subject FROM current JOIN retired ON current.id = retired.id WHERE current.type = '' "
            "AND current.subject IN (SELECT subject FROM relation UNION SELECT object FROM relation) "
            "AND current.subject NOT IN (SELECT entity FROM record)"
        )
        gone = {row[0] for row in spool.all("SELECT id FROM retired")} if spool.all(ends + " LIMIT 1") else set()
        for rows in spool.batches(ends, (), _THINGS):
            for thing, records in await self._connection.execute(_CURRENT, ids=[row[0] for row in rows], open=OPEN):
                if all(record["id"] in gone for record in records):
                    found.append(thing["id"])
        return found

    async def _withdraw(self, spool: Spool) -> None:
        known = {"open": OPEN, "next": self._next}
        joined = "FROM current JOIN retired ON current.id = retired.id WHERE current.type"
        for rows in spool.batches(f"SELECT current.id {joined} = ''", (), BATCH):
            await self._connection.execute(_WITHDRAW_RECORDS, rows=[row[0] for row in rows], **known)
            await self._breathe()
        for (kind,) in spool.all(f"SELECT DISTINCT current.type {joined} <> ''"):
            text = (
                "UNWIND $rows AS row MATCH (n:Entity {id: row.subject}) "
                f"WITH n, row MATCH (n)-[r:{kind}]->() WHERE r.id IN row.ids AND r.knownTo = $open SET r.knownTo = $next"
            )
            chosen = f"SELECT current.subject, current.id {joined} = ? ORDER BY current.subject"
            for rows in spool.batches(chosen, (kind,), BATCH):
                await self._connection.execute(text, rows=by_subject(rows), **known)
                await self._breathe()

    async def _read_sources(self, spool: Spool) -> None:
        """When each source was published, for the ranks; and which sources change that with this load."""
        sources = [row[0] for row in spool.all("SELECT source FROM record UNION SELECT source FROM relation")]
        in_store: dict[str, str] = {}
        touched = [row[0] for row in spool.all("SELECT entity FROM touched WHERE entity LIKE 'source/%'")]
        for ids in _chunks(dict.fromkeys([*sources, *touched]), BATCH):
            rows = await self._connection.execute(_PUBLISHED, ids=ids, rev=self._revision)
            in_store.update({source: published or "" for source, published in rows})
        self._published.update(in_store)
        for source, payload in spool.all(
            "SELECT entity, payload FROM record WHERE entity IN (SELECT source FROM record UNION SELECT source FROM relation)"
        ):
            self._published[source] = json.loads(json.loads(payload)["values"]).get("published", "")
        self._changed_sources.update(source for source, before in in_store.items() if self._published[source] != before)

    async def _write_things(self, spool: Spool) -> None:
        """Write records; new things with their values; stage what the visible ones will look like."""
        for rows in spool.batches("SELECT entity FROM touched ORDER BY entity", (), _THINGS):
            ids = [row[0] for row in rows]
            held = {
                thing["id"]: (thing, records) for thing, records in await self._connection.execute(_CURRENT, ids=ids, open=OPEN)
            }
            fresh = self._fresh_records(spool, ids)
            made: dict[str, list[dict[str, Any]]] = {}
            staged: list[tuple[str, int, str]] = []
            for entity in ids:
                thing, records = held.get(entity, (None, []))
                every = [*records, *fresh.get(entity, ())]
                if not every:
                    staged.append((entity, 1, ""))
                    continue
                class_name = every[0]["class"]
                shown = preferred(entity, class_name, every, self._texts(class_name))
                shown["knownFrom"] = self._next if thing is None else thing["knownFrom"]
                shown["knownTo"] = OPEN
                if thing is None:
                    made.setdefault(class_name, []).append(shown)
                elif shown != thing:
                    staged.append((entity, 0, json.dumps(shown, ensure_ascii=False)))
            await self._write(made, [record for entity in ids for record in fresh.get(entity, ())])
            spool.many("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", staged)
            await self._breathe()

    def _fresh_records(self, spool: Spool, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        marks = ",".join("?" * len(ids))
        found: dict[str, list[dict[str, Any]]] = {}
        for entity, payload in spool.all(f"SELECT entity, payload FROM record WHERE entity IN ({marks}) ORDER BY id", ids):  # noqa: S608
            found.setdefault(entity, []).append(self._known(json.loads(payload)))
        return found

    def _known(self, claim: dict[str, Any]) -> dict[str, Any]:
        claim["rank"] = rank(claim, self._published.get(claim["source"], ""))
        claim["knownFrom"] = self._next
        claim["knownTo"] = OPEN
        return claim

    def _texts(self, class_name: str) -> set[str]:
        return {item.name for item in self._model.classes[class_name].properties if item.datatype == "string"}

    async def _write(self, made: dict[str, list[dict[str, Any]]], records: list[dict[str, Any]]) -> None:
        async def work(transaction: Transaction) -> None:
            for class_name, rows in made.items():
                labels = self._labels(self._model, class_name)
                await run(transaction, f"UNWIND $rows AS row CREATE (n{labels}) SET n = row", {"rows": rows})
            for rows in _chunks(records, BATCH):
                written = await run(transaction, _WRITE_RECORDS, {"rows": rows})
                if written[0][0] != len(rows):
                    raise StoreError("The store lost a thing while it was described.", "Nothing was published; load again.")

        if made or records:
            await self._connection.write(work)

    async def _write_relations(self, spool: Spool) -> None:
        for (kind,) in spool.all("SELECT DISTINCT type FROM relation ORDER BY type"):
            text = (
                "UNWIND $rows AS row MATCH (a:Entity {id: row.subject}) MATCH (b:Entity {id: row.object}) "
                f"CREATE (a)-[r:{kind}]->(b) SET r = row.claim RETURN count(r)"
            )
            chosen = "SELECT subject, object, payload FROM relation WHERE type = ? ORDER BY subject"
            for batch in spool.batches(chosen, (kind,), BATCH):
                rows = [
                    {"subject": subject, "object": target, "claim": self._known(json.loads(payload))}
                    for subject, target, payload in batch
                ]
                written = await self._connection.execute(text, rows=rows)
                if written[0][0] != len(rows):
                    raise StoreError(
                        "A thing that a relation names left the store meanwhile.", "Nothing was published; load again."
                    )
                await self._breathe()

    def _summary(self, spool: Spool, load: LoadRecord, revision: int) -> LoadRecord:
        kept = "FROM current WHERE id NOT IN (SELECT id FROM retired)"
        claims = spool.all(f"SELECT (SELECT count(*) {kept}) + (SELECT count(*) FROM record) + (SELECT count(*) FROM relation)")  # noqa: S608
        things = spool.all(f"SELECT count(*) FROM (SELECT subject {kept} AND type = '' UNION SELECT entity FROM record)")  # noqa: S608
        return replace(
            load,
            revision=revision,
            loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
            claims=claims[0][0],
            entities=things[0][0],
        )

    async def _flip(self, spool: Spool, load: LoadRecord, *, bump: bool) -> None:
        properties = asdict(load) | {
            "id": f"{load.dataset}@{load.revision}",
            "files": list(load.files),
            "findings": json.dumps(load.findings, ensure_ascii=False),
            "last": True,
        }

        async def work(transaction: Transaction) -> None:
            await self._lease.confirm(transaction)
            for rows in spool.batches("SELECT payload FROM staged WHERE NOT gone", (), BATCH):
                await run(transaction, _STAGED, {"rows": [json.loads(row[0]) for row in rows]})
            for rows in spool.batches("SELECT entity FROM staged WHERE gone", (), BATCH):
                await run(transaction, _GONE, {"rows": [row[0] for row in rows], "next": self._next})
            await run(transaction, _OLD_LOADS, {"dataset": load.dataset})
            await run(transaction, _LOAD, {"load": properties})
            if bump and not await run(transaction, _FLIP, {"rev": self._revision, "next": self._next}):
                raise StoreError("The store moved on while this load was under way.", "Nothing was published; load again.")

        await self._connection.write(work)

    async def _breathe(self) -> None:
        """Let other tasks run and keep the lease."""
        await asyncio.sleep(0)
        await self._lease.renew()


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
