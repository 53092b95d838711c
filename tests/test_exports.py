"""What goes out is what came in: RDF by isomorphism, a map through a workbook, on both stores."""

from __future__ import annotations

import re
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from rdflib import Dataset, Graph, URIRef
from rdflib.compare import isomorphic, to_isomorphic
from small_maps import BASE, read, shapes_of, write_map

from graphsvc.errors import UsageError
from graphsvc.exports import About, exporters
from graphsvc.exports.template import write_template
from graphsvc.loading.layout import columns, sheets
from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.provenance import Claim, EntityRecord, Qualifiers
from graphsvc.rdf import Rdf, written
from graphsvc.settings import project_root
from graphsvc.store import Store


def loaded_claims(path: Path, model: Model) -> list[Claim]:
    with read(path, model) as found:
        return [entry.claim for entry in found.context.spool.entries() if not entry.used]


def graphs(dataset: Dataset) -> dict[str, Graph]:
    """The named graphs that hold anything, by name."""
    return {str(graph.identifier): graph for graph in dataset.graphs() if len(graph)}


def assert_same(found: Dataset, wanted: Dataset) -> None:
    one, other = graphs(found), graphs(wanted)
    assert set(one) == set(other)
    for name, graph in one.items():
        assert isomorphic(graph, other[name]), name


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # of its own parsers, in the test only
@pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")
async def test_the_rdf_exported_is_the_rdf_that_was_loaded(store: Store, model: Model, tmp_path: Path) -> None:
    folder = write_map(tmp_path / "small")
    await Loading(store, model, shapes_of(model), BASE).load([folder])
    wanted = Rdf(model, BASE).dataset(loaded_claims(folder, model))
    about = About(model, BASE)
    for form, syntax in (("trig", "trig"), ("nquads", "nquads"), ("jsonld", "json-ld")):
        await exporters()[form].write(form, store.export(), tmp_path / form, about)
        found = Dataset()
        found.parse(data=(tmp_path / form).read_text(encoding="utf-8"), format=syntax)
        assert_same(found, wanted)
    await exporters()["turtle"].write("turtle", store.export(), tmp_path / "turtle", about)
    merged = Graph()
    for subject, predicate, value, _ in wanted.quads():
        merged.add((subject, predicate, value))
    assert to_isomorphic(Graph().parse(data=(tmp_path / "turtle").read_text(encoding="utf-8"), format="turtle")) == to_isomorphic(
        merged
    )


async def test_every_shipped_map_comes_out_as_it_was_loaded(loaded: Store, model: Model, tmp_path: Path) -> None:
    about = About(model, BASE)
    await exporters()["nquads"].write("nquads", loaded.export(), tmp_path / "out.nq", about)
    wanted = tmp_path / "in.nq"
    rdf = Rdf(model, BASE)
    maps = sorted(path for path in (project_root() / "maps").iterdir() if (path / "about.csv").is_file())
    with wanted.open("w", encoding="utf-8") as out:
        for path in maps:
            for claim in loaded_claims(path, model):
                out.writelines(f"{written(s)} {written(p)} {written(o)} {written(g)} .\n" for s, p, o, g in rdf.quads(claim))
    # no blank nodes anywhere: isomorphic means the same set of lines
    found_lines = set((tmp_path / "out.nq").read_text(encoding="utf-8").splitlines())
    wanted_lines = set(wanted.read_text(encoding="utf-8").splitlines())
    assert not any(line.startswith("_:") or " _:" in line.split('"')[0] for line in found_lines)
    assert found_lines == wanted_lines


IRI = r"<(?:[^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"
LITERAL = (
    r'"(?:[^\x22\x5C\x0A\x0D]|\\[tbnrf"\'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*"(?:\^\^'
    + IRI
    + r"|@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*)?"
)
QUAD = re.compile(rf"{IRI} {IRI} (?:{IRI}|{LITERAL})(?: {IRI})? \.")
"""A line of N-Quads, without blank nodes (RDF 1.1 N-Quads, section 5), strictly."""
NASTY = [
    "a\nb", "a\r\nb", "\n", 'ends with "', 'a\n""', '"""', '\\', 'a\\', "\\n", "\\u0041",
    "tab\there", "\x85next line\u2028\u2029",
    "".join(map(chr, range(1, 0x20))), "\x7f\x80\x9f\xa0", "caf\u00e9 \U0001f3e5 \u202e \ufeff",
    "<b>{}|^`</b>", "' . <a> <b> <c> ."
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # of its own parsers, in the test only
@pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")
async def test_texts_of_any_signs_are_valid_in_every_form_and_load_again_as_they_were(model: Model, tmp_path: Path) -> None:
    said = Qualifiers("source/paper", NASTY[0], as_stated=NASTY[3], note=NASTY[4])
    paper = EntityRecord("source/paper", "Source", {"name": "P", "title": NASTY[2] + "P"}, said, "small")
    things = [
        EntityRecord(f"organisation/o{number}", "Organisation", {"name": text, "kind": "OTHER"}, said, "small")
        for number, text in enumerate(NASTY)
    ]
    claims: list[Claim] = [paper, *things]

    async def batches() -> AsyncIterator[list[Claim]]:
        yield claims

    wanted = Rdf(model, BASE).dataset(claims)
    for form, syntax in (("nquads", "nquads"), ("trig", "trig"), ("jsonld", "json-ld")):
        await exporters()[form].write(form, batches(), tmp_path / f"out.{form}", About(model, BASE))
        found = Dataset()
        found.parse(data=(tmp_path / f"out.{form}").read_text(encoding="utf-8"), format=syntax)
        assert_same(found, wanted)
    written_out = tmp_path / "small.nq"
    (tmp_path / "out.nquads").rename(written_out)
    lines = written_out.read_bytes().decode().split("\n")
    assert [line for line in lines[:-1] if not QUAD.fullmatch(line)] == []
    assert written_out.read_text(encoding="utf-8").splitlines() == lines[:-1], "no reader sees another line"
    assert {claim.id for claim in loaded_claims(written_out, model)} == {claim.id for claim in claims}


def test_an_iri_of_odd_signs_is_written_as_one(model: Model) -> None:
    odd = URIRef('http://127.0.0.1/a b<c>"{d}|^`\\\n\x85é')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert re.fullmatch(IRI, written(odd))
    assert written(odd) == "<http://127.0.0.1/a%20b%3Cc%3E%22%7Bd%7D%7C%5E%60%5C%0A%C2%85é>"


@pytest.mark.parametrize("form", ["workbook", "csv"])
async def test_a_map_exported_and_loaded_again_is_the_same_graph(store: Store, model: Model, tmp_path: Path, form: str) -> None:
    folder = write_map(tmp_path / "small")
    how = Loading(store, model, shapes_of(model), BASE)
    await how.load([folder])
    target = tmp_path / "again" / ("small.xlsx" if form == "workbook" else "small")
    target.parent.mkdir()
    await exporters()[form].write(form, store.export(), target, About(model, BASE, "small", "A small map"))
    (outcome,) = await how.load([target])
    assert outcome.state == "same"
    assert outcome.report and outcome.report.findings == ()


async def test_a_shipped_map_through_a_workbook_is_the_same_graph(loaded: Store, model: Model, tmp_path: Path) -> None:
    for path in (project_root() / "maps").iterdir():
        (tmp_path / path.name).symlink_to(path)
    target = tmp_path / "wigan.xlsx"
    await exporters()["workbook"].write("workbook", loaded.export(), target, About(model, BASE, "wigan", "Wigan"))
    assert {claim.id for claim in loaded_claims(target, model)} == {
        claim.id for claim in loaded_claims(project_root() / "maps" / "wigan", model)
    }


async def test_a_shipped_map_exported_to_a_folder_of_its_own_changes_nothing(loaded: Store, model: Model, tmp_path: Path) -> None:
    """The maps that it uses are in the store only: nothing of it is set aside for that."""
    target = tmp_path / "wigan.xlsx"
    await exporters()["workbook"].write("workbook", loaded.export(), target, About(model, BASE, "wigan", "Wigan"))
    (outcome,) = await Loading(loaded, model, shapes_of(model), BASE, dry_run=True).load([target])
    assert outcome.report
    assert [item.rule for item in outcome.report.findings] == ["used-map-missing"]
    assert outcome.difference is None or (outcome.difference.nothing and not outcome.difference.kept)


async def test_a_workbook_is_of_one_map_and_a_file(store: Store, model: Model, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="of one map"):
        await exporters()["workbook"].write("workbook", store.export(), tmp_path / "x.xlsx", About(model, BASE))
    with pytest.raises(UsageError, match="holds nothing"):
        await exporters()["workbook"].write("workbook", store.export(), tmp_path / "x.xlsx", About(model, BASE, "x"))


def test_rdf_goes_back_to_the_claims_it_was_made_of(model: Model, tmp_path: Path) -> None:
    claims = loaded_claims(write_map(tmp_path / "small"), model)
    rdf = Rdf(model, BASE)
    assert {claim.id for claim in rdf.claims(rdf.dataset(claims))} == {claim.id for claim in claims}
    assert list(rdf.claims(rdf.dataset(claims))) == list(rdf.claims(rdf.dataset(reversed(claims))))


def test_the_template_has_the_sheets_and_columns_of_the_model(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "map.xlsx"
    write_template(model, path)
    book = load_workbook(path)
    for name, chosen in sheets(model).items():
        assert [cell.value for cell in book[name][1]] == columns(chosen)
        assert book[name].freeze_panes == "B2"
        assert all(cell.comment and cell.comment.text for cell in book[name][1])
    assert book["_lists"].sheet_state == "hidden"
    listed = {str(rule.sqref).split(":")[0][0] for rule in book["organisations"].data_validations.dataValidation}
    assert listed
    with read(path, model) as found:
        assert {item.rule for item in found.report.findings} == {"no-about"}


def test_the_template_filled_in_can_be_loaded(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "map.xlsx"
    write_template(model, path)
    book = load_workbook(path)
    book["about"]["B2"] = "mine"
    book["sources"].append(["paper", "Paper", *[None] * (columns(sheets(model)["sources"]).index("title") - 2), "A paper"])
    book.save(path)
    with read(path, model) as found:
        assert not [item for item in found.report.findings if item.severity == "violation"]
        assert found.context.dataset == "mine"


def test_no_cell_of_a_workbook_can_become_a_formula(model: Model, tmp_path: Path) -> None:
    from graphsvc.loading.rejects.file import write_xlsx

    write_xlsx(iter([("services", iter([["name"], ["=1+1"], ["@x"], ["-2"], ["＝1+1"], ["＠x"]]))]), tmp_path / "x.xlsx")
    cells = [row[0] for row in load_workbook(tmp_path / "x.xlsx")["services"].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * 5
    assert all(cell.quotePrefix for cell in cells)


def test_the_formats_are_listed_by_their_modules() -> None:
    from graphsvc.cli import main

    result = CliRunner().invoke(main, ["export", "--list"])
    assert result.exit_code == 0
    for form in ("trig", "turtle", "nquads", "jsonld", "workbook", "csv"):
        assert form in result.output
