"""Which things may lie on a circle along relations, told from the links alone, in tables.

Things that nothing leads to, or that lead nowhere, lie on no circle; with them go their links, until nothing more goes. What is
left holds every circle, and what lies between circles. Each link is looked at once.

Source: A. B. Kahn, Topological sorting of large networks, Communications of the ACM 5 (1962).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from graphsvc.validation.compiled.spool_reader import PAGE, Spooled, create

Circle = frozenset[str]
"""Names of relations, along any of which a circle may run."""
_TABLES: Final = {
    "TABLE links": "(start TEXT NOT NULL, stop TEXT NOT NULL, PRIMARY KEY (start, stop)) WITHOUT ROWID",
    "TABLE loose": "(entity TEXT PRIMARY KEY) WITHOUT ROWID",
    "TABLE circles": "(circle TEXT NOT NULL, entity TEXT NOT NULL, PRIMARY KEY (circle, entity)) WITHOUT ROWID",
}


class _Trimming(NamedTuple):
    """How loose ends are taken off from one side."""

    find: str
    beyond: str
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


class Circles:
    """The things that may lie on a circle, for each set of relations that a rule asks about."""

    def __init__(self, spooled: Spooled, circles: frozenset[Circle]) -> None:
        self._db = spooled.db
        create(self._db, _TABLES)
        self._db.execute("CREATE INDEX temp.links_stop ON links (stop)")
        for circle in circles:
            self._find(circle)

    def _find(self, circle: Circle) -> None:
        self._db.execute("DELETE FROM links")
        for relation in sorted(circle):
            self._db.execute("INSERT OR IGNORE INTO links SELECT subject, object FROM valid WHERE relation = ?", (relation,))
        for trimming in _TRIMMINGS:
            self._db.execute(trimming.find)
            while loose := self._db.execute("SELECT entity FROM loose LIMIT ?", (PAGE,)).fetchall():
                for end in loose:
                    self._db.execute("DELETE FROM loose WHERE entity = ?", end)
                    beyond = self._db.execute(trimming.beyond, end).fetchall()
                    self._db.execute(trimming.cut, end)
                    self._db.executemany(trimming.follow, beyond)
        self._db.execute("INSERT OR IGNORE INTO circles SELECT ?, start FROM links", (_name(circle),))

    def are_none(self, circle: Circle) -> bool:
        """Whether nothing lies on such a circle."""
        return self._db.execute("SELECT 1 FROM circles WHERE circle = ? LIMIT 1", (_name(circle),)).fetchone() is None

    def holds(self, entity: str, circle: Circle) -> bool:
        """Whether a thing may lie on a circle."""
        query = "SELECT 1 FROM circles WHERE circle = ? AND entity = ?"
        return self._db.execute(query, (_name(circle), entity)).fetchone() is not None


def _name(circle: Circle) -> str:
    return "|".join(sorted(circle))
