"""Reads the FHIR datatypes that directories use: identifiers, codes, addresses, telecoms, periods, times, references.

A module of its own, since every resource is made of them. One object stands where a list is expected in the STU3 dialect of the
Organisation Data Service; :class:`~graphsvc.loading.Fields` reads either.

Source: FHIR R4, section 2.24 (datatypes) and 2.3 (references); identifier systems of NHS England and HL7.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any, Final

from graphsvc.loading import Context, Directory, Fields, Origin, Value, shown
from loaders._fhir_index import Entry, Index, listed

ODS_SYSTEMS: Final = (
    "https://fhir.nhs.uk/id/ods-organization-code", "https://fhir.nhs.uk/id/ods-site-code",
    "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.48",
)  # fmt: skip
_SYSTEMS: Final = {
    **dict.fromkeys(ODS_SYSTEMS, "ODS"),
    "https://fhir.hl7.org.uk/id/uprn": "UPRN", "https://fhir.hl7.org.uk/id/uprn-code": "UPRN",
    "http://org-id.guide/list/gb-coh": "GB-COH", "http://org-id.guide/list/gb-chc": "GB-CHC",
    "http://hl7.org/fhir/sid/us-npi": "US-NPI",
}  # fmt: skip
"""Systems of identifiers, in small letters, and the register each stands for."""
_OF_PERSONS: Final = ("http://hl7.org/fhir/sid/us-ssn", "https://fhir.nhs.uk/id/nhs-number")
_CODE: Final = re.compile(r"^[A-Z0-9]{1,12}$")
_ANY: Final = re.compile(".")
_PATTERNS: Final = {
    "ODS": (_CODE, "ODS code of one to twelve capital letters and digits"),
    "UPRN": (re.compile("^[0-9]{1,12}$"), "UPRN of up to twelve digits"),
    "GB-COH": (_CODE, "number of Companies House of capital letters and digits"),
}
_NO_UK_POSTCODE: Final = re.compile(r"^[0-9 -]+$")
_TELEPHONES: Final = ("phone", "fax", "pager", "sms")
_DAYS: Final = {"mon": "MO", "tue": "TU", "wed": "WE", "thu": "TH", "fri": "FR", "sat": "SA", "sun": "SU"}
_TIMES: Final = ("availableStartTime", "availableEndTime")
_PLUMBING: Final = "how the element is kept, not what it says"
LONGEST_CODE: Final = 60
LONGEST_SYSTEM: Final = 40


def register_of(system: str) -> str:
    """Returns the short name of an identifier's register; empty for one that is not in the table."""
    return _SYSTEMS.get(system.strip().rstrip("/").casefold(), "")


def ods_code(identifiers: Any) -> str:
    """Returns the ODS code among identifiers, without reporting anything; empty for none."""
    return _identifier(identifiers, "ODS", _CODE)


def company_number(identifiers: Any) -> str:
    """Returns the Companies House number among identifiers; empty for none."""
    return _identifier(identifiers, "GB-COH", _CODE)


def _identifier(identifiers: Any, register: str, pattern: re.Pattern[str]) -> str:
    for item in listed(identifiers):
        if isinstance(item, dict) and register_of(str(item.get("system") or "")) == register and item.get("use") != "old":
            code = str(item.get("value") or "").strip().upper()
            if pattern.match(code):
                return code
    return ""


def classification_of(system: str, element: str) -> str:
    """Names the classification of a code system: the last part of its address, without version; else the element's name."""
    last = re.split(r"[/:]", system.partition("|")[0].rstrip("/#"))[-1][:LONGEST_SYSTEM]
    return last if re.search("[A-Za-z0-9]", last) else element


class Elements:
    """Reads the datatypes of one input."""

    def __init__(self, context: Context, directory: Directory, index: Index) -> None:
        self.context = context
        self.directory = directory
        self.index = index

    # -- identifiers and codes --------------------------------------------------------------------------------------------------

    def identifiers(self, fields: Fields) -> dict[str, tuple[str, ...]]:
        """Reads the identifiers, by register."""
        found: dict[str, tuple[str, ...]] = {}
        for item in fields.each("identifier"):
            system, use = item.text("system"), item.text("use")
            register = register_of(system)
            if system.casefold() in _OF_PERSONS:
                item.withhold("number of a person", "value")
            elif use == "old":
                item.ignore("an identifier that is no longer used", "value")
            elif not register:
                self._unknown_system(item, system)
            elif value := item.text("value"):
                pattern, means = _PATTERNS.get(register, (_ANY, ""))
                if not pattern.match(value.upper()):
                    rule = f"bad-{register.casefold()}-code"
                    item.report(rule, "value", value, f"This is no {means}; it is left out.", "Look it up in its register.")
                else:
                    found[register] = (*found.get(register, ()), value.upper() if register == "ODS" else value)
            item.ignore(_PLUMBING, "type", "period", "assigner", "id", "extension")
            item.close()
        return found

    def _unknown_system(self, item: Fields, system: str) -> None:
        self.context.ledger.report(f"identifier system {shown(system)}")
        message = "The system of the identifier is not known here, and the identifier is left out."
        hint = "Add the system to the table of the loader with a short name, if its codes are worth keeping."
        if item.is_first("unknown-identifier-system", system):
            item.report("unknown-identifier-system", "system", system, message, hint)
        item.ignore("of a system that is not known", "value")

    def codings(self, fields: Fields, name: str) -> list[tuple[str, str, str]]:
        """Reads system, code and name of each code under a key; a concept in words only has no code."""
        found: list[tuple[str, str, str]] = []
        for concept in fields.each(name):
            codes = concept.each("coding") if "coding" in concept else [concept] if "code" in concept else []
            for coding in codes:
                system, code, display = (coding.text(key) for key in ("system", "code", "display"))
                if len(code) > LONGEST_CODE:
                    message = f"The code has {len(code):,} signs, and is left out."
                    coding.report("code-too-long", "code", code, message, "Correct it at its publisher.")
                elif code or display:
                    found.append((system, code, display))
                coding.ignore(_PLUMBING, "version", "userSelected", "id", "extension")
                if coding is not concept:
                    coding.close()
            text = "" if codes else concept.text("text")
            if text:
                found.append(("", "", text[:LONGEST_CODE]))
            concept.ignore("words beside a code", "text")
            concept.ignore(_PLUMBING, "id", "extension")
            concept.close()
        return found

    def classify(self, entity: str, codings: list[tuple[str, str, str]], element: str, locator: str, origin: Origin) -> None:
        """Passes on the categories of a thing."""
        for system, code, display in codings:
            classification = classification_of(system, element)
            known = f"classification {re.sub('[^a-z0-9]+', '-', classification.casefold())}"
            self.index.name(known, classification)
            classification = self.index.called(known)
            self.index.name(f"{classification}|{code}", display)
            name = self.index.called(f"{classification}|{code}") if code else display
            category = self.directory.category(classification, code, self.directory.words(name, origin) or code, origin)
            self.directory.relate(entity, "classifiedAs", category, self.directory.qualifiers(locator), origin)

    def boolean(self, fields: Fields, name: str) -> bool | None:
        """Reads true or false; ``None``, with a finding, for any other value."""
        value = fields.take(name)
        if value is None or isinstance(value, bool):
            return value
        fields.report(
            "not-a-boolean", name, value, "True or false is expected here.", "Write true or false, without quotation marks."
        )
        return None

    # -- where, how and when --------------------------------------------------------------------------------------------------

    def telecom(self, fields: Fields) -> str:
        """Reads the website; telephones and e-mail addresses are withheld."""
        website = ""
        for item in fields.each("telecom"):
            system = item.text("system").casefold()
            if system == "url":
                website = website or self.directory.website(item.text("value"), item.place("value"))
                item.ignore("there is another website before it", "value")
            else:
                sort = "telephone number" if system in _TELEPHONES else "e-mail address" if system == "email" else "contact"
                item.withhold(sort, "value")
            item.ignore(_PLUMBING, "use", "rank", "period", "id", "extension")
            item.close()
        return website

    def address(self, fields: Fields) -> dict[str, str]:
        """Reads address and postcode: of several the first that is neither old nor for bills."""
        items = fields.each("address")
        chosen = next((item for item in items if item.peek("use") not in ("old", "billing")), items[0] if items else None)
        made = {"address": "", "postcode": ""}
        for item in items:
            if item is chosen:
                lines = [*item.texts("line"), *(item.text(key) for key in ("city", "district", "state"))]
                code = item.text("postalCode")
                if _NO_UK_POSTCODE.match(code):
                    lines.append(code)
                    message = "The postal code is none of the UK; it stays in the address."
                    if item.is_first("foreign-postcode", item.origin.file):
                        item.report("foreign-postcode", "postalCode", code, message, "Nothing to do.", severity="info")
                else:
                    made["postcode"] = self.directory.postcode(code, item.place("postalCode"))
                if not any(lines):
                    lines = [item.text("text")]
                made["address"] = self.directory.words(", ".join(line for line in lines if line), item.place("line"))
            why = "the lines and the postcode say it" if item is chosen else "another address goes before it"
            item.ignore(why, "text", "country", "line", "city", "district", "state", "postalCode")
            item.ignore(_PLUMBING, "use", "type", "period", "id", "extension")
            item.close()
        return made

    def period(self, fields: Fields, name: str) -> tuple[date | None, date | None]:
        """Reads the first and last day of a period."""
        inner = fields.below(name)
        if inner is None:
            return None, None
        start = self.directory.day(inner.text("start"), inner.place("start"))
        last = self.directory.day(inner.text("end"), inner.place("end"))
        inner.ignore(_PLUMBING, "id", "extension")
        inner.close()
        return start, last

    def opening_hours(self, fields: Fields, name: str) -> tuple[str, ...]:
        """Writes opening hours as text: ``MO,TU 09:00-17:00`` for each stretch."""
        found: list[str] = []
        for item in fields.each(name):
            stated = item.texts("daysOfWeek")
            days = [_DAYS[day.casefold()] for day in stated if day.casefold() in _DAYS]
            for day in stated:
                if day.casefold() not in _DAYS:
                    self.directory.unknown_code(day, "the list of days of the week", list(_DAYS), item.place("daysOfWeek"))
            said = any(item.peek(key) for key in _TIMES)
            start, end = (item.time(key) for key in _TIMES)
            whole = item.text("allDay") == "true"
            times = "all day" if whole else f"{start}-{end}" if start or end else ""
            # Days whose times, or times whose days, are not understood would say more than the source does.
            if (days or (times and not stated)) and (times or not said):
                found.append(" ".join(part for part in (",".join(days), times) if part))
            item.ignore(_PLUMBING, "id", "extension")
            item.close()
        return tuple(dict.fromkeys(found))

    # -- references ----------------------------------------------------------------------------------------------------

    def references(self, fields: Fields, name: str, wanted: str, holder: Entry) -> list[str]:
        """Resolves the references under a key to the ids of known things; ``wanted`` is the type of resource."""
        for item in listed(fields.peek(name)):
            if isinstance(item, str) and item:
                message = "A reference is expected here, and this is a text."
                fields.report("not-a-reference", name, item, message, f'Write {{"reference": "{wanted}/…"}}.')
        if any(isinstance(item, str) for item in listed(fields.peek(name))):
            fields.take(name)
            return []
        found = [self._reference(item, wanted, holder) for item in fields.each(name)]
        return [entity for entity in dict.fromkeys(found) if entity]

    def _reference(self, item: Fields, wanted: str, holder: Entry) -> str:
        reference, display = item.text("reference"), item.text("display")
        code = ods_code(item.peek("identifier")) if wanted == "Organization" else ""
        item.ignore("a logical reference, used where no other leads anywhere", "identifier")
        item.ignore(_PLUMBING, "type", "id", "extension")
        sort, entity = self.index.resolve(reference, holder) if reference else ("", "")
        class_name = {"Organization": "organisation", "Location": "site", "HealthcareService": "service"}[wanted]
        if entity and not entity.startswith(f"{class_name}/"):
            message = f"A reference to a resource {wanted} is expected here, and this leads to another one."
            item.report("wrong-type", "reference", reference, message, "Correct the reference at its publisher.")
            entity = ""
        elif reference and not entity:
            why = "was deleted" if sort else "is not in this input"
            message = f"The reference leads to a resource that {why}."
            hint = "Its ODS code stands in for it." if code else "Give the resource too, or its identifier beside the reference."
            item.report("unresolved-reference", "reference", reference, message, hint)
        item.close()
        if not entity and code:
            self.index.name(f"organisation {code}", self.directory.name(display, "", item.place("display")))
            return self.directory.refer("Organisation", "ods", code, self.index.called(f"organisation {code}"))
        return entity


def filled_only(values: dict[str, Value | tuple[Value, ...] | None]) -> dict[str, Value | tuple[Value, ...]]:
    """Leaves out empty values."""
    return {name: value for name, value in values.items() if value not in (None, "", ())}


def at(origin: Origin, column: str) -> Origin:
    """Returns a place within an item."""
    return replace(origin, column=column)
