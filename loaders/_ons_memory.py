"""Remembers on disk what the rows of a geography lookup stated, so that memory does not grow with the file.

Apart from loaders/ons.py so that each file fits one idea: this one remembers and counts, that one reads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Final

Counted = tuple[str, str, int, str, str, str, str, str, str]
"""Part, whole, how many smallest areas of the part lie in the whole, level of the part, code and code, name and name, and the
organisation of the whole."""
_MOST_KNOWN: Final = 20_000
"""Things that are remembered in memory as well; of more it is looked up on disk whether they were met."""
_TABLES: Final = """
CREATE TABLE met (key TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID;
CREATE TABLE parts (
  part TEXT, whole TEXT, count INTEGER, level TEXT, part_code TEXT, whole_code TEXT, part_name TEXT, whole_name TEXT, body TEXT,
  PRIMARY KEY (part, whole)
) WITHOUT ROWID;
BEGIN;
"""
_COUNT: Final = "INSERT INTO parts VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (part, whole) DO UPDATE SET count = count + 1"


class Memory:
    """The keys that were met, and the number of smallest areas of each part in each whole."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._db = sqlite3.connect("", isolation_level=None)  # without a name: private, and on disk once it is large
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Closes the memory."""
        self._db.close()

    def once(self, key: str, text: str, *, remember: bool) -> tuple[bool, str]:
        """Returns whether a key is met for the first time, and the text first noted with it; ``remember``: it recurs often."""
        known = self._known.get(key)
        if known is not None:
            return False, known
        added = self._db.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (key, text)).rowcount > 0
        known = text if added else str(self._db.execute("SELECT text FROM met WHERE key = ?", (key,)).fetchone()[0])
        if remember and len(self._known) < _MOST_KNOWN:
            self._known[key] = known
        return added, known

    def count(self, part: str, whole: str, *described: str) -> None:
        """Counts one more smallest area of a part in a whole."""
        self._db.execute(_COUNT, (part, whole, *described))

    def counted(self) -> Iterator[tuple[str, list[Counted]]]:
        """Yields each part with its counts in each whole."""
        rows: Iterator[Counted] = self._db.execute("SELECT * FROM parts ORDER BY part, whole")
        yield from ((part, list(group)) for part, group in groupby(rows, key=lambda row: row[0]))
