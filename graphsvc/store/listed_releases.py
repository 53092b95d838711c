"""Finds the releases of a directory that a store holds where no load says so, as after an export is loaded again."""

from __future__ import annotations

from graphsvc.model import Model
from graphsvc.store.protocol import KnownRelease, Store
from graphsvc.store.publishing.records import RELEASE_OF, released_on


async def listed_releases(store: Store, model: Model, directory: str) -> tuple[KnownRelease, ...]:
    """The releases of a directory, earliest first; those without a date last. Each is held to list all entries."""
    text = (
        f"MATCH (m:Entity)-[r:{model.relations[RELEASE_OF].type}]->(n:Entity {{id: $directory}}) "
        "WHERE r.knownFrom <= $rev AND $rev < r.knownTo RETURN m.id, m.published, m.publishedStated ORDER BY m.id"
    )
    rows = await store.read(text, {"directory": directory, "rev": await store.revision()})
    found = {}
    for source, published, stated in rows:
        key = released_on(published, stated) or f"?{source}"
        found[key] = KnownRelease(key, source, stated or published or "", True)
    return tuple(found[key] for key in sorted(found, key=lambda key: (key.startswith("?"), key)))
