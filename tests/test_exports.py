"""What goes out is what came in: RDF by isomorphism, a map through a workbook, on both stores."""

from __future__ import annotations

import re
import warnings
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from rdflib import DCTERMS, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from small_maps import BASE, SHEETS, read, shapes_of, write_map
from store_claims import publish

from graphsvc.errors import UsageError
from graphsvc.exports import About, exporters
from graphsvc.exports.template import write_template
from graphsvc.loading.layout import columns, sheets
from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.provenance import TRUE_NOW, Claim, EntityRecord, Qualifiers
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


QUIET = (
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),  # of its own parsers, in the test only
    pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning"),
)
SYNTAXES = {"trig": "trig", "nquads": "nquads", "jsonld": "json-ld", "turtle": "turtle"}
ENDINGS = {"trig": "trig", "nquads": "nq", "jsonld": "jsonld", "turtle": "ttl"}


def quiet(test: Callable[..., Any]) -> Callable[..., Any]:
    for mark in QUIET:
        test = mark(test)
    return test


async def written_as(form: str, store: Store, model: Model, target: Path, day: str = "2017-06-01", **about: Any) -> Dataset:
    """The export of a store, read by rdflib."""
    await exporters()[form].write(form, store.export(), target, About(model, BASE, day=day, **about))
    found = Dataset(default_union=True)
    found.parse(str(target), format=SYNTAXES[form])
    return found


def asked(found: Dataset, text: str) -> set[tuple[str, ...]]:
    """Rows of a SPARQL query, IRIs without their common start."""
    prefixes = """PREFIX gs: <https://w3id.org/graphsvc/ontology#> PREFIX org: <http://www.w3.org/ns/org#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX wikibase: <http://wikiba.se/ontology#>
        PREFIX dct: <http://purl.org/dc/terms/> PREFIX prov: <http://www.w3.org/ns/prov#>
        PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX void: <http://rdfs.org/ns/void#>
        """
    rows: Any = found.query(prefixes + text)
    return {tuple(str(term).removeprefix(f"{BASE}/id/") for term in row) for row in rows}


@quiet
async def test_every_form_holds_every_claim_and_the_same_facts(store: Store, model: Model, tmp_path: Path) -> None:
    folder = write_map(tmp_path / "small")
    await Loading(store, model, shapes_of(model), BASE).load([folder])
    claims = {claim.id: claim for claim in loaded_claims(folder, model)}
    first = await written_as("nquads", store, model, tmp_path / "out.nq")
    assert {claim.id: claim for claim in Rdf(model, BASE).claims(first)} == claims
    for form in ("trig", "jsonld"):
        assert_same(await written_as(form, store, model, tmp_path / form), first)
    merged, turtle = Graph(), await written_as("turtle", store, model, tmp_path / "turtle")
    for subject, predicate, value, graph in first.quads():
        merged.add((subject, predicate, value))
        if str(value) == f"{model.namespace}Claim":
            merged.add((subject, DCTERMS.isPartOf, URIRef(str(graph))))
    assert set(turtle.triples((None, None, None))) == set(merged)


@quiet
async def test_a_plain_triple_is_true_on_the_day_and_a_plan_stands_in_its_claim_alone(
    store: Store, model: Model, tmp_path: Path
) -> None:
    await Loading(store, model, shapes_of(model), BASE).load([write_map(tmp_path / "small")])
    during, after = [await written_as("nquads", store, model, tmp_path / day, day) for day in ("2017-06-01", "2018-04-01")]
    commissions = "SELECT ?x ?y { ?x gs:commissions ?y . ?y gs:commissionedBy ?x }"
    assert asked(during, commissions) == {("organisation/small-council", "service/nursing")}
    assert asked(after, commissions) == set(), "over since the day before: its last day was 31 March"
    for found in (during, after):
        assert asked(found, "SELECT ?x { ?x a gs:Organisation }") == {("organisation/small-council",)}
        assert asked(found, "SELECT ?name { <http://example.org/id/organisation/small-trust> ?p ?name }") == set(), "a plan"
        assert asked(found, "SELECT ?x { ?x gs:providedBy ?y }") == asked(found, "SELECT ?x { ?y gs:provides ?x }") == set()
        planned = "SELECT ?x { ?c a gs:Claim ; rdf:subject ?x ; rdf:object gs:Organisation ; gs:status gs:ClaimStatus-planned }"
        assert asked(found, planned) == {("organisation/small-trust",)}
    labels = "SELECT ?label { <http://example.org/id/organisation/small-council> ?p ?kind . ?kind skos:prefLabel ?label }"
    assert asked(during, labels) == {("local authority",)}


@quiet
async def test_a_relation_in_force_to_what_is_only_planned_is_no_plain_triple(store: Store, model: Model, tmp_path: Path) -> None:
    rows = [SHEETS["relations"][0], ["small-council", "worksWith", "small-trust", "paper", "p4", "in force", "", "", "", ""]]
    await Loading(store, model, shapes_of(model), BASE).load([write_map(tmp_path / "small", relations=rows)])
    found = await written_as("nquads", store, model, tmp_path / "out.nq")
    assert asked(found, "SELECT ?x ?y { ?x gs:worksWith ?y }") == set()
    assert asked(found, "SELECT ?y { ?c rdf:predicate gs:worksWith ; rdf:object ?y }") == {("organisation/small-trust",)}


@quiet
async def test_of_several_claims_about_the_same_the_preferred_one_is_marked(store: Store, model: Model, tmp_path: Path) -> None:
    sources = [
        *SHEETS["sources"],
        ["later", "Later", "A later paper", "2019-05-31", "later", "cover"],
    ]
    organisations = [
        [*SHEETS["organisations"][0]],
        ["small-council", "Small Council", "local authority", "small", "paper", "p2", "in force", "", ""],
        ["small-council", "Small Town Council", "local authority", "small", "later", "p1", "in force", "", ""],
    ]
    relations = [
        SHEETS["relations"][0],
        ["small-council", "commissions", "nursing", "paper", "p3", "planned", "", "", "", ""],
        ["small-council", "commissions", "nursing", "later", "p2", "in force", "", "", "", ""],
    ]
    folder = write_map(tmp_path / "small", sources=sources, organisations=organisations, relations=relations)
    await Loading(store, model, shapes_of(model), BASE).load([folder])
    found = await written_as("nquads", store, model, tmp_path / "out.nq")
    value = "SELECT ?name ?rank { ?s rdf:predicate gs:name ; rdf:object ?name ; wikibase:rank ?rank }"
    ranks = {(name, rank.rpartition("#")[2]) for name, rank in asked(found, value)}
    assert ranks == {("Small Town Council", "PreferredRank"), ("Small Council", "NormalRank")}
    claim = "SELECT ?of { ?c rdf:predicate gs:commissions ; gs:source ?of ; wikibase:rank wikibase:PreferredRank }"
    assert asked(found, claim) == {("source/later",)}


@quiet
async def test_the_named_graphs_are_described_with_source_dataset_load_and_revision(
    store: Store, model: Model, tmp_path: Path
) -> None:
    await Loading(store, model, shapes_of(model), BASE).load([write_map(tmp_path / "small")])
    loads = {load.dataset: load for load in await store.loads()}
    found = await written_as("trig", store, model, tmp_path / "out.trig", loads=loads, revision=await store.revision())
    rows = asked(
        found,
        """SELECT ?graph ?source ?of ?name ?revision ?when {
             GRAPH ?graph { ?claim a gs:Claim }
             ?graph prov:wasDerivedFrom ?source ; dct:isPartOf ?of .
             ?of dct:title ?name ; dcat:version ?revision ; prov:wasGeneratedBy/prov:endedAtTime ?when }""",
    )
    load = loads["small"]
    graph, when = f"{BASE}/graph/small", load.loaded_at
    assert rows == {(f"{graph}/paper", "source/paper", graph, "A small map", str(load.revision), when)}
    assert asked(found, "SELECT ?day { ?all void:subset ?of ; dct:valid ?day }") == {("2017-06-01",)}


@quiet
@pytest.mark.parametrize("form", ["nquads", "trig", "jsonld", "turtle"])
async def test_the_whole_graph_loads_again_in_one_command(store: Store, model: Model, tmp_path: Path, form: str) -> None:
    how = Loading(store, model, shapes_of(model), BASE)
    about = [["key", "value"], ["id", "more"], ["title", "More of it"], ["uses", "small"]]
    only = {name.replace("-", "_"): None for name in SHEETS if name not in ("about", "relations")}
    relations = [["subject", "relation", "object", "source"], ["small-council", "worksWith", "small-trust", "paper"]]
    write_map(tmp_path / "small")
    more = write_map(tmp_path / "more", **{**only, "about": about, "relations": relations})
    await how.load([more])
    claims = [claim async for batch in store.export() for claim in batch]
    target = tmp_path / f"whole.{ENDINGS[form]}"
    loads = {load.dataset: load for load in await store.loads()}
    await exporters()[form].write(form, store.export(), target, About(model, BASE, loads=loads))
    outcomes = await how.load([target])
    assert [(outcome.input.dataset, outcome.state) for outcome in outcomes] == [("small", "same"), ("more", "same")]
    assert [finding for outcome in outcomes if outcome.report for finding in outcome.report.findings] == []
    assert {load.title for load in await store.loads()} == {"A small map", "More of it"}
    await publish(store, retired=[claim for claim in claims if claim.dataset == "more"], dataset="more")
    await publish(store, retired=[claim for claim in claims if claim.dataset == "small"], dataset="small")
    outcomes = await how.load([target])
    assert [outcome.state for outcome in outcomes] == ["published", "published"]
    assert [claim async for batch in store.export() for claim in batch] == claims


@pytest.mark.slow
async def test_every_shipped_map_comes_out_as_it_was_loaded_and_its_plans_are_no_facts(
    loaded: Store, model: Model, tmp_path: Path
) -> None:
    await exporters()["nquads"].write("nquads", loaded.export(), tmp_path / "out.nq", About(model, BASE, day="2026-11-29"))
    rdf = Rdf(model, BASE)
    maps = sorted(path for path in (project_root() / "maps").iterdir() if (path / "about.csv").is_file())
    claims = [claim for path in maps for claim in loaded_claims(path, model)]
    reified = {
        f"{written(s)} {written(p)} {written(o)} {written(rdf.graph(claim.dataset, claim.qualifiers.source))} ."
        for claim in claims
        for s, p, o in (*rdf.evidence(claim), *rdf.value_evidence(claim))
    }
    lines = set((tmp_path / "out.nq").read_text(encoding="utf-8").splitlines())
    # no blank nodes anywhere: isomorphic means the same set of lines
    assert not any(line.startswith("_:") or " _:" in line.split('"')[0] for line in lines)
    ranks = {line for line in lines if "ontology#rank>" in line}
    assert {line for line in lines - ranks if line.startswith(f"<{BASE}/claim/")} == reified
    true, not_true = set(), set()
    for claim in claims:
        graph = written(rdf.graph(claim.dataset, claim.qualifiers.source))
        s, p, o = rdf.statement(claim)
        line = f"{written(s)} {written(p)} {written(o)} {graph} ."
        (true if claim.qualifiers.status in TRUE_NOW else not_true).add(line)
    assert not (not_true - true) & lines, "a plan, or what is over, stands as a fact"
    assert len(true & lines) > len(true) * 0.8, "and what is true stands as one"


@quiet
async def test_the_org_ontology_answers_over_the_shipped_maps(loaded: Store, model: Model, tmp_path: Path) -> None:
    found = await written_as("nquads", loaded, model, tmp_path / "out.nq", "2019-06-01", dataset="walsall")
    members = asked(found, "SELECT ?x ?y { ?x org:memberOf ?y }")
    assert len(members) > 5
    assert members == {(x, y) for y, x in asked(found, "SELECT ?y ?x { ?y org:hasMember ?x }")}
    assert members == asked(found, "SELECT ?x ?y { ?x gs:memberOf ?y . ?y gs:hasMember ?x }")
    assert asked(found, "SELECT ?x { ?x a org:Organization }") >= asked(found, "SELECT ?x { ?x a gs:Organisation }") > set()


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


@quiet
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

    for form, syntax in (("nquads", "nquads"), ("trig", "trig"), ("jsonld", "json-ld")):
        await exporters()[form].write(form, batches(), tmp_path / f"out.{form}", About(model, BASE))
        found = Dataset()
        found.parse(data=(tmp_path / f"out.{form}").read_text(encoding="utf-8"), format=syntax)
        assert {claim.id for claim in Rdf(model, BASE).claims(found)} == {claim.id for claim in claims}
        names = found.graph(URIRef(f"{BASE}/graph/small/paper")).objects(None, URIRef(f"{model.namespace}name"))
        assert {str(name) for name in names} == {*NASTY, "P"}
    written_out = tmp_path / "small.nq"
    (tmp_path / "out.nquads").rename(written_out)
    lines = written_out.read_bytes().decode().split("\n")
    assert [line for line in lines[:-1] if not QUAD.fullmatch(line)] == []
    assert written_out.read_text(encoding="utf-8").splitlines() == lines[:-1], "no reader sees another line"
    assert {claim.id for claim in loaded_claims(written_out, model)} == {claim.id for claim in claims}


@quiet
async def test_controls_and_characters_beyond_the_basic_plane_pass_through_every_form(model: Model, tmp_path: Path) -> None:
    text = "".join(
        map(chr, (*range(0x20), *range(0x7F, 0xA1), 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F3E5, 0x10FFFF))
    )

    async def batches() -> AsyncIterator[list[Claim]]:
        yield [EntityRecord("source/paper", "Source", {"name": text}, Qualifiers("source/paper", "cover"), "small")]

    for form, syntax in SYNTAXES.items():
        await exporters()[form].write(form, batches(), tmp_path / form, About(model, BASE))
        found = Dataset(default_union=True).parse(str(tmp_path / form), format=syntax)
        names = found.objects(URIRef(f"{BASE}/id/source/paper"), URIRef(f"{model.namespace}name"))
        assert {str(name) for name in names} == {text}, form


def test_half_of_a_surrogate_pair_is_no_character_and_is_replaced() -> None:
    assert written(Literal("a \ud83c b \udfe5 c \U0001f3e5")) == '"a \ufffd b \ufffd c \U0001f3e5"'


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


@pytest.mark.slow
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
