"""FHIR directories: references, histories, dialects, what is withheld, and what senders do to them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from odd_values import changed, written_as_lines
from reading_files import Loaded, Reader, claims_of

from graphsvc.errors import InputError
from graphsvc.loading import loaders
from graphsvc.provenance import EntityRecord

LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
RealData = Callable[[str], Path]
HERE = Path(__file__).parent
SERVER = "https://servers.example.org/fhir"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def organization(given: str, **values: Any) -> dict[str, Any]:
    """An Organization with an id and a name."""
    return {"resourceType": "Organization", "id": given, "name": f"Example Clinic {given}", **values}


def ods(code: str) -> list[dict[str, str]]:
    """The identifiers of an organisation of ODS."""
    return [{"system": ODS, "value": code}]


def part_of(reference: str) -> dict[str, str]:
    """A reference."""
    return {"reference": reference}


def bundle(path: Path, *entries: Any, **values: Any) -> Path:
    """A Bundle; resources stand in entries of their own."""
    entry = [item if not isinstance(item, dict) or "resourceType" not in item else {"resource": item} for item in entries]
    target = path / "fhir_2024-03-01.json"
    target.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", **values, "entry": entry}))
    return target


def names(found: Loaded, class_name: str = "Organisation") -> dict[str, str]:
    """Names by the end of the id."""
    return {item.entity.removeprefix("organisation/fhir-fhir-"): str(item.values["name"]) for item in found.records(class_name)}


def wholes(found: Loaded) -> set[tuple[str, str]]:
    """Who is a sub-division of whom."""
    return {(claim.subject.partition("/")[2], claim.object.partition("/")[2]) for claim in found.relations("subdivisionOf")}


# -------------------- references


@pytest.mark.parametrize(
    ("whole", "reference"),
    [
        ({"resource": organization("w")}, "Organization/w"),
        ({"resource": organization("w"), "fullUrl": f"{SERVER}/Organization/w"}, "Organization/w"),
        ({"resource": organization("w"), "fullUrl": f"{SERVER}/Organization/w"}, f"{SERVER}/Organization/w"),
        (
            {"resource": organization("w"), "fullUrl": f"{SERVER}/Organization/w/_history/2"},
            f"{SERVER}/Organization/w/_history/1",
        ),
        (
            {"resource": organization("w"), "fullUrl": "urn:uuid:0b1c2d3e-0000-4000-8000-000000000001"},
            "urn:uuid:0b1c2d3e-0000-4000-8000-000000000001",
        ),
        ({"resource": organization("w")}, f"{SERVER}/Organization/w"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_references_lead_to_their_resource_in_any_form_and_order(
    tmp_path: Path, load_only: LoadOnly, whole: dict[str, Any], reference: str, first: bool
) -> None:
    part = organization("p", partOf=part_of(reference))
    with load_only(bundle(tmp_path, *([whole, part] if first else [part, whole]))) as found:
        assert found.rules() == {}
        (claim,) = found.relations("subdivisionOf")
        assert claim.subject == "organisation/fhir-fhir-p"
        assert "fhir-" in claim.object


def test_a_reference_to_nothing_is_a_finding_and_an_ods_code_beside_it_makes_a_stub(tmp_path: Path, load_only: LoadOnly) -> None:
    lost = organization("a", partOf=part_of("Organization/lost"))
    coded = organization(
        "b", partOf={**part_of(f"{SERVER}/Organization/x"), "identifier": ods("RZ1")[0], "display": "Example Trust"}
    )
    logical = organization("c", partOf={"identifier": ods("RZ2")[0]})
    with load_only(bundle(tmp_path, lost, coded, logical)) as found:
        assert found.rules() == {"unresolved-reference": 2}
        assert wholes(found) == {("fhir-fhir-b", "ods-rz1"), ("fhir-fhir-c", "ods-rz2")}
        stubs = {item.entity: item.values for item in claims_of(found.context) if isinstance(item, EntityRecord)}
    assert stubs["organisation/ods-rz1"]["name"] == "Example Trust"
    assert stubs["organisation/ods-rz2"]["referenceOnly"] is True


def test_a_reference_to_another_sort_of_resource_is_a_finding(tmp_path: Path, load_only: LoadOnly) -> None:
    place = {"resourceType": "Location", "id": "p", "name": "Example Place"}
    with load_only(
        bundle(tmp_path, place, organization("a", partOf=part_of("Location/p")), organization("b", partOf="text"))
    ) as found:
        assert found.rules() == {"wrong-type": 1, "not-a-reference": 1}
        assert not wholes(found)


def test_two_servers_with_the_same_ids_are_kept_apart(tmp_path: Path, load_only: LoadOnly) -> None:
    entries = [
        {"fullUrl": f"{server}/Organization/{given}", "resource": organization(given, name=f"{server} {given}", **values)}
        for server, codes in ((SERVER, ("RZ1", "RZ2")), ("https://others.example.org", ("RZ3", "RZ4")))
        for given, values in (
            ("1", {"identifier": ods(codes[0])}),
            ("2", {"identifier": ods(codes[1]), "partOf": part_of("Organization/1")}),
        )
    ]
    with load_only(bundle(tmp_path, *entries)) as found:
        assert found.rules() == {}
        assert wholes(found) == {("ods-rz2", "ods-rz1"), ("ods-rz4", "ods-rz3")}


def test_contained_resources_belong_to_their_holder(tmp_path: Path, load_only: LoadOnly) -> None:
    entries = [
        organization(given, contained=[organization("in", name=f"Inside {given}")], partOf=part_of("#in")) for given in ("a", "b")
    ]
    with load_only(bundle(tmp_path, *entries)) as found:
        assert wholes(found) == {("fhir-fhir-a", "fhir-fhir-a-in"), ("fhir-fhir-b", "fhir-fhir-b-in")}
        assert names(found)["b-in"] == "Inside b"


def test_the_order_of_resources_does_not_matter(tmp_path: Path, load_only: LoadOnly) -> None:
    document = json.loads((HERE / "fhir" / "network" / "network_2024-03-01.json").read_text())
    made = []
    for entries in (document["entry"], document["entry"][::-1]):
        path = tmp_path / "network_2024-03-01.json"
        path.write_text(json.dumps({**document, "entry": entries}))
        with load_only(path) as found:
            claims = [item for item in claims_of(found.context) if not getattr(item, "entity", "").startswith("source/")]
            made.append({item.id for item in claims})
    assert made[0] == made[1]


# -------------------- histories and several states


def state(method: str, given: str, number: int, name: str = "") -> dict[str, Any]:
    """A state of a resource in a history, with its version in its address."""
    entry: dict[str, Any] = {
        "fullUrl": f"{SERVER}/Organization/{given}/_history/{number}",
        "request": {"method": method, "url": f"Organization/{given}"},
    }
    return entry if method == "DELETE" else entry | {"resource": organization(given, name=name)}


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_a_history_the_last_state_counts_whatever_its_order(tmp_path: Path, load_only: LoadOnly, newest_first: bool) -> None:
    states = [
        state("POST", "a", 1, "First"), state("POST", "b", 1, "Gone"), state("PUT", "a", 10, "Tenth"),
        state("PUT", "a", 9, "Ninth"), state("DELETE", "b", 2), state("POST", "c", 1, "Born"), state("DELETE", "c", 2),
        state("PUT", "c", 3, "Back"),
    ]  # fmt: skip
    with load_only(bundle(tmp_path, *(states[::-1] if newest_first else states), type="history")) as found:
        assert names(found) == {"a": "Tenth", "c": "Back"}
        assert found.rules() == {}


def bare(method: str, given: str, name: str = "", **response: str) -> dict[str, Any]:
    """A state of a resource in a history, of which only the server's answer tells the version."""
    entry: dict[str, Any] = {"request": {"method": method, "url": f"Organization/{given}"}, "response": response}
    body = organization(given, name=name, partOf=part_of("Organization/b"))
    return entry if method == "DELETE" else entry | {"resource": body}


def test_a_history_without_versions_and_times_is_newest_first(tmp_path: Path, load_only: LoadOnly) -> None:
    states = [bare("DELETE", "b"), bare("PUT", "a", "Second"), bare("POST", "b", "Gone"), bare("POST", "a", "First")]
    with load_only(bundle(tmp_path, *states, type="history")) as found:
        assert names(found) == {"a": "Second"}
        assert found.rules() == {"unresolved-reference": 1, "history-order": 1}
        assert ["was deleted" in item.message for item in found.context.findings if item.rule == "unresolved-reference"] == [True]


def test_a_history_that_is_oldest_first_by_its_versions_says_so_of_what_has_none(tmp_path: Path, load_only: LoadOnly) -> None:
    states = [state("POST", "a", 1, "First"), state("PUT", "a", 2, "Second"), bare("POST", "c", "Old"), bare("DELETE", "c")]
    with load_only(bundle(tmp_path, *states, type="history")) as found:
        assert names(found)["a"] == "Second"
        assert [item.severity for item in found.context.findings if item.rule == "history-order"] == ["warning"]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize(
    ("deletion", "known"),
    [
        ({"request": {"method": "DELETE", "url": "Organization/d/_history/2"}}, {"meta": {"versionId": "1"}}),
        ({"fullUrl": f"{SERVER}/Organization/d/_history/2", "request": {"method": "DELETE"}}, {"meta": {"versionId": "1"}}),
        ({"response": {"etag": 'W/"2"'}}, {"meta": {"versionId": "1", "lastUpdated": "2024-01-01T00:00:00Z"}}),
        ({"response": {"etag": '"10"'}}, {"meta": {"versionId": "9", "lastUpdated": "2024-01-01T00:00:00Z"}}),
        ({"response": {"location": f"{SERVER}/Organization/d/_history/2"}}, {"meta": {"versionId": "1"}}),
        ({"response": {"lastModified": "2024-02-01T00:00:00Z"}}, {"meta": {"lastUpdated": "2024-01-01T00:00:00Z"}}),
        ({"fullUrl": "urn:uuid:0b1c2d3e-0000-4000-8000-0000000003", "response": {"etag": 'W/"2"'}}, {"meta": {"versionId": "1"}}),
    ],
)  # fmt: skip
def test_a_deletion_counts_wherever_its_version_stands(
    tmp_path: Path, load_only: LoadOnly, deletion: dict[str, Any], known: dict[str, Any], newest_first: bool
) -> None:
    gone = {"request": {"method": "DELETE", "url": "Organization/d"}} | deletion
    there = {"fullUrl": f"{SERVER}/Organization/d", "request": {"method": "POST", "url": "Organization"}}
    there["resource"] = organization("d", **known)
    states = [gone, there] if newest_first else [there, gone]
    with load_only(bundle(tmp_path, *states, type="history")) as found:
        assert names(found) == {}
        assert found.rules() == {}


def test_a_deletion_that_names_nothing_is_told(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(bundle(tmp_path, organization("a"), {"request": {"method": "DELETE"}}, type="history")) as found:
        assert names(found) == {"a": "Example Clinic a"}
        assert found.rules() == {"deletes-nothing": 1}


def test_between_two_files_without_versions_no_state_is_the_last_by_the_names_of_the_files(
    tmp_path: Path, load_only: LoadOnly
) -> None:
    folder = tmp_path / "fhir_2024-03-01"
    for number, name in enumerate(("One", "Two")):
        (folder / str(number)).mkdir(parents=True)
        bundle(folder / str(number), bare("PUT", "a", name), type="history").rename(folder / f"{number}.json")
        (folder / str(number)).rmdir()
    with load_only(folder) as found:
        assert found.rules()["duplicate-id"] == 1


def test_a_transaction_puts_its_resources(tmp_path: Path, load_only: LoadOnly) -> None:
    new = {"fullUrl": "urn:uuid:0b1c2d3e-0000-4000-8000-000000000009", "request": {"method": "POST", "url": "Organization"}}
    new["resource"] = {"resourceType": "Organization", "name": "New Clinic"}
    part = {
        "request": {"method": "PUT", "url": "Organization/p"},
        "resource": organization("p", partOf=part_of(str(new["fullUrl"]))),
    }
    with load_only(
        bundle(tmp_path, part, new, {"request": {"method": "GET", "url": "Organization/x"}}, type="transaction")
    ) as found:
        assert wholes(found) == {("fhir-fhir-p", "fhir-0b1c2d3e-0000-4000-8000-000000000009")}
        assert found.rules() == {}


def test_of_two_states_on_pages_of_a_search_the_newer_counts_and_without_times_the_second_is_set_aside(
    tmp_path: Path, load_only: LoadOnly
) -> None:
    timed = [organization("a", name=name, meta={"lastUpdated": when}) for name, when in (
        ("Newer", "2024-01-01T00:30:00+01:00"), ("Older", "2023-12-31T23:00:00Z"))]  # fmt: skip
    plain = [organization("b", name="Kept"), organization("b", name="Other"), organization("b", name="Kept")]
    with load_only(bundle(tmp_path, *timed, *plain)) as found:
        assert names(found) == {"a": "Newer", "b": "Kept"}
        assert found.rules() == {"duplicate-id": 1}
        assert list(found.context.set_aside) == [("fhir_2024-03-01.json", 4)]


def test_two_resources_with_one_ods_code_are_one_organisation_told_once(tmp_path: Path, load_only: LoadOnly) -> None:
    entries = [organization("a", identifier=ods("A1")), organization("b", identifier=ods("a1 "), name="Other")]
    with load_only(bundle(tmp_path, *entries, organization("c", partOf=part_of("Organization/b")))) as found:
        assert found.rules() == {"duplicate-id": 1}
        assert wholes(found) == {("fhir-fhir-c", "ods-a1")}


# -------------------- what is made of them


def test_both_dialects_of_ods_say_the_same(load_only: LoadOnly) -> None:
    said = []
    for case in ("england/organisations_2024-03-01.json", "stu3/organisation.json"):
        with load_only(HERE / "fhir" / case) as found:
            said.append({(claim.object, claim.qualifiers.holds_from) for claim in found.relations("hasRole")})
            (record,) = found.records("Organisation")
            assert record.values["kind"] in ("GP_PRACTICE", "PRESCRIBING_COST_CENTRE")
    role = "organisation-role/ods-"
    assert said == [{(f"{role}ro177", "1974-04-01"), (f"{role}ro76", "2014-04-15")}] * 2


def test_an_organisation_with_a_company_number_has_the_id_that_it_has_everywhere(tmp_path: Path, load_only: LoadOnly) -> None:
    company = {"system": "http://org-id.guide/list/GB-COH", "value": "01234567"}
    both = organization("b", identifier=[*ods("A1"), company])
    with load_only(bundle(tmp_path, organization("a", identifier=[company]), both)) as found:
        assert {item.entity: item.values["identifier"] for item in found.records("Organisation")} == {
            "organisation/gb-coh-01234567": ("GB-COH:01234567",), "organisation/ods-a1": ("GB-COH:01234567",),
        }  # fmt: skip


def test_a_resource_of_which_only_the_id_is_known_overwrites_nothing(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(bundle(tmp_path, {"resourceType": "Organization", "id": "x", "identifier": ods("A1")})) as found:
        assert not list(found.records("Organisation"))
        (stub,) = [
            item for item in claims_of(found.context) if isinstance(item, EntityRecord) and item.class_name == "Organisation"
        ]
        assert stub.values["odsCode"] == "A1"


def test_membership_of_networks_and_other_affiliations(tmp_path: Path, load_only: LoadOnly) -> None:
    def affiliation(given: str, **values: Any) -> dict[str, Any]:
        return {"resourceType": "OrganizationAffiliation", "id": given, "active": True, **values}

    places = {"organization": part_of("Organization/o"), "participatingOrganization": part_of("Organization/p")}
    entries = [
        affiliation("1", **places, code=[{"coding": [{"code": "supplier", "display": "Supplier"}]}]),
        affiliation("2", organization=part_of("Organization/o"), network=[part_of("Organization/n")]),
        affiliation("3", **places, code=[{"coding": [{"code": "member"}]}], active=False),
    ]
    with load_only(bundle(tmp_path, *entries, *(organization(given) for given in "onp"))) as found:
        (works,) = found.relations("worksWith")
        assert works.qualifiers.as_stated == "Supplier"
        members = {(claim.subject[-1], claim.object[-1]): claim.qualifiers.status for claim in found.relations("memberOf")}
    assert members == {("o", "n"): "IN_FORCE", ("p", "o"): "ENDED"}


def test_a_code_is_called_alike_wherever_it_stands(tmp_path: Path, reader: Reader) -> None:
    codes = [
        {"system": "s/kinds", "code": "1"},
        {"system": "s/kinds|2", "code": "1", "display": "One"},
        {"system": "s/kinds", "code": "1", "display": "Eins"},
    ]
    entries = [organization(str(number), type=[{"coding": [code]}]) for number, code in enumerate(codes)]
    with reader.read(bundle(tmp_path, *entries)) as found:
        records = {item.entity: item.values["name"] for item in claims_of(found.context) if isinstance(item, EntityRecord)}
        assert not found.context.set_aside
    assert records["category/kinds-1"] == "One"


# -------------------- what is withheld


def test_nothing_of_persons_is_in_the_graph(tmp_path: Path, load_only: LoadOnly) -> None:
    persons = [
        {"resourceType": kind, "id": "p", "name": [{"family": "Secret"}]}
        for kind in ("Practitioner", "PractitionerRole", "Patient")
    ]
    telecom = [
        {"system": "phone", "value": "01632 960001"},
        {"system": "email", "value": "secret@example.org"},
        {"system": "pager", "value": "1"},
    ]
    private = organization(
        "a", contact=[{"name": {"family": "Secret"}}], telecom=telecom, name="DR A SECRET", contained=[persons[0]]
    )
    with load_only(bundle(tmp_path, *persons, private)) as found:
        assert found.context.ledger.withheld == {
            "record of a person": 4, "contact": 1, "telephone number": 2, "e-mail address": 1, "name of a person": 1,
        }  # fmt: skip
        assert not [item for item in claims_of(found.context) if "secret" in str(item).casefold() or "01632" in str(item)]


# -------------------- files that are none, or broken


def test_a_bundle_without_entries_is_read_and_told(tmp_path: Path, load_only: LoadOnly) -> None:
    for text in ('{"resourceType": "Bundle"}', '{"resourceType": "Bundle", "entry": []}'):
        path = tmp_path / "empty_2024-03-01.json"
        path.write_text(text)
        with load_only(path) as found:
            assert found.rules() == {"empty": 1}


def test_a_search_of_which_pages_are_missing_is_told(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(bundle(tmp_path, organization("a"), type="searchset", total=3)) as found:
        assert found.rules() == {"pages-missing": 1}


def test_what_is_no_directory_is_refused_and_says_why(tmp_path: Path, load_only: LoadOnly) -> None:
    for kind, words in (
        ("Patient", "about a person"),
        ("ValueSet", "defines"),
        ("Appointment", "of no use"),
        ("OperationOutcome", "failed"),
    ):
        path = tmp_path / "file.json"
        path.write_text(json.dumps({"resourceType": kind, "id": "x"}))
        with pytest.raises(InputError, match=words), load_only(path):
            pass


def test_a_document_that_breaks_off_keeps_what_came_before(tmp_path: Path, load_only: LoadOnly) -> None:
    path = bundle(tmp_path, organization("a"), organization("b"), organization("c"))
    path.write_bytes(path.read_bytes()[:-30])
    with load_only(path) as found:
        assert set(names(found)) == {"a", "b"}
        assert found.rules() == {"broken-json": 1}
        assert found.context.unread


def test_deep_and_huge_entries_leave_the_others(tmp_path: Path, load_only: LoadOnly) -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    with load_only(
        bundle(tmp_path, organization("a", extension=deep), organization("b", name="x" * 9_000_000), organization("c"))
    ) as found:
        assert found.rules() == {"too-deep": 1, "item-too-large": 1}
    with load_only(bundle(tmp_path, organization("a"), 7, None, [], "text", organization("c"))) as found:
        assert set(names(found)) == {"a", "c"}
        assert found.rules() == {"not-a-resource": 4}


@pytest.mark.parametrize(
    "case", ["england/organisations_2024-03-01.json", "stu3/organisation.json", "network/network_2024-03-01.json"]
)
def test_no_odd_value_anywhere_crashes(case: str, tmp_path: Path, load_only: LoadOnly) -> None:
    document = json.loads((HERE / "fhir" / case).read_text())
    path = tmp_path / "odd_2024-03-01.ndjson"
    entries = document.get("entry", [document])
    count = written_as_lines(chain(entries, (copy for entry in entries for copy in changed(entry))), path)
    with load_only(path) as found:
        assert all(finding.hint for finding in found.context.findings)
        assert count > 500


# -------------------- real files


def test_the_network_of_the_national_directory(real_data: RealData, reader: Reader) -> None:
    with reader.read(real_data("fhir/us_ndh/ndh_examples_bundle.json")) as found:
        claims = list(claims_of(found.context))
        things = Counter(item.class_name for item in claims if isinstance(item, EntityRecord))
        relations = Counter(item.relation for item in claims if not isinstance(item, EntityRecord))
        rules = Counter(finding.rule for finding in found.report.findings)
        assert not found.context.set_aside
    assert things == {"Organisation": 27, "Category": 24, "Site": 13, "Service": 7, "Source": 2}
    assert relations == {
        "classifiedAs": 52, "locatedAt": 13, "subdivisionOf": 9, "manages": 9, "provides": 7, "memberOf": 3, "worksWith": 1,
        "releaseOf": 1,
    }  # fmt: skip
    assert rules == {
        "unknown-identifier-system": 9, "release-undated": 1, "resource-not-read": 1, "status-contradicts-dates": 1,
        "not-a-reference": 1, "affiliation-of-nobody": 1, "foreign-postcode": 1,
    }  # fmt: skip
    assert found.context.ledger.withheld["telephone number"] == 40


def test_every_real_file_is_read_or_refused_by_its_loader(real_data: RealData, load_only: LoadOnly) -> None:
    read, refused = Counter[str](), Counter[str]()
    for path in sorted(real_data("fhir").rglob("*.json")):
        assert loaders()["fhir"].recognise(path), path.name
        try:
            with load_only(path) as found:
                read[path.parent.name] += 1
                assert all(finding.hint for finding in found.context.findings)
        except InputError as error:
            refused[path.parent.name] += 1
            assert error.hint
    assert read == {"ods_fhir": 31, "us_ndh": 1, "examples": 1, "Organisation": 1}
    assert refused == {
        "codesystems": 1, "examples": 2, "structuredefinitions": 3, "valuesets": 1, "HealthcareService": 1, "Organisation": 6,
    }  # fmt: skip


def test_a_practice_as_the_real_interface_gives_it(real_data: RealData, reader: Reader) -> None:
    with reader.read(real_data("fhir/ods_fhir/stu3_Organization_N81082.json")) as found:
        (practice,) = [
            item for item in claims_of(found.context) if item.qualifiers.locator == "N81082" and isinstance(item, EntityRecord)
        ]
        assert practice.entity == "organisation/ods-n81082"
        assert practice.values["kind"] == "GP_PRACTICE"
        assert practice.values["recordClass"] == "ORGANISATION"
        assert practice.values["operationalStart"] == "1974-04-01"
        assert practice.values["postcode"] == "CH1 2NR"
        assert [finding.rule for finding in found.report.findings] == ["release-undated"]


def test_a_folder_of_answers_is_one_release(real_data: RealData, reader: Reader) -> None:
    with reader.read(real_data("fhir/ods_fhir")) as found:
        claims = list(claims_of(found.context))
        codes = {str(item.values["odsCode"]) for item in claims if isinstance(item, EntityRecord) and "odsCode" in item.values}
        aside = Counter(finding.rule for rows in found.context.set_aside.values() for finding in rows)
    assert codes == {"A12345", "B98765", "C88037", "K84605", "N81082", "TEST123", "XYZ789"}
    assert aside == {"duplicate-id": 7, "missing-id": 2}


@pytest.mark.parametrize(
    ("servers", "issuer"),
    [([SERVER], SERVER), ([SERVER, "https://others.example.org"], ""), ([""], "")],
    ids=("one", "two", "none"),
)
def test_the_server_tells_one_publishers_files_from_anothers(
    servers: list[str], issuer: str, tmp_path: Path, load_only: LoadOnly
) -> None:
    entries = [{"fullUrl": f"{server}/Organization/{at}", "resource": organization(str(at))} for at, server in enumerate(servers)]
    with load_only(bundle(tmp_path, *entries)) as found:
        assert found.context.issuer == issuer
