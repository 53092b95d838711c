"""Files that hold what the graph must not: made so that only their owner can read them, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, TextIO

FILE: Final = 0o600
FOLDER: Final = 0o700


def create_private(path: Path) -> TextIO:
    """A new text file for its owner alone. Raises :class:`FileExistsError` where one stands."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


def private_folder(path: Path) -> None:
    """Make a folder for its owner alone, with those above it; one that stands is left as it is."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True, mode=FOLDER)
        path.chmod(FOLDER)


def make_private(path: Path) -> None:
    """Take a file, or a folder with all that is in it, from everybody but its owner."""
    if path.is_dir():
        path.chmod(FOLDER)
        for item in path.rglob("*"):
            item.chmod(FOLDER if item.is_dir() else FILE)
    else:
        path.chmod(FILE)
