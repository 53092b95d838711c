"""The layout of a map workbook, which the loader reads, and the template and the workbook export write."""

from __future__ import annotations

from typing import Final

from graphsvc.model import Class, Model

ABOUT: Final = "about"
ABOUT_KEYS: Final = ("id", "title", "description", "uses", "amends")
RELATIONS: Final = "relations"
QUALIFIERS: Final = ("source", "locator", "confidence", "status", "start", "end", "asStated", "note")
"""Columns of every sheet: who says it, where, how surely, and when it holds."""
RELATION_COLUMNS: Final = ("subject", "relation", "object", *QUALIFIERS)
REASON: Final = "rejectReason"
HINT: Final = "rejectHint"
IGNORED: Final = frozenset({REASON, HINT})
"""Columns of a rejects file, which are left out when it is loaded again."""


def columns(chosen: Class) -> list[str]:
    """Returns the columns of a class's sheet, in order."""
    relations = [item.name for item in chosen.relations if item.sheet_column]
    return ["id", *(item.name for item in chosen.properties), *relations, *QUALIFIERS]


def sheets(model: Model) -> dict[str, Class]:
    """Returns the class of each sheet, by the sheet's name; abstract classes have no sheet."""
    return {item.sheet: item for item in model.classes.values() if not item.abstract}
