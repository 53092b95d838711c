"""Rules on how a map tells what its sources say: each with a small map that breaks it, and one beside it that does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from small_maps import BASE, SHEETS, shapes_of, write_map

from graphsvc.loading import Finding
from graphsvc.model import Model
from graphsvc.pipeline.intake import read_input
from graphsvc.settings import project_root
from loaders._workbook_twice import FOLLOWS_FROM

RELATIONS = ["subject", "relation", "object", "source", "locator", "confidence", "status", "note"]
QUESTIONS = ["id", "name", "question", "relation", "questionAbout", "source", "locator"]
MILESTONES = ["id", "name", "description", "dateStated", "earliest", "latest", "milestoneOf", "source", "locator"]
DECISIONS = ["id", "name", "decides", "source", "locator", "status"]


Found = Callable[..., list[Finding]]
Told = Callable[..., list[tuple[str, str, str, int | None]]]


@pytest.fixture(scope="module")
def findings_of(model: Model) -> Callable[[Path], list[Finding]]:
    """What is found in a map, with shapes that are read once."""
    shapes = shapes_of(model)

    def found_in(path: Path) -> list[Finding]:
        with read_input(path, model, shapes, BASE) as found:
            return list(found.report.findings)

    return found_in


@pytest.fixture
def findings(tmp_path: Path, findings_of: Callable[[Path], list[Finding]]) -> Found:
    """What is found in the small map with some sheets changed."""
    return lambda **sheets: findings_of(write_map(tmp_path / "small", **sheets))


@pytest.fixture
def told(findings: Found) -> Told:
    """Rule, severity, file and row of each finding."""
    return lambda **sheets: [(item.rule, item.severity, item.file, item.row) for item in findings(**sheets)]


def relation(confidence: str, status: str, note: str, name: str = "commissions", target: str = "nursing") -> list[list[str]]:
    return [RELATIONS, ["small-council", name, target, "paper", "p3", confidence, status, note]]


@pytest.mark.parametrize("term", ["start", "isPaidBy", "Service", "serviceKind2"])
def test_what_an_open_question_leaves_open_is_a_term_of_the_ontology(findings: Found, term: str) -> None:
    rows = [QUESTIONS, ["oq", "Open", "Who pays, and since when?", term, "nursing", "paper", "p3"]]
    (finding,) = [item for item in findings(open_questions=rows) if item.column == "relation"]
    assert (finding.severity, finding.file, finding.row, finding.value) == ("violation", "open-questions.csv", 2, term)


@pytest.mark.parametrize("term", ["", "validFrom", "paidThrough", "providers", "kind", "inSystem", "value", "status"])
def test_relations_properties_and_their_fields_are_terms(told: Told, term: str) -> None:
    assert not told(open_questions=[QUESTIONS, ["oq", "O", "Who pays?", term, "nursing", "paper", "p3"]])


@pytest.mark.parametrize(
    "note",
    [
        "That it is the council is inferred from another paper.",
        "PCS is read as Primary Care Strategy.",
        "'Staff' is taken to be Staffordshire.",
        "Its kind is our reading.",
        "Derived: 8 + 8.",
        "The list implies it, not in words.",
    ],
)
def test_what_a_note_says_is_inferred_is_not_explicit(told: Told, note: str) -> None:
    wrong = [("reading-is-inferred", "warning", "relations.csv", 2)]
    assert told(relations=relation("explicit", "in force", note)) == wrong
    assert not told(relations=relation("inferred", "in force", note))


@pytest.mark.parametrize("note", ["Could be answered by the CCG.", "The slide is blank; it can be answered from the register."])
def test_who_could_answer_a_question_is_no_note(told: Told, note: str) -> None:
    header = ["id", "name", "question", "questionAbout", "source", "locator", "confidence", "note"]
    asked = ["q", "Price", "What is paid?", "small-council", "paper", "p3", "inferred"]
    wrong = [("answerer-has-its-column", "warning", "open-questions.csv", 2)]
    assert told(open_questions=[header, [*asked, note]]) == wrong
    assert not told(open_questions=[[*header[:-1], "answerableBy"], [*asked, "The CCG: its register"]])


def test_a_row_is_told_once_whatever_number_of_claims_it_makes(findings: Found) -> None:
    header = ["id", "name", "kind", "inSystem", "source", "locator", "confidence", "note"]
    row = ["nursing", "Nursing", "community health", "small", "paper", "p3", "explicit", "Its kind is inferred."]
    (finding,) = findings(services=[header, row])
    assert (finding.rule, finding.row, finding.value) == ("reading-is-inferred", 2, "Its kind is inferred.")


@pytest.mark.parametrize("note", ["The contract is not stated.", "Samples are taken to the laboratory.", "Different aspects."])
def test_a_note_on_what_is_left_open_may_stand_beside_explicit(told: Told, note: str) -> None:
    assert not told(relations=relation("explicit", "in force", note))


@pytest.mark.parametrize(
    "note",
    [
        "The paper does not say whether the visit had taken place or was to come.",
        "Whether it is adopted yet is not stated.",
        "When it takes effect is not stated.",
        "Its start is not known.",
        "Nobody says: it is not clear if it has begun.",
    ],
)
def test_what_may_not_have_begun_is_not_in_force(told: Told, note: str) -> None:
    wrong = [("beginning-is-known", "warning", "relations.csv", 2)]
    assert told(relations=relation("explicit", "in force", note)) == wrong
    assert not told(relations=relation("explicit", "planned", note))


@pytest.mark.parametrize(
    "note", ["What kind of body it is, is not stated.", "Its end is not stated.", "Who agreed it is not said."]
)
def test_what_has_begun_may_leave_other_things_open(told: Told, note: str) -> None:
    assert not told(relations=relation("explicit", "in force", note))


@pytest.mark.parametrize(
    ("thing", "decision", "wrong"),
    [("intended", "in force", True), ("planned", "in force", False), ("intended", "planned", False)],
)
def test_what_was_decided_is_more_than_intended(told: Told, thing: str, decision: str, wrong: bool) -> None:
    services = [*SHEETS["services"], ["clinic", "Clinic", "other", "small", "paper", "p4"]]
    rows = [[*services[0], "status"], [*services[1], "in force"], [*services[2], thing]]
    decided = [DECISIONS, ["dec", "Decision", "clinic", "paper", "p4", decision]]
    expected = [("decided-is-not-intended", "warning", "services.csv", 3)] if wrong else []
    assert told(services=rows, decisions=decided) == expected


@pytest.mark.parametrize(
    ("name", "stated", "earliest", "wrong"),
    [
        ("Published in January 2019", "", "", True),
        ("Published", "on 7 Jan 2019", "", True),
        ("To be done in 2018/19", "", "", True),
        ("Published in January 2019", "", "2019-01-01", False),
        ("One practice leaves", "asap", "", False),
        ("Phase 2 of 3", "Q2", "", False),
    ],
)
def test_a_milestone_whose_text_names_a_date_has_one(told: Told, name: str, stated: str, earliest: str, wrong: bool) -> None:
    rows = [MILESTONES, ["ms", name, "", stated, earliest, "", "nursing", "paper", "p5"]]
    assert told(milestones=rows) == ([("named-date-is-given", "warning", "milestones.csv", 2)] if wrong else [])


@pytest.mark.parametrize(
    ("note", "wrong"),
    [
        ("", True),
        ("By its absence from the list headed Partners.", True),
        ("The trust is not named among them.", True),
        ("The paper calls it unaligned to any grouping.", False),
    ],
)
def test_silence_excludes_nobody(told: Told, note: str, wrong: bool) -> None:
    rows = relation("inferred", "in force", note, "notMemberOf", "small-trust")
    assert told(relations=rows) == ([("exclusion-has-words", "warning", "relations.csv", 2)] if wrong else [])


def said(*rows: Sequence[str]) -> list[Sequence[str]]:
    return [RELATIONS, *([*row[:3], "paper", row[3], "explicit", "in force", ""] for row in rows)]


CONTRACTS = [["id", "name", "source", "locator"], ["deal", "Deal", "paper", "p6"]]


def test_two_relations_of_which_one_follows_from_the_other_say_one_thing_twice(told: Told) -> None:
    rows = said(("deal", "contractProvider", "small-trust", "p6"), ("small-trust", "partyTo", "deal", "p6"))
    assert told(contracts=CONTRACTS, relations=rows) == [("said-twice", "warning", "relations.csv", 3)]


def test_what_two_places_say_stands_twice(told: Told) -> None:
    rows = said(("deal", "contractProvider", "small-trust", "p6"), ("deal", "party", "small-trust", "p7"))
    assert not told(contracts=CONTRACTS, relations=rows)


def test_two_relations_that_say_different_things_stand_both(told: Told) -> None:
    rows = said(("small-council", "commissions", "nursing", "p6"), ("small-council", "provides", "nursing", "p6"))
    assert not told(relations=rows)


def test_a_group_and_its_members_are_not_both_said(told: Told) -> None:
    groups = [["id", "name", "source", "locator"], ["all", "All", "paper", "p6"]]
    rows = said(
        ("small-trust", "memberOf", "all", "p6"),
        ("deal", "party", "all", "p7"),
        ("deal", "party", "small-trust", "p7"),
        ("deal", "party", "small-council", "p7"),
    )
    found = told(contracts=CONTRACTS, organisation_groups=groups, relations=rows)
    assert found == [("said-twice", "warning", "relations.csv", 4)]


def test_a_membership_and_the_plain_relation_say_one_thing_twice(told: Told) -> None:
    groups = [["id", "name", "source", "locator"], ["all", "All", "paper", "p6"]]
    memberships = [
        ["id", "name", "role", "membershipMember", "membershipOf", "source", "locator"],
        ["m", "Trust in all", "chair", "small-trust", "all", "paper", "p8"],
    ]
    rows = said(("small-trust", "memberOf", "all", "p6"))
    found = told(organisation_groups=groups, memberships=memberships, relations=rows)
    assert found == [("said-twice", "warning", "relations.csv", 2)]


def test_relations_of_which_one_follows_from_another_are_terms_of_the_ontology(model: Model) -> None:
    for less, more in FOLLOWS_FROM.items():
        assert {less, *more} <= {term.name for term in model.relations.values() if term.forward}


def test_the_shipped_maps_leave_nothing_to_mend(findings_of: Callable[[Path], list[Finding]]) -> None:
    for path in sorted(item for item in (project_root() / "maps").iterdir() if (item / "about.csv").is_file()):
        assert not findings_of(path), path.name
