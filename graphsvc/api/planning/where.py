"""Compiles the argument ``where`` to a Cypher condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graphsvc.api.planning.arguments import Leaf, Tree, fields_of, leaf_of
from graphsvc.api.planning.as_at import value_as_at
from graphsvc.api.planning.cypher import CypherText
from graphsvc.api.planning.link_pattern import links_of
from graphsvc.api.planning.logic import ALWAYS, AllOf, AnyOf, Condition, Not, Test, cypher
from graphsvc.api.planning.visibility import Visibility, certainty, visible
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
    "anyContains": "true IN [item IN {value} | toLower(item) CONTAINS toLower({given})]",
    "hasAll": "({value} IS NOT NULL AND NOT false IN [item IN {given} | item IN {value}])",
}

_ABSENCES: Mapping[str, str] = {"isNull": "{value} IS NULL", "isEmpty": "({value} IS NULL OR size({value}) = 0)"}
_OF_LINKS = ("relations", "direction")
"""What a condition on links asks of the links themselves."""


@dataclass(frozen=True, slots=True)
class Where:
    """Compiles conditions whose relations follow only what is visible."""

    text: CypherText
    naming: Naming
    visibility: Visibility

    def thing(self, tree: Tree | None, item: Class, name: str, claim: str = "", *, negated: bool = False) -> str:
        """The condition on a thing of class ``item`` in variable ``name``, whose relating claim is in ``claim``; or its negation.

        Empty if it holds for every thing. Raises QueryError for a condition that means nothing.
        """
        return cypher(self._thing(tree, item, name, claim), negated)

    def _thing(self, tree: Tree | None, item: Class, name: str, claim: str = "") -> Condition:
        if tree is None or (isinstance(tree, Leaf) and tree.value is None):
            return ALWAYS
        return AllOf([self._part(key, entry, item, name, claim) for key, entry in fields_of(tree).items()])

    def _part(self, key: str, tree: Tree, item: Class, name: str, claim: str) -> Condition:
        _refuse_no_condition(key, tree)
        if key in ("AND", "OR", "NOT"):
            return _logic(key, tree, lambda entry: self._thing(entry, item, name, claim))
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
        if key == "certainty":
            return self._certainty(tree, name)
        meaning = self.naming.fields[item.name].get(key)
        if isinstance(meaning, Property) or meaning is None:
            value = value_as_at(name, key, self.visibility.as_of) if meaning else f"{name}.{key}"
            return self._operators(tree, key, value)
        return self._relation(tree, meaning.relation, name)

    def _relation(self, tree: Tree, relation: Relation, name: str) -> Condition:
        target = self.naming.model.classes[relation.range]
        parts: list[Condition] = []
        for quantifier, condition in fields_of(tree).items():
            _refuse_no_condition(f"{relation.name} {{{quantifier}", condition)
            if quantifier == "anywhere":
                parts.append(self._anywhere(condition, target, relation, name, FURTHEST))
                continue
            far, claim = self.text.variable("m"), self.text.variable("r")
            inner = self._thing(condition, target, far, claim)
            path = pattern(relation, name, claim, far)
            passes = f"{visible(claim)} AND {passing(relation, claim, far, self.visibility, self.visibility)}"
            parts.append(_quantified(quantifier, path, passes, inner))
        return AllOf(parts)

    def _anywhere(self, tree: Tree, target: Class, relation: Relation, name: str, steps: int) -> Condition:
        """The condition that a thing one or more steps along a relation fulfils a condition, each step by a visible claim.

        Each step is a pattern of its own, not one of variable length: in that, no claim on the way could be tested alike in
        both stores.
        """
        far, claim = self.text.variable("m"), self.text.variable("r")
        here = self._thing(tree, target, far, claim)
        if steps > 1:
            here = AnyOf([here, self._anywhere(tree, target, relation, far, steps - 1)])
        passes = f"{visible(claim)} AND {passing(relation, claim, far, self.visibility, self.visibility)}"
        return _quantified("some", pattern(relation, name, claim, far), passes, here)

    def _links(self, tree: Tree, item: Class, name: str) -> Condition:
        parts: list[Condition] = []
        for quantifier, condition in fields_of(tree).items():
            _refuse_no_condition(f"links {{{quantifier}", condition)
            asked = fields_of(condition)
            for part, entry in asked.items():
                _refuse_no_condition(f"links {{{quantifier}: {{{part}", entry)
            far, claim = self.text.variable("m"), self.text.variable("r")
            names, direction = (entry.value if isinstance(entry, Leaf) else None for entry in map(asked.get, _OF_LINKS))
            links = links_of(self.text, self.naming, item, names, direction)
            tests = [visible(claim), links.fits(name, claim), links.passes(name, claim, far, self.visibility, self.visibility)]
            inner = [self._thing(asked.get("node"), self.naming.model.classes["Entity"], far)]
            if "claim" in asked:
                inner.append(self._claim(asked["claim"], claim))
            passes = " AND ".join(part for part in tests if part)
            parts.append(_quantified(quantifier, links.pattern(name, claim, far), passes, AllOf(inner)))
        return AllOf(parts)

    def _records(self, tree: Tree, name: str) -> Condition:
        parts: list[Condition] = []
        for quantifier, condition in fields_of(tree).items():
            _refuse_no_condition(f"claims {{{quantifier}", condition)
            record = self.text.variable("c")
            path = f"({name})-[:HAS_RECORD]->({record})"
            parts.append(_quantified(quantifier, path, visible(record), self._claim(condition, record)))
        return AllOf(parts)

    def _claim(self, tree: Tree, name: str) -> Condition:
        parts: list[Condition] = []
        for key, entry in fields_of(tree).items():
            _refuse_no_condition(key, entry)
            if key in ("AND", "OR", "NOT"):
                parts.append(_logic(key, entry, lambda inner: self._claim(inner, name)))
            elif key == "certainty":
                parts.append(self._certainty(entry, name))
            else:
                parts.append(self._operators(entry, key, f"{name}.{key}"))
        return AllOf(parts)

    def _type(self, tree: Tree, name: str) -> Condition:
        parts: list[Condition] = []
        for operator, entry in fields_of(tree).items():
            leaf = leaf_of(entry)
            _refuse_null("type", operator, leaf)
            test = Test(f"{name}.type IN {self.text.derived(leaf.read, self.concrete)}", certain=True)
            parts.append(test if operator in ("eq", "in") else Not(test))
        return AllOf(parts)

    def _certainty(self, tree: Tree, name: str) -> Condition:
        return self._operators(tree, "certainty", certainty(name, self.visibility.as_of))

    def concrete(self, named: str | list[str]) -> list[str]:
        """The concrete classes that some classes stand for."""
        names = [named] if isinstance(named, str) else named
        return [item.name for name in names for item in self.naming.model.concrete(name)]

    def _operators(self, tree: Tree, key: str, value: str) -> Condition:
        parts: list[Condition] = []
        for operator, entry in fields_of(tree).items():
            leaf = leaf_of(entry)
            _refuse_null(key, operator, leaf)
            if operator in _ABSENCES:
                absent = Test(_ABSENCES[operator].format(value=value), certain=True)
                parts.append(absent if leaf.value else Not(absent))
            else:
                parts.append(Test(_COMPARISONS[operator].format(value=value, given=self.text.parameter(leaf.read))))
        return AllOf(parts)


def passing(relation: Relation, claim: str, far: str, claims: Visibility, targets: Visibility) -> str:
    """The condition on a claim and on its far end; what only mentions the far end asks nothing of its status."""
    test = f"{claims.test(claim)} AND {visible(far)}"
    return test if relation.mentions else f"{test} AND {targets.reached(far)}"


def pattern(relation: Relation, near: str, claim: str, far: str) -> str:
    """The Cypher pattern of a relation; claims are stored once, in the forward direction.

    The far end has no label: the Model's domain and range say what it is, and a label could make a store start from there.
    """
    middle = f"-[{claim}:{relation.type}]-"
    if relation.symmetric:
        return f"({near}){middle}({far})"
    return f"({near}){middle}>({far})" if relation.forward else f"({near})<{middle}({far})"


def _quantified(quantifier: str, path: str, passes: str, inner: Condition) -> Condition:
    """The condition that some, none or every end of a path that passes fulfils a condition."""
    test = cypher(inner, negated=quantifier == "every")
    found = Test(f"EXISTS {{ MATCH {path} WHERE {passes}{f' AND {test}' if test else ''} }}", certain=True)
    return found if quantifier == "some" else Not(found)


def _logic(key: str, tree: Tree, compile_one: Callable[[Tree], Condition]) -> Condition:
    entries = tree if isinstance(tree, list) else [tree]
    parts = [compile_one(entry) for entry in entries if not isinstance(entry, Leaf)]
    if key == "NOT":
        return Not(parts[0])
    return AnyOf(parts) if key == "OR" else AllOf(parts)


def _refuse_no_condition(path: str, tree: Tree) -> None:
    """Refuses a null where a condition is expected: whoever wrote it means something, and it would select everything.

    A variable that is not given is no null: what it stands in is left out before (GraphQL, section 6.4.1).
    """
    if isinstance(tree, Leaf) and tree.value is None:
        inner = f"{path}: null{'}' * path.count('{')}"
        hint = "Leave it out, or give a condition; {} is fulfilled by everything, and {isNull: true} finds what is not stated."
        raise QueryError(f"where: {inner} says nothing.", hint)


def _refuse_null(name: str, operator: str, leaf: Leaf) -> None:
    if leaf.value is None:
        raise QueryError(
            f"where: {name} {{{operator}: null}} says nothing.", f"To find what is not stated: {name}: {{isNull: true}}."
        )
