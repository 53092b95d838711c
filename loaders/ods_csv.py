"""ODS reports (CSV): the 27-column records of organisations and sites that the Organisation Data Service publishes.

Both generations are read, column by column and not file by file, since files between them exist: statuses as A, C, D, P or
ACTIVE, INACTIVE, DORMANT; prescribing settings as numbers or role codes, several in a cell; sorts as letters or role codes. What
each report holds is in :mod:`loaders._ods_reports`, how one is known in :mod:`loaders._ods_layout`. Persons are refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from graphsvc.loading import (
    OPEN_GOVERNMENT_LICENCE,
    Context,
    CsvSheet,
    Described,
    Directory,
    DirectoryFacts,
    Fields,
    Finding,
    Origin,
    Qualifiers,
    Row,
    dataset_of,
    describe_release,
    open_directory,
    shown,
    write_table,
)
from loaders._ods import NOT_A_CODE, ODS_CODE, Moment, kind_of, referrer, role_thing
from loaders._ods_layout import FILLED_TO, WIDTH, begins_as_report, is_header, name_of, refuse_other_files, report_of
from loaders._ods_reports import REPORTS, SETTINGS, SETTINGS_WITHOUT_A_ROLE, Report

NAME = "ODS report (CSV)"
_ADDRESS: Final = [f"Address Line {number}" for number in range(1, 6)]
COLUMNS: Final = [
    "Organisation Code", "Name", "National Grouping", "High Level Health Geography", *_ADDRESS, "Postcode", "Open Date",
    "Close Date", "Status Code", "Organisation Sub-Type Code", "Parent Organisation Code", "Join Parent Date",
    "Left Parent Date", "Contact Telephone Number", "Column 19", "Column 20", "Column 21", "Amended Record Indicator",
    "Column 23", "Column 24", "Column 25", "Column 26", "Column 27", "reason", "hint",
]  # fmt: skip
"""The 27 columns, and the two that a rejects file adds."""
STATUSES: Final = {
    "A": "ACTIVE", "ACTIVE": "ACTIVE", "C": "INACTIVE", "INACTIVE": "INACTIVE", "D": "DORMANT", "DORMANT": "DORMANT",
    "P": "PROPOSED", "PROPOSED": "PROPOSED",
}  # fmt: skip
MOST_TRUSTS: Final = 5_000
MOST_SORTS: Final = 1_000
"""Combinations of roles that are remembered."""
_UNDATED: Final = "The file gives the dates of the provider only."
_TITLE: Final = re.compile(r"\b(?:DRS?|MRS?|MS|MISS|PROF)\b\.? [A-Z]")
_REGIONS: Final = (
    (re.compile(r"^[A-Z]$"), "GOVERNMENT_OFFICE_REGION"),
    (re.compile(r"^(?:Y|Q[67])\d\d?$|^Q8\d$"), "NHS_ENGLAND_REGION"),
    (re.compile(r"^Q[0-5]\d$"), "HEALTH_AUTHORITY"),
)


def recognise(path: Path) -> bool:
    """Recognises a CSV file that is named after a report, whatever is in it, or whose first row is an ODS record."""
    if path.suffix.casefold() not in (".csv", ".txt") or not path.is_file():
        return False
    return bool(name_of(path)) or begins_as_report(path)


def describe(path: Path) -> Described:
    """Describes the directory: ``ods-epraccur`` for every release of that report."""
    return describe_release(path, f"ods-{report_of(path)}" if report_of(path) else "")


def load(path: Path, context: Context) -> None:
    """Loads every organisation and site with its period, status, place, commissioner or operator.

    Raises :class:`InputError` for a report of persons, and for one whose layout is another.
    """
    name = report_of(path)
    refuse_other_files(path, name)
    report = REPORTS.get(name, Report(f"records of {path.stem}"))
    called = f"ods-{name}" if name else dataset_of(path)[0]
    title = f"ODS {report.title} ({name})" if name else f"ODS {report.title}"
    directory = open_directory(context, path, called, DirectoryFacts(title, "NHS England", OPEN_GOVERNMENT_LICENCE))
    sheet = CsvSheet(path, legacy=True)
    reader = _Reader(directory, sheet.file, report, _trusts(sheet) if name == "etrust" else frozenset())
    if not name:
        message = "The name of the file tells no ODS report, and its records do not either: kinds are left open."
        hint = 'Call it after its report, such as epraccur.csv, or write directory = "ods-epraccur" into a .toml file beside it.'
        context.report(Finding("info", "report-not-known", message, hint, "", sheet.file))
    for row in sheet.rows():
        if not (row.number == 1 and is_header(row.cells)):
            reader.read(row)


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the records set aside, in the same 27 columns, with the reasons after them."""
    sheet = CsvSheet(path, legacy=True)
    first = next(sheet.rows(), None)
    return write_table(path, [sheet], rows, folder, header=int(bool(first and is_header(first.cells))), width=WIDTH)


def _trusts(sheet: CsvSheet) -> frozenset[str]:
    """Returns the codes of trusts in a report of trusts and sites: of three characters, or of five without such a trust."""
    short: set[str] = set()
    long: set[str] = set()
    for row in sheet.rows():
        code, name = (*row.cells, "", "")[:2]
        if len(code) == 3:
            short.add(code)
        elif len(code) == 5 and re.search(r"NHS .*TRUST$", name):
            long.add(code)
        if len(short) + len(long) > MOST_TRUSTS:
            break
    return frozenset(short | {code for code in long if code[:3] not in short})


class _Reader:
    """Reads the records of one release."""

    def __init__(self, directory: Directory, file: str, report: Report, trusts: frozenset[str]) -> None:
        self.directory = directory
        self.context = directory.context
        self.file = file
        self.report = report
        self.trusts = trusts
        self.moment = Moment(directory)
        self.refer = referrer(directory)
        self._known: dict[tuple[str, str], tuple[str, list[str]]] = {}
        self._labels = {item.name: item.label for item in self.context.model.schemes["OrganisationKind"].concepts}

    def read(self, row: Row) -> None:
        """Passes on the claims of one record; a malformed one is set aside."""
        origin = Origin(self.file, row.number)
        code = row.cells[0] if row.cells else ""
        if self.directory.faults(row.faults, self.file, row.number, COLUMNS) or not self._whole(row, origin):
            self._keep(code)
            return
        fields = self.context.fields(dict(zip(COLUMNS, row.cells, strict=False)), origin)
        fields.text("Organisation Code")
        fields.ignore("the reason why the row was set aside", "reason", "hint")
        if self._seen_before(code, row, origin):
            fields.forget()
            return
        self._record(code, fields, origin)
        fields.close()

    def _record(self, code: str, fields: Fields, origin: Origin) -> None:
        entity = self.context.coded("Organisation", "ods", code)
        name = fields.text("Name")
        opened, closed = self._day(fields, "Open Date"), self._day(fields, "Close Date")
        stated = self._status(fields)
        status = self.moment.status(stated, opened, closed, fields)
        qualifiers = self.directory.qualifiers(code, opened, closed, status)
        is_site = bool(self.trusts) and code not in self.trusts
        kind, roles = self._kind(code, name, closed, is_site, fields)
        label = self._labels.get(kind, "organisation")
        values = {
            "name": self._name(name, f"{label[:1].upper()}{label[1:]} {code}", Origin(self.file, origin.row, "Name")),
            "kind": kind,
            "odsCode": code,
            "recordClass": ("SITE" if is_site else "ORGANISATION") if self.trusts else self.report.record_class,
            "directoryStatus": stated,
            "address": self._address(fields, origin),
            "postcode": self.directory.postcode(fields.text("Postcode"), Origin(self.file, origin.row, "Postcode")),
        }
        self.directory.record("Organisation", entity, values, qualifiers, origin)
        undated = self.directory.qualifiers(code, None, closed, status)
        for role in roles:
            self.directory.relate(entity, "hasRole", role, undated, origin)
        self._geography(code, entity, undated, fields, origin)
        self._relations(code, entity, undated, closed, fields, origin)
        if is_site:
            self._operating_trust(code, entity, qualifiers, origin)
        fields.withhold("telephone number", "Contact Telephone Number")
        fields.ignore("says only whether the record was changed since the last release", "Amended Record Indicator")

    # -- whether it is a record ------------------------------------------------------------------------------------------------

    def _whole(self, row: Row, origin: Origin) -> bool:
        cells = row.cells
        filled = max((place for place, cell in enumerate(cells[:WIDTH], start=1) if cell), default=0)
        if not ODS_CODE.match(cells[0] if cells else ""):
            self._refuse("bad-ods-code", *NOT_A_CODE, origin, COLUMNS[0], cells[0] if cells else "")
        elif filled < FILLED_TO or len(cells) > (len(COLUMNS) if self.context.amends else WIDTH):
            width = filled if filled < FILLED_TO else len(cells)
            message = f"The row has {width} columns up to its last value; a record has {FILLED_TO} to {WIDTH}."
            hint = "Look for a line that is broken off, or for a comma outside quotation marks; copy the record from ODS again."
            self._refuse("wrong-width", message, hint, origin, "", ", ".join(cells[:3]))
        else:
            return True
        return False

    def _refuse(self, rule: str, message: str, hint: str, origin: Origin, column: str, value: str) -> None:
        self.context.report(Finding("violation", rule, message, hint, "", self.file, origin.row, column, shown(value)))

    def _keep(self, code: str) -> None:
        """Keeps what an earlier release states of an organisation whose record is set aside."""
        if ODS_CODE.match(code):
            entity = self.context.coded("Organisation", "ods", code)
            for key in (("thing", entity), ("relation", entity, "", ""), ("relation", "", "", entity)):
                self.context.keep(*key)

    def _seen_before(self, code: str, row: Row, origin: Origin) -> bool:
        digest = hashlib.sha256("\0".join(row.cells[:WIDTH]).encode()).hexdigest()[:16]
        known, place = self.context.spool.first_place(f"record {code}", digest, str(row.number))
        if place == str(row.number):
            return False
        if known == digest:
            message, hint = f"The record is the same as that of row {place}, and is read once.", "Nothing to do."
            self.context.report(Finding("info", "same-twice", message, hint, "", self.file, row.number, COLUMNS[0], code))
        else:
            message = f"Row {place} gives another record of the same code; that one is kept."
            self._refuse("code-twice", message, "Leave only the right one of the two in the file.", origin, COLUMNS[0], code)
        return True

    # -- what it says of itself --------------------------------------------------------------------------------------------------

    def _name(self, text: str, otherwise: str, origin: Origin) -> str:
        if not text:
            return otherwise
        if self.report.public and not _TITLE.search(text):
            return self.directory.words(text, origin)
        return self.directory.name(text, f"{otherwise} (name withheld)", origin)

    def _day(self, fields: Fields, column: str) -> date | None:
        text = fields.text(column)
        return self.directory.day(text, Origin(self.file, fields.origin.row, column)) if text else None

    def _status(self, fields: Fields) -> str:
        text = fields.text("Status Code")
        if text and text not in STATUSES:
            self.directory.unknown_code(text, "the ODS status codes", list(STATUSES), fields.place("Status Code"))
        return STATUSES.get(text, "")

    def _address(self, fields: Fields, origin: Origin) -> str:
        lines = []
        for column in _ADDRESS:
            line = fields.text(column)
            if line and _TITLE.search(line) and self.directory.name(line, "", origin) == "":
                continue
            if line:
                lines.append(line)
        return self.directory.words(", ".join(lines), origin) if lines else ""

    def _kind(self, code: str, name: str, closed: date | None, is_site: bool, fields: Fields) -> tuple[str, list[str]]:
        """Returns kind and roles, from the sort in column 14, the settings in column 26, and what the report lists."""
        kind, roles, column = "NHS_TRUST_SITE" if is_site else self.report.kind, list[str](), "Organisation Sub-Type Code"
        if kind == "NHS_TRUST" and "FOUNDATION TRUST" in name:
            kind = "NHS_FOUNDATION_TRUST"
        if self.report is REPORTS["eauth"]:
            kind = next((kind for form, kind in _REGIONS if form.match(code)), "")
        sort = fields.peek(column) or ""
        if sort.startswith("RO"):
            roles = fields.text(column).split("|")
        elif sort in self.report.sub_types:
            meant = self.report.sub_types[fields.text(column)]
            kind, roles = (kind, [meant]) if meant.startswith("RO") else (meant, roles)
        elif sort in self.report.ignored_sub_types:
            fields.ignore(self.report.ignored_sub_types[sort], column)
        elif sort and self.report.sub_types:
            self.directory.unknown_code(
                fields.text(column), "the sorts of this report", [*self.report.sub_types], fields.place(column)
            )
        elif not sort and closed and self.report is REPORTS["eccg"]:
            kind = "CLINICAL_COMMISSIONING_GROUP"
        if self.report is REPORTS["epraccur"]:
            column = "Column 26"
            roles += self._settings(column, fields)
        if not roles:
            return kind, []
        key = (kind, "|".join(roles))
        if key not in self._known:
            known = [entity for role in roles if (entity := role_thing(self.directory, role, fields.place(column)))]
            found = (kind_of(self.context.model, roles) or kind, known)
            if len(known) < len(roles) or len(self._known) > MOST_SORTS:
                return found  # each time anew, so that the audit counts every code that is left out
            self._known[key] = found
        return self._known[key]

    def _settings(self, column: str, fields: Fields) -> list[str]:
        text = fields.text(column)
        if not text:
            message = "No prescribing setting is given, so that only the report tells what it is: a prescribing cost centre."
            if fields.is_first("setting-missing", self.file):
                fields.report("setting-missing", column, "", message, "Nothing to do; look it up if it matters.", severity="info")
        roles: list[str] = []
        for item in filter(None, (part.strip() for part in text.split("|"))):
            if item in SETTINGS_WITHOUT_A_ROLE:
                message = f"Prescribing setting {item} is no one role ({SETTINGS_WITHOUT_A_ROLE[item]}); none is given."
                hint = "A release with role codes tells; load a newer one."
                self.context.ledger.report(f"{column}: setting {item}, which is no one role")
                if fields.is_first("setting-without-role", f"{self.file} {item}"):
                    fields.report("setting-without-role", column, item, message, hint, severity="info")
            elif item.isdigit() and item not in SETTINGS:
                self.directory.unknown_code(item, "the prescribing settings", list(SETTINGS), fields.place(column))
            else:
                roles += SETTINGS.get(item, (item,))
        return roles

    # -- what it says of others -----------------------------------------------------------------------------------------------

    def _code(self, fields: Fields, column: str) -> str:
        text = fields.text(column)
        if text and not ODS_CODE.match(text):
            fields.report("bad-ods-code", column, text, "This is no ODS code, and is left out.", NOT_A_CODE[1])
            return ""
        return text

    def _geography(self, code: str, entity: str, qualifiers: Qualifiers, fields: Fields, origin: Origin) -> None:
        """Relates an entry to its region and ICB; the file gives no start: the areas are those of the release."""
        areas = [self._code(fields, "National Grouping"), self._code(fields, "High Level Health Geography")]
        if self.report.column_24 == "geography":
            areas.append(self._code(fields, "Column 24"))
        for area in dict.fromkeys(areas):
            if area and area != code:
                self.directory.relate(entity, "inGeographyOf", self.refer(area), qualifiers, origin)

    def _relations(
        self, code: str, entity: str, undated: Qualifiers, closed: date | None, fields: Fields, origin: Origin
    ) -> None:
        """Relates an entry to the commissioner or operator in column 15, and the provider in column 24.

        Columns 16 and 17 are the days on which it joined and left the provider. Only where the provider is the commissioner, or
        none is given, are they the commissioner's too: of 2,999 entries of epraccur (2026) of which it is another, 972 joined
        before the commissioner was there, and none before the provider was.
        """
        column = self.report.column_24
        provider = self._code(fields, "Column 24") if column == "operator" else ""
        if column == "region" and len(fields.peek("Column 24") or "") == 1:
            fields.ignore("the letter of a government office region, abolished in 2011", "Column 24")
        parent = self._code(fields, "Parent Organisation Code") if self.report.parent else ""
        if not (parent or provider):
            return
        joined, left = self._day(fields, "Join Parent Date"), self._day(fields, "Left Parent Date")
        status = "ENDED" if self.moment.is_over(left) else undated.status
        dated = self.directory.qualifiers(code, joined, left or closed, status)
        other = provider not in ("", parent)
        if parent and parent != code:
            qualifiers = replace(undated, note=_UNDATED) if other else dated
            self.directory.relate(entity, self.report.parent, self.refer(parent), qualifiers, origin)
        if other and provider != code:
            self.directory.relate(entity, "operatedBy", self.refer(provider), dated, origin)

    def _operating_trust(self, code: str, entity: str, qualifiers: Qualifiers, origin: Origin) -> None:
        """Relates a site to the trust whose code its own begins with, as the specification of the report says."""
        trust = next((code[:length] for length in (5, 3) if len(code) > length and code[:length] in self.trusts), "")
        if not trust:
            message = f"The site's code begins with none of the trusts in the file; it is held to be one of {code[:3]}."
            hint = "The trust may have closed: look the site up at ODS."
            found = Finding("warning", "trust-not-listed", message, hint, "", self.file, origin.row, COLUMNS[0], code)
            self.context.report(found)
        inferred = replace(qualifiers, confidence="INFERRED")
        self.directory.relate(entity, "operatedBy", self.refer(trust or code[:3]), inferred, origin)
