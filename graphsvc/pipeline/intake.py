"""Read and validate one input; set its rejects aside."""

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
from graphsvc.loading.persons.withheld import Withheld, beside
from graphsvc.loading.private_files import make_private
from graphsvc.loading.rejects.directory import write_facts
from graphsvc.model import Model
from graphsvc.rdf import Rdf
from graphsvc.validation import Report, Shapes, validate


@dataclass(frozen=True)
class Reading:
    """An input read and validated, its claims in the spool."""

    path: Path
    loader: Loader
    context: Context
    report: Report
    unreadable: int = 0
    """Rows that the loader set aside before it could tell what they are about: it kept no thing for them."""


@contextmanager
def reading(
    path: Path,
    model: Model,
    shapes: Shapes,
    base: str,
    known: Known = nothing_known,
    stands: Known = nothing_known,
    released: str = "",
    withheld: Withheld | None = None,
) -> Iterator[Reading]:
    """Read and validate one input; its claims are on disk while the context lasts.

    ``known`` tells which things the store holds of other inputs, to which references may lead; ``stands`` which things it
    holds at all, of this input's last load too: a row in error leaves them standing. ``released`` is the
    date of the release where neither the file nor its name tells it; in ``withheld`` what is kept out
    is written down. Raises :class:`~graphsvc.errors.InputError` for what is no
    input at all; everything less is a finding.
    """
    loader = loader_for(path)
    with tempfile.TemporaryDirectory(prefix="graphsvc-") as folder:
        spool = Spool(Path(folder) / "claims.sqlite")
        try:
            context = Context(model, spool, known)
            context.released, context.withheld = released, withheld
            try:
                loader.load(path, context)
            except InputError as error:
                private(error)
                raise
            _only_named(context)
            unreadable = max(0, len(context.set_aside) - context.kept.count_things())
            yield Reading(path, loader, context, validate(context, shapes, Rdf(model, base), stands), unreadable)
        finally:
            spool.close()


def _only_named(context: Context) -> None:
    """Take out stubs of what the input describes, and say how many things it only refers to."""
    named = context.spool.settle()
    if named:
        message = f"{named:,} thing{'s are' if named != 1 else ' is'} referred to by a code and described nowhere in this input."
        hint = "Load the directory that lists them, in any order: what it says of them then goes before their codes."
        context.report(Finding("info", "named-only", message, hint))


def set_aside(found: Reading, folder: Path) -> Path | None:
    """Write the rows set aside into ``folder``, in the layout of the input; what was written, or ``None`` for no rows."""
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
