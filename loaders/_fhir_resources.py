"""Makes claims of FHIR resources: Organization, OrganizationAffiliation, HealthcareService and Location.

A module of its own, as the resources are one idea and the files they come in another. An affiliation is no thing here, but
relations: membership of its networks, services provided, sites. Of what an organisation is to the other it says a code; only
codes of membership have a relation here, all others are ``worksWith``, with the code's words as the source states them.

Source: FHIR R4, resources of the Administration module; US NDH and IHE mCSD for how networks and services are used.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from graphsvc.loading import Context, Directory, Fields, Origin, Qualifiers, Value
from loaders._fhir_elements import Elements, at, company_number, filled_only, ods_code
from loaders._fhir_index import Entry, Index, listed
from loaders._fhir_ods import Dates, OdsExtensions, unknown_extension
from loaders._ods import Moment, kind_of, role_thing

READ: Final = ("Organization", "OrganizationAffiliation", "HealthcareService", "Location")
CLASSES: Final = {"Organization": "Organisation", "HealthcareService": "Service", "Location": "Site"}
_MEMBERSHIPS: Final = ("member", "HIE/HIO", "network")
_PLUMBING: Final = ("resourceType", "id", "meta", "implicitRules", "language", "text", "contained")
_CATEGORIES: Final = ("category", "type", "specialty", "program", "characteristic", "referralMethod")
_UUID: Final = 36
_HOSPITALS: Final = ("HOSP", "COMM", "CHR", "PSYCHF", "RH", "MHSP")
"""Codes of v3-RoleCode that are hospitals."""


def local_code(context: Context, key: str, given: str) -> str:
    """Makes an id unique anywhere: a UUID stays; ``1``, which every server has, gets the name of the dataset."""
    plain = key.partition("#")[0].removeprefix("urn:uuid:") if key.startswith("urn:uuid:") else given
    if "#" in key:
        plain = f"{plain}-{key.rpartition('#')[2]}"
    uuid = len(plain) == _UUID and plain.count("-") == 4
    return plain.casefold() if uuid else f"{context.dataset.removeprefix('fhir-')}-{plain}"


def entity_of(context: Context, entry: Entry) -> str:
    """Returns the id of the thing that a resource describes; empty for one without an id, and for types that are no things."""
    sort = str(entry.resource.get("resourceType") or "")
    identifiers = entry.resource.get("identifier")
    if sort == "Organization":
        for scheme, code in (("ods", ods_code(identifiers)), ("gb-coh", company_number(identifiers))):
            if code:
                return context.coded("Organisation", scheme, code)
    holder = entry.key.partition("#")[0].rpartition("/")[2] if "#" in entry.key else ""
    given = holder or str(entry.resource.get("id") or "")
    if sort not in CLASSES or not (given or entry.key.startswith("urn:uuid:")):
        return ""
    return context.coded(CLASSES[sort], "fhir", local_code(context, entry.key, given))


class Resources:
    """Reads resources one by one."""

    def __init__(self, context: Context, directory: Directory, index: Index) -> None:
        self.context = context
        self.directory = directory
        self.elements = Elements(context, directory, index)
        self.ods = OdsExtensions(self.elements)
        self.moment = Moment(directory)

    def read(self, entry: Entry, entity: str, origin: Origin) -> None:
        """Reads one resource of a type in :data:`READ`."""
        sort = str(entry.resource["resourceType"])
        fields = self.context.fields(entry.resource, origin, sort)
        locator = ods_code(entry.resource.get("identifier")) or entry.tail or entry.key
        fields.take("id")
        fields.ignore("how the resource is kept, not what it says", *_PLUMBING)
        fields.ignore("technical addresses of computers", "endpoint")
        if sort == "OrganizationAffiliation":
            self._affiliation(fields, entry, locator)
        elif sort == "Organization":
            self._organization(fields, entry, entity, locator)
        elif sort == "HealthcareService":
            self._service(fields, entry, entity, locator)
        else:
            self._location(fields, entry, entity, locator)
        fields.close()

    # -- Organization ----------------------------------------------------------------------------------------------------

    def _organization(self, fields: Fields, entry: Entry, entity: str, locator: str) -> None:
        origin = fields.origin
        says_more = set(entry.resource) - {"resourceType", "id", "meta", "identifier", "text", "language", "implicitRules"}
        identifiers = self.elements.identifiers(fields)
        stated = self._stated(fields)
        roles, dates = self.ods.read(fields)
        record_class = ""
        for system, code, display in self.elements.codings(fields, "type"):
            role, kept_as = self.ods.role_of_type(system, code), self.ods.record_class(system, code)
            record_class = record_class or kept_as
            if role:
                roles = [*(item for item in roles if item.code != role.code), role]
            elif not kept_as:
                self.elements.classify(entity, [(system, code, display)], "Organization.type", locator, origin)
        qualifiers = self._qualifiers(locator, stated, dates, fields, "active")
        codes: list[str] = []
        for role in roles:
            played = self._qualifiers(locator, role.stated, role.dates, fields, "extension")
            thing = role_thing(self.directory, role.code, fields.place("extension"))
            if played.status == "IN_FORCE":
                codes.append(role.code)
            for relation in ("hasRole", "primaryRole")[: 1 + role.primary] if thing else ():
                self.directory.relate(entity, relation, thing, played, origin)
        code = next(iter(identifiers.get("ODS", ())), "")
        values = {
            "name": self._name(fields, "organisation", locator), "alternativeName": self._aliases(fields),
            "odsCode": code, "kind": kind_of(self.context.model, codes or [role.code for role in roles]),
            "directoryStatus": stated, "recordClass": record_class, "website": self.elements.telecom(fields),
            **self.elements.address(fields), "description": self.directory.words(fields.text("description"), origin),
            "identifier": _registers(identifiers, code), **_days("legal", dates.legal), **_days("operational", dates.operational),
        }  # fmt: skip
        fields.withhold("contact", "contact")
        if says_more:
            self.directory.record("Organisation", entity, values, qualifiers, origin)
        else:
            values["name"] = f"{locator.rpartition('/')[2]} (known only by its code)"
            values["referenceOnly"] = True
            self.context.refer(self.context.make("Organisation", entity, filled_only(values), qualifiers, origin))
        for whole in self.elements.references(fields, "partOf", "Organization", entry):
            self.directory.relate(entity, "subdivisionOf", whole, self.directory.qualifiers(locator), origin)

    # -- OrganizationAffiliation ------------------------------------------------------------------------------------------------

    def _affiliation(self, fields: Fields, entry: Entry, locator: str) -> None:
        origin, elements = fields.origin, self.elements
        stated = self._stated(fields)
        start, last = elements.period(fields, "period")
        codings = elements.codings(fields, "code")
        words = ", ".join(self.directory.words(display or code, origin) for _, code, display in codings)
        status = self.moment.status(stated, start, last, fields, "active") if start or last else _status(stated)
        qualifiers = self.directory.qualifiers(locator, start, last, status, as_stated=words)
        first, other = (
            next(iter(elements.references(fields, name, "Organization", entry)), "")
            for name in ("organization", "participatingOrganization")
        )
        member = other or first
        networks = elements.references(fields, "network", "Organization", entry)
        services = elements.references(fields, "healthcareService", "HealthcareService", entry)
        sites = elements.references(fields, "location", "Location", entry)
        for network in networks if member else ():
            self.directory.relate(member, "memberOf", network, qualifiers, origin)
        for service in services if member else ():
            self.directory.relate(member, "provides", service, qualifiers, origin)
        for site in sites if member else ():
            self.directory.relate(member, "locatedAt", site, qualifiers, origin)
        if first and other and first != other:
            joins = any(code in _MEMBERSHIPS for _, code, _ in codings)
            self.directory.relate(other, "memberOf" if joins else "worksWith", first, qualifiers, origin)
        if not member:
            message = "The affiliation is of no organisation that is known, and nothing is made of it."
            fields.report("affiliation-of-nobody", "organization", entry.tail, message, "Name the organisation that takes part.")
        fields.ignore("the affiliation is no thing here; its number serves no search", "identifier")
        fields.ignore("of the affiliation, not of the organisation", "specialty")
        elements.telecom(fields)
        self._extensions(fields)

    # -- HealthcareService ----------------------------------------------------------------------------------------------------

    def _service(self, fields: Fields, entry: Entry, entity: str, locator: str) -> None:
        origin, elements = fields.origin, self.elements
        stated = self._stated(fields)
        qualifiers = self.directory.qualifiers(locator, status=_status(stated))
        called = ""
        for name in _CATEGORIES:
            codings = elements.codings(fields, name)
            called = called or next(
                (display for _, _, display in codings if display and name in ("type", "specialty", "category")), ""
            )
            elements.classify(entity, codings, f"HealthcareService.{name}", locator, origin)
        comments = (self.directory.words(fields.text(name), at(origin, name)) for name in ("comment", "extraDetails"))
        values: dict[str, Value | tuple[Value, ...] | None] = {
            "name": self._name(fields, "service", locator, called),
            "description": "\n".join(text for text in comments if text), "directoryStatus": stated,
            "website": elements.telecom(fields), "openingHours": elements.opening_hours(fields, "availableTime"),
            "language": tuple(dict.fromkeys(code or display for _, code, display in elements.codings(fields, "communication"))),
            "fees": ", ".join(display or code for _, code, display in elements.codings(fields, "serviceProvisionCode")),
            "population": self._eligibility(fields), "identifier": _registers(elements.identifiers(fields), ""),
        }  # fmt: skip
        fields.ignore("days on which it is closed; no term for them", "notAvailable", "availabilityExceptions")
        fields.ignore("a picture", "photo")
        fields.ignore("whether an appointment is needed; no term for it", "appointmentRequired")
        fields.ignore("an area drawn as a location; areas are matched by their code only", "coverageArea")
        self.directory.record("Service", entity, values, qualifiers, origin)
        for provider in elements.references(fields, "providedBy", "Organization", entry):
            self.directory.relate(provider, "provides", entity, qualifiers, origin)
        for site in elements.references(fields, "location", "Location", entry):
            self.directory.relate(entity, "locatedAt", site, qualifiers, origin)
        self._extensions(fields)

    def _eligibility(self, fields: Fields) -> str:
        found: list[str] = []
        for item in fields.each("eligibility"):
            words = [display or code for _, code, display in self.elements.codings(item, "code")]
            found += [self.directory.words(text, item.place("comment")) for text in (*words, item.text("comment")) if text]
            item.close()
        return "; ".join(found)

    # -- Location ----------------------------------------------------------------------------------------------------

    def _location(self, fields: Fields, entry: Entry, entity: str, locator: str) -> None:
        origin, elements = fields.origin, self.elements
        status = fields.text("status")
        if status and status not in ("active", "inactive", "suspended"):
            known = ["active", "inactive", "suspended"]
            self.directory.unknown_code(status, "the list of states of a Location", known, fields.place("status"))
        note = "The directory calls it suspended." if status == "suspended" else ""
        qualifiers = self.directory.qualifiers(locator, status="ENDED" if status == "inactive" else "IN_FORCE", note=note)
        identifiers = elements.identifiers(fields)
        types = elements.codings(fields, "type")
        for name, codings in (("type", types), ("physicalType", elements.codings(fields, "physicalType"))):
            elements.classify(entity, codings, f"Location.{name}", locator, origin)
        values = {
            "name": self._name(fields, "site", locator), "alternativeName": self._aliases(fields),
            "description": self.directory.words(fields.text("description"), at(origin, "description")),
            "kind": "HOSPITAL" if any(code in _HOSPITALS for _, code, _ in types) else "",
            "identifier": _registers(identifiers, ""), "uprn": next(iter(identifiers.get("UPRN", ())), ""),
            **elements.address(fields), **self._position(fields),
        }  # fmt: skip
        elements.telecom(fields)
        fields.ignore("opening hours are kept of services", "hoursOfOperation", "availabilityExceptions")
        fields.ignore("whether it is one place or a sort of place, and of beds", "mode", "operationalStatus")
        self.directory.record("Site", entity, values, qualifiers, origin)
        for code in identifiers.get("ODS", ()):
            self.directory.relate(self.directory.refer("Organisation", "ods", code), "locatedAt", entity, qualifiers, origin)
        for manager in elements.references(fields, "managingOrganization", "Organization", entry):
            self.directory.relate(manager, "manages", entity, qualifiers, origin)
        for whole in elements.references(fields, "partOf", "Location", entry):
            self.directory.relate(entity, "partOf", whole, qualifiers, origin)
        self._extensions(fields)

    def _position(self, fields: Fields) -> dict[str, float | None]:
        inner = fields.below("position")
        if inner is None:
            return {}
        inner.ignore("metres above the ellipsoid", "altitude")
        found: dict[str, float | None] = {}
        for name, limit in (("latitude", 90), ("longitude", 180)):
            text = inner.text(name)
            try:
                number = float(text) if text else None
            except ValueError:
                number = float("nan")
            if number is not None and not abs(number) <= limit:
                message = f"This is no {name} on Earth, and is left out."
                inner.report("bad-position", name, text, message, "Check whether latitude and longitude are exchanged.")
                number = None
            found[name] = number
        inner.close()
        return found if None not in found.values() else {}

    # -- parts ----------------------------------------------------------------------------------------------------

    def _stated(self, fields: Fields) -> str:
        active = self.elements.boolean(fields, "active")
        return "" if active is None else "ACTIVE" if active else "INACTIVE"

    def _name(self, fields: Fields, what: str, locator: str, called: str = "") -> str:
        """Returns the name; where there is none an alias, and where it is a person's the code."""
        given, code = fields.text("name"), locator.rpartition("/")[2]
        otherwise = f"{what} {code} (name withheld)" if given else called or f"{what} {code} (no name given)"
        return self.directory.name(given, otherwise, fields.place("name"))

    def _aliases(self, fields: Fields) -> tuple[str, ...]:
        found = (self.directory.name(text, "", fields.place("alias")) for text in fields.texts("alias"))
        return tuple(dict.fromkeys(text for text in found if text))

    def _extensions(self, fields: Fields) -> None:
        for item in fields.each("extension"):
            unknown_extension(item, item.text("url").rpartition("/")[2])

    def _qualifiers(self, locator: str, stated: str, dates: Dates, fields: Fields, column: str) -> Qualifiers:
        start, last = dates.chosen
        if last is None and stated == "INACTIVE":
            last = dates.operational[1]
        status = self.moment.status(stated, start, last, fields, column) if start or last else _status(stated)
        return self.directory.qualifiers(locator, start, last, status)


def _status(stated: str) -> str:
    return "ENDED" if stated == "INACTIVE" else "IN_FORCE"


def _registers(identifiers: dict[str, tuple[str, ...]], ods: str) -> tuple[str, ...]:
    """Returns identifiers as the graph keeps them, without those that have properties of their own."""
    return tuple(
        f"{register}:{code}"
        for register, codes in identifiers.items()
        for code in dict.fromkeys(codes)
        if register != "UPRN" and (register, code) != ("ODS", ods)
    )


def _days(sort: str, spell: tuple[date | None, date | None]) -> dict[str, Value | tuple[Value, ...] | None]:
    return {f"{sort}{name}": day.isoformat() if day else None for name, day in zip(("Start", "End"), spell, strict=True)}


def displays(resource: Any) -> list[tuple[str, str, str]]:
    """Returns system, code and name of every code in a resource, however deep, so that a code has one name everywhere."""
    found: list[tuple[str, str, str]] = []
    waiting: list[Any] = [resource]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            for coding in listed(item.get("coding")):
                if isinstance(coding, dict) and isinstance(coding.get("code"), str) and isinstance(coding.get("display"), str):
                    found.append((str(coding.get("system") or ""), coding["code"], coding["display"]))
            waiting.extend(item.values())
    return found
