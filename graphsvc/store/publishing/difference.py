"""First step of publishing: stages the difference, drops what changes nothing, and refuses what is inconsistent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from graphsvc.errors import StoreBusy, StoreError
from graphsvc.provenance import OPEN, Claim, EntityRecord
from graphsvc.store.protocol import Publication
from graphsvc.store.publishing.session import PublishingSession, chunks
from graphsvc.store.publishing.sweep import BATCH

_SHOWN_MISSING: Final = 10
_LAST: Final = "MATCH (l:Load {dataset: $dataset}) WHERE l.last RETURN l.revision"
_RECORDS_OF: Final = """
MATCH (r:Record) WHERE r.dataset = $dataset AND r.knownFrom <= $rev AND $rev < r.knownTo
RETURN r.id, '' AS type, r.entity, '' AS object
"""
_STANDING: Final = "UNWIND $ids AS id MATCH (n:Entity {id: id}) WHERE n.knownTo = $open RETURN n.id"
_RECORD_IDS: Final = """
UNWIND $ids AS id MATCH (n:Entity {id: id})
RETURN id, COLLECT { MATCH (n)-[:HAS_RECORD]->(r:Record) WHERE r.knownTo = $open RETURN r.id }
"""


async def take_in(session: PublishingSession, publication: Publication) -> None:
    """Stages the difference on disk and checks it.

    Raises :class:`StoreBusy` if the dataset was loaded since the difference was made, :class:`StoreError` for a term that
    the Model does not have and for a relation to a thing that neither this load nor the store describes.
    """
    dataset = publication.load.dataset
    await _refuse_outdated(session, publication)
    forward = {name: kind for kind, name in session.types.items()}
    for batch in chunks(publication.added, BATCH):
        _refuse_unknown_terms(session, batch, forward)
        session.staging.claims(batch, forward)
        await session.yield_and_renew()
    for ids in chunks(publication.retired, BATCH):
        session.staging.many("INSERT OR IGNORE INTO retired VALUES (?)", [(claim,) for claim in ids])
    session.staging.index()
    await _read_current(session, dataset)
    session.staging.settle()
    await _refuse_missing_ends(session)


async def _refuse_outdated(session: PublishingSession, publication: Publication) -> None:
    if publication.base is None:
        return
    dataset = publication.load.dataset
    rows = await session.connection.execute(_LAST, dataset=dataset)
    if rows and rows[0][0] > publication.base:
        raise StoreBusy(f"{dataset} was loaded by somebody else meanwhile.", "Load it again.")


def _refuse_unknown_terms(session: PublishingSession, batch: Sequence[Claim], forward: dict[str, str]) -> None:
    for claim in batch:
        if isinstance(claim, EntityRecord):
            found = session.model.classes.get(claim.class_name)
            if found is None or found.abstract:
                raise StoreError(f"{claim.class_name} is not a class of which a thing can be.", "Check the ontology.")
        elif claim.relation not in forward:
            raise StoreError(
                f"{claim.relation} is not a relation that the store keeps.", "Name its inverse, or check the ontology."
            )


async def _read_current(session: PublishingSession, dataset: str) -> None:
    texts = [_RECORDS_OF]
    if session.types:
        texts.append(
            f"MATCH (n:Entity)-[r:{'|'.join(session.types)}]->(m:Entity) WHERE r.dataset = $dataset "
            "AND r.knownFrom <= $rev AND $rev < r.knownTo RETURN r.id, type(r), n.id, m.id"
        )
    insert = "INSERT OR IGNORE INTO current VALUES (?, ?, ?, ?)"
    for text in texts:
        batch: list[list[Any]] = []
        async with session.connection.stream(text, {"dataset": dataset, "rev": session.revision}) as rows:
            async for row in rows:
                batch.append(row)
                if len(batch) == BATCH:
                    session.staging.many(insert, batch)
                    batch.clear()
                    await session.yield_and_renew()
        session.staging.many(insert, batch)


async def _refuse_missing_ends(session: PublishingSession) -> None:
    missing: list[str] = []
    ends = "SELECT subject FROM relation UNION SELECT object FROM relation EXCEPT SELECT entity FROM record ORDER BY 1"
    for rows in session.staging.batches(ends, (), BATCH):
        ids = [row[0] for row in rows]
        standing = await session.connection.execute(_STANDING, ids=ids, open=OPEN)
        missing.extend(sorted(set(ids) - {row[0] for row in standing}))
    missing.extend(await _withdrawn_ends(session))
    if missing:
        named = ", ".join(missing[:_SHOWN_MISSING])
        more = f" and {len(missing) - _SHOWN_MISSING} more" if len(missing) > _SHOWN_MISSING else ""
        raise StoreError(
            f"Relations name things that are not in the store: {named}{more}.", "Load the dataset that describes them first."
        )


async def _withdrawn_ends(session: PublishingSession) -> list[str]:
    """Ends of new relations that this very load withdraws: their last record goes, and none comes."""
    found: list[str] = []
    ends = (
        "SELECT DISTINCT current.subject FROM current JOIN retired ON current.id = retired.id WHERE current.type = '' "
        "AND current.subject IN (SELECT subject FROM relation UNION SELECT object FROM relation) "
        "AND current.subject NOT IN (SELECT entity FROM record)"
    )
    for rows in session.staging.batches(ends, (), BATCH):
        held = await session.connection.execute(_RECORD_IDS, ids=[row[0] for row in rows], open=OPEN)
        for thing, records in held:
            marks = ",".join("?" * len(records))
            going = session.staging.all(f"SELECT count(*) FROM retired WHERE id IN ({marks})", records)
            if going[0][0] == len(records):
                found.append(thing)
    return found
