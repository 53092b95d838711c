"""A row is taken apart: what is used, ignored and withheld is counted, and what is left is reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graphsvc.loading import Context, Fields, Spool
from graphsvc.loading.audit import MOST_NAMES, OTHERS, Audit
from graphsvc.model import Model
from graphsvc.provenance import Origin


@pytest.fixture
def context(model: Model, tmp_path: Path) -> Iterator[Context]:
    spool = Spool(tmp_path / "spool.sqlite")
    yield Context(model, spool)
    spool.close()


def _fields(context: Context, values: dict[str, object]) -> Fields:
    return context.fields(values, Origin("list.csv", 7))


def test_what_is_left_over_is_reported_once_with_its_place_and_counted_always(context: Context) -> None:
    for _ in range(3):
        fields = _fields(context, {"code": "A1", "colour": "red", "empty": " "})
        assert fields.text("code") == "A1"
        fields.close()
    (finding,) = context.findings
    assert (finding.rule, finding.file, finding.row, finding.column, finding.value) == (
        "not-handled", "list.csv", 7, "colour", "a text of 3 characters",
    )  # fmt: skip
    assert context.ledger.reported == {"colour": 3}
    assert context.ledger.used == {"code": 3}


def test_what_is_ignored_has_its_reason_and_empty_values_count_for_nothing(context: Context) -> None:
    fields = _fields(context, {"null": "", "amended": "1"})
    fields.ignore("says nothing of the entry", "null", "amended", "absent")
    fields.close()
    assert context.ledger.as_json()["ignored"] == {"amended": {"values": 1, "why": "says nothing of the entry"}}
    assert context.findings == []


def test_what_is_withheld_is_counted_by_sort_and_never_repeated_in_a_finding(context: Context) -> None:
    fields = _fields(context, {"phone": "01632 960001", "contacts": [{"a": 1}, {"a": 2}]})
    fields.withhold("telephone number", "phone", "fax")
    fields.withhold("contact", "contacts")
    fields.close()
    assert context.ledger.withheld == {"telephone number": 1, "contact": 2}
    assert context.findings == []


def test_an_object_alone_counts_as_a_list_of_one(context: Context) -> None:
    fields = _fields(context, {"role": {"id": "RO76"}, "roles": [{"id": "RO1"}, {"id": "RO2"}]})
    assert [item.text("id") for item in fields.each("role")] == ["RO76"]
    assert [item.text("id") for item in fields.each("roles")] == ["RO1", "RO2"]
    assert context.ledger.used == {"role": 1, "role.id": 1, "roles": 2, "roles.id": 2}


def test_several_objects_where_one_is_expected_are_a_finding(context: Context) -> None:
    found = _fields(context, {"place": [{"town": "Wigan"}, {"town": "Leigh"}]}).below("place")
    assert found is not None and found.text("town") == "Wigan"
    assert [item.rule for item in context.findings] == ["more-than-one"]


def test_a_list_where_a_text_is_expected_is_a_finding_and_no_text(context: Context) -> None:
    assert _fields(context, {"name": ["a", "b"]}).text("name") == ""
    assert [(item.rule, item.column) for item in context.findings] == [("not-a-text", "name")]


def test_a_text_where_an_object_is_expected_is_a_finding(context: Context) -> None:
    assert _fields(context, {"place": "Wigan"}).below("place") is None
    assert [(item.rule, item.value) for item in context.findings] == [("not-an-object", "a text of 5 characters")]


def test_the_audit_of_a_hostile_file_stays_small() -> None:
    audit = Audit()
    for number in range(MOST_NAMES + 500):
        audit.report(f"key {number}")
    assert len(audit.reported) == MOST_NAMES + 1
    assert audit.reported[OTHERS] == 500
