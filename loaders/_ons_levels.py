"""The levels of UK geography in ONS lookups: their columns, their codes, and which lies in which.

Apart from loaders/ons.py so that each file fits one idea: this one is what is known of geography, that one how a file is read.

Source: ONS Open Geography Portal; GSS coding and naming policy (entity codes such as E54 for integrated care boards).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Level:
    """One level of geography."""

    name: str
    columns: tuple[str, ...]
    """How its columns begin, before the year."""
    label: str
    class_name: str
    kind: str
    entities: tuple[str, ...]
    """How its GSS codes begin."""
    organisation: str = ""
    """Kind of the organisation that bears the ODS code beside it."""
    counts: bool = False
    """Whether it is so small that shares of larger areas can be counted by it."""
    names_the_lookup: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its level, its sort (``code``, ``ods``, ``name``, ``welsh``) and its year."""

    name: str
    level: str
    sort: str
    year: int


_DISTRICTS: Final = ("E06", "E07", "E08", "E09", "W06", "S12", "N09")
_UPPER: Final = (*_DISTRICTS, "E10", "E11", "E13")
_COUNTRIES: Final = ("E92", "W92", "S92", "N92", "K02", "K03", "K04")
LEVELS: Final = (
    Level("OA", ("OA",), "output area", "StatisticalArea", "OUTPUT_AREA", ("E00", "W00", "S00", "N00"), counts=True),
    Level(
        "LSOA", ("LSOA",), "LSOA", "StatisticalArea", "LOWER_LAYER_SUPER_OUTPUT_AREA", ("E01", "W01", "S01", "N20"), counts=True
    ),
    Level(
        "MSOA", ("MSOA",), "MSOA", "StatisticalArea", "MIDDLE_LAYER_SUPER_OUTPUT_AREA", ("E02", "W02", "S02", "N21"), counts=True
    ),
    Level("WD", ("WD",), "ward", "StatisticalArea", "WARD", ("E05", "W05", "S13", "N08")),
    Level("TRUST", ("NHS_TRUST", "TRUST"), "NHS trust", "Organisation", "", ()),
    Level("SICBL", ("SICBL", "LOC", "CCG"), "sub-ICB", "StatisticalArea", "SUB_ICB_AREA", ("E38", "W11"), "SUB_ICB_LOCATION"),
    Level("ICB", ("ICB",), "ICB", "CareSystem", "ICS_FOOTPRINT", ("E54",), "INTEGRATED_CARE_BOARD"),
    Level("STP", ("STP",), "STP", "CareSystem", "STP_FOOTPRINT", ("E54",)),
    Level("NHSER", ("NHSER",), "NHS region", "StatisticalArea", "NHS_REGION", ("E40",), "NHS_ENGLAND_REGION"),
    Level("LAD", ("LAD", "LTLA"), "local authority", "Place", "LOCAL_AUTHORITY_AREA", _DISTRICTS),
    Level("CTYUA", ("CTYUA", "UTLA", "CTY"), "county or unitary", "Place", "LOCAL_AUTHORITY_AREA", _UPPER),
    Level("RGN", ("RGN",), "region", "StatisticalArea", "REGION", ("E12", "W92", "S92", "N92"), names_the_lookup=False),
    Level("CTRY", ("CTRY", "NAT"), "country", "StatisticalArea", "COUNTRY", _COUNTRIES, names_the_lookup=False),
    Level("CAL", ("CAL",), "cancer alliance", "StatisticalArea", "CANCER_ALLIANCE", ("E56",), names_the_lookup=False),
    Level("LHB", ("LHB",), "local health board", "StatisticalArea", "LOCAL_HEALTH_BOARD", ("W11",), "LOCAL_HEALTH_BOARD"),
)
"""From the smallest up, those of the health service and of councils apart."""

_WITHIN: Final = (
    ("OA", ("LSOA", "MSOA", "LAD")), ("LSOA", ("MSOA", "LAD", "CTYUA")), ("LSOA", ("SICBL", "ICB", "STP")),
    ("LSOA", ("CAL",)), ("LSOA", ("LHB",)), ("MSOA", ("LAD", "CTYUA")), ("WD", ("LAD", "CTYUA")),
    ("LAD", ("CTYUA", "RGN", "CTRY")), ("CTYUA", ("RGN", "CTRY")),
    ("RGN", ("CTRY",)), ("SICBL", ("ICB", "STP", "NHSER")), ("ICB", ("NHSER", "CTRY")),
    ("STP", ("NHSER", "CTRY")), ("NHSER", ("CTRY",)), ("LHB", ("CTRY",)), ("CAL", ("CTRY",)),
)  # fmt: skip
"""What lies wholly in what: of each chain the nearest level that the file has, since ‘within’ is transitive."""
_COLUMN: Final = re.compile(
    rf"^({'|'.join(begin for level in LEVELS for begin in level.columns)})_?(\d\d)"
    r"(?:_?(CDH|CD|NMW|NM)|_(code_h|code|name_welsh|name))$",
    re.IGNORECASE,
)
_SORTS: Final = {
    "CD": "code", "CODE": "code", "CDH": "ods", "CODE_H": "ods", "NM": "name", "NAME": "name",
    "NMW": "welsh", "NAME_WELSH": "welsh",
}  # fmt: skip
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_IN_NAME: Final = re.compile(rf"(?<![a-z])({'|'.join(_MONTHS)})[a-z]*[ _().-]*(20\d\d)(?!\d)", re.IGNORECASE)
_DATE_IN_NAME: Final = re.compile(r"(?<!\d)20\d\d[-_. ]?(?:0[1-9]|1[0-2])(?!\d{3})")


def column_of(name: str) -> Column | None:
    """Returns the meaning of a column; ``None`` for one that holds no code or name of an area."""
    found = _COLUMN.match(name.strip())
    if not found:
        return None
    begin = found.group(1).upper()
    level = next(level for level in LEVELS if begin in level.columns)
    return Column(name, level.name, _SORTS[(found.group(3) or found.group(4)).upper()], 2000 + int(found.group(2)))


def kinds_of(level: Level, code: str, column: str) -> tuple[str, str]:
    """Returns the kinds of an area and of the organisation beside it.

    Files for all the United Kingdom list Welsh boards with the sub-ICBs; those were CCGs until June 2022.
    """
    if column.casefold().startswith("ccg"):
        return level.kind, "CLINICAL_COMMISSIONING_GROUP"
    if code.startswith("W11"):
        return "LOCAL_HEALTH_BOARD", "LOCAL_HEALTH_BOARD"
    return level.kind, level.organisation


def levels_of(header: Sequence[str]) -> list[Level]:
    """Returns the levels of which a header has codes, from the smallest up."""
    coded = {column.level for column in map(column_of, header) if column and column.sort in ("code", "ods")}
    return [level for level in LEVELS if level.name in coded]


def nesting(levels: Sequence[Level]) -> list[tuple[str, str]]:
    """Returns pairs of levels of which the first lies wholly in the second."""
    names = {level.name for level in levels}
    found = []
    for part, chain in _WITHIN:
        whole = next((name for name in chain if name in names), None)
        if part in names and whole:
            found.append((part, whole))
    return found


def straddling(levels: Sequence[Level]) -> list[tuple[str, str]]:
    """Returns pairs of levels of which the first may lie in several of the second: councils' areas and the health service's."""
    names = {level.name for level in levels}
    whole = next((name for name in ("ICB", "STP", "SICBL") if name in names), None)
    return [(part, whole) for part in ("LAD", "CTYUA") if part in names and whole]


def released_of(path: Path, header: Sequence[str]) -> str:
    """Returns the date of a release: the month in the file's name, else the latest year in the columns; else empty."""
    month = _MONTH_IN_NAME.search(path.stem)
    if month:
        return f"{month.group(2)}-{_MONTHS.index(month.group(1).casefold()) + 1:02d}"
    if _DATE_IN_NAME.search(path.stem):
        return ""
    years = [column.year for column in map(column_of, header) if column]
    return str(max(years)) if years else ""
