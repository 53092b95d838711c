"""What a request may cost: an upper bound of the rows that the store reads for it, known before it is asked (decision 0013).

A row is a thing that is found, or a claim that is followed to what stands at its other end. The bound is worked out from the plan
and from how much the store holds: each step says how many rows it reads for the rows that come to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphsvc.api.planning.arguments import Read, Variables
from graphsvc.api.planning.scale import Reach, Scale
from graphsvc.api.planning.where_limits import Conditions, Follow, along_links, along_relation
from graphsvc.model import Class, Relation


class Touched(NamedTuple):
    """What a step reads."""

    rows: int
    tests: int
    """Rows that the conditions on those rows read further."""
    reach: Reach
    """What comes out of it."""


Step = Callable[[Variables, Scale, Reach], Touched]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the cost, for who is told that it is too much."""

    cost: int
    what: str
    """``rows`` or ``where``."""
    path: str


class Cost:
    """A step of a plan with the steps that go on from its rows."""

    def __init__(self, step: Step, path: str = "") -> None:
        self._step = step
        self._path = path
        self.parts: list[Cost] = []
        self.instead: Cost | None = None
        """What is asked where this step finds nothing, and its parts are therefore asked for nothing."""

    def within(self, step: Step, path: str = "") -> Cost:
        """A step that goes on from the rows of this one."""
        made = Cost(step, path or self._path)
        self.parts.append(made)
        return made

    def total(self, variables: Variables, scale: Scale, reach: Reach | None = None) -> int:
        """For the variables of a request. Raises LimitExceeded for a condition or a page that passes a limit of its own."""
        reach = reach or Reach(1, 1)
        touched = self._step(variables, scale, reach)
        below = sum(part.total(variables, scale, touched.reach) for part in self.parts)
        other = self.instead.total(variables, scale, reach) if self.instead else 0
        return touched.rows + touched.tests + max(below, other)

    def shares(self, variables: Variables, scale: Scale, reach: Reach | None = None) -> Iterator[Share]:
        """The cost in its parts."""
        reach = reach or Reach(1, 1)
        touched = self._step(variables, scale, reach)
        yield Share(touched.rows, "rows", self._path)
        yield Share(touched.tests, "where", self._path)
        for part in self.parts:
            yield from part.shares(variables, scale, touched.reach)
        if self.instead:
            yield from self.instead.shares(variables, scale, reach)


def once(_: Variables, scale: Scale, reach: Reach) -> Touched:
    """What every plan reads: the current revision, before and after."""
    return Touched(2 if scale.known else 1, 0, reach)


def lookup(count: Read) -> Step:
    """Things by their ids."""

    def step(variables: Variables, scale: Scale, reach: Reach) -> Touched:
        rows = reach.rows * count(variables)
        return Touched(rows, 0, Reach(rows, reach.rows))

    return step


def scan(item: Class, conditions: Conditions, wanted: Read | None, times: int = 1) -> Step:
    """The things of a class that fulfil conditions (put ``times`` times), of which ``wanted`` go on; none if they are counted."""

    def step(variables: Variables, scale: Scale, reach: Reach) -> Touched:
        page = wanted(variables) if wanted else 0
        rows = scale.things(item, page)
        tests = times * conditions.cost(variables, scale, Reach(rows, 1))
        return Touched(rows, tests, Reach(min(rows, page), 1))

    return step


def search(words: Read, wanted: Read) -> Step:
    """Hits of a search: each word may lead to every thing, and the best of them go on."""

    def step(variables: Variables, scale: Scale, reach: Reach) -> Touched:
        page = wanted(variables)
        rows = scale.things(None, page)
        return Touched(rows + scale.searched(words(variables)), 0, Reach(min(rows, page) if scale.known else page, 1))

    return step


def along(relation: Relation, conditions: Conditions, wanted: Read | None, times: int = 1) -> Step:
    """The far ends of a relation that fulfil conditions; of each thing ``wanted`` go on, none if they are counted."""
    return _followed(along_relation(relation), conditions, wanted, times)


def linked(relations: Sequence[Relation], conditions: Conditions, wanted: Read | None, times: int = 1) -> Step:
    """The far ends of links of any of some relations, as :func:`along` has those of one."""
    return _followed(along_links(relations), conditions, wanted, times)


def _followed(follow: Follow, conditions: Conditions, wanted: Read | None, times: int) -> Step:
    def step(variables: Variables, scale: Scale, reach: Reach) -> Touched:
        page = wanted(variables) if wanted else 0
        claims = follow(scale, reach, page)
        tests = times * conditions.cost(variables, scale, claims)
        rows = min(claims.rows, reach.rows * page)
        return Touched(claims.rows, tests, Reach(rows, min(rows, claims.times), claims.rows))

    return step


def records(_: Variables, scale: Scale, reach: Reach) -> Touched:
    """The records of things."""
    found = scale.records(reach)
    return Touched(found.rows, 0, Reach(found.rows, found.rows))


def claims(_: Variables, __: Scale, reach: Reach) -> Touched:
    """The claims of edges, which were read with them."""
    return Touched(0, 0, Reach(reach.claims, reach.claims))


def loads(_: Variables, scale: Scale, reach: Reach) -> Touched:
    """The loads that there were."""
    return Touched(scale.loads, 0, reach)
