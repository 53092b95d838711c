"""Bounds the cost of ``where``, and checks its limits: number of conditions, depth, values in a list, letters in a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphsvc.api.planning.arguments import Leaf, Read, Tree, Variables, fields_of
from graphsvc.api.planning.scale import Reach, Scale
from graphsvc.api.schema.naming import FURTHEST, Naming
from graphsvc.errors import LimitExceeded
from graphsvc.model import Class, Property, Relation
from graphsvc.settings import Settings

DEEPEST: Final = 20
"""Conditions within each other: AND, OR, NOT, and some, none or every of a relation."""
LONGEST: Final = 1000
"""Letters of a text that is compared with."""
_TESTS_A_ROW: Final = 10
"""Conditions on one thing that take as long as reading it."""
_VALUES_A_ROW: Final = 50
"""Values of a list that take as long."""


Follow = Callable[[Scale, Reach, int], Reach]
"""What is read on the way from the rows of a reach to the next place; the number is how many rows a list wants of each."""


def along_relation(relation: Relation) -> Follow:
    """A function that follows one relation."""
    return lambda scale, reach, wanted: scale.along(relation, reach, wanted)


def along_links(relations: Sequence[Relation]) -> Follow:
    """A function that follows links of any of some relations."""
    return lambda scale, reach, wanted: scale.linked(relations, reach, wanted)


def to_records(scale: Scale, reach: Reach, _: int) -> Reach:
    """Follow things to their records."""
    return scale.records(reach)


@dataclass(slots=True)
class Conditions:
    """The conditions on the things, or the claims, at one place of ``where``."""

    number: int = 0
    texts: list[tuple[str, Read]] = field(default_factory=list)
    """Name and value of what is compared with."""
    along: list[tuple[str, Follow, Conditions]] = field(default_factory=list)
    """The ways that are followed, as the request names them, with the conditions there."""

    def cost(self, variables: Variables, scale: Scale, reach: Reach) -> int:
        """The most rows that testing the conditions on some rows may read. Raises LimitExceeded for a list or text too long."""
        values = sum(self._size(name, read(variables), scale) for name, read in self.texts)
        found = reach.rows * self.number // _TESTS_A_ROW + reach.rows * values // _VALUES_A_ROW
        for _, follow, inner in self.along:
            further = follow(scale, reach, 1)
            found += further.rows + inner.cost(variables, scale, further)
        return found

    def dearest(self, variables: Variables, scale: Scale, reach: Reach) -> str:
        """The way that may read most, as the request names it: ``services.some``; empty if none is followed."""
        named: list[tuple[int, str]] = []
        for name, follow, inner in self.along:
            further = follow(scale, reach, 1)
            below = inner.dearest(variables, scale, further)
            named.append((further.rows + inner.cost(variables, scale, further), f"{name}.{below}" if below else name))
        return max(named, default=(0, ""))[1]

    def _size(self, name: str, value: Any, scale: Scale) -> int:
        values = value if isinstance(value, list) else [value]
        if len(values) > scale.longest_list:
            raise LimitExceeded(
                f"where: the list of {name} has {len(values)} values; the limit is {scale.longest_list}.", "Ask part by part."
            )
        letters = max((len(entry) for entry in values if isinstance(entry, str)), default=0)
        if letters > LONGEST:
            raise LimitExceeded(f"where: a text of {name} has {letters} letters; the limit is {LONGEST}.", "Compare with less.")
        return len(values) if isinstance(value, list) else 0


def conditions_of(tree: Tree | None, item: Class, naming: Naming, settings: Settings) -> Conditions:
    """The conditions of an argument ``where`` on things of a class.

    Raises LimitExceeded if they are too many, or too deeply within each other, for a store to take.
    """
    counter = _ConditionCounter(naming, settings.max_conditions)
    made = Conditions()
    counter.thing(tree, item, made, 1)
    return made


class _ConditionCounter:
    """Counts the conditions of one argument, and their depth."""

    def __init__(self, naming: Naming, most: int) -> None:
        self._naming = naming
        self._most = most
        self._number = 0

    def _count(self, made: Conditions, depth: int) -> None:
        made.number += 1
        self._number += 1
        if self._number > self._most:
            raise LimitExceeded(
                f"where: there are more than {self._most} conditions, which is the limit.",
                "A list of values is one condition: {in: [...]}.",
            )
        if depth > DEEPEST:
            raise LimitExceeded(f"where: conditions are nested more than {DEEPEST} deep.", "Nest them less deeply.")

    def thing(self, tree: Tree | None, item: Class, made: Conditions, depth: int) -> None:
        """Count the conditions on a thing."""
        for key, entry in fields_of(tree).items():
            if key in ("AND", "OR", "NOT"):
                for part in entry if isinstance(entry, list) else [entry]:
                    self._count(made, depth)
                    self.thing(part, item, made, depth + 1)
            elif key == "claim":
                self._claim(entry, made, depth + 1)
            elif key == "claims":
                self._records(entry, made, depth)
            elif key == "links":
                self._links(entry, item, made, depth)
            else:
                meaning = self._naming.fields[item.name].get(key)
                if isinstance(meaning, Property) or meaning is None:
                    self._operators(entry, key, made, depth)
                else:
                    self._quantified(entry, meaning.relation, made, depth)

    def _quantified(self, tree: Tree, relation: Relation, made: Conditions, depth: int) -> None:
        follow = along_relation(relation)
        for quantifier, condition in fields_of(tree).items():
            if isinstance(condition, Leaf):
                continue
            self._count(made, depth)
            inner = Conditions()
            self.thing(condition, self._naming.model.classes[relation.range], inner, depth + 1)
            here = inner
            for _ in range(FURTHEST - 1 if quantifier == "anywhere" else 0):
                inner = Conditions(here.number, here.texts, [*here.along, (relation.field, follow, inner)])
            made.along.append((f"{relation.field}.{quantifier}", follow, inner))

    def _records(self, tree: Tree, made: Conditions, depth: int) -> None:
        for condition in fields_of(tree).values():
            if isinstance(condition, Leaf):
                continue
            self._count(made, depth)
            inner = Conditions()
            made.along.append(("claims", to_records, inner))
            self._claim(condition, inner, depth + 1)

    def _links(self, tree: Tree, item: Class, made: Conditions, depth: int) -> None:
        forward, backward = self._naming.ties(item)
        for condition in fields_of(tree).values():
            if isinstance(condition, Leaf):
                continue
            self._count(made, depth)
            asked, inner = fields_of(condition), Conditions()
            names = asked.get("relations")
            wanted = names.value if isinstance(names, Leaf) and isinstance(names.value, list) else None
            relations = [relation for relation in (*forward, *backward) if wanted is None or relation.type in wanted]
            made.along.append(("links", along_links(relations), inner))
            self.thing(asked.get("node"), self._naming.model.classes["Entity"], inner, depth + 1)
            if "claim" in asked:
                self._claim(asked["claim"], inner, depth + 1)

    def _claim(self, tree: Tree, made: Conditions, depth: int) -> None:
        for key, entry in fields_of(tree).items():
            if key in ("AND", "OR", "NOT"):
                for part in entry if isinstance(entry, list) else [entry]:
                    self._count(made, depth)
                    self._claim(part, made, depth + 1)
            else:
                self._operators(entry, key, made, depth)

    def _operators(self, tree: Tree, key: str, made: Conditions, depth: int) -> None:
        operators: Mapping[str, Tree] = fields_of(tree)
        for entry in operators.values():
            self._count(made, depth)
            if isinstance(entry, Leaf) and isinstance(entry.value, str | list):
                made.texts.append((key, entry.read))
