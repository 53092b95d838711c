"""Compiles the paths of property shapes: functions from a focus node to its value nodes.

Source: W3C SHACL, section 2.3.1 (property paths). Paths of any length are left to pyshacl.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rdflib import SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from graphsvc.validation.compiled.constraints import Lookup
from graphsvc.validation.compiled.terms import Focus, Term, ThingIri

Walk = Callable[[Term, Focus | None, Lookup], "list[Term] | None"]
"""From a node, and what is said of it, to its value nodes; ``None``: not sure."""


def compile_path(shapes: Graph, path: Node | None, relations: Mapping[str, str]) -> Walk | None:
    """Compiles a path; ``None`` for one that is left to pyshacl. ``relations`` are names by their IRIs."""
    if isinstance(path, URIRef):
        return _predicate_path(str(path))
    if not isinstance(path, BNode):
        return None
    parts = [compile_path(shapes, item, relations) for item in shapes.items(path)]
    if parts:
        known = [part for part in parts if part is not None]
        return _sequence_path(known) if len(known) == len(parts) else None
    inverse = shapes.value(path, SH.inversePath)
    if inverse is not None:
        return _inverse_path(relations[str(inverse)]) if str(inverse) in relations else None
    either = shapes.value(path, SH.alternativePath)
    if either is not None:
        ways = [compile_path(shapes, item, relations) for item in shapes.items(either)]
        known = [way for way in ways if way is not None]
        return _alternative_path(known) if ways and len(known) == len(ways) else None
    return None


def _predicate_path(predicate: str) -> Walk:
    def walk_path(term: Term, focus: Focus | None, lookup: Lookup) -> list[Term] | None:
        if focus is not None:
            return focus.values.get(predicate, [])
        return [] if type(term) is str or isinstance(term, Literal) else None

    return walk_path


def _inverse_path(relation: str) -> Walk:
    def walk_path(term: Term, focus: Focus | None, lookup: Lookup) -> list[Term] | None:
        if isinstance(term, ThingIri):
            return lookup.incoming(term.id, relation)
        return [] if type(term) is str or isinstance(term, Literal) else None

    return walk_path


def _sequence_path(parts: list[Walk]) -> Walk:
    def walk_path(term: Term, focus: Focus | None, lookup: Lookup) -> list[Term] | None:
        here: list[tuple[Term, Focus | None]] = [(term, focus)]
        ends: list[Term] = []
        for part in parts:
            ends = []
            for item, said in here:
                reached = part(item, said, lookup)
                if reached is None:
                    return None
                ends.extend(reached)
            ends = list(dict.fromkeys(ends))
            here = [(item, lookup.focus_of(item)) for item in ends]
        return ends

    return walk_path


def _alternative_path(ways: list[Walk]) -> Walk:
    def walk_path(term: Term, focus: Focus | None, lookup: Lookup) -> list[Term] | None:
        ends: list[Term] = []
        for way in ways:
            reached = way(term, focus, lookup)
            if reached is None:
                return None
            ends.extend(reached)
        return ends

    return walk_path
