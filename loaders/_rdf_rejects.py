"""Writes the rejects of an RDF file as N-Quads, with the reasons before them as comments."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rdflib import DCTERMS

from graphsvc.loading import Finding
from graphsvc.rdf import CLAIM, written
from loaders._rdf_triples import Triple, Triples, node_of, object_of, read

_DEPTH = 6


def write(path: Path, rows: Mapping[tuple[str, int], Sequence[Finding]], folder: Path) -> Path | None:
    """Writes the entries of a file that are set aside; returns the path, or ``None`` where there are none.

    A file of the same name that stands is kept, since somebody may be mending it: the next free name is taken.
    """
    wanted = {number: findings for (_, number), findings in rows.items()}
    if not wanted:
        return None
    lines: list[str] = []
    with read(path) as triples:
        for number, (subject, items) in enumerate(_entries(triples), start=1):
            if number in wanted:
                reasons = dict.fromkeys(f"{item.message} {item.hint}".strip() for item in wanted[number])
                lines += [f"# {' '.join(subject.split())}: {' '.join(reason.split())}" for reason in reasons]
                lines += [_line(item) for item in items]
    folder.mkdir(parents=True, exist_ok=True)
    content = "\n".join(lines) + "\n"
    for place in itertools.count(1):
        target = folder / f"{path.stem}{f'-{place}' if place > 1 else ''}.nq"
        if not target.exists():
            target.write_text(content, encoding="utf-8")
            return target
        if target.resolve() != path.resolve() and target.read_text(encoding="utf-8") == content:
            return target
    raise AssertionError("unreachable: names do not end")


def _entries(triples: Triples) -> Iterator[tuple[str, list[Triple]]]:
    """Yields the entries that the loader counts as rows: the claims of an export, else the subjects, each with its triples."""
    claims = next(iter(_claims(triples)), None)
    if claims is None:
        for subject in triples.subjects():
            yield subject, list(_with_blanks(triples, subject, _DEPTH))
        return
    for node, graph in _claims(triples):
        parts = [item.subject for item in triples.to(node) if item.predicate == str(DCTERMS.isPartOf) and item.graph == graph]
        statements = [*triples.of(node, graph=graph), *(item for part in parts for item in triples.of(part, graph=graph))]
        yield node, statements


def _claims(triples: Triples) -> Iterator[tuple[str, str]]:
    """Returns the claims of an export; none in other files."""
    kind = triples.class_ending(f"#{CLAIM}")
    return triples.typed(kind) if kind else iter(())


def _with_blanks(triples: Triples, subject: str, depth: int) -> Iterator[Triple]:
    for item in triples.of(subject):
        yield item
        if depth and not item.literal and item.object.startswith("_:"):
            yield from _with_blanks(triples, item.object, depth - 1)


def _line(item: Triple) -> str:
    terms = [node_of(item.subject), node_of(item.predicate), object_of(item), *([node_of(item.graph)] if item.graph else [])]
    return " ".join([*map(written, terms), "."])
