"""What the releases of a directory say on each day (decision 0017): one table, in whatever order they are loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference_evaluation import Reference
from small_maps import BASE, shapes_of

from graphsvc.api.service import GraphQLService
from graphsvc.exports.true_facts import TrueFacts, together
from graphsvc.model import Model
from graphsvc.pipeline import Loading
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.rdf import Rdf
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.validation import Shapes

FIRST, SECOND, THIRD = "2016-02-29", "2019-10-31", "2026-02-27"
DAYS = (
    "2000-03-31", "2005-01-01", "2013-04-01", "2016-02-28", FIRST, "2016-03-01", "2018-01-01", "2019-10-30",
    SECOND, "2019-11-01", "2021-06-30", "2021-07-01", "2025-01-01", THIRD, "2026-03-01",
)  # fmt: skip
QUESTION = """query($id: ID!, $day: Date!) { organisation(id: $id, asOf: $day) { certainty name postcode directoryStatus
  commissionersConnection { edges { certainty node { id } } } } }"""


def row(
    code: str, name: str, postcode: str, *, status: str = "A", closed: str = "", parent: str = "97A", joined: str = "20130401",
    left: str = "",
) -> str:  # fmt: skip
    """A row of the 27 columns of epraccur."""
    cells = [code, name, "Y60", "QZZ", "1 MILL LANE", "", "", "EXAMPLE TOWN", "", postcode, "20000401", closed, status, "B"]
    cells += [parent, joined, left, "", "", "", "", "0", "", parent, "", "4", ""]
    return ",".join(f'"{cell}"' for cell in cells)


@pytest.fixture(scope="session")
def shapes(model: Model) -> Shapes:
    return shapes_of(model)


class Desk:
    """Loads the same releases as several directories, each in an order of its own: ``#`` in a row is the directory's letter."""

    def __init__(self, store: Store, model: Model, shapes: Shapes, folder: Path) -> None:
        self.store = store
        self.how = Loading(store, model, shapes, BASE, accept=True)
        self.service = GraphQLService(model, store, Settings())
        self.folder = folder

    async def load(self, letter: str, releases: Mapping[str, Sequence[str]], order: Sequence[str]) -> None:
        folder = self.folder / letter
        folder.mkdir()
        for day in order:
            path = folder / f"epraccur_{day}.csv"
            path.write_text("\n".join(releases[day]).replace("#", letter) + "\n", encoding="utf-8")
            path.with_name(path.name + ".toml").write_text(f'[source]\ndirectory = "practices-{letter.lower()}"\n')
            (outcome,) = await self.how.load([path])
            assert outcome.state == "published", (outcome.objections, outcome.report and outcome.report.findings)

    async def asked(self, letter: str, code: str, day: str) -> dict[str, Any]:
        entity = f"organisation/ods-{code.replace('#', letter).lower()}"
        found = (await self.service.ask(QUESTION, {"id": entity, "day": day}))["data"]["organisation"]
        edges = found.pop("commissionersConnection")["edges"]
        return {**found, "commissioners": {edge["node"]["id"][-1]: edge["certainty"] for edge in edges}}

    async def said(self, letter: str) -> list[str]:
        """All that the graph keeps of a directory, but for its sources."""
        dataset, found = f"practices-{letter.lower()}", []
        async for batch in self.store.export():
            found += [_content(claim) for claim in batch if claim.dataset == dataset and "source/" not in _content(claim)[:40]]
        for name, alike in ((dataset, "practices"), (f"ods-y{letter.lower()}", "ods-y"), (f"Y{letter}", "Y")):
            found = [text.replace(name, alike) for text in found]
        return sorted(found)


def _content(claim: Claim) -> str:
    what = (
        (claim.entity, dict(claim.values)) if isinstance(claim, EntityRecord) else (claim.subject, claim.relation, claim.object)
    )
    return str((*what, claim.qualifiers.key()))


@pytest.fixture
def desk(store: Store, model: Model, shapes: Shapes, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(store, model, shapes, tmp_path)


RELEASES = {
    FIRST: [
        row("Y#1", "OLD NAME SURGERY", "ZZ99 1AA"),
        row("Y#2", "TWO SURGERY", "ZZ99 2AA", joined="20150401"),
        row("Y#3", "THREE SURGERY", "ZZ99 3AA"),
        row("Y#4", "FOUR SURGERY", "ZZ99 4AA"),
    ],
    SECOND: [
        row("Y#1", "MIDDLE NAME SURGERY", "ZZ99 1AB", parent="97B"),
        row("Y#2", "TWO SURGERY", "ZZ99 2AA", joined="20190401"),
        row("Y#4", "FOUR SURGERY", "ZZ99 4AA"),
    ],
    THIRD: [
        row("Y#1", "NEW NAME SURGERY", "ZZ99 1AB", parent="97B", status="C", closed="20210630", left="20210630"),
        row("Y#2", "TWO SURGERY", "ZZ99 2AA", joined="20190401"),
        row("Y#3", "THREE SURGERY", "ZZ99 3AA", parent="97B", joined="20210401"),
        row("Y#4", "FOUR SURGERY", "ZZ99 4AB"),
    ],
}
"""``1`` moves to another commissioner without a day and closes; ``2`` joins the same one again on a stated day; ``3`` is missing
from the second release; of ``4`` nothing ever changes but its address."""


async def test_three_releases_give_one_table_in_every_order(desk: Desk) -> None:
    """Name, postcode and status are those last said; a commissioner that changed on a day nobody states is possible between."""
    sure, goes_on, possible, gone = "STATED", "CONTINUED", "POSSIBLE", None
    old, middle, new = ("OLD", "ZZ99 1AA", "ACTIVE"), ("MIDDLE", "ZZ99 1AB", "ACTIVE"), ("NEW", "ZZ99 1AB", "INACTIVE")
    tables: dict[str, list[tuple[Any, ...]]] = {
        "Y#1": [
            (gone, *new, {}), (sure, *old, {}), (sure, *old, {"a": sure}), (sure, *old, {"a": sure}), (sure, *old, {"a": sure}),
            *[(sure, *old, {"a": possible})] * 3, (sure, *middle, {"b": sure}), *[(sure, *middle, {"b": sure})] * 2,
            *[(gone, *new, {})] * 4,
        ],
        "Y#2": [(gone, {}), *[(sure, {})] * 2, *[(sure, {"a": sure})] * 2, (goes_on, {"a": goes_on}), (goes_on, {"a": goes_on}),
                (goes_on, {"a": sure}), (sure, {"a": sure}), *[(goes_on, {"a": goes_on})] * 4, (sure, {"a": sure}),
                (goes_on, {"a": goes_on})],
        "Y#3": [(gone, {}), (sure, {}), *[(sure, {"a": sure})] * 3, *[(goes_on, {"a": goes_on})] * 5, (goes_on, {"b": sure}),
                *[(goes_on, {"b": sure})] * 2, (sure, {"b": sure}), (goes_on, {"b": goes_on})],
        "Y#4": [(gone, "AB"), *[(sure, "AA")] * 4, *[(goes_on, "AA")] * 3, (sure, "AA"), *[(goes_on, "AA")] * 4, (sure, "AB"),
                (goes_on, "AB")],
    }  # fmt: skip
    kept = []
    for letter, order in zip("ABCDEF", permutations(RELEASES), strict=True):
        await desk.load(letter, RELEASES, order)
        for code, table in tables.items():
            for day, expected in zip(DAYS, table, strict=True):
                found = await desk.asked(letter, code, day)
                name, postcode, edges = found["name"].split()[0], found["postcode"], found["commissioners"]
                shown = {
                    "Y#1": (found["certainty"], name, postcode, found["directoryStatus"], edges),
                    "Y#2": (found["certainty"], edges),
                    "Y#3": (found["certainty"], edges),
                    "Y#4": (found["certainty"], postcode[-2:]),
                }[code]
                assert shown == expected, (order, code, day)
        kept.append(await desk.said(letter))
    assert all(other == kept[0] for other in kept[1:]), "nor does the order show in what the graph keeps"


async def test_the_evaluation_over_the_rdf_and_the_facts_of_a_day_agree(desk: Desk, model: Model) -> None:
    await desk.load("A", RELEASES, (SECOND, THIRD, FIRST))
    claims = [claim async for batch in desk.store.export() for claim in batch]
    reference = Reference(model, desk.service.schema.graphql, claims, BASE)
    fields = "id certainty name postcode commissionersConnection { edges { certainty status validTo node { id } } }"
    for day in DAYS:
        chosen = '{ odsCode: { startsWith: "YA" } }'
        text = f'{{ organisations(asOf: "{day}", where: {chosen}, certainty: [%s]) {{ {fields} }} }}'
        for certainty in ("STATED, POSSIBLE, CONTINUED", "CONTINUED", "STATED, POSSIBLE, CONTINUED, BEFORE_TOLD"):
            question = text % certainty
            answer = await desk.service.ask(question)
            assert answer["data"] == reference.ask(question)["data"], question
        facts, told = TrueFacts(Rdf(model, BASE), day), set[tuple[str, ...]]()
        there = {
            claims[0].entity for claims in together(claims) if isinstance(claims[0], EntityRecord) and facts.is_there(claims)
        }
        for group in together(claims):
            stated = facts.of_thing(group) if isinstance(group[0], EntityRecord) else facts.of_relation(group, there.__contains__)
            told |= {tuple(map(str, triple)) for item in stated for triple in item.triples}
        for code in ("1", "2", "3", "4"):
            found, iri = await desk.asked("A", f"Y#{code}", day), f"{BASE}/id/organisation/ods-ya{code}"
            names = {value for subject, predicate, value in told if subject == iri and predicate.endswith("#name")}
            by = {subject[-1] for subject, predicate, value in told if value == iri and predicate.endswith("#commissions")}
            assert names == ({found["name"]} if found["certainty"] else set()), (code, day)
            assert by == (set(found["commissioners"]) if found["certainty"] else set()), (code, day)


# -- by chance -------------------------------------------------------------------------------------------------------------------

ALL = ("2015-01-31", "2017-06-30", "2020-02-29", "2024-05-31")
JOINED = ("2013-04-01", "2014-10-01", "2016-04-01", "2018-07-01", "2021-04-01")
LOOKED_AT = (
    "2000-04-01", "2010-01-01", "2013-04-01", "2014-10-01", *ALL, "2015-02-01", "2016-03-31", "2016-04-01", "2017-01-01",
    "2018-07-01", "2019-01-01", "2020-02-28", "2021-04-01", "2022-01-01", "2024-05-30", "2025-01-01",
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """What one release says of a practice."""

    name: str
    commissioner: str
    joined: str


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Listed]:
    """What the releases say of one practice, by their days; some do not list it."""
    found = {}
    for day in ALL:
        if draw(st.booleans()) or draw(st.booleans()):
            commissioner = draw(st.sampled_from(["", "A", "B"]))
            joined = draw(st.sampled_from([start for start in JOINED if start <= day])) if commissioner else ""
            found[day] = Listed(draw(st.sampled_from(["ONE", "TWO"])), commissioner, joined)
    return found


def name_on(history: Mapping[str, Listed], day: str) -> str:
    """The name that was last said, else the first that is."""
    return history[max((listed for listed in history if listed <= day), default=min(history))].name


def there_on(history: Mapping[str, Listed], day: str) -> str:
    """How sure it is that a practice is there, from 1 April 2000, when it opened."""
    return "STATED" if day <= min(history) or day in history else "CONTINUED"


def commissioners_on(history: Mapping[str, Listed], day: str) -> dict[str, str]:
    """The commissioners that are shown on a day, with how sure they are."""
    days, found = sorted(history), {}
    place = 0
    for (commissioner, joined), group in groupby(days, key=lambda item: (history[item].commissioner, history[item].joined)):
        run = list(group)
        place += len(run)
        if not commissioner or day < joined:
            continue
        denied = [other for other in days[: place - len(run)] if joined <= other and history[other].commissioner != commissioner]
        if denied and day < days[days.index(denied[-1]) + 1]:
            continue  # a release on whose day it claims to have held said otherwise
        following = days[place] if place < len(days) else ""
        moved = history[following].joined if following and run[-1] < history[following].joined <= following else ""
        if following and day >= (moved or following):
            continue
        if day <= run[0] or day in run:
            sure = "STATED"
        else:
            sure = "POSSIBLE" if following and not moved and day > run[-1] else "CONTINUED"
        order = ("STATED", "POSSIBLE", "CONTINUED")
        found[commissioner.lower()] = min(sure, found.get(commissioner.lower(), sure), key=order.index)
    return found


@pytest.mark.generated
async def test_generated_histories_are_answered_as_a_small_model_of_the_rule_says(desk: Desk) -> None:
    batches = st.tuples(
        st.lists(histories().filter(bool), min_size=20, max_size=30), st.lists(st.permutations(ALL), min_size=2, max_size=2)
    )
    examples: list[Any] = []

    @settings(max_examples=4, database=None, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(batches)
    def collect(example: Any) -> None:
        examples.append(example)

    collect()
    practices, orders = examples[-1]  # the first ones are the simplest
    releases = {
        day: [
            row("Y#99", "ALWAYS SURGERY", "ZZ99 1AA"),
            *(
                row(f"Y#{code:02}", f"{listed.name} SURGERY", "ZZ99 1AA", joined=listed.joined.replace("-", ""),
                    parent=f"97{listed.commissioner}" * bool(listed.commissioner))
                for code, history in enumerate(practices) if (listed := history.get(day))
            ),
        ]
        for day in ALL
    }  # fmt: skip
    kept = []
    for letter, order in zip("ABC", [ALL, *orders], strict=True):
        await desk.load(letter, releases, order)
        kept.append(await desk.said(letter))
        assert kept[0] == kept[-1], order
    for code, history in enumerate(practices):
        for day in LOOKED_AT:
            found = await desk.asked("C", f"Y#{code:02}", day)
            shown = (found["name"].split()[0], found["certainty"], found["commissioners"])
            expected = (name_on(history, day), there_on(history, day), commissioners_on(history, day))
            assert shown == expected, (history, day)
