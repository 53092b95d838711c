"""What the tests of loaders share: reading a file, and where real files are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from reading_files import Loaded, Reader

from graphsvc.model import Model
from graphsvc.pipeline.intake import CheckedInput

REAL = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def reader(model: Model) -> Reader:
    """Reads files with the shipped Model."""
    return Reader(model)


@pytest.fixture(scope="session")
def read(reader: Reader) -> Callable[[Path], AbstractContextManager[CheckedInput]]:
    """``with read(path) as found``: the file read and checked by the shapes."""
    return reader.read


@pytest.fixture(scope="session")
def load_only(reader: Reader) -> Callable[[Path], AbstractContextManager[Loaded]]:
    """``with load_only(path) as found``: the file read by its loader, without the shapes."""
    return reader.load_only


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """``real_data("ods/etr_2025.csv")``: a real file, which is not part of this repository; the test is skipped without it."""

    def find(name: str) -> Path:
        if not (REAL / name).exists():
            pytest.skip(f"the real file {name} is not beside this repository (in ../shared/data)")
        return REAL / name

    return find
