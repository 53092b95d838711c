"""The spool: keeps claims on disk between loader and store, so that memory does not grow with the input."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from graphsvc.provenance import Claim, EntityRecord, Origin, Qualifiers, RelationClaim

_TABLES = """
CREATE TABLE claims (
  id TEXT NOT NULL, used INTEGER NOT NULL, subject TEXT NOT NULL, relation TEXT NOT NULL, object TEXT NOT NULL,
  source TEXT NOT NULL, file TEXT, row INTEGER, body TEXT NOT NULL, rejected INTEGER NOT NULL DEFAULT 0, UNIQUE (id, used)
);
CREATE TABLE stubs (id TEXT PRIMARY KEY, entity TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE things (slug TEXT NOT NULL, entity TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (slug, entity)) WITHOUT ROWID;
CREATE TABLE rows (key TEXT PRIMARY KEY, digest TEXT NOT NULL, place TEXT NOT NULL) WITHOUT ROWID;
"""

_INDEXES = """
CREATE INDEX IF NOT EXISTS claims_subject ON claims (subject, relation, object);
CREATE INDEX IF NOT EXISTS claims_object ON claims (object);
CREATE INDEX IF NOT EXISTS claims_place ON claims (file, row);
"""
"""Made once a loader is done: kept up claim by claim they would take most of its time."""
LOCATOR: Final = "json_extract(body, '$[4][1]')"
START: Final = "json_extract(body, '$[4][4]')"
NOTE: Final = "json_extract(body, '$[4][8]')"
"""Where a claim's qualifiers stand in what :func:`as_text` writes, for queries of the table ``claims``."""

_JSON = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim in the spool. ``used`` claims belong to a map that this one uses: they are checked against, never published."""

    claim: Claim
    used: bool


class Written(NamedTuple):
    """A claim as the spool writes it."""

    kind: Literal["E", "R"]
    """Whether it is the record of a thing or a relation."""
    subject: str
    name: str
    """Of the class, or of the relation."""
    value: Any
    """The values by their names, or the object."""
    said: list[Any]
    """Source, locator, confidence, status, start and end as ISO text, EDTF, as stated, note."""
    dataset: str
    place: list[Any] | None
    told: str = ""
    """Which releases say it; left out where that is not said."""


class Spool:
    """Claims and the names of things, in one sqlite file that lasts as long as a load."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-8000;"
        )
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Closes the file; its content is no longer needed."""
        self._db.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection for checks and comparison, which run queries of their own and keep their results in tables beside."""
        return self._db

    # -- claims -------------------------------------------------------------------------------------------------------

    def add(self, claim: Claim, used: bool = False, *, stub: bool = False) -> bool:
        """Adds a claim; returns False if an equal one is there already. A ``stub`` only states that a thing exists."""
        if isinstance(claim, EntityRecord):
            subject, relation, object_ = claim.entity, "", ""
        else:
            subject, relation, object_ = claim.subject, claim.relation, claim.object
        origin = claim.origin or Origin("")
        body = as_text(claim)
        values = (claim.id, int(used), subject, relation, object_, claim.qualifiers.source, origin.file, origin.row, body)
        done = self._db.execute(
            "INSERT OR IGNORE INTO claims (id, used, subject, relation, object, source, file, row, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        if stub and done.rowcount > 0:
            self._db.execute("INSERT OR IGNORE INTO stubs VALUES (?, ?)", (claim.id, subject))
        return done.rowcount > 0

    def index(self) -> None:
        """Indexes the claims by subject, object and place, unless they are indexed already."""
        for statement in _INDEXES.strip().split("\n"):
            self._db.execute(statement)

    def settle(self) -> int:
        """Ends the reading: indexes the claims, and takes out the stubs of things that the input describes.

        Returns how many things are left that it only refers to.
        """
        self.index()
        self._db.execute(
            "DELETE FROM claims WHERE id IN (SELECT id FROM stubs WHERE entity IN "
            "(SELECT subject FROM claims WHERE relation = '' AND id NOT IN (SELECT id FROM stubs)))"
        )
        left = "SELECT COUNT(DISTINCT entity) FROM stubs WHERE id IN (SELECT id FROM claims)"
        return int(self._db.execute(left).fetchone()[0])

    def entries(self) -> Iterator[Entry]:
        """Yields every claim that is not rejected, used ones included, in a stable order."""
        yield from (
            Entry(from_text(body), bool(used))
            for body, used in self._db.execute("SELECT body, used FROM claims WHERE rejected = 0 ORDER BY relation, id, used")
        )

    def reject(self, claim_id: str) -> None:
        """Sets a claim aside."""
        self._db.execute("UPDATE claims SET rejected = 1 WHERE id = ? AND used = 0", (claim_id,))

    def reject_row(self, file: str, row: int) -> list[Claim]:
        """Sets aside every claim of a row; returns those that were not set aside before."""
        rows = self._db.execute("SELECT body FROM claims WHERE file = ? AND row = ? AND used = 0 AND rejected = 0", (file, row))
        found = [from_text(body) for (body,) in rows]
        self._db.execute("UPDATE claims SET rejected = 1 WHERE file = ? AND row = ? AND used = 0", (file, row))
        return found

    def counts(self) -> tuple[int, int, int]:
        """Counts things, claims to publish, and claims set aside, of this map."""
        row = self._db.execute(
            "SELECT COUNT(DISTINCT CASE WHEN rejected = 0 AND relation = '' THEN subject END), "
            "SUM(rejected = 0), SUM(rejected) FROM claims WHERE used = 0"
        ).fetchone()
        return int(row[0] or 0), int(row[1] or 0), int(row[2] or 0)

    def count_rows(self) -> int:
        """Counts the rows with a claim to publish; a claim without a row counts as one, a stub as none."""
        query = (
            "SELECT COUNT(DISTINCT COALESCE(file || '#' || row, id)) FROM claims "
            "WHERE used = 0 AND rejected = 0 AND id NOT IN (SELECT id FROM stubs)"
        )
        return int(self._db.execute(query).fetchone()[0])

    def count_data_rows(self) -> int:
        """Counts rows and items, by their numbers, with a claim to publish."""
        query = "SELECT COUNT(*) FROM (SELECT DISTINCT file, row FROM claims WHERE used = 0 AND rejected = 0 AND row IS NOT NULL)"
        return int(self._db.execute(query).fetchone()[0])

    # -- names ------------------------------------------------------------------------------------------------------------

    def name(self, slug: str, entity: str, used: bool = False) -> None:
        """Notes that ``slug`` may be written for ``entity``."""
        self._db.execute("INSERT OR IGNORE INTO things VALUES (?, ?, ?)", (slug, entity, int(used)))

    def named(self, slug: str) -> list[str]:
        """Returns the things that ``slug`` may mean."""
        return [str(found) for (found,) in self._db.execute("SELECT entity FROM things WHERE slug = ? ORDER BY entity", (slug,))]

    def is_thing(self, entity: str) -> bool:
        """Tells whether an id was noted as a thing's."""
        slug = entity.partition("/")[2]
        return self._db.execute("SELECT 1 FROM things WHERE slug = ? AND entity = ?", (slug, entity)).fetchone() is not None

    def names(self) -> Iterator[str]:
        """Yields every slug."""
        yield from (str(found) for (found,) in self._db.execute("SELECT DISTINCT slug FROM things ORDER BY slug"))

    def first_place(self, key: str, digest: str, place: str) -> tuple[str, str]:
        """Returns digest and place of the first row with a key, noting this one if there was none."""
        self._db.execute("INSERT OR IGNORE INTO rows VALUES (?, ?, ?)", (key, digest, place))
        found = self._db.execute("SELECT digest, place FROM rows WHERE key = ?", (key,)).fetchone()
        return str(found[0]), str(found[1])


def as_text(claim: Claim) -> str:
    """Writes a claim as the JSON text that the spool keeps."""
    stated = claim.qualifiers
    qualifiers = [
        stated.source, stated.locator, stated.confidence, stated.status,
        stated.valid_from.isoformat() if stated.valid_from else None, stated.valid_to.isoformat() if stated.valid_to else None,
        stated.edtf, stated.as_stated, stated.note,
    ]  # fmt: skip
    origin = [claim.origin.file, claim.origin.row, claim.origin.column] if claim.origin else None
    if isinstance(claim, EntityRecord):
        written = ["E", claim.entity, claim.class_name, dict(claim.values), qualifiers, claim.dataset, origin]
    else:
        written = ["R", claim.subject, claim.relation, claim.object, qualifiers, claim.dataset, origin]
    return json.dumps([*written, stated.told] if stated.told else written, ensure_ascii=False)


def read_written(body: str) -> Written:
    """Reads a claim of the spool from its JSON."""
    return Written(*_JSON.raw_decode(body)[0])


def from_text(body: str) -> Claim:
    """Reads the claim that :func:`as_text` wrote."""
    return claim_of(read_written(body))


def claim_of(written: Written) -> Claim:
    """Makes the claim from its form in the spool."""
    kind, subject, second, third, parts, dataset, place, told = written
    start, end = (date.fromisoformat(item) if item else None for item in parts[4:6])
    qualifiers = Qualifiers(parts[0], parts[1], parts[2], parts[3], start, end, parts[6], parts[7], parts[8], told)
    origin = Origin(*place) if place else None
    if kind == "R":
        return RelationClaim(subject, second, third, qualifiers, dataset, origin)
    values = {name: tuple(item) if isinstance(item, list) else item for name, item in third.items()}
    return EntityRecord(subject, second, values, qualifiers, dataset, origin)
