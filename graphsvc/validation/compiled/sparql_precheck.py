"""Derives from a SPARQL constraint a cheap test that every violating node passes; only those nodes are queried.

A query about ``$this`` has no solution for a node that has no value where the query's mandatory part wants one, whose texts do
not match a pattern that it wants, or that lies on no cycle where it wants one. Only what is plainly mandatory is read off the
query; what is not understood catches every node.

Source: W3C SPARQL 1.1 Query, section 18 (the algebra), as rdflib translates it; W3C SHACL, section 5 (SPARQL-based constraints).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from rdflib import RDF, Graph, Literal, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, OneOrMore, SequencePath
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import Query

from graphsvc.validation.compiled.constraints import Lookup
from graphsvc.validation.compiled.cycles import Cycle, Step
from graphsvc.validation.compiled.terms import Focus, Term, Terms, ThingIri

THIS: Final = Variable("this")
Test = Callable[[Focus, Lookup], bool]
Values = Callable[[Focus], Iterable[Term]]
_PASSED: Final = frozenset({"SelectQuery", "Project", "Distinct", "Reduced", "Extend"})
_TRANSPARENT: Final = _PASSED | {"OrderBy", "Slice", "ToList"}
"""Parts of a query whose solutions are those of the part within, or some of them."""


@dataclass
class Precheck:
    """Tests that a node must pass for a query to have a solution for it."""

    tests: list[Test] = field(default_factory=list)
    on_texts: list[Callable[[Sequence[str]], bool]] = field(default_factory=list)
    """Tests of a claim by its texts and days alone, which no claim passes that passes the tests."""
    cycles: set[Cycle] = field(default_factory=set)
    plain: bool = True
    """Whether the query finds the same for one node alone as for that node among all."""

    def may_match(self, focus: Focus, lookup: Lookup) -> bool:
        """Whether the query may have a solution for a node."""
        for test in self.tests:  # noqa: SIM110 - the quickest way, of what is asked of every claim
            if not test(focus, lookup):
                return False
        return True

    def may_match_claim(self, texts: Sequence[str]) -> bool:
        """Whether the query may have a solution for a claim with such texts and days."""
        return all(test(texts) for test in self.on_texts)


def precheck_of(text: str, prepared: Callable[[str], Query], terms: Terms, static: Graph) -> Precheck | None:
    """Derives the precheck of a query; ``None`` for one that cannot be parsed. ``static`` is the ontology for checks."""
    try:
        algebra = prepared(text).algebra
    except Exception:  # rdflib's parser raises many kinds; pyshacl tells of the fault when it asks the query
        return None
    reader = _Reader(terms, static)
    reader.read(algebra)
    return reader.precheck()


class _Reader:
    """Reads the mandatory part of one query's algebra."""

    def __init__(self, terms: Terms, static: Graph) -> None:
        self.terms = terms
        self.static = static
        self.triples: list[tuple[Any, Any, Any]] = []
        self.filters: list[Any] = []
        self.plain = True
        self.relations = {iri: name for name, iri in terms.relations.items()}

    def read(self, part: CompValue) -> None:
        """Collects the triple patterns and filters that every solution needs."""
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

    def precheck(self) -> Precheck:
        """Makes the precheck from the collected patterns."""
        made = Precheck(plain=self.plain)
        for subject, predicate, object_ in self.triples:
            if subject == THIS:
                self._add_tests(made, predicate, object_)
        return made

    def _add_tests(self, made: Precheck, predicate: Any, object_: Any) -> None:
        """Adds the tests of one triple pattern about the focus node."""
        if object_ == THIS and (cycle := self._cycle(predicate)):
            made.cycles.add(cycle)
            made.tests.append(_on_cycle(cycle))
            made.on_texts.append(_never)
            return
        values = self._values(predicate)
        if values is None:
            return
        names = self._names(predicate)
        said_of_claims = None if names is None else names & self.terms.claim_predicates
        if said_of_claims is not None and not said_of_claims:
            made.on_texts.append(_never)
        if not _is_one_step(predicate):
            made.tests.append(lambda focus, lookup: any(True for _ in values(focus)))
        elif object_ == THIS:
            made.tests.append(_leads_to_itself if names is None else lambda focus, lookup: focus.term in values(focus))
            made.on_texts.append(_never)  # nothing that a claim says is a claim
        elif isinstance(object_, Variable):
            wanted = [found for item in self.filters if (found := self._wanted(item, object_)) is not None]
            made.tests.append(lambda focus, lookup: _some(values(focus), wanted))
            if said_of_claims is not None and said_of_claims <= self.terms.claim_text_predicates:
                made.on_texts.append(lambda texts: _some(texts, wanted))
        elif isinstance(object_, URIRef | Literal):
            constant = self.terms.constant(object_)
            made.tests.append(lambda focus, lookup: constant in values(focus))

    def _values(self, predicate: Any) -> Values | None:
        """The values that a predicate or a path leads to in one step; ``None`` where it may lead nowhere or backwards."""
        if isinstance(predicate, URIRef | Variable):
            names = self._names(predicate)
            return _every_value if names is None else _values_of(names)
        if isinstance(predicate, AlternativePath):
            ways = [self._values(item) for item in predicate.args]
            known = [way for way in ways if way is not None]
            return (lambda focus: [v for way in known for v in way(focus)]) if len(known) == len(ways) else None
        if isinstance(predicate, NegatedPath):
            left_out = {str(item) for item in predicate.args}
            if any(isinstance(item, InvPath) for item in predicate.args):
                return None
            return lambda focus: [v for name, values in focus.values.items() if name not in left_out for v in values]
        if isinstance(predicate, SequencePath):
            return self._values(predicate.args[0])
        if isinstance(predicate, MulPath) and predicate.mod == OneOrMore:
            return self._values(predicate.path)
        return None

    def _names(self, predicate: Any) -> frozenset[str] | None:
        """The predicates that a pattern may match, where they are known."""
        if isinstance(predicate, URIRef):
            return frozenset({str(predicate)})
        kinds = [o for s, p, o in self.triples if s == predicate and p == RDF.type and isinstance(o, URIRef)]
        if not isinstance(predicate, Variable) or not kinds:
            return None
        return frozenset.intersection(*(frozenset(map(str, self.static.subjects(RDF.type, kind))) for kind in kinds))

    def _wanted(self, expression: Any, variable: Variable) -> Callable[[Term], bool] | None:
        """Compiles a filter on the values of a variable; ``None`` where it is not understood."""
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

    def _cycle(self, path: Any) -> Cycle | None:
        """The steps of a pattern ``?this path+ ?this``."""
        if not (isinstance(path, MulPath) and path.mod == OneOrMore):
            return None
        steps = set(_steps(path.path))
        if not steps or not {iri for iri, _ in steps} <= set(self.relations):
            return None
        return frozenset(Step(self.relations[iri], backwards) for iri, backwards in steps)


def _never(texts: Sequence[str]) -> bool:
    """No claim passes."""
    return False


def _leads_to_itself(focus: Focus, lookup: Lookup) -> bool:
    """Whether a node is a value of its own, of whatever predicate."""
    for values in focus.values.values():  # noqa: SIM110 - the quickest way, of what is asked of everything
        if focus.term in values:
            return True
    return False


def _is_one_step(predicate: Any) -> bool:
    """Whether the values in one step are where the predicate or path ends."""
    if isinstance(predicate, AlternativePath):
        return all(isinstance(item, URIRef | NegatedPath) for item in predicate.args)
    return isinstance(predicate, URIRef | Variable | NegatedPath)


def _some(values: Iterable[Term], wanted: list[Callable[[Term], bool]]) -> bool:
    """Whether some value passes all tests."""
    for value in values:
        for test in wanted:
            if not test(value):
                break
        else:
            return True
    return False


def _every_value(focus: Focus) -> Iterable[Term]:
    return chain.from_iterable(focus.values.values())


def _values_of(names: frozenset[str]) -> Values:
    if len(names) == 1:
        (only,) = names
        return lambda focus: focus.values.get(only, ())
    return lambda focus: [value for name, values in focus.values.items() if name in names for value in values]


def _on_cycle(cycle: Cycle) -> Test:
    def test(focus: Focus, lookup: Lookup) -> bool:
        return isinstance(focus.term, ThingIri) and lookup.on_cycle(focus.term.id, cycle)

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


def _steps(path: Any, backwards: bool = False) -> Iterator[tuple[str, bool]]:
    """IRIs that a path goes along, with whether backwards; an empty text for a path that is not understood."""
    if isinstance(path, URIRef):
        yield str(path), backwards
    elif isinstance(path, InvPath):
        yield from _steps(path.arg, not backwards)
    elif isinstance(path, AlternativePath | SequencePath):
        for item in path.args:
            yield from _steps(item, backwards)
    else:
        yield "", backwards
