"""The constraint components of SHACL Core as plain Python checks: conforms, violates, or not sure.

A check says yes only where pyshacl surely makes no result, and no only where it surely makes one; whatever it does not know for
certain it is not sure of, and pyshacl then decides. So a constraint that is not compiled here costs time and is never skipped.

Source: W3C SHACL, section 4 (core constraint components), as pyshacl implements them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final, Protocol

from rdflib import RDFS, SH, XSD, Literal
from rdflib.term import Node

from graphsvc.validation.compiled.cycles import Cycle
from graphsvc.validation.compiled.terms import Focus, Term, Terms

Verdict = bool | None
"""Whether it conforms; ``None``: not sure."""


class Lookup(Protocol):
    """What a check may look up beyond its focus node."""

    def types_of(self, term: Term) -> frozenset[str]:
        """IRIs of the classes of a value, and of all classes above them."""

    def focus_of(self, term: Term) -> Focus | None:
        """The focus node of a value; ``None`` for one about which nothing can be said here."""

    def incoming(self, entity: str, relation: str) -> list[Term]:
        """The subjects of a relation, by its name, to a thing."""

    def on_cycle(self, entity: str, cycle: Cycle) -> bool:
        """Whether a thing may lie on a cycle along some steps."""


@dataclass(frozen=True, slots=True)
class ValueNodes:
    """The value nodes of a check, with the focus node if anything is said of it."""

    focus: Focus | None
    values: Sequence[Term]
    lookup: Lookup


Check = Callable[[ValueNodes], Verdict]


def every(test: Callable[[Term], Verdict]) -> Check:
    """Checks that all value nodes pass a test."""

    def check(nodes: ValueNodes) -> Verdict:
        verdict: Verdict = True
        for value in nodes.values:
            found = test(value)
            if found is False:
                return False
            if found is None:
                verdict = None
        return verdict

    return check


def min_count(limit: int) -> Check:
    """Checks that there are at least ``limit`` different values."""
    return lambda nodes: len(nodes.values) >= limit if limit <= 1 else len(set(nodes.values)) >= limit


def max_count(limit: int) -> Check:
    """Checks that there are at most ``limit`` different values."""
    return lambda nodes: len(nodes.values) <= limit or len(set(nodes.values)) <= limit


_PYTHON: Final[dict[Node, type | tuple[type, ...]]] = {
    XSD.string: (str, bytes), XSD.integer: int, XSD.float: float, XSD.decimal: Decimal,
    XSD.boolean: bool, XSD.date: date, XSD.time: time, XSD.dateTime: datetime,
}  # fmt: skip
"""What Python makes of a well-formed literal of a datatype."""


def datatype(wanted: Node) -> Check:
    """Every value is a literal of a datatype."""
    plain = wanted in (XSD.string, RDFS.Literal)

    def test(value: Term) -> Verdict:
        if type(value) is str:
            return plain
        if not isinstance(value, Literal):
            return False
        if value.language or wanted in (RDFS.Literal, RDFS.Datatype):
            return None
        return value.datatype == wanted and not value.ill_typed and isinstance(value.value, _PYTHON.get(wanted, object))

    return every(test)


_KINDS: Final[dict[Node, tuple[bool, bool]]] = {
    SH.IRI: (True, False), SH.Literal: (False, True), SH.IRIOrLiteral: (True, True), SH.BlankNodeOrIRI: (True, False),
    SH.BlankNodeOrLiteral: (False, True), SH.BlankNode: (False, False),
}  # fmt: skip
"""Whether IRIs and whether literals are of a kind."""


def node_kind(kind: Node) -> Check | None:
    """Every value is an IRI, or a literal, or either."""
    if kind not in _KINDS:
        return None
    iri, literal = _KINDS[kind]
    return every(lambda value: literal if type(value) is str or isinstance(value, Literal) else iri)


def class_(wanted: Node) -> Check:
    """Every value is of a class, or of one below it."""
    name = str(wanted)

    def check(nodes: ValueNodes) -> Verdict:
        for value in nodes.values:  # noqa: SIM110 - the quickest way, of what is asked of every relation
            if name not in nodes.lookup.types_of(value):
                return False
        return True

    return check


def in_(chosen: frozenset[Term]) -> Check:
    """Every value is one of a list."""
    return lambda nodes: all(value in chosen for value in nodes.values)


def has_value(wanted: Term) -> Check:
    """One of the values is this one."""
    return lambda nodes: wanted in nodes.values


def pattern(text: str, flags: str, terms: Terms) -> Check:
    """Every value matches a regular expression."""
    search = re.compile(text, (re.I if "i" in flags else 0) | (re.M if "m" in flags else 0)).search
    return every(lambda value: bool(search(_string(value, terms))))


def length(test: Callable[[int, int], bool], limit: int, terms: Terms) -> Check:
    """Checks the length of every value against a limit."""
    return every(lambda value: test(len(_string(value, terms)), limit))


def _string(value: Term, terms: Terms) -> str:
    return value if type(value) is str else terms.text(value)


_NUMBERS: Final = (int, Decimal, float)


def _compared(test: Callable[[Any, Any], bool], left: Term, right: Term) -> Verdict:
    """Compare two values; not sure where they are not two numbers, two days or two strings."""
    if type(left) is str and type(right) is str:
        return test(left, right)
    if isinstance(left, Literal) and isinstance(right, Literal):
        first, second = left.value, right.value
        numbers = type(first) in _NUMBERS and type(second) in _NUMBERS
        if numbers or (type(first) is date and type(second) is date):
            try:
                return test(first, second)
            except ArithmeticError:  # no number can be compared with what is none
                return None
    return None


_RANGES: Final[dict[Node, Callable[[Any, Any], bool]]] = {
    SH.minInclusive: ge, SH.minExclusive: gt, SH.maxInclusive: le, SH.maxExclusive: lt
}  # fmt: skip


def value_range(parameter: Node, limit: Term) -> Check:
    """Every value is within a bound."""
    test = _RANGES[parameter]
    return every(lambda value: None if type(value) is str else _compared(test, value, limit))


def less_than(parameter: Node, predicate: str) -> Check:
    """Every value is less than (or equals) every value of another property."""
    test = lt if parameter == SH.lessThan else le

    def check(nodes: ValueNodes) -> Verdict:
        others = nodes.focus.values.get(predicate, ()) if nodes.focus else ()
        return every(lambda value: _all(_compared(test, value, other) for other in others))(nodes)

    return check


def same_set(parameter: Node, predicate: str) -> Check:
    """The values are those of another property (``sh:equals``), or none of them (``sh:disjoint``)."""

    def check(nodes: ValueNodes) -> Verdict:
        others = set(nodes.focus.values.get(predicate, ()) if nodes.focus else ())
        passed = others.isdisjoint(nodes.values) if parameter == SH.disjoint else others == set(nodes.values)
        return True if passed else None

    return check


def unique_lang(nodes: ValueNodes) -> Verdict:
    """No two values have one language; what claims hold has none."""
    return True if all(getattr(value, "language", None) is None for value in nodes.values) else None


def unsure(nodes: ValueNodes) -> Verdict:
    """Stands in for a constraint that is not compiled, so that pyshacl decides."""
    return None


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether all say yes: no as soon as one says no."""
    verdict: Verdict = True
    for found in verdicts:
        if found is False:
            return False
        if found is None:
            verdict = None
    return verdict


def conjunction(first: Verdict, second: Verdict) -> Verdict:
    """The verdict on two checks together."""
    return False if first is False or second is False else None if first is None or second is None else True


def negated(verdict: Verdict) -> Verdict:
    """The opposite verdict."""
    return None if verdict is None else not verdict


def all_of(tests: Sequence[Callable[[Term, Lookup], Verdict]]) -> Check:
    """Every value conforms to every shape."""
    return lambda nodes: _all(test(value, nodes.lookup) for value in nodes.values for test in tests)


def none_of(test: Callable[[Term, Lookup], Verdict]) -> Check:
    """No value conforms to a shape."""
    return lambda nodes: _all(negated(test(value, nodes.lookup)) for value in nodes.values)


def any_of(tests: Sequence[Callable[[Term, Lookup], Verdict]]) -> Check:
    """Every value conforms to one shape or more."""

    def conforms(value: Term, lookup: Lookup) -> Verdict:
        return negated(_all(negated(test(value, lookup)) for test in tests))

    return lambda nodes: _all(conforms(value, nodes.lookup) for value in nodes.values)


def one_of(tests: Sequence[Callable[[Term, Lookup], Verdict]]) -> Check:
    """Every value conforms to exactly one shape."""

    def conforms(value: Term, lookup: Lookup) -> Verdict:
        found = [test(value, lookup) for test in tests]
        return None if None in found else found.count(True) == 1

    return lambda nodes: _all(conforms(value, nodes.lookup) for value in nodes.values)
