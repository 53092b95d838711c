"""Reading JSON safely: the items of a document one at a time, in bounded memory, with what is wrong in them.

A document is streamed (ijson) and never held whole: an item deeper than :data:`MAX_DEPTH` or larger than :data:`MAX_ITEM` is a
fault, whatever the file. JSON lines are read line by line. UTF-8, with or without a byte order mark, and UTF-16 by its mark.

Source: RFC 8259 (JSON), the JSON Lines convention (one value a line).
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import ijson

from graphsvc.errors import InputError
from graphsvc.loading.bytes import settled
from graphsvc.loading.sheets import Fault

MAX_DEPTH: Final = 60
MAX_NESTING: Final = 10_000
"""Depth at which a document is given up."""
MAX_ITEM: Final = 8_000_000
"""Characters of text and keys in one item, and bytes in one line of JSON lines."""
_PEEK: Final = 300_000
"""Bytes that are looked at to tell what a file is."""
_NESTED: Final = "A document nested this deep is no directory; ask its sender for another."

Form = Literal["object", "array", "lines", ""]


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number in the file from 1 (for JSON lines its line), the value, and its faults."""

    number: int
    value: Any
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What a file looks like from its beginning; ``form`` is empty for what is no JSON."""

    form: Form
    keys: frozenset[str] = frozenset()
    """Keys of the document, as far as was looked."""
    first: dict[str, Any] = field(default_factory=dict)
    """Plain values of the document, or of the first item of an array or line, as far as was looked."""
    item_keys: frozenset[str] = frozenset()
    """Keys of the first item of an array, or of the first line."""


def look(path: Path) -> Look:
    """What a JSON file looks like, from its first bytes. Raises nothing for what is no JSON: its form is empty."""
    if not path.is_file() or path.suffix.casefold() not in (".json", ".jsonl", ".ndjson", ".geojson", ".jsonld", ".txt", ""):
        return Look("")
    try:
        with _text(path) as stream:
            start = stream.read(_PEEK)
    except OSError:
        return Look("")
    first_line, _, rest = start.lstrip().partition(b"\n")
    if rest.strip() and first_line.startswith(b"{"):
        try:
            value = json.loads(first_line)
            return Look("lines", frozenset(value), _plain(value), frozenset(value))
        except (ValueError, RecursionError):
            pass  # an object over several lines
    return _look_at(start)


def _look_at(start: bytes) -> Look:
    keys: set[str] = set()
    item_keys: set[str] = set()
    first: dict[str, Any] = {}
    form: Form = ""
    try:
        for prefix, event, value in ijson.parse(io.BytesIO(start), use_float=True):
            if prefix == "" and event in ("start_map", "start_array"):
                form = "object" if event == "start_map" else "array"
            elif event == "map_key" and prefix == "":
                keys.add(value)
            elif event == "map_key" and prefix == "item":
                item_keys.add(value)
            elif event in ("string", "number", "boolean") and value is not None and prefix.count(".") <= 1:
                first.setdefault(prefix.removeprefix("item."), value)
            elif prefix == "item" and event == "end_map":
                break
    except (ijson.JSONError, UnicodeError, RecursionError):
        pass  # the look ends in the middle of the document; a fault of the whole is found when it is read
    return Look(form, frozenset(keys), first, frozenset(item_keys))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if isinstance(item, str | int | float | bool)}


def items(path: Path, arrays: Sequence[str] = (), *, within: str = "") -> Iterator[Item]:
    """The items of a file, one at a time.

    JSON lines give each line; a document that is an array gives each of its items; an object gives the items of the first of
    ``arrays`` (keys such as ``entry``, ``releases``, ``contents``) that it holds, and with none of them the object itself.
    ``within`` names a key of each line or of the document that holds the arrays. A document that breaks off gives a fatal fault
    after the items before the break.
    """
    seen = look(path)
    if seen.form == "lines":
        yield from _lines(path)
        return
    prefix = within
    chosen = next((name for name in arrays if within or name in seen.keys), "")
    if seen.form == "array":
        prefix = "item"
    elif chosen:
        prefix = f"{within}.{chosen}.item" if within else f"{chosen}.item"
    yield from _stream(path, prefix)


def head(path: Path, arrays: Sequence[str]) -> Any:
    """The document without the arrays of items: what a package says of itself. An empty object for lines and arrays."""
    if look(path).form != "object":
        return {}
    found: dict[str, Any] = {}
    try:
        with _text(path) as stream:
            events = ijson.parse(stream, use_float=True)
            for prefix, event, value in events:
                if prefix in arrays and event == "start_array":
                    break
                if prefix.count(".") <= 1 and event in ("string", "number", "boolean"):
                    found[prefix] = value
    except (ijson.JSONError, UnicodeError, RecursionError):
        return found
    return found


class _Builder:
    """Builds one item from events, within bounds; past them the rest of the item is let go."""

    def __init__(self) -> None:
        self._built = ijson.ObjectBuilder()
        self.depth = 0
        self.size = 0
        self.deepest = 0

    def event(self, event: str, value: Any) -> None:
        if event in ("start_map", "start_array"):
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)
        elif event in ("end_map", "end_array"):
            self.depth -= 1
        self.size += len(value) + 4 if isinstance(value, str) else 4
        if self.deepest <= MAX_DEPTH and self.size <= MAX_ITEM:
            self._built.event(event, value)

    def item(self, number: int) -> Item:
        if self.deepest > MAX_DEPTH:
            message = f"The item is nested more than {MAX_DEPTH} deep."
            return Item(number, None, (Fault("too-deep", message, _NESTED),))
        if self.size > MAX_ITEM:
            message = f"The item holds more than {MAX_ITEM:,} characters."
            return Item(number, None, (Fault("item-too-large", message, "Shorten its texts."),))
        return Item(number, self._built.value)


def _stream(path: Path, prefix: str) -> Iterator[Item]:
    number = 0
    builder: _Builder | None = None
    try:
        with _text(path) as stream:
            depth = 0
            for where, event, value in ijson.parse(stream, use_float=True):
                depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
                if depth > MAX_NESTING:
                    yield _too_deep(number)
                    return
                if builder is None:
                    if where != prefix or event in ("map_key", "end_map", "end_array"):
                        continue
                    builder = _Builder()
                builder.event(event, value)
                if builder.depth == 0:
                    number += 1
                    yield builder.item(number)
                    builder = None
    except ijson.IncompleteJSONError as error:
        message = f"The document breaks off or is damaged after item {number}: {_first_line(error)}"
        yield Item(number + 1, None, (Fault("broken-json", message, "Fetch it again; nothing after it was read.", fatal=True),))
    except (ijson.JSONError, UnicodeError) as error:
        message = f"The document is not well-formed JSON after item {number}: {_first_line(error)}"
        yield Item(number + 1, None, (Fault("broken-json", message, "Mend it; nothing after it was read.", fatal=True),))
    except (RecursionError, MemoryError):
        yield _too_deep(number)


def _too_deep(number: int) -> Item:
    return Item(number + 1, None, (Fault("too-deep", "The document is nested too deep to be read.", _NESTED, fatal=True),))


def _lines(path: Path) -> Iterator[Item]:
    with _text(path) as stream:
        number = 0
        while line := stream.readline(MAX_ITEM):
            number += 1
            if len(line) >= MAX_ITEM and not line.endswith(b"\n"):
                while (rest := stream.readline(MAX_ITEM)) and not rest.endswith(b"\n"):
                    pass
                fault = Fault("item-too-large", f"The line is longer than {MAX_ITEM:,} bytes.", "Shorten its texts.")
                yield Item(number, None, (fault,))
            elif line.strip():
                yield _line(number, line, last=not line.endswith(b"\n"))


def _line(number: int, line: bytes, *, last: bool) -> Item:
    try:
        value = json.loads(line)
    except RecursionError:
        return Item(number, None, (Fault("too-deep", "The line is nested too deep to be read.", _NESTED),))
    except ValueError as error:
        cut = " It is the last line and has no end: the file was cut off." if last else ""
        return Item(number, None, (Fault("broken-json", f"The line is not well-formed JSON: {error}.{cut}", "Mend the line."),))
    if _depth(value) > MAX_DEPTH:
        return Item(number, None, (Fault("too-deep", f"The line is nested more than {MAX_DEPTH} deep.", _NESTED),))
    return Item(number, value)


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
            waiting.extend((below, depth + 1) for below in (item.values() if isinstance(item, dict) else item))
    return deepest


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:120]


def _text(path: Path) -> io.BufferedReader:
    """The file as UTF-8 bytes without a byte order mark; UTF-16 is turned into it as it is read."""
    raw = settled(path)
    mark = raw.peek(4)[:4]
    if mark.startswith(codecs.BOM_UTF8):
        raw.read(3)
    elif mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BufferedReader(_Recoded(raw))
    return raw


class _Recoded(io.RawIOBase):
    """UTF-16 read as UTF-8, piece by piece."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = self._raw.read(1 << 16)
            self._left = self._decoder.decode(piece, final=not piece).encode("utf-8", "replace")
            if not piece:
                break
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def must_be_json(path: Path) -> Look:
    """What a JSON file looks like; raises :class:`InputError` for one that is none."""
    seen = look(path)
    if not seen.form:
        raise InputError(f"{path.name} is not JSON.", "Give a JSON document or JSON lines.")
    return seen
