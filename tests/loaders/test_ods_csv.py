"""ODS reports: counts over real files, both generations, statuses against dates, persons refused, hostile input."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from reading_files import Loaded

from graphsvc.errors import InputError
from graphsvc.loading import loader_for
from graphsvc.model import Model
from graphsvc.provenance import EntityRecord, RelationClaim
from loaders import ods_csv
from loaders._ods import kind_of, relation_of, role
from loaders._ods_reports import REPORTS, SETTINGS

LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
RealData = Callable[[str], Path]
SAMPLES = Path(__file__).parent / "ods_csv"


def record(code: str = "A81901", name: str = "MILL LANE SURGERY", **cells: str) -> list[str]:
    """A record of epraccur; a cell is named after its column: ``c13="A"``."""
    row = [code, name, "Y63", "QHM", "1 MILL LANE", "", "", "EXAMPLETON", "", "TS18 1HU", "19740401", "", "ACTIVE", "B", "16C",
           "20200401", "", "", "", "", "", "1", "", "16C", "", "RO76", ""]  # fmt: skip
    for column, value in cells.items():
        row[int(column[1:]) - 1] = value
    return row


def write(path: Path, rows: Iterable[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return path


def organisations(found: Loaded) -> list[EntityRecord]:
    return list(found.records("Organisation"))


def by_code(found: Loaded) -> dict[str, EntityRecord]:
    return {str(item.values["odsCode"]): item for item in organisations(found)}


# -- real files -----------------------------------------------------------------------------------------------------------------


def test_epraccur_2026_holds_6604_active_gp_practices_among_12515_active_entries(
    real_data: RealData, load_only: LoadOnly
) -> None:
    with load_only(real_data("ods/epraccur_2026-02.csv")) as found:
        entries = organisations(found)
        assert len(entries) == 15_389
        states = Counter(str(item.values["directoryStatus"]) for item in entries)
        assert states == {"ACTIVE": 12_515, "INACTIVE": 2_680, "DORMANT": 194}
        active = {item.entity for item in entries if item.values["directoryStatus"] == "ACTIVE"}
        practices = {item.entity for item in entries if item.values.get("kind") == "GP_PRACTICE"}
        assert len(active & practices) == 6_604
        with_role = {claim.subject for claim in found.relations("hasRole") if claim.object == "organisation-role/ods-ro76"}
        assert with_role == practices
        assert found.rules()["status-contradicts-dates"] == 2
        assert {item.row for item in found.context.findings if item.rule == "status-contradicts-dates"} == {466, 536}
        assert found.context.set_aside == {}
        assert found.context.ledger.reported == {}
        assert found.context.ledger.withheld["telephone number"] == 15_046


def test_edispensary_2025_has_three_sorts_and_statuses_of_the_old_generation(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods/edispensary_2025.csv")) as found:
        entries = organisations(found)
        assert len(entries) == 20_932
        assert Counter(item.values["directoryStatus"] for item in entries) == {
            "ACTIVE": 11_276,
            "INACTIVE": 9_558,
            "PROPOSED": 98,
        }
        kinds = Counter(item.values["kind"] for item in entries)
        assert kinds == {"PHARMACY": 20_654, "DISPENSING_APPLIANCE_CONTRACTOR": 275, "OXYGEN_SUPPLIER": 3}
        assert sum(1 for _ in found.relations("operates")) == 20_463
        contradictions = Counter(item.value for item in found.context.findings if item.rule == "status-contradicts-dates")
        assert contradictions == {"ACTIVE": 10, "PROPOSED": 10}
        respaced = [item for item in found.context.findings if item.rule == "postcode-respaced"]
        assert [item.value for item in respaced] == ["SA5 9 EA"]


def test_etr_2025_has_273_trusts_of_which_205_are_open(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods/etr_2025.csv")) as found:
        entries = organisations(found)
        assert found.context.dataset == "ods-etr"
        assert len(entries) == 273
        assert Counter(item.qualifiers.status for item in entries) == {"IN_FORCE": 205, "ENDED": 68}
        assert by_code(found)["G6V2S"].values["kind"] == "NHS_FOUNDATION_TRUST"


def test_eccg_2025_has_320_entries_of_which_159_are_open_and_106_sub_icb_locations(
    real_data: RealData, load_only: LoadOnly
) -> None:
    with load_only(real_data("ods/eccg_2025.csv")) as found:
        entries = organisations(found)
        assert len(entries) == 320
        assert sum(item.qualifiers.status == "IN_FORCE" for item in entries) == 159
        kinds = Counter(str(item.values["kind"]) for item in entries)
        assert kinds == {"CLINICAL_COMMISSIONING_GROUP": 142, "SUB_ICB_LOCATION": 106, "SUB_ICB_REPORTING_ENTITY": 37,
                         "COMMISSIONING_HUB": 35}  # fmt: skip


def test_eccg_2018_has_the_same_directory_and_kinds_by_letters(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods/eccg_2018.csv")) as found:
        assert found.context.dataset == "ods-eccg"
        assert Counter(item.values["kind"] for item in organisations(found)) == {
            "CLINICAL_COMMISSIONING_GROUP": 213,
            "COMMISSIONING_HUB": 29,
        }


def test_etrust_2018_has_234_trusts_and_29721_sites_under_them(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods/etrust_2018.csv")) as found:
        assert found.context.dataset == "ods-etrust"
        classes = Counter(item.values["recordClass"] for item in organisations(found))
        assert classes == {"ORGANISATION": 234, "SITE": 29_721}
        operated = list(found.relations("operates"))
        assert len(operated) == 29_721
        assert {claim.qualifiers.confidence for claim in operated} == {"INFERRED"}
        assert all(claim.object.removeprefix("organisation/ods-").startswith(claim.subject[-3:]) for claim in operated)
        assert found.rules()["trust-not-listed"] == 1


def test_eauth_2017_keeps_codes_of_one_character(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods/eauth_2017.csv")) as found:
        entries = by_code(found)
        assert len(entries) == 31
        assert entries["A"].entity == "organisation/ods-a"
        assert entries["A"].values["kind"] == "GOVERNMENT_OFFICE_REGION"


@pytest.mark.parametrize(
    ("name", "entries", "findings"),
    [
        ("active_with_close_date_epraccur2026.csv", 2, {"status-contradicts-dates": 2}),
        ("five_char_and_welsh_trusts_etr2025.csv", 4, {}),
        ("missing_setting_epraccur2026.csv", 6, {"setting-missing": 1}),
        ("multivalued_and_reporting_entities_eccg2025.csv", 30, {}),
        ("multivalued_role_epraccur2026.csv", 27, {}),
        ("one_char_codes_eauth.csv", 10, {"release-undated": 1}),
        ("wales_no_region_no_icb_epraccur2026.csv", 10, {}),
    ],
)
def test_excerpts_of_odd_records_are_read_whole(
    name: str, entries: int, findings: dict[str, int], real_data: RealData, load_only: LoadOnly
) -> None:
    with load_only(real_data(f"bad_input/{name}")) as found:
        assert len(organisations(found)) == entries
        assert found.rules() == findings
        assert found.context.set_aside == {}


def test_two_roles_in_a_cell_are_two_roles_and_one_practice(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("bad_input/multivalued_role_epraccur2026.csv")) as found:
        assert Counter(claim.object for claim in found.relations("hasRole")) == {
            "organisation-role/ods-ro76": 6, "organisation-role/ods-ro268": 6,
            "organisation-role/ods-ro80": 21, "organisation-role/ods-ro87": 21,
        }  # fmt: skip
        assert Counter(item.values["kind"] for item in organisations(found)) == {"GP_PRACTICE": 6, "PRESCRIBING_COST_CENTRE": 21}


# -- what columns mean --------------------------------------------------------------------------------------------------------


def test_a_file_may_mix_both_generations_column_by_column(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = [record(c13="A"), record("A81902", c26="4"), record("A81903", c13="C", c12="20200331", c26="RO76|RO268")]
    with load_only(write(tmp_path / "epraccur_2024-01.csv", rows)) as found:
        assert {item.values["directoryStatus"] for item in organisations(found)} == {"ACTIVE", "INACTIVE"}
        assert {item.values["kind"] for item in organisations(found)} == {"GP_PRACTICE"}


def test_dates_of_joining_belong_to_the_provider_where_it_is_not_the_commissioner(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = [record(c16="20200401"), record("A81902", c16="20130401", c24="RX3")]
    with load_only(write(tmp_path / "epraccur_2026-02.csv", rows)) as found:
        commissioned = {claim.object: claim.qualifiers for claim in found.relations("commissions")}
        assert commissioned["organisation/ods-a81901"].valid_from is not None
        assert commissioned["organisation/ods-a81902"].valid_from is None
        assert "provider" in commissioned["organisation/ods-a81902"].note
        (operated,) = found.relations("operates")
        assert operated.subject == "organisation/ods-rx3"
        assert str(operated.qualifiers.valid_from) == "2013-04-01"


def test_the_last_day_is_included(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(write(tmp_path / "epraccur_2026-02.csv", [record(c12="20251231", c13="INACTIVE", c17="20251231")])) as found:
        (entry,) = organisations(found)
        assert (str(entry.qualifiers.valid_to), entry.qualifiers.edtf) == ("2026-01-01", "1974-04-01/2025-12-31")


@pytest.mark.parametrize(
    ("stated", "closed", "status", "contradicts"),
    [
        ("ACTIVE", "", "IN_FORCE", False),
        ("ACTIVE", "20251231", "IN_FORCE", True),
        ("ACTIVE", "20260215", "IN_FORCE", True),
        ("ACTIVE", "20260401", "IN_FORCE", False),
        ("INACTIVE", "20251231", "ENDED", False),
        ("INACTIVE", "20260401", "ENDED", True),
        ("INACTIVE", "", "ENDED", True),
        ("DORMANT", "", "IN_FORCE", False),
        ("P", "", "PROPOSED", True),
        ("", "20251231", "ENDED", False),
        ("", "20260401", "IN_FORCE", False),
        ("", "", "IN_FORCE", False),
    ],
)
def test_a_status_is_judged_against_the_release_and_both_are_kept(
    stated: str, closed: str, status: str, contradicts: bool, tmp_path: Path, load_only: LoadOnly
) -> None:
    with load_only(write(tmp_path / "epraccur_2026-02.csv", [record(c13=stated, c12=closed)])) as found:
        (entry,) = organisations(found)
        assert entry.qualifiers.status == status
        assert (entry.values.get("directoryStatus") is not None) == bool(stated)
        assert bool(found.rules()["status-contradicts-dates"]) == contradicts


def test_codes_stay_text(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = [record("012"), record("7E8"), record("00E12")]
    with load_only(write(tmp_path / "epraccur_2026-02.csv", rows)) as found:
        assert set(by_code(found)) == {"012", "7E8", "00E12"}
        assert {item.entity for item in organisations(found)} == {f"organisation/ods-{code}" for code in ("012", "7e8", "00e12")}


def test_both_generations_of_one_practice_are_one_thing_of_one_directory(load_only: LoadOnly) -> None:
    seen = set()
    for case in ("epraccur_numbers/epraccur_2019.csv", "epraccur_role_codes/epraccur_2026-02.csv"):
        with load_only(SAMPLES / case) as found:
            assert found.context.release is not None
            entry = by_code(found)["A81901"]
            seen.add((found.context.dataset, found.context.release.directory, entry.entity, entry.qualifiers.locator, entry.id))
    assert len({item[:4] for item in seen}) == 1


def test_an_entry_that_only_moves_in_the_file_stays_the_same_claims(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = [record(), record("A81902", c24="RX3"), record("A81903", c26="RO80|RO87")]
    ids: list[set[str]] = []
    for folder, order in (("one", rows), ("two", rows[::-1])):
        (tmp_path / folder).mkdir()
        with load_only(write(tmp_path / folder / "epraccur_2026-02.csv", order)) as found:
            said = (*found.records("Organisation"), *found.relations("commissions"), *found.relations("hasRole"))
            ids.append({claim.id for claim in said})
    assert ids[0] == ids[1]


def test_settings_lead_to_roles_that_the_ontology_knows(model: Model) -> None:
    assert all(role(model, code) for codes in SETTINGS.values() for code in codes)
    assert kind_of(model, SETTINGS["4"]) == "GP_PRACTICE"
    assert kind_of(model, SETTINGS["3"]) == "PRESCRIBING_COST_CENTRE"


def test_reports_name_kinds_roles_and_relations_that_the_model_has(model: Model) -> None:
    kinds = {concept.name for concept in model.schemes["OrganisationKind"].concepts}
    for name, report in REPORTS.items():
        meant = {report.kind, *(item for item in report.sub_types.values() if not item.startswith("RO"))} - {""}
        assert meant <= kinds, name
        assert report.parent in ("", *model.relations), name
        assert all(role(model, code) for code in report.sub_types.values() if code.startswith("RO")), name


def test_the_more_telling_role_gives_the_kind(model: Model) -> None:
    assert kind_of(model, ["RO177", "RO76"]) == "GP_PRACTICE"
    assert kind_of(model, ["RO98", "RO319"]) == "SUB_ICB_LOCATION"
    assert kind_of(model, ["RO197", "RO57"]) == "NHS_FOUNDATION_TRUST"
    assert kind_of(model, ["177"]) == "PRESCRIBING_COST_CENTRE"
    assert kind_of(model, ["RO999"]) == ""
    assert (relation_of("RE4"), relation_of("8"), relation_of("RE99")) == ("commissionedBy", "memberOf", "")


# -- what is refused, and hostile input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["egpcur.csv", "egdpcur_2025.csv", "epracmem.csv", "econcur.csv", "ngpcur.csv", "egmcmem.csv"])
def test_reports_of_persons_are_refused_by_name(name: str, tmp_path: Path, load_only: LoadOnly) -> None:
    path = write(tmp_path / name, [record("G9999901", "EXAMPLE AB")])
    with pytest.raises(InputError, match="persons") as refused, load_only(path):
        pass
    assert "EXAMPLE AB" not in str(refused.value)


def test_a_refusal_repeats_no_record(tmp_path: Path, load_only: LoadOnly) -> None:
    path = write(tmp_path / "epraccur.csv", [["G9999901", "EXAMPLE AB", "x"]])
    with pytest.raises(InputError, match="has 3 columns") as refused, load_only(path):
        pass
    assert "EXAMPLE" not in refused.value.message


def test_other_csv_files_are_left_to_other_loaders(tmp_path: Path) -> None:
    (tmp_path / "services.csv").write_text("name,postcode\nA,M33 3JR\n")
    (tmp_path / "succ.csv").write_text('"5A1","5B1","R","20061001",""\n')
    assert not any(ods_csv.recognise(path) for path in tmp_path.iterdir())


def test_a_huge_cell_sets_its_row_aside_only(tmp_path: Path, load_only: LoadOnly) -> None:
    path = write(tmp_path / "epraccur_2026-02.csv", [record(), record("A81902", "X" * 40_000), record("A81903")])
    with load_only(path) as found:
        assert set(by_code(found)) == {"A81901", "A81903"}
        assert found.rules()["cell-too-large"] == 1
        assert ("thing", "organisation/ods-a81902") in found.context.kept


def test_a_quotation_mark_that_is_not_closed_ends_the_reading_with_a_finding(tmp_path: Path, load_only: LoadOnly) -> None:
    path = write(tmp_path / "epraccur_2026-02.csv", [record(), record("A81902")])
    path.write_bytes(path.read_bytes() + b'"A81903","BROKEN')
    with load_only(path) as found:
        assert set(by_code(found)) == {"A81901", "A81902"}
        assert found.rules()["broken-csv"] == 1
        assert found.context.unread


def test_records_drawn_into_one_by_a_quotation_mark_make_the_release_incomplete(tmp_path: Path, load_only: LoadOnly) -> None:
    path = write(tmp_path / "epraccur_2026-02.csv", [record(), record("A81902"), record("A81903"), record("A81904")])
    lines = path.read_text().replace('"', "").splitlines()
    width = lines[1].count(",")
    assert all(line.count(",") == width for line in lines)
    lines[1] = lines[1].replace(",", ',"', 1)
    lines[2] = lines[2].replace(",", '",', 2).replace('",', ",", 1)
    path.write_text("\n".join(lines) + "\n")
    with load_only(path) as found:
        assert set(by_code(found)) == {"A81901", "A81904"}
        assert found.rules()["rows-in-a-cell"] == 1
        assert found.context.unread, "A81903 is not gone: it was not read"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_of_another_encoding_is_read(encoding: str, tmp_path: Path, load_only: LoadOnly) -> None:
    path = write(tmp_path / "epraccur_2026-02.csv", [record(name="YNYS MÔN SURGERY")])
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    with load_only(path) as found:
        assert by_code(found)["A81901"].values["name"] == "YNYS MÔN SURGERY"


def test_a_formula_in_a_name_is_text_and_written_safely(tmp_path: Path, load_only: LoadOnly) -> None:
    path = write(tmp_path / "epraccur_2026-02.csv", [record(), record("lower", '=HYPERLINK("http://example.org")')])
    with load_only(path) as found:
        written = ods_csv.write_rejects(path, found.context.set_aside, {}, tmp_path / "rejects")
    assert written is not None
    with written.open(newline="") as stream:
        assert [row[1] for row in csv.reader(stream)] == ['\'=HYPERLINK("http://example.org")']
    assert loader_for(written) is loader_for(path)


def test_a_record_names_itself_as_parent_or_area_and_no_relation_follows(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = [record("16C", c3="16C", c4="16C", c15="16C", c24="16C")]
    with load_only(write(tmp_path / "epraccur_2026-02.csv", rows)) as found:
        assert [claim for claim in found.relations() if isinstance(claim, RelationClaim) and claim.subject == claim.object] == []
