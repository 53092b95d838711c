"""Keeps the triples of a file on disk in a sqlite table, read by rdflib, so that memory does not grow with the file.

N-Triples and N-Quads are read line by line at any size. The other syntaxes can only be parsed whole, so they have a limit.
Nothing is fetched: a JSON-LD context that is an address, and XML with a DTD or entities, are refused. So are relative IRIs where
no base is stated (``_rdf_base.py``).

Sources: RDF 1.1 N-Quads; RDF 1.1 TriG; JSON-LD 1.1, section 3.1 (contexts); RDF 1.1 XML Syntax.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import xml.sax
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from defusedxml import DefusedXmlException
from defusedxml.sax import parse as parse_safely
from rdflib import RDF, RDFS, BNode, Dataset, Literal, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.ntriples import W3CNTriplesParser, r_tail, r_wspace
from rdflib.store import Store
from rdflib.term import Node

from graphsvc.errors import InputError
from graphsvc.loading.files.bytes import settled
from loaders._rdf_base import DOCUMENT, base_beside, is_absolute, quietly, relative_iri, why_broken

SYNTAXES: Final = {
    ".ttl": "turtle", ".trig": "trig", ".nt": "nt", ".nq": "nquads", ".jsonld": "json-ld", ".json": "json-ld", ".rdf": "xml",
    ".owl": "xml", ".xml": "xml",
}  # fmt: skip
"""Syntax by the ending of a file's name, as rdflib calls it."""
MAX_WHOLE: Final = {"turtle": 100_000_000, "trig": 100_000_000, "json-ld": 50_000_000, "xml": 100_000_000}
"""Bytes of a file whose syntax has to be parsed whole: that many take about 500 MB of memory."""
MAX_LINE: Final = 1_000_000
_TABLE: Final = """
CREATE TABLE triples (
  s TEXT NOT NULL, p TEXT NOT NULL, o TEXT NOT NULL, datatype TEXT NOT NULL, language TEXT NOT NULL, g TEXT NOT NULL,
  line INTEGER NOT NULL, PRIMARY KEY (s, p, o, datatype, language, g)
) WITHOUT ROWID;
CREATE INDEX triples_object ON triples (o, p);
CREATE INDEX triples_predicate ON triples (p, o);
"""
NODE: Final = "-"
"""Stands in the column ``datatype`` of an object that is no literal."""


@dataclass(frozen=True, slots=True)
class Triple:
    """One triple; blank nodes begin with ``_:``."""

    subject: str
    predicate: str
    object: str
    literal: bool
    datatype: str = ""
    language: str = ""
    graph: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A malformed line of N-Triples or N-Quads."""

    number: int
    why: str


class Triples:
    """The triples of one file."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="graphsvc-rdf-")
        self._db = sqlite3.connect(Path(self._folder.name) / "triples.sqlite", isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;")
        self._db.executescript(_TABLE)
        self._db.execute("BEGIN")
        self.bad_lines: list[BadLine] = []

    def __enter__(self) -> Triples:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._db.close()
        self._folder.cleanup()

    def add(self, subject: Node, predicate: Node, object_: Node, graph: str, line: int = 0) -> None:
        """Keeps a triple."""
        if isinstance(object_, Literal):
            values = str(object_), str(object_.datatype or ""), str(object_.language or "")
        else:
            values = _text(object_), NODE, ""
        row = (_text(subject), _text(predicate), *values, graph, line)
        self._db.execute("INSERT OR IGNORE INTO triples VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def of(self, subject: str, predicate: str = "", graph: str | None = None) -> list[Triple]:
        """Returns the triples of a subject, in a stable order; blank objects last, in the order in which they were met."""
        query, values = "SELECT s, p, o, datatype, language, g FROM triples WHERE s = ?", [subject]
        if predicate:
            query, values = f"{query} AND p = ?", [*values, predicate]
        if graph is not None:
            query, values = f"{query} AND g = ?", [*values, graph]
        return [triple_of(row) for row in self._db.execute(f"{query} ORDER BY p, o, datatype, language, g", values)]

    def to(self, object_: str) -> list[Triple]:
        """Returns the triples that lead to a node."""
        query = "SELECT s, p, o, datatype, language, g FROM triples WHERE o = ? AND datatype = ? ORDER BY s, p, g"
        return [triple_of(row) for row in self._db.execute(query, (object_, NODE))]

    def types(self, subject: str) -> list[str]:
        """Returns the classes of a subject."""
        return list(dict.fromkeys(item.object for item in self.of(subject, str(RDF.type))))

    def typed(self, class_iri: str = "") -> Iterator[tuple[str, str]]:
        """Yields subjects with a class, or of one class, each with its graph, in order."""
        query, values = "SELECT DISTINCT s, g FROM triples WHERE p = ? AND datatype = ?", [str(RDF.type), NODE]
        if class_iri:
            query, values = f"{query} AND o = ?", [*values, class_iri]
        for subject, graph in self._db.execute(f"{query} ORDER BY s, g", values):
            yield str(subject), str(graph)

    def subclasses(self) -> list[tuple[str, str]]:
        """Returns the classes that the file says are subclasses, each with the class above it."""
        query = "SELECT s, o FROM triples WHERE p = ? AND datatype = ? ORDER BY s, o"
        return [(str(narrow), str(above)) for narrow, above in self._db.execute(query, (str(RDFS.subClassOf), NODE))]

    def class_ending(self, ending: str) -> str:
        """Returns a class that ends so and has a subject; empty if there is none."""
        query = "SELECT DISTINCT o FROM triples WHERE p = ? AND substr(o, -length(?)) = ? ORDER BY o LIMIT 1"
        found = self._db.execute(query, (str(RDF.type), ending, ending)).fetchone()
        return str(found[0]) if found else ""

    def subjects(self) -> Iterator[str]:
        """Yields every subject, in order."""
        yield from (str(found) for (found,) in self._db.execute("SELECT DISTINCT s FROM triples ORDER BY s"))

    def graphs(self) -> list[str]:
        """Returns the names of the named graphs."""
        return [str(found) for (found,) in self._db.execute("SELECT DISTINCT g FROM triples WHERE g <> '' ORDER BY g")]

    def relative(self) -> str | None:
        """Returns a relative IRI for which no base is stated; ``None`` where all are absolute, or are the file itself."""
        query = "SELECT {0} FROM triples WHERE {0} > ? AND {0} < ? {1}LIMIT 1"
        for column, more in (("s", ""), ("p", ""), ("o", f"AND datatype = '{NODE}' "), ("g", "")):
            found = self._db.execute(query.format(column, more), (DOCUMENT, f"{DOCUMENT[:-1]}0")).fetchone()
            if found:
                return str(found[0]).removeprefix(DOCUMENT)
        return None

    def run(self, query: str, values: Sequence[str] = ()) -> sqlite3.Cursor:
        """Runs a statement on the table ``triples`` (s, p, o, datatype, language, g) and on tables made beside it."""
        return self._db.execute(query, values)

    def counts(self) -> Iterator[tuple[str, int]]:
        """Yields every predicate with the number of its triples."""
        yield from self._db.execute("SELECT p, COUNT(*) FROM triples GROUP BY p ORDER BY p")


def triple_of(row: tuple[str, str, str, str, str, str]) -> Triple:
    """Makes a triple of a row of the table."""
    subject, predicate, object_, datatype, language, graph = row
    literal = datatype != NODE
    return Triple(subject, predicate, object_, literal, datatype if literal else "", language, graph)


def _text(node: Any) -> str:
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def node_of(text: str) -> URIRef | BNode:
    """Returns the node that a text of the table means."""
    return BNode(text[2:]) if text.startswith("_:") else URIRef(text)


def object_of(item: Triple) -> Node:
    """Returns the object of a triple as rdflib has it."""
    if not item.literal:
        return node_of(item.object)
    return Literal(item.object, datatype=URIRef(item.datatype) if item.datatype else None, lang=item.language or None)


# -- reading --------------------------------------------------------------------------------------------------------------------


def read(path: Path) -> Triples:
    """Reads the triples of a file into a table, which the caller closes.

    Raises :class:`InputError` for what cannot be read, what is too large to be parsed whole, and what reaches out to other files.
    """
    found = Triples()
    try:
        with quietly():
            _read(path, SYNTAXES[path.suffix.casefold()], found)
    except BaseException:
        found.close()
        raise
    return found


def _read(path: Path, syntax: str, found: Triples) -> None:
    if syntax in ("nt", "nquads"):
        _read_lines(path, found)
        return
    if path.stat().st_size > MAX_WHOLE[syntax]:
        raise InputError(
            f"{path.name} has {path.stat().st_size / 1e6:,.0f} MB; files of this syntax are parsed whole, up to "
            f"{MAX_WHOLE[syntax] / 1e6:,.0f} MB.",
            "Convert it to N-Quads, which is read line by line at any size, or divide it.",
        )
    if syntax == "xml":
        _safe_xml(path)
    with settled(path) as stream:
        content = stream.read()
    if syntax == "json-ld":
        _refuse_remote_context(path, content)
    base = base_beside(path)
    try:
        dataset = Dataset(store=_Sink(found))
        dataset.parse(data=content, format=syntax, publicID=base or DOCUMENT)
    except RecursionError as error:
        raise InputError(f"{path.name} is nested too deep to be read.", "Ask its sender for another, or for N-Quads.") from error
    except Exception as error:  # rdflib's parsers raise whatever their parts raise
        why = " ".join(str(error).split())[:200]
        raise InputError(f"{path.name} is not well-formed: {why}", "Mend it near there, or fetch it again.") from error
    relative = found.relative()
    if relative is not None:
        raise relative_iri(path, relative)


class _Sink(Store):
    """A write-only rdflib store: triples go straight to disk."""

    context_aware = True
    graph_aware = True

    def __init__(self, triples: Triples) -> None:
        super().__init__()
        self._triples = triples

    def add(self, triple: Any, context: Any = None, quoted: bool = False) -> None:
        """Keeps a triple, with the name of its graph; the default graph has none."""
        name = str(getattr(context, "identifier", context) or "")
        subject, predicate, object_ = triple
        named = "" if name.startswith("urn:x-rdflib:") or ":" not in name else name
        self._triples.add(subject, predicate, object_, named)

    def triples(self, triple: Any, context: Any = None) -> Iterator[Any]:
        """Yields nothing: parsers do not query."""
        return iter(())

    def __len__(self, context: Any = None) -> int:
        return 0

    def add_graph(self, graph: Any) -> None:
        """Does nothing: a graph is known by its triples."""

    def remove_graph(self, graph: Any) -> None:
        """Does nothing: a graph is known by its triples."""

    def bind(self, prefix: Any, namespace: Any, override: bool = True) -> None:
        """Does nothing: prefixes are not kept."""

    def namespace(self, prefix: Any) -> None:
        """Returns nothing: prefixes are not kept."""

    def prefix(self, namespace: Any) -> None:
        """Returns nothing: prefixes are not kept."""

    def namespaces(self) -> Iterator[Any]:
        """Yields nothing: prefixes are not kept."""
        return iter(())


class _LineParser(W3CNTriplesParser):
    """Reads one line at a time; labels of blank nodes stay as they are."""

    def quad(self, line: str) -> tuple[Node, Node, Node, Node | None] | None:
        """Reads the terms of a line; ``None`` for a blank one or a comment. Raises :class:`ParserError` for a malformed one."""
        self.line = line
        self.eat(r_wspace)
        if not self.line or self.line.startswith("#"):
            return None
        terms: list[Any] = []
        for read_term in (self.subject, self.predicate, self.object):
            terms.append(read_term())
            self.eat(r_wspace)
        graph: Any = self.uriref() or self.nodeid() or None
        self.eat(r_tail)
        if self.line:
            raise ParserError("something stands behind the full stop")
        return terms[0], terms[1], terms[2], graph

    def nodeid(self, bnode_context: Any = None) -> Any:
        """Makes a blank node of its own label, which is only compared within the file."""
        if not self.peek("_:"):
            return False
        line = str(self.line)
        label = line.split(None, 1)[0]
        self.line = line[len(label) :]
        return BNode(label[2:])


def _read_lines(path: Path, found: Triples) -> None:
    parser = _LineParser()
    with settled(path) as stream:
        number = 0
        while line := stream.readline(MAX_LINE):
            number += 1
            why = ""
            if len(line) >= MAX_LINE and not line.endswith(b"\n"):
                why = f"it is longer than {MAX_LINE:,} bytes"
                while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                    pass
            else:
                try:
                    terms = parser.quad(line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n"))
                    if terms and not all(isinstance(term, Literal) or term is None or is_absolute(_text(term)) for term in terms):
                        why = why_broken(line)
                    elif terms:
                        found.add(terms[0], terms[1], terms[2], _text(terms[3]) if terms[3] is not None else "", number)
                except UnicodeDecodeError:
                    why = "it is not UTF-8"
                except (ParserError, ValueError, TypeError, AttributeError):
                    why = why_broken(line)
            if why:
                found.bad_lines.append(BadLine(number, why))
                if len(found.bad_lines) > 1000:
                    raise InputError(
                        f"More than 1,000 lines of {path.name} are no triples.", "Check that it is N-Triples or N-Quads."
                    )


def _safe_xml(path: Path) -> None:
    """Refuses XML that declares entities or a DTD before another parser reads it."""
    try:
        with path.open("rb") as stream:
            parse_safely(stream, xml.sax.ContentHandler(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise InputError(
            f"{path.name} declares a DTD or entities, which are not read: they can reach out to other files or grow without end.",
            "Save it again without <!DOCTYPE …>, or as Turtle or N-Quads.",
        ) from error
    except (xml.sax.SAXException, UnicodeError, ValueError) as error:
        raise InputError(
            f"{path.name} is not well-formed XML: {' '.join(str(error).split())[:200]}", "Fetch it again."
        ) from error


def _refuse_remote_context(path: Path, content: bytes) -> None:
    """Refuses a context that is an address: nothing is fetched, and without it the keys mean nothing."""
    try:
        waiting: list[Any] = [json.loads(content)]
    except RecursionError as error:
        raise InputError(f"{path.name} is nested too deep to be read.", "Ask its sender for another, or for N-Quads.") from error
    except ValueError as error:
        raise InputError(f"{path.name} is not well-formed JSON: {error}", "Mend it near there, or fetch it again.") from error
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        if not isinstance(item, dict):
            continue
        for key, value in item.items():
            contexts = value if isinstance(value, list) else [value]
            if key in ("@context", "@import"):
                for address in contexts:
                    if isinstance(address, str):
                        raise InputError(
                            f"{path.name} takes its context from {address[:120]}, and nothing is fetched.",
                            'Put the context itself in its place, such as "@context": {"@vocab": "http://schema.org/"}, '
                            "or convert the file to N-Quads where the context can be fetched.",
                        )
            waiting.append(value)
