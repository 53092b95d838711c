"""The workbook loader: a good map goes in whole, each bad input is met with a clear finding, and nothing good is lost."""

from __future__ import annotations

import resource
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook
from small_maps import SHEETS, read, write_map

from graphsvc.errors import InputError
from graphsvc.loading import Finding
from graphsvc.model import Model
from graphsvc.pipeline.intake import save_rejects
from graphsvc.provenance import Claim, EntityRecord

ORGANISATIONS = list(SHEETS["organisations"])
RELATIONS = list(SHEETS["relations"])


def with_rows(sheet: Sequence[Sequence[str]], *rows: Sequence[str]) -> list[Sequence[str]]:
    return [*sheet, *rows]


def findings(path: Path, model: Model) -> tuple[list[Finding], dict[str, Claim]]:
    with read(path, model) as found:
        claims = {entry.claim.id: entry.claim for entry in found.context.spool.entries() if not entry.used}
        return list(found.report.findings), claims


def only(found: list[Finding], rule: str) -> Finding:
    matching = [item for item in found if item.rule == rule]
    assert len(matching) == 1, f"{rule} among {[(item.rule, item.message) for item in found]}"
    assert matching[0].hint, matching[0]
    return matching[0]


def names(claims: dict[str, Claim]) -> set[str]:
    return {claim.entity for claim in claims.values() if isinstance(claim, EntityRecord)}


GOOD = {
    "source/paper",
    "care-system/small",
    "place/small-town",
    "organisation/small-council",
    "organisation/small-trust",
    "service/nursing",
}


def test_a_good_map_has_no_findings(tmp_path: Path, model: Model) -> None:
    found, claims = findings(write_map(tmp_path / "small"), model)
    assert found == []
    assert names(claims) == GOOD
    provided = next(claim for claim in claims.values() if not isinstance(claim, EntityRecord) and claim.relation == "provides")
    assert (provided.subject, provided.object) == ("organisation/small-trust", "service/nursing")
    assert provided.qualifiers.status == "PLANNED"
    assert provided.qualifiers.as_stated == "by July 2019"
    assert provided.qualifiers.valid_to and provided.qualifiers.valid_to.isoformat() == "2019-08-01"


def org(*cells: str, header: Sequence[str] = ("id", "name", "kind", "source", "locator")) -> list[Sequence[str]]:
    return [*[list(header)], ["small-council", "Small Council", "local authority", "paper", "p2"], list(cells)]


@pytest.mark.parametrize(
    ("rule", "column", "value", "hint", "changes"),
    [
        ("missing-id", "id", "", "short name", {"organisations": org("", "No Id", "NHS trust", "paper", "p9")}),
        ("bad-id", "id", "Small Trust", "small-trust", {"organisations": org("Small Trust", "T", "NHS trust", "paper", "p9")}),
        ("missing-source", "source", "", "sources", {"organisations": org("other", "Other", "NHS trust", "", "p9")}),
        ("not-in-list", "kind", "NHS trsut", "NHS trust", {"organisations": org("other", "Other", "NHS trsut", "paper", "p9")}),
        ("duplicate-id", "id", "small-council", "another id",
         {"organisations": org("small-council", "Another", "NHS trust", "paper", "p2")}),
        ("unknown-relation", "relation", "provdes", "provides",
         {"relations": with_rows(RELATIONS, ["small-council", "provdes", "nursing", "paper", "p9"])}),
        ("relation-to-nothing", "object", "nursng", "nursing",
         {"relations": with_rows(RELATIONS, ["small-council", "commissions", "nursng", "paper", "p9"])}),
        ("does-not-fit", "subject", "nursing", "Between these two can stand",
         {"relations": with_rows(RELATIONS, ["nursing", "provides", "small-council", "paper", "p9"])}),
        ("no-date", "start", "some day", "2017-04",
         {"relations": with_rows(RELATIONS, ["small-council", "provides", "nursing", "paper", "p9", "", "some day"])}),
        ("no-date", "start", "2017-02-31", "Mend the day",
         {"relations": with_rows(RELATIONS, ["small-council", "provides", "nursing", "paper", "p9", "", "2017-02-31"])}),
        ("start-after-end", "end", "2016", "Swap",
         {"relations": with_rows(RELATIONS, ["small-council", "provides", "nursing", "paper", "p9", "", "2017", "2016"])}),
        ("not-in-list", "status", "plannned", "planned",
         {"relations": with_rows(RELATIONS, ["small-council", "provides", "nursing", "paper", "p9", "plannned"])}),
    ],
)  # fmt: skip
def test_a_bad_row_is_set_aside_with_its_place_and_a_hint(
    tmp_path: Path,
    model: Model,
    rule: str,
    column: str,
    value: str,
    hint: str,
    changes: dict[str, Sequence[Sequence[str]] | None],
) -> None:
    sheet, rows = next(iter(changes.items()))
    if sheet == "organisations":
        changes = {**changes, "relations": None}
    found, claims = findings(write_map(tmp_path / "small", **changes), model)
    finding = only(found, rule)
    assert (finding.file, finding.row, finding.column, finding.value) == (f"{sheet}.csv", len(rows), column, value)
    assert finding.severity == "violation"
    assert hint in finding.hint
    assert names(claims) >= {"organisation/small-council", "service/nursing"}


@pytest.mark.parametrize(
    ("column", "cell", "hint"),
    [("value", "61,000", "Write 61000"), ("value", "61k", "in full"), ("value", "many", "digits"),
     ("approximate", "roughly", "true or false"),
     ("earliest", "2019-07", "2019-07-01 or 2019-07-31"), ("earliest", "2019-02-31", "Mend the day")],
)  # fmt: skip
def test_a_value_of_the_wrong_datatype_is_refused(tmp_path: Path, model: Model, column: str, cell: str, hint: str) -> None:
    rows = [["id", "name", "measure", column, "observes", "source"], ["obs", "List", "list size", cell, "nursing", "paper"]]
    found, _ = findings(write_map(tmp_path / "small", observations=rows), model)
    finding = next(item for item in found if item.column == column)
    assert finding.value == cell
    assert hint in finding.hint


def test_an_unknown_sheet_is_reported_with_the_nearest(tmp_path: Path, model: Model) -> None:
    found, claims = findings(write_map(tmp_path / "small", organistions=[["id", "name"], ["x", "X"]]), model)
    finding = only(found, "unknown-sheet")
    assert finding.file == "organistions.csv"
    assert "organisations" in finding.hint
    assert names(claims) == GOOD


def test_an_unknown_column_is_reported_once_with_the_nearest_and_the_number_of_its_values(tmp_path: Path, model: Model) -> None:
    rows = [["id", "name", "knid", "source"], ["a", "A", "x", "paper"], ["b", "B", "y", "paper"]]
    found, claims = findings(write_map(tmp_path / "small", services=rows, relations=None), model)
    finding = only(found, "unknown-column")
    assert (finding.column, finding.file) == ("knid", "services.csv")
    assert "2 values" in finding.message
    assert "kind" in finding.hint
    assert {"service/a", "service/b"} <= names(claims)


def test_a_relation_written_as_a_column_is_sent_to_the_sheet_of_relations(tmp_path: Path, model: Model) -> None:
    rows = [["id", "name", "source", "provides"], ["t", "T", "paper", "nursing"]]
    found, _ = findings(write_map(tmp_path / "small", organisations=rows, relations=None), model)
    assert "sheet relations" in only(found, "unknown-column").hint


def test_the_same_row_twice_is_a_warning(tmp_path: Path, model: Model) -> None:
    found, _ = findings(write_map(tmp_path / "small", organisations=with_rows(ORGANISATIONS, ORGANISATIONS[1])), model)
    assert only(found, "row-twice").severity == "warning"


def test_two_sources_may_say_different_things_of_one_thing(tmp_path: Path, model: Model) -> None:
    rows = with_rows(ORGANISATIONS, ["small-council", "Council of Small", "local authority", "small", "paper", "p7", "", "", ""])
    found, claims = findings(write_map(tmp_path / "small", organisations=rows), model)
    assert found == []
    assert sum(isinstance(c, EntityRecord) and c.entity == "organisation/small-council" for c in claims.values()) == 2


def test_cp1252_bytes_set_only_their_row_aside_and_the_rejects_file_has_the_character(tmp_path: Path, model: Model) -> None:
    folder = write_map(tmp_path / "small")
    path = folder / "services.csv"
    path.write_bytes(path.read_bytes() + b"cafe,Caf\xe9,other,small,paper,p9\n")
    with read(folder, model) as found:
        finding = only(list(found.report.findings), "encoding")
        assert (finding.row, finding.column, finding.value) == (3, "name", "Café")
        assert "UTF-8" in finding.hint
        written = save_rejects(found, tmp_path / "rejects")
    assert written
    assert "Café" in (written / "services.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path, model: Model, encoding: str) -> None:
    folder = write_map(tmp_path / "small")
    path = folder / "services.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    found, claims = findings(folder, model)
    assert found == []
    assert names(claims) == GOOD


def test_an_empty_file_is_reported(tmp_path: Path, model: Model) -> None:
    folder = write_map(tmp_path / "small")
    (folder / "teams.csv").write_bytes(b"")
    found, claims = findings(folder, model)
    assert only(found, "empty-file").file == "teams.csv"
    assert names(claims) == GOOD


def test_semicolons_are_recognised(tmp_path: Path, model: Model) -> None:
    folder = write_map(tmp_path / "small")
    (folder / "teams.csv").write_text("id;name;source\nx;X;paper\n")
    found, _ = findings(folder, model)
    assert "CSV UTF-8 (comma delimited)" in only(found, "missing-column").hint


def test_a_quotation_mark_that_is_not_closed_ends_the_file_and_says_where(tmp_path: Path, model: Model) -> None:
    folder = write_map(tmp_path / "small")
    path = folder / "services.csv"
    path.write_text(path.read_text() + 'a,A,other,small,paper,p1\nb,"B,other,small,paper,p1\n')
    found, claims = findings(folder, model)
    assert only(found, "broken-csv").row == 4
    assert "service/a" in names(claims)


def test_rows_drawn_into_a_cell_are_told_and_what_the_store_holds_of_the_sheet_stays(tmp_path: Path, model: Model) -> None:
    folder = write_map(tmp_path / "small")
    path = folder / "services.csv"
    path.write_text(
        path.read_text()
        + 'a,A,other,small,paper,p1\nb,"B,other,small,paper,p1\nc,C",other,small,paper,p1\nd,D,other,small,paper,p1\n'
    )
    found, claims = findings(folder, model)
    assert (only(found, "rows-in-a-cell").row, only(found, "rows-in-a-cell").column) == (4, "name")
    assert {"service/a", "service/d"} <= names(claims)
    assert not {"service/b", "service/c"} & names(claims)


def test_a_cell_of_200_mb_is_refused_in_little_memory(tmp_path: Path, model: Model) -> None:
    folder = write_map(tmp_path / "small")
    with (folder / "services.csv").open("a") as out:
        out.write('big,"')
        for _ in range(200):
            out.write("x" * 1_000_000)
        out.write('",other,small,paper,p1\nafter,After,other,small,paper,p1\n')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, claims = findings(folder, model)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000
    finding = only(found, "cell-too-large")
    assert (finding.file, finding.row) == ("services.csv", 3)
    assert "service/after" in names(claims)


def test_a_cell_over_the_limit_is_refused(tmp_path: Path, model: Model) -> None:
    rows = with_rows(SHEETS["services"], ["big", "x" * 40_000, "other", "small", "paper", "p1"])
    found, _ = findings(write_map(tmp_path / "small", services=rows), model)
    finding = only(found, "cell-too-large")
    assert (finding.row, finding.column) == (3, "name")
    assert len(finding.value) < 200


def test_a_map_without_an_id_is_reported(tmp_path: Path, model: Model) -> None:
    found, _ = findings(write_map(tmp_path / "small", about=None), model)
    assert "id,small" in only(found, "no-about").hint


def test_what_refers_to_a_thing_set_aside_is_set_aside_with_it(tmp_path: Path, model: Model) -> None:
    rows = [ORGANISATIONS[0], ORGANISATIONS[1], ["small-trust", "Small Trust", "no kind", "small", "paper", "p2", "", "", ""]]
    with read(write_map(tmp_path / "small", organisations=rows), model) as found:
        finding = only(list(found.report.findings), "set-aside-with")
        assert (finding.file, finding.row, finding.subject) == ("relations.csv", 3, "organisation/small-trust")
        assert set(found.context.set_aside) == {("organisations.csv", 3), ("relations.csv", 3)}


def test_a_mended_rejects_file_can_be_read_and_its_reasons_are_left_out(tmp_path: Path, model: Model) -> None:
    rows = [ORGANISATIONS[0], ORGANISATIONS[1], ["small-trust", "Small Trust", "no kind", "small", "paper", "p2", "", "", ""]]
    with read(write_map(tmp_path / "small", organisations=rows), model) as found:
        written = save_rejects(found, tmp_path / "rejects")
    assert written
    text = (written / "organisations.csv").read_text()
    assert "rejectReason" in text
    (written / "organisations.csv").write_text(text.replace("no kind", "NHS trust", 1))
    with read(written, model) as found:
        assert found.report.findings == ()
        assert found.context.amends
        assert found.context.dataset == "small"


def test_a_rejects_file_that_still_has_rows_in_error_is_never_overwritten(tmp_path: Path, model: Model) -> None:
    """Its good rows are not published yet when the bad ones are written."""
    rows = [ORGANISATIONS[0], ORGANISATIONS[1], ["small-trust", "Small Trust", "no kind", "small", "paper", "p2", "", "", ""]]
    path, before = write_map(tmp_path / "small", organisations=rows), ""
    for name in ("small", "small-2", "small-3"):
        with read(path, model) as found:
            written = save_rejects(found, tmp_path / "rejects")
        assert written == tmp_path / "rejects" / name
        path, last = written, path
        if before:
            assert (last / "organisations.csv").read_text() == before
        before = (path / "organisations.csv").read_text()
        assert before.count("no kind,") == 1
    (path / "organisations.csv").write_text(before.replace("no kind", "NHS trust", 1))
    with read(path, model) as found:
        assert found.report.findings == ()
        assert found.context.dataset == "small"


def test_a_rejects_file_that_somebody_is_mending_is_left_alone(tmp_path: Path, model: Model) -> None:
    rows = [ORGANISATIONS[0], ORGANISATIONS[1], ["small-trust", "Small Trust", "no kind", "small", "paper", "p2", "", "", ""]]
    path = write_map(tmp_path / "small", organisations=rows)

    def rejected() -> Path | None:
        with read(path, model) as found:
            return save_rejects(found, tmp_path / "rejects")

    first = rejected()
    assert first == tmp_path / "rejects" / "small"
    assert rejected() == first, "the same rows make no second file"
    (first / "organisations.csv").write_text("half mended")
    assert rejected() == tmp_path / "rejects" / "small-2"
    assert (first / "organisations.csv").read_text() == "half mended"


# -- XLSX -----------------------------------------------------------------------------------------------------------------


def workbook() -> Workbook:
    book = Workbook()
    book.remove(book["Sheet"])
    for name, rows in SHEETS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return book


def test_the_xlsx_of_the_same_sheets_makes_the_same_claims(tmp_path: Path, model: Model) -> None:
    book = workbook()
    book.save(tmp_path / "small.xlsx")
    found, claims = findings(tmp_path / "small.xlsx", model)
    assert found == []
    assert set(claims) == set(findings(write_map(tmp_path / "small"), model)[1])


def test_a_formula_in_a_cell_sets_its_row_aside(tmp_path: Path, model: Model) -> None:
    book = workbook()
    book["services"].append(["sum", "=1+1", "other", "small", "paper", "p1"])
    book.save(tmp_path / "small.xlsx")
    found, claims = findings(tmp_path / "small.xlsx", model)
    finding = only(found, "formula")
    assert (finding.file, finding.row, finding.column) == ("small.xlsx, sheet services", 3, "name")
    assert "value" in finding.hint
    assert names(claims) == GOOD


def test_merged_cells_set_the_rows_that_they_touch_aside(tmp_path: Path, model: Model) -> None:
    book = workbook()
    book["services"].append(["one", "One", "other", "small", "paper", "p1"])
    book["services"].append(["two", "Two", "other", "small", "paper", "p1"])
    book["services"].merge_cells("C3:C4")
    book.save(tmp_path / "small.xlsx")
    found, claims = findings(tmp_path / "small.xlsx", model)
    assert {item.row for item in found if item.rule == "merged-cells"} == {3, 4}
    assert "Unmerge" in found[0].hint
    assert names(claims) == GOOD


def test_dates_and_numbers_of_a_spreadsheet_are_read(tmp_path: Path, model: Model) -> None:
    from datetime import datetime

    book = workbook()
    sheet = book.create_sheet("observations")
    sheet.append(["id", "name", "measure", "value", "earliest", "observes", "source", "start"])
    sheet.append(["obs", "List", "list size", 61000, datetime(2019, 7, 31), "nursing", "paper", 2017])
    book.save(tmp_path / "small.xlsx")
    found, claims = findings(tmp_path / "small.xlsx", model)
    assert found == []
    record = next(c for c in claims.values() if isinstance(c, EntityRecord) and c.entity == "observation/obs")
    assert record.values["value"] == 61000.0
    assert record.values["earliest"] == "2019-07-31"
    assert record.qualifiers.edtf == "2017/"


def test_a_workbook_linked_to_others_is_refused(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "small.xlsx"
    workbook().save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<x/>")
    with pytest.raises(InputError, match="linked to other workbooks"):
        findings(path, model)


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "small.xlsx"
    workbook().save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet99.xml", b"0" * 50_000_000)
    with pytest.raises(InputError, match="not safe to open"):
        findings(path, model)


def test_an_endless_cell_of_a_workbook_is_refused_before_it_is_held(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "small.xlsx"
    workbook().save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet99.xml", b"<x>" + b"0" * 3_000_000 + b"</x>")
        archive.writestr("xl/worksheets/sheet98.xml", b"<x>" + b"<c>0123456789</c>" * 300_000 + b"</x>")
    with pytest.raises(InputError, match=r"cell of more than 1,000,000 characters .*sheet99"):
        findings(path, model)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, model: Model, content: bytes) -> None:
    path = tmp_path / "small.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not an XLSX workbook"):
        findings(path, model)


def test_a_file_that_no_loader_knows_is_refused(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("x")
    with pytest.raises(InputError, match="No loader recognises"):
        findings(path, model)
    with pytest.raises(InputError, match="There is no file"):
        findings(tmp_path / "nots.txt", model)
