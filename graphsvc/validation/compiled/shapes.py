"""Compiles shapes: from a shapes graph to the targets and plain Python checks of each shape.

What a shape says is taken apart once. A parameter that is not known here makes the check unsure of every node it looks at, and a
target that is not known is left to pyshacl: nothing that a shape says is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import ge, le
from typing import Final, cast

from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

from graphsvc.validation.compiled import constraints as core
from graphsvc.validation.compiled.constraints import Check, Lookup, ValueNodes, Verdict
from graphsvc.validation.compiled.cycles import Cycle
from graphsvc.validation.compiled.paths import Walk, compile_path
from graphsvc.validation.compiled.sparql_precheck import Precheck, precheck_of
from graphsvc.validation.compiled.terms import Focus, Term, Terms

_NON_CONSTRAINTS: Final = frozenset(
    {
        RDF.type, SH.path, SH.message, SH.severity, SH.name, SH.description, SH.order, SH.group, SH.defaultValue, SH.flags,
        SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode, SH.target, SH.deactivated, SH.prefixes,
    }
)  # fmt: skip
"""What a shape may say that makes no results by itself."""
_TARGETS: Final = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode, SH.target)
_WHOLE_GRAPH: Final = frozenset({SH.rule, SH.js, SH.jsFunctionName, SH.returnType})
"""What changes the graph or the language in which shapes are written: not for one shape alone."""
_THIS: Final = re.compile(r"[\s{}()][$?]this")
"""Where pyshacl sees that a query is about the focus node."""
_ONTOLOGY_PREDICATES: Final = frozenset({str(RDF.type), str(RDFS.subClassOf)})
"""Predicates of what checks need of the ontology."""
_COMPARING: Final = frozenset({SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals, SH.sparql})
"""Constraints that look at more than the values of the path."""
_VALUELESS: Final = frozenset({SH.minCount, SH.maxCount, SH.hasValue})
"""Constraints whose results name no value."""


@dataclass(eq=False)
class Shape:
    """A compiled shape."""

    path: Walk | None = None
    is_property: bool = False
    predicate: str = ""
    """Its path, where that is one predicate."""
    checks: list[Check] = field(default_factory=list)
    valueless: list[Check] = field(default_factory=list)
    """Checks whose results name no value."""
    parts: list[Shape] = field(default_factory=list)
    """Its ``sh:property`` shapes."""
    only_classes: frozenset[str] | None = frozenset()
    """The classes that the node itself must be of, if its own checks ask nothing else."""
    sees_others: bool = False
    """Whether a check looks at other values than those of the path."""

    def conforms(self, term: Term, focus: Focus | None, lookup: Lookup, stored_only: bool = False) -> Verdict:
        """Whether a node conforms. ``stored_only``: skips what is missing, as it was checked with its own input."""
        values: list[Term] | None = [term]
        if self.is_property:
            values = self.path(term, focus, lookup) if self.path else None
            if values is None:
                return None
        nodes = ValueNodes(focus, values or [], lookup)
        verdict = self.passes(nodes, stored_only)
        for part in self.parts:
            for value in values or ():
                if verdict is False:
                    return False
                said = lookup.focus_of(value) if self.is_property else focus
                verdict = core.conjunction(verdict, part.conforms(value, said, lookup, stored_only and not self.is_property))
        return verdict

    def passes(self, nodes: ValueNodes, stored_only: bool = False) -> Verdict:
        """Whether value nodes pass the shape's own checks, without those of its property shapes."""
        verdict: Verdict = True
        for check in self.checks:
            found = check(nodes)
            if found is False:
                return False
            if found is None:
                verdict = None
        for check in () if stored_only else self.valueless:
            if not check(nodes):
                return False
        return verdict

    def __call__(self, value: Term, lookup: Lookup) -> Verdict:
        """Whether a value node conforms."""
        return self.conforms(value, lookup.focus_of(value), lookup)

    @property
    def reaches_other_nodes(self) -> bool:
        """Whether its results may be about other nodes than its focus node."""
        return bool(self.parts) if self.is_property else any(part.parts for part in self.parts)

    @property
    def is_simple(self) -> bool:
        """Whether it depends on the values of one predicate only, and its verdict without values is certain."""
        return bool(self.predicate) and not self.parts and not self.sees_others and self.absent is not None

    @cached_property
    def absent(self) -> Verdict:
        """Whether a node without values conforms."""
        return self.passes(ValueNodes(None, (), cast("Lookup", None)))


@dataclass(eq=False)
class Root:
    """A shape with targets."""

    node: Node
    shape: Shape
    classes: frozenset[str] = frozenset()
    subjects_of: frozenset[str] = frozenset()
    objects_of: frozenset[str] = frozenset()
    """Names of relations."""
    nodes: frozenset[Term] = frozenset()
    queries: tuple[tuple[str, Precheck], ...] = ()
    """Targets chosen by SPARQL: the query, and what it must find at the least."""
    own_targets: bool = False
    """Whether only pyshacl can tell its targets."""

    def suspects(self, focus: Focus, lookup: Lookup) -> bool:
        """Whether a node that it targets may violate it."""
        return self.shape.conforms(focus.term, focus, lookup, focus.stored_only) is not True


@dataclass
class CompiledShapes:
    """All shapes with targets, compiled."""

    roots: list[Root]
    cycles: frozenset[Cycle]
    """Steps along which a rule looks for cycles."""
    whole: bool
    """Whether the shapes change the graph or the language, so that only a run over everything is right."""


def compile_shapes(
    shapes: Graph, known: Iterable[Node], static: Graph, terms: Terms, prepared: Callable[[str], Query]
) -> CompiledShapes:
    """Compiles a shapes graph. ``known`` are its shapes as pyshacl has them, ``static`` the parts of the ontology for checks."""
    reader = _Reader(shapes, static, terms, prepared)
    targeted = {node for target in _TARGETS for node in shapes.subjects(target)}
    classes = {RDFS.Class, OWL.Class, *shapes.subjects(RDFS.subClassOf, RDFS.Class)}
    implicit = {node for node in known if not classes.isdisjoint(shapes.objects(node, RDF.type))}
    roots = [reader.root(node, node in implicit) for node in sorted(targeted | implicit, key=str)]
    kinds = set(shapes.objects(None, RDF.type)) & {SH.SPARQLFunction, SH.JSFunction, SH.SPARQLTargetType, SH.TargetType}
    whole = bool(kinds) or bool(_WHOLE_GRAPH & set(shapes.predicates()))
    return CompiledShapes([root for root in roots if root is not None], frozenset(reader.cycles), whole)


class _Reader:
    """Compiles the shapes of one shapes graph."""

    def __init__(self, shapes: Graph, static: Graph, terms: Terms, prepared: Callable[[str], Query]) -> None:
        self.shapes = shapes
        self.static = static
        self.terms = terms
        self.prepared = prepared
        self.relations = {iri: name for name, iri in terms.relations.items()}
        self.made: dict[Node, Shape] = {}
        self.in_progress: set[Node] = set()
        self.cycles: set[Cycle] = set()
        self.parameters = {shapes.value(item, SH.path) for item in shapes.objects(None, SH.parameter)}

    def root(self, node: Node, implicit: bool) -> Root | None:
        """Compiles a shape and its targets; ``None`` for a deactivated one."""
        if self._deactivated(node):
            return None
        objects_of = {str(item) for item in self.shapes.objects(node, SH.targetObjectsOf)}
        classes = {str(item) for item in self.shapes.objects(node, SH.targetClass)} | ({str(node)} if implicit else set())
        queries: list[tuple[str, Precheck]] = []
        known = objects_of <= set(self.relations)
        for target in self.shapes.objects(node, SH.target):
            select = self.shapes.value(target, SH.select)
            precheck = self._precheck(target) if (target, RDF.type, SH.SPARQLTarget) in self.shapes else None
            if precheck is None or not precheck.tests or not precheck.plain or select is None:
                known = False
            else:
                queries.append((self.prefixed(target, str(select)), precheck))
        shape = self.shape(node)
        subjects_of = frozenset(str(item) for item in self.shapes.objects(node, SH.targetSubjectsOf))
        if shape.reaches_other_nodes and (self._are_of_the_ontology(classes) or not subjects_of.isdisjoint(_ONTOLOGY_PREDICATES)):
            known = False
        return Root(
            node,
            shape,
            frozenset(classes),
            subjects_of,
            frozenset(self.relations[iri] for iri in objects_of if iri in self.relations),
            self.terms.constants(self.shapes.objects(node, SH.targetNode)),
            tuple(queries),
            own_targets=not known,
        )

    def _are_of_the_ontology(self, classes: Iterable[str]) -> bool:
        """Whether a term of the ontology, which is no thing and no claim, is of one of some classes."""
        below = (item for class_ in classes for item in self.static.transitive_subjects(RDFS.subClassOf, URIRef(class_)))
        return any((None, RDF.type, item) in self.static for item in below)

    def shape(self, node: Node) -> Shape:
        """Compiles the shape of a node, once; a recursive shape is left to pyshacl."""
        if node in self.made:
            return self.made[node]
        if node in self.in_progress or not isinstance(node, Node):
            return Shape(checks=[core.unsure])
        self.in_progress.add(node)
        made = Shape()
        path = self.shapes.value(node, SH.path)
        if path is not None:
            made.is_property, made.path = True, compile_path(self.shapes, path, self.relations)
            made.predicate = str(path) if isinstance(path, URIRef) else ""
        if not self._deactivated(node):
            for parameter in sorted(set(self.shapes.predicates(node)), key=str):
                self._take(made, node, parameter)
        self.in_progress.discard(node)
        self.made[node] = made
        return made

    def _take(self, made: Shape, node: Node, parameter: Node) -> None:
        values = list(self.shapes.objects(node, parameter))
        if parameter == SH.property:
            made.parts.extend(self.shape(value) for value in values)
            return
        if parameter in _NON_CONSTRAINTS or not (str(parameter).startswith(str(SH)) or parameter in self.parameters):
            return
        if parameter == SH["class"] and made.only_classes is not None:
            made.only_classes |= {str(value) for value in values}
        else:
            made.only_classes = None
        made.sees_others = made.sees_others or parameter in _COMPARING
        place = made.valueless if parameter in _VALUELESS else made.checks
        for value in values:
            place.append(self._check(node, parameter, value, made) or core.unsure)

    def _check(self, node: Node, parameter: Node, value: Node, made: Shape) -> Check | None:
        make = _PLAIN.get(parameter)
        if make is not None:
            return make(value, self.terms)
        terms, shapes = self.terms, self.shapes
        if parameter == SH.pattern:
            return core.pattern(str(value), str(shapes.value(node, SH.flags) or "").casefold(), terms)
        if parameter == SH["not"]:
            return core.none_of(self.shape(value))
        if parameter == SH.node:
            return core.all_of([self.shape(value)])
        if parameter == SH.sparql:
            return self._sparql(value, made)
        if parameter == SH["in"]:
            return core.in_(terms.constants(shapes.items(value)))
        items = [self.shape(item) for item in shapes.items(value)] if parameter in _GROUPS else []
        return _GROUPS[parameter](items) if items else None

    def _sparql(self, constraint: Node, made: Shape) -> Check | None:
        """A check that passes nodes for which the query can have no solution."""
        if self._deactivated(constraint):
            return lambda nodes: True
        precheck = None if made.is_property else self._precheck(constraint)
        if precheck is None or not precheck.tests:
            return None

        def check(nodes: ValueNodes) -> Verdict:
            return None if nodes.focus is None or precheck.may_match(nodes.focus, nodes.lookup) else True

        return check

    def _precheck(self, asked: Node) -> Precheck | None:
        select = self.shapes.value(asked, SH.select)
        if not isinstance(select, Literal) or not _THIS.search(str(select)):
            return None
        precheck = precheck_of(self.prefixed(asked, str(select)), self.prepared, self.terms, self.static)
        if precheck is not None:
            self.cycles |= precheck.cycles
        return precheck

    def prefixed(self, asked: Node, text: str) -> str:
        """Adds the prefixes that its shape declares to a query."""
        declared = {
            (str(self.shapes.value(item, SH.prefix)), str(self.shapes.value(item, SH.namespace)))
            for whole in self.shapes.objects(asked, SH.prefixes)
            for item in self.shapes.objects(whole, SH.declare)
        }
        return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in sorted(declared)) + text

    def _deactivated(self, node: Node) -> bool:
        return any(isinstance(said, Literal) and said.toPython() is True for said in self.shapes.objects(node, SH.deactivated))


def _count(make: Callable[[int], Check]) -> Callable[[Node, Terms], Check | None]:
    return lambda value, terms: make(int(value.toPython())) if isinstance(value, Literal) else None


def _length(test: Callable[[int, int], bool]) -> Callable[[Node, Terms], Check | None]:
    return lambda value, terms: core.length(test, int(value.toPython()), terms) if isinstance(value, Literal) else None


def _range(parameter: Node) -> Callable[[Node, Terms], Check | None]:
    return lambda value, terms: core.value_range(parameter, terms.constant(value))


def _property_pair(make: Callable[[Node, str], Check], parameter: Node) -> Callable[[Node, Terms], Check | None]:
    return lambda value, terms: make(parameter, str(value)) if isinstance(value, URIRef) else None


_PLAIN: Final[Mapping[Node, Callable[[Node, Terms], Check | None]]] = {
    SH.minCount: _count(core.min_count),
    SH.maxCount: _count(core.max_count),
    SH.minLength: _length(ge),
    SH.maxLength: _length(le),
    SH.datatype: lambda value, terms: core.datatype(value),
    SH.nodeKind: lambda value, terms: core.node_kind(value),
    SH["class"]: lambda value, terms: core.class_(value),
    SH.hasValue: lambda value, terms: core.has_value(terms.constant(value)),
    SH.uniqueLang: lambda value, terms: core.unique_lang,
    **{item: _range(item) for item in (SH.minInclusive, SH.minExclusive, SH.maxInclusive, SH.maxExclusive)},
    **{item: _property_pair(core.less_than, item) for item in (SH.lessThan, SH.lessThanOrEquals)},
    **{item: _property_pair(core.same_set, item) for item in (SH.equals, SH.disjoint)},
}
"""Constraints that their value alone tells."""
_GROUPS: Final[Mapping[Node, Callable[[list[Shape]], Check]]] = {
    SH["and"]: core.all_of, SH["or"]: core.any_of, SH.xone: core.one_of,
}  # fmt: skip
"""Constraints over lists of shapes."""
