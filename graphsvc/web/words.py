"""Formats values for people: dates, periods, numbers and statuses, in UK English."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from graphsvc import dates

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
STATUS_WORDS = {
    "IN_FORCE": "in force",
    "SHADOW": "shadow",
    "PLANNED": "planned",
    "PROPOSED": "proposed",
    "INTENDED": "intended",
    "ENDED": "ended",
    "SUPERSEDED": "superseded",
}
STATUS_MEANINGS = {
    "IN_FORCE": "The source says that this holds.",
    "SHADOW": "It runs beside what it will replace, or only in part.",
    "PLANNED": "A plan: the source does not say that it has happened.",
    "PROPOSED": "Put forward for decision: not agreed in the source.",
    "INTENDED": "Wished for: no plan or decision in the source.",
    "ENDED": "It held once, and is over.",
    "SUPERSEDED": "Something later took its place.",
}
LABELS = {"asOf": "As at", "first": "At most"}
"""Names of variables as people would put them."""
NOT_STATED = "Not stated in the sources"


def day(value: date | str | None) -> str:
    """``2019-06-01`` as ``1 June 2019``; ``2019-06`` as ``June 2019``; a year, or what is no date, as it is."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", value.strip())
    if not match or not match[2] or not 1 <= int(match[2]) <= 12:
        return value
    month = f"{MONTHS[int(match[2]) - 1]} {match[1]}"
    return f"{int(match[3])} {month}" if match[3] else month


def last_day(valid_to: date | str | None) -> str:
    """The last day of a half-open period in words: ``30 April 2021`` for a ``validTo`` of 1 May 2021."""
    return day(dates.last_day(valid_to)) if valid_to else ""


def moment(value: str) -> str:
    """An ISO date and time as ``22 November 2026, 16:05 UTC``; what is no such time, as it is."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{day(read.date())}, {read:%H:%M} UTC"


def period(valid_from: date | None, valid_to: date | None, *, over: bool = False) -> str:
    """A half-open period in words, last day included: ``from 1 April 2019 to 31 March 2021``; empty where nothing is stated."""
    last = last_day(valid_to)
    if valid_from and last:
        if day(valid_from) == last:
            return f"on {last}"
        return f"{day(valid_from)} to {last}"
    if valid_from:
        return f"from {day(valid_from)}" + (", end not stated" if over else "")
    if last:
        return f"until {last}"
    return "date not stated" if over else ""


def number(value: object) -> str:
    """A number with thousands separated, without needless decimals; anything else as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    text = f"{exact:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def status(name: str) -> str:
    """``IN_FORCE`` as ``in force``."""
    return STATUS_WORDS.get(name, name.replace("_", " ").lower())


def counted(count: int, one: str, many: str = "") -> str:
    """``1 source``, ``3 sources``."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def one_of(unit: str) -> str:
    """A unit for a value of one: ``organisations`` as ``organisation``."""
    irregular = {"people": "person", "children": "child"}
    return irregular.get(unit, unit.removesuffix("s"))


def sentence(text: str) -> str:
    """With a capital at the start."""
    return text[:1].upper() + text[1:]


def spaced(name: str) -> str:
    """A camel-case name in words: ``asOf`` as ``as of``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
