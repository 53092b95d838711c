"""Opens files at a fixed size: reads no more than a file held when it was opened, and refuses one that changes."""

from __future__ import annotations

import codecs
import io
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graphsvc.errors import InputError

_PIECE: Final = 1 << 20


class SettledFile(io.RawIOBase):
    """A file read up to the size that it had when it was opened.

    At its end :class:`InputError` is raised if the file is another by then: a release that is still being written.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._name = path.name
        stat = os.fstat(self._file.fileno())
        self._stamp = stat.st_size, stat.st_mtime_ns
        self._left = stat.st_size

    def readable(self) -> bool:
        """Tells that the file can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads on, up to the size at which the file was opened."""
        piece = self._file.read(min(len(buffer), self._left))
        self._left -= len(piece)
        if not self._left or not piece:
            stat = os.fstat(self._file.fileno())
            if (stat.st_size, stat.st_mtime_ns) != self._stamp:
                raise InputError(f"{self._name} changed while it was read.", "Wait until it is written, and load it again.")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        super().close()


def settled(path: Path) -> io.BufferedReader:
    """Opens a file at its present size, with a buffer."""
    return io.BufferedReader(SettledFile(path), _PIECE)


def marked_encoding(path: Path) -> str:
    """Returns ``utf-16`` for a file that begins with its byte order mark, else ``utf-8-sig``."""
    with path.open("rb") as raw:
        return "utf-16" if raw.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def encoding_of(path: Path) -> str:
    """Returns the encoding as :func:`marked_encoding`, but ``cp1252`` for a file that is not all UTF-8; reads it all once."""
    stat = path.stat()
    return _encoding(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _encoding(path: Path, _size: int, _changed: int) -> str:
    marked = marked_encoding(path)
    if marked == "utf-16":
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as raw:
            while piece := raw.read(_PIECE):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return marked
