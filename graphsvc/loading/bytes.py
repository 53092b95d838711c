"""Opening files whose end is settled: no more is read than a file held when it was opened, and one that changes is refused."""

from __future__ import annotations

import codecs
import io
import os
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
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on, as far as the size allows."""
        piece = self._file.read(min(len(buffer), self._left))
        self._left -= len(piece)
        if not self._left or not piece:
            stat = os.fstat(self._file.fileno())
            if (stat.st_size, stat.st_mtime_ns) != self._stamp:
                raise InputError(f"{self._name} changed while it was read.", "Wait until it is written, and load it again.")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()


def settled(path: Path) -> io.BufferedReader:
    """The bytes of a file, buffered."""
    return io.BufferedReader(SettledFile(path), _PIECE)


def encoding_of(path: Path) -> str:
    """``utf-8-sig``, ``utf-16`` by its mark, or ``cp1252`` for what is not UTF-8 throughout. Reads all of it, in pieces."""
    with path.open("rb") as raw:
        start = raw.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            piece = start + raw.read(_PIECE)
            while piece:
                decoder.decode(piece)
                piece = raw.read(_PIECE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"
