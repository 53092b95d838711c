"""Open Referral: directories of community services, as JSON (Open Referral UK 1 and 3, HSDS 3) and as tables (HSDS).

JSON may be a page (``contents`` of version 3, ``content`` of version 1, as Spring writes it), a plain array, JSON lines, or one
service, organisation, service at a location, taxonomy or term; a folder of such files is one release. Tables are a folder of CSV
files. What is made of the objects is in ``_open_referral_things.py``, places in ``_open_referral_places.py``; texts are cleaned
in ``_open_referral_text.py``, tables are joined in ``_open_referral_tables.py``: one file would hold four ideas.

Sources: https://docs.openreferral.org (HSDS 3.0), https://docs.openreferraluk.org (UK profile), the application profile of
Open Referral UK 1 (Local Government Association).
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from graphsvc.loading import (
    Context,
    Described,
    DirectoryFacts,
    Finding,
    InputError,
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
from graphsvc.loading.folder import report_unread_files
from graphsvc.loading.release import checksum, directory_in_name, facts_beside
from loaders._json_folder import ENDINGS, files
from loaders._open_referral_objects import KEPT, Object
from loaders._open_referral_tables import Tables, holds_tables, package, write_tables
from loaders._open_referral_things import Things

NAME = "Open Referral (UK 1 and 3, HSDS 3: JSON or tables)"

_ARRAYS: Final = ("contents", "content")
_TOTALS: Final = ("total_items", "totalElements")
_PAGES: Final = ("total_pages", "totalPages")
_SIZES: Final = ("size", "per_page", "perPage")
_PAGE_KEYS: Final = frozenset((*_TOTALS, *_PAGES, "page_number", "numberOfElements"))
_OTHERS: Final = frozenset((
    "resourceType", "ocid", "@context", "@graph", "locationId", "providerId", "OrgId", "orgRecordClass", "features", "releases",
))  # fmt: skip
"""Keys of other formats."""
_MARKS: Final = (
    ("term", frozenset(("term_uri", "vocabulary", "taxonomy"))),
    ("taxonomy", frozenset(("taxonomy_terms",))),
    ("location", frozenset(("location_type", "physical_addresses", "latitude"))),
    ("organisation", frozenset(("organization_identifiers", "parent_organization_id", "legal_status", "year_incorporated"))),
    ("service", frozenset((
        "accreditations", "assured_date", "assurer_email", "attending_access", "attending_type", "cost_options",
        "deliverable_type", "eligibilitys", "eligibility_description", "fees", "organization", "organization_id", "pc_metadata",
        "pc_targetAudience", "regular_schedules", "schedules", "service_areas", "service_at_locations", "service_taxonomys",
    ))),
    ("organisation", frozenset(("website", "logo"))),
)  # fmt: skip
"""What an object is by a key that only such objects have; the first that fits."""
_NOT_DIRECTORIES: Final = (
    (frozenset(("openapi_url", "version")), "the description of an interface (its version and documents)"),
    (frozenset(("NB", "definitions", "data")), "a list of directories for a dashboard"),
    (frozenset(("isValid", "lastTested", "payload")), "what a dashboard says of one directory"),
    (frozenset(("isServicesValid", "schemaType")), "a list of directories for a dashboard, with the state of each"),
    (frozenset(("isServiceFound", "level1Pass")), "the verdict of a validator"),
)
"""Files that stand beside directories."""
_LOOKED_AT: Final = 20
"""Files of a folder that are looked at before it is recognised."""


def recognise(path: Path) -> bool:
    """Recognises a JSON file of services, organisations or terms, and a folder of such files or of HSDS tables."""
    try:
        if path.is_dir():
            first = files(path)[:_LOOKED_AT]
            return holds_tables(path) or (bool(first) and 2 * sum(_is_directory(file) for file in first) >= len(first))
        return _is_directory(path) or bool(_no_directory(path))
    except (OSError, InputError):
        return False


def _is_directory(path: Path) -> bool:
    seen = look(path)
    if not seen.form or seen.keys & _OTHERS or seen.item_keys & _OTHERS:
        return False
    paged = bool(seen.keys & {*_ARRAYS}) and bool(seen.keys & _PAGE_KEYS)
    first = next(items(path, _ARRAYS), None)
    if first is None or not isinstance(first.value, dict):
        return paged
    return bool(_kind(first.value, paged=paged))


def _is_part(path: Path) -> bool:
    """Tells whether a file is one page of several, or one object: the directory has more than it holds."""
    seen = look(path)
    pages = next((seen.first[key] for key in ("total_pages", "totalPages") if key in seen.first), 0)
    one = seen.form == "object" and not seen.keys & {*_ARRAYS}
    return one or (isinstance(pages, int | float) and pages > 1)


def _no_directory(path: Path) -> str:
    seen = look(path)
    return next((what for keys, what in _NOT_DIRECTORIES if keys <= seen.keys or keys <= seen.item_keys), "")


def _kind(value: Mapping[str, Any], *, paged: bool) -> str:
    """Returns the kind of an object; empty for one that is not of Open Referral."""
    keys = {name for name in value if name not in _OTHERS}
    if "id" not in keys or len(keys) != len(value):
        return ""
    if {"service", "location"} <= keys or {"service_id", "location_id"} <= keys:
        return "service at location"
    found = next((kind for kind, marks in _MARKS if keys & marks), "")
    if not found and "name" in keys and {"uri", "version"} & keys:
        return "taxonomy" if "version" in keys else "organisation" if paged else ""
    return found or ("service" if paged and {"name", "status"} & keys else "")


def describe(path: Path) -> Described:
    """Describes the directory that a file is a release of."""
    return describe_release(path, _name(path))


def _name(path: Path) -> str:
    bare = directory_in_name(path)
    return bare if bare.startswith("open-referral") else f"open-referral-{bare}"


def load(path: Path, context: Context) -> None:
    """Loads every service, organisation, location and term of a release, with its parts.

    Raises :class:`InputError` for what stands beside directories and is none: dashboards, validators' verdicts.
    """
    what = "" if path.is_dir() else _no_directory(path)
    if what:
        expected = "a page of services or organisations (contents), one of them, or a folder of tables (services.csv, …)"
        raise InputError(f"{path.name} is {what}, and no directory.", f"Give {expected}.")
    tabular = path.is_dir() and holds_tables(path)
    about = package(path) if tabular else {}
    name, facts = _name(path), facts_beside(path)
    title = str(about.get("title") or "") or f"Open Referral directory {name.removeprefix('open-referral-')}"
    publisher, licence = _publisher(about), _licence(about)
    released = str(about.get("created") or "")[:10]
    described = DirectoryFacts(title, publisher, licence, released, partial=_is_part(path))
    directory = open_directory(context, path, name, described)
    if not (facts.publisher or publisher or facts.amends):
        message = "Who publishes the directory is not stated."
        hint = f'Write publisher = "…" under [source] in {path.name}.toml beside it.'
        context.report(Finding("warning", "publisher-not-stated", message, hint, "", path.name))
    endings = (".csv",) if tabular else ENDINGS
    report_unread_files(
        path, lambda item: item.suffix.casefold() in endings or (tabular and item.name == "datapackage.json"), context
    )
    if tabular:
        Tables(path, directory).read()
    else:
        _Reader(Things(directory)).read(files(path))


def _publisher(about: Mapping[str, Any]) -> str:
    found = about.get("contributors")
    named = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return next((str(item.get("organization") or "") for item in named if item.get("role") in ("publisher", None)), "")


def _licence(about: Mapping[str, Any]) -> str:
    found = about.get("licenses")
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    return str(first.get("title") or first.get("name") or "")


class _Reader:
    """Reads the items of JSON files."""

    def __init__(self, things: Things) -> None:
        self.things = things
        self.context = things.context

    def read(self, files: list[Path]) -> None:
        """Reads all files as one release; first the registers of organisations, since ids depend on them."""
        known = [file for file in files if self._fits(file)]
        for file in known:
            for item in items(file, _ARRAYS):
                self._note(item.value)
        total = count = 0
        for file in known:
            found, stated = self._read_file(file), self._stated(file)
            self._check_page(file, found, stated, alone=len(known) == 1)
            total, count = max(total, stated.get("total", 0)), count + found
        if len(known) > 1 and total and count != total:
            message = f"The pages say that there are {total:,} items in all, and hold {count:,}."
            hint = "Fetch the pages again; what is on a missing page counts as no longer listed."
            self.context.report(
                Finding("warning", "total-disagrees", message, hint, "", known[0].name, None, _TOTALS[0], str(total))
            )

    def _fits(self, file: Path) -> bool:
        what = _no_directory(file)
        if what or not _is_directory(file):
            message = f"The file is {what or 'nothing of Open Referral'}, and is not read."
            finding = Finding("warning", "file-not-read", message, "Take it out of the folder.", "", file.name)
            self.context.report(finding) if what else self.context.leave_out(file.name, finding)
            return False
        return True

    def _note(self, value: Any) -> None:
        waiting = [value]
        while waiting:
            found = waiting.pop()
            if isinstance(found, dict):
                if found.get("organization_identifiers"):
                    self.things.note_identity(str(found.get("id") or ""), found["organization_identifiers"])
                if "id" in found and "code" in found:
                    self.things.note_term(str(found["id"]), str(found["code"] or ""))
                terms = found.get("taxonomy_terms")
                waiting += [found.get("organization"), found.get("service"), *(terms if isinstance(terms, list) else [])]

    def _read_file(self, file: Path) -> int:
        paged = bool(look(file).keys & {*_ARRAYS})
        count = 0
        for item in items(file, _ARRAYS):
            count += 1
            if not self.things.directory.faults(item.faults, file.name, item.number):
                self._read_item(file, item, paged=paged)
        return count

    def _read_item(self, file: Path, item: Item, *, paged: bool) -> None:
        kind = _kind(item.value, paged=paged) if isinstance(item.value, dict) else ""
        if not kind:
            message = f"Item {item.number} is nothing that Open Referral knows."
            hint = "A service, organisation, location, taxonomy or term is expected, as an object with an id."
            value = shown(", ".join(item.value) if isinstance(item.value, dict) else item.value)
            self.context.report(Finding("violation", "unknown-item", message, hint, "", file.name, item.number, "", value))
            return
        made = Object(self.context, item.value, Origin(file.name, item.number))
        match kind:
            case "service":
                self.things.service(made, listed=True)
            case "organisation":
                self.things.organisation(made, listed=True)
            case "service at location":
                self.things.at_location(made)
            case "location":
                self.things.location(made, listed=True)
            case "taxonomy":
                self.things.taxonomy(made)
            case _:
                self.things.term(made, listed=True)

    # -- pages ------------------------------------------------------------------------------------------------------------------

    def _stated(self, file: Path) -> dict[str, int]:
        """Returns what a page states of itself: items in all, pages in all, and items a page."""
        if not look(file).keys & {*_ARRAYS}:
            return {}
        told = head(file, _ARRAYS)
        if not any(name in told for name in _TOTALS):
            told = head(file, ())  # Spring may say it behind its items
        found = {}
        for key, names in (("total", _TOTALS), ("pages", _PAGES), ("size", _SIZES)):
            value = next((told[name] for name in names if name in told), None)
            if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
                found[key] = int(value)
            for name in names:
                if name in told:
                    self.context.ledger.use(name)
        return found

    def _check_page(self, file: Path, count: int, stated: dict[str, int], *, alone: bool) -> None:
        total, size, pages = stated.get("total"), stated.get("size", 0), stated.get("pages", 1)
        if total is None:
            return
        place = (file.name, None, _TOTALS[0], str(total))
        if (pages <= 1 and count != total) or count > total or 0 < size < count:
            extent = f"{total:,} items" if pages <= 1 else f"{size or count:,} of {total:,} items"
            message = f"The page says that it holds {extent}, and holds {count:,}."
            hint = "Fetch it again, or tell its publisher; all that it holds was read."
            self.context.report(Finding("warning", "total-disagrees", message, hint, "", *place))
        elif alone and count < total:
            message = f"This is one page of {pages:,}: it holds {count:,} of {total:,} items."
            hint = "Put all pages into one folder and load that; what is on other pages counts as no longer listed."
            self.context.report(Finding("warning", "one-page-of-several", message, hint, "", *place))


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the items or rows set aside: JSON lines for JSON, a folder of tables for tables.

    Beside one that has the id of another stands the one that is kept, so that they can be compared.
    """
    doubled = {found.value for reasons in rows.values() for found in reasons if found.rule == "duplicate-id"}
    if not (path.is_dir() and holds_tables(path)):
        numbered: dict[tuple[str, int], list[Finding]] = {}
        return write_items(path, _set_aside(path, rows, doubled, numbered), numbered, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
        made = Path(name) / path.name
        written = write_tables(path, rows, doubled, made)
        for target in _free(folder / path.name) if written else ():
            if not target.exists():
                return made.rename(target)
            if target.resolve() != path.resolve() and checksum(target) == checksum(made):
                return target
    return None


def _set_aside(
    path: Path,
    rows: Mapping[tuple[str, int], list[Finding]],
    doubled: set[str],
    numbered: dict[tuple[str, int], list[Finding]],
) -> Iterator[Item]:
    """Yields the items of all files, numbered through; fills ``numbered`` with those to be written."""
    number = 0
    for file in files(path):
        for item in items(file, _ARRAYS):
            number += 1
            given = str(item.value.get("id")) if doubled and isinstance(item.value, dict) else ""
            reasons = rows.get((file.name, item.number)) or ([KEPT] if given in doubled else [])
            if reasons:
                numbered[path.name, number] = reasons
            doubled.discard(given)
            yield Item(number, item.value, item.faults)


def _free(target: Path) -> Iterator[Path]:
    yield target
    yield from (target.with_name(f"{target.name}-{number}") for number in itertools.count(2))
