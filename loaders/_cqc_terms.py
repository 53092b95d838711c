"""The closed lists under which the Care Quality Commission classifies services, by the names in its directory and interface.

A module of its own since it is all data. A name that is in no list is a finding, and is not passed on.

Sources: the service types, specialisms and regulated activities of the Commission's care directory and of its syndication
interface (gacServiceTypes, specialisms, regulatedActivities, locations' type, overall ratings), as published under the Open
Government Licence; service types with the longer names that the register gives them.
"""

from __future__ import annotations

import re
from typing import Final

SERVICE_TYPE: Final = "CQC service type"
SPECIALISM: Final = "CQC specialism"
ACTIVITY: Final = "CQC regulated activity"
ORGANISATION_TYPE: Final = "CQC organisation type"
RATING: Final = "CQC overall rating"

_TERMS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    SERVICE_TYPE: {
        "Ambulances": ("Ambulance service",),
        "Blood and transplant service": (),
        "Clinic": ("Acute services without overnight beds / listed acute services with or without overnight beds",),
        "Community services - Healthcare": ("Community healthcare service",),
        "Community services - Learning disabilities": ("Community based services for people with a learning disability",),
        "Community services - Mental Health": ("Community based services for people with mental health needs",),
        "Community services - Nursing": ("Community health care services - Nurses Agency only",),
        "Community services - Substance abuse": ("Community based services for people who misuse substances",),
        "Dentist": ("Dental service",),
        "Diagnosis/screening": (
            "Diagnostic and/or screening service",
            "Diagnostic and/or screening service - single handed sessional providers",
        ),
        "Doctors/GPs": ("Doctors consultation service", "Doctors treatment service"),
        "Home hospice care": ("Hospice services at home",),
        "Homecare agencies": ("Domiciliary care service",),
        "Hospice": ("Hospice services",),
        "Hospital": ("Acute services with overnight beds",),
        "Hospitals - Mental health/capacity": (
            "Hospital services for people with mental health needs, learning disabilities and problems with substance misuse",
        ),
        "Hyperbaric chamber services": ("Hyperbaric Chamber",),
        "Long-term conditions": ("Long term conditions services",),
        "Mobile doctors": ("Mobile doctors service",),
        "Nursing homes": ("Care home service with nursing",),
        "Phone/online advice": ("Remote clinical advice service",),
        "Prison healthcare": ("Prison Healthcare Services",),
        "Rehabilitation (illness/injury)": ("Rehabilitation services",),
        "Rehabilitation (substance abuse)": ("Residential substance misuse treatment and/or rehabilitation service",),
        "Residential homes": ("Care home service without nursing",),
        "Shared lives": (),
        "Specialist college service": (),
        "Supported housing": ("Extra Care housing services",),
        "Supported living": ("Supported living service",),
        "Urgent care centres": ("Urgent care services",),
    },
    SPECIALISM: {
        "Caring for adults over 65 yrs": (),
        "Caring for adults under 65 yrs": (),
        "Caring for children": (),
        "Caring for people whose rights are restricted under the Mental Health Act": (),
        "Dementia": (),
        "Eating disorders": (),
        "Learning disabilities": (),
        "Mental health conditions": (),
        "Physical disabilities": (),
        "Sensory impairment": ("Sensory impairments",),
        "Services for everyone": (),
        "Substance misuse problems": (),
    },
    ACTIVITY: {
        "Accommodation and nursing or personal care in the further education sector": (),
        "Accommodation for persons who require nursing or personal care": (),
        "Accommodation for persons who require treatment for substance misuse": (),
        "Assessment or medical treatment for persons detained under the Mental Health Act 1983": (),
        "Diagnostic and screening procedures": (),
        "Family planning services": ("Family planning",),
        "Management of supply of blood and blood derived products": (),
        "Maternity and midwifery services": (),
        "Nursing care": (),
        "Personal care": (),
        "Services in slimming clinics": (),
        "Surgical procedures": (),
        "Termination of pregnancies": (),
        "Transport services, triage and medical advice provided remotely": (),
        "Treatment of disease, disorder or injury": (),
    },
    ORGANISATION_TYPE: {
        "Independent Ambulance": (),
        "Independent Healthcare Org": (),
        "NHS Healthcare Organisation": (),
        "Primary Dental Care": (),
        "Primary Medical Services": (),
        "Social Care Org": (),
    },
    RATING: {
        "Good": (),
        "Inadequate": (),
        "Inspected but not rated": (),
        "Insufficient evidence to rate": (),
        "No published rating": (),
        "Not formally rated": (),
        "Outstanding": (),
        "Requires improvement": (),
    },
}
"""The lists: each name as the directory writes it, with other names for the same."""


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


_KNOWN: Final = {
    classification: {_folded(other): name for name, others in terms.items() for other in (name, *others)}
    for classification, terms in _TERMS.items()
}


def term_of(classification: str, name: str) -> str:
    """Returns the name of a term as the directory writes it; empty for a term that is in no list."""
    return _KNOWN[classification].get(_folded(name), "")


def terms_of(classification: str) -> list[str]:
    """Returns the names in a list."""
    return list(_TERMS[classification])
