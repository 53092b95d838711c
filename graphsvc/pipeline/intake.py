"""Reads and validates one input, and writes its rejects."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graphsvc.errors import InputError
from graphsvc.loading import Context, Finding, Loader, Spool, loader_for
from graphsvc.loading.context import Known, nothing_known
from graphsvc.loading.persons.privacy import private
from graphsvc.loading.persons.withheld_list import Withheld, beside
from graphsvc.loading.private_files import make_private
from graphsvc.loading.rejects.directory import write_facts
from graphsvc.model import Model
from graphsvc.rdf import Rdf
from graphsvc.validation import Report, Shapes, validate


@dataclass(frozen=True)
class CheckedInput:
    """An input that was read and validated, with its claims in the spool."""

    path: Path
    loader: Loader
    context: Context
    report: Report
    unreadable: int = 0
    """Number of rows that the loader set aside before it could tell what they are about."""


@dataclass(frozen=True)
class ReadOptions:
    """Options of reading: what the store holds, the date of the release, and the list of withheld texts."""

    referable: Known = nothing_known
    """Tells which things of other inputs the store holds; references may lead to them."""
    stored: Known = nothing_known
    """Tells which things the store holds at all, of this input's last load too: a row in error leaves them as they are."""
    released: str = ""
    """The date of the release, where neither the file nor its name states it."""
    withheld: Withheld | None = None
    """The list in which texts about persons are written down, where one is wanted."""


@contextmanager
def read_input(
    path: Path, model: Model, shapes: Shapes, base: str, options: ReadOptions = ReadOptions()
) -> Iterator[CheckedInput]:
    """Reads and validates one input; its claims are on disk while the context lasts.

    Raises :class:`~graphsvc.errors.InputError` for what is no input at all; everything less is a finding.
    """
    loader = loader_for(path)
    with tempfile.TemporaryDirectory(prefix="graphsvc-") as folder:
        spool = Spool(Path(folder) / "claims.sqlite")
        try:
            context = Context(model, spool, options.referable)
            context.released, context.withheld = options.released, options.withheld
            try:
                loader.load(path, context)
            except InputError as error:
                private(error)
                raise
            _drop_described_stubs(context)
            unreadable = max(0, len(context.set_aside) - context.kept.count_things())
            report = validate(context, shapes, Rdf(model, base), options.stored)
            yield CheckedInput(path, loader, context, report, unreadable)
        finally:
            spool.close()


def _drop_described_stubs(context: Context) -> None:
    """Takes out stubs of things that the input describes, and reports how many things it only refers to."""
    named = context.spool.settle()
    if named:
        message = f"{named:,} thing{'s are' if named != 1 else ' is'} referred to by a code and described nowhere in this input."
        hint = "Load the directory that lists them, in any order: what it says of them then goes before their codes."
        context.report(Finding("info", "named-only", message, hint))


def save_rejects(found: CheckedInput, folder: Path) -> Path | None:
    """Writes the rows set aside into ``folder``, in the layout of the input; returns the path, or ``None`` for no rows."""
    rows, unread = found.context.set_aside, found.context.unread
    write = getattr(found.loader, "write_rejects", None)
    if write is None or not (rows or unread):
        return None
    written: Path | None = write(found.path, rows, unread, folder)
    if written is not None and found.context.release is not None:
        write_facts(written, found.context.dataset, found.context.release.stated)
        known, copy = beside(found.path), beside(written)
        if known.is_file() and not copy.exists():
            copy.write_bytes(known.read_bytes())
            make_private(copy)
    return written
