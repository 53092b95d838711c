"""A class with a relation, added by one file in the ontology and its twin in the shapes, is loaded and asked for on both stores.

The edits are those of ``docs/adding-a-class.md``, made in a temporary copy.
"""

from __future__ import annotations

from pathlib import Path

from example_class import add_class

from graphsvc.api.service import GraphQLService
from graphsvc.ontology import read_model
from graphsvc.pipeline import Loading
from graphsvc.settings import Settings
from graphsvc.store import Store, open_store
from graphsvc.validation import Shapes


async def test_a_class_added_to_ontology_and_shapes_is_loaded_and_asked_for(
    store: Store, store_settings: Settings, tmp_path: Path
) -> None:
    example = add_class(tmp_path)
    model = read_model(example.ontology, example.shapes)
    shapes = Shapes(model, example.ontology, example.shapes)
    async with open_store(store_settings, model, strict=True) as opened:
        await opened.prepare()
        [outcome] = await Loading(opened, model, shapes, store_settings.base_iri).load([example.map])
        assert outcome.state == "published"
        service = GraphQLService(model, opened, store_settings)
        answer = await service.ask(example.query)
    assert answer["data"] == example.answer
