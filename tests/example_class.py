"""The example of ``docs/adding-a-class.md``, applied: what the page says is what the tests do."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "adding-a-class.md"
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A copy of the two folders with the new class, a map with a thing of it, and a question with its answer."""

    ontology: Path
    shapes: Path
    map: Path
    query: str
    answer: dict[str, Any]


def blocks() -> list[tuple[str, str, str]]:
    """Language, file (empty for none) and text of each fenced block of the page."""
    return [(found[1], found[2] or "", found[3]) for found in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def add_class(folder: Path) -> Example:
    """Copy ``ontology/`` and ``shapes/`` into ``folder`` and do there what the page says."""
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    query, answer = "", {}
    for language, file, text in blocks():
        if language == "turtle":
            with (folder / file).open("a", encoding="utf-8") as stream:
                stream.write(f"\n{text}")
        elif language == "csv":
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
        elif language == "graphql":
            query = text
        elif language == "json":
            answer = json.loads(text)
    return Example(folder / "ontology", folder / "shapes", folder / "maps" / "example", query, answer)
