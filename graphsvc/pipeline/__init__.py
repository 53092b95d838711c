"""The way of an input: read, validate, compare with what the store holds, publish. All of a dataset, or nothing of it.

    planning.py     which inputs, shared maps first, and whether they changed since the last load
    reading.py      loader and shapes over one input, its claims in a spool on disk
    difference.py   the spool against the store: added, changed, retired, kept

A row in error retires nothing: what the store holds of it stays until the row is mended, and the outcome says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from graphsvc.errors import ValidationFailed
from graphsvc.model import Model
from graphsvc.pipeline.difference import Difference, compare
from graphsvc.pipeline.planning import Input, plan
from graphsvc.pipeline.reading import Reading, reading, set_aside
from graphsvc.provenance import Claim
from graphsvc.store import LoadRecord, Publication, Store
from graphsvc.store.elsewhere import held_elsewhere
from graphsvc.validation import Report, Shapes

__all__ = ["Difference", "Input", "Loading", "Outcome", "load", "plan", "reading", "set_aside"]

State = Literal["unchanged", "same", "compared", "published", "refused"]
Tell = Callable[[str, str, int, int], None]
"""Told of progress: dataset, step, how many done, of how many (0: not known)."""


def tell_nobody(dataset: str, step: str, done: int, total: int) -> None:
    """For a caller that shows no progress."""


@dataclass(frozen=True)
class Outcome:
    """What became of one input."""

    input: Input
    state: State
    """``unchanged``: its files, ontology and shapes are those of the last load; ``same``: the store holds all of it;
    ``compared``: a dry run; ``published``; ``refused``: too many rows in error, nothing was published."""
    report: Report | None = None
    difference: Difference | None = None
    record: LoadRecord | None = None
    rejects: Path | None = None


@dataclass(frozen=True)
class Loading:
    """How to load: into which store, checked with which shapes."""

    store: Store
    model: Model
    shapes: Shapes
    base_iri: str
    dry_run: bool = False
    force: bool = False
    """Load even what has not changed."""
    rejects: Path | None = None
    """Where rows set aside are written."""
    reject_limit: float = 0.9
    """Share of an input's rows that may be set aside; past it nothing of the input is published."""
    tell: Tell = field(default=tell_nobody)

    async def load(self, paths: Sequence[Path]) -> list[Outcome]:
        """Load inputs, shared maps first; each is published whole or not at all, and one that is refused stops no other.

        Raises :class:`~graphsvc.errors.InputError` for what is no input, :class:`~graphsvc.errors.StoreError` for the store.
        """
        inputs = await asyncio.to_thread(plan, paths, self.model)
        last = {record.dataset: record for record in await self.store.loads()}
        return [await self._one(item, last.get(item.dataset)) for item in inputs]

    async def _one(self, item: Input, last: LoadRecord | None) -> Outcome:
        if last and last.checksum == item.checksum and not self.force:
            return Outcome(item, "unchanged", record=last)
        revision = await self.store.revision()
        with ExitStack() as stack:
            self.tell(item.dataset, "reading and checking", 0, 0)
            found = await asyncio.to_thread(self._read, item, stack, asyncio.get_running_loop())
            rejects = None
            if self.rejects and not self.dry_run:
                rejects = await asyncio.to_thread(set_aside, found, self.rejects)
            if self._too_much(found):
                return Outcome(item, "refused", found.report, None, last, rejects)
            self.tell(item.dataset, "comparing with the store", 0, 0)
            difference = await compare(found.context, self.store)
            if self.dry_run:
                return Outcome(item, "compared", found.report, difference, last, rejects)
            record = await self._publish(item, found, difference, revision)
        state: State = "same" if difference.nothing else "published"
        return Outcome(item, state, found.report, difference, record, rejects)

    def _read(self, item: Input, stack: ExitStack, loop: asyncio.AbstractEventLoop) -> Reading:
        """Read in a thread, which asks the store through the loop."""

        def stands(ids: Sequence[str]) -> set[str]:
            return asyncio.run_coroutine_threadsafe(self.store.known(ids), loop).result() if ids else set()

        def known(ids: Sequence[str]) -> set[str]:
            return (
                asyncio.run_coroutine_threadsafe(held_elsewhere(self.store, ids, item.dataset), loop).result() if ids else set()
            )

        references = stands if item.amends else known
        return stack.enter_context(reading(item.path, self.model, self.shapes, self.base_iri, references, stands))

    def _too_much(self, found: Reading) -> bool:
        """Whether so much is set aside that publishing the rest would mislead."""
        aside = len(found.context.set_aside)
        good = found.context.spool.count_rows()
        return bool(aside or found.context.unread) and (good == 0 or aside / (aside + good) > self.reject_limit)

    async def _publish(self, item: Input, found: Reading, difference: Difference, revision: int) -> LoadRecord:
        total = difference.added + difference.changed
        self.tell(item.dataset, "publishing", 0, total)
        record = LoadRecord(
            item.dataset,
            item.checksum,
            title=found.context.title,
            files=item.files,
            added=difference.added,
            changed=difference.changed,
            retired=difference.retired,
            rejected=len(found.context.set_aside),
            findings=tuple(finding.as_json() for finding in found.report.findings),
        )
        spool = found.context.spool
        published = await self.store.publish(
            Publication(record, self._counted(item.dataset, spool.added(), total), spool.gone(), revision)
        )
        self.tell(item.dataset, "published", total, total)
        return published

    def _counted(self, dataset: str, claims: Iterator[Claim], total: int) -> Iterator[Claim]:
        for number, claim in enumerate(claims):
            if number % 100 == 0:
                self.tell(dataset, "publishing", number, total)
            yield claim


async def load(paths: Sequence[Path], how: Loading) -> list[Outcome]:
    """Load inputs; see :meth:`Loading.load`. Raises :class:`ValidationFailed` if one of them was refused."""
    outcomes = await how.load(paths)
    refused = [item for item in outcomes if item.state == "refused"]
    if refused:
        names = ", ".join(item.input.dataset for item in refused)
        raise ValidationFailed(f"Nothing was published of {names}: too many rows are in error.", "See `graphsvc validate`.")
    return outcomes
