"""The paths of property shapes: how to get from a focus node to its value nodes.

Source: W3C SHACL, section 2.3.1 (property paths). Paths of any length are left to pyshacl.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rdflib import SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from graphsvc.validation.compiled.constraints import Around
from graphsvc.validation.compiled.terms import Focus, Term, Thing

Walk = Callable[[Term, Focus | None, Around], "list[Term] | None"]
"""From a node, and what is said of it, to its value nodes; ``None``: not sure."""


def walk(shapes: Graph, path: Node | None, relations: Mapping[str, str]) -> Walk | None:
    """How to walk a path; ``None`` for one that is not compiled. ``relations`` are names by their IRIs."""
    if isinstance(path, URIRef):
        return _along(str(path))
    if not isinstance(path, BNode):
        return None
    parts = [walk(shapes, item, relations) for item in shapes.items(path)]
    if parts:
        known = [part for part in parts if part is not None]
        return _one_after_another(known) if len(known) == len(parts) else None
    inverse = shapes.value(path, SH.inversePath)
    if inverse is not None:
        return _against(relations[str(inverse)]) if str(inverse) in relations else None
    either = shapes.value(path, SH.alternativePath)
    if either is not None:
        ways = [walk(shapes, item, relations) for item in shapes.items(either)]
        known = [way for way in ways if way is not None]
        return _either_way(known) if ways and len(known) == len(ways) else None
    return None


def _along(predicate: str) -> Walk:
    def found(term: Term, focus: Focus | None, around: Around) -> list[Term] | None:
        if focus is not None:
            return focus.values.get(predicate, [])
        return [] if type(term) is str or isinstance(term, Literal) else None

    return found


def _against(relation: str) -> Walk:
    def found(term: Term, focus: Focus | None, around: Around) -> list[Term] | None:
        if isinstance(term, Thing):
            return around.incoming(term.id, relation)
        return [] if type(term) is str or isinstance(term, Literal) else None

    return found


def _one_after_another(parts: list[Walk]) -> Walk:
    def found(term: Term, focus: Focus | None, around: Around) -> list[Term] | None:
        here: list[tuple[Term, Focus | None]] = [(term, focus)]
        ends: list[Term] = []
        for part in parts:
            ends = []
            for item, said in here:
                reached = part(item, said, around)
                if reached is None:
                    return None
                ends.extend(reached)
            ends = list(dict.fromkeys(ends))
            here = [(item, around.focus_of(item)) for item in ends]
        return ends

    return found


def _either_way(ways: list[Walk]) -> Walk:
    def found(term: Term, focus: Focus | None, around: Around) -> list[Term] | None:
        ends: list[Term] = []
        for way in ways:
            reached = way(term, focus, around)
            if reached is None:
                return None
            ends.extend(reached)
        return ends

    return found
