"""Decides how much of a value may be shown: all of one that is understood and about nobody, else only its shape.

Findings, audits, drafts and messages repeat what stands in a file. A key or column that nobody has explained may hold anything,
a person's name and telephone number too; so of its values only the shape is told (``an e-mail address``, ``a text of 23
characters``). Every finding passes :func:`guarded` where it is made, so that no loader has to think of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from graphsvc.errors import InputError
from graphsvc.loading.findings import Finding, shown
from graphsvc.loading.persons.text import heading_names_person, names_person, without_persons

_SHAPE: Final = re.compile(
    r"^(?:an? (?:e-mail address|telephone number|number|date|time|web address|postcode|yes or no|object"
    r"|text of [\d,]+ characters?|list of [\d,]+|text that names a person))$"
)
_NUMBER: Final = re.compile(r"^[+-]?[£$€]?\d[\d,. ]*%?$")
_DATE: Final = re.compile(
    r"^(?:\d{4}-\d\d(?:-\d\d)?|\d{1,2}[/.-](?:\d{1,2}|[A-Za-z]{3})[/.-]\d{2,4}|[12]\d{3}[01]\d[0-3]\d)(?:[T ].*)?$"
)
_TIME: Final = re.compile(r"^\d{1,2}:\d\d(?::\d\d)?$")
_POSTCODE: Final = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$", re.IGNORECASE)
_WEB: Final = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_LOST_ZERO: Final = re.compile(r"^[1-37]\d{9}$")
"""A UK telephone number that a spreadsheet took for a number."""
_IDENTIFIER: Final = re.compile(r"^[A-Za-z_$@#*:][\w.:/$#@*\[\]-]{0,79}$")
"""A key or heading as programs write them."""
_QUOTED: Final = re.compile(r"(?P<sign>['\"“])(?P<text>[^'\"“”\n]{3,200})['\"”]")
_LONG_DIGITS: Final = re.compile(r"\d{9,}")
_CODE: Final = re.compile(r"^(?=.*\d)(?!\d{9,}$)[A-Za-z0-9][A-Za-z0-9._:/#-]{0,79}$")
"""A code or an id: one word with a digit in it, and no long number."""


def shape_of(value: object) -> str:
    """Describes the shape of a value: ``a telephone number``, ``a text of 23 characters``; empty for no value."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "a yes or no"
    if isinstance(value, int | float) and not _LOST_ZERO.match(str(value)):
        return "a number"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value):,}"
    text = " ".join(str(value).split())
    if _SHAPE.match(text):
        return text
    for what, pattern in (("date", _DATE), ("time", _TIME), ("postcode", _POSTCODE), ("web address", _WEB)):
        if pattern.match(text):
            return f"a {what}"
    clean, counts = without_persons(text)
    bare = not re.search(r"[A-Za-z0-9]", clean.replace("[withheld]", ""))
    if bare and counts["e-mail address"]:
        return "an e-mail address"
    if _LOST_ZERO.match(text) or (bare and counts["telephone number"]):
        return "a telephone number"
    if _NUMBER.match(text):
        return "a number"
    return f"a text of {len(text):,} character{'s' if len(text) != 1 else ''}"


@lru_cache(maxsize=8192)
def shown_name(name: str) -> str:
    """Returns a key, heading or path as it may be shown; personal data, or a number, as its shape in brackets."""
    text = shown(name)
    if without_persons(text)[1] or _LONG_DIGITS.search(text) or _LOST_ZERO.match(text):
        return f"[{shape_of(name)}]"
    if _IDENTIFIER.match(text):
        return text
    return f"[{shape_of(name)}]" if heading_names_person(text) else text


def shown_names(names: object) -> str:
    """Returns several keys or headings as they may be shown."""
    return shown(", ".join(shown_name(str(name)) for name in names)) if isinstance(names, list | tuple | dict) else ""


@lru_cache(maxsize=1024)
def shown_value(value: str) -> str:
    """Returns an understood value as it may be shown; one about a person as its shape."""
    if _SHAPE.match(value):
        return value
    if names_person(value) or heading_names_person(value):
        return "a text that names a person"
    return shape_of(value) if without_persons(value)[1] or _LOST_ZERO.match(value) else value


def shown_message(text: str) -> str:
    """Returns a message as it may be shown, with its quotations checked by the rule against persons."""
    if not text:
        return text
    text = _QUOTED.sub(lambda found: _quoted(found.group(), found.group("text")), text)
    return without_persons(text)[0]


def _quoted(whole: str, text: str) -> str:
    return shape_of(text) if names_person(text) or heading_names_person(text) or _LOST_ZERO.match(text) else whole


def guarded(finding: Finding, understood: Callable[[str], bool]) -> Finding:
    """Returns a finding as it may be kept and shown.

    ``understood`` tells of a column or key whether its values are known to be what the graph holds. Of any other the shape is
    shown; of a whole row too, unless the value is a code. A value that is about a person is never shown, nor quoted in words.
    """
    columns = [item for item in (finding.column, *finding.column.split(", ")) if item]
    known = any(understood(column) for column in columns) if columns else bool(_CODE.match(finding.value))
    value = shown_value(finding.value) if known else shape_of(finding.value)
    message, hint = finding.message, finding.hint
    if value != finding.value:
        message, hint = (_without(text, finding.value, value) for text in (message, hint))
    message, hint = shown_message(message), shown_message(hint)
    column = finding.column if known and columns else ", ".join(shown_name(item) for item in finding.column.split(", "))
    if (message, hint, column, value) == (finding.message, finding.hint, finding.column, finding.value):
        return finding
    return replace(finding, message=message, hint=hint, column=column, value=value)


def _without(text: str, value: str, shape: str) -> str:
    """Replaces a value in a sentence by its shape."""
    text = text.replace(repr(value), shape)
    return re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", shape, text) if len(value) > 3 else text


def private(error: InputError) -> InputError:
    """Returns an error about an input as it may be shown."""
    message, hint = shown_message(error.message), shown_message(error.hint)
    if (message, hint) != (error.message, error.hint):
        error.message, error.hint, error.args = message, hint, (message,)
    return error


def clean_stored(finding: dict[str, Any], used: Callable[[str], bool]) -> dict[str, Any]:
    """Cleans a finding that was stored before the rule existed."""
    return guarded(Finding.from_json(finding), used).as_json()
