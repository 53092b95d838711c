"""Notices of public procurement in the Open Contracting Data Standard: release and record packages, arrays, JSON lines.

Of the releases of one process the latest by ``date`` is read, since each tells all of it. England's Contracts Finder has no
``contracts``: there, and wherever an award has none, the award is the contract. This file finds the
releases; ``_ocds_notice.py`` reads one, with ``_ocds_contracts.py``, ``_ocds_parties.py`` and ``_ocds_values.py``: one file of
them all would pass 400 lines.

Every package is a directory of its own, named after its file: it holds the notices of some days, so the next one retires none.

Source: Open Contracting Data Standard 1.1 (release and record schemas, codelists; the lots extension).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from graphsvc.loading import (
    OPEN_GOVERNMENT_LICENCE,
    Context,
    Described,
    Directory,
    DirectoryFacts,
    Finding,
    Item,
    Origin,
    describe_release,
    head,
    items,
    look,
    open_directory,
    write_items,
)
from loaders._ocds_notice import Notice
from loaders._ocds_parties import PUBLISHERS
from loaders._ocds_values import moment

NAME = "Open contracting notices (OCDS, JSON)"
ARRAYS: Final = ("releases", "records", "results")
_MARKS: Final = frozenset({"ocid", "compiledRelease"})
_PACKAGE: Final = frozenset({"publisher", "publishedDate", "uri", "license", "extensions"})
_LOOKED_AT: Final = 20
"""Items that are looked at to tell what a package is; the first may be too large to be read."""
_CONTENT: Final = frozenset(
    {"tag", "tender", "planning", "awards", "contracts", "parties", "buyer", "releases", "compiledRelease", "url"}
)


def recognise(path: Path) -> bool:
    """Recognises JSON of which an item has an open contracting id, or a package of such items."""
    seen = look(path)
    if not seen.form:
        return False
    keys = seen.item_keys if seen.form in ("array", "lines") else seen.keys
    if not keys & set(ARRAYS):
        return _is_release(keys)
    found = (release for item in islice(items(path, ARRAYS), _LOOKED_AT) for release in _releases(item.value))
    first = next(found, None)
    return _is_release(frozenset(first)) if first is not None else _is_release(keys) or len(keys & _PACKAGE) > 1


def _is_release(keys: frozenset[str]) -> bool:
    """Tells whether an object with these keys is a release or record; one that was set aside may lack its ``ocid``."""
    return bool(keys & _MARKS and keys & _CONTENT) or ("tag" in keys and bool(keys & {"tender", "awards", "contracts"}))


def describe(path: Path) -> Described:
    """Describes the dataset, named after the file."""
    return describe_release(path, _directory(path))


def _directory(path: Path) -> str:
    return f"ocds-{re.sub(r'[^a-z0-9]+', '-', path.stem.casefold()).strip('-')}"[:100].strip("-")


def load(path: Path, context: Context) -> None:
    """Loads the latest release of each process: process, lots, contracts, parties, values and categories."""
    latest = Latest(path)
    try:
        package = head(path, ARRAYS)
        source = PUBLISHERS.get(latest.prefix, "")
        publisher = str(package.get("publisher.name") or source)
        licence = str(package.get("license") or "")
        licence = OPEN_GOVERNMENT_LICENCE if "open-government-licence" in licence.casefold() else licence
        title = f"Procurement notices{f' of {source}' if source else ''} ({path.stem})"
        released = (moment(package.get("publishedDate")) or latest.newest)[:10]
        facts = DirectoryFacts(title, publisher, licence, released, partial=True)
        directory = open_directory(context, path, _directory(path), facts)
        for item in items(path, ARRAYS):
            _item(directory, latest, item, path.name)
    finally:
        latest.close()


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the releases or records set aside, as JSON lines."""
    return write_items(path, items(path, ARRAYS), rows, folder)


def _item(directory: Directory, latest: Latest, item: Item, file: str) -> None:
    if directory.faults(item.faults, file, item.number):
        return
    directory.context.understand("date")
    origin = Origin(file, item.number)
    if next(_releases(item.value), None) is None:
        message, hint = "The item holds no release.", "Ask the publisher for records with their releases."
        directory.context.report(Finding("warning", "no-release", message, hint, "", file, item.number))
    for index, release in enumerate(_releases(item.value)):
        fields = directory.context.fields(release, origin)
        ocid = str(release.get("ocid") or "").strip()
        if not ocid:
            message = "The release has no open contracting id (ocid), so that it belongs to no process."
            fields.report("missing-ocid", "ocid", "", message, "Ask the publisher for it.", severity="violation")
        elif "url" in release and "tag" in release and "id" not in release:
            message = "The record only links to this release; what the link leads to is never fetched."
            fields.report("linked-release", "url", release["url"], message, "Give a record with the releases in it, or compiled.")
        elif latest.is_latest(ocid, item.number, index):
            Notice(directory, fields, ocid).read()
        else:
            message = f"A later release of {ocid} is in the file; this one, of {release.get('date')}, is not read."
            fields.report("superseded-release", "date", release.get("date"), message, "Nothing to do.", severity="info")
            directory.context.ledger.ignore("(earlier releases of a process)", "the latest release of a process counts")


def _releases(value: Any) -> Iterator[dict[str, Any]]:
    """Yields the releases in an item: itself, those of a record (the compiled one where there is one), or of a package."""
    if not isinstance(value, dict):
        return
    if isinstance(value.get("compiledRelease"), dict):
        yield {"ocid": value.get("ocid"), **value["compiledRelease"]}
        return
    nested = next((value[name] for name in ARRAYS if isinstance(value.get(name), list)), None)
    if nested is None:
        yield value
        return
    for inner in nested:
        for release in _releases(inner):
            yield {"ocid": value["ocid"], **release} if value.get("ocid") else release


class Latest:
    """An index on disk of the latest release of each process by its date; of equal dates the last in the file counts."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # without a name: private, and on disk once it is large
        self._db.execute("CREATE TABLE latest (ocid TEXT PRIMARY KEY, moment TEXT, number INTEGER, part INTEGER) WITHOUT ROWID")
        self._db.execute("BEGIN")
        self.prefix = ""
        for item in items(path, ARRAYS):
            for index, release in enumerate(_releases(item.value)):
                ocid = str(release.get("ocid") or "").strip()
                self.prefix = self.prefix or ocid[:11]
                self._db.execute(
                    "INSERT INTO latest VALUES (?, ?, ?, ?) ON CONFLICT (ocid) DO UPDATE SET moment = excluded.moment, "
                    "number = excluded.number, part = excluded.part WHERE excluded.moment >= moment",
                    (ocid, moment(release.get("date")), item.number, index),
                )

    @property
    def newest(self) -> str:
        """The date and time of the newest release of all; empty where none has a date."""
        return str(self._db.execute("SELECT MAX(moment) FROM latest").fetchone()[0] or "")

    def is_latest(self, ocid: str, number: int, part: int) -> bool:
        """Tells whether the latest release of the process is at that place in the file."""
        found = self._db.execute("SELECT number, part FROM latest WHERE ocid = ?", (ocid,)).fetchone()
        return bool(found == (number, part))

    def close(self) -> None:
        """Closes the index."""
        self._db.close()
