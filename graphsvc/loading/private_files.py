"""Makes files that only their owner can read, whatever the umask says, for data that the graph must not hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, TextIO

FILE: Final = 0o600
FOLDER: Final = 0o700


def create_private(path: Path) -> TextIO:
    """Creates a text file for its owner alone. Raises :class:`FileExistsError` where one exists."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


def private_folder(path: Path) -> None:
    """Makes a folder, and those above it, for its owner alone; one that exists is left as it is."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True, mode=FOLDER)
        path.chmod(FOLDER)


def make_private(path: Path) -> None:
    """Removes the access of everybody but the owner to a file, or to a folder with all that is in it."""
    if path.is_dir():
        path.chmod(FOLDER)
        for item in path.rglob("*"):
            item.chmod(FOLDER if item.is_dir() else FILE)
    else:
        path.chmod(FILE)
