"""Bounds the cost of a request before it is run: the most rows that the store may read for it (decision 0013).

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


class StepCost(NamedTuple):
    """The rows that one step of a plan reads."""

    rows: int
    tests: int
    """Rows that the conditions on those rows read further."""
    reach: Reach
    """Rows that it passes on."""
    dearest: Callable[[], str] = str
    """The condition that may read most, as the request names it; empty if there is none."""


Step = Callable[[Variables, Scale, Reach], StepCost]


@dataclass(frozen=True, slots=True)
class CostShare:
    """A part of the cost of a request, named in the error that refuses it."""

    cost: int
    what: str
    """``rows`` or ``where``."""
    path: str
    condition: str = ""
    """The condition that makes ``where`` dear."""


class Cost:
    """The cost of a step of a plan and of the steps that follow from its rows."""

    def __init__(self, step: Step, path: str = "") -> None:
        self._step = step
        self._path = path
        self.parts: list[Cost] = []
        self.instead: Cost | None = None
        """What is asked where this step finds nothing, and its parts are therefore asked for nothing."""

    def within(self, step: Step, path: str = "") -> Cost:
        """Add a step that follows from the rows of this one."""
        made = Cost(step, path or self._path)
        self.parts.append(made)
        return made

    def total(self, variables: Variables, scale: Scale, reach: Reach | None = None) -> int:
        """The cost for a request's variables. Raises LimitExceeded for a condition or a page that passes a limit of its own."""
        reach = reach or Reach(1, 1)
        touched = self._step(variables, scale, reach)
        below = sum(part.total(variables, scale, touched.reach) for part in self.parts)
        other = self.instead.total(variables, scale, reach) if self.instead else 0
        return touched.rows + touched.tests + max(below, other)

    def shares(self, variables: Variables, scale: Scale, reach: Reach | None = None) -> Iterator[CostShare]:
        """The parts of the cost, step by step."""
        reach = reach or Reach(1, 1)
        touched = self._step(variables, scale, reach)
        yield CostShare(touched.rows, "rows", self._path)
        yield CostShare(touched.tests, "where", self._path, touched.dearest())
        for part in self.parts:
            yield from part.shares(variables, scale, touched.reach)
        if self.instead:
            yield from self.instead.shares(variables, scale, reach)


def once(_: Variables, scale: Scale, reach: Reach) -> StepCost:
    """The step of every plan: the current revision, read before and after."""
    return StepCost(2 if scale.known else 1, 0, reach)


def lookup(count: Read) -> Step:
    """A step that looks things up by their ids."""

    def step(variables: Variables, scale: Scale, reach: Reach) -> StepCost:
        rows = reach.rows * count(variables)
        return StepCost(rows, 0, Reach(rows, reach.rows))

    return step


def scan(item: Class, conditions: Conditions, wanted: Read | None, times: int = 1, scans: int = 1) -> Step:
    """A step that scans the things of a class ``scans`` times, and puts conditions to each ``times`` times.

    ``wanted`` of those that fulfil them go on; none if they are counted.
    """

    def step(variables: Variables, scale: Scale, reach: Reach) -> StepCost:
        page = wanted(variables) if wanted else 0
        rows = scale.things(item, page)
        tests = times * conditions.cost(variables, scale, Reach(rows, 1))
        found = Reach(rows, 1)
        return StepCost(scans * rows, tests, Reach(min(rows, page), 1), lambda: conditions.dearest(variables, scale, found))

    return step


def search(words: Read, wanted: Read) -> Step:
    """A step that searches: each word may lead to every thing, and what it leads to is looked up once more; the best go on."""

    def step(variables: Variables, scale: Scale, reach: Reach) -> StepCost:
        page = wanted(variables)
        rows = scale.things(None, page)
        return StepCost(2 * rows + scale.searched(words(variables)), 0, Reach(min(rows, page) if scale.known else page, 1))

    return step


def along(relation: Relation, conditions: Conditions, wanted: Read | None, times: int = 1) -> Step:
    """A step that follows a relation to targets that fulfil conditions, tested ``times`` times.

    Of each thing ``wanted`` targets go on; none if they are counted.
    """
    return _followed(along_relation(relation), conditions, wanted, times)


def linked(relations: Sequence[Relation], conditions: Conditions, wanted: Read | None, times: int = 1) -> Step:
    """A step that follows links of any of some relations, as :func:`along` follows one relation."""
    return _followed(along_links(relations), conditions, wanted, times)


def _followed(follow: Follow, conditions: Conditions, wanted: Read | None, times: int) -> Step:
    def step(variables: Variables, scale: Scale, reach: Reach) -> StepCost:
        page = wanted(variables) if wanted else 0
        claims = follow(scale, reach, page)
        tests = times * conditions.cost(variables, scale, claims)
        rows = min(claims.rows, reach.rows * page)
        further = Reach(rows, min(rows, claims.times), claims.rows)
        return StepCost(claims.rows, tests, further, lambda: conditions.dearest(variables, scale, claims))

    return step


def records(_: Variables, scale: Scale, reach: Reach) -> StepCost:
    """The step that reads the records of things."""
    found = scale.records(reach)
    return StepCost(found.rows, 0, Reach(found.rows, found.rows))


def claims(_: Variables, __: Scale, reach: Reach) -> StepCost:
    """The step to the claims of edges, which were read with them."""
    return StepCost(0, 0, Reach(reach.claims, reach.claims))


def loads(_: Variables, scale: Scale, reach: Reach) -> StepCost:
    """The step that reads all loads."""
    return StepCost(scale.loads, 0, reach)
