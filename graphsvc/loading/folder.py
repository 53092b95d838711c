"""Reports the files of a folder that its loader does not read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from graphsvc.loading.context import Context
from graphsvc.loading.findings import Finding
from graphsvc.loading.persons.privacy import shown_name

DATA: Final = frozenset((
    ".csv", ".tsv", ".tab", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".ndjson", ".ttl", ".rdf", ".jsonld", ".nt", ".nq",
    ".trig", ".xml", ".zip", ".gz", ".7z", ".parquet", ".sqlite", ".db",
))  # fmt: skip
"""Endings of files that hold data; what has another is told, and is no part that is missing."""


def report_unread_files(path: Path, takes: Callable[[Path], bool], context: Context, *, all_files: bool = True) -> None:
    """Reports every file and folder in a folder that its loader does not read.

    One that holds data is a part that is left out, without which nothing is published. ``all_files`` reports others too, such
    as a note or a picture.
    """
    for item in sorted(path.iterdir()) if path.is_dir() else ():
        if item.name.startswith(".") or item.suffix.casefold() == ".toml" or (item.is_file() and takes(item)):
            continue
        what = "The folder inside is" if item.is_dir() else "The file is of another format than the folder and is"
        finding = Finding("warning", "file-not-read", f"{what} not read.", "Load it as an input of its own.", "", item.name)
        if item.suffix.casefold() in DATA and item.is_file():
            context.leave_out(f"{shown_name(item.name)} in the folder {path.name}", finding)
        elif all_files:
            context.report(finding)
