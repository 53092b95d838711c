"""RDF: Turtle, TriG, N-Triples, N-Quads, JSON-LD and RDF/XML, in this ontology or in terms that it is aligned with.

What `graphsvc export` writes comes back claim by claim, with its sources and its dataset. Other RDF is read by the alignments
that the ontology states: org:Organization, schema:Organization, cpsv:PublicService, org:memberOf, skos:prefLabel and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rdflib import OWL

from graphsvc.loading import Context, Described, DirectoryFacts, Finding, describe_release, look, open_directory
from graphsvc.loading.release import directory_in_name, facts_beside
from loaders._rdf_base import DOCUMENT, quietly, relative_iri
from loaders._rdf_claims import dataset_in, is_export, load_claims
from loaders._rdf_division import divide, read_settled, uses_of
from loaders._rdf_rejects import write
from loaders._rdf_terms import terms_of
from loaders._rdf_things import ThingReader
from loaders._rdf_triples import SYNTAXES, Triples

__all__ = ["NAME", "describe", "divide", "load", "recognise", "write_rejects"]

NAME = "RDF (Turtle, TriG, N-Triples, N-Quads, JSON-LD, RDF/XML)"
_PEEK: Final = 4_000
_FHIR_OR_OTHER: Final = frozenset({"resourceType", "releases", "Organisations"})


def recognise(path: Path) -> bool:
    """Recognises a file by the ending of its name; JSON by ``@context``, ``@graph`` or ``@id``, XML by its root."""
    ending = path.suffix.casefold()
    if not path.is_file() or ending not in SYNTAXES:
        return False
    if ending == ".json":
        seen = look(path)
        return bool({"@context", "@graph", "@id"} & (seen.keys | seen.item_keys)) and not _FHIR_OR_OTHER & seen.keys
    if ending == ".xml":
        with path.open("rb") as stream:
            return b":RDF" in stream.read(_PEEK)
    return True


def describe(path: Path) -> Described:
    """Describes the dataset: the one an export names, the one named beside the file, or the file's name without its date."""
    found = describe_release(path, dataset_in(path))
    return Described(found.dataset, uses_of(path), found.amends)


def load(path: Path, context: Context) -> None:
    """Loads a file of RDF.

    Raises :class:`InputError` for what is not well-formed, is too large to be parsed whole, or reaches out to other files.
    """
    with quietly(), read_settled(path) as triples:
        for bad in triples.bad_lines:
            message = f"Line {bad.number} is left out: {bad.why}."
            found = Finding("violation", "broken-line", message, "Mend the line.", "", path.name)
            context.unread_sheet(path.name, found)
            context.report(found)
        if is_export(triples, context):
            load_claims(path, triples, context, describe(path).dataset)
            context.amends = bool(facts_beside(path).amends)
            return
        terms = terms_of(context.model, triples.subclasses())
        if terms.class_for(triples.types(DOCUMENT))[0] is not None:
            raise relative_iri(path, "")
        directory = open_directory(context, path, directory_in_name(path), DirectoryFacts(path.stem))
        _report_imports(path, triples, context)
        ThingReader(directory, triples, terms, path.name).read()


def _report_imports(path: Path, triples: Triples, context: Context) -> None:
    for predicate, count in triples.counts():
        if predicate == str(OWL.imports):
            context.ledger.ignore("owl:imports", "imports are never fetched", count)
            message = f"The file imports {count} others, which are not fetched."
            hint = "Load them as files of their own, if they hold data."
            context.report(Finding("info", "imports-ignored", message, hint, "", path.name))


def write_rejects(
    path: Path, rows: Mapping[tuple[str, int], list[Finding]], unread: Mapping[str, Finding], folder: Path
) -> Path | None:
    """Writes the entries set aside, as N-Quads with the reasons as comments."""
    with quietly():
        return write(path, rows, folder)
