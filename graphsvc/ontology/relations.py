"""Reads the relations: forward ones, whose claims are stored, and their inverses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rdflib import OWL, RDF, RDFS
from rdflib.term import Node

from graphsvc.model import Relation
from graphsvc.ontology.contract import Constraint, Contract
from graphsvc.ontology.term_names import snake
from graphsvc.ontology.turtle import GS, Terms, local, short


def read_relations(
    terms: Terms, contract: Contract, candidates: Sequence[Node], ancestors: Mapping[Node, tuple[Node, ...]]
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
            forward = _forward(terms, contract, term, ancestors, inverses)
            found[term] = forward
            found.update({item: _backward(terms, item, forward) for item in inverses})
    return found


def _forward(
    terms: Terms, contract: Contract, term: Node, ancestors: Mapping[Node, tuple[Node, ...]], inverses: Sequence[Node]
) -> Relation:
    domains, ranges = _ends(terms, term, RDFS.domain, ancestors), _ends(terms, term, RDFS.range, ancestors)
    types = terms.all(term, RDF.type)
    symmetric = OWL.SymmetricProperty in types
    _check_directions(terms, term, symmetric, set(domains) == set(ranges), inverses)
    only = domains[0] if len(domains) == 1 else None
    rule = contract.classes.get(only, {}).get(term) if only else None
    rule = rule or Constraint(file="")
    return Relation(
        iri=str(term),
        name=local(term),
        field=terms.text(term, GS.fieldName) or local(term),
        label=terms.label(term),
        definition=terms.definition(term),
        domain=local(_above(domains, ancestors)),
        range=local(_above(ranges, ancestors)),
        domains=tuple(local(item) for item in domains),
        ranges=tuple(local(item) for item in ranges),
        type=snake(local(term)),
        inverse=local(inverses[0]) if inverses else "",
        symmetric=symmetric,
        transitive=OWL.TransitiveProperty in types,
        min_count=rule.min_count,
        max_count=rule.max_count,
        sheet_column=rule.sheet_column,
        mentions=terms.flag(term, GS.mentions),
        with_subject=terms.flag(term, GS.holdsWithSubject),
        list_only=terms.flag(term, GS.listOnly),
        alignments=terms.alignments(term, RDFS.subPropertyOf),
        other_words=terms.other_words(term),
        deprecated=terms.deprecated(term),
        file=terms.file(term),
    )


def _ends(terms: Terms, term: Node, predicate: Node, ancestors: Mapping[Node, tuple[Node, ...]]) -> list[Node]:
    """The classes at one end, superclasses before their kinds; refuses what is no class, and a class beside one above it."""
    found = terms.members(term, predicate)
    what = local(predicate)
    if not found and predicate == RDFS.domain:
        raise terms.error(term, "has no domain.", "Add rdfs:domain with the class that has it.")
    if not found:
        raise terms.error(
            term, "is a relation with no range.", "Add rdfs:range with the class, or closed list, that it leads to."
        )
    for item in found:
        if item not in ancestors and predicate == RDFS.domain:
            raise terms.error(
                term, f"has the domain {short(item)}, which is no class.", "Declare that class, or correct the name."
            )
        if item not in ancestors:
            raise terms.error(
                term,
                f"has the range {short(item)}, which is neither a class nor a closed list.",
                "Declare it as owl:Class below gs:Entity or as skos:ConceptScheme, or correct the name.",
            )
        wider = next((other for other in found if other in ancestors[item]), None)
        if wider is not None:
            raise terms.error(
                term, f"has the {what} {short(item)} beside {short(wider)}, which takes it in.", f"Take {short(item)} out."
            )
    return sorted(found, key=list(ancestors).index)


def _above(classes: Sequence[Node], ancestors: Mapping[Node, tuple[Node, ...]]) -> Node:
    """The nearest class that is, or is above, each of some classes."""
    lines = [(item, *ancestors[item]) for item in classes]
    shared = [item for item in lines[0] if all(item in line for line in lines)]
    return max(shared, key=lambda item: len(ancestors[item]))


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
    for predicate, expected in ((RDFS.domain, forward.ranges), (RDFS.range, forward.domains)):
        stated = terms.members(term, predicate)
        if stated and {local(item) for item in stated} != set(expected):
            raise terms.error(
                term,
                f"is the inverse of gs:{forward.name} but has the {local(predicate)} {', '.join(map(short, stated))}"
                f" and not {', '.join(f'gs:{name}' for name in expected)}.",
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
        domains=forward.ranges,
        ranges=forward.domains,
        forward=False,
        inverse=forward.name,
        min_count=0,
        max_count=None,
        sheet_column=False,
        with_subject=False,
        mentions=terms.flag(term, GS.mentions),
        list_only=terms.flag(term, GS.listOnly),
        alignments=terms.alignments(term, RDFS.subPropertyOf),
        other_words=terms.other_words(term),
        deprecated=terms.deprecated(term),
        file=terms.file(term),
    )
