"""Cypher patterns and conditions that follow relations of any sort at once, for the field ``links`` and for ``where``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphsvc.api.planning.cypher import CypherText
from graphsvc.api.planning.visibility import Visibility, visible
from graphsvc.api.schema.naming import BACKWARD, FORWARD, Naming
from graphsvc.model import Class, Relation


@dataclass(frozen=True, slots=True)
class Links:
    """The links that a field or condition asks of a thing: of which relations, in which direction."""

    text: CypherText
    forward: tuple[Relation, ...]
    """Relations in which the thing may be the subject."""
    backward: tuple[Relation, ...]
    """Relations in which the thing may be the object, as read from there."""

    def pattern(self, near: str, claim: str, far: str) -> str:
        """The Cypher pattern of every link of the thing in ``near``."""
        types = dict.fromkeys(relation.type for relation in (*self.forward, *self.backward))
        return f"({near})-[{claim}:{'|'.join(types)}]-({far})" if types else f"({near})-[{claim}]-({far})"

    def fits(self, near: str, claim: str) -> str:
        """The condition that a link is of a relation asked for, in a direction asked for."""
        if not (self.forward or self.backward):
            return "false"
        one = {relation.type for relation in self.forward} - {relation.type for relation in self.backward}
        other = {relation.type for relation in self.backward} - {relation.type for relation in self.forward}
        tests = []
        if one:
            tests.append(f"({outward(near, claim)} OR NOT {self._among(claim, one)})")
        if other:
            tests.append(f"(NOT {outward(near, claim)} OR NOT {self._among(claim, other)})")
        return " AND ".join(tests)

    def passes(self, near: str, claim: str, far: str, claims: Visibility, targets: Visibility) -> str:
        """The condition on a claim and on its far end; what only mentions the far end asks nothing of its status."""
        tests = [targets.reached(far)]
        for relations, direction in ((self.forward, outward(near, claim)), (self.backward, f"NOT {outward(near, claim)}")):
            mentioning = {relation.type for relation in relations if relation.mentions}
            if mentioning:
                tests.append(f"({direction} AND {self._among(claim, mentioning)})")
        reached = f"({' OR '.join(tests)})" if len(tests) > 1 else tests[0]
        return f"{claims.test(claim)} AND {visible(far)} AND {reached}"

    def _among(self, claim: str, types: Iterable[str]) -> str:
        return f"type({claim}) IN {self.text.constant(sorted(types))}"


def outward(near: str, claim: str) -> str:
    """The Cypher condition that a thing is the subject of a link."""
    return f"startNode({claim}) = {near}"


def links_of(text: CypherText, naming: Naming, item: Class, names: object, direction: object) -> Links:
    """The links of things of a class; ``names`` are relationship types, every one if there are none given."""
    wanted = set(names) if isinstance(names, list) else None
    forward, backward = naming.ties(item)
    if wanted is not None:
        forward = tuple(relation for relation in forward if relation.type in wanted)
        backward = tuple(relation for relation in backward if relation.type in wanted)
    both = direction is None
    return Links(
        text,
        tuple(relation for relation in forward if both or direction == FORWARD or relation.symmetric),
        tuple(relation for relation in backward if both or direction == BACKWARD or relation.symmetric),
    )
