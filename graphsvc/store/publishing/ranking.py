"""Ranks claims about the same thing, and picks the values with which the thing is shown.

``rank`` is text, ascending: the status in force first, then shadow, intended, proposed, planned, ended, superseded; then
what a source says outright before what was inferred; then the later published source; then source, locator and id, so that
the order never depends on chance. A stub, by which a source only refers to a thing, comes after every record that describes
it. The same rule picks the preferred record of a thing and the preferred claim of a relation.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from graphsvc.provenance import Claim, EntityRecord, Qualifiers, Telling
from graphsvc.store.publishing.dated_values import DATED, DATED_FROM, STUB, RecordValues, dated_key, dated_values, values_of
from graphsvc.store.publishing.days import thing_days

STATUS_ORDER: Final = ("IN_FORCE", "SHADOW", "INTENDED", "PROPOSED", "PLANNED", "ENDED", "SUPERSEDED")
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")
_UNDATED: Final = "~"
_STUB: Final = "~"
LIVING: Final = "DIRECTORY"
"""Kind of a source whose date moves with every release."""
_ALWAYS_NEW: Final = "9999-12-31"


def dated(published: str | None, kind: str | None) -> str:
    """The date by which a source's claims are ranked, as ISO text; empty if it has none.

    A living directory speaks for its last release, so that it counts as newer than any paper. If its own date counted, each
    release would rank all its claims anew: two million in a national directory.
    """
    return _ALWAYS_NEW if kind == LIVING else published or ""


def rank(claim: Mapping[str, Any], published: str) -> str:
    """The sort key of a claim, whose source was published at ``published`` (ISO text; empty if undated)."""
    status = STATUS_ORDER.index(claim["status"]) if claim["status"] in STATUS_ORDER else len(STATUS_ORDER)
    sureness = 0 if claim["confidence"] == "EXPLICIT" else 1
    newest_first = published.translate(_COMPLEMENT) if published else _UNDATED
    last = _STUB if _is_stub(claim) else ""
    return f"{last}{status}{sureness}{newest_first:~<10}|{claim['source']}|{claim['locator']}|{claim['id']}"


def _is_stub(claim: Mapping[str, Any]) -> bool:
    values = claim.get("values", "")
    return STUB in values and json.loads(values).get(STUB) is True


def qualifier_properties(qualifiers: Qualifiers) -> dict[str, Any]:
    """The stored properties of qualifiers; leaves out what is not stated."""
    stated = {
        "validFrom": qualifiers.valid_from.isoformat() if qualifiers.valid_from else "",
        "validTo": qualifiers.valid_to.isoformat() if qualifiers.valid_to else "",
        "asStated": qualifiers.as_stated,
        "edtf": qualifiers.edtf,
        "note": qualifiers.note,
        "asTold": qualifiers.told,
    }
    return {
        "status": qualifiers.status,
        **{name: value for name, value in stated.items() if value},
    }


def claim_properties(claim: Claim) -> dict[str, Any]:
    """The stored properties that record nodes and relationships share, without those that the store sets."""
    qualifiers = claim.qualifiers
    telling = Telling.of(qualifiers.told) if qualifiers.told else None
    return {
        **({"statement": claim.statement} if telling and telling.open and not telling.was else {}),
        "id": claim.id,
        "dataset": claim.dataset,
        "source": qualifiers.source,
        "locator": qualifiers.locator,
        "confidence": qualifiers.confidence,
        **qualifier_properties(qualifiers),
    }


def record_properties(record: EntityRecord) -> dict[str, Any]:
    """The node properties of a record."""
    return {
        **claim_properties(record),
        "entity": record.entity,
        "class": record.class_name,
        "values": json.dumps(dict(record.values), ensure_ascii=False, sort_keys=True),
    }


def qualifiers_of(properties: Mapping[str, Any]) -> Qualifiers:
    """Reads the qualifiers back from a record node or a relationship."""
    start, end = properties.get("validFrom"), properties.get("validTo")
    return Qualifiers(
        source=properties["source"],
        locator=properties["locator"],
        confidence=properties["confidence"],
        status=properties["status"],
        valid_from=date.fromisoformat(start) if start else None,
        valid_to=date.fromisoformat(end) if end else None,
        edtf=properties.get("edtf") or "",
        as_stated=properties.get("asStated") or "",
        note=properties.get("note") or "",
        told=properties.get("asTold") or "",
    )


_SHOWN: Final = ("status", "validFrom", "validTo", "asStated", "edtf", "note")


def preferred(
    entity: str,
    class_name: str,
    records: Sequence[Mapping[str, Any]],
    texts: Collection[str] = (),
    needed: Collection[str] = (),
) -> dict[str, Any]:
    """The properties of a thing, from the properties of its current records (at least one), without the revisions that know it.

    Its values today and those of other days, its days, and the qualifiers of the best record. ``texts`` names the properties
    that the full text index is to find beside the name; what they were on other days is found as well. ``needed`` names
    the properties that a thing must have on every day.
    """
    ordered = sorted(records, key=lambda record: str(record["rank"]))
    said = [RecordValues.of(record) for record in ordered]
    values = values_of(said)
    others = dated_values(said, values, needed)
    best = ordered[0]
    shown = {name: best[name] for name in _SHOWN if best.get(name) is not None}
    found = {"searchText": _search_text(values, others, texts)}
    return {**values, **others, **shown, **thing_days(ordered), **found, "id": entity, "type": class_name}


def _search_text(values: Mapping[str, Any], others: Mapping[str, Any], texts: Collection[str]) -> str:
    parts = [value for name, value in values.items() if name in texts and name != "name"]
    for name in others.get(DATED, ()):
        if name in texts:
            parts += [others.get(dated_key(name, period)) for period in range(len(others[DATED_FROM]))]
    every = [item for part in parts if part for item in (part if isinstance(part, list) else [str(part)])]
    return "\n".join(item for item in dict.fromkeys(every) if item != values.get("name"))
