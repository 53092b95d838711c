"""The Care Quality Commission's register: its care directory (CSV), and locations and providers from its interface (JSON).

A location is a service, provided by its provider, at a site of its own. What it is filed under, its local authority and its
overall rating are categories; the link to a rating begins on the day of the report, so that a question as at a date finds the
rating of that date. Ratings of single questions and reports are left out. The local authority is a name without a code, so it is
a category of the directory, and no area.

Sources: "Using CQC data" and the syndication API of the Care Quality Commission (Open Government Licence v3.0).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from graphsvc.loading import (
    IGNORED,
    OPEN_GOVERNMENT_LICENCE,
    Context,
    CsvSheet,
    Described,
    DirectoryFacts,
    Fields,
    Finding,
    InputError,
    Look,
    Origin,
    describe_release,
    head,
    items,
    look,
    open_directory,
    shown,
    write_table,
)
from graphsvc.provenance import Value
from loaders import _json_folder
from loaders._cqc_interface import Entry
from loaders._cqc_register import Register, website
from loaders._cqc_terms import ACTIVITY, SERVICE_TYPE, SPECIALISM, term_of

NAME = "Care Quality Commission: care directory (CSV), locations and providers (JSON)"

_PUBLISHER: Final = "Care Quality Commission"
_ARRAYS: Final = ("locations", "providers")
_PREAMBLE: Final = 30
"""Lines that are looked through for the header."""
_PRODUCED: Final = re.compile(r"produced on (\d{1,2}) ([A-Z][a-z]+) (\d{4})")
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
                  "December")  # fmt: skip
_COLUMNS: Final = {
    "name": "name", "also known as": "also", "address": "address", "postcode": "postcode", "phone number": "phone",
    "service's website": "website", "service types": "types", "date of latest check": "checked", "specialisms": "specialisms",
    "provider name": "provider", "local authority": "authority", "region": "region", "location url": "page",
    "cqc location": "location", "cqc provider": "providerId",
}  # fmt: skip
"""How the header of a column begins, in small letters: the wording behind it changed over the years."""
_NEEDED: Final = frozenset(("name", "types", "provider", "location"))
_NAMED: Final = re.compile(r"cqc[-_ ]?(?:directory|locations)", re.IGNORECASE)


def recognise(path: Path) -> bool:
    """Recognises the care directory by header or name, a location or provider by its id, and a folder of such JSON files."""
    if path.suffix.casefold() == ".csv" and path.is_file():
        return bool(_header(path)[1]) or bool(_NAMED.search(path.stem))
    return _json_folder.holds(path, _is_ours)


def _is_ours(seen: Look) -> bool:
    keys = seen.keys | seen.item_keys
    listed = bool(seen.keys & {*_ARRAYS}) and bool(seen.keys & {"totalPages", "firstPageUri", "perPage"})
    return listed or (bool(keys & {"locationId", "providerId"}) and bool(keys & {"name", "locationName", "providerName"}))


def _header(path: Path) -> tuple[str, dict[int, str], int]:
    """Returns the text before the header, the columns, and the row of the header; no columns without one."""
    before: list[str] = []
    try:
        for row, _ in zip(CsvSheet(path, legacy=True).rows(), range(_PREAMBLE), strict=False):
            found = {place: key for place, cell in enumerate(row.cells) if (key := _column(cell))}
            if set(found.values()) >= _NEEDED:
                return " ".join(before), found, row.number
            before += row.cells
    except (OSError, InputError):
        pass
    return " ".join(before), {}, 0


def _column(cell: str) -> str:
    plain = " ".join(cell.casefold().replace("’", "'").split())
    return next((key for start, key in _COLUMNS.items() if plain == start or (start != "name" and plain.startswith(start))), "")


def describe(path: Path) -> Described:
    """Describes the directory that a file is a release of."""
    return describe_release(path, "cqc-directory" if path.suffix.casefold() == ".csv" else "cqc-register")


def load(path: Path, context: Context) -> None:
    """Loads every location and provider of a release.

    Raises :class:`InputError` for a file that bears the name of the directory and has another header.
    """
    if path.suffix.casefold() != ".csv":
        title = "CQC register (interface)"
        directory = open_directory(context, path, "cqc-register", DirectoryFacts(title, _PUBLISHER, OPEN_GOVERNMENT_LICENCE))
        _read_json(path, Register(directory))
        return
    before, columns, row = _header(path)
    if not columns:
        first = next((shown(", ".join(item.cells)) for item in CsvSheet(path, legacy=True).rows()), "nothing")
        expected = "a header with Name, Service types, Provider name and CQC Location ID among its first lines"
        raise InputError(f"{path.name} bears the name of the CQC care directory and begins with {first!r}.", f"Give {expected}.")
    found = _PRODUCED.search(before)
    day = f"{found[3]}-{_MONTHS.index(found[2]) + 1:02}-{int(found[1]):02}" if found and found[2] in _MONTHS else ""
    title = "CQC care directory"
    facts = DirectoryFacts(title, _PUBLISHER, OPEN_GOVERNMENT_LICENCE, day)
    directory = open_directory(context, path, "cqc-directory", facts)
    _read_directory(path, Register(directory), columns, row)


# -- the care directory -------------------------------------------------------------------------------------------------------


def _read_directory(path: Path, register: Register, columns: Mapping[int, str], header: int) -> None:
    sheet, directory, context = CsvSheet(path, legacy=True), register.directory, register.context
    titles: list[str] = []
    for row in sheet.rows():
        if row.number <= header:
            titles = row.cells
            continue
        origin = Origin(sheet.file, row.number)
        if directory.faults(row.faults, sheet.file, row.number, titles):
            continue
        if len(row.cells) > len(titles):
            message = f"The row has {len(row.cells)} cells, and the header {len(titles)}."
            hint = "Put a text with commas in quotation marks."
            context.report(Finding("violation", "row-too-long", message, hint, "", sheet.file, row.number))
            continue
        cells = dict(zip(titles, row.cells, strict=False))
        named = {columns[place]: title for place, title in enumerate(titles) if place in columns}
        _read_row(register, context.fields(cells, origin), named, origin)


def _read_row(register: Register, fields: Fields, named: Mapping[str, str], origin: Origin) -> None:
    directory, context = register.directory, register.context

    def text(key: str) -> str:
        return fields.text(named[key]) if key in named else ""

    def place(key: str) -> Origin:
        return fields.place(named.get(key, key))

    fields.ignore("added when rows were set aside", *IGNORED)
    content = {key: fields.peek(title) for key, title in named.items()}
    code, name = text("location"), text("name")
    if not (code and name):
        lacks = "location" if name else "name"
        message = "The location has no CQC location id." if name else "The location has no name."
        column = named.get(lacks, "")
        hint = "Look it up on the page of the location."
        context.report(
            Finding("violation", f"missing-{'id' if name else 'name'}", message, hint, "", origin.file, origin.row, column)
        )
        return
    if not register.is_new("location", code, content, origin):
        return
    qualifiers, service = directory.qualifiers(code), context.coded("Service", "cqc", code)
    also, checked = text("also"), directory.day(text("checked"), place("checked"))
    shown_name = directory.name(name, f"Location {code} (name withheld)", place("name"))
    values: dict[str, Value | tuple[Value, ...] | None] = {
        "name": shown_name,
        "alternativeName": (directory.name(also, "", place("also")),) if also else (),
        "identifier": (f"CQC:{code}",),
        "website": website(directory, text("website"), place("website")),
        "inspectedOn": checked.isoformat() if checked else None,
    }
    values["alternativeName"] = () if values["alternativeName"] == ("",) else values["alternativeName"]
    directory.record("Service", service, values, qualifiers, origin)
    address = ", ".join(part.strip() for part in text("address").split(",") if part.strip())
    where = {
        "name": shown_name, "address": directory.words(address, place("address")),
        "postcode": directory.postcode(text("postcode"), place("postcode")),
    }  # fmt: skip
    register.site(service, code, where, qualifiers, origin)
    provider, provided = text("providerId"), text("provider")
    if provider:
        owner = register.named_provider(provider, provided, place("provider"))
        directory.relate(owner, "provides", service, qualifiers, origin)
    else:
        message = "The location has no provider id: who provides the service is not in the graph."
        context.report(
            Finding("warning", "no-provider", message, "Look it up on its page.", "", origin.file, origin.row, "", code)
        )
    register.file(service, SERVICE_TYPE, _several(text("types")), qualifiers, place("types"))
    for term in _several(text("specialisms")):
        kind = ACTIVITY if term_of(ACTIVITY, term) else SPECIALISM
        register.file(service, kind, [term], qualifiers, place("specialisms"))
    register.authority(service, text("authority"), qualifiers, place("authority"))
    fields.withhold("telephone number", named.get("phone", "phone"))
    fields.ignore("told by the local authority and the postcode", named.get("region", "region"))
    fields.ignore("the page of the location at the Commission, told by its id", named.get("page", "page"))
    fields.close()


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


# -- the interface ------------------------------------------------------------------------------------------------------------


def _read_json(path: Path, register: Register) -> None:
    context = register.context
    for file in _json_folder.files(path):
        for item in items(file, _ARRAYS) if _is_ours(look(file)) else ():
            if isinstance(item.value, dict) and "locationId" not in item.value:
                register.note_ods(str(item.value.get("providerId") or ""), str(item.value.get("odsCode") or ""))
    if path.is_file():
        _report_missing_pages(path, context)
    for file, item in _json_folder.read(path, _ARRAYS, _is_ours, context, lambda *_: None):
        origin = Origin(file.name, item.number)
        if register.directory.faults(item.faults, file.name, item.number):
            continue
        code = (item.value.get("locationId") or item.value.get("providerId")) if isinstance(item.value, dict) else None
        if not isinstance(code, str | int) or not str(code).strip():
            message = "The item is neither a location nor a provider: it has no locationId and no providerId."
            hint = "Give what the interface answers for /locations/… and /providers/…."
            context.report(Finding("violation", "unknown-item", message, hint, "", file.name, item.number, "", shown(item.value)))
            continue
        fields = context.fields(item.value, origin)
        fields.ignore("added when rows were set aside", *IGNORED)
        if item.value.get("locationId"):
            Entry(register, fields, item.value).location()
        else:
            Entry(register, fields, item.value).provider()


def _report_missing_pages(path: Path, context: Context) -> None:
    """Reports a list that is one page of several."""
    told = head(path, _ARRAYS)
    pages, total = told.get("totalPages"), told.get("total")
    if isinstance(pages, int | float) and pages > 1:
        message = f"This is one page of {pages:,.0f}, of {total} entries in all."
        hint = "Put all pages into one folder and load that; what is on other pages counts as no longer listed."
        context.understand("totalPages")
        context.report(Finding("warning", "one-page-of-several", message, hint, "", path.name, None, "totalPages", str(pages)))


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the rows set aside: a CSV file with the lines before its header, or JSON lines."""
    if path.suffix.casefold() == ".csv":
        return write_table(path, [CsvSheet(path, legacy=True)], rows, folder, header=_lines_to_header(path))
    return _json_folder.write_back(path, _ARRAYS, _is_ours, rows, folder)


def _lines_to_header(path: Path) -> int:
    """Counts the rows up to the header, without blank lines."""
    header = _header(path)[2]
    return sum(1 for _ in itertools.takewhile(lambda row: row.number <= header, CsvSheet(path, legacy=True).rows()))
