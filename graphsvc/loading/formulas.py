"""Finds cells that a spreadsheet would run as a formula, and makes them safe."""

from __future__ import annotations

from typing import Final

FORMULA_SIGNS: Final = "=+-@＝＋－＠\t\r\n"
"""What a cell begins with that a spreadsheet may run as a formula; some take the full-width signs for the plain ones."""


def safe(cell: str) -> str:
    """Marks a cell with an apostrophe where a spreadsheet would run it as a formula; reading takes the mark off again."""
    if not cell.startswith(tuple(FORMULA_SIGNS)):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
