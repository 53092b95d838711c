"""Cypher conditions that decide whether a node or relationship is visible at a revision, a status, a date and a certainty.

The rule of status is decision 0012, that of the date and its certainty decision 0014: without a date, today's. The days on which
both rest are worked out when a claim is published (:mod:`graphsvc.store.publishing.days`), so that each test compares texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from graphsvc.api.planning.arguments import Leaf, Read, Tree, Variables
from graphsvc.api.planning.cypher import CypherText
from graphsvc.provenance import CERTAINTIES, OVER, SHOWN_CERTAINTIES, STATUSES, TRUE_NOW, UNKNOWN_END


def visible(name: str) -> str:
    """The Cypher condition that a node or relationship belongs to the revision that the request reads."""
    return f"{name}.knownFrom <= rev AND rev < {name}.knownTo"


SPEAKING: Final = "speaking"
"""Name of the parameter with the directories that have a release on the day asked for."""


def certainty(name: str, as_of: str) -> str:
    """The Cypher value of the certainty on the day in parameter ``as_of``; null where a stated period excludes it.

    What a directory lists is stated on the day of each of its releases, unless it was not listed then (decision 0017).
    """
    listed = (
        f"any(d IN {name}.listings WHERE d IN ${SPEAKING}) AND coalesce({as_of} < {name}.lasts, true) "
        f"AND NOT any(g IN coalesce({name}.gaps, []) WHERE substring(g, 0, 10) <= {as_of} AND {as_of} < substring(g, 11))"
    )
    return (
        f"(CASE WHEN {as_of} < {name}.starts OR {name}.to <= {as_of} THEN null WHEN {as_of} < {name}.from THEN 'BEFORE_TOLD' "
        f"WHEN {as_of} < {name}.sureFrom THEN 'POSSIBLE' WHEN {as_of} < {name}.sureTo OR ({listed}) THEN 'STATED' "
        f"WHEN {as_of} < {name}.lasts THEN 'CONTINUED' WHEN {name}.to < '{UNKNOWN_END}' THEN 'POSSIBLE' ELSE 'CONTINUED' END)"
    )


@dataclass(frozen=True, slots=True)
class Visibility:
    """A Cypher condition on status, date and certainty."""

    accepted: str
    """Parameter: statuses that pass if they hold on the date."""
    as_of: str
    """Parameter: the date, that asked for or today's."""
    regardless: str = ""
    """Parameter: statuses that pass whatever the date; empty if there are none."""
    begun: str = "from"
    """Property that has the first day on which something passes: ``from``, or ``starts`` where it need not be told yet."""
    sure: str = ""
    """Parameter: certainties that pass; empty where the days alone tell."""
    whenever: bool = False
    """Whether the status decides alone, whatever the date."""

    def test(self, name: str) -> str:
        """The Cypher condition on a thing of a root list, or on a claim."""
        narrowed = f"{certainty(name, self.as_of)} IN {self.sure}" if self.sure else ""
        return self._on_the_day(name, self.begun, narrowed)

    def reached(self, name: str) -> str:
        """The Cypher condition on the far end of a claim that passes: its own stated period does not exclude the day."""
        return self._on_the_day(name, "starts")

    def status(self, name: str) -> str:
        """The Cypher condition on the status alone."""
        return f"{name}.status IN {self.accepted}"

    def hiding(self, name: str) -> str:
        """The Cypher value of the certainty that hides what has the statuses asked for; empty text if something else does."""
        if self.whenever:
            return "''"
        found = certainty(name, self.as_of)
        return f"CASE WHEN {self.status(name)} AND NOT ({self.test(name)}) THEN coalesce({found}, '') ELSE '' END"

    def _on_the_day(self, name: str, begun: str, narrowed: str = "") -> str:
        if self.whenever:
            return self.status(name)
        parts = [self.status(name), f"{name}.{begun} <= {self.as_of}", f"{self.as_of} < {name}.to", narrowed]
        passes = " AND ".join(part for part in parts if part)
        return f"({passes} OR {name}.status IN {self.regardless})" if self.regardless else passes


def own_status(arguments: Mapping[str, Tree]) -> Leaf | None:
    """The argument ``status`` of a relation, if it is given and not null."""
    status = arguments.get("status")
    return status if isinstance(status, Leaf) and status.value is not None else None


def _every(statuses: Iterable[str]) -> Leaf:
    """An argument that names statuses, as if a request had given it."""
    names = list(statuses)
    return Leaf(names, lambda _: names)


class VisibilityRules:
    """The conditions of one root field, from its ``asOf``, ``status`` and ``certainty``; each is made when it is first needed."""

    def __init__(
        self,
        text: CypherText,
        as_of: Leaf | None,
        status: Leaf | None,
        certainty: Leaf | None,
        today: Callable[[], str],
    ) -> None:
        self._text = text
        given = as_of is not None and as_of.value is not None
        self.dated = given
        """Whether a date is asked for."""
        self._day: Read = as_of.read if as_of is not None and given else lambda _: today()
        self._status = status if status is not None and status.value is not None else None
        self._certainty = certainty if certainty is not None and certainty.value is not None else None
        self._as_of = ""
        self._made: dict[str, Visibility] = {}

    @property
    def as_of(self) -> str:
        """Parameter: the date asked for, else today."""
        if not self._as_of:
            self._as_of = self._text.parameter(self._day)
        return self._as_of

    @property
    def by_default(self) -> bool:
        """Whether no status and no certainty is asked for."""
        return self._status is None and self._certainty is None

    @property
    def as_of_read(self) -> Read:
        """Reads the date asked for, else today."""
        return self._day

    @property
    def status_read(self) -> Read | None:
        """Reads the statuses, if any are asked for."""
        return self._status.read if self._status else None

    @property
    def certainty_read(self) -> Read | None:
        """Reads the certainties, if any are asked for."""
        return self._certainty.read if self._certainty else None

    def root(self) -> Visibility:
        """The condition on things of a root list: exactly the statuses asked for, else what is true."""
        status = self._status
        return self._once("root", lambda: self._sure(self._exact(status))) if status else self.below()

    def sought(self) -> Visibility:
        """The condition on hits of a search: without a date, what a source once said to be true is found though it is over."""
        if self.dated or not self.by_default:
            return self.root()
        return self._once("sought", lambda: replace(self._exact(_every(TRUE_NOW)), whenever=True))

    def below(self) -> Visibility:
        """The condition on claims and things below the root: what is true, and the statuses asked for."""
        status = self._status
        return self._once("below", lambda: self._widened([status.read])) if status else self.default()

    def default(self) -> Visibility:
        """The condition that something is true now, whatever statuses are asked for."""
        return self._once("default", lambda: self._widened([]))

    def along(self, own: Leaf | None) -> tuple[Visibility, Visibility]:
        """The conditions on the claims and on the far ends of a relation, which may have a ``status`` of its own."""
        if own is None:
            return self.below(), self.below()
        read = [own.read, *([self._status.read] if self._status else [])]
        return self._sure(self._exact(own)), self._widened(read)

    def all(self) -> Visibility:
        """The condition that asking for every status and every certainty sets."""
        return self._once("all", lambda: replace(self._exact(_every(STATUSES)), begun="starts", whenever=not self.dated))

    def _once(self, name: str, make: Callable[[], Visibility]) -> Visibility:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _exact(self, status: Leaf) -> Visibility:
        accepted = self._text.parameter(status.read)
        if not self.dated:
            return Visibility(accepted, self.as_of, accepted, whenever=self._certainty is None)
        over = self._text.derived(status.read, lambda given: [name for name in given if name in OVER])
        return Visibility(accepted, self.as_of, over)

    def _widened(self, reads: list[Read]) -> Visibility:
        base = [*TRUE_NOW, *OVER]
        if not reads:
            return self._sure(Visibility(self._text.constant(base), self.as_of))

        def named(variables: Variables) -> list[str]:
            return list(dict.fromkeys(name for read in reads for name in read(variables)))

        # Without a date, a status that is named is asked for whatever its period; with one, only what is over may be.
        whenever = OVER if self.dated else STATUSES
        accepted = self._text.derived(named, lambda names: list(dict.fromkeys([*base, *names])))
        regardless = self._text.derived(named, lambda names: [name for name in names if name in whenever])
        return self._sure(Visibility(accepted, self.as_of, regardless))

    def _sure(self, made: Visibility) -> Visibility:
        """The condition with the certainties asked for. What is over on a day nobody states has none."""
        if self._certainty is None:
            return made
        asked = set(self._certainty.value)
        if asked == set(CERTAINTIES):
            return replace(made, begun="starts")
        if asked == set(SHOWN_CERTAINTIES):
            return replace(made, regardless="")
        return replace(made, begun="starts", sure=self._text.parameter(self._certainty.read), regardless="")
