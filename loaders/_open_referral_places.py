"""Reads the places of Open Referral services: locations as sites, and the areas that services are for.

Sources: HSDS 3.0 (location, address, service_area) and Open Referral UK 1 (physical_addresses); the prefixes of GSS codes are
those of the ONS Register of Geographic Codes.
"""

from __future__ import annotations

import re
from typing import Final

from graphsvc.loading import Qualifiers
from graphsvc.provenance import Value
from loaders._open_referral_objects import Object, Objects
from loaders._open_referral_text import joined, one_line

_GSS: Final = re.compile(r"(?<![A-Z0-9])([EWSN]\d{8})(?![0-9])")
_GSS_CLASSES: Final = {
    "CareSystem": ("E54",),
    "Neighbourhood": ("E01", "E02", "E05", "W01", "W02", "W05", "S13", "N08"),
    "Place": ("E06", "E07", "E08", "E09", "E10", "E11", "W06", "S12", "N09"),
}
_DEGREES: Final = re.compile(r"^-?\d{1,3}(?:\.\d{1,20})?$")


class Places(Objects):
    """Makes sites and areas of locations, addresses and service areas."""

    def referred_site(self, given: str, item: Object) -> str:
        """Returns the id of a site that is only named by its id."""
        entity = self.context.coded("Site", "open-referral", self.code(given))
        return self.refer("Site", "location", entity, given, item, "location_id")

    def location(self, item: Object, *, listed: bool = False) -> str:
        """Reads a location as a site; returns its id, empty for one without a physical place."""
        given = item.text("id")
        if item.text("location_type").casefold() == "virtual":
            self.context.ledger.ignore("location", "it is virtual: no place on the ground")
            item.forget()
            return ""
        if not given:
            self.nameless("location", given, item, "violation" if listed else "warning")
            return ""
        entity = self.context.coded("Site", "open-referral", self.code(given))
        if not self.is_new("location", given, item, listed=listed):
            item.forget()
            return entity
        lines, postcode = self._address(item.objects("addresses", "physical_addresses"))
        latitude, longitude = self._point(item)
        uprn, identifier = self._registered(item)
        name = one_line(item.text("name")) or lines.partition(",")[0]
        other = self.line(item, "alternate_name")
        values: dict[str, Value | tuple[Value, ...] | None] = {
            "name": self.directory.name(name, f"Location {given}", item.place("name")),
            "alternativeName": (other,) if other else (),
            "description": self.text(item, "description"),
            "address": lines,
            "postcode": postcode,
            "uprn": uprn,
            "identifier": (identifier,) if identifier else (),
            "latitude": latitude,
            "longitude": longitude,
        }
        self.directory.record("Site", entity, values, self.directory.qualifiers(given), item.origin)
        self.withhold(item)
        item.ignore("how to get in and there, in words", "accessibility", "accessibility_for_disabilities", "transportation")
        item.ignore("hours, languages and pages of the building, not of a service", "schedules", "languages", "url", "metadata")
        item.ignore("whose building it is is said of the services in it", "organization_id", "attributes")
        item.close()
        return entity

    def _address(self, addresses: list[Object]) -> tuple[str, str]:
        """Reads lines and postcode of the physical address; where there are several, of the first."""
        addresses.sort(key=lambda item: "postal" in str(item.peek("address_type")).casefold())
        found = ("", "")
        for number, address in enumerate(addresses):
            address.withhold("name of a person", "attention")
            if number:
                address.ignore("a further address of the same location", *address.content)
                continue
            address.ignore("how the address is kept", "id", "location_id", "organization_id", "address_type", "country")
            names = ("address_1", "address_2", "address_3", "address_4", "city", "region", "state_province")
            lines = joined((self.line(address, name).strip(" ,") for name in names), ", ")
            found = (lines, self.directory.postcode(address.text("postal_code"), address.place("postal_code")))
            address.close()
        return found

    def _point(self, item: Object) -> tuple[float | None, float | None]:
        given = [item.text(name) for name in ("latitude", "longitude")]
        latitude, longitude = (float(text) if _DEGREES.match(text) else None for text in given)
        if not any(given) or (latitude == 0 and longitude == 0 and not self._report_zero(item)):
            return None, None
        if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            message = "This is no point on the earth: a latitude is between -90 and 90, a longitude between -180 and 180."
            hint = "Look it up again; check whether the two are exchanged. Both are left out."
            item.report("not-on-earth", "latitude", ", ".join(given), message, hint)
            return None, None
        return latitude, longitude

    def _report_zero(self, item: Object) -> bool:
        message = "Latitude and longitude are both 0, a point in the sea off Africa; they are left out."
        item.report("not-on-earth", "latitude", "0, 0", message, "Look them up again.")
        return False

    def _registered(self, item: Object) -> tuple[str, str]:
        """Reads the UPRN of a location, or another code that it has in a register."""
        code, scheme = item.text("external_identifier"), item.text("external_identifier_type")
        if not code or scheme.casefold() != "uprn":
            return "", identifier(scheme, code) if code and scheme else ""
        if re.match(r"^\d{1,12}$", code):
            return code, ""
        item.report("bad-uprn", "external_identifier", code, "This is no UPRN, and is left out.", "It has up to 12 digits.")
        return "", ""

    def serves(self, item: Object, service: str, qualifiers: Qualifiers) -> None:
        """Reads the areas that a service is for: those with a GSS code; areas in words only are reported."""
        for area in item.objects("service_areas"):
            area.ignore("how the area is kept", "id", "service_id", "service_at_location_id", "link_type", "extent_type")
            texts = [area.text(name) for name in ("name", "service_area", "description", "extent", "uri")]
            name = one_line(texts[0] or texts[1] or texts[2])
            codes = dict.fromkeys(code for text in texts for code in _GSS.findall(text))
            known = [(kind, code) for code in codes for kind, prefixes in _GSS_CLASSES.items() if code[:3] in prefixes]
            for kind, code in known:
                place = self.directory.refer(kind, "gss", code, name if len(known) == 1 else "", {"gssCode": code})
                self.directory.relate(service, "serves", place, qualifiers, area.origin)
            if not known and any(texts):
                self.context.ledger.report("service_areas: areas in words")
                if self.context.first("area-without-code", area.origin.file):
                    message = "Areas are named in words, without a GSS code: whom such a service serves is not in the graph."
                    hint = "Give the code in extent or uri: http://statistics.data.gov.uk/id/statistical-geography/E08000010."
                    area.report("area-without-code", "name", name, message, hint, severity="info")
            area.close()


def identifier(register: str, code: str) -> str:
    """Writes a code as the graph does: register, colon, code; empty for a register without a letter."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", register).strip("-._")
    return f"{name}:{code}" if re.match(r"[A-Za-z]", name) else ""
