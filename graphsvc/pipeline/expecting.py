"""Expectations: what a release must hold to be published, so that a truncated one does not pass for the news.

They stand beside the file (``[expectations]`` in ``<file>.toml``). Where nothing stands there, a directory has :data:`DEFAULT`.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from graphsvc.loading.release import Expectations
from graphsvc.pipeline.difference import Difference

DEFAULT: Final = Expectations(rejected=0.5, vanished=0.2)
"""Half of the rows in error, or a fifth of the entries gone, is no release but an accident."""
FEW: Final = 10
"""So many entries may vanish, and so many rows be in error, whatever their share, where nothing is said beside the file: a small
directory changes a lot."""


def expected(beside: Expectations) -> tuple[Expectations, int]:
    """What is expected of a release, and how many of its entries or rows may fail in any case."""
    if any(getattr(beside, item.name) is not None for item in fields(beside)):
        return beside, 0
    return DEFAULT, FEW


def broken(beside: Expectations, good: int, aside: int, difference: Difference) -> list[str]:
    """The expectations that a release breaks, each in a sentence with the figure and the limit.

    ``good`` and ``aside`` are its rows without and with error.
    """
    wanted, few = expected(beside)
    found: list[str] = []
    if wanted.rows is not None and good + aside < wanted.rows:
        found.append(f"rows: it has {good + aside:,}, and at least {wanted.rows:,} are expected.")
    if aside > few:
        found += _share("rejected", aside, good + aside, wanted.rejected, "rows are in error")
    if difference.missing > few:
        found += _share("vanished", difference.missing, difference.listed, wanted.vanished, "listed entries are not in it")
    return found + _share("changed", difference.touched, difference.listed, wanted.changed, "listed entries are changed")


def _share(name: str, part: int, whole: int, limit: float | None, what: str) -> list[str]:
    if limit is None or not whole or part / whole <= limit:
        return []
    return [f"{name}: {part:,} of {whole:,} {what} ({part / whole:.1%}), and at most {limit:.1%} are expected."]
