"""Works out the place of a release among those of its directory that are loaded: a new one, a correction, mended rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from graphsvc.errors import InputError
from graphsvc.loading import shown
from graphsvc.loading.release import Release
from graphsvc.store import KnownRelease, LoadRecord


@dataclass(frozen=True, slots=True)
class Step:
    """The place of a load among the releases of its directory."""

    release: Release
    releases: tuple[KnownRelease, ...]
    """All releases of the directory, this one among them, earliest first."""
    place: int
    """Where this release stands among them."""
    before: tuple[KnownRelease, ...] = ()
    """Those that the store holds."""
    amends: bool = False
    """Whether the file holds mended rows of that release only."""

    @property
    def corrects(self) -> bool:
        """Whether a file of the same release was loaded before."""
        return len(self.before) == len(self.releases)

    @property
    def earliest(self) -> bool:
        """Whether it takes its place before all that are loaded, so that what they say no longer begins with the first of all."""
        return self.place == 0 and bool(self.before) and not self.corrects

    @property
    def latest(self) -> bool:
        """Whether no later release is loaded."""
        return self.place == len(self.releases) - 1

    @property
    def later(self) -> str:
        """The date of the next release, where one is loaded."""
        return "" if self.latest else self.releases[self.place + 1].stated

    @property
    def note(self) -> str:
        """What whoever loads it is told of its place; empty where it is the latest."""
        if self.latest:
            return ""
        what = "These are mended rows of" if self.amends else "This is"
        return (
            f"{what} the release of {self.release.stated}, and a later one, of {self.later}, is loaded: it takes its place "
            "before it, and what later releases say of their own days stays."
        )


def key_of(release: Release) -> str:
    """The text by which a release is put in order: the first day that its date can mean, else its Source."""
    return release.released.isoformat() if release.released else f"?{release.source}"


def day_of(key: str) -> date | None:
    """The day of a release; ``None`` for one without a date."""
    return None if key.startswith("?") else date.fromisoformat(key)


def step_of(release: Release, last: LoadRecord | None, *, amends: bool, partial: bool = False) -> Step:
    """Works out the place of a file of ``release`` after the ``last`` load of the directory.

    A release without a date follows all that are loaded.
    Raises :class:`InputError` for mended rows of a release that the store does not hold.
    """
    before = last.releases if last else ()
    if amends and before and not release.stated:
        found = before[-1]
    else:
        key = key_of(release)
        same = [item for item in before if item.source == release.source or item.key == key]
        if not same and amends:
            whose = f"{release.directory.partition('/')[2]}{f' of {release.stated}' if release.stated and before else ''}"
            raise InputError(
                f"These are mended rows of {whose}, which the store does not hold.", "Load the release that they are of first."
            )
        found = same[0] if same else KnownRelease(key, release.source, release.stated, False)
    whole = found.whole or not (partial or amends)
    if found in before:
        place = before.index(found)
        releases = (*before[:place], found._replace(whole=whole), *before[place + 1 :])
        if amends or found.source != release.source:
            release = Release(release.directory, found.source, day_of(found.key), found.stated)
        return Step(release, releases, place, before, amends)
    place = len(before)
    if release.released:
        place = next((number for number, item in enumerate(before) if item.key > found.key and item.key[0] != "?"), place)
    return Step(release, (*before[:place], found._replace(whole=whole), *before[place:]), place, before)


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


def recorded(record: LoadRecord, step: Step) -> LoadRecord:
    """Adds to the record of a load what the next load needs to know of releases."""
    latest = step.releases[-1]
    return replace(record, release=latest.source, released=latest.stated, releases=step.releases)
