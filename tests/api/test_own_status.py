"""A relation's own ``status``: whatever ``hidden`` counts under a status is shown when that status is asked for."""

from __future__ import annotations

from typing import Any

from graphsvc.api.service import GraphQLService
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim
from graphsvc.settings import Settings
from graphsvc.store import LoadRecord, Publication, Store

PAPER = "source/paper"
STATUSES = ("IN_FORCE", "PLANNED", "PROPOSED", "ENDED")
TEXT = """query($own: [Status!], $root: [Status!]) { contract(id: "contract/main", status: $root) {
  services(status: $own) { id } servicesConnection(status: $own) { hidden { status count } } } }"""


def _claims() -> list[Claim]:
    """One contract that covers a service of each status, by a claim of each status."""
    found: list[Claim] = [
        EntityRecord(PAPER, "Source", {"name": "Paper", "title": "Paper"}, Qualifiers(PAPER), "map"),
        EntityRecord("contract/main", "Contract", {"name": "Main"}, Qualifiers(PAPER), "map"),
    ]
    for claimed in STATUSES:
        for status in STATUSES:
            service = f"service/{claimed}-{status}"
            found.append(EntityRecord(service, "Service", {"name": service}, Qualifiers(PAPER, status=status), "map"))
            found.append(RelationClaim("contract/main", "covers", service, Qualifiers(PAPER, status=claimed), "map"))
    return found


async def test_what_hidden_counts_is_shown_when_its_status_is_asked_for(store: Store, model: Model) -> None:
    await store.publish(Publication(LoadRecord("map", "1", title="A map"), _claims()))
    service = GraphQLService(model, store, Settings())

    async def shown(own: list[str] | None, root: list[str] | None = None) -> tuple[set[str], dict[str, int]]:
        contract: dict[str, Any] = (await service.ask(TEXT, {"own": own, "root": root}))["data"]["contract"]
        hidden = {entry["status"]: entry["count"] for entry in contract["servicesConnection"]["hidden"]}
        return {item["id"].removeprefix("service/") for item in contract["services"]}, hidden

    default, hidden = await shown(None)
    assert default == {"IN_FORCE-IN_FORCE"}
    assert hidden == {"ENDED": 5, "PLANNED": 5, "PROPOSED": 5}
    for root in (None, ["PLANNED"]):
        planned, others = await shown(["PLANNED"], root)
        assert {"PLANNED-IN_FORCE", "PLANNED-PLANNED", "IN_FORCE-PLANNED"} <= planned
        assert not planned & {"IN_FORCE-IN_FORCE", "IN_FORCE-PROPOSED", "PROPOSED-IN_FORCE", "ENDED-PLANNED"}
        for status in others:
            more, _ = await shown(["PLANNED", status], root)
            assert len(more) > len(planned), f"{status} is counted as hidden, and asking for it shows nothing more"
    assert (await shown(["IN_FORCE"]))[0] == {"IN_FORCE-IN_FORCE"}
    assert (await shown(list(STATUSES)))[1] == {}
