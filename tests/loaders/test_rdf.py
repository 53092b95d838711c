"""RDF: what goes out comes back, other vocabularies are read by the ontology's alignments, and nothing is fetched."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from reading_files import BASE, Loaded, claims_of
from small_maps import read as read_map
from small_maps import shapes_of, write_map

from graphsvc.errors import InputError
from graphsvc.exports import About, exporters
from graphsvc.loading import loader_for
from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.provenance import Claim
from graphsvc.settings import project_root
from graphsvc.store import Store
from loaders._rdf_terms import plain, terms_of, withheld_predicate
from loaders._rdf_triples import MAX_WHOLE
from loaders._rdf_triples import read as read_triples

LoadOnly = Callable[[Path], AbstractContextManager[Loaded]]
ENDINGS = {"trig": "trig", "nquads": "nq", "jsonld": "jsonld", "turtle": "ttl"}
PREFIXES = """
@prefix org: <http://www.w3.org/ns/org#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <http://schema.org/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix gs: <https://w3id.org/graphsvc/ontology#> .
@prefix ex: <https://example.org/> .
"""


def turtle(folder: Path, text: str, name: str = "list.ttl") -> Path:
    path = folder / name
    path.write_text(PREFIXES + text if name.endswith(("ttl", "trig")) else text, encoding="utf-8")
    return path


async def export(claims: Sequence[Claim], form: str, path: Path, model: Model) -> None:
    async def batches() -> AsyncIterator[Sequence[Claim]]:
        yield claims

    await exporters()[form].write(form, batches(), path, About(model, BASE))


@pytest.fixture(scope="module")
def wigan(model: Model) -> list[Claim]:
    with read_map(project_root() / "maps" / "wigan", model) as found:
        return [entry.claim for entry in found.context.spool.entries() if not entry.used]


# -- our own ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["trig", "nquads", "jsonld", "turtle"])
async def test_a_map_comes_back_claim_by_claim_with_its_sources_and_dataset(
    form: str, wigan: list[Claim], model: Model, tmp_path: Path, load_only: LoadOnly
) -> None:
    path = tmp_path / f"wigan.{ENDINGS[form]}"  # Turtle has no named graphs, so its dataset is the file's name
    await export(wigan, form, path, model)
    with load_only(path) as found:
        assert found.context.dataset == "wigan"
        assert {claim.id for claim in claims_of(found.context)} == {claim.id for claim in wigan}
        assert found.context.findings == []


async def test_loading_an_export_changes_nothing_in_the_store_it_came_from(store: Store, model: Model, tmp_path: Path) -> None:
    how = Loading(store, model, shapes_of(model), BASE)
    await how.load([write_map(tmp_path / "small")])
    target = tmp_path / "export.trig"
    await exporters()["trig"].write("trig", store.export(), target, About(model, BASE, "small"))
    (outcome,) = await how.load([target])
    assert outcome.input.dataset == "small"
    assert outcome.state == "same"


async def test_an_export_of_several_datasets_is_refused_with_how_to_divide_it(
    wigan: list[Claim], model: Model, tmp_path: Path, load_only: LoadOnly
) -> None:
    path = tmp_path / "both.nq"
    await export([*wigan[:5], *(replace(claim, dataset="walsall") for claim in wigan[:5])], "nquads", path, model)
    with pytest.raises(InputError, match="2 datasets: walsall, wigan") as refused, load_only(path):
        pass
    assert "--dataset" in refused.value.hint


async def test_what_belongs_to_no_claim_or_is_no_longer_a_claim_is_told(
    wigan: list[Claim], model: Model, tmp_path: Path, load_only: LoadOnly
) -> None:
    path = tmp_path / "wigan.nq"
    await export(wigan[:20], "nquads", path, model)
    claim = f"{BASE}/claim/{wigan[0].id}"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not (line.startswith(f"<{claim}> ") and "ontology#source>" in line)]
    kept.append(f'<{BASE}/id/organisation/x> <{model.namespace}name> "Nobody says so" .\n')
    path.write_text("".join(kept), encoding="utf-8")
    with load_only(path) as found:
        assert found.rules() == {"unread-claim": 1, "fact-without-claim": 1}
        assert len(list(claims_of(found.context))) == 19


# -- other vocabularies ----------------------------------------------------------------------------------------------------


def test_every_alignment_is_the_ontologys_own(model: Model) -> None:
    terms = terms_of(model)
    stated = {plain(target) for item in model.classes.values() for _, target in item.alignments}
    assert set(terms.classes) <= stated | {item.iri for item in model.classes.values()}


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("http://www.w3.org/ns/org#Organization", "Organisation"),
        ("http://schema.org/Organization", "Organisation"),
        ("https://schema.org/Organization", "Organisation"),
        ("http://xmlns.com/foaf/0.1/Organization", "Organisation"),
        ("http://purl.org/vocab/cpsv#PublicService", "Service"),
        ("http://www.w3.org/ns/org#Site", "Site"),
        ("http://www.w3.org/ns/sosa/Observation", "Observation"),
        ("http://data.europa.eu/a4g/ontology#Contract", "Contract"),
    ],
)
def test_classes_are_read_by_their_alignment(iri: str, name: str, model: Model) -> None:
    chosen, unknown = terms_of(model).class_for([iri])
    assert chosen is not None
    assert (chosen.name, unknown) == (name, [])


def test_what_could_be_several_classes_is_none(model: Model) -> None:
    assert terms_of(model).class_for(["http://www.w3.org/ns/prov#Activity"])[0] is None
    chosen, _ = terms_of(model).class_for(["http://www.w3.org/ns/prov#Activity", f"{model.namespace}Decision"])
    assert chosen is not None
    assert chosen.name == "Decision"


def test_a_relation_in_other_terms_keeps_the_words_of_the_source(tmp_path: Path, load_only: LoadOnly) -> None:
    path = turtle(
        tmp_path, 'ex:a a org:Organization ; skos:prefLabel "A" ; org:memberOf ex:b . ex:b a foaf:Group ; foaf:name "B" .'
    )
    with load_only(path) as found:
        (claim,) = found.relations("memberOf")
        assert claim.qualifiers.as_stated == "org:memberOf"
        assert claim.qualifiers.locator == "https://example.org/a"


def test_unknown_classes_and_predicates_are_counted_and_told_once(tmp_path: Path, load_only: LoadOnly) -> None:
    text = "".join(f'ex:x{n} a ex:Odd . ex:o{n} a org:Organization ; skos:prefLabel "O {n}" ; ex:odd "x" .\n' for n in range(5))
    with load_only(turtle(tmp_path, text)) as found:
        assert found.context.ledger.reported == {"class https://example.org/Odd": 5, "https://example.org/odd": 5}
        assert (found.rules()["unknown-class"], found.rules()["unknown-predicate"]) == (1, 1)


def test_codes_decide_ids_and_iris_of_others_stay_apart(tmp_path: Path, load_only: LoadOnly) -> None:
    text = (
        'ex:a a org:Organization ; skos:prefLabel "A" ; gs:odsCode "ZZZ01" .\n'
        '<https://directory.spineservices.nhs.uk/STU3/Organization/ZZZ02> a org:Organization ; skos:prefLabel "B" .\n'
        'ex:Case a org:Organization ; skos:prefLabel "C" . ex:case a org:Organization ; skos:prefLabel "D" .\n'
        '<http://elsewhere.example/id/organisation/wigan-council> a org:Organization ; skos:prefLabel "E" .\n'
        f'<{BASE}/id/organisation/wigan-council> a gs:Organisation ; gs:name "F" .\n'
        'ex:p a gs:Place ; gs:name "P" ; gs:gssCode "E08000009" .\n'
    )
    with load_only(turtle(tmp_path, text)) as found:
        ids = {str(record.values["name"]): record.entity for record in found.records() if record.class_name != "Source"}
    assert ids["A"] == "organisation/ods-zzz01"
    assert ids["B"] == "organisation/ods-zzz02"
    assert ids["F"] == "organisation/wigan-council"
    assert ids["P"] == "place/gss-e08000009"
    assert len({ids["C"], ids["D"], ids["E"], ids["F"]}) == 4


def test_a_blank_node_is_the_same_thing_in_every_order(tmp_path: Path, load_only: LoadOnly) -> None:
    lines = [
        f"<https://example.org/o{n}> <{p}> {o} .\n"
        for n in range(4)
        for p, o in (
            ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "<http://www.w3.org/ns/org#Organization>"),
            ("http://www.w3.org/2004/02/skos/core#prefLabel", f'"Organisation {n}"'),
            ("http://www.w3.org/ns/org#hasSite", f"_:s{n}"),
        )
    ]
    lines += [f"_:s{n} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/org#Site> .\n" for n in range(4)]
    lines += [f'_:s{n} <http://www.w3.org/2004/02/skos/core#prefLabel> "Main site" .\n' for n in range(4)]
    seen: list[set[str]] = []
    for turn in range(3):
        random.Random(turn).shuffle(lines)
        text = "".join(lines) if turn < 2 else "".join(lines).replace("_:s", "_:other")
        with load_only(turtle(tmp_path, text, "list.nt")) as found:
            seen.append({record.entity for record in found.records("Site")})
            assert len(list(found.relations("locatedAt"))) == 4
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 4


def test_english_goes_first_and_the_other_names_are_kept(tmp_path: Path, load_only: LoadOnly) -> None:
    path = turtle(tmp_path, 'ex:a a org:Organization ; skos:prefLabel "Cyngor"@cy, "Council"@en ; foaf:name "The Council" .')
    with load_only(path) as found:
        (record,) = found.records("Organisation")
        assert record.values["name"] == "Council"
        assert record.values["alternativeName"] == ("Cyngor", "The Council")


def test_terms_of_closed_lists_come_by_iri_and_never_as_text(tmp_path: Path, load_only: LoadOnly) -> None:
    text = (
        'ex:a a org:Organization ; skos:prefLabel "A" ; gs:organisationKind gs:OrganisationKind-pharmacy .\n'
        'ex:b a org:Organization ; skos:prefLabel "B" ; gs:organisationKind "care home" .\n'
        'ex:c a org:Organization ; skos:prefLabel "C" ; gs:organisationKind ex:Hotel .\n'
    )
    with load_only(turtle(tmp_path, text)) as found:
        kinds = {record.values["name"]: record.values.get("kind") for record in found.records("Organisation")}
        assert kinds == {"A": "PHARMACY", "B": "CARE_HOME", "C": None}
        assert found.rules()["unknown-code"] == 1


# -- persons ----------------------------------------------------------------------------------------------------


def test_no_person_comes_through(tmp_path: Path, load_only: LoadOnly) -> None:
    text = """
ex:a a org:Organization ; skos:prefLabel "A" ; schema:telephone "01632 960001" ; foaf:mbox <mailto:someone@example.org> ;
    schema:employee ex:p ; schema:contactPoint [ a schema:ContactPoint ; schema:name "Alex Example" ] .
ex:p a foaf:Person ; foaf:name "Alex Example" .
ex:post a org:Post ; skos:prefLabel "Chair" ; org:heldBy ex:p .
ex:d a schema:Organization ; schema:name "DR A EXAMPLE" .
"""
    with load_only(turtle(tmp_path, text)) as found:
        told = repr(list(claims_of(found.context))) + repr(found.context.findings)
        assert not any(part in told for part in ("Alex", "960001", "someone@", "A EXAMPLE"))
        assert found.context.ledger.withheld["name of a person"] >= 3
        assert [record.values["name"] for record in found.records("Post")] == ["Chair"]


@pytest.mark.parametrize(
    "name", ["telephone", "faxNumber", "hasTelephone", "email", "mbox", "hasEmail", "contactPoint", "heldBy"]
)
def test_predicates_about_persons_are_withheld(name: str) -> None:
    assert withheld_predicate(f"https://example.org/ns#{name}")


# -- hostile and large ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "context",
    [
        "https://schema.org/",
        ["https://schema.org/"],
        {"@import": "https://example.org/context.jsonld"},
        {"name": {"@id": "http://schema.org/name", "@context": "https://example.org/inner.jsonld"}},
        "../../other.json",
    ],
)
def test_a_context_that_is_an_address_is_never_fetched(context: object, tmp_path: Path, load_only: LoadOnly) -> None:
    path = tmp_path / "a.jsonld"
    path.write_text(json.dumps({"@context": context, "@id": "https://example.org/a", "@type": "Organization"}), encoding="utf-8")
    with pytest.raises(InputError, match="nothing is fetched") as refused, load_only(path):
        pass
    assert "@vocab" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ttl", '@prefix ex: <https://example.org/> . ex:a ex:b "unended .'),
        ("a.ttl", "[" * 20_000),
        ("a.jsonld", "[" * 20_000),
        ("a.jsonld", '{"@graph": ['),
        ("a.rdf", "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><x"),
        ("a.rdf", '<!DOCTYPE x SYSTEM "https://example.org/x.dtd"><x/>'),
        ("a.nq", "no line\n" * 2_000),
        ("a.trig", "\x00\x01\x02"),
    ],
)
def test_what_is_broken_deep_or_reaches_out_is_refused(name: str, text: str, tmp_path: Path, load_only: LoadOnly) -> None:
    with pytest.raises(InputError) as refused, load_only(_written(tmp_path, name, text)):
        pass
    assert refused.value.hint


def _written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_bad_line_is_told_and_the_others_are_read(tmp_path: Path, load_only: LoadOnly) -> None:
    good = "<https://example.org/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/org#Organization> .\n"
    path = tmp_path / "a.nt"
    path.write_bytes(
        good.encode() + b"\xff\xfe\n" + b"<a> <b> .\n" + b'<https://e.org/x> <https://e.org/y> "' + b"z" * 1_100_000 + b'" .\n'
    )
    with load_only(path) as found:
        assert len(list(found.records("Organisation"))) == 1
        assert found.rules()["broken-line"] == 3
        assert found.context.unread


def test_a_file_too_large_to_be_parsed_whole_is_told_to_become_n_quads(
    tmp_path: Path, load_only: LoadOnly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAX_WHOLE, "turtle", 10)
    with pytest.raises(InputError, match="parsed whole") as refused, load_only(turtle(tmp_path, "ex:a a org:Organization .")):
        pass
    assert "N-Quads" in refused.value.hint


def test_n_triples_of_many_megabytes_are_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.nt"
    with path.open("w", encoding="utf-8") as out:
        for number in range(20_000):
            subject = f"<https://example.org/organisation/{number}>"
            out.write(f'{subject} <http://www.w3.org/2004/02/skos/core#prefLabel> "Organisation {number} {"x" * 200}" .\n')
    tracemalloc.start()
    try:
        with read_triples(path) as found:
            _, peak = tracemalloc.get_traced_memory()
            count = sum(count for _, count in found.counts())
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 5_000_000


@pytest.mark.parametrize("name", ["a.json", "a.xml"])
def test_json_and_xml_that_are_no_rdf_are_left_to_others(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path, name, '{"a": 1}' if name.endswith("json") else "<list><item/></list>")
    with pytest.raises(InputError, match="No loader recognises"):
        loader_for(path)


# -- bases ----------------------------------------------------------------------------------------------------

ORG = "http://www.w3.org/ns/org#"
_XML = '<r:RDF{0} xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:o="{1}">{2}</r:RDF>'
_JSON = '{{"@context": {0}, "@id": "a7", "@type": "{1}Organization", "{2}prefLabel": "Sampleton Trust"}}'
SKOS = "http://www.w3.org/2004/02/skos/core#"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.ttl", '<a7> a org:Organization ; skos:prefLabel "Sampleton Trust" .'),
        ("list.ttl", '@prefix : <#> . :a7 a org:Organization ; skos:prefLabel "Sampleton Trust" .'),
        ("list.ttl", '<> a org:Organization ; skos:prefLabel "Sampleton Trust" .'),
        ("list.ttl", "@base <data/> . <../../a7> a org:Organization ."),
        ("list.ttl", "ex:a a org:Organization ; org:memberOf </a7> ."),
        ("list.ttl", "ex:a a <Organisation> ."),
        ("list.ttl", "ex:a <p> 1 ."),
        ("list.trig", "<g> { ex:a a org:Organization }"),
        ("list.rdf", _XML.format("", ORG, '<o:Organization r:about="a7"/>')),
        ("list.rdf", _XML.format("", ORG, '<o:Organization r:ID="a7"/>')),
        ("list.rdf", _XML.format(' xml:base="data/"', ORG, '<o:Organization r:about="a7"/>')),
        ("list.jsonld", _JSON.format("{}", ORG, SKOS)),
    ],
)
def test_a_relative_iri_without_a_base_is_refused_with_how_to_state_one(
    name: str, text: str, tmp_path: Path, load_only: LoadOnly
) -> None:
    with pytest.raises(InputError) as refused, load_only(turtle(tmp_path, text, name)):
        pass
    assert "relative" in refused.value.message
    assert f"{name}.toml" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "text", "beside"),
    [
        ("list_{}.ttl", '@base <https://example.org/d/> . <a7> a org:Organization ; skos:prefLabel "Sampleton Trust" .', ""),
        ("list_{}.ttl", '<a7> a org:Organization ; skos:prefLabel "Sampleton Trust" .', "https://example.org/d/"),
        ("list_{}.rdf", _XML.format(' xml:base="https://example.org/d/"', ORG, '<o:Organization r:about="a7"/>'), ""),
        ("list_{}.rdf", _XML.format("", ORG, '<o:Organization r:about="a7"/>'), "https://example.org/d/"),
        ("list_{}.jsonld", _JSON.format('{"@base": "https://example.org/d/"}', ORG, SKOS), ""),
        ("list_{}.jsonld", _JSON.format("{}", ORG, SKOS), "https://example.org/d/"),
    ],
)
def test_a_stated_base_makes_one_organisation_of_files_of_any_name(
    name: str, text: str, beside: str, tmp_path: Path, load_only: LoadOnly
) -> None:
    made = set()
    for month in ("2025-03", "2025-04"):
        path = turtle(tmp_path, text, name.format(month))
        if beside:
            path.with_name(f"{path.name}.toml").write_text(f'[source]\nbase = "{beside}"\n')
        with load_only(path) as found:
            (record,) = found.records("Organisation")
            made.add(record.entity)
            assert record.values["identifier"] == ("IRI:https://example.org/d/a7",)
    assert len(made) == 1


def test_a_file_may_speak_of_itself_and_state_a_prefix_that_it_does_not_use(tmp_path: Path, load_only: LoadOnly) -> None:
    text = "@prefix : <#> . <> a <http://www.w3.org/2002/07/owl#Ontology> . ex:a a org:Organization ; org:memberOf <> ."
    with load_only(turtle(tmp_path, text)) as found:
        assert [record.entity for record in found.records("Organisation")] == [
            found.context.coded("Organisation", "iri", "https://example.org/a")
        ]
        assert list(found.relations("memberOf")) == []
        assert found.rules()["unresolved-reference"] == 1


def test_a_relative_iri_in_n_triples_is_a_broken_line(tmp_path: Path, load_only: LoadOnly) -> None:
    line = f"<{{}}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{ORG}Organization> .\n"
    swallowed = "<a8> <https://example.org/p> <https://example.org/o> <https://example.org/g> .\n"
    text = line.format("a7") + swallowed + line.format("https://example.org/a")
    with load_only(turtle(tmp_path, text, "list.nt")) as found:
        assert len(list(found.records("Organisation"))) == 1
        assert ["relative" in item.message for item in found.context.findings if item.rule == "broken-line"] == [True, True]


def test_a_base_that_is_none_is_refused(tmp_path: Path, load_only: LoadOnly) -> None:
    path = turtle(tmp_path, "<a7> a org:Organization .")
    path.with_name("list.ttl.toml").write_text('[source]\nbase = "data"\n')
    with pytest.raises(InputError, match="no base for IRIs"), load_only(path):
        pass


@pytest.mark.parametrize("name", ["list.ttl", "list.nt"])
def test_values_of_a_wrong_form_are_findings_and_nothing_of_a_library_is_printed(
    name: str, tmp_path: Path, load_only: LoadOnly, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    gs, xsd = "https://w3id.org/graphsvc/ontology#", "http://www.w3.org/2001/XMLSchema#"
    site = "<https://example.org/s>"
    lines = [
        f"{site} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{gs}Site> .",
        f'{site} <{gs}name> "Hill House" .',
        f'{site} <{gs}latitude> "53,1"^^<{xsd}decimal> .',
        f'{site} <{gs}longitude> "2019-02-30"^^<{xsd}date> .',
        f"{site} <{gs}website> <https://example.org/a`b> .",
    ]
    with load_only(turtle(tmp_path, "\n".join(lines), name)) as found:
        assert found.rules()["wrong-datatype"] == 2
    assert caplog.records == []
    assert recwarn.list == []


def test_subclasses_of_an_aligned_class_are_read_those_stated_in_the_file_too(tmp_path: Path, load_only: LoadOnly) -> None:
    text = """
    @prefix s: <https://schema.org/> . @prefix rov: <http://www.w3.org/ns/regorg#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    ex:1 a org:FormalOrganization ; skos:prefLabel "Formal Trust" .
    ex:2 a s:Hospital ; s:name "Sampleton Hospital" .
    ex:3 a rov:RegisteredOrganization ; skos:prefLabel "Registered Care" .
    ex:4 a ex:Clinic ; skos:prefLabel "Two Steps Clinic" .
    ex:5 a ex:Loop ; skos:prefLabel "Endless" .
    ex:Clinic rdfs:subClassOf ex:Provider . ex:Provider rdfs:subClassOf org:FormalOrganization .
    ex:Loop rdfs:subClassOf ex:Round . ex:Round rdfs:subClassOf ex:Loop .
    """
    with load_only(turtle(tmp_path, text)) as found:
        named = sorted(str(record.values["name"]) for record in found.records("Organisation"))
        assert named == ["Formal Trust", "Registered Care", "Sampleton Hospital", "Two Steps Clinic"]
        assert [item.value for item in found.context.findings if item.rule == "unknown-class"] == ["https://example.org/Loop"]
