"""Translates the codes of the Organisation Data Service, for every format that carries them: its tables, API and FHIR.

A module of its own, since three formats share it and a role must give the same kind and the same thing in each of them. Which
role is which kind is in the ontology (``skos:closeMatch`` of ``OrganisationKind``), not here.

Source of relationship codes: the ODS code system of relationships, as NHS Digital's ORD interface publishes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Final

from graphsvc.loading import Directory, Fields, Origin, period
from graphsvc.model import Concept, Model

ROLE_LIST: Final = "https://fhir.nhs.uk/STU3/CodeSystem/ODSAPI-OrganizationRole-1#"
RELATIONS: Final = {
    "RE1": "legacyRelationTo",
    "RE2": "subdivisionOf",
    "RE3": "directedBy",
    "RE4": "commissionedBy",
    "RE5": "inGeographyOf",
    "RE6": "operatedBy",
    "RE8": "memberOf",
    "RE9": "nominatedPayeeFor",
    "RE10": "nominatedPayeeFor",
    "RE11": "constituentOf",
}
ODS_CODE: Final = re.compile(r"^[A-Z0-9]{1,12}$")
NOT_A_CODE: Final = (
    "This is no ODS code: one to twelve capital letters and digits.",
    "Look it up at ODS. A spreadsheet may have made a number of it (12 for 012, 7E+08 for 7E8): open CSV files as text.",
)
MOST_REFERRED: Final = 50_000
"""Codes that are remembered as referred to; what passes the limit is only slower."""
_GENERAL: Final = ("PRESCRIBING_COST_CENTRE", "CLINICAL_COMMISSIONING_GROUP", "NHS_TRUST")
"""Kinds that a more telling role beside them goes before: every GP practice is a prescribing cost centre (RO177), every sub-ICB
location is still filed as a CCG (RO98), every foundation trust as a trust (RO197)."""


def role_code(text: str) -> str:
    """Normalises a role code: ``RO76`` from ``RO76``, ``ro76`` or ``76``, as the STU3 interface writes it."""
    plain = text.strip().upper()
    return f"RO{plain}" if plain.isdigit() else plain


def role(model: Model, code: str) -> Concept | None:
    """Returns the term of the closed list OdsRole for a code such as ``RO76``; ``None`` for one that is not in it."""
    return model.schemes["OdsRole"].find(role_code(code))


def role_thing(directory: Directory, code: str, origin: Origin) -> str:
    """Passes on the role as a thing and returns its id; empty, with a finding, for an unknown code."""
    found = role(directory.context.model, code)
    if found is None:
        directory.unknown_code(code, "the list of ODS roles", _labels(directory.context.model), origin)
        return ""
    entity = directory.context.coded("OrganisationRole", "ods", found.label)
    if directory.context.first("role", entity):
        values = {"name": found.definition.rstrip("."), "odsRole": found.name}
        # Without a row: a row that is set aside must not take the role away from the others.
        directory.record("OrganisationRole", entity, values, directory.qualifiers(found.label), Origin(origin.file))
    return entity


def kind_of(model: Model, codes: Iterable[str]) -> str:
    """Returns the kind of organisation that some roles mean, by the most specific of them; empty where none is specific."""
    found = [concept.name for code in codes if (concept := _kind(model, role_code(code)))]
    return next((name for name in found if name not in _GENERAL), found[0] if found else "")


def relation_of(code: str) -> str:
    """Returns the relation, from the organisation to its target, of a code such as ``RE4``; empty for an unknown one."""
    plain = re.sub(r"^(?:RE)?", "RE", code.strip().upper(), count=1)
    return RELATIONS.get(plain, "")


def referrer(directory: Directory) -> Callable[[str], str]:
    """Makes a function that refers to organisations by ODS code, and passes each stub on once."""
    seen: dict[str, str] = {}

    def refer(code: str) -> str:
        found = seen.get(code)
        if found is None:
            found = directory.refer("Organisation", "ods", code)
            if len(seen) < MOST_REFERRED:
                seen[code] = found
        return found

    return refer


class Moment:
    """The date of a release: the first and the last day that it can mean; the day of the load where it has none."""

    def __init__(self, directory: Directory) -> None:
        stated = directory.release.stated
        first, after, _ = period(stated, stated) if stated else (None, None, "")
        self.first = first or date.today()
        self.last = after - timedelta(days=1) if after else self.first

    def is_over(self, last: date | None) -> bool:
        """Tells whether a last day has come at the date of the release; one that only gives its year lasts to its end."""
        return last is not None and last <= self.last

    def status(self, stated: str, opened: date | None, closed: date | None, fields: Fields, column: str = "Status Code") -> str:
        """Returns the status of a claim about an entry: from the directory's own status, else from its last day.

        ``stated`` is ACTIVE, INACTIVE, DORMANT, PROPOSED or nothing. A status that contradicts the dates is a finding.
        """
        if stated == "ACTIVE" and closed and self.is_over(closed):
            self._contradiction(fields, column, stated, f"it closed on {closed.isoformat()}")
        elif stated == "INACTIVE" and closed and closed > self.last:
            self._contradiction(fields, column, stated, f"it closes on {closed.isoformat()}")
        elif stated == "INACTIVE" and not closed:
            self._contradiction(fields, column, stated, "it has no last day")
        elif stated == "PROPOSED" and opened and opened < self.first:
            self._contradiction(fields, column, stated, f"it opened on {opened.isoformat()}")
        if stated == "PROPOSED":
            return "PROPOSED"
        if stated == "INACTIVE" or (not stated and self.is_over(closed)):
            return "ENDED"
        return "IN_FORCE"

    def _contradiction(self, fields: Fields, column: str, stated: str, dates: str) -> None:
        message = f"The directory calls it {stated}, and by its dates {dates}. Both are kept."
        hint = "Ask the publisher which is right."
        fields.report("status-contradicts-dates", column, stated, message, hint)


def _kind(model: Model, code: str) -> Concept | None:
    return model.schemes["OrganisationKind"].matching(ROLE_LIST + code)


def _labels(model: Model) -> list[str]:
    return [concept.label for concept in model.schemes["OdsRole"].concepts]
