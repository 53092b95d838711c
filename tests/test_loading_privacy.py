"""Nothing that a load stores, prints or writes for others holds a value that is about a person, or that nobody has explained."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_maps import BASE, shapes_of
from store_claims import connection_of

from graphsvc.cli import main
from graphsvc.errors import InputError
from graphsvc.loading import Context, Finding, Spool
from graphsvc.loading.persons.privacy import guarded, shape_of, shown_message, shown_name
from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.pipeline.intake import CheckedInput, read_input, save_rejects
from graphsvc.pipeline.stored_findings import RULE, clean_findings
from graphsvc.provenance import Origin
from graphsvc.store import Store
from graphsvc.validation import Shapes

SECRETS = ("Quillan", "Zebedee", "zebedee.quillan", "960001")
"""Parts of what the inputs below hold about a person who is made up; none may come out anywhere."""
PERSON = {"name": "Zebedee Quillan", "email": "zebedee.quillan@example.org", "telephone": "01632 960001"}
MAPPING = '[[things]]\nclass = "Organisation"\nscheme = "ods"\nkey = "code"\n[things.properties]\nname = "name"\n'
ROW = '"Z9000{}","{}","Y60","QZZ","1 MILL LANE","","","","","ZZ99 1AA","20000401","","A","B"' + ',""' * 7 + ',"0"' + ',""' * 5
NOTICE = {
    "ocid": "ocds-zzzzzz-1", "id": "n1", "date": "2026-01-05T10:00:00Z", "tag": ["tender"], "initiationType": "tender",
    "parties": [{"id": "B1", "name": "Example Council", "roles": ["buyer"], "contactPoint2": PERSON}],
    "buyer": {"id": "B1", "name": "Example Council"}, "tender": {"id": "t1", "title": "A tender", "status": "active"},
}  # fmt: skip
SERVICE = {
    "id": "s1", "name": "Example service", "status": "active", "description": "Please contact Zebedee Quillan on 01632 960001.",
    "keyworker": PERSON, "zebedee.quillan@example.org": "yes", "Zebedee Quillan": {"01632960001": 1},
    "organization": {"id": "o1", "name": "Example org"},
}  # fmt: skip
BUNDLE = {
    "resourceType": "Bundle", "type": "collection",
    "entry": [{"resource": {"resourceType": "Organization", "id": "o1", "name": "Example org", "manager": PERSON}}],
}  # fmt: skip
INPUTS = {
    "services.json": json.dumps([SERVICE]),
    "bundle.json": json.dumps(BUNDLE),
    "notice.json": json.dumps(NOTICE),
    "list.csv": "code,name,lead,note,Zebedee Quillan\n"
    "Z90001,Park Surgery,Zebedee Quillan,ring zebedee.quillan@example.org,1\n"
    "Zebedee Quillan,Mill Surgery,,,\n",
    "epraccur_2026-01.csv": f"{ROW.format(1, 'PARK SURGERY')}\n{ROW.format(2, 'QUILLAN Z')}\n"
    f'"Z90003","DR Z QUILLAN","Y60"\n{ROW.format("zq", "QUILLAN ZX")}\n',
}


def given(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(INPUTS[name], encoding="utf-8")
    if name == "list.csv":
        (folder / "list.csv.map.toml").write_text(MAPPING)
    return path


def clean(text: str) -> bool:
    return not any(secret.casefold() in text.casefold() for secret in SECRETS)


_SHAPES: dict[str, Shapes] = {}


def shapes(model: Model) -> Shapes:
    """The shapes, read once for all tests of this module."""
    if not _SHAPES:
        _SHAPES["shipped"] = shapes_of(model)
    return _SHAPES["shipped"]


@contextmanager
def read(path: Path, model: Model) -> Iterator[CheckedInput]:
    with read_input(path, model, shapes(model), BASE) as found:
        yield found


@pytest.mark.parametrize("name", INPUTS)
def test_no_finding_and_no_audit_tells_of_a_person(name: str, model: Model, tmp_path: Path) -> None:
    with read(given(tmp_path, name), model) as found:
        told = json.dumps([found.report.as_json(), found.context.ledger.as_json()])
        assert clean(told), told
        assert clean(found.report.as_rdf(BASE).serialize(format="turtle"))
        assert found.report.findings


def test_no_command_prints_a_person(tmp_path: Path) -> None:
    path = str(given(tmp_path, "list.csv"))
    for command in (["validate", path, "--all"], ["mapping", path], ["mapping", path, "--check"]):
        ran = CliRunner().invoke(main, command)
        assert clean(ran.output), (command, ran.output)


def test_a_draft_of_a_mapping_shows_no_value_and_no_heading_about_a_person(tmp_path: Path) -> None:
    path = tmp_path / "unknown.csv"
    lines = "\n".join(f"R{number},Hall {number},Zebedee Quillan,please ask Zebedee Quillan,1" for number in range(9))
    path.write_text(f"ref,name,who,remarks,zebedee.quillan@example.org\n{lines}\n")
    drafted = CliRunner().invoke(main, ["mapping", str(path)])
    assert drafted.exit_code == 0
    assert clean(drafted.output), drafted.output


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("jane@example.org", "an e-mail address"),
        ("01632 960001", "a telephone number"),
        ("1632960001", "a telephone number"),
        ("12,345.60", "a number"),
        (7, "a number"),
        ("2026-02-27", "a date"),
        ("27/02/2026", "a date"),
        ("10:30", "a time"),
        ("https://example.org/x", "a web address"),
        ("ZZ99 1AA", "a postcode"),
        ("ring jane@example.org", "a text of 21 characters"),
        ({"a": 1}, "an object"),
        ([1, 2], "a list of 2"),
        ("", ""),
    ],
)
def test_a_value_is_told_by_its_shape(value: object, shape: str) -> None:
    assert shape_of(value) == shape
    assert shape_of(shape) == shape


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("openingHours", "openingHours"),
        ("Opening hours", "Opening hours"),
        ("Opening Hours", "Opening Hours"),
        ("jane@example.org", "[an e-mail address]"),
        ("Jane Example", "[a text of 12 characters]"),
        ("Zebedee Quillan", "[a text of 15 characters]"),
        ("01632960001", "[a telephone number]"),
    ],
)
def test_a_key_is_shown_unless_it_is_a_person_itself(name: str, told: str) -> None:
    assert shown_name(name) == told


def test_a_finding_repeats_what_is_understood_and_about_nobody() -> None:
    def through(column: str, value: str, message: str = "") -> Finding:
        return guarded(Finding("warning", "r", message, "Mend it.", column=column, value=value), {"name", "code"}.__contains__)

    assert through("code", "A81").value == "A81"
    assert through("code, name", "A81").value == "A81"
    assert through("lead", "A81").value == "a text of 3 characters"
    assert through("name", "EXAMPLE JA").value == "a text that names a person"
    found = through("lead", "Zebedee", "'Zebedee' is no number, and Zebedee is no date.")
    assert found.message == "a text of 7 characters is no number, and a text of 7 characters is no date."
    assert guarded(found, {"name"}.__contains__) == found


def test_a_message_quotes_no_person() -> None:
    assert shown_message("'Jane Example' is no code, 'A81' is.") == "a text of 12 characters is no code, 'A81' is."


def test_a_loader_cannot_forget_the_rule(model: Model, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "claims.sqlite")
    context = Context(model, spool)
    finding = Finding("violation", "r", "It is wrong.", "Mend it.", file="a.csv", row=2, column="who", value="Zebedee Quillan")
    context.report(finding)
    context.unread_sheet("b.csv", finding)
    told = [*context.findings, *context.set_aside["a.csv", 2], *context.unread.values()]
    spool.close()
    assert {item.value for item in told} == {"a text of 15 characters"}


def test_an_error_of_a_parser_quotes_no_person(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "epraccur.csv"
    path.write_text("name,mail\nZebedee Quillan,zebedee.quillan@example.org\n")
    with pytest.raises(InputError) as refused, read(path, model):
        pass
    assert clean(str(refused.value))


def test_what_is_set_aside_is_for_its_owner_alone(model: Model, tmp_path: Path) -> None:
    (tmp_path / "not-persons.txt").write_text("A name\n")
    for name in ("list.csv", "epraccur_2026-01.csv"):
        with read(given(tmp_path, name), model) as found:
            assert save_rejects(found, tmp_path / "rejects")
    made = list((tmp_path / "rejects").rglob("*"))
    assert len(made) == 6
    assert stat.S_IMODE((tmp_path / "rejects").stat().st_mode) == 0o700
    assert {stat.S_IMODE(item.stat().st_mode) for item in made} == {0o600}


def test_what_is_withheld_is_listed_if_asked_and_a_name_that_is_no_person_is_kept_from_then_on(tmp_path: Path) -> None:
    path, listed = given(tmp_path, "epraccur_2026-01.csv"), tmp_path / "withheld.csv"
    assert CliRunner().invoke(main, ["validate", str(path), "--withheld", str(listed)]).exit_code == 1
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    with listed.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["row"], row["text"], row["reason"]) for row in rows] == [("2", "QUILLAN Z", "name of a person")]
    (tmp_path / "not-persons.txt").write_text("# a firm\nQuillan  Z\n")
    again = CliRunner().invoke(main, ["validate", str(path), "--withheld", str(tmp_path / "again.csv"), "--json"])
    assert json.loads(again.output)["audit"]["withheld"] == {}
    assert (tmp_path / "again.csv").read_text().splitlines() == ["file,row,column,text,reason"]
    refused = CliRunner().invoke(main, ["validate", str(path), "--withheld", str(listed)])
    assert refused.exit_code == 1
    assert "is there already" in refused.output


async def test_what_is_no_person_is_read_again_although_the_file_is_the_same(model: Model, store: Store, tmp_path: Path) -> None:
    path = given(tmp_path, "epraccur_2026-01.csv")
    how = Loading(store, model, shapes(model), BASE)
    await how.load([path])
    (tmp_path / "not-persons.txt").write_text("QUILLAN Z\n")
    (outcome,) = await how.load([path])
    assert outcome.state == "published"
    rows = await store.read("MATCH (n:Entity {id: $id}) RETURN n.name", {"id": "organisation/ods-z90002"})
    assert rows == [["QUILLAN Z"]]


async def test_findings_of_earlier_loads_are_cleaned_once(model: Model, store: Store, tmp_path: Path) -> None:
    await Loading(store, model, shapes(model), BASE).load([given(tmp_path, "list.csv")])
    finding = {
        "severity": "warning", "rule": "not-handled", "message": "Nothing is done with 'lead'.", "hint": "Tell us.",
        "file": "list.csv", "row": 2, "column": "lead", "value": "Zebedee Quillan",
    }  # fmt: skip
    code = finding | {"column": "code", "value": "Z9"}
    audit = {"used": {"code": 2}, "reported": {"lead": 1, "zebedee.quillan@example.org": 2}, "ignored": {}, "withheld": {}}
    await connection_of(store).execute(
        "MATCH (l:Load) SET l.findings = $findings, l.audit = $audit, l.cleaned = 0",
        findings=json.dumps([finding, code]), audit=json.dumps(audit),
    )  # fmt: skip
    assert await clean_findings(store) == 1
    (load,) = await store.loads()
    assert clean(json.dumps([load.findings, load.audit]))
    assert [item["value"] for item in load.findings] == ["a text of 15 characters", "Z9"]
    assert load.audit["reported"] == {"lead": 1, "[an e-mail address]": 2}
    assert load.cleaned == RULE
    assert await clean_findings(store) == 0


async def test_what_this_version_stores_is_clean_already(model: Model, store: Store, tmp_path: Path) -> None:
    for name in INPUTS:
        await Loading(store, model, shapes(model), BASE, accept=True).load([given(tmp_path, name)])
    loads = await store.loads()
    assert clean(json.dumps([[load.findings, load.audit] for load in loads]))
    assert await clean_findings(store) == 0
    exported = [claim async for batch in store.export() for claim in batch]
    assert clean(repr(exported))


def test_an_origin_of_a_withheld_text_is_told(model: Model, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "claims.sqlite")
    context = Context(model, spool)
    context.withhold("name of a person", "Zebedee Quillan", Origin("a.csv", 2, "who"))
    spool.close()
    assert context.ledger.withheld == {"name of a person": 1}
