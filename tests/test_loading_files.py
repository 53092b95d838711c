"""Files of partners as they come: encodings, files that grow, and rows set aside in the layout of their file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphsvc.errors import InputError
from graphsvc.loading import CsvSheet, Finding, items, write_items, write_table, xlsx_sheets
from graphsvc.loading.files.bytes import settled
from graphsvc.loading.files.sheets import MAX_CELL, MAX_LINE
from graphsvc.loading.rejects.directory import write_facts
from graphsvc.loading.release import facts_beside


def _cells(path: Path, **how: Any) -> list[list[str]]:
    return [row.cells for row in CsvSheet(path, **how).rows()]


@pytest.mark.parametrize(
    "raw",
    [
        "Ynys Môn,£30\n".encode(),
        b"\xef\xbb\xbf" + "Ynys Môn,£30\r\n".encode(),
        "Ynys Môn,£30\n".encode("cp1252"),
        "Ynys Môn,£30\n".encode("utf-16"),
    ],
    ids=["utf-8", "byte order mark", "windows-1252", "utf-16"],
)
def test_a_legacy_file_is_read_in_the_encoding_that_it_has(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(raw)
    sheet = CsvSheet(path, legacy=True)
    assert [(row.cells, row.faults) for row in sheet.rows()] == [(["Ynys Môn", "£30"], ())]


def test_letters_saved_in_one_encoding_and_read_in_another_are_told_with_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("plain,fine\nCafé,CafÃ© Â£3\n", encoding="utf-8")
    rows = list(CsvSheet(path).rows())
    (fault,) = rows[1].faults
    assert (rows[1].number, fault.cell, fault.rule, fault.severity) == (2, 1, "mojibake", "warning")
    assert rows[1].cells == ["Café", "CafÃ© Â£3"]  # kept as it stands


@pytest.mark.parametrize(
    ("text", "lines", "kept"),
    [
        ('id,name,code\n1,Ash,A1\n2,"Elm,A2\n3,Fir,A3\n4,Oak",A4\n5,Yew,A5\n', (3, 5), ["1", "5"]),
        ('id,name,code\r\n1,Ash,A1\r\n2,"Elm,A2\r\n3,Fir",A3\r\n5,Yew,A5\r\n', (3, 4), ["1", "5"]),
        ('id,name,code\n1,Ash,A1\n"2,Elm,A2\n3,Fir,A3\n4,Oak,A4"\n5,Yew,A5\n', (3, 5), ["1", "5"]),
        ('id,name,code\n1,"a\ntext",A1\n2,"Elm,A2\n\n3,Fir,A3\n4,Oak,A4\n5,Yew,",A5\n6,Bay,A6\n', (4, 8), ["1", "6"]),
        ('id;name;code\n1;Ash;A1\n2;"Elm, the;A2\n3;Fir";A3\n', (3, 4), ["1"]),
        ('id\tname\n1\tAsh\n2\t"Elm\n3\tFir\n4\tOak"\n', (3, 5), ["1"]),
    ],
)
def test_rows_drawn_into_a_cell_by_a_quotation_mark_are_told_with_their_lines(
    tmp_path: Path, text: str, lines: tuple[int, int], kept: list[str]
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode())
    rows = list(CsvSheet(path, delimiter=next(sign for sign in ";\t," if sign in text.splitlines()[0])).rows())
    assert [row.cells[0] for row in rows[1:] if not row.faults] == kept
    (fault,) = [fault for row in rows for fault in row.faults]
    assert (fault.rule, fault.severity, fault.value, fault.fatal) == ("rows-in-a-cell", "violation", "", False)
    assert f"begins in line {lines[0]} of the file and ends in line {lines[1]}" in fault.message


def test_a_header_that_draws_in_rows_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('id,"name,code\n1,Ash,A1\n2,Elm",A2\n')
    assert [fault.fatal for row in CsvSheet(path).rows() for fault in row.faults] == [True]


@pytest.mark.parametrize(
    "cell",
    [
        "1 High Street,\nMarket Town,\nKent",
        "Flat 2,1 High Street\nMarket Town,Kent",
        "Open daily.\n\nClosed on Sundays, and on bank holidays, too.",
        "- beds, chairs, tables\n- lamps, rugs, beds\n- tea, coffee, milk",
        "One line\n",
    ],
)
def test_a_text_of_several_lines_is_one_cell(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f'id,text,code\n1,plain,A1\n2,"{cell}",A2\n3,"{cell}",A3\n')
    assert [(row.cells[0], row.faults) for row in CsvSheet(path).rows()] == [("id", ()), ("1", ()), ("2", ()), ("3", ())]


def test_another_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "hospitals.csv"
    path.write_bytes("RL4¬New Cross\n".encode("cp1252"))
    assert _cells(path, delimiter="¬", legacy=True) == [["RL4", "New Cross"]]


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "growing.csv"
    path.write_text("a,b\n" * 10)
    stream = settled(path)
    stream.read(4)
    with path.open("a") as more:
        more.write("c,d\n" * 1000)
    with pytest.raises(InputError, match=r"growing\.csv changed while it was read"):
        while stream.read(4096):
            pass
    stream.close()


def _wrong(row: int, file: str = "list.csv") -> dict[tuple[str, int], list[Finding]]:
    return {(file, row): [Finding("violation", "bad", "The code is none.", "Look it up.", "", file, row, "code", "?")]}


def test_rejects_of_a_table_keep_its_preamble_and_header_and_tell_why(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Directory of 1 May\ncode,name\nA1,Mill Lane\n??,=2+3\n")
    written = write_table(path, [CsvSheet(path)], _wrong(4), tmp_path / "rejects", header=2)
    assert written is not None
    assert written.read_text() == (
        "Directory of 1 May\ncode,name,rejectReason,rejectHint\n??,'=2+3,code: The code is none.,Look it up.\n"
    )
    assert _cells(written)[-1][:2] == ["??", "=2+3"]  # the mark against formulas is taken off again


def test_rejects_of_a_table_without_a_header_have_none(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("A1,Mill Lane,\n??,Park,\n")
    written = write_table(path, [CsvSheet(path)], _wrong(2), tmp_path / "rejects", header=0, width=3)
    assert written is not None
    assert written.read_text() == "??,Park,,code: The code is none.,Look it up.\n"


def test_rejects_that_somebody_may_be_mending_are_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("A1,Mill Lane\n??,Park\n")
    folder = tmp_path / "rejects"
    first = write_table(path, [CsvSheet(path)], _wrong(2), folder, header=0)
    again = write_table(path, [CsvSheet(path)], _wrong(2), folder, header=0)
    other = write_table(path, [CsvSheet(path)], _wrong(1), folder, header=0)
    assert first == again == folder / "list.csv"
    assert other == folder / "list-2.csv"


def test_nothing_set_aside_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("A1,Mill Lane\n")
    assert write_table(path, [CsvSheet(path)], {}, tmp_path / "rejects", header=0) is None
    assert list((tmp_path / "rejects").iterdir()) == []


def test_rejects_of_a_workbook_are_a_workbook_of_texts(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "list.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Practices"
    page.append(["code", "name"])
    page.append(["012", "-1+2"])
    book.save(path)
    sheets = xlsx_sheets(path)
    written = write_table(path, sheets, _wrong(2, sheets[0].file), tmp_path / "rejects", header=1)
    assert written is not None and written.suffix == ".xlsx"
    (sheet,) = xlsx_sheets(written)
    assert [row.cells[:2] for row in sheet.rows()] == [["code", "name"], ["012", "-1+2"]]
    assert [row.faults for row in sheet.rows()] == [(), ()]


def test_rejects_of_json_are_its_items_as_lines_with_the_reasons(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"services": [{"id": "1"}, {"id": "", "name": "é"}]}))
    found = items(path, ["services"])
    written = write_items(path, found, _wrong(2, "list.json"), tmp_path / "rejects")
    assert written is not None and written.suffix == ".jsonl"
    (line,) = [json.loads(text) for text in written.read_text().splitlines()]
    assert line == {"id": "", "name": "é", "rejectReason": "code: The code is none.", "rejectHint": "Look it up."}


def test_beside_a_rejects_file_stands_what_it_amends(tmp_path: Path) -> None:
    written = tmp_path / "list.csv"
    written.write_text("x\n")
    write_facts(written, "ods-epraccur", "2026-02")
    facts = facts_beside(written)
    assert (facts.amends, facts.released) == ("ods-epraccur", "2026-02")


@pytest.mark.parametrize("length", [MAX_CELL + 1, 131_073, 200_000, MAX_LINE - 100])
@pytest.mark.parametrize("quote", ['"', ""])
def test_one_cell_that_is_too_long_sets_its_own_row_aside_and_the_rest_is_read(tmp_path: Path, length: int, quote: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"ref,notes\n1,{quote}{'x' * length}{quote}\n2,short\n")
    rows = list(CsvSheet(path).rows())
    assert [[fault.rule for fault in row.faults] for row in rows] == [[], ["cell-too-large"], []]
    assert rows[-1].cells == ["2", "short"]
