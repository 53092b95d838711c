"""Reads the shapes graph from its folder and completes it where pyshacl does not follow the specification.

Source: W3C SHACL, sections 2.1 (what is a shape), 2.1.5 (deactivated shapes) and 5.2.1 (prefixes).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rdflib import OWL, RDF, SH, XSD, Graph, Literal
from rdflib.term import Node

from graphsvc.errors import ModelError
from graphsvc.ontology.turtle import base_iri

_SPACES: Final = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\s+", re.DOTALL)
"""What the flag ``x`` takes out of a pattern: spaces, but for those in a class of characters or after a backslash."""
_PARAMETERS: Final = (
    SH["class"], SH.datatype, SH.nodeKind, SH.minCount, SH.maxCount, SH.minExclusive, SH.minInclusive, SH.maxExclusive,
    SH.maxInclusive, SH.minLength, SH.maxLength, SH.pattern, SH.languageIn, SH.uniqueLang, SH.equals, SH.disjoint, SH.lessThan,
    SH.lessThanOrEquals, SH["not"], SH["and"], SH["or"], SH.xone, SH.node, SH.property, SH.qualifiedValueShape, SH.closed,
    SH.hasValue, SH["in"], SH.sparql, SH.target,
)  # fmt: skip
"""What makes its subject a shape, whether or not a type says so."""


def read_turtle(folder: Path, label: str) -> Graph:
    """Reads every Turtle file of a folder, which ``label`` stands for in messages.

    Raises :class:`ModelError` for a file that is not well-formed.
    """
    graph = Graph()
    for file in sorted(folder.glob("*.ttl")):
        name = f"{label}/{file.name}"
        try:
            graph.parse(file, format="turtle", publicID=base_iri(name))
        except Exception as error:  # rdflib's parsers raise many kinds
            raise ModelError(f"{name} is not well-formed Turtle: {error}", "Mend the file.") from error
    return graph


def read_shapes(folder: Path) -> Graph:
    """Reads and completes the shapes of a folder. Raises :class:`ModelError` for a file that is not well-formed."""
    return complete(read_turtle(folder, "shapes"))


def complete(graph: Graph) -> Graph:
    """Completes shapes with what pyshacl does not infer, and returns them.

    Raises :class:`ModelError` for what it would pass over without a word.
    """
    _declare(graph)
    _import_prefixes(graph)
    _spell_out_flags(graph)
    for shape, said in graph.subject_objects(SH.deactivated):
        if not (isinstance(said, Literal) and said.datatype == XSD.boolean and not said.ill_typed):
            message = f"sh:deactivated of {_name(shape)} is {said.n3()}, which is neither true nor false."
            raise ModelError(message, "Write true or false, without quotes.")
    return graph


def _declare(graph: Graph) -> None:
    """Give every shape its type: pyshacl sees no shape in a node that has constraints and neither a type nor a target."""
    untyped = {node for parameter in _PARAMETERS for node in graph.subjects(parameter)}
    for node in untyped - {*graph.subjects(RDF.type, SH.NodeShape), *graph.subjects(RDF.type, SH.PropertyShape)}:
        graph.add((node, RDF.type, SH.NodeShape if graph.value(node, SH.path) is None else SH.PropertyShape))


def _import_prefixes(graph: Graph) -> None:
    """Let what ``sh:prefixes`` names declare the prefixes of the ontologies that it imports, too."""
    for named in set(graph.objects(None, SH.prefixes)):
        namespaces: dict[str, Node] = {}
        for ontology in graph.transitive_objects(named, OWL.imports):
            for declared in list(graph.objects(ontology, SH.declare)):
                graph.add((named, SH.declare, declared))
                prefix, namespace = graph.value(declared, SH.prefix), graph.value(declared, SH.namespace)
                if namespace is not None and str(namespaces.setdefault(str(prefix), namespace)) != str(namespace):
                    message = f"The prefixes of {_name(named)} declare {prefix}: for two namespaces."
                    raise ModelError(message, "Leave one of them out, or give them different prefixes.")


def _spell_out_flags(graph: Graph) -> None:
    """Write into patterns the flags that pyshacl does not know: ``s``, ``x`` and ``q`` of XPath's regular expressions."""
    for shape, flags in list(graph.subject_objects(SH.flags)):
        known = str(flags).casefold()
        if not set(known) & set("sxq"):
            continue
        for pattern in list(graph.objects(shape, SH.pattern)):
            text = str(pattern)
            if "q" in known:
                text = re.escape(text)
            elif "x" in known:
                text = _SPACES.sub(lambda found: found[1] or "", text)
            graph.remove((shape, SH.pattern, pattern))
            graph.add((shape, SH.pattern, Literal(f"(?s){text}" if "s" in known and "q" not in known else text)))
        graph.set((shape, SH.flags, Literal("".join(item for item in known if item in "im"))))


def _name(node: Node | None) -> str:
    return f"<{node}>" if node is not None else "a shape"
