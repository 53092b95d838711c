"""Keeps the most recently used values within a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """A least-recently-used cache, bounded by the weight of its values; one heavier than its share of it is not kept at all."""

    def __init__(self, most: int, share: int = 8) -> None:
        """Keep values of a weight of ``most``, and none that is heavier than ``most // share``."""
        self._most = most
        self._heaviest = most // share
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.weight = 0
        """Of all that is kept, in bytes."""

    def get(self, key: Key) -> Value | None:
        """The value of a key, which then counts as just used."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        """Keep a value, and evict those longest unused until there is room."""
        if key in self._values:
            self.weight -= self._values.pop(key)[1]
        if weight > self._heaviest:
            return
        self._values[key] = (value, weight)
        self.weight += weight
        while self.weight > self._most:
            _, (_, freed) = self._values.popitem(last=False)
            self.weight -= freed

    def __len__(self) -> int:
        return len(self._values)
