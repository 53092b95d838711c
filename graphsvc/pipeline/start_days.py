"""Works out the start day of a new statement in a release that states none.

A release that puts one area in the place of another says nothing of the day. The old one is known to have stood until the
release before, the new one since this release; what stood between the two is not known, and is not guessed (decision 0006).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from graphsvc.loading.spool import LOCATOR, START, as_text, from_text
from graphsvc.pipeline.holdings import FRESH, PAGE, PUBLISHED, Holdings
from graphsvc.pipeline.release_order import Step
from graphsvc.provenance import RelationClaim
from graphsvc.store import Held, Store

SINCE: Final = "Stated since the release of"
"""How the note of a claim begins whose start is that of a release."""
_UNDATED: Final = f"{FRESH} AND claims.relation <> '' AND {START} IS NULL"
_RESTATED: Final = f"""
CREATE TABLE begun_restated (fresh TEXT NOT NULL, stored TEXT NOT NULL, PRIMARY KEY (fresh, stored)) WITHOUT ROWID;
INSERT INTO begun_restated SELECT claims.id, stored.id FROM claims CROSS JOIN stored INDEXED BY stored_fact
  ON stored.subject = claims.subject AND stored.relation = claims.relation AND stored.object = claims.object
  WHERE {_UNDATED} AND stored.fate = 'gone' AND stored.source = claims.source
"""
"""The claims of the input that say again what the store holds, in another wording."""
_BEGUN: Final = f"""
CREATE TABLE begun_entries (locator TEXT, id TEXT, PRIMARY KEY (locator, id)) WITHOUT ROWID;
INSERT OR IGNORE INTO begun_entries SELECT {LOCATOR}, subject FROM claims
  WHERE {PUBLISHED} AND relation = '' AND id NOT IN (SELECT id FROM stubs);
CREATE TABLE begun_before (entry TEXT, relation TEXT, source TEXT, leads INTEGER, PRIMARY KEY (entry, relation, source, leads))
  WITHOUT ROWID;
INSERT OR IGNORE INTO begun_before SELECT subject, relation, source, 1 FROM stored
  WHERE fate = 'gone' AND relation <> '' AND known <= :base;
INSERT OR IGNORE INTO begun_before SELECT object, relation, source, 0 FROM stored
  WHERE fate = 'gone' AND relation <> '' AND known <= :base;
CREATE TABLE begun (id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO begun SELECT id FROM claims WHERE {_UNDATED} AND ({{led}} OR {{leading}}) AND NOT EXISTS (
  SELECT 1 FROM stored INDEXED BY stored_fact WHERE stored.subject = claims.subject AND stored.relation = claims.relation
  AND stored.object = claims.object AND stored.source = claims.source)
"""
"""The entries described at each place; in which relations what is gone stood, by either end; and what takes its place: what the
input says at the place of an entry, of a relation in which that entry stood at the same end."""
_AT_ITS_PLACE: Final = f"""(
  EXISTS (SELECT 1 FROM begun_entries WHERE locator = {LOCATOR} AND id = claims.{{end}})
  AND EXISTS (SELECT 1 FROM begun_before WHERE entry = claims.{{end}} AND relation = claims.relation
              AND source = claims.source AND leads = {{leads}}))
"""


async def set_start_days(store: Store, holdings: Holdings, step: Step) -> None:
    """Gives claims that replace others, and have no start day of their own, the day of the release.

    Of an entry that had closed by then it is the day after the release before. What was given a day by an earlier load keeps it.
    """
    await _keep_stored_start(store, holdings)
    if step.release.released:
        _start_on_release(holdings, step, step.release.released)


async def _keep_stored_start(store: Store, holdings: Holdings) -> None:
    """Keeps the stored start day of a statement that the input repeats without a day: it is the same claim."""
    columns = "stored.id, stored.relation, stored.subject, stored.object, stored.source, stored.known, stored.stub"
    holdings.run(_RESTATED)
    after = ("", "")
    while True:
        rows = holdings.sql.execute(
            f"SELECT begun_restated.fresh, claims.body, {columns} FROM begun_restated "
            "CROSS JOIN claims ON claims.id = begun_restated.fresh AND used = 0 "
            "CROSS JOIN stored ON stored.id = begun_restated.stored "
            f"WHERE (begun_restated.fresh, begun_restated.stored) > (?, ?) ORDER BY 1, begun_restated.stored LIMIT {PAGE}",
            after,
        ).fetchall()
        if not rows:
            return
        after = rows[-1][0], rows[-1][2]
        held = {claim.id: claim for claim in await store.claims([Held._make(row[2:]) for row in rows])}
        for fresh_id, body, stored_id, *_ in rows:
            stored, fresh = held.get(stored_id), from_text(body)
            if isinstance(stored, RelationClaim) and isinstance(fresh, RelationClaim):
                qualifiers = stored.qualifiers
                if qualifiers.note.startswith(SINCE) and (qualifiers.valid_to, qualifiers.status) == (
                    fresh.qualifiers.valid_to,
                    fresh.qualifiers.status,
                ):
                    _replace_claim(holdings, fresh_id, replace(fresh, qualifiers=qualifiers))
                    holdings.decide(stored_id, "said")


def _start_on_release(holdings: Holdings, step: Step, released: date) -> None:
    """Starts on the day of the release what replaces something in the same relation to this entry."""
    led, leading = _AT_ITS_PLACE.format(end="subject", leads=1), _AT_ITS_PLACE.format(end="object", leads=0)
    holdings.run(_BEGUN.format(led=led, leading=leading), base=step.base)
    after = ""
    while True:
        rows = holdings.sql.execute(
            "SELECT begun.id, body FROM begun CROSS JOIN claims ON claims.id = begun.id AND used = 0 "
            "WHERE begun.id > ? ORDER BY begun.id LIMIT ?",
            (after, PAGE),
        ).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        for fresh_id, body in rows:
            claim = from_text(body)
            qualifiers = claim.qualifiers
            first, stated = released, step.release.stated
            if qualifiers.valid_to and qualifiers.valid_to <= released and step.previous and step.previous.day:
                first = step.previous.day + timedelta(days=1)
                stated = first.isoformat()
            if not isinstance(claim, RelationClaim) or (qualifiers.valid_to and qualifiers.valid_to <= first):
                continue
            edtf = f"{stated}/{qualifiers.edtf.rpartition('/')[2]}"
            note = f"{SINCE} {step.release.stated}; the one before stated another. {qualifiers.note}".strip()
            _replace_claim(
                holdings, fresh_id, replace(claim, qualifiers=replace(qualifiers, valid_from=first, edtf=edtf, note=note))
            )


def _replace_claim(holdings: Holdings, claim_id: str, claim: RelationClaim) -> None:
    """Replaces a claim of the input by another one."""
    body = as_text(claim)
    holdings.sql.execute("UPDATE OR IGNORE claims SET id = ?, body = ? WHERE id = ? AND used = 0", (claim.id, body, claim_id))
