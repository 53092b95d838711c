"""Periods and times that cannot be: told alike, whatever the format."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from reading_files import Loaded

LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
MAP = """
[[things]]
class = "Organisation"
scheme = "made-up"
key = "ref"
start = "opened"
end = "closed"
[things.properties]
name = "name"
"""


def table(folder: Path, first: str, last: str) -> Path:
    path = folder / "list_2025-03.csv"
    path.write_text(f"ref,name,opened,closed\n1,Willow Trust,{first},{last}\n")
    path.with_name(f"{path.name}.map.toml").write_text(MAP)
    return path


def fhir(folder: Path, *resources: dict[str, Any]) -> Path:
    path = folder / "list_2025-03.json"
    entries = [{"resource": item} for item in resources]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path


def affiliation(folder: Path, first: str, last: str) -> Path:
    two = [
        {"resourceType": "Organization", "id": code, "identifier": [{"system": ODS, "value": code}], "name": f"Clinic {code}"}
        for code in ("ZP1", "ZP2")
    ]
    ends = {"organization": {"reference": "Organization/ZP1"}, "participatingOrganization": {"reference": "Organization/ZP2"}}
    period = {"start": first, "end": last}
    code = [{"coding": [{"code": "member"}]}]
    return fhir(folder, *two, {"resourceType": "OrganizationAffiliation", "id": "a", "period": period, "code": code, **ends})


def practice(folder: Path, first: str, last: str) -> Path:
    days = [item.replace("-", "") for item in (first, last)]
    cells = [
        "Y90031",
        "WILLOW SURGERY",
        "Y60",
        "QZ9",
        "1 PARK ROAD",
        "",
        "",
        "EXAMPLE TOWN",
        "",
        "ZE1 2AB",
        *days,
        "INACTIVE",
        "B",
    ]
    cells += ["Z9X8Y", "", "", "", "", "", "", "1", "", "Z9X8Y", "", "RO76", ""]
    path = folder / "epraccur_2025-03.csv"
    path.write_text(",".join(f'"{cell}"' for cell in cells) + "\n")
    return path


def notice(folder: Path, first: str, last: str) -> Path:
    lot = {"id": "1", "contractPeriod": {"startDate": first, "endDate": last}}
    tender = {"id": "t", "title": "Care", "lots": [lot], "contractPeriod": lot["contractPeriod"]}
    path = folder / "notice_2025-03.json"
    path.write_text(json.dumps({"ocid": "ocds-b5fd17-a", "id": "1", "date": "2025-03-01", "tag": ["tender"], "tender": tender}))
    return path


@pytest.mark.parametrize("written", [table, affiliation, practice, notice])
def test_a_period_that_ends_before_it_starts_is_told_once_a_row_by_every_loader(
    written: Callable[[Path, str, str], Path], tmp_path: Path, load_only: LoadOnly
) -> None:
    with load_only(written(tmp_path, "2021-04-01", "2019-04-01")) as found:
        (told,) = [item for item in found.context.findings if item.rule == "end-before-start"]
        assert (told.severity, told.row) == ("warning", 2 if written is table else 3 if written is affiliation else 1)
        assert "The last day (2019-04-01) comes before the first (2021-04-01)" in told.message
        assert not any(claim.qualifiers.valid_from for claim in (*found.records(), *found.relations()))


@pytest.mark.parametrize("written", [table, affiliation, practice, notice])
def test_a_period_of_one_day_is_good(written: Callable[[Path, str, str], Path], tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, "2021-04-01", "2021-04-01")) as found:
        assert found.rules()["end-before-start"] == 0


@pytest.mark.parametrize(
    ("hours", "kept", "rules"),
    [
        ({"daysOfWeek": ["tue"], "availableStartTime": "09:00:00", "availableEndTime": "24:00:00"}, ("TU 09:00-24:00",), {}),
        ({"daysOfWeek": ["tue"], "availableStartTime": "24:99", "availableEndTime": "17:00"}, ("TU -17:00",), {"not-a-time": 1}),
        ({"daysOfWeek": ["tue"], "availableStartTime": "25:00", "availableEndTime": "9"}, (), {"not-a-time": 2}),
        ({"daysOfWeek": ["foo"], "availableStartTime": "09:00"}, (), {"unknown-code": 1}),
        ({"daysOfWeek": ["tue", "foo"], "allDay": True}, ("TU all day",), {"unknown-code": 1}),
    ],
)  # fmt: skip
def test_impossible_opening_hours_of_fhir_are_told_and_not_kept(
    hours: dict[str, Any], kept: tuple[str, ...], rules: dict[str, int], tmp_path: Path, load_only: LoadOnly
) -> None:
    service = {"resourceType": "HealthcareService", "id": "s", "name": "Nursing", "availableTime": [hours]}
    with load_only(fhir(tmp_path, service)) as found:
        (record,) = found.records("Service")
        assert record.values.get("openingHours", ()) == kept
        assert {rule: found.rules()[rule] for rule in ("not-a-time", "unknown-code") if found.rules()[rule]} == rules


@pytest.mark.parametrize(
    ("opens", "closes", "kept", "told"),
    [("09:00", "17:00:00Z", "MO 09:00-17:00", 0), ("9.30am", "12 pm", "MO 09:30-12:00", 0), ("24:99", "17:60", "MO", 2)],
)
def test_impossible_hours_of_a_schedule_are_told_and_not_kept(
    opens: str, closes: str, kept: str, told: int, tmp_path: Path, load_only: LoadOnly
) -> None:
    schedule = {"id": "1", "byday": "MO", "freq": "WEEKLY", "opens_at": opens, "closes_at": closes}
    service: dict[str, Any] = {"id": "s", "name": "Sitting service", "status": "active", "regular_schedules": [schedule]}
    service["organization"] = {"id": "o", "name": "Example Charity"}
    path = tmp_path / "services_2025-03.json"
    path.write_text(json.dumps({"contents": [service]}))
    with load_only(path) as found:
        (record,) = found.records("Service")
        assert record.values["openingHours"] == (kept,)
        assert found.rules()["not-a-time"] == told
