"""What the releases of a directory say on each day (decision 0015): one table, in whatever order they are loaded."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from conftest import WIPE
from small_maps import BASE, shapes_of

from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.validation import Shapes

PRACTICE = "organisation/ods-z90001"
FIRST, SECOND, THIRD = "2016-02-29", "2019-10-31", "2026-02-27"
QUESTION = """query($id: ID!, $day: Date!) { organisation(id: $id, asOf: $day) { certainty name postcode directoryStatus
  commissionersConnection { edges { certainty node { id } } hidden { certainty count } } } }"""


def row(code: str, name: str, postcode: str, *, status: str = "A", closed: str = "", parent: str = "97A", joined: str = "20130401",
        left: str = "") -> str:  # fmt: skip
    """A row of the 27 columns of epraccur."""
    cells = [code, name, "Y60", "QZZ", "1 MILL LANE", "", "", "EXAMPLE TOWN", "", postcode, "20000401", closed, status, "B"]
    cells += [parent, joined, left, "", "", "", "", "0", "", parent, "", "4", ""]
    return ",".join(f'"{cell}"' for cell in cells)


RELEASES = {
    FIRST: row("Z90001", "OLD NAME SURGERY", "ZZ99 1AA"),
    SECOND: row("Z90001", "MIDDLE NAME SURGERY", "ZZ99 1AB", parent="97B"),
    THIRD: row("Z90001", "NEW NAME SURGERY", "ZZ99 1AB", parent="97B", status="INACTIVE", closed="20210630", left="20210630"),
}


@pytest.fixture(scope="session")
def shapes(model: Model) -> Shapes:
    return shapes_of(model)


DAYS = (
    "1999-01-01",
    "2000-04-01",
    "2005-01-01",
    "2013-04-01",
    "2016-02-28",
    FIRST,
    "2016-03-01",
    "2018-01-01",
    "2019-10-30",
    SECOND,
    "2019-11-01",
    "2020-01-01",
    "2021-06-30",
    "2021-07-01",
    "2025-01-01",
    THIRD,
    "2026-03-01",
)


async def test_x(store: Store, model: Model, shapes: Shapes, tmp_path: Path) -> None:
    how = Loading(store, model, shapes, BASE)
    service = GraphQLService(model, store, Settings())
    first = None
    for number, order in enumerate(permutations(RELEASES)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for day in order:
            path = folder / f"epraccur_{day}.csv"
            text = RELEASES[day].replace("Z90001", f"Z9000{number}").replace('"97', f'"9{number}')
            path.write_text(text + "\n", encoding="utf-8")
            path.with_name(path.name + ".toml").write_text(f'[source]\ndirectory = "practices-{number}"\n')
            (outcome,) = await how.load([path])
            assert outcome.state == "published", (outcome.objections, outcome.report and outcome.report.findings)
        lines = []
        for day in DAYS:
            answer = await service.ask(QUESTION, {"id": f"organisation/ods-z9000{number}", "day": day})
            found = answer["data"]["organisation"]
            edges = [(e["certainty"], e["node"]["id"][-1]) for e in found["commissionersConnection"]["edges"]]
            lines.append(
                (
                    day,
                    found["certainty"],
                    found["name"],
                    found["postcode"],
                    found["directoryStatus"],
                    tuple(edges),
                    str(found["commissionersConnection"]["hidden"]),
                )
            )
        if first is None:
            print(order)
            for line in lines:
                print(line)
        first = first or lines
        if lines != first:
            print(order)
            for line, other in zip(lines, first):
                if line != other:
                    print(line, other)
    assert 0
