"""The compiled checks find what pyshacl finds in one graph of everything: on random inputs, on the shipped maps, and for shapes
of every kind that a newcomer might add."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from generated_shapes import PREFIXES as DECLARED
from generated_shapes import FromText, shapes
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from made_once import model_of
from small_maps import BASE, shapes_of
from spooled_claims import Entry, both_ways, entries, seen, spooled

from graphsvc.loading import Context, Spool, loader_for
from graphsvc.model import Model
from graphsvc.provenance import EntityRecord, Qualifiers, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.settings import project_root
from graphsvc.validation.compiled.spool_reader import SpoolReader
from graphsvc.validation.shapes import Shapes

ROOT = project_root()
MODEL = model_of(ROOT / "ontology", ROOT / "shapes")
SHAPES = shapes_of(MODEL)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
PREFIXES = (ROOT / "shapes" / "entities.ttl").read_text(encoding="utf-8").partition("gsh:Entity a")[0]
PREFIXED = "sh:prefixes <https://w3id.org/graphsvc/shapes> ; sh:message 'm'"
DESCRIBED = "sh:property [ sh:path gs:description ; sh:minCount 1 ]"
FURTHER = {
    "closed lists of values": "sh:targetClass gs:Service ; sh:property [ sh:path gs:name ; sh:in ( 'Wigan Council' 'RL4' ) ]",
    "not": "sh:targetClass gs:Entity ; sh:not [ sh:path gs:description ; sh:hasValue 'RL4' ]",
    "exactly one": (
        "sh:targetClass gs:Observation ; sh:xone ( [ sh:path gs:value ; sh:minCount 1 ] [ sh:path gs:minimum ; sh:minCount 1 ] )"
    ),
    "all": "sh:targetClass gs:Place ; sh:and ( [ sh:path gs:name ; sh:minLength 3 ] [ sh:path gs:name ; sh:maxLength 20 ] )",
    "another shape": "sh:targetClass gs:AgreementPhase ; sh:property [ sh:path gs:covers ; sh:node gsh:Service ]",
    "a shape of the values": (
        "sh:targetClass gs:AgreementPhase ; sh:property [ sh:path gs:covers ; sh:property [ sh:path gs:name ; sh:maxCount 0 ] ]"
    ),
    "an inverse path": "sh:targetClass gs:Service ; sh:property [ sh:path [ sh:inversePath gs:provides ] ; sh:minCount 1 ]",
    "a path of two steps": "sh:targetClass gs:Neighbourhood ; sh:property [ sh:path ( gs:within gs:inSystem ) ; sh:maxCount 1 ]",
    "one path or another": (
        "sh:targetClass gs:Entity ; sh:property [ sh:path [ sh:alternativePath ( gs:partOf gs:within ) ] ; sh:maxCount 1 ]"
    ),
    "a path of any length": (
        "sh:targetClass gs:Area ; sh:property [ sh:path [ sh:oneOrMorePath gs:within ] ; sh:class gs:CareSystem ]"
    ),
    "ranges": "sh:targetClass gs:Observation ; sh:property [ sh:path gs:value ; sh:minExclusive 0 ; sh:maxInclusive 2.5 ]",
    "equal properties": "sh:targetClass gs:Entity ; sh:property [ sh:path gs:name ; sh:equals gs:alternativeName ]",
    "different properties": "sh:targetClass gs:Entity ; sh:property [ sh:path gs:name ; sh:disjoint gs:description ]",
    "one text before another": "sh:targetClass gs:Entity ; sh:property [ sh:path gs:name ; sh:lessThan gs:description ]",
    "kinds of node": "sh:targetSubjectsOf gs:provides ; sh:property [ sh:path gs:name ; sh:nodeKind sh:IRI ]",
    "a pattern with flags": "sh:targetClass gs:Entity ; sh:property [ sh:path gs:name ; sh:pattern '^wigan' ; sh:flags 'i' ]",
    "a pattern of IRIs": "sh:targetClass gs:Entity ; sh:property [ sh:path gs:partOf ; sh:pattern 'service' ]",
    "languages": "sh:targetClass gs:Entity ; sh:property [ sh:path gs:name ; sh:languageIn ( 'en' ) ; sh:uniqueLang true ]",
    "closed": "sh:targetClass gs:Statement ; sh:closed true ; sh:ignoredProperties ( rdf:type gs:name )",
    "counts of some values": (
        "sh:targetClass gs:AgreementPhase ; sh:property [ sh:path gs:covers ; "
        "sh:qualifiedValueShape [ sh:class gs:Service ] ; sh:qualifiedMinCount 1 ]"
    ),
    "objects of a relation": f"sh:targetObjectsOf gs:provides ; {DESCRIBED}",
    "objects of claims": f"sh:targetObjectsOf gs:source ; {DESCRIBED}",
    "one node": f"sh:targetNode <http://example.org/id/service/a> ; {DESCRIBED}",
    "claims": "sh:targetClass gs:Claim ; sh:property [ sh:path gs:locator ; sh:minCount 1 ]",
    "claims that are sure": (
        "sh:targetSubjectsOf gs:note ; sh:property [ sh:path gs:confidence ; sh:hasValue gs:Confidence-explicit ]"
    ),
    "no results but remarks": f"sh:targetClass gs:Service ; sh:severity sh:Info ; {DESCRIBED}",
    "switched off": f"sh:targetClass gs:Entity ; sh:deactivated true ; {DESCRIBED}",
    "a query": f"sh:targetClass gs:Service ; sh:sparql [ {PREFIXED} ; sh:select 'SELECT $this WHERE {{ ?a gs:hosts $this }}' ]",
    "a query with a choice": (
        f"sh:targetClass gs:Entity ; sh:sparql [ {PREFIXED} ; "
        "sh:select 'SELECT $this ?value WHERE { { $this gs:partOf ?value } UNION { ?value gs:partOf $this } }' ]"
    ),
    "a query with an option": (
        f"sh:targetClass gs:Entity ; sh:sparql [ {PREFIXED} ; "
        "sh:select 'SELECT $this ?value WHERE { $this gs:partOf ?part OPTIONAL { ?part gs:name ?value } }' ]"
    ),
    "a query of its own target": (
        f"sh:target [ a sh:SPARQLTarget ; {PREFIXED} ; sh:select 'SELECT ?this WHERE {{ ?a gs:provides ?this }}' ] ; {DESCRIBED}"
    ),
    "a query that counts": (
        f"sh:target [ a sh:SPARQLTarget ; {PREFIXED} ; "
        "sh:select 'SELECT ?this WHERE { ?this gs:partOf ?whole } GROUP BY ?this HAVING (COUNT(?whole) > 1)' ] ; "
        f"{DESCRIBED}"
    ),
    "a circle either way": (
        f"sh:target [ a sh:SPARQLTarget ; {PREFIXED} ; "
        f"sh:select 'SELECT ?this WHERE {{ ?this (gs:partOf|^gs:within)+ ?this }}' ] ; {DESCRIBED}"
    ),
    "what everything says": (
        f"sh:targetClass gs:Claim ; sh:sparql [ {PREFIXED} ; sh:select 'SELECT $this ?value WHERE {{ ?value ?p $this }}' ]"
    ),
    "a rule that adds facts": (
        "sh:targetClass gs:Service ; "
        "sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate gs:description ; sh:object 'RL4' ] ; "
        "sh:property [ sh:path gs:description ; sh:maxCount 0 ]"
    ),
    "a constraint of one's own": (
        "sh:targetClass gs:Service ; gsh:longest 5 . "
        "gsh:Longest a sh:ConstraintComponent ; sh:parameter [ sh:path gsh:longest ] ; "
        f"sh:nodeValidator [ a sh:SPARQLSelectValidator ; {PREFIXED} ; "
        "sh:select 'SELECT $this ?value WHERE { $this gs:name ?value FILTER (STRLEN(?value) > $longest) }' ]"
    ),
}


WITH_ALL = ("a rule that adds facts", "a constraint of one's own")
"""What may change how other shapes are run is tried beside all that are shipped; the rest alone, which is ten times as quick."""


@pytest.mark.generated
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(st.data())
def test_random_inputs_are_found_alike_both_ways(data: st.DataObject) -> None:
    claims, standing = data.draw(entries(MODEL))
    fast, whole = both_ways(SHAPES, claims, standing)
    assert fast == whole


def with_a_further_shape(kind: str, folder: Path) -> Shapes:
    """A further shape: beside the shipped ones, as a newcomer would add it, or alone with the whole ontology."""
    text = f"gsh:Further a sh:NodeShape ; {FURTHER[kind]} .\n"
    if kind not in WITH_ALL:
        made = FromText(f"{DECLARED}\n{text}", SHAPES)
        made._static = SHAPES._static
        return made
    for path in (ROOT / "shapes").glob("*.ttl"):
        shutil.copy(path, folder)
    (folder / "further.ttl").write_text(f"{PREFIXES}\n{text}", encoding="utf-8")
    return Shapes(MODEL, ROOT / "ontology", folder)


@pytest.mark.generated
@pytest.mark.parametrize("kind", FURTHER)
def test_further_shapes_are_found_alike_both_ways(kind: str, tmp_path: Path) -> None:
    further = with_a_further_shape(kind, tmp_path)

    @settings(max_examples=4, deadline=None, suppress_health_check=SLOW, phases=PHASES)
    @given(st.data())
    def found_alike(data: st.DataObject) -> None:
        claims, standing = data.draw(entries(MODEL))
        fast, whole = both_ways(further, claims, standing)
        assert fast == whole

    found_alike()


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(st.data())
def test_generated_shapes_are_found_alike_both_ways(data: st.DataObject) -> None:
    """Some two hundred roots: node and property shapes, every kind of target, three deep, every severity."""
    claims, standing = data.draw(entries(MODEL))
    made = FromText(data.draw(shapes([claim for claim, _ in claims])), SHAPES)
    fast, whole = both_ways(made, claims, standing)
    assert fast == whole


def row(subject: str, relation: str, value: str) -> Entry:
    return RelationClaim(subject, relation, value, Qualifiers("source/a"), "small"), False


def record(entity: str, **values: str) -> Entry:
    return EntityRecord(
        entity, "Organisation" if "organisation" in entity else "Service", values, Qualifiers("source/a"), "s"
    ), False


PROVIDED = [record("organisation/a", name="A"), record("service/b", name="B"), row("organisation/a", "provides", "service/b")]


def found_in(text: str, claims: list[Entry]) -> list[tuple[str, str, str]]:
    """Severity, message and component of what a shape finds, the same all three ways."""
    made = FromText(PREFIXES + text, SHAPES)
    fast, whole = both_ways(made, claims)
    rdf = Rdf(MODEL, BASE)
    with spooled(claims) as held:
        assert fast == whole == seen(made.whole(held, rdf), claims, held, rdf)
    return sorted((item.severity, item.message, str(item.component).rpartition("#")[2]) for item in fast)


@pytest.mark.parametrize(
    ("target", "results"),
    [
        ("sh:targetSubjectsOf gs:provides", 1),
        ("sh:targetClass gs:Organisation", 1),
        ("sh:targetClass gs:Agent", 1),
        ("sh:targetNode <http://example.org/id/organisation/a>", 1),
        ("sh:targetNode <http://example.org/id/organisation/other>", 0),
        ("sh:targetObjectsOf gs:provides", 0),
        ("sh:targetSubjectsOf gs:provides ; sh:targetClass gs:Organisation", 1),
        ("a owl:Class", 1),
    ],
)
@pytest.mark.parametrize("kind", ["a sh:PropertyShape", "sh:order 1"])
def test_a_property_shape_may_be_a_root(target: str, results: int, kind: str) -> None:
    name = "gs:Organisation" if target == "a owl:Class" else "gsh:X"
    asked = f"{name} {kind} ; {target} ; sh:path gs:provides ; sh:class gs:Agent ; sh:message 'm' ."
    assert found_in(asked, PROVIDED) == [("violation", "m", "ClassConstraintComponent")] * results


@pytest.mark.parametrize("outer", ["Warning", "Info", "Violation"])
@pytest.mark.parametrize("inner", ["Violation", "Info"])
def test_what_is_wrong_within_a_value_is_a_detail_and_no_result(outer: str, inner: str) -> None:
    """Three deep, and the severity is that of the shape that was asked."""
    asked = f"""
gsh:A a sh:NodeShape ; sh:targetSubjectsOf gs:provides ;
    sh:property [ sh:path gs:provides ; sh:severity sh:{outer} ; sh:node gsh:B ; sh:message "outer" ] .
gsh:B a sh:NodeShape ; sh:severity sh:{inner} ; sh:node gsh:C ; sh:message "within" .
gsh:C a sh:NodeShape ; sh:property [ sh:path gs:description ; sh:minCount 1 ; sh:message "inner" ; sh:severity sh:{inner} ] ."""
    assert found_in(asked, PROVIDED) == [(outer.casefold(), "outer", "NodeConstraintComponent")]


def test_what_a_shape_of_the_values_finds_is_a_result_of_its_own_severity() -> None:
    asked = """
gsh:A a sh:NodeShape ; sh:targetSubjectsOf gs:provides ; sh:severity sh:Warning ; sh:property [ sh:path gs:provides ;
    sh:property [ sh:path gs:description ; sh:minCount 1 ; sh:message "inner" ; sh:severity sh:Info ] ] ."""
    assert found_in(asked, PROVIDED) == [("info", "inner", "MinCountConstraintComponent")]


USED = [(PROVIDED[0][0], True), PROVIDED[1], (PROVIDED[2][0], True)]
KIND = EntityRecord("service/b", "Service", {"name": "B", "kind": "OTHER"}, Qualifiers("source/a"), "small")


@pytest.mark.parametrize(
    ("target", "path", "claims"),
    [
        ("sh:targetSubjectsOf gs:provides", "gs:provides", USED),
        ("sh:targetClass gs:Organisation", "gs:provides", USED),
        ("sh:targetClass gs:Claim", "rdf:object", USED),
        ("sh:targetObjectsOf gs:source", "( [ sh:inversePath gs:source ] rdf:object )", USED),
        ("sh:targetObjectsOf gs:provides", "[ sh:inversePath gs:partOf ]", [*PROVIDED, row("service/b", "partOf", "service/c")]),
        ("sh:targetObjectsOf gs:partOf", "[ sh:inversePath gs:partOf ]", [PROVIDED[1], row("service/b", "partOf", "service/c")]),
        ("sh:targetClass gs:ServiceKind", "[ sh:inversePath gs:serviceKind ]", [(KIND, False)]),
    ],
)
def test_a_fault_of_a_thing_is_found_from_wherever_a_shape_reaches_it(target: str, path: str, claims: list[Entry]) -> None:
    """From a thing or a claim of a used map, from one that is only named, from a term of a closed list."""
    asked = f"""
gsh:A a sh:NodeShape ; {target} ; sh:property [ sh:path {path} ;
    sh:property [ sh:path gs:description ; sh:minCount 1 ; sh:message "inner" ] ] ."""
    made = FromText(PREFIXES + asked, SHAPES)
    made._static = SHAPES._static
    fast, whole = both_ways(made, claims)
    assert fast == whole
    assert [item.message for item in fast] == ["inner"] * (path != "[ sh:inversePath gs:partOf ]" or len(claims) == 2)


@pytest.mark.slow
def test_the_shipped_maps_are_found_alike_both_ways(tmp_path: Path, model: Model) -> None:
    rdf = Rdf(model, BASE)
    for path in sorted(item for item in (ROOT / "maps").iterdir() if (item / "about.csv").is_file()):
        spool = Spool(tmp_path / f"{path.name}.sqlite")
        context = Context(model, spool)
        loader_for(path).load(path, context)
        found = SpoolReader(spool)
        claims = [(entry.claim, entry.used) for entry in spool.entries()]
        assert set(SHAPES.check(found, rdf)) == seen(SHAPES.whole(found, rdf), claims, found, rdf), path.name
        spool.close()
