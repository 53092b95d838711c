"""Memberships, networks and successions: counts over real files, spells and their periods, chains followed both ways."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from reading_files import Loaded

from graphsvc.errors import InputError
from loaders import ods_epcmem, ods_epcn, ods_succ

LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
RealData = Callable[[str], Path]
SAMPLES = Path(__file__).parent


def write(path: Path, rows: Iterable[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\r\n").writerows(rows)
    return path


# -- networks -------------------------------------------------------------------------------------------------------------------


def test_the_epcn_of_2024_has_1366_networks_and_7705_spells_of_partners(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods/ePCN_2024-10.xlsx")) as found:
        networks = list(found.records("Organisation"))
        assert len(networks) == 1_366
        assert Counter(item.qualifiers.status for item in networks) == {"IN_FORCE": 1_285, "ENDED": 81}
        assert {item.values["kind"] for item in networks} == {"PRIMARY_CARE_NETWORK"}
        names = Counter(str(item.values["name"]) for item in networks)
        assert sum(count > 1 for count in names.values()) == 4, "names are no keys"
        spells = list(found.relations("memberOf"))
        assert len(spells) == 7_705
        assert sum(claim.qualifiers.status == "ENDED" for claim in spells) == 1_481
        assert sum(count > 1 for count in Counter(claim.subject for claim in spells).values()) == 811
        current = Counter(claim.subject for claim in spells if claim.qualifiers.valid_to is None)
        assert max(current.values()) == 1
        assert found.rules() == {"other-commissioner": 1, "name-withheld": 1}
        (told,) = (item for item in found.context.findings if item.rule == "other-commissioner")
        assert told.message.startswith("136 spells")
        assert found.context.set_aside == {}
        assert found.context.ledger.reported == {}


def test_a_practice_that_moved_is_in_each_network_for_its_time(load_only: LoadOnly) -> None:
    with load_only(SAMPLES / "ods_epcn/workbook/ePCN_2024-10.xlsx") as found:
        spells = {claim.object: claim.qualifiers for claim in found.relations("memberOf") if claim.subject.endswith("a81901")}
        assert {(item, said.status, said.valid_from, said.valid_to) for item, said in spells.items()} == {
            ("organisation/ods-u90002", "ENDED", date(2019, 7, 1), date(2022, 4, 1)),
            ("organisation/ods-u90001", "IN_FORCE", date(2024, 4, 1), None),
        }


def test_workbook_and_reports_are_three_directories_and_say_the_same_of_a_spell(load_only: LoadOnly) -> None:
    said = []
    for case in ("workbook/ePCN_2024-10.xlsx", "partners/epcncorepartnerdetails_2026-02.csv"):
        with load_only(SAMPLES / "ods_epcn" / case) as found:
            periods = {(claim.subject, claim.object, claim.qualifiers.edtf) for claim in found.relations("memberOf")}
            said.append((found.context.dataset, periods))
    with load_only(SAMPLES / "ods_epcn/details/epcn_2026-02.csv") as found:
        said.append((found.context.dataset, set()))
    assert [dataset for dataset, _ in said] == ["ods-epcn-workbook", "ods-epcncorepartnerdetails", "ods-epcn"]
    assert said[0][1] == said[1][1]


def test_another_workbook_is_left_to_other_loaders(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "ePCN.xlsx")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 no archive")
    assert not ods_epcn.recognise(tmp_path / "ePCN.xlsx")
    assert not ods_epcn.recognise(tmp_path / "broken.xlsx")


def test_days_that_a_spreadsheet_made_dates_of_are_read(tmp_path: Path, load_only: LoadOnly) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "PCNDetails"
    sheet.append(["PCN Code", "PCN Name", "Current Sub ICB Loc Code", "Sub ICB Location", "Open Date", "Close Date"])
    sheet.append(["U90001", "WEST EXAMPLE PCN", "26A", "NHS EXAMPLE ICB - 26A", date(2019, 7, 1), None])
    sheet.append(["U90002", "=A2", "26A", "NHS EXAMPLE ICB - 26A", 20190701, None])
    book.save(tmp_path / "ePCN_2024-10.xlsx")
    with load_only(tmp_path / "ePCN_2024-10.xlsx") as found:
        (network,) = found.records("Organisation")
        assert network.qualifiers.valid_from == date(2019, 7, 1)
        assert found.rules()["formula"] == 1


# -- memberships ----------------------------------------------------------------------------------------------------------------


def test_each_spell_of_a_practice_has_its_commissioner_and_its_time(load_only: LoadOnly) -> None:
    with load_only(SAMPLES / "ods_epcmem/spells/epcmem_2025-05.csv") as found:
        spells = {claim.subject: claim.qualifiers for claim in found.relations("commissions") if claim.object.endswith("a81901")}
        assert {(item.removeprefix("organisation/ods-"), said.status, said.edtf) for item, said in spells.items()} == {
            ("5d9", "ENDED", "2002-04-01/2013-03-31"),
            ("00k", "ENDED", "2013-04-01/2020-03-31"),
            ("16c", "IN_FORCE", "2020-04-01/"),
        }


def test_a_spell_that_ends_before_it_starts_keeps_the_relation_without_dates(load_only: LoadOnly) -> None:
    with load_only(SAMPLES / "ods_epcmem/spells/epcmem_2025-05.csv") as found:
        (said,) = (claim.qualifiers for claim in found.relations("commissions") if claim.object.endswith("a81903"))
        assert (said.valid_from, said.valid_to, "2019-04-01" in said.note) == (None, None, True)


def test_a_row_set_aside_retires_nothing_of_its_practice(load_only: LoadOnly) -> None:
    with load_only(SAMPLES / "ods_epcmem/spells/epcmem_2025-05.csv") as found:
        assert ("relation", "", "", "organisation/ods-a81906") in found.context.kept


def test_many_spells_are_read_within_bounded_memory(tmp_path: Path, load_only: LoadOnly) -> None:
    resource = pytest.importorskip("resource")
    rows = [[f"A{number:05}", "16C", "W", "20200401", "", "0"] for number in range(8_000)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with load_only(write(tmp_path / "epcmem_2025-05.csv", rows)) as found:
        assert sum(1 for _ in found.relations("commissions")) == 8_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


# -- successions ----------------------------------------------------------------------------------------------------------------


def test_25480_successions_hold_966_mergers_and_535_splits(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods/successions.csv")) as found:
        kinds = Counter(item.values.get("kind") for item in found.records("Succession"))
        assert (kinds["MERGE"], kinds["SPLIT"]) == (966, 535)
        assert set(kinds) == {"MERGE", "SPLIT", None}
        replaced = list(found.relations("replaces"))
        assert len(replaced) == 25_480 - 39, "39 organisations go on under their own code"
        assert found.context.set_aside == {}
        before, after = defaultdict(set), defaultdict(set)
        for claim in replaced:
            before[claim.subject].add(claim.object)
            after[claim.object].add(claim.subject)
        assert "organisation/ods-x2c4y" in after["organisation/ods-03a"]
        assert {"organisation/ods-03a", "organisation/ods-03j"} <= before["organisation/ods-x2c4y"]


def test_a_chain_can_be_followed_both_ways_with_its_days(load_only: LoadOnly) -> None:
    with load_only(SAMPLES / "ods_succ/as_published/succ_2025-06.csv") as found:
        since = {(claim.object[17:], claim.subject[17:]): claim.qualifiers for claim in found.relations("replaces")}
        assert (since["5a9", "00k"].valid_from, since["00k", "16c"].valid_from) == (date(2013, 4, 1), date(2020, 4, 1))
        assert since["5a9", "00k"].as_stated == "R: reconfiguration"
        assert since["16c", "f9n9c"].status == "PLANNED"


def test_kinds_follow_from_the_rows_of_one_day_and_are_not_guessed(load_only: LoadOnly) -> None:
    with load_only(SAMPLES / "ods_succ/as_published/succ_2025-06.csv") as found:
        kinds = {item.entity.removeprefix("succession/ods-"): item.values.get("kind") for item in found.records("Succession")}
    assert kinds == {
        "2013-04-01-into-00k": "MERGE",
        "2020-04-01-into-16c": None,
        "2002-04-01-out-of-rz9": "SPLIT",
        "2001-01-01-into-9aa02": None,
        "2000-10-01-out-of-4cj91": "SPLIT",
        "2021-04-01-into-u6q9z": "MERGE",
        "2021-04-01-out-of-504": "SPLIT",
        "2099-04-01-into-f9n9c": None,
    }


def test_what_comes_back_under_its_old_code_is_two_steps(load_only: LoadOnly) -> None:
    with load_only(SAMPLES / "ods_succ/with_header/successions.csv") as found:
        steps = {
            (claim.subject[17:], claim.object[17:], str(claim.qualifiers.valid_from)) for claim in found.relations("replaces")
        }
        assert {("16c", "00k", "2020-04-01"), ("00k", "16c", "2021-04-01")} <= steps


# -- hostile input, for all three


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("epcmem_2025.csv", ["A81901", "16C", "W", "20200401", "", "0"]),
        ("succ_2025.csv", ["5A9", "00K", "R", "20130401", "F"]),
        ("epcn_2025.csv", ["U90001", "A PCN", "26A", "NHS EXAMPLE", "20240401", "", "1 LANE", "", "", "TOWN", "", "NR18 0AF"]),
        ("epcncorepartnerdetails_2025.csv", ["A81901", "A", "26A", "B", "U90001", "C", "26A", "D", "20190701", "", "true"]),
    ],
)
def test_a_huge_cell_or_one_cell_too_many_sets_its_row_aside_only(
    name: str, row: list[str], tmp_path: Path, load_only: LoadOnly
) -> None:
    with load_only(write(tmp_path / name, [row, [*row, "", "", "more"], ["X" * 40_000, *row[1:]]])) as found:
        assert {number for _, number in found.context.set_aside} == {2, 3}
        assert sum(1 for _ in found.relations("commissions")) + sum(1 for _ in found.relations("memberOf")) + sum(
            1 for _ in found.relations("replaces")
        ) == 1  # fmt: skip


@pytest.mark.parametrize("name", ["epcmem.csv", "succ.csv", "succarc.csv", "epcn.csv", "epcncorepartnerdetails.csv"])
def test_an_empty_file_is_refused_by_name(name: str, tmp_path: Path, load_only: LoadOnly) -> None:
    (tmp_path / name).touch()
    with pytest.raises(InputError) as refused, load_only(tmp_path / name):
        pass
    assert refused.value.hint


def test_none_of_them_takes_another_file(tmp_path: Path) -> None:
    (tmp_path / "services.csv").write_text("name,date\nA,2020-01-01\n")
    (tmp_path / "lookup.csv").write_text("ICB24CD,ICB24CDH,ICB24NM,ObjectId\nE54000061,QF7,NHS South Example,1\n")
    (tmp_path / "success.csv").write_text("a,b\n1,2\n")
    for path in tmp_path.iterdir():
        assert not any(loader.recognise(path) for loader in (ods_epcmem, ods_epcn, ods_succ)), path.name
