"""Keeps the store's claims of a dataset beside the claims of the input, on disk in the spool's file.

Each claim that the store holds and the input no longer makes is *gone*, and gets a fate: withdrawn, or kept. The policies
(:mod:`graphsvc.pipeline.difference` for maps, :mod:`graphsvc.pipeline.releases` for releases of directories) decide; here
stand the tables in which they look and write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from graphsvc.loading import Spool
from graphsvc.loading.spool import as_text, from_text
from graphsvc.provenance import Claim
from graphsvc.store import Held, Store

Fate = Literal["said", "gone", "kept", "history", "unsure", "retired", "changed", "superseded", "retold", "ended"]
"""``said``: the input makes it; ``gone``: not decided yet; ``kept``: its row is in error; ``history``: kept for what it is;
``unsure``: kept because a row that could not be read may be the one that says it. The others are withdrawn: for good, for
another wording, for a superseded claim in its place, for the same with other releases that say it, for an ended one."""

WITHDRAWN: Final = "('retired', 'changed', 'superseded', 'retold', 'ended')"
PAGE: Final = 500
"""Claims that are looked at together."""
_TABLES: Final = """
CREATE TABLE stored (
  id TEXT PRIMARY KEY, relation TEXT NOT NULL, subject TEXT NOT NULL, object TEXT NOT NULL, source TEXT NOT NULL,
  locator TEXT NOT NULL, statement TEXT NOT NULL, stub INTEGER NOT NULL, fate TEXT NOT NULL DEFAULT 'said', entry TEXT, shown TEXT
) WITHOUT ROWID;
CREATE TABLE composed (id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
"""
_INDEXES: Final = """
CREATE INDEX stored_fate ON stored (fate, relation);
CREATE INDEX stored_page ON stored (fate, id);
CREATE INDEX stored_fact ON stored (subject, relation, object);
CREATE INDEX stored_statement ON stored (statement);
"""
PUBLISHED: Final = "used = 0 AND rejected = 0"
"""Claims of the spool that are to be published."""
FRESH: Final = PUBLISHED + " AND claims.id NOT IN (SELECT id FROM stored) AND claims.id NOT IN (SELECT statement FROM stored)"
"""Those of them that the store does not hold."""
_COLUMNS: Final = "id, relation, subject, object, source, locator, statement, stub"


class Holdings:
    """The claims of one dataset in the store, compared with those in the spool."""

    def __init__(self, spool: Spool) -> None:
        self.sql = spool.connection
        self.run(_TABLES)

    def run(self, script: str, **given: Any) -> None:
        """Runs SQL statements, one after another; those with a parameter are given the value."""
        for statement in script.strip().split(";\n"):
            self.sql.execute(statement, given)

    async def fill(self, store: Store, dataset: str) -> None:
        """Reads the store's claims in short form, and marks those that are gone."""
        async for batch in store.claims_of(dataset):
            self.sql.executemany(f"INSERT OR IGNORE INTO stored ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", batch)
        said = f"(SELECT id FROM claims WHERE {PUBLISHED})"
        self.sql.execute(f"UPDATE stored SET fate = 'gone' WHERE id NOT IN {said} AND statement NOT IN {said}")
        self.run(_INDEXES)

    def gone(self, relation: str = "") -> Iterator[list[Held]]:
        """Yields the claims that are gone and not decided yet, those of one relation or all, in pages.

        Each may be decided before the next page is asked for.
        """
        after, where = "", "AND relation = ?" if relation else ""
        index = "stored_fate" if relation else "stored_page"
        while True:
            rows = self.sql.execute(
                f"SELECT {_COLUMNS} FROM stored INDEXED BY {index} "
                f"WHERE fate = 'gone' {where} AND id > ? ORDER BY id LIMIT {PAGE}",
                (*([relation] if relation else []), after),
            ).fetchall()
            if not rows:
                return
            page = [Held._make(row) for row in rows]
            yield page
            after = page[-1].id

    # -- deciding -------------------------------------------------------------------------------------------------------

    def decide(self, claim_id: str, fate: Fate, shown: str = "", entry: str = "") -> None:
        """Decides the fate of a claim that is gone."""
        self.sql.execute(
            "UPDATE stored SET fate = ?, shown = NULLIF(?, ''), entry = NULLIF(?, '') WHERE id = ?",
            (fate, shown, entry, claim_id),
        )

    def decide_all(self, fate: Fate, where: str, given: Sequence[Any] = ()) -> int:
        """Decides the fate of all claims that are gone and match; returns their number."""
        return self.sql.execute(f"UPDATE stored SET fate = ? WHERE fate = 'gone' AND {where}", (fate, *given)).rowcount

    def make(self, kind: str, claim: Claim) -> bool:
        """Adds a claim that the input does not make; returns False if the store holds it already."""
        if self.sql.execute("SELECT 1 FROM stored WHERE id = ?", (claim.id,)).fetchone():
            return False
        body = as_text(claim)
        return self.sql.execute("INSERT OR IGNORE INTO composed VALUES (?, ?, ?)", (claim.id, kind, body)).rowcount > 0

    # -- what came of it ------------------------------------------------------------------------------------------------

    def added(self) -> Iterator[Claim]:
        """Yields the claims that the store does not hold, things before relations, in a stable order; then those made here."""
        for query in (
            f"SELECT body FROM claims WHERE {FRESH} ORDER BY relation <> '', id",
            "SELECT body FROM composed ORDER BY id",
        ):
            yield from (from_text(body) for (body,) in self.sql.execute(query))

    def withdrawn(self) -> Iterator[str]:
        """Yields the ids of the claims to withdraw."""
        query = f"SELECT id FROM stored WHERE fate IN {WITHDRAWN} ORDER BY id"
        yield from (str(found) for (found,) in self.sql.execute(query))

    def count(self, query: str, given: Sequence[Any] = ()) -> int:
        """Returns the number that a query gives."""
        return int(self.sql.execute(query, given).fetchone()[0] or 0)

    def fates(self) -> dict[str, int]:
        """Counts the claims of each fate."""
        return {str(fate): int(count) for fate, count in self.sql.execute("SELECT fate, COUNT(*) FROM stored GROUP BY fate")}

    def paired(self) -> int:
        """Counts the claims withdrawn for good that have a new wording: the same fact of the same source."""
        fact = "subject, relation, object, source"
        return self.count(
            f"SELECT SUM(MIN(a.n, b.n)) FROM (SELECT {fact}, COUNT(*) n FROM claims WHERE {FRESH} GROUP BY {fact}) a "
            f"JOIN (SELECT {fact}, COUNT(*) n FROM stored WHERE fate = 'retired' GROUP BY {fact}) b USING ({fact})"
        )

    def fresh(self, limit: int, *, known: bool) -> list[Claim]:
        """Returns some claims that the store does not hold; ``known``: of facts of which it holds another wording."""
        found = (
            "EXISTS (SELECT 1 FROM stored INDEXED BY stored_fact "
            "WHERE fate IN ('retired', 'changed', 'superseded') AND stored.subject = claims.subject "
            "AND stored.relation = claims.relation AND stored.object = claims.object AND stored.source = claims.source)"
        )
        query = f"SELECT body FROM claims WHERE {FRESH} AND {'' if known else 'NOT '}{found} ORDER BY relation <> '', id LIMIT ?"
        return [from_text(body) for (body,) in self.sql.execute(query, (limit,))]

    def withdrawn_for_good(self, limit: int) -> list[Held]:
        """Returns some claims that are withdrawn and have no new wording."""
        query = (
            f"SELECT {_COLUMNS} FROM stored WHERE fate = 'retired' AND NOT EXISTS ("
            f"SELECT 1 FROM claims INDEXED BY claims_subject WHERE {FRESH} "
            "AND claims.subject = stored.subject AND claims.relation = stored.relation AND claims.object = stored.object "
            "AND claims.source = stored.source) ORDER BY relation <> '', id LIMIT ?"
        )
        return [Held._make(row) for row in self.sql.execute(query, (limit,))]

    def shown(self, fate: Fate, limit: int) -> list[str]:
        """Returns some claims of a fate, as they were described when it was decided."""
        query = "SELECT shown FROM stored WHERE fate = ? AND shown IS NOT NULL ORDER BY shown LIMIT ?"
        return [str(text) for (text,) in self.sql.execute(query, (fate, limit))]
