"""What the shapes say of records: each rule with a good and a bad example, through pyshacl as it stands."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from example_class import ROOT
from rdflib import RDF, SH, Graph, Namespace, URIRef
from rdflib.term import Node

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyshacl

THING = Namespace("urn:thing:")
GSH = Namespace("https://w3id.org/graphsvc/shapes#")

PREFIXES = """
@prefix gs: <https://w3id.org/graphsvc/ontology#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <urn:thing:> .
"""

RECORDS = """
:wigan a gs:CareSystem ; gs:name "Wigan" .
:bury a gs:CareSystem ; gs:name "Bury" .
:manchester a gs:CareSystem ; gs:name "Greater Manchester" .
:council a gs:Organisation ; gs:name "Wigan Council" .
:wigan gs:within :manchester .
:wigan-place a gs:Place ; gs:name "Wigan" ; gs:inSystem :wigan .
:bury-place a gs:Place ; gs:name "Bury" ; gs:inSystem :bury .
:gm-place a gs:Place ; gs:name "Leigh" ; gs:inSystem :manchester .

# a neighbourhood lies in a place of the same system
:n-good a gs:Neighbourhood ; gs:name "Ashton" ; gs:inSystem :wigan ; gs:within :wigan-place .
:n-good-through-larger-system a gs:Neighbourhood ; gs:name "Leigh" ; gs:inSystem :wigan ; gs:within :gm-place .
:n-nowhere a gs:Neighbourhood ; gs:name "Hindley" ; gs:inSystem :wigan .
:n-elsewhere a gs:Neighbourhood ; gs:name "Ramsbottom" ; gs:inSystem :wigan ; gs:within :bury-place .

# a covered service has a provider or an open question
:contract a gs:Contract ; gs:name "Contract" .
:provided a gs:Service ; gs:name "Podiatry" .
:council gs:provides :provided .
:asked a gs:Service ; gs:name "Frailty" .
:question a gs:OpenQuestion ; gs:name "Who?" ; gs:question "Who provides it?" ; gs:questionAbout :asked .
:unprovided a gs:Service ; gs:name "Outpatients" .
:phase-good a gs:AgreementPhase ; gs:name "One" ; gs:phaseOf :contract ; gs:covers :provided , :asked .
:phase-bad a gs:AgreementPhase ; gs:name "Two" ; gs:phaseOf :contract ; gs:covers :unprovided .
:contract-with-provider a gs:Contract ; gs:name "Contract" ; gs:contractProvider :council .
:phase-of-provider a gs:AgreementPhase ; gs:name "Three" ; gs:phaseOf :contract-with-provider ; gs:covers :unprovided .

# a contract's dates enclose its phases
:dated a gs:Contract ; gs:name "Dated" .
:c1 a rdf:Statement ; rdf:subject :dated ; rdf:predicate rdf:type ; rdf:object gs:Contract ;
    gs:validFrom "2019-04-01"^^xsd:date ; gs:validTo "2021-04-01"^^xsd:date .
:inside a gs:AgreementPhase ; gs:name "Inside" ; gs:phaseOf :dated ; gs:agreementPhaseKind gs:PhaseKind-full .
:c2 a rdf:Statement ; rdf:subject :inside ; rdf:predicate rdf:type ; rdf:object gs:AgreementPhase ;
    gs:validFrom "2019-04-01"^^xsd:date ; gs:validTo "2021-04-01"^^xsd:date .
:early a gs:AgreementPhase ; gs:name "Early" ; gs:phaseOf :dated ; gs:agreementPhaseKind gs:PhaseKind-partial .
:c3 a rdf:Statement ; rdf:subject :early ; rdf:predicate rdf:type ; rdf:object gs:AgreementPhase ;
    gs:validFrom "2018-04-01"^^xsd:date .
:late a gs:AgreementPhase ; gs:name "Late" ; gs:phaseOf :dated ; gs:agreementPhaseKind gs:PhaseKind-full .
:c4 a rdf:Statement ; rdf:subject :late ; rdf:predicate rdf:type ; rdf:object gs:AgreementPhase ;
    gs:validTo "2022-04-01"^^xsd:date .
:shadow a gs:AgreementPhase ; gs:name "Shadow" ; gs:phaseOf :dated ; gs:agreementPhaseKind gs:PhaseKind-shadow .
:c5 a rdf:Statement ; rdf:subject :shadow ; rdf:predicate rdf:type ; rdf:object gs:AgreementPhase ;
    gs:validFrom "2018-04-01"^^xsd:date .
:two-sources a gs:Contract ; gs:name "By two sources" .
:c6 a rdf:Statement ; rdf:subject :two-sources ; rdf:predicate rdf:type ; gs:validFrom "2019-04-01"^^xsd:date .
:c7 a rdf:Statement ; rdf:subject :two-sources ; rdf:predicate rdf:type ; gs:validFrom "2018-04-01"^^xsd:date .
:within-widest a gs:AgreementPhase ; gs:name "First" ; gs:phaseOf :two-sources ; gs:agreementPhaseKind gs:PhaseKind-full .
:c8 a rdf:Statement ; rdf:subject :within-widest ; rdf:predicate rdf:type ; gs:validFrom "2018-06-01"^^xsd:date .

# a period is in order
:c-good a rdf:Statement ; gs:validFrom "2019-01-01"^^xsd:date ; gs:validTo "2019-01-02"^^xsd:date .
:c-empty a rdf:Statement ; gs:validFrom "2019-01-01"^^xsd:date ; gs:validTo "2019-01-01"^^xsd:date .
:c-backwards a rdf:Statement ; gs:validFrom "2019-01-02"^^xsd:date ; gs:validTo "2019-01-01"^^xsd:date .

# a claim says who makes it, how surely, and how it stands
:k-good a gs:Claim, rdf:Statement ; gs:source :s-good ; gs:locator "p. 1" ; gs:confidence gs:Confidence-explicit ;
    gs:status gs:ClaimStatus-in-force ; gs:validFrom "2019-01-01"^^xsd:date .
:k-sourceless a gs:Claim ; gs:confidence gs:Confidence-explicit ; gs:status gs:ClaimStatus-in-force .
:k-status a gs:Claim ; gs:source :s-good ; gs:confidence gs:Confidence-explicit ; gs:status gs:Confidence-explicit .
:k-confidence a gs:Claim ; gs:source :s-good ; gs:status gs:ClaimStatus-planned .
:k-day a gs:Claim ; gs:source :s-good ; gs:confidence gs:Confidence-explicit ; gs:status gs:ClaimStatus-planned ;
    gs:validTo "2019" .

# a relation holds between the classes that it names
:u-good a gs:Programme ; gs:name "Change" ; gs:leads :provided ; gs:supports :r-good .
:u-subject a gs:Category ; gs:name "Code" ; gs:supports :provided .
:u-object a gs:Programme ; gs:name "Change" ; gs:leads :s-good .

# nothing is its own part, or stands in a relation to itself
:part a gs:Service ; gs:name "Part" ; gs:partOf :whole .
:whole a gs:Service ; gs:name "Whole" .
:self a gs:Service ; gs:name "Self" ; gs:partOf :self .
:ring-1 a gs:Service ; gs:name "One" ; gs:partOf :ring-2 .
:ring-2 a gs:Service ; gs:name "Two" ; gs:partOf :ring-3 .
:ring-3 a gs:Service ; gs:name "Three" ; gs:partOf :ring-1 .
:inner a gs:Place ; gs:name "Inner" ; gs:within :outer .
:outer a gs:Place ; gs:name "Outer" ; gs:within :inner .
:mirror a gs:Service ; gs:name "Mirror" ; gs:supports :mirror .

# bounds are in order
:m-good a gs:Milestone ; gs:name "Good" ; gs:earliest "2018-07-01"^^xsd:date ; gs:latest "2018-07-01"^^xsd:date .
:m-bad a gs:Milestone ; gs:name "Bad" ; gs:earliest "2018-07-02"^^xsd:date ; gs:latest "2018-07-01"^^xsd:date .
:o-good a gs:Observation ; gs:name "Good" ; gs:measure gs:Measure-money ; gs:observes :wigan ; gs:minimum 1.0 ; gs:maximum 2.0 .
:o-bad a gs:Observation ; gs:name "Bad" ; gs:measure gs:Measure-money ; gs:observes :wigan ; gs:minimum 2.0 ; gs:maximum 1.0 .
:o-empty a gs:Observation ; gs:name "Empty" ; gs:measure gs:Measure-money ; gs:observes :wigan .

# sources say when
:s-good a gs:Source ; gs:name "Good" ; gs:title "Good" ; gs:published "2017-05-10"^^xsd:date .
:s-undated a gs:Source ; gs:name "Undated" ; gs:title "Undated" ; gs:undated true .
:s-bad a gs:Source ; gs:name "Bad" ; gs:title "Bad" .

# records
:r-good a gs:Organisation ; gs:name "RWT" ; gs:odsCode "RL4" ; gs:organisationKind gs:OrganisationKind-nhs-trust .
:r-nameless a gs:Service .
:r-two-names a gs:Service ; gs:name "One" , "Two" .
:r-ods a gs:Organisation ; gs:name "RWT" ; gs:odsCode "rl-4" .
:r-gss-good a gs:Place ; gs:name "Wolverhampton" ; gs:gssCode "E08000031" .
:r-gss a gs:Place ; gs:name "Wolverhampton" ; gs:gssCode "E0800031" .
:r-kind a gs:Organisation ; gs:name "RWT" ; gs:organisationKind gs:ServiceKind-acute-care .
:r-kind-text a gs:Organisation ; gs:name "RWT" ; gs:organisationKind "NHS trust" .
:r-value a gs:Observation ; gs:name "60k" ; gs:measure gs:Measure-money ; gs:observes :wigan ; gs:value "60k" .
:r-phase a gs:AgreementPhase ; gs:name "Phase of nothing" .
:r-sequence a gs:PathwayStep ; gs:name "Step" ; gs:stepOf :pathway ; gs:pathwayStepSequence 0 .
:pathway a gs:Pathway ; gs:name "Pathway" .
:r-statement a gs:Statement ; gs:name "Aim" ; gs:statementKind gs:StatementKind-aim ; gs:text "Aim" .

# the ends of relations
:e-good a gs:Organisation ; gs:name "Provider" ; gs:provides :provided .
:e-range a gs:Organisation ; gs:name "Provider of a place" ; gs:provides :wigan-place .
:e-domain a gs:Service ; gs:name "Service that provides" ; gs:provides :provided .
:e-nothing a gs:Service ; gs:name "Supports what is not there" ; gs:supports :nothing .
"""

TEXTS = {
    # names that must pass
    "p-good-1": "Dr Foster Intelligence Unit",
    "p-good-2": "Sir Robert Peel Community Hospital",
    "p-good-3": "Drop in, drive through; MRI and Msc; Address 1",
    "p-good-4": "A list of 30,000-50,000 in 2017/18, 01-2019, 020 of 2,000",
    "p-good-5": "Board, 10 May 2017 - 31 March 2018; £0.123456789m; 12345678901234",
    "p-good-6": "Twitter @wigan, 5 @ 10",
    "p-good-7": "2c69ec66eeb816bf 0123456789abcdef",
    "p-good-8": "Chair of the Professor and Sister unit",
    # names that must not
    "p-name-1": "Chaired by Dr Smith",
    "p-name-2": "Cllr. J Bloggs",
    "p-name-3": "mrs? No: Mrs Bloggs",
    "p-name-4": "Professor Dame Example",
    "p-phone-1": "Call 01902 444878",
    "p-phone-2": "(01942) 482 500",
    "p-phone-3": "+44 20 7946 0123",
    "p-phone-4": "07700900123.",
    "p-mail-1": "write to first.last@example.nhs.uk",
}


class Finding(NamedTuple):
    """One result."""

    severity: str
    path: str
    value: str
    message: str


def findings(turtle: str) -> dict[str, list[Finding]]:
    """What pyshacl finds, by the local name of the focus node."""
    data = Graph().parse(data=PREFIXES + turtle, format="turtle")
    ontology, shapes = Graph(), Graph()
    for graph, folder in ((ontology, "ontology"), (shapes, "shapes")):
        for path in sorted((ROOT / folder).glob("*.ttl")):
            graph.parse(path)
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, ont_graph=ontology, advanced=True, inference="none")
    found: dict[str, list[Finding]] = {}
    for focus, finding in _results(report):
        found.setdefault(str(focus).removeprefix(str(THING)), []).append(finding)
    return found


def _results(report: Graph) -> Iterator[tuple[Node | None, Finding]]:
    def text(node: Node | None) -> str:
        return re.split("[#:]", node)[-1] if isinstance(node, URIRef) else str(node or "")

    for result in report.subjects(RDF.type, SH.ValidationResult):
        parts = [report.value(result, item) for item in (SH.resultSeverity, SH.resultPath, SH.value)]
        messages = sorted(str(item) for item in report.objects(result, SH.resultMessage))
        yield report.value(result, SH.focusNode), Finding(*(text(part) for part in parts), " ".join(messages))


@pytest.fixture(scope="module")
def found() -> dict[str, list[Finding]]:
    texts = "\n".join(f':{name} a gs:Service ; gs:name "Text" ; gs:description "{text}" .' for name, text in TEXTS.items())
    return findings(RECORDS + texts)


@pytest.mark.parametrize(
    ("focus", "severity", "path", "says"),
    [
        ("n-nowhere", "Warning", "", "lies in no place"),
        ("n-elsewhere", "Violation", "within", "in different systems"),
        ("phase-bad", "Warning", "covers", "nobody says who provides it"),
        ("early", "Violation", "validFrom", "starts before its agreement does"),
        ("late", "Violation", "validTo", "ends after its agreement does"),
        ("c-empty", "Violation", "validFrom", "ends before it starts"),
        ("c-backwards", "Violation", "validFrom", "ends before it starts"),
        ("self", "Violation", "partOf", "part of itself"),
        ("ring-1", "Violation", "partOf", "one of its own parts"),
        ("ring-2", "Violation", "partOf", "one of its own parts"),
        ("ring-3", "Violation", "partOf", "one of its own parts"),
        ("inner", "Violation", "within", "cannot lie within itself"),
        ("mirror", "Violation", "supports", "relation to itself"),
        ("m-bad", "Violation", "earliest", "‘earliest’ is after ‘latest’"),
        ("o-bad", "Violation", "minimum", "‘minimum’ is above ‘maximum’"),
        ("o-empty", "Warning", "", "has no figure"),
        ("s-bad", "Warning", "", "has no date"),
        ("r-nameless", "Violation", "name", "exactly one name"),
        ("r-two-names", "Violation", "name", "exactly one name"),
        ("r-ods", "Violation", "odsCode", "An ODS code is"),
        ("r-gss", "Violation", "gssCode", "A GSS code is"),
        ("r-kind", "Violation", "organisationKind", "closed list OrganisationKind"),
        ("r-kind-text", "Violation", "organisationKind", "closed list OrganisationKind"),
        ("r-value", "Violation", "value", "no ‘k’"),
        ("r-phase", "Violation", "phaseOf", "‘phaseOf’"),
        ("r-sequence", "Violation", "pathwayStepSequence", "from 1"),
        ("r-statement", "Violation", "about", "‘about’"),
        ("e-range", "Violation", "provides", "leads from an agent to a service"),
        ("e-domain", "Violation", "", "leads from an agent to a service"),
        ("k-sourceless", "Violation", "source", "names one source"),
        ("k-status", "Violation", "status", "one status"),
        ("k-confidence", "Violation", "confidence", "explicit or inferred"),
        ("k-day", "Violation", "validTo", "one day"),
        ("u-subject", "Violation", "", "‘supports’ leads from an agent"),
        ("u-object", "Violation", "leads", "‘leads’ leads from an agent or a programme"),
        ("e-nothing", "Violation", "supports", "check both ids"),
    ],
)
def test_a_bad_record_is_found(found: dict[str, list[Finding]], focus: str, severity: str, path: str, says: str) -> None:
    assert [item for item in found.get(focus, []) if (item.severity, item.path) == (severity, path) and says in item.message]


@pytest.mark.parametrize(
    "focus",
    [
        "n-good", "n-good-through-larger-system", "phase-good", "phase-of-provider", "inside", "shadow", "within-widest",
        "c-good", "part", "whole", "m-good", "o-good", "s-good", "s-undated", "r-good", "r-gss-good", "e-good",
    ],
)  # fmt: skip
def test_a_good_record_passes(found: dict[str, list[Finding]], focus: str) -> None:
    assert not found.get(focus)


@pytest.mark.parametrize("name", [name for name in TEXTS if "good" not in name])
def test_nobody_is_named(found: dict[str, list[Finding]], name: str) -> None:
    wanted = {"name": "a person's name", "phone": "a telephone number", "mail": "an e-mail address"}[name.split("-")[1]]
    assert [item.path for item in found.get(name, []) if wanted in item.message] == ["description"]


@pytest.mark.parametrize("name", [name for name in TEXTS if "good" in name])
def test_ordinary_words_and_figures_name_nobody(found: dict[str, list[Finding]], name: str) -> None:
    assert not found.get(name), TEXTS[name]


def test_names_in_the_note_of_a_claim_are_found_too() -> None:
    found = findings(':c a rdf:Statement ; gs:note "said by Cllr Bloggs" ; rdf:object "Dr Who" .')
    assert [item.path for item in found["c"]] == ["note"]
