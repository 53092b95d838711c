"""Keeps rows that are set aside on disk, with their findings and with what the store keeps of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

from graphsvc.loading.findings import Finding

MOST_OF_A_ROW: Final = 100
"""Findings that are kept of one row."""
Place = tuple[str, int]
"""File and row."""


class RowsInError(Mapping[Place, list[Finding]]):
    """The findings of rows in error by file and row, in a table of the spool's file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection
        self._sql.execute(
            "CREATE TABLE IF NOT EXISTS rows_in_error (file TEXT, row INTEGER, number INTEGER, finding TEXT NOT NULL, "
            "PRIMARY KEY (file, row, number)) WITHOUT ROWID"
        )
        self._count = 0

    def note(self, finding: Finding) -> None:
        """Sets the row of a finding aside. Raises :class:`ValueError` for a finding without a row."""
        if finding.row is None:
            raise ValueError("a finding without a row sets nothing aside")
        place = (finding.file, finding.row)
        (number,) = self._sql.execute("SELECT COUNT(*) FROM rows_in_error WHERE file = ? AND row = ?", place).fetchone()
        self._count += number == 0
        if number < MOST_OF_A_ROW:
            text = json.dumps(finding.as_json(), ensure_ascii=False)
            self._sql.execute("INSERT INTO rows_in_error VALUES (?, ?, ?, ?)", (*place, number, text))

    def __getitem__(self, place: Place) -> list[Finding]:
        rows = self._sql.execute("SELECT finding FROM rows_in_error WHERE file = ? AND row = ? ORDER BY number", place).fetchall()
        if not rows:
            raise KeyError(place)
        return [Finding.from_json(json.loads(text)) for (text,) in rows]

    def __contains__(self, place: object) -> bool:
        if not isinstance(place, tuple) or len(place) != 2:
            return False
        return self._sql.execute("SELECT 1 FROM rows_in_error WHERE file = ? AND row = ? LIMIT 1", place).fetchone() is not None

    def __iter__(self) -> Iterator[Place]:
        query = "SELECT DISTINCT file, row FROM rows_in_error ORDER BY file, row"
        yield from ((str(file), int(row)) for file, row in self._sql.execute(query))

    def __len__(self) -> int:
        return self._count


class Kept:
    """The claims that the store keeps although the input does not make them, as keys of up to four texts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection
        self._sql.execute("CREATE TABLE IF NOT EXISTS kept_keys (key TEXT PRIMARY KEY) WITHOUT ROWID")
        self._any = False

    def add(self, key: tuple[str, ...]) -> None:
        """Notes a key."""
        self._any = True
        self._sql.execute("INSERT OR IGNORE INTO kept_keys VALUES (?)", (json.dumps(key, ensure_ascii=False),))

    def count_things(self) -> int:
        """Counts the things that are kept: the subjects of rows in error, where they are known."""
        return int(self._sql.execute("SELECT COUNT(*) FROM kept_keys WHERE key LIKE '[\"thing\"%'").fetchone()[0])

    def __contains__(self, key: object) -> bool:
        if not self._any:
            return False
        text = json.dumps(key, ensure_ascii=False)
        return self._sql.execute("SELECT 1 FROM kept_keys WHERE key = ?", (text,)).fetchone() is not None
