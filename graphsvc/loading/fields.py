"""Fields: one row or JSON object that a loader takes apart, so that what it leaves is known.

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
from graphsvc.provenance import Origin


class Listener(Protocol):
    """Who is told what became of the values: the Context of a load."""

    ledger: Audit

    def report(self, finding: Finding) -> None:
        """Note a finding."""
        ...

    def withhold(self, sort: str, text: str, origin: Origin) -> None:
        """Note that a text about a person was left out."""
        ...

    def first(self, rule: str, key: str) -> bool:
        """Whether a rule is broken by this key for the first time."""
        ...


class Fields:
    """The values of one row (by column) or of one JSON object (by key); ``path`` is where the object stands in the document."""

    def __init__(self, context: Listener, values: Mapping[str, Any], origin: Origin, path: str = "") -> None:
        self.context = context
        self.origin = origin
        self.path = path
        self._left = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def place(self, name: str) -> Origin:
        """Where the value of a name stands, for a finding."""
        return replace(self.origin, column=self._named(name))

    def peek(self, name: str) -> Any:
        """A value, left where it is; ``None`` if there is none."""
        return self._left.get(name)

    def take(self, name: str) -> Any:
        """A value that is used; ``None`` if there is none. An empty text is none."""
        value = self._left.pop(name, None)
        if _empty(value):
            return None
        self.context.ledger.use(self._named(name))
        return value

    def text(self, name: str) -> str:
        """A value that is used, as stripped text; a list or an object in its place is a finding, and no text."""
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

    def below(self, name: str) -> Fields | None:
        """The object under a name; ``None`` if there is none. A list of one object counts as the object."""
        found = self.each(name)
        if len(found) > 1:
            message = f"One object is expected under {self._named(name)}, and there are {len(found)}: only the first is read."
            self.report("more-than-one", name, len(found), message, "Give one, or teach the loader to read several.")
            for other in found[1:]:
                other.forget()
        return found[0] if found else None

    def each(self, name: str) -> list[Fields]:
        """The objects under a name; one object alone counts as a list of one, as some senders write it."""
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
        """The plain values under a name, as texts; one alone counts as a list of one."""
        value = self._left.pop(name, None)
        items = value if isinstance(value, list) else [value]
        found = [str(item).strip() for item in items if not _empty(item) and not isinstance(item, dict | list)]
        self.context.ledger.use(self._named(name), len(found))
        for item in items:
            if isinstance(item, dict | list) and item:
                self.report("not-a-text", name, shape_of(item), "A text is expected here.", "Give plain texts.")
        return found

    def ignore(self, why: str, *names: str) -> None:
        """Leave out on purpose, and say why."""
        for name in names:
            if not _empty(self._left.pop(name, None)):
                self.context.ledger.ignore(self._named(name), why)

    def withhold(self, sort: str, *names: str) -> None:
        """Leave out what is about persons: ``telephone number``, ``e-mail address``, ``contact``, ``name of a person``."""
        for name in names:
            value = self._left.pop(name, None)
            if not _empty(value):
                count = len(value) if isinstance(value, list) else 1
                for item in value if isinstance(value, list) else [value]:
                    text = json.dumps(item, ensure_ascii=False) if isinstance(item, dict | list) else str(item)
                    self.context.withhold(sort, text, self.place(name))
                self.context.ledger.ignore(self._named(name), f"withheld: {sort}", count)

    def forget(self) -> None:
        """Leave all of it out without a word: it was reported as a whole."""
        self._left.clear()

    def close(self) -> None:
        """Report everything that is left: nothing is done with it."""
        for name, value in self._left.items():
            if _empty(value):
                continue
            named = self._named(name)
            self.context.ledger.report(named)
            message = f"Nothing is done with {named!r}."
            self.report("not-handled", name, shape_of(value), message, "Tell us what it means, or take it out.", once=named)
        self._left.clear()

    def report(
        self, rule: str, name: str, value: object, message: str, hint: str, *, severity: Severity = "warning", once: str = ""
    ) -> None:
        """A finding about the value of a name. With ``once`` only the first of that key is a finding; the audit counts all."""
        if once and not self.context.first(rule, once):
            return
        place = (self.origin.file, self.origin.row, self._named(name), shown(value))
        self.context.report(Finding(severity, rule, message, hint, "", *place))

    def _named(self, name: str) -> str:
        name = shown_name(name) if name else name
        return f"{self.path}.{name}" if self.path and name else name or self.path


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())
