"""Divides an export of several datasets into one file for each, so that one command loads them all.

A file without named graphs (Turtle) says of each claim which graph it is part of; that is settled first.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rdflib import DCTERMS, RDF, URIRef

from graphsvc.rdf import written
from loaders._rdf_base import quietly
from loaders._rdf_triples import NODE, SYNTAXES, Triples, node_of, object_of, read, triple_of

GRAPH: Final = re.compile(r"/graph/([a-z0-9][a-z0-9.-]*)/")
_GRAPH_IN_BYTES: Final = re.compile(GRAPH.pattern.encode())
_USES: Final = "# uses: "
_PIECE: Final = 1 << 20
_OVERLAP: Final = 300


def read_settled(path: Path) -> Triples:
    """Reads the triples of a file, each claim in its named graph."""
    triples = read(path)
    if SYNTAXES[path.suffix.casefold()] in ("turtle", "nt", "xml"):
        try:
            _settle_graphs(triples)
        except BaseException:
            triples.close()
            raise
    return triples


def _settle_graphs(triples: Triples) -> None:
    """Puts each claim, and the statements of its values, into the graph that it says it is part of."""
    part = str(DCTERMS.isPartOf)
    triples.run("CREATE TABLE settled (s TEXT PRIMARY KEY, g TEXT) WITHOUT ROWID")
    triples.run(
        "INSERT OR IGNORE INTO settled SELECT s, o FROM triples WHERE p = ? AND g = '' AND s LIKE ? AND o LIKE ?",
        (part, "%/claim/%", "%/graph/%/%"),
    )
    query = "INSERT OR IGNORE INTO settled SELECT t.s, k.g FROM triples t JOIN settled k ON k.s = t.o WHERE t.p = ? AND t.g = ''"
    triples.run(query, (part,))
    triples.run(
        "UPDATE OR IGNORE triples SET g = (SELECT g FROM settled WHERE s = triples.s)"
        " WHERE g = '' AND s IN (SELECT s FROM settled)"
    )


def datasets_in(triples: Triples) -> list[str]:
    """Returns the datasets whose named graphs a file holds."""
    return sorted({found.group(1) for name in triples.graphs() if (found := GRAPH.search(name))})


def divide(path: Path, folder: Path) -> list[Path]:
    """Writes each of the datasets of an export as a file into ``folder``; returns the file itself where there is one dataset."""
    if not _names_several(path):
        return [path]
    with quietly(), read_settled(path) as triples:
        datasets = datasets_in(triples)
        if len(datasets) < 2:
            return [path]
        _list_things(triples)
        files = []
        for dataset in datasets:
            files.append(folder / f"{dataset}.nq")
            with files[-1].open("w", encoding="utf-8") as out:
                out.write(f"{_USES}{' '.join(_used_by(triples, dataset))}\n")
                query = "SELECT s, p, o, datatype, language, g FROM triples WHERE g LIKE ? OR s LIKE ? ORDER BY g, s, p, o"
                for row in triples.run(query, (f"%/graph/{dataset}/%", f"%/graph/{dataset}")):
                    item = triple_of(row)
                    terms = [node_of(item.subject), URIRef(item.predicate), object_of(item)]
                    out.write(" ".join(map(written, [*terms, *([URIRef(item.graph)] if item.graph else [])])) + " .\n")
        return files


def uses_of(path: Path) -> tuple[Path, ...]:
    """Returns the files beside one that :func:`divide` wrote to whose things it refers to."""
    with path.open("rb") as stream:
        first = stream.readline(100_000).decode("utf-8", "replace")
    return tuple(path.with_name(f"{name}.nq") for name in first[len(_USES) :].split()) if first.startswith(_USES) else ()


def _names_several(path: Path) -> bool:
    """Tells whether a file speaks of named graphs of several datasets, without parsing it."""
    found: set[bytes] = set()
    with path.open("rb") as stream:
        before = b""
        while piece := stream.read(_PIECE):
            found |= set(_GRAPH_IN_BYTES.findall(before + piece))
            if len(found) > 1:
                return True
            before = piece[-_OVERLAP:]
    return False


def _list_things(triples: Triples) -> None:
    """Lists which dataset describes which things, and which it refers to."""
    triples.run("CREATE TABLE described (g TEXT, id TEXT, PRIMARY KEY (id, g)) WITHOUT ROWID")
    triples.run("CREATE TABLE referred (g TEXT, id TEXT, PRIMARY KEY (g, id)) WITHOUT ROWID")
    triples.run(
        "INSERT OR IGNORE INTO described SELECT a.g, a.o FROM triples a JOIN triples b ON b.s = a.s AND b.g = a.g"
        " WHERE a.p = ? AND b.p = ? AND b.o = ?",
        (str(RDF.subject), str(RDF.predicate), str(RDF.type)),
    )
    triples.run(
        "INSERT OR IGNORE INTO referred SELECT g, o FROM triples WHERE datatype = ? AND o LIKE '%/id/%/%'"
        " AND (p IN (?, ?) OR p LIKE '%#source') AND s LIKE '%/claim/%'",
        (NODE, str(RDF.subject), str(RDF.object)),
    )


def _used_by(triples: Triples, dataset: str) -> list[str]:
    """Returns the other datasets that describe what a dataset refers to and does not describe itself."""
    mine = f"%/graph/{dataset}/%"
    rows = triples.run(
        "SELECT DISTINCT d.g FROM referred r JOIN described d ON d.id = r.id WHERE r.g LIKE ?"
        " AND NOT EXISTS (SELECT 1 FROM described own WHERE own.id = r.id AND own.g LIKE ?)",
        (mine, mine),
    )
    return sorted({found.group(1) for (name,) in rows if (found := GRAPH.search(name))})
