"""ODS organisations of the ORD interface: dates, roles, relationships, successions, and what senders do to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from odd_values import changed, written_as_lines
from reading_files import Loaded, claims_of, module_of

from graphsvc.provenance import EntityRecord, RelationClaim

LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
RealData = Callable[[str], Path]


def entry(code: str, **values: Any) -> dict[str, Any]:
    """An entry with a name, a code and a status."""
    return {"Name": f"EXAMPLE {code}", "OrgId": {"extension": code}, "Status": "Active", **values}


def dated(sort: str, start: str, end: str = "") -> dict[str, str]:
    """A period as the interface writes it."""
    return {"Type": sort, "Start": start, **({"End": end} if end else {})}


def target(code: str) -> dict[str, Any]:
    """The other organisation of a line."""
    return {"OrgId": {"extension": code}}


def written(folder: Path, *entries: dict[str, Any], name: str = "ord_2024-03-01.jsonl") -> Path:
    """Entries as JSON lines."""
    path = folder / name
    path.write_text("".join(json.dumps({"Organisation": item}) + "\n" for item in entries))
    return path


def record_of(found: Loaded, code: str) -> EntityRecord:
    """The one record of an organisation, stubs included."""
    said = [item for item in claims_of(found.context) if isinstance(item, EntityRecord) and item.values.get("odsCode") == code]
    assert len(said) == 1
    return said[0]


def only(found: Loaded, relation: str) -> RelationClaim:
    """The one claim of a relation."""
    claims = list(found.relations(relation))
    assert len(claims) == 1
    return claims[0]


def test_the_legal_period_goes_before_the_operational_one_and_both_are_kept(tmp_path: Path, load_only: LoadOnly) -> None:
    dates = [dated("Operational", "2001-01-01"), dated("Legal", "2000-01-01", "2030-01-31")]
    with load_only(written(tmp_path, entry("A1", Date=dates))) as found:
        said = record_of(found, "A1")
    assert (said.qualifiers.valid_from, said.qualifiers.valid_to) == (date(2000, 1, 1), date(2030, 2, 1))
    assert said.values["operationalStart"] == "2001-01-01"
    assert said.values["legalStart"] == "2000-01-01"
    assert said.values["legalEnd"] == "2030-01-31"


def test_a_status_that_contradicts_the_dates_is_a_finding_and_both_are_kept(tmp_path: Path, load_only: LoadOnly) -> None:
    closed = entry("00W", Date=[dated("Operational", "2013-04-01", "2017-03-31")])
    with load_only(written(tmp_path, closed)) as found:
        said = record_of(found, "00W")
        assert found.rules()["status-contradicts-dates"] == 1
    assert (said.qualifiers.status, said.qualifiers.valid_to) == ("IN_FORCE", date(2017, 4, 1))
    assert said.values["directoryStatus"] == "ACTIVE"


def test_an_inactive_entry_is_over_on_the_operational_last_day_where_the_legal_one_is_open(
    tmp_path: Path, load_only: LoadOnly
) -> None:
    dates = [dated("Legal", "2000-01-01"), dated("Operational", "2000-01-01", "2020-12-31")]
    with load_only(written(tmp_path, entry("A1", Date=dates, Status="Inactive"))) as found:
        said = record_of(found, "A1").qualifiers
        assert found.rules() == {}
    assert (said.status, said.valid_to) == ("ENDED", date(2021, 1, 1))


def test_both_sides_of_a_succession_tell_one_event(tmp_path: Path, load_only: LoadOnly) -> None:
    day = [dated("Legal", "1999-04-01")]
    new = entry("B2", Succs={"Succ": [{"uniqueSuccId": 1, "Type": "Predecessor", "Date": day, "Target": target("A1")}]})
    old = entry("A1", Succs={"Succ": {"uniqueSuccId": 2, "Type": "Successor", "Date": day[0], "Target": target("B2")}})
    with load_only(written(tmp_path, new, old)) as found:
        events = list(found.records("Succession"))
        replaces = only(found, "replaces")
        assert (only(found, "predecessor").object, only(found, "successor").object) == (replaces.object, replaces.subject)
    with load_only(written(tmp_path, old, name="one_side_2024-03-01.jsonl")) as other:
        assert [item.id for item in other.records("Succession")] == [item.id for item in events]
    assert [item.entity for item in events] == ["succession/ods-a1-b2"]
    assert (replaces.subject, replaces.object) == ("organisation/ods-b2", "organisation/ods-a1")
    assert replaces.qualifiers.valid_from == date(1999, 4, 1)


def test_roles_and_relationships_have_periods_of_their_own(tmp_path: Path, load_only: LoadOnly) -> None:
    roles = [
        {"id": "RO177", "primaryRole": True, "Status": "Active", "Date": [dated("Operational", "1999-01-01")]},
        {"id": "RO76", "Status": "Inactive", "Date": [dated("Operational", "2001-01-01", "2002-12-31")]},
    ]
    spells = [dated("Operational", "2001-01-01", "2002-12-31"), dated("Operational", "2005-01-01")]
    rels = [{"id": "RE4", "Status": "Active", "Target": target("07H"), "Date": spells}]
    with load_only(written(tmp_path, entry("A1", Roles={"Role": roles}, Rels={"Rel": rels}))) as found:
        played = {claim.object: claim.qualifiers for claim in found.relations("hasRole")}
        assert only(found, "primaryRole").object == "organisation-role/ods-ro177"
        commissioned = sorted(found.relations("commissions"), key=lambda claim: claim.qualifiers.holds_from)
        assert record_of(found, "A1").values["kind"] == "PRESCRIBING_COST_CENTRE"
    assert played["organisation-role/ods-ro177"].valid_from == date(1999, 1, 1)
    assert (played["organisation-role/ods-ro76"].status, played["organisation-role/ods-ro76"].valid_to) == (
        "ENDED",
        date(2003, 1, 1),
    )
    assert [claim.subject for claim in commissioned] == ["organisation/ods-07h"] * 2
    assert [(claim.qualifiers.status, claim.qualifiers.valid_to) for claim in commissioned] == [
        ("ENDED", date(2003, 1, 1)), ("IN_FORCE", None),
    ]  # fmt: skip


def test_an_entry_that_is_there_for_reference_only_overwrites_nothing(tmp_path: Path, load_only: LoadOnly) -> None:
    stub = entry("RZ1", refOnly=True, Status="Inactive", Date=dated("Operational", "1993-04-01", "2001-03-31"))
    with load_only(written(tmp_path, stub, name="stub_2024-03-01.jsonl")) as alone:
        said = record_of(alone, "RZ1")
    assert said.values["referenceOnly"] is True
    assert (said.qualifiers.status, said.qualifiers.valid_to) == ("ENDED", date(2001, 4, 1))
    for entries in ([stub, entry("RZ1")], [entry("RZ1"), stub]):
        with load_only(written(tmp_path, *entries)) as both:
            assert "referenceOnly" not in record_of(both, "RZ1").values


def test_the_uprn_is_text_whether_it_is_sent_as_a_number_or_not(tmp_path: Path, load_only: LoadOnly) -> None:
    for uprn in (100062280103, "100062280103", 100062280103.0):
        with load_only(written(tmp_path, entry("A1", GeoLoc={"Location": {"UPRN": uprn}}))) as found:
            assert record_of(found, "A1").values["uprn"] == "100062280103"


@pytest.mark.parametrize("code", ["106", 106, "7E8", "A", "ABCDEFGHIJ12"])
def test_codes_are_text_of_any_width(tmp_path: Path, load_only: LoadOnly, code: object) -> None:
    with load_only(written(tmp_path, entry("X") | {"OrgId": {"extension": code}})) as found:
        assert record_of(found, str(code)).entity == f"organisation/ods-{str(code).lower()}"


def test_contacts_are_withheld_and_counted(tmp_path: Path, load_only: LoadOnly) -> None:
    contacts = [("tel", "01632 960001"), ("mailto", "someone@example.org"), ("http", "https://example.org"), ("pager", "1")]
    contact = [{"type": sort, "value": value} for sort, value in contacts]
    with load_only(written(tmp_path, entry("A1", Contacts={"Contact": contact}))) as found:
        assert found.context.ledger.withheld == {"telephone number": 1, "e-mail address": 1, "contact": 1}
        texts = " ".join(str(item) for item in claims_of(found.context))
    assert "01632" not in texts
    assert "someone" not in texts
    assert "https://example.org" in texts


def test_a_key_that_nobody_knows_and_codes_that_nobody_knows_are_findings(tmp_path: Path, load_only: LoadOnly) -> None:
    roles = {"Role": [{"id": "RO9999", "Status": "Active"}]}
    rels = {"Rel": [{"id": "RE99", "Status": "Active", "Target": target("B2")}]}
    with load_only(written(tmp_path, entry("A1", Roles=roles, Rels=rels, Mascot="owl", orgRecordClass="RC7"))) as found:
        assert found.rules() == {"unknown-code": 3, "not-handled": 1}
        assert not [*found.relations("hasRole"), *found.relations("operates")]


def test_other_capitals_are_the_same_keys(tmp_path: Path, load_only: LoadOnly) -> None:
    other = {"name": "EXAMPLE", "ORGID": "A1", "STATUS": "active", "OrgRecordClass": "RC2", "Name": "SECOND"}
    with load_only(written(tmp_path, other)) as found:
        said = record_of(found, "A1")
        assert found.rules() == {"not-handled": 1}
    assert (said.values["name"], said.values["recordClass"]) == ("EXAMPLE", "SITE")


def test_an_entry_twice_is_read_once_and_another_with_its_code_is_set_aside(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(written(tmp_path, entry("A1"), entry("A1"), entry("A1", Status="Inactive"))) as found:
        assert found.rules() == {"duplicate-item": 1, "duplicate-id": 1}
        assert [row for _, row in found.context.set_aside] == [3]
        assert record_of(found, "A1").values["directoryStatus"] == "ACTIVE"


def test_a_full_entry_goes_before_the_list_whatever_the_order_of_the_files(tmp_path: Path, load_only: LoadOnly) -> None:
    folder = tmp_path / "ord_2024-03-01"
    folder.mkdir()
    short = {"Name": "SHORT", "OrgId": "A1", "Status": "Active", "PrimaryRoleId": "RO177", "OrgLink": "https://example.org/A1"}
    (folder / "a_list.json").write_text(json.dumps({"Organisations": [short, short | {"OrgId": "B2"}]}))
    (folder / "full.json").write_text(json.dumps({"Organisation": entry("A1")}))
    with load_only(folder) as found:
        assert record_of(found, "A1").values["name"] == "EXAMPLE A1"
        assert record_of(found, "B2").values["kind"] == "PRESCRIBING_COST_CENTRE"
        assert found.rules() == {"described-twice": 1}


def test_a_list_on_one_page_and_a_lone_entry_instead_of_a_list_are_read(tmp_path: Path, load_only: LoadOnly) -> None:
    for document in ({"Organisations": {"OrgId": "A1", "OrgRecordClass": "RC1"}}, [{"OrgId": "A1", "OrgRecordClass": "RC1"}]):
        path = tmp_path / "list_2024-03-01.json"
        path.write_text(json.dumps(document))
        with load_only(path) as found:
            assert record_of(found, "A1").values["recordClass"] == "ORGANISATION"


def test_what_surrounds_the_list_is_reported(tmp_path: Path, load_only: LoadOnly) -> None:
    path = tmp_path / "list_2024-03-01.json"
    path.write_text(json.dumps({"pages": 7, "Organisations": []}))
    with load_only(path) as found:
        assert found.rules() == {"not-handled": 1}


def test_a_broken_line_and_one_that_is_too_deep_leave_the_others(tmp_path: Path, load_only: LoadOnly) -> None:
    path = written(tmp_path, entry("A1"))
    deep = '{"Organisation": ' + "[" * 100_000 + "]" * 100_000 + "}"
    path.write_text(f'{path.read_text()}{{"Organisation": {{"Name"\n{deep}\n[]\n7\n{json.dumps({"Organisation": entry("B2")})}\n')
    with load_only(path) as found:
        assert {record.values["odsCode"] for record in found.records("Organisation")} == {"A1", "B2"}
        assert found.rules() == {"broken-json": 1, "too-deep": 1, "not-an-entry": 2}
        assert [row for _, row in found.context.set_aside] == [2, 3, 4, 5]


def test_lists_and_objects_where_texts_belong_are_findings(tmp_path: Path, load_only: LoadOnly) -> None:
    odd = entry(
        "A1", Name=["A", "B"], GeoLoc=[{"Location": [{"Town": {"x": 1}}, {"Town": "B"}]}], Roles="RO76", Rels={"Rel": [7]}
    )
    with load_only(written(tmp_path, odd, {"Name": "X", "OrgId": [{"extension": ["A2"]}]})) as found:
        assert found.rules() == {"not-a-text": 3, "more-than-one": 1, "not-an-object": 2, "missing-code": 1}
        assert record_of(found, "A1").values["name"] == "organisation A1 (name withheld)"


def test_memory_holds_no_more_than_an_entry(tmp_path: Path, load_only: LoadOnly) -> None:
    path = written(tmp_path, entry("A1", Name="x" * 9_000_000), entry("B2"))
    with load_only(path) as found:
        assert found.rules() == {"item-too-large": 1}
        assert record_of(found, "B2")


def test_a_folder_of_other_files_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text('{"organisation_name": "x"}')
    assert not loader_for_or_none(tmp_path)
    written(tmp_path, entry("A1"), name="a.jsonl")
    assert loader_for_or_none(tmp_path) == "loaders.ods_ord"


def loader_for_or_none(path: Path) -> str:
    from graphsvc.errors import InputError

    try:
        return module_of(path)
    except InputError:
        return ""


def test_the_real_entries_of_the_interface(real_data: RealData, load_only: LoadOnly) -> None:
    with load_only(real_data("ods_ord")) as found:
        described = {str(record.values["odsCode"]): record for record in found.records("Organisation")}
        assert sorted(described) == ["F81749", "G6V2S", "R0A", "RVVKC"]
        assert described["F81749"].values["kind"] == "GP_PRACTICE"
        assert described["RVVKC"].values["uprn"] == "100062280103"
        assert record_of(found, "RJY").values["referenceOnly"] is True
        assert record_of(found, "RJY").qualifiers.status == "ENDED"
        assert {claim.subject for claim in found.relations("commissions")} == {
            f"organisation/ods-{code}" for code in ("07h", "5pv", "5aj")
        }
        assert only(found, "operates").subject == "organisation/ods-rvv"
        assert only(found, "memberOf").object == "organisation/ods-u56676"
        assert only(found, "replaces").object == "organisation/ods-rgwkc"
        assert found.rules() == {"release-undated": 1}
        assert found.context.ledger.reported == {}
        assert found.context.ledger.withheld == {"telephone number": 1}


def test_no_odd_value_anywhere_crashes(tmp_path: Path, load_only: LoadOnly) -> None:
    folder = Path(__file__).parent / "ods_ord" / "entries" / "ods_2024-03-01"
    documents = [json.loads((folder / name).read_text()) for name in ("A00001.json", "A00002.json", "page.json")]
    path = tmp_path / "odd_2024-03-01.jsonl"
    count = written_as_lines((copy for document in documents for copy in changed(document)), path)
    with load_only(path) as found:
        assert all(finding.hint for finding in found.context.findings)
        assert count > 500
