"""Estimates how many rows a step of a plan may reach, from the sizes of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graphsvc.model import Class, Model, Relation
from graphsvc.store.sizes import RECORDS, Fan, Sizes

SEARCH: Final = 30_000
WORD: Final = 10_000
"""Rows that a search, and each of its words, count beside the hits: a word is looked up as it is, as a beginning and misspelt, in
the index of each class. Measured: it takes as long as reading that many rows."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The most rows that there may be at one place of a plan."""

    rows: int
    times: int
    """How often one and the same thing can be among them."""
    claims: int = 0
    """Claims that were read to find them."""


class Scale:
    """The sizes of a store by class and relation. Without them a list counts as many rows as it asks for."""

    def __init__(self, model: Model, sizes: Sizes | None, longest_list: int) -> None:
        self._model = model
        self.longest_list = longest_list
        """Values that a list in a condition may have."""
        self._sizes = sizes or Sizes()
        self.known = sizes is not None
        self._things: dict[str, int] = {}

    def searched(self, words: int) -> int:
        """Rows that the lookup of some words counts for."""
        return SEARCH + words * WORD if self.known else 0

    def found(self, name: str) -> int:
        """The most entries that one value of a property has in its indexes."""
        return self._sizes.found.get(name, 0) if self.known else 1

    @property
    def keys(self) -> int:
        """Nodes that lead to things from what they were called."""
        return self._sizes.keys

    @property
    def loads(self) -> int:
        """The most loads that there may have been."""
        return self._sizes.revision

    def speaking(self, day: str) -> list[str]:
        """The directories that have a release on a day."""
        return self._sizes.speaking(day)

    def things(self, item: Class | None, wanted: int) -> int:
        """The number of things of a class; of all classes, for ``None``."""
        if not self.known:
            return wanted
        name = item.name if item else "Entity"
        if name not in self._things:
            concrete = {entry.name for entry in self._model.concrete(name)}
            numbers = self._sizes.things.items()
            # The store may hold things of a class that this Model does not know: they are things all the same.
            self._things[name] = sum(number for kind, number in numbers if name == "Entity" or kind in concrete)
        return self._things[name]

    def along(self, relation: Relation, reach: Reach, wanted: int) -> Reach:
        """The most claims of a relation that may be followed from some rows."""
        if not self.known:
            rows = reach.rows * wanted
            return Reach(rows, rows)
        fan = self._sizes.fans.get(relation.type, Fan())
        if relation.symmetric:
            fan = Fan(2 * fan.total, fan.out + fan.into, fan.out + fan.into)
        elif not relation.forward:
            fan = Fan(fan.total, fan.into, fan.out)
        return _followed(fan, reach)

    def linked(self, relations: Iterable[Relation], reach: Reach, wanted: int) -> Reach:
        """The links of any of some relations, in either direction, that may be followed from the rows of a reach."""
        if not self.known:
            rows = reach.rows * wanted
            return Reach(rows, rows)
        # Where no relation can be, the pattern names no type, and a store may look at every relationship.
        types = {relation.type for relation in relations} or set(self._sizes.fans)
        fans = [self._sizes.fans.get(kind, Fan()) for kind in types]
        most = sum(fan.out + fan.into for fan in fans)
        return _followed(Fan(2 * sum(fan.total for fan in fans), most, most), reach)

    def records(self, reach: Reach) -> Reach:
        """The most records that the things of some rows may have."""
        return _followed(self._sizes.fans.get(RECORDS, Fan()), reach) if self.known else Reach(2 * reach.rows, 2 * reach.rows)


def _followed(fan: Fan, reach: Reach) -> Reach:
    """A row leads on at most ``fan.out`` times; a relationship is followed at most as often as its near end is there."""
    rows = min(reach.rows * fan.out, reach.times * fan.total)
    return Reach(rows, min(rows, reach.times * fan.into))
