"""A store that keeps what it is asked, for tests of what never needs an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphsvc.store import Store


class Recording:
    """Passes reads on to a store, or answers as an empty one would, and keeps them."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store
        self.text_index = getattr(store, "text_index", "texts")
        self.reads_in_order = getattr(store, "reads_in_order", False)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        """As :meth:`graphsvc.store.Store.read`."""
        self.asked.append((text, parameters))
        return await self.store.read(text, parameters, timeout) if self.store else []
