"""Reads the Turtle files of a folder as terms, in the order of the files, with the file of each statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from graphsvc.errors import ModelError

GS = Namespace("https://w3id.org/graphsvc/ontology#")


_PREFIX: dict[Node, str] = {RDFS.label: "rdfs", SKOS.prefLabel: "skos", GS.pluralLabel: "gs"}


def short(term: object) -> str:
    """The term as people write it: ``gs:Area``."""
    text = str(term)
    if text.startswith(str(GS)):
        return f"gs:{text[len(str(GS)) :]}"
    return "a blank node" if isinstance(term, BNode) else f"<{text}>"


def local(term: object) -> str:
    """The name of a term without its namespace: ``Area``."""
    return str(term).rpartition("#")[2]


@dataclass
class Terms:
    """The terms that the Turtle files of one folder describe, in the order of the files."""

    folder: str
    """Name of the folder, for messages: ``ontology``."""
    said: dict[Node, dict[Node, list[Node]]] = field(default_factory=dict)
    """Term, predicate, objects."""
    files: dict[Node, str] = field(default_factory=dict)
    """The file that gives the term its type, such as ``ontology/areas.ttl``; else the first one that speaks of it."""
    content: list[tuple[str, bytes]] = field(default_factory=list)
    """Name and bytes of each file, for the checksum."""
    prefixes: dict[str, str] = field(default_factory=dict)
    """Prefixes of all files, each with the start of IRIs that it stands for."""

    def all(self, term: Node, predicate: Node) -> list[Node]:
        """All objects."""
        return self.said.get(term, {}).get(predicate, [])

    def one(self, term: Node, predicate: Node) -> Node | None:
        """The only object, or none.

        Raises :class:`ModelError` if there are several.
        """
        found = self.all(term, predicate)
        if len(found) > 1:
            raise self.error(term, f"has {len(found)} values of {local(predicate) or predicate}.", "Keep one of them.")
        return found[0] if found else None

    def members(self, term: Node, predicate: Node) -> list[Node]:
        """The only object, or the members of the owl:unionOf that it is; none if there is no object."""
        value = self.one(term, predicate)
        if value is None or not isinstance(value, BNode):
            return [] if value is None else [value]
        union = self.one(value, OWL.unionOf)
        found = list(self.listed(union)) if union is not None else []
        if len(found) < 2:
            raise self.error(
                term, f"has a {local(predicate)} that is no union of classes.", "Name a class, or owl:unionOf several."
            )
        return found

    def listed(self, head: Node | None) -> Iterator[Node]:
        """The items of an RDF list."""
        while head is not None and head != RDF.nil:
            item = self.one(head, RDF.first)
            if item is not None:
                yield item
            head = self.one(head, RDF.rest)

    def text(self, term: Node, predicate: Node) -> str:
        """The only object as text without space around it; empty if there is none."""
        value = self.one(term, predicate)
        return str(value).strip() if isinstance(value, Literal) else ""

    def flag(self, term: Node, predicate: Node) -> bool:
        """Whether the only object is true."""
        value = self.one(term, predicate)
        return isinstance(value, Literal) and value.toPython() is True

    def of_type(self, kind: Node) -> Iterator[Node]:
        """Terms of a type, in order, without those of other vocabularies that are declared and nothing more.

        OWL 2 DL wants a declaration of every name that an axiom uses; it does not make ``org:Post`` a class of the graph.
        """
        for term, facts in self.said.items():
            ours = not isinstance(term, URIRef) or term.startswith(str(GS)) or len(facts) > 1
            if ours and kind in facts.get(RDF.type, ()):
                yield term

    def file(self, term: Node) -> str:
        """The file that declares the term."""
        return self.files.get(term, f"{self.folder}/")

    def error(self, term: Node, problem: str, mend: str) -> ModelError:
        """A refusal that names file and term; for a block in brackets, the term that it stands in."""
        seen: set[Node] = set()
        while isinstance(term, BNode) and term not in seen:
            seen.add(term)
            owners = (subject for subject, facts in self.said.items() if any(term in values for values in facts.values()))
            term = next(owners, term)
        return ModelError(f"{self.file(term)}, {short(term)}: {problem}", mend)

    def label(self, term: Node, predicate: Node = RDFS.label) -> str:
        """The label of the term. Raises :class:`ModelError` if it has none."""
        text = self.text(term, predicate)
        if not text:
            name = local(predicate)
            raise self.error(term, f"has no {name}.", f"Add {_PREFIX[predicate]}:{name}.")
        return text

    def definition(self, term: Node) -> str:
        """The definition of the term. Raises :class:`ModelError` if it has none."""
        text = self.text(term, SKOS.definition)
        if not text:
            raise self.error(term, "has no definition.", "Add skos:definition: it is the documentation that people read.")
        return text

    def other_words(self, term: Node) -> tuple[str, ...]:
        """What else people call the term."""
        return tuple(str(word).strip() for word in self.all(term, SKOS.altLabel))

    def deprecated(self, term: Node) -> str:
        """The replacement of a deprecated term; empty for the others."""
        if not self.flag(term, OWL.deprecated):
            return ""
        message = self.text(term, SKOS.changeNote)
        if not message:
            raise self.error(term, "is deprecated without saying what to use instead.", "Add skos:changeNote.")
        return message

    def alignments(self, term: Node, narrower: Node) -> tuple[tuple[str, str], ...]:
        """Alignments with other vocabularies; ``narrower`` is ``rdfs:subClassOf`` or ``rdfs:subPropertyOf``."""
        return tuple(
            (local(predicate), str(target))
            for predicate in (narrower, SKOS.closeMatch, SKOS.exactMatch, RDFS.seeAlso)
            for target in self.all(term, predicate)
            if not str(target).startswith(str(GS))
        )


def read_folder(folder: Path, label: str) -> Terms:
    """Read every ``*.ttl`` file of a folder, in the order of their names.

    ``label`` stands for the folder in messages, which carry no path of the machine. Raises :class:`ModelError` for a folder
    without Turtle, for bytes that are not UTF-8, and for a syntax error, with its line.
    """
    paths = sorted(folder.glob("*.ttl"))
    if not paths:
        raise ModelError(f"{label}/ holds no Turtle file.", "Give the folder that holds one .ttl file a topic.")
    terms = Terms(label)
    for path in paths:
        name = f"{label}/{path.name}"
        content = path.read_bytes()
        terms.content.append((name, content))
        graph = _parse(content, name)
        terms.prefixes.update({prefix: str(start) for prefix, start in graph.namespaces()})
        for subject, predicate, value in graph:
            terms.said.setdefault(subject, {}).setdefault(predicate, []).append(value)
            if predicate == RDF.type:
                terms.files[subject] = name
            else:
                terms.files.setdefault(subject, name)
    return terms


def base_iri(name: str) -> str:
    """The IRI against which relative IRIs of a file are resolved: ``shapes/own.ttl`` wherever the folder lies on the machine.

    Source: RFC 3986, section 5 (reference resolution), which wants a base with a path.
    """
    return f"https://w3id.org/graphsvc/{quote(name)}"


def _parse(content: bytes, name: str) -> Graph:
    """The triples of one file. SimpleMemory keeps the order in which they are written."""
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    try:
        graph.parse(data=content.decode("utf-8-sig"), format="turtle", publicID=base_iri(name))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ModelError(f"{name}, line {line}: the file is not UTF-8.", "Save it again as UTF-8.") from error
    except BadSyntax as error:
        line = error.lines + 1
        raise ModelError(f"{name}, line {line}: {_why(error)}", "Mend the Turtle near that line.") from error
    except IndexError as error:  # rdflib runs off the end of a file that stops in the middle of a term
        line = content.count(b"\n") + 1
        raise ModelError(f"{name}, line {line}: the file ends in the middle of a term.", "Mend the Turtle at its end.") from error
    return graph


def _why(error: BadSyntax) -> str:
    text = str(getattr(error, "message", "")) or str(error)
    found = re.search(r"Bad syntax \((.*?)\) at", text, re.DOTALL)
    return f"this is not Turtle ({found.group(1) if found else 'syntax error'})."
