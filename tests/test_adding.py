"""The pages on adding a format and an export are followed, word by word."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from small_maps import BASE, read, write_map

import graphsvc.exports
import loaders
from graphsvc.exports import About, exporters
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.settings import project_root


def block(page: str, name: str) -> str:
    text = (project_root() / "docs" / page).read_text(encoding="utf-8")
    found = re.search(rf"^```\w+ {re.escape(name)}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/{page} has no block {name}"
    return found[1]


def test_a_format_is_added_as_the_page_says(tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "practice_list.py").write_text(block("adding-a-format.md", "loaders/practice_list.py"))
    monkeypatch.setattr(loaders, "__path__", [*loaders.__path__, str(tmp_path)])
    sample = tmp_path / "practices.csv"
    sample.write_text(block("adding-a-format.md", "sample"))
    with read(sample, model) as found:
        claims = [entry.claim for entry in found.context.spool.entries()]
        (finding,) = found.report.findings
        assert (finding.rule, finding.file, finding.row) == ("missing-code", "practices.csv", 3)
        assert found.context.dataset == "practices"
    practices = {claim.entity: claim.values for claim in claims if isinstance(claim, EntityRecord)}
    assert set(practices) == {"source/practices", "organisation/y00001", "organisation/y00002"}
    assert practices["organisation/y00001"]["name"] == "Park Surgery"


async def test_an_export_is_added_as_the_page_says(tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lines.py").write_text(block("adding-an-export.md", "graphsvc/exports/lines.py"))
    monkeypatch.setattr(graphsvc.exports, "__path__", [*graphsvc.exports.__path__, str(tmp_path)])
    with read(write_map(tmp_path / "small"), model) as found:
        claims = [entry.claim for entry in found.context.spool.entries()]

    async def batches() -> AsyncIterator[Sequence[Claim]]:
        yield claims

    assert "lines" in exporters()
    await exporters()["lines"].write("lines", batches(), tmp_path / "out.txt", About(model, BASE, "small"))
    assert "organisation/small-council\tcommissions\tservice/nursing\tsource/paper\n" in (tmp_path / "out.txt").read_text()
