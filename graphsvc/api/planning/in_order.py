"""Reads the first things of a class in the order of their names from an index, without sorting all of them (decision 0015).

Of each class the index gives first those whose name was never another, in order, until there are enough; the nodes that lead from
the other names give those that bore one on the day. The few that are left of both are sorted.
"""

from __future__ import annotations

from typing import Final

from graphsvc.api.planning.arguments import Leaf, Tree, Variables, fields_of
from graphsvc.api.planning.as_at import value_as_at
from graphsvc.api.planning.cost import Step, StepCost
from graphsvc.api.planning.cypher import CypherText
from graphsvc.api.planning.place import indent
from graphsvc.api.planning.scale import Reach, Scale
from graphsvc.api.planning.where_limits import Conditions
from graphsvc.store.publishing.dated_values import DATED
from graphsvc.store.publishing.look_ups import KEY, LAST, LONGEST_KEY, NAME, key_property, list_of

_FEW: Final = 2
"""Relations in a condition; Neo4j plans each for more than a tenth of a second, once for each text."""


def by_name_alone(order: Tree | None) -> bool:
    """Whether an argument ``orderBy`` asks for what is the order anyway: by name, then by id."""
    if order is None or (isinstance(order, Leaf) and order.value is None):
        return True
    entries = order if isinstance(order, list) else [order]
    asked = [(name, leaf.value) for entry in entries for name, leaf in fields_of(entry).items() if isinstance(leaf, Leaf)]
    return asked in ([], [(NAME, "ASC")], [(NAME, "ASC"), ("id", "ASC")])


def served(condition: str) -> bool:
    """Whether a condition may be put to what an index gives: it stands twice in the text, and relations are dear to plan."""
    return condition.count("EXISTS {") <= _FEW


def first_in_order(text: CypherText, classes: list[str], name: str, condition: str, as_of: str, upto: str) -> list[str]:
    """The lines that bring into a variable, of each class, the first things that fulfil a condition, ``upto`` of each kind."""
    kind, value = text.variable("t"), value_as_at(name, NAME, as_of)
    key = key_property(NAME)
    changed = f"coalesce('{NAME}' IN {name}.{DATED}, false)"
    node, last = text.variable("k"), text.constant(LAST)
    long = f"size({node}.value) >= {LONGEST_KEY} AND {value} STARTS WITH {node}.value"
    bears = f"coalesce({value}, {last}) = {node}.value OR {long}"
    lines = [
        f"MATCH ({name}:Entity) WHERE {name}.type = {kind} AND {name}.{key} >= '' AND NOT {changed} AND {condition}",
        f"WITH {name} ORDER BY {name}.type, {name}.{key}, {name}.{NAME}, {name}.id LIMIT {upto}",
        f"RETURN {name}",
        "UNION",
        f"MATCH ({node}:{KEY}) WHERE {node}.list = {kind} + '{list_of('', NAME)}' AND {node}.value >= ''",
        f"MATCH ({name}:Entity {{id: {node}.entity}}) WHERE {changed} AND ({bears}) AND {condition}",
        f"WITH {name}, {node} ORDER BY {node}.list, {node}.value, {value}, {name}.id LIMIT {upto}",
        f"RETURN {name}",
    ]
    return [f"UNWIND {text.constant(classes)} AS {kind}", f"CALL ({kind}, rev) {{", *indent(lines), "}"]


def in_order(step: Step, conditions: Conditions) -> Step:
    """The step that reads things in order: at most all that another step finds, and the nodes that lead from other names."""

    def both(variables: Variables, scale: Scale, reach: Reach) -> StepCost:
        found = step(variables, scale, reach)
        # What a node leads to is looked up by its id, and one thing may be led to by several.
        tests = conditions.cost(variables, scale, Reach(scale.keys, scale.keys))
        return found._replace(rows=found.rows + 2 * scale.keys, tests=found.tests + tests)

    return both
