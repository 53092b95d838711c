"""A load in a process of its own, to be killed: `python store_loader.py SETTINGS_AS_JSON NUMBER`."""

from __future__ import annotations

import asyncio
import json
import sys

from store_claims import many

from graphsvc.ontology import read_model
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, open_store


async def main(settings: Settings, number: int) -> None:
    """Publish ``number`` organisations with their relations."""
    model = read_model(settings.folder("ontology"), settings.folder("shapes"))
    async with open_store(settings, model) as store:
        await store.publish(Publication(LoadRecord("large", "c"), many(number)))


if __name__ == "__main__":
    asyncio.run(main(Settings(**json.loads(sys.argv[1])), int(sys.argv[2])))
