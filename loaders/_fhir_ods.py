"""Reads the ODS extensions that add roles and dates to FHIR's Organization, in both dialects.

A module of its own: STU3 and R4 write the same facts in two ways, and neither way is FHIR's own. R4 nests typed periods and
the code of a role as a concept; STU3 has codes without ``RO`` and the sort of a period in it.

Source: profiles of NHS England: ODSAPI-Organization-1 (STU3), Extension-England-OrganisationRole and -TypedPeriod (R4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from graphsvc.loading import Fields, shown
from loaders._fhir_elements import Elements
from loaders._ods import role_code

_ROLE: Final = ("Extension-England-OrganisationRole", "Extension-ODSAPI-OrganizationRole-1")
_TYPED_PERIOD: Final = ("Extension-England-TypedPeriod", "Extension-ODSAPI-ActivePeriod-1", "activePeriod")
_DATE_TYPE: Final = "Extension-ODSAPI-DateType-1"
_TYPED_MOMENT: Final = "Extension-England-TypedDateTime"
_ROLE_SYSTEMS: Final = ("ODSOrganisationRole", "ODSAPI-OrganizationRole-1")
_RECORD_CLASS: Final = "ODSAPI-OrganizationRecordClass-1"
RECORD_CLASSES: Final = {"1": "ORGANISATION", "2": "SITE", "RC1": "ORGANISATION", "RC2": "SITE"}

Spell = tuple[date | None, date | None]


@dataclass
class Dates:
    """The first and last days of periods by sort; of several the last that is given."""

    legal: Spell = (None, None)
    operational: Spell = (None, None)

    def put(self, sort: str, spell: Spell) -> None:
        """Keeps a period."""
        if sort == "legal":
            self.legal = spell
        else:
            self.operational = spell

    @property
    def chosen(self) -> Spell:
        """The legal period if there is one, else the operational one."""
        return self.legal if any(self.legal) else self.operational


@dataclass
class Role:
    """A role as the extension gives it."""

    code: str = ""
    primary: bool = False
    stated: str = ""
    """ACTIVE or INACTIVE; empty where it is not said."""
    dates: Dates = field(default_factory=Dates)


class OdsExtensions:
    """Reads the extensions of an Organization."""

    def __init__(self, elements: Elements) -> None:
        self.elements = elements
        self.directory = elements.directory

    def read(self, fields: Fields) -> tuple[list[Role], Dates]:
        """Reads the roles and the dates of the organisation itself; any other extension is a finding."""
        roles: list[Role] = []
        dates = Dates()
        for item in fields.each("extension"):
            name = item.text("url").rpartition("/")[2]
            if name in _ROLE:
                roles.append(self._role(item))
            elif name in _TYPED_PERIOD:
                self._typed_period(item, dates)
            elif name == _TYPED_MOMENT:
                item.ignore("when the register last touched the entry; what counts is the date of the release", "extension")
            else:
                unknown_extension(item, name)
            item.close()
        return roles, dates

    def role_of_type(self, system: str, code: str) -> Role | None:
        """Returns the role that a code of ``Organization.type`` means; ``None`` for a code of another list."""
        if not system.rstrip("/").endswith(_ROLE_SYSTEMS):
            return None
        return Role(role_code(code), primary=True)

    def record_class(self, system: str, code: str) -> str:
        """Returns the record class that a code of ``Organization.type`` means; empty for a code of another list."""
        return RECORD_CLASSES.get(code.upper(), "") if system.rstrip("/").endswith(_RECORD_CLASS) else ""

    def _role(self, fields: Fields) -> Role:
        role = Role()
        for item in fields.each("extension"):
            name = item.text("url").rpartition("/")[2]
            if name in ("role", "roleCode"):
                codings = self.elements.codings(item, "valueCoding") + self.elements.codings(item, "valueCodeableConcept")
                role.code = next((role_code(code) for _, code, _ in codings if code), "")
            elif name in _TYPED_PERIOD:
                self._typed_period(item, role.dates)
            elif name == "primaryRole":
                role.primary = self.elements.boolean(item, "valueBoolean") is True
            elif name == "active":
                active = self.elements.boolean(item, "valueBoolean")
                role.stated = "" if active is None else "ACTIVE" if active else "INACTIVE"
            elif name == "status":
                place = item.place("valueString")
                found = self.directory.term("DirectoryStatus", item.text("valueString"), place)
                role.stated = found.name if found else ""
            elif name == "instanceID":
                item.ignore(
                    "a number by which the register finds the line again; it says nothing of the organisation", "valueInteger"
                )
            else:
                unknown_extension(item, name)
            item.close()
        return role

    def _typed_period(self, fields: Fields, dates: Dates) -> None:
        """Reads a period with its sort, which is beside it (R4) or in an extension inside it (STU3)."""
        sort = ""
        spell: Spell = (None, None)
        for item in fields.each("extension"):
            name = item.text("url").rpartition("/")[2]
            if name == "dateType":
                sort = next((code for _, code, _ in self.elements.codings(item, "valueCoding")), "")
            elif name == "period":
                spell = self.elements.period(item, "valuePeriod")
            else:
                unknown_extension(item, name)
            item.close()
        inner = fields.peek("valuePeriod")
        if isinstance(inner, dict):
            for item in Fields(fields.context, inner, fields.origin, "extension.valuePeriod").each("extension"):
                name = item.text("url").rpartition("/")[2]
                if name == _DATE_TYPE:
                    sort = item.text("valueString")
                else:
                    unknown_extension(item, name)
                item.close()
            spell = self.elements.period(fields, "valuePeriod")
        if sort.casefold() in ("legal", "operational"):
            dates.put(sort.casefold(), spell)
        elif any(spell) or sort:
            self.directory.unknown_code(sort, "the list of sorts of date", ["Legal", "Operational"], fields.place("dateType"))


def unknown_extension(item: Fields, name: str) -> None:
    """Reports an unknown extension, once for each, and drops it."""
    item.context.ledger.report(f"extension {shown(name)}")
    message = f"Nothing is done with the extension {shown(name)!r}."
    hint = "Tell us what it means, if it says something of the organisation."
    if item.is_first("unknown-extension", name):
        item.report("unknown-extension", "url", name, message, hint)
    item.forget()
