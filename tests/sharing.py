"""How several workers of pytest-xdist share the tests: all of one store in one worker, in the order of the collection.

Which store a test uses only its fixtures tell, which the workers know; the one who shares out knows the ids alone. So a worker
writes the groups down, in a folder that it is told of, and they are read once every worker has collected.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_FILE = "groups.json"
_FOLDER = pytest.StashKey[str]()


def make_folder(config: pytest.Config) -> str:
    """The folder for the groups of a run, made at the first call."""
    if _FOLDER not in config.stash:
        found = tempfile.TemporaryDirectory(prefix="graphsvc-tests-")
        config.add_cleanup(found.cleanup)
        config.stash[_FOLDER] = found.name
    return config.stash[_FOLDER]


def keep_groups(folder: Path, groups: Mapping[str, str]) -> None:
    """Write down the groups of tests by id; every worker writes the same."""
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
        json.dump({test: group for test, group in groups.items() if group}, file)
    Path(file.name).replace(folder / _FILE)


class ByStore(LoadScopeScheduling):
    """Gives each group to one worker, the largest first, and every other test wherever there is room.

    pytest-xdist's own marks of groups are not used: 3.8 writes them to an attribute of the tests that pytest 9.2 reads no longer.
    """

    def __init__(self, config: pytest.Config, log: Any, folder: Path) -> None:
        super().__init__(config, log)
        self._folder = folder
        self._groups: dict[str, str] = {}

    def schedule(self) -> None:
        """Share out, once every worker has collected."""
        if not self._groups and (self._folder / _FILE).exists():
            self._groups = json.loads((self._folder / _FILE).read_text())
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        """The group of a test: the method that pytest-xdist's schedulers override for that."""
        return self._groups.get(nodeid, nodeid)
