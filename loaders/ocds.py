"""Notices of public procurement in the Open Contracting Data Standard: release and record packages, arrays, JSON lines.

Of the releases of one process the latest by ``date`` is read, since each tells all of it; where the dates do not decide, that is
told. England's Contracts Finder has no
``contracts``: there, and wherever an award has none, the award is the contract. This file finds the
releases; ``_ocds_notice.py`` reads one, with ``_ocds_contracts.py``, ``_ocds_parties.py`` and ``_ocds_values.py``: one file of
them all would pass 400 lines.

Every package is a directory of its own, named after its file: it holds the notices of some days, so the next one retires none.

Source: Open Contracting Data Standard 1.1 (release and record schemas, codelists; the lots extension).
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from graphsvc.loading import (
    OPEN_GOVERNMENT_LICENCE,
    Context,
    Described,
    Directory,
    DirectoryFacts,
    Fields,
    Finding,
    Item,
    Origin,
    describe_release,
    head,
    items,
    look,
    open_directory,
    shown,
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How a release stands to the one of its process that is read."""

    kind: Literal["latest", "earlier", "same", "undecided"]
    read: str
    """The id of the release that is read."""


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
        prefix = "".join(latest.prefixes) if len(latest.prefixes) == 1 else ""
        source = PUBLISHERS.get(prefix, "")
        publisher = str(package.get("publisher.name") or source)
        licence = str(package.get("license") or "")
        licence = OPEN_GOVERNMENT_LICENCE if "open-government-licence" in licence.casefold() else licence
        title = f"Procurement notices{f' of {source}' if source else ''} ({path.stem})"
        released = (moment(package.get("publishedDate")) or latest.newest)[:10]
        facts = DirectoryFacts(title, publisher, licence, released, partial=True, issuer=prefix)
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
        else:
            standing = latest.standing(ocid, release, item.number, index)
            if standing.kind == "latest":
                Notice(directory, fields, ocid).read()
            else:
                _report_passed_over(fields, release, standing)
                directory.context.ledger.ignore("(earlier releases of a process)", "the latest release of a process counts")


def _report_passed_over(fields: Fields, release: Mapping[str, Any], standing: Standing) -> None:
    """Reports a release that is not read, since another of its process is."""
    ocid, stated = release.get("ocid"), release.get("date")
    one, other = (f"release {shown(text)}" if text else "a release without an id" for text in (release.get("id"), standing.read))
    if standing.kind == "same":
        message = f"The file holds {one} of {ocid} twice, word for word; it is read once."
        fields.report("superseded-release", "date", stated, message, "Nothing to do.", severity="info")
    elif standing.kind == "earlier":
        message = f"A later release of {ocid} is in the file; this one, of {stated}, is not read."
        fields.report("superseded-release", "date", stated, message, "Nothing to do.", severity="info")
    else:
        message = (
            f"Nothing states which is later, {one} of {ocid} or {other}, since their dates do not tell. Read is {other}, "
            "whose id sorts last."
        )
        hint = "Ask the publisher which holds, and take the other out; or for dates with a time in both."
        fields.report("undecided-release", "date", stated or "", message, hint)


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
    """An index on disk of the latest release of each process by its date.

    Of releases between which the dates do not decide, the one whose id sorts last counts: never the one that comes last in the
    file, so that the same releases give the same graph in any order.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # without a name: private, and on disk once it is large
        self._db.execute(
            "CREATE TABLE latest (ocid TEXT PRIMARY KEY, moment TEXT, rank TEXT, digest TEXT, given TEXT, number INTEGER, "
            "part INTEGER) WITHOUT ROWID"
        )
        self._db.execute("BEGIN")
        self.prefixes: set[str] = set()
        """Up to two prefixes of open contracting ids: each publisher has been given one."""
        for item in items(path, ARRAYS):
            for index, release in enumerate(_releases(item.value)):
                ocid, given = (str(release.get(key) or "").strip() for key in ("ocid", "id"))
                if ocid and len(self.prefixes) < 2:
                    self.prefixes.add(ocid[: len("ocds-b5fd17")])
                self._db.execute(
                    "INSERT INTO latest VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ocid) DO UPDATE SET moment = excluded.moment, "
                    "rank = excluded.rank, digest = excluded.digest, given = excluded.given, number = excluded.number, "
                    "part = excluded.part WHERE (excluded.moment, excluded.rank, excluded.digest) > (moment, rank, digest)",
                    (ocid, moment(release.get("date")), _rank(given), _digest(release), given, item.number, index),
                )

    @property
    def newest(self) -> str:
        """The date and time of the newest release of all; empty where none has a date."""
        return str(self._db.execute("SELECT MAX(moment) FROM latest").fetchone()[0] or "")

    def standing(self, ocid: str, release: Mapping[str, Any], number: int, part: int) -> Standing:
        """Tells how the release at that place in the file stands to the one of its process that counts."""
        query = "SELECT moment, digest, given, number, part FROM latest WHERE ocid = ?"
        found_moment, digest, given, *place = self._db.execute(query, (ocid,)).fetchone()
        if place == [number, part]:
            return Standing("latest", given)
        if digest == _digest(release):
            return Standing("same", given)
        return Standing("earlier" if _is_before(moment(release.get("date")), found_moment) else "undecided", given)

    def close(self) -> None:
        """Closes the index."""
        self._db.close()


def _rank(given: str) -> str:
    """Writes the id of a release so that the numbers in it sort as numbers: 10 after 9."""
    return re.sub(r"\d+", lambda found: found.group().lstrip("0").rjust(20, "0"), given)


def _digest(release: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(release, sort_keys=True, default=str).encode()).hexdigest()


def _is_before(one: str, other: str) -> bool:
    """Tells whether a date is before another; a day alone is neither before nor after a time of that day."""
    return bool(one) and one < other and not other.startswith(one)
