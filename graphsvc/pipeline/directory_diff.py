"""Compares two files of one directory without a store: which entries are new, gone or changed, and in what.

Entries are compared by their ids and values by property and relation, so that two layouts of one directory can be compared: the
codes are the keys. Both files go through their loaders into spools on disk, and what they say into one table, so that memory
does not grow with them. The shapes are not asked: what a loader reads is compared.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

from graphsvc.errors import InputError
from graphsvc.loading import Context, Spool, loader_for
from graphsvc.loading.spool import LOCATOR
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim

_TABLES: Final = """
CREATE TABLE facts (entry TEXT, what TEXT, value TEXT, side INTEGER, PRIMARY KEY (entry, what, value, side)) WITHOUT ROWID;
CREATE TABLE entries (entry TEXT, side INTEGER, name TEXT NOT NULL, PRIMARY KEY (entry, side)) WITHOUT ROWID;
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-8000;
"""
_AT: Final = f"""
CREATE TABLE record_at AS SELECT DISTINCT {LOCATOR} AS locator, subject FROM claims
  WHERE used = 0 AND relation = ''
"""
_BOTH: Final = "entry IN (SELECT entry FROM entries WHERE side = 0) AND entry IN (SELECT entry FROM entries WHERE side = 1)"
_DIFFERENT: Final = f"""
SELECT entry, what, value, MIN(side) FROM facts WHERE {_BOTH} GROUP BY entry, what, value HAVING COUNT(*) = 1
"""


@dataclass(frozen=True)
class Side:
    """One of the two files."""

    file: str
    dataset: str
    title: str
    released: str
    entries: int
    unread: int
    """Rows that the loader could not read."""


@dataclass(frozen=True)
class Change:
    """An entry that differs between the files: its old and new values, by property or relation."""

    entry: str
    name: str
    values: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)


class Comparison:
    """The entries of two files, side by side."""

    def __init__(self, sql: sqlite3.Connection, old: Side, new: Side) -> None:
        self._sql = sql
        self.old = old
        self.new = new

    def counts(self) -> dict[str, int]:
        """Counts the entries that are added, gone, changed, and the same."""
        both = self._count(f"SELECT COUNT(*) FROM entries WHERE side = 0 AND {_BOTH}")
        changed = self._count(f"SELECT COUNT(DISTINCT entry) FROM ({_DIFFERENT})")
        return {
            "added": self.new.entries - both,
            "gone": self.old.entries - both,
            "changed": changed,
            "same": both - changed,
        }

    def changed_values(self) -> dict[str, int]:
        """Counts the entries in which each property and relation differs, most first."""
        query = f"SELECT what, COUNT(DISTINCT entry) FROM ({_DIFFERENT}) GROUP BY what ORDER BY 2 DESC, 1"
        return {str(what): int(count) for what, count in self._sql.execute(query)}

    def added(self) -> Iterator[tuple[str, str]]:
        """Yields the entries that only the new file has, with their names."""
        return self._only(1)

    def gone(self) -> Iterator[tuple[str, str]]:
        """Yields the entries that only the old file has, with their names."""
        return self._only(0)

    def changed(self) -> Iterator[Change]:
        """Yields the entries that differ between the two files."""
        rows = self._sql.execute(f"{_DIFFERENT} ORDER BY entry, what, value")
        for entry, found in groupby(rows, lambda row: str(row[0])):
            change = Change(entry, self._name(entry))
            for _, what, value, side in found:
                change.values.setdefault(what, ([], []))[side].append(value)
            yield change

    def _only(self, side: int) -> Iterator[tuple[str, str]]:
        query = (
            "SELECT entry, name FROM entries WHERE side = ? AND entry NOT IN (SELECT entry FROM entries WHERE side <> ?) "
            "ORDER BY entry"
        )
        yield from ((str(entry), str(name)) for entry, name in self._sql.execute(query, (side, side)))

    def _name(self, entry: str) -> str:
        found = self._sql.execute("SELECT name FROM entries WHERE entry = ? ORDER BY side DESC", (entry,)).fetchone()
        return str(found[0])

    def _count(self, query: str) -> int:
        return int(self._sql.execute(query).fetchone()[0])


@contextmanager
def compared(old: Path, new: Path, model: Model) -> Iterator[Comparison]:
    """Reads and compares two files; the comparison can be queried while the context lasts.

    Raises :class:`InputError` for what is no input, and for files of different directories.
    """
    with tempfile.TemporaryDirectory(prefix="graphsvc-diff-") as folder:
        sql = sqlite3.connect(Path(folder) / "facts.sqlite", isolation_level=None)
        try:
            sql.executescript(_TABLES)
            sides = [_read(path, number, model, sql, Path(folder)) for number, path in enumerate((old, new))]
            if sides[0].dataset != sides[1].dataset:
                raise InputError(
                    f"These are not of one directory: {sides[0].file} is of {sides[0].dataset}, {sides[1].file} of "
                    f"{sides[1].dataset}.",
                    'If they are, write directory = "…" under [source] in a .toml beside each.',
                )
            yield Comparison(sql, *sides)
        finally:
            sql.close()


def _read(path: Path, number: int, model: Model, sql: sqlite3.Connection, folder: Path) -> Side:
    spool = Spool(folder / f"{number}.sqlite")
    try:
        context = Context(model, spool)
        loader_for(path).load(path, context)
        spool.settle()
        spool.connection.execute(_AT)
        spool.connection.execute("CREATE INDEX record_at_place ON record_at (locator, subject)")
        sql.execute("BEGIN")
        for entry in spool.entries():
            if not entry.used:
                _note(entry.claim, number, sql, spool.connection, model)
        sql.execute("INSERT OR IGNORE INTO entries SELECT DISTINCT entry, side, '' FROM facts WHERE side = ?", (number,))
        sql.execute("COMMIT")
        count = int(sql.execute("SELECT COUNT(*) FROM entries WHERE side = ?", (number,)).fetchone()[0])
        released = context.release.stated if context.release else ""
        return Side(path.name, context.dataset, context.title, released, count, len(context.set_aside))
    finally:
        spool.close()


def _note(claim: Claim, side: int, sql: sqlite3.Connection, spool: sqlite3.Connection, model: Model) -> None:
    if isinstance(claim, EntityRecord):
        if claim.class_name == "Source" or claim.stub:
            return
        entry, facts = claim.entity, list(_values(claim))
        sql.execute("INSERT OR IGNORE INTO entries VALUES (?, ?, ?)", (entry, side, str(claim.values.get("name", ""))))
    elif claim.subject.startswith("source/"):
        return
    else:
        entry, fact = _relation(claim, spool, model)
        facts = [fact]
    sql.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?)", ((entry, what, value, side) for what, value in facts))


def _values(claim: EntityRecord) -> Iterator[tuple[str, str]]:
    for name, value in claim.values.items():
        for item in value if isinstance(value, tuple) else (value,):
            yield name, str(item)
    when = _when(claim.qualifiers)
    if when:
        yield "period", when
    yield "status", claim.qualifiers.status


def _relation(claim: RelationClaim, spool: sqlite3.Connection, model: Model) -> tuple[str, tuple[str, str]]:
    """Returns the entry that states a relation, and what it states: the end whose own place the claim names."""

    def at(entity: str) -> bool:
        place = (claim.qualifiers.locator, entity)
        return spool.execute("SELECT 1 FROM record_at WHERE locator = ? AND subject = ?", place).fetchone() is not None

    entry, name, other = claim.subject, claim.relation, claim.object
    if not at(claim.subject) and at(claim.object):
        entry, name, other = claim.object, model.relations[claim.relation].inverse or claim.relation, claim.subject
    status = "" if claim.qualifiers.status == "IN_FORCE" else claim.qualifiers.status.lower().replace("_", " ")
    return entry, (name, " ".join(part for part in (other, _when(claim.qualifiers), status) if part))


def _when(qualifiers: Qualifiers) -> str:
    """Writes a period: ``from 2013-04-01 to 2022-06-30``, the last day included; empty where nothing is stated."""
    parts = [f"from {qualifiers.valid_from.isoformat()}"] if qualifiers.valid_from else []
    parts += [f"to {(qualifiers.valid_to - timedelta(days=1)).isoformat()}"] if qualifiers.valid_to else []
    return " ".join(parts)
