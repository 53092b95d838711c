"""Exports: writes the content of the store in other formats.

An export is one module here with two names: ``FORMATS`` (name of each format that it writes, and what that is, in a sentence)
and ``write(form, claims, target, about)``. The folder is the registry: a new export is one new file, and no list is edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, cast

from graphsvc.model import Model
from graphsvc.provenance import Claim
from graphsvc.store.protocol import LoadRecord

Claims = AsyncIterator[Sequence[Claim]]


@dataclass(frozen=True, slots=True)
class About:
    """What an exporter needs besides the claims."""

    model: Model
    base_iri: str
    dataset: str = ""
    """The one dataset that is exported; empty for all."""
    title: str = ""
    day: str = field(default_factory=lambda: date.today().isoformat())
    """The day on which what is written as a fact is true (ISO date)."""
    loads: Mapping[str, LoadRecord] = field(default_factory=dict)
    """The last load of each dataset, by its name."""
    revision: int = 0
    """The revision that is exported."""

    def wants(self, claim: Claim) -> bool:
        """Whether the claim is to be written."""
        return not self.dataset or claim.dataset == self.dataset


class Exporter(Protocol):
    """The interface of a module in ``graphsvc/exports``."""

    FORMATS: Mapping[str, str]

    async def write(self, form: str, claims: Claims, target: Path | None, about: About) -> None:
        """Write the claims that ``about`` wants, as they come, to ``target``, or to standard output where it is ``None``.

        Raises :class:`~graphsvc.errors.UsageError` where the format needs a file.
        """
        ...


def exporters() -> dict[str, Exporter]:
    """The exporters by name of format."""
    found: dict[str, Exporter] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "write"):
            found.update(dict.fromkeys(module.FORMATS, cast(Exporter, module)))
    return found
