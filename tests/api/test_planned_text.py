"""The Cypher that requests become, as golden files in ``planned/``.

``GRAPHSVC_SNAPSHOT=1 pytest tests/api/test_planned_text.py`` renews them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from recording import Recording
from stand_ins import stand_in

from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.settings import Settings

FOLDER = Path(__file__).parent / "planned"
REQUESTS = {
    "nested": """query($d: Date) { contract(id: "contract/x", asOf: $d) {
      name services(first: 10) { name providers(first: 5) { name } } } }""",
    "where": """{ agreements(where: {
      system: {some: {name: {eq: "Walsall"}}}, OR: [{kind: {isNull: true}}, {NOT: {name: {contains: "a"}}}]}) { id } }""",
    "looked up": """{ contractsConnection(asOf: "2019-01-01", where: {
      services: {some: {kind: {isNull: false}, providers: {some: {name: {eq: "Wigan Council"}}}}}}) { totalCount } }""",
    "edges": """{ service(id: "service/x") {
      agreementsConnection(first: 2) { totalCount edges { node { name } status claims { source { title } } } } } }""",
    "fragments": """{ agreements(first: 3) {
      __typename name ... on Contract { contractForm services { name } } ... on AllianceAgreement { overlays { id } } } }""",
    "status": """{ agreementsConnection(asOf: "2021-01-01", status: [PLANNED, ENDED], last: 2) {
      totalCount hidden { status count } nodes { id parties(status: [PROPOSED]) { id } } } }""",
    "evidence": """{ node(id: "organisation/x") {
      claims(property: ["kind"]) { locator source { title } values { property value } } } }""",
}


@pytest.fixture(scope="module")
def service(model: Model) -> GraphQLService:
    return GraphQLService(model, stand_in(Recording()), Settings())


@pytest.mark.parametrize("name", REQUESTS)
def test_the_text_is_the_golden_one(service: GraphQLService, name: str) -> None:
    ((_, text, parameters),) = service.explain(REQUESTS[name], {"d": "2021-01-01"} if name == "nested" else {})
    shown = text + "\n" + "".join(f"// ${key} = {value!r}\n" for key, value in parameters.items())
    path = FOLDER / f"{name}.cypher"
    if os.environ.get("GRAPHSVC_SNAPSHOT"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), "The planner writes another text: is it meant? Then renew the golden files."


def test_one_document_with_one_shape_of_variables_has_one_text(service: GraphQLService) -> None:
    text = "query($w: ServiceWhere, $n: Int, $d: Date) { services(where: $w, first: $n, asOf: $d) { name } }"
    ((_, one, first),) = service.explain(text, {"w": {"name": {"eq": "a"}}, "n": 3, "d": "2020-01-01"})
    ((_, other, second),) = service.explain(text, {"w": {"name": {"eq": "b' OR 1=1"}}, "n": 900, "d": "2021-01-01"})
    assert one == other
    assert "b' OR 1=1" in second.values()
    assert first.keys() == second.keys()
    ((_, third, _),) = service.explain(text, {"w": {"name": {"ne": "a"}}, "n": 3, "d": "2020-01-01"})
    assert third != one


def test_no_value_of_a_request_stands_in_the_text(service: GraphQLService) -> None:
    cypher = "x'}) MATCH (n) DETACH DELETE n //"
    requests = (
        "query($s: String) { services(where: {name: {eq: $s}}) { id } }",
        "query($s: String!) { services(where: {alternativeName: {hasAny: [$s]}}) { id } }",
        "query($s: String!) { services(where: {alternativeName: {anyContains: $s}}) { id } }",
        "query($s: String!) { services(where: {claims: {some: {locator: {contains: $s}}}}) { id } }",
        "query($s: ID!) { node(id: $s) { id } }",
        "query($s: ID!) { nodes(ids: [$s]) { id claims { id } } }",
        "query($s: String!) { search(text: $s) { node { id } } }",
        "query($s: String) { validationReport(dataset: $s) { dataset } }",
        'query($s: String!) { node(id: "a") { claims(property: [$s]) { id } } }',
        "query($s: ID!) { services(where: {agreements: {some: {claim: {source: {eq: $s}}}}}) { id } }",
    )
    for request in requests:
        for _, text, _ in service.explain(request, {"s": cypher}):
            assert "DELETE" not in text
            assert "x'" not in text
