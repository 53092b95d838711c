"""Answers as tables: which lists become rows, what stands in one cell, where a cell leads."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import Any

import pytest

from graphsvc.api.schema.schema import build_schema
from graphsvc.api.table import Table, tables
from graphsvc.api.table_links import end_keys, with_ids
from graphsvc.loading.files.sheets import checked
from graphsvc.model import Model

CONTRACT: dict[str, Any] = {
    "id": "contract/mcp",
    "name": "MCP contract",
    "kind": "GP_CONTRACT",
    "servicesConnection": {
        "totalCount": 2,
        "edges": [
            {
                "node": {
                    "id": "service/a",
                    "name": "Community nursing",
                    "providers": [{"id": "organisation/t", "name": "Trust"}],
                },
                "status": "PLANNED",
                "validFrom": "2019-04-01",
                "claims": [{"source": {"title": "Slides"}, "locator": "slide 3", "confidence": "INFERRED", "status": "IN_FORCE"}],
            },
            {
                "node": {"id": "service/b", "name": "End of life", "providers": []},
                "status": "PLANNED",
                "validFrom": None,
                "claims": [],
            },
        ],
    },
}
EMPTY: dict[str, Any] = {
    "id": "contract/none",
    "name": "Other contract",
    "kind": None,
    "servicesConnection": {"totalCount": 0, "edges": []},
}


def made(model: Model, *contracts: dict[str, Any]) -> Table:
    (table,) = tables({"contracts": list(contracts)}, model)
    return table


def cells(table: Table, label: str) -> list[str]:
    index = [column.label for column in table.columns].index(label)
    return [row[index].text for row in table.rows]


def test_a_connection_unfolds_into_rows_and_its_parent_is_repeated(model: Model) -> None:
    table = made(model, CONTRACT, EMPTY)
    assert [column.label for column in table.columns] == [
        "contracts", "kind", "services", "providers", "status", "valid from", "who says so",
    ]  # fmt: skip
    assert cells(table, "contracts") == ["MCP contract", "MCP contract", "Other contract"]
    assert cells(table, "services") == ["Community nursing", "End of life", ""]
    assert cells(table, "providers") == ["Trust", "", ""]


def test_a_name_leads_to_the_thing_and_terms_read_as_people_say_them(model: Model) -> None:
    table = made(model, CONTRACT)
    assert table.rows[0][0].values == (("MCP contract", "contract/mcp"),)
    assert cells(table, "status") == ["planned", "planned"]
    assert cells(table, "who says so")[0] == "Slides, slide 3, inferred"


def test_headings_that_would_be_shared_say_whose_they_are(model: Model) -> None:
    table = made(model, {"name": "A", "status": "IN_FORCE", "services": [{"name": "S", "status": "PLANNED"}]})
    assert [column.label for column in table.columns] == ["contracts", "status", "services", "services: status"]


def test_a_list_of_names_stays_in_its_cell(model: Model) -> None:
    table = made(model, {"name": "A", "services": [{"name": "S"}, {"name": "T"}, {"name": "S"}]})
    assert cells(table, "services") == ["S; T"]


def test_one_thing_and_no_thing_are_tables_as_well(model: Model) -> None:
    one, none = tables({"contract": {"name": "A"}, "agreement": None}, model)
    assert [row[0].text for row in one.rows] == ["A"]
    assert none.rows == ()
    assert tables(None, model) == []


def test_csv_is_read_back_as_it_was_and_starts_no_formula(model: Model) -> None:
    nasty = '=HYPERLINK("x")\n, "quoted"'
    table = made(model, {"name": nasty, "value": -5, "description": "-5 of them"})
    rows = list(csv.reader(io.StringIO(table.csv(), newline="")))
    assert rows[1] == [f"'{nasty}", "-5", "'-5 of them"]


@pytest.mark.parametrize("sign", "=+-@＝＋－＠\t\r\n")
def test_each_sign_that_begins_a_formula_is_marked_and_the_mark_comes_off_again(model: Model, sign: str) -> None:
    nasty = f"{sign}1+1"
    assert list(csv.reader(io.StringIO(made(model, {"name": nasty}).csv(), newline="")))[1] == [f"'{nasty}"]
    row = checked(2, [f"'{nasty}"])
    assert row is not None
    assert row.cells[0].strip() == unicodedata.normalize("NFC", nasty).strip()


def test_a_question_gains_the_ids_that_it_lacks_and_stays_valid(model: Model) -> None:
    schema = build_schema(model).graphql
    asked = """query Q {
      agreements { name services { id name } servicesConnection { totalCount edges { node { name } } } }
      search(text: "x") { node { name } }
    }"""
    linked = with_ids(asked, schema)
    assert linked.replace(" ", "").replace("\n", "").count("{idname") == 4
    assert linked.count("id\n") == 4
    assert with_ids(linked, schema) == linked


PERIOD: dict[str, Any] = {
    "id": "contract/a",
    "name": "A",
    "validTo": "2021-05-01",
    "until": "2020-01-01",
    "servicesConnection": {
        "edges": [
            {
                "node": {"id": "service/s", "name": "S", "sites": [{"name": "T", "validTo": "2024-03-01"}]},
                "validTo": None,
                "claims": [{"id": "0" * 32, "source": {"title": "Slides"}}],
            }
        ]
    },
}


def test_people_are_told_the_last_day_whatever_the_end_is_called(model: Model) -> None:
    query = "{ contracts { validTo until: validTo servicesConnection { edges { validTo node { sites { validTo } } } } } }"
    (table,) = tables({"contracts": [PERIOD]}, model, end_keys(query))
    shown = dict(zip([column.path for column in table.columns], [cell.text for cell in table.rows[0]], strict=True))
    assert shown["contracts", "validTo"] == "2021-04-30"
    assert shown["contracts", "until"] == "2019-12-31"
    assert shown["contracts", "servicesConnection", "validTo"] == ""
    assert shown["contracts", "servicesConnection", "sites", "validTo"] == "2024-02-29"
    labels = [column.label for column in table.columns]
    assert len(set(labels)) == len(labels)
    assert [label for label in labels if "until" in label] == [label for label in labels if label.endswith("until (last day)")]
    assert "2021-05-01" not in table.csv()


def test_who_says_so_leads_to_the_claim_beside_the_thing_that_it_is_about(model: Model) -> None:
    (table,) = tables({"contracts": [PERIOD]}, model)
    assert [cell.values for cell in table.rows[0]][-1] == (("Slides", f"claim/{'0' * 32}?of=service%2Fs"),)


def test_the_status_of_a_relation_stands_beside_that_of_the_thing(model: Model) -> None:
    def edge(relation: str, thing: str, name: str) -> dict[str, Any]:
        return {"status": relation, "node": {"name": name, "type": "CareModel", "status": thing}}

    stand = ("PLANNED", "IN_FORCE")
    edges = [edge(*pair) for pair in ((*stand, "A"), (*stand[::-1], "B"), (stand[0], stand[0], "C"), (stand[1], stand[1], "D"))]
    # In a cell of its own, gathered: a list before it makes the rows.
    thing = {"name": "X", "services": [{"name": "S", "kind": "OTHER"}], "adoptedBy": {"edges": edges}}
    (table,) = tables({"careModels": [thing]}, model)
    cell = next(cell for column, cell in zip(table.columns, table.rows[0], strict=True) if column.path[-1] == "adoptedBy")
    assert [text for text, _ in cell.values] == [
        "A (relation planned, itself in force, care model)",
        "B (relation in force, itself planned, care model)",
        "C (care model, planned)",
        "D (care model)",
    ]
    # Unfolded into rows: two columns.
    (table,) = tables({"careModels": [{"name": "X", "adoptedBy": {"edges": edges}}]}, model)
    columns = [column.path[-1] for column in table.columns]
    rows = [dict(zip(columns, [cell.text for cell in row], strict=True)) for row in table.rows]
    assert [(row["status"], row["itsStatus"]) for row in rows] == [
        ("planned", "in force"), ("in force", "planned"), ("planned", "planned"), ("in force", "in force")
    ]  # fmt: skip
