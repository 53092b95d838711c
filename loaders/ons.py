"""Geography lookups of the Office for National Statistics: which area lies in which, and who works for it.

Columns are known by the pattern level, year, sort (``SICBL24CD``, or ``sicbl24_code`` in R packages), in any order, of any year.
Areas bear GSS codes, organisations ODS codes (``..CDH``): when a boundary changes the area is another one and the organisation
stays. A local authority that lies in several care systems keeps its share in each, counted by the smallest areas of the file.

Source: ONS Open Geography Portal, names and codes of NHS geographies. What the levels are is in :mod:`loaders._ons_levels`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from graphsvc.loading import (
    IGNORED,
    OPEN_GOVERNMENT_LICENCE,
    Context,
    CsvSheet,
    Described,
    Directory,
    DirectoryFacts,
    Fields,
    Finding,
    InputError,
    Origin,
    describe_release,
    open_directory,
    write_table,
)
from loaders._ons_levels import Column, Level, column_of, kinds_of, levels_of, nesting, released_of, straddling
from loaders._ons_memory import Counted, Memory

NAME = "ONS geography lookup (CSV)"
_GSS: Final = re.compile(r"^[EJKLMNSW][0-9]{8}$")
_ODS: Final = re.compile(r"^[A-Z0-9]{3}$|^[A-Z0-9]{5}$")
_NOTHING: Final = frozenset({"", "NA", "N/A", "NULL"})
_PSEUDO: Final = "99999999"
_NUMBERS: Final = frozenset({"", "objectid", "fid", "oid", "globalid", "shape__area", "shape__length", "rownames", "x"})
_SHARE: Final = re.compile(r"^proportion_\w+$", re.IGNORECASE)


def recognise(path: Path) -> bool:
    """Recognises a CSV file whose header consists nearly all of codes and names of areas."""
    if path.suffix.casefold() not in (".csv", ".txt") or not path.is_file():
        return False
    header = _header(path)
    known = [column for column in map(column_of, header) if column]
    others = [name for name in header if column_of(name) is None and not _passed_over(name) and not _SHARE.match(name)]
    return any(column.sort == "code" for column in known) and len(others) * 2 < len(known)


def _header(path: Path) -> list[str]:
    try:
        row = next(CsvSheet(path, legacy=True).rows(), None)
    except (OSError, InputError):
        return []
    return row.cells if row else []


def _passed_over(name: str) -> bool:
    return name.strip().casefold() in _NUMBERS or name in IGNORED


def describe(path: Path) -> Described:
    """Describes the directory, named after the levels of the lookup without their years: its years are its releases."""
    return describe_release(path, _directory(_header(path)))


def _directory(header: list[str]) -> str:
    levels = levels_of(header)
    chosen = [level for level in levels if level.names_the_lookup] or levels
    return "-".join(["ons", *(level.name.casefold() for level in chosen)])


def load(path: Path, context: Context) -> None:
    """Loads each area and organisation once, what lies within what, and the shares of areas that lie in several."""
    header = _header(path)
    title = f"ONS lookup: {', '.join(level.label for level in levels_of(header))}"
    publisher, stated = "Office for National Statistics", released_of(path, header)
    facts = DirectoryFacts(title, publisher, OPEN_GOVERNMENT_LICENCE, stated)
    directory = open_directory(context, path, _directory(header), facts)
    lookup = Lookup(directory, header, path.name)
    try:
        rows = CsvSheet(path, legacy=True).rows()
        directory.faults(next(rows).faults, path.name, 1, header)
        for row in rows:
            if directory.faults(row.faults, path.name, row.number, header):
                continue
            if len(row.cells) > len(header):
                message = f"The row has {len(row.cells)} cells and the header {len(header)}."
                hint = "Look for a comma in a name that is not in quotation marks."
                context.report(Finding("violation", "too-many-cells", message, hint, "", path.name, row.number))
                continue
            cells = dict(zip(header, [*row.cells, *[""] * (len(header) - len(row.cells))], strict=True))
            lookup.read(context.fields(cells, Origin(path.name, row.number)))
        lookup.finish()
    finally:
        lookup.close()


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the rows set aside, under their header."""
    return write_table(path, [CsvSheet(path, legacy=True)], rows, folder, header=1)


@dataclass(slots=True)
class Area:
    """One area that a row names, with the organisation beside it; for trusts only an organisation."""

    level: Level
    code: str
    ods: str
    name: str
    welsh: str
    entity: str = ""


class Lookup:
    """Reads the rows of one lookup."""

    def __init__(self, directory: Directory, header: list[str], file: str) -> None:
        self.directory, self.context, self.file = directory, directory.context, file
        self.levels = levels_of(header)
        self.columns: dict[str, dict[str, Column]] = {}
        self.others: list[str] = []
        for name in header:
            column = column_of(name)
            if column and self.columns.setdefault(column.level, {}).setdefault(column.sort, column) != column:
                self.others.append(name)
                first = self.columns[column.level][column.sort].name
                message = f"The columns {first} and {name} say the same of two years or layouts: {first} is read."
                hint = "Give each year in a file of its own."
                self.context.report(Finding("warning", "two-years", message, hint, "", file, 1, name))
        order = list(self.columns)
        self.by_column = sorted(self.levels, key=lambda level: order.index(level.name))
        self.nesting, self.straddling = nesting(self.levels), straddling(self.levels)
        self.smallest = next((level for level in self.levels if level.counts), None)
        self.shares = [name for name in header if _SHARE.match(name)]
        self.numbers = [name for name in header if _passed_over(name)]
        self.memory = Memory()

    def close(self) -> None:
        """Closes the counts."""
        self.memory.close()

    def read(self, fields: Fields) -> None:
        """Passes on the claims of a row; it is set aside if a code in it is malformed."""
        found = {level.name: self._area(fields, level) for level in self.levels}
        sound = [self._is_code(fields, area) for area in found.values() if area.code]
        if not all(sound):
            fields.forget()
            return
        named = {name: area for name, area in found.items() if area.code or area.ods}
        self._twice(named, fields)
        new = {name for name, area in named.items() if self._describe(area, fields)}
        self._nest(named, fields)
        self._count(named, new)
        for share in self.shares:
            self._share(share, named, fields)
        if not named:
            fields.report("no-area", "", "", "The row names no area.", "Take it out, or fetch the file again.")
        fields.ignore("numbers the rows, or says why a rejects file holds it", *self.numbers)
        fields.ignore("another year of the same", *self.others)
        fields.close()

    def _twice(self, named: Mapping[str, Area], fields: Fields) -> None:
        codes = " ".join(f"{area.code} {area.ods} {area.name}" for area in named.values())
        key = f"row {sha256(codes.encode()).hexdigest()}"
        if named and not self.memory.once(key, "", remember=False)[0]:
            message = "The row names the same areas as an earlier one."
            fields.report("duplicate-row", "", "", message, "Nothing to do; it counts once.", severity="info")

    # -- areas and organisations ------------------------------------------------------------------------------------------------

    def _area(self, fields: Fields, level: Level) -> Area:
        """Reads the area of a level from a row."""
        columns = self.columns[level.name]
        texts = {sort: " ".join(fields.text(column.name).split()) for sort, column in columns.items()}
        code, ods, name, welsh = (
            "" if texts.get(sort, "").upper() in _NOTHING else texts[sort] for sort in ("code", "ods", "name", "welsh")
        )
        if level.class_name == "Organisation":
            return Area(level, "", code or ods, name, "", self.context.coded("Organisation", "ods", (code or ods).upper()))
        if code.endswith(_PSEUDO):
            self.context.ledger.ignore(f"{columns['code'].name} (pseudo codes)", "it stands for no area")
            return Area(level, "", "", "", "")
        if not code and "code" in columns and self.context.first("area-missing", level.name):
            message = f"The row names no {level.label}."
            hint = "Nothing to do, if it has none: Wales has no ICBs. Else fetch the file again."
            fields.report("area-missing", columns["code"].name, "", message, hint, severity="info")
        entity = self.context.coded(level.class_name, "gss", code) if code else ""
        return Area(level, code, self._ods(fields, level, ods), name, welsh, entity)

    def _is_code(self, fields: Fields, area: Area) -> bool:
        column = self.columns[area.level.name]["code"].name
        if not _GSS.match(area.code):
            message = f"A GSS code is a letter and eight digits; this has {len(area.code)} signs."
            hint = (
                "It was cut short or damaged on the way: fetch the file again. It is not padded, since nobody can tell the digit."
            )
            fields.report("bad-gss-code", column, area.code, message, hint, severity="violation")
            return False
        if area.code[:3] not in area.level.entities:
            message = f"The code is none of a {area.level.label}: those begin with {', '.join(area.level.entities)}."
            fields.report("wrong-level", column, area.code, message, "Look whether columns are exchanged.", severity="violation")
            return False
        return True

    def _ods(self, fields: Fields, level: Level, text: str) -> str:
        code = text.upper()
        if not code or _ODS.match(code):
            return code
        message = "An ODS code of a commissioner or region has three or five letters and digits; this is none, and is left out."
        column = self.columns[level.name]["ods"].name
        fields.report("bad-ods-code", column, text, message, "Look it up; a zero at its beginning may be lost.")
        return ""

    def _describe(self, area: Area, fields: Fields) -> bool:
        """Passes on an area and the organisation beside it, once; returns whether the area is met for the first time."""
        level, directory = area.level, self.directory
        if level.class_name == "Organisation":
            directory.refer("Organisation", "ods", area.ods.upper(), area.name)
            return False
        first = bool(area.code) and self._met(area.entity, area.name, fields, level)
        if first:
            qualifiers = directory.qualifiers(area.code)
            if area.name:
                welsh = (area.welsh,) if area.welsh and area.welsh != area.name else ()
                values = {
                    "name": area.name,
                    "alternativeName": welsh,
                    "gssCode": area.code,
                    "kind": self._kinds(area)[0],
                }
                directory.record(level.class_name, area.entity, values, qualifiers, fields.origin)
            else:
                directory.refer(level.class_name, "gss", area.code, values={"gssCode": area.code})
        if area.ods and self._met(f"ods {area.ods} {area.code}", area.name, fields, level):
            self._organisation(area, fields.origin)
        return first

    def _kinds(self, area: Area) -> tuple[str, str]:
        return kinds_of(area.level, area.code, next(iter(self.columns[area.level.name].values())).name)

    def _organisation(self, area: Area, origin: Origin) -> None:
        entity = self.context.coded("Organisation", "ods", area.ods)
        qualifiers = self.directory.qualifiers(area.ods)
        known, _ = self.context.spool.first_place(f"ons name {area.ods}", area.name, "")
        values = {
            "name": known or f"{area.level.label} {area.ods}",
            "odsCode": area.ods,
            "kind": self._kinds(area)[1],
        }
        self.directory.record("Organisation", entity, values, qualifiers, origin)
        if area.entity:
            self.directory.relate(entity, "serves", area.entity, qualifiers, origin)

    def _met(self, key: str, name: str, fields: Fields, level: Level) -> bool:
        """Tells whether a thing is met for the first time; another name for it is reported, and the first one kept."""
        added, known = self.memory.once(key, name, remember=not level.counts)
        if added:
            return True
        if name and known and name != known and self.context.first("two-names", f"{known}\n{name}"):
            message = f"The same code bears another name in an earlier row: {known!r}, which is kept."
            column = self.columns[level.name].get("name")
            fields.report("two-names", column.name if column else "", name, message, "Look which of the names is right.")
        return False

    # -- what lies in what ------------------------------------------------------------------------------------------------------

    def _nest(self, named: Mapping[str, Area], fields: Fields) -> None:
        for part, whole in self.nesting:
            inner, outer = named.get(part), named.get(whole)
            if not inner or not outer or not inner.entity or not outer.entity or inner.entity == outer.entity:
                continue
            key = f"within {whole} {inner.entity}"
            added, known = self.memory.once(key, outer.code, remember=not inner.level.counts)
            if added:
                self._lies_in(inner, outer, fields.origin)
            elif known != outer.code and self.context.first("two-parents", f"{key} {outer.code}"):
                message = f"{inner.code} lies in {known} by an earlier row, which is kept, and in this one by this row."
                column = self.columns[whole]["code"].name
                fields.report("two-parents", column, outer.code, message, "Look which of the two is right.")

    def _lies_in(self, inner: Area, outer: Area, origin: Origin) -> None:
        self.directory.relate(inner.entity, "within", outer.entity, self.directory.qualifiers(inner.code), origin)
        if inner.ods and outer.ods:
            body, above = (self.context.coded("Organisation", "ods", area.ods) for area in (inner, outer))
            self.directory.relate(body, "inGeographyOf", above, self.directory.qualifiers(inner.ods), origin)

    def _count(self, named: Mapping[str, Area], new: set[str]) -> None:
        """Counts where the parts of councils' areas lie; of one smallest area only the first row counts."""
        if self.smallest and self.smallest.name not in new:
            return
        for part, whole in self.straddling:
            inner, outer = named.get(part), named.get(whole)
            if inner and outer and inner.entity and outer.entity:
                body = self.context.coded("Organisation", "ods", outer.ods) if outer.ods else ""
                self.memory.count(inner.entity, outer.entity, part, inner.code, outer.code, inner.name, outer.name, body)

    def finish(self) -> None:
        """Passes on the counts: an area in one system is within it; one in several keeps its shares."""
        for part, shares in self.memory.counted():
            if len(shares) == 1:
                _, whole, count, _, code, *_ = shares[0]
                note = f"All {count} {self._unit(count)} of it lie there." if self.smallest else ""
                qualifiers = self.directory.qualifiers(code, note=note)
                if self.smallest:
                    qualifiers = replace(qualifiers, confidence="INFERRED")
                self.directory.relate(part, "within", whole, qualifiers, Origin(self.file))
            elif self.smallest:
                self._counted(part, shares, sum(row[2] for row in shares))
            else:
                self._uncounted(part, shares)

    def _unit(self, count: int) -> str:
        return f"{self.smallest.label if self.smallest else 'row'}{'' if count == 1 else 's'}"

    def _counted(self, part: str, shares: list[Counted], total: int) -> None:
        for _, whole, count, _, code, of, name, of_name, _ in shares:
            observation = self.context.coded("Observation", "ons", f"{code}-{of}-share".casefold())
            values: dict[str, str | float] = {
                "name": f"Share of {name or code} in {of_name or of}: {count} of {total} {self._unit(total)}",
                "measure": "SHARE",
                "unit": "PER_CENT",
                "value": round(100 * count / total, 2),
                "population": f"{self._unit(2)}, each counted once",
            }
            self._observe(observation, values, part, whole, f"{code} {of}", Origin(self.file))

    def _uncounted(self, part: str, shares: list[Counted]) -> None:
        code, name = shares[0][4], shares[0][6]
        message = f"{name or code} lies in {len(shares)} areas, and the file does not tell how much of it in each."
        hint = "Load the lookup of LSOAs to ICBs and local authorities, which tells the shares."
        where = self.columns[shares[0][3]]["code"].name
        self.context.report(Finding("info", "share-unknown", message, hint, "", self.file, None, where, code))
        for _, _, _, _, _, _, _, _, body in shares:
            if body:
                qualifiers = self.directory.qualifiers(code, note="It lies there in part.")
                self.directory.relate(body, "serves", part, qualifiers, Origin(self.file))

    def _share(self, column: str, named: Mapping[str, Area], fields: Fields) -> None:
        """Passes on a share that the file gives, of the first area or trust of a row in the second."""
        found = [named[level.name] for level in self.by_column if level.name in named]
        text = fields.text(column)
        if text.upper() in _NOTHING or len(found) != 2:
            return
        try:
            share = float(text)
        except ValueError:
            share = math.nan
        if not 0 <= share <= 1:
            message = "A proportion is a number from 0 to 1; this is none, and is left out."
            fields.report("not-a-share", column, text, message, "Fetch the file again.")
            return
        first, second = found
        codes = [area.code or area.ods.upper() for area in found]
        observation = self.context.coded("Observation", "ons", f"{'-'.join(codes)}-{column.replace('_', '-')}".casefold())
        values: dict[str, str | float] = {
            "name": f"{column.replace('_', ' ').capitalize()}: {first.level.label} {codes[0]}, {second.level.label} {codes[1]}",
            "measure": "SHARE",
            "unit": "PER_CENT",
            "value": round(100 * share, 6),
        }
        self._observe(observation, values, first.entity, second.entity, " ".join(codes), fields.origin)

    def _observe(
        self, observation: str, values: Mapping[str, str | float], part: str, whole: str, locator: str, origin: Origin
    ) -> None:
        qualifiers = self.directory.qualifiers(locator)
        self.directory.record("Observation", observation, values, qualifiers, origin)
        self.directory.relate(observation, "observes", part, qualifiers, origin)
        self.directory.relate(observation, "shareOf", whole, qualifiers, origin)
