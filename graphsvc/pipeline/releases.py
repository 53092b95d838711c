"""Compares a release of a directory with the store: what it says anew, what is history by it, and what it no longer lists.

Nothing that a release said is lost, and what it said of its own day stays whatever is loaded later (decisions 0006 and 0017).
What follows from what all releases say of an entry is worked out in :mod:`graphsvc.pipeline.history`; here are found the entries
that a release changes: of the latest one those that differ from the store, of one that takes its place before others all.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Final

from graphsvc.loading import Context
from graphsvc.loading.spool import LOCATOR, as_text, from_text
from graphsvc.pipeline.difference import Difference, describe, keeps, parts, show_examples
from graphsvc.pipeline.history import MARK, Entry
from graphsvc.pipeline.holdings import FRESH, PUBLISHED, Holdings
from graphsvc.pipeline.release_order import Step
from graphsvc.provenance import Claim, EntityRecord, RelationClaim, Telling
from graphsvc.store import Held, Store

UNMARKED: Final = ("Source", "OrganisationRole", "Category")
"""Classes that a directory describes without listing them: none of them is ever no longer listed."""
MANY: Final = 100
"""Entries that are there, times entries that are missing, from which on it is no chance that those missing are the last."""
PAGE: Final = 200
"""Entries that are looked at together."""
_STUB: Final = " (named only)"
"""What tells the unit of a thing that is only named from that of an entry with the same code."""
_UNIT: Final = f"CASE WHEN locator = '' THEN subject ELSE locator END || CASE WHEN stub THEN '{_STUB}' ELSE '' END"
_TABLES: Final = f"""
CREATE TABLE past_releases (id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO past_releases SELECT DISTINCT subject FROM stored WHERE relation = 'releaseOf';
INSERT OR IGNORE INTO past_releases SELECT value FROM json_each(:own);
CREATE TABLE stored_units AS SELECT {_UNIT} AS unit, id, relation, subject, source, fate, stub FROM stored
  WHERE relation NOT IN ('{MARK}', 'releaseOf') AND NOT (relation = '' AND subject IN (SELECT id FROM past_releases));
CREATE INDEX stored_units_unit ON stored_units (unit);
CREATE INDEX stored_units_subject ON stored_units (subject, relation, unit);
CREATE TABLE now_said AS SELECT {_UNIT} AS unit, id, subject, relation, stub FROM
  (SELECT id, subject, relation, {LOCATOR} AS locator, id IN (SELECT id FROM stubs) AS stub FROM claims
   WHERE {PUBLISHED} AND relation <> 'releaseOf' AND NOT (relation = '' AND subject IN (SELECT id FROM past_releases)));
CREATE INDEX now_said_unit ON now_said (unit);
CREATE INDEX now_said_subject ON now_said (subject, relation, unit);
CREATE TABLE now_described AS SELECT DISTINCT subject AS id FROM claims
  WHERE {PUBLISHED} AND relation = '' AND id NOT IN (SELECT id FROM stubs);
CREATE UNIQUE INDEX now_described_id ON now_described (id);
CREATE TABLE units (unit TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE marks (id TEXT PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL, stands INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX marks_subject ON marks (subject);
CREATE TABLE now_vanished (id TEXT PRIMARY KEY) WITHOUT ROWID
"""
_DIFFERING: Final = """
INSERT OR IGNORE INTO units SELECT unit FROM stored_units
  WHERE fate = 'gone' AND source NOT IN (SELECT id FROM past_releases WHERE id <> :living);
INSERT OR IGNORE INTO units SELECT unit FROM now_said
  WHERE id NOT IN (SELECT id FROM stored) AND id NOT IN (SELECT statement FROM stored)
"""
"""The entries of which the latest release says something else than the store."""


async def compare(context: Context, store: Store, holdings: Holdings, step: Step, unreadable: int) -> Difference:
    """Compares a release with the store and decides about every claim that changes; see :mod:`graphsvc.pipeline.holdings`.

    ``unreadable`` is the number of rows that were refused before anybody could tell of which entry they are: while there are
    any, what is not found may be theirs, so that nothing is marked as no longer listed.
    """
    await holdings.fill(store, context.dataset)
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
        self._unlisted = self._listed = 0
        holdings.run(_TABLES, own=json.dumps([step.release.directory, step.release.source]))

    async def run(self) -> Difference:
        """Makes the decisions, entry by entry."""
        self._keep_sources()
        await self._read_marks()
        self._find_units()
        async for unit, held, stored, said in self._pages():
            self._decide(unit, held, stored, said)
        self.holdings.decide_all("history", "1")
        if not self.partial:
            self.difference.ends_early = self._end_of_cut_file()
        await self._count()
        return self.difference

    # -- which entries -----------------------------------------------------------------------------------------------------------

    def _keep_sources(self) -> None:
        """Lets the directory's own record go with its latest release, and a release's with its last file."""
        living = self.step.release.directory
        if self.step.amends:
            return
        replaced = [self.step.release.source, *([living] if self.step.latest else [])]
        self.holdings.decide_all(
            "changed", "relation = '' AND subject IN (SELECT value FROM json_each(?))", (json.dumps(replaced),)
        )
        if not self.step.latest:
            self._drop("subject = ? AND relation = ''", living)

    def _is_described(self, entity: str) -> bool:
        return self.sql.execute("SELECT 1 FROM now_described WHERE id = ?", (entity,)).fetchone() is not None

    def _drop(self, where: str, *given: str) -> None:
        """Takes claims out of the input: what they say is in the store, or is said by others made of them."""
        self.sql.execute(f"UPDATE claims SET used = 2 WHERE used = 0 AND {where}", given)

    async def _read_marks(self) -> None:
        for page in self.holdings.gone(MARK):
            claims = await self.store.claims(page)
            self.sql.executemany(
                "INSERT INTO marks VALUES (?, ?, ?, ?)",
                [(item.id, parts(item)[0], as_text(item), item.qualifiers.status == "IN_FORCE") for item in claims],
            )

    def _find_units(self) -> None:
        """Finds the entries to look at: of the latest release those that differ, else all that it may change."""
        if not self.step.before:
            return  # every claim of the first release is new, and all releases say it
        if self.step.latest:
            self.holdings.run(_DIFFERING, living=self.step.release.directory)
        if self.partial or not self.step.latest:
            self.sql.execute("INSERT OR IGNORE INTO units SELECT unit FROM now_said")
        if self.partial:
            self.sql.execute("DELETE FROM units WHERE unit NOT IN (SELECT unit FROM now_said)")
        if self.step.earliest or not (self.partial or self.step.latest):
            self.sql.execute("INSERT OR IGNORE INTO units SELECT unit FROM stored_units")

    async def _pages(self) -> AsyncIterator[tuple[str, list[Held], list[Claim], list[Claim]]]:
        """Yields each entry with what the store holds of it and what the input says."""
        after, columns = "", ", ".join(f"stored.{name}" for name in Held._fields)
        while True:
            units = [
                row[0] for row in self.sql.execute(f"SELECT unit FROM units WHERE unit > ? ORDER BY unit LIMIT {PAGE}", (after,))
            ]
            if not units:
                return
            after, given = units[-1], (json.dumps(units),)
            held: dict[str, list[Held]] = {unit: [] for unit in units}
            said: dict[str, list[Claim]] = {unit: [] for unit in units}
            query = (
                f"SELECT stored_units.unit, {columns} FROM json_each(?) AS chosen CROSS JOIN stored_units "
                "ON stored_units.unit = chosen.value CROSS JOIN stored ON stored.id = stored_units.id ORDER BY stored.id"
            )
            for unit, *row in self.sql.execute(query, given):
                held[unit].append(Held._make(row))
            query = (
                "SELECT now_said.unit, claims.body FROM json_each(?) AS chosen "
                "CROSS JOIN now_said ON now_said.unit = chosen.value "
                "CROSS JOIN claims ON claims.id = now_said.id AND claims.used = 0 ORDER BY claims.id"
            )
            for unit, body in self.sql.execute(query, given):
                said[unit].append(from_text(body))
            every = [item for unit in units for item in held[unit]]
            full = {claim.id: claim for claim in await self.store.claims(every)} if every else {}
            for unit in units:
                yield unit, held[unit], [full[item.id] for item in held[unit] if item.id in full], said[unit]

    # -- one by one --------------------------------------------------------------------------------------------------------------

    def _decide(self, unit: str, held: Sequence[Held], stored: Sequence[Claim], said: Sequence[Claim]) -> None:
        """Decides about the claims of one entry."""
        entry = Entry(self.step)
        entry.hold(stored)
        known, kept = set(entry.said), self._kept(entry, held, stored, said)
        if not said and self.doubtful and not self.step.earliest:
            self._leave(held, stored, counted=not kept)
            return
        before = {entity: entry.listed(entity) for entity in _things(stored)}
        if self.step.corrects:
            entry.forget()
        for statement in [*said, *kept]:
            entry.say(statement)
        self._write(entry, stored, said, known)
        if not unit.endswith(_STUB):
            for entity in dict.fromkeys([*before, *_things(said)]):
                self._mark(entry, entity, unit, before.get(entity, set()))

    def _leave(self, held: Sequence[Held], stored: Sequence[Claim], *, counted: bool) -> None:
        """Leaves an entry as it is that may be among the rows that could not be read."""
        for item in held:
            self.sql.execute("UPDATE stored SET fate = 'unsure' WHERE id = ? AND fate = 'gone'", (item.id,))
        for entity in _things(stored) if counted else ():
            marked = self.sql.execute("SELECT 1 FROM marks WHERE subject = ? AND stands", (entity,)).fetchone()
            if self._is_listed_class(entity) and not marked and not self._is_described(entity):
                self.difference.missing += 1
                self.difference.unsure += 1

    def _kept(self, entry: Entry, held: Sequence[Held], stored: Sequence[Claim], said: Sequence[Claim]) -> list[Claim]:
        """What stands though the input does not say it: its row is in error, or may be one that could not be read."""
        short = {item.id: item for item in held}
        names, found = {claim.id for claim in said}, []
        standing = {item.statement.id: item.statement for item in entry.said_before()}
        fresh = [claim for claim in said if isinstance(claim, RelationClaim) and claim.id not in entry.said]
        for claim in stored:
            statement = standing.get(entry.statement(claim).id)
            if statement is None or statement.id in names:
                continue
            if keeps(self.context.kept, short[claim.id], self.context.model):
                self.holdings.decide(claim.id, "kept", describe(claim), claim.qualifiers.locator)
            elif (
                self.doubtful and said and isinstance(claim, RelationClaim) and not any(_follows(other, claim) for other in fresh)
            ):
                self.holdings.decide(claim.id, "unsure")
            else:
                continue
            found.append(statement)
        return found

    def _write(self, entry: Entry, stored: Sequence[Claim], said: Sequence[Claim], known: set[str]) -> None:
        """Withdraws what no longer follows, and adds what does."""
        made = {claim.id: claim for claim in entry.claims()}
        held = {claim.id: claim for claim in stored}
        given = {claim.id for claim in said}
        statements = {claim_id: entry.statement(claim).id for claim_id, claim in {**made, **held}.items()}
        current = {statements[claim_id] for claim_id, claim in made.items() if not _is_history(claim)}
        every = {statements[claim_id] for claim_id in made}
        for claim_id in held.keys() - made.keys():
            claim, statement = held[claim_id], statements[claim_id]
            if statement not in every:
                self.holdings.decide(claim_id, "retired", describe(claim), claim.qualifiers.locator)
            elif statement not in current and not _is_history(claim):
                self.holdings.decide(claim_id, "superseded", describe(claim), claim.qualifiers.locator)
            else:
                self.holdings.decide(claim_id, "retold")
        for claim_id in made.keys() - held.keys():
            if statements[claim_id] in given - known:
                self._replace(statements[claim_id], claim_id, made[claim_id])
            else:
                self.holdings.make("retold", made[claim_id])
        for claim_id in (given & known) - made.keys():
            self._drop("id = ?", claim_id)

    def _replace(self, said: str, claim_id: str, claim: Claim) -> None:
        """Replaces a claim of the input by the same with which releases say it."""
        self.sql.execute(
            "UPDATE OR IGNORE claims SET id = ?, body = ? WHERE id = ? AND used = 0", (claim_id, as_text(claim), said)
        )

    # -- no longer listed --------------------------------------------------------------------------------------------------------

    def _mark(self, entry: Entry, entity: str, unit: str, before: set[int]) -> None:
        """Marks a thing with the releases that do not list it, and ends the marks of those after which it is listed again."""
        elsewhere = "SELECT 1 FROM {} WHERE subject = ? AND relation = '' AND stub = 0 AND unit <> ?"
        if not self._is_listed_class(entity) or any(
            self.sql.execute(elsewhere.format(table), (entity, unit)).fetchone() for table in ("stored_units", "now_said")
        ):
            return
        rows = self.sql.execute("SELECT id, body, stands FROM marks WHERE subject = ?", (entity,)).fetchall()
        stored = {str(claim_id): from_text(body) for claim_id, body, _ in rows}
        made = {mark.id: mark for mark in entry.marks(entity, entry.listed(entity), self.context.dataset)}
        for claim_id in stored.keys() - made.keys():
            self.holdings.decide(claim_id, "ended")
        for claim_id in made.keys() - stored.keys():
            self.holdings.make("mark", made[claim_id])
        stood, stands = any(row[2] for row in rows), any(mark.qualifiers.status == "IN_FORCE" for mark in made.values())
        objects = {parts(mark)[2] for mark in stored.values()}
        if stood and not stands:
            self.difference.relisted += 1
            self.difference.show("listed again", f"{entity} (in {self.step.release.source.partition('/')[2]})")
        if any(mark.object == self.step.release.source and mark.object not in objects for mark in made.values()):
            self.difference.missing += 1
            self.difference.vanished += 1
            self.sql.execute("INSERT OR IGNORE INTO now_vanished VALUES (?)", (entity,))
            self.difference.show("no longer listed", f"{entity} (in {self.step.release.source.partition('/')[2]})")
        self._unlisted += int(stands) - int(stood)
        self._listed += entry.listed_last(before)

    def _is_listed_class(self, entity: str) -> bool:
        found = self.context.model.class_of(entity)
        return found is not None and found.name not in UNMARKED

    def _end_of_cut_file(self) -> str:
        """Returns the release's last entry if several are missing and all would come after it, as in a file cut short.

        By chance the missing ones would stand at the end of a thousand releases once.
        """
        kinds = "SELECT substr(id, 1, instr(id, '/')), MIN(id), COUNT(*) FROM now_vanished GROUP BY 1"
        for kind, first, missing in self.sql.execute(kinds).fetchall():
            # The sign after a slash in the alphabet of ids is 0: all ids of the class stand between the two.
            between = "SELECT MAX(id), COUNT(*) FROM now_described WHERE id >= ? AND id < ?"
            last, there = self.sql.execute(between, (kind, kind.replace("/", "0"))).fetchone()
            if last and last < first and missing > 1 and missing * there >= MANY:
                return str(last)
        return ""

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
        difference.retold = fates.get("retold", 0) + holdings.count("SELECT COUNT(*) FROM composed WHERE kind = 'retold'")
        difference.unlisted = holdings.count("SELECT COUNT(DISTINCT subject) FROM marks WHERE stands") + self._unlisted
        difference.listed = self._count_listed() if self.step.latest else self._listed
        difference.touched = holdings.count(
            "SELECT COUNT(DISTINCT entry) FROM stored WHERE fate IN ('changed', 'superseded') AND entry IS NOT NULL"
        )
        for kind in ("superseded", "kept"):
            for text in holdings.shown(kind, 5):
                difference.show(kind, text)
        await show_examples(difference, self.store, holdings)

    def _count_listed(self) -> int:
        """Counts the things that the store holds as listed."""
        slugs = [self.context.model.classes[name].slug for name in UNMARKED if name in self.context.model.classes]
        return self.holdings.count(
            "SELECT COUNT(DISTINCT subject) FROM stored WHERE relation = '' AND stub = 0 AND statement <> '' "
            "AND source NOT IN (SELECT id FROM past_releases WHERE id <> ?) "
            "AND subject NOT IN (SELECT subject FROM marks WHERE stands) "
            "AND substr(subject, 1, instr(subject, '/') - 1) NOT IN (SELECT value FROM json_each(?))",
            (self.step.release.directory, json.dumps(slugs)),
        )


def _is_history(claim: Claim) -> bool:
    """Whether a later release says otherwise."""
    return Telling.of(claim.qualifiers.told).was is not None


def _things(claims: Sequence[Claim]) -> dict[str, None]:
    """The things that claims describe."""
    return {claim.entity: None for claim in claims if isinstance(claim, EntityRecord) and not claim.stub}


def _follows(one: RelationClaim, other: RelationClaim) -> bool:
    """Whether one claim states the relation of the other to something else."""
    return one.relation == other.relation and (one.subject == other.subject or one.object == other.object)
