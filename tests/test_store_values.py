"""The values that records give a thing, today and on other days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from store_claims import NEW, OLD, by_id, exported, publish, relation, says, shown, small_map, sources, thing

from graphsvc.provenance import Claim, EntityRecord, Qualifiers
from graphsvc.store import Store
from graphsvc.store.publishing.dated_values import RecordValues, dated_values, values_of
from graphsvc.store.publishing.ranking import rank, record_properties
from graphsvc.store.publishing.records import SourceDates

LOCATION = "organisation/ods-02h"
DIRECTORY = "source/ods-sub-icb-locations"


def listed(name: str, until: str | None, since: str | None = "2013-04-01", **values: Any) -> EntityRecord:
    """What a release of the directory said, until a later one said something else."""
    given = says(
        f"{DIRECTORY}-2022-06" if until else DIRECTORY,
        locator=f"row of {name}",
        status="SUPERSEDED" if until else "IN_FORCE",
        valid_from=date.fromisoformat(since) if since else None,
        valid_to=date.fromisoformat(until) if until else None,
    )
    return thing(LOCATION, name, given, "ods-sub-icb-locations", **values)


CCG = listed("NHS WIGAN BOROUGH CCG", "2022-07-01", kind="CLINICAL_COMMISSIONING_GROUP", alternativeName=("WBCCG",))
NOW = listed("NHS GREATER MANCHESTER ICB - 02H", None, kind="SUB_ICB_LOCATION", odsCode="02H", alternativeName=("02H",))


def said(*records: EntityRecord, published: str = "2024-01-01") -> list[RecordValues]:
    """Records as the store ranks them."""
    kept = [{**record_properties(record), "rank": rank(record_properties(record), published)} for record in records]
    return sorted((RecordValues.of(record) for record in kept), key=lambda item: item.rank)


def dated(*records: EntityRecord, needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """The node properties of other days."""
    ordered = said(*records)
    return dated_values(ordered, values_of(ordered), needed)


def test_what_was_superseded_is_the_value_until_it_was_replaced() -> None:
    assert dated(NOW, CCG) == {
        "dated": ["alternativeName", "kind", "name"],
        "datedFrom": ["", "2013-04-01", "2022-07-01"],
        "name@0": "NHS GREATER MANCHESTER ICB - 02H",
        "name@1": "NHS WIGAN BOROUGH CCG",
        "name@2": "NHS GREATER MANCHESTER ICB - 02H",
        "kind@0": "SUB_ICB_LOCATION",
        "kind@1": "CLINICAL_COMMISSIONING_GROUP",
        "kind@2": "SUB_ICB_LOCATION",
        "alternativeName@0": ["02H"],
        "alternativeName@1": ["WBCCG"],
        "alternativeName@2": ["02H"],
    }, "the code was never another; before the first day nothing holds, and today's values are shown"


def test_what_a_dataset_has_replaced_adds_nothing_today() -> None:
    closed = listed("NHS WIGAN BOROUGH CCG", "2022-07-01", odsCode="02H", description="an older one")
    assert values_of(said(NOW, closed)) == {name: list(v) if isinstance(v, tuple) else v for name, v in NOW.values.items()}
    elsewhere = thing(LOCATION, "Wigan CCG", says(OLD, status="SUPERSEDED"), "wigan", description="of a map")
    assert values_of(said(NOW, closed, elsewhere))["description"] == "of a map"
    assert values_of(said(closed))["description"] == "an older one", "where nothing else is said, it is what is known"


def test_of_several_that_were_superseded_the_one_replaced_first_is_what_was_said_then() -> None:
    found = dated(NOW, CCG, listed("WIGAN SHADOW CCG", "2014-01-01"))
    assert [found[f"name@{period}"] for period in range(4)] == [
        NOW.values["name"], "WIGAN SHADOW CCG", CCG.values["name"], NOW.values["name"],
    ]  # fmt: skip
    assert found["datedFrom"] == ["", "2013-04-01", "2014-01-01", "2022-07-01"]
    assert found["kind@1"] == "CLINICAL_COMMISSIONING_GROUP", "what it left out comes from the next that held then"
    assert found["alternativeName@1"] == ["WBCCG"], "and adds nothing of what replaced that again"


def test_what_nothing_stated_then_is_not_stated_but_for_what_a_thing_must_have() -> None:
    later = thing("contract/main", "Main contract", says(valid_from=date(2020, 1, 1)), contractForm="NHS_STANDARD")
    earlier = EntityRecord("contract/main", "Contract", {"note": "a first draft"}, says(valid_to=date(2020, 1, 1)), "walsall")
    found = dated(later, earlier, needed=("name",))
    assert found == {
        "dated": ["contractForm", "note"],
        "datedFrom": ["", "2020-01-01"],
        "note@0": "a first draft",
        "contractForm@1": "NHS_STANDARD",
    }


@pytest.mark.parametrize(
    "records",
    [
        (NOW,),
        (CCG,),
        (NOW, thing(LOCATION, str(NOW.values["name"]), says(NEW))),
        (NOW, thing(LOCATION, "Another name for it", says(OLD))),
        (CCG, thing(LOCATION, str(CCG.values["name"]), says(OLD, status="ENDED"))),
    ],
)
def test_a_thing_that_was_never_called_otherwise_has_nothing_to_keep(records: tuple[EntityRecord, ...]) -> None:
    always = [
        EntityRecord(LOCATION, "Organisation", record.values, Qualifiers(source=record.qualifiers.source), record.dataset)
        if len(records) > 1 and record.qualifiers.status == "IN_FORCE"
        else record
        for record in records
    ]
    assert dated(*always) == {}


async def test_the_values_of_other_days_are_kept_beside_todays(store: Store) -> None:
    directory = thing(DIRECTORY, "Sub ICB locations", title="Sub ICB locations", published="2024-01-01", kind="DIRECTORY")
    claims: list[Claim] = [*sources(), directory, NOW, CCG]
    await publish(store, claims, dataset="ods-sub-icb-locations")
    found = await shown(store, LOCATION)
    assert found is not None
    assert (found["name"], found["kind"], found["status"]) == (NOW.values["name"], "SUB_ICB_LOCATION", "IN_FORCE")
    assert {name: value for name, value in found.items() if name.startswith("dated") or "@" in name} == dated(NOW, CCG)
    assert set(found["searchText"].split("\n")) == {"02H", "WBCCG", "NHS WIGAN BOROUGH CCG"}, "a former name is found as well"
    assert by_id(await exported(store)) == by_id(claims)
    await publish(store, retired=[CCG], dataset="ods-sub-icb-locations")
    later = await shown(store, LOCATION)
    assert later is not None
    assert not [name for name in later if name.startswith("dated") or "@" in name]


@pytest.mark.parametrize(
    "better",
    [says(OLD, status="ENDED", valid_to=date(2020, 1, 1)), says(OLD, status="PLANNED"), says(OLD, confidence="INFERRED")],
)
async def test_a_stub_comes_after_every_record_that_describes_the_thing(store: Store, better: Qualifiers) -> None:
    stub = thing(LOCATION, "02H", says(NEW), referenceOnly=True, odsCode="02H")
    await publish(store, [*sources(), stub])
    found = await shown(store, LOCATION)
    assert found is not None
    assert (found["name"], found["referenceOnly"]) == ("02H", True), "nothing but a stub is known"
    await publish(store, [thing(LOCATION, "NHS WIGAN BOROUGH CCG", better)])
    found = await shown(store, LOCATION)
    assert found is not None
    assert (found["name"], found["status"]) == ("NHS WIGAN BOROUGH CCG", better.status)
    assert found["odsCode"] == "02H", "what the others leave out comes from the stub"
    assert "referenceOnly" not in found
    assert not [name for name in found if name.startswith("dated")], "a stub says nothing of other days"


@pytest.mark.parametrize("kind", ["DIRECTORY", "DIRECTORY_RELEASE"])
async def test_a_living_directory_outranks_papers_whatever_its_date_and_its_releases_rank_nothing_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    renewed: list[set[str]] = []
    original = SourceDates.renew

    async def watched(self: SourceDates, loading: Any) -> None:
        renewed.append(set(self.changed))
        await original(self, loading)

    monkeypatch.setattr(SourceDates, "renew", watched)

    def release(day: str) -> EntityRecord:
        return thing(OLD, "Old paper", title="Old paper", published=day, kind=kind)

    await publish(store, [claim for claim in small_map() if getattr(claim, "entity", "") != OLD] + [release("2018-01-31")])
    living = kind == "DIRECTORY"
    names = {True: "Walsall Trust", False: "Walsall Healthcare NHS Trust"}
    before = await _ranks(store)
    assert before["name"] == names[living]
    await publish(store, [release("2018-02-28")], [release("2018-01-31")])
    assert renewed == [set(), set() if living else {OLD}]
    assert (await _ranks(store) == before) == living
    new = relation("organisation/trust", "commissions", "service/nursing", says(OLD, "page 9"))
    await publish(store, [new])
    assert renewed[2:] == [set()]
    rows = await store.read("MATCH (:Entity)-[c:COMMISSIONS]->() RETURN c.rank", {})
    assert rows[0][0].startswith("000000-87-68|" if living else "007981-97-71|"), "9999-12-31, or the day of the release"


async def test_a_source_that_becomes_a_living_directory_has_its_claims_ranked_anew_once(store: Store) -> None:
    await publish(store, small_map())
    paper = thing(OLD, "Old paper", title="Old paper", published="2017-01-31")
    await publish(store, [thing(OLD, "Old paper", title="Old paper", published="2017-01-31", kind="DIRECTORY")], [paper])
    assert (await _ranks(store))["name"] == "Walsall Trust"


async def _ranks(store: Store) -> dict[str, Any]:
    """The trust's name, and the ranks of all claims of the old paper on it."""
    records = await store.read(
        "MATCH (:Entity {id: $id})-[:HAS_RECORD]->(r:Record) WHERE r.source = $source RETURN r.rank ORDER BY r.rank",
        {"id": "organisation/trust", "source": OLD},
    )
    relations = await store.read("MATCH (:Entity)-[c:PROVIDES]->() WHERE c.source = $source RETURN c.rank", {"source": OLD})
    trust = await shown(store, "organisation/trust")
    assert trust is not None
    return {"name": trust["name"], "records": records, "relations": relations}
