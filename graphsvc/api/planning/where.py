"""``where`` as a Cypher condition.

A condition on what is not stated is null in Cypher and counts as not fulfilled. That stays right under AND and OR; a NOT
turns it, so there null is first made false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphsvc.api.planning.arguments import Leaf, Tree, fields_of, leaf_of
from graphsvc.api.planning.as_at import valued
from graphsvc.api.planning.cypher import Text
from graphsvc.api.planning.link_pattern import links_of
from graphsvc.api.planning.visibility import Standing, visible
from graphsvc.api.schema.naming import FURTHEST, Naming
from graphsvc.errors import QueryError
from graphsvc.model import Class, Property, Relation

_COMPARISONS: Mapping[str, str] = {
    "eq": "{value} = {given}",
    "ne": "{value} <> {given}",
    "in": "{value} IN {given}",
    "notIn": "({value} IS NOT NULL AND NOT {value} IN {given})",
    "gt": "{value} > {given}",
    "gte": "{value} >= {given}",
    "lt": "{value} < {given}",
    "lte": "{value} <= {given}",
    "contains": "toLower({value}) CONTAINS toLower({given})",
    "startsWith": "toLower({value}) STARTS WITH toLower({given})",
    "endsWith": "toLower({value}) ENDS WITH toLower({given})",
    "has": "{given} IN {value}",
    # Not any(… WHERE …) and all(… WHERE …): within EXISTS { }, ArcadeDB takes their WHERE for its own.
    "hasAny": "true IN [item IN {given} | item IN {value}]",
    "hasAll": "({value} IS NOT NULL AND NOT false IN [item IN {given} | item IN {value}])",
}


_OF_LINKS = ("relations", "direction")
"""What a condition on links asks of the links themselves."""


@dataclass(frozen=True, slots=True)
class Where:
    """Compiles conditions under one test of status and date."""

    text: Text
    naming: Naming
    standing: Standing

    def thing(self, tree: Tree | None, item: Class, name: str, claim: str = "") -> str:
        """The condition on a thing of class ``item`` in variable ``name``, whose relating claim is in ``claim``.

        Empty if nothing is asked. Raises QueryError for a condition that means nothing.
        """
        if tree is None or (isinstance(tree, Leaf) and tree.value is None):
            return ""
        return " AND ".join(part for key, entry in fields_of(tree).items() if (part := self._part(key, entry, item, name, claim)))

    def _part(self, key: str, tree: Tree, item: Class, name: str, claim: str) -> str:
        if isinstance(tree, Leaf) and tree.value is None:
            return ""
        if key in ("AND", "OR", "NOT"):
            return _logic(key, tree, lambda entry: self.thing(entry, item, name, claim))
        if key == "claim":
            if not claim:
                raise QueryError(
                    "where: `claim` stands only inside `some`, `none` or `every` of a relation.",
                    "For what the sources say of the thing itself, use `claims: {some: {…}}`.",
                )
            return self._claim(tree, claim)
        if key == "claims":
            return self._records(tree, name)
        if key == "links":
            return self._links(tree, item, name)
        if key == "type":
            return self._type(tree, name)
        meaning = self.naming.fields[item.name].get(key)
        if isinstance(meaning, Property) or meaning is None:
            as_of = self.standing.as_of if meaning else ""
            return self._operators(tree, key, valued(name, key, as_of))
        return self._relation(tree, meaning.relation, name)

    def _relation(self, tree: Tree, relation: Relation, name: str) -> str:
        target = self.naming.model.classes[relation.range]
        parts = []
        for quantifier, condition in fields_of(tree).items():
            if isinstance(condition, Leaf):
                continue
            if quantifier == "anywhere":
                parts.append(self._anywhere(condition, target, relation, name, FURTHEST))
                continue
            far, claim = self.text.variable("m"), self.text.variable("r")
            inner = self.thing(condition, target, far, claim)
            if quantifier == "every":
                if not inner:
                    continue
                inner = f"NOT coalesce({inner}, false)"
            passes = passing(relation, claim, far, self.standing, self.standing)
            test = f"MATCH {pattern(relation, name, claim, far)} WHERE {visible(claim)} AND {passes}"
            if inner:
                test = f"{test} AND {inner}"
            exists = f"EXISTS {{ {test} }}"
            parts.append(exists if quantifier == "some" else f"NOT {exists}")
        return " AND ".join(parts)

    def _anywhere(self, tree: Tree, target: Class, relation: Relation, name: str, steps: int) -> str:
        """The test that a thing is such one step or more along a relation, each step by a claim that passes.

        Each step is a pattern of its own, not one of variable length: in that, no claim on the way could be tested alike in
        both stores.
        """
        far, claim = self.text.variable("m"), self.text.variable("r")
        here = self.thing(tree, target, far, claim) or "true"
        if steps > 1:
            here = f"({here} OR {self._anywhere(tree, target, relation, far, steps - 1)})"
        test = f"{visible(claim)} AND {passing(relation, claim, far, self.standing, self.standing)} AND {here}"
        return f"EXISTS {{ MATCH {pattern(relation, name, claim, far)} WHERE {test} }}"

    def _links(self, tree: Tree, item: Class, name: str) -> str:
        parts = []
        for quantifier, condition in fields_of(tree).items():
            if isinstance(condition, Leaf):
                continue
            asked = fields_of(condition)
            far, claim = self.text.variable("m"), self.text.variable("r")
            names, direction = (entry.value if isinstance(entry, Leaf) else None for entry in map(asked.get, _OF_LINKS))
            links = links_of(self.text, self.naming, item, names, direction)
            tests = [visible(claim), links.fits(name, claim), links.passes(name, claim, far, self.standing, self.standing)]
            tests.append(self.thing(asked.get("node"), self.naming.model.classes["Entity"], far))
            tests.append(self._claim(asked["claim"], claim) if "claim" in asked else "")
            test = f"MATCH {links.pattern(name, claim, far)} WHERE {' AND '.join(part for part in tests if part)}"
            parts.append(f"EXISTS {{ {test} }}" if quantifier == "some" else f"NOT EXISTS {{ {test} }}")
        return " AND ".join(parts)

    def _records(self, tree: Tree, name: str) -> str:
        parts = []
        for quantifier, condition in fields_of(tree).items():
            if isinstance(condition, Leaf):
                continue
            record = self.text.variable("c")
            inner = self._claim(condition, record)
            if quantifier == "every":
                if not inner:
                    continue
                inner = f"NOT coalesce({inner}, false)"
            test = f"MATCH ({name})-[:HAS_RECORD]->({record}) WHERE {visible(record)}" + (f" AND {inner}" if inner else "")
            parts.append(f"EXISTS {{ {test} }}" if quantifier == "some" else f"NOT EXISTS {{ {test} }}")
        return " AND ".join(parts)

    def _claim(self, tree: Tree, name: str) -> str:
        parts = []
        for key, entry in fields_of(tree).items():
            if isinstance(entry, Leaf) and entry.value is None:
                continue
            if key in ("AND", "OR", "NOT"):
                parts.append(_logic(key, entry, lambda inner: self._claim(inner, name)))
            else:
                parts.append(self._operators(entry, key, f"{name}.{key}"))
        return " AND ".join(part for part in parts if part)

    def _type(self, tree: Tree, name: str) -> str:
        parts = []
        for operator, entry in fields_of(tree).items():
            leaf = leaf_of(entry)
            _refuse_null("type", operator, leaf)
            given = self.text.derived(leaf.read, self.concrete)
            test = f"{name}.type IN {given}"
            parts.append(test if operator in ("eq", "in") else f"NOT {test}")
        return " AND ".join(parts)

    def concrete(self, named: str | list[str]) -> list[str]:
        """The concrete classes that some classes stand for."""
        names = [named] if isinstance(named, str) else named
        return [item.name for name in names for item in self.naming.model.concrete(name)]

    def _operators(self, tree: Tree, key: str, value: str) -> str:
        parts = []
        for operator, entry in fields_of(tree).items():
            leaf = leaf_of(entry)
            _refuse_null(key, operator, leaf)
            if operator == "isNull":
                parts.append(f"{value} IS NULL" if leaf.value else f"{value} IS NOT NULL")
            elif operator == "isEmpty":
                empty = f"({value} IS NULL OR size({value}) = 0)"
                parts.append(empty if leaf.value else f"NOT {empty}")
            else:
                parts.append(_COMPARISONS[operator].format(value=value, given=self.text.parameter(leaf.read)))
        return " AND ".join(parts)


def passing(relation: Relation, claim: str, far: str, claims: Standing, targets: Standing) -> str:
    """The test of a claim, and of its far end; what only mentions the far end asks nothing of its status."""
    test = f"{claims.test(claim)} AND {visible(far)}"
    return test if relation.mentions else f"{test} AND {targets.test(far)}"


def pattern(relation: Relation, near: str, claim: str, far: str) -> str:
    """The pattern of a relation; claims are stored once, in the forward direction.

    The far end has no label: the Model's domain and range say what it is, and a label could make a store start from there.
    """
    middle = f"-[{claim}:{relation.type}]-"
    if relation.symmetric:
        return f"({near}){middle}({far})"
    return f"({near}){middle}>({far})" if relation.forward else f"({near})<{middle}({far})"


def _logic(key: str, tree: Tree, compile_one: object) -> str:
    entries = tree if isinstance(tree, list) else [tree]
    parts = [compile_one(entry) for entry in entries if not isinstance(entry, Leaf)]  # type: ignore[operator]
    if key == "NOT":
        return f"NOT coalesce(({parts[0] or 'true'}), false)"
    if key == "OR":
        # No condition at all: nothing fulfils an empty OR, everything an empty part.
        return f"({' OR '.join(f'({part})' if part else 'true' for part in parts)})" if parts else "false"
    return " AND ".join(f"({part})" for part in parts if part)


def _refuse_null(name: str, operator: str, leaf: Leaf) -> None:
    if leaf.value is None:
        raise QueryError(
            f"where: {name} {{{operator}: null}} says nothing.", f"To find what is not stated: {name}: {{isNull: true}}."
        )
