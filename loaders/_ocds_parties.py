"""Reads the parties of a procurement notice (OCDS): identifies them by register, and leaves out the persons among them.

Apart from loaders/ocds.py so that each file fits one idea: telling one buyer or supplier from another.
A register's identifier makes the id of the organisation; an id that is local to the release (``org-1``) is one only within it.

Source: OCDS 1.1 (organisation references), org-id.guide (lists of registers: GB-COH Companies House, GB-NHS ODS codes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from graphsvc.loading import Fields, Qualifiers
from loaders._ocds_values import Values

PUBLISHERS: Final = {
    "ocds-b5fd17": "Contracts Finder",
    "ocds-h6vhtk": "Find a Tender",
    "ocds-r6ebe6": "Public Contracts Scotland",
    "ocds-kuma6s": "Sell2Wales",
}
"""Of the United Kingdom, by the prefix that the Open Contracting Partnership gave each."""
ODS_SCHEMES: Final = ("GB-NHS", "GB-ODS", "ODS")
READ_ROLES: Final = ("buyer", "procuringEntity", "supplier")
OTHER_ROLES: Final = (
    "tenderer", "funder", "enquirer", "payer", "payee", "reviewBody", "reviewContactPoint", "mediationBody",
    "centralPurchasingBody",
    "wholesaleBuyer", "attendee", "interestedParty", "informationService", "evaluationBody", "submissionReceiptBody", "leadBuyer",
    "leadTenderer", "subcontractor", "employmentProtectionInformation", "environmentalProtectionInformation", "taxInformation",
    "notifiedSupplier", "qualifiedSupplier", "invitedCandidate", "socialWitness", "candidate", "decider", "processContactPoint",
    "buyerSideSignatory", "winningTenderer", "publicAuthority",
)  # fmt: skip
_IN_PARTY_ID: Final = re.compile(r"^([A-Z]{2}-[A-Z]{2,10})-(.+)$")
_ODS_CODE: Final = re.compile(r"^[A-Z0-9]{1,12}$")
_COMPANY: Final = re.compile(r"^[A-Z0-9]{2}[0-9]{5}[0-9A-Z]$")
_PLACEHOLDER: Final = re.compile(
    r"^(?:n[/.]?a\.?|none|null|nil|tbc|tba|unknown|not applicable|not known|[0.\-_xX]+)$", re.IGNORECASE
)
_POSTCODE_AT_END: Final = re.compile(r"[,\s]*\b([A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})\.?$", re.IGNORECASE)
_UK: Final = frozenset(
    {"uk", "gb", "gbr", "eng", "sct", "wls", "nir", "united kingdom", "england", "scotland", "wales", "northern ireland"}
    | {"great britain", "other"}
)


@dataclass
class Parties:
    """The parties of one release: their ids by party id, and their roles."""

    values: Values
    ocid: str
    ids: dict[str, str] = field(default_factory=dict)
    buyers: list[str] = field(default_factory=list)
    procuring: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Ids of parties that only play roles that are not read."""
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)
    _count: int = 0

    def read(self, release: Fields) -> None:
        """Passes on the parties of a release that buy, run the process or supply."""
        for party in release.each("parties"):
            roles = party.texts("roles")
            place = party.place("roles")
            for role in roles:
                if role not in READ_ROLES and role not in OTHER_ROLES:
                    self.values.directory.unknown_code(role, "the roles of parties in OCDS", [*READ_ROLES, *OTHER_ROLES], place)
            if roles and not any(role in READ_ROLES for role in roles):
                self.unread.add(str(party.peek("id") or ""))
                party.context.ledger.ignore("parties (other roles)", "they neither buy, run the process nor supply")
                party.forget()
                continue
            entity = self._party(party, "supplier" if roles == ["supplier"] else "buyer" if "buyer" in roles else "party")
            if "buyer" in roles:
                self.buyers.append(entity)
            if "procuringEntity" in roles:
                self.procuring.append(entity)

    def refer(self, fields: Fields, label: str) -> str:
        """Returns the id of the party in a reference (``{"id": …, "name": …}``); passes on one not among the parties."""
        known = self.ids.get(str(fields.peek("id") or ""))
        if not known:
            if fields.peek("id") and (self.ids or self.unread) and str(fields.peek("id")) not in self.unread:
                message = f"The {label} is not among the parties of the release; only what is said of it here is known."
                fields.report("unresolved-party", "id", fields.peek("id"), message, "Ask the publisher to list it.")
            return self._party(fields, label)
        fields.text("id")
        fields.ignore("the list of parties says it", "name", "identifier", "address", "additionalIdentifiers", "details", "roles")
        self._contact(fields)
        fields.close()
        return known

    # -- one party --------------------------------------------------------------------------------------------------------------

    def _party(self, fields: Fields, label: str) -> str:
        directory = self.values.directory
        self._count += 1
        given = fields.text("id")
        registers, legal_name = self._registers(fields, given)
        self._contact(fields)
        shown = next((f"{scheme} {code}" for scheme, code in registers), given or f"{self._count} of {self.ocid}")
        text = fields.text("name") or legal_name
        otherwise = f"{label} {shown} (name {'withheld' if text else 'not stated'})"
        name = directory.name(text, otherwise, fields.place("name"))
        withheld = name == otherwise
        address, postcode = self._address(fields, withheld=withheld and bool(text))
        website = self._details(fields, withheld=withheld)
        entity, code = self._identity(fields, registers, given, name if not withheld else "", postcode or address)
        legal = "" if withheld or not legal_name else directory.name(legal_name, "", fields.place("identifier.legalName"))
        fields.close()
        qualifiers = directory.qualifiers(code)
        record: dict[str, str | tuple[str, ...]] = {
            "name": name, "alternativeName": (legal,) if legal and legal != name else (), "address": address,
            "postcode": postcode, "website": website,
            "identifier": tuple(f"{scheme}:{number}" for scheme, number in registers if scheme != "ods"),
            "odsCode": next((number for scheme, number in registers if scheme == "ods"), ""),
        }  # fmt: skip
        self._record(fields, entity, record, qualifiers)
        if given:
            self.ids[given] = entity
        return entity

    def _record(self, fields: Fields, entity: str, record: Mapping[str, Any], qualifiers: Qualifiers) -> None:
        """Passes a party on; of several descriptions in one file the first counts, and the names of the others are kept."""
        directory, name = self.values.directory, str(record["name"])
        digest = sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
        known, first = directory.context.spool.first_place(f"ocds party {entity}", digest, name)
        if known == digest:
            directory.record("Organisation", entity, record, qualifiers, fields.origin)
            return
        if name != first:
            directory.record("Organisation", entity, {"name": first, "alternativeName": (name,)}, qualifiers, fields.origin)
        message = "The party is described in several notices, and not alike: the first in the file counts, other names are kept."
        if fields.is_first("described-differently", entity):
            fields.report("described-differently", "name", first, message, "Nothing to do.", severity="info")

    def _identity(self, fields: Fields, registers: list[tuple[str, str]], given: str, name: str, where: str) -> tuple[str, str]:
        """Returns the id of the organisation, and the code that is its locator."""
        context = self.values.context
        best = sorted(registers, key=lambda item: (item[0] != "ods", item[0] != "GB-COH"))
        key = (name.casefold(), where.casefold())
        same = self._seen.get(key) if name and where else None
        if best:
            scheme, code = best[0]
            slug = re.sub(r"[^a-z0-9]+", "-", scheme.casefold()).strip("-")[:40] or "register"
            entity = context.coded("Organisation", slug, code)
            self._seen.setdefault(key, entity)
            return entity, code if scheme == "ods" else f"{scheme} {code}"
        if same:
            message = "Two parties of one release bear the same name and address: they are read as one organisation."
            if fields.is_first("same-party-twice", fields.origin.file):
                fields.report("same-party-twice", "id", given, message, "Nothing to do.", severity="info")
            return same, f"{self.ocid} {given}"
        local = given or f"party-{self._count}"
        entity = context.coded("Organisation", "ocds", f"{self.ocid.removeprefix('ocds-')}-{local}")
        self._seen[key] = entity
        return entity, f"{self.ocid} {local}"

    # -- identifiers ------------------------------------------------------------------------------------------------------------

    def _registers(self, fields: Fields, given: str) -> tuple[list[tuple[str, str]], str]:
        """Reads the register and code of each identifier, and the legal name."""
        found: list[tuple[str, str]] = []
        legal, stated = "", False
        for item in [*fields.each("identifier"), *fields.each("additionalIdentifiers")]:
            scheme, code = item.text("scheme"), item.text("id")
            legal = legal or item.text("legalName")
            item.ignore("the code says it", "uri", "noIdentifierRationale", "legalName")
            if scheme and code:
                stated = True
                found += self._register(item, scheme, code)
            item.close()
        in_id = _IN_PARTY_ID.match(given)
        if in_id and not stated:
            found += self._register(fields, in_id.group(1), in_id.group(2))
        return list(dict.fromkeys(found)), legal

    def _register(self, fields: Fields, scheme: str, code: str) -> list[tuple[str, str]]:
        scheme, code = scheme.strip(), " ".join(code.split())
        if _PLACEHOLDER.match(code):
            message = "The identifier is a stopgap, not a code, and is left out."
            fields.report("placeholder-identifier", "id", code, message, f"Look the organisation up in {scheme}.")
            return []
        if scheme.upper() in ODS_SCHEMES:
            if _ODS_CODE.match(code.upper()):
                return [("ods", code.upper())]
            message = "An ODS code is letters and digits, up to twelve; this is none, and is left out."
            fields.report("bad-ods-code", "id", code, message, "Look it up in the Organisation Data Service.")
            return []
        if scheme.upper() != "GB-COH":
            return [
                (scheme if re.match(r"^[A-Za-z][A-Za-z0-9._-]*$", scheme) else re.sub(r"[^A-Za-z0-9]+", "-", f"X-{scheme}"), code)
            ]
        plain = code.upper().replace(" ", "")
        if plain.isdigit() and len(plain) in (6, 7):
            message = f"A company number has eight digits and this one has {len(plain)}: zeros at its beginning were lost."
            fields.report("lost-leading-zeros", "id", code, message, f"It is read as padded: {plain.zfill(8)}; check it.")
            return [("GB-COH", plain.zfill(8))]
        if _COMPANY.match(plain):
            return [("GB-COH", plain)]
        message = "This is no company number (eight digits, or two letters and six digits), and is left out."
        fields.report("bad-company-number", "id", code, message, "Look it up at Companies House.")
        return []

    # -- address, contacts, details ---------------------------------------------------------------------------------------------

    def _address(self, fields: Fields, *, withheld: bool) -> tuple[str, str]:
        found = fields.below("address")
        if found is None:
            return "", ""
        if withheld:
            fields.context.ledger.withhold("address of a person")
            found.forget()
            return "", ""
        country = found.text("countryName")
        street, locality = self.values.prose(found, "streetAddress"), self.values.prose(found, "locality")
        place = found.place("postalCode")
        stated = found.text("postalCode")
        found.ignore("a code of a statistical region, which the postcode tells", "region", "country")
        found.close()
        home = country.strip().casefold() in _UK if country else self.ocid[:11] in PUBLISHERS
        at_end = _POSTCODE_AT_END.search(street) if home and not stated and not locality else None
        if at_end:
            stated, street = at_end.group(1), street[: at_end.start()]
        lines = [line.strip(" ,") for line in (street, locality, "" if home else f"{stated} {country}")]
        return ", ".join(line for line in lines if line), self.values.directory.postcode(stated, place) if home else ""

    def _contact(self, fields: Fields) -> None:
        for name in ("contactPoint", "additionalContactPoints"):
            for contact in fields.each(name):
                contact.withhold("name of a contact", "name", "givenName", "familyName")
                contact.withhold("e-mail address", "email")
                contact.withhold("telephone number", "telephone", "faxNumber")
                contact.ignore("the page of a contact, not of the organisation", "url", "availableLanguage", "id", "identifier")
                contact.close()
        fields.withhold("persons behind an organisation", "persones", "people", "beneficialOwners", "connectedPersons")

    def _details(self, fields: Fields, *, withheld: bool) -> str:
        found = fields.below("details")
        if found is None:
            return ""
        place = found.place("url")
        url = found.text("url")
        found.ignore("not kept: size and legal sort of a party", "scale", "vcse", "sme", "classifications", "shelteredWorkshop",
                     "publicServiceMissionOrganization", "legalEntityTypeDetail", "listedOnRegulatedMarket", "buyerProfile",
                     "shareholders", "buyer", "supplier", "isPrivate", "financial", "quality")  # fmt: skip
        found.withhold("persons behind an organisation", "connectedPersons", "beneficialOwners", "directors")
        found.close()
        return "" if withheld else self.values.directory.website(url, place)
