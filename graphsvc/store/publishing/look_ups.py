"""Works out under which values a thing is found in an index: what it is called today, and what it was called on other days.

An index holds short texts, and one for each thing. So the first letters of what people look things up by stand in a property of
their own, which is indexed; what one property cannot hold (the items of a list, the values of other days) stands in a node of
its own for each value, which names the thing. An index leads to all that a condition may select and to some that it does not:
whoever looks up tests what is found, so that a node which is out of date does no harm (decision 0015).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from graphsvc.model import Property
from graphsvc.store.publishing.dated_values import DATED, DATED_FROM, dated_key

LONGEST_KEY: Final = 200
"""Letters of a value that an index keeps: Neo4j refuses to write one of more than 8 kB."""
PREFIX: Final = "key_"
LAST: Final = "\U0010ffff"
"""Key of a name that is not stated, which comes after all others."""
NAME: Final = "name"
KEY: Final = "Key"
"""Label of the nodes that lead from a value to a thing."""


def key_property(name: str) -> str:
    """The node property that keeps the first letters of the property ``name``; no property of the Model may have such a name."""
    return f"{PREFIX}{name}"


def key_of(value: object) -> str:
    """The text by which an index knows a value."""
    return str(value)[:LONGEST_KEY]


def list_of(class_name: str, name: str) -> str:
    """The name of the list of a class in the order of a property."""
    return f"{class_name}.{name}"


def indexed(properties: Iterable[Property]) -> list[Property]:
    """The properties that are indexed on the thing itself."""
    return [item for item in properties if item.look_up and not item.many]


def thing_keys(properties: Iterable[Property], values: Mapping[str, Any]) -> dict[str, str]:
    """The node properties under which the indexes find a thing by what it is today."""
    found = {item.name: _name_or(item, values.get(item.name)) for item in indexed(properties)}
    return {key_property(name): key_of(value) for name, value in found.items() if value is not None}


def _name_or(item: Property, value: Any) -> Any:
    """A value; the last of all where a name is not stated, so that lists in order of names are complete."""
    return LAST if value is None and item.name == NAME else value


def further_keys(properties: Iterable[Property], thing: Mapping[str, Any]) -> list[dict[str, str]]:
    """The nodes that lead to a thing: by each item of a list, and by every value of a property that was another on some day."""
    made: dict[str, dict[str, str]] = {}
    for item in properties:
        if not item.look_up:
            continue
        found = [thing.get(item.name)] if item.many else []
        if item.name in thing.get(DATED, ()):
            found += [_name_or(item, thing.get(dated_key(item.name, period))) for period in range(len(thing[DATED_FROM]))]
        for value in found:
            for one in value if isinstance(value, list) else [value] if value is not None else []:
                key = {"of": item.name, "value": key_of(one), "entity": thing["id"], "list": list_of(thing["type"], item.name)}
                made["\n".join(key.values())] = key
    return [{"id": name, **key} for name, key in made.items()]
