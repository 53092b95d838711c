"""Geography lookups: columns of any year and order, codes that are none, shares, and the real files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from reading_files import Loaded

from loaders import ons
from loaders._ons_levels import column_of, released_of

Load = Callable[[Path], AbstractContextManager[Loaded]]
Loading = Callable[..., AbstractContextManager[Loaded]]
SICBL = "SICBL24CD,SICBL24CDH,SICBL24NM,ICB24CD,ICB24CDH,ICB24NM"


@pytest.fixture
def loaded(tmp_path: Path, load_only: Load) -> Loading:
    """A lookup of the given lines, loaded."""

    def load(*lines: str, name: str = "lookup.csv", encoding: str = "utf-8") -> AbstractContextManager[Loaded]:
        path = tmp_path / name
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
        return load_only(path)

    return load


def pairs(found: Loaded, relation: str) -> set[tuple[str, str]]:
    return {(claim.subject, claim.object) for claim in found.relations(relation)}


@pytest.mark.parametrize(
    ("name", "level", "sort", "year"),
    [
        ("LOC22CD", "SICBL", "code", 2022),
        ("SICBL26CDH", "SICBL", "ods", 2026),
        ("CCG21NM", "SICBL", "name", 2021),
        ("sicbl24_code_h", "SICBL", "ods", 2024),
        ("lsoa21_name", "LSOA", "name", 2021),
        ("ltla23_code", "LAD", "code", 2023),
        ("UTLA22NMW", "CTYUA", "welsh", 2022),
        ("icb24_cd", "ICB", "code", 2024),
        ("nhs_trust22_code", "TRUST", "code", 2022),
        (" ICB24CD ", "ICB", "code", 2024),
    ],
)
def test_columns_are_known_by_pattern(name: str, level: str, sort: str, year: int) -> None:
    found = column_of(name)
    assert found is not None
    assert (found.level, found.sort, found.year) == (level, sort, year)


@pytest.mark.parametrize("name", ["ICBCD", "ICB24", "Postcode", "LOC22CDX", "ObjectId", "ICB2024CD", "XICB24CD", ""])
def test_other_columns_are_not(name: str) -> None:
    assert column_of(name) is None


@pytest.mark.parametrize(
    ("file", "columns", "expected"),
    [
        ("LOC22_ICB22_NHSER22_EN_LU.csv", ["LOC22CD", "ICB22CD"], "2022"),
        ("icb_names_codes_dec_2024.csv", ["ICB24CD"], "2024-12"),
        ("LSOA_(2021)_to_SICBL_to_LAD_(April_2023)_Lookup.csv", ["LSOA21CD", "SICBL23CD"], "2023-04"),
        ("lookup.csv", ["LSOA21CD", "SICBL24CD"], "2024"),
        ("lookup_2024-06.csv", ["LSOA21CD", "SICBL24CD"], ""),
    ],
)
def test_the_release_is_dated_by_its_name_or_its_columns(file: str, columns: list[str], expected: str) -> None:
    assert released_of(Path(file), columns) == expected


def test_a_year_is_a_release_of_the_same_directory(loaded: Loading) -> None:
    found_of = []
    for year, level in (("22", "LOC"), ("24", "SICBL"), ("26", "SICBL")):
        header = f"{level}{year}CD,{level}{year}CDH,{level}{year}NM,ICB{year}CD,ICB{year}CDH,ICB{year}NM"
        with loaded(header, "E38000246,92A,NHS X ICB - 92A,E54000901,QX1,NHS X ICB") as found:
            assert found.context.release is not None
            found_of.append((found.context.dataset, found.context.release.stated))
    assert found_of == [("ons-sicbl-icb", "2022"), ("ons-sicbl-icb", "2024"), ("ons-sicbl-icb", "2026")]


def test_when_the_gss_code_changes_the_organisation_stays(loaded: Loading) -> None:
    seen = []
    for code in ("E38000246", "E38000264"):
        with loaded(SICBL, f"{code},92A,NHS X ICB - 92A,E54000901,QX1,NHS X ICB") as found:
            organisations = {record.entity for record in found.records("Organisation")}
            seen.append((organisations, pairs(found, "serves")))
    assert seen[0][0] == seen[1][0] == {"organisation/ods-92a", "organisation/ods-qx1"}
    assert ("organisation/ods-92a", "statistical-area/gss-e38000246") in seen[0][1]
    assert ("organisation/ods-92a", "statistical-area/gss-e38000264") in seen[1][1]


def test_columns_may_stand_in_any_order(loaded: Loading) -> None:
    with loaded(
        "ObjectId,ICB24NM,SICBL24CDH,ICB24CD,SICBL24CD,SICBL24NM", "1,NHS X ICB,92A,E54000901,E38000246,NHS X ICB - 92A"
    ) as found:
        assert pairs(found, "within") == {("statistical-area/gss-e38000246", "care-system/gss-e54000901")}
        assert not found.rules()


@pytest.mark.parametrize("code", ["E0800009", "E080000099", "E0800000O", "8000009"])
def test_a_damaged_code_is_set_aside_and_never_padded(loaded: Loading, code: str) -> None:
    with loaded("LAD24CD,LAD24NM", f"{code},Somewhere", "E08000010,Wigan") as found:
        assert [record.values["gssCode"] for record in found.records("Place")] == ["E08000010"]
        assert found.rules() == {"bad-gss-code": 1}
        assert list(found.context.set_aside) == [("lookup.csv", 2)]


def test_what_a_row_in_error_named_is_read_from_the_next_row(loaded: Loading) -> None:
    wrong, right = "E3800024,92A,NHS X ICB - 92A", "E38000246,92A,NHS X ICB - 92A"
    with loaded(SICBL, f"{wrong},E54000901,QX1,NHS X ICB", f"{right},E54000901,QX1,NHS X ICB") as found:
        places = {record.origin.row for record in found.records() if record.origin and record.class_name != "Source"}
        assert places == {3}


def test_exchanged_columns_are_set_aside(loaded: Loading) -> None:
    with loaded(SICBL, "E54000901,QX1,NHS X ICB,E38000246,92A,NHS X ICB - 92A") as found:
        assert found.rules() == {"wrong-level": 2}
        assert not list(found.records("CareSystem"))


def test_a_local_authority_in_two_icbs_keeps_a_share_of_each_and_is_within_neither(loaded: Loading) -> None:
    lines = [f"E0100000{n},E5400090{1 if n < 2 else 2},E07000244" for n in range(8)]
    with loaded("LSOA21CD,ICB24CD,LAD24CD", *lines) as found:
        shares = {str(record.values["name"]): record.values["value"] for record in found.records("Observation")}
        assert shares == {
            "Share of E07000244 in E54000901: 2 of 8 LSOAs": 25.0,
            "Share of E07000244 in E54000902: 6 of 8 LSOAs": 75.0,
        }
        assert not [pair for pair in pairs(found, "within") if pair[0] == "place/gss-e07000244"]
        assert {pair[1] for pair in pairs(found, "shareOf")} == {"care-system/gss-e54000901", "care-system/gss-e54000902"}


def test_a_local_authority_wholly_in_one_icb_is_within_it(loaded: Loading) -> None:
    with loaded("LSOA21CD,ICB24CD,LAD24CD", "E01000001,E54000901,E07000244", "E01000002,E54000901,E07000244") as found:
        (claim,) = [claim for claim in found.relations("within") if claim.subject == "place/gss-e07000244"]
        assert claim.object == "care-system/gss-e54000901"
        assert claim.qualifiers.confidence == "INFERRED"
        assert not list(found.records("Observation"))


def test_an_lsoa_that_is_listed_twice_counts_once(loaded: Loading) -> None:
    one, two = "E01000001,E54000901,E07000244", "E01000002,E54000902,E07000244"
    with loaded("LSOA21CD,ICB24CD,LAD24CD", one, one, two) as found:
        assert {record.values["value"] for record in found.records("Observation")} == {50.0}
        assert found.rules() == {"duplicate-row": 1}


def test_without_small_areas_no_share_is_made_up(loaded: Loading) -> None:
    one, two = "E07000244,East,E54000901,QX1,One ICB", "E07000244,East,E54000902,QX2,Two ICB"
    with loaded("LAD24CD,LAD24NM,ICB24CD,ICB24CDH,ICB24NM", one, two) as found:
        assert not list(found.records("Observation"))
        assert not pairs(found, "within")
        assert found.rules() == {"share-unknown": 1}
        assert {("organisation/ods-qx1", "place/gss-e07000244"), ("organisation/ods-qx2", "place/gss-e07000244")} <= pairs(
            found, "serves"
        )


def test_a_welsh_name_is_another_name_and_a_single_space_is_none(loaded: Loading) -> None:
    lines = ["E08000010,Wigan, ", "W06000001,Isle of Anglesey,Ynys Môn"]
    with loaded("LAD24CD,LAD24NM,LAD24NMW", *lines, encoding="utf-8-sig") as found:
        names = {str(record.values["name"]): record.values.get("alternativeName") for record in found.records("Place")}
        assert names == {"Wigan": None, "Isle of Anglesey": ("Ynys Môn",)}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_apart(loaded: Loading, encoding: str) -> None:
    with loaded("LAD24CD,LAD24NM", "W06000001,Ynys Môn", encoding=encoding) as found:
        assert [record.values["name"] for record in found.records("Place")] == ["Ynys Môn"]


def test_pseudo_codes_stand_for_no_area(loaded: Loading) -> None:
    with loaded("LAD24CD,LAD24NM,RGN24CD,RGN24NM", "W06000001,Isle of Anglesey,W99999999,(pseudo) Wales") as found:
        assert not list(found.records("StatisticalArea"))
        assert not pairs(found, "within")


def test_a_unitary_authority_is_not_within_itself(loaded: Loading) -> None:
    with loaded("LAD24CD,LAD24NM,CTYUA24CD,CTYUA24NM", "E06000001,Hartlepool,E06000001,Hartlepool") as found:
        assert not pairs(found, "within")
        assert len(list(found.records("Place"))) == 1


@pytest.mark.parametrize("ods", ["2P", "0.2", "7E+08", "92A1"])
def test_a_damaged_ods_code_is_left_out_and_the_area_stays(loaded: Loading, ods: str) -> None:
    with loaded("ICB24CD,ICB24CDH,ICB24NM", f"E54000901,{ods},NHS X ICB") as found:
        assert not list(found.records("Organisation"))
        assert len(list(found.records("CareSystem"))) == 1
        assert found.rules() == {"bad-ods-code": 1}


def test_two_years_in_one_file_are_told_and_the_first_is_read(loaded: Loading) -> None:
    with loaded("ICB22CD,ICB22NM,ICB24CD,ICB24NM", "E54000901,Old,E54000902,New") as found:
        assert [record.values["name"] for record in found.records("CareSystem")] == ["Old"]
        assert found.rules() == {"two-years": 2}


def test_a_welsh_board_among_the_sub_icbs_is_a_board(loaded: Loading) -> None:
    with loaded("SICBL24CD,SICBL24CDH,SICBL24NM", "W11000023,7A1,Betsi Cadwaladr University Health Board") as found:
        assert {str(record.values.get("kind")) for record in found.records() if record.class_name != "Source"} == {
            "LOCAL_HEALTH_BOARD"
        }


def test_before_july_2022_the_organisation_is_a_clinical_commissioning_group(loaded: Loading) -> None:
    header, row = "CCG21CD,CCG21CDH,CCG21NM,STP21CD,STP21NM", "E38000246,92A,NHS X CCG,E54000901,X STP"
    with loaded(header, row) as found:
        assert {record.values["kind"] for record in found.records("Organisation")} == {"CLINICAL_COMMISSIONING_GROUP"}
        assert {record.values["kind"] for record in found.records("CareSystem")} == {"STP_FOOTPRINT"}


def test_unknown_columns_are_reported(loaded: Loading) -> None:
    with loaded("ICB24CD,ICB24CDH,ICB24NM,Mood", "E54000901,QX1,NHS X ICB,calm") as found:
        assert found.rules() == {"not-handled": 1}


@pytest.mark.parametrize("header", ["Code,Name", "Name,Postcode,LSOA11CD,LAD22CD", "ICB24NM,ICB24CDH", "", '"unclosed'])
def test_other_tables_are_left_to_others(tmp_path: Path, header: str) -> None:
    path = tmp_path / "services.csv"
    path.write_text(f"{header}\n1,2\n", encoding="utf-8")
    assert not ons.recognise(path)


@pytest.mark.parametrize(
    "row", ["E54000901," + "x" * 40_000, "E54000901,QX1,A, B, C", '"E54000901', "E54000901", ",,", "\x01E54000901,Q"]
)
def test_hostile_rows_are_findings_and_never_crash(loaded: Loading, row: str) -> None:
    with loaded("ICB24CD,ICB24CDH,ICB24NM", row, "E54000902,QX2,NHS Y ICB") as found:
        assert all(finding.hint for finding in found.context.findings)


def test_memory_does_not_grow_with_the_file(loaded: Loading) -> None:
    lines = [f"E01{n:06d},Area {n},E38{n % 7:06d},E54{n % 7 // 2:06d},E07{n // 100:06d}" for n in range(3_000)]
    with loaded("LSOA21CD,LSOA21NM,SICBL24CD,ICB24CD,LAD24CD", *lines) as found:
        assert len(list(found.records("StatisticalArea"))) == 3_000
        shares = [record.values["value"] for record in found.records("Observation")]
        assert len(shares) == 30 * 4
        assert sum(float(str(share)) for share in shares) == pytest.approx(30 * 100, abs=1)


def test_the_real_lookup_of_2022(real_data: Callable[[str], Path], load_only: Load) -> None:
    with load_only(real_data("ons/LOC22_ICB22_NHSER22_EN_LU.csv")) as found:
        kinds = [str(record.values.get("kind")) for record in found.records("Organisation")]
        assert kinds.count("SUB_ICB_LOCATION") == 106
        assert kinds.count("INTEGRATED_CARE_BOARD") == 42
        assert kinds.count("NHS_ENGLAND_REGION") == 7
        assert len(list(found.records("CareSystem"))) == 42
        assert len(pairs(found, "within")) == len(pairs(found, "inGeographyOf")) == 106 + 42
        assert ("organisation/ods-92a", "statistical-area/gss-e38000246") in pairs(found, "serves")
        assert not found.rules()


def test_the_real_names_of_2024(real_data: Callable[[str], Path], load_only: Load) -> None:
    with load_only(real_data("ons/icb_names_codes_dec_2024.csv")) as found:
        assert len(list(found.records("Organisation"))) == len(list(found.records("CareSystem"))) == 42
        assert found.context.release is not None
        assert found.context.release.stated == "2024-12"
        assert not found.rules()


def test_the_real_lookup_of_councils(real_data: Callable[[str], Path], load_only: Load) -> None:
    with load_only(real_data("ons/lookup_ltla23_utla23.csv")) as found:
        assert len(list(found.records("Place"))) == 318 + 21  # districts and unitaries, and the counties above 164 of them
        assert len(pairs(found, "within")) == 164
        assert not found.rules()


def test_the_real_catchments_of_trusts(real_data: Callable[[str], Path], load_only: Load) -> None:
    with load_only(real_data("ons/lookup_nhs_trusts22_icb22.csv")) as found:
        shares = list(found.records("Observation"))
        assert len(shares) == 1_321
        assert len({pair[1] for pair in pairs(found, "shareOf")}) == 42
        trusts = {pair[1] for pair in pairs(found, "observes")}
        assert len(trusts) == 138
        total = sum(float(str(record.values["value"])) for record in shares)
        assert total == pytest.approx(138 * 100, abs=0.01)
        assert not found.rules()


def test_the_real_file_with_a_byte_order_mark(real_data: Callable[[str], Path], load_only: Load) -> None:
    with load_only(real_data("bad_input/utf8_bom_crlf_ons_lookup.csv")) as found:
        assert len(list(found.records("Organisation"))) == 3 + 3 + 3
        assert "LOC22CD" in found.context.ledger.used
        assert not found.rules()
