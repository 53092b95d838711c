"""Orders the inputs that one command loads, and tells whether they changed since the last load."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from graphsvc import __version__
from graphsvc.errors import InputError
from graphsvc.loading import Described, Loader, loader_for
from graphsvc.loading.persons.withheld_list import beside as not_persons_beside
from graphsvc.loading.release import ENDING
from graphsvc.model import Model
from graphsvc.pipeline.stored_findings import RULE


@dataclass(frozen=True, slots=True)
class Input:
    """An input to load: its path, the dataset that it makes, and a checksum of all that its claims depend on."""

    path: Path
    dataset: str
    checksum: str
    given: bool
    """False for a shared map that another one brought along."""
    files: tuple[str, ...]
    amends: bool = False
    """Whether it adds to what its dataset says, as a mended rejects file does."""


def plan(paths: Sequence[Path], model: Model, released: str = "", folder: Path | None = None) -> list[Input]:
    """Lists the inputs and the shared maps that they use, shared ones first, whatever the order given.

    An input that holds several datasets, such as an export of the whole graph, is divided where there is a ``folder`` for its
    parts.

    The checksum is of the input's files and what stands beside them, of the maps that it uses, of the ontology, the shapes and
    graphsvc's version, and of the date of the release where the command gives one.
    Raises :class:`InputError` for what no loader reads, and for maps that use each other in a circle.
    """
    known = {path: loader_for(path) for path in dict.fromkeys(path.resolve() for path in paths)}
    waiting = _divided(known, folder) if folder else list(known)
    given = set(waiting)
    found: dict[Path, Described] = {}
    for path in waiting:
        if path not in found:
            found[path] = _describe(path, known.get(path) or loader_for(path))
            waiting.extend(found[path].uses)
    try:
        order = list(TopologicalSorter({path: set(found[path].uses) for path in sorted(found)}).static_order())
    except CycleError as error:
        names = " → ".join(path.name for path in error.args[1])
        raise InputError(f"Maps use each other in a circle: {names}.", "Move what they share into a map of its own.") from error
    digests = {path: _digest(path) for path in order}
    inputs = []
    for path in order:
        parts = [
            __version__,
            f"persons {RULE}",
            model.checksum,
            digests[path],
            *(digests[used] for used in sorted(_all_used(path, found))),
        ]
        parts += [released] if released else []
        checksum = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        files = tuple(sorted(file.name for file in _files(path)))
        inputs.append(Input(path, found[path].dataset, checksum, path in given, files, found[path].amends))
    return inputs


def _divided(known: Mapping[Path, Loader], folder: Path) -> list[Path]:
    """Divides inputs that hold several datasets; the parts are written into ``folder``."""
    found: list[Path] = []
    for number, (path, loader) in enumerate(known.items()):
        divide = getattr(loader, "divide", None)
        within = folder.resolve() / str(number)
        within.mkdir()
        found += divide(path, within) if divide else [path]
    return found


def _describe(path: Path, loader: Loader) -> Described:
    """Describes an input by its loader; one whose loader describes nothing makes a dataset of the file's name."""
    describe = getattr(loader, "describe", None)
    found: Described = describe(path) if describe else Described(path.stem)
    return found


def _all_used(path: Path, found: dict[Path, Described]) -> set[Path]:
    used: set[Path] = set()
    waiting = list(found[path].uses)
    for item in waiting:
        if item not in used:
            used.add(item)
            waiting.extend(found[item].uses)
    return used


def _files(path: Path) -> list[Path]:
    return sorted(item for item in path.iterdir() if item.is_file()) if path.is_dir() else [path]


def _digest(path: Path) -> str:
    """Computes a digest of the names and contents of an input's files, read in pieces."""
    total = hashlib.sha256()
    beside = path.with_name(path.name + ENDING)
    lists = [found for found in (beside, not_persons_beside(path)) if found.is_file()]
    for file in [*_files(path), *lists]:
        total.update(f"{file.name}\0".encode())
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()
