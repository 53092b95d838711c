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
    """One thing found in an input. A violation sets its row aside, a warning does not, an info only tells."""

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
        """``organisations.csv, row 12, column odsCode``."""
        parts = [self.file, f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else ""]
        return ", ".join(part for part in parts if part)

    def as_json(self) -> dict[str, Any]:
        """The finding as a JSON object; what is not known is left out."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Finding:
        """The finding that :meth:`as_json` wrote down."""
        return Finding(**dict(value))


def shown(value: object) -> str:
    """A value as a finding repeats it: one line, shortened."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN_VALUE else f"{text[: SHOWN_VALUE - 1]}…"


def nearest(word: str, choices: list[str], count: int = 3) -> list[str]:
    """The choices most like a word that is none of them, best first."""
    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(choice.casefold(), choice)
    return [folded[item] for item in get_close_matches(word.casefold(), list(folded), count, 0.6)]


def did_you_mean(word: str, choices: list[str]) -> str:
    """``Did you mean …?``, or nothing where no choice is near."""
    near = nearest(word, choices)
    return f"Did you mean {' or '.join(near)}?" if near else ""
