"""Recognises an ODS report, and which one: by the file's name, by the facts beside it, by its records.

A file of its own because this is judged before anything is read, and refuses what only looks like a report.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from graphsvc.loading import CsvSheet, InputError, Row, dataset_of, shown
from loaders._ods import ODS_CODE
from loaders._ods_reports import PERSONS, REPORTS

LOOKED_AT: Final = 300
"""Records by which a file is known whose name says nothing."""
FILLED_TO: Final = 22
"""Every record fills the columns to the 22nd, the amended record indicator; the five after it may all be empty."""
WIDTH: Final = 27
_DAY: Final = re.compile(r"^(?:[12]\d{7})?$")
_PERSON_CODE: Final = re.compile(r"^[A-Z]\d{7}$")
"""GPs are G and seven digits, consultants C; no organisation has such a code."""


def name_of(path: Path) -> str:
    """Returns the report, or report of persons, that a file is named after; empty if its first word is none."""
    words = re.findall(r"[a-z]+", path.stem.casefold())
    return words[0] if words and (words[0] in REPORTS or words[0] in PERSONS) else ""


def mentioned(path: Path) -> str:
    """Returns the report that a file's name mentions anywhere: ``etr`` in ``our_copy_etr2025.csv``."""
    return next((word for word in re.findall(r"[a-z]+", path.stem.casefold()) if word in REPORTS or word in PERSONS), "")


def is_record(cells: list[str]) -> bool:
    """Tells whether a row looks like an ODS record: code, name, and days in their columns; rejects have two columns more."""
    return (
        FILLED_TO <= len(cells) <= WIDTH + 2
        and bool(ODS_CODE.match(cells[0]) and cells[1])
        and bool(_DAY.match(cells[10]) and _DAY.match(cells[11]))
        and cells[21] in ("", "0", "1")
    )


def is_header(cells: list[str]) -> bool:
    """Tells whether a row names the columns, as in an export with headers."""
    plain = [re.sub(r"[^a-z0-9]", "", cell.casefold()) for cell in cells]
    return len(plain) >= FILLED_TO and plain[0] in ("organisationcode", "orgcode", "odscode", "code") and plain[9] == "postcode"


def is_person(cells: list[str]) -> bool:
    """Tells whether a record is about a person, by its code."""
    return bool(_PERSON_CODE.match(cells[0]))


def by_content(rows: list[list[str]]) -> str:
    """Recognises the report by the codes and values of some records; empty if they do not tell."""
    codes = [cells[0] for cells in rows]
    wide = [[*cells, *[""] * (WIDTH - len(cells))] for cells in rows]
    sorts, settings, parents = ({cells[place] for cells in wide} for place in (13, 25, 14))
    trusts = {code for code in codes if re.fullmatch(r"[RT][A-Z0-9]{2}", code)}
    if settings - {""}:
        return "epraccur"
    if all(re.fullmatch(r"F[A-Z0-9]{4}", code) for code in codes) and sorts <= set(REPORTS["edispensary"].sub_types):
        return "edispensary"
    if any(re.search(r"RO(?:319|327|218)", sort) for sort in sorts) or (sorts and sorts <= {"C", "H"}):
        return "eccg"
    if trusts and parents == {""} and all(code in trusts or code[:3] in trusts for code in codes):
        return "etr" if len(trusts) == len(codes) else "etrust"
    return ""


def report_of(path: Path) -> str:
    """Returns the name of the report: by the file's name, by the facts beside it, by its records; empty if none tells."""
    found = name_of(path) or mentioned(path)
    if not found:
        beside = dataset_of(path)[0].removeprefix("ods-")
        found = beside if beside in REPORTS else by_content(first_records(path))
    return found


def begins_as_report(path: Path) -> bool:
    """Tells whether the first row is an ODS record, or names its columns."""
    first = next(CsvSheet(path, legacy=True).rows(), None)
    return first is not None and (is_record(first.cells) or is_header(first.cells))


def first_records(path: Path) -> list[list[str]]:
    """Returns the records among the first rows of a file."""
    found = []
    for row in CsvSheet(path, legacy=True).rows():
        if is_record(row.cells):
            found.append(row.cells)
        if row.number >= LOOKED_AT:
            break
    return found


def refuse_other_files(path: Path, name: str) -> None:
    """Raises :class:`InputError` for a report of persons, and for a file that is named after a report and is none."""
    if name in PERSONS:
        raise InputError(
            f"{path.name} lists named persons ({PERSONS[name]}), and is not read.",
            "Persons never enter the graph. What organisations there are is in epraccur, egdpprac and the other reports.",
        )
    records = first_records(path)
    if records and sum(map(is_person, records)) * 2 > len(records):
        raise InputError(
            f"{path.name} lists persons: codes such as {records[0][0][:1]} and seven digits are those of GPs or consultants.",
            "Persons never enter the graph. Load the report of their organisations.",
        )
    if not records and not begins_as_report(path) and not dataset_of(path)[1]:
        first = next(CsvSheet(path, legacy=True).rows(), Row(1, []))
        heading = not any(character.isdigit() for cell in first.cells for character in cell)  # a record may name a person
        seen = f"its first row has {len(first.cells)} columns" if first.cells else "it is empty"
        raise InputError(
            f"{path.name} is called after the ODS report {name or 'of 27 columns'}, but {seen}"
            + (f": {shown(', '.join(first.cells[:6]))}." if heading and first.cells else "."),
            "Expected are 27 columns: code, name, region, ICB, five address lines, postcode, open date as 20260401 … Load the "
            "report as ODS publishes it, or give the file another name and a mapping (graphsvc mapping).",
        )
