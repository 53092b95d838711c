"""Which of several claims is shown first, and the values that a thing is shown with.

``rank`` is text, ascending: the status in force first, then shadow, intended, proposed, planned, ended, superseded; then
what a source says outright before what was inferred; then the later published source; then source, locator and id, so that
the order never depends on chance. The same rule picks the preferred record of a thing and the preferred claim of a relation.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from graphsvc.provenance import Claim, EntityRecord, Qualifiers

STATUS_ORDER: Final = ("IN_FORCE", "SHADOW", "INTENDED", "PROPOSED", "PLANNED", "ENDED", "SUPERSEDED")
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")
_UNDATED: Final = "~"


def rank(claim: Mapping[str, Any], published: str) -> str:
    """The sort key of a claim's properties, whose source was published at ``published`` (ISO text; empty if undated)."""
    status = STATUS_ORDER.index(claim["status"]) if claim["status"] in STATUS_ORDER else len(STATUS_ORDER)
    sureness = 0 if claim["confidence"] == "EXPLICIT" else 1
    newest_first = published.translate(_COMPLEMENT) if published else _UNDATED
    return f"{status}{sureness}{newest_first:~<10}|{claim['source']}|{claim['locator']}|{claim['id']}"


def qualifier_properties(qualifiers: Qualifiers) -> dict[str, Any]:
    """The qualifiers as properties; what is not stated is left out."""
    stated = {
        "validFrom": qualifiers.valid_from.isoformat() if qualifiers.valid_from else "",
        "validTo": qualifiers.valid_to.isoformat() if qualifiers.valid_to else "",
        "asStated": qualifiers.as_stated,
        "edtf": qualifiers.edtf,
        "note": qualifiers.note,
    }
    return {
        "status": qualifiers.status,
        "from": qualifiers.holds_from,
        "to": qualifiers.holds_to,
        **{name: value for name, value in stated.items() if value},
    }


def claim_properties(claim: Claim) -> dict[str, Any]:
    """What a record node and a relationship have in common: all but ``rank`` and the known dates, which the store sets."""
    qualifiers = claim.qualifiers
    return {
        "id": claim.id,
        "dataset": claim.dataset,
        "source": qualifiers.source,
        "locator": qualifiers.locator,
        "confidence": qualifiers.confidence,
        **qualifier_properties(qualifiers),
    }


def record_properties(record: EntityRecord) -> dict[str, Any]:
    """A record as the properties of its node."""
    return {
        **claim_properties(record),
        "entity": record.entity,
        "class": record.class_name,
        "values": json.dumps(dict(record.values), ensure_ascii=False, sort_keys=True),
    }


def qualifiers_of(properties: Mapping[str, Any]) -> Qualifiers:
    """The qualifiers that a record node or a relationship keeps: the way back."""
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
    )


_SHOWN: Final = ("status", "from", "to", "validFrom", "validTo", "asStated", "edtf", "note")


def preferred(entity: str, class_name: str, records: Sequence[Mapping[str, Any]], texts: Collection[str] = ()) -> dict[str, Any]:
    """The properties of a thing, from the properties of its current records (at least one), without its known dates.

    Per property the value of the best ranked record that gives one, or all that any record gives where there may be many; the
    qualifiers of the best record. ``texts`` names the properties that the full text index is to find beside the name.
    """
    ordered = sorted(records, key=lambda record: str(record["rank"]))
    found: dict[str, Any] = {}
    for record in ordered:
        for name, value in json.loads(record["values"]).items():
            if isinstance(value, list):
                found[name] = [*found.get(name, []), *(item for item in value if item not in found.get(name, []))]
            elif value not in (None, ""):
                found.setdefault(name, value)
    values = {name: _storable(value) for name, value in found.items() if value != []}
    best = ordered[0]
    shown = {name: best[name] for name in _SHOWN if best.get(name) is not None}
    return {**values, **shown, "id": entity, "type": class_name, "searchText": _search_text(values, texts)}


def _storable(value: Any) -> Any:
    """A list whose numbers are of one kind, as a property wants it."""
    if isinstance(value, list) and any(isinstance(item, float) for item in value):
        return [float(item) for item in value]
    return value


def _search_text(values: Mapping[str, Any], texts: Collection[str]) -> str:
    parts: list[str] = []
    for name, value in values.items():
        if name in texts and name != "name":
            parts.extend(value if isinstance(value, list) else [str(value)])
    return "\n".join(parts)
