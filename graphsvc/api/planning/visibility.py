"""Cypher conditions that decide whether a node or relationship is visible at a revision, a status and a date (decision 0012).

``from`` and ``to`` are kept so that unknown bounds are open, and what is over since an unknown day holds on no day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphsvc.api.planning.arguments import Leaf, Read, Variables
from graphsvc.api.planning.cypher import CypherText
from graphsvc.provenance import OVER, STATUSES, TRUE_NOW


def visible(name: str) -> str:
    """The Cypher condition that a node or relationship belongs to the revision that the request reads."""
    return f"{name}.knownFrom <= rev AND rev < {name}.knownTo"


@dataclass(frozen=True, slots=True)
class Visibility:
    """A Cypher condition on status and date."""

    accepted: str
    """Parameter: statuses that pass if they hold on the date."""
    as_of: str = ""
    """Parameter: the date; empty if none is asked for."""
    regardless: str = ""
    """Parameter: statuses that pass whatever the date; empty if there are none."""

    def test(self, name: str) -> str:
        """The Cypher condition on a node or relationship."""
        passes = f"{name}.status IN {self.accepted}"
        if not self.as_of:
            return passes
        passes = f"{passes} AND {name}.from <= {self.as_of} AND {self.as_of} < {name}.to"
        return f"({passes} OR {name}.status IN {self.regardless})" if self.regardless else passes


class VisibilityRules:
    """The visibility conditions of one root field, from its ``asOf`` and ``status``; each is made when it is first needed."""

    def __init__(self, text: CypherText, as_of: Leaf | None, status: Leaf | None) -> None:
        self._text = text
        self._as_of_leaf = as_of if as_of is not None and as_of.value is not None else None
        self._status = status if status is not None and status.value is not None else None
        self._as_of = ""
        self._made: dict[str, Visibility] = {}

    @property
    def as_of(self) -> str:
        """Parameter: the date; empty if none is asked for."""
        if self._as_of_leaf and not self._as_of:
            self._as_of = self._text.parameter(self._as_of_leaf.read)
        return self._as_of

    @property
    def by_default(self) -> bool:
        """Whether no status is asked for."""
        return self._status is None

    @property
    def as_of_read(self) -> Read | None:
        """Reads the date, if one is asked for."""
        return self._as_of_leaf.read if self._as_of_leaf else None

    @property
    def status_read(self) -> Read | None:
        """Reads the statuses, if any are asked for."""
        return self._status.read if self._status else None

    def root(self) -> Visibility:
        """The condition on things of a root list: exactly the statuses asked for, else what is true."""
        status = self._status
        return self._once("root", lambda: self._exact(status)) if status else self.below()

    def below(self) -> Visibility:
        """The condition on claims and things below the root: what is true, and the statuses asked for."""
        status = self._status
        return self._once("below", lambda: self._widened([status.read])) if status else self.default()

    def default(self) -> Visibility:
        """The condition that something is true now, whatever statuses are asked for."""
        return self._once("default", lambda: self._widened([]))

    def own(self, status: Leaf) -> Visibility:
        """The condition on claims of a relation with a ``status`` of its own."""
        return self._exact(status)

    def target(self, status: Leaf) -> Visibility:
        """The condition on the far end of a relation with a ``status`` of its own."""
        return self._widened([status.read, *([self._status.read] if self._status else [])])

    def all(self) -> Visibility:
        """The condition that asking for every status sets."""
        return self._once("all", lambda: self._exact(Leaf(list(STATUSES), lambda _: list(STATUSES))))

    def _once(self, name: str, make: Callable[[], Visibility]) -> Visibility:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _exact(self, status: Leaf) -> Visibility:
        accepted = self._text.parameter(status.read)
        if not self.as_of:
            return Visibility(accepted)
        over = self._text.derived(status.read, lambda given: [name for name in given if name in OVER])
        return Visibility(accepted, self.as_of, over)

    def _widened(self, reads: list[Read]) -> Visibility:
        base = [*TRUE_NOW, *OVER] if self._as_of_leaf else list(TRUE_NOW)
        if not reads:
            return Visibility(self._text.constant(base), self.as_of)

        def named(variables: Variables) -> list[str]:
            return [name for read in reads for name in read(variables)]

        accepted = self._text.derived(named, lambda names: list(dict.fromkeys([*base, *names])))
        if not self.as_of:
            return Visibility(accepted)
        over = self._text.derived(named, lambda names: [name for name in dict.fromkeys(names) if name in OVER])
        return Visibility(accepted, self.as_of, over)
