"""Measures how well the rule against persons recognises their names: recall and precision over labelled names.

``person_names.csv`` holds 500 made-up names and texts of the shapes that registers hold, half of them persons. Recall is the
share of persons that are found, which is what privacy needs; precision the share of what is withheld that is a person.

    python -m bench.persons [--all]     # --all lists what was told wrongly
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import NamedTuple

from graphsvc.loading.persons.text import names_person, without_persons

NAMES = Path(__file__).with_name("person_names.csv")


class Measured(NamedTuple):
    """The results of the rule over the labelled names."""

    persons: int
    others: int
    missed: list[str]
    """Persons that are not found."""
    wrongly: list[str]
    """Others that are taken for persons."""

    @property
    def recall(self) -> float:
        """The share of persons that are found."""
        return 1 - len(self.missed) / self.persons

    @property
    def precision(self) -> float:
        """The share of names taken for a person's that are one's."""
        found = self.persons - len(self.missed)
        return found / (found + len(self.wrongly))


def found(kind: str, text: str) -> bool:
    """Tells whether the rule withholds something of a name, or the name of a person in a text."""
    return names_person(text) if kind == "name" else bool(without_persons(text)[1]["name of a person"])


def measure() -> Measured:
    """Applies the rule to every labelled name."""
    with NAMES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    persons = [row for row in rows if row["label"] == "person"]
    others = [row for row in rows if row["label"] != "person"]
    missed = [row["text"] for row in persons if not found(row["kind"], row["text"])]
    wrongly = [row["text"] for row in others if found(row["kind"], row["text"])]
    return Measured(len(persons), len(others), missed, wrongly)


def told(measured: Measured) -> str:
    """Writes the results in one line."""
    return (
        f"names of persons: recall {measured.recall:.1%} of {measured.persons}, precision {measured.precision:.1%} "
        f"({len(measured.wrongly)} of {measured.others} others withheld)"
    )


if __name__ == "__main__":
    done = measure()
    print(told(done))
    if "--all" in sys.argv:
        for what, texts in (("missed", done.missed), ("wrongly withheld", done.wrongly)):
            print(*(f"  {what}: {text}" for text in texts), sep="\n")
