"""Reads the closed lists: SKOS concept schemes whose concepts are the only values of a property."""

from __future__ import annotations

from rdflib import RDF, SKOS
from rdflib.term import Node

from graphsvc.model import Concept, Scheme
from graphsvc.ontology.term_names import kebab, snake
from graphsvc.ontology.turtle import Terms, local, short


def read_schemes(terms: Terms) -> dict[Node, Scheme]:
    """All closed lists, their concepts in the order of the file.

    Raises :class:`~graphsvc.errors.ModelError` for an empty list, two concepts alike, or a concept that is incomplete.
    """
    return {term: _scheme(terms, term) for term in terms.of_type(SKOS.ConceptScheme)}


def _scheme(terms: Terms, term: Node) -> Scheme:
    concepts = tuple(_concept(terms, item) for item in terms.said if term in terms.all(item, SKOS.inScheme))
    if not concepts:
        raise terms.error(term, "is a closed list with nothing in it.", "Add a concept with skos:inScheme, or take it out.")
    for what, texts in (
        ("notation", [item.code for item in concepts]),
        ("label", [item.label.casefold() for item in concepts]),
    ):
        twice = next((text for text in texts if texts.count(text) > 1), None)
        if twice:
            raise terms.error(term, f"has two concepts with the {what} {twice!r}.", "Give one of them another.")
    return Scheme(
        iri=str(term),
        name=local(term),
        label=terms.label(term),
        definition=terms.definition(term),
        concepts=concepts,
        file=terms.file(term),
    )


def _concept(terms: Terms, term: Node) -> Concept:
    code = terms.text(term, SKOS.notation)
    if not code or kebab(code) != code:
        raise terms.error(
            term,
            f"has the notation {code!r}.",
            "Give it one skos:notation of small letters, digits and hyphens, such as gp-practice.",
        )
    scheme = terms.one(term, SKOS.inScheme)
    if scheme not in terms.all(term, RDF.type):
        raise terms.error(term, f"is in the list {short(scheme)} but not of that type.", f"Add a {short(scheme)}.")
    return Concept(
        iri=str(term),
        code=code,
        name=snake(code),
        label=terms.label(term, SKOS.prefLabel),
        definition=terms.definition(term),
        deprecated=terms.deprecated(term),
        matches=tuple(str(item) for kind in (SKOS.closeMatch, SKOS.exactMatch) for item in terms.all(term, kind)),
    )
