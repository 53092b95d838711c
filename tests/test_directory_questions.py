"""The ready questions on partner directories, asked of the small county in ``tests/directories`` on both stores.

Two releases of one directory are among its files, so that what was, what became of it and what is no longer listed can be asked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from made_once import shapes_of
from reference_evaluation import TODAY
from test_questions import EXPECTED, ROOT, lasting

from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.pipeline import Loading, Outcome
from graphsvc.settings import Settings
from graphsvc.store import Store

COUNTY = Path(__file__).parent / "directories"
RELEASES: Sequence[Sequence[str]] = (
    (
        "eccg_2018-09.csv", "epraccur_2019-05.csv", "epcmem_2019-05.csv", "etr_2025-04.csv", "ePCN_2025-10.xlsx",
        "successions_2026-01.csv", "exampleshire-services_2026-02.json", "contracts_2026-01.json", "cqc_locations.csv",
        "SICBL25_ICB25_NHSER25.csv",
    ),
    ("eccg_2025-04.csv", "epraccur_2026-02.csv"),
)  # fmt: skip
"""Files in the order in which an integrator would be handed them: the second lot are newer releases of two of the first."""
QUESTIONS = sorted(path for path in (ROOT / "queries").glob("*.graphql") if "# over: partner directories" in path.read_text())
RENEW = os.environ.get("GRAPHSVC_SNAPSHOT") == "1"


async def load_county(store: Store, model: Model) -> list[Outcome]:
    """Load the releases of the county, lot by lot."""
    settings = Settings()
    found: list[Outcome] = []
    for lot in RELEASES:
        found += await Loading(store, model, shapes_of(model), settings.base_iri).load([COUNTY / name for name in lot])
    return found


async def test_ready_questions_on_directories_give_their_expected_answers(store: Store, model: Model) -> None:
    outcomes = await load_county(store, model)
    assert {item.state for item in outcomes} == {"published"}
    service = GraphQLService(model, store, Settings(today=TODAY, query_timeout=120))
    wrong: dict[str, str] = {}
    for path in QUESTIONS:
        question = next(item for item in service.questions if item.name == path.stem)
        answer = await service.ask(question.query, question.variables)
        found = lasting(answer["data"])
        expected = EXPECTED / f"{path.stem}.json"
        if RENEW:
            expected.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
        if not any(found.values()):
            wrong[path.stem] = "the example variables find nothing"
        elif "incomplete" in answer["extensions"]:
            wrong[path.stem] = "the example is cut short"
        elif found != json.loads(expected.read_text()):
            wrong[path.stem] = f"{expected.name} differs; if the new answer is right: make snapshot"
    assert not wrong
    offers = next(item for item in service.questions if item.name == "services-of-a-provider")
    found = (await service.ask(offers.query, {}))["data"]["agents"]
    sites = [site for agent in found for edge in agent["provides"]["edges"] for site in edge["node"]["sites"]]
    assert sites, "services of directories, which have sites, are asked as well as those of maps"
    assert await service.holds_directories()


async def _practices(service: GraphQLService, commissioner: str, day: str) -> tuple[str, list[str]]:
    """Name of a commissioner and the names of its practices on a day."""
    question = next(item for item in service.questions if item.name == "practices-of-a-commissioner")
    answer = await service.ask(question.query, {"commissioner": commissioner, "asOf": day})
    for found in answer["data"]["organisations"]:
        return found["name"], [edge["node"]["name"] for edge in found["commissionsConnection"]["edges"]]
    return "", []


async def test_the_case_of_the_readme_goes_as_it_says(store: Store, model: Model, tmp_path: Path) -> None:
    settings, readme = Settings(), (ROOT / "README.md").read_text()
    how = Loading(store, model, shapes_of(model), settings.base_iri, rejects=tmp_path)
    service = GraphQLService(model, store, settings)

    async def load(*paths: Path) -> list[Outcome]:
        return await how.load(paths)

    await load(COUNTY / "eccg_2018-09.csv", COUNTY / "epraccur_2019-05.csv")
    before = await _practices(service, "97A", "2018-06-01")
    assert await _practices(service, "Z9X8Y", "2024-06-01") == ("", [])
    _, practices = await load(COUNTY / "eccg_2025-04.csv", COUNTY / "epraccur_2026-02.csv")
    assert await _practices(service, "97A", "2018-06-01") == before
    name, later = await _practices(service, "Z9X8Y", "2024-06-01")
    assert f"| 97A, {before[0]} | 1 June 2018 | {', '.join(before[1])} | the same |" in readme
    assert f"| Z9X8Y, {name} | 1 June 2024 | | {', '.join(later)} |" in readme
    assert practices.report and practices.rejects and practices.difference
    finding = practices.report.findings[0]
    assert f"{finding.where}  {finding.message} [{finding.value}]\n      → {finding.hint}" in readme
    assert practices.difference.vanished == 1, "STATION ROAD SURGERY, which the new release leaves out"
    assert "LAKESIDE SURGERY" not in (await _practices(service, "97C", "2026-03-01"))[1]
    row = ["Z90009", "LAKESIDE SURGERY", "Y60", "QZ9", "9 LAKE ROAD", "", "", "NORTHTOWN", "", "ZE3 5AB", "20250401"]
    row += ["", "ACTIVE", "B", "97C", "20250401", *[""] * 5, "1", "", "97C", "", "RO76", ""]
    practices.rejects.write_text(",".join(row) + "\n")
    (mended,) = await load(practices.rejects)
    assert mended.state == "published" and mended.difference and mended.difference.vanished == 0
    assert "LAKESIDE SURGERY" in (await _practices(service, "97C", "2026-03-01"))[1]


def test_there_are_a_dozen_questions_on_directories() -> None:
    assert len(QUESTIONS) >= 12
