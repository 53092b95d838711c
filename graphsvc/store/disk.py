"""Recognises a full disk behind the errors of an engine or of SQLite, and reports it as one error."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from graphsvc.errors import StoreError

SCARCE: Final = 16 * 2**20
"""Bytes: with less than this left, what failed is taken to have failed for want of space."""


@contextmanager
def full_disk_said(data_dir: str) -> Iterator[None]:
    """Raises :class:`StoreError` naming the full disk where an error inside is caused by one."""
    try:
        yield
    except (StoreError, OSError, sqlite3.OperationalError) as error:
        full = _full(Path(data_dir), Path(tempfile.gettempdir()))
        if full is None or not (isinstance(error, StoreError) or _of_space(error)):
            raise
        what = "data folder" if full == Path(data_dir) else "temporary folder (TMPDIR)"
        message = f"The disk of the {what} is full: {_free(full) / 2**20:.0f} MB are left."
        hint = "What was not finished is not published. Make room, and try again."
        raise StoreError(message, hint, inside=str(full)) from error


def _of_space(error: Exception) -> bool:
    """Whether an error of a file or of SQLite is one of space; SQLite says it in words."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in str(error) or "disk I/O" in str(error)


def _full(*folders: Path) -> Path | None:
    return next((folder for folder in folders if _free(folder) < SCARCE), None)


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return SCARCE  # a folder that is not there is another fault
