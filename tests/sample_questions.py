"""Thirty questions that strategy teams asked of the four systems, and one that a map could not answer, with the question to ask.

``says`` must stand somewhere in the answer, ``never`` must not, and ``exactly`` names a path in the answer and the whole set of
values found there. The facts are those of the papers, read by people; they are not taken from the program's own output.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A question, how to ask it, and what the answer holds."""

    id: str
    asks: str
    variables: dict[str, Any] = field(default_factory=dict)
    says: tuple[str | float | int, ...] = ()
    never: tuple[str, ...] = ()
    exactly: dict[str, set[Any]] = field(default_factory=dict)


FIGURES = {"measure": ["NUMBER_OF_PRACTICES", "LIST_SIZE", "RESIDENTS"]}
SAMPLES = (
    Sample(
        "WQ-01",
        "gp-groupings",
        {"system": "Wolverhampton"},
        says=(
            "Primary Care Home 1",
            60000,
            "Primary Care Home 2",
            55000,
            "Medical Chambers",
            77000,
            "VI practices",
            61000,
            23000,
            42,
            276000,
            40,
            253000,
        ),
    ),
    Sample(
        "WQ-03",
        "payment-mechanisms-and-services",
        {"system": "Wolverhampton"},
        says=(
            "Combined payment mechanism",
            "Block",
            "Gainshare",
            "Cost and Volume",
            "Cost reduction",
            "Which services sit in each of the four buckets of Wolverhampton's combined payment mechanism: "
            "Block, Gainshare, Cost and Volume, Cost reduction?",
        ),
    ),
    Sample(
        "WQ-05",
        "funds-and-shared-risk",
        {"system": "Wolverhampton"},
        says=(
            "Better Care Fund",
            "City of Wolverhampton Council",
            "MDTs in community and primary settings",
            "Joint health and social care teams",
            "Mental health planned care pathways",
            "Mental health unplanned care pathways",
            "Community based delivery",
        ),
    ),
    Sample(
        "WQ-07",
        "programmes-and-what-they-include",
        {"system": "Wolverhampton", "programme": "New Models of Care"},
        exactly={
            "programmes.participantsConnection.edges.node.name": {
                "Wolverhampton Care Collaborative",
                "Wolverhampton Total Health",
                "Unity Wolverhampton",
                "Royal Wolverhampton Trust",
                "Black Country Partnership Foundation Trust",
                "Healthwatch Wolverhampton",
                "Private & independent sector providers",
                "City of Wolverhampton Council",
                "NHS England",
            },
        },
        says=("Is the CCG a partner in New Models of Care in Wolverhampton?",),
        never=("Wolverhampton CCG",),
    ),
    Sample(
        "WQ-09",
        "programmes-and-what-they-include",
        {"system": "Wolverhampton", "programme": "Phase "},
        says=("Frail Elderly", "Diabetes", "EOL", "2017/18", "2018/19", "Community"),
    ),
    Sample(
        "WQ-10",
        "contract-phases",
        {"system": "Wolverhampton", "asOf": "2019-06-01"},
        says=(
            "MCP Contracts awarded (Fully Integrated MCP)",
            "PLANNED",
            "2019/20",
            "Risk adjusted capitated budgets",
            "Out of hours",
            "Community services",
        ),
    ),
    Sample(
        "WQ-11",
        "contract-phases",
        {"system": "Wolverhampton", "asOf": "2018-10-01"},
        says=(
            "MCP Contracts awarded (Partial Integration MCP)",
            "2018/19",
            "Wolverhampton CCG",
            "MCPs in Wolverhampton",
            "Which aspects of community services do Wolverhampton's MCPs commission in 2018/19?",
        ),
    ),
    Sample(
        "WQ-13",
        "payment-mechanisms-and-services",
        {"system": "Wolverhampton"},
        says=("Risk adjusted capitated budgets", "2017/18", "2018/19", "2019/20", "Primary Care Home 1 & 2", "VI practices"),
    ),
    Sample(
        "WQ-17",
        "check-points-and-milestones",
        {"system": "Wolverhampton", "from": "2018-04-01", "to": "2020-03-31"},
        says=(
            "Review of Commissioning Intentions",
            "Serve Notice on Contracts",
            "Q1 2018/19",
            "Strategic Review of Care Models",
            "Q2 2018/19",
            "Strategic Review of Estate",
            "Q1 2019/20",
            "On which contracts in Wolverhampton is notice to be served in Q1 2018/19?",
        ),
    ),
    Sample(
        "WQ-19",
        "members-of-a-partnership",
        {"partnership": "VI practices"},
        says=(
            "June 2016",
            3,
            "Feb 2017",
            2,
            9,
            5,
            "Where do the nine VI practices of the Wolverhampton slides come from, when the two waves brought five?",
        ),
    ),
    Sample("WQ-21", "what-is-not-stated", {"system": "Wolverhampton"}, says=("localit",)),
    Sample(
        "WQ-23",
        "programmes-and-what-they-include",
        {"system": "Wolverhampton", "programme": "ICA transition"},
        exactly={
            "programmes.addresses.edges.node.name": {
                "Estates strategy",
                "IMT strategy",
                "Joint health and social care records",
                "Business intelligence",
            },
            "programmes.parts.edges.node.name": {"Decision making layer", "Supporting layer", "Infrastructure layer"},
        },
    ),
    Sample(
        "GQ-01",
        "members-of-a-partnership",
        {"partnership": "Healthier Wigan Partnership", "status": ["IN_FORCE"]},
        says=(
            "Bridgewater Community Healthcare NHS Foundation Trust",
            "North West Boroughs Partnership NHS Foundation Trust",
            "Wigan Council",
            "Wrightington, Wigan and Leigh NHS Foundation Trust",
            "Wigan Borough Clinical Commissioning Group",
            "Wigan GPs",
        ),
    ),
    Sample(
        "GQ-03",
        "who-reports-to-whom",
        {"system": "Wigan"},
        says=(
            "Tactical Programme Board",
            "Wigan Leaders",
            "Health and Well Being Board",
            "Ultimately",
            "constituent bod",
            "inutes",
        ),
    ),
    Sample(
        "GQ-05",
        "programmes-and-what-they-include",
        {"system": "Wigan", "programme": "Transformation Fund"},
        says=(
            "Integrated Community Services",
            "Start Well",
            "Asset based Reablement",
            "utpatient redesign",
            "Transformation Fund Phase 1",
        ),
    ),
    Sample(
        "GQ-05, to whom and when",
        "decisions",
        {"system": "Wigan"},
        says=("GM", "December 2016", "2016-12-01", "Transformation Fund Phase 1 bid"),
    ),
    Sample(
        "GQ-07",
        "places-and-neighbourhoods",
        {"system": "Wigan"},
        says=(
            "Service Delivery Footprints",
            "care hubs",
            30000,
            50000,
            "registered patient list",
            "GP Cluster",
            "How many Service Delivery Footprints are there?",
        ),
    ),
    Sample(
        "GQ-09",
        "who-assures-and-approves",
        {"system": "Wigan"},
        says=(
            "Joint Commissioning Executive",
            "Procurement timeline for the ICO",
            "ISAP",
            "NHS England",
            "NHS Improvement",
            "GM",
        ),
    ),
    Sample(
        "GQ-11",
        "care-models",
        {"system": "Wigan"},
        says=("Multi-speciality Community Provider", "rimary care", "ocial care", "ental health", "ommunity based"),
    ),
    Sample(
        "BQ-01",
        "decisions",
        {"system": "BSW"},
        says=(
            "Wiltshire CCG Governing Body",
            "2018-10-04",
            "Bath and North East Somerset (B&NES) CCG",
            "Swindon CCG",
            "Wiltshire CCG",
            "Have the governing bodies of B&NES and Swindon decided for the single management team too?",
        ),
    ),
    Sample("BQ-03", "primary-care-networks", {"system": "BSW"}, says=(11, 30000, "by July 2019", 100, "rural", "upper limit")),
    Sample(
        "BQ-05",
        "members-of-a-partnership",
        {"partnership": "partnership board"},
        says=("ommissioners", "rusts", "rimary care networks", "ocal authorities", "oluntary", "PROPOSED"),
    ),
    Sample(
        "BQ-05, chair",
        "who-assures-and-approves",
        {"system": "BSW"},
        says=("Non-executive chair of the BSW ICS", "NHS England", "NHS Improvement"),
    ),
    Sample(
        "BQ-07",
        "strategies-in-order",
        {"system": "BSW"},
        says=(
            "BSW STP Health and Social Care Strategy",
            "Wiltshire Health and Wellbeing Strategy",
            "Joint commissioning strategy",
            "Joint commissioning intentions",
            "Wiltshire CCG",
            "Wiltshire Council",
            "Wiltshire Commissioning Group",
        ),
    ),
    Sample(
        "BQ-10",
        "programmes-and-what-they-include",
        {"system": "BSW", "programme": "Integration Programme"},
        says=(
            "Wiltshire Integration Programme",
            "Primary Care",
            "Community Services",
            "Social Care",
            "Mental Health",
            "Secondary Care",
            "Voluntary Sector",
            "Independent Providers",
        ),
    ),
    Sample(
        "BQ-11",
        "what-is-not-stated",
        {"system": "BSW"},
        says=("section 75", "pooled budget", "Wiltshire Health and Care", "providers"),
    ),
    Sample(
        "BQ-12, services",
        "who-provides-and-commissions",
        {"system": "BSW"},
        says=("Which organisations are the providers of", "Which organisations commission"),
        exactly={
            "services.name": {
                "Primary care",
                "Community services",
                "Social care services",
                "Preventative services",
                "Secondary care services",
                "Mental health",
            },
            "services.providersConnection.edges.node.name": set(),
        },
    ),
    Sample(
        "TQ-01",
        "members-of-a-partnership",
        {"partnership": "Walsall Together"},
        exactly={
            "agents.0.membersConnection.edges.node.name": {
                "Walsall Healthcare NHS Trust",
                "Black Country Healthcare NHS Trust",
                "Walsall Council",
                "Black Country and West Birmingham CCG",
                "One Walsall",
                "Primary Care Networks",
                "Walsall Housing Group",
            }
        },
    ),
    Sample(
        "TQ-03",
        "agreements-in-force-and-planned",
        {"system": "Walsall", "asOf": "2021-01-01"},
        says=(
            "Alliance Agreement of Walsall Together",
            "Bilateral contracts in Walsall",
            "Transitional commercial model of Walsall Together",
            "Section 75 agreement between Walsall Healthcare and Walsall Council",
        ),
        never=("ICP contract for Walsall",),
    ),
    Sample(
        "TQ-03 in 2022",
        "agreements-in-force-and-planned",
        {"system": "Walsall", "asOf": "2022-05-01"},
        says=(
            "ICP contract for Walsall",
            "Section 75 agreement between Walsall Healthcare and Walsall Council",
            "Core primary medical services contracts in Walsall",
            "Renewed Alliance Agreement of Walsall Together",
        ),
        never=("Transitional commercial model of Walsall Together",),
    ),
    Sample("TQ-05", "primary-care-networks", {"system": "Walsall"}, says=(7, "June 19")),
    Sample(
        "TQ-05, route",
        "agreements-in-force-and-planned",
        {"system": "Walsall", "asOf": None},
        says=("Integration Agreement between GPs and the ICP", "Voluntary", "Core primary medical services contracts in Walsall"),
    ),
    Sample(
        "TQ-07",
        "programmes-and-what-they-include",
        {"system": "Walsall", "programme": "Resilient Communities"},
        says=("Walsall Housing Group", "Primary Care Networks", "Walsall Council"),
        exactly={"programmes.includesConnection.totalCount": {0, 9}},
    ),
    Sample(
        "TQ-09",
        "priorities-and-aims",
        {"system": "Walsall", "kind": ["PRIORITY"]},
        says=(
            "Mobilisation of outpatients",
            "Integration of Primary Mental Health and IAPT teams",
            "Further integration with Primary Care Networks",
            "Integration of children's services",
        ),
    ),
    Sample(
        "TQ-12",
        "contract-phases",
        {"system": "", "asOf": "2019-07-01"},
        says=("MCP Contracts awarded (Fully Integrated MCP)", "2019/20", "Transitional period", "from April 2019 to March 2021"),
    ),
    Sample(
        "TQ-12, pressures",
        "pressures-between-systems",
        {},
        says=("Staffordshire", "Telford & Shropshire", "Walsall", "Royal Wolverhampton Trust"),
    ),
)


def values(answer: Any) -> list[Any]:
    """Every scalar of an answer."""
    if isinstance(answer, dict):
        return [value for item in answer.values() for value in values(item)]
    if isinstance(answer, list):
        return [value for item in answer for value in values(item)]
    return [answer]


def at(answer: Any, path: str) -> list[Any]:
    """The values at a dotted path, through every list on the way (a number takes one)."""
    if not path:
        return [answer]
    name, _, rest = path.partition(".")
    if isinstance(answer, list):
        chosen = [answer[int(name)]] if name.isdigit() else answer
        return [value for item in chosen for value in at(item, rest if name.isdigit() else path)]
    return at(answer[name], rest) if answer is not None else []


def faults(sample: Sample, data: Any) -> list[str]:
    """What an answer lacks, or holds and should not."""
    found = values(data)
    texts = [value for value in found if isinstance(value, str)]
    numbers = {value for value in found if isinstance(value, int | float) and not isinstance(value, bool)}
    said = []
    for wanted in sample.says:
        held = any(wanted in text for text in texts) if isinstance(wanted, str) else wanted in numbers
        if not held:
            said.append(f"lacks {wanted!r}")
    said += [f"holds {text!r}" for unwanted in sample.never for text in texts if unwanted in text]
    for path, wanted_set in sample.exactly.items():
        got = set(at(data, path))
        if got != wanted_set:
            said.append(f"{path}: lacks {sorted(map(str, wanted_set - got))}, has besides {sorted(map(str, got - wanted_set))}")
    return said
