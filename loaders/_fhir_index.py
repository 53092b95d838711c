"""Indexes the resources of an input: their states, and the things that references mean.

A module of its own: resources refer to one another in any order and across files, and a history holds several states of one
resource, so everything is gone through once before it is read. The index is a file that goes with the load, not memory.

Source: FHIR R4, sections 2.3 (references), 3.1 and 2.36 (Bundle: fullUrl, history, transaction), 2.1.28 (contained resources).
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

_TABLES: Final = """
CREATE TABLE resources (
  key TEXT PRIMARY KEY, tail TEXT NOT NULL, place TEXT NOT NULL, moment TEXT NOT NULL, version INTEGER, digest TEXT NOT NULL,
  entity TEXT NOT NULL, gone INTEGER NOT NULL, file TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX resources_tail ON resources (tail);
CREATE TABLE entities (entity TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE terms (term TEXT PRIMARY KEY, display TEXT NOT NULL) WITHOUT ROWID;
"""
_HISTORY: Final = re.compile(r"/_history/([^/]+)$")
_ETAG: Final = re.compile(r'^\s*(?:W/)?"?([^"\s]+?)"?\s*$')
_NUMBER: Final = re.compile(r"^[0-9]{1,18}$")
_TAIL: Final = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource as it is in a file."""

    resource: Mapping[str, Any]
    key: str
    """Its absolute address, its ``urn:uuid:``, or ``Type/id``; for a contained one that of its holder, ``#`` and its id."""
    tail: str
    """``Type/id``; empty without an id."""
    base: str
    """Address of the server it is from, where that is told; empty otherwise."""
    moment: str
    """When it was changed, so that texts compare as times do; empty where that is not told."""
    version: int | None
    """Which state of the resource it is; ``None`` where that is not told, or is no number."""
    method: str
    mode: str
    """``match``, ``include`` or ``outcome`` in an answer to a search."""


def entries_of(value: Any) -> Iterator[Entry]:
    """Yields the resources in an item of a file: an entry, a Bundle, or a resource; contained ones before their holder."""
    if not isinstance(value, dict):
        return
    if value.get("resourceType") == "Bundle":
        for item in listed(value.get("entry")):
            yield from entries_of(item)
        return
    entry = {"resource": value} if "resourceType" in value else value
    inner = entry.get("resource")
    if isinstance(inner, dict) and inner.get("resourceType") == "Bundle":
        yield from entries_of(inner)
        return
    resource: Mapping[str, Any] = inner if isinstance(inner, dict) else {}
    made = _entry(entry, resource)
    for contained in listed(resource.get("contained")):
        if isinstance(contained, dict):
            key = f"{made.key}#{contained.get('id', '')}"
            yield Entry(contained, key, "", made.base, made.moment, made.version, made.method, made.mode)
    yield made


def _entry(entry: Mapping[str, Any], resource: Mapping[str, Any]) -> Entry:
    request, response, search = (_object(entry, name) for name in ("request", "response", "search"))
    meta = _object(resource, "meta")
    method = str(request.get("method") or "").upper()
    addresses = [str(value or "") for value in (entry.get("fullUrl"), request.get("url"), response.get("location"))]
    if method and not _TAIL.search(_HISTORY.sub("", addresses[0])):
        # What is deleted, or has a fullUrl that is no address, is named by the request alone.
        addresses = [value for value in addresses[1:] if _TAIL.search(_HISTORY.sub("", value))] + addresses
    url = _HISTORY.sub("", addresses[0])
    sort, given = str(resource.get("resourceType") or ""), str(resource.get("id") or "")
    found = _TAIL.search(url)
    tail = f"{sort}/{given}" if sort and given else found.group(1) if found else ""
    base = url.removesuffix(f"/{found.group(1)}") if found and url.startswith("http") else ""
    # A history names what it deletes without the server's address, so that its states meet only without it.
    absolute = url.startswith("urn:") or (url.startswith("http") and not method)
    moment = _moment(str(meta.get("lastUpdated") or response.get("lastModified") or ""))
    version = _version(str(meta.get("versionId") or ""), addresses, str(response.get("etag") or ""))
    mode = str(search.get("mode") or "")
    return Entry(resource, url if absolute else tail, tail, base, moment, version, method, mode)


def _version(stated: str, addresses: list[str], etag: str) -> int | None:
    """Returns the version of a state: its own, else that in an address of it, else that of the answer's ``ETag``."""
    in_addresses = [found.group(1) for value in addresses if (found := _HISTORY.search(value))]
    tag = _ETAG.match(etag)
    texts = [stated, *in_addresses, tag.group(1) if tag else ""]
    return next((int(text) for text in texts if _NUMBER.match(text)), None)


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _moment(when: str) -> str:
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", when))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        return ""


def _later(entry: Entry, moment: str, version: int | None) -> bool | None:
    """Tells whether a state is later than another by its time, else by its version; ``None`` where neither tells."""
    if entry.moment and moment and entry.moment != moment:
        return entry.moment > moment
    if entry.version is not None and version is not None and entry.version != version:
        return entry.version > version
    return None


def listed(value: Any) -> list[Any]:
    """Returns a list as it is, no value as an empty list, and anything else as a list of one, as older dialects write it."""
    return value if isinstance(value, list) else [] if value is None else [value]


class Index:
    """The index of an input's resources, filled by the first pass over its files."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000;")
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")
        self.bases: set[str] = set()
        """Up to two addresses of servers that resources are from."""
        self.by_order: dict[str, str] = {}
        """Histories of which a state counts for its place alone, each with the first resource of which that is so."""
        self.oldest_first: set[str] = set()
        """Histories that hold a later state behind an earlier one."""

    def close(self) -> None:
        """Closes the index."""
        self._db.close()

    def note(self, entry: Entry, place: str, entity: str, *, file: str, ordered: bool) -> str:
        """Notes a state of a resource; returns the place of a conflicting state, empty for none.

        The later state by time or version counts; where neither tells, the first in a file that is ``ordered``: a history is
        "sorted with oldest versions last" (FHIR R4, section 3.1.0.8). Elsewhere nothing tells, and the first is kept.
        """
        if entry.base and len(self.bases) < 2:
            self.bases.add(entry.base)
        digest = hashlib.sha256(json.dumps(entry.resource, sort_keys=True, default=str).encode()).hexdigest()
        gone = entry.method == "DELETE"
        query = "SELECT place, moment, version, digest, gone, file FROM resources WHERE key = ?"
        row = self._db.execute(query, (entry.key,)).fetchone()
        if row is not None:
            known, moment, version, same, was_gone, known_file = row
            later = _later(entry, str(moment), version)
            if ordered and known_file == file:
                if later:
                    self.oldest_first.add(file)
                if later is None and (same != digest or was_gone != gone):
                    self.by_order.setdefault(file, entry.tail or entry.key)
                later = bool(later)
            if not later:
                return "" if later is False or (same == digest and was_gone == gone) else str(known)
        values = (entry.key, entry.tail, place, entry.moment, entry.version, digest, entity, gone, file)
        self._db.execute("INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        return ""

    def holder(self, entity: str, key: str) -> str:
        """Returns the key of the first resource that describes a thing, noting this one if there was none."""
        self._db.execute("INSERT OR IGNORE INTO entities VALUES (?, ?)", (entity, key))
        return str(self._db.execute("SELECT key FROM entities WHERE entity = ?", (entity,)).fetchone()[0])

    def stands(self, entry: Entry, place: str) -> bool:
        """Tells whether the state at a place is the one that counts."""
        row = self._db.execute("SELECT place FROM resources WHERE key = ? AND NOT gone", (entry.key,)).fetchone()
        return row is not None and row[0] == place

    def name(self, term: str, display: str) -> None:
        """Notes the name of a code, the first time that one is given."""
        if display:
            self._db.execute("INSERT OR IGNORE INTO terms VALUES (?, ?)", (term, display))

    def called(self, term: str) -> str:
        """Returns the name of a code; empty if none was given."""
        row = self._db.execute("SELECT display FROM terms WHERE term = ?", (term,)).fetchone()
        return str(row[0]) if row else ""

    def resolve(self, reference: str, holder: Entry) -> tuple[str, str]:
        """Resolves a reference in a resource to its ``Type`` (empty if not given) and the thing's id; both empty for none.

        A deleted resource gives its type and no id.
        """
        plain = _HISTORY.sub("", reference.strip())
        if plain.startswith("#"):
            return self._at(f"{holder.key.partition('#')[0]}{plain}")
        if plain.startswith(("http", "urn:")):
            found = self._at(plain)
            tail = _TAIL.search(plain)
            # A resource that came without an address of its own may well have the one that is meant.
            return found if any(found) or not tail else self._at(tail.group(1))
        found = self._at(f"{holder.base}/{plain}") if holder.base else ("", "")
        if any(found):
            return found
        found = self._at(plain)
        if any(found):
            return found
        rows = self._db.execute("SELECT key FROM resources WHERE tail = ? LIMIT 2", (plain,)).fetchall()
        return self._at(rows[0][0]) if len(rows) == 1 else ("", "")

    def _at(self, key: str) -> tuple[str, str]:
        row = self._db.execute("SELECT tail, gone, entity FROM resources WHERE key = ?", (key,)).fetchone()
        if row is None:
            return "", ""
        return str(row[0]).partition("/")[0] or "resource", "" if row[1] else str(row[2])
