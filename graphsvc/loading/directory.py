"""Reads a release of a directory: makes its sources, the qualifiers of its claims, and cleaned values.

Present claims cite the directory, a Source that lives on; each release is a Source of its own with date, licence and checksum
(decision 0006). A locator is the code of the entry, never a row number, so that an entry that merely moves stays the same claim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from graphsvc.dates import DateError, period
from graphsvc.loading.context import Context
from graphsvc.loading.files.sheets import Fault
from graphsvc.loading.findings import Finding, Severity, did_you_mean, shown
from graphsvc.loading.persons.privacy import shown_value
from graphsvc.loading.persons.text import names_person, taken_out, without_persons
from graphsvc.loading.persons.withheld_list import not_persons
from graphsvc.loading.release import Release, checksum, date_in_name, directory_in_name, facts_beside, released_on
from graphsvc.model import Concept
from graphsvc.provenance import Origin, Qualifiers, Value

OPEN_GOVERNMENT_LICENCE: Final = "Open Government Licence v3.0"
_POSTCODE: Final = re.compile(r"^(GIR ?0AA|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})$")
_COMPACT_DATE: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_ISO_DAY: Final = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$")
_UK_DAY: Final = re.compile(r"^(\d{1,2})/(\d{1,2}|[A-Za-z]{3})/(\d{4})(?: ?-? ?\d{2}:\d{2})?$")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEB: Final = re.compile(r"^https?://[^\s/@]+\.[^\s@]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """The facts that a loader states about a directory and its release; empty where the file does not state it."""

    title: str
    publisher: str = ""
    licence: str = ""
    released: str = ""
    """The date of the release, as the file states it."""
    partial: bool = False
    """Whether the file holds only some entries of its directory (one organisation, a page): nothing vanishes from it."""
    issuer: str | None = None
    """What tells this publisher's files from another's, such as the prefix of its ids, empty where that is not known; ``None``:
    the name of the publisher."""


class Directory:
    """One release of a directory, open for reading."""

    def __init__(self, context: Context, release: Release) -> None:
        self.context = context
        self.release = release

    # -- what is said -----------------------------------------------------------------------------------------------------------

    def qualifiers(
        self,
        locator: str,
        start: date | None = None,
        last: date | None = None,
        status: str = "IN_FORCE",
        *,
        as_stated: str = "",
        note: str = "",
    ) -> Qualifiers:
        """Makes the qualifiers of a claim: its source, and the first and last day on which it holds (``None``: not stated)."""
        end = last + timedelta(days=1) if last and last < date.max else None
        if start and last and last < start:
            self.report_backwards(start, last)
            note = f"{note} The directory gives {start.isoformat()} as first and {last} as last day.".strip()
            start, end = None, None
        first, final = (item.isoformat() if item else "" for item in (start, last))
        edtf = f"{first}/{final}" if (start or end) and (first or final) else ""
        return Qualifiers(self.release.directory, locator, "EXPLICIT", status, start, end, edtf, as_stated, note)

    def report_backwards(self, start: date | None, last: date | None, origin: Origin | None = None) -> None:
        """Reports a period that ends before it starts, once for each row; ``origin`` says where in the row, if that is known.

        Every loader's periods pass here, since all make their qualifiers with :meth:`qualifiers`.
        """
        place = origin or self.context.place()
        if not start or not last or last >= start:
            return
        if self.context.first("end-before-start", f"{place.file} {place.row} {start} {last}"):
            message = (
                f"The last day ({last}) comes before the first ({start}): neither is taken as a date, and a note keeps both."
            )
            value = f"{start}/{last}" if place.column else ""
            self._report("end-before-start", "warning", message, "Ask the publisher which of them is wrong.", place, value)

    def record(
        self,
        class_name: str,
        entity: str,
        values: Mapping[str, Value | tuple[Value, ...] | None],
        qualifiers: Qualifiers,
        origin: Origin,
    ) -> str:
        """Passes on the values of a thing, leaving out empty ones; returns the thing's id."""
        full = {name: value for name, value in values.items() if value not in (None, "", ())}
        self.context.spool.name(entity.partition("/")[2], entity)
        self.context.emit(self.context.make(class_name, entity, full, qualifiers, origin))
        return entity

    def relate(self, subject: str, relation: str, object_: str, qualifiers: Qualifiers, origin: Origin) -> None:
        """Passes on a relation between two things."""
        self.context.emit(self.context.relate(subject, relation, object_, qualifiers, origin))

    def refer(self, class_name: str, scheme: str, code: str, name: str = "", values: Mapping[str, Value] | None = None) -> str:
        """Passes on a stub of a thing that the release only names by its code; returns its id. A stub overwrites nothing.

        ``name`` is what the release calls it in passing, where it does. The stub is dropped if the release describes the thing.
        """
        entity = self.context.coded(class_name, scheme, code)
        given: dict[str, Value | tuple[Value, ...]] = {"name": name or f"{code} (known only by its code)", "referenceOnly": True}
        given |= values or {}
        if scheme == "ods" and class_name == "Organisation":
            given["odsCode"] = code
        qualifiers = replace(self.qualifiers(code), confidence="INFERRED")
        self.context.refer(self.context.make(class_name, entity, given, qualifiers))
        return entity

    def category(self, classification: str, code: str, name: str, origin: Origin, *, locator: str = "") -> str:
        """Passes on a term of a classification and returns its id; a term without a code is identified by its name.

        The term is of no row: many share it, and it stays where one of them is set aside.
        """
        scheme = re.sub(r"[^a-z0-9]+", "-", classification.casefold()).strip("-")
        entity = self.context.coded("Category", scheme, code or name)
        values = {"name": name or code, "code": code, "classification": classification}
        return self.record("Category", entity, values, self.qualifiers(locator or code or name), Origin(origin.file))

    def faults(self, faults: Sequence[Fault], file: str, row: int, columns: Sequence[str] = ()) -> bool:
        """Reports the faults of a row or item as it was read; returns whether it has to be left out."""
        self.context.meet(file, row)
        for fault in faults:
            column = (
                "" if fault.cell is None else columns[fault.cell] if fault.cell < len(columns) else f"column {fault.cell + 1}"
            )
            found = Finding(fault.severity, fault.rule, fault.message, fault.hint, "", file, row, column, shown(fault.value))
            if fault.fatal or fault.hides:
                self.context.unread_sheet(file, found)
            self.context.report(found)
        return any(fault.severity == "violation" for fault in faults)

    # -- values, cleaned -----------------------------------------------------------------------------------------------------

    def name(self, text: str, otherwise: str, origin: Origin) -> str:
        """Cleans the name of an organisation, service or site; returns ``otherwise`` where it names a person or is empty."""
        plain = " ".join(text.split())
        if not plain:
            return otherwise
        if plain.casefold() in self.context.allowed:
            return without_persons(plain, self.context.allowed)[0]
        if names_person(plain, self.context.allowed):
            self.context.withhold("name of a person", plain, origin)
            if self.context.first("name-withheld", origin.file):
                message = "The name seems to name a person and is withheld; the audit counts how many are."
                self._report("name-withheld", "info", message, f"The entry is kept as {otherwise!r}.", origin, "")
            return otherwise
        return self.words(plain, origin)

    def words(self, text: str, origin: Origin) -> str:
        """Takes e-mail addresses, telephone numbers and names with a title out of free text, counting each as withheld."""
        clean, taken = taken_out(" ".join(text.split()), self.context.allowed)
        for sort, piece in taken:
            self.context.withhold(sort, piece, origin)
        if taken and self.context.first("withheld-in-text", f"{origin.file} {origin.column}"):
            message = "The text holds telephone numbers, e-mail addresses or names of persons, which are withheld."
            self._report("withheld-in-text", "info", message, "Nothing to do; the audit counts them.", origin, "")
        return clean

    def day(self, text: str, origin: Origin) -> date | None:
        """Reads a day written as 20260227, 2026-02-27, 27/02/2026 or 27/Feb/2026, with or without a time.

        What is no day is a finding.
        """
        if not text:
            return None
        for pattern, order in ((_COMPACT_DATE, (1, 2, 3)), (_ISO_DAY, (1, 2, 3)), (_UK_DAY, (3, 2, 1))):
            found = pattern.match(text.strip())
            if not found:
                continue
            year, month, day = (found.group(place) for place in order)
            number = _MONTHS.index(month.casefold()) + 1 if month.casefold() in _MONTHS else int(month) if month.isdigit() else 0
            try:
                return date(int(year), number, int(day))
            except ValueError:
                break
        self._report("not-a-day", "warning", "This is no day, and is left out.", "Write 2026-02-27.", origin, text)
        return None

    def postcode(self, text: str, origin: Origin) -> str:
        """Reads a UK postcode, in capitals with one space; empty, with a finding, where the text is not one."""
        plain = " ".join(text.upper().split())
        if not plain:
            return ""
        joined = plain.replace(" ", "")
        if _POSTCODE.match(joined):
            made = f"{joined[:-3]} {joined[-3:]}"
            if made != text and self.context.first("postcode-respaced", origin.file):
                message = f"Postcodes are written with other spaces than one before the last three signs; read as {made!r}."
                self._report("postcode-respaced", "info", message, "Nothing to do.", origin, text)
            return made
        message = "This is no UK postcode, and is left out; the address keeps its lines."
        self._report("bad-postcode", "warning", message, "Look it up again at its publisher.", origin, text)
        return ""

    def website(self, text: str, origin: Origin) -> str:
        """Reads a web address; empty, with a finding, where the text is not one."""
        plain = text.strip()
        if not plain or _WEB.match(plain):
            return plain
        message = "This is no web address that begins with http:// or https://, and is left out."
        hint = f"Did you mean https://{plain}?" if _WEB.match(f"https://{plain}") else "Correct it at its publisher."
        self._report("bad-web-address", "warning", message, hint, origin, text)
        return ""

    def term(self, scheme: str, text: str, origin: Origin) -> Concept | None:
        """Looks a code up in a closed list of the Model; an unknown one is a finding and is left out."""
        if not text:
            return None
        found = self.context.model.schemes[scheme].find(text)
        if found is None:
            self.unknown_code(
                text, f"the list {scheme}", [item.label for item in self.context.model.schemes[scheme].concepts], origin
            )
        return found

    def unknown_code(self, code: str, of: str, known: list[str], origin: Origin) -> None:
        """Reports a code that is in no list that graphsvc knows, once for each code; the audit counts all of them."""
        self.context.ledger.report(f"{origin.column}: code {shown(shown_value(code))}")
        if self.context.first("unknown-code", f"{origin.column} {code}"):
            hint = did_you_mean(code, known) or "If the publisher has added it, add it to the ontology."
            message = f"The code is not in {of}, and is left out."
            self._report("unknown-code", "warning", message, hint, origin, code)

    def _report(self, rule: str, severity: Severity, message: str, hint: str, origin: Origin, value: str) -> None:
        place = (origin.file, origin.row, origin.column or "", shown(value))
        self.context.report(Finding(severity, rule, message, hint, "", *place))


def open_directory(context: Context, path: Path, directory: str, described: DirectoryFacts) -> Directory:
    """Opens a file as a release of a directory, and passes on the sources that the directory and the release are.

    ``directory`` is the id of the directory and of the dataset (``ods-epraccur``). What stands beside the file goes before what
    the loader knows (``described``). Of dates the first that is stated counts: the one given with the load
    (``context.released``), the one beside the file, the file's own, the one in its name.
    """
    facts = facts_beside(path)
    context.allowed = not_persons(path)
    name = facts.directory or facts.amends or directory
    stated = context.released or facts.released or described.released or date_in_name(path)
    day = released_on(stated, path.name)
    digest = checksum(path)
    context.dataset, context.title = name, facts.title or described.title
    context.amends = bool(facts.amends)
    context.partial = described.partial if facts.partial is None else facts.partial
    if not facts.directory:
        named = facts.publisher or described.publisher
        context.issuer = named if described.issuer is None else described.issuer
    context.check_slug(name)
    living = context.id("Source", name)
    release = Release(living, context.id("Source", f"{name}-{stated.replace('/', '-') or digest[:12]}".casefold()), day, stated)
    context.release = release
    made = Directory(context, release)
    if facts.amends:
        return made
    origin = Origin(path.name)
    common = {
        "publisher": facts.publisher or described.publisher, "licence": facts.licence or described.licence,
        "published": _day_of(stated), "publishedStated": stated, "checksum": digest, "undated": None if stated else True,
        "description": facts.url,
    }  # fmt: skip
    qualifiers = Qualifiers(living, "the release")
    its_name = f"{context.title}, {'release of ' + stated if stated else 'undated release'}"
    for source, kind, called in ((living, "DIRECTORY", context.title), (release.source, "DIRECTORY_RELEASE", its_name)):
        made.record("Source", source, {**common, "name": called, "title": called, "kind": kind}, qualifiers, origin)
    made.relate(release.source, "releaseOf", living, qualifiers, origin)
    if not stated:
        hint = f'Write released = "2026-02-27" under [source] in {path.name}.toml beside it, so that releases are put in order.'
        message = "Neither the file nor its name tells the date of the release."
        context.report(Finding("warning", "release-undated", message, hint, "", path.name))
    return made


def _day_of(stated: str) -> str | None:
    """Returns a stated day as ISO text; ``None`` where only a month or a year is stated."""
    try:
        first, after, _ = period(stated, stated)
    except DateError:
        return None
    return first.isoformat() if first and after and after - first == timedelta(days=1) else None


def dataset_of(path: Path, directory: str = "") -> tuple[str, bool]:
    """Returns the dataset that a file makes, and whether it only amends it, for a loader's ``describe``.

    Without ``directory`` the id is the file's name without its date.
    """
    facts = facts_beside(path)
    return facts.amends or facts.directory or directory or directory_in_name(path), bool(facts.amends)
