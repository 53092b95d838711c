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
  key TEXT PRIMARY KEY, tail TEXT NOT NULL, place TEXT NOT NULL, stamp TEXT NOT NULL, digest TEXT NOT NULL, entity TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX resources_tail ON resources (tail);
CREATE TABLE entities (entity TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE terms (term TEXT PRIMARY KEY, display TEXT NOT NULL) WITHOUT ROWID;
"""
_HISTORY: Final = re.compile(r"/_history/([^/]+)$")
_TAIL: Final = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})$")
GONE: Final = "gone"
"""Stands for the place of a resource that was deleted."""


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
    stamp: str
    """When it was changed, so that texts compare as times do; empty where that is not told."""
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
            yield Entry(contained, key, "", made.base, made.stamp, made.method, made.mode)
    yield made


def _entry(entry: Mapping[str, Any], resource: Mapping[str, Any]) -> Entry:
    request, response, search = (_object(entry, name) for name in ("request", "response", "search"))
    meta = _object(resource, "meta")
    method = str(request.get("method") or "").upper()
    url = str(entry.get("fullUrl") or (request.get("url") if method == "DELETE" else "") or "")
    sort, given = str(resource.get("resourceType") or ""), str(resource.get("id") or "")
    version = _HISTORY.search(url)
    url = _HISTORY.sub("", url)
    found = _TAIL.search(url)
    tail = f"{sort}/{given}" if sort and given else found.group(1) if found else ""
    base = url.removesuffix(f"/{found.group(1)}") if found and url.startswith("http") else ""
    # A history names what it deletes without the server's address, so that its states meet only without it.
    absolute = url.startswith("urn:") or (url.startswith("http") and not method)
    when = str(meta.get("lastUpdated") or response.get("lastModified") or "")
    number = str(meta.get("versionId") or (version.group(1) if version else ""))
    return Entry(resource, url if absolute else tail, tail, base, _stamp(when, number), method, str(search.get("mode") or ""))


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _stamp(when: str, version: str) -> str:
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", when))
    except ValueError:
        return f"v{version:0>12}" if version.isdigit() else ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')} {version:0>12}"


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

    def close(self) -> None:
        """Closes the index."""
        self._db.close()

    def note(self, entry: Entry, place: str, entity: str, *, ordered: bool) -> str:
        """Notes a state of a resource; returns the place of a conflicting state, empty for none.

        The later state by its time counts; without times the later one of an ``ordered`` input (a history), else the first.
        """
        digest = hashlib.sha256(json.dumps(entry.resource, sort_keys=True, default=str).encode()).hexdigest()
        here = GONE if entry.method == "DELETE" else place
        row = self._db.execute("SELECT place, stamp, digest FROM resources WHERE key = ?", (entry.key,)).fetchone()
        if row is not None:
            known, stamp, same = str(row[0]), str(row[1]), row[2] == digest
            timed = bool(stamp and entry.stamp and stamp != entry.stamp and (stamp[0] == "v") == (entry.stamp[0] == "v"))
            if not (timed and entry.stamp > stamp) and not (ordered and not timed):
                return "" if timed or same else known
        self._db.execute(
            "INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?, ?)",
            (entry.key, entry.tail, here, entry.stamp, digest, entity),
        )
        return ""

    def holder(self, entity: str, key: str) -> str:
        """Returns the key of the first resource that describes a thing, noting this one if there was none."""
        self._db.execute("INSERT OR IGNORE INTO entities VALUES (?, ?)", (entity, key))
        return str(self._db.execute("SELECT key FROM entities WHERE entity = ?", (entity,)).fetchone()[0])

    def stands(self, entry: Entry, place: str) -> bool:
        """Tells whether the state at a place is the one that counts."""
        row = self._db.execute("SELECT place FROM resources WHERE key = ?", (entry.key,)).fetchone()
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
        row = self._db.execute("SELECT tail, place, entity FROM resources WHERE key = ?", (key,)).fetchone()
        if row is None:
            return "", ""
        return str(row[0]).partition("/")[0] or "resource", "" if row[1] == GONE else str(row[2])
