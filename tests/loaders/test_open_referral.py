"""Open Referral: what directories hold that is wrong, half there or about people, and what becomes of it."""

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
from graphsvc.pipeline.intake import CheckedInput, save_rejects
from graphsvc.provenance import EntityRecord
from loaders import open_referral
from loaders._open_referral_text import plain

HERE = Path(__file__).parent / "open_referral"
MOCKS = "openreferral/v3_mocks/"
LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
Read = Callable[[Path], AbstractContextManager[CheckedInput]]


def written(folder: Path, value: Any, name: str = "services_2024.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def service(**values: Any) -> dict[str, Any]:
    return {
        "id": "s1",
        "name": "Lunch club",
        "status": "active",
        "organization": {"id": "o1", "name": "Example Kitchen"},
        **values,
    }


def one(found: Loaded, class_name: str = "Service") -> EntityRecord:
    (record,) = found.records(class_name)
    return record


# -- texts --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<p><br></p>", ""),
        ("<ul><li>One</li><li>Two<ul><li>Three</li></ul></li></ul>", "- One\n- Two\n- Three"),
        ("Tea &amp; talk &pound;2", "Tea & talk £2"),
        ("&amp;nbsp;Twice&amp;amp;over", "Twice&over"),
        ("<script>alert(1)</script><style>p{}</style>Seen", "Seen"),
        ("fewer than 5 < 6 people", "fewer than 5 < 6 people"),
        ("<p>Never closed<li>nor this", "Never closed\n- nor this"),
        ("First\nsecond line", "First\nsecond line"),
        ("<p>First\nsame line</p>", "First same line"),
    ],
)
def test_markup_becomes_text(given: str, expected: str) -> None:
    assert plain(given) == expected


def test_markup_that_is_all_brackets_takes_no_time(tmp_path: Path, load_only: LoadOnly) -> None:
    path = written(tmp_path, [service(description="<a " * 400_000)])
    with load_only(path) as found:
        assert found.rules()["text-too-long"] == 1
        assert list(found.records("Service"))


def test_no_person_is_in_the_graph(tmp_path: Path, load_only: LoadOnly) -> None:
    people = {
        "contacts": [{"id": "c", "name": "Ann Example", "email": "ann@example.org"}, {"id": "d", "name": "Bob Example"}],
        "phones": [{"number": "01632 960001"}],
        "email": "club@example.org",
        "assurer_email": "someone@example.org",
        "pc_metadata": {"assured_by": "someone@example.org"},
        "description": "Ask Mrs Ann Example on 01632 960001.",
    }
    with load_only(written(tmp_path, [service(**people)])) as found:
        text = " ".join(str(claim) for claim in claims_of(found.context))
        withheld = dict(found.context.ledger.withheld)
    assert "Example Kitchen" in text
    assert not any(word in text for word in ("Ann", "Bob", "960001", "@"))
    assert withheld == {
        "contact": 2, "telephone number": 2, "e-mail address": 2, "name of a person": 1, "name of a person or e-mail address": 1,
    }  # fmt: skip


# -- ids ----------------------------------------------------------------------------------------------------------------------


def test_two_councils_may_each_have_a_service_1(tmp_path: Path, load_only: LoadOnly) -> None:
    ids = set()
    for name in ("north.json", "south.json"):
        with load_only(written(tmp_path, [service(id="1")], name)) as found:
            ids.add(one(found).entity)
    assert ids == {"service/open-referral-north-1", "service/open-referral-south-1"}


def test_a_uuid_is_itself_whatever_the_directory_and_the_letters(tmp_path: Path, load_only: LoadOnly) -> None:
    ids = set()
    for name, given in (
        ("north.json", "AC148810-D857-0000-0000-408F346DE14B"),
        ("s.json", "ac148810-d857-0000-0000-408f346de14b"),
    ):
        with load_only(written(tmp_path, [service(id=given)], name)) as found:
            ids.add(one(found).entity)
    assert ids == {"service/open-referral-ac148810-d857-0000-0000-408f346de14b"}


def test_a_company_number_makes_the_id_wherever_in_the_release_it_is_told(tmp_path: Path, load_only: LoadOnly) -> None:
    told = {
        "id": "o1",
        "name": "Example Kitchen",
        "organization_identifiers": [{"identifier_scheme": "GB-COH", "identifier": 1234567}],
    }
    later = service(id="s2", organization=told)
    with load_only(written(tmp_path, [service(), service(id="s3", organization=None, organization_id="o1"), later])) as found:
        providers = {claim.subject for claim in found.relations("provides")}
        organisation = one(found, "Organisation")
    assert providers == {"organisation/gb-coh-01234567"} == {organisation.entity}
    assert organisation.values["identifier"] == ("GB-COH:01234567",)


def test_an_id_of_any_length_and_kind_is_read(tmp_path: Path, load_only: LoadOnly) -> None:
    listed = [service(id=given) for given in ("x" * 500, "a/b c?", "Ä", 7, "x" * 501)]
    with load_only(written(tmp_path, listed)) as found:
        assert len({record.entity for record in found.records("Service")}) == 5


# -- what is missing or doubled -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("organisation", [None, {}, {"id": "", "name": ""}])
def test_a_service_without_an_organisation_is_kept_and_told(organisation: Any, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, [service(organization=organisation)])) as found:
        assert found.rules()["no-organisation"] == 1
        assert one(found).values["name"] == "Lunch club"


@pytest.mark.parametrize("name", [None, "", "  ", "<p><br></p>"])
def test_a_service_without_a_name_is_set_aside(name: Any, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, [service(name=name), service(id="s2")])) as found:
        assert found.rules()["empty-name"] == 1
        assert set(found.context.set_aside) == {("services_2024.json", 1)}
        assert one(found).entity.endswith("-s2")


def test_a_doubled_id_is_told_and_the_first_is_kept(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, [service(), service(), service(name="Supper club")])) as found:
        severities = {finding.rule: finding.severity for finding in found.context.findings}
        assert one(found).values["name"] == "Lunch club"
    assert (severities["duplicate-item"], severities["duplicate-id"]) == ("info", "violation")


def test_what_is_set_aside_goes_in_when_it_is_mended(tmp_path: Path, read: Read, load_only: LoadOnly) -> None:
    with read(written(tmp_path, [service(), service(name="Supper club"), service(id="s3", name="")])) as found:
        rejects = save_rejects(found, tmp_path / "rejects")
    assert rejects
    rejects.with_name(rejects.name + ".toml").write_text('[source]\namends = "open-referral-services"\n')
    lines = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [line["name"] for line in lines] == ["Lunch club", "Supper club", ""]
    lines[1]["id"], lines[2]["name"] = "s2", "Tea"
    rejects.write_text("\n".join(json.dumps(line) for line in lines))
    with load_only(rejects) as again:
        assert not again.context.set_aside
        assert {record.values["name"] for record in again.records("Service")} == {"Supper club", "Tea"}
        assert {record.entity for record in again.records("Service")} == {
            "service/open-referral-services-s2", "service/open-referral-services-s3",
        }  # fmt: skip


def test_rows_of_a_table_that_are_set_aside_take_their_parts_with_them(tmp_path: Path, read: Read, load_only: LoadOnly) -> None:
    with read(HERE / "hsds_3_tables" / "exampleshire_tables") as found:
        rejects = save_rejects(found, tmp_path)
        dataset = found.context.dataset
    assert rejects
    rejects.with_name(rejects.name + ".toml").write_text(f'[source]\namends = "{dataset}"\n')
    assert sorted(file.name for file in rejects.glob("*.csv")) == ["schedule.csv", "service.csv"]
    text = (rejects / "service.csv").read_text().replace("s-3,o-1,,,,Nameless", "s-3,o-1,,Sitting service,,Named")
    (rejects / "service.csv").write_text(text.replace("s-1,o-1,,Carers' club", "s-4,o-1,,Carers' club"))
    with load_only(rejects) as again:
        made = {record.values["name"]: record.values for record in again.records("Service")}
        assert not again.context.set_aside
    assert set(made) == {"Sitting service", "Carers' club"}
    assert made["Sitting service"]["openingHours"] == ("SU 10:00-12:00",)


# -- pages --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"total_items": 2, "total_pages": 1}, ""),
        ({"total_items": 31, "total_pages": 1, "size": 31}, "total-disagrees"),
        ({"total_items": 1, "total_pages": 1}, "total-disagrees"),
        ({"total_items": 10, "total_pages": 10, "size": 1}, "total-disagrees"),
        ({"total_items": 20, "total_pages": 10, "size": 2}, "one-page-of-several"),
        ({"total_items": "many"}, ""),
    ],
)
def test_a_total_that_disagrees_is_told(told: dict[str, Any], rule: str, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, {**told, "contents": [service(), service(id="s2")]})) as found:
        assert {item for item in found.rules() if item in ("total-disagrees", "one-page-of-several")} == ({rule} - {""})


def test_spring_may_tell_the_total_behind_its_items(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, {"content": [service()], "totalElements": 5, "totalPages": 1})) as found:
        assert found.rules()["total-disagrees"] == 1


def test_the_pages_of_a_folder_are_one_release(tmp_path: Path, load_only: LoadOnly) -> None:
    for number in (1, 2):
        page = {"total_items": 3, "total_pages": 2, "page_number": number, "size": 2}
        listed = [service(id="a"), service(id="b")] if number == 1 else [service(id="c")]
        written(tmp_path, {**page, "contents": listed}, f"page-{number}.json")
    with load_only(tmp_path) as found:
        assert len(list(found.records("Service"))) == 3
        assert "total-disagrees" not in found.rules()


def test_an_empty_page_is_a_directory_without_services(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, {"total_items": 0, "total_pages": 0, "contents": []})) as found:
        assert not list(found.records("Service"))


# -- values -------------------------------------------------------------------------------------------------------------------


def test_areas_are_served_only_where_a_code_names_them(tmp_path: Path, load_only: LoadOnly) -> None:
    areas = [
        {"name": "Wigan", "uri": "http://statistics.data.gov.uk/id/statistical-geography/E08000010"},
        {"name": "NHS Greater Manchester", "extent": "E54000057"},
        {"name": "Bristol", "uri": "http://www.example.com"},
        {"name": "England", "extent": "E92000001"},
    ]
    with load_only(written(tmp_path, [service(service_areas=areas)])) as found:
        assert {claim.object for claim in found.relations("serves")} == {"place/gss-e08000010", "care-system/gss-e54000057"}
        assert found.context.ledger.reported["service_areas: areas in words"] == 2
        assert found.rules()["area-without-code"] == 1


@pytest.mark.parametrize(
    ("point", "kept"),
    [
        ((53.5, -2.6), True),
        (("53.5", "-2.6"), True),
        ((100, 101), False),
        ((0, 0), False),
        (("N53", "W2"), False),
        ((53.5, None), False),
    ],
)
def test_a_point_that_is_not_on_earth_is_left_out(
    point: tuple[Any, Any], kept: bool, tmp_path: Path, load_only: LoadOnly
) -> None:
    place = {"id": "l1", "name": "Example Hall", "latitude": point[0], "longitude": point[1]}
    with load_only(written(tmp_path, [service(service_at_locations=[{"id": "x", "location": place}])])) as found:
        assert ("latitude" in one(found, "Site").values) is kept
        assert (found.rules()["not-on-earth"] == 0) is kept


@pytest.mark.parametrize(
    ("state", "kept", "status"),
    [("active", "ACTIVE", "IN_FORCE"), ("Temporarily Closed", "TEMPORARILY_CLOSED", "IN_FORCE"), ("defunct", "INACTIVE", "ENDED"),
     ("inactive", "INACTIVE", "ENDED"), ("mothballed", None, "IN_FORCE"), ("", None, "IN_FORCE")],
)  # fmt: skip
def test_states_are_terms_and_not_words(state: str, kept: str | None, status: str, tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, [service(status=state)])) as found:
        assert one(found).values.get("directoryStatus") == kept
        assert {claim.qualifiers.status for claim in found.relations("provides")} == {status}
        assert found.rules()["unknown-code"] == (state == "mothballed")


def test_what_the_standard_does_not_know_is_reported(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(
        written(tmp_path, [service(mood="sunny", organization={"id": "o", "name": "Example", "mood": "dull"})])
    ) as found:
        assert set(found.context.ledger.reported) == {"mood", "organization.mood"}
        assert found.rules()["not-handled"] == 2


# -- hostile files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        service(organization="Example Kitchen"),
        service(organization=[service(), service()]),
        service(service_at_locations=[1, None, "x", {"location": [[]]}]),
        service(schedules={"byday": ["MO"]}, attributes=[{"taxonomy_term": {"name": {"x": 1}}}]),
        service(organization_identifiers={"a": 1}, name={"x": "y"}),
        service(organization={"id": ["o"], "name": "Example", "organization_identifiers": [1, {"identifier_scheme": 5}]}),
        service(attributes=[{"label": "x" * 5_000, "value": "y" * 5_000}, {"label": "–", "value": "–"}]),
        service(minimum_age="1e400", maximum_age=-1, latitude="x"),
        {"id": "s1", "fees": None},
        {"id": None, "name": "x", "fees": "y"},
    ],
)
def test_a_value_of_another_shape_never_crashes(value: Any, tmp_path: Path, read: Read) -> None:
    with read(written(tmp_path, [value, service(id="s2")])) as found:
        entities = {claim.entity for claim in claims_of(found.context) if isinstance(claim, EntityRecord)}
        assert "service/open-referral-services-s2" in entities
        assert all(finding.hint for finding in found.report.findings)


def test_items_that_are_none_are_set_aside(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, [service(), 5, ["x"], {"colour": "red"}, None])) as found:
        assert found.rules()["unknown-item"] == 4
        assert len(found.context.set_aside) == 4


def test_a_file_that_breaks_off_keeps_what_was_whole(tmp_path: Path, load_only: LoadOnly) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps([service(), service(id="s2")])[:-40])
    with load_only(path) as found:
        assert len(list(found.records("Service"))) == 1
        assert found.context.unread


@pytest.mark.parametrize(
    ("value", "is_ours"),
    [
        ({"resourceType": "HealthcareService", "id": "1", "name": "x", "organization": {}}, False),
        ([{"ocid": "x", "id": "1", "name": "y", "location": {}, "service": {}}], False),
        ([{"id": 1, "name": "x"}], False),
        ({"id": "x", "name": "y"}, False),
        ([{"id": 1, "name": "x", "status": "open"}], False),
        ({"contents": [{"id": 1, "name": "x", "status": "active"}], "total_items": 1}, True),
        ([service()], True),
    ],
)
def test_what_is_of_another_format_is_not_claimed(value: Any, is_ours: bool, tmp_path: Path) -> None:
    assert open_referral.recognise(written(tmp_path, value)) is is_ours


def test_a_map_is_not_taken_for_tables(tmp_path: Path) -> None:
    (tmp_path / "about.csv").write_text("id,x\n")
    (tmp_path / "services.csv").write_text("id,organization_id\n")
    assert not open_referral.recognise(tmp_path)


def test_a_package_leads_nowhere_outside_its_folder(tmp_path: Path, load_only: LoadOnly) -> None:
    (tmp_path / "secret.csv").write_text("id,name,status\ns9,Secret,active\n")
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "service.csv").write_text("id,organization_id,name\ns1,,Lunch club\n")
    (folder / "organization.csv").write_text("id,name,legal_status\no1,Example Kitchen,\n")
    package = {
        "resources": [{"name": "service", "path": "../secret.csv"}, {"name": "service", "path": str(tmp_path / "secret.csv")}]
    }
    (folder / "datapackage.json").write_text(json.dumps(package))
    with load_only(folder) as found:
        assert {record.values["name"] for record in found.records("Service")} == {"Lunch club"}


def test_tables_in_windows_letters_and_with_broken_rows_are_read(tmp_path: Path, load_only: LoadOnly) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "service.csv").write_bytes("id,organization_id,name\ns1,,Café\ns2,,Tea,with,commas\n".encode("cp1252"))
    with load_only(folder) as found:
        assert {record.values["name"] for record in found.records("Service")} == {"Café"}
        assert found.rules()["row-too-long"] == 1


# -- real files ---------------------------------------------------------------------------------------------------------------

REFUSED = (
    "V1.0-UK-Default/V1_DashboardResponse.json", "V1.0-UK-Default/V1_ValidateResponse.json", "V3.0-UK-Default/api_details.json",
    "V3.0-UK-Fail/api_details.json", "V3.0-UK-Default/dashboard_service_details_response.json",
    "V3.0-UK-Default/dashboard_services_response.json",
)  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_real_file_that_is_no_directory_is_refused_by_what_it_is(
    name: str, real_data: Callable[[str], Path], load_only: LoadOnly
) -> None:
    path = real_data(MOCKS + name)
    assert loader_for(path) is open_referral
    with pytest.raises(InputError, match="and no directory") as refused, load_only(path):
        pass
    assert "services.csv" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "counts", "aside", "rules"),
    [
        ("V3.0-UK-Test/service_list.json", (1, 1, 0), 127, {"duplicate-id": 127, "total-disagrees": 1}),
        ("V3.0-UK-Test/service_list_data.json", (1, 1, 0), 127, {"duplicate-id": 127}),
        ("V3.0-UK-Default/organization_list.json", (0, 10, 0), 0, {"total-disagrees": 1}),
        ("V3.0-UK-Default/organization.json", (1, 1, 1), 0, {"not-on-earth": 1, "bad-postcode": 1}),
        ("V3.0-UK-Default/service_full.json", (1, 1, 1), 0, {"not-on-earth": 1, "bad-postcode": 1, "company-number-padded": 1}),
        ("V3.0-UK-Fail/service_full.json", (1, 1, 1), 0, {"bad-web-address": 1}),
        ("V3.0-UK-Fail/service_list.json", (0, 0, 0), 4, {"empty-name": 4, "total-disagrees": 1}),
        ("V3.0-UK-Fail/service_at_location_list.json", (1, 1, 1), 0, {"one-page-of-several": 1}),
    ],
)
def test_real_files(
    name: str,
    counts: tuple[int, int, int],
    aside: int,
    rules: dict[str, int],
    real_data: Callable[[str], Path],
    load_only: LoadOnly,
) -> None:
    with load_only(real_data(MOCKS + name)) as found:
        made = tuple(len(list(found.records(kind))) for kind in ("Service", "Organisation", "Site"))
        assert (made, len(found.context.set_aside)) == (counts, aside)
        assert {rule: found.rules()[rule] for rule in rules} == rules
        assert "not-handled" not in found.rules()


def test_the_real_folder_of_one_interface_is_one_release(real_data: Callable[[str], Path], load_only: LoadOnly) -> None:
    with load_only(real_data(MOCKS + "V3.0-UK-Default")) as found:
        assert found.rules()["file-not-read"] == 3
        assert len(list(found.records("Organisation"))) == 10
        assert "not-handled" not in found.rules()
