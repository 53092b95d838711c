"""Checks the expectations of a release, so that a truncated file is not published as if entries had ended.

They stand beside the file (``[expectations]`` in ``<file>.toml``). Where nothing stands there, a directory has :data:`DEFAULT`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from graphsvc.loading.release import Expectations
from graphsvc.pipeline.difference import Difference

DEFAULT: Final = Expectations(rejected=0.5, vanished=0.2, understood=0.5)
"""Half of the rows in error or passed over, or a fifth of the entries gone, is no release but an accident."""
FEW: Final = 10
"""So many entries may vanish, and so many rows be in error, up to :data:`MOST_OF_FEW` of all, where nothing is said beside the
file: a small directory changes a lot."""
MOST_OF_FEW: Final = 0.5
VERY_FEW: Final = 2
"""So many may in any case."""


def expected(beside: Expectations) -> tuple[Expectations, int]:
    """Returns the expectations of a release, and how many of its entries or rows may fail in any case."""
    if any(getattr(beside, item.name) is not None for item in fields(beside)):
        return beside, 0
    return DEFAULT, FEW


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rows of a release: without and with error, read by the loader, and in the file."""

    good: int
    aside: int
    met: int
    there: int
    """0 where nobody counted."""
    cut_short: str = ""
    """Where the file breaks off, or what of it could not be read at all."""
    left_out: tuple[str, ...] = ()
    """Parts of the input that were not read."""


def broken(beside: Expectations, coverage: Coverage, difference: Difference) -> list[str]:
    """Lists the expectations that a release breaks, each as a sentence with the figure and the limit."""
    wanted, few = expected(beside)
    good, aside = coverage.good, coverage.aside
    found: list[str] = []
    if wanted.rows is not None and good + aside < wanted.rows:
        found.append(f"rows: it has {good + aside:,}, and at least {wanted.rows:,} are expected.")
    if not good:
        found.append("rows: it has none of which anything was understood.")
    if coverage.cut_short:
        found.append(f"whole: {coverage.cut_short}, so that not all of it was read.")
    found += [f"whole: {part} is not read." for part in coverage.left_out]
    if difference.ends_early:
        last = difference.ends_early.partition("/")[2]
        found.append(f"whole: it ends with {last}, and the {difference.missing:,} entries that are missing would follow it.")
    passed = coverage.there - coverage.met
    if passed > VERY_FEW and wanted.understood is not None and coverage.met / coverage.there < wanted.understood:
        share = f"{coverage.met:,} of {coverage.there:,} rows in the file were looked at ({coverage.met / coverage.there:.1%})"
        found.append(f"understood: {share}, and at least {wanted.understood:.1%} are expected.")
    found += _share("rejected", aside, good + aside, _limit(wanted.rejected, aside, few), "rows are in error")
    missing = difference.missing
    found += _share("vanished", missing, difference.listed, _limit(wanted.vanished, missing, few), "listed entries are not in it")
    return found + _share("changed", difference.touched, difference.listed, wanted.changed, "listed entries are changed")


def _limit(limit: float | None, part: int, few: int) -> float | None:
    """Returns the greatest share that is expected: a larger one where few entries are concerned, none where very few are."""
    if limit is None or part > few:
        return limit
    return max(limit, MOST_OF_FEW) if part > VERY_FEW else None


def _share(name: str, part: int, whole: int, limit: float | None, what: str) -> list[str]:
    if limit is None or not whole or part / whole <= limit:
        return []
    return [f"{name}: {part:,} of {whole:,} {what} ({part / whole:.1%}), and at most {limit:.1%} are expected."]
