"""What a load would change: the spool's claims against those that the store holds of the dataset."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from graphsvc.loading import Context
from graphsvc.model import Model
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.store import Store

EXAMPLES = 5
"""Examples of each kind of change that are kept."""


@dataclass
class Difference:
    """Numbers of claims, with examples. Changed: the same source still says it, in other words or of another date."""

    added: int = 0
    changed: int = 0
    retired: int = 0
    kept: int = 0
    """Claims of rows in error, which the store keeps as they were."""
    examples: dict[str, list[str]] = field(default_factory=lambda: {"added": [], "changed": [], "retired": [], "kept": []})

    @property
    def nothing(self) -> bool:
        """Whether the store holds all of it already."""
        return not (self.added or self.changed or self.retired)

    def show(self, kind: str, text: str) -> None:
        """Keep an example."""
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(text)


async def compare(context: Context, store: Store) -> Difference:
    """Compare with the store; afterwards ``spool.gone()`` gives the claims to retire, and no others.

    The store's claims are read in full only if some of them are gone. Rows in error retire nothing: what the store holds of
    them is kept. An input that amends retires only what it says anew: the same fact of the same source at the same place.
    """
    spool, difference = context.spool, Difference()
    async for batch in store.claims_of(context.dataset):
        spool.store_holds(batch)
    if spool.count_gone():
        await _look_at_gone(context, store, difference)
    added: Counter[str] = Counter()
    for claim in spool.added():
        added[fact(claim)] += 1
    gone = spool.facts_gone()
    for key, count in added.items():
        changed = min(count, gone.get(key, 0))
        difference.changed += changed
        difference.added += count - changed
    difference.retired = sum(gone.values()) - difference.changed
    for claim in spool.added():
        difference.show("changed" if gone.get(fact(claim)) else "added", describe(claim))
    for key, text in spool.examples_gone(EXAMPLES * 4):
        if key not in added:
            difference.show("retired", text)
    return difference


async def _look_at_gone(context: Context, store: Store, difference: Difference) -> None:
    """Note what each gone claim says, and leave out of the gone what is to be kept."""
    spool = context.spool
    said_anew = {place(claim) for claim in spool.added()} if context.amends else set()
    async for batch in store.export():
        for claim in batch:
            if claim.dataset != context.dataset or not spool.is_gone(claim.id):
                continue
            if context.amends:
                if place(claim) not in said_anew:
                    spool.keep(claim.id)
                    continue
            elif keeps(context.kept, claim, context.model):
                spool.keep(claim.id)
                difference.kept += 1
                difference.show("kept", describe(claim))
                continue
            spool.describe_gone(claim.id, fact(claim), describe(claim))


def keeps(kept: set[tuple[str, ...]], claim: Claim, model: Model) -> bool:
    """Whether a claim of the store is about something whose row is in error."""
    if isinstance(claim, EntityRecord):
        return ("thing", claim.entity) in kept or ("class", claim.class_name) in kept
    subjects, objects = (claim.subject, ""), (claim.object, "")
    relations = (claim.relation, "")
    if any(("relation", s, r, o) in kept for s in subjects for r in relations for o in objects):
        return True
    term = model.relations[claim.relation]
    found = model.class_of(claim.subject)
    return term.sheet_column and found is not None and ("class", found.name) in kept


def fact(claim: Claim) -> str:
    """What a claim is about, whatever it says of it: equal for a claim and its next wording."""
    source = claim.qualifiers.source
    if isinstance(claim, EntityRecord):
        return f"{claim.entity}\t{source}"
    return f"{claim.subject}\t{claim.relation}\t{claim.object}\t{source}"


def place(claim: Claim) -> str:
    """What a claim is about and where its source says it."""
    return f"{fact(claim)}\t{claim.qualifiers.locator}"


def describe(claim: Claim) -> str:
    """A claim in a line."""
    said = claim.qualifiers
    where = f"{said.source.partition('/')[2]}{f', {said.locator}' if said.locator else ''}"
    if isinstance(claim, EntityRecord):
        return f"{claim.entity} “{claim.values.get('name', '')}” ({where})"
    return f"{claim.subject} {claim.relation} {claim.object} ({where})"
