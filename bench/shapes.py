"""The ten shapes of question that the bench asks: as GraphQL, as Cypher written by hand, and as a peer's GraphQL.

Each is asked as at a date and as at today. The Cypher is what somebody would write who knows the graph and its indexes; it asks
for the same things, revision, statuses and date, and gives the same rows. A peer serves organisations, services and contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.graph import counts
from graphsvc.provenance import OVER, TRUE_NOW

Values = Mapping[str, Any]
STATUSES = [*TRUE_NOW, *OVER]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of question."""

    name: str
    graphql: str
    """With ``$d``, the date or null."""
    values: Callable[[int, int], Values]
    """Variables of a turn, in a graph of some size."""
    hand: str = ""
    """Cypher written by hand; empty where nobody would write it."""
    peer: str = ""
    """The peer's GraphQL; empty for what it cannot do."""


def _holds(name: str) -> str:
    return f"{name}.knownFrom <= $r AND $r < {name}.knownTo AND {name}.status IN $st AND {name}.from <= $d AND $d < {name}.to"


def _peer(what: str) -> str:
    """The peer's test of revision, status and date."""
    statuses = ", ".join(f'"{status}"' for status in STATUSES)
    test = f"status: {{in: [{statuses}]}}, from: {{lte: $d}}, to: {{gt: $d}}, knownFrom: {{lte: $r}}, knownTo: {{gt: $r}}"
    return what.replace("HOLDS", test)


def _name(turn: int, size: int) -> Values:
    return {"a": f"Organisation {turn * 7919 % counts(size)[2]:06d}"}


def _code(turn: int, size: int) -> Values:
    return {"a": f"B{turn * 7919 % counts(size)[2]:06d}"}


_CHAIN = "(c)-[v:COVERS]->(s)<-[p:PROVIDES]-(o)"
_HELD = " AND ".join(map(_holds, ("v", "s", "p", "o")))
_READY = Path(__file__).parent.parent / "queries" / "which-services-in-which-contract.graphql"


SHAPES = (
    Shape(
        "nested",
        "query($id: ID!, $d: Date) { contract(id: $id, asOf: $d) {"
        " id name services(first: 10) { id name providers(first: 5) { id name } } } }",
        lambda turn, size: {"id": f"contract/b{turn * 7919 % counts(size)[0]}"},
        f"MATCH (c:Entity {{id: $id}}) WHERE {_holds('c')} CALL (c) {{"
        f" MATCH (c)-[v:COVERS]->(s) WHERE {_holds('v')} AND {_holds('s')}"
        f" WITH DISTINCT s ORDER BY s.name, s.id LIMIT 10"
        f" CALL (s) {{ MATCH (s)<-[p:PROVIDES]-(o) WHERE {_holds('p')} AND {_holds('o')}"
        " WITH DISTINCT o ORDER BY o.name, o.id LIMIT 5 RETURN collect([o.id, o.name]) AS os }"
        " RETURN collect([s.id, s.name, os]) AS ss } RETURN c.id, c.name, ss",
        _peer(
            "query($id: ID!, $d: String!, $r: Int!) { contracts(where: {id: {eq: $id}, HOLDS}) { id name"
            " servicesConnection(first: 10, sort: [{node: {name: ASC}}], where: {edge: {HOLDS}, node: {HOLDS}})"
            " { edges { node { id name"
            " providersConnection(first: 5, sort: [{node: {name: ASC}}], where: {edge: {HOLDS}, node: {HOLDS}}) {"
            " edges { node { id name } } } } } } } }"
        ),
    ),
    Shape(
        "counts",
        "query($a: String!, $d: Date) { contracts(where: {name: {startsWith: $a}}, asOf: $d, first: 50) {"
        " id name servicesConnection { totalCount } } }",
        lambda turn, size: {"a": f"Contract {turn * 37 % max(counts(size)[0] // 10, 1):05d}"},
        f"MATCH (c:Entity) WHERE c.type = 'Contract' AND c.key_name STARTS WITH $a AND {_holds('c')}"
        " WITH c ORDER BY c.type, c.key_name, c.id LIMIT 50"
        f" CALL (c) {{ MATCH (c)-[v:COVERS]->(s) WHERE {_holds('v')} AND {_holds('s')} RETURN count(DISTINCT s) AS number }}"
        " RETURN collect([c.id, c.name, number])",
        _peer(
            "query($a: String!, $d: String!, $r: Int!) { contracts(where: {name: {startsWith: $a}, HOLDS}, limit: 50,"
            " sort: [{name: ASC}]) { id name servicesConnection(where: {edge: {HOLDS}, node: {HOLDS}}) { totalCount } } }"
        ),
    ),
    Shape(
        "by name",
        "query($a: String!, $d: Date) { organisations(where: {name: {eq: $a}}, asOf: $d, first: 5) { id name } }",
        _name,
        f"MATCH (n:Entity {{key_name: $a}}) WHERE n:Organisation AND {_holds('n')} WITH n ORDER BY n.name, n.id LIMIT 5"
        " RETURN collect([n.id, n.name])",
        _peer(
            "query($a: String!, $d: String!, $r: Int!) { organisations(where: {name: {eq: $a}, HOLDS}, limit: 5,"
            " sort: [{name: ASC}]) { id name } }"
        ),
    ),
    Shape(
        "by code",
        "query($a: String!, $d: Date) { organisations(where: {odsCode: {eq: $a}}, asOf: $d, first: 5) { id name } }",
        _code,
        f"MATCH (n:Entity {{key_odsCode: $a}}) WHERE n:Organisation AND {_holds('n')} WITH n ORDER BY n.name, n.id LIMIT 5"
        " RETURN collect([n.id, n.name])",
    ),
    Shape(
        "some of some",
        "query($a: String!, $d: Date) { contracts(where: {services: {some: {providers: {some: {name: {eq: $a}}}}}},"
        " asOf: $d, first: 20) { id name } }",
        _name,
        f"MATCH (o:Entity {{key_name: $a}}) WHERE {_holds('o')} MATCH (o)-[p:PROVIDES]->(s) WHERE {_holds('p')} AND {_holds('s')}"
        f" WITH DISTINCT s MATCH (s)<-[v:COVERS]-(c) WHERE {_holds('v')} AND {_holds('c')} WITH DISTINCT c"
        " ORDER BY c.name, c.id LIMIT 20 RETURN collect([c.id, c.name])",
        _peer(
            "query($a: String!, $d: String!, $r: Int!) { contracts(where: {HOLDS, servicesConnection:"
            " {some: {edge: {HOLDS}, node: {HOLDS, providersConnection: {some: {edge: {HOLDS}, node: {"
            "name: {eq: $a}, HOLDS}}}}}}}, limit: 20,"
            " sort: [{name: ASC}]) { id name } }"
        ),
    ),
    Shape(
        "none",
        "query($a: String!, $d: Date) { contracts(where: {services: {none: {providers: {some: {name: {eq: $a}}}}}},"
        " asOf: $d, first: 20) { id name } }",
        _name,
        f"MATCH (c:Entity) WHERE c.type = 'Contract' AND c.key_name >= '' AND {_holds('c')}"
        f" AND NOT EXISTS {{ MATCH {_CHAIN} WHERE {_HELD} AND o.name = $a }}"
        " WITH c ORDER BY c.type, c.key_name, c.id LIMIT 20 RETURN collect([c.id, c.name])",
        _peer(
            "query($a: String!, $d: String!, $r: Int!) { contracts(where: {HOLDS, servicesConnection:"
            " {none: {edge: {HOLDS}, node: {HOLDS, providersConnection: {some: {edge: {HOLDS}, node: {"
            "name: {eq: $a}, HOLDS}}}}}}}, limit: 20,"
            " sort: [{name: ASC}]) { id name } }"
        ),
    ),
    Shape(
        "page with total",
        "query($d: Date) { organisationsConnection(asOf: $d, first: 50) { totalCount edges { node { id name } } } }",
        lambda _, __: {},
        f"MATCH (n:Organisation) WHERE {_holds('n')} WITH count(n) AS number CALL () {{"
        f" MATCH (n:Entity) WHERE n.type = 'Organisation' AND n.key_name >= '' AND {_holds('n')}"
        " WITH n ORDER BY n.type, n.key_name, n.id LIMIT 50 RETURN collect([n.id, n.name]) AS page } RETURN number, page",
        _peer(
            "query($d: String!, $r: Int!) { organisationsConnection(first: 50, sort: [{name: ASC}], where: {HOLDS}) {"
            " totalCount edges { node { id name } } } }"
        ),
    ),
    Shape(
        "deep page",
        "query($o: Int!, $d: Date) { organisations(asOf: $d, first: 50, offset: $o) { id name } }",
        lambda turn, size: {"o": counts(size)[2] // 2 + turn},
        f"MATCH (n:Entity) WHERE n.type = 'Organisation' AND n.key_name >= '' AND {_holds('n')}"
        " WITH n ORDER BY n.type, n.key_name, n.id SKIP $o LIMIT 50 RETURN collect([n.id, n.name])",
        _peer(
            "query($o: Int!, $d: String!, $r: Int!) { organisations(where: {HOLDS}, limit: 50, offset: $o, sort: [{name: ASC}]) {"
            " id name } }"
        ),
    ),
    Shape(
        "search",
        "query($a: String!, $d: Date) { search(text: $a, asOf: $d, first: 20) { score node { id name } } }",
        _name,
        f"CALL db.index.fulltext.queryNodes($index, $a) YIELD node AS n, score WITH n, score WHERE {_holds('n')}"
        " WITH n, score ORDER BY score DESC, n.name, n.id LIMIT 20 RETURN collect([score, n.id, n.name])",
    ),
    Shape(
        "ready question",
        _READY.read_text(encoding="utf-8").replace("$asOf", "$d"),
        lambda _, __: {"system": ""},
    ),
)
