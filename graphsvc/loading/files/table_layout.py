"""The layout of a table in its file, which is known without the meaning of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "not-sign": "¬"}
"""Delimiters by name; the sign itself may be written as well."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a table, and the columns that its mapping names."""

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
        """Every column that the mapping names."""
        return tuple(dict.fromkeys([*self.used, *self.left_out]))
