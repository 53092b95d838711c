"""Reads one procurement notice (OCDS): the process, its lots and budget, with its parties and contracts.

Source: Open Contracting Data Standard 1.1 (release schema; the lots extension).
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from graphsvc.loading import IGNORED, Directory, Fields, Qualifiers
from loaders._ocds_contracts import Contracts
from loaders._ocds_parties import Parties
from loaders._ocds_values import Lot, Money, Values

_BY_TAG: Final = (
    ("contractTermination", "ENDED"), ("tenderCancellation", "ENDED"), ("implementation", "IMPLEMENTATION"),
    ("contract", "CONTRACT"), ("award", "AWARD"), ("tender", "TENDER"), ("bid", "TENDER"), ("planning", "PLANNING"),
)  # fmt: skip
_BY_CONTENT: Final = (("contracts", "CONTRACT"), ("awards", "AWARD"), ("tender", "TENDER"), ("planning", "PLANNING"))
_STATUS: Final = {
    "PLANNING": "PLANNED", "PLANNED": "PLANNED", "CANCELLED": "ENDED", "UNSUCCESSFUL": "ENDED", "WITHDRAWN": "ENDED",
}  # fmt: skip
_HOW_TENDERS: Final = (
    "documents", "enquiryPeriod", "hasEnquiries", "eligibilityCriteria", "submissionMethod", "submissionMethodDetails",
    "awardCriteria", "awardCriteriaDetails", "awardPeriod", "numberOfTenderers", "tenderers", "milestones", "techniques",
    "coveredBy", "legalBasis", "submissionTerms", "selectionCriteria", "otherRequirements", "bidOpening", "secondStage",
    "contractTerms", "communication", "lotDetails", "lotGroups", "hasRecurrence", "recurrence", "procedure", "specialRegime",
    "riskDetails", "reviewDetails", "expressionOfInterestDeadline", "crossBorderLaw", "additionalProcurementCategories",
    "procurementMethodRationale", "procurementMethodRationaleClassifications", "statusDetails",
    "mainProcurementCategoryDetails", "aboveThreshold", "procurementIntention", "procurementIntentions", "noticeDetails",
    "publicationReason", "datePublished", "contractPeriod", "exclusionGrounds", "modificationPolicy", "targets",
    "participationFees", "requiresElectronicCatalogue", "transferOfServiceProvision", "customIndicators", "hasOptions",
    "options", "hasRenewal", "renewal", "variantPolicy", "suitability",
)  # fmt: skip


class Notice:
    """One release: all that it states of one process."""

    def __init__(self, directory: Directory, fields: Fields, ocid: str) -> None:
        self.directory, self.fields, self.ocid = directory, fields, ocid
        self.code = ocid.removeprefix("ocds-")
        self.values = Values(directory)
        self.parties = Parties(self.values, ocid)
        self.process = directory.context.coded("ContractingProcess", "ocds", self.code)
        self.lots: dict[str, Lot] = {}
        self.expected: tuple[date | None, date | None] = (None, None)
        self.name = ""
        self.released: date | None = None

    def read(self) -> None:
        """Passes on the claims of the release."""
        fields, tender = self.fields, self.fields.below("tender")
        self.parties.read(fields)
        for buyer in [*fields.each("buyer"), *fields.each("buyers")]:
            entity = self.parties.refer(buyer, "buyer")
            self.parties.buyers += [entity] if entity not in self.parties.buyers else []
        values, categories, qualifiers = self._process(tender)
        self.directory.record("ContractingProcess", self.process, values, qualifiers, fields.origin)
        for relation, agents in (("buyer", self.parties.buyers), ("procuringEntity", self.parties.procuring)):
            for agent in dict.fromkeys(agents):
                self.directory.relate(self.process, relation, agent, qualifiers, fields.origin)
        for category in categories:
            self.directory.relate(self.process, "classifiedAs", category, qualifiers, fields.origin)
        if tender:
            label = f"Estimated value of: {self.name}"
            money = Money(self.process, f"{self.code}-tender-value", label, self._qualifiers())
            self.values.observe(tender, money, least="minValue")
            for lot in tender.each("lots"):
                self._lot(lot)
            tender.close()
        self._planning()
        found = (self.ocid, self.process, self.name, self.lots, self.expected, self.released)
        Contracts(self.values, self.parties, *found).read(fields)
        fields.ignore("why a rejects file holds it", *IGNORED)
        fields.ignore(
            "which release it is; the latest one counts", "id", "initiationType", "language", "links", "url", "publishedDate"
        )
        fields.ignore("links between processes are not read", "relatedProcesses")
        fields.ignore("bids, of which no contract came", "bids", "complaints", "statistics")
        fields.close()

    def _qualifiers(self, status: str = "IN_FORCE") -> Qualifiers:
        return self.directory.qualifiers(self.ocid, status=status)

    # -- the process ------------------------------------------------------------------------------------------------------------

    def _process(self, tender: Fields | None) -> tuple[dict[str, Any], list[str], Qualifiers]:
        fields = self.fields
        fields.text("ocid")
        tags = [str(item) for item in fields.peek("tag") or [] if isinstance(item, str)]
        stage = next((stage for tag, stage in _BY_TAG if any(item.startswith(tag) for item in tags)), "")
        stage = stage or next((stage for key, stage in _BY_CONTENT if fields.peek(key)), "")
        self.released = self.values.day(fields, "date")
        values: dict[str, Any] = {
            "identifier": (f"OCID:{self.ocid}",), "noticeKind": self.values.codes(fields, "tag", "NoticeKind"), "stage": stage,
            "published": self.released.isoformat() if self.released else "",
        }  # fmt: skip
        title, notes = self.values.prose(fields, "title"), self.values.prose(fields, "description")
        categories: list[str] = []
        if tender:
            values |= self._tender(tender)
            categories = self.values.categories(tender, "classification", "additionalClassifications")
            places: list[str] = []
            for item in tender.each("items"):
                filed, where = self.values.item(item)
                categories, places = categories + filed, places + where
            values["deliveryPlace"] = tuple(dict.fromkeys(places))
            title = title or self.values.prose(tender, "title")
            tender.ignore("the release has a title of its own", "title")
            notes = self.values.prose(tender, "description") or notes
        self.name = title or f"procurement {self.ocid}"
        values |= {"name": self.name, "description": notes}
        status = _STATUS.get(str(values.get("procurementStatus")), "IN_FORCE")
        return values, list(dict.fromkeys(categories)), self._qualifiers(status)

    def _tender(self, tender: Fields) -> dict[str, Any]:
        for procuring in tender.each("procuringEntity"):
            self.parties.procuring.append(self.parties.refer(procuring, "procuring entity"))
        _, closes = self.values.period(tender, "tenderPeriod")
        self.expected = self.values.period(tender, "contractPeriod")
        suitability = tender.below("suitability")
        small = voluntary = None
        if suitability:
            small, voluntary = suitability.take("sme"), suitability.take("vcse")
            suitability.close()
        method = self.values.prose(tender, "procurementMethodDetails")
        found = {
            "procurementMethod": self.values.code(tender, "procurementMethod", "ProcurementMethod"),
            "procurementMethodDetails": "" if method.strip(" -") in ("", "Other") else method,
            "procurementStatus": self.values.code(tender, "status", "ProcurementStatus"),
            "procurementCategory": self.values.code(tender, "mainProcurementCategory", "ProcurementCategory"),
            "noticeReference": self.values.prose(tender, "id"),
            "tenderCloses": closes.isoformat() if closes else "",
            "suitableForSmallBusiness": small if isinstance(small, bool) else None,
            "suitableForVoluntarySector": voluntary if isinstance(voluntary, bool) else None,
            "amendments": self.values.amendments(tender),
        }
        tender.ignore("not kept: how tenders are made and judged", *_HOW_TENDERS)
        return found

    def _planning(self) -> None:
        planning = self.fields.below("planning")
        if planning is None:
            return
        budget = planning.below("budget")
        if budget:
            money = Money(self.process, f"{self.code}-budget", f"Budget of: {self.name}", self._qualifiers())
            self.values.observe(budget, money, value="amount")
            for number, part in enumerate(budget.each("budgetBreakdown"), start=1):
                start, last = self.values.period(part, "period")
                words = self.values.prose(part, "description")
                qualifiers = self.directory.qualifiers(self.ocid, start, last)
                label = f"Budget {words} of: {self.name}" if words else f"Budget of: {self.name}"
                money = Money(self.process, f"{self.code}-budget-{number}", label, qualifiers)
                self.values.observe(part, money, value="amount")
                part.ignore("not kept of a budget", "id", "sourceParty", "uri", "title")
                part.close()
            budget.ignore("not kept of a budget", "id", "description", "project", "projectID", "uri", "source")
            budget.close()
        planning.ignore(
            "not kept: how the process is prepared",
            "documents",
            "milestones",
            "rationale",
            "noEngagementNoticeRationale",
            "project",
        )
        planning.close()

    def _lot(self, lot: Fields) -> None:
        given = lot.text("id")
        if given in self.lots:
            message = "The release holds this lot twice: the first is read, and this one is left out."
            lot.report("duplicate-id", "id", given, message, "Ask the publisher which of the two holds.")
            lot.forget()
            return
        code = f"{self.code}-lot-{given or len(self.lots) + 1}"
        entity = self.directory.context.coded("Lot", "ocds", code)
        period = self.values.period(lot, "contractPeriod")
        status = self.values.code(lot, "status", "ProcurementStatus")
        qualifiers = self.directory.qualifiers(f"{self.ocid} lot {given}", status=_STATUS.get(status, "IN_FORCE"))
        name = self.values.prose(lot, "title") or f"Lot {given} of: {self.name}"
        values = {"name": name, "description": self.values.prose(lot, "description"), "procurementStatus": status}
        self.directory.record("Lot", entity, values, qualifiers, lot.origin)
        self.directory.relate(entity, "lotOf", self.process, qualifiers, lot.origin)
        for category in self.values.categories(lot, "classification", "additionalClassifications"):
            self.directory.relate(entity, "classifiedAs", category, qualifiers, lot.origin)
        self.values.observe(lot, Money(entity, f"{code}-value", f"Estimated value of: {name}", qualifiers), least="minValue")
        lot.ignore("not kept: how tenders for the lot are made and judged", *_HOW_TENDERS)
        lot.ignore("not kept of a lot", "items", "relatedLots", "lotNumber")
        lot.close()
        self.lots[given] = Lot(entity, period)
