"""Compares a map with the store: the spool's claims with those that the store holds of the dataset."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphsvc.loading import Context
from graphsvc.loading.rejects.rows import Kept
from graphsvc.loading.spool import LOCATOR
from graphsvc.model import Model
from graphsvc.pipeline.holdings import FRESH, Holdings
from graphsvc.provenance import Claim, EntityRecord
from graphsvc.store import Held, Store

EXAMPLES = 5
"""Examples of each kind of change that are kept."""
KINDS = ("added", "changed", "retired", "superseded", "no longer listed", "listed again", "kept")


@dataclass
class Difference:
    """Numbers of claims, with examples. Changed: the same source still states it, in other words or of another date."""

    added: int = 0
    changed: int = 0
    retired: int = 0
    kept: int = 0
    """Claims of rows in error, which the store keeps as they were."""
    superseded: int = 0
    """Claims of an earlier release that are kept as its history; of those the records are changed ones too."""
    retold: int = 0
    """Claims that stay, with other releases that say them."""
    vanished: int = 0
    """Entries marked as no longer listed."""
    relisted: int = 0
    """Entries that are listed again."""
    unsure: int = 0
    """Entries that were not found, but may be among the rows that could not be read: kept, and not marked."""
    unlisted: int = 0
    """Entries that are no longer listed, all told."""
    listed: int = 0
    """Entries that the store held as listed before this load."""
    ends_early: str = ""
    """Where a release ends, if all that is missing from it would come after that."""
    missing: int = 0
    """Of these the ones that were not found."""
    touched: int = 0
    """Of these the ones of which something else is said."""
    examples: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @property
    def nothing(self) -> bool:
        """Whether there is no difference: the store holds all of it already."""
        written = self.added or self.changed or self.retired or self.superseded or self.retold
        return not (written or self.vanished or self.relisted)

    @property
    def writes(self) -> int:
        """About how many claims are to be written."""
        return self.added + self.changed + self.superseded + self.retold + self.vanished

    def show(self, kind: str, text: str) -> None:
        """Keeps an example."""
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(text)


async def compare(context: Context, store: Store, holdings: Holdings) -> Difference:
    """Compares a map with the store; afterwards ``holdings.withdrawn()`` gives exactly the claims to retire.

    Rows in error retire nothing: what the store holds of them is kept. An input that amends retires only what it says anew: the
    same fact of the same source at the same place.
    """
    await holdings.fill(store, context.dataset)
    difference = Difference()
    if context.amends:
        await _retire_restated(context, store, holdings)
    else:
        kept: list[Held] = []
        for page in holdings.gone():
            for held in page:
                if keeps(context.kept, held, context.model):
                    holdings.decide(held.id, "kept")
                    kept += [held] if len(kept) < EXAMPLES else []
        holdings.decide_all("retired", "1")
        for claim in await store.claims(kept):
            difference.show("kept", describe(claim))
    fates, paired = holdings.fates(), holdings.paired()
    fresh = holdings.count(f"SELECT COUNT(*) FROM claims WHERE {FRESH}")
    difference.added, difference.changed = fresh - paired, paired
    difference.retired, difference.kept = fates.get("retired", 0) - paired, fates.get("kept", 0)
    await show_examples(difference, store, holdings)
    return difference


async def show_examples(difference: Difference, store: Store, holdings: Holdings) -> None:
    """Describes some of the claims that are added, changed and retired."""
    for kind, known in (("added", False), ("changed", True)):
        for claim in holdings.fresh(EXAMPLES, known=known):
            difference.show(kind, describe(claim))
    for claim in await store.claims(holdings.withdrawn_for_good(EXAMPLES)):
        difference.show("retired", describe(claim))


async def _retire_restated(context: Context, store: Store, holdings: Holdings) -> None:
    restated = (
        f"SELECT 1 FROM claims WHERE {FRESH} AND subject = ? AND relation = ? AND object = ? AND source = ? AND {LOCATOR} = ?"
    )
    for page in holdings.gone():
        for claim in await store.claims(page):
            place = (*parts(claim), claim.qualifiers.source, claim.qualifiers.locator)
            again = holdings.sql.execute(restated, place).fetchone()
            holdings.decide(claim.id, "retired" if again else "history")


def keeps(kept: Kept, held: Held, model: Model) -> bool:
    """Tells whether a claim of the store is about the subject of a row in error."""
    found = model.class_of(held.subject)
    if not held.relation:
        return ("thing", held.subject) in kept or (found is not None and ("class", found.name) in kept)
    ends = [(subject, object_) for subject in (held.subject, "") for object_ in (held.object, "")]
    if any(("relation", subject, relation, object_) in kept for subject, object_ in ends for relation in (held.relation, "")):
        return True
    return model.relations[held.relation].sheet_column and found is not None and ("class", found.name) in kept


def parts(claim: Claim) -> tuple[str, str, str]:
    """Returns subject, relation and object as the spool has them: empty texts for those that a record lacks."""
    if isinstance(claim, EntityRecord):
        return claim.entity, "", ""
    return claim.subject, claim.relation, claim.object


def describe(claim: Claim) -> str:
    """Describes a claim in one line."""
    qualifiers = claim.qualifiers
    where = f"{qualifiers.source.partition('/')[2]}{f', {qualifiers.locator}' if qualifiers.locator else ''}"
    if isinstance(claim, EntityRecord):
        return f"{claim.entity} “{claim.values.get('name', '')}” ({where})"
    return f"{claim.subject} {claim.relation} {claim.object} ({where})"
