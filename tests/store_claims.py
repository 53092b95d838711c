"""Small claims for the tests of the store, in the terms of the shipped ontology."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store, open_store
from graphsvc.store.bolt_store import BoltStore
from graphsvc.store.connection import Connection

OLD = "source/old-paper"
NEW = "source/new-paper"
WIPE = "MATCH (n) WHERE NOT n:GraphsvcTests DETACH DELETE n"


def bolt(store: Store) -> BoltStore:
    """The store as what it is, for what its protocol does not offer: spoiling it, looking behind it."""
    assert isinstance(store, BoltStore)
    return store


def connection_of(store: Store) -> Connection:
    """The connection of a store."""
    return bolt(store)._connection


async def empty(settings: Settings, model: Model) -> None:
    """Empty the store that the settings name."""
    async with open_store(settings, model) as store:
        await connection_of(store).execute(WIPE)


def says(source: str = OLD, locator: str = "section 1", **more: Any) -> Qualifiers:
    """What ``source`` says at ``locator``."""
    return Qualifiers(source=source, locator=locator, **more)


def thing(entity: str, name: str, qualifiers: Qualifiers | None = None, dataset: str = "walsall", **values: Any) -> EntityRecord:
    """A record; its class is the one that the id names."""
    class_name = "".join(part.capitalize() for part in entity.partition("/")[0].split("-"))
    return EntityRecord(entity, class_name, {"name": name, **values}, qualifiers or says(), dataset)


def relation(
    subject: str, name: str, target: str, qualifiers: Qualifiers | None = None, dataset: str = "walsall"
) -> RelationClaim:
    """A claim that two things are related."""
    return RelationClaim(subject, name, target, qualifiers or says(), dataset)


def sources(dataset: str = "walsall") -> list[Claim]:
    """The two papers, the second published later."""
    return [
        thing(OLD, "Old paper", dataset=dataset, title="Old paper", published="2017-01-31"),
        thing(NEW, "New paper", dataset=dataset, title="New paper", published="2019-03-01"),
    ]


def small_map(dataset: str = "walsall") -> list[Claim]:
    """Two papers on a trust, a service and a contract; the papers differ on the trust's name and both know the contract."""
    return [
        *sources(dataset),
        thing("organisation/trust", "Walsall Trust", dataset=dataset, odsCode="RBK", alternativeName=("WHT", "The Manor")),
        thing("organisation/trust", "Walsall Healthcare NHS Trust", says(NEW, "slide 2"), dataset),
        thing(
            "service/nursing",
            "Community nursing",
            says(NEW, valid_from=date(2018, 4, 1)),
            dataset,
            description="Nursing at home.",
        ),
        thing("contract/main", "Main contract", says(valid_to=date(2021, 4, 1), as_stated="until April 2021"), dataset),
        relation("organisation/trust", "provides", "service/nursing", says(NEW, "slide 2"), dataset),
        relation("organisation/trust", "provides", "service/nursing", says(OLD, "page 3"), dataset),
        relation("contract/main", "covers", "service/nursing", says(NEW, status="PLANNED", note="as planned"), dataset),
        relation("contract/main", "contractProvider", "organisation/trust", dataset=dataset),
    ]


def many(number: int, dataset: str = "large", word: str = "Practice") -> Iterator[Claim]:
    """``number`` organisations, each with two relations to the ones before it."""
    yield from sources(dataset)
    for index in range(number):
        yield thing(f"organisation/{dataset}-{index:06}", f"{word} {index}", dataset=dataset, odsCode=f"A{index:05}")
        if index:
            yield relation(
                f"organisation/{dataset}-{index:06}", "worksWith", f"organisation/{dataset}-{index - 1:06}", dataset=dataset
            )
            yield relation(
                f"organisation/{dataset}-{index:06}", "partOf", f"organisation/{dataset}-{index // 10:06}", dataset=dataset
            )


async def publish(
    store: Store, added: Iterable[Claim] = (), retired: Iterable[Claim] = (), dataset: str = "walsall", checksum: str = "c"
) -> LoadRecord:
    """Publish a difference given as claims."""
    return await store.publish(Publication(LoadRecord(dataset, checksum), added, [claim.id for claim in retired]))


async def exported(store: Store) -> list[Claim]:
    """All current claims, in the order of the store."""
    return [claim async for batch in store.export() for claim in batch]


async def ids_of(store: Store, dataset: str) -> set[str]:
    """Ids of a dataset's current claims."""
    return {held.id async for batch in store.claims_of(dataset) for held in batch}


def by_id(claims: Iterable[Claim]) -> dict[str, Claim]:
    """Claims by their ids."""
    return {claim.id: claim for claim in claims}


async def shown(store: Store, entity: str) -> dict[str, Any] | None:
    """The properties of a thing, if it is visible."""
    rows = await store.read(
        "MATCH (r:Revision {id: 'current'}) MATCH (n:Entity {id: $id}) "
        "WHERE n.knownFrom <= r.number AND r.number < n.knownTo RETURN properties(n)",
        {"id": entity},
    )
    return rows[0][0] if rows else None
