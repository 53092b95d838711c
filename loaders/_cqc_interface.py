"""Reads one answer of the Care Quality Commission's interface: a location or a provider.

A module of its own beside ``cqc.py``, which finds the answers and reads the care directory.

Source: the syndication API of the Care Quality Commission (locations, providers).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from graphsvc.loading import IGNORED, Fields, Finding, Qualifiers
from graphsvc.provenance import Value
from loaders._cqc_register import Register, website
from loaders._cqc_terms import ACTIVITY, ORGANISATION_TYPE, RATING, SERVICE_TYPE, SPECIALISM, term_of

_STATES: Final = {"registered": "ACTIVE", "deregistered": "INACTIVE"}
_SUCCESSIONS: Final = {"hsca predecessor": True, "hsca successor": False}
"""Kinds of relationship, and whether the related one came before."""
_NUMBER: Final = re.compile(r"^-?\d{1,3}(?:\.\d{1,20})?$")


class Entry:
    """One answer of the interface."""

    def __init__(self, register: Register, fields: Fields, content: Mapping[str, Any]) -> None:
        self.register = register
        self.directory = register.directory
        self.context = register.context
        self.fields = fields
        self.origin = fields.origin
        self.content = {name: value for name, value in content.items() if name not in IGNORED}

    def location(self) -> None:
        """Reads a location: a service at a site."""
        fields, code = self.fields, self.fields.text("locationId")
        called = self._name(fields.text("name") or fields.text("locationName"), "location", code)
        if not called or not self.register.is_new("location", code, self.content, self.origin):
            return
        qualifiers, state = self._standing(code)
        service = self.context.coded("Service", "cqc", code)
        name = self.directory.name(called, f"Location {code} (name withheld)", fields.place("name"))
        ods, seen = fields.text("odsCode").upper(), fields.below("lastInspection")
        beds = fields.text("numberOfBeds")
        values: dict[str, Value | tuple[Value, ...] | None] = {
            "name": name,
            "alternativeName": self._also(),
            "identifier": (f"CQC:{code}", *([f"ODS:{ods}"] if ods else [])),
            "website": website(self.directory, fields.text("website"), fields.place("website")),
            "directoryStatus": state,
            "inspectedOn": self._day(seen, "date") if seen else None,
            "beds": int(beds) if re.match(r"^\d{1,5}$", beds) else None,
        }
        self.directory.record("Service", service, values, qualifiers, self.origin)
        latitude, longitude = self._point()
        address, postcode, uprn = self._address()
        where: dict[str, Value | None] = {
            "name": name, "address": address, "postcode": postcode, "uprn": uprn, "latitude": latitude, "longitude": longitude,
        }  # fmt: skip
        self.register.site(service, code, where, qualifiers, self.origin)
        owner = fields.text("providerId")
        if owner:
            self.directory.relate(self.register.provider(owner, "", self.origin), "provides", service, qualifiers, self.origin)
        if ods:
            same = self.directory.refer("Organisation", "ods", ods, name)
            self.directory.relate(same, "provides", service, qualifiers, self.origin)
        for item in fields.each("gacServiceTypes"):
            told, long = item.text("name"), item.text("description")
            self.register.file(
                service, SERVICE_TYPE, [told if term_of(SERVICE_TYPE, told) else long or told], qualifiers, item.place("name")
            )
            item.close()
        for item in [*fields.each("specialisms"), *fields.each("specialism")]:
            self.register.file(service, SPECIALISM, [item.text("name")], qualifiers, item.place("name"))
            item.ignore("told by its name", "code")
            item.close()
        self._activities(service, qualifiers)
        self._ratings(service, code)
        self.register.authority(service, fields.text("localAuthority"), qualifiers, self.origin)
        self._system(service, qualifiers)
        self._related("Service", service, "relatedLocationId", "relatedLocationName", qualifiers)
        fields.ignore("told by the service types", "careHome", "locationTypes")
        self._rest(service, qualifiers)

    def provider(self) -> None:
        """Reads a provider: an organisation, or a person, whose name and address are withheld."""
        fields, code = self.fields, self.fields.text("providerId")
        called = self._name(fields.text("name") or fields.text("providerName"), "provider", code)
        if not called or not self.register.is_new("provider", code, self.content, self.origin):
            return
        qualifiers, state = self._standing(code)
        person = fields.text("ownershipType").casefold() in ("individual", "sole trader")
        name = f"Provider {code} (name withheld)"
        if person:
            self.context.ledger.withhold("name of a person")
        else:
            name = self.directory.name(called, name, fields.place("name"))
        ods = fields.text("odsCode").upper()
        scheme, known = ("ods", ods) if ods else ("cqc", code)
        owner = self.context.coded("Organisation", scheme, known)
        address, postcode, uprn = self._address()
        if person and (address or postcode):
            self.context.ledger.withhold("address of a person")
            address, postcode, uprn = "", "", ""
        fields.ignore("where its seat is, is told by the address", "onspdLatitude", "onspdLongitude", "localAuthority")
        registers = [
            f"{register}:{told.zfill(8) if register == 'GB-COH' and told.isdigit() else told}"
            for register, told in (
                ("CQC", code), ("GB-COH", fields.text("companiesHouseNumber").upper()), ("GB-CHC", fields.text("charityNumber")),
            )
            if told
        ]  # fmt: skip
        values: dict[str, Value | tuple[Value, ...] | None] = {
            "name": name,
            "alternativeName": self._also(),
            "identifier": tuple(registers),
            "odsCode": ods,
            "website": website(self.directory, fields.text("website"), fields.place("website")),
            "directoryStatus": state,
            "address": address,
            "postcode": postcode,
            "uprn": uprn,
        }
        self.directory.record("Organisation", owner, values, qualifiers, self.origin)
        for location in fields.texts("locationIds"):
            named: dict[str, Value] = {"identifier": f"CQC:{location}"}
            service = self.directory.refer("Service", "cqc", location, f"Location {location}", named)
            self.directory.relate(owner, "provides", service, qualifiers, self.origin)
        self._activities(owner, qualifiers)
        self._ratings(owner, code)
        self._system(owner, qualifiers)
        self._related("Organisation", owner, "relatedProviderId", "relatedProviderName", qualifiers)
        fields.ignore("when it was inspected is told of its locations", "lastInspection")
        self._rest(owner, qualifiers)

    # -- parts ------------------------------------------------------------------------------------------------------------------

    def _standing(self, code: str) -> tuple[Qualifiers, str]:
        """Returns the qualifiers of an entry and its state: since when it is registered and until when."""
        fields = self.fields
        start, last = self._day(fields, "registrationDate"), self._day(fields, "deregistrationDate")
        told = fields.text("registrationStatus")
        state = _STATES.get(told.casefold(), "")
        if told and not state:
            self.directory.unknown_code(
                told, "the states of registration", ["Registered", "Deregistered"], fields.place("registrationStatus")
            )
        if state == "ACTIVE" and fields.text("dormancy").casefold() in ("y", "yes", "true"):
            state = "DORMANT"
        fields.ignore("the state tells it", "dormancy", "dormancyStartDate", "dormancyEndDate")
        today = self.directory.release.released or date.today()
        if state in ("ACTIVE", "DORMANT") and last and date.fromisoformat(last) < today:
            message = f"It is registered, and has a day of deregistration in the past ({last}); both are kept."
            hint = "Look it up on its page."
            fields.report("status-contradicts-dates", "registrationStatus", told, message, hint)
        days = [date.fromisoformat(day) if day else None for day in (start, last)]
        return self.directory.qualifiers(code, days[0], days[1], "ENDED" if state == "INACTIVE" else "IN_FORCE"), state

    def _name(self, text: str, kind: str, code: str) -> str:
        """Returns the name of a location or provider; where it has none, its row is set aside."""
        if not text:
            place = self.fields.place("name")
            message = f"The {kind} has no name."
            hint = f"Look {code!r} up on its page."
            told = (place.file, place.row, place.column or "", code)
            self.context.report(Finding("violation", "missing-name", message, hint, "", *told))
            self.fields.forget()
        return text

    def _also(self) -> tuple[Value, ...]:
        told = self.fields.text("alsoKnownAs")
        name = self.directory.name(told, "", self.fields.place("alsoKnownAs")) if told else ""
        return (name,) if name else ()

    def _day(self, fields: Fields, name: str) -> str | None:
        found = self.directory.day(fields.text(name), fields.place(name))
        return found.isoformat() if found else None

    def _address(self) -> tuple[str, str, str]:
        fields = self.fields
        names = ("postalAddressLine1", "postalAddressLine2", "postalAddressTownCity", "postalAddressCounty")
        lines = ", ".join(part for name in names if (part := self.directory.words(fields.text(name), fields.place(name))))
        uprn = fields.text("uprn")
        postcode = self.directory.postcode(fields.text("postalCode"), fields.place("postalCode"))
        return lines, postcode, uprn if re.match(r"^\d{1,12}$", uprn) else ""

    def _point(self) -> tuple[float | None, float | None]:
        given = [self.fields.text(name) for name in ("onspdLatitude", "onspdLongitude")]
        if all(_NUMBER.match(text) for text in given) and abs(float(given[0])) <= 90 and abs(float(given[1])) <= 180:
            return float(given[0]), float(given[1])
        if any(given):
            message = "This is no point on the earth, and is left out."
            self.fields.report("not-on-earth", "onspdLatitude", ", ".join(given), message, "Look it up again.")
        return None, None

    def _activities(self, thing: str, qualifiers: Qualifiers) -> None:
        for item in self.fields.each("regulatedActivities"):
            self.register.file(thing, ACTIVITY, [item.text("name")], qualifiers, item.place("name"))
            item.withhold("contact", "contacts", "nominatedIndividual")
            item.ignore("told by its name", "code")
            item.close()

    def _ratings(self, thing: str, code: str) -> None:
        """Passes on the overall rating of each report; each holds until the next report."""
        found = _ratings_of(self.fields.take("historicRatings")) + _ratings_of(self.fields.take("currentRatings"))
        dated = sorted({(day, rating) for day, rating in found if day})
        place = self.fields.place("currentRatings")
        for number, (day, rating) in enumerate(dated):
            start = self.directory.day(day, place)
            after = self.directory.day(dated[number + 1][0], place) if number + 1 < len(dated) else None
            if start is None or (after is not None and after <= start):
                continue
            status = "ENDED" if after else "IN_FORCE"
            qualifiers = self.directory.qualifiers(code, start, after - timedelta(days=1) if after else None, status)
            self.register.file(thing, RATING, [rating], qualifiers, place)

    def _system(self, thing: str, qualifiers: Qualifiers) -> None:
        fields = self.fields
        code, name = fields.text("onspdIcbCode"), fields.text("onspdIcbName")
        if re.match(r"^E54\d{6}$", code):
            system = self.directory.refer("CareSystem", "gss", code, name, {"gssCode": code})
            self.directory.relate(thing, "inSystem", system, qualifiers, self.origin)
        elif code:
            fields.report("bad-gss-code", "onspdIcbCode", code, "This is no code of an ICB's area.", "It begins with E54.")

    def _related(self, kind: str, thing: str, code_key: str, name_key: str, qualifiers: Qualifiers) -> None:
        for item in self.fields.each("relationships"):
            told, code, name = item.text("type"), item.text(code_key), item.text(name_key)
            before = _SUCCESSIONS.get(told.casefold())
            item.ignore("why, in words", "reason")
            if before is None:
                self.directory.unknown_code(
                    told, "the kinds of relationship", ["HSCA Predecessor", "HSCA Successor"], item.place("type")
                )
            elif code:
                scheme, known = self.register.registered(code) if kind == "Organisation" else ("cqc", code)
                shown_name = self.directory.name(name, "", item.place(name_key)) if name else ""
                other = self.directory.refer(kind, scheme, known, shown_name)
                pair = (thing, other) if before else (other, thing)
                self.directory.relate(pair[0], "replaces", pair[1], self.directory.qualifiers(qualifiers.locator), self.origin)
            item.close()

    def _rest(self, thing: str, qualifiers: Qualifiers) -> None:
        fields = self.fields
        brand, code = fields.text("brandName"), fields.text("brandId")
        if brand.strip("- "):
            name = self.directory.words(brand.removeprefix("BRAND ").strip(), fields.place("brandName"))
            category = self.directory.category("CQC brand", code, name, self.origin)
            self.directory.relate(thing, "classifiedAs", category, qualifiers, self.origin)
        self.register.file(thing, ORGANISATION_TYPE, [fields.text("type")], qualifiers, fields.place("type"))
        fields.withhold("telephone number", "mainPhoneNumber")
        fields.withhold("contact", "contacts")
        fields.ignore("about a person", "registeredManagerAbsentDate")
        fields.ignore("told by the local authority and the postcode", "region", "constituency")
        fields.ignore(
            "areas of clinical commissioning groups, which are no more",
            "onspdCcgCode",
            "onspdCcgName",
            "odsCcgCode",
            "odsCcgName",
        )
        fields.ignore("how the Commission orders its inspections", "inspectionDirectorate", "inspectionCategories",
                      "inspectionAreas", "providerInspectionAreas")  # fmt: skip
        fields.ignore("reports are documents at the Commission", "lastReport", "reports", "unpublishedReports")
        fields.ignore("told by locationId or providerId", "organisationType")
        fields.close()


def _ratings_of(value: Any) -> list[tuple[str, str]]:
    """Returns day and name of each overall rating in one report or several."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        overall = item.get("overall") if isinstance(item, dict) else None
        if isinstance(overall, dict) and isinstance(overall.get("rating"), str):
            found.append((str(overall.get("reportDate") or item.get("reportDate") or ""), overall["rating"]))
    return found
