"""Compares a release of a directory with the store: ends what vanished, and keeps what changed as history.

Nothing that an earlier release said is lost (decision 0006). An entry that is no longer listed stays as it was, and a claim says
since which release; what a listed entry no longer says is kept as history, cited from the release that said it last; a file
that corrects its own release replaces what that release alone said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from graphsvc.dates import period, split
from graphsvc.loading import Context
from graphsvc.loading.spool import LOCATOR, NOTE, START, from_text
from graphsvc.pipeline.difference import Difference, describe, keeps, parts, show_examples
from graphsvc.pipeline.holdings import FRESH, PUBLISHED, Holdings
from graphsvc.pipeline.release_order import Step
from graphsvc.pipeline.start_days import SINCE, set_start_days
from graphsvc.provenance import OPEN, Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.store import Store

MARK: Final = "noLongerListedIn"
UNMARKED: Final = ("Source", "OrganisationRole", "Category")
"""Classes that a directory describes without listing them: none of them is ever no longer listed."""
MANY: Final = 100
"""Entries that are there, times entries that are missing, from which on it is no chance that those missing are the last."""
_START: Final = f"CASE WHEN {NOTE} LIKE '{SINCE}%' THEN NULL ELSE {START} END"
"""A start that the input states; one that :mod:`graphsvc.pipeline.start_days` gave it ends nothing."""
_NO_STUB: Final = "id NOT IN (SELECT id FROM stubs)"
_TABLES: Final = f"""
CREATE TABLE past_releases (id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO past_releases SELECT DISTINCT subject FROM stored WHERE relation = 'releaseOf';
CREATE TABLE now_described AS SELECT DISTINCT subject AS id FROM claims WHERE {PUBLISHED} AND relation = '' AND {_NO_STUB};
CREATE UNIQUE INDEX now_described_id ON now_described (id);
CREATE TABLE now_named AS SELECT DISTINCT subject AS id FROM claims WHERE {PUBLISHED} AND relation = '';
CREATE UNIQUE INDEX now_named_id ON now_named (id);
CREATE TABLE now_spoken AS SELECT DISTINCT {LOCATOR} AS locator FROM claims WHERE {PUBLISHED} AND {_NO_STUB};
CREATE UNIQUE INDEX now_spoken_locator ON now_spoken (locator);
CREATE TABLE now_fresh AS SELECT {LOCATOR} AS locator, relation, subject, object, {_START} AS start FROM claims
  WHERE {FRESH} AND relation <> '';
CREATE INDEX now_fresh_subject ON now_fresh (locator, relation, subject, start);
CREATE INDEX now_fresh_object ON now_fresh (locator, relation, object, start);
CREATE INDEX now_fresh_fact ON now_fresh (subject, relation, object);
CREATE TABLE now_vanished (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE now_marked (id TEXT PRIMARY KEY) WITHOUT ROWID
"""


async def compare(context: Context, store: Store, holdings: Holdings, step: Step, unreadable: int) -> Difference:
    """Compares a release with the store and decides about every claim that is gone; see :mod:`graphsvc.pipeline.holdings`.

    ``unreadable`` is the number of rows that were refused before anybody could tell of which entry they are: while there are
    any, what is not found may be theirs, so that nothing is marked as no longer listed.
    """
    await holdings.fill(store, context.dataset)
    if step.previous:
        await set_start_days(store, holdings, step)
    return await _Comparison(context, store, holdings, step, bool(unreadable or context.unread)).run()


class _Comparison:
    def __init__(self, context: Context, store: Store, holdings: Holdings, step: Step, doubtful: bool) -> None:
        self.context = context
        self.store = store
        self.holdings = holdings
        self.step = step
        self.doubtful = doubtful
        self.partial = step.amends or context.partial
        self.difference = Difference()
        self.sql = holdings.sql
        holdings.run(_TABLES)

    async def run(self) -> Difference:
        """Makes the decisions in the order in which they depend on each other."""
        self._keep_sources_and_history()
        await self._end_marks()
        if not self.partial:
            self._find_vanished()
            self.difference.ends_early = self._end_of_cut_file()
        self._decide_without_reading()
        await self._decide_each()
        self._mark_unlisted()
        await self._count()
        return self.difference

    # -- what needs no look ------------------------------------------------------------------------------------------------

    def _keep_sources_and_history(self) -> None:
        """Keeps earlier releases and the claims cited from them; the directory's own record goes with each release."""
        living, release, base = self.step.release.directory, self.step.release.source, self.step.base
        self.sql.execute("INSERT OR IGNORE INTO past_releases VALUES (?)", (release,))
        replaced = "('history')" if self.step.amends else "('changed')"
        self.sql.execute(
            f"UPDATE stored SET fate = {replaced} WHERE fate = 'gone' AND relation = '' AND subject IN (?, ?)",
            (living, release),
        )
        self.holdings.decide_all("history", "subject IN (SELECT id FROM past_releases)")
        self.holdings.decide_all(
            "history", "source IN (SELECT id FROM past_releases) AND relation <> ? AND known <= ?", (MARK, base)
        )

    async def _end_marks(self) -> None:
        """Ends the marks of entries that are listed again."""
        for page in self.holdings.gone("relation = ?", (MARK,)):
            known = {held.id: held.known_from for held in page}
            for claim in await self.store.claims(page):
                self._decide_mark(claim, known[claim.id])

    def _decide_mark(self, claim: Claim, known: int) -> None:
        entity = parts(claim)[0]
        stands = claim.qualifiers.status == "IN_FORCE"
        if not stands or not self._has("now_described", entity):
            self.holdings.decide(claim.id, "history")
            if stands:
                self.sql.execute("INSERT OR IGNORE INTO now_marked VALUES (?)", (entity,))
            return
        self.difference.relisted += 1
        self.difference.show("listed again", describe(claim))
        if self.step.corrects and known > self.step.base:
            self.holdings.decide(claim.id, "retired")
            return
        note = f"Listed again in the release of {self.step.release.stated or 'an unknown date'}."
        ended = ended_on(claim.qualifiers, self.step.release.released, "ENDED", claim.qualifiers.source, note)
        self.holdings.make("ended", replace(claim, qualifiers=ended))
        self.holdings.decide(claim.id, "ended")

    def _find_vanished(self) -> None:
        """Notes the entries that the store describes and this input does not."""
        candidates = "relation = '' AND stub = 0 AND subject NOT IN (SELECT id FROM now_described)"
        for page in self.holdings.gone(candidates):
            for held in page:
                if keeps(self.context.kept, held, self.context.model):
                    self.holdings.decide(held.id, "kept", held.subject)
                else:
                    self.sql.execute("INSERT OR IGNORE INTO now_vanished VALUES (?)", (held.subject,))

    def _end_of_cut_file(self) -> str:
        """Returns the release's last entry if several are missing and all would come after it, as in a file cut short.

        By chance the missing ones would stand at the end of a thousand releases once.
        """
        kinds = "SELECT substr(id, 1, instr(id, '/')), MIN(id), COUNT(*) FROM now_vanished {} GROUP BY 1"
        for kind, first, missing in self.sql.execute(kinds.format("WHERE id NOT IN (SELECT id FROM now_marked)")).fetchall():
            found = self.context.model.class_of(f"{kind}x")
            if found is None or found.name in UNMARKED:
                continue
            # The sign after a slash in the alphabet of ids is 0: all ids of the class stand between the two.
            between = "SELECT MAX(id), COUNT(*) FROM now_described WHERE id >= ? AND id < ?"
            last, there = self.sql.execute(between, (kind, kind.replace("/", "0"))).fetchone()
            if last and last < first and missing > 1 and missing * there >= MANY:
                return str(last)
        return ""

    def _decide_without_reading(self) -> None:
        """Decides about claims that need not be read in full: stubs, and records of entries that vanished."""
        self.holdings.decide_all("changed", "stub = 1 AND subject IN (SELECT id FROM now_named)")
        self.holdings.decide_all("history", "stub = 1")
        earlier = "relation = '' AND subject IN (SELECT id FROM now_vanished) AND known <= ?"
        base = self.step.base if self.step.corrects else OPEN
        self.holdings.decide_all("unsure" if self.doubtful else "history", earlier, (base,))

    # -- one by one ----------------------------------------------------------------------------------------------------------

    async def _decide_each(self) -> None:
        for page in self.holdings.gone():
            full = {claim.id: claim for claim in await self.store.claims(page)}
            for held in page:
                claim = full.get(held.id)
                if claim is None:
                    self.holdings.decide(held.id, "history")
                    continue
                own = self.step.corrects and held.known_from > self.step.base
                locator = claim.qualifiers.locator
                if self._has("past_releases", held.source):
                    self.holdings.decide(held.id, "retired" if self._is_restated(claim) else "history")
                elif keeps(self.context.kept, held, self.context.model):
                    self.holdings.decide(held.id, "kept", describe(claim), locator)
                elif self.partial and not self._has("now_spoken", locator, "locator"):
                    self.holdings.decide(held.id, "history")
                elif isinstance(claim, EntityRecord):
                    self._decide_record(claim, own)
                else:
                    self._decide_relation(claim, own)

    def _decide_record(self, claim: EntityRecord, own: bool) -> None:
        if not self._has("now_described", claim.entity):
            self._keep_unlisted(claim, own)
        elif self.doubtful and not self._has("now_spoken", claim.qualifiers.locator, "locator"):
            self.holdings.decide(claim.id, "unsure")
        elif own or self._is_restated(claim):
            self.holdings.decide(claim.id, "changed", describe(claim), claim.qualifiers.locator)
        else:
            self._supersede(claim, self._last_day_after())

    def _decide_relation(self, claim: RelationClaim, own: bool) -> None:
        qualifiers = claim.qualifiers
        listed = self._has("now_spoken", qualifiers.locator, "locator")
        if self._has_new_wording(claim):
            self.holdings.decide(claim.id, "changed", describe(claim), qualifiers.locator)
        elif not listed and any(
            self._has("now_vanished", end) or not self._has("now_named", end) for end in (claim.subject, claim.object)
        ):
            self._keep_unlisted(claim, own)
        elif self.doubtful and not self._is_followed(claim):
            self.holdings.decide(claim.id, "unsure")
        elif own:
            self.holdings.decide(claim.id, "retired", describe(claim), qualifiers.locator)
        else:
            start = self._next_start(claim)
            self._supersede(claim, date.fromisoformat(start) if start else self._last_day_after())

    def _keep_unlisted(self, claim: Claim, own: bool) -> None:
        """Keeps a claim of an entry that is no longer listed, unless only an earlier file of this very release made it."""
        if own and not self.doubtful:
            self.holdings.decide(claim.id, "retired", describe(claim))
        else:
            self.holdings.decide(claim.id, "unsure" if self.doubtful else "history")

    def _supersede(self, claim: Claim, end: date | None) -> None:
        """Withdraws a claim and keeps its content, cited from the release that last stated it."""
        if self.step.previous is None:
            self.holdings.decide(claim.id, "retired", describe(claim), claim.qualifiers.locator)
            return
        qualifiers = ended_on(claim.qualifiers, end, "SUPERSEDED", self.step.previous.source, self.step.note)
        self.holdings.make("superseded", replace(claim, qualifiers=qualifiers, origin=None))
        self.holdings.decide(claim.id, "superseded", describe(claim), claim.qualifiers.locator)

    def _last_day_after(self) -> date | None:
        day = self.step.previous.day if self.step.previous else None
        return day + timedelta(days=1) if day else None

    # -- what the input says ---------------------------------------------------------------------------------------------------

    def _has(self, table: str, value: str, column: str = "id") -> bool:
        return self.sql.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (value,)).fetchone() is not None

    def _is_restated(self, claim: Claim) -> bool:
        """Tells whether the input makes the same statement, whatever source and start it gives."""
        if isinstance(claim, EntityRecord):
            query = f"SELECT body FROM claims WHERE subject = ? AND relation = '' AND {PUBLISHED}"
            about = (from_text(body) for (body,) in self.sql.execute(query, (claim.entity,)))
            return any(isinstance(item, EntityRecord) and dict(item.values) == dict(claim.values) for item in about)
        query = f"SELECT 1 FROM claims WHERE subject = ? AND relation = ? AND object = ? AND {PUBLISHED}"
        return self.sql.execute(query, parts(claim)).fetchone() is not None

    def _has_new_wording(self, claim: RelationClaim) -> bool:
        """Tells whether the input states the same relation in another wording, one for each claim that is gone."""
        fresh = self.sql.execute(
            "SELECT start FROM now_fresh WHERE subject = ? AND relation = ? AND object = ?", parts(claim)
        ).fetchall()
        if not fresh:
            return False
        gone = self.holdings.count(
            "SELECT COUNT(*) FROM stored INDEXED BY stored_fact "
            "WHERE subject = ? AND relation = ? AND object = ? AND fate IN ('gone', 'changed') "
            "AND source NOT IN (SELECT id FROM past_releases)",
            parts(claim),
        )
        return len(fresh) >= gone or (claim.qualifiers.holds_from or None) in {start for (start,) in fresh}

    def _is_followed(self, claim: RelationClaim) -> bool:
        """Tells whether the input newly states the same relation of the same entry to something."""
        return any(
            self.sql.execute(f"SELECT 1 {clause} LIMIT 1", given).fetchone() for clause, given in _new_statement_queries(claim)
        )

    def _next_start(self, claim: RelationClaim) -> str:
        """Returns the first day, after the claim's own, since which the input states it; empty if there is none."""
        after = claim.qualifiers.holds_from
        found = [
            self.sql.execute(f"SELECT MIN(start) {clause} AND start > ?", (*given, after)).fetchone()[0]
            for clause, given in _new_statement_queries(claim)
        ]
        return min((str(start) for start in found if start), default="")

    # -- no longer listed --------------------------------------------------------------------------------------------------------

    def _mark_unlisted(self) -> None:
        """Marks each vanished entry with the day since when it is no longer listed, unless it is marked already."""
        unmarked = "SELECT id FROM now_vanished WHERE id NOT IN (SELECT id FROM now_marked) ORDER BY id"
        withdrawn = (
            "SELECT 1 FROM stored INDEXED BY stored_fact WHERE subject = ? AND relation = '' AND fate IN ('history', 'unsure')"
        )
        release, start = self.step.release, period(self.step.release.stated, "")
        for (entity,) in self.sql.execute(unmarked):
            found = self.context.model.class_of(entity)
            if found is None or found.name in UNMARKED or not self.sql.execute(withdrawn, (entity,)).fetchone():
                continue
            self.difference.missing += 1
            if self.doubtful:
                self.difference.unsure += 1
                continue
            qualifiers = Qualifiers(
                release.source, entity.partition("/")[2], valid_from=start[0], edtf=start[2], note=self.step.note
            )
            mark = RelationClaim(entity, MARK, release.source, qualifiers, self.context.dataset)
            if self.holdings.make("mark", mark):
                self.difference.vanished += 1
                self.difference.show("no longer listed", f"{entity} (in {release.source.partition('/')[2]})")

    async def _count(self) -> None:
        difference, holdings = self.difference, self.holdings
        fates = holdings.fates()
        difference.superseded = fates.get("superseded", 0)
        renamed = holdings.count("SELECT COUNT(*) FROM stored WHERE fate = 'superseded' AND relation = ''")
        paired = holdings.paired()
        fresh = holdings.count(f"SELECT COUNT(*) FROM claims WHERE {FRESH}")
        difference.changed = fates.get("changed", 0) + renamed + paired
        difference.added = max(fresh - difference.changed, 0)
        difference.retired = fates.get("retired", 0) - paired
        difference.kept = fates.get("kept", 0)
        difference.unlisted = holdings.count("SELECT COUNT(*) FROM now_marked") + difference.vanished
        slugs = [self.context.model.classes[name].slug for name in UNMARKED if name in self.context.model.classes]
        difference.listed = holdings.count(
            "SELECT COUNT(DISTINCT subject) FROM stored WHERE relation = '' AND stub = 0 "
            "AND source NOT IN (SELECT id FROM past_releases) AND subject NOT IN (SELECT id FROM now_marked) "
            "AND substr(subject, 1, instr(subject, '/') - 1) NOT IN (SELECT value FROM json_each(?))",
            (json.dumps(slugs),),
        )
        difference.touched = holdings.count(
            "SELECT COUNT(DISTINCT entry) FROM stored WHERE fate IN ('changed', 'superseded') AND entry IS NOT NULL"
        )
        for kind in ("superseded", "kept"):
            for text in holdings.shown(kind, 5):
                difference.show(kind, text)
        await show_examples(difference, self.store, holdings)


def _new_statement_queries(claim: RelationClaim) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Yields the SQL clauses, with parameters, that find new statements of a relation at one place, by either end."""
    for end, thing in (("subject", claim.subject), ("object", claim.object)):
        clause = f"FROM now_fresh INDEXED BY now_fresh_{end} WHERE locator = ? AND relation = ? AND {end} = ?"
        yield clause, (claim.qualifiers.locator, claim.relation, thing)


def ended_on(qualifiers: Qualifiers, end: date | None, status: str, source: str, note: str) -> Qualifiers:
    """Returns the qualifiers of a claim that ended on ``end``, or on an earlier day that it states itself.

    Where ``end`` is not after its start, or is not known, it holds on no day.
    """
    if qualifiers.valid_to and (end is None or qualifiers.valid_to <= end):
        end = qualifiers.valid_to
    if end and qualifiers.valid_from and end <= qualifiers.valid_from:
        end = None
    start = split(qualifiers.edtf)[0]
    edtf = f"{start}/{(end - timedelta(days=1)).isoformat()}" if end else f"{start}/" if start else ""
    whole = " ".join(part for part in (qualifiers.note, note) if part)
    return replace(qualifiers, source=source, status=status, valid_to=end, edtf=edtf, note=whole)
