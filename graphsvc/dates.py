"""Parses dates as papers give them: EDTF (ISO 8601-2) and the forms that UK papers use.

A start and an end are two expressions, because the ``edtf`` library guesses a date for the open side of an interval. Of each
it gives strict bounds; the start counts from its first day, the end to its last, so that ``2017/18`` as start and as end is
the financial year from 1 April 2017 to 31 March 2018. Unknown stays unknown: ``[..2019-07]`` as a start has no first day.
A financial year alone, and a quarter, say only between which days something began or ended: one of a set, in EDTF.

Source: Library of Congress, Extended Date/Time Format specification (2019), levels 0 to 2.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from graphsvc.errors import InputError

with warnings.catch_warnings():  # pyparsing warns of the library's own grammar, once, at import
    warnings.simplefilter("ignore")
    from edtf import parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

FORMS: Final = (
    "Write 2017, 2017-04, 2017-04-10, 2017/18 (financial year), Q2 2018/19 (its quarter) or [..2019-07] (by July 2019)."
)

_FINANCIAL_YEAR: Final = re.compile(
    r"^(?:Q\s*(?P<quarter>\d)\s*,?\s*)?(?:FY\s*)?(?P<year>\d{4})\s*(?P<between>[/–-])\s*(?P<following>\d{2})$", re.IGNORECASE
)
_UK_DATE: Final = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_ISO_DATE: Final = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_OPEN_BEFORE: Final = re.compile(r"^\[\.\.")
_OPEN_AFTER: Final = re.compile(r"\.\.\]$")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_YEAR: Final = re.compile(r"^(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})$")


class DateError(InputError):
    """A text that is no date; ``part`` names the cell at fault: ``start`` or ``end``."""

    def __init__(self, message: str, hint: str, part: str = "start") -> None:
        super().__init__(message, hint)
        self.part = part


def period(start: str, end: str) -> tuple[date | None, date | None, str]:
    """Parses a period from the first day of ``start`` to the last day of ``end``: its bounds and its EDTF text.

    The bounds are half-open (the second is the day after the last day); ``None`` is not stated. The text is
    ``start/end`` with UK forms turned into EDTF, a side that is not stated left empty, and is empty if neither is. Where a
    side is a set (``[..2019-07]``) the sides are EDTF, though EDTF itself has no interval of sets.

    Raises :class:`DateError` for a side that is no date and for a start after the end.
    """
    start, end = start.strip(), end.strip()
    years = [_names_a_year(start), _names_a_year(end)]
    first, first_text = _start(start, all(years))
    last, last_text = _end(end, years[1] and bool(start))
    if first and last and first >= last:
        raise DateError(
            f"The start ({start}) is after the end ({end}).",
            "Swap them, or mend the one that is wrong; the end is the last day on which it still holds.",
            "end",
        )
    return first, last, f"{first_text}/{last_text}" if first_text or last_text else ""


def last_day(valid_to: date | str) -> date | str:
    """The last day on which something holds that no longer holds on ``valid_to``; what is no day, as it is.

    ``validTo`` is the first day after, in the store and in GraphQL; people are told the last day.
    """
    if isinstance(valid_to, str):
        try:
            return (date.fromisoformat(valid_to) - timedelta(days=1)).isoformat()
        except (ValueError, OverflowError):
            return valid_to
    return valid_to - timedelta(days=1) if valid_to > date.min else valid_to


LATER_END: Final = "9999-99-98"
"""Sorts after every ISO date and before an end that is not stated: nobody says by when a stated end came at the latest."""
Bound = tuple[str, str]
"""First and last day that a bound of a period may be, as ISO text; empty where not known, or not stated."""


def bounds_of_claim(valid_from: str | None, valid_to: str | None, edtf: str | None) -> tuple[Bound, Bound]:
    """The first day of a claim's period, and the first day on which it no longer holds, by its stored qualifiers.

    A bound that its EDTF does not agree with is one day: whoever gave it knew more.
    """
    (first, first_at_latest), (last, last_at_latest) = bounds(edtf or "")
    valid_from, valid_to = valid_from or "", valid_to or ""
    start, end = (_text(first), _text(first_at_latest)), (_text_after(last), _text_after(last_at_latest))
    return start if start[0] == valid_from else (valid_from, valid_from), end if end[1] == valid_to else (valid_to, valid_to)


def exact_start(valid_from: str | None, edtf: str | None) -> str | None:
    """The first day (ISO text) if the source states it to the day, else ``None``."""
    first, at_latest = bounds_of_claim(valid_from, None, edtf)[0]
    return first if first and first == at_latest else None


def exact_end(valid_to: str | None, edtf: str | None) -> str | None:
    """The day after the last day (ISO text) if the source states it to the day, else ``None``."""
    first, at_latest = bounds_of_claim(None, valid_to, edtf)[1]
    return first if first and first == at_latest else None


def day_after(day: str) -> str:
    """The day after a day, as ISO text."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError:
        return LATER_END


def split(edtf: str) -> tuple[str, str]:
    """The start and end expressions of a text that :func:`period` made."""
    first, _, last = edtf.partition("/")
    return first, last


def bounds(edtf: str) -> tuple[tuple[date | None, date | None], tuple[date | None, date | None]]:
    """First and last day on which it may have begun, and first and last day on which it may have ended, by an EDTF text.

    The text is one that :func:`period` made. ``None`` is not known, or not stated where the side is empty. The end is the last
    day on which it holds. A text that cannot be read states nothing.
    """
    try:
        first, last = (_side(text) for text in split(edtf))
    except DateError:
        return (None, None), (None, None)
    return first, last


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _text_after(day: date | None) -> str:
    return day_after(day.isoformat()) if day else ""


@lru_cache(maxsize=4096)
def _side(text: str) -> tuple[date | None, date | None]:
    return _bounds(text, "start")[:2] if text else (None, None)


def _names_a_year(text: str) -> bool:
    """Whether a text names a whole financial year: something "from 2017/18 to 2018/19" lasts from its first day to its last."""
    match = _FINANCIAL_YEAR.match(text)
    return bool(match and not match["quarter"] and match["between"] != "-")  # 2021-04 is a month


@lru_cache(maxsize=4096)
def _start(text: str, exact: bool) -> tuple[date | None, str]:
    if not text:
        return None, ""
    first, last, normal = _bounds(text, "start")
    return first, first.isoformat() if exact and first and last else normal


@lru_cache(maxsize=4096)
def _end(text: str, exact: bool) -> tuple[date | None, str]:
    if not text:
        return None, ""
    _, last, normal = _bounds(text, "end")
    if last is None:
        return None, normal
    try:
        return last + timedelta(days=1), last.isoformat() if exact else normal
    except OverflowError as error:
        raise DateError(f"{text!r} is too late a date.", "Leave the end empty where it is not stated.", "end") from error


def _bounds(text: str, part: str) -> tuple[date | None, date | None, str]:
    """First and last day of an expression, and its EDTF."""
    uk = _uk_bounds(text, part)
    if uk:
        first, last = uk
        return first, last, f"[{first.isoformat()}..{last.isoformat()}]"
    if "/" in text:
        raise _no_date(text, part)
    try:
        parsed: Any = parse_edtf(text)
    except EDTFParseException as error:
        raise _no_date(text, part) from error
    try:
        first_day = None if _OPEN_BEFORE.search(text) else _day(parsed.lower_strict())
        last_day = None if _OPEN_AFTER.search(text) else _day(parsed.upper_strict())
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise _no_date(text, part) from error
    return first_day, last_day, text


def _day(parts: Any) -> date:
    year, month, day = tuple(parts)[:3]
    return date(int(year), int(month), int(day))


def _uk_bounds(text: str, part: str) -> tuple[date, date] | None:
    """Bounds of ``2017/18`` and ``Q2 2018/19``; the financial year begins on 1 April."""
    match = _FINANCIAL_YEAR.match(text)
    if not match:
        return None
    year, following = int(match["year"]), int(match["following"])
    follows = (year + 1) % 100 == following
    if match["between"] == "-" and not match["quarter"]:
        if not follows or following <= 12:
            return None  # 2017-04 is a month, 2018-35 a quarter: EDTF reads them
        raise DateError(  # EDTF would read 2020-21 as the spring of 2020
            f"{text!r} may be a financial year or a season.",
            f"Write {year}/{following:02d} for the financial year, or the months.",
            part,
        )
    if not follows:
        raise DateError(
            f"{text!r} is no financial year: {following:02d} does not follow {year}.",
            f"Write {year}/{(year + 1) % 100:02d}, or the first and the last year in start and end.",
            part,
        )
    if not 1 <= year < 9999:
        raise _no_date(text, part)
    quarters = [date(year, 4, 1), date(year, 7, 1), date(year, 10, 1), date(year + 1, 1, 1), date(year + 1, 4, 1)]
    if not match["quarter"]:
        return quarters[0], quarters[4] - timedelta(days=1)
    quarter = int(match["quarter"])
    if not 1 <= quarter <= 4:
        raise DateError(
            f"{text!r} has no such quarter.", "A financial year has Q1 (April to June) to Q4 (January to March).", part
        )
    return quarters[quarter - 1], quarters[quarter] - timedelta(days=1)


def _no_date(text: str, part: str) -> DateError:
    """The error for a text that is no date, with what to write instead where that can be seen."""
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    iso = _ISO_DATE.match(text)
    if iso:
        return DateError(f"{shown!r} is no date: there is no such day in the calendar.", "Mend the day or the month.", part)
    uk = _UK_DATE.match(text)
    if uk:
        day, month, year = (int(item) for item in uk.groups())
        try:
            hint = f"Write {date(year, month, day).isoformat()}."
        except ValueError:
            hint = f"There is no such day in the calendar. {FORMS}"
        return DateError(f"{shown!r} is not written as a date is here (year first).", hint, part)
    words = _MONTH_YEAR.match(text)
    if words and words[2][:3].title() in _MONTHS:
        month = _MONTHS.index(words[2][:3].title()) + 1
        day_text = f"-{int(words[1]):02d}" if words[1] else ""
        return DateError(
            f"{shown!r} is not written as a date is here (year first).", f"Write {words[3]}-{month:02d}{day_text}.", part
        )
    if "/" in text:
        return DateError(
            f"{shown!r} is a period where one date is wanted.",
            "Write its first part in start and its last in end; a financial year is written 2017/18.",
            part,
        )
    return DateError(f"{shown!r} is no date.", f"{FORMS} Put the paper's own words in asStated.", part)


def day(text: str) -> date:
    """The calendar day of an ISO 8601 date such as ``2019-07-31``.

    Raises :class:`DateError`; for a month or a year its hint names the first and the last day to choose from.
    """
    stripped = text.strip()
    if _ISO_DATE.match(stripped):
        try:
            return date.fromisoformat(stripped)
        except ValueError as error:
            raise _no_date(stripped, "") from error
    try:
        first, last, _ = _bounds(stripped, "")
    except DateError as error:
        raise DateError(error.message, error.hint.replace(FORMS, "Write year, month and day: 2019-07-31."), "") from error
    choices = " or ".join(item.isoformat() for item in (first, last) if item)
    raise DateError(f"{stripped!r} is not one day.", f"Write one day, such as {choices}." if choices else "Write one day.", "")
