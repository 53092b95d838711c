"""Makes claims of Open Referral objects: services, the organisations that provide them, and their categories.

A module of its own beside ``open_referral.py`` because what is made of an object stands here once, whichever form it came in.
Each method takes one object apart and says what became of every key.

Sources: HSDS 3.0 and its UK profile (schema reference); Open Referral UK 1 (Local Government Association: application profile,
with its closed lists); fields that begin with ``pc_`` as Placecube's directories serve them; register names of org-id.guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from graphsvc.loading import Qualifiers, shown
from graphsvc.provenance import Value
from loaders._open_referral_objects import Object
from loaders._open_referral_places import Places, identifier
from loaders._open_referral_text import cost, holiday, hours, joined, one_line

_ODS: Final = frozenset(("ODS", "NHS-ODS", "GB-NHS", "GB-ODS"))
_AGE: Final = re.compile(r"^-?\d{1,3}(?:\.\d{1,4})?$")
_STATES: Final = {
    "active": "ACTIVE", "inactive": "INACTIVE", "defunct": "INACTIVE", "temporarily closed": "TEMPORARILY_CLOSED",
    "suspended": "SUSPENDED",
}  # fmt: skip
_LISTS: Final = {
    "deliverable_type": (
        "Open Referral UK deliverable type",
        ("Advice", "Assessment", "Counselling", "Equipment", "Financial support", "Information", "Permission", "Training"),
    ),
    "attending_type": ("Open Referral UK attending type", ("Home visit", "Online", "Phone", "Venue")),
    "attending_access": ("Open Referral UK attending access", ("Appointment", "Drop-in", "Membership", "Referral")),
}
"""Closed lists of Open Referral UK 1: name of the classification, and its terms."""
_LONGEST_CLASSIFICATION: Final = 80


class Things(Places):
    """Makes the claims of the objects of one release."""

    # -- services -------------------------------------------------------------------------------------------------------------

    def service(self, item: Object, *, listed: bool, of: str = "", at: Sequence[Object] = ()) -> str:
        """Passes on a service with its parts; returns its id, empty if it was left out.

        ``of`` is the organisation that it stands under, ``at`` are the items that say where it is.
        """
        given = item.text("id")
        if not (given and one_line(str(item.peek("name") or ""))):
            self.nameless("service", given, item, "violation" if listed else "warning")
            return ""
        entity = self.context.coded("Service", "open-referral", self.code(given))
        new = self.is_new("service", given, item, listed=listed)
        if not new and listed:
            item.forget()
            return ""
        status = "ENDED" if _state(str(item.peek("status") or "")) == "INACTIVE" else "IN_FORCE"
        qualifiers = self.directory.qualifiers(given, status=status)
        there = [text for place in [*at, *item.objects("service_at_locations")] for text in self._at(place, entity, qualifiers)]
        self._providers(item, entity, given, of, qualifiers)
        if new:
            self._describe(item, entity, given, there, qualifiers)
        else:
            item.forget()
        return entity

    def _describe(self, item: Object, entity: str, given: str, there: list[str], qualifiers: Qualifiers) -> None:
        other = self.line(item, "alternate_name")
        population, low, high = self._eligibility(item)
        values: dict[str, Value | tuple[Value, ...] | None] = {
            "name": self.directory.name(one_line(item.text("name")), f"Service {given} (name withheld)", item.place("name")),
            "alternativeName": (other,) if other else (),
            "description": self.text(item, "description"),
            "website": self.directory.website(item.text("url"), item.place("url")),
            "fees": self._fees(item),
            "accreditations": joined((self.text(item, "accreditations"), self.text(item, "licenses")), "\n"),
            "directoryStatus": self._status(item),
            "assuredOn": self._assured(item),
            "openingHours": tuple(dict.fromkeys([*self._hours(item), *there])),
            "language": self._languages(item),
            "population": population,
            "minimumAge": low,
            "maximumAge": high,
        }
        self.directory.record("Service", entity, values, qualifiers, item.origin)
        self.serves(item, entity, qualifiers)
        self._categories(item, entity, qualifiers)
        self.withhold(item)
        item.ignore("how to get it, in words: no term of the graph for it", "wait_time", "application_process",
                    "interpretation_services", "required_documents", "payments_accepted",
                    "pc_attendingAccess_additionalInfo")  # fmt: skip
        item.ignore("a notice of the day", "alert")
        item.ignore("when the entry, not the service, was changed", "last_modified", "metadata")
        item.ignore("who pays for it, in words only", "funding", "fundings")
        item.ignore("opinions of users", "reviews")
        item.ignore("no term of the graph for it", "program", "program_id", "capacities", "link_taxonomies", "additional_urls")
        item.close()

    def _providers(self, item: Object, entity: str, given: str, of: str, qualifiers: Qualifiers) -> None:
        inside, named = item.object("organization"), item.text("organization_id")
        provider = self.organisation(inside, listed=False) if inside else ""
        provider = provider or of or (self.reference(named, item) if named else "")
        if provider:
            self.directory.relate(provider, "provides", entity, qualifiers, item.origin)
        elif not inside:
            message = f"The service {shown(given)!r} has no organisation: nobody is said to provide it."
            item.report("no-organisation", "organization", "", message, "Ask the directory who provides it.")

    def _status(self, item: Object) -> str:
        text = item.text("status")
        state = _state(text)
        if text and not state:
            self.directory.unknown_code(text, "the states of Open Referral", sorted(_STATES), item.place("status"))
        return state

    def _assured(self, item: Object) -> str:
        checked = self.directory.day(item.text("assured_date"), item.place("assured_date"))
        about = item.object("pc_metadata")
        if about:
            about.withhold("name of a person or e-mail address", "assured_by")
            about.ignore("when the entry, not the service, was changed", "date_created", "date_modified")
            told = self.directory.day(about.text("date_assured"), about.place("date_assured"))
            checked = checked or told
            about.close()
        return checked.isoformat() if checked else ""

    def _ages(self, item: Object) -> tuple[float | None, float | None]:
        """Reads the lowest and highest age; one below nought, as Placecube writes for none, is none."""
        found: list[float | None] = []
        for name in ("minimum_age", "maximum_age"):
            text = item.text(name)
            number = float(text) if _AGE.match(text) else None
            if text and (number is None or number > 150):
                item.report("not-an-age", name, text, "This is no age in years, and is left out.", "Write a number, such as 18.")
                number = None
            found.append(None if number is None or number < 0 else number)
        low, high = found
        if low is not None and high is not None and low > high:
            message = f"The minimum age {low:g} is above the maximum age {high:g}; both are kept."
            item.report("ages-contradict", "minimum_age", low, message, "Look it up at the directory.")
        return low, high

    def _eligibility(self, item: Object) -> tuple[str, float | None, float | None]:
        """Reads whom a service is for, in words, and the ages, which Open Referral UK 1 gives with the rules."""
        told, ages = [self.text(item, "eligibility_description")], [self._ages(item)]
        for rule in item.objects("eligibilitys", "eligibility"):
            rule.ignore("how the rule is kept", "id", "service_id", "taxonomys", "link_taxonomies")
            low, high = self._ages(rule)
            span = f"aged {low:g} to {high:g}" if low is not None and high else f"aged {low:g} and over" if low else ""
            told.append(joined((self.line(rule, "eligibility"), span if span or not high else f"aged up to {high:g}"), ", "))
            ages.append((low, high))
            rule.close()
        if ages[0] == (None, None) and len(ages) == 2:
            ages[0] = ages[1]
        return joined(told, "; "), *ages[0]

    def _fees(self, item: Object) -> str:
        costs = [self.text(item, "fees"), self.text(item, "fees_description")]
        costs += [self.clean(cost(option), option.place("amount_description")) for option in item.objects("cost_options")]
        return joined(costs, "\n")

    def _hours(self, item: Object) -> list[str]:
        found = [hours(one) for one in item.objects("schedules", "regular_schedules", "regular_schedule")]
        found += [holiday(one) for one in item.objects("holiday_schedules", "holidayScheduleCollection")]
        return [self.clean(text, item.place("schedules")) for text in dict.fromkeys(found) if text]

    def _languages(self, item: Object) -> tuple[Value, ...]:
        found: list[str] = []
        for language in item.objects("languages"):
            language.ignore("how the language is kept", "id", "service_id", "location_id", "phone_id", "note")
            name, code = language.text("name") or language.text("language"), language.text("code")
            language.close()
            found.append(code or name)
        return tuple(text for text in dict.fromkeys(found) if text)

    def at_location(self, item: Object) -> None:
        """Passes on a service at a location that is an item of its own."""
        given = item.text("id")
        if not self.is_new("service at location", given, item, listed=True):
            item.forget()
            return
        service = item.object("service")
        if service is None:
            message = "The item is of no service: nothing is said to be at this location."
            item.report("no-service", "service", given, message, "Ask the directory which service it is about.")
            if place := item.object("location"):
                self.location(place)
            item.forget()
            return
        self.service(service, listed=False, at=[item])

    def _at(self, item: Object, service: str, qualifiers: Qualifiers) -> list[str]:
        """Passes on the site of a service from one of its locations; returns its opening hours there."""
        place, named = item.object("location"), item.text("location_id")
        site = self.location(place) if place else self.referred_site(named, item) if named else ""
        if site:
            self.directory.relate(service, "locatedAt", site, qualifiers, item.origin)
        told = self._hours(item)
        self.withhold(item)
        item.ignore("how the link is kept", "id", "service_id", "metadata")
        item.ignore("what the service is like at this location, in words", "description", "service_areas", "attributes")
        item.close()
        return told

    # -- what things are filed under --------------------------------------------------------------------------------------------

    def _categories(self, item: Object, entity: str, qualifiers: Qualifiers) -> None:
        for name, (classification, terms) in _LISTS.items():
            known = {term.casefold(): term for term in terms}
            for text in re.split(r"[|,;]", item.text(name)):
                term = known.get(" ".join(text.casefold().split()))
                if term:
                    category = self.directory.category(classification, "", term, item.origin)
                    self.directory.relate(entity, "classifiedAs", category, qualifiers, item.origin)
                elif text.strip():
                    self.directory.unknown_code(text.strip(), f"the list {classification!r}", list(terms), item.place(name))
        for group in item.objects("pc_targetAudience"):
            code, term = group.text("id"), self.line(group, "audienceType")
            if term:
                category = self.directory.category("Placecube target audience", code, term, group.origin)
                self.directory.relate(entity, "classifiedAs", category, qualifiers, group.origin)
            group.close()
        self._attributes(item, entity, qualifiers)

    def _attributes(self, item: Object, entity: str, qualifiers: Qualifiers) -> None:
        for attribute in item.objects("attributes", "service_taxonomys"):
            attribute.ignore("how the link is kept", "id", "service_id", "link_id", "link_type", "link_entity", "link_taxonomies",
                             "taxonomy_term_id", "taxonomy_id", "taxonomy_detail")  # fmt: skip
            label, value = self.line(attribute, "label"), self.line(attribute, "value")
            term = attribute.object("taxonomy_term") or attribute.object("taxonomy")
            category = self.term(term, listed=False) if term else ""
            if not term and label and value:
                category = self.directory.category(_classification(label), "", value, attribute.origin)
            if category:
                self.directory.relate(entity, "classifiedAs", category, qualifiers, attribute.origin)
            attribute.close()

    def term(self, item: Object, *, listed: bool, of: str = "") -> str:
        """Passes on a term of the taxonomy ``of``; returns its id, empty if it has no name."""
        given, name = item.text("id"), self.line(item, "name") or self.line(item, "term")
        if not name:
            self.nameless("taxonomy term", given or "?", item, "violation" if listed else "warning")
            return ""
        about = item.object("taxonomy_detail")
        told = one_line(about.text("name")) if about else ""
        classification = _classification(of or told or one_line(item.text("taxonomy")) or one_line(item.text("vocabulary")))
        code, parent = item.text("code") or given, item.text("parent_id")
        entity = self.directory.category(classification, code, name, item.origin)
        if parent and parent.casefold() != given.casefold():
            scheme = re.sub(r"[^a-z0-9]+", "-", classification.casefold()).strip("-")
            broad = self._term_code(parent)
            broader = self.directory.refer("Category", scheme, broad, "", {"code": broad, "classification": classification})
            self.directory.relate(entity, "broader", broader, self.directory.qualifiers(code), item.origin)
        item.ignore("a term is known by its name and code", "term", "description", "term_uri", "uri", "language", "version")
        item.ignore("told by the id of the parent or taxonomy", "parent_name", "parent", "taxonomy", "vocabulary", "taxonomy_id")
        item.close()
        return entity

    def note_term(self, given: str, code: str) -> None:
        """Remembers the code of a term, before another names it as its parent by its id."""
        if given and code:
            self.context.spool.first_place(f"open-referral term {given.casefold()}", code, "")

    def _term_code(self, given: str) -> str:
        return self.context.spool.first_place(f"open-referral term {given.casefold()}", given, "")[0]

    def taxonomy(self, item: Object) -> None:
        """Passes on the terms of a taxonomy; the taxonomy itself is no thing of the graph."""
        name = one_line(item.text("name"))
        for term in item.objects("taxonomy_terms"):
            self.term(term, listed=False, of=name)
        item.ignore("a taxonomy is known by its terms", "id", "description", "uri", "version")
        item.close()

    # -- organisations ---------------------------------------------------------------------------------------------------------

    def note_identity(self, given: str, identifiers: Any) -> None:
        """Remembers the registers of an organisation, before anything refers to it: its id depends on them."""
        scheme, code, others, _ = _registered(identifiers)
        if given and (scheme or others):
            entity = self.context.coded("Organisation", scheme, code) if scheme else ""
            self._identity(given, [entity, code if scheme == "ods" else "", others])

    def _identity(self, given: str, told: list[Any] | None = None) -> list[Any]:
        """Returns id, ODS code and other identifiers of an organisation, as they were first given."""
        known, _ = self.context.spool.first_place(f"open-referral id of {given.casefold()}", json.dumps(told or ["", "", []]), "")
        entity, code, others = json.loads(known)
        return [entity or self.context.coded("Organisation", "open-referral", self.code(given)), code, others]

    def reference(self, given: str, item: Object, column: str = "organization_id") -> str:
        """Returns the id of an organisation that is only named by its id."""
        return self.refer("Organisation", "organization", self._identity(given)[0], given, item, column)

    def organisation(self, item: Object, *, listed: bool) -> str:
        """Passes on an organisation with its services and locations; returns its id, empty if it was left out."""
        given, name = item.text("id"), one_line(str(item.peek("name") or ""))
        if not (given and name):
            self.nameless("organisation", given, item, "violation" if listed else "warning")
            return self.reference(given, item) if given and not listed else ""
        registers = item.peek("organization_identifiers")
        self.note_identity(given, registers)
        entity, code, others = self._identity(given)
        if not self.is_new("organisation", given, item, listed=listed):
            item.forget()
            return "" if listed else str(entity)
        if padded := _registered(registers)[3]:
            message = f"The company number has fewer than 8 signs: leading zeros are lost. It is read as {padded}."
            self.context.understand(item.place("organization_identifiers").column or "")
            item.report("company-number-padded", "organization_identifiers", padded, message, "Nothing to do.", severity="info")
        item.take("organization_identifiers")
        qualifiers = self.directory.qualifiers(given)
        page = next((key for key in ("website", "url", "uri") if item.peek(key)), "website")
        other = self.line(item, "alternate_name")
        values: dict[str, Value | tuple[Value, ...] | None] = {
            "name": self.directory.name(one_line(item.text("name")), f"Organisation {given} (name withheld)", item.place("name")),
            "alternativeName": (other,) if other else (),
            "description": self.text(item, "description"),
            "website": self.directory.website(item.text(page), item.place(page)),
            "legalForm": self.line(item, "legal_status"),
            "odsCode": code,
            "identifier": tuple(others),
        }
        self.directory.record("Organisation", entity, values, qualifiers, item.origin)
        parent = item.text("parent_organization_id")
        if parent and parent.casefold() != given.casefold():
            whole = self.reference(parent, item, "parent_organization_id")
            self.directory.relate(entity, "subdivisionOf", whole, qualifiers, item.origin)
        for place in item.objects("locations"):
            if site := self.location(place):
                self.directory.relate(entity, "locatedAt", site, qualifiers, item.origin)
        self._attributes(item, entity, qualifiers)
        for service in item.objects("services"):
            self.service(service, listed=False, of=entity)
        self.withhold(item)
        item.ignore("pictures and further web pages", "logo", "uri", "url", "additional_websites", "metadata")
        item.ignore("no term of the graph for it", "tax_status", "tax_id", "year_incorporated", "funding", "programs")
        item.close()
        return str(entity)


def _classification(name: str) -> str:
    """Returns the name of a taxonomy, short enough to be part of an id."""
    return name[:_LONGEST_CLASSIFICATION] if re.search(r"[a-zA-Z0-9]", name) else "Open Referral taxonomy"


def _state(text: str) -> str:
    return _STATES.get(" ".join(text.casefold().replace("_", " ").split()), "")


def _registered(identifiers: Any) -> tuple[str, str, list[Value], str]:
    """Returns the scheme and code that make an organisation's id, its other identifiers, and a completed company number."""
    scheme, code, padded = "", "", ""
    others: set[str] = set()
    for item in identifiers if isinstance(identifiers, list) else []:
        register = str(item.get("identifier_scheme") or "").strip().upper() if isinstance(item, dict) else ""
        found = str(item.get("identifier") or "").strip().upper() if register else ""
        if not found:
            continue
        if register == "GB-COH" and found.isdigit() and len(found) < 8:
            padded = found = found.zfill(8)
        if register in _ODS and re.match(r"^[A-Z0-9]{3,10}$", found):
            scheme, code = "ods", found
            continue
        if register == "GB-COH" and scheme != "ods":
            scheme, code = "gb-coh", found
        others.add(identifier(register, found))
    return scheme, code, sorted(others - {""}), padded
