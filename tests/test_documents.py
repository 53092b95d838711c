"""What the documents promise is there: commands, targets, links, folders and questions."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from graphsvc.cli import main

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()


def commands() -> set[str]:
    assert isinstance(main, click.Group)
    return set(main.commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name}: nothing at {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_named_in_documents_exist(page: Path) -> None:
    code = "\n".join(re.findall(r"^```.*?^```|`[^`\n]+`", page.read_text(), re.M | re.S))
    named = set(re.findall(r"(?:^|[`/]|&& )graphsvc ([a-z]+)", code, re.M))
    assert named <= commands(), f"{page.name} names commands that are not there: {sorted(named - commands())}"


def test_every_command_is_in_the_readme() -> None:
    missing = {name for name in commands() if f"`graphsvc {name}" not in README}
    assert not missing, f"README does not name {sorted(missing)}"


def test_every_command_has_help_with_an_example() -> None:
    assert isinstance(main, click.Group)
    for name, command in main.commands.items():
        text = command.get_help(click.Context(command, info_name=f"graphsvc {name}"))
        assert f"graphsvc {name}" in text.split("Options:")[0].split("\n", 1)[1], f"the help of {name} has no example"


def test_make_targets_named_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for page in PAGES:
        for name in re.findall(r"`make ([a-z-]+)", page.read_text()):
            assert name in targets, f"{page.name} names make {name}"


def test_folders_of_the_layout_exist() -> None:
    for name in ("ontology", "graphsvc", "loaders", "shapes", "tests", "queries", "maps", "docs"):
        assert (ROOT / name).is_dir()


def test_each_shape_file_is_the_twin_of_an_ontology_file() -> None:
    ontology = {path.name for path in (ROOT / "ontology").glob("*.ttl")}
    assert {path.name for path in (ROOT / "shapes").glob("*.ttl")} == ontology


def test_no_document_names_a_machine_path_or_a_registry() -> None:
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(work|root|tmp)/|pypi\.org|npmjs|maven\.org", page.read_text()), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_modules_named_in_documents_exist(page: Path) -> None:
    missing = [
        name
        for name in re.findall(r"`((?:graphsvc|loaders|tests|bench)/[\w/]+\.py)`", page.read_text())
        if not (ROOT / name).exists()
    ]
    assert not missing, f"{page.name} names {missing}"
