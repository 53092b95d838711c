"""How a table is laid out in its file: what can be said of it without knowing what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "not-sign": "¬"}
"""Delimiters by name; the sign itself may be written as well."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is read and which of its columns a mapping speaks of: what can be known without the Model."""

    name: str
    """Name of the mapping's file, for messages."""
    used: tuple[str, ...]
    """The columns that something is read from, each once."""
    left_out: tuple[str, ...] = ()
    """Those that are ignored or withheld."""
    delimiter: str = ""
    """Empty: seen from the file."""
    sheet: str = ""
    columns: tuple[str, ...] = ()
    """Names of the columns of a table without a header."""

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that the mapping speaks of."""
        return tuple(dict.fromkeys([*self.used, *self.left_out]))
