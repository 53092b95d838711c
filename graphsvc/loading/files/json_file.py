"""Reads JSON safely: yields the items of a document one at a time, in bounded memory, with their faults.

A document is streamed (ijson) and never held whole: an item deeper than :data:`MAX_DEPTH` or larger than :data:`MAX_ITEM` is a
fault, whatever the file. JSON lines are read line by line. A key that an object has twice is a warning; its last value counts,
as in most readers.

Source: RFC 8259 (JSON; its section 4 on names that are not unique), the JSON Lines convention (one value a line).
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

import ijson

from graphsvc.errors import InputError
from graphsvc.loading.files.json_bytes import MAX_TOKEN, Bounded, TokenTooLongError, utf8
from graphsvc.loading.files.sheets import Fault
from graphsvc.loading.findings import shown

MAX_DEPTH: Final = 60
MAX_NESTING: Final = 10_000
"""Depth at which a document is given up."""
MAX_ITEM: Final = MAX_TOKEN
"""Characters of text and keys in one item, and bytes in one line of JSON lines."""
MAX_HEAD: Final = 1_000
"""Plain values that are kept of a document's own."""
_PEEK: Final = 300_000
"""Bytes that are looked at to tell what a file is."""
_STEPS: Final = 4
"""Steps of the way to a value that are kept; an item of a directory begins before the fourth."""
_LINES: Final = (".jsonl", ".ndjson")
_READ: Final = (*_LINES, ".json", ".geojson", ".jsonld", ".txt", "")
_NESTED: Final = "A document nested this deep is no directory; ask its sender for another."

Form = Literal["object", "array", "lines", ""]


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number in the file from 1 (for JSON lines its line), its value, and its faults."""

    number: int
    value: Any
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """The form of a JSON file, seen from its beginning; ``form`` is empty for a file that is not JSON."""

    form: Form
    keys: frozenset[str] = frozenset()
    """Keys of the document, as far as was looked."""
    first: dict[str, Any] = field(default_factory=dict)
    """Plain values of the document, or of the first item of an array or line, as far as was looked."""
    item_keys: frozenset[str] = frozenset()
    """Keys of the first item of an array, or of the first line."""


def look(path: Path) -> Look:
    """Looks at the first bytes of a JSON file. Raises nothing for a file that is not JSON: its form is empty."""
    if not path.is_file() or path.suffix.casefold() not in _READ:
        return Look("")
    try:
        with utf8(path) as stream:
            start = stream.read(_PEEK)
    except (OSError, InputError):
        return Look("")
    named_lines = path.suffix.casefold() in _LINES
    first, *others = [line for line in start.split(b"\n") if line.strip()][:20] or [b""]
    if named_lines or (others and first.lstrip().startswith(b"{")):
        for line in (first, *others) if named_lines else (first,):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue  # an object over several lines; of a file that is named as lines, a broken line
            if isinstance(value, dict):
                return Look("lines", frozenset(value), _plain(value), frozenset(value))
    seen = _look_at(start)
    return replace(seen, form="lines") if named_lines and seen.form else seen


def _look_at(start: bytes) -> Look:
    keys: set[str] = set()
    item_keys: set[str] = set()
    first: dict[str, Any] = {}
    form: Form = ""
    try:
        for where, event, value in _placed(ijson.basic_parse(io.BytesIO(start), use_float=True)):
            if not where and event in ("start_map", "start_array"):
                form = "object" if event == "start_map" else "array"
            elif len(where) == 1 and where[0] is not None and event not in ("end_map", "end_array"):
                keys.add(where[0])
            elif len(where) == 2 and where[0] is None and where[1] is not None and event not in ("end_map", "end_array"):
                item_keys.add(where[1])
            elif where == (None,) and event == "end_map":
                break
            if event in ("string", "number", "boolean") and (key := ".".join(step for step in where if step)) and len(where) <= 2:
                first.setdefault(key, value)
    except (ijson.JSONError, ValueError, RecursionError, _TooDeepError):
        pass  # the look ends in the middle of the document; a fault of the whole is found when it is read
    return Look(form, frozenset(keys), first, frozenset(item_keys))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if isinstance(item, str | int | float | bool)}


def items(path: Path, arrays: Sequence[str] = (), *, within: str = "") -> Iterator[Item]:
    """Yields the items of a file, one at a time.

    JSON lines give each line; a document that is an array gives each of its items; an object gives the items of the first of
    ``arrays`` (keys such as ``entry``, ``releases``, ``contents``) that it holds, one object there counting as a list of one, and
    with none of them the object itself. ``within`` names the key of the document under which the arrays are looked for. A
    document that breaks off gives a fatal fault after the items before the break.
    """
    seen = look(path)
    if seen.form == "lines":
        yield from _lines(path)
        return
    steps: _Steps = ()
    if seen.form == "array":
        steps = (None,)
    elif arrays:
        chosen = _chosen(path, seen, arrays, within)
        outer = (within,) if within else ()
        steps = (*outer, chosen, None) if chosen else outer
    yield from _stream(path, steps)


def head(path: Path, arrays: Sequence[str] = ()) -> dict[str, Any]:
    """Returns the plain values of a document and of the objects in it, by key (``publisher.name``): the facts of a package.

    Its arrays are passed over, and reading ends where one of ``arrays`` begins. Empty for lines and arrays.
    """
    if look(path).form != "object":
        return {}
    found: dict[str, Any] = {}
    try:
        with utf8(path) as stream:
            for where, event, value in _placed(ijson.basic_parse(Bounded(stream), use_float=True)):
                if event == "start_array" and len(where) == 1 and where[0] in arrays:
                    break
                plain = event in ("string", "number", "boolean") and None not in where and len(where) <= 2
                if plain and len(found) < MAX_HEAD:
                    found[".".join(str(step) for step in where)] = value
    except (ijson.JSONError, ValueError, RecursionError, TokenTooLongError, _TooDeepError):
        return found  # what is wrong in the document is a fault of its items
    return found


_Steps = tuple[str | None, ...]
"""The way from the document to a value: keys, and ``None`` for an item of a list."""


def _placed(events: Iterable[tuple[str, Any]]) -> Iterator[tuple[_Steps, str, Any]]:
    """Yields each parser event with the path to its value; a key has its value's path; paths end after the fourth step.

    Raises :class:`_TooDeepError` past :data:`MAX_NESTING`.
    """
    way: list[str | None] = []
    depth = 0
    for event, value in events:
        if event == "map_key" and depth <= _STEPS:
            way[depth - 1] = value
        elif event in ("end_map", "end_array"):
            depth -= 1
            del way[depth:]
        yield tuple(way), event, value
        if event in ("start_map", "start_array"):
            depth += 1
            if depth > MAX_NESTING:
                raise _TooDeepError
            if depth <= _STEPS:
                way.append(None)


class _TooDeepError(Exception):
    """Raised for a document that is nested more than :data:`MAX_NESTING` deep."""


def _chosen(path: Path, seen: Look, arrays: Sequence[str], within: str) -> str:
    """Returns the first of the keys that the document (or its object ``within``) holds; empty for none."""
    keys = set(() if within else seen.keys)
    if keys.isdisjoint(arrays) and (within or path.stat().st_size > _PEEK):
        outer = (within,) if within else ()
        try:
            with utf8(path) as stream:
                for where, _event, _value in _placed(ijson.basic_parse(Bounded(stream), use_float=True)):
                    if len(where) == len(outer) + 1 and where[:-1] == outer and where[-1] in arrays:
                        keys.add(str(where[-1]))
        except (ijson.JSONError, ValueError, RecursionError, TokenTooLongError, _TooDeepError):
            pass  # found again, and told, when the items are read
    return next((name for name in arrays if name in keys), "")


class _Builder:
    """Builds one item from parser events, within bounds; beyond them the rest of the item is dropped."""

    def __init__(self) -> None:
        self._open: list[Any] = []
        self._keys: list[str] = []
        """The key that is open in each object that is open."""
        self.value: Any = None
        self.depth = 0
        self.size = 0
        self.deepest = 0
        self._twice = ""

    def event(self, event: str, value: Any) -> None:
        self.size += len(value) + 4 if isinstance(value, str) else 4
        if event in ("start_map", "start_array"):
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)
        elif event in ("end_map", "end_array"):
            self.depth -= 1
        if self.deepest <= MAX_DEPTH and self.size <= MAX_ITEM:
            self._build(event, value)
        else:
            self._open = []

    def _build(self, event: str, value: Any) -> None:
        if event == "map_key":
            self._keys[-1] = value
            if value in self._open[-1]:
                self._twice = self._twice or value
        elif event in ("end_map", "end_array"):
            if isinstance(self._open.pop(), dict):
                self._keys.pop()
        else:
            made: Any = {} if event == "start_map" else [] if event == "start_array" else value
            if not self._open:
                self.value = made
            elif isinstance(self._open[-1], dict):
                self._open[-1][self._keys[-1]] = made
            else:
                self._open[-1].append(made)
            if event in ("start_map", "start_array"):
                self._open.append(made)
                if event == "start_map":
                    self._keys.append("")

    def item(self, number: int) -> Item:
        if self.deepest > MAX_DEPTH:
            message = f"The item is nested more than {MAX_DEPTH} deep."
            return Item(number, None, (Fault("too-deep", message, _NESTED),))
        if self.size > MAX_ITEM:
            message = f"The item holds more than {MAX_ITEM:,} characters."
            return Item(number, None, (Fault("item-too-large", message, "Shorten its texts."),))
        return Item(number, self.value, _twice(self._twice))


def _twice(key: str) -> tuple[Fault, ...]:
    if not key:
        return ()
    message = f"An object has the key {shown(key)!r} twice; its last value is read."
    return (Fault("duplicate-key", message, "Mend it at its sender: one of the two is lost.", severity="warning"),)


def _stream(path: Path, steps: _Steps) -> Iterator[Item]:
    number = 0
    builder: _Builder | None = None
    listed = bool(steps) and steps[-1] is None
    try:
        with utf8(path) as stream:
            for where, event, value in _placed(ijson.basic_parse(Bounded(stream), use_float=True)):
                if builder is None:
                    begins = where == steps or (listed and where == steps[:-1] and event == "start_map")
                    if not begins or event in ("map_key", "end_map", "end_array"):
                        continue
                    builder = _Builder()
                builder.event(event, value)
                if builder.depth == 0:
                    number += 1
                    yield builder.item(number)
                    builder = None
    except ijson.IncompleteJSONError as error:
        yield _broken(number, f"The document breaks off or is damaged after item {number}: {_first_line(error)}")
    except (ijson.JSONError, ValueError) as error:
        yield _broken(number, f"The document is not well-formed JSON after item {number}: {_first_line(error)}")
    except TokenTooLongError:
        message = f"A text after item {number} is longer than {MAX_TOKEN:,} bytes."
        yield Item(number + 1, None, (Fault("item-too-large", message, "Nothing after it was read: shorten it.", fatal=True),))
    except (_TooDeepError, RecursionError, MemoryError):
        message = "The document is nested too deep to be read."
        yield Item(number + 1, None, (Fault("too-deep", message, _NESTED, fatal=True),))


def _broken(number: int, message: str) -> Item:
    hint = "Save it as UTF-8." if "UTF8" in message else "Fetch it again, or mend it."
    return Item(number + 1, None, (Fault("broken-json", message, f"{hint} Nothing after it was read.", fatal=True),))


def _lines(path: Path) -> Iterator[Item]:
    with utf8(path) as stream:
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
    twice: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            twice.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return made

    try:
        value = json.loads(line, object_pairs_hook=unique, parse_constant=_no_number)
    except RecursionError:
        return Item(number, None, (Fault("too-deep", "The line is nested too deep to be read.", _NESTED),))
    except ValueError as error:
        cut = " It is the last line and has no end: the file may be cut off." if last else ""
        message = f"The line is not well-formed JSON: {_first_line(error)}.{cut}"
        return Item(number, None, (Fault("broken-json", message, "Mend the line.", value=shown(line.decode(errors="replace"))),))
    if _depth(value) > MAX_DEPTH:
        return Item(number, None, (Fault("too-deep", f"The line is nested more than {MAX_DEPTH} deep.", _NESTED),))
    return Item(number, value, _twice(twice[0] if twice else ""))


def _no_number(text: str) -> NoReturn:
    """Refuses ``NaN`` and ``Infinity``, which Python writes and JSON does not know."""
    raise ValueError(f"{text} is no number in JSON")


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
