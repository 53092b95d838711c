"""Releases of a directory in both stores: history is kept, what vanished is marked, mistakes are mended, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
import release_loader
from release_loader import DIRECTORY, write
from small_maps import BASE, shapes_of
from store_claims import connection_of

from graphsvc.api.service import GraphQLService
from graphsvc.errors import InputError
from graphsvc.model import Model
from graphsvc.pipeline import Loading, Outcome
from graphsvc.provenance import Claim, EntityRecord, RelationClaim, Telling
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Store
from graphsvc.validation import Shapes

LIVING = f"source/{DIRECTORY}"
JANUARY, FEBRUARY, MARCH = (f"{LIVING}-2026-0{month}" for month in (1, 2, 3))
PARK = ("Y1", "Park Surgery", "C1", "2013-04-01")
MILL = ("Y2", "Mill Lane", "C1", "2013-04-01")
HILL = ("Y3", "Hill Practice", "C2", "2015-10-01")
ONE, TWO, THREE, FIRST, SECOND = (f"organisation/ods-{code}" for code in ("y1", "y2", "y3", "c1", "c2"))


@pytest.fixture(autouse=True)
def practices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read by the loader of the tests, whatever stands in ``loaders/``."""
    for module in ("intake", "load_order"):
        monkeypatch.setattr(import_module(f"graphsvc.pipeline.{module}"), "loader_for", lambda path: release_loader)


@pytest.fixture(scope="session")
def shapes(model: Model) -> Shapes:
    return shapes_of(model)


class Desk:
    """Loads releases and looks at what the store then holds."""

    def __init__(self, store: Store, model: Model, shapes: Shapes, folder: Path) -> None:
        self.store = store
        self.model = model
        self.shapes = shapes
        self.folder = folder

    async def load(
        self, name: str, *lines: release_loader.Line, released: str = "", accept: bool = False, dry_run: bool = False,
        toml: str = "", force: bool = False,
    ) -> Outcome:  # fmt: skip
        path = write(self.folder / f"{name}.csv", *lines) if lines else self.folder / f"{name}.csv"
        if toml:
            path.with_name(path.name + ".toml").write_text(toml)
        how = Loading(
            self.store, self.model, self.shapes, BASE, dry_run, force, self.folder / "rejects", accept=accept, released=released
        )
        (outcome,) = await how.load([path])
        return outcome

    async def mended(self, path: Path) -> Outcome:
        how = Loading(self.store, self.model, self.shapes, BASE, rejects=self.folder / "rejects")
        (outcome,) = await how.load([path])
        return outcome

    async def claims(self) -> dict[str, Claim]:
        return {claim.id: claim async for batch in self.store.export() for claim in batch}

    async def records(self, entity: str) -> dict[str, EntityRecord]:
        """Records of a thing that describe it, by their source."""
        found = (claim for claim in (await self.claims()).values() if isinstance(claim, EntityRecord) and claim.entity == entity)
        return {claim.qualifiers.source: claim for claim in found if not claim.values.get("referenceOnly")}

    async def relations(self, name: str, end: str) -> list[RelationClaim]:
        """Relation claims of a name at a thing, in order of their status."""
        every = (await self.claims()).values()
        found = [c for c in every if isinstance(c, RelationClaim) and c.relation == name and end in (c.subject, c.object)]
        return sorted(found, key=lambda claim: (claim.qualifiers.status, claim.qualifiers.source))

    async def last(self) -> LoadRecord:
        (record,) = await self.store.loads()
        return record


@pytest.fixture
def desk(store: Store, model: Model, shapes: Shapes, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(store, model, shapes, tmp_path)


async def test_what_changed_becomes_history_and_the_same_release_again_changes_nothing(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK, MILL)
    moved = ("Y1", "Park Medical Centre", "C2", "2026-02-01")
    dry = await desk.load("p_2026-02", moved, MILL, dry_run=True)
    outcome = await desk.load("p_2026-02")
    assert dry.difference == outcome.difference
    found = outcome.difference
    assert found
    assert (found.superseded, found.vanished, found.retired, found.kept) == (2, 0, 0, 0)
    assert any("Park Surgery" in text for text in found.examples["superseded"])
    records = await desk.records(ONE)
    old, new = records[JANUARY], records[LIVING]
    assert (old.values["name"], old.qualifiers.status, old.qualifiers.valid_to) == (
        "Park Surgery",
        "SUPERSEDED",
        date(2026, 2, 1),
    )
    assert old.qualifiers.edtf == "/[2026-01-01..2026-01-31]", "some day between the two releases"
    assert old.qualifiers.note == "Listed in the release of 2026-01; not in that of 2026-02."
    assert (new.values["name"], new.qualifiers.status) == ("Park Medical Centre", "IN_FORCE")
    now, then = await desk.relations("commissions", ONE)
    assert (now.subject, now.qualifiers.source) == (SECOND, LIVING)
    assert (then.subject, then.qualifiers.source, then.qualifiers.status) == (FIRST, JANUARY, "SUPERSEDED")
    assert (then.qualifiers.valid_from, then.qualifiers.valid_to) == (date(2013, 4, 1), date(2026, 2, 1)), "until the next began"
    assert [claim.qualifiers.status for claim in await desk.relations("commissions", TWO)] == ["IN_FORCE"]
    before, revision = await desk.claims(), await desk.store.revision()
    again = await desk.load("p_2026-02", force=True)
    assert (again.state, await desk.claims(), await desk.store.revision()) == ("same", before, revision)
    assert (await desk.last()).released == "2026-02"


async def test_what_takes_the_place_of_another_without_a_day_begins_with_its_release(desk: Desk) -> None:
    """Between the two releases the old one is what was last said, and may have ended."""
    undated, moved = ("Y1", "Park Surgery", "C1"), ("Y1", "Park Surgery", "C2")
    await desk.load("p_2026-01", undated, ("Y2", "Mill Lane", "C1"))
    await desk.load("p_2026-02", moved, ("Y2", "Mill Lane", "C1"), ("Y4", "New Practice", "C2"))
    now, then = await desk.relations("commissions", ONE)
    assert (now.subject, now.qualifiers.valid_from, now.qualifiers.edtf) == (SECOND, None, ""), "nobody states when it began"
    assert Telling.of(now.qualifiers.told).spans == (("2026-02-01", ""),)
    assert (then.subject, then.qualifiers.valid_to, then.qualifiers.edtf) == (
        FIRST, date(2026, 2, 1), "/[2026-01-01..2026-01-31]"
    )  # fmt: skip
    (same,) = await desk.relations("commissions", TWO)
    assert same.qualifiers.told == "", "all releases say it"
    before = await desk.claims()
    again = await desk.load("p_2026-02", force=True)
    assert (again.state, await desk.claims()) == ("same", before)
    await desk.load("p_2026-03", moved, ("Y2", "Mill Lane", "C1"), ("Y4", "New Practice", "C2"))
    now, _ = await desk.relations("commissions", ONE)
    assert Telling.of(now.qualifiers.told).spans == (("2026-02-01", ""),), "the first release that says it stays"


async def test_a_later_join_date_keeps_the_earlier_spell_as_history(desk: Desk) -> None:
    await desk.load("p_2013-06", PARK)
    outcome = await desk.load("p_2026-02", ("Y1", "Park Surgery", "C1", "2014-04-01"))
    assert outcome.difference and outcome.difference.superseded == 1, outcome.difference
    now, then = await desk.relations("commissions", ONE)
    assert (now.qualifiers.valid_from, now.qualifiers.valid_to) == (date(2014, 4, 1), None)
    assert (then.qualifiers.valid_from, then.qualifiers.valid_to) == (date(2013, 4, 1), date(2014, 4, 1)), "until it rejoined"


async def test_what_vanished_is_marked_once_keeps_its_status_and_may_be_listed_again(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK, MILL)
    gone = await desk.load("p_2026-02", PARK)
    assert gone.difference and (gone.difference.vanished, gone.difference.unlisted, gone.difference.retired) == (1, 1, 0)
    (mark,) = await desk.relations("noLongerListedIn", TWO)
    said = mark.qualifiers
    assert (mark.object, said.source, said.locator, said.status) == (FEBRUARY, FEBRUARY, "ods-y2", "IN_FORCE")
    assert (said.valid_from, said.edtf) == (date(2026, 2, 1), "2026-02/")
    records = await desk.records(TWO)
    assert (list(records), records[LIVING].qualifiers.status) == ([LIVING], "IN_FORCE")
    assert [claim.qualifiers.status for claim in await desk.relations("commissions", TWO)] == ["IN_FORCE"]
    assert (await desk.last()).unlisted == 1
    still = await desk.load("p_2026-03", PARK)
    assert still.difference and (still.difference.vanished, still.difference.unlisted) == (0, 1)
    back = await desk.load("p_2026-04", PARK, MILL)
    assert back.difference and (back.difference.relisted, back.difference.unlisted) == (1, 0)
    (mark,) = await desk.relations("noLongerListedIn", TWO)
    assert (mark.qualifiers.status, mark.qualifiers.valid_to, mark.object) == ("ENDED", date(2026, 4, 1), FEBRUARY)
    revision = await desk.store.revision()
    await desk.load("p_2026-04", force=True)
    assert await desk.store.revision() == revision
    again = await desk.load("p_2026-05", PARK)
    assert again.difference and again.difference.vanished == 1
    assert len(await desk.relations("noLongerListedIn", TWO)) == 2


async def test_a_corrected_file_replaces_what_its_release_alone_said(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK, MILL)
    renamed, wrong = ("Y1", "Park Surgry", "C2", "2026-02-01"), ("Y9", "No Such Practice", "C1", "2020-01-01")
    await desk.load("p_2026-02", renamed, wrong)
    assert [item.source for item in (await desk.last()).releases] == [JANUARY, FEBRUARY]
    corrected = await desk.load("p_2026-02", PARK, HILL)
    assert corrected.difference and corrected.difference.superseded == 0
    assert list(await desk.records(ONE)) == [LIVING], "what was superseded by mistake is what is listed again"
    assert [claim.subject for claim in await desk.relations("commissions", ONE)] == [FIRST]
    assert await desk.records("organisation/ods-y9") == {}, "an entry that only the mistaken file listed is withdrawn"
    assert len(await desk.relations("noLongerListedIn", TWO)) == 1, "as in the mistaken file, it is not listed"
    assert list(await desk.records(TWO)) == [LIVING]
    put_back = await desk.load("p_2026-02", PARK, HILL, MILL)
    assert put_back.difference and put_back.difference.relisted == 1
    assert await desk.relations("noLongerListedIn", TWO) == [], "no release ever left it out"
    record = await desk.last()
    assert (record.release, [item.source for item in record.releases]) == (FEBRUARY, [JANUARY, FEBRUARY])


async def test_an_older_release_takes_its_place_before_those_loaded(desk: Desk) -> None:
    await desk.load("p_2026-02", PARK, MILL)
    older = await desk.load("p_2026-01", ("Y1", "Park House", "C1", "2013-04-01"), HILL)
    assert (older.state, older.objections) == ("published", ())
    assert older.note.startswith("This is the release of 2026-01, and a later one, of 2026-02, is loaded")
    record = await desk.last()
    assert (record.released, [item.stated for item in record.releases]) == ("2026-02", ["2026-01", "2026-02"])
    records = await desk.records(ONE)
    assert (records[LIVING].values["name"], records[JANUARY].values["name"]) == ("Park Surgery", "Park House")
    (mark,) = await desk.relations("noLongerListedIn", THREE)
    assert (mark.object, mark.qualifiers.status) == (FEBRUARY, "IN_FORCE")
    assert await desk.relations("noLongerListedIn", TWO) == [], "it was listed first in the later one"
    directory = (await desk.records(LIVING))[LIVING]
    assert directory.values["publishedStated"] == "2026-02", "the directory speaks by its latest release"
    before, revision = await desk.claims(), await desk.store.revision()
    again = await desk.load("p_2026-01", force=True)
    assert (again.state, await desk.claims(), await desk.store.revision()) == ("same", before, revision)


async def test_a_file_of_another_publisher_is_no_release_of_the_directory_of_the_same_name(desk: Desk) -> None:
    def by(publisher: str, directory: str = "") -> str:
        return f'[source]\npublisher = "{publisher}"\n' + (f'directory = "{directory}"\n' if directory else "")

    await desk.load("p_2026-01", PARK, MILL, toml=by("Marsh Council"))
    before = await desk.claims()
    refused = await desk.load("p_2026-02", PARK, MILL, toml=by("Dales Council"))
    assert refused.state == "refused"
    (told,) = refused.objections
    assert told.startswith("publisher: the store holds test-practices as a directory of Marsh Council, and this file is of Dales")
    assert 'write directory = "an-id-of-its-own" under [source] in p_2026-02.csv.toml' in told
    assert await desk.claims() == before
    assert (await desk.load("p_2026-02", toml=by("Dales Council", "dales"), force=True)).state == "published"
    assert {record.dataset for record in await desk.store.loads()} == {"test-practices", "dales"}
    assert (await desk.load("q_2026-02", PARK, MILL, toml=by(" marsh  council"))).state == "published"
    renamed = await desk.load("q_2026-03", PARK, MILL, toml=by("Fen Council"), accept=True)
    assert (renamed.state, len(renamed.objections)) == ("published", 1)
    assert (await desk.load("q_2026-04", PARK, MILL, toml=by("Fen Council"))).objections == ()


@pytest.mark.parametrize(
    ("toml", "lines", "figure"),
    [
        ("rows = 3", [PARK, MILL], "rows: it has 2, and at least 3 are expected."),
        (
            "rejected = 0.3",
            [PARK, ("", "Nameless")],
            "rejected: 1 of 2 rows are in error (50.0%), and at most 30.0% are expected.",
        ),
        ("vanished = 0.3", [PARK], "vanished: 1 of 2 listed entries are not in it (50.0%), and at most 30.0% are expected."),
        (
            "changed = 0.3",
            [("Y1", "P"), MILL],
            "changed: 1 of 2 listed entries are changed (50.0%), and at most 30.0% are expected.",
        ),
    ],
)
async def test_a_release_that_breaks_an_expectation_is_not_published(
    desk: Desk, toml: str, lines: list[release_loader.Line], figure: str
) -> None:
    await desk.load("p_2026-01", PARK, MILL)
    before, revision = await desk.claims(), await desk.store.revision()
    refused = await desk.load("p_2026-02", *lines, toml=f"[expectations]\n{toml}\n")
    assert (refused.state, refused.objections) == ("refused", (figure,))
    assert (await desk.claims(), await desk.store.revision()) == (before, revision)
    accepted = await desk.load("p_2026-02", accept=True)
    assert accepted.state == "published"
    assert (await desk.last()).accepted == (figure,)


async def test_a_truncated_release_is_stopped_though_nothing_is_said_beside_it(desk: Desk) -> None:
    every = [(f"Y{number}", f"Practice {number}", "C1", "2013-04-01") for number in range(100, 140)]
    await desk.load("p_2026-01", *every)
    refused = await desk.load("p_2026-02", *every[:20])
    assert refused.state == "refused"
    assert [text.partition(":")[0] for text in refused.objections] == ["whole", "vanished"]
    assert "vanished: 20 of 40" in refused.objections[1]


async def test_a_row_that_cannot_be_read_marks_and_retires_nothing_and_is_mended(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK, MILL, HILL)
    bad = ("Y3", "Hill Practice", "C2", "2015-10-01", "NO POSTCODE")
    outcome = await desk.load("p_2026-02", PARK, ("", "Mill Lane", "C1", "2026-02-01"), bad)
    assert (outcome.unreadable, outcome.report and outcome.report.set_aside) == (1, 2)
    assert outcome.difference and (outcome.difference.vanished, outcome.difference.unsure) == (0, 1)
    assert outcome.difference.kept == 2, "the record of the row with a bad postcode, and what else the row said"
    assert await desk.relations("noLongerListedIn", TWO) == []
    assert outcome.rejects is not None
    facts = outcome.rejects.with_name(outcome.rejects.name + ".toml").read_text()
    assert facts == f'[source]\namends = "{DIRECTORY}"\nreleased = "2026-02"\n'
    text = outcome.rejects.read_text()
    outcome.rejects.write_text(text.replace("\n,Mill Lane", "\nY2,Mill Lane").replace("NO POSTCODE", "WN1 1NJ"))
    mended = await desk.mended(outcome.rejects)
    assert mended.report and mended.report.conforms
    assert mended.difference and (mended.difference.vanished, mended.difference.retired) == (0, 0)
    assert {entity: list(await desk.records(entity)) for entity in (ONE, TWO)} == {ONE: [LIVING], TWO: [LIVING]}
    hill = await desk.records(THREE)
    assert (hill[LIVING].values["postcode"], hill[JANUARY].qualifiers.status) == ("WN1 1NJ", "SUPERSEDED")
    spell, before = await desk.relations("commissions", TWO)
    assert (spell.qualifiers.valid_from, before.qualifiers.valid_to) == (date(2026, 2, 1), date(2026, 2, 1))
    record = await desk.last()
    assert (record.release, record.released) == (FEBRUARY, "2026-02")
    following = await desk.load("p_2026-03", PARK, HILL)
    assert following.difference and following.difference.vanished == 1
    assert (await desk.records(THREE)).keys() == {LIVING, JANUARY, FEBRUARY}


async def test_mended_rows_of_what_is_not_loaded_are_refused(desk: Desk) -> None:
    with pytest.raises(InputError, match="mended rows of test-practices, which the store does not hold"):
        await desk.load("p", PARK, toml=f'[source]\namends = "{DIRECTORY}"\n')


async def test_mended_rows_of_an_earlier_release_are_of_its_day(desk: Desk) -> None:
    outcome = await desk.load("p_2026-01", PARK, ("", "Mill Lane"))
    await desk.load("p_2026-02", PARK)
    assert outcome.rejects is not None
    outcome.rejects.write_text(outcome.rejects.read_text().replace("\n,Mill Lane", "\nY2,Mill Lane"))
    mended = await desk.mended(outcome.rejects)
    assert mended.note.startswith("These are mended rows of the release of 2026-01, and a later one, of 2026-02, is loaded")
    (mark,) = await desk.relations("noLongerListedIn", TWO)
    assert mark.object == FEBRUARY, "as if the row had been right at once"


async def test_releases_that_no_load_knows_of_are_found_in_the_graph(desk: Desk) -> None:
    """As where a directory was loaded from an export of the graph."""
    await desk.load("p_2026-01", PARK, MILL)
    await desk.load("p_2026-02", ("Y1", "Park House", "C1", "2013-04-01"), MILL)
    await connection_of(desk.store).execute("MATCH (l:Load) SET l.releases = '[]'")
    await desk.load("p_2026-03", ("Y1", "Park Medical Centre", "C1", "2013-04-01"), MILL)
    assert [item.stated for item in (await desk.last()).releases] == ["2026-01", "2026-02", "2026-03"]
    assert {source: record.values["name"] for source, record in (await desk.records(ONE)).items()} == {
        JANUARY: "Park Surgery", FEBRUARY: "Park House", LIVING: "Park Medical Centre"
    }  # fmt: skip


async def test_mended_rows_of_a_release_that_is_not_loaded_are_refused(desk: Desk) -> None:
    await desk.load("p_2026-02", PARK)
    with pytest.raises(InputError, match="mended rows of test-practices of 2026-01, which the store does not hold"):
        await desk.load("q_2026-01", MILL, toml=f'[source]\namends = "{DIRECTORY}"\n')


async def test_a_file_that_breaks_off_marks_nothing(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK, MILL)
    path = write(desk.folder / "p_2026-02.csv", PARK)
    path.write_text(path.read_text() + '"Y7,and no end\n')
    refused = await desk.load("p_2026-02")
    assert refused.state == "refused"
    assert "breaks off" in refused.objections[0]
    outcome = await desk.load("p_2026-02", accept=True)
    assert outcome.cut_short
    assert outcome.difference and (outcome.difference.vanished, outcome.difference.unsure) == (0, 1)


async def test_nothing_vanishes_from_a_file_that_holds_only_some_entries(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK, MILL)
    changed = await desk.load("p_2026-02", ("Y1", "Park Medical Centre", "C1", "2013-04-01"), toml="[source]\npartial = true\n")
    assert changed.difference and (changed.difference.vanished, changed.difference.superseded) == (0, 1)
    assert {entity: sorted(await desk.records(entity)) for entity in (ONE, TWO)} == {ONE: [LIVING, JANUARY], TWO: [LIVING]}
    again = await desk.load("p_2026-02", MILL)
    assert again.difference and (again.difference.vanished, again.difference.retired, again.difference.superseded) == (0, 0, 0)
    assert sorted(await desk.records(ONE)) == [LIVING, JANUARY]


async def test_a_load_that_breaks_off_leaves_the_release_before(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK, MILL)
    before, record = await desk.claims(), await desk.last()

    def stop(dataset: str, step: str, done: int, total: int) -> None:
        if (step, done) == ("publishing", 100):
            raise KeyboardInterrupt

    every = [(f"Y{number}", f"Practice {number}", "C1", "2013-04-01") for number in range(100, 200)]
    path = write(desk.folder / "p_2026-02.csv", PARK, *every)
    with pytest.raises(KeyboardInterrupt):
        await Loading(desk.store, desk.model, desk.shapes, BASE, tell=stop).load([path])
    assert (await desk.claims(), await desk.last()) == (before, record)
    again = await desk.load("p_2026-02")
    assert again.difference and (again.state, again.difference.vanished) == ("published", 1)
    assert [item.source for item in (await desk.last()).releases] == [JANUARY, FEBRUARY]


async def test_two_releases_given_at_once_are_loaded_in_order(desk: Desk) -> None:
    paths = [write(desk.folder / "p_2026-02.csv", PARK), write(desk.folder / "p_2026-01.csv", PARK, MILL)]
    outcomes = await Loading(desk.store, desk.model, desk.shapes, BASE).load(paths)
    assert [item.state for item in outcomes] == ["published", "published"]
    assert len(await desk.relations("noLongerListedIn", TWO)) == 1


async def test_a_question_as_at_a_date_finds_the_name_of_that_date(desk: Desk) -> None:
    await desk.load("p_2026-01", PARK)
    await desk.load("p_2026-03", ("Y1", "Park Medical Centre", "C2", "2026-03-01"))
    service = GraphQLService(desk.model, desk.store, Settings())
    text = 'query($d: Date) { organisation(id: "organisation/ods-y1", asOf: $d) { name commissioners { id } } }'
    for day, name, commissioner in (("2026-01-01", "Park Surgery", FIRST), ("2026-03-01", "Park Medical Centre", SECOND)):
        answer = await service.ask(text, {"d": day})
        assert answer["data"]["organisation"] == {"name": name, "commissioners": [{"id": commissioner}]}, day


async def test_the_date_can_be_given_with_the_command(desk: Desk) -> None:
    outcome = await desk.load("practices", PARK, released="2026-01-31")
    assert outcome.record and outcome.record.released == "2026-01-31"
    assert [claim.subject for claim in await desk.relations("releaseOf", LIVING)] == [f"{LIVING}-2026-01-31"]
    undated = await desk.load("practices", PARK, MILL)
    assert undated.report and any(finding.rule == "release-undated" for finding in undated.report.findings)
    assert undated.state == "published"
    assert len(await desk.relations("releaseOf", LIVING)) == 2


async def test_the_audit_is_kept_with_the_load(desk: Desk) -> None:
    outcome = await desk.load("p_2026-01", ("Y1", "DR A EXAMPLE", "C1", "2013-04-01", "", "call back"))
    audit = (await desk.last()).audit
    assert audit == outcome.audit
    assert audit["ignored"] == {"note": {"values": 1, "why": "a remark of the sender"}}
    assert audit["used"]["commissioner"] == 1
