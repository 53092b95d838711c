"""Loading: the protocol of a loader, what it is given, and how loaders are found.

A loader is one module in ``loaders/`` with three names: ``NAME`` (the format, as people call it), ``recognise(path)`` (whether
a file or folder is of that format; it looks, and raises nothing) and ``load(path, context)`` (reads it, emits claims and
reports findings). Three more are optional: ``describe(path)`` tells the dataset and the inputs that must be loaded first,
``divide(path, folder)`` writes an input of several datasets as one of each, and ``write_rejects(path, rows, unread, folder)``
writes the rows that were set aside in the layout of the input. The folder is the
registry: a new format is one new file, and no list is edited. A loader with ``EXPLICIT = True`` takes only files that somebody
has meant for it, by what stands beside them, and is asked before all others.

    files/           reads bytes, CSV, spreadsheets and JSON safely
    persons/         finds persons in text and withholds them
    mapping/         reads, drafts and guesses what the columns of a table mean
    layout.py        the sheets and columns of a map workbook
    context.py       makes ids and records for a loader, and collects its claims and findings
    fields.py        gives a loader the values of one row or object, and reports those that it does not take
    times.py         reads a time of day
    release.py       finds out the directory, date, publisher and licence of a file
    directory.py     makes the sources, qualifiers and cleaned values of a release
    folder.py        reports the files of a folder that its loader does not read
    findings.py      what is wrong in an input, where, and what to do about it
    audit.py         counts what became of every column, key and code
    spool.py         keeps the claims on disk between loader and store
    rejects/         writes the rows set aside in the layout of their input
    formulas.py      makes cells safe that a spreadsheet would run
    private_files.py makes files that only their owner can read
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from graphsvc.dates import DateError, period
from graphsvc.errors import InputError
from graphsvc.loading.audit import Audit
from graphsvc.loading.context import SLUG, Context
from graphsvc.loading.directory import OPEN_GOVERNMENT_LICENCE, Directory, DirectoryFacts, dataset_of, open_directory
from graphsvc.loading.fields import Fields, Listener
from graphsvc.loading.files.cells import CellError, choose, values_of
from graphsvc.loading.files.cells import read as read_cell
from graphsvc.loading.files.json_file import Item, Look, head, items, look
from graphsvc.loading.files.sheets import CsvSheet, Fault, Row, Sheet
from graphsvc.loading.files.spreadsheet import xlsx_sheets
from graphsvc.loading.findings import Finding, Severity, did_you_mean, nearest, shown
from graphsvc.loading.layout import ABOUT, ABOUT_KEYS, IGNORED, QUALIFIERS, RELATION_COLUMNS, RELATIONS, columns
from graphsvc.loading.layout import sheets as sheets_of
from graphsvc.loading.rejects.directory import write_items, write_table
from graphsvc.loading.rejects.file import write_rejects
from graphsvc.loading.spool import Spool
from graphsvc.model import Class, Property, Relation
from graphsvc.provenance import CONFIDENCES, STATUSES, Origin, Qualifiers, Value

__all__ = [
    "ABOUT", "ABOUT_KEYS", "CONFIDENCES", "IGNORED", "OPEN_GOVERNMENT_LICENCE", "QUALIFIERS", "RELATIONS", "RELATION_COLUMNS",
    "SLUG", "STATUSES",
    "Audit", "CellError", "Class", "Context", "CsvSheet", "DateError", "Described", "Directory", "DirectoryFacts", "Fault",
    "Fields", "Finding", "InputError", "Item", "Listener", "Loader", "Look", "Origin", "Property", "Qualifiers", "Relation",
    "Row", "Severity", "Sheet", "Spool", "Value",
    "choose", "columns", "dataset_of", "describe_release", "did_you_mean", "head", "items", "loader_for", "loaders", "look",
    "nearest", "open_directory", "period", "read_cell", "sheets_of", "shown", "values_of", "write_items", "write_rejects",
    "write_table", "xlsx_sheets",
]  # fmt: skip


class Loader(Protocol):
    """The protocol of a loader: what a module in ``loaders/`` offers."""

    NAME: str

    def recognise(self, path: Path) -> bool:
        """Tells whether the file or folder is of this format."""
        ...

    def load(self, path: Path, context: Context) -> None:
        """Reads the input: sets ``context.dataset``, emits claims, reports findings."""
        ...


@dataclass(frozen=True, slots=True)
class Described:
    """The description of an input before it is read, as ``describe(path)`` of a loader gives it."""

    dataset: str
    uses: tuple[Path, ...] = ()
    """Other inputs whose things it refers to; they are loaded first."""
    amends: bool = False
    """Whether it only adds to what the dataset says."""


def describe_release(path: Path, directory: str = "") -> Described:
    """Describes a file as a release of a directory; without ``directory`` the dataset is its name without the date."""
    dataset, amends = dataset_of(path, directory)
    return Described(dataset, (), amends)


class RejectsWriter(Protocol):
    """A loader that can write rows set aside in the layout of its input."""

    def write_rejects(
        self, path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
    ) -> Path:
        """Writes the rows set aside into ``folder`` and returns the path that was written."""
        ...


def loaders(package: str = "loaders") -> dict[str, Loader]:
    """Returns the loaders by the name of their module, in order."""
    found = importlib.import_module(package)
    return {name: cast(Loader, module) for name, module in sorted(_modules(found)) if hasattr(module, "recognise")}


def _modules(package: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_"):
            yield info.name, importlib.import_module(f"{package.__name__}.{info.name}")


def loader_for(path: Path, package: str = "loaders") -> Loader:
    """Finds the loader that recognises a file or folder.

    Raises :class:`InputError` if there is no such file, or no loader knows it.
    """
    if not path.exists():
        near = nearest(path.name, [item.name for item in path.parent.iterdir()]) if path.parent.is_dir() else []
        raise InputError(f"There is no file or folder {path}.", f"Did you mean {near[0]}?" if near else "Check the path.")
    known = loaders(package)
    wanted = (loader for loader in known.values() if getattr(loader, "EXPLICIT", False))
    for loader in (*wanted, *known.values()):
        if loader.recognise(path):
            return loader
    formats = ", ".join(loader.NAME for loader in known.values())
    raise InputError(
        f"No loader recognises {path.name}.",
        f"{_possible(path)}Formats that are read: {formats}. `graphsvc formats` says how they look.",
    )


def _possible(path: Path) -> str:
    """Suggests what can be done with a table that no loader recognises."""
    if path.is_dir():
        return "A map is a folder with a sheet about.csv (`graphsvc template` writes one); of another folder give the files. "
    if path.suffix.casefold() not in (".csv", ".tsv", ".tab", ".txt", ".xlsx"):
        return ""
    draft = f"`graphsvc mapping {path.name}` drafts a mapping that says what its columns mean"
    return (
        f"If it is a table, {draft}; if it is meant as a map, it lacks the sheet about. "
        if path.suffix == ".xlsx"
        else f"{draft}. "
    )
