"""Cleans the findings and audits that earlier versions stored of what may be about persons, once for each store.

Older loads kept values of columns that nobody had explained. What the store holds of each load is passed through the same rule as
a new finding (:mod:`graphsvc.loading.persons.privacy`), load by load, and only what differs is written. A load that is clean is
not read again: its record says by which version of the rule it was cleaned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from graphsvc.loading.persons.privacy import clean_stored, shown_name
from graphsvc.store import Store

RULE: Final = 1
"""Version of the rule; a higher one cleans every load again."""


async def clean_findings(store: Store) -> int:
    """Cleans the findings of all loads in the store; returns how many records were changed.

    Raises :class:`~graphsvc.errors.StoreError` for the store.
    """
    return await store.clean_loads(RULE, cleaned)


def cleaned(findings: list[dict[str, Any]], audit: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Cleans the findings and the audit of one load. Columns that the audit calls used are understood."""
    used = audit.get("used") or {}
    kept = [clean_stored(finding, lambda column: column in used) for finding in findings]
    return kept, {name: _names(value) for name, value in audit.items()}


def _names(entries: Any) -> Any:
    """Returns a list of an audit with names as they may be shown; counts of names that become one are added up."""
    if not isinstance(entries, Mapping):
        return entries
    counts: Counter[str] = Counter()
    others: dict[str, Any] = {}
    for name, value in entries.items():
        if isinstance(value, int):
            counts[shown_name(name)] += value
        else:
            others.setdefault(shown_name(name), value)
    return {**counts, **others}
