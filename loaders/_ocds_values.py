"""Reads the values of a procurement notice (OCDS): texts, sums of money, periods, codes and categories.

Apart from loaders/ocds.py so that each file fits one idea: this one knows no object of the standard, only its values.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from graphsvc.loading import Context, Directory, Fields, Origin, Qualifiers

DUMMIES: Final = (0.0, 0.01, 1.0)
"""Amounts that senders fill in where they have none."""
_LOST_BREAKS: Final = re.compile(r"(?:rn){2,}(?=[^a-z]|[a-z]\)|$)|(?<=[.:;,)?!\s])rn(?=[^a-z]|$)")
_SURE_BREAKS: Final = re.compile(r"(?:rn){2,}")
_MOJIBAKE: Final = re.compile(r"â€|â‚¬|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]")
_UK_MOMENT: Final = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?$")
_CPV: Final = re.compile(r"^(\d{8})(?:-\d)?$")


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot of a process: its id, and the first and last day that the tender expects of its contract."""

    id: str
    period: tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Money:
    """The identity of an observation of a sum of money: its subject, its code, its label, and its qualifiers."""

    subject: str
    code: str
    label: str
    qualifiers: Qualifiers


class Values:
    """Reads values of one release of a directory."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.context: Context = directory.context

    # -- texts ----------------------------------------------------------------------------------------------------------------

    def prose(self, fields: Fields, name: str) -> str:
        """Reads free text without persons; line breaks that were lost on the way (``rnrn``) become spaces again."""
        place = fields.place(name)
        text = fields.text(name)
        mended = _LOST_BREAKS.sub("\n", _SURE_BREAKS.sub("\n", text))
        clean = self.directory.words(mended, place)
        if mended != text:
            message = "The text holds ‘rn’ where line breaks were lost on the way; they are read as spaces."
            self._once(place, fields, "lost-line-breaks", clean, message, "Nothing to do; tell the publisher of it.")
        if _MOJIBAKE.search(text):
            message = "The text holds letters that were saved in one encoding and read in another, such as â€™ for ’."
            self._once(place, fields, "mojibake", clean, message, "Mend it at its publisher; it is kept as it stands.")
        return clean

    def code(self, fields: Fields, name: str, scheme: str) -> str:
        """Returns the term of a code such as ``tenderAmendment``, by its enum name; empty, with a finding, for an unknown one."""
        place = fields.place(name)
        return self.term(fields.text(name), scheme, place)

    def codes(self, fields: Fields, name: str, scheme: str) -> tuple[str, ...]:
        """Returns the terms of a list of codes."""
        place = fields.place(name)
        found = (self.term(text, scheme, place) for text in fields.texts(name))
        return tuple(dict.fromkeys(item for item in found if item))

    def term(self, text: str, scheme: str, place: Origin) -> str:
        """Returns the enum name of a code in camel case."""
        concept = self.directory.term(scheme, re.sub(r"(?<=[a-z])(?=[A-Z])", "-", text).lower(), place)
        return concept.name if concept else ""

    # -- dates ----------------------------------------------------------------------------------------------------------------

    def day(self, fields: Fields, name: str) -> date | None:
        """Reads the day of a date and time, as it is written: senders write local days, with whatever offset."""
        place = fields.place(name)
        return self.directory.day(fields.text(name), place)

    def period(self, fields: Fields, name: str) -> tuple[date | None, date | None]:
        """Reads the first and last day of a period."""
        found = fields.below(name)
        if found is None:
            return None, None
        start, last = self.day(found, "startDate"), self.day(found, "endDate")
        found.ignore("the end is not reckoned from it", "durationInDays", "maxExtentDate")
        found.close()
        self.directory.report_backwards(start, last, fields.place(name))
        return start, last

    # -- money ----------------------------------------------------------------------------------------------------------------

    def observe(self, fields: Fields, money: Money, *, value: str = "value", least: str = "") -> None:
        """Passes on a sum of money as an observation; ``value`` and ``least`` name the keys of the upper and the lower end."""
        highest, currency = self._amount(fields, value)
        lowest, other = self._amount(fields, least) if least else (None, "")
        currency = currency or other
        if highest is None and lowest is None:
            return
        values: dict[str, str | float | int] = {"name": money.label if currency == "GBP" else f"{money.label} ({currency})"}
        values |= {"measure": "MONEY", "unit": "POUNDS" if currency == "GBP" else "OTHER"}
        if lowest is not None and lowest != highest:
            values["minimum"] = lowest
            if highest is not None:
                values["maximum"] = highest
        elif highest is not None:
            values["value"] = highest
        observation = self.context.coded("Observation", "ocds", money.code)
        self.directory.record("Observation", observation, values, money.qualifiers, fields.origin)
        self.directory.relate(observation, "observes", money.subject, money.qualifiers, fields.origin)

    def _amount(self, fields: Fields, name: str) -> tuple[float | int | None, str]:
        found = fields.below(name)
        if found is None:
            return None, ""
        currency = found.text("currency").upper()
        text = found.text("amount") or found.text("amountGross")
        found.ignore("the amount without VAT is read", "amountGross")
        found.ignore("not kept of an amount", "amountNet", "valueAddedTaxIncluded", "valueCalculationMethod", "uri")
        found.close()
        if not text:
            return None, ""
        try:
            amount = float(text)
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount) or amount < 0:
            fields.report("not-an-amount", name, text, "This is no amount of money, and is left out.", "Write a plain number.")
            return None, ""
        if amount in DUMMIES:
            message = "Senders fill in 0, 0.01 or 1 where they state no value: the amount is left out and counts as not stated."
            fields.report("dummy-value", name, text, message, "Ask the buyer for the value if it matters.")
            return None, ""
        if not currency:
            message = "The amount has no currency, and is left out."
            fields.report("no-currency", name, text, message, "Ask the publisher for the currency.")
            return None, ""
        if currency != "GBP":
            message = f"The amount is not in pounds; it is kept in {currency}, with the unit ‘other’."
            fields.report("other-currency", name, f"{text} {currency}", message, "Leave it out of sums in pounds.")
        return int(amount) if amount.is_integer() else amount, currency

    # -- categories -----------------------------------------------------------------------------------------------------------

    def categories(self, fields: Fields, *names: str) -> list[str]:
        """Passes on the categories under the names; a CPV code has eight digits, without its check digit."""
        found = [self._category(item) for name in names for item in fields.each(name)]
        return list(dict.fromkeys(item for item in found if item))

    def _category(self, fields: Fields) -> str:
        scheme, code, name = fields.text("scheme"), fields.text("id"), self.prose(fields, "description")
        fields.ignore("the code says it", "uri")
        fields.close()
        if not scheme or not code:
            return ""
        if scheme.upper() in ("CPV", "CPVS"):
            scheme = scheme.upper()
            digits = _CPV.match(code)
            if scheme == "CPV" and digits is None:
                message = "A CPV code is eight digits, with or without a check digit; this is none, and is left out."
                fields.report("bad-cpv-code", "id", code, message, "Look it up again; a zero at its beginning may be lost.")
                return ""
            code = digits.group(1) if digits else code
        slug = re.sub(r"[^a-z0-9]+", "-", scheme.casefold()).strip("-")
        if name:
            first, _ = self.context.spool.first_place(f"ocds category {slug} {code}", name, "")
            return self.directory.category(scheme, code, first, fields.origin)
        return self.directory.refer("Category", slug, code, code, {"code": code, "classification": scheme})

    def item(self, fields: Fields) -> tuple[list[str], list[str]]:
        """Reads the categories of an item that is bought, and the regions or postcodes that it is for."""
        categories, places = self.categories(fields, "classification", "additionalClassifications"), []
        for address in [*fields.each("deliveryAddresses"), *fields.each("deliveryAddress")]:
            places += [text for text in (self.prose(address, "region"), address.text("postalCode")) if text]
            address.ignore("the region or postcode is kept", "countryName", "country", "locality", "streetAddress", "description")
            address.close()
        fields.ignore(
            "not kept of an item", "id", "description", "quantity", "unit", "relatedLot", "deliveryLocation", "attributes"
        )
        fields.close()
        return categories, places

    # -- amendments -----------------------------------------------------------------------------------------------------------

    def amendments(self, fields: Fields) -> tuple[str, ...]:
        """Reads what was changed, when and why, from the objects under ``amendments`` and ``amendment``."""
        found = []
        for item in [*fields.each("amendments"), *fields.each("amendment")]:
            day = self.day(item, "date")
            texts = [self.prose(item, "description"), self.prose(item, "rationale")]
            item.ignore(
                "the latest release says what holds", "id", "releaseID", "amendsReleaseID", "changes", "unstructuredChanges"
            )
            item.ignore("not kept of an amendment", "rationaleClassifications")
            item.close()
            words = " ".join(dict.fromkeys(text for text in texts if text)) or "amended"
            found.append(f"{day.isoformat()}: {words}" if day else words)
        return tuple(dict.fromkeys(found))

    def _once(self, place: Origin, fields: Fields, rule: str, value: str, message: str, hint: str) -> None:
        """Reports a finding once for each column; ``value`` is shown, and must hold no persons."""
        name = (place.column or "").rpartition(".")[2]
        if fields.is_first(rule, f"{place.file} {place.column}"):
            fields.report(rule, name, value, message, hint, severity="info")


def moment(text: object) -> str:
    """Writes a date and time as text that sorts in order of time, whatever its offset; a day without a time as that day alone.

    Days as they are written in the UK, 01/03/2025, are read too. Empty for a text that is no date.
    """
    plain = str(text or "").strip()
    uk = _UK_MOMENT.match(plain)
    if uk:
        day, month, year, time = uk.groups(default="")
        plain = f"{year}-{int(month):02}-{int(day):02}{f'T{time}' if time else ''}"
    try:
        if len(plain) <= len("2025-03-01"):
            return date.fromisoformat(plain).isoformat()
        found = datetime.fromisoformat(plain)
    except (ValueError, OverflowError):
        return ""
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except OverflowError:
        return found.replace(tzinfo=UTC).isoformat()
