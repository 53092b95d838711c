"""Prints the audit of a load: the columns used, ignored, reported and withheld."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console


def print_audit(audit: Mapping[str, Any], out: Console, *, everything: bool = False) -> None:
    """Print the three lists with their counts: totals and what was reported, or every name with ``everything``.

    ``audit`` is what :meth:`graphsvc.loading.audit.Audit.as_json` gives; of a loader that keeps none nothing is printed.
    """
    used, ignored, reported, withheld = (audit.get(name) or {} for name in ("used", "ignored", "reported", "withheld"))
    if not (used or ignored or reported or withheld):
        return
    values = sum(used.values())
    out.print(
        f"  Audit: {_names(len(used))} used ({values:,} values), {len(ignored):,} ignored, {len(reported):,} reported; "
        f"{sum(withheld.values()):,} values withheld.",
        markup=False,
    )
    if everything:
        for name, count in used.items():
            out.print(f"    used: {name} ({count:,})", markup=False)
        for name, entry in ignored.items():
            out.print(f"    ignored: {name} ({entry['values']:,}): {entry['why']}", markup=False)
    for name, count in reported.items():
        out.print(f"    reported: {name} ({count:,})", markup=False)
    for sort, count in withheld.items():
        out.print(f"    withheld: {sort} ({count:,})", markup=False)


def _names(count: int) -> str:
    return f"{count:,} {'name' if count == 1 else 'names'}"
