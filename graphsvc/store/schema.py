"""Defines the Model in a store: labels, types, constraints and indexes.

The two engines differ here and nowhere else. Neo4j takes Cypher; ArcadeDB takes SQL on its HTTP endpoint, where a class is a
vertex type that extends its parents.
"""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Final, Protocol

from graphsvc.errors import StoreDown, StoreError
from graphsvc.model import Model
from graphsvc.store.connection import Connection, Transaction, run
from graphsvc.store.embedded.client import Endpoint
from graphsvc.store.embedded.engine import DATABASE
from graphsvc.store.publishing.dated_values import DATED, DATED_FROM
from graphsvc.store.publishing.days import DAYS, LISTED, OF_A_THING
from graphsvc.store.publishing.look_ups import KEY, indexed, key_property

LAYOUT: Final = "4"
"""Version of the layout of the property graph; a store with another one is made anew or refused."""
TEXT_PROPERTIES: Final = ("name", "searchText")
"""What the full text index covers: the name, and one text of the other names and the description."""
_PRIVATE: Final = {"Record": "id", "Revision": "id", "Load": "id", "Lease": "id", KEY: "id"}
_ORDER: Final = ("type", key_property("name"))
_FURTHER: Final = (("of", "value"), ("list", "value"))
_NAMES: Final = frozenset((
    "id", "dataset", "source", "locator", "confidence", "status", "validFrom", "validTo", "asStated", "edtf", "note",
    "rank", "knownFrom", "knownTo", "type", "entity", "class", "values", "number", "loading", "schema", "layout",
    "last", "token", "cleaned", "findings", "audit", "sizes", "of", "list", "value", DATED, DATED_FROM, *DAYS, *OF_A_THING,
    *LISTED, "asTold", "statement", *TEXT_PROPERTIES,
))  # fmt: skip
"""Properties that the store itself uses."""


def labels_of(model: Model, class_name: str) -> str:
    """The node labels of a class and its ancestors, such as ``:Service:Entity``."""
    item = model.classes[class_name]
    names = dict.fromkeys([class_name, *item.ancestors, "Entity"])
    return "".join(f":{name}" for name in names)


def relation_types(model: Model) -> dict[str, str]:
    """Name of the forward relation by relationship type, in a stable order."""
    return {item.type: item.name for item in sorted(model.relations.values(), key=lambda item: item.type) if item.forward}


def fingerprint(model: Model) -> str:
    """A text that changes whenever the store's schema must be defined anew."""
    classes = ";".join(f"{name}<{','.join(item.ancestors)}" for name, item in sorted(model.classes.items()))
    properties = ",".join(sorted({item.name for one in model.classes.values() for item in one.properties}))
    keys = ",".join(key_properties(model))
    return f"{LAYOUT}|{classes}|{','.join(relation_types(model))}|{properties}|{','.join(sorted(_NAMES))}|{keys}"


def key_properties(model: Model) -> list[str]:
    """The properties that people look things up by, as they are indexed on a thing itself."""
    return [key_property(name) for name in sorted(item.name for item in indexed(model.look_ups.values()))]


class Schema(Protocol):
    """The interface for defining the Model in an engine."""

    text_index: str
    reads_in_order: bool
    """Whether an index gives things in its order, so that a page need not sort them all."""

    async def define(self, model: Model) -> None:
        """Define what is missing; nothing is dropped."""
        ...


class Neo4jSchema:
    """Constraints and indexes as Cypher."""

    text_index = "graphsvcText"
    reads_in_order = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def define(self, model: Model) -> None:
        """Define what is missing, in one transaction, and wait until the indexes answer."""

        async def work(transaction: Transaction) -> None:
            for statement in self._statements(model):
                await run(transaction, statement, {})

        await self._connection.write(work)
        # A name that no data uses yet is unknown to Neo4j, which remarks on every query that asks for it.
        labels = ["Entity", *model.classes, *_PRIVATE]
        properties = {item.name for one in model.classes.values() for item in one.properties}
        for procedure, names in (
            ("createLabel", labels),
            ("createRelationshipType", ["HAS_RECORD", *relation_types(model)]),
            ("createProperty", sorted(properties | _NAMES | {*key_properties(model)})),
        ):
            await self._connection.execute(f"UNWIND $names AS name CALL db.{procedure}(name)", names=names)
        await self._connection.execute("CALL db.awaitIndexes(300)")

    def _statements(self, model: Model) -> Iterator[str]:
        for label in ("Entity", "Revision", "Load", "Lease", KEY):
            yield f"CREATE CONSTRAINT graphsvc{label} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
        # Not unique: a claim that was withdrawn and made again stands twice, with different known dates.
        for name in ("id", "dataset"):
            yield f"CREATE INDEX graphsvcRecord_{name} IF NOT EXISTS FOR (n:Record) ON (n.{name})"
        for name in key_properties(model):
            yield f"CREATE INDEX graphsvcEntity_{name} IF NOT EXISTS FOR (n:Entity) ON (n.{name})"
        # By the first the things of a class are read in the order of their names.
        for label, names in (("Entity", _ORDER), *((KEY, names) for names in _FURTHER)):
            columns = ", ".join(f"n.{name}" for name in names)
            yield f"CREATE INDEX graphsvc{label}_{'_'.join(names)} IF NOT EXISTS FOR (n:{label}) ON ({columns})"
        texts = ", ".join(f"n.{name}" for name in TEXT_PROPERTIES)
        yield f"CREATE FULLTEXT INDEX {self.text_index} IF NOT EXISTS FOR (n:Entity) ON EACH [{texts}]"


class ArcadeSchema:
    """Vertex and edge types as SQL."""

    text_index = f"Entity[{','.join(TEXT_PROPERTIES)}]"
    reads_in_order = False

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    async def define(self, model: Model) -> None:
        """Define what is missing, in one script."""
        await asyncio.to_thread(self._script, ";\n".join(self._statements(model)) + ";")

    def _statements(self, model: Model) -> Iterator[str]:
        yield "CREATE VERTEX TYPE Entity IF NOT EXISTS"
        for name in ("id", *TEXT_PROPERTIES):
            yield f"CREATE PROPERTY Entity.{name} IF NOT EXISTS STRING"
        yield "CREATE INDEX IF NOT EXISTS ON Entity (id) UNIQUE"
        yield f"CREATE INDEX IF NOT EXISTS ON Entity ({', '.join(TEXT_PROPERTIES)}) FULL_TEXT"
        for name in key_properties(model):
            yield f"CREATE PROPERTY Entity.{name} IF NOT EXISTS STRING"
            yield f"CREATE INDEX IF NOT EXISTS ON Entity ({name}) NOTUNIQUE"
        for label, key in _PRIVATE.items():
            yield f"CREATE VERTEX TYPE {label} IF NOT EXISTS"
            yield f"CREATE PROPERTY {label}.{key} IF NOT EXISTS STRING"
            yield f"CREATE INDEX IF NOT EXISTS ON {label} ({key}) {'NOTUNIQUE' if label == 'Record' else 'UNIQUE'}"
        for name in _FURTHER[0]:
            yield f"CREATE PROPERTY {KEY}.{name} IF NOT EXISTS STRING"
        yield f"CREATE INDEX IF NOT EXISTS ON {KEY} ({', '.join(_FURTHER[0])}) NOTUNIQUE"
        yield "CREATE PROPERTY Record.dataset IF NOT EXISTS STRING"
        yield "CREATE INDEX IF NOT EXISTS ON Record (dataset) NOTUNIQUE"
        for name, item in model.classes.items():
            if name == "Entity":
                continue
            parents = item.parents or ("Entity",)
            yield f"CREATE VERTEX TYPE {name} IF NOT EXISTS EXTENDS {', '.join(parents)}"
        for relation in ("HAS_RECORD", *relation_types(model)):
            yield f"CREATE EDGE TYPE {relation} IF NOT EXISTS"

    def _script(self, script: str) -> None:
        credentials = base64.b64encode(f"{self.endpoint.user}:{self.endpoint.password}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.endpoint.http}/api/v1/command/{DATABASE}",
            data=json.dumps({"language": "sqlscript", "command": script}).encode(),
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            raise StoreError(
                "The embedded store refused its schema.", "Its log, engine.log in the data folder, says why."
            ) from error
        except OSError as error:
            raise StoreDown("The embedded store does not answer.", "Start graphsvc again.") from error
