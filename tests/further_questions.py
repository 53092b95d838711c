"""Questions of the kinds that strategy teams ask, made up and answered from the papers before the graph was asked.

Each is asked as by a stranger: with no variables but those given here, none of the example's. What a sample holds is told in
:mod:`asked_questions`.
"""

from __future__ import annotations

from asked_questions import Sample

# Names side by side are read as one answer; one a line they are not.
# fmt: off
FURTHER = (
    Sample(  # How many live in Wolverhampton, how many practices are there, and which share is single or double handed?
        "W-1 residents, practices and small practices",
        "figures-and-who-says-so",
        {"system": "Wolverhampton"},
        says=(250000, 42, 20, "PER_CENT"),
    ),
    Sample(  # Which services moved under Transforming Community Services, when, from whom and to whom?
        "W-2 transfers of services",
        "what-moved-and-what-became",
        {"system": "Wolverhampton"},
        says=("TCS", "In 2012", "Primary Care Trust", "Royal Wolverhampton Trust", "Black Country Partnership Foundation Trust"),
        exactly={
            "serviceTransfers.transfers.name": {
                "Community services", "Mental health services", "Learning disability services",
                "Outpatient consultations", "Ambulatory care",
            },
        },
    ),
    Sample(  # How are acute, community and mental health services paid for today, and what changes?
        "W-3 payment before and after",
        "payment-mechanisms-and-services",
        {"system": "Wolverhampton"},
        says=("PbR tariff", "Community block", "Mental health block", "Acute services", "Combined payment mechanism", "PLANNED"),
    ),
    Sample(  # Does the mental health contract change in the developmental phase?
        "W-3 mental health in the developmental phase",
        "contract-phases",
        {"system": "Wolverhampton"},
        says=("the contracting relationship for mental health in Wolverhampton does not change",),
    ),
    Sample(  # Who sees that the virtual contract is run openly, and what else is that team to do?
        "W-4 the virtual contract",
        "what-a-body-is-responsible-for",
        {"system": "Wolverhampton", "body": "management team"},
        says=("Virtual contract", "vision and plans", "PLANNED"),
    ),
    Sample(
        "W-4 open book",
        "what-is-said-on-a-topic",
        {"system": "Wolverhampton", "topic": "open book"},
        says=("Virtual contract", "PLANNED"),
    ),
    Sample(  # What must go to the Alliance Leadership Team first, and who sits on it?
        "W-5 the Alliance Leadership Team",
        "what-a-body-is-responsible-for",
        {"system": "Wolverhampton", "body": "Alliance Leadership Team"},
        says=("shift cost or workload", "Who sits on the Alliance Leadership Team of the Wolverhampton ICA?"),
    ),
    Sample(
        "W-5 members of the Alliance Leadership Team",
        "members-of-a-partnership",
        {"partnership": "Alliance Leadership Team"},
        says=("All partners", "Who sits on the Alliance Leadership Team of the Wolverhampton ICA?"),
        exactly={"agents.name": set()},
    ),
    Sample(  # Who works in the Community Neighbourhood Teams?
        "W-6 CNTs",
        "members-of-a-partnership",
        {"partnership": "CNT"},
        exactly={
            "agents.rolesInIt.edges.node.name": {
                "Community matrons", "Specialist nurses (including paediatrics)", "Social workers",
            },
            "agents.servicesInIt.edges.node.name": {"Mental health services"},
            "agents.participantsConnection.edges.node.name": {"Voluntary sector in Wolverhampton"},
        },
    ),
    Sample(  # Which new roles come into the workforce in 2017/18?
        "W-7 new roles",
        "workforce-and-new-roles",
        {"system": "Wolverhampton"},
        says=(
            "Clinical Pharmacist", "Mental Health Therapist", "Nurse Associate", "Physicians Associate", "Additional GPs",
            "2017/18", "PLANNED",
        ),
    ),
    Sample(  # What is planned of the estate, year by year?
        "W-8 the estate",
        "what-is-planned-when",
        {"system": "Wolverhampton", "about": "estate"},
        exactly={
            "milestones.name": {
                "Estate Strategy finalised", "Estate Transformation Phase 1", "Estate Transformation Phase 2",
                "Estate Transformation Phase 3", "Strategic Review of Estate",
            },
            "milestones.dateStated": {"2018/19", "2019/20", "Q1 2019/20", "2020/21"},
            "dueBefore.name": set(),
        },
    ),
    Sample(  # Which legal form do the GP groupings take, and what becomes of it?
        "W-9 legal form",
        "gp-groupings",
        {"system": "Wolverhampton"},
        says=(
            "Wolverhampton Care Collaborative", "Wolverhampton Total Health", "company limited by share", "Unity Wolverhampton",
            "without the formalities of a limited company", "Limited company formed, Medical Chambers", "2017/18",
        ),
    ),
    Sample(
        "W-9 VI practices",
        "agreements-in-force-and-planned",
        {"system": "Wolverhampton"},
        says=("GMS subcontracts to RWT", "Royal Wolverhampton Trust"),
    ),
    Sample(  # Which development support does Medical Chambers get in 2016/17, and when?
        "W-10 development support",
        "what-is-planned-when",
        {"system": "Wolverhampton", "about": "Medical Chambers", "from": "2016-04-01", "to": "2017-03-31"},
        says=("Project Manager for Medical Chambers", "Gap analysis", "Q3 2016/17", "Branding", "Q4 2016/17"),
        never=("Q2 2016/17",),
    ),
    Sample(
        "W-10 development support of the Primary Care Homes",
        "what-is-planned-when",
        {"system": "Wolverhampton", "about": "Primary Care Home 1 & 2", "from": "2016-04-01", "to": "2017-03-31"},
        says=("Project Manager", "Gap analysis", "Q2 2016/17", "Branding", "Q4 2016/17"),
        never=("Q3 2016/17",),
    ),
    Sample(  # As at 1 January 2021, in which phase is the MCP contract to be, and who monitors it?
        "W-11 business as usual",
        "contract-phases",
        {"system": "Wolverhampton", "asOf": "2021-01-01"},
        says=(
            "Business as usual (performance & contract monitoring)", "2020/21", "Provider Contract Review Meetings",
            "Provider Clinical Quality Review Meetings", "PLANNED",
        ),
        never=("MCP Contracts awarded (Fully Integrated MCP)",),
    ),
    Sample(  # Which principles did NHS leaders agree on 10 May 2017?
        "W-12 principles",
        "decisions",
        {"system": "Wolverhampton"},
        says=(
            "2017-05-10", "accountable care", "clinically led", "shared governance", "mutually accountable", "atient-centred",
            "hift", "disease prevention", "inancially sustainable",
        ),
    ),
    Sample(  # To which areas beyond the city does the acute trust give services?
        "W-13 beyond the city",
        "services-of-a-provider",
        {"provider": "RWT"},
        says=("Acute services", "Community services", "Tier 2 specialised services", "Staffordshire"),
    ),
    Sample(  # How large is the financial gap in Wigan, over which time?
        "G-1 the gap",
        "figures-and-who-says-so",
        {"system": "Wigan"},
        says=(87000000, "POUNDS", "over the next five years", "Which five years is the gap of £87m reckoned over?"),
    ),
    Sample(  # Who is to sign Our Commitment, and has anybody?
        "G-2 signatories",
        "signatories-and-intended-signatories",
        {"system": "Wigan", "agreement": "Our Commitment"},
        says=("April 2017", "Which partners have signed Our Commitment?"),
        exactly={
            "agreements.signatoriesConnection.edges.node.name": set(),
            "agreements.intendedSignatoriesConnection.edges.node.name": {
                "Bridgewater Community Healthcare NHS Foundation Trust", "North West Boroughs Partnership NHS Foundation Trust",
                "Wigan Council", "Wigan GP Cluster", "TABA GP Cluster", "SWAN GP Cluster", "LIGA GP Cluster",
                "LEIGH GP Cluster", "Wrightington, Wigan and Leigh NHS Foundation Trust",
                "Wigan Borough Clinical Commissioning Group",
            },
        },
    ),
    Sample(  # Which programmes will fall under the Healthier Wigan Partnership?
        "G-3 the ten programmes",
        "programmes-and-what-they-include",
        {"system": "Wigan", "programme": "Healthier Wigan Partnership"},
        says=(
            "Structural Support for Establishment of ICO", "Primary Care Reform - New Models of Care - GP Clusters",
            "Integrated Community Services", "Children's Integrated New Delivery Model (Start Well)", "Outpatient Redesign",
            "Place-Based Public Service Reform", "Asset Based Reablement to Support Hospital Discharge",
            "Ambulatory Area Assessment Expansion", "Heart of Wigan - Phase 3", "The Deal for Health and Well Being",
            "will fall under the HWP", "PLANNED",
        ),
    ),
    Sample(  # Which form of contract does Wigan intend, in which order, and what is not stated?
        "G-4 alliance, then partial MCP",
        "contract-phases",
        {"system": "Wigan"},
        says=(
            "Alliance agreement (Healthier Wigan Partnership)", "PROPOSED", "Whole population contract", "INTENDED",
            "later to a partial MCP", "What nature and type of arrangement will the alliance in Wigan have?",
        ),
        exactly={"agreementPhases.name": set(), "phasesNotStated.status": {"PROPOSED", "INTENDED"}},
    ),
    Sample(  # Who chairs the board of the Healthier Wigan Partnership?
        "G-5 the chair",
        "members-of-a-partnership",
        {"partnership": "HWPB"},
        says=("Independent chair of the Healthier Wigan Partnership Board", "AQUA"),
    ),
    Sample(  # How is the HWP Team paid for?
        "G-5 the HWP Team",
        "funds-and-shared-risk",
        {"system": "Wigan", "fund": "Transformation Fund"},
        says=("HWP Team", "PROPOSED", "GM"),
    ),
    Sample(  # What does the road to the ICO depend on?
        "G-6 roadmap considerations",
        "what-depends-on-what",
        {"system": "Wigan"},
        says=(
            "core Establishment Team", "specialist expertise and resources", "options appraisal", "procurement timeline",
            "business case", "timely approvals", "staff to transfer", "patients and staff being engaged", "ISAP",
        ),
    ),
    Sample(  # Who leads the three CCGs of BSW, since when, and what happens to the management structure?
        "B-1 chief executive",
        "posts-and-who-appoints-them",
        {"system": "BSW", "post": "chief executive"},
        says=("took up this post early in March", "senior responsible officer of the STP", "Swindon CCG", "Management structure"),
    ),
    Sample(
        "B-1 consultation",
        "check-points-and-milestones",
        {"system": "BSW"},
        says=("early in March (2019)",),
    ),
    Sample(
        "B-1 management structure",
        "what-is-planned-when",
        {"system": "BSW", "about": "management structure"},
        says=("Management structure published for formal consultation", "2019-03-31"),
    ),
    Sample(  # Which roles does the new GP contract pay for, and how much of each?
        "B-2 roles of the GP contract",
        "workforce-and-new-roles",
        {"system": "BSW"},
        says=(
            "Clinical pharmacists", "Physician associates", "First contact physiotherapists", "First contact paramedics",
            "70 per cent", "Social prescribing link workers", "100 per cent", "New GP contract", "ndemnity",
        ),
    ),
    Sample(
        "B-2 shares",
        "figures-and-who-says-so",
        {"system": "BSW", "thing": "share of the cost"},
        exactly={"national.value": {70, 100}, "national.status": {"PLANNED"}},
    ),
    Sample(  # What has a primary care network to agree, and what is it to have?
        "B-3 networks",
        "primary-care-networks",
        {"system": "Wiltshire"},
        says=(
            "names of their member practices", "list size", "mapped area", "network agreement", "who receives their funding",
            "named clinical director", "makes sense", "Network Agreement",
        ),
    ),
    Sample(  # How many hours has a clinical director?
        "B-3 clinical director",
        "posts-and-who-appoints-them",
        {"system": "BSW", "post": "Clinical Director"},
        says=(0.25, 50000, "WHOLE_TIME_EQUIVALENTS"),
    ),
    Sample(  # Do the three CCGs merge, and what does a merger need?
        "B-4 a merger",
        "what-is-said-on-a-topic",
        {"system": "BSW", "topic": "merge"},
        says=("vote of the Governing Body membership", "single CCG", "Will the three CCGs of BSW merge?"),
    ),
    Sample(
        "B-4 systems cover the country",
        "what-is-planned-when",
        {"system": "BSW", "from": "2021-01-01", "to": "2021-12-31"},
        says=("Integrated care systems cover the whole country", "By April 2021"),
    ),
    Sample(  # At which boundary is place to be, and who says so?
        "B-5 place",
        "places-and-neighbourhoods",
        {"system": "BSW"},
        says=(
            "very firm preference", "area of the local authority", "INTENDED", 11,
            "Do B&NES and Swindon too want place to be the area of the local authority?",
        ),
    ),
    Sample(  # What is to become of the Wiltshire GP Alliance?
        "B-6 the GP Alliance",
        "what-moved-and-what-became",
        {"system": "BSW"},
        says=("Wiltshire GP Alliance", "Wiltshire Health and Care", "INTENDED", "synonymous"),
    ),
    Sample(  # When does the ICP contract start, under whom, paid how, on which conditions?
        "T-1 the ICP contract",
        "agreements-in-force-and-planned",
        {"system": "Walsall", "asOf": "2022-05-01"},
        says=(
            "ICP contract for Walsall", "2022-04-01", "lead provider", "Walsall Healthcare NHS Trust",
            "Walsall Clinical Commissioning Group", "Whole population budget", "due diligence", "NHS England & Improvement",
            "statutory bodies only", "draft",
        ),
    ),
    Sample(
        "T-1 shadow form",
        "contract-phases",
        {"system": "Walsall"},
        says=("ICP in shadow form", "by the end of the first quarter of 2021/22", "Full ICP contract", "from 1st April 2022"),
    ),
    Sample(  # What was the CPLG, what is it responsible for, and who reports to it?
        "T-2 CPLG",
        "what-a-body-is-responsible-for",
        {"body": "CPLG"},
        says=(
            "Clinical Operating Model Group", "ENDED", "engagement", "uality impact assessments", "variation in outcomes",
            "anchor institutions", "COVID restoration and recovery", "PROPOSED", "Resilient Communities Steering Group",
            "Who sits on Walsall's Clinical & Professional Leadership Group?",
        ),
    ),
    Sample(  # Who answers for the Population Health & Inequalities Strategy, who oversees it?
        "T-3 population health",
        "programmes-and-what-they-include",
        {"system": "Walsall", "programme": "Population Health"},
        says=("Director of Public Health", "As senior responsible officer.", "Clinical & Professional Leadership Group"),
    ),
    Sample(
        "T-3 when",
        "what-is-planned-when",
        {"system": "Walsall", "from": "2021-04-01", "to": "2021-09-30"},
        says=("quarters 1 and 2 of the 2021/22",),
    ),
    Sample(  # What is the scope of the workforce workstream, and how often does its group meet?
        "T-4 workforce",
        "programmes-and-what-they-include",
        {"system": "Walsall", "programme": "Workforce"},
        says=(
            "Workforce and Organisational Development Steering Group", "each month", "in early March",
            "People Strategy for Walsall",
            "Local job opportunities", "Strategy for shortages in certain specialties", "Organisational development proposal",
            "five years", "Who chairs the workforce and OD Steering Group in Walsall?",
        ),
    ),
    Sample(  # Which figures does the Walsall paper give of its programmes?
        "T-5 figures",
        "figures-and-who-says-so",
        {"system": "Walsall"},
        says=(1800000, 14000, 5000, 2, 100, 7, "PLANNED"),
    ),
    Sample(  # Which digital systems are to come, and by when are there population profiles?
        "T-6 digital",
        "estates-it-and-data",
        {"system": "Walsall"},
        says=("Population Health Management digital solution", "Living directory", "Saddlers Vaccination Centre", "PLANNED"),
    ),
    Sample(
        "T-6 profiles",
        "what-is-planned-when",
        {"system": "Walsall", "about": "profiles"},
        says=("by June 2021",),
    ),
    Sample(  # On 1 May 2018, how far are the contracts of Wolverhampton and Wigan?
        "T-7 Wolverhampton and Wigan",
        "contract-phases",
        {"asOf": "2018-05-01"},
        says=("MCP Contracts awarded (Partial Integration MCP)", "2018/19", "Alliance agreement (Healthier Wigan Partnership)"),
        never=("Full ICP contract", "MCP Contracts awarded (Fully Integrated MCP)"),
    ),
    Sample(  # How is risk managed in Walsall Together?
        "T-8 risk",
        "what-is-said-on-a-topic",
        {"system": "Walsall", "topic": "risk"},
        says=("Alliance Agreement", "strategic and key operational risks", "risk profile", "names no risk"),
    ),
    Sample(  # Who refers into the Care Navigation Centre?
        "T-9 referrals",
        "who-provides-and-commissions",
        {"system": "Walsall"},
        says=("Care Navigation Centre",),
        exactly={"services.referrers.edges.node.name": {"General practice in Walsall", "West Midlands Ambulance Service"}},
    ),
)
# fmt: on
