"""Finds the rows that a quotation mark, opened by mistake and closed further down, has drawn into one cell.

CSV allows line breaks in a cell, so that a reader sees nothing wrong. What gives such a cell away is that it comes apart at its
line breaks into rows as wide as those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\n|\r")


class Swallowed(NamedTuple):
    """A cell that holds rows."""

    cell: int
    """Its place, counted from 0."""
    first: int
    """The line in which it begins, counted from 0 in the row."""
    last: int
    """The line in which it ends."""


def swallowed_rows(cells: Sequence[str], delimiter: str, widths: Set[int]) -> Swallowed | None:
    """Finds the cell of a row that holds further rows; ``widths`` are those of the rows before it."""
    lines = 0
    for place, cell in enumerate(cells):
        pieces = _LINE_END.split(cell)
        if len(pieces) > 1 and _are_rows(cells, place, [piece for piece in pieces if piece.strip()], delimiter, widths):
            return Swallowed(place, lines, lines + len(pieces) - 1)
        lines += len(pieces) - 1
    return None


def _are_rows(cells: Sequence[str], place: int, pieces: Sequence[str], delimiter: str, widths: Set[int]) -> bool:
    """Whether a cell comes apart into rows: the first with the cells before it, the last with those after it."""
    if len(pieces) < 2:
        return False
    found = [_width(piece, delimiter) for piece in pieces]
    between = found[1:-1]
    if len(between) > 1 and all(width > 1 and width in widths for width in between):
        return True
    found[0] += place
    found[-1] += len(cells) - place - 1
    if not (all(width in widths for width in found) or len(set(found)) == 1):
        return False
    # An address may be written over two lines, with a comma in each: of two pieces alone, the second has to begin as a row does.
    first = cells[0] if place else pieces[0].partition(delimiter)[0]
    return min(found) > 1 if between else min(found) > 2 and _sort(pieces[1].partition(delimiter)[0]) == _sort(first)


def _width(piece: str, delimiter: str) -> int:
    """The cells in a line. A comma that a space follows is one of prose."""
    return piece.count(delimiter) - (piece.count(", ") if delimiter == "," else 0) + 1


def _sort(cell: str) -> tuple[bool, bool, bool]:
    """What a cell is made of: digits, letters, several words."""
    return any(map(str.isdigit, cell)), any(map(str.isalpha, cell)), " " in cell.strip()
