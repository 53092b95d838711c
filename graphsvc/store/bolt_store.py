"""The store over the Bolt protocol: one class for Neo4j and for the embedded engine."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from graphsvc.errors import StoreBusy, StoreError
from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.settings import Settings
from graphsvc.store.connection import Connection
from graphsvc.store.editions import Board, Edition, Editions
from graphsvc.store.export import claims_in_full, claims_in_short, export_claims
from graphsvc.store.protocol import CleanLoad, Held, KnownRelease, LoadRecord, Publication, StoreInfo
from graphsvc.store.publishing.lease import Lease
from graphsvc.store.publishing.publish import COUNT_PUBLICATION, publish
from graphsvc.store.publishing.session import PublishingSession
from graphsvc.store.publishing.size_counts import read_sizes
from graphsvc.store.publishing.staging import Staging
from graphsvc.store.publishing.sweep import BATCH, sweep
from graphsvc.store.schema import LAYOUT, Schema, fingerprint, relation_types
from graphsvc.store.sizes import Sizes

_COUNTING: Final = 120.0
"""Seconds that counting a store may take whose sizes no load has kept."""
_VISIBLE: Final = "{0}.knownFrom <= $rev AND $rev < {0}.knownTo"
_REVISION: Final = "MATCH (r:Revision {id: 'current'}) RETURN r.number, r.loading, r.schema, r.layout"
_EDITION: Final = "MATCH (r:Revision {id: 'current'}) RETURN r.number, r.publications, r.store"
_FIRST: Final = """
MERGE (r:Revision {id: 'current'}) ON CREATE SET r.number = 0, r.publications = 0, r.store = $store
SET r.schema = $schema, r.layout = $layout RETURN r.number
"""
_KNOWN: Final = f"UNWIND $ids AS id MATCH (n:Entity {{id: id}}) WHERE {_VISIBLE.format('n')} RETURN n.id"
_THINGS: Final = f"MATCH (n:Entity) WHERE {_VISIBLE.format('n')} RETURN n.type, count(*) ORDER BY n.type"
_RECORDS: Final = f"MATCH (r:Record) WHERE {_VISIBLE.format('r')} RETURN count(r)"
_LOADS: Final = "MATCH (l:Load) WHERE l.last RETURN properties(l) ORDER BY l.dataset"

_UNCLEAN: Final = "MATCH (l:Load) WHERE coalesce(l.cleaned, 0) < $rule RETURN l.id ORDER BY l.id"
_TOLD: Final = "MATCH (l:Load {id: $id}) RETURN l.findings, l.audit"
_CLEANED: Final = "MATCH (l:Load {id: $id}) SET l.findings = $findings, l.audit = $audit, l.cleaned = $rule"


class BoltStore:
    """A store of one database that speaks Bolt. See :class:`graphsvc.store.Store` for what each method promises."""

    def __init__(
        self,
        connection: Connection,
        model: Model,
        schema: Schema,
        name: str,
        labels: Callable[[Model, str], str],
        settings: Settings,
    ) -> None:
        self._connection = connection
        self._model = model
        self._schema = schema
        self._name = name
        self._labels = labels
        self._read_timeout = max(settings.query_timeout, settings.page_timeout)
        """Seconds that a read of the service or of its pages may take; a load's own reads have no such limit."""
        self._editions = Editions(settings.revision_age, Board(settings.data_dir))

    @property
    def text_index(self) -> str:
        """Name of the full text index, for ``db.index.fulltext.queryNodes``."""
        return self._schema.text_index

    @property
    def reads_in_order(self) -> bool:
        """Whether an index gives things in its order."""
        return self._schema.reads_in_order

    async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        """Rows of one read, as lists in the order of ``RETURN``; no read goes on without a time limit."""
        return await self._connection.read(text, parameters, timeout or self._read_timeout)

    async def prepare(self) -> None:
        """Defines the types and indexes of the Model and sweeps away what an unfinished load left."""
        number, loading, schema, layout = await self._state()
        if layout and layout != LAYOUT:
            raise StoreError(
                "The store was filled by another version of graphsvc.", "Empty it and load the maps again, or use that version."
            )
        if schema != fingerprint(self._model):
            await self._schema.define(self._model)
            await self._connection.merge(_FIRST, schema=fingerprint(self._model), layout=LAYOUT, store=secrets.token_hex(8))
        if loading is not None:
            with suppress(StoreBusy):  # a load is under way: what it has written is not ours to sweep
                await self._sweep(number)

    async def _state(self) -> tuple[int, int | None, str, str]:
        rows = await self._connection.execute(_REVISION)
        if not rows:
            return 0, None, "", ""
        number, loading, schema, layout = rows[0]
        return number, loading, schema or "", layout or ""

    async def _sweep(self, revision: int) -> None:
        lease = Lease(self._connection, "sweeping up")
        await lease.take()
        try:
            await sweep(self._connection, list(relation_types(self._model)), revision, lease)
        finally:
            await lease.release()

    async def revision(self) -> int:
        """The current revision; 0 in an empty store."""
        return (await self.edition(fresh=True)).revision

    async def edition(self, *, fresh: bool = False) -> Edition:
        """The current edition, at most as old as the settings allow; with ``fresh`` as it is now."""
        if fresh:
            self._editions.forget()
        return await self._editions.current(self._read_edition)

    async def _read_edition(self) -> Edition:
        rows = await self.read(_EDITION, {})
        number, publications, store = rows[0] if rows else (0, 0, "")
        return Edition(number, publications or 0, store or "")

    async def claims_of(self, dataset: str) -> AsyncIterator[Sequence[Held]]:
        """The dataset's current claims in short form, in batches."""
        async for batch in claims_in_short(self._connection, self._model, dataset, await self.revision(), BATCH):
            yield batch

    async def claims(self, held: Sequence[Held]) -> list[Claim]:
        """The full claims for short ones, leaving out those no longer current."""
        return await claims_in_full(self._connection, self._model, held, await self.revision())

    def _of_relations(self, condition: str, returns: str) -> list[str]:
        types = "|".join(relation_types(self._model))
        return [f"MATCH ()-[r:{types}]->() WHERE {condition}{_VISIBLE.format('r')} {returns}"] if types else []

    async def known(self, ids: Sequence[str]) -> set[str]:
        """Which of the given ids the store holds at the current revision."""
        rows = await self._connection.read(_KNOWN, {"ids": list(ids), "rev": await self.revision()})
        return {row[0] for row in rows}

    async def publish(self, publication: Publication) -> LoadRecord:
        """Write a difference under the next revision and flip to it.

        Raises :class:`StoreBusy` while another load is under way, :class:`StoreError` for a relation to a thing that
        nobody describes; either way nothing is published.
        """
        await self.prepare()
        lease = Lease(self._connection, f"loading {publication.load.dataset}")
        await lease.take()
        types = relation_types(self._model)
        try:
            number, loading, _, _ = await self._state()
            if loading is not None:
                await sweep(self._connection, list(types), number, lease)
            try:
                with Staging() as staging:
                    session = PublishingSession(self._connection, self._model, staging, lease, self._labels, types, number)
                    return await publish(session, publication)
            except Exception:
                with suppress(StoreError):  # what cannot be swept now is swept by the next load
                    await self._give_up(list(types), number, lease)
                raise
        finally:
            self._editions.published()
            await lease.release()

    async def _give_up(self, types: Sequence[str], revision: int, lease: Lease) -> None:
        if not await self._connection.answers():
            return
        number, loading, _, _ = await self._state()
        if loading is not None and number == revision and await lease.mine():
            await sweep(self._connection, types, revision, lease)

    async def export(self) -> AsyncIterator[Sequence[Claim]]:
        """Every current claim, in batches: records by thing, then relations by subject and object; of the same the best first."""
        async for batch in export_claims(self._connection, self._model, await self.revision()):
            yield batch

    async def sizes(self) -> Sizes:
        """Counts of nodes and relationships at the current revision."""
        return await read_sizes(self._connection, list(relation_types(self._model)), _COUNTING)

    async def loads(self) -> list[LoadRecord]:
        """The last load of each dataset, by its name."""
        return [_load(row[0]) for row in await self.read(_LOADS, {})]

    async def clean_loads(self, rule: int, clean: CleanLoad) -> int:
        """Cleans the stored findings and audits of loads that have not passed version ``rule``, one load at a time."""
        changed = 0
        for (load,) in await self._connection.execute(_UNCLEAN, rule=rule):
            for findings, audit in await self._connection.execute(_TOLD, id=load):
                kept, names = clean(json.loads(findings or "[]"), json.loads(audit or "{}"))
                told = {"findings": json.dumps(kept, ensure_ascii=False), "audit": json.dumps(names, ensure_ascii=False)}
                changed += (told["findings"], told["audit"]) != (findings, audit)
                await self._connection.execute(_CLEANED, id=load, rule=rule, **told)
        if changed:
            await self._connection.execute(COUNT_PUBLICATION, store=secrets.token_hex(8))
            self._editions.published()
        return changed

    async def info(self) -> StoreInfo:
        """Engine, version, revision and counts."""
        revision = await self.revision()
        known = {"rev": revision}
        things = await self.read(_THINGS, known)
        claims = (await self.read(_RECORDS, known))[0][0]
        for text in self._of_relations("", "RETURN count(r)"):
            claims += (await self.read(text, known))[0][0]
        return StoreInfo(
            engine=self._name,
            version=self._connection.version,
            address=self._connection.address,
            revision=revision,
            entities=dict(row for row in things),
            claims=claims,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._editions.close()
        await self._connection.close()


def _load(properties: Mapping[str, Any]) -> LoadRecord:
    names = LoadRecord.__dataclass_fields__
    kept = {name: value for name, value in properties.items() if name in names}
    kept["files"] = tuple(kept.get("files", ()))
    kept["findings"] = tuple(json.loads(kept.get("findings", "[]")))
    kept["accepted"] = tuple(kept.get("accepted", ()))
    kept["releases"] = tuple(KnownRelease(*item) for item in json.loads(kept.get("releases", "[]")))
    kept["audit"] = json.loads(kept.get("audit", "{}"))
    return LoadRecord(**kept)
