"""Which things stand without a dataset: those of which another dataset has a record."""

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
    """Those of the things of which a dataset other than ``dataset`` has a record at the current revision."""
    rows = await store.read(_DESCRIBED, {"ids": list(ids), "dataset": dataset, "rev": await store.revision()})
    return {str(found) for (found,) in rows}
