"""Finds the things that may lie on a cycle along relations, from the links alone, in SQL tables.

Things that nothing leads to, or that lead nowhere, lie on no cycle; with them go their links, until nothing more goes. What is
left holds every cycle, and what lies between cycles. Each link is looked at once.

Source: A. B. Kahn, Topological sorting of large networks, Communications of the ACM 5 (1962).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from graphsvc.validation.compiled.spool_reader import PAGE, SpoolReader, create


class Step(NamedTuple):
    """A relation that a path goes along: from subject to object, or backwards."""

    relation: str
    backwards: bool = False


Cycle = frozenset[Step]
"""Steps, along any of which a cycle may run."""
_TABLES: Final = {
    "TABLE links": "(start TEXT NOT NULL, stop TEXT NOT NULL, PRIMARY KEY (start, stop)) WITHOUT ROWID",
    "TABLE loose": "(entity TEXT PRIMARY KEY) WITHOUT ROWID",
    "TABLE cycles": "(cycle TEXT NOT NULL, entity TEXT NOT NULL, PRIMARY KEY (cycle, entity)) WITHOUT ROWID",
}
_FORWARDS: Final = "INSERT OR IGNORE INTO links SELECT subject, object FROM valid WHERE relation = ?"
_BACKWARDS: Final = "INSERT OR IGNORE INTO links SELECT object, subject FROM valid WHERE relation = ?"


class _Trimming(NamedTuple):
    """The SQL statements that remove loose ends from one side."""

    find: str
    neighbours: str
    cut: str
    follow: str


_TRIMMINGS: Final = (
    _Trimming(
        "INSERT INTO loose SELECT start FROM links EXCEPT SELECT stop FROM links",
        "SELECT stop FROM links WHERE start = ?",
        "DELETE FROM links WHERE start = ?",
        "INSERT OR IGNORE INTO loose SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM links WHERE stop = ?1)",
    ),
    _Trimming(
        "INSERT INTO loose SELECT stop FROM links EXCEPT SELECT start FROM links",
        "SELECT start FROM links WHERE stop = ?",
        "DELETE FROM links WHERE stop = ?",
        "INSERT OR IGNORE INTO loose SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM links WHERE start = ?1)",
    ),
)


class Cycles:
    """The things that may lie on a cycle, for each set of steps that a rule follows."""

    def __init__(self, reader: SpoolReader, cycles: frozenset[Cycle]) -> None:
        self._db = reader.db
        create(self._db, _TABLES)
        self._db.execute("CREATE INDEX temp.links_stop ON links (stop)")
        for cycle in cycles:
            self._find(cycle)

    def _find(self, cycle: Cycle) -> None:
        self._db.execute("DELETE FROM links")
        for step in sorted(cycle):
            self._db.execute(_BACKWARDS if step.backwards else _FORWARDS, (step.relation,))
        for trimming in _TRIMMINGS:
            self._db.execute(trimming.find)
            while loose := self._db.execute("SELECT entity FROM loose LIMIT ?", (PAGE,)).fetchall():
                for end in loose:
                    self._db.execute("DELETE FROM loose WHERE entity = ?", end)
                    neighbours = self._db.execute(trimming.neighbours, end).fetchall()
                    self._db.execute(trimming.cut, end)
                    self._db.executemany(trimming.follow, neighbours)
        self._db.execute("INSERT OR IGNORE INTO cycles SELECT ?, start FROM links", (_name(cycle),))

    def is_empty(self, cycle: Cycle) -> bool:
        """Whether no thing lies on such a cycle."""
        return self._db.execute("SELECT 1 FROM cycles WHERE cycle = ? LIMIT 1", (_name(cycle),)).fetchone() is None

    def contains(self, entity: str, cycle: Cycle) -> bool:
        """Whether a thing may lie on a cycle."""
        query = "SELECT 1 FROM cycles WHERE cycle = ? AND entity = ?"
        return self._db.execute(query, (_name(cycle), entity)).fetchone() is not None


def _name(cycle: Cycle) -> str:
    return "|".join(f"^{step.relation}" if step.backwards else step.relation for step in sorted(cycle))
