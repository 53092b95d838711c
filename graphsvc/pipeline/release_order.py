"""Works out which release of a directory a load follows: the next one, a correction, or mended rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from graphsvc.errors import InputError
from graphsvc.loading import shown
from graphsvc.loading.release import Release, released_on
from graphsvc.store import LoadRecord


@dataclass(frozen=True, slots=True)
class Earlier:
    """The previous release: its Source, and its date as stated."""

    source: str
    stated: str

    @property
    def day(self) -> date | None:
        """The first day that its date can mean."""
        return released_on(self.stated)


@dataclass(frozen=True, slots=True)
class Step:
    """The step of a load from one release to another."""

    release: Release
    previous: Earlier | None
    base: int
    """The revision before the first file of ``release``: what is known from later, only this release says."""
    corrects: bool = False
    """Whether a file of the same release was loaded before."""
    amends: bool = False
    """Whether the file holds mended rows of that release only."""
    later: str = ""
    """The date of the release that the store holds, where it is later than this one."""

    @property
    def note(self) -> str:
        """Returns the note on a claim that ended between the two releases."""
        before = f"the release of {self.previous.stated}" if self.previous and self.previous.stated else "an earlier release"
        now = f"that of {self.release.stated}" if self.release.stated else "the one after it"
        return f"Listed in {before}; not in {now}."


def step_of(release: Release, last: LoadRecord | None, revision: int, *, amends: bool) -> Step:
    """Works out the step that a file of ``release`` makes after the ``last`` load of the directory.

    Raises :class:`InputError` for mended rows of a directory that the store does not hold.
    """
    if last is None or not last.release:
        if amends:
            message = f"These are mended rows of {release.directory.partition('/')[2]}, which the store does not hold."
            raise InputError(message, "Load the release that they are of first.")
        return Step(release, None, revision)
    before = Earlier(last.release, last.released)
    same = release.source == last.release or (release.released is not None and release.released == before.day)
    if amends and (same or not release.stated):
        release, same = Release(release.directory, last.release, before.day, last.released), True
    if same:
        earlier = Earlier(last.previous, last.previous_released) if last.previous else None
        return Step(release, earlier, last.base, corrects=True, amends=amends)
    later = before.stated if release.released and before.day and release.released < before.day else ""
    return Step(release, before, revision, amends=amends, later=later)


def of_another(issuer: str, last: LoadRecord | None, file: str) -> str:
    """Explains that a file is another publisher's than the directory in the store; empty where it is not, or none is known.

    A directory without an id of its own is named after its file, and two publishers may give their files one name.
    """
    if last is None or not issuer or not last.issuer or _folded(issuer) == _folded(last.issuer):
        return ""
    return (
        f"publisher: the store holds {last.dataset} as a directory of {shown(last.issuer)}, and this file is of {shown(issuer)}. "
        f'If it is another directory, write directory = "an-id-of-its-own" under [source] in {file}.toml beside it; if only the '
        "name has changed, accept it."
    )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def out_of_order(step: Step) -> str:
    """Explains why a release must not follow the one that the store holds."""
    sort = "these mended rows are of" if step.amends else "this is"
    return (
        f"order: {sort} the release of {step.release.stated}, and the store holds that of {step.later}, which is later; "
        "if it is accepted, it counts as the release that follows."
    )


def recorded(record: LoadRecord, step: Step) -> LoadRecord:
    """Adds to the record of a load what the next load needs to know of releases."""
    previous = step.previous or Earlier("", "")
    return replace(
        record,
        release=step.release.source,
        released=step.release.stated,
        previous=previous.source,
        previous_released=previous.stated,
        base=step.base,
    )
