"""Releases: finds out the directory, date, publisher and licence of a file.

What the file itself does not tell stands beside it: ``epraccur.csv.toml`` beside ``epraccur.csv``.

    [source]
    directory = "my-practices"          # id of the directory: files of one directory are its releases
    title = "GP practices"
    publisher = "NHS England"           # an organisation
    licence = "Open Government Licence v3.0"
    released = "2026-02-27"             # or 2026-02, or 2026
    url = "https://…"
    base = "https://…/"                 # of RDF that states no base: what its relative IRIs are resolved against
    partial = true                      # it holds only some entries of the directory: the others have not vanished; or false

    [expectations]                      # read by the pipeline
    rows = 15000                        # at least so many rows
    rejected = 0.01                     # at most such a share of rows set aside
    vanished = 0.02                     # at most such a share of listed things vanished since the last release
    changed = 0.20                      # at most such a share changed
    understood = 0.90                   # at least such a share of the rows in the file is looked at

A rejects file has one too, with ``amends = "<directory>"``, so that mended rows go in beside the others.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graphsvc.dates import DateError, period
from graphsvc.errors import InputError
from graphsvc.loading.findings import did_you_mean

ENDING: Final = ".toml"
MAX_FACTS: Final = 100_000
_SOURCE_KEYS: Final = ("directory", "title", "publisher", "licence", "released", "url", "base", "amends", "partial")
_EXPECTATION_KEYS: Final = ("rows", "rejected", "vanished", "changed", "understood")
_IN_NAME: Final = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?:[-_. ]?(?P<month>0[1-9]|1[0-2])(?:[-_. ]?(?P<day>[0-2]\d|3[01]))?)?(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Expectations:
    """The conditions for publishing a release; ``None`` where nothing is expected. Shares are between 0 and 1."""

    rows: int | None = None
    rejected: float | None = None
    vanished: float | None = None
    changed: float | None = None
    understood: float | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """The facts stated beside a file about it; empty where nothing is stated."""

    directory: str = ""
    title: str = ""
    publisher: str = ""
    licence: str = ""
    released: str = ""
    url: str = ""
    base: str = ""
    """The base IRI of a file of RDF, where the file itself states none."""
    amends: str = ""
    """Id of the dataset to which the file only adds: a mended rejects file."""
    partial: bool | None = None
    """Whether it holds only some entries of its directory; ``None`` where that is not said."""
    expectations: Expectations = field(default_factory=Expectations)


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a directory, as the graph knows it."""

    directory: str
    """Id of the Source that is the directory; present claims cite it."""
    source: str
    """Id of the Source that is this release; what later releases no longer say is cited from it."""
    released: date | None
    """The first day that the date of the release can mean."""
    stated: str = ""


def facts_beside(path: Path) -> SourceFacts:
    """Reads the facts in ``<file>.toml`` beside a file or folder.

    Raises :class:`InputError` for one that is no TOML, or says what means nothing.
    """
    beside = path.with_name(path.name + ENDING)
    if not beside.is_file():
        return SourceFacts()
    return _read(beside, beside.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(beside: Path, _changed: int) -> SourceFacts:
    try:
        with beside.open("rb") as stream:
            content = tomllib.loads(stream.read(MAX_FACTS).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{beside.name} is not well-formed TOML: {error}", "Mend it, or take it away.") from error
    _known(beside, content, ("source", "expectations"))
    source, expected = content.get("source", {}), content.get("expectations", {})
    for name, table, keys in (("source", source, _SOURCE_KEYS), ("expectations", expected, _EXPECTATION_KEYS)):
        if not isinstance(table, dict):
            raise InputError(f"{beside.name}: {name} is no table.", f"Write [{name}] on a line of its own.")
        _known(beside, table, keys)
    partial = source.pop("partial", None)
    if partial is not None and not isinstance(partial, bool):
        raise InputError(f"{beside.name}: partial is neither true nor false.", "Write partial = true, or leave it out.")
    texts = {key: _text(beside, key, source[key]) for key in source}
    released_on(texts.get("released", ""), beside.name)
    numbers = {key: _number(beside, key, value) for key, value in expected.items()}
    rows = numbers.pop("rows", None)
    return SourceFacts(**texts, partial=partial, expectations=Expectations(None if rows is None else int(rows), **numbers))


def _known(beside: Path, table: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            hint = did_you_mean(key, list(keys)) or f"It may say {', '.join(keys)}."
            raise InputError(f"{beside.name} says {key!r}, which means nothing here.", hint)


def _text(beside: Path, key: str, value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise InputError(f"{beside.name}: {key} is no text.", f'Write {key} = "…".')
    return value.strip()


def _number(beside: Path, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or (key != "rows" and value > 1):
        what = "a number of rows" if key == "rows" else "a share between 0 and 1, such as 0.02"
        raise InputError(f"{beside.name}: {key} = {value!r} means nothing.", f"Give {what}.")
    return value


def released_on(stated: str, where: str = "") -> date | None:
    """Returns the first day that the date of a release can mean; ``None`` where none is stated.

    Raises :class:`InputError` for what is no date.
    """
    if not stated:
        return None
    try:
        return period(stated, "")[0]
    except DateError as error:
        raise InputError(f"{where}: {stated!r} is not the date of a release. {error.message}", error.hint) from error


def date_in_name(path: Path) -> str:
    """Finds the date in a file's name, as exactly as it is given: ``2026-02`` in ``epraccur_2026-02.csv``; else empty."""
    found = list(_IN_NAME.finditer(path.stem))
    if not found:
        return ""
    parts = [part for part in found[-1].group("year", "month", "day") if part]
    try:
        date(*(int(part) for part in [*parts, "1", "1"][:3]))
    except ValueError:
        return parts[0]
    return "-".join(parts)


def directory_in_name(path: Path) -> str:
    """Makes an id from a file's name without its date: ``trafford-services`` from ``Trafford_services 2024.csv``."""
    bare = _IN_NAME.sub(" ", path.stem)
    return re.sub(r"[^a-z0-9]+", "-", bare.casefold()).strip("-") or "directory"


def checksum(path: Path) -> str:
    """Computes the SHA-256 of a file, or of the files of a folder with their names, in hexadecimal."""
    files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    total = hashlib.sha256()
    for file in files:
        if path.is_dir():
            total.update(f"{file.relative_to(path).as_posix()}\0".encode())
        with file.open("rb") as stream:
            while piece := stream.read(1 << 20):
                total.update(piece)
    return total.hexdigest()
