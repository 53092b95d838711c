"""Reads the awards and contracts of a procurement notice (OCDS): what was awarded to whom, for how long and how much.

A contract is joined to its award by ``awardID``. An award without a contract is one: so it is in England's Contracts Finder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from graphsvc.loading import Fields, Qualifiers
from loaders._ocds_parties import Parties
from loaders._ocds_values import Lot, Money, Values

_ENDED: Final = ("CANCELLED", "TERMINATED")
_NOT_KEPT: Final = (
    "documents", "datePublished", "implementation", "milestones", "finance", "statusDetails", "aboveThreshold",
    "standstillPeriod", "hasSubcontracting", "subcontracting", "relatedBid", "relatedBids", "relatedProcesses", "assessment",
    "noticeDetails", "suitability", "mainProcurementCategory", "mainProcurementCategoryDetails", "contractTerms",
    "extendsContractID", "rationale", "hasRenewal", "renewal", "hasOptions", "options", "publicationReason", "agreedMetrics",
    "signatories", "evaluationCriteria", "buyer", "buyers",
)  # fmt: skip


Days = tuple[date | None, date | None]


@dataclass
class Award:
    """The content of an award or a contract, which have nearly the same fields."""

    fields: Fields
    values: dict[str, Any]
    suppliers: list[str]
    lots: list[str]
    period: Days


@dataclass
class Contracts:
    """Reads the awards and contracts of one release."""

    values: Values
    parties: Parties
    ocid: str
    process: str
    name: str
    """What is bought, for contracts without a title."""
    lots: dict[str, Lot]
    expected: Days
    """First and last day that the tender expected of the contract."""
    released: date | None

    def read(self, release: Fields) -> None:
        """Passes on the contracts of a release."""
        awards: dict[str, Award] = {}
        for number, fields in enumerate(release.each("awards"), start=1):
            key = str(fields.peek("id") or number)
            if not self._twice(fields, key, awards):
                awards[key] = self._award(fields)
        contracts = self._contracts(release)
        joined = [str(item.peek("awardID") or "") for item in contracts]
        for number, fields in enumerate(contracts, start=1):
            given, of_award = fields.text("id") or str(number), fields.text("awardID")
            award = awards.get(of_award)
            if of_award and award is None:
                message = "The contract names an award that the release does not hold: its suppliers are not known."
                fields.report("unresolved-award", "awardID", of_award, message, "Ask the publisher for the award.")
            alone = award is not None and joined.count(of_award) == 1
            self._contract(of_award if alone else given, given, self._award(fields), award, alone=alone)
            self._close(fields)
        for key, award in awards.items():
            if key not in joined:
                self._of_award(key, award)
            award.fields.ignore("the contract says it", "value", "items")
            self._close(award.fields)

    def _contracts(self, release: Fields) -> list[Fields]:
        found: dict[str, Fields] = {}
        for number, item in enumerate(release.each("contracts"), start=1):
            key = str(item.peek("id") or number)
            if not self._twice(item, key, found):
                found[key] = item
        return list(found.values())

    def _twice(self, fields: Fields, key: str, before: Mapping[str, object]) -> bool:
        """Tells whether an award or contract of that id came before in the release; the second is reported and left out."""
        if key and key in before:
            message = "The release holds this id twice: the first is read, and this one is left out."
            fields.report("duplicate-id", "id", key, message, "Ask the publisher which of the two holds.")
            fields.forget()
            return True
        return False

    def _of_award(self, key: str, award: Award) -> None:
        if award.values["contractStatus"] == "UNSUCCESSFUL":
            message = "Nobody was awarded anything: no contract came of it."
            award.fields.report("no-contract", "status", key, message, "Nothing to do.", severity="info")
        else:
            self._contract(key, key, award, None, alone=True)

    def _close(self, fields: Fields) -> None:
        fields.ignore("not kept: how the contract is made and carried out", *_NOT_KEPT)
        fields.close()

    def _award(self, fields: Fields) -> Award:
        fields.text("id")
        meant, signed = self.values.period(fields, "contractPeriod"), self.values.period(fields, "period")
        decided, signature = self.values.day(fields, "date"), self.values.day(fields, "dateSigned")
        values = {
            "name": self.values.prose(fields, "title"),
            "description": self.values.prose(fields, "description"),
            "contractStatus": self.values.code(fields, "status", "ContractStatus"),
            "awardDate": decided.isoformat() if decided else "",
            "dateSigned": signature.isoformat() if signature else "",
            "amendments": self.values.amendments(fields),
        }
        suppliers = [self.parties.refer(item, "supplier") for item in fields.each("suppliers")]
        lots = []
        for named in [*fields.texts("relatedLots"), *fields.texts("relatedLot")]:
            if named in self.lots:
                lots.append(named)
            else:
                message = "The award names a lot that the release does not hold."
                fields.report("unresolved-lot", "relatedLots", named, message, "Ask the publisher for the lot.")
        return Award(fields, values, suppliers, lots, signed if any(signed) else meant)

    def _contract(self, key: str, given: str, own: Award, award: Award | None, *, alone: bool) -> None:
        """Passes on a contract; ``award`` is its award, and ``alone`` tells whether the award has no other contract."""
        fields, directory = own.fields, self.values.directory
        code = (key if key.startswith(self.ocid) else f"{self.ocid}-{key}").removeprefix("ocds-")
        values = {name: value or (award.values[name] if award else value) for name, value in own.values.items()}
        values["name"] = values["name"] or self.name
        values |= {"identifier": (f"OCDS:{given}",)}
        suppliers = own.suppliers or (award.suppliers if award else [])
        lots = own.lots or (award.lots if award else [])
        qualifiers = self._qualifiers(code, str(values["contractStatus"]), own, award, lots)
        contract = directory.context.coded("Contract", "ocds", code)
        directory.record("Contract", contract, values, qualifiers, fields.origin)
        related = [("awardedThrough", self.process), *(("forLot", self.lots[lot].id) for lot in lots)]
        related += [("contractCommissioner", agent) for agent in self.parties.buyers or self.parties.procuring]
        related += [("contractProvider", agent) for agent in suppliers]
        related += [("classifiedAs", category) for item in fields.each("items") for category in self.values.item(item)[0]]
        for relation, other in dict.fromkeys(related):
            directory.relate(contract, relation, other, qualifiers, fields.origin)
        if not suppliers:
            message = "Nobody is named to whom the contract was awarded."
            fields.report("no-supplier", "id", given, message, "Ask the publisher if it matters.", severity="info")
        valued = award.fields if award and alone and not fields.peek("value") else fields
        self.values.observe(valued, Money(contract, f"{code}-value", f"Value of: {values['name']}", directory.qualifiers(code)))

    def _qualifiers(self, code: str, status: str, own: Award, award: Award | None, lots: list[str]) -> Qualifiers:
        """Makes the qualifiers by the contract's own period, else the award's, else the expected one of its lot or the tender."""
        directory = self.values.directory
        stands = "ENDED" if status in _ENDED else "PROPOSED" if status == "PENDING" else "IN_FORCE"
        start, last = own.period if any(own.period) or award is None else award.period
        if start or last:
            if status == "CANCELLED":
                return directory.qualifiers(code, status=stands, note=f"Cancelled before it began; meant for {start} to {last}.")
            if status == "TERMINATED" and last and self.released and last > self.released:
                return directory.qualifiers(code, start, None, stands, note=f"Terminated before its last day, {last}.")
            if status == "ACTIVE" and award and last and self.released and last < self.released:
                message = f"The contract is called active, and ended before the notice of {self.released}: both are kept."
                own.fields.report(
                    "status-contradicts-dates", "status", last, message, "Ask the publisher which of them is wrong."
                )
            return directory.qualifiers(code, start, last, stands)
        expected = self.lots[lots[0]].period if len(lots) == 1 else self.expected
        if not any(expected) or stands == "ENDED":
            return directory.qualifiers(code, status=stands)
        note = "The period is what the tender expected; the award gives none."
        return replace(directory.qualifiers(code, *expected, stands, note=note), confidence="INFERRED")
