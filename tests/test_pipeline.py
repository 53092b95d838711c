"""Loading into both stores: repeatable, by difference, whole or not at all, and nothing lost with a row in error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from small_maps import BASE, SHEETS, shapes_of, write_map

from graphsvc.errors import InputError
from graphsvc.model import Model
from graphsvc.pipeline import Loading, Outcome, plan
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.store import Store

ORGANISATIONS = list(SHEETS["organisations"])
RELATIONS = list(SHEETS["relations"])


async def load(store: Store, model: Model, *paths: Path, dry_run: bool = False, rejects: Path | None = None) -> list[Outcome]:
    how = Loading(store, model, shapes_of(model), BASE, dry_run, rejects=rejects)
    return await how.load(paths)


async def held(store: Store) -> dict[str, Claim]:
    return {claim.id: claim async for batch in store.export() for claim in batch}


async def test_the_same_map_twice_changes_nothing(store: Store, model: Model, tmp_path: Path) -> None:
    folder = write_map(tmp_path / "small")
    (first,) = await load(store, model, folder)
    assert first.state == "published"
    assert first.record and first.record.entities == 6
    before, revision = await held(store), await store.revision()
    (second,) = await load(store, model, folder)
    assert second.state == "unchanged"
    folder_text = (folder / "about.csv").read_text()
    (folder / "about.csv").write_text(folder_text + "\n")
    (third,) = await load(store, model, folder)
    assert third.state == "same"
    assert await held(store) == before
    assert await store.revision() == revision


async def test_a_dry_run_counts_and_changes_nothing(store: Store, model: Model, tmp_path: Path) -> None:
    folder = write_map(tmp_path / "small")
    await load(store, model, folder)
    before, revision = await held(store), await store.revision()
    changed = ["small-council", "commissions", "nursing", "paper", "p3", "in force", "2017-04", "2019-03", "", ""]
    added = ["small-council", "worksWith", "small-trust", "paper", "p4", "in force", "", "", "", ""]
    write_map(folder, relations=[RELATIONS[0], changed, added])
    (outcome,) = await load(store, model, folder, dry_run=True)
    found = outcome.difference
    assert found and (found.added, found.changed, found.retired) == (1, 1, 1)
    assert "worksWith" in found.examples["added"][0]
    assert "commissions" in found.examples["changed"][0]
    assert "provides" in found.examples["retired"][0]
    assert (await held(store), await store.revision()) == (before, revision)


async def test_a_row_that_is_gone_is_retired(store: Store, model: Model, tmp_path: Path) -> None:
    folder = write_map(tmp_path / "small")
    await load(store, model, folder)
    write_map(folder, relations=RELATIONS[:2])
    (outcome,) = await load(store, model, folder)
    assert outcome.record and outcome.record.retired == 1
    assert not [c for c in (await held(store)).values() if not isinstance(c, EntityRecord) and c.relation == "provides"]


@pytest.mark.parametrize(
    ("sheet", "rows"),
    [
        ("organisations", [ORGANISATIONS[0], ORGANISATIONS[1], ["small-trust", "Renamed", "no kind", "small", "paper", "p2"]]),
        ("relations", [*RELATIONS[:2], ["nursing", "providedBy", "small-trsut", "paper", "p3", "planned"]]),
        ("services", []),
    ],
)
async def test_a_row_in_error_retires_nothing(
    store: Store, model: Model, tmp_path: Path, sheet: str, rows: Sequence[Sequence[str]]
) -> None:
    folder = write_map(tmp_path / "small")
    await load(store, model, folder)
    before = await held(store)
    write_map(folder, **{sheet: rows})
    (outcome,) = await load(store, model, folder, rejects=tmp_path / "rejects")
    assert outcome.report and not outcome.report.conforms
    assert outcome.difference and outcome.difference.kept > 0
    assert await held(store) == before


async def test_a_mended_rejects_file_adds_what_was_set_aside(store: Store, model: Model, tmp_path: Path) -> None:
    whole = write_map(tmp_path / "whole" / "small")
    await load(store, model, whole)
    wanted = set(await held(store))
    trust = ["small-trust", "Small Trust", "NHS trsut", "small", "paper", "p2", "planned", "2017/18", ""]
    folder = write_map(tmp_path / "small", organisations=[ORGANISATIONS[0], ORGANISATIONS[1], ["small-new", *trust[1:]]])
    (outcome,) = await load(store, model, folder, rejects=tmp_path / "rejects")
    assert outcome.rejects
    path = outcome.rejects / "organisations.csv"
    path.write_text(path.read_text().replace("NHS trsut", "NHS trust", 1).replace("small-new", "small-trust"))
    (mended,) = await load(store, model, outcome.rejects)
    assert mended.state in ("published", "same")
    assert mended.report and mended.report.conforms
    assert wanted <= set(await held(store)) | wanted
    assert any(isinstance(c, EntityRecord) and c.entity == "organisation/small-trust" for c in (await held(store)).values())


async def test_a_map_of_which_nothing_is_good_is_not_published(store: Store, model: Model, tmp_path: Path) -> None:
    folder = write_map(tmp_path / "small")
    await load(store, model, folder)
    before, revision = await held(store), await store.revision()
    write_map(folder, sources=None)
    (refused,) = await load(store, model, folder)
    assert refused.state == "refused"
    assert (await held(store), await store.revision()) == (before, revision)


async def test_shared_maps_go_first_whatever_the_order_and_come_along(store: Store, model: Model, tmp_path: Path) -> None:
    write_map(tmp_path / "shared", about=[["key", "value"], ["id", "shared"]])
    rows = [["id", "name", "kind", "inSystem", "source"], ["clinic", "Clinic", "hospital", "small", "paper"]]
    empty = dict.fromkeys(("sources", "care_systems", "places", "organisations", "services", "relations"))
    user = write_map(tmp_path / "a", about=[["key", "value"], ["id", "a"], ["uses", "shared"]], sites=rows, **empty)
    assert [item.dataset for item in plan([user, tmp_path / "shared"], model)] == ["shared", "a"]
    outcomes = await load(store, model, user)
    assert [(item.input.dataset, item.input.given, item.state) for item in outcomes] == [
        ("shared", False, "published"),
        ("a", True, "published"),
    ]


def test_maps_that_use_each_other_in_a_circle_are_refused(model: Model, tmp_path: Path) -> None:
    one = write_map(tmp_path / "one", about=[["key", "value"], ["id", "one"], ["uses", "two"]])
    write_map(tmp_path / "two", about=[["key", "value"], ["id", "two"], ["uses", "one"]])
    with pytest.raises(InputError, match="in a circle"):
        plan([one], model)


def test_the_checksum_changes_with_the_files_and_with_the_shared_map(model: Model, tmp_path: Path) -> None:
    shared = write_map(tmp_path / "shared", about=[["key", "value"], ["id", "shared"]])
    user = write_map(tmp_path / "a", about=[["key", "value"], ["id", "a"], ["uses", "shared"]])
    first = {item.dataset: item.checksum for item in plan([user], model)}
    write_map(shared, about=[["key", "value"], ["id", "shared"], ["title", "Shared"]])
    second = {item.dataset: item.checksum for item in plan([user], model)}
    assert first["shared"] != second["shared"]
    assert first["a"] != second["a"]
