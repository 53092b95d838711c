"""ODS organisations as the ORD interface gives them: one entry, a page of the list, JSON lines, or a folder of such files.

An entry holds its own dates (``Legal``, ``Operational``), and dates of each role, relationship and succession. A claim takes the
legal period where there is one. Both sides of a succession tell of one event, so its id is made of the two codes and is the same
from either side. The list interface spells some keys in another way and gives no dates.

Source: the ODS ORD interface 2-0-0 of NHS England (Organisation Reference Data); shared codes are in ``_ods.py``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from graphsvc.loading import (
    IGNORED,
    OPEN_GOVERNMENT_LICENCE,
    Context,
    Described,
    Directory,
    DirectoryFacts,
    Fields,
    Finding,
    Look,
    Origin,
    Qualifiers,
    Value,
    describe_release,
    head,
    open_directory,
)
from loaders import _json_folder as json_folder
from loaders._ods import RELATIONS, Moment, kind_of, referrer, relation_of, role_code, role_thing
from loaders._ods_ord_keys import spelt

NAME = "ODS organisations (ORD interface, JSON)"

_DATASET: Final = "ods-ord"
_ARRAYS: Final = ("Organisations", "organisations", "Organisation", "organisation")
_CODE: Final = re.compile(r"^[A-Z0-9]{1,12}$")
_UPRN: Final = re.compile(r"^[0-9]{1,12}$")
_ADDRESS: Final = ("AddrLn1", "AddrLn2", "AddrLn3", "AddrLn4", "AddrLn5", "Town", "County")
_RECORD_CLASSES: Final = {"RC1": "ORGANISATION", "RC2": "SITE"}
_STATUSES: Final = {"Active": "ACTIVE", "Inactive": "INACTIVE"}
_CONTACTS: Final = {"tel": "telephone number", "fax": "telephone number", "mailto": "e-mail address"}
_NUMBER: Final = "a number by which the register finds the line again; it says nothing of the organisation"


def _is_ours(seen: Look) -> bool:
    if seen.form == "object" and {key.casefold() for key in seen.keys} & {"organisation", "organisations"}:
        return True
    keys = {key.casefold() for key in (seen.item_keys or seen.keys)}
    return "organisation" in keys or {"orgid", "orgrecordclass"} <= keys


def _is_list(seen: Look) -> bool:
    """Tells whether it is a page of the list, whose entries are short."""
    keys = {key.casefold() for key in (seen.item_keys or seen.keys)}
    return bool({"organisations", "orgid"} & keys)


def recognise(path: Path) -> bool:
    """Recognises JSON with ``Organisation`` or ``Organisations``, or of entries with ``OrgId``; a folder of mainly such files."""
    return json_folder.holds(path, _is_ours)


def describe(path: Path) -> Described:
    """Describes the dataset: the one named beside the file, else the ODS interface's."""
    return describe_release(path, _DATASET)


def load(path: Path, context: Context) -> None:
    """Loads each entry as an Organisation with its roles, relationships and successions."""
    publisher = "NHS England"
    facts = DirectoryFacts("ODS organisations (ORD interface)", publisher, OPEN_GOVERNMENT_LICENCE, partial=True)
    directory = open_directory(context, path, _DATASET, facts)
    entries = _Entries(context, directory)

    def opened(file: Path, seen: Look) -> None:
        if seen.keys.intersection(_ARRAYS):
            beside = {key: value for key, value in head(file, _ARRAYS).items() if "." not in key}
            context.fields(beside, Origin(file.name)).close()

    for file, item in json_folder.read(path, _ARRAYS, _is_ours, context, opened, last=_is_list):
        if not directory.faults(item.faults, file.name, item.number):
            entries.read(item.value, Origin(file.name, item.number))


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the entries set aside, as JSON lines with the reasons."""
    return json_folder.write_back(path, _ARRAYS, _is_ours, rows, folder)


@dataclass(frozen=True, slots=True)
class _Spell:
    """A stretch of time, both days included; ``None`` is not stated."""

    start: date | None = None
    last: date | None = None


class _Entries:
    """Reads entries one by one."""

    def __init__(self, context: Context, directory: Directory) -> None:
        self.context = context
        self.directory = directory
        self.moment = Moment(directory)
        self.refer = referrer(directory)

    def read(self, value: Any, origin: Origin) -> None:
        """Reads one entry, bare or under ``Organisation``."""
        whole = self.context.fields(spelt(value) if isinstance(value, dict) else {}, origin)
        whole.ignore("written by graphsvc into a file of rejects", *IGNORED)
        inner = whole.take("Organisation")
        if not isinstance(value, dict) or not isinstance(inner, dict | None):
            whole.report("not-an-entry", "", value, "This is no entry.", "Give the entry as an object.", severity="violation")
            return
        fields = whole if inner is None else self.context.fields(inner, origin)
        code = self._code(fields, "OrgId")
        if not code or not self._is_new(code, fields, value):
            return
        self._organisation(code, fields)
        fields.close()
        whole.close()

    # -- the entry ------------------------------------------------------------------------------------------------------------

    def _organisation(self, code: str, fields: Fields) -> None:
        model, directory, origin = self.context.model, self.directory, fields.origin
        entity = self.context.coded("Organisation", "ods", code)
        stated = self._stated(fields)
        spells = self._spells(fields)
        qualifiers = self._qualifiers(code, stated, spells, fields)[-1]
        roles = self._roles(code, entity, fields, qualifiers)
        kind = kind_of(model, roles)
        found = model.schemes["OrganisationKind"].find(kind)
        otherwise = f"{found.label if found else 'organisation'} {code} (name withheld)"
        values: dict[str, Value | tuple[Value, ...] | None] = {
            "name": directory.name(fields.text("Name"), otherwise, fields.place("Name")),
            "odsCode": code, "kind": kind, "directoryStatus": stated, "recordClass": self._record_class(fields),
            **self._place(fields), "website": self._contacts(fields),
        }  # fmt: skip
        for sort, periods in spells.items():
            values[f"{sort}Start"] = periods[-1].start.isoformat() if periods[-1].start else None
            values[f"{sort}End"] = periods[-1].last.isoformat() if periods[-1].last else None
        fields.ignore("when the register last touched the entry; what counts is the date of the release", "LastChangeDate")
        fields.ignore("the list of roles is kept with the ontology", "PrimaryRoleDescription")
        fields.ignore("the address of the entry at the interface", "OrgLink")
        if fields.text("refOnly") == "true":
            given = {name: value for name, value in values.items() if value} | {"referenceOnly": True}
            self.context.refer(self.context.make("Organisation", entity, given, qualifiers))
        else:
            directory.record("Organisation", entity, values, qualifiers, origin)
        self._relationships(code, entity, fields)
        self._successions(code, fields)

    def _code(self, fields: Fields, name: str) -> str:
        """Reads an ODS code, plain or with its register; empty, with a finding that sets the item aside, for a malformed one."""
        inside = fields.below(name) if isinstance(fields.peek(name), dict | list) else None
        code = (inside.text("extension") if inside else fields.text(name)).upper()
        if inside:
            inside.ignore("the number of the register itself", "root", "assigningAuthorityName")
            inside.close()
        if not _CODE.match(code):
            message = "This is no ODS code: one to twelve capital letters and digits." if code else "The ODS code is missing."
            rule, hint = "bad-code" if code else "missing-code", "Look it up in the ODS."
            fields.report(rule, f"{name}.extension" if inside else name, code, message, hint, severity="violation")
            return ""
        return code

    def _is_new(self, code: str, fields: Fields, value: Mapping[str, Any]) -> bool:
        """Tells whether it is the first entry with the code; full entries are read before pages of the list, which say less."""
        reference, short = bool(fields.peek("refOnly")), "PrimaryRoleDescription" in fields or "OrgLink" in fields
        content = {key: item for key, item in value.items() if key not in IGNORED}
        digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
        here = f"{fields.origin.file}, item {fields.origin.row}"
        known, place = self.context.spool.first_place(f"ods-ord {code}{' reference' if reference else ''}", digest, here)
        if (known, place) == (digest, here):
            return True
        if known == digest:
            message = f"The entry stands in the release twice, word for word (first at {place}); it is read once."
            fields.report("duplicate-item", "OrgId", code, message, "Leave one out.", severity="info")
        elif short:
            message = f"The entry stands at {place} too, where it says more; what the list says of it is passed over."
            if fields.is_first("described-twice", fields.origin.file):
                fields.report("described-twice", "OrgId", code, message, "Nothing to do.", severity="info")
        else:
            message = f"Another entry with the same code and other content stands at {place}: that one is kept."
            fields.report("duplicate-id", "OrgId", code, message, "Leave out the older of the two.", severity="violation")
        return False

    def _record_class(self, fields: Fields) -> str:
        code = fields.text("orgRecordClass").upper()
        if code and code not in _RECORD_CLASSES:
            place = fields.place("orgRecordClass")
            self.directory.unknown_code(code, "the list of ODS record classes", list(_RECORD_CLASSES), place)
        return _RECORD_CLASSES.get(code, "")

    def _stated(self, fields: Fields) -> str:
        """Returns the state of an entry or a line in the register: ACTIVE or INACTIVE, empty where it is not stated."""
        text = fields.text("Status")
        if text in _STATUSES:
            return _STATUSES[text]
        found = self.directory.term("DirectoryStatus", text, fields.place("Status"))
        return found.name if found else ""

    # -- dates ----------------------------------------------------------------------------------------------------------------

    def _spells(self, fields: Fields) -> dict[str, list[_Spell]]:
        """Reads the periods under ``Date``, by sort: ``legal`` and ``operational``."""
        found: dict[str, list[_Spell]] = {}
        for item in fields.each("Date"):
            sort = item.text("type").casefold()
            start = self.directory.day(item.text("Start"), item.place("Start"))
            last = self.directory.day(item.text("End"), item.place("End"))
            if sort not in ("legal", "operational"):
                self.directory.unknown_code(sort, "the list of sorts of date", ["Legal", "Operational"], item.place("type"))
            elif start or last:
                self.directory.report_backwards(start, last, item.place("End"))
                found.setdefault(sort, []).append(_Spell(start, last))
            item.close()
        for periods in found.values():
            periods.sort(key=lambda spell: (spell.start or date.min, spell.last or date.max))
        return found

    def _qualifiers(self, code: str, stated: str, spells: Mapping[str, list[_Spell]], fields: Fields) -> list[Qualifiers]:
        """Makes the qualifiers of each spell: of the legal ones where there are any."""
        chosen = spells.get("legal") or spells.get("operational")
        if not chosen:
            return [self.directory.qualifiers(code, status="ENDED" if stated == "INACTIVE" else "IN_FORCE")]
        made = []
        for number, spell in enumerate(chosen, start=1):
            latest = number == len(chosen)
            last = spell.last
            if latest and last is None and stated == "INACTIVE" and spells.get("operational"):
                last = spells["operational"][-1].last
            status = self.moment.status(stated if latest else "", spell.start, last, fields, "Status")
            made.append(self.directory.qualifiers(code, spell.start, last, status))
        return made

    # -- parts ----------------------------------------------------------------------------------------------------------------

    def _place(self, fields: Fields) -> dict[str, str]:
        """Reads address, postcode and UPRN."""
        outer = fields.below("GeoLoc")
        inner = outer.below("Location") if outer else None
        lines, postcode, uprn, place = [], fields.text("PostCode"), "", fields.place("PostCode")
        if outer and inner:
            lines = [text for name in _ADDRESS if (text := " ".join(inner.text(name).split()))]
            postcode, place = inner.text("PostCode") or postcode, inner.place("PostCode")
            uprn = inner.text("UPRN").removesuffix(".0")
            if uprn and not _UPRN.match(uprn):
                inner.report(
                    "bad-uprn", "UPRN", uprn, "This is no UPRN of up to twelve digits, and is left out.", "Look it up again."
                )
                uprn = ""
            inner.ignore("the postcode says where it is", "Country")
            inner.close()
            outer.close()
        address = self.directory.words(", ".join(lines), fields.place("GeoLoc"))
        return {"address": address, "postcode": self.directory.postcode(postcode, place), "uprn": uprn}

    def _contacts(self, fields: Fields) -> str:
        """Reads the website; telephones and e-mail addresses are withheld."""
        outer, website = fields.below("Contacts"), ""
        for item in outer.each("Contact") if outer else []:
            sort = item.text("type").casefold()
            if sort == "http":
                website = website or self.directory.website(item.text("value"), item.place("value"))
                item.ignore("the entry has another website before it", "value")
            else:
                item.withhold(_CONTACTS.get(sort, "contact"), "value")
                if sort not in _CONTACTS:
                    self.directory.unknown_code(sort, "the list of sorts of contact", [*_CONTACTS, "http"], item.place("type"))
            item.close()
        if outer:
            outer.close()
        return website

    def _roles(self, code: str, entity: str, fields: Fields, of_entry: Qualifiers) -> list[str]:
        """Passes on the roles; returns their codes, present roles first."""
        now: list[str] = []
        before: list[str] = []
        outer = fields.below("Roles")
        for item in outer.each("Role") if outer else []:
            given, place = item.text("id"), item.place("id")
            qualifiers = self._qualifiers(code, self._stated(item), self._spells(item), item)
            role = role_thing(self.directory, given, place)
            primary = item.text("primaryRole") == "true"
            for spell in qualifiers if role else []:
                self.directory.relate(entity, "hasRole", role, spell, fields.origin)
                if primary:
                    self.directory.relate(entity, "primaryRole", role, spell, fields.origin)
            (now if qualifiers[-1].status == "IN_FORCE" else before).append(role_code(given))
            item.ignore(_NUMBER, "uniqueRoleId")
            item.close()
        if outer:
            outer.close()
        if listed := fields.text("PrimaryRoleId"):
            role = role_thing(self.directory, listed, fields.place("PrimaryRoleId"))
            for relation in ("hasRole", "primaryRole") if role else ():
                self.directory.relate(
                    entity, relation, role, self.directory.qualifiers(code, status=of_entry.status), fields.origin
                )
            now.append(role_code(listed))
        return now or before

    def _relationships(self, code: str, entity: str, fields: Fields) -> None:
        outer = fields.below("Rels")
        for item in outer.each("Rel") if outer else []:
            given = item.text("id")
            relation, target = relation_of(given), self._target(item)
            if given and not relation:
                self.directory.unknown_code(given, "the list of ODS relationships", list(RELATIONS), item.place("id"))
            for qualifiers in self._qualifiers(code, self._stated(item), self._spells(item), item):
                if relation and target:
                    self.directory.relate(entity, relation, self.refer(target), qualifiers, fields.origin)
            item.ignore(_NUMBER, "uniqueRelId")
            item.close()
        if outer:
            outer.close()

    def _successions(self, code: str, fields: Fields) -> None:
        outer = fields.below("Succs")
        for item in outer.each("Succ") if outer else []:
            sort, target, spells = item.text("type").casefold(), self._target(item), self._spells(item)
            chosen = spells.get("legal") or spells.get("operational") or [_Spell()]
            if sort not in ("predecessor", "successor"):
                self.directory.unknown_code(
                    sort, "the list of sorts of succession", ["Predecessor", "Successor"], item.place("type")
                )
            elif target:
                before, after = (target, code) if sort == "predecessor" else (code, target)
                self._succession(before, after, target, chosen[0].start, fields.origin)
            item.ignore(_NUMBER, "uniqueSuccId")
            item.close()
        if outer:
            outer.close()

    def _succession(self, before: str, after: str, target: str, day: date | None, origin: Origin) -> None:
        """Passes on one event, in the same way whichever of the two organisations states it."""
        self.refer(target)
        event = self.context.coded("Succession", "ods", f"{before}-{after}")
        old, new = (self.context.coded("Organisation", "ods", code) for code in (before, after))
        qualifiers = self.directory.qualifiers(f"{before} {after}", day)
        on = day.isoformat() if day else None
        values = {"name": f"{after} succeeds {before}", "dateStated": on, "earliest": on, "latest": on}
        self.directory.record("Succession", event, values, qualifiers, origin)
        self.directory.relate(event, "predecessor", old, qualifiers, origin)
        self.directory.relate(event, "successor", new, qualifiers, origin)
        self.directory.relate(new, "replaces", old, qualifiers, origin)

    def _target(self, fields: Fields) -> str:
        """Reads the code of the other organisation; empty, with a finding, where there is none."""
        target = fields.below("Target")
        if target is None:
            message = "It does not say with which organisation."
            fields.report("missing-target", "Target", "", message, "Ask the publisher; without it the line is left out.")
            return ""
        target.ignore("the entry of the other organisation says which roles it has", "PrimaryRoleId")
        inside = target.below("OrgId") if isinstance(target.peek("OrgId"), dict | list) else None
        code = (inside.text("extension") if inside else target.text("OrgId")).upper()
        if inside:
            inside.ignore("the number of the register itself", "root", "assigningAuthorityName")
            inside.close()
        target.close()
        if not _CODE.match(code):
            message = "The other organisation has no code that could be one of ODS, and the line is left out."
            fields.report("bad-target", "Target", code, message, "Look it up in the ODS.")
            return ""
        return code
