"""Writes the list of withheld texts for whoever loads a file, and reads the list of names that are no persons.

The list of what was withheld is a private file, which is written only if it is asked for. Names in it that are no persons go, one
a line, into ``not-persons.txt`` in the folder of the file: from then on that and every later file of the folder keeps them.
"""

from __future__ import annotations

import csv
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from graphsvc.errors import InputError
from graphsvc.loading.formulas import safe
from graphsvc.loading.private_files import create_private
from graphsvc.provenance import Origin

NOT_PERSONS: Final = "not-persons.txt"
MAX_LIST: Final = 1_000_000
_COLUMNS: Final = ("file", "row", "column", "text", "reason")


def beside(path: Path) -> Path:
    """Returns the path of the list of names that are no persons: in the folder of a file, or beside an input folder."""
    return path.with_name(NOT_PERSONS)


def not_persons(path: Path) -> frozenset[str]:
    """Reads the names that are known to be no persons, in small letters with single spaces; none without a list.

    Raises :class:`InputError` for a list that is no text.
    """
    found = beside(path)
    if not found.is_file():
        return frozenset()
    try:
        with found.open("rb") as stream:
            text = stream.read(MAX_LIST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{found.name} is no text in UTF-8.", "Save it as UTF-8, one name a line.") from error
    lines = (" ".join(line.split()).casefold() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


class Withheld(AbstractContextManager["Withheld"]):
    """The list of withheld texts, as a CSV file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        try:
            self._out = create_private(path)
        except FileExistsError as error:
            raise InputError(f"{path.name} is there already.", "Take it away first, or give another name.") from error
        except OSError as error:
            raise InputError(f"{path.name} cannot be written: {error.strerror}.", "Give a folder that is there.") from error
        self._writer = csv.writer(self._out, lineterminator="\n")
        self._writer.writerow(_COLUMNS)

    def note(self, sort: str, text: str, origin: Origin) -> None:
        """Writes down one text and why it was withheld."""
        self._writer.writerow([safe(str(cell)) for cell in (origin.file, origin.row or "", origin.column or "", text, sort)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._out.close()
