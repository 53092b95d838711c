"""What a SPARQL query must find at the least, as a test in plain Python: most nodes fail it, and the query is asked of the rest.

A query about ``$this`` has no solution for a node that has no value where the query's mandatory part wants one, whose texts do
not match a pattern that it wants, or that lies on no circle where it wants one. Only what is plainly mandatory is read off the
query; what is not understood catches every node.

Source: W3C SPARQL 1.1 Query, section 18 (the algebra), as rdflib translates it; W3C SHACL, section 5 (SPARQL-based constraints).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from rdflib import RDF, Graph, Literal, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, OneOrMore, SequencePath
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import Query

from graphsvc.validation.circles import Circle
from graphsvc.validation.constraints import Around
from graphsvc.validation.terms import Focus, Term, Terms, Thing

THIS: Final = Variable("this")
Test = Callable[[Focus, Around], bool]
Values = Callable[[Focus], Iterable[Term]]
_PASSED: Final = frozenset({"SelectQuery", "Project", "Distinct", "Reduced", "Extend"})
_TRANSPARENT: Final = _PASSED | {"OrderBy", "Slice", "ToList"}
"""Parts of a query whose solutions are those of the part within, or some of them."""


@dataclass
class Sieve:
    """What a node must have for a query to find anything of it."""

    tests: list[Test] = field(default_factory=list)
    circles: set[Circle] = field(default_factory=set)
    plain: bool = True
    """Whether the query finds the same for one node alone as for that node among all."""

    def catches(self, focus: Focus, around: Around) -> bool:
        """Whether the query may find something."""
        return all(test(focus, around) for test in self.tests)


def sieve_of(text: str, prepared: Callable[[str], Query], terms: Terms, static: Graph) -> Sieve | None:
    """The sieve of a query; ``None`` for one that cannot be read here. ``static`` is what checks need of the ontology."""
    try:
        algebra = prepared(text).algebra
    except Exception:  # rdflib's parser raises many kinds; pyshacl tells of the fault when it asks the query
        return None
    reader = _Reader(terms, static)
    reader.read(algebra)
    return reader.sieve()


class _Reader:
    """Reads the mandatory part of one query."""

    def __init__(self, terms: Terms, static: Graph) -> None:
        self.terms = terms
        self.static = static
        self.triples: list[tuple[Any, Any, Any]] = []
        self.filters: list[Any] = []
        self.plain = True
        self.relations = {iri: name for name, iri in terms.relations.items()}

    def read(self, part: CompValue) -> None:
        """Gather the triples and filters without which there is no solution."""
        name = part.name
        self.plain = self.plain and name in {*_PASSED, "Filter", "Join", "BGP"}
        if name == "BGP":
            self.triples.extend(part.triples)
        elif name == "Filter":
            self.filters.extend(_and(part.expr))
            self.read(part.p)
        elif name == "Join":
            self.read(part.p1)
            self.read(part.p2)
        elif name in ("LeftJoin", "Minus"):
            self.read(part.p1)
        elif name in _TRANSPARENT:
            self.read(part.p)

    def sieve(self) -> Sieve:
        """The tests."""
        made = Sieve(plain=self.plain)
        for subject, predicate, object_ in self.triples:
            if subject != THIS:
                continue
            if object_ == THIS and (circle := self._circle(predicate)):
                made.circles.add(circle)
                made.tests.append(_on_circle(circle))
                continue
            values = self._values(predicate)
            if values is not None:
                made.tests.append(self._test(values, predicate, object_))
        return made

    def _values(self, predicate: Any) -> Values | None:
        """The values that a predicate or a path leads to in one step; ``None`` where it may lead nowhere or backwards."""
        if isinstance(predicate, Variable):
            return self._any(predicate)
        if isinstance(predicate, URIRef):
            name = str(predicate)
            return lambda focus: focus.values.get(name, ())
        if isinstance(predicate, AlternativePath):
            ways = [self._values(item) for item in predicate.args]
            known = [way for way in ways if way is not None]
            return (lambda focus: (v for way in known for v in way(focus))) if len(known) == len(ways) else None
        if isinstance(predicate, NegatedPath):
            left_out = {str(item) for item in predicate.args}
            if any(isinstance(item, InvPath) for item in predicate.args):
                return None
            return lambda focus: (v for name, values in focus.values.items() if name not in left_out for v in values)
        if isinstance(predicate, SequencePath):
            return self._values(predicate.args[0])
        if isinstance(predicate, MulPath) and predicate.mod == OneOrMore:
            return self._values(predicate.path)
        return None

    def _any(self, predicate: Variable) -> Values:
        """Values of every predicate, or of those that the ontology says are of the type that the query wants."""
        kinds = [o for s, p, o in self.triples if s == predicate and p == RDF.type and isinstance(o, URIRef)]
        if not kinds:
            return lambda focus: (value for values in focus.values.values() for value in values)
        fitting = set.intersection(*({str(item) for item in self.static.subjects(RDF.type, kind)} for kind in kinds))
        return lambda focus: (value for name, values in focus.values.items() if name in fitting for value in values)

    def _test(self, values: Values, predicate: Any, object_: Any) -> Test:
        ends = isinstance(predicate, URIRef | Variable | NegatedPath) or (
            isinstance(predicate, AlternativePath) and all(isinstance(item, URIRef | NegatedPath) for item in predicate.args)
        )
        if ends and object_ == THIS:
            return lambda focus, around: focus.term in values(focus)
        if ends and isinstance(object_, Variable):
            wanted = [found for item in self.filters if (found := self._wanted(item, object_)) is not None]
            return lambda focus, around: any(all(test(value) for test in wanted) for value in values(focus))
        if ends and isinstance(object_, URIRef | Literal):
            constant = self.terms.constant(object_)
            return lambda focus, around: constant in values(focus)
        return lambda focus, around: any(True for _ in values(focus))

    def _wanted(self, expression: Any, variable: Variable) -> Callable[[Term], bool] | None:
        """What a filter asks of the values of a variable, where that is understood."""
        if not isinstance(expression, CompValue):
            return None
        if expression.name == "Builtin_isLITERAL" and expression.arg == variable:
            return lambda value: type(value) is str or isinstance(value, Literal)
        if (
            expression.name == "Builtin_REGEX"
            and _is_text_of(expression.text, variable)
            and isinstance(expression.pattern, Literal)
        ):
            flags = str(expression.flags or "")
            known = (re.I if "i" in flags else 0) | (re.S if "s" in flags else 0) | (re.M if "m" in flags else 0)
            try:
                search = re.compile(str(expression.pattern), known).search
            except re.error:
                return None
            return lambda value: search(value if type(value) is str else self.terms.text(value)) is not None
        return None

    def _circle(self, path: Any) -> Circle | None:
        """The relations of ``?this path+ ?this``."""
        if not (isinstance(path, MulPath) and path.mod == OneOrMore):
            return None
        steps = set(_steps(path.path))
        return frozenset(self.relations[step] for step in steps) if steps and steps <= set(self.relations) else None


def _on_circle(circle: Circle) -> Test:
    def test(focus: Focus, around: Around) -> bool:
        return isinstance(focus.term, Thing) and around.on_circle(focus.term.id, circle)

    return test


def _and(expression: Any) -> Iterator[Any]:
    """The parts of a filter that must all be true."""
    if isinstance(expression, CompValue) and expression.name == "ConditionalAndExpression":
        for part in (expression.expr, *expression.other):
            yield from _and(part)
    else:
        yield expression


def _is_text_of(expression: Any, variable: Variable) -> bool:
    if isinstance(expression, CompValue) and expression.name == "Builtin_STR":
        expression = expression.arg
    return bool(expression == variable)


def _steps(path: Any) -> Iterator[str]:
    """IRIs that a path goes along, either way; empty text for a path that is not understood."""
    if isinstance(path, URIRef):
        yield str(path)
    elif isinstance(path, InvPath):
        yield from _steps(path.arg)
    elif isinstance(path, AlternativePath | SequencePath):
        for item in path.args:
            yield from _steps(item)
    else:
        yield ""
