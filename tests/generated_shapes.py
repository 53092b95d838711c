"""Shapes made by hypothesis: every target kind, node and property shapes as roots, nesting three deep, every severity."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, cached_property

from hypothesis import strategies as st
from rdflib import RDFS, Graph
from spooled_claims import CLASSES, about

from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.settings import project_root
from graphsvc.validation.shapes import Shapes
from graphsvc.validation.shapes_graph import complete

PREFIXES = (
    (project_root() / "shapes" / "entities.ttl").read_text(encoding="utf-8").partition("gsh:Entity a")[0]
    + """
<https://w3id.org/graphsvc/shapes> a owl:Ontology ;
    sh:declare [ sh:prefix "gs" ; sh:namespace "https://w3id.org/graphsvc/ontology#"^^xsd:anyURI ] ,
        [ sh:prefix "rdf" ; sh:namespace "http://www.w3.org/1999/02/22-rdf-syntax-ns#"^^xsd:anyURI ] .
"""
)
DEPTH = 3
RELATIONS = ("partOf", "within", "inSystem", "phaseOf", "covers", "provides", "observes")
VALUES = ("name", "description", "odsCode", "gssCode", "organisationKind", "value", "minimum", "earliest", "latest", "undated")
OF_CLAIMS = ("gs:source", "gs:note", "gs:locator", "gs:status", "gs:validFrom", "rdf:subject", "rdf:predicate", "rdf:object")
PREDICATES = (*(f"gs:{name}" for name in (*RELATIONS, *RELATIONS, *VALUES, "name")), *OF_CLAIMS, "rdf:type")
KINDS = (*CLASSES, "Entity", "Agent", "Agreement", "Area", "Claim")
NODE_KINDS = ("IRI", "Literal", "BlankNode", "IRIOrLiteral", "BlankNodeOrIRI", "BlankNodeOrLiteral")
DAY, TEXT = "'2018-04-01'^^xsd:date", "'m'"
TERMS = ("'RL4'", "'Wigan Council'", "''", "1", "2.5", "true", "'2017-05-31'^^xsd:date", "gs:Status-in-force", "gs:Organisation")


class FromText(Shapes):
    """Shapes that stand in a text; the ontology is that of others, which have read it already."""

    def __init__(self, text: str, others: Shapes) -> None:
        super().__init__(others.model, *others._folders)
        self._text = text
        self._others = others

    @cached_property
    def _shapes(self) -> Graph:
        return complete(Graph().parse(data=self._text, format="turtle", publicID="https://example.org/shapes/"))

    @cached_property
    def _static(self) -> Graph:
        """Which class is below which; the closed lists, which make each graph large, are asked for by other tests."""
        return _hierarchy(self._others)


@cache
def _hierarchy(shapes: Shapes) -> Graph:
    found = Graph()
    for triple in shapes._static.triples((None, RDFS.subClassOf, None)):
        found.add(triple)
    return found


@st.composite
def shapes(draw: st.DrawFn, claims: Iterable[Claim]) -> str:
    """Three to six roots, as Turtle, most of which look at what some claims say."""
    writer = _Writer(draw, list(claims))
    return PREFIXES + "\n".join(writer.root(number) for number in range(draw(st.integers(3, 6))))


class _Writer:
    """Writes shapes of what it draws."""

    def __init__(self, draw: st.DrawFn, claims: list[Claim]) -> None:
        self.draw = draw
        records = [claim for claim in claims if isinstance(claim, EntityRecord)]
        relations = [claim.relation for claim in claims if isinstance(claim, RelationClaim)]
        self.things = [f"<http://example.org/id/{thing}>" for thing in dict.fromkeys(map(about, claims))]
        self.kinds = (*[record.class_name for record in records] * 3, *KINDS)
        self.relations = (*relations * 3, *RELATIONS)
        values = [name for record in records for name in record.values if name in VALUES]
        self.taken: list[str] = []
        """Classes that are roots themselves."""
        self.predicates = (*[f"gs:{name}" for name in (*relations, *values)] * 3, *PREDICATES)

    def one(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def root(self, number: int) -> str:
        is_property = self.draw(st.booleans())
        name, says = f"gsh:R{number}", []
        for _ in range(self.draw(st.sampled_from((1, 1, 2)))):
            match self.one("class", "node", "subjects", "objects", "implicit", "query"):
                case "class":
                    says.append(f"sh:targetClass gs:{self.one(*self.kinds)}")
                case "node":
                    says.append(f"sh:targetNode {self.one(*self.things)}")
                case "subjects":
                    says.append(f"sh:targetSubjectsOf {self.one(*self.predicates)}")
                case "objects":
                    says.append(f"sh:targetObjectsOf {self.one(*self.predicates)}")
                case "query":
                    where = f"?this {self.one(*self.predicates)} ?o"
                    says.append(
                        "sh:target [ a sh:SPARQLTarget ; sh:prefixes <https://w3id.org/graphsvc/shapes> ; "
                        f"sh:select 'SELECT ?this WHERE {{ {where} }}' ]"
                    )
                case _:
                    name = f"gs:{self.draw(st.sampled_from(self.kinds).filter(lambda kind: kind not in self.taken))}"
                    self.taken.append(name.partition(":")[2])
                    says.append(f"a {self.one('owl:Class', 'rdfs:Class')}")
        kind = self.one("typed", "typed", "not typed")
        if kind == "typed":
            says.append(f"a sh:{'PropertyShape' if is_property else 'NodeShape'}")
        return f"{name} {' ; '.join(says)} ; {self.body(is_property, DEPTH)} ."

    def body(self, is_property: bool, depth: int) -> str:
        says = [f"sh:path {self.path()}"] if is_property else []
        if self.draw(st.integers(0, 1)):
            says.append(f"sh:severity sh:{self.one('Violation', 'Warning', 'Info')}")
        if self.draw(st.integers(0, 1)):
            says.append(f"sh:message 'depth {depth}'")
        if self.draw(st.integers(0, 15)) == 0:
            says.append("sh:deactivated true")
        makers = self.makers(is_property, depth)
        chosen = self.draw(st.lists(st.sampled_from(sorted(makers)), min_size=1, max_size=2, unique=True))
        return " ; ".join([*says, *(makers[name]() for name in chosen)])

    def nested(self, depth: int) -> str:
        """A node or a property shape."""
        return f"[ {self.body(self.draw(st.booleans()), depth - 1)} ]"

    def of_nodes(self, depth: int) -> str:
        return f"[ {self.body(False, depth - 1)} ]"

    def members(self, depth: int) -> str:
        return " ".join(self.nested(depth) for _ in range(self.draw(st.integers(1, 2))))

    def path(self, steps: int = 2) -> str:
        relation = f"gs:{self.one(*self.relations)}"
        plain = self.one(*self.predicates)
        if steps == 0:
            return plain
        match self.one("plain", "plain", "plain", "inverse", "sequence", "alternative", "any length"):
            case "plain":
                return plain
            case "inverse":
                return f"[ sh:inversePath {self.one(relation, relation, plain)} ]"
            case "sequence":
                return f"( {relation} {self.path(steps - 1)} )"
            case "alternative":
                return f"[ sh:alternativePath ( {self.path(steps - 1)} {self.path(steps - 1)} ) ]"
            case _:
                return f"[ sh:{self.one('zeroOrMorePath', 'oneOrMorePath', 'zeroOrOnePath')} {relation} ]"

    def makers(self, is_property: bool, depth: int) -> dict[str, Callable[[], str]]:
        def term() -> str:
            return self.one(*TERMS, *self.things)

        def number() -> str:
            return str(self.draw(st.integers(0, 2)))

        found: dict[str, Callable[[], str]] = {
            "class": lambda: f"sh:class gs:{self.one(*self.kinds)}",
            "datatype": lambda: f"sh:datatype {self.one('xsd:string', 'xsd:date', 'xsd:integer', 'xsd:decimal', 'xsd:boolean')}",
            "nodeKind": lambda: f"sh:nodeKind sh:{self.one(*NODE_KINDS)}",
            "length": lambda: f"sh:minLength {self.one('0', '3')} ; sh:maxLength {self.one('10', '38')}",
            "pattern": lambda: f"sh:pattern '{self.one('^wigan', 'o', '[0-9]')}' ; sh:flags '{self.one('i', '', 'im')}'",
            "in": lambda: f"sh:in ( {term()} {term()} )",
            "hasValue": lambda: f"sh:hasValue {term()}",
            "range": lambda: (
                f"sh:{self.one('minInclusive', 'minExclusive', 'maxInclusive', 'maxExclusive')} {self.one('1', '2.5', DAY, TEXT)}"
            ),
            "languageIn": lambda: "sh:languageIn ( 'en' )",
            "equals": lambda: f"sh:equals {self.one(*self.predicates)}",
            "disjoint": lambda: f"sh:disjoint {self.one(*self.predicates)}",
        }
        if is_property:
            found |= {
                "minCount": lambda: f"sh:minCount {number()}",
                "maxCount": lambda: f"sh:maxCount {number()}",
                "uniqueLang": lambda: "sh:uniqueLang true",
                "lessThan": lambda: f"sh:{self.one('lessThan', 'lessThanOrEquals')} gs:{self.one('latest', 'description')}",
            }
        else:
            found["closed"] = lambda: "sh:closed true ; sh:ignoredProperties ( rdf:type gs:name )"
        if depth:
            deeper: dict[str, Callable[[], str]] = {
                "not": lambda: f"sh:not {self.nested(depth)}",
                "and": lambda: f"sh:and ( {self.members(depth)} )",
                "or": lambda: f"sh:or ( {self.members(depth)} )",
                "xone": lambda: f"sh:xone ( {self.members(depth)} )",
                "node": lambda: f"sh:node {self.of_nodes(depth)}",
                "property": lambda: f"sh:property [ {self.body(True, depth - 1)} ]",
            }
            if is_property:
                deeper["qualified"] = lambda: (
                    f"sh:qualifiedValueShape {self.nested(depth)} ; "
                    f"sh:{self.one('qualifiedMinCount', 'qualifiedMaxCount')} {number()}"
                )
            found |= deeper | {f"{name} again": make for name, make in deeper.items()}
        return found
