"""The Care Quality Commission's register: headers that drift, cells of many values, ratings in time, and people."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from reading_files import Loaded, claims_of

from graphsvc.errors import InputError
from graphsvc.loading import loader_for
from graphsvc.provenance import EntityRecord
from loaders import cqc

HERE = Path(__file__).parent / "cqc"
LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
HEADER = (
    "Name,Also known as,Address,Postcode,Phone number,Service's website (if available),Service types,Date of latest check,"
    "Specialisms/services,Provider name,Local authority,Region,Location URL,CQC Location ID (for office use only),"
    "CQC Provider ID (for office use only)"
)
ROW = 'Example House,,"1 Mill Lane,Exampleton",WN1 1AA,1632960001,,{types},{checked},,{provider},Wigan,North West,,1-1,1-2'


def directory(folder: Path, header: str = HEADER, before: str = "", **values: str) -> Path:
    path = folder / "care.csv"
    row = ROW.format(**{"types": "Nursing homes", "checked": "", "provider": "Example Care Limited", **values})
    path.write_text(f"{before}{header}\n{row}\n", encoding="utf-8")
    return path


def answers(folder: Path, *values: Any) -> Path:
    path = folder / "cqc_2024-05.jsonl"
    path.write_text("\n".join(json.dumps(value) for value in values) + "\n", encoding="utf-8")
    return path


def location(**values: Any) -> dict[str, Any]:
    return {"locationId": "1-1", "providerId": "1-2", "name": "Example House", "registrationStatus": "Registered", **values}


def one(found: Loaded, class_name: str = "Service") -> EntityRecord:
    (record,) = found.records(class_name)
    return record


@pytest.mark.parametrize("before", ["", "Title\n", "CQC,,\n,,\nThis data was produced on 1 May 2019,,\n,,\n", "\n\nx\n\n" * 5])
def test_the_header_is_found_behind_any_preamble(before: str, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(directory(tmp_path, before=before)) as found:
        assert one(found).values["name"] == "Example House"
        assert (found.context.release is not None and found.context.release.stated) == ("2019-05-01" if "2019" in before else "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CQC Location ID (for office use only)", "CQC Location (for office use only"),
        ("Local authority", "Local Authority"),
        ("Service's website (if available)", "Service’s website"),
        ("Specialisms/services", "Specialisms / services"),
        ("Phone number", "Phone Number (main)"),
    ],
)
def test_headers_of_other_years_are_known(old: str, new: str, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(directory(tmp_path, header=HEADER.replace(old, new))) as found:
        assert one(found).entity == "service/cqc-1-1"
        assert not found.context.ledger.reported
        assert found.context.ledger.withheld == {"telephone number": 1}


def test_a_column_that_is_new_is_reported(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(directory(tmp_path, header=HEADER.replace("Region", "Mood"))) as found:
        assert found.context.ledger.reported == {"Mood": 1}


@pytest.mark.parametrize("checked", ["09/Jan/2018 - 00:00", "09/01/2018 - 00:00", "09/01/2018", "2018-01-09"])
def test_days_with_a_time_are_days(checked: str, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(directory(tmp_path, checked=checked)) as found:
        assert one(found).values["inspectedOn"] == "2018-01-09"


def test_a_cell_holds_several_types_and_unknown_ones_are_findings(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(directory(tmp_path, types="Nursing homes|Doctors/Gps| domiciliary care service |Spa")) as found:
        names = {record.values["name"] for record in found.records("Category")}
        assert names == {"Nursing homes", "Doctors/GPs", "Homecare agencies", "Wigan"}
        assert found.rules()["unknown-code"] == 1


@pytest.mark.parametrize(
    ("provider", "withheld"), [("Mrs Ann Example", True), ("Dr B Example", True), ("Example Care Ltd", False)]
)
def test_a_provider_that_is_a_person_has_no_name(provider: str, withheld: bool, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(directory(tmp_path, provider=provider)) as found:
        text = " ".join(str(claim) for claim in claims_of(found.context))
        assert (provider not in text) is withheld
        assert (found.context.ledger.withheld["name of a person"] == 1) is withheld


def test_a_provider_is_named_once(tmp_path: Path, load_only: LoadOnly) -> None:
    path = directory(tmp_path)
    second = ROW.format(types="Dentist", checked="", provider="Another Name Limited").replace("1-1,", "1-9,")
    path.write_text(path.read_text() + second + "\n", encoding="utf-8")
    with load_only(path) as found:
        assert one(found, "Organisation").values["name"] == "Example Care Limited"
        assert found.rules()["named-otherwise"] == 1


def test_a_rating_holds_from_its_report_to_the_next(tmp_path: Path, load_only: LoadOnly) -> None:
    past = [
        {"reportDate": "2015-01-23", "overall": {"rating": "Inadequate"}},
        {"reportDate": "2017-02-08", "overall": {"rating": "Good"}},
    ]
    now = {"overall": {"rating": "Outstanding", "reportDate": "2019-10-31"}}
    with load_only(answers(tmp_path, location(historicRatings=past, currentRatings=now))) as found:
        held = sorted(
            (
                str(claim.qualifiers.valid_from),
                str(claim.qualifiers.valid_to),
                claim.qualifiers.status,
                claim.object.split("-")[3],
            )
            for claim in found.relations("classifiedAs")
            if "rating" in claim.object
        )
    assert held == [
        ("2015-01-23", "2017-02-08", "ENDED", "inadequate"),
        ("2017-02-08", "2019-10-31", "ENDED", "good"),
        ("2019-10-31", "None", "IN_FORCE", "outstanding"),
    ]


def test_registration_gives_the_period_and_what_contradicts_it_is_told(tmp_path: Path, load_only: LoadOnly) -> None:
    days = {"registrationDate": "2011-02-15", "deregistrationDate": "2020-03-31"}
    closed = location(locationId="1-8", registrationStatus="Deregistered", **days)
    with load_only(answers(tmp_path, location(**days), closed)) as found:
        told = {record.entity: (record.qualifiers.status, str(record.qualifiers.valid_to)) for record in found.records("Service")}
        states = {record.entity: record.values["directoryStatus"] for record in found.records("Service")}
        assert found.rules()["status-contradicts-dates"] == 1
    assert told == {"service/cqc-1-1": ("IN_FORCE", "2020-04-01"), "service/cqc-1-8": ("ENDED", "2020-04-01")}
    assert states == {"service/cqc-1-1": "ACTIVE", "service/cqc-1-8": "INACTIVE"}


def test_managers_nominated_individuals_and_sole_traders_stay_out(tmp_path: Path, load_only: LoadOnly) -> None:
    person = {"personTitle": "Ms", "personGivenName": "Ann", "personFamilyName": "Exampleton"}
    activity = {"name": "Personal care", "code": "RA1", "contacts": [person], "nominatedIndividual": person}
    sole = {"providerId": "1-2", "ownershipType": "Individual", "name": "Exampleton Ann", "postalAddressLine1": "2 Home Close",
            "mainPhoneNumber": "01632960001", "contacts": [person], "registrationStatus": "Registered"}  # fmt: skip
    with load_only(answers(tmp_path, location(regulatedActivities=[activity], mainPhoneNumber="01632960001"), sole)) as found:
        text = " ".join(str(claim) for claim in claims_of(found.context))
        withheld = dict(found.context.ledger.withheld)
    assert not any(word in text for word in ("Ann", "Exampleton", "Home Close", "96000"))
    assert withheld == {"contact": 3, "telephone number": 2, "name of a person": 1, "address of a person": 1}


def test_a_provider_with_an_ods_code_is_the_organisation_of_that_code(tmp_path: Path, load_only: LoadOnly) -> None:
    provider = {"providerId": "1-2", "name": "Example NHS Trust", "odsCode": "rx9", "locationIds": ["1-1"]}
    with load_only(answers(tmp_path, location(), provider)) as found:
        assert {claim.subject for claim in found.relations("provides")} == {"organisation/ods-rx9"}
        assert one(found, "Organisation").values["odsCode"] == "RX9"


@pytest.mark.parametrize(
    "value",
    [
        location(gacServiceTypes="Nursing homes", specialisms=[1], currentRatings=[], historicRatings={"overall": 5}),
        location(numberOfBeds="many", onspdLatitude="x", onspdLongitude=[1], relationships={"type": 1}, brandName="-"),
        location(
            lastInspection="2019", registrationDate="soon", onspdIcbCode="QOC", currentRatings={"overall": {"rating": ["x"]}}
        ),
        {"locationId": ["1"], "name": {"x": 1}},
        {"locationId": "x" * 500, "name": "y" * 500, "brandName": "z" * 500},
        {"providerId": "1-3", "name": None, "locationIds": [{"a": 1}, "1-7", ""]},
        {"providerId": 7, "name": "Example"},
    ],
)
def test_a_value_of_another_shape_never_crashes(value: Any, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(answers(tmp_path, location(locationId="1-99"), value)) as found:
        assert "service/cqc-1-99" in {record.entity for record in found.records("Service")}
        assert all(finding.hint for finding in found.context.findings)


def test_windows_letters_and_a_cell_without_end(tmp_path: Path, load_only: LoadOnly) -> None:
    path = tmp_path / "care.csv"
    row = ROW.format(types="Dentist", checked="", provider="Café Limited")
    path.write_bytes(f'{HEADER}\n{row}\n"never closed,'.encode("cp1252"))
    with load_only(path) as found:
        assert one(found, "Organisation").values["name"] == "Café Limited"
        assert found.context.unread


def test_a_file_of_that_name_with_another_header_is_refused(load_only: LoadOnly) -> None:
    path = HERE / "other_header" / "5_May_2019_CQC_directory.csv"
    with pytest.raises(InputError, match="Org ID, Org Name, Rating") as refused, load_only(path):
        pass
    assert "Service types" in refused.value.hint


def test_the_real_directory(real_data: Callable[[str], Path], load_only: LoadOnly) -> None:
    path = real_data("cqc/cqc_directory_layout_2026-09_two_rows.csv")
    assert loader_for(path) is cqc
    with load_only(path) as found:
        made = {kind: len(list(found.records(kind))) for kind in ("Service", "Site", "Organisation", "Category")}
        assert found.context.release is not None
        assert found.context.release.stated == "2026-09-16"
        assert made == {"Service": 2, "Site": 2, "Organisation": 2, "Category": 9}
        assert not found.context.findings
        assert found.context.ledger.withheld == {"telephone number": 2}
        assert not found.context.ledger.reported
