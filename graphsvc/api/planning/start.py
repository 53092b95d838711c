"""Finds where a root list may start: at an index that serves one of its conditions, rather than at every thing of its class.

A condition that some related thing has a name is walked from the things of that name back to the root, each step a ``MATCH``
with the tests that an ``EXISTS { }`` would put; what was met twice goes on once. That is what ``some`` says. Conditions that are
broad, negated or put to every related thing are tested as before (decision 0015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from graphsvc.api.planning.arguments import Leaf, Read, Tree, Variables, fields_of
from graphsvc.api.planning.cost import Step, StepCost
from graphsvc.api.planning.scale import Reach, Scale
from graphsvc.api.planning.visibility import visible
from graphsvc.api.planning.where import Where, passing, pattern
from graphsvc.api.planning.where_limits import conditions_of
from graphsvc.api.schema.naming import Naming, Related
from graphsvc.model import Class, Property, Relation
from graphsvc.settings import Settings
from graphsvc.store.publishing.look_ups import KEY, key_of, key_property

_ONE: Final = ("eq", "has")
_SOME: Final = ("in", "hasAny", "hasAll")
_BY_ID: Final = "id"


@dataclass(frozen=True, slots=True)
class Seek:
    """A look-up in the index of a property."""

    name: str
    many: bool
    """Whether the property holds a list."""
    read: Read
    """Reads the values that are looked up."""

    @property
    def ways(self) -> list[str]:
        """What there is to look in: the index of the things as they are today, and the nodes that lead to them."""
        if self.name == _BY_ID:
            return ["thing"]
        return ["key"] if self.many else ["thing", "key"]

    def rows(self, variables: Variables, scale: Scale) -> int:
        """The most rows that the look-up reads."""
        values = len(self.read(variables))
        # What a node leads to is looked up by its id.
        return values if self.name == _BY_ID else 2 * values * scale.found(self.name)


@dataclass(frozen=True, slots=True)
class Start:
    """A way from an index to the things of a root list."""

    seeks: tuple[Seek, ...]
    """Look-ups, any of which may lead to a thing."""
    levels: tuple[Tree, ...]
    """Conditions on the things of the list, on what the first relation leads to, and so on to the things looked up."""
    steps: tuple[Relation, ...] = ()
    """Relations that lead from the things of the list to those looked up."""

    def beside(self, others: Callable[[Tree], Tree]) -> Start:
        """The same way, where other conditions stand beside those on the things of the list."""
        return replace(self, levels=(others(self.levels[0]), *self.levels[1:]))

    @property
    def order(self) -> tuple[int, bool]:
        """A sort key where sizes are not known: the nearest first, an id before all else."""
        return len(self.steps), any(seek.name != _BY_ID for seek in self.seeks)

    def things(self, item: Class, naming: Naming) -> list[Class]:
        """The class of the things at each level."""
        return [item, *(naming.model.classes[relation.range] for relation in self.steps)]

    def lines(self, compiler: Where, item: Class, name: str) -> tuple[list[str], str]:
        """The lines that bring the things into variable ``name``, and the condition on them that is left to test."""
        text = compiler.text
        far = name if not self.steps else text.variable("m")
        lines = _looked_up(compiler, self.seeks, far)
        classes = self.things(item, compiler.naming)
        for level in range(len(self.steps), 0, -1):
            relation, claim = self.steps[level - 1], text.variable("r")
            near = name if level == 1 else text.variable("m")
            condition = compiler.thing(self.levels[level], classes[level], far, claim)
            tests = [visible(claim), passing(relation, claim, far, compiler.visibility, compiler.visibility), condition]
            lines.append(f"MATCH {pattern(relation, near, claim, far)} WHERE {' AND '.join(test for test in tests if test)}")
            lines.append(f"WITH DISTINCT {near}, rev")
            far = near
        return lines, compiler.thing(self.levels[0], item, name)

    def step(self, item: Class, naming: Naming, settings: Settings, wanted: Read | None, times: int = 1) -> Step:
        """The step that finds the things; conditions on them are tested ``times`` times, and ``wanted`` of them go on."""
        classes = self.things(item, naming)
        conditions = [conditions_of(tree, kind, naming, settings) for tree, kind in zip(self.levels, classes, strict=True)]

        def step(variables: Variables, scale: Scale, _: Reach) -> StepCost:
            rows = sum(seek.rows(variables, scale) for seek in self.seeks)
            reach, tests = Reach(rows, 1), 0
            for level in range(len(self.steps), 0, -1):
                relation = self.steps[level - 1]
                claims = scale.along(replace(relation, forward=not relation.forward), reach, 1)
                tests += conditions[level].cost(variables, scale, Reach(claims.rows, claims.rows))
                rows += claims.rows
                near = classes[level - 1]
                reach = Reach(min(claims.rows, scale.things(near, claims.rows)), 1)
            tests = times * (tests + conditions[0].cost(variables, scale, reach))
            page = wanted(variables) if wanted else 0
            return StepCost(times * rows, tests, Reach(min(reach.rows, page), 1))

        return step


def starts(tree: Tree | None, item: Class, naming: Naming) -> Iterator[Start]:
    """The ways in which an index may serve an argument ``where`` on things of a class; none if only all of them will do."""
    fields = fields_of(tree)
    for key, entry in fields.items():
        if key == "AND":
            parts: list[Tree] = [*entry] if isinstance(entry, list) else [entry]
            for place, part in enumerate(parts):
                for found in starts(part, item, naming):
                    yield found.beside(_among(fields, parts, place))
        elif key == "OR":
            yield from _any_of(fields, [*entry] if isinstance(entry, list) else [entry], item, naming)
        elif key not in ("NOT", "claim", "claims", "links", "type", "certainty"):
            meaning = naming.fields[item.name].get(key)
            if isinstance(meaning, Related):
                yield from _along(fields, key, meaning.relation, naming)
            elif key == _BY_ID or (isinstance(meaning, Property) and meaning.look_up):
                many = isinstance(meaning, Property) and meaning.many
                yield from (Start((seek,), (fields,)) for seek in _seeks(key, many, entry))


def _among(fields: Mapping[str, Tree], parts: list[Tree], place: int) -> Callable[[Tree], Tree]:
    return lambda rest: {**fields, "AND": [*parts[:place], rest, *parts[place + 1 :]]}


def _any_of(fields: dict[str, Tree], parts: list[Tree], item: Class, naming: Naming) -> Iterator[Start]:
    """The things that one of several conditions finds, where an index serves each."""
    seeks: list[Seek] = []
    for part in parts:
        near = next((found for found in starts(part, item, naming) if not found.steps), None)
        if near is None:
            return
        seeks += near.seeks
    if seeks:
        yield Start(tuple(seeks), (fields,))


def _along(fields: dict[str, Tree], key: str, relation: Relation, naming: Naming) -> Iterator[Start]:
    quantified = fields_of(fields[key])
    others = {name: tree for name, tree in quantified.items() if name != "some"}
    rest = {name: tree for name, tree in fields.items() if name != key} | ({key: others} if others else {})
    for found in starts(quantified.get("some"), naming.model.classes[relation.range], naming):
        yield Start(found.seeks, (rest, *found.levels), (relation, *found.steps))


def _seeks(key: str, many: bool, tree: Tree) -> Iterator[Seek]:
    for operator, leaf in fields_of(tree).items():
        if isinstance(leaf, Leaf) and leaf.value is not None and operator in (*_ONE, *_SOME):
            yield Seek(key, many, _values(leaf.read, operator in _ONE, str if key == _BY_ID else key_of))


def _values(read: Read, one: bool, key: Callable[[Any], str]) -> Read:
    """Reads the values that an index is asked for."""

    def values(variables: Variables) -> list[Any]:
        found = read(variables)
        return list(dict.fromkeys(map(key, [found] if one else found)))

    return values


def _looked_up(compiler: Where, seeks: tuple[Seek, ...], far: str) -> list[str]:
    """The lines that bring what some look-ups find into a variable, each thing once."""
    text, queries = compiler.text, []
    for seek in seeks:
        values = text.parameter(seek.read)
        for way in seek.ways:
            value, thing = text.variable("v"), text.variable("s")
            if way == "thing":
                key = seek.name if seek.name == _BY_ID else key_property(seek.name)
                found = f"MATCH ({thing}:Entity {{{key}: {value}}})"
            else:
                node = text.variable("k")
                found = f"MATCH ({node}:{KEY} {{of: '{seek.name}', value: {value}}}) MATCH ({thing}:Entity {{id: {node}.entity}})"
            queries.append(f"  UNWIND {values} AS {value} {found} RETURN {thing} AS {far}")
    lines = [line for query in queries for line in ("  UNION", query)][1:]
    return ["CALL () {", *lines, "}", f"WITH DISTINCT {far}, rev"]
