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
from graphsvc.pipeline import save_rejects
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
    sample = tmp_path / "practices_2026-02.csv"
    sample.write_text(block("adding-a-format.md", "sample"))
    with read(sample, model) as found:
        claims = [entry.claim for entry in found.context.spool.entries()]
        told = [(finding.rule, finding.row, finding.column) for finding in found.report.findings]
        assert told == [("missing-code", 3, "Practice code"), ("not-handled", 4, "Colour")]
        assert found.context.dataset == "practices"
        assert found.context.ledger.withheld == {"telephone number": 1}
        written = save_rejects(found, tmp_path / "rejects")
    practices = {claim.entity: claim.values for claim in claims if isinstance(claim, EntityRecord)}
    sources = {"source/practices", "source/practices-2026-02"}
    assert set(practices) == {*sources, "organisation/ods-y00001", "organisation/ods-y00002"}
    assert practices["organisation/ods-y00001"]["name"] == "Park Surgery"
    assert written is not None
    mended = written.read_text().replace("\n,Nameless", "\nY00003,Nameless")
    written.write_text(mended)
    with read(written, model) as again:
        assert again.context.amends
        assert [entry.claim.entity for entry in again.context.spool.entries()] == ["organisation/ods-y00003"]


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
