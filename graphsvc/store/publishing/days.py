"""Works out the days of claims and things: from when to when each is shown, and within that is sure (decision 0014).

Kept are texts that two comparisons tell apart: ``from`` and ``to``, between which it is shown by default; ``sureFrom`` and
``sureTo``, between which it is stated; ``starts``, the first day that is stated, empty where none is; ``told``, the told day,
on which its source spoke, empty where none is known. A thing has besides ``own``, the first day by its records alone where no
start of it is stated, and ``toldTo``, the last day on which a source spoke of it.

What a directory lists has more (decision 0017): ``listings``, the directories that do, whose releases speak of it on their days;
``gaps``, the days between releases in which it was not listed; and ``lasts``, the first day after the last release that says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from graphsvc.dates import LATER_END, Bound, bounds_of_claim, day_after, split
from graphsvc.provenance import NEVER, OVER, TRUE_NOW, UNKNOWN_END, Telling

DIRECTORIES: Final = ("DIRECTORY", "DIRECTORY_RELEASE")
"""Kinds of sources whose releases say what is on their own days (decision 0017)."""
DAYS: Final = ("from", "to", "starts", "sureFrom", "sureTo", "told")
"""Properties that a claim and a thing have alike."""
OF_A_THING: Final = ("own", "toldTo")
LISTED: Final = ("listings", "gaps", "lasts")
"""Properties of what a directory lists."""


def listed_days(claim: Mapping[str, Any], earliest: str) -> dict[str, Any]:
    """The days of a claim of a directory, whose earliest release is of the day ``earliest``."""
    telling = Telling.of(claim.get("asTold") or "")
    first = telling.spans[0][0] or earliest
    told = "" if first.startswith("?") else first
    said = dict(claim)
    if telling.was:
        said |= dict(zip(("status", "validTo", "edtf"), telling.was, strict=False))
    days: dict[str, Any] = claim_days(said, told)
    if telling.since:
        days |= {name: max(days[name], telling.since) for name in ("from", "sureFrom")}
    spans = telling.spans
    if telling.was:
        ends = _bounds(claim)[1][0] or claim.get("validTo") or NEVER
        days["to"] = min(days["to"], claim.get("validTo") or NEVER)
        days |= {"sureTo": min(days["sureTo"], ends), "lasts": ends}
        # What goes on to a stated day goes on without the releases after the last that says it.
        spans = (*telling.spans, (UNKNOWN_END, ""))
    elif telling.spans[-1][1]:
        days["lasts"] = _after(telling.spans[-1][1])
    return days | {"listings": [claim["dataset"]]} | gaps_between(spans)


def gaps_between(spans: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The days between runs of releases, from the first to the one after the last."""
    found = [f"{_after(last)}/{first}" for (_, last), (first, _) in pairwise(spans) if last and first]
    return {"gaps": found} if found else {}


def _after(key: str) -> str:
    """The day after a release; no day after one that has none."""
    return UNKNOWN_END if key.startswith("?") else day_after(key)


def claim_days(claim: Mapping[str, Any], told: str) -> dict[str, str]:
    """The days of a claim with stored qualifiers, whose source spoke on ``told``."""
    (start, start_at_latest), (end, end_at_latest) = _bounds(claim)
    started, ended = has_start(claim), bool(claim.get("validTo") or split(claim.get("edtf", ""))[1])
    held_when_told = bool(told) and claim["status"] in TRUE_NOW
    if started:
        sure_from = start_at_latest or UNKNOWN_END
        # It had begun when it was told.
        if held_when_told and start <= told:
            sure_from = min(sure_from, told)
    else:
        sure_from = told or UNKNOWN_END
    if ended:
        sure_to = end or sure_from
        if held_when_told and told < (end_at_latest or LATER_END):
            sure_to = max(sure_to, day_after(told))
    else:
        sure_to = day_after(max(sure_from, told)) if sure_from < UNKNOWN_END else UNKNOWN_END
    to = end_at_latest or (LATER_END if ended else UNKNOWN_END)
    return {
        "from": start if started or ended else told,
        "to": NEVER if claim["status"] in OVER and not claim.get("validTo") else to,
        "starts": start,
        "sureFrom": sure_from,
        "sureTo": sure_to,
        "told": told,
    }


def has_start(claim: Mapping[str, Any]) -> bool:
    """Whether a start is stated, be it only by when it began."""
    return bool(claim.get("validFrom") or split(claim.get("edtf", ""))[0])


def first_day(claim: Mapping[str, Any], days: Mapping[str, str]) -> str:
    """The first day on which the ends of a claim are known by it: that of its start, or the one on which it was told.

    A plan tells of its ends when it is told, whenever it is to begin.
    """
    return days["starts"] if days["starts"] and claim["status"] in (*TRUE_NOW, *OVER) else days["told"]


def thing_days(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The days of a thing with these records, the best first, which have their days; its relations are not looked at.

    Its period is that of the best record, and what its directory said of it before. Where that states no start, it is known since
    the first day on which any record is.
    """
    best = records[0]
    before = [record for record in records[1:] if record["dataset"] == best["dataset"] and _is_history(record)]
    told = sorted(record["told"] for record in records if record["told"])
    papers = max((record["told"] for record in records if not record.get("listings")), default="")
    firsts = [first_day(record, record) for record in records]
    days: dict[str, Any] = {**_envelope(best, before), **_listings(records)}
    days |= {"told": told[0] if told else "", "toldTo": told[-1] if told else "", "own": ""}
    if any(has_start(record) for record in (best, *before)):
        if not has_end(days) and papers and days["sureTo"] < UNKNOWN_END:
            days["sureTo"] = max(days["sureTo"], day_after(papers))
        return days
    own = min(firsts)
    if not own:  # a directory without a date lists it, and nobody says since when
        return days | {"from": ""}
    days |= {"own": own, **known_since(days, own)}
    if not has_end(days):
        days["sureTo"] = day_after(max(own, papers))
    return days


def _is_history(record: Mapping[str, Any]) -> bool:
    return bool(record.get("listings")) and record["status"] == "SUPERSEDED" and record["to"] != NEVER


def _envelope(best: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The days of the best record, widened by those on which a release said that the thing was there."""
    days: dict[str, str] = {name: best[name] for name in DAYS}
    if before:
        every = [days, *before]
        days |= {name: min(item[name] for item in every) for name in ("from", "starts", "sureFrom")}
        days["sureTo"] = (max if days["to"] != UNKNOWN_END else min)(item["sureTo"] for item in every)
        days["to"] = max(item["to"] for item in every)
    return days


def _listings(records: Sequence[Mapping[str, Any]]) -> dict[str, list[str] | str]:
    """The directories that list a thing, and the days on which the one of the best record does not."""
    listed = [record for record in records if record.get("listings")]
    if not listed:
        return {}
    spans = sorted(
        span for record in listed if record["dataset"] == listed[0]["dataset"]
        for span in Telling.of(record.get("asTold") or "").spans
    )  # fmt: skip
    kept: dict[str, list[str] | str] = {"listings": sorted({name for record in listed for name in record["listings"]})}
    kept |= gaps_between(spans)
    return kept if any(not last for _, last in spans) else kept | {"lasts": _after(max(last for _, last in spans))}


def known_since(days: Mapping[str, str], first: str) -> dict[str, str]:
    """The days that change where a thing of which no start is stated is known since ``first``."""
    return {"from": "" if has_end(days) else first, "sureFrom": first}


def has_end(days: Mapping[str, str]) -> bool:
    """Whether an end is stated."""
    return days["to"] not in (NEVER, UNKNOWN_END)


def _bounds(claim: Mapping[str, Any]) -> tuple[Bound, Bound]:
    return bounds_of_claim(claim.get("validFrom"), claim.get("validTo"), claim.get("edtf"))
