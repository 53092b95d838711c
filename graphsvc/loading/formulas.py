"""Cells that a spreadsheet would run as a formula: told by how they begin, and made safe."""

from __future__ import annotations

from typing import Final

FORMULA_SIGNS: Final = "=+-@＝＋－＠\t\r\n"
"""What a cell begins with that a spreadsheet may run as a formula; some take the full-width signs for the plain ones."""


def safe(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula: marked with an apostrophe, which reading takes off again."""
    if not cell.startswith(tuple(FORMULA_SIGNS)):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
