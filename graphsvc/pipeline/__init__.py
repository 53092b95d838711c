"""Loads inputs into the store: reads, validates, compares and publishes each dataset as a whole or not at all.

    stored_findings.py   cleans the findings that older versions stored of what may be about persons
    load_order.py        orders the inputs, shared maps first, and tells which changed since the last load
    intake.py            runs the loader and the shapes over one input, with its claims in a spool on disk
    release_order.py     tells the place of a release among those loaded: a new one, a correction, mended rows
    holdings.py          keeps what the store holds of the dataset beside the spool
    difference.py        compares a map with the store: added, changed, retired, kept
    releases.py          compares a release with the store: finds the entries that it changes, marks what vanished
    history.py           works out what is kept of what all releases say of one entry
    coverage.py          counts how much of an input was read and understood
    expectations.py      checks what a release must hold to be published
    directory_diff.py    compares two files of one directory with each other, without a store

A row in error retires nothing: what the store holds of it stays until the row is mended, and the outcome says so.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from graphsvc.errors import ValidationFailed
from graphsvc.loading.persons.withheld_list import Withheld
from graphsvc.loading.release import facts_beside
from graphsvc.model import Model
from graphsvc.pipeline import releases
from graphsvc.pipeline.coverage import coverage_of
from graphsvc.pipeline.difference import Difference, compare
from graphsvc.pipeline.expectations import broken
from graphsvc.pipeline.holdings import Holdings
from graphsvc.pipeline.intake import CheckedInput, ReadOptions, read_input, save_rejects
from graphsvc.pipeline.load_order import Input, plan
from graphsvc.pipeline.release_order import Step, of_another, recorded, step_of
from graphsvc.pipeline.stored_findings import RULE, clean_findings
from graphsvc.provenance import Claim
from graphsvc.store import LoadRecord, Publication, Store
from graphsvc.store.listed_releases import listed_releases
from graphsvc.store.other_datasets import also_described
from graphsvc.validation import Report, Shapes

__all__ = ["Difference", "Input", "Loading", "Outcome", "ReadOptions", "load", "plan", "read_input", "save_rejects"]

State = Literal["unchanged", "same", "compared", "published", "refused"]
Progress = Callable[[str, str, int, int], None]
"""Shows progress: dataset, step, how many are done, of how many (0: not known)."""


def no_progress(dataset: str, step: str, done: int, total: int) -> None:
    """Shows no progress."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of loading one input."""

    input: Input
    state: State
    """``unchanged``: its files, ontology and shapes are those of the last load; ``same``: the store holds all of it;
    ``compared``: a dry run; ``published``; ``refused``: nothing was published."""
    report: Report | None = None
    difference: Difference | None = None
    record: LoadRecord | None = None
    rejects: Path | None = None
    audit: dict[str, Any] = field(default_factory=dict)
    """What became of every column and key."""
    unreadable: int = 0
    """Number of rows that could not be understood; while there are any, nothing is marked as no longer listed."""
    cut_short: bool = False
    """Whether the end of the file, or a sheet of it, could not be read."""
    objections: tuple[str, ...] = ()
    """Reasons against publishing it, with figures and limits; of a published one, those that were accepted."""
    note: str = ""
    """What a release that is not the latest means for those that are later."""


@dataclass(frozen=True)
class Loading:
    """The settings of a load: the store to publish to, the shapes to check with, and what to do with errors."""

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
    tell: Progress = field(default=no_progress)
    accept: bool = False
    """Publish a release although it breaks its expectations, and record that."""
    released: str = ""
    """The date of the release, where neither the file nor its name tells it."""
    withheld: Withheld | None = None
    """Where to write down what is kept out because it is about persons."""

    async def load(self, paths: Sequence[Path]) -> list[Outcome]:
        """Loads inputs, shared maps first; each is published whole or not at all, and one that is refused stops no other.

        Raises :class:`~graphsvc.errors.InputError` for what is no input, :class:`~graphsvc.errors.StoreError` for the store.
        """
        await clean_findings(self.store)
        outcomes: list[Outcome] = []
        with tempfile.TemporaryDirectory(prefix="graphsvc-") as folder:
            for item in await asyncio.to_thread(plan, paths, self.model, self.released, Path(folder)):
                last = {record.dataset: record for record in await self.store.loads()}
                outcomes.append(await self._one(item, last.get(item.dataset)))
        return outcomes

    async def _one(self, item: Input, last: LoadRecord | None) -> Outcome:
        if last and last.checksum == item.checksum and not self.force:
            return Outcome(item, "unchanged", record=last)
        revision = await self.store.revision()
        with ExitStack() as stack:
            self.tell(item.dataset, "reading and checking", 0, 0)
            found = await asyncio.to_thread(self._read, item, stack, asyncio.get_running_loop())
            rejects = None
            if self.rejects and not self.dry_run:
                rejects = await asyncio.to_thread(save_rejects, found, self.rejects)
            step = None
            if found.context.release is not None:
                context = found.context
                if last and not last.releases:
                    directory = found.context.release.directory
                    last = replace(last, releases=await listed_releases(self.store, self.model, directory))
                step = step_of(found.context.release, last, amends=context.amends, partial=context.partial)

            def outcome(state: State, difference: Difference | None, record: LoadRecord | None) -> Outcome:
                ledger, cut = found.context.ledger.as_json(), bool(found.context.unread)
                return Outcome(
                    item, state, found.report, difference, record, rejects, ledger, found.unreadable, cut, tuple(objections),
                    step.note if step else "",
                )  # fmt: skip

            objections: list[str] = []
            if self._exceeds_reject_limit(found):
                return outcome("refused", None, last)
            if step is not None:
                objections += _before_comparing(found, step, last)
                if objections and not self.accept:
                    return outcome("refused", None, last)
            self.tell(item.dataset, "comparing with the store", 0, 0)
            holdings = Holdings(found.context.spool)
            if step is None:
                difference = await compare(found.context, self.store, holdings)
            else:
                difference = await releases.compare(found.context, self.store, holdings, step, found.unreadable)
                objections += self._broken_expectations(found, difference, step)
            if objections and not self.accept:
                return outcome("refused", difference, last)
            if self.dry_run:
                return outcome("compared", difference, last)
            accepted = [*(last.accepted if last and step and step.amends else ()), *objections]
            record = await self._publish(_record(item, found, difference, step, accepted, last), holdings, difference, revision)
        return outcome("same" if difference.nothing else "published", difference, record)

    def _read(self, item: Input, stack: ExitStack, loop: asyncio.AbstractEventLoop) -> CheckedInput:
        """Reads and validates an input in a thread, which asks the store through the event loop."""

        def stored(ids: Sequence[str]) -> set[str]:
            return asyncio.run_coroutine_threadsafe(self.store.known(ids), loop).result() if ids else set()

        def stored_of_others(ids: Sequence[str]) -> set[str]:
            return (
                asyncio.run_coroutine_threadsafe(also_described(self.store, ids, item.dataset), loop).result() if ids else set()
            )

        options = ReadOptions(stored if item.amends else stored_of_others, stored, self.released, self.withheld)
        return stack.enter_context(read_input(item.path, self.model, self.shapes, self.base_iri, options))

    def _exceeds_reject_limit(self, found: CheckedInput) -> bool:
        """Tells whether so many rows are set aside that publishing the rest would mislead."""
        aside = len(found.context.set_aside)
        good = found.context.spool.count_rows()
        return bool(aside or found.context.unread) and (good == 0 or aside / (aside + good) > self.reject_limit)

    def _broken_expectations(self, found: CheckedInput, difference: Difference, step: Step) -> Iterator[str]:
        """Yields the expectations that a release breaks."""
        if not step.amends:
            yield from broken(facts_beside(found.path).expectations, coverage_of(found), difference)

    async def _publish(self, record: LoadRecord, holdings: Holdings, difference: Difference, revision: int) -> LoadRecord:
        self.tell(record.dataset, "publishing", 0, difference.writes)
        published = await self.store.publish(
            Publication(
                record, self._counted(record.dataset, holdings.added(), difference.writes), holdings.withdrawn(), revision
            )
        )
        self.tell(record.dataset, "published", difference.writes, difference.writes)
        return published

    def _counted(self, dataset: str, claims: Iterator[Claim], total: int) -> Iterator[Claim]:
        for number, claim in enumerate(claims):
            if number % 100 == 0:
                self.tell(dataset, "publishing", number, total)
            yield claim


def _before_comparing(found: CheckedInput, step: Step, last: LoadRecord | None) -> Iterator[str]:
    """Yields what keeps a file from following the release that the store holds, whatever is in it."""
    other = "" if step.amends else of_another(found.context.issuer, last, found.path.name)
    if other:
        yield other


def _record(
    item: Input, found: CheckedInput, difference: Difference, step: Step | None, accepted: Sequence[str], last: LoadRecord | None
) -> LoadRecord:
    """Makes the record of a load that the store keeps."""
    record = LoadRecord(
        item.dataset,
        item.checksum,
        title=found.context.title,
        files=item.files,
        added=difference.added,
        changed=difference.changed,
        retired=difference.retired,
        superseded=difference.superseded,
        vanished=difference.vanished,
        unlisted=difference.unlisted,
        rejected=len(found.context.set_aside),
        findings=tuple(finding.as_json() for finding in found.report.findings),
        accepted=tuple(accepted),
        audit=found.context.ledger.as_json(),
        cleaned=RULE,
        issuer=found.context.issuer or (last.issuer if last else ""),
    )
    return recorded(record, step) if step else record


async def load(paths: Sequence[Path], how: Loading) -> list[Outcome]:
    """Loads inputs; see :meth:`Loading.load`. Raises :class:`ValidationFailed` if one of them was refused."""
    outcomes = await how.load(paths)
    refused = [item for item in outcomes if item.state == "refused"]
    if refused:
        names = ", ".join(item.input.dataset for item in refused)
        raise ValidationFailed(
            f"Nothing was published of {names}: too many rows are in error, or expectations are broken.",
            "See `graphsvc validate` and `graphsvc load --dry-run`.",
        )
    return outcomes
