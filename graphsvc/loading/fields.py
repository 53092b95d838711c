"""Fields: gives a loader the values of one row or JSON object, and reports every value that it does not take.

``take`` what is used, ``ignore`` with a reason, ``withhold`` what is about persons; ``close`` reports the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from graphsvc.loading.audit import Audit
from graphsvc.loading.findings import Finding, Severity, shown
from graphsvc.loading.persons.privacy import shape_of, shown_name
from graphsvc.loading.times import time_of_day
from graphsvc.provenance import Origin


class Listener(Protocol):
    """The protocol of what is told about the values: the Context of a load."""

    ledger: Audit

    def report(self, finding: Finding) -> None:
        """Reports a finding."""
        ...

    def withhold(self, sort: str, text: str, origin: Origin) -> None:
        """Counts a text about a person that was left out."""
        ...

    def first(self, rule: str, key: str) -> bool:
        """Tells whether a rule is broken by this key for the first time."""
        ...


class Fields:
    """The values of one row (by column) or JSON object (by key); ``path`` is the place of the object in the document."""

    def __init__(self, context: Listener, values: Mapping[str, Any], origin: Origin, path: str = "") -> None:
        self.context = context
        self.origin = origin
        self.path = path
        self._left = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def place(self, name: str) -> Origin:
        """Returns the place of the value under a name, for a finding."""
        return replace(self.origin, column=self._named(name))

    def peek(self, name: str) -> Any:
        """Returns a value without taking it; ``None`` if there is none."""
        return self._left.get(name)

    def take(self, name: str) -> Any:
        """Takes a value that is used; ``None`` if there is none or it is empty."""
        value = self._left.pop(name, None)
        if _empty(value):
            return None
        self.context.ledger.use(self._named(name))
        return value

    def text(self, name: str) -> str:
        """Takes a value that is used, as stripped text; a list or an object is a finding, and gives an empty text."""
        value = self.take(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, dict | list):
            sort = "a list" if isinstance(value, list) else "an object"
            self.report(
                "not-a-text", name, shape_of(value), f"A text is expected here, and this is {sort}.", "Give one plain text."
            )
            return ""
        return str(value).strip()

    def time(self, name: str) -> str:
        """Takes a time of day, as ``09:30``; a text that is none is a finding, and gives an empty text."""
        text = self.text(name)
        found = time_of_day(text)
        if text and not found:
            message = "This is no time of day, and is left out."
            self.report("not-a-time", name, text, message, "Write 09:30, or 24:00 for the end of a day.")
        return found

    def below(self, name: str) -> Fields | None:
        """Takes the object under a name; ``None`` if there is none. A list of one object counts as the object."""
        found = self.each(name)
        if len(found) > 1:
            message = f"One object is expected under {self._named(name)}, and there are {len(found)}: only the first is read."
            self.report("more-than-one", name, len(found), message, "Give one, or teach the loader to read several.")
            for other in found[1:]:
                other.forget()
        return found[0] if found else None

    def each(self, name: str) -> list[Fields]:
        """Takes the objects under a name; a single object counts as a list of one, as some senders write it."""
        value = self._left.pop(name, None)
        if _empty(value):
            return []
        items = value if isinstance(value, list) else [value]
        found = [Fields(self.context, item, self.origin, self._named(name)) for item in items if isinstance(item, dict)]
        if found:
            self.context.ledger.use(self._named(name), len(found))
        for item in items:
            if not isinstance(item, dict) and not _empty(item):
                self.report("not-an-object", name, shape_of(item), "An object is expected here.", "Mend the file at its sender.")
        return found

    def texts(self, name: str) -> list[str]:
        """Takes the plain values under a name, as texts; a single value counts as a list of one."""
        value = self._left.pop(name, None)
        items = value if isinstance(value, list) else [value]
        found = [str(item).strip() for item in items if not _empty(item) and not isinstance(item, dict | list)]
        self.context.ledger.use(self._named(name), len(found))
        for item in items:
            if isinstance(item, dict | list) and item:
                self.report("not-a-text", name, shape_of(item), "A text is expected here.", "Give plain texts.")
        return found

    def ignore(self, why: str, *names: str) -> None:
        """Leaves values out on purpose, and states why."""
        for name in names:
            if not _empty(self._left.pop(name, None)):
                self.context.ledger.ignore(self._named(name), why)

    def withhold(self, sort: str, *names: str) -> None:
        """Leaves out values about persons: ``telephone number``, ``e-mail address``, ``contact``, ``name of a person``."""
        for name in names:
            value = self._left.pop(name, None)
            if not _empty(value):
                count = len(value) if isinstance(value, list) else 1
                for item in value if isinstance(value, list) else [value]:
                    text = json.dumps(item, ensure_ascii=False) if isinstance(item, dict | list) else str(item)
                    self.context.withhold(sort, text, self.place(name))
                self.context.ledger.ignore(self._named(name), f"withheld: {sort}", count)

    def forget(self) -> None:
        """Drops all values without a finding: the row or object was reported as a whole."""
        self._left.clear()

    def close(self) -> None:
        """Reports every value that was not taken."""
        for name, value in self._left.items():
            if _empty(value):
                continue
            named = self._named(name)
            self.context.ledger.report(named)
            message = f"Nothing is done with {named!r}."
            if self.is_first("not-handled", named):
                self.report("not-handled", name, shape_of(value), message, "Tell us what it means, or take it out.")
        self._left.clear()

    def is_first(self, rule: str, key: str) -> bool:
        """Tells whether a rule is broken by this key for the first time; an empty key always counts as new."""
        return not key or self.context.first(rule, key)

    def report(self, rule: str, name: str, value: object, message: str, hint: str, *, severity: Severity = "warning") -> None:
        """Reports a finding about the value under a name."""
        place = (self.origin.file, self.origin.row, self._named(name), shown(value))
        self.context.report(Finding(severity, rule, message, hint, "", *place))

    def _named(self, name: str) -> str:
        name = shown_name(name) if name else name
        return f"{self.path}.{name}" if self.path and name else name or self.path


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())
