"""Finds the things that another dataset also describes, so that retiring a dataset keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphsvc.store.protocol import Store

_DESCRIBED: Final = """
UNWIND $ids AS id MATCH (n:Entity {id: id})-[:HAS_RECORD]->(r:Record)
WHERE r.dataset <> $dataset AND r.knownFrom <= $rev AND $rev < r.knownTo
RETURN DISTINCT n.id
"""


async def also_described(store: Store, ids: Sequence[str], dataset: str) -> set[str]:
    """The things that a dataset other than ``dataset`` describes in a record at the current revision."""
    rows = await store.read(_DESCRIBED, {"ids": list(ids), "dataset": dataset, "rev": await store.revision()})
    return {str(found) for (found,) in rows}
