"""What is costly to make and never changes, made once in a process: a Model, its schema, the ready questions, the shapes.

A schema takes a second to build, the shapes three to compile, and hundreds of tests need them. Kept is what would be made again
just the same: from the same Model (the very object) or from files that have not changed. Nothing is replaced by a stand-in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphsvc.model import Model
from graphsvc.settings import project_root
from graphsvc.validation import Shapes

__all__ = ["for_all_tests", "model_of", "shapes_of"]

_kept: dict[Any, tuple[Any, Any]] = {}


def _once(make: Callable[[], Any], name: str, *parts: object) -> Any:
    """What ``make`` returns, made at the first call with these parts: folders by their files, all else by identity."""
    key = (name, *(_files(part) if isinstance(part, Path) else id(part) for part in parts))
    if key not in _kept:
        _kept[key] = make(), parts  # holding on to the parts keeps their identities from being given away again
    return _kept[key][0]


def _files(folder: Path) -> object:
    found = ((path, path.stat()) for path in sorted(folder.glob("*")))
    return folder, tuple((path.name, about.st_mtime_ns, about.st_size) for path, about in found)


def model_of(ontology: Path, shapes: Path) -> Model:
    """The Model of two folders."""
    from graphsvc.ontology import read_model

    made: Model = _once(lambda: read_model(ontology, shapes), "model", ontology, shapes)
    return made


def shapes_of(model: Model, ontology: Path | None = None, shapes: Path | None = None) -> Shapes:
    """The compiled shapes of a Model; those that are shipped, if no folders are given."""
    folders = ontology or project_root() / "ontology", shapes or project_root() / "shapes"
    made: Shapes = _once(lambda: Shapes(model, *folders), "shapes", model, *folders)
    return made


def for_all_tests(patch: pytest.MonkeyPatch) -> None:
    """Let the service and the commands take what was made before; how each is made, its own tests call directly."""
    from graphsvc.api import service
    from graphsvc.cli import console

    build, read = service.build_schema, service.read_questions
    patch.setattr(service, "build_schema", lambda model: _once(lambda: build(model), "schema", model))
    patch.setattr(
        service, "read_questions", lambda folder, schema: _once(lambda: read(folder, schema), "questions", folder, schema)
    )
    patch.setattr(console, "read_model", model_of)
    patch.setattr(console, "Shapes", shapes_of)
