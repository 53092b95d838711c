"""A part of an input that is not there, or is not recognised, is told, and stops the release unless it is accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from small_maps import BASE, shapes_of

from graphsvc.errors import InputError
from graphsvc.loading import CsvSheet
from graphsvc.loading.release import Expectations
from graphsvc.model import Model
from graphsvc.pipeline import Loading, Outcome
from graphsvc.pipeline.coverage import coverage_of
from graphsvc.pipeline.difference import Difference
from graphsvc.pipeline.expectations import Coverage, broken
from graphsvc.pipeline.intake import read_input
from graphsvc.provenance import RelationClaim
from graphsvc.store import Store
from graphsvc.validation import Shapes

MAPPING = '[[things]]\nclass = "Organisation"\nscheme = "marsh"\nkey = "ref"\n[things.properties]\nname = "name"\n'
DETAILS = ["PCN Code", "PCN Name", "Current Sub ICB Loc Code", "Sub ICB Location", "Open Date", "Close Date"]
PARTNERS = [
    "Partner\nOrganisation\nCode", "Partner\nName", "Practice\nParent\nSub ICB Loc Code", "Practice Parent\nSub ICB Loc Name",
    "PCN Code", "PCN Name", "PCN\nParent\nSub ICB Loc Code", "PCN Parent\nSub ICB Loc Name",
    "Practice to PCN\nRelationship\nStart Date", "Practice to PCN\nRelationship\nEnd Date",
]  # fmt: skip
NETWORK = ["U99801", "MEADOW PCN", "Z9X8Y", "NHS SOMEWHERE", "20190701", None]
PARTNER = ["Y90001", "MILLBANK SURGERY", "Z9X8Y", "NHS SOMEWHERE", "U99801", "MEADOW PCN", "Z9X8Y", "X", "20190701", None]


@pytest.fixture(scope="module")
def shapes(model: Model) -> Shapes:
    return shapes_of(model)


def practices(*numbers: int) -> list[str]:
    """Records of the 27-column report."""
    row = '"Z90{:03}","PRACTICE NUMBER {}","Y60","QZZ","1 MILL LANE","","","EXAMPLE TOWN","","ZZ99 1AA","20000401","","ACTIVE"'
    return [f'{row.format(number, number)},"B","","","","","","","","0","","","","RO76",""' for number in numbers]


def table(path: Path, *lines: str, mapping: str = MAPPING) -> Path:
    path.write_text("\n".join(lines) + "\n")
    path.with_name(f"{path.name}.map.toml").write_text(mapping)
    return path


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def against(path: Path, model: Model, shapes: Shapes) -> list[str]:
    """Why a first release must not be published."""
    with read_input(path, model, shapes, BASE) as found:
        return broken(Expectations(), coverage_of(found), Difference())


# -- the end of a file ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "torn"),
    [
        ("a,b,c\n1,2,3\n4,5,6\n7,8", True),
        ("a,b,c\n1,2,3\n4,5,6\n7", True),
        ("a,b,c\r\n1,2,3\r\n4,5,6\r\n7,8", True),
        ("a,b,c\n1,2,3\n4,5,6\n7,8\n", False),
        ("a,b,c\n1,2,3\n4,5,6\n7,8,9", False),
        ("a,b,c\n1,2\n4,5,6\n7,8", False),
        ("a,b,c\n1,2,3\n4,5,6\n7,8,", False),
        ("a,b,c\n7,8", False),
        ("a,b,c\n1,2,3\n4,5,6\n\n", False),
    ],
)
def test_a_last_row_without_an_end_and_shorter_than_all_others_is_torn(text: str, torn: bool, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode())
    rows = list(CsvSheet(path).rows())
    assert [fault.rule for row in rows for fault in row.faults] == (["torn-row"] if torn else [])
    assert all(fault.fatal for row in rows for fault in row.faults)


class Desk:
    def __init__(self, store: Store, model: Model, shapes: Shapes, folder: Path) -> None:
        self.store = store
        self.model = model
        self.shapes = shapes
        self.folder = folder

    async def load(self, name: str, text: str, *, accept: bool = False) -> Outcome:
        path = self.folder / name
        path.write_text(text)
        (outcome,) = await Loading(self.store, self.model, self.shapes, BASE, accept=accept).load([path])
        return outcome

    async def marked(self) -> int:
        claims = [claim async for batch in self.store.export() for claim in batch]
        return sum(isinstance(claim, RelationClaim) and claim.relation == "noLongerListedIn" for claim in claims)


@pytest.fixture
def desk(store: Store, model: Model, shapes: Shapes, tmp_path: Path) -> Desk:
    return Desk(store, model, shapes, tmp_path)


async def test_a_release_that_breaks_off_in_its_last_row_is_not_published_and_if_accepted_marks_nothing(desk: Desk) -> None:
    every = practices(*range(60))
    assert (await desk.load("epraccur_2026-01-30.csv", "\n".join(every) + "\n")).state == "published"
    torn = "\n".join([*every[:55], every[55].removesuffix(',"RO76",""')])
    outcome = await desk.load("epraccur_2026-02-27.csv", torn)
    assert outcome.state == "refused"
    assert "breaks off" in outcome.objections[0]
    accepted = await desk.load("epraccur_2026-02-27.csv", torn, accept=True)
    assert accepted.record and outcome.objections[0] in accepted.record.accepted
    assert await desk.marked() == 0


async def test_a_release_that_ends_early_in_the_range_of_codes_is_not_published(desk: Desk) -> None:
    every = practices(*range(60))
    await desk.load("epraccur_2026-01-30.csv", "\n".join(every) + "\n")
    outcome = await desk.load("epraccur_2026-02-27.csv", "\n".join(every[:56]) + "\n")
    assert outcome.state == "refused"
    assert outcome.objections == ("whole: it ends with ods-z90055, and the 4 entries that are missing would follow it.",)
    elsewhere = [line for number, line in enumerate(every) if number not in (3, 20, 41, 59)]
    assert (await desk.load("epraccur_2026-02-27.csv", "\n".join(elsewhere) + "\n")).state == "published"
    assert await desk.marked() == 4


async def test_a_small_directory_that_has_lost_most_of_its_entries_is_not_published(desk: Desk) -> None:
    every = practices(*range(9))
    await desk.load("epraccur_2026-01-30.csv", "\n".join(every) + "\n")
    outcome = await desk.load("epraccur_2026-02-27.csv", "\n".join(every[3:6]) + "\n")
    assert outcome.state == "refused"
    assert "vanished: 6 of 9" in outcome.objections[0]
    assert (await desk.load("epraccur_2026-02-27.csv", "\n".join(every[2:7]) + "\n")).state == "published"


# -- how much was understood ------------------------------------------------------------


def test_a_table_with_a_heading_only_is_not_published(model: Model, shapes: Shapes, tmp_path: Path) -> None:
    assert against(table(tmp_path / "list.csv", "ref,name,addr"), model, shapes) == [
        "rows: it has none of which anything was understood."
    ]


def test_a_first_release_of_which_few_rows_are_read_is_not_published(model: Model, shapes: Shapes, tmp_path: Path) -> None:
    before = [f"{number},Hall {number},1 Mill Lane" for number in range(49)]
    rows = [f"{number},Barn {number},1 Mill Lane" for number in range(9)]
    found = against(table(tmp_path / "list.csv", *before, "ref,name,addr", *rows), model, shapes)
    assert found == ["understood: 9 of 58 rows in the file were looked at (15.5%), and at least 50.0% are expected."]
    assert against(table(tmp_path / "list.csv", "A list", "", "ref,name,addr", *rows), model, shapes) == []


def test_few_rows_of_a_first_release_that_are_right_are_no_release(model: Model, shapes: Shapes, tmp_path: Path) -> None:
    rows = [f"{number or ''},Hall {number},1 Mill Lane" for number in [1, 2, 3, 0, 0, 0, 0]]
    (told,) = against(table(tmp_path / "list.csv", "ref,name,addr", *rows), model, shapes)
    assert told == "rejected: 4 of 7 rows are in error (57.1%), and at most 50.0% are expected."


def test_what_stands_beside_a_file_goes_before_what_is_expected_of_all(model: Model) -> None:
    held = Coverage(good=9, aside=0, met=9, there=200)
    assert broken(Expectations(understood=0.01), held, Difference()) == []
    assert broken(Expectations(understood=0.99), held, Difference())


# -- rows ------------------------------------------------------------


def test_a_row_of_two_cells_in_a_table_of_six_is_set_aside(model: Model, shapes: Shapes, tmp_path: Path) -> None:
    path = table(
        tmp_path / "list.csv", "ref,name,addr,pc,notes,web", "0028,Short Trust", "0029,Long Trust,1 Road,,,", "0030,B,,,,,x,y"
    )
    with read_input(path, model, shapes, BASE) as found:
        told = {(item.rule, item.row) for item in found.report.findings if item.severity == "violation"}
    assert told == {("row-too-short", 2), ("row-too-long", 4)}


def test_a_program_that_leaves_out_empty_cells_at_the_end_is_known_by_most_of_its_rows(
    model: Model, shapes: Shapes, tmp_path: Path
) -> None:
    path = table(tmp_path / "list.csv", "ref,name,addr,notes", "1,A", "2,B", "3,C,1 Road,x", "4,D,1 Road")
    with read_input(path, model, shapes, BASE) as found:
        assert found.report.set_aside == 0


# -- sheets and folders ------------------------------------------------------------


def test_a_title_above_the_headings_hides_no_sheet(model: Model, shapes: Shapes, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "ePCN_2025-03.xlsx", PCNDetails=[["Networks"], DETAILS, NETWORK], PCN_Core_Partner_Details=[
            ["PCN core partners, March"], ["as published"], PARTNERS, PARTNER, ["", *PARTNER[1:]],
        ],
    )  # fmt: skip
    with read_input(path, model, shapes, BASE) as found:
        claims = [entry.claim for entry in found.context.spool.entries()]
        aside = found.loader.write_rejects(path, found.context.set_aside, {}, tmp_path / "rejects")  # type: ignore[attr-defined]  # not every loader writes rejects
    assert [claim.object for claim in claims if isinstance(claim, RelationClaim) and claim.relation == "memberOf"] == [
        "organisation/ods-u99801"
    ]
    with read_input(aside, model, shapes, BASE) as again:
        assert again.report.set_aside == 1


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("Partner\nOrganisation\nCode", "Practice Code", "Partner Organisation Code"),
        ("Practice to PCN\nRelationship\nStart Date", "Relationship Start", "Relationship Start Date"),
        ("PCN Code", "Network", "PCN Code"),
    ],
)
def test_a_renamed_heading_is_refused_with_what_is_missing(
    old: str, new: str, missing: str, model: Model, shapes: Shapes, tmp_path: Path
) -> None:
    headings = [new if name == old else name for name in PARTNERS]
    path = workbook(tmp_path / "ePCN_2025-03.xlsx", PCNDetails=[DETAILS, NETWORK], PCN_Core_Partner_Details=[headings, PARTNER])
    with pytest.raises(InputError) as refused, read_input(path, model, shapes, BASE):
        pass
    assert missing in refused.value.message
    assert new in refused.value.hint


@pytest.mark.parametrize("name", ["list.csv", "more.xlsx", "old.zip"])
def test_a_file_of_a_folder_that_nobody_reads_is_told_and_stops_the_release(
    name: str, model: Model, shapes: Shapes, tmp_path: Path
) -> None:
    folder = tmp_path / "services_2026-01"
    folder.mkdir()
    service = {"id": "s1", "name": "A service", "status": "active", "organization": {"id": "o1", "name": "An org"}}
    (folder / "services.json").write_text(json.dumps([service]))
    assert against(folder, model, shapes) == []
    (folder / name).write_text("code,name\n1,A\n")
    (folder / "README.md").write_text("About these files.\n")
    with read_input(folder, model, shapes, BASE) as found:
        assert {item.file for item in found.report.findings if item.rule == "file-not-read"} == {name, "README.md"}
    assert against(folder, model, shapes) == [f"whole: {name} in the folder {folder.name} is not read."]
