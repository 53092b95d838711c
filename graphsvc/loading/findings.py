"""Findings: what is wrong in an input, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal

Severity = Literal["violation", "warning", "info"]
WORST_FIRST: Final[tuple[Severity, ...]] = ("violation", "warning", "info")
SHOWN_VALUE: Final = 120
"""Longest value that a finding repeats; the file has the rest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about an input. A violation sets its row aside; a warning and an info do not."""

    severity: Severity
    rule: str
    """Kebab-case name of the rule that was broken; findings are grouped by it."""
    message: str
    """What is wrong, in words a strategy team can act on."""
    hint: str = ""
    """What to do."""
    why: str = ""
    """Why the rule is there, where that is not plain."""
    file: str = ""
    row: int | None = None
    """Counted from 1, the header included, as a spreadsheet shows it."""
    column: str = ""
    value: str = ""
    subject: str = ""
    """Id of the thing it is about, where it has one."""

    @property
    def where(self) -> str:
        """The place as text: ``organisations.csv, row 12, column odsCode``."""
        parts = [self.file, f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else ""]
        return ", ".join(part for part in parts if part)

    def as_json(self) -> dict[str, Any]:
        """Returns the finding as a JSON object, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Finding:
        """Reads the finding that :meth:`as_json` wrote."""
        return Finding(**dict(value))


def shown(value: object) -> str:
    """Shortens a value to one line, as a finding repeats it."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN_VALUE else f"{text[: SHOWN_VALUE - 1]}…"


def nearest(word: str, choices: list[str], count: int = 3) -> list[str]:
    """Returns the choices most like an unknown word, best first."""
    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(choice.casefold(), choice)
    return [folded[item] for item in get_close_matches(word.casefold(), list(folded), count, 0.6)]


def did_you_mean(word: str, choices: list[str]) -> str:
    """Returns ``Did you mean …?``, or nothing where no choice is near."""
    near = nearest(word, choices)
    return f"Did you mean {' or '.join(near)}?" if near else ""
