"""Writes Open Referral in words: HTML as plain text, and opening hours, costs and addresses as one text each.

A module of its own because it knows nothing of the graph, and both forms of the standard (JSON and tables) need it.

Sources: HSDS 3.0 schema reference (description may hold HTML; schedules follow RFC 5545), Open Referral UK 1 (regular_schedules,
holiday_schedules, physical_addresses).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Final

from graphsvc.loading import Fields

LONGEST: Final = 100_000
"""Characters of one text that are read; what follows is cut off, with a finding."""
_MARKUP: Final = re.compile(r"<[a-zA-Z!/]")
_UNFINISHED: Final = re.compile(r"<(?![^<>]*>)")
_ENTITY: Final = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_BLOCKS: Final = frozenset((
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
))  # fmt: skip
_UNSEEN: Final = frozenset(("script", "style", "head", "template"))
_WEEKDAYS: Final = {"1": "MO", "2": "TU", "3": "WE", "4": "TH", "5": "FR", "6": "SA", "7": "SU"}
_UNITS: Final = {"DAILY": "days", "WEEKLY": "weeks", "MONTHLY": "months", "YEARLY": "years"}


class _Text(HTMLParser):
    """Collects the visible text of HTML, one line for each block; items of lists begin with a hyphen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS and tag != "li":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain(text: str) -> str:
    """Removes markup from a text, with entities as characters, and lines and items of lists kept; empty for empty markup.

    Entities that somebody wrote twice over (``&amp;nbsp;``) are read twice.
    """
    text = text[:LONGEST]
    if _MARKUP.search(text):
        reader = _Text()
        reader.feed(_UNFINISHED.sub("&lt;", _without_comments(text)))
        reader.close()
        text = "".join(reader.parts)
    for _ in range(2):
        text = html.unescape(text) if _ENTITY.search(text) else text
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line not in ("", "-"))


def _without_comments(text: str) -> str:
    """Removes comments, and unfinished marks, over which the parser would take time without end."""
    parts, start = [], 0
    while (found := text.find("<!--", start)) >= 0 and (end := text.find("-->", found)) >= 0:
        parts.append(text[start:found])
        start = end + 3
    return "".join([*parts, text[start:]])


def one_line(text: str) -> str:
    """Removes markup from a text and puts it in one line, for names."""
    return " ".join(plain(text).split())


def joined(parts: Iterable[str], between: str) -> str:
    """Joins the parts that are not empty, each once, in order."""
    return between.join(dict.fromkeys(part for part in parts if part))


def hours(schedule: Fields) -> str:
    """Writes a schedule as one text, such as ``MO,WE 10:00-12:00``, from its iCalendar fields and times, which it takes."""
    schedule.ignore("ids of schedules say nothing of themselves", "id", "service_id", "location_id", "service_at_location_id")
    schedule.ignore("a web page about the hours", "schedule_link")
    schedule.ignore(
        "how the rule is counted; the days and times are kept", "wkst", "timezone", "byyearday", "dtstart", "link_type"
    )
    weekday = schedule.text("weekday")
    days = schedule.text("byday") or _WEEKDAYS.get(weekday, weekday)
    months, weeks = schedule.text("bymonthday"), schedule.text("byweekno")
    frequency, interval, count = schedule.text("freq").upper(), schedule.text("interval"), schedule.text("count")
    rule = joined(
        (
            days,
            f"on day {months} of the month" if months else "",
            f"in week {weeks}" if weeks else "",
            _rhythm(frequency, interval),
            f"{count} times" if count else "",
            _span(schedule.time("opens_at") or schedule.time("open_at"), schedule.time("closes_at")),
        ),
        " ",
    )
    first, last = schedule.text("valid_from"), schedule.text("valid_to") or schedule.text("until")
    period = f"({first or '…'} to {last or '…'})" if first or last else ""
    told = (plain(schedule.text(name)).replace("\n", " ") for name in ("description", "notes", "attending_type"))
    times = joined(told, " ")
    schedule.close()
    rule = joined((rule, period), " ")
    return f"{rule}: {times}" if rule and times else rule or times


def holiday(schedule: Fields) -> str:
    """Writes a holiday schedule as one text, such as ``2024-12-25 to 2024-12-26 closed``, and takes its fields."""
    schedule.ignore("ids of schedules say nothing of themselves", "id", "service_id", "location_id", "service_at_location_id")
    first, last = schedule.text("start_date"), schedule.text("end_date")
    closed = schedule.text("closed").casefold() in ("true", "1", "yes", "y")
    times = _span(schedule.time("opens_at") or schedule.time("open_at"), schedule.time("closes_at"))
    schedule.close()
    days = first if last in ("", first) else f"{first} to {last}"
    return joined((days, "closed" if closed else times), " ") if days else ""


def cost(option: Fields) -> str:
    """Writes a cost option as one text, such as ``Under 18s: 35 GBP per session``, and takes its fields."""
    option.ignore("ids of cost options say nothing of themselves", "id", "service_id")
    who, amount = plain(option.text("option")), option.text("amount")
    amount = amount.removesuffix(".0")
    money = joined((amount, option.text("currency").upper() if amount else "", plain(option.text("amount_description"))), " ")
    first, last = option.text("valid_from"), option.text("valid_to")
    period = f"({first or '…'} to {last or '…'})" if first or last else ""
    option.close()
    return joined((": ".join(part for part in (who, money) if part), period), " ") if who or money else ""


def _rhythm(frequency: str, interval: str) -> str:
    """Writes how often a schedule recurs; empty for every week, which needs no mention."""
    if interval in ("", "0", "1", "1.0"):
        return frequency.lower() if frequency not in ("", "WEEKLY") else ""
    return f"every {interval.removesuffix('.0')} {_UNITS.get(frequency, 'weeks')}"


def _span(opens: str, closes: str) -> str:
    return f"{opens}-{closes}" if opens and closes else f"from {opens}" if opens else f"until {closes}" if closes else ""
