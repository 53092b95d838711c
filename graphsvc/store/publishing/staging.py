"""Staging tables on disk for what a load will write, so that memory stays bounded however large the load.

An SQLite file in the system's folder for temporary files; it dies with the load.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from graphsvc.provenance import Claim, EntityRecord
from graphsvc.store.publishing.ranking import claim_properties, record_properties

_TABLES: Final = """
CREATE TABLE record (id TEXT PRIMARY KEY, entity TEXT, class TEXT, source TEXT, payload TEXT) WITHOUT ROWID;
CREATE TABLE relation (id TEXT PRIMARY KEY, type TEXT, subject TEXT, object TEXT, source TEXT, payload TEXT) WITHOUT ROWID;
CREATE TABLE current (id TEXT PRIMARY KEY, type TEXT, subject TEXT, object TEXT) WITHOUT ROWID;
CREATE TABLE retired (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE touched (entity TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE staged (entity TEXT PRIMARY KEY, gone INTEGER, payload TEXT) WITHOUT ROWID;
CREATE TABLE found (property TEXT, value TEXT, changed INTEGER);
CREATE TABLE renewed (id TEXT, type TEXT, subject TEXT, payload TEXT);
CREATE TABLE telling (id TEXT PRIMARY KEY, type TEXT, subject TEXT, object TEXT, payload TEXT) WITHOUT ROWID;
CREATE TABLE knowing (entity TEXT, first TEXT);
CREATE TABLE settled (entity TEXT PRIMARY KEY, payload TEXT) WITHOUT ROWID;
CREATE TABLE leftover (action TEXT, id TEXT, type TEXT, subject TEXT);
"""
_INDEXES: Final = """
CREATE INDEX record_entity ON record (entity);
CREATE INDEX relation_type ON relation (type, subject);
"""
_CACHE: Final = -16_000
"""KiB of SQLite's page cache, negative as SQLite wants it."""

Row = tuple[Any, ...]


class Staging:
    """The staging tables of one load; a context manager."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="graphsvc-load-")
        self._sql = sqlite3.connect(Path(self._folder.name) / "spool.sqlite", isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = {_CACHE}", "temp_store = FILE"):
            self._sql.execute(f"PRAGMA {pragma}")
        self._sql.executescript(_TABLES)

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._sql.close()
        self._folder.cleanup()

    def claims(self, batch: Sequence[Claim], types: Mapping[str, str]) -> None:
        """Stages claims to be added; ``types`` is the relationship type by name of the relation. Equal claims are one."""
        records: list[Row] = []
        relations: list[Row] = []
        for claim in batch:
            source = claim.qualifiers.source
            if isinstance(claim, EntityRecord):
                payload = record_properties(claim)
                records.append((payload["id"], claim.entity, claim.class_name, source, _text(payload)))
            else:
                payload = claim_properties(claim)
                relations.append((payload["id"], types[claim.relation], claim.subject, claim.object, source, _text(payload)))
        self.many("INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?)", records)
        self.many("INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?, ?, ?)", relations)

    def index(self) -> None:
        """Indexes the staged claims, once all are in."""
        self._sql.executescript(_INDEXES)

    def settle(self) -> None:
        """Drops what would change nothing: claims that are current already, withdrawals of what is not current."""
        self.run("DELETE FROM retired WHERE id IN (SELECT id FROM record) OR id IN (SELECT id FROM relation)")
        self.run("DELETE FROM retired WHERE id NOT IN (SELECT id FROM current)")
        for table in ("record", "relation"):
            self.run(f"DELETE FROM {table} WHERE id IN (SELECT id FROM current)")
        self.run("INSERT OR IGNORE INTO touched SELECT entity FROM record")
        self.run(
            "INSERT OR IGNORE INTO touched SELECT subject FROM current JOIN retired ON current.id = retired.id "
            "WHERE current.type = ''"
        )

    def run(self, text: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        self._sql.execute(text, values)

    def many(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row, in one transaction."""
        self._sql.execute("BEGIN")
        self._sql.executemany(text, rows)
        self._sql.execute("COMMIT")

    def all(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        """Rows of a small answer."""
        return self._sql.execute(text, values).fetchall()

    def count(self, table: str) -> int:
        """Number of rows in a table."""
        number: int = self._sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return number

    def batches(self, text: str, values: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Row]]:
        """Rows of a large answer, ``size`` at a time. The tables it reads must not be written meanwhile."""
        cursor = self._sql.execute(text, values)
        while rows := cursor.fetchmany(size):
            yield rows


def _text(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False)
