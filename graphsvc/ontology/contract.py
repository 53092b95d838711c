"""Reads the SHACL shapes of classes as constraints on each property and relation.

A shape with ``sh:targetClass`` speaks of the records of a class; one with ``sh:targetSubjectsOf`` of the ends of a relation.
Shapes that hold a rule across records (``sh:sparql``) are left to the validator; here they are only held against the terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rdflib import RDF, SH, BNode, Literal, URIRef
from rdflib.term import Node

from graphsvc.model import Rule, RuleSeverity
from graphsvc.ontology.turtle import GS, Terms, local, short

_DECLARED_ELSEWHERE = frozenset({RDF.subject, RDF.predicate, RDF.object, RDF.type})
_TERM_IN_SPARQL = re.compile(r"\bgs:([A-Za-z][\w-]*)")
_RESULT = (SH.sparql, SH.property)
_NO_RESULT = frozenset({RDF.type, SH.targetClass, SH.targetSubjectsOf, SH.target, SH.severity, SH.message, *_RESULT})
"""What a shape may say without making findings itself."""
_SEVERITIES: dict[Node, RuleSeverity] = {SH.Warning: "Warning", SH.Info: "Info"}
_CONTRACT = frozenset(
    {SH.datatype, SH["class"], SH.minCount, SH.maxCount, SH.pattern, SH.minInclusive, SH.maxInclusive, GS.sheetColumn}
)
"""What makes a block a part of the contract; a block without any of them, such as one with sh:lessThan, is a rule."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """The constraints of a class's shapes on one property or relation."""

    file: str
    datatype: Node | None = None
    class_: Node | None = None
    min_count: int = 0
    max_count: int | None = None
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    sheet_column: bool = False


@dataclass
class Contract:
    """All shapes."""

    classes: dict[Node, dict[Node, Constraint]] = field(default_factory=dict)
    """Class, path, constraint; a class is here as soon as a shape targets it."""
    ranges: dict[Node, tuple[tuple[Node, ...], tuple[Node, ...], str]] = field(default_factory=dict)
    """Relation, classes of its subjects, classes of its objects, file."""


def read_contract(shapes: Terms) -> Contract:
    """The contract. Raises :class:`~graphsvc.errors.ModelError` for a shape without a message or with a path it cannot mean."""
    contract = Contract()
    for shape in shapes.of_type(SH.NodeShape):
        _check_messages(shapes, shape)
        for target in shapes.all(shape, SH.targetClass):
            paths = contract.classes.get(target, {})
            if _speaks_of_records(shapes, shape):
                contract.classes[target] = paths
            for block in shapes.all(shape, SH.property):
                path = shapes.one(block, SH.path)
                if not isinstance(path, URIRef) or not _CONTRACT.intersection(shapes.said[block]):
                    continue
                if path in paths:
                    raise shapes.error(shape, f"says twice what {short(path)} must look like.", "Bring the two blocks together.")
                paths[path] = _constraint(shapes, shape, block)
        for relation in shapes.all(shape, SH.targetSubjectsOf):
            ends = [_classes(shapes, block) for block in shapes.all(shape, SH.property) if shapes.one(block, SH.path) == relation]
            if any(ends) or any(_classes(shapes, shape)):
                contract.ranges[relation] = (_classes(shapes, shape), ends[0] if ends else (), shapes.file(shape))
    return contract


def _classes(shapes: Terms, block: Node) -> tuple[Node, ...]:
    """The class that a shape asks of its nodes, or the several of which it asks one (``sh:or``)."""
    one = shapes.one(block, SH["class"])
    if one is not None:
        return (one,)
    found = [shapes.one(item, SH["class"]) for item in shapes.listed(shapes.one(block, SH["or"]))]
    return tuple(item for item in found if item is not None)


def _speaks_of_records(shapes: Terms, shape: Node) -> bool:
    """Whether the shape is that of a class, and not only a rule about its records."""
    blocks = shapes.all(shape, SH.property)
    plain = not set(shapes.said[shape]) - _NO_RESULT and not shapes.all(shape, SH.sparql)
    return plain and (not blocks or any(_CONTRACT.intersection(shapes.said[block]) for block in blocks))


def read_rules(shapes: Terms) -> tuple[Rule, ...]:
    """The named shapes that are neither the shape of a class nor of the ends of a relation."""
    rules = []
    for shape in shapes.of_type(SH.NodeShape):
        blocks = [block for predicate in _RESULT for block in shapes.all(shape, predicate)]
        messages = [str(text) for item in (shape, *blocks) for text in shapes.all(item, SH.message)]
        plain = any(_CONTRACT.intersection(shapes.said[item]) for item in (shape, *blocks))
        if isinstance(shape, URIRef) and messages and not plain:
            severity = _SEVERITIES.get(shapes.one(shape, SH.severity) or SH.Violation, "Violation")
            rules.append(Rule(local(shape), severity, tuple(dict.fromkeys(messages)), shapes.file(shape)))
    return tuple(rules)


def check_terms(shapes: Terms, ontology: Terms) -> None:
    """Refuse a shape that speaks of a class, property or other term that no file of the ontology declares."""
    for shape in shapes.of_type(SH.NodeShape):
        for target in shapes.all(shape, SH.targetClass):
            if target not in ontology.said and target != RDF.Statement:
                raise shapes.error(
                    shape,
                    f"is a shape for the class {short(target)}, which the ontology does not declare.",
                    f"Declare it in {_twin(shapes.file(shape))}, correct the name, or take the shape out.",
                )
        for where, term in _mentioned(shapes, shape):
            if term not in ontology.said and term not in _DECLARED_ELSEWHERE:
                raise shapes.error(
                    shape,
                    f"{where} {short(term)}, which the ontology does not declare.",
                    f"Declare it in {_twin(shapes.file(shape))}, or correct the name.",
                )


def _mentioned(shapes: Terms, shape: Node) -> Iterator[tuple[str, Node]]:
    """Terms that a shape speaks of, in its paths, its other values and its SPARQL."""
    waiting: list[Node] = [shape]
    seen: set[Node] = set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        for predicate, values in shapes.said.get(node, {}).items():
            for value in values:
                if isinstance(value, BNode):
                    waiting.append(value)
                elif isinstance(value, URIRef) and predicate == SH.path:
                    yield "is a shape for the property", value
                elif isinstance(value, URIRef) and value.startswith(str(GS)):
                    yield "speaks of", value
                elif isinstance(value, Literal) and predicate in (SH.select, SH.ask):
                    for name in _TERM_IN_SPARQL.findall(str(value)):
                        yield "asks in SPARQL for", GS[name]


def _check_messages(shapes: Terms, shape: Node) -> None:
    """Every shape and block tells the reader what to do."""
    results = [block for predicate in _RESULT for block in shapes.all(shape, predicate)]
    blocks = [shape, *results] if set(shapes.said[shape]) - _NO_RESULT else results
    for block in blocks:
        if not shapes.all(block, SH.message):
            path = shapes.one(block, SH.path)
            what = f"the block for {short(path)} has" if path else "it has"
            raise shapes.error(shape, f"{what} no sh:message.", "Say in a sentence what a reader of the finding should do.")


def _constraint(shapes: Terms, shape: Node, block: Node) -> Constraint:
    def number(predicate: Node) -> float | None:
        value = shapes.one(block, predicate)
        return float(value.toPython()) if isinstance(value, Literal) else None

    def count(predicate: Node) -> int | None:
        value = number(predicate)
        return None if value is None else int(value)

    pattern = shapes.text(block, SH.pattern)
    try:
        re.compile(pattern)
    except re.error as error:
        path = short(shapes.one(block, SH.path))
        raise shapes.error(shape, f"the pattern of {path} is no regular expression ({error}).", "Correct sh:pattern.") from error
    return Constraint(
        file=shapes.file(shape),
        datatype=shapes.one(block, SH.datatype),
        class_=shapes.one(block, SH["class"]),
        min_count=count(SH.minCount) or 0,
        max_count=count(SH.maxCount),
        pattern=pattern,
        minimum=number(SH.minInclusive),
        maximum=number(SH.maxInclusive),
        sheet_column=shapes.flag(block, GS.sheetColumn),
    )


def _twin(file: str) -> str:
    return f"ontology/{file.rpartition('/')[2]}"
