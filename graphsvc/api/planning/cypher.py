"""Names the variables and parameters of a Cypher text under construction, by nothing but their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphsvc.api.planning.arguments import Read


class CypherText:
    """Hands out the variables and parameters of one Cypher text."""

    def __init__(self) -> None:
        self.reads: dict[str, Read] = {}
        self._variables = 0

    def variable(self, prefix: str) -> str:
        """A variable that no other part of the text uses."""
        self._variables += 1
        return f"{prefix}{self._variables}"

    def parameter(self, read: Read) -> str:
        """A parameter with the value that ``read`` finds in a request's variables."""
        name = f"p{len(self.reads) + 1}"
        self.reads[name] = read
        return f"${name}"

    def constant(self, value: Any) -> str:
        """A parameter with a value that belongs to the plan."""
        return self.parameter(lambda _: value)

    def derived(self, read: Read, make: Callable[[Any], Any]) -> str:
        """A parameter made from what ``read`` finds."""
        return self.parameter(lambda variables: make(read(variables)))
