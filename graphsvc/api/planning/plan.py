"""A query plan of one root field: its Cypher text, how to fill the parameters, and how to shape the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphsvc.api.planning.arguments import Read
from graphsvc.api.planning.cost import Cost
from graphsvc.api.planning.paging import Bounds
from graphsvc.api.planning.shaping import Answering
from graphsvc.api.planning.visibility import SPEAKING


@dataclass(frozen=True, slots=True)
class Plan:
    """A query plan that serves every request of one document and shape of variables."""

    key: str
    """Response key."""
    text: str
    parameters: Mapping[str, Read]
    reads: Mapping[str, Read]
    """What shaping reads of the request."""
    shape: Callable[[Sequence[Any], Answering], Any]
    cost: Cost
    empty_row: Sequence[Any]
    """What shaping reads where a store that was never loaded has no row."""
    hidden: int | None = None
    """Column of what the default hid from an empty list."""
    as_of: Read | None = None
    """Reads the day of the answer, if it has one."""
    as_at_today: bool = False
    """Whether that is today, since none was asked for."""
    by_sizes: bool = False
    """Whether another plan may be better, by the sizes of the store."""
    speaking: bool = False
    """Whether the text wants to know which directories have a release on the day asked for."""

    def given(self, variables: Mapping[str, Any], speaking: Callable[[str], list[str]]) -> dict[str, Any]:
        """The parameters of the text; ``speaking`` tells which directories have a release on a day."""
        found = {name: read(variables) for name, read in self.parameters.items()}
        if self.speaking:
            found[SPEAKING] = speaking(str(self.as_of(variables))) if self.as_of else []
        return found

    def cursor_revisions(self, read: Mapping[str, Any]) -> set[int]:
        """Revisions of the cursors given."""
        return {value.revision for value in read.values() if isinstance(value, Bounds) and value.revision is not None}
