"""Cypher expressions for the value of a property as at a day (decision 0012)."""

from __future__ import annotations

from graphsvc.store.publishing.dated_values import DATED, DATED_FROM, dated_key


def value_as_at(name: str, entry: str, as_of: str) -> str:
    """The Cypher value of property ``entry`` of the node in ``name`` on the day in parameter ``as_of``.

    Only a thing whose values were others on some day looks further than today's.
    """
    period = (
        f"toString(reduce(period = -1, day IN {name}.{DATED_FROM} | CASE WHEN day <= {as_of} THEN period + 1 ELSE period END))"
    )
    then = f"{name}['{dated_key(entry, '')}' + {period}]"
    return f"(CASE WHEN '{entry}' IN {name}.{DATED} THEN {then} ELSE {name}.{entry} END)"
