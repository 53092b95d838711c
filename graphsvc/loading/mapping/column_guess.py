"""Guesses the meaning of a table's column from its header and values, with a degree of certainty and a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from graphsvc.loading.mapping.personal_columns import sort_of
from graphsvc.loading.mapping.values import DATE_FORMS

Sureness = Literal["sure", "likely", "a guess"]
Role = Literal[
    "ods", "cqc", "gss", "uprn", "id", "name", "postcode", "address", "latitude", "longitude", "website", "date", "hours",
    "description", "category", "withhold", "unknown",
]  # fmt: skip

NOTHING: Final = frozenset({"na", "n/a", "#n/a", "null", "none", "nil", "-", "--", "unknown", "not known", "closed"})
"""Texts that often stand for nothing; ``CLOSED`` among opening hours."""
_POSTCODE: Final = re.compile(r"^[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}$", re.IGNORECASE)
_ODS: Final = re.compile(r"^(?=.*\d)[A-Z0-9]{3,6}$")
_GSS: Final = re.compile(r"^[EJKLMNSW]\d{7,8}$")
_CQC: Final = re.compile(r"^1-\d{6,12}$")
_NUMBER: Final = re.compile(r"^[+-]?\d{1,3}\.\d+$")
_WEB: Final = re.compile(r"^(https?://|www\.)", re.IGNORECASE)
_HOURS: Final = re.compile(r"^\d{1,2}[:.]\d{2} ?[-–] ?\d{1,2}[:.]\d{2}")
_DATES: Final = {
    "yyyy-mm-dd": re.compile(r"^\d{4}-\d{2}-\d{2}([T ].*)?$"), "yyyymmdd": re.compile(r"^(19|20)\d{2}[01]\d[0-3]\d$"),
    "dd/mm/yyyy": re.compile(r"^\d{1,2}/\d{1,2}/\d{4}( .*)?$"), "dd-mm-yyyy": re.compile(r"^\d{1,2}-\d{1,2}-\d{4}$"),
    "dd.mm.yyyy": re.compile(r"^\d{1,2}\.\d{1,2}\.\d{4}$"), "dd mmm yyyy": re.compile(r"^\d{1,2} [A-Za-z]{3} \d{4}$"),
    "dd-mmm-yyyy": re.compile(r"^\d{1,2}-[A-Za-z]{3}-\d{4}$"), "dd mmmm yyyy": re.compile(r"^\d{1,2} [A-Za-z]{4,9} \d{4}$"),
}  # fmt: skip
UNDERSTOOD_DATES: Final = frozenset({"yyyy-mm-dd", "yyyymmdd", "dd/mm/yyyy"})
"""Forms that are read without a step."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess at the meaning of one column."""

    column: str
    role: Role
    sureness: Sureness
    why: str
    detail: str = ""
    """Sort of what is withheld; form of the dates; ``gss`` where codes have lost zeros."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The values of a column in the rows that were looked at, without placeholders for no value."""

    column: str
    words: str
    """The header in small letters, words apart."""
    values: Sequence[str]
    different: int

    def share(self, test: Callable[[str], object]) -> float:
        """Returns the share of the values for which a test holds; 0 where there are none."""
        return sum(1 for value in self.values if test(value)) / len(self.values) if self.values else 0.0


def guess(column: str, values: Sequence[str]) -> Guess:
    """Guesses the meaning of a column."""
    kept = [value for value in values if value.casefold() not in NOTHING]
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).casefold()).strip()
    sort = sort_of(column, kept)
    if sort:
        return Guess(
            column, "withhold", "likely", f"it seems to hold {sort}s" if sort != "contact" else "it seems to hold contacts", sort
        )
    seen = Seen(column, words, kept, len(set(kept)))
    return _by_code(seen) or _by_place(seen) or _by_text(seen) or Guess(column, "unknown", "a guess", "nothing tells what it is")


def _has(seen: Seen, pattern: str) -> bool:
    return bool(re.search(rf"\b({pattern})\b", seen.words))


def _by_code(seen: Seen) -> Guess | None:
    whole = seen.share(_GSS.match)
    if whole > 0.9:
        lost = seen.share(lambda value: len(value) == 8)
        why = "its values are GSS codes" + (", of which some have lost a zero" if lost else "")
        return Guess(seen.column, "gss", "likely" if lost else "sure", why, "gss" if lost else "")
    if seen.share(_CQC.match) > 0.9:
        return Guess(seen.column, "cqc", "sure", "its values look like ids of the Care Quality Commission")
    coded = seen.share(_ODS.match)
    if coded > 0.7 and _has(
        seen, r"ods|ods code|organisation data service.*|organisationcode|(organisation|org|practice|provider) code"
    ):
        own = seen.different == len(seen.values) and not _has(seen, "parent|provider|commissioner|icb|ccg")
        return Guess(
            seen.column,
            "ods",
            "sure" if own else "likely",
            "its header and values are those of ODS codes",
            "" if own else "other",
        )
    if _has(seen, "uprn"):
        return Guess(seen.column, "uprn", "sure", "its header says so")
    if seen.different == len(seen.values) > 1 and _has(seen, "id|code|ref|reference|num|number|identifier|uid|key"):
        return Guess(seen.column, "id", "likely", "its header says so, and every value is another")
    return None


def _by_place(seen: Seen) -> Guess | None:
    if seen.share(_POSTCODE.match) > 0.7:
        return Guess(seen.column, "postcode", "sure", "its values are postcodes")
    numbers = seen.share(_NUMBER.match)
    for role, pattern in (("latitude", "lat|latitude"), ("longitude", "lon|lng|long|longitude")):
        if numbers > 0.7 and _has(seen, pattern):
            return Guess(
                seen.column,
                "latitude" if role == "latitude" else "longitude",
                "sure",
                "its header says so, and its values are degrees",
            )
    if _has(seen, r"address|address ?(line)? ?\d|street|city|town|county"):
        return Guess(seen.column, "address", "likely", "its header says so")
    return None


def _by_text(seen: Seen) -> Guess | None:
    if seen.share(_WEB.match) > 0.7:
        return Guess(seen.column, "website", "likely", "its values are web addresses")
    if seen.share(_HOURS.match) > 0.7:
        return Guess(seen.column, "hours", "likely", "its values are times of the day")
    for form, pattern in _DATES.items():
        if seen.share(pattern.match) > 0.9 and form in DATE_FORMS:
            return Guess(seen.column, "date", "likely", f"its values are days written as {form}", form)
    if _has(seen, "name|title") or seen.words in ("organisation", "practice", "pharmacy", "service"):
        return Guess(seen.column, "name", "likely", "its header says so")
    if _has(seen, "description|summary|notes|about"):
        return Guess(seen.column, "description", "likely", "its header says so")
    if _has(seen, "type|sub ?type|category|sector|kind|specialism.*") and seen.values:
        return Guess(seen.column, "category", "likely", f"its header says so, and it has {seen.different} different values")
    return None
