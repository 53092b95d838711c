"""Reads Open Referral objects: their place, whether they are repeated, and the text in them.

The base of ``_open_referral_places.py`` and ``_open_referral_things.py``. JSON and tables come to the same objects: a row that a
table gives to another object bears its own place under :data:`PLACE`, so that a finding names the file and row it is in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from graphsvc.loading import IGNORED, Context, Directory, Fields, Finding, Listener, Origin, Severity, shown
from graphsvc.loading.layout import REASON
from graphsvc.provenance import Value
from loaders._open_referral_text import LONGEST, one_line, plain

PLACE: Final = "\x00place"
"""Key of the file and row of an object that a table gives to another."""
KEPT: Final = Finding("info", "kept", "This one is kept; another with its id is set aside.", "Leave it as it is.")
"""Why one that is not set aside stands among those that are."""
_UUID: Final = re.compile(r"^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$")
Values = Mapping[str, Value | tuple[Value, ...] | None]


class Object(Fields):
    """An Open Referral object, open for reading."""

    def __init__(self, context: Listener, values: Mapping[str, Any], origin: Origin, path: str = "") -> None:
        place = values.get(PLACE)
        if place:
            origin, path = Origin(place[0], place[1]), ""
        super().__init__(context, {name: value for name, value in values.items() if name != PLACE}, origin, path)
        self.kept = str(values.get(REASON) or "").startswith(KEPT.message)
        """Whether it only stands among rows set aside to be compared with one of them."""
        self.ignore("added when rows were set aside", *IGNORED)

    def objects(self, *names: str) -> list[Object]:
        """Takes the objects under each of the names."""
        return [Object(self.context, item._left, self.origin, item.path) for name in names for item in self.each(name)]

    def object(self, name: str) -> Object | None:
        """Takes the object under a name; ``None`` where there is none, or where it is empty."""
        found = [item for item in self.objects(name) if any(value not in (None, "", [], {}) for value in item._left.values())]
        if len(found) > 1:
            message = f"One object is expected under {name}, and there are {len(found)}: only the first is read."
            self.report("more-than-one", name, len(found), message, "Give one.")
        return found[0] if found else None

    @property
    def content(self) -> dict[str, Any]:
        """The values that were not taken yet."""
        return dict(self._left)


class Objects:
    """The ids, repeated objects and texts of one release."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.context: Context = directory.context
        self.exists: Callable[[str, str], bool] | None = None
        """Whether the release has an object of a kind and id; ``None`` where others may hold what is referred to."""
        self.violated = ""
        """The rule of the last violation."""

    def code(self, given: str) -> str:
        """Makes an id unique anywhere: a UUID stays; ``1``, which every directory has, gets the directory's name."""
        small = given.casefold()
        return small if _UUID.match(small) else f"{self.context.dataset.removeprefix('open-referral-')}-{given}"

    def is_new(self, kind: str, given: str, item: Object, *, listed: bool) -> bool:
        """Tells whether an object is the first of its id.

        Another one is a finding, and a violation where it is ``listed`` with other content: an item of its own, not part of one.
        """
        digest = hashlib.sha256(json.dumps(item.content, sort_keys=True, default=str).encode()).hexdigest()
        here = f"{item.origin.file}, {'row' if item.origin.file.endswith('.csv') else 'item'} {item.origin.row}"
        seen = f"{here} {item.path}"
        known, place = self.context.spool.first_place(f"open-referral {kind} {given.casefold()}", digest, seen)
        if item.kept or (known, place) == (digest, seen):
            return not item.kept
        place = place.rpartition(" ")[0]
        if known == digest:
            if listed:
                message = f"The {kind} stands in the release twice, word for word (first at {place}); it is read once."
                item.report("duplicate-item", "id", given, message, "Leave one out.", severity="info")
        elif listed:
            message = f"Another {kind} with the same id and other content stands at {place}: that one is kept."
            hint = "Give this one an id of its own, or leave one of the two out."
            self.violated = "duplicate-id"
            item.report("duplicate-id", "id", given, message, hint, severity="violation")
        elif self.context.first("described-twice", f"{kind} {given}"):
            message = f"The {kind} is described more than once, and not alike: what stands at {place} is kept."
            hint = "Nothing to do if one is a short form of the other."
            item.report("described-twice", "id", given, message, hint, severity="info")
        return False

    def refer(self, class_name: str, kind: str, entity: str, given: str, item: Object, column: str) -> str:
        """Passes on a stub of a thing that is only named by its id; one missing from the whole release is a finding."""
        if self.exists and not self.exists(kind, given):
            message = f"The {kind} {shown(given)!r} is not in the release."
            hint = "Add it, or correct the id; until then only its id is known."
            item.report("unresolved-reference", column, given, message, hint)
        stub: dict[str, Value | tuple[Value, ...]] = {"name": f"{given} (known only by its id)", "referenceOnly": True}
        qualifiers = replace(self.directory.qualifiers(given), confidence="INFERRED")
        return self.context.refer(self.context.make(class_name, entity, stub, qualifiers))

    # -- texts ------------------------------------------------------------------------------------------------------------------

    def text(self, item: Object, name: str) -> str:
        """Reads a text without markup and persons; lines are kept."""
        given = item.text(name)
        if len(given) > LONGEST:
            message = f"The text has {len(given):,} characters, and is read to {LONGEST:,}."
            item.report("text-too-long", name, given[:80], message, "Shorten it.")
        return self.clean(plain(given), item.place(name))

    def line(self, item: Object, name: str) -> str:
        """Reads a text without markup and persons, in one line."""
        return self.clean(one_line(item.text(name)), item.place(name))

    def clean(self, text: str, origin: Origin) -> str:
        """Takes persons out of a text, line by line, so that lists keep their lines."""
        return "\n".join(self.directory.words(line, origin) for line in text.splitlines())

    def withhold(self, item: Object) -> None:
        """Withholds contacts, telephone numbers and e-mail addresses."""
        item.withhold("contact", "contacts", "contact")
        item.withhold("telephone number", "phones", "phone")
        item.withhold("e-mail address", "email", "assurer_email")

    # -- findings ---------------------------------------------------------------------------------------------------------------

    def nameless(self, kind: str, given: str, item: Object, severity: Severity) -> None:
        """Reports an object that has no id or no name."""
        lacks = "name" if given else "id"
        hint = (
            f"Give it one; ask the directory what the {kind} {shown(given)!r} is called." if given else "Give it one of its own."
        )
        rule = "empty-name" if given else "missing-id"
        self.violated = rule if severity == "violation" else self.violated
        item.report(rule, lacks, given, f"The {kind} has no {lacks}.", hint, severity=severity)
        item.forget()
