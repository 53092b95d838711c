"""Tables with a mapping: what a mapping may say, what is refused, and lists as councils publish them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from reading_files import Loaded, claims_of, module_of

from graphsvc.cli import main
from graphsvc.errors import InputError
from graphsvc.loading import loader_for
from graphsvc.loading.files.table_file import open_table
from graphsvc.loading.mapping.column_guess import guess
from graphsvc.loading.mapping.document import MappingError, mapping_beside, read_mapping
from graphsvc.loading.mapping.draft import draft
from graphsvc.loading.persons.text import without_persons
from graphsvc.model import Model
from graphsvc.provenance import EntityRecord

HERE = Path(__file__).parent / "table"
LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
ORGANISATION = """
[[things]]
class = "Organisation"
scheme = "ods"
key = "code"
[things.properties]
name = "name"
"""


def table(folder: Path, rows: str, mapping: str = ORGANISATION, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(rows.encode(encoding))
    mapping_beside(path).write_text(mapping, encoding="utf-8")
    return path


def problems(folder: Path, mapping: str, model: Model) -> list[str]:
    path = table(folder, "code,name\n", mapping)
    with pytest.raises(MappingError) as refused:
        read_mapping(mapping_beside(path), model)
    return [f"{item.where}: {item.message} {item.hint}" for item in refused.value.problems]


def values(found: Loaded, class_name: str) -> list[dict[str, object]]:
    return [dict(record.values) for record in found.records(class_name)]


# -- what a mapping may say -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('class = "Organization"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"', "Did you mean Organisation"),
        (
            'class = "Area"\nscheme = "gss"\nkey = "code"\nproperties.name = "name"',
            "Choose one of CareSystem, Place, Neighbourhood",
        ),
        ('class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.nmae = "name"', "Did you mean name"),
        ('class = "Organisation"\nscheme = "ods"\nkey = "code"', "Nothing gives the name that every organisation has."),
        ('class = "Organisation"\nscheme = "ods"\nkye = "code"\nproperties.name = "name"', "Did you mean key?"),
        ('class = "Organisation"\nkey = "code"\nproperties.name = "name"', "It does not say whose codes its keys are."),
        ('class = "Organisation"\nscheme = "ods"\nproperties.name = "name"', "It has no key"),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\n'
            'properties.kind = { value = "pharmcy" }',
            "Did you mean pharmacy",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\n'
            'properties.kind = { column = "k", map = { X = "care hom" } }',
            "Did you mean care home",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = { column = "name", as = "uper" }',
            "Did you mean upper?",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\n'
            'properties.legalStart = { column = "d", as = "date:dd/mm/yyy" }',
            "Did you mean dd/mm/yyyy",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = { column = "code", as = "digits-left-pad" }\nproperties.name = "name"',
            "Write digits-left-pad:3.",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\nstatus = { value = "in forse" }',
            "Did you mean in force?",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\nproperties.locatedAt = "x"',
            "locatedAt is a relation: put it under relations.",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\n'
            '[[things.relations]]\nrelation = "locatedAtt"\nto = "site"',
            "Did you mean locatedAt",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\n'
            '[[things.relations]]\nrelation = "locatedAt"\nclass = "Service"\nscheme = "x"\nkey = "code"',
            "locatedAt leads to a Site, and Service is none.",
        ),
        (
            'class = "Organisation"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\n'
            '[[things.relations]]\nrelation = "locatedAt"\nto = "sitee"\n'
            '[[things]]\nas = "site"\nclass = "Site"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"',
            "Did you mean site?",
        ),
    ],
)
def test_what_means_nothing_is_named_with_what_was_probably_meant(said: str, expected: str, tmp_path: Path, model: Model) -> None:
    assert any(expected in problem for problem in problems(tmp_path, f"[[things]]\n{said}\n", model))


def test_all_problems_of_a_mapping_are_found_at_once(tmp_path: Path, model: Model) -> None:
    said = '[fiel]\n[withhold]\nphone = "telefone number"\n[ignore]\nx = ""\n[[things]]\nclass = "Organisation"\n'
    assert len(problems(tmp_path, said, model)) >= 5


def test_a_mapping_that_is_no_toml_is_refused_with_its_line(tmp_path: Path, load_only: LoadOnly) -> None:
    path = table(tmp_path, "code,name\n", "[[things]\n")
    with pytest.raises(InputError, match=r"not well-formed TOML.*line 1"), load_only(path):
        pass


def test_a_column_that_is_not_there_is_refused_with_the_one_that_is_like_it(tmp_path: Path, load_only: LoadOnly) -> None:
    path = table(tmp_path, "Code,name\nA81001,Park Surgery\n")
    with pytest.raises(InputError, match="has no column code") as refused, load_only(path):
        pass
    assert "Did you mean Code?" in refused.value.hint


def test_a_column_that_nobody_speaks_of_is_reported_and_counted(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(table(tmp_path, "code,name,beds\nA81001,Park Surgery,4\nA81002,Mill Surgery,5\n")) as found:
        assert found.context.ledger.reported == {"beds": 2}
        assert [item.column for item in found.context.findings if item.rule == "not-handled"] == ["beds"]


def test_steps_splitting_joining_constants_and_labels(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = """
[file]
null = ["NA", "-"]
[[things]]
class = "Organisation"
scheme = "ods"
key = { column = "code", as = "upper" }
start = { column = "opened", as = "date:dd mmm yyyy" }
end = "closed"
status = { column = "state", map = { "shut" = "ended", "open" = "in force" } }
[things.properties]
name = { column = "name", as = "trim" }
alternativeName = { column = "also", split = ";" }
address = { columns = ["street", "town"], join = ", " }
identifier = { column = "la", as = ["digits-left-pad:3", "prefix:LA:"] }
kind = { value = "GP practice" }
postcode = "postcode"
"""
    rows = (
        "code,name,opened,closed,state,also,street,town,la,postcode\n"
        "a81001,Park   Surgery,01 Feb 2013,20200331,shut,The Park; -;Park,1 Mill Lane,NA,12,wa141aa\n"
    )
    with load_only(table(tmp_path, rows, mapping)) as found:
        (record,) = found.records("Organisation")
    assert record.entity == "organisation/ods-a81001"
    assert record.values == {
        "name": "Park Surgery", "alternativeName": ("Park", "The Park"), "address": "1 Mill Lane", "identifier": ("LA:012",),
        "kind": "GP_PRACTICE", "odsCode": "A81001", "postcode": "WA14 1AA",
    }  # fmt: skip
    said = record.qualifiers
    assert (said.status, str(said.valid_from), str(said.valid_to), said.locator) == (
        "ENDED",
        "2013-02-01",
        "2020-04-01",
        "A81001",
    )


def test_a_value_that_the_map_does_not_know_never_goes_in_as_text(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = ORGANISATION + 'kind = { column = "kind", map = { "Home" = "care home" } }\n'
    with load_only(table(tmp_path, "code,name,kind\nA1,Park House,HOME\nA2,Mill House,Hotel\n", mapping)) as found:
        assert {record.values["odsCode"]: record.values.get("kind") for record in found.records("Organisation")} == {
            "A1": "CARE_HOME",
            "A2": None,
        }
        assert found.rules()["unknown-code"] == 1


def test_relations_by_several_keys_make_stubs_that_overwrite_nothing(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = ORGANISATION + '[[things.relations]]\nrelation = "memberOf"\nclass = "Organisation"\nscheme = "ods"\n'
    mapping += 'key = { column = "pcns", split = "|" }\n'
    with load_only(table(tmp_path, "code,name,pcns\nA1,Park Surgery,U1|U2\nA2,Mill Surgery,bad code\n", mapping)) as found:
        assert [claim.object for claim in found.relations()].count("organisation/ods-u1") == 1
        stubs = [c for c in claims_of(found.context) if isinstance(c, EntityRecord) and c.values.get("referenceOnly")]
        assert sorted(stub.entity for stub in stubs) == ["organisation/ods-u1", "organisation/ods-u2"]
        assert found.rules()["bad-code"] == 1


def test_a_thing_that_is_optional_may_lack_its_key(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = (
        ORGANISATION + '[[things]]\nas = "owner"\nclass = "Organisation"\nscheme = "owner"\nkey = "owner"\noptional = true\n'
    )
    mapping += 'properties.name = "owner"\n'
    with load_only(table(tmp_path, "code,name,owner\nA1,Park House,Example Care Limited\nA2,Mill House,\n", mapping)) as found:
        assert len(list(found.records("Organisation"))) == 3
        assert not found.context.set_aside


# -- rows ---------------------------------------------------------------------------------------------------------------------


def test_a_row_said_twice_is_told_and_a_row_that_contradicts_is_set_aside(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = "code,name\nA1,Park House\nA1,Park House\nA1,Park Home\n"
    with load_only(table(tmp_path, rows)) as found:
        assert [record.values["name"] for record in found.records("Organisation")] == ["Park House"]
        assert [(item.rule, item.row) for item in found.context.findings if item.row] == [
            ("repeated-row", 3),
            ("key-repeated", 4),
        ]
        assert list(found.context.set_aside) == [("list.csv", 4)]


def test_a_key_that_is_no_code_or_is_missing_sets_its_row_aside(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(table(tmp_path, "code,name\n,Nameless\nsmall letters,Park House\n")) as found:
        assert {key[1]: rules[0].rule for key, rules in found.context.set_aside.items()} == {2: "missing-key", 3: "bad-code"}


def test_what_is_wrong_in_one_cell_is_left_out_and_told_once(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = ORGANISATION + 'postcode = "postcode"\nwebsite = "site"\nlegalStart = "since"\n'
    mapping += (
        '[[things]]\nclass = "Site"\nscheme = "ods"\nkey = "code"\nproperties.name = "name"\nproperties.postcode = "postcode"\n'
    )
    with load_only(table(tmp_path, "code,name,postcode,site,since\nA1,Park House,WA154 1HF,example.org,May\n", mapping)) as found:
        assert values(found, "Organisation") == [{"name": "Park House", "odsCode": "A1"}]
        assert {rule: count for rule, count in found.rules().items() if rule.startswith(("bad", "not"))} == {
            "bad-postcode": 1, "bad-web-address": 1, "not-a-day": 1,
        }  # fmt: skip


def test_a_coordinate_of_fifteen_digits_is_kept(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = '[[things]]\nclass = "Site"\nscheme = "x"\nkey = "code"\nproperties.name = "name"\nproperties.latitude = "lat"\n'
    with load_only(table(tmp_path, "code,name,lat\nA1,Park House,51.279998779296875\n", mapping)) as found:
        assert values(found, "Site")[0]["latitude"] == pytest.approx(51.2799987793, abs=1e-9)


# -- persons ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("telephone", ["1", "2"]),
        ("call", ["01632 960001", "01632 960002"]),
        ("number", ["1632960001", "1632960002"]),
        ("write to", ["someone@example.org", "another@example.org"]),
        ("Registered manager", ["Alex Example", "Sam Example"]),
        ("who", ["Dr A Example", "Mrs B Sample"]),
    ],
)
def test_a_column_about_persons_cannot_be_read_into_the_graph(
    column: str, cells: list[str], tmp_path: Path, load_only: LoadOnly
) -> None:
    rows = f"code,name,{column}\n" + "".join(f"A{number},House {number},{cell}\n" for number, cell in enumerate(cells))
    path = table(tmp_path, rows, ORGANISATION + f'description = "{column}"\n')
    with pytest.raises(InputError, match="reads columns about persons") as refused, load_only(path):
        pass
    assert f'"{column}" = ' in refused.value.hint
    assert not any(cell in f"{refused.value}" for cell in cells if len(cell) > 2)


def test_a_name_of_a_person_is_in_no_name_no_id_and_no_locator(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = '[[things]]\nclass = "Organisation"\nscheme = "dentist"\nkey = ["name", "postcode"]\nproperties.name = "name"\n'
    with load_only(table(tmp_path, "name,postcode\nDR A EXAMPLE,WA14 1AA\nPark Dental Practice,WA14 1AA\n", mapping)) as found:
        text = repr([(claim, claim.id) for claim in claims_of(found.context)]).casefold()
        assert "a example" not in text
        assert "a-example" not in text
        assert "park dental practice, wa14 1aa" in text
        assert found.context.ledger.withheld == {"name of a person": 1}


def test_withheld_columns_are_counted_and_those_that_hold_nothing_are_not(tmp_path: Path, load_only: LoadOnly) -> None:
    mapping = '[file]\nnull = ["NA"]\n[withhold]\ntelephone = "telephone number"\n' + ORGANISATION
    with load_only(table(tmp_path, "code,name,telephone\nA1,Park House,1632960001\nA2,Mill House,NA\n", mapping)) as found:
        assert found.context.ledger.withheld == {"telephone number": 1}


# -- files as they come -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "¬"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings_are_seen_from_the_file(
    delimiter: str, encoding: str, tmp_path: Path, load_only: LoadOnly
) -> None:
    rows = "code,name\r\nA1,Café House\r\nA2,Mill House\r\n".replace(",", delimiter)
    with load_only(table(tmp_path, rows, encoding=encoding)) as found:
        assert {str(item["name"]) for item in values(found, "Organisation")} == {"Café House", "Mill House"}


def test_titles_above_the_header_are_passed_over(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(
        table(tmp_path, 'Directory of homes,,\n,,\n"Made on 16 September 2026",,\ncode,name,\nA1,Park House,\n')
    ) as found:
        assert [claim.origin.row for claim in found.records("Organisation") if claim.origin] == [5]


def test_headers_are_read_on_one_line_and_each_once(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = '"code ",name,name,"two\nlines"\nA1,Park House,The Park,x\n'
    mapping = '[ignore]\n"two lines" = "not needed"\n' + ORGANISATION + 'alternativeName = "name (2)"\n'
    with load_only(table(tmp_path, rows, mapping)) as found:
        assert values(found, "Organisation") == [{"name": "Park House", "alternativeName": ("The Park",), "odsCode": "A1"}]


def test_a_table_without_a_header_has_its_columns_named_by_the_mapping(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(
        table(tmp_path, "A1,Park House\nA2,Mill House\n", '[file]\ncolumns = ["code", "name"]\n' + ORGANISATION)
    ) as found:
        assert len(values(found, "Organisation")) == 2


def test_a_row_with_cells_beyond_the_header_is_set_aside(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(table(tmp_path, "code,name\nA1,Park House,more\n")) as found:
        assert found.rules()["row-too-long"] == 1


def workbook(path: Path, *, merged: bool = False, formula: bool = False) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "List"
    for row in (["A list of homes"], [], ["code", "name"], ["A1", "Park House"], ["A2", "Mill House"]):
        sheet.append(row)
    if formula:
        sheet["B5"] = "=VLOOKUP(A5,X:Y,2)"
    if merged:
        sheet.merge_cells("A4:A5")
    hidden = book.create_sheet("Old")
    hidden.append(["code", "name"])
    hidden.sheet_state = "hidden"
    book.save(path)
    mapping_beside(path).write_text(ORGANISATION, encoding="utf-8")
    return path


def test_a_workbook_sheet_is_read_and_the_hidden_one_is_told(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(workbook(tmp_path / "list.xlsx")) as found:
        assert len(values(found, "Organisation")) == 2
        assert found.rules()["hidden-sheet"] == 1


def test_formulas_and_merged_cells_set_their_rows_aside(tmp_path: Path, load_only: LoadOnly) -> None:
    with load_only(workbook(tmp_path / "list.xlsx", merged=True, formula=True)) as found:
        assert {rule: found.rules()[rule] for rule in ("formula", "merged-cells")} == {"formula": 1, "merged-cells": 2}
        assert values(found, "Organisation") == []


def test_of_several_sheets_the_mapping_must_name_one(tmp_path: Path, load_only: LoadOnly) -> None:
    path = workbook(tmp_path / "list.xlsx")
    book = Workbook()
    for name in ("One", "Two"):
        book.create_sheet(name).append(["code", "name"])
    book.remove(book.worksheets[0])
    book.save(path)
    with pytest.raises(InputError, match="has 2 sheets: One, Two"), load_only(path):
        pass
    mapping_beside(path).write_text(f'[file]\nsheet = "Tow"\n{ORGANISATION}', encoding="utf-8")
    with pytest.raises(InputError, match="no sheet 'Tow'") as refused, load_only(path):
        pass
    assert refused.value.hint == "Did you mean Two?"


def test_hostile_cells_are_faults_of_their_rows(tmp_path: Path, load_only: LoadOnly) -> None:
    rows = f"code,name\nA1,{'x' * 40_000}\nA2,Bad\x07Bell\nA3,Mill House\n"
    with load_only(table(tmp_path, rows)) as found:
        assert {rules[0].rule for rules in found.context.set_aside.values()} == {"cell-too-large", "control-character"}
        assert [item["name"] for item in values(found, "Organisation")] == ["Mill House"]


# -- which loader -------------------------------------------------------------------------------------------------------------


def test_a_table_that_nobody_knows_is_refused_with_how_to_draft_a_mapping(tmp_path: Path) -> None:
    path = table(tmp_path, "code,name\n")
    mapping_beside(path).unlink()
    with pytest.raises(InputError) as refused:
        loader_for(path)
    assert "`graphsvc mapping list.csv` drafts a mapping" in refused.value.hint


def test_a_workbook_that_is_no_map_is_refused_with_both_possibilities(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx")
    mapping_beside(path).unlink()
    with pytest.raises(InputError) as refused:
        loader_for(path)
    assert "`graphsvc mapping list.xlsx` drafts a mapping" in refused.value.hint
    assert "sheet about" in refused.value.hint


def test_a_folder_of_tables_that_is_no_map_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    table(tmp_path / "lists", "code,name\n")
    with pytest.raises(InputError) as refused:
        loader_for(tmp_path / "lists")
    assert "about.csv" in refused.value.hint


# -- drafts -------------------------------------------------------------------------------------------------------------------

SAMPLES = sorted(HERE.glob("*/*.csv"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_draft_can_be_loaded_as_it_stands_and_shows_no_person(
    path: Path, tmp_path: Path, model: Model, load_only: LoadOnly
) -> None:
    copy = Path(shutil.copy(path, tmp_path))
    text = draft(copy, open_table(copy), model)
    assert without_persons(text)[1] == Counter()
    assert "1632960" not in text
    mapping_beside(copy).write_text(text, encoding="utf-8")
    read_mapping(mapping_beside(copy), model)
    with load_only(copy) as found:
        assert len(list(found.records())) > 2


def test_a_draft_says_how_sure_it_is(tmp_path: Path, model: Model) -> None:
    path = HERE / "pharmacies" / "pharmacies.csv"
    text = draft(path, open_table(path), model)
    assert 'key = "organisation_data_service_code"' in text
    assert 'scheme = "ods"' in text
    assert 'kind = { value = "pharmacy" }  # a guess' in text
    assert 'labels = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]' in text


@pytest.mark.parametrize(
    ("column", "cells", "role"),
    [
        ("Organisation Code", ["A81001", "B83033"], "ods"),
        ("CQC Location ID", ["1-466088203", "1-1938268568"], "cqc"),
        ("LA", ["E08000009", "E08000003"], "gss"),
        ("area", ["E0800009", "E08000010"], "gss"),
        ("pc", ["WA14 1AA", "M41 5BU"], "postcode"),
        ("lng", ["-2.365264", "-2.341537"], "longitude"),
        ("when", ["27/02/2026", "01/03/2026"], "date"),
        ("web", ["https://example.org", "www.example.org"], "website"),
        ("Fax", ["1", "2"], "withhold"),
        ("x", ["01632 960001", "01632 960002"], "withhold"),
        ("nominatedIndividual", ["A", "B"], "withhold"),
        ("colour", ["red", "blue"], "unknown"),
    ],
)
def test_guesses(column: str, cells: list[str], role: str) -> None:
    assert guess(column, cells).role == role


def test_the_command_drafts_writes_and_checks(tmp_path: Path) -> None:
    path = table(tmp_path, "code,name,beds\nA81001,Park Surgery,4\nB83033,Mill Surgery,5\n")
    mapping_beside(path).unlink()
    runner = CliRunner()
    printed = runner.invoke(main, ["mapping", str(path)])
    assert printed.exit_code == 0
    assert not mapping_beside(path).exists()
    written = runner.invoke(main, ["mapping", str(path), "--write"])
    assert written.exit_code == 0
    assert mapping_beside(path).read_text() == printed.stdout
    again = runner.invoke(main, ["mapping", str(path), "--write"])
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    checked = runner.invoke(main, ["mapping", str(path), "--check"])
    assert checked.exit_code == 0, checked.output
    assert "beds: NOTHING is done with it" in checked.stdout
    mapping_beside(path).write_text(ORGANISATION.replace("Organisation", "Organization"), encoding="utf-8")
    bad = runner.invoke(main, ["mapping", str(path), "--check"])
    assert bad.exit_code == 1
    assert "Did you mean Organisation" in bad.stdout


# -- real lists ---------------------------------------------------------------------------------------------------------------

REAL = "service_lists/trafford"
REPEATED = {"repeated-row": 10, "key-repeated": 8}
BAD_POSTCODE = {"bad-postcode": 1}


@pytest.mark.parametrize(
    ("real", "sample", "records", "rules", "withheld", "aside"),
    [
        ("care_homes/trafford_care_homes.csv", "care_homes", {"Organisation": 102, "Site": 56, "Category": 4}, {}, 54, 0),
        ("dentists/gm_dentists.csv", "dentists", {"Organisation": 521, "Category": 14}, REPEATED, 508, 8),
        ("general_practice/trafford_general_practices.csv", "practices", {"Organisation": 26, "Site": 26}, {}, 26, 0),
        ("mental_health/raw/mental_health_services_RAW.csv", "mental_health", {"Service": 60, "Site": 53}, BAD_POSTCODE, 60, 0),
        ("pharmacies/trafford_pharmacies.csv", "pharmacies", {"Organisation": 57, "Service": 57, "Site": 57}, {}, 0, 0),
    ],
)  # fmt: skip
def test_the_lists_of_trafford(
    real: str, sample: str, records: dict[str, int], rules: dict[str, int], withheld: int, aside: int,
    tmp_path: Path, load_only: LoadOnly, real_data: Callable[[str], Path],
) -> None:  # fmt: skip
    path = Path(shutil.copy(real_data(f"{REAL}/{real}"), tmp_path))
    shutil.copy(next((HERE / sample).glob("*.map.toml")), mapping_beside(path))
    with load_only(path) as found:
        counts = Counter(record.class_name for record in found.records())
        assert {name: counts[name] for name in records} == records
        assert {rule: found.rules()[rule] for rule in ("bad-postcode", "repeated-row", "key-repeated", "wrong-datatype")} == {
            "bad-postcode": 0, "repeated-row": 0, "key-repeated": 0, "wrong-datatype": 0, **rules,
        }  # fmt: skip
        assert found.context.ledger.withheld["telephone number"] == withheld
        assert not found.context.ledger.reported
        assert len(found.context.set_aside) == aside


def test_an_impossible_postcode_is_told_and_its_address_kept(
    tmp_path: Path, load_only: LoadOnly, real_data: Callable[[str], Path]
) -> None:
    path = Path(shutil.copy(real_data("bad_input/bad_postcode_and_pound_sign_services.csv"), tmp_path))
    shutil.copy(next((HERE / "mental_health").glob("*.map.toml")), mapping_beside(path))
    with load_only(path) as found:
        assert found.rules()["bad-postcode"] == 1
        assert any("£30" in str(record.values.get("description")) for record in found.records("Service"))


def test_drafts_of_the_lists_of_trafford_load(
    tmp_path: Path, model: Model, load_only: LoadOnly, real_data: Callable[[str], Path]
) -> None:
    for real in sorted(real_data(REAL).rglob("*.csv")):
        path = Path(shutil.copy(real, tmp_path))
        mapping_beside(path).write_text(draft(path, open_table(path), model), encoding="utf-8")
        with load_only(path) as found:
            assert len(list(found.records())) > 20, real.name
            records = [claim for claim in claims_of(found.context) if isinstance(claim, EntityRecord)]
            texts = {text for claim in records for text in claim.values.values() if isinstance(text, str)}
            assert len(texts) > 20
            assert not [text for text in texts if without_persons(text)[1]]


def test_a_mapping_beside_a_file_goes_before_what_its_name_says(tmp_path: Path) -> None:
    """A file called as an ODS report is, with other columns in it, is read by its mapping and not refused for its name."""
    path = tmp_path / "epraccur.csv"
    path.write_text("code,name\nY00001,Park Surgery\n")
    assert module_of(path) == "loaders.ods_csv"
    path.with_name("epraccur.csv.map.toml").write_text("")
    assert module_of(path) == "loaders.table"
