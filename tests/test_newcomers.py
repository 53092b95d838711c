"""The pages for newcomers are true: the words of the glossary are used, and the two ways lead through the code as drawn."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
WORDS = re.findall(r"^\| ([a-zA-Z ]+) \| [^|]+ \| `([^`]+)` \|$", GLOSSARY, re.M)
STEP = re.compile(r"^\| (\d+) \| `([^`]+\.py)` `([\w.]+)` \|", re.M)


def ways() -> list[list[tuple[Path, str]]]:
    """Each table of steps: its functions in order."""
    found: list[list[tuple[Path, str]]] = []
    for number, file, name in STEP.findall(ARCHITECTURE):
        if number == "1":
            found.append([])
        found[-1].append((ROOT / file, name))
    return found


HOPS = [(*way[index], *way[index + 1]) for way in ways() for index in range(len(way) - 1)]


def function(path: Path, name: str) -> ast.AST:
    """The function of that qualified name, as its syntax tree."""
    found: ast.AST = ast.parse(path.read_text())
    for part in name.split("."):
        inner = [node for node in ast.iter_child_nodes(found) if getattr(node, "name", None) == part]
        assert inner, f"{path.relative_to(ROOT)} has no {name}"
        found = inner[0]
    return found


def test_the_glossary_has_the_words_of_the_project() -> None:
    words = [word for word, _ in WORDS]
    assert len(words) >= 40
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(("word", "file"), WORDS)
def test_a_word_of_the_glossary_is_used_where_it_lives(word: str, file: str) -> None:
    text = (ROOT / file).read_text().casefold()
    stem = word.casefold().removesuffix("s")
    assert re.search(rf"\b{re.escape(stem)}|{re.escape(stem.replace(' ', ''))}|{re.escape(stem.replace(' ', '_'))}", text), (
        f"{file} does not say {word!r}"
    )


def test_the_page_draws_both_ways() -> None:
    assert len(HOPS) >= 15


@pytest.mark.parametrize(
    ("path", "name", "next_path", "next_name"), HOPS, ids=[f"{path.stem}.{name}-{after}" for path, name, _, after in HOPS]
)
def test_each_function_of_a_way_leads_to_the_next(path: Path, name: str, next_path: Path, next_name: str) -> None:
    function(next_path, next_name)
    used = {
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        for node in ast.walk(function(path, name))
        if isinstance(node, ast.Attribute | ast.Name)
    }
    wanted = next_name.rsplit(".", maxsplit=1)[-1]
    assert wanted in used, f"{name} in {path.relative_to(ROOT)} neither calls {next_name} nor hands it on"
