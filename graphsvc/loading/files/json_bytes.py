"""Reads the bytes of JSON files as UTF-8, and refuses texts and numbers that are too long for a parser to hold.

A parser keeps a text until its end, so a file that is one text of gigabytes would fill the memory before any limit on items
is asked. :class:`Bounded` therefore counts between quotation marks as the bytes go by.

Source: RFC 8259, sections 6 (numbers), 7 (strings) and 8.1 (encoding).
"""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import Any, BinaryIO, Final

from graphsvc.loading.files.bytes import settled

MAX_TOKEN: Final = 8_000_000
"""Bytes of one text, key or number."""
_PIECE: Final = 1 << 16
_NUMBER: Final = b"0123456789+-.eE"


class TokenTooLongError(Exception):
    """Raised for a text, key or number that is longer than :data:`MAX_TOKEN`."""


def utf8(path: Path) -> io.BufferedReader:
    """Opens a file as UTF-8 bytes without a byte order mark; marked UTF-16 is converted as it is read."""
    raw = settled(path)
    mark = raw.peek(4)[:4]
    if mark.startswith(codecs.BOM_UTF8):
        raw.read(3)
    elif mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BufferedReader(_Recoded(raw))
    return raw


class _Recoded(io.RawIOBase):
    """A stream that reads UTF-16 as UTF-8, piece by piece."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = self._raw.read(_PIECE)
            self._left = self._decoder.decode(piece, final=not piece).encode("utf-8", "replace")
            if not piece:
                break
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class Bounded:
    """A stream for a JSON parser that raises :class:`TokenTooLongError` within a text or number that is too long."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._escaped = False
        """Whether the piece before ended in a backslash that escapes what comes next."""
        self._in_text = False
        self._run = 0
        """Bytes of the text or number so far."""

    def read(self, size: int = _PIECE) -> bytes:
        """Returns the next bytes; none for a size of 0, which a parser asks for to learn that they are bytes."""
        piece = self._stream.read(_PIECE if size < 0 else min(size, _PIECE))
        if piece:
            self._measure(piece)
        return piece

    def _measure(self, piece: bytes) -> None:
        plain = b"_" + piece[1:] if self._escaped else piece
        if b"\\" in plain:
            plain = plain.replace(b"\\\\", b"__")
            self._escaped = plain.endswith(b"\\")
            plain = plain.replace(b'\\"', b"__")
        else:
            self._escaped = False
        quotes = plain.count(b'"')
        if quotes:
            if self._in_text:
                self._check(self._run + plain.index(b'"'))
            self._in_text ^= bool(quotes % 2)
            self._run = len(plain) - plain.rindex(b'"') - 1 if self._in_text else 0
        elif self._in_text or not plain.strip(_NUMBER):
            self._check(self._run + len(plain))
            self._run += len(plain)
        else:
            self._run = 0

    def _check(self, length: int) -> None:
        if length > MAX_TOKEN:
            raise TokenTooLongError
