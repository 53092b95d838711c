"""Rows that are set aside, kept on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graphsvc.loading import Finding, Spool
from graphsvc.loading.rejects.rows import MOST_OF_A_ROW, Kept, RowsInError


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "claims.sqlite")
    yield opened
    opened.close()


def wrong(row: int | None, message: str = "It is wrong.") -> Finding:
    return Finding("violation", "wrong", message, "Mend it.", file="a.csv", row=row, column="name", value="x")


def test_findings_come_back_by_row_in_the_order_in_which_they_were_noted(spool: Spool) -> None:
    rows = RowsInError(spool.connection)
    for finding in (wrong(7), wrong(3, "First."), wrong(3, "Second.")):
        rows.note(finding)
    assert len(rows) == 2
    assert list(rows) == [("a.csv", 3), ("a.csv", 7)]
    assert rows[("a.csv", 3)] == [wrong(3, "First."), wrong(3, "Second.")]
    assert rows.get(("a.csv", 4), []) == []
    assert ("a.csv", 7) in rows
    assert ("b.csv", 7) not in rows
    with pytest.raises(KeyError):
        rows[("a.csv", 4)]


def test_one_row_holds_a_bounded_number_of_findings(spool: Spool) -> None:
    rows = RowsInError(spool.connection)
    for number in range(MOST_OF_A_ROW + 5):
        rows.note(wrong(1, str(number)))
    assert (len(rows), len(rows[("a.csv", 1)])) == (1, MOST_OF_A_ROW)


def test_a_finding_without_a_row_sets_nothing_aside(spool: Spool) -> None:
    with pytest.raises(ValueError, match="without a row"):
        RowsInError(spool.connection).note(wrong(None))


def test_what_is_kept_is_known_by_all_of_its_key(spool: Spool) -> None:
    kept = Kept(spool.connection)
    assert ("thing", "organisation/a") not in kept
    kept.add(("thing", "organisation/a"))
    kept.add(("relation", "a", "", "b"))
    assert ("thing", "organisation/a") in kept
    assert ("thing", "organisation/b") not in kept
    assert ("relation", "a", "", "b") in kept
