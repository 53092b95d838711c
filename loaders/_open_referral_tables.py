"""Reads HSDS as tables: joins a folder of CSV files into the objects that the JSON form nests.

A module of its own because joining is all it does. Rows that belong to another wait in a database on disk, so that memory does
not grow with the folder; each keeps its own file and row for findings.

Sources: HSDS 3.0 (tabular form, datapackage.json), HSDS 1.x and 2.x (plural names, physical_addresses, regular_schedules,
services_at_location, services_taxonomy); Frictionless Data Package (resources, path).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from graphsvc.loading import IGNORED, CsvSheet, Directory, Finding, Origin, shown, write_table
from loaders._open_referral_objects import KEPT, PLACE, Object
from loaders._open_referral_things import Things

_MAX_PACKAGE: Final = 4_000_000
_THINGS: Final = {
    "organization": "organization", "organizations": "organization", "service": "service", "services": "service",
    "location": "location", "locations": "location", "taxonomy_term": "taxonomy_term", "taxonomy_terms": "taxonomy_term",
    "taxonomy": "taxonomy", "taxonomies": "taxonomy", "service_at_location": "service_at_location",
    "service_at_locations": "service_at_location", "services_at_location": "service_at_location",
}  # fmt: skip
"""Tables of things, with what one row is."""
_SERVICE: Final = (("service_id", "service"),)
_ANY: Final = (("service_at_location_id", "service_at_location"), *_SERVICE, ("location_id", "location"))
_PARTS: Final = {
    "address": ("addresses", (("location_id", "location"),)), "schedule": ("schedules", _ANY),
    "holiday_schedule": ("holiday_schedules", _ANY), "service_area": ("service_areas", _SERVICE),
    "language": ("languages", (*_SERVICE, ("location_id", "location"))), "cost_option": ("cost_options", _SERVICE),
    "eligibility": ("eligibilitys", _SERVICE), "attribute": ("attributes", (("link_id", ""), *_SERVICE)),
    "organization_identifier": ("organization_identifiers", (("organization_id", "organization"),)),
}  # fmt: skip
"""Tables of parts: the key under which the JSON form nests them, and the columns that name the owner, with what it is."""
_PART_NAMES: Final = {
    **{name: name for name in _PARTS}, **{f"{name}s": name for name in _PARTS}, "addresses": "address",
    "physical_address": "address", "physical_addresses": "address", "regular_schedule": "schedule",
    "regular_schedules": "schedule", "eligibilities": "eligibility", "service_attribute": "attribute",
    "service_attributes": "attribute", "services_taxonomy": "attribute", "service_taxonomy": "attribute",
    "other_attribute": "attribute", "other_attributes": "attribute",
}  # fmt: skip
_PEOPLE: Final = {"contact": "contact", "contacts": "contact", "phone": "telephone number", "phones": "telephone number"}
_NOT_USED: Final = frozenset((
    "accessibility", "accessibility_for_disabilities", "funding", "fundings", "link_taxonomy", "link_taxonomies",
    "meta_table_description", "meta_table_descriptions", "metadata", "payment_accepted", "payments_accepted", "postal_address",
    "postal_addresses", "program", "programs", "required_document", "required_documents", "review", "reviews",
    "service_capacity", "unit", "units", "url", "urls",
))  # fmt: skip
_MARKS: Final = frozenset((
    "link_id", "location_id", "organization_id", "service_id", "taxonomy_id", "legal_status", "tax_status", "year_incorporated",
    "location_type", "assured_date", "assurer_email", "term_uri", "identifier_scheme",
))  # fmt: skip
"""Columns by which a folder is known to hold such tables, and not a map."""


def tables(folder: Path) -> dict[Path, str]:
    """Returns the CSV files of a folder with the table of each, by ``datapackage.json`` or by the file's name."""
    named = {folder / path: name for name, path in _resources(folder).items()}
    return {file: named.get(file, file.stem).casefold().replace("-", "_") for file in sorted(folder.glob("*.csv"))}


def package(folder: Path) -> dict[str, Any]:
    """Reads ``datapackage.json``; empty for a file that is no package."""
    file = folder / "datapackage.json"
    try:
        if not file.is_file() or file.stat().st_size > _MAX_PACKAGE:
            return {}
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _resources(folder: Path) -> dict[str, str]:
    found = package(folder).get("resources")
    listed = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return {
        str(item.get("name")): str(item.get("path")) for item in listed if Path(str(item.get("path"))).name == item.get("path")
    }


def holds_tables(folder: Path) -> bool:
    """Tells whether a folder holds the tables of HSDS: by their names, and by a column that only they have."""
    if (folder / "about.csv").exists():
        return False
    for file, name in tables(folder).items():
        if name in _THINGS or name in _PART_NAMES or name in _PEOPLE:
            header = next(CsvSheet(file, legacy=True).rows(), None)
            if header and "id" in _names(header.cells) and _MARKS.intersection(_names(header.cells)):
                return True
    return False


def _names(cells: list[str]) -> list[str]:
    """Returns names of columns in small letters, except those that graphsvc itself adds."""
    return [cell.strip() if cell.strip() in IGNORED else cell.strip().casefold() for cell in cells]


class Tables:
    """The tables of one folder, joined."""

    def __init__(self, folder: Path, directory: Directory) -> None:
        self.folder = folder
        self.directory = directory
        self.context = directory.context
        self.things = Things(directory)
        self._files = tables(folder)
        self._db = sqlite3.connect("")  # an empty name is a file that goes with the connection
        self._db.executescript(
            "CREATE TABLE parts (key TEXT, kind TEXT, owner TEXT, body TEXT);"
            "CREATE TABLE ids (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;"
        )

    def read(self) -> None:
        """Passes on the claims of the tables."""
        try:
            self._gather()
            if not self.context.amends:
                self.things.exists = self._exists
                self._report_unowned()
            for row in self._rows("taxonomy"):
                if row.content.keys() & {"parent_id", "vocabulary"} or "taxonomy_term" not in self._files.values():
                    self.things.term(row, listed=True)
                else:
                    self.things.taxonomy(row)
            for row in self._rows("taxonomy_term"):
                self.things.term(row, listed=True)
            for row in self._rows("organization"):
                self.things.organisation(self._whole(row, "organization"), listed=True)
            for row in self._rows("location"):
                self._location(row)
            for row in self._rows("service"):
                whole = self._whole(row, "service")
                parts = [part for value in whole.content.values() if isinstance(value, list) for part in value]
                self.things.violated = ""
                self.things.service(whole, listed=True)
                if self.things.violated not in ("", "duplicate-id"):  # of a doubled id the first has the parts
                    self._set_aside_parts(parts)
        finally:
            self._db.close()

    def _set_aside_parts(self, parts: list[dict[str, Any]]) -> None:
        """Sets the parts of a row aside with the row."""
        for part in parts:
            file, number = part[PLACE]
            message = "The row belongs to a service that is set aside."
            hint = "Mend the service; this row needs no change, and goes in with it."
            self.context.report(Finding("violation", "owner-set-aside", message, hint, "", file, number))

    def _location(self, row: Object) -> None:
        owner = str(row.peek("organization_id") or "")
        site = self.things.location(self._whole(row, "location"), listed=True)
        if site and owner:
            organisation = self.things.reference(owner, row)
            qualifiers = self.directory.qualifiers(str(row.peek("id")))
            self.directory.relate(organisation, "locatedAt", site, qualifiers, row.origin)

    # -- rows -------------------------------------------------------------------------------------------------------------------

    def _gather(self) -> None:
        """Keeps the rows of parts on disk, and notes which things there are."""
        for file, name in self._files.items():
            if name in _PART_NAMES:
                for row in self._read(file):
                    self._keep(_PART_NAMES[name], row)
            elif name in _THINGS:
                for row in self._read(file, quietly=True):
                    body = json.dumps(row.content) if "taxonomy" in name else ""
                    if body:
                        self.things.note_term(str(row.peek("id") or ""), str(row.peek("code") or ""))
                    kind = "taxonomy_term" if "taxonomy" in name else _THINGS[name]
                    self._db.execute("INSERT OR IGNORE INTO ids VALUES (?, ?, ?)", (kind, str(row.peek("id")).casefold(), body))
                    if _THINGS[name] == "service_at_location":
                        self._keep("service_at_location", row)
            elif name in _PEOPLE or name in _NOT_USED:
                count = sum(1 for _ in self._read(file))
                if name in _PEOPLE:
                    self.context.ledger.withhold(_PEOPLE[name], count)
                why = f"withheld: {_PEOPLE[name]}" if name in _PEOPLE else "no term of the graph for it"
                self.context.ledger.ignore(file.name, why, count)
            else:
                message = f"The table {shown(name)!r} is none of HSDS, and is not read."
                found = Finding("warning", "unknown-table", message, "Rename it, or take it out.", "", file.name)
                self.context.ledger.report(file.name)
                self.context.leave_out(file.name, found)
        self._db.executescript("CREATE INDEX parts_owner ON parts (kind, owner)")
        for given, body in self._db.execute("SELECT owner, body FROM parts WHERE key = 'organization_identifiers'").fetchall():
            self.things.note_identity(given, [json.loads(body)])

    def _keep(self, part: str, row: Object) -> None:
        key, owners = _PARTS.get(part, ("service_at_locations", _SERVICE))
        values = row.content
        for column, named in owners:
            owner = str(values.get(column) or "").casefold()
            if owner:
                kind = named or str(values.get("link_entity") or "service").casefold()
                body = json.dumps({**values, PLACE: [row.origin.file, row.origin.row]})
                self._db.execute("INSERT INTO parts VALUES (?, ?, ?, ?)", (key, kind, owner, body))
                return
        message = "The row names nothing that it belongs to, and is left out."
        columns = ", ".join(column for column, _ in owners)
        place = (row.origin.file, row.origin.row)
        self.context.report(Finding("warning", "no-owner", message, f"Give one of {columns}.", "", *place))

    def _report_unowned(self) -> None:
        query = (
            "SELECT kind, owner, body FROM parts WHERE kind IN ('service', 'location', 'organization', 'service_at_location')"
            " AND NOT EXISTS (SELECT 1 FROM ids WHERE ids.kind = parts.kind AND ids.id = parts.owner) ORDER BY rowid"
        )
        for kind, owner, body in self._db.execute(query).fetchall():
            file, number = json.loads(body)[PLACE]
            message = f"The row belongs to the {kind} {shown(owner)!r}, which is not in the release; it is left out."
            hint = "Add it, or correct the id."
            self.context.report(Finding("warning", "unresolved-reference", message, hint, "", file, number, "", shown(owner)))

    def _exists(self, kind: str, given: str) -> bool:
        query = "SELECT 1 FROM ids WHERE kind = ? AND id = ?"
        return self._db.execute(query, (kind, given.casefold())).fetchone() is not None

    def _whole(self, row: Object, kind: str) -> Object:
        """Returns a row with the rows that belong to it."""
        values, given = row.content, str(row.peek("id") or "")
        for key, part in self._parts(kind, given):
            if key == "service_at_locations":
                for below, inner in self._parts("service_at_location", str(part.get("id") or "")):
                    part.setdefault(below, []).append(inner)
            values.setdefault(key, []).append(self._with_term(part) if key == "attributes" else part)
        made = Object(self.context, values, row.origin)
        made.kept = row.kept
        return made

    def _parts(self, kind: str, owner: str) -> list[tuple[str, dict[str, Any]]]:
        query = "SELECT key, body FROM parts WHERE kind = ? AND owner = ? ORDER BY rowid"
        found = self._db.execute(query, (kind, owner.casefold())).fetchall() if owner else []
        return [(key, json.loads(body)) for key, body in found]

    def _with_term(self, attribute: dict[str, Any]) -> dict[str, Any]:
        given = str(attribute.get("taxonomy_term_id") or attribute.get("taxonomy_id") or "")
        query = "SELECT body FROM ids WHERE kind = 'taxonomy_term' AND id = ?"
        found = self._db.execute(query, (given.casefold(),)).fetchone() if given else None
        if found:
            attribute["taxonomy_term"] = json.loads(found[0])
        elif given:
            file, number = attribute[PLACE]
            message = f"The term {shown(given)!r} is not in the release; nothing is filed under it."
            self.context.report(
                Finding(
                    "warning", "unresolved-reference", message, "Add it, or correct the id.", "", file, number, "", shown(given)
                )
            )
        return attribute

    def _rows(self, kind: str) -> Iterator[Object]:
        for file, name in self._files.items():
            if _THINGS.get(name) == kind:
                yield from self._read(file)

    def _read(self, file: Path, *, quietly: bool = False) -> Iterator[Object]:
        """Yields the rows of a file as objects; faults of rows are reported once, although a file may be read twice."""
        header: list[str] = []
        for row in CsvSheet(file, legacy=True).rows():
            if not header:
                header = _names(row.cells)
                continue
            origin = Origin(file.name, row.number)
            bad = any(fault.severity == "violation" for fault in row.faults)
            if not quietly and self.directory.faults(row.faults, file.name, row.number, header):
                continue
            if len(row.cells) > len(header):
                if not quietly:
                    message = f"The row has {len(row.cells)} cells, and the header {len(header)}."
                    hint = "Put a text with commas in quotation marks."
                    self.context.report(Finding("violation", "row-too-long", message, hint, "", file.name, row.number))
                continue
            if not bad:
                yield Object(self.context, dict(zip(header, row.cells, strict=False)), origin)


def write_tables(folder: Path, rows: Mapping[tuple[str, int], list[Finding]], doubled: set[str], target: Path) -> bool:
    """Writes the rows set aside of each table, and of ``doubled`` ids the row that is kept; returns whether there is any."""
    written = []
    for file in tables(folder):
        sheet = CsvSheet(file, legacy=True)
        chosen = {place: found for place, found in rows.items() if place[0] == file.name}
        if any(found.value in doubled for reasons in chosen.values() for found in reasons if found.rule == "duplicate-id"):
            at: int | None = None
            left = set(doubled)
            for row in sheet.rows():
                at = _names(row.cells).index("id") if at is None and "id" in _names(row.cells) else at
                given = row.cells[at] if at is not None and at < len(row.cells) else ""
                if given in left:
                    left.discard(given)
                    chosen.setdefault((file.name, row.number), [KEPT])
        written.append(write_table(file, [sheet], chosen, target, header=1))
    about = folder / "datapackage.json"
    if any(written) and about.is_file():
        (target / about.name).write_bytes(about.read_bytes())
    return any(written)
