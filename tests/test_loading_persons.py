"""Persons, telephones and e-mail addresses are found in names and texts, and organisations are left alone."""

from __future__ import annotations

import pytest

from bench.persons import measure
from graphsvc.loading.persons.text import names_person, without_persons


@pytest.mark.parametrize(
    "name",
    [
        "DR A EXAMPLE'S PRACTICE",
        "DRS EXAMPLE & SAMPLE",
        "THE MEDICAL CENTRE - DR EXAMPLE",
        "MRS EXAMPLE LTD",
        "EXAMPLE JA",
        "EXAMPLE-SAMPLE J",
        "O'EXAMPLE WP",
        "J G EXAMPLE",
        "Jane Example",
        "Susan Example-Sample",
        "Dr. N.J. Example",
        "DR GREEN & PARTNERS",
        "DRS HILL AND LANE",
        "OAK TREE SURGERY (RP SAMPLE)",
        "MILL HOUSE (SAMPLE J)",
        "RIVERSIDE SURGERY - SAMPLE KH",
        "SAMPLE B",
        "SAMPLE MH",
        "SAMPLE, PAT",
        "HILL & PARTNERS",
        "P SAMPLE'S SURGERY",
        "GREEN PJ",
        "WAKEFIELD RJ",
    ],
)
def test_a_name_of_a_person_is_found(name: str) -> None:
    assert names_person(name)


@pytest.mark.parametrize(
    "name",
    [
        "MARKET SQUARE SURGERY",
        "NHS GREATER MANCHESTER ICB - 02H",
        "WIGAN BOROUGH GP",
        "DR LOCAL CARE DIRECT OOH",
        "ABBEY HC",
        "RIVERSIDE CC",
        "DAVID LEWIS CENTRE",
        "VICTORIA PHARMACY",
        "THE SURGERY",
        "ST. PANCRAS HOSPITAL",
        "BOOTS UK",
        "Manchester University NHS Foundation Trust",
        "HOPE CITIZENS ADVICE",
        "LEEDS VPS",
        "MS THERAPY CENTRE",
        "Tai Chi",
        "HMP IOW",
        "S TAXIS",
        "Grange Ave",
        "A collaboration",
        "OAK TREE SURGERY (N WALES)",
        "QUEEN ELIZABETH",
        "GREEN LANE",
        "HILL TOP",
        "SAMPLE & PARTNERS LTD",
    ],
)
def test_a_name_of_an_organisation_is_left_alone(name: str) -> None:
    assert not names_person(name)


def test_contacts_are_taken_out_of_a_text_and_counted() -> None:
    text = "Ask Mrs J Example on 01632 960001 or +44 1632 960002, or write to jane.example@example.org. Open 10:00 to 12:00."
    clean, counts = without_persons(text)
    assert clean == "Ask [withheld] on [withheld] or [withheld], or write to [withheld]. Open 10:00 to 12:00."
    assert counts == {"e-mail address": 1, "telephone number": 2, "name of a person": 1}


@pytest.mark.parametrize(
    "text",
    [
        "£30 for a course of 6 weeks, 2018/19, postcode M33 3JR, NHS number of pages 12345678",
        "The Dame Example Hospital and Sir Example House",
        "https://example.org/01632/960001",
        "Grant of £1,500,000 in 2019-20",
    ],
)
def test_figures_dates_and_places_are_left_alone(text: str) -> None:
    assert without_persons(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("For details please contact Pat Sample on a weekday.", "For details please contact [withheld] on a weekday."),
        ("Manager: Wilbert Example", "Manager: [withheld]"),
        ("Ask for Pat.", "Ask for [withheld]."),
        ("Jane Sample runs it.", "[withheld] runs it."),
        ("Contact Wigan Council, or ask for Reception.", "Contact Wigan Council, or ask for Reception."),
        ("Contact Us Today. Call Age UK.", "Contact Us Today. Call Age UK."),
        ("Off George Street, behind the Queen Elizabeth Hall.", "Off George Street, behind the Queen Elizabeth Hall."),
        ("MS Therapy for all", "MS Therapy for all"),
    ],
)
def test_a_name_in_a_text_is_known_by_what_stands_before_it(text: str, clean: str) -> None:
    assert without_persons(text)[0] == clean


def test_who_knows_better_is_believed() -> None:
    assert names_person("SAMPLE JA")
    assert not names_person("SAMPLE JA", {"sample ja"})
    assert not names_person("OAK SURGERY (RP SAMPLE)", {"rp sample"})
    assert without_persons("Contact Pat Sample.", {"pat sample"}) == ("Contact Pat Sample.", {})


def test_the_measure_of_the_rule_does_not_fall() -> None:
    measured = measure()
    assert (measured.persons, measured.others) == (250, 250)
    assert measured.recall >= 0.97, measured.missed
    assert measured.precision >= 0.97, measured.wrongly
