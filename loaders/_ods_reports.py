"""The reports of the Organisation Data Service with its 27 columns: what each lists, and what its columns mean.

A file of its own because it is a table, not a step: a new report is one more line, and the reading of rows does not change.

Sources: NHS England's list of permitted reports of ODS Data Search and Export; the specification of etrust (2018); values counted
in real files (epraccur, etr, etrust, eccg, eauth, edispensary). What neither tells is left empty, so that the audit reports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_SITE_OPERATOR: Final = "operatedBy"


@dataclass(frozen=True, slots=True)
class Report:
    """The contents of one report."""

    title: str
    kind: str = ""
    """Kind of every entry; empty where the file has to say."""
    record_class: str = ""
    """ORGANISATION or SITE, where the report holds only one of them."""
    parent: str = ""
    """The relation from an entry to the organisation in column 15; empty where the column is not known to be used."""
    sub_types: Mapping[str, str] = field(default_factory=dict)
    """Kinds, or role codes, that the letters and digits of column 14 mean."""
    ignored_sub_types: Mapping[str, str] = field(default_factory=dict)
    """Values of column 14 that add nothing, with the reason."""
    public: bool = False
    """Whether it lists public bodies and their sites only, whose names are persons' only where a title says so."""
    column_24: str = ""
    """``operator``, ``geography`` or ``region``: what the code in column 24 is; empty where it is not known."""


_ALLOCATION: Final = "says only whether columns 15 and 24 name a commissioner and a provider"
_NOT_EXPLAINED: Final = "its meaning is not published with the report"
_COUNCILS: Final = {"A": "RO33", "B": "RO34", "C": "RO35", "D": "RO36", "E": "RO37", "H": "RO40", "J": "RO223"}
_DISPENSERS: Final = {"1": "PHARMACY", "2": "DISPENSING_APPLIANCE_CONTRACTOR", "3": "OXYGEN_SUPPLIER"}

REPORTS: Final[Mapping[str, Report]] = {
    "epraccur": Report(
        "GP practices and other prescribing cost centres", "PRESCRIBING_COST_CENTRE", "ORGANISATION", "commissionedBy",
        ignored_sub_types={"B": _ALLOCATION, "Z": _ALLOCATION}, column_24="operator",
    ),
    "ebranchs": Report("branch surgeries", "BRANCH_SURGERY", "SITE", _SITE_OPERATOR, column_24="region"),
    "etr": Report("NHS trusts", "NHS_TRUST", "ORGANISATION", column_24="region", public=True),
    "ets": Report("NHS trust sites", "NHS_TRUST_SITE", "SITE", _SITE_OPERATOR, column_24="region", public=True),
    "etrust": Report("NHS trusts and their sites", "NHS_TRUST", column_24="region", public=True),
    "ect": Report("care trusts", "CARE_TRUST", column_24="region", public=True),
    "ectsite": Report("care trust sites", "NHS_TRUST_SITE", "SITE", _SITE_OPERATOR, column_24="region", public=True),
    "eccg": Report(
        "clinical commissioning groups and sub-ICB locations", "", "ORGANISATION", column_24="region",
        sub_types={"C": "CLINICAL_COMMISSIONING_GROUP", "H": "COMMISSIONING_HUB"}, public=True,
    ),
    "eccgsite": Report("sites of CCGs and sub-ICB locations", "", "SITE", _SITE_OPERATOR, column_24="region", public=True),
    "eauth": Report(
        "regions and health authorities", "", "ORGANISATION", ignored_sub_types={"C": _NOT_EXPLAINED, "S": _NOT_EXPLAINED},
        public=True,
    ),
    "edispensary": Report(
        "pharmacies and other dispensers", "", "", _SITE_OPERATOR, sub_types=_DISPENSERS, column_24="geography"
    ),
    "epharmacyhq": Report("pharmacy headquarters", "PHARMACY_HEADQUARTERS", "ORGANISATION"),
    "egdpprac": Report("dental practices", "DENTAL_PRACTICE", "", "commissionedBy"),
    "lauth": Report("local authorities", "LOCAL_AUTHORITY", "ORGANISATION", sub_types=_COUNCILS, column_24="region", public=True),
    "lauthsite": Report("local authority sites", "", "SITE", _SITE_OPERATOR, column_24="region", public=True),
    "ephp": Report("independent providers of health care", "INDEPENDENT_PROVIDER", "ORGANISATION", column_24="region"),
    "ephpsite": Report(
        "sites of independent providers", "INDEPENDENT_PROVIDER_SITE", "SITE", _SITE_OPERATOR, column_24="region"
    ),
    "enonnhs": Report("non-NHS organisations", column_24="region"),
    "ensa": Report("NHS support agencies and shared services", "", "ORGANISATION", column_24="region"),
    "espha": Report("special health authorities", "SPECIAL_HEALTH_AUTHORITY", "ORGANISATION", column_24="region", public=True),
    "ecsu": Report("commissioning support units", "COMMISSIONING_SUPPORT_UNIT", "ORGANISATION", column_24="region", public=True),
    "ecsusite": Report("sites of commissioning support units", "", "SITE", _SITE_OPERATOR, column_24="region", public=True),
    "eother": Report("executive agencies, integrated care boards and other bodies", column_24="region"),
    "ehospice": Report("hospices", "HOSPICE", column_24="region"),
    "ecarehomehq": Report("care home headquarters", "CARE_HOME_HEADQUARTERS", "ORGANISATION", column_24="region"),
    "ecarehomesite": Report("care homes", "CARE_HOME", "SITE", _SITE_OPERATOR, column_24="region"),
    "eopthq": Report("optical headquarters", "OPTICAL_PROVIDER", "ORGANISATION", column_24="region"),
    "eoptsite": Report("optical sites", "OPTICAL_PROVIDER", "SITE", _SITE_OPERATOR, column_24="region"),
    "eschools": Report("schools", "SCHOOL", column_24="region"),
    "educate": Report("education establishments", "SCHOOL", column_24="region"),
    "ejustice": Report("justice entities", column_24="region"),
    "eplab": Report("pathology laboratories", column_24="region"),
    "etreat": Report("treatment centres", column_24="region"),
    "eiom": Report("Isle of Man organisations"),
    "niorg": Report("Northern Ireland organisations"),
    "npraccur": Report("Northern Ireland GP practices", "GP_PRACTICE"),
    "wlhb": Report("Welsh local health boards", "LOCAL_HEALTH_BOARD", "ORGANISATION", column_24="region", public=True),
    "wlhbsite": Report("sites of Welsh local health boards", "", "SITE", _SITE_OPERATOR, column_24="region", public=True),
}  # fmt: skip

PERSONS: Final[Mapping[str, str]] = {
    "egpcur": "GPs", "egpmema": "GPs", "egpam": "GPs", "egparc": "GPs", "ngpcur": "GPs", "epracmem": "GPs and their practices",
    "egmcmem": "GPs and their registration", "eabeydispgp": "GPs' codes", "egdp": "dentists", "egdpcur": "dentists",
    "egdppracmem": "dentists and their practices", "econcur": "consultants", "edconcur": "dental consultants",
    "enurse": "nurses", "epcdp": "prescribers of controlled drugs", "epcdpam": "prescribers of controlled drugs",
    "epcdpaq": "prescribers of controlled drugs",
}  # fmt: skip
"""Reports of named persons: refused by name."""

SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "1": ("RO87",), "2": ("RO80",), "3": ("RO80", "RO87"), "4": ("RO76",), "8": ("RO255",), "9": ("RO247",), "10": ("RO250",),
    "11": ("RO252",), "12": ("RO259",), "13": ("RO249",), "14": ("RO246",), "16": ("RO260",), "17": ("RO257",), "18": ("RO256",),
    "19": ("RO251",), "22": ("RO258",), "25": ("RO82",),
}  # fmt: skip
"""Roles that the prescribing settings of files to about 2024 became, counted in 14,000 practices of two releases."""
SETTINGS_WITHOUT_A_ROLE: Final[Mapping[str, str]] = {
    "0": "other: of such entries most became RO72 (other prescribing cost centre), many RO76 (GP practice), some RO321",
    "15": "Border Force",
    "20": "court",
    "21": "police custody",
    "24": "other justice estate",
}
"""Settings of which no one role is known; nothing is guessed."""
