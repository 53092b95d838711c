"""When what a release newly says of an entry began, where the release itself gives no day.

A release that puts one area in the place of another says nothing of the day. The old one is known to have stood until the
release before, the new one since this release; what stood between the two is not known, and is not guessed (decision 0006).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from graphsvc.loading.spool import LOCATOR, START, as_text, from_text
from graphsvc.pipeline.holdings import FRESH, PAGE, PUBLISHED, Holdings
from graphsvc.pipeline.stepping import Step
from graphsvc.provenance import RelationClaim
from graphsvc.store import Held, Store

SINCE: Final = "Stated since the release of"
"""How the note of a claim begins whose start is that of a release."""
_UNDATED: Final = f"{FRESH} AND claims.relation <> '' AND {START} IS NULL"
_TABLES: Final = f"""
CREATE TABLE begun_entries AS SELECT DISTINCT {LOCATOR} AS locator, subject AS id FROM claims
  WHERE {PUBLISHED} AND relation = '' AND id NOT IN (SELECT id FROM stubs);
CREATE INDEX begun_entries_locator ON begun_entries (locator)
"""  # noqa: S608  (fixed names)


async def date_what_is_new(store: Store, holdings: Holdings, step: Step) -> None:
    """Give the claims that take the place of others, and have no day of their own, the day of the release.

    Of an entry that had closed by then it is the day after the release before. What was given a day by an earlier load keeps it.
    """
    await _restate(store, holdings)
    if step.release.released:
        _begin(holdings, step, step.release.released)


async def _restate(store: Store, holdings: Holdings) -> None:
    """The input says again, without a day, what the store holds since a release: it is the same claim."""
    same = " AND ".join(f"stored.{name} = undated.{name}" for name in ("subject", "relation", "object", "source"))
    columns = "stored.id, stored.relation, stored.subject, stored.object, stored.source, stored.known, stored.stub"
    after = ""
    while True:
        rows = holdings.sql.execute(
            f"SELECT undated.id, undated.body, {columns} FROM (SELECT * FROM claims WHERE {_UNDATED}) AS undated "  # noqa: S608
            f"JOIN stored ON {same} WHERE stored.fate = 'gone' AND undated.id > ? ORDER BY undated.id LIMIT {PAGE}",
            (after,),
        ).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        held = {claim.id: claim for claim in await store.claims([Held._make(row[2:]) for row in rows])}
        for fresh_id, body, stored_id, *_ in rows:
            stored, fresh = held.get(stored_id), from_text(body)
            if isinstance(stored, RelationClaim) and isinstance(fresh, RelationClaim):
                said = stored.qualifiers
                if said.note.startswith(SINCE) and (said.valid_to, said.status) == (
                    fresh.qualifiers.valid_to,
                    fresh.qualifiers.status,
                ):
                    _put(holdings, fresh_id, replace(fresh, qualifiers=said))
                    holdings.decide(stored_id, "said")


def _begin(holdings: Holdings, step: Step, released: date) -> None:
    """What takes the place of something that this entry stood in the same relation to begins with the release."""
    for statement in _TABLES.strip().split(";\n"):
        holdings.sql.execute(statement)
    instead = f"""EXISTS (
      SELECT 1 FROM begun_entries JOIN stored ON stored.relation = claims.relation AND stored.fate = 'gone'
        AND stored.source = claims.source AND stored.known <= ?
        AND begun_entries.id IN (claims.subject, claims.object)
        AND (stored.subject = claims.subject OR stored.object = claims.object)
        AND begun_entries.id IN (stored.subject, stored.object)
      WHERE begun_entries.locator = {LOCATOR})"""  # noqa: S608  (fixed names)
    unknown = (
        "NOT EXISTS (SELECT 1 FROM stored WHERE stored.subject = claims.subject AND stored.relation = claims.relation "
        "AND stored.object = claims.object AND stored.source = claims.source)"
    )
    after = ""
    while True:
        rows = holdings.sql.execute(
            f"SELECT claims.id, claims.body FROM claims WHERE {_UNDATED} AND claims.id > ? AND {unknown} AND {instead} "  # noqa: S608
            f"ORDER BY claims.id LIMIT {PAGE}",
            (after, step.base),
        ).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        for fresh_id, body in rows:
            claim = from_text(body)
            said = claim.qualifiers
            first, stated = released, step.release.stated
            if said.valid_to and said.valid_to <= released and step.previous and step.previous.day:
                first = step.previous.day + timedelta(days=1)
                stated = first.isoformat()
            if not isinstance(claim, RelationClaim) or (said.valid_to and said.valid_to <= first):
                continue
            edtf = f"{stated}/{said.edtf.rpartition('/')[2]}"
            note = f"{SINCE} {step.release.stated}; the one before stated another. {said.note}".strip()
            _put(holdings, fresh_id, replace(claim, qualifiers=replace(said, valid_from=first, edtf=edtf, note=note)))


def _put(holdings: Holdings, claim_id: str, claim: RelationClaim) -> None:
    """Let a claim stand in the place of the one that the input made."""
    body = as_text(claim)
    holdings.sql.execute("UPDATE OR IGNORE claims SET id = ?, body = ? WHERE id = ? AND used = 0", (claim.id, body, claim_id))
