"""Reads the relations: forward ones, whose claims are stored, and their inverses."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from rdflib import OWL, RDF, RDFS
from rdflib.term import Node

from graphsvc.model import Relation
from graphsvc.ontology.contract import Constraint, Contract
from graphsvc.ontology.term_names import snake
from graphsvc.ontology.turtle import GS, Terms, local, short


def read_relations(
    terms: Terms, contract: Contract, candidates: Sequence[Node], domain_of: Callable[[Node], Node], classes: Container[Node]
) -> dict[Node, Relation]:
    """The relations among ``candidates``, each forward one followed by its inverse.

    Raises :class:`~graphsvc.errors.ModelError` for a relation without domain, range or inverse, or whose inverse says otherwise.
    """
    inverse_of = {term: terms.one(term, OWL.inverseOf) for term in candidates}
    for term, forward_term in inverse_of.items():
        if forward_term is not None and forward_term not in inverse_of:
            raise terms.error(
                term,
                f"is the inverse of {short(forward_term)}, which is no relation.",
                "Declare that relation, or correct the name.",
            )
        if forward_term is not None and inverse_of[forward_term] is not None:
            raise terms.error(
                term,
                f"is the inverse of {short(forward_term)}, which is an inverse itself.",
                "State owl:inverseOf on one of the two only: on the one that is not stored.",
            )
    found: dict[Node, Relation] = {}
    for term in candidates:
        if inverse_of[term] is None:
            inverses = [item for item in candidates if inverse_of[item] == term]
            forward = _forward(terms, contract, term, domain_of(term), classes, inverses)
            found[term] = forward
            found.update({item: _backward(terms, item, forward) for item in inverses})
    return found


def _forward(
    terms: Terms, contract: Contract, term: Node, domain: Node, classes: Container[Node], inverses: Sequence[Node]
) -> Relation:
    range_ = terms.one(term, RDFS.range)
    if range_ is None:
        raise terms.error(
            term, "is a relation with no range.", "Add rdfs:range with the class, or closed list, that it leads to."
        )
    if range_ not in classes:
        raise terms.error(
            term,
            f"has the range {short(range_)}, which is neither a class nor a closed list.",
            "Declare it as owl:Class below gs:Entity or as skos:ConceptScheme, or correct the name.",
        )
    types = terms.all(term, RDF.type)
    symmetric = OWL.SymmetricProperty in types
    _check_directions(terms, term, symmetric, domain == range_, inverses)
    rule = contract.classes.get(domain, {}).get(term, Constraint(file=""))
    return Relation(
        iri=str(term),
        name=local(term),
        field=terms.text(term, GS.fieldName) or local(term),
        label=terms.label(term),
        definition=terms.definition(term),
        domain=local(domain),
        range=local(range_),
        type=snake(local(term)),
        inverse=local(inverses[0]) if inverses else "",
        symmetric=symmetric,
        transitive=OWL.TransitiveProperty in types,
        min_count=rule.min_count,
        max_count=rule.max_count,
        sheet_column=rule.sheet_column,
        mentions=terms.flag(term, GS.mentions),
        alignments=terms.alignments(term, RDFS.subPropertyOf),
        deprecated=terms.deprecated(term),
        file=terms.file(term),
    )


def _check_directions(terms: Terms, term: Node, symmetric: bool, one_class: bool, inverses: Sequence[Node]) -> None:
    if symmetric and inverses:
        raise terms.error(term, f"is symmetric and has the inverse {short(inverses[0])}.", "Keep one of the two.")
    if symmetric and not one_class:
        raise terms.error(term, "is symmetric between two different classes.", "Give domain and range the same class.")
    if not symmetric and not inverses:
        raise terms.error(
            term,
            "has no inverse.",
            f"Declare a relation with owl:inverseOf {short(term)}, or make it an owl:SymmetricProperty.",
        )
    if len(inverses) > 1:
        names = " and ".join(short(item) for item in inverses)
        raise terms.error(term, f"has {len(inverses)} inverses, {names}.", "Keep one of them.")


def _backward(terms: Terms, term: Node, forward: Relation) -> Relation:
    for predicate, expected in ((RDFS.domain, forward.range), (RDFS.range, forward.domain)):
        stated = terms.one(term, predicate)
        if stated is not None and local(stated) != expected:
            raise terms.error(
                term,
                f"is the inverse of gs:{forward.name} but has the {local(predicate)} {short(stated)} and not gs:{expected}.",
                f"Leave rdfs:{local(predicate)} out; it follows from gs:{forward.name}.",
            )
    return replace(
        forward,
        iri=str(term),
        name=local(term),
        field=terms.text(term, GS.fieldName) or local(term),
        label=terms.label(term),
        definition=terms.definition(term),
        domain=forward.range,
        range=forward.domain,
        forward=False,
        inverse=forward.name,
        min_count=0,
        max_count=None,
        sheet_column=False,
        mentions=terms.flag(term, GS.mentions),
        alignments=terms.alignments(term, RDFS.subPropertyOf),
        deprecated=terms.deprecated(term),
        file=terms.file(term),
    )
