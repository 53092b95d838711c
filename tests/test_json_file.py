"""JSON is read one item at a time, in bounded memory, and what is wrong in it is a fault of an item, never a crash."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphsvc.loading.files.json_file import MAX_DEPTH, MAX_ITEM, Item, head, items, look

A_TEXT_OF_200_MB = """
import resource, sys
from pathlib import Path
from graphsvc.loading.files.json_file import items
resource.setrlimit(resource.RLIMIT_AS, (300_000_000, 300_000_000))
for item in items(Path(sys.argv[1]), ("entry",)):
    print(item.number, item.value, [fault.rule for fault in item.faults])
"""


def written(folder: Path, text: str | bytes, name: str = "document.json") -> Path:
    """A file that holds the text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, *arrays: str, within: str = "") -> list[Item]:
    """Every item of a file."""
    return list(items(path, arrays, within=within))


def values(found: list[Item]) -> list[Any]:
    """What was read."""
    return [item.value for item in found]


def rules(found: list[Item]) -> list[str]:
    """The rules of all faults, in order."""
    return [fault.rule for item in found for fault in item.faults]


# -------------------- where the items are


def test_an_object_without_the_arrays_is_one_item(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": 1, "b": [true, null, 1.5, "x"]}')
    assert read(path, "entry") == [Item(1, {"a": 1, "b": [True, None, 1.5, "x"]})]


def test_an_array_gives_each_of_its_items(tmp_path: Path) -> None:
    assert values(read(written(tmp_path, '[{"a": 1}, [2, [3]], 4, null]'), "entry")) == [{"a": 1}, [2, [3]], 4, None]


def test_an_array_inside_an_object_gives_its_items_wherever_it_stands(tmp_path: Path) -> None:
    path = written(tmp_path, '{"x": {"entry": [9]}, "total": 2, "entry": [{"a": 1, "entry": [7]}, {"a": {"b": []}}], "end": [8]}')
    assert read(path, "entry") == [Item(1, {"a": 1, "entry": [7]}), Item(2, {"a": {"b": []}})]


def test_the_first_array_that_the_caller_names_goes_first(tmp_path: Path) -> None:
    path = written(tmp_path, '{"records": [1], "releases": [2, 3]}')
    assert values(read(path, "releases", "records")) == [2, 3]
    assert values(read(path, "entry", "records")) == [1]


def test_an_array_that_begins_far_into_the_document_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"text": "x" * 400_000, "entry": [1, 2]}))
    assert values(read(path, "entry")) == [1, 2]


def test_one_object_instead_of_an_array_counts_as_one_item(tmp_path: Path) -> None:
    assert read(written(tmp_path, '{"Organisations": {"OrgId": "R0A"}}'), "Organisations") == [Item(1, {"OrgId": "R0A"})]


def test_an_empty_array_gives_no_items(tmp_path: Path) -> None:
    assert read(written(tmp_path, '{"entry": []}'), "entry") == []
    assert read(written(tmp_path, "[]"), "entry") == []


def test_arrays_are_looked_for_under_a_key(tmp_path: Path) -> None:
    path = written(tmp_path, '{"items": [1], "package": {"items": [2, {"items": [3]}]}}')
    assert values(read(path, "items", within="package")) == [2, {"items": [3]}]


def test_a_key_with_a_dot_is_no_way_to_a_value(tmp_path: Path) -> None:
    path = written(tmp_path, '{"entry.item": 1, "entry": {"item": 2, "[": 3}}')
    assert values(read(path, "entry")) == [{"item": 2, "[": 3}]


def test_json_lines_give_each_line_with_its_number(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": 1}\n\n  {"a": {"b": 2}}\r\n{"a": 3}')
    assert read(path, "a") == [Item(1, {"a": 1}), Item(3, {"a": {"b": 2}}), Item(4, {"a": 3})]


def test_an_object_over_several_lines_is_no_json_lines(tmp_path: Path) -> None:
    assert values(read(written(tmp_path, '{\n "a": 1,\n "b": 2\n}\n'))) == [{"a": 1, "b": 2}]


def test_a_file_named_as_lines_is_read_as_lines_even_if_it_begins_with_a_broken_one(tmp_path: Path) -> None:
    found = read(written(tmp_path, '{"a": \n{"a": 2}\n', "bulk.ndjson"))
    assert values(found) == [None, {"a": 2}]
    assert rules(found) == ["broken-json"]


# -------------------- what is wrong


def test_one_broken_line_leaves_the_others(tmp_path: Path) -> None:
    found = read(written(tmp_path, '{"a": 1}\n{"a": \n{"a": 3}\n'))
    assert values(found) == [{"a": 1}, None, {"a": 3}]
    assert found[1].faults[0].rule == "broken-json"
    assert not found[1].faults[0].fatal


def test_a_line_that_is_cut_off_says_so(tmp_path: Path) -> None:
    found = read(written(tmp_path, '{"a": 1}\n{"a": "half a te'))
    assert "may be cut off" in found[1].faults[0].message


@pytest.mark.parametrize(
    "text", ['{"entry": [{"a": 1}, {"b": 2}, {"c"', '[{"a": 1}, {"b": 2}, {"c": [1, 2', '{"entry": [{"a": 1}, {"b": 2}']
)
def test_a_document_that_breaks_off_gives_the_items_before_the_break(tmp_path: Path, text: str) -> None:
    found = read(written(tmp_path, text), "entry")
    assert values(found) == [{"a": 1}, {"b": 2}, None]
    assert rules(found) == ["broken-json"]
    assert found[2].faults[0].fatal


@pytest.mark.parametrize(
    "text", ["", "   ", "\n", '{"a": 1} trailing', '{"a": 1', "[1, 2}", '{"a": NaN}', '{"a": 01}', "<html>", "'a'"]
)
def test_what_is_not_well_formed_is_a_fatal_fault(tmp_path: Path, text: str) -> None:
    found = read(written(tmp_path, text))
    assert rules(found) == ["broken-json"]
    assert found[-1].faults[0].fatal


def test_numbers_that_python_writes_and_json_does_not_know_are_refused_in_lines(tmp_path: Path) -> None:
    assert rules(read(written(tmp_path, '{"a": NaN}\n{"a": -Infinity}\n{"a": 1}\n', "a.jsonl"))) == ["broken-json", "broken-json"]


@pytest.mark.parametrize(
    ("text", "kept"), [('{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}), ('{"o": {"a": 1, "a": [2]}}', {"o": {"a": [2]}})]
)
@pytest.mark.parametrize("name", ["twice.json", "twice.jsonl"])
def test_a_key_that_is_there_twice_is_a_warning(tmp_path: Path, text: str, kept: Any, name: str) -> None:
    found = read(written(tmp_path, text, name))
    assert values(found) == [kept]
    assert [(fault.rule, fault.severity) for fault in found[0].faults] == [("duplicate-key", "warning")]
    assert "'a'" in found[0].faults[0].message


def test_the_same_key_in_two_objects_is_no_fault(tmp_path: Path) -> None:
    assert rules(read(written(tmp_path, '[{"a": [{"a": 1}, {"a": 2}]}, {"a": 3}]'))) == []


# -------------------- deep


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, '{"a":' * 1_000_000, '{"entry": [{"ok": 1}, ' + "[" * 1_000_000, "[" * 200_000 + "]" * 200_000]
)
def test_a_document_nested_a_million_deep_is_given_up(tmp_path: Path, text: str) -> None:
    found = read(written(tmp_path, text), "entry")
    assert rules(found) == ["too-deep"]
    assert found[-1].faults[0].fatal
    assert values(found)[:-1] == ([{"ok": 1}] if '"ok"' in text else [])


def test_an_item_that_is_too_deep_leaves_the_others(tmp_path: Path) -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    found = read(written(tmp_path, f'{{"entry": [1, [{deep}], {deep}, 4]}}'), "entry")
    assert [item.value if not isinstance(item.value, list) else "list" for item in found] == [1, None, "list", 4]
    assert rules(found) == ["too-deep"]


@pytest.mark.parametrize("depth", [MAX_DEPTH, 1_000_000])
def test_a_line_that_is_too_deep_leaves_the_others(tmp_path: Path, depth: int) -> None:
    found = read(written(tmp_path, f'{{"a": {"[" * depth}{"]" * depth}}}\n{{"a": 2}}\n', "deep.jsonl"))
    assert values(found) == [None, {"a": 2}]
    assert rules(found) == ["too-deep"]


# -------------------- large


def test_a_text_of_200_mb_is_given_up_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as out:
        out.write(b'{"entry": [{"a": 1}, {"name": "')
        for _ in range(200):
            out.write(b'huge\\"' * 170_000)
        out.write(b'"}, {"a": 3}]}')
    done = subprocess.run(
        [sys.executable, "-c", A_TEXT_OF_200_MB, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines() == ["1 {'a': 1} []", "2 None ['item-too-large']"]


@pytest.mark.parametrize("what", ["1" * 9_000_000, '"' + "\\\\" * 4_500_000 + '"', '{"' + "k" * 9_000_000 + '": 1}'])
@pytest.mark.slow
def test_a_number_a_text_of_backslashes_and_a_key_without_end_are_given_up(tmp_path: Path, what: str) -> None:
    found = read(written(tmp_path, f'{{"entry": [1, {what}, 3]}}'), "entry")
    assert values(found) == [1, None]
    assert rules(found) == ["item-too-large"]


def test_quotation_marks_that_are_escaped_do_not_hide_the_end_of_a_text(tmp_path: Path) -> None:
    texts = ["\\" * 70_001, '"' * 70_001, 'a\\"' * 50_000, "x" * 65_535 + "\\", "", "é" * 70_000]
    assert values(read(written(tmp_path, json.dumps(texts)))) == texts


def test_an_item_of_many_texts_that_is_too_large_leaves_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps([1, ["x" * 1_000_000] * 9, {"y": ["x" * 1_000_000] * 7}, 4]))
    assert [type(item.value).__name__ for item in items(path)] == ["int", "NoneType", "dict", "int"]
    assert rules(read(path)) == ["item-too-large"]


def test_a_line_that_is_too_long_leaves_the_others(tmp_path: Path) -> None:
    found = read(written(tmp_path, f'{{"a": 1}}\n{{"a": "{"x" * (2 * MAX_ITEM)}"}}\n{{"a": 3}}\n'))
    assert values(found) == [{"a": 1}, None, {"a": 3}]
    assert rules(found) == ["item-too-large"]


@pytest.mark.parametrize("name", ["digits.json", "digits.jsonl"])
def test_a_number_of_more_digits_than_python_turns_is_a_fault(tmp_path: Path, name: str) -> None:
    assert rules(read(written(tmp_path, f'{{"uprn": {"9" * 5_000}}}', name))) == ["broken-json"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    with path.open("w") as out:
        out.write('{"entry": [{"a": 0}')
        for number in range(1, 120_000):
            out.write(f',\n{{"a": {number}, "text": "some text that takes a little room"}}')
        out.write("]}")
    sum(1 for _ in items(path, ("entry",)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in items(path, ("entry",))) == 120_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5_000


# -------------------- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ['{"entry": [{"name": "Ynys Môn – ’"}, 2]}', '{"name": "Ynys Môn – ’"}\n{"a": 2}\n'])
def test_encodings_are_told_by_their_mark(tmp_path: Path, encoding: str, text: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path = written(tmp_path, mark + text.encode(encoding))
    assert look(path).form == ("lines" if "\n" in text else "object")
    found = read(path, "entry")
    assert found[0] == Item(1, {"name": "Ynys Môn – ’"})
    assert len(found) == 2


def test_half_a_sign_of_utf_16_at_the_end_is_a_document_that_breaks_off(tmp_path: Path) -> None:
    assert rules(read(written(tmp_path, '{"a": "b"'.encode("utf-16") + b"\x00"))) == ["broken-json"]


def test_bytes_of_windows_1252_are_a_fault_that_names_the_encoding(tmp_path: Path) -> None:
    found = read(written(tmp_path, b'{"entry": [1, {"name": "Caf\xe9"}]}'), "entry")
    assert values(found) == [1, None]
    assert "UTF-8" in found[1].faults[0].hint
    lines = read(written(tmp_path, b'{"a": 1}\n{"name": "Caf\xe9"}\n{"a": 3}\n'))
    assert values(lines) == [{"a": 1}, None, {"a": 3}]


# -------------------- looking


def test_a_look_tells_form_keys_and_plain_values(tmp_path: Path) -> None:
    found = look(written(tmp_path, '{"resourceType": "Bundle", "total": 2, "entry": [{"a": 1}], "link": {"url": "u"}}'))
    assert (found.form, set(found.keys)) == ("object", {"resourceType", "total", "entry", "link"})
    assert found.first["resourceType"] == "Bundle"
    array = look(written(tmp_path, '[{"ocid": "x", "tag": ["a"]}, {"b": 1}]'))
    assert (array.form, set(array.item_keys), array.first["ocid"]) == ("array", {"ocid", "tag"}, "x")
    lines = look(written(tmp_path, '{"id": "1", "n": {}}\n{"z": 1}\n'))
    assert (lines.form, set(lines.keys), lines.first) == ("lines", {"id", "n"}, {"id": "1"})


@pytest.mark.parametrize("text", [b"", b"code,name\nA,B\n", b"\x00\x01\x02", b"PK\x03\x04", b"<xml/>", b"nul"])
def test_a_look_at_what_is_no_json_raises_nothing(tmp_path: Path, text: bytes) -> None:
    path = written(tmp_path, text)
    assert look(path).form == ""


def test_a_look_at_a_hostile_beginning_raises_nothing(tmp_path: Path) -> None:
    assert look(written(tmp_path, "[" * 300_001)).form == "array"
    assert look(written(tmp_path, '{"a": ' + "9" * 5_000 + "}")).form == "object"
    assert look(tmp_path).form == ""
    assert look(tmp_path / "absent.json").form == ""
    assert look(written(tmp_path, "{}", "table.csv")).form == ""


def test_the_head_of_a_package_is_what_stands_before_its_items(tmp_path: Path) -> None:
    path = written(
        tmp_path, '{"uri": "u", "publisher": {"name": "P", "deep": {"x": 1}}, "tags": ["t"], "releases": [{"id": 1}], "late": 2}'
    )
    assert head(path, ("releases",)) == {"uri": "u", "publisher.name": "P"}
    assert head(path) == {"uri": "u", "publisher.name": "P", "late": 2}
    assert head(written(tmp_path, "[1]")) == {}
    assert head(written(tmp_path, '{"uri": "u", "rel')) == {"uri": "u"}


def test_the_head_is_bounded(tmp_path: Path) -> None:
    assert len(head(written(tmp_path, json.dumps({f"k{number}": number for number in range(5_000)})))) == 1_000


def test_an_integer_stays_one_and_a_float_is_a_float(tmp_path: Path) -> None:
    found = values(read(written(tmp_path, "[100062280103, 1.50, -3]")))
    assert [(type(value).__name__, str(value)) for value in found] == [("int", "100062280103"), ("float", "1.5"), ("int", "-3")]
    assert rules(read(written(tmp_path, "[1e400]"))) == ["broken-json"]
