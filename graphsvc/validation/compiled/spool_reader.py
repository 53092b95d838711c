"""Reads the spool for the checks: things in order, lookups by key, and notes of results and rows.

Nothing here grows with the input in memory: what is looked up is kept for the last thousands only, and lists stand in tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal

from graphsvc.loading.spool import Spool, Written, from_text, read_written
from graphsvc.provenance import Claim

PAGE: Final = 1000
"""Things that are asked of the store at once."""
_TABLES: Final = {
    "VIEW valid": "AS SELECT * FROM claims WHERE rejected = 0",
    "VIEW own": "AS SELECT * FROM claims WHERE rejected = 0 AND used = 0",
    "VIEW held": "AS SELECT subject AS entity FROM claims WHERE rejected = 0 AND relation = ''",
    "TABLE outside": "(entity TEXT PRIMARY KEY, asked INTEGER NOT NULL, stored INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    "TABLE told": "(result TEXT PRIMARY KEY) WITHOUT ROWID",
    "TABLE aside": "(file TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (file, row)) WITHOUT ROWID",
}
"""Claims that are not set aside, those of them that are of this input, and the things of which there is a record; what this
input names without a record of it; the results told; the rows to be set aside."""
Named = Literal["subject", "object", "source"]
_WITH: Final[dict[Named, str]] = {
    "subject": "SELECT DISTINCT id FROM valid WHERE subject = ?",
    "object": "SELECT DISTINCT id FROM valid WHERE object = ?",
    "source": "SELECT DISTINCT id FROM valid WHERE source = ?",
}


class SpoolReader:
    """Reads one spool while it is validated."""

    def __init__(self, spool: Spool) -> None:
        spool.index()
        self.db: sqlite3.Connection = spool.connection
        create(self.db, _TABLES)
        self.about = lru_cache(1000)(self._about)
        self.is_missing = lru_cache(5000)(self._is_missing)
        self.is_stored_only = lru_cache(5000)(self._is_stored_only)

    # -- one after another ----------------------------------------------------------------------------------------------

    def things(self) -> Iterator[tuple[str, Iterable[tuple[str, str, int, str]]]]:
        """Each thing that a claim is about, in order of ids, with its claims: subject, id, whether of a used map, and JSON."""
        rows = self.db.execute(
            "SELECT subject, id, used, body FROM claims INDEXED BY claims_subject WHERE rejected = 0 ORDER BY subject, relation"
        )
        yield from groupby(rows, key=itemgetter(0))

    def claims(self) -> Iterator[tuple[str, Claim]]:
        """Every claim, with its id."""
        yield from ((str(id_), from_text(body)) for id_, body in self.db.execute("SELECT id, body FROM valid GROUP BY id"))

    # -- by key -----------------------------------------------------------------------------------------------------------

    def _about(self, entity: str) -> tuple[Written, ...]:
        """What is said of a thing, here and in used maps."""
        return tuple(read_written(body) for (body,) in self.db.execute("SELECT body FROM valid WHERE subject = ?", (entity,)))

    def claim(self, claim_id: str) -> Written | None:
        """The claim of that id, here or in a used map."""
        found = self.db.execute("SELECT body FROM valid WHERE id = ?", (claim_id,)).fetchone()
        return read_written(found[0]) if found else None

    def own(self, claim_id: str) -> Claim | None:
        """The claim of that id, of this input."""
        found = self.db.execute("SELECT body FROM own WHERE id = ?", (claim_id,)).fetchone()
        return from_text(found[0]) if found else None

    def describes(self, entity: str) -> bool:
        """Whether this input has a claim about a thing."""
        return self.db.execute("SELECT 1 FROM own WHERE subject = ? LIMIT 1", (entity,)).fetchone() is not None

    def said(self, entity: str, relation: str | None = None, object_: str | None = None) -> list[Claim]:
        """This input's claims about a thing: all, those of one relation (records: an empty name), or those to one object."""
        query, values = "SELECT body FROM own WHERE subject = ?", [entity]
        if relation is not None:
            query, values = query + " AND relation = ?", [*values, relation]
        if object_ is not None:
            query, values = query + " AND object = ?", [*values, object_]
        return [from_text(body) for (body,) in self.db.execute(query + " ORDER BY relation, id", values)]

    def incoming_pairs(self, entity: str) -> Iterator[tuple[str, str]]:
        """Subject and relation of each claim whose object is a thing, once each."""
        query = "SELECT DISTINCT subject, relation FROM valid WHERE object = ? AND relation <> ''"
        yield from ((str(subject), str(relation)) for subject, relation in self.db.execute(query, (entity,)))

    def has_incoming(self, entity: str, relation: str) -> bool:
        """Whether any claim of a relation has a thing as its object."""
        query = "SELECT 1 FROM valid WHERE object = ? AND relation = ? LIMIT 1"
        return self.db.execute(query, (entity, relation)).fetchone() is not None

    def claims_with(self, column: Named, entity: str) -> Iterator[str]:
        """Ids of the claims that name a thing."""
        if column == "source":  # few shapes ask for that, and no other input shall pay for the index
            self.db.execute("CREATE INDEX IF NOT EXISTS claims_source ON claims (source)")
        yield from (str(id_) for (id_,) in self.db.execute(_WITH[column], (entity,)))

    def pairs_of(self, relation: str) -> Iterator[tuple[str, str]]:
        """The pairs of subject and object of one relation."""
        found = self.db.execute("SELECT DISTINCT subject, object FROM valid WHERE relation = ?", (relation,))
        yield from ((str(subject), str(object_)) for subject, object_ in found)

    @cached_property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """First parts of ids with the classes of their records."""
        found = self.db.execute(
            "SELECT DISTINCT substr(subject, 1, instr(subject, '/') - 1), json_extract(body, '$[2]') "
            "FROM valid WHERE relation = ''"
        )
        return frozenset((str(slug), str(name)) for slug, name in found)

    def things_with_slug(self, slug: str) -> Iterator[str]:
        """Things with a record whose ids start with a slug."""
        query = "SELECT DISTINCT entity FROM held WHERE entity > ? AND entity < ?"
        yield from (str(entity) for (entity,) in self.db.execute(query, (f"{slug}/", f"{slug}0")))

    # -- what only the store holds ------------------------------------------------------------------------------------------

    def find_stored(self, find_existing: Callable[[Sequence[str]], set[str]]) -> None:
        """Finds which of the things that claims name without a record here the store holds."""
        for query in (
            "INSERT OR IGNORE INTO outside (entity, asked) SELECT subject, 1 FROM (SELECT subject FROM own UNION "
            "SELECT object FROM own WHERE relation <> '' UNION SELECT source FROM own EXCEPT SELECT entity FROM held)",
            "INSERT OR IGNORE INTO outside (entity, asked) SELECT subject, 0 FROM (SELECT subject FROM valid UNION "
            "SELECT object FROM valid WHERE relation <> '' UNION SELECT source FROM valid EXCEPT SELECT entity FROM held)",
        ):
            self.db.execute(query)
        for page in pages(self.db, "SELECT entity FROM outside WHERE asked = 1 AND entity > ? ORDER BY entity LIMIT ?"):
            found = find_existing(page)
            self.db.executemany("UPDATE outside SET stored = 1 WHERE entity = ?", ((entity,) for entity in found))

    def stored_only(self) -> Iterator[str]:
        """The things that the store holds and no record here describes."""
        yield from (str(entity) for (entity,) in self.db.execute("SELECT entity FROM outside WHERE stored = 1"))

    def only_named(self) -> Iterator[str]:
        """The things of which claims here say nothing but that something else stands in a relation to them."""
        query = "SELECT entity FROM outside WHERE entity NOT IN (SELECT subject FROM valid)"
        yield from (str(entity) for (entity,) in self.db.execute(query))

    def _is_stored_only(self, entity: str) -> bool:
        return self.db.execute("SELECT 1 FROM outside WHERE entity = ? AND stored = 1", (entity,)).fetchone() is not None

    def _is_missing(self, entity: str) -> bool:
        """Whether a thing that claims name has no record and does not stand in the store."""
        return self.db.execute("SELECT 1 FROM outside WHERE entity = ? AND stored = 0", (entity,)).fetchone() is not None

    @cached_property
    def something_is_missing(self) -> bool:
        """Whether there is any such thing."""
        return self.db.execute("SELECT 1 FROM outside WHERE stored = 0 LIMIT 1").fetchone() is not None

    # -- what is found ----------------------------------------------------------------------------------------------------------

    def is_new_result(self, result: str) -> bool:
        """Notes a result, and says whether it is new."""
        return self.db.execute("INSERT OR IGNORE INTO told VALUES (?)", (result,)).rowcount > 0

    def note_row(self, file: str, row: int) -> None:
        """Note that a row is to be set aside."""
        self.db.execute("INSERT OR IGNORE INTO aside VALUES (?, ?)", (file, row))

    def noted_rows(self) -> Iterator[tuple[str, int]]:
        """The rows noted."""
        yield from ((str(file), int(row)) for file, row in self.db.execute("SELECT file, row FROM aside ORDER BY file, row"))


def create(db: sqlite3.Connection, tables: dict[str, str]) -> None:
    """Creates empty temporary tables and views beside the claims."""
    for name, definition in tables.items():
        kind, _, title = name.partition(" ")
        db.execute(f"DROP {kind} IF EXISTS temp.{title}")
        db.execute(f"CREATE TEMP {kind} {title} {definition}")


def pages(db: sqlite3.Connection, query: str) -> Iterator[list[str]]:
    """Pages through the things that a query finds; rows may change between pages."""
    last = ""
    while page := [str(entity) for (entity,) in db.execute(query, (last, PAGE))]:
        yield page
        last = page[-1]
