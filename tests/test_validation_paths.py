"""What a query along a path finds is never passed over by the precheck, whichever way the path goes."""

from __future__ import annotations

import pytest
from generated_shapes import PREFIXES, FromText
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from made_once import model_of
from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery
from small_maps import BASE, shapes_of
from spooled_claims import Entry, both_ways, spooled

from graphsvc.provenance import EntityRecord, Qualifiers, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.settings import project_root
from graphsvc.validation.compiled.cycles import Cycles
from graphsvc.validation.compiled.hierarchy import Hierarchy
from graphsvc.validation.compiled.run import SpoolLookup
from graphsvc.validation.compiled.sparql_precheck import precheck_of
from graphsvc.validation.compiled.terms import Terms, ThingIri

ROOT = project_root()
MODEL = model_of(ROOT / "ontology", ROOT / "shapes")
SHAPES = shapes_of(MODEL)
QUALIFIERS = Qualifiers("source/a")
AREAS = tuple(f"area/{letter}" for letter in "abcd")
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
STATIC: Graph = SHAPES._static
RDF_OF_CLAIMS = Rdf(MODEL, BASE)
TERMS = Terms(RDF_OF_CLAIMS)
HIERARCHY = Hierarchy(STATIC, MODEL)


def links(text: str, used: str = "") -> list[Entry]:
    """Claims such as ``a partOf b, a within b``; ``used`` are those of a used map."""
    return [
        (RelationClaim(f"area/{start}", relation, f"area/{end}", QUALIFIERS, "small"), is_used)
        for said, is_used in ((text, False), (used, True))
        for start, relation, end in (item.split() for item in said.split(",") if item.strip())
    ]


CIRCLES = {
    "forwards": ("gs:partOf+", links("a partOf b, b partOf a, c partOf a"), "ab"),
    "backwards": ("(^gs:partOf)+", links("a partOf b, b partOf a, c partOf a"), "ab"),
    "backwards, and none": ("(^gs:partOf)+", links("a partOf b, b partOf c"), ""),
    "two relations, one way": ("(gs:partOf|gs:within)+", links("a partOf b, b within a"), "ab"),
    "one relation there, the other back": ("(gs:partOf|^gs:within)+", links("a partOf b, a within b, b partOf c"), "ab"),
    "both relations lead on": ("(gs:partOf|^gs:within)+", links("a partOf b, b within a"), ""),
    "by turns": ("(gs:partOf/^gs:within)+", links("a partOf c, b within c, b partOf d, a within d"), "ab"),
    "a way, from its end": ("(^(gs:partOf/^gs:within))+", links("a partOf b, c partOf b, b within c, a within b"), "a"),
    "there and back by one relation": ("(gs:partOf|^gs:partOf)+", links("a partOf b, c within b"), "ab"),
    "a symmetric relation": ("(gs:coterminousWith|^gs:coterminousWith)+", links("a coterminousWith b, c partOf b"), "ab"),
    "a symmetric relation, as written": ("gs:coterminousWith+", links("a coterminousWith b, b partOf a"), ""),
    "of any length, none too": ("gs:partOf*", links("a partOf b"), "abcd"),
    "any length within another": ("(gs:partOf*/^gs:within)+", links("a partOf b, a within b, b partOf c"), "a"),
    "itself": ("(^gs:partOf|gs:within)+", links("a partOf a, b within a"), "a"),
    "half of it in a used map": ("(gs:partOf|^gs:within)+", links("a partOf b", used="a within b"), "ab"),
    "all of it in a used map": ("(gs:partOf|^gs:within)+", links("c partOf a", used="a partOf b, a within b"), "ab"),
}
"""A path, claims, and the areas from which it leads back to themselves."""


def asking(path: str) -> FromText:
    """Shapes that ask the same of a target, of a constraint, of what must not be, and of what a target leads to."""
    asked = f"sh:prefixes <https://w3id.org/graphsvc/shapes> ; sh:select 'SELECT $this WHERE {{ $this {path} $this }}'"
    return FromText(
        f"""{PREFIXES}
gsh:A sh:target [ a sh:SPARQLTarget ; {asked} ] ; sh:property [ sh:path gs:description ; sh:minCount 1 ; sh:message 'target' ] .
gsh:B sh:targetClass gs:Area ; sh:sparql [ {asked} ; sh:message 'constraint' ] .
gsh:C sh:targetClass gs:Area ; sh:not [ a sh:NodeShape ; sh:sparql [ {asked} ; sh:message 'm' ] ] ; sh:message 'not' .
gsh:D sh:target [ a sh:SPARQLTarget ; {asked} ] ; sh:property [ sh:path [ sh:inversePath gs:partOf ] ;
    sh:property [ sh:path gs:description ; sh:minCount 1 ; sh:message 'reached' ] ] .
""",
        SHAPES,
    )


@pytest.mark.parametrize("kind", CIRCLES)
def test_a_circle_is_found_whichever_way_a_path_goes(kind: str) -> None:
    path, claims, expected = CIRCLES[kind]
    records: list[Entry] = [(EntityRecord(area, "Area", {"name": "A"}, QUALIFIERS, "small"), False) for area in AREAS]
    shapes = asking(path)
    fast, whole = both_ways(shapes, [*records, *claims])
    assert fast == whole
    found = {(item.message, RDF_OF_CLAIMS.entity(item.focus)[-1:]) for item in fast if RDF_OF_CLAIMS.entity(item.focus)}
    assert {letter for message, letter in found if message == "target"} == set(expected)
    assert {letter for message, letter in found if message == "constraint"} == set(expected)
    assert {letter for message, letter in found if message == "not"} == set("abcd") - set(expected)
    for standing in ((), AREAS[:2]):  # nothing said of them but their links, and the store holds some
        fast, whole = both_ways(shapes, claims, standing)
        assert fast == whole


STEPS = st.sampled_from([f"{way}gs:{name}" for way in ("", "^") for name in ("partOf", "within")])
PATHS = st.recursive(
    st.one_of(STEPS, STEPS, STEPS, st.sampled_from(("gs:coterminousWith", "!gs:partOf", "!(gs:within|gs:partOf)"))),
    lambda inner: st.one_of(
        st.builds("({}{}{})".format, inner, st.sampled_from("||/"), inner),
        st.builds("^({})".format, inner),
        st.builds("({}){}".format, inner, st.sampled_from("+*?")),
    ),
    max_leaves=4,
)
TWO_STEPS = st.builds("{}{}{}".format, STEPS, st.sampled_from("|/"), STEPS)
CIRCULAR = st.builds("({})+ ?this".format, st.one_of(TWO_STEPS, PATHS))
CLAIMS = st.lists(
    st.builds(
        lambda start, relation, end: RelationClaim(start, relation, end, QUALIFIERS, "small"),
        st.sampled_from(AREAS[:3]), st.sampled_from(("partOf", "within", "partOf", "within", "coterminousWith")),
        st.sampled_from(AREAS[:3]),
    ),
    min_size=2, max_size=6,
)  # fmt: skip


def caught(asked: str, claims: list[Entry]) -> set[str]:
    """The areas for which the precheck lets a query be asked."""
    precheck = precheck_of(asked, prepareQuery, TERMS, STATIC)
    assert precheck is not None
    with spooled(claims) as reader:
        lookup = SpoolLookup(reader, TERMS, HIERARCHY, Cycles(reader, frozenset(precheck.cycles)))
        return {area for area in AREAS if (focus := lookup.focus_of(ThingIri(area))) and precheck.may_match(focus, lookup)}


def query(path: str) -> str:
    return f"PREFIX gs: <{MODEL.namespace}> SELECT ?this WHERE {{ ?this {path} }}"


@pytest.mark.generated
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(st.one_of(CIRCULAR, CIRCULAR, st.builds("{} {}".format, PATHS, st.sampled_from(("?this", "?end")))), CLAIMS)
def test_what_a_path_finds_the_precheck_catches(path: str, claims: list[RelationClaim]) -> None:
    graph = Graph()
    for claim in claims:
        for triple in RDF_OF_CLAIMS.facts(claim):
            graph.add(triple)
    found = {RDF_OF_CLAIMS.entity(this) for (this,) in graph.query(query(path))}
    assert found <= caught(query(path), [(claim, False) for claim in claims])


def test_what_lies_on_no_circle_is_asked_of_no_query() -> None:
    path = "(gs:partOf|^gs:within)+ ?this"
    assert caught(query(path), links("a partOf b, b within a")) == set()
    assert caught(query(path), links("a partOf b, a within b, b partOf c")) == {"area/a", "area/b"}
