"""Makes claims again from the properties of record nodes and relationships."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphsvc.provenance import EntityRecord, RelationClaim
from graphsvc.store.publishing.ranking import qualifiers_of


def record_of(properties: Mapping[str, Any]) -> EntityRecord:
    """The record that a node keeps."""
    values = json.loads(properties["values"])
    return EntityRecord(
        entity=properties["entity"],
        class_name=properties["class"],
        values={name: tuple(value) if isinstance(value, list) else value for name, value in values.items()},
        qualifiers=qualifiers_of(properties),
        dataset=properties["dataset"],
    )


def relation_claim_of(subject: str, relation: str, target: str, properties: Mapping[str, Any]) -> RelationClaim:
    """The relation claim that a relationship keeps; ``relation`` is the name of a forward relation."""
    return RelationClaim(subject, relation, target, qualifiers_of(properties), properties["dataset"])
