"""Reading one file in a test: with all checks as a load does, or by its loader alone for a large one."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import cast

from small_maps import BASE, shapes_of

from graphsvc.loading import Context, Loader, Spool, loader_for
from graphsvc.model import Model
from graphsvc.pipeline.intake import CheckedInput, read_input
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.rdf import Rdf
from graphsvc.validation import Shapes


def module_of(path: Path) -> str:
    """Name of the module that reads a file: loaders are modules."""
    return cast(ModuleType, loader_for(path)).__name__


__all__ = ["BASE", "Loaded", "Reader", "claims_of", "rdf_of"]


class Loaded:
    """A file read by its loader alone, without the shapes."""

    def __init__(self, loader: Loader, context: Context) -> None:
        self.loader = loader
        self.context = context

    def rules(self) -> Counter[str]:
        """How many findings there are of each rule, among those that are kept."""
        return Counter(finding.rule for finding in self.context.findings)

    def records(self, class_name: str = "") -> Iterator[EntityRecord]:
        """The records that are no stubs."""
        for claim in claims_of(self.context):
            stub = isinstance(claim, EntityRecord) and claim.values.get("referenceOnly") is True
            if isinstance(claim, EntityRecord) and not stub and class_name in ("", claim.class_name):
                yield claim

    def relations(self, name: str = "") -> Iterator[RelationClaim]:
        """The relation claims, of one relation or of all."""
        for claim in claims_of(self.context):
            if isinstance(claim, RelationClaim) and name in ("", claim.relation):
                yield claim


class Reader:
    """Reads files with one Model; shapes are read once for all tests."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.shapes: Shapes = shapes_of(model)

    @contextmanager
    def read(self, path: Path) -> Iterator[CheckedInput]:
        """As ``graphsvc validate`` does; the claims are on disk while the context lasts."""
        with read_input(path, self.model, self.shapes, BASE) as found:
            found.context.spool.settle()
            yield found

    @contextmanager
    def load_only(self, path: Path) -> Iterator[Loaded]:
        """By its loader alone, which is quick enough for a release of many thousand rows."""
        loader = loader_for(path)
        with tempfile.TemporaryDirectory(prefix="graphsvc-") as folder:
            spool = Spool(Path(folder) / "claims.sqlite")
            try:
                context = Context(self.model, spool)
                loader.load(path, context)
                spool.settle()
                yield Loaded(loader, context)
            finally:
                spool.close()


def claims_of(context: Context) -> Iterator[Claim]:
    """The claims that are to be published."""
    return (entry.claim for entry in context.spool.entries() if not entry.used)


def rdf_of(model: Model) -> Rdf:
    """The RDF form that the tests use."""
    return Rdf(model, BASE)
