"""Procurement notices (OCDS): traps of real files, one a test, and the real file itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from reading_files import Loaded

from graphsvc.provenance import EntityRecord
from loaders import ocds
from loaders._ocds_values import moment

Load = Callable[[Path], AbstractContextManager[Loaded]]
BUYER = {"id": "GB-CFS-1", "name": "Example Council", "roles": ["buyer"]}
SUPPLIER = {"id": "GB-COH-01234567", "name": "Example Ltd", "roles": ["supplier"]}
REAL = "ocds/contracts_finder_england_releases_redacted.json"


def release(ocid: str = "ocds-b5fd17-a", date: str = "2025-01-02T00:00:00Z", **more: Any) -> dict[str, Any]:
    start = {
        "ocid": ocid,
        "id": f"{ocid}-{date}",
        "date": date,
        "tag": ["award"],
        "parties": [BUYER, SUPPLIER],
        "buyer": {"id": "GB-CFS-1"},
    }
    return {**start, "tender": {"id": "1", "title": "Care"}, **more}


def award(key: str = "1", **more: Any) -> dict[str, Any]:
    return {"id": key, "status": "active", "suppliers": [{"id": "GB-COH-01234567", "name": "Example Ltd"}], **more}


@pytest.fixture
def loaded(tmp_path: Path, load_only: Load) -> Callable[..., AbstractContextManager[Loaded]]:
    """A package of the given releases, loaded."""

    def load(*releases: Any, name: str = "notices.json") -> AbstractContextManager[Loaded]:
        path = tmp_path / name
        path.write_text(json.dumps({"uri": "x", "publisher": {"name": "X"}, "releases": list(releases)}), encoding="utf-8")
        return load_only(path)

    return load


def record_of(found: Loaded, class_name: str) -> EntityRecord:
    (record,) = found.records(class_name)
    return record


def named(found: Loaded, class_name: str) -> list[str]:
    return sorted(str(record.values["name"]) for record in found.records(class_name))


Loading = Callable[..., AbstractContextManager[Loaded]]


def test_the_latest_release_wins_by_moment_not_by_text_or_order(loaded: Loading) -> None:
    early = release(date="2025-06-01T23:30:00+01:00", tender={"title": "Early"})
    late = release(date="2025-06-01T22:45:00Z", tender={"title": "Late"})
    for releases in ([early, late], [late, early]):
        with loaded(*releases) as found:
            assert named(found, "ContractingProcess") == ["Late"]
            assert found.rules()["superseded-release"] == 1


@pytest.mark.parametrize(
    ("dates", "ids", "read"),
    [
        (("2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z"), ("n-9", "n-10"), 1),
        (("2025-03-01T10:00:00Z", "2025-03-01T11:00:00+01:00"), ("n-2", "n-1"), 0),
        (("2025-03-01", "2025-03-01T09:00:00Z"), ("n-2", "n-1"), 1),
        ((None, None), ("n-1", "n-2"), 1),
        ((None, "2025-03-01"), ("n-2", "n-1"), 1),
        (("soon", "at once"), ("", ""), None),
    ],
)
def test_of_releases_whose_dates_do_not_decide_one_is_read_in_any_order_and_told(
    loaded: Loading, dates: tuple[Any, Any], ids: tuple[str, str], read: int | None
) -> None:
    pair = [release(date=dates[at], id=ids[at], tender={"title": f"Wording {at}"}) for at in (0, 1)]
    made = []
    for releases in (pair, pair[::-1]):
        with loaded(*releases) as found:
            assert (found.rules()["undecided-release"], found.rules()["superseded-release"]) == (1, 0)
            (told,) = [item for item in found.context.findings if item.rule == "undecided-release"]
            assert "Nothing states which is later" in told.message
            made += named(found, "ContractingProcess")
    assert made[0] == made[1]
    assert read is None or made[0] == f"Wording {read}"


def test_days_as_the_uk_writes_them_put_releases_in_order(loaded: Loading) -> None:
    late, early = release(date="01/03/2025", tender={"title": "Late"}), release(date="15/02/2025", tender={"title": "Early"})
    with loaded(late, early) as found:
        assert named(found, "ContractingProcess") == ["Late"]
        assert found.rules()["superseded-release"] == 1


def test_a_release_that_is_there_twice_word_for_word_is_read_once(loaded: Loading) -> None:
    with loaded(release(), release()) as found:
        assert named(found, "ContractingProcess") == ["Care"]
        (told,) = [item for item in found.context.findings if item.rule == "superseded-release"]
        assert "word for word" in told.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-01T00:00:00+01:00", "2024-12-31T23:00:00+00:00"),
        ("2025-01-01", "2025-01-01"),
        ("1/3/2025 09:30", "2025-03-01T09:30:00+00:00"),
        ("99/99/2025", ""),
        ("soon", ""),
        (None, ""),
        ("0001-01-01T00:00:00+23:00", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_moments_are_ordered_whatever_their_offset(text: object, expected: str) -> None:
    assert moment(text) == expected


def test_an_award_without_contracts_is_the_contract(loaded: Loading) -> None:
    period = {"startDate": "2025-04-01T00:00:00+01:00", "endDate": "2026-03-31T23:59:59+01:00"}
    with loaded(release(awards=[award("ocds-b5fd17-a-1", contractPeriod=period)])) as found:
        contract = record_of(found, "Contract")
        assert contract.entity == "contract/ocds-b5fd17-a-1"
        assert str(contract.qualifiers.valid_from) == "2025-04-01"
        assert str(contract.qualifiers.valid_to) == "2026-04-01"
        assert {(claim.subject, claim.object) for claim in found.relations("awardedThrough")} == {
            ("contract/ocds-b5fd17-a-1", "contracting-process/ocds-b5fd17-a")
        }
        assert [claim.object for claim in found.relations("contractProvider")] == ["organisation/gb-coh-01234567"]
        assert [claim.object for claim in found.relations("contractCommissioner")] == ["organisation/gb-cfs-1"]


def test_a_contract_is_joined_to_its_award_and_bears_its_id(loaded: Loading) -> None:
    contract = {"id": "c-77", "awardID": "1", "status": "active", "value": {"amount": 10, "currency": "GBP"}}
    with loaded(release(awards=[award("1")], contracts=[contract])) as found:
        made = record_of(found, "Contract")
        assert made.entity == "contract/ocds-b5fd17-a-1"
        assert made.values["identifier"] == ("OCDS:c-77",)
        assert [claim.object for claim in found.relations("contractProvider")] == ["organisation/gb-coh-01234567"]


def test_two_contracts_of_one_award_are_two_and_share_no_value(loaded: Loading) -> None:
    contracts = [{"id": "c1", "awardID": "1"}, {"id": "c2", "awardID": "1"}]
    with loaded(release(awards=[award("1", value={"amount": 10, "currency": "GBP"})], contracts=contracts)) as found:
        assert len(list(found.records("Contract"))) == 2
        assert not list(found.records("Observation"))


@pytest.mark.parametrize("amount", [0, 0.01, 1, "0.01", -5, "much", "1e999", "nan"])
def test_dummy_and_impossible_amounts_are_kept_out_and_reported(loaded: Loading, amount: object) -> None:
    with loaded(release(awards=[award(value={"amount": amount, "currency": "GBP"})])) as found:
        assert not list(found.records("Observation"))
        assert found.rules()["dummy-value"] + found.rules()["not-an-amount"] == 1


def test_a_missing_value_is_no_finding(loaded: Loading) -> None:
    with loaded(release(awards=[award()])) as found:
        assert not list(found.records("Observation"))
        assert not found.rules()


def test_a_range_keeps_both_ends(loaded: Loading) -> None:
    tender = {"title": "Care", "minValue": {"amount": 5, "currency": "GBP"}, "value": {"amount": 9.5, "currency": "GBP"}}
    with loaded(release(tender=tender)) as found:
        values = record_of(found, "Observation").values
        assert (values["minimum"], values["maximum"], values["unit"]) == (5, 9.5, "POUNDS")


@pytest.mark.parametrize(
    ("code", "entity", "rule"),
    [
        ("1234567", "organisation/gb-coh-01234567", "lost-leading-zeros"),
        ("123456", "organisation/gb-coh-00123456", "lost-leading-zeros"),
        ("sc123456", "organisation/gb-coh-sc123456", ""),
        ("123456789", "organisation/ocds-b5fd17-a-x1", "bad-company-number"),
        ("SC12345", "organisation/ocds-b5fd17-a-x1", "bad-company-number"),
        ("N/A", "organisation/ocds-b5fd17-a-x1", "placeholder-identifier"),
        ("00000000", "organisation/ocds-b5fd17-a-x1", "placeholder-identifier"),
    ],
)
def test_company_numbers(loaded: Loading, code: str, entity: str, rule: str) -> None:
    supplier = {"id": "x1", "name": "Example Ltd", "identifier": {"scheme": "GB-COH", "id": code}, "roles": ["supplier"]}
    with loaded(release(parties=[BUYER, supplier], awards=[award(suppliers=[{"id": "x1"}])])) as found:
        assert [claim.object for claim in found.relations("contractProvider")] == [entity]
        assert list(found.rules()) == ([rule] if rule else [])


def test_an_ods_code_among_the_identifiers_makes_the_id_of_every_directory(loaded: Loading) -> None:
    further = [{"scheme": "GB-NHS", "id": "q99"}]
    buyer = {**BUYER, "identifier": {"scheme": "GB-PPON", "id": "P1"}, "additionalIdentifiers": further}
    with loaded(release(parties=[buyer])) as found:
        organisation = record_of(found, "Organisation")
        assert organisation.entity == "organisation/ods-q99"
        assert organisation.values["odsCode"] == "Q99"
        assert organisation.values["identifier"] == ("GB-PPON:P1",)


def test_ids_of_parties_that_are_local_to_a_release_are_not_shared_between_processes(loaded: Loading) -> None:
    one = release("ocds-r6ebe6-1", parties=[{"id": "org-1", "name": "One Council", "roles": ["buyer"]}], buyer={"id": "org-1"})
    two = release("ocds-r6ebe6-2", parties=[{"id": "org-1", "name": "Two Council", "roles": ["buyer"]}], buyer={"id": "org-1"})
    with loaded(one, two) as found:
        assert {record.entity for record in found.records("Organisation")} == {
            "organisation/ocds-r6ebe6-1-org-1",
            "organisation/ocds-r6ebe6-2-org-1",
        }


def test_one_register_id_described_differently_keeps_the_first_and_the_other_name(loaded: Loading) -> None:
    other = {**BUYER, "name": "Example County Council", "address": {"streetAddress": "Elsewhere"}}
    with loaded(release("ocds-b5fd17-1"), release("ocds-b5fd17-2", parties=[other])) as found:
        records = [record for record in found.records("Organisation") if record.entity == "organisation/gb-cfs-1"]
        assert {record.values["name"] for record in records} == {"Example Council"}
        assert ("Example County Council",) in [record.values.get("alternativeName") for record in records]
        assert not any("address" in record.values for record in records)


@pytest.mark.parametrize("name", ["Dr A Example", "Rachael Example", "EXAMPLE JA"])
def test_a_sole_trader_is_withheld_by_name_and_address(loaded: Loading, name: str) -> None:
    home = {"streetAddress": "2 Sample Road", "postalCode": "ZE1 1AA"}
    supplier = {"id": "GB-CFS-2", "name": name, "identifier": {"legalName": name}, "address": home, "roles": ["supplier"]}
    contact = {"name": name, "email": "someone@example.org", "telephone": "01632 960001"}
    parties = [{**BUYER, "contactPoint": contact}, supplier]
    with loaded(release(parties=parties, awards=[award(suppliers=[{"id": "GB-CFS-2", "name": name}])])) as found:
        withheld = found.context.ledger.withheld
        assert "supplier GB-CFS 2 (name withheld)" in named(found, "Organisation")
        kept = str([(record.entity, record.values) for record in found.records()])
        for text in (name, "Sample Road", "ZE1 1AA", "someone@example.org", "960001"):
            assert text not in kept
            assert text not in str(found.context.findings)
        assert withheld["address of a person"] == withheld["e-mail address"] == withheld["telephone number"] == 1


def test_line_breaks_that_were_lost_are_spaces_and_words_with_rn_stay(loaded: Loading) -> None:
    text = "Care in Malvern.rnrnModern rooms;rn- two\r\nborn in Blackburn rn    again"
    with loaded(release(tender={"title": "Care", "description": text})) as found:
        description = record_of(found, "ContractingProcess").values["description"]
        assert description == "Care in Malvern. Modern rooms; - two born in Blackburn again"
        assert found.rules() == {"lost-line-breaks": 1}


def test_a_postcode_at_the_end_of_a_one_line_address_is_found(loaded: Loading) -> None:
    party = {**BUYER, "address": {"streetAddress": "One Square, 17 Crossing, London EC3N 2LB"}}
    with loaded(release(parties=[party])) as found:
        values = record_of(found, "Organisation").values
        assert (values["address"], values["postcode"]) == ("One Square, 17 Crossing, London", "EC3N 2LB")


def test_a_foreign_postcode_is_no_finding(loaded: Loading) -> None:
    party = {**BUYER, "address": {"streetAddress": "3 rue Exemple", "postalCode": "75001", "countryName": "France"}}
    with loaded(release(parties=[party])) as found:
        assert record_of(found, "Organisation").values["address"] == "3 rue Exemple, 75001 France"
        assert not found.rules()


def test_a_postcode_of_another_country_s_notices_is_no_finding(loaded: Loading) -> None:
    party = {**BUYER, "address": {"streetAddress": "Calle Ejemplo 1", "postalCode": "28001"}}
    with loaded(release("ocds-k50g02-1", parties=[party])) as found:
        assert record_of(found, "Organisation").values["address"] == "Calle Ejemplo 1, 28001"
        assert not found.rules()


def test_a_record_without_releases_is_reported(tmp_path: Path, load_only: Load) -> None:
    path = tmp_path / "records.json"
    records = [{"ocid": "ocds-b5fd17-a", "releases": []}, {"ocid": "ocds-b5fd17-b", "releases": [release("ocds-b5fd17-b")]}]
    path.write_text(json.dumps({"uri": "x", "publisher": {"name": "X"}, "records": records}), encoding="utf-8")
    with load_only(path) as found:
        assert found.rules() == {"no-release": 1}


def test_unknown_keys_and_codes_are_reported_and_never_passed_through(loaded: Loading) -> None:
    with loaded(release(tag=["awrd"], novelty=1, tender={"title": "Care", "procurementMethod": "raffle"})) as found:
        values = record_of(found, "ContractingProcess").values
        assert "procurementMethod" not in values
        assert "noticeKind" not in values
        assert found.rules() == {"unknown-code": 2, "not-handled": 1}


def test_a_buyer_inside_the_release_without_a_list_of_parties_is_read(loaded: Loading) -> None:
    buyer = {"name": "Example Council", "identifier": {"scheme": "GB-LAE", "id": "EXA"}}
    with loaded(release(parties=[], buyer=buyer)) as found:
        assert [claim.object for claim in found.relations("buyer")] == ["organisation/gb-lae-exa"]
        assert not found.rules()


def test_what_was_cancelled_or_planned_does_not_hold(loaded: Loading) -> None:
    releases = [
        release(f"ocds-b5fd17-{status}", tender={"title": status, "status": status}) for status in ("cancelled", "planned")
    ]
    with loaded(*releases) as found:
        assert {str(item.values["name"]): item.qualifiers.status for item in found.records("ContractingProcess")} == {
            "cancelled": "ENDED",
            "planned": "PLANNED",
        }


def test_a_terminated_contract_does_not_hold_until_the_end_that_was_meant(loaded: Loading) -> None:
    period = {"startDate": "2024-01-01", "endDate": "2030-12-31"}
    with loaded(
        release(awards=[award("1")], contracts=[{"id": "c", "awardID": "1", "status": "terminated", "period": period}])
    ) as found:
        said = record_of(found, "Contract").qualifiers
        assert (said.status, said.valid_to) == ("ENDED", None)
        assert "2030-12-31" in said.note


@pytest.mark.parametrize(
    "document",
    [
        [release()],
        release(),
        {"records": [{"ocid": "ocds-b5fd17-a", "compiledRelease": release(tag=["compiled"])}]},
        {"records": [{"ocid": "ocds-b5fd17-a", "releases": [release(), release(date="2024-01-01")]}]},
        {"results": [{"releases": [release()]}]},
        {"releases": [release()], "publishedDate": "2025-01-03T00:00:00Z"},
    ],
)
def test_every_form_of_package_is_recognised_and_read(tmp_path: Path, load_only: Load, document: object) -> None:
    path = tmp_path / "package.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with load_only(path) as found:
        assert named(found, "ContractingProcess") == ["Care"]


@pytest.mark.parametrize(
    "document",
    [{"releases": [{"tag_name": "v1"}]}, {"resourceType": "Bundle", "entry": []}, {"records": []}, [], {"releases": []}],
)
def test_other_json_is_left_to_others(tmp_path: Path, document: object) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert not ocds.recognise(path)


def test_a_broken_line_is_set_aside_and_the_others_are_read(tmp_path: Path, load_only: Load) -> None:
    path = tmp_path / "notices.jsonl"
    lines = [json.dumps(release("ocds-b5fd17-1")), '{"ocid": "ocds-b5fd17-2", "tag": ', json.dumps(release("ocds-b5fd17-3"))]
    path.write_text("\n".join(lines), encoding="utf-8")
    with load_only(path) as found:
        assert len(list(found.records("ContractingProcess"))) == 2
        assert list(found.context.set_aside) == [("notices.jsonl", 2)]


def test_a_release_nested_too_deep_or_too_large_is_set_aside(loaded: Loading) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with loaded(
        release("ocds-b5fd17-1", tender={"title": deep}), release("ocds-b5fd17-2"), release("ocds-b5fd17-3", x="y" * 9_000_000)
    ) as found:
        assert len(list(found.records("ContractingProcess"))) == 1
        assert len(found.context.set_aside) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"tender": "no object"}, {"tender": [release()]}, {"parties": {"id": "1", "name": "Alone", "roles": "buyer"}},
        {"awards": [None, 3, []]}, {"contracts": [{"awardID": ["x"]}]}, {"tag": "award"}, {"tag": None}, {"date": 20250101},
        {"buyer": None}, {"tender": {"lots": [{}]}}, {"awards": [{"suppliers": [{"id": None}], "value": "5"}]},
        {"tender": {"classification": {"scheme": "CPV", "id": 85000000}}}, {"tender": {"title": "\x00 and \ud800"}},
        {"parties": [{"id": "é" * 300, "roles": ["buyer"]}]}, {"ocid": 5}, {"ocid": ["x"]}, {"tender": {"id": {"deep": 1}}},
    ],
)  # fmt: skip
def test_odd_shapes_are_findings_and_never_crash(loaded: Loading, odd: dict[str, Any]) -> None:
    with loaded(release(**odd)) as found:
        assert all(finding.hint for finding in found.context.findings)


def test_the_real_file(real_data: Callable[[str], Path], load_only: Load) -> None:
    with load_only(real_data(REAL)) as found:
        context = found.context
        assert len(list(found.records("ContractingProcess"))) == 190  # 200 releases of 190 processes
        assert len(list(found.records("Contract"))) == 141  # 147 awards, 6 of them in releases that a later one replaces
        assert len({claim.subject for claim in found.relations("contractProvider")}) == 141
        assert found.rules()["superseded-release"] == 10
        assert found.rules()["lost-leading-zeros"] == 7
        assert found.rules()["dummy-value"] == 8
        assert found.rules()["bad-company-number"] == 1
        assert not context.ledger.reported
        assert not context.set_aside
        assert context.ledger.withheld["e-mail address"] == 199
        categories = {record.entity: record.values["code"] for record in found.records("Category")}
        health = {claim.subject for claim in found.relations("classifiedAs") if str(categories[claim.object]).startswith("85")}
        assert len(health) == 19
        assert context.release is not None
        assert context.release.stated == "2025-03-11"


@pytest.mark.parametrize(
    ("ocids", "issuer"), [(["ocds-b5fd17-a", "ocds-b5fd17-b"], "ocds-b5fd17"), (["ocds-b5fd17-a", "ocds-h6vhtk-b"], "")]
)
def test_the_prefix_of_its_ids_tells_one_publishers_notices_from_anothers(loaded: Loading, ocids: list[str], issuer: str) -> None:
    with loaded(*map(release, ocids)) as found:
        assert found.context.issuer == issuer
