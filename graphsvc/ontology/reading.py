"""Ontology and contract together -> classes, properties, relations and closed lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rdflib import OWL, RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from graphsvc.errors import ModelError
from graphsvc.model import Class, Concept, Datatype, Model, Property, Relation, Scheme
from graphsvc.ontology.contract import Constraint, Contract, check_terms, read_contract
from graphsvc.ontology.naming import camel, check_names, kebab, lower_first, snake
from graphsvc.ontology.turtle import GS, Terms, local, read_folder, short

_Field = TypeVar("_Field", Property, Relation)

ROOT = GS.Entity
"""The class that every thing of the graph is of."""

DATATYPES: dict[Node, Datatype] = {
    XSD.string: "string",
    XSD.date: "date",
    XSD.integer: "integer",
    XSD.decimal: "decimal",
    XSD.boolean: "boolean",
    XSD.anyURI: "uri",
}


def read_model(ontology_dir: Path, shapes_dir: Path) -> Model:
    """The Model that the two folders define.

    Raises :class:`~graphsvc.errors.ModelError`, naming file and term, for a syntax error, an incomplete term, or a contradiction
    within the ontology or between it and the shapes.
    """
    ontology, shapes = read_folder(ontology_dir, "ontology"), read_folder(shapes_dir, "shapes")
    check_terms(shapes, ontology)
    reader = _Reader(ontology, shapes, read_contract(shapes))
    model = reader.model()
    check_names(model)
    return model


class _Reader:
    """Builds the parts of the Model, each from those before it."""

    def __init__(self, ontology: Terms, shapes: Terms, contract: Contract) -> None:
        self.terms, self.shapes, self.contract = ontology, shapes, contract
        self.parents = {term: self._parents(term) for term in self._class_terms()}
        self.ancestors = {term: self._ancestors(term) for term in self.parents}
        self.schemes = {term: self._scheme(term) for term in self.terms.of_type(SKOS.ConceptScheme)}

    def model(self) -> Model:
        """Everything, with the checksum of all files."""
        properties = {term: self._property(term) for term in self._property_terms()}
        relations = self._relations()
        self._check_contract(properties, relations)
        order = sorted(self.parents, key=lambda term: len(self.ancestors[term]))
        classes = {local(term): self._class(term, properties, relations) for term in order}
        digest = hashlib.sha256()
        for name, content in [*self.terms.content, *self.shapes.content]:
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return Model(
            classes=classes,
            relations={item.name: item for item in relations.values()},
            schemes={item.name: item for item in self.schemes.values()},
            namespace=str(GS),
            checksum=digest.hexdigest(),
        )

    # ---- what every term must have

    def _label(self, term: Node, predicate: Node = RDFS.label) -> str:
        text = self.terms.text(term, predicate)
        if not text:
            raise self.terms.error(
                term, "has no label.", f"Add {'skos:prefLabel' if predicate == SKOS.prefLabel else 'rdfs:label'}."
            )
        return text

    def _definition(self, term: Node) -> str:
        text = self.terms.text(term, SKOS.definition)
        if not text:
            raise self.terms.error(term, "has no definition.", "Add skos:definition: it is the documentation that people read.")
        return text

    def _deprecated(self, term: Node) -> str:
        if not self.terms.flag(term, OWL.deprecated):
            return ""
        message = self.terms.text(term, SKOS.changeNote)
        if not message:
            raise self.terms.error(term, "is deprecated without saying what to use instead.", "Add skos:changeNote.")
        return message

    def _alignments(self, term: Node, narrower: Node) -> tuple[tuple[str, str], ...]:
        return tuple(
            (local(predicate) if "#" in str(predicate) else str(predicate), str(target))
            for predicate in (narrower, SKOS.closeMatch, SKOS.exactMatch, RDFS.seeAlso)
            for target in self.terms.all(term, predicate)
            if not str(target).startswith(str(GS))
        )

    # ---- classes

    def _class_terms(self) -> Iterator[Node]:
        for term in self.terms.of_type(OWL.Class):
            types = self.terms.all(term, RDF.type)
            if SKOS.ConceptScheme not in types and RDF.Statement not in self.terms.all(term, RDFS.subClassOf):
                yield term

    def _parents(self, term: Node) -> tuple[Node, ...]:
        own = tuple(item for item in self.terms.all(term, RDFS.subClassOf) if str(item).startswith(str(GS)))
        for parent in own:
            if OWL.Class not in self.terms.all(parent, RDF.type):
                raise self.terms.error(
                    term, f"is a kind of {short(parent)}, which is no class.", "Declare that class, or correct the name."
                )
        if not own and term != ROOT:
            raise self.terms.error(
                term, "is a kind of nothing that the graph knows.", "Add rdfs:subClassOf gs:Entity, or a kind of it."
            )
        return own

    def _ancestors(self, term: Node, below: tuple[Node, ...] = ()) -> tuple[Node, ...]:
        """All superclasses, nearest first, ``gs:Entity`` last; refuses a cycle."""
        if term in below:
            cycle = " > ".join(short(item) for item in (*below[below.index(term) :], term))
            raise self.terms.error(term, f"is a kind of itself: {cycle}.", "Take one rdfs:subClassOf of that cycle out.")
        found: dict[Node, None] = {}
        for parent in self.parents[term]:
            for item in (parent, *self._ancestors(parent, (*below, term))):
                found.pop(item, None)
                found[item] = None
        return tuple(found)

    def _class(self, term: Node, properties: Mapping[Node, Property], relations: Mapping[Node, Relation]) -> Class:
        if term not in self.contract.classes:
            raise self.terms.error(
                term,
                "is a class without a shape.",
                f"Add a sh:NodeShape with sh:targetClass {short(term)} to {_twin(self.terms.file(term), 'shapes')}.",
            )
        line = [*reversed(self.ancestors[term]), term]
        names = [local(item) for item in line]
        name, plural = local(term), self._label(term, GS.pluralLabel)
        return Class(
            iri=str(term),
            name=name,
            field=lower_first(name),
            plural=camel(plural),
            label=self._label(term),
            plural_label=plural,
            definition=self._definition(term),
            slug=kebab(name),
            sheet=kebab(plural),
            parents=tuple(local(item) for item in self.parents[term]),
            ancestors=tuple(local(item) for item in self.ancestors[term]),
            abstract=self.terms.flag(term, GS.abstract),
            properties=tuple(
                self._narrowed(line, iri, item) for of in names for iri, item in properties.items() if item.domain == of
            ),
            relations=tuple(
                self._narrowed(line, iri, item) for of in names for iri, item in relations.items() if item.domain == of
            ),
            alignments=self._alignments(term, RDFS.subClassOf),
            deprecated=self._deprecated(term),
            file=self.terms.file(term),
        )

    def _narrowed(self, line: Sequence[Node], term: Node, item: _Field) -> _Field:
        """The property or relation as the shapes of this class and its superclasses narrow it."""
        for class_ in line:
            rule = self.contract.classes.get(class_, {}).get(term)
            if rule is None or local(class_) == item.domain:
                continue
            if isinstance(item, Property):
                pattern = rule.pattern or item.pattern
                item = replace(item, min_count=max(item.min_count, rule.min_count), pattern=pattern)
            else:
                column = item.sheet_column or rule.sheet_column
                item = replace(item, min_count=max(item.min_count, rule.min_count), sheet_column=column)
        return item

    # ---- closed lists

    def _scheme(self, term: Node) -> Scheme:
        concepts = tuple(self._concept(item) for item in self.terms.said if term in self.terms.all(item, SKOS.inScheme))
        if not concepts:
            raise self.terms.error(
                term, "is a closed list with nothing in it.", "Add a concept with skos:inScheme, or take it out."
            )
        for what, texts in (
            ("notation", [item.code for item in concepts]),
            ("label", [item.label.casefold() for item in concepts]),
        ):
            twice = next((text for text in texts if texts.count(text) > 1), None)
            if twice:
                raise self.terms.error(term, f"has two concepts with the {what} {twice!r}.", "Give one of them another.")
        return Scheme(
            iri=str(term),
            name=local(term),
            label=self._label(term),
            definition=self._definition(term),
            concepts=concepts,
            file=self.terms.file(term),
        )

    def _concept(self, term: Node) -> Concept:
        code = self.terms.text(term, SKOS.notation)
        if not code or kebab(code) != code:
            raise self.terms.error(
                term,
                f"has the notation {code!r}.",
                "Give it one skos:notation of small letters, digits and hyphens, such as gp-practice.",
            )
        scheme = self.terms.one(term, SKOS.inScheme)
        if scheme not in self.terms.all(term, RDF.type):
            raise self.terms.error(term, f"is in the list {short(scheme)} but not of that type.", f"Add a {short(scheme)}.")
        return Concept(
            iri=str(term),
            code=code,
            name=snake(code),
            label=self._label(term, SKOS.prefLabel),
            definition=self._definition(term),
            deprecated=self._deprecated(term),
        )

    # ---- properties

    def _field_terms(self, kind: Node) -> Iterator[Node]:
        """Terms of a kind, without the qualifiers of claims."""
        for term in self.terms.of_type(kind):
            domain = self.terms.one(term, RDFS.domain)
            if domain is None or RDF.Statement not in self.terms.all(domain, RDFS.subClassOf):
                yield term

    def _is_listed(self, term: Node) -> bool:
        """Whether its values come from a closed list."""
        return any(item in self.schemes for item in self.terms.all(term, RDFS.range))

    def _property_terms(self) -> Iterator[Node]:
        plain = set(self._field_terms(OWL.DatatypeProperty))
        listed = {term for term in self._field_terms(OWL.ObjectProperty) if self._is_listed(term)}
        return (term for term in self.terms.said if term in plain or term in listed)

    def _domain(self, term: Node) -> Node:
        domain = self.terms.one(term, RDFS.domain)
        if domain is None:
            raise self.terms.error(term, "has no domain.", "Add rdfs:domain with the class that has it.")
        if domain not in self.parents:
            raise self.terms.error(
                term, f"has the domain {short(domain)}, which is no class.", "Declare that class, or correct the name."
            )
        return domain

    def _property(self, term: Node) -> Property:
        domain = self._domain(term)
        rule = self.contract.classes.get(domain, {}).get(term)
        if rule is None or (rule.datatype is None and rule.class_ is None):
            raise self.terms.error(
                term,
                "is a property without a datatype.",
                f"Add a block with sh:path {short(term)} and sh:datatype to the shape of {short(domain)}"
                f" in {_twin(self.terms.file(term), 'shapes')}.",
            )
        listed = self.terms.one(term, RDFS.range) if self._is_listed(term) else None
        if rule.class_ != listed:
            raise self.terms.error(
                term,
                f"takes its values from {short(listed) if listed else 'no closed list'} by {self.terms.file(term)}, but from"
                f" {short(rule.class_) if rule.class_ else 'no closed list'} by {rule.file}.",
                "Name one skos:ConceptScheme as rdfs:range in the ontology and as sh:class in the shape.",
            )
        if listed is None and rule.datatype not in DATATYPES:
            known = ", ".join(f"xsd:{local(item)}" for item in DATATYPES)
            raise self.terms.error(term, f"has the datatype {short(rule.datatype)} in {rule.file}.", f"Choose one of {known}.")
        return Property(
            iri=str(term),
            name=self.terms.text(term, GS.fieldName) or local(term),
            label=self._label(term),
            definition=self._definition(term),
            domain=local(domain),
            datatype="enum" if listed is not None or rule.datatype is None else DATATYPES[rule.datatype],
            scheme=local(listed) if listed is not None else "",
            min_count=rule.min_count,
            max_count=rule.max_count,
            pattern=rule.pattern,
            minimum=rule.minimum,
            maximum=rule.maximum,
            example=self.terms.text(term, SKOS.example),
            deprecated=self._deprecated(term),
            file=self.terms.file(term),
        )

    # ---- relations

    def _relations(self) -> dict[Node, Relation]:
        terms = [term for term in self._field_terms(OWL.ObjectProperty) if not self._is_listed(term)]
        inverse_of = {term: self.terms.one(term, OWL.inverseOf) for term in terms}
        found: dict[Node, Relation] = {}
        for term in terms:
            if inverse_of[term] is None:
                inverses = [item for item in terms if inverse_of[item] == term]
                forward = self._forward(term, inverses)
                found[term] = forward
                found.update({item: self._backward(item, forward) for item in inverses})
        for term, forward_term in inverse_of.items():
            if term not in found:
                problem = f"is the inverse of {short(forward_term)}, which is "
                problem += "an inverse itself." if forward_term in inverse_of else "no relation."
                mend = (
                    "State owl:inverseOf on one of the two only: on the one that is not stored."
                    if forward_term in inverse_of
                    else ""
                )
                raise self.terms.error(term, problem, mend or "Declare that relation, or correct the name.")
        return found

    def _forward(self, term: Node, inverses: Sequence[Node]) -> Relation:
        domain, range_ = self._domain(term), self.terms.one(term, RDFS.range)
        if range_ is None:
            raise self.terms.error(
                term, "is a relation with no range.", "Add rdfs:range with the class, or closed list, that it leads to."
            )
        if range_ not in self.parents:
            raise self.terms.error(
                term,
                f"has the range {short(range_)}, which is neither a class nor a closed list.",
                "Declare it as owl:Class below gs:Entity or as skos:ConceptScheme, or correct the name.",
            )
        types = self.terms.all(term, RDF.type)
        symmetric = OWL.SymmetricProperty in types
        self._check_directions(term, symmetric, domain == range_, inverses)
        rule = self.contract.classes.get(domain, {}).get(term, Constraint(file=""))
        return Relation(
            iri=str(term),
            name=local(term),
            field=self.terms.text(term, GS.fieldName) or local(term),
            label=self._label(term),
            definition=self._definition(term),
            domain=local(domain),
            range=local(range_),
            type=snake(local(term)),
            inverse=local(inverses[0]) if inverses else "",
            symmetric=symmetric,
            transitive=OWL.TransitiveProperty in types,
            min_count=rule.min_count,
            max_count=rule.max_count,
            sheet_column=rule.sheet_column,
            mentions=self.terms.flag(term, GS.mentions),
            alignments=self._alignments(term, RDFS.subPropertyOf),
            deprecated=self._deprecated(term),
            file=self.terms.file(term),
        )

    def _check_directions(self, term: Node, symmetric: bool, one_class: bool, inverses: Sequence[Node]) -> None:
        if symmetric and inverses:
            raise self.terms.error(term, f"is symmetric and has the inverse {short(inverses[0])}.", "Keep one of the two.")
        if symmetric and not one_class:
            raise self.terms.error(term, "is symmetric between two different classes.", "Give domain and range the same class.")
        if not symmetric and not inverses:
            raise self.terms.error(
                term,
                "has no inverse.",
                f"Declare a relation with owl:inverseOf {short(term)}, or make it an owl:SymmetricProperty.",
            )
        if len(inverses) > 1:
            names = " and ".join(short(item) for item in inverses)
            raise self.terms.error(term, f"has {len(inverses)} inverses, {names}.", "Keep one of them.")

    def _backward(self, term: Node, forward: Relation) -> Relation:
        for predicate, expected in ((RDFS.domain, forward.range), (RDFS.range, forward.domain)):
            stated = self.terms.one(term, predicate)
            if stated is not None and local(stated) != expected:
                raise self.terms.error(
                    term,
                    f"is the inverse of gs:{forward.name} but has the {local(predicate)} {short(stated)} and not gs:{expected}.",
                    f"Leave rdfs:{local(predicate)} out; it follows from gs:{forward.name}.",
                )
        return replace(
            forward,
            iri=str(term),
            name=local(term),
            field=self.terms.text(term, GS.fieldName) or local(term),
            label=self._label(term),
            definition=self._definition(term),
            domain=forward.range,
            range=forward.domain,
            forward=False,
            inverse=forward.name,
            min_count=0,
            max_count=None,
            sheet_column=False,
            mentions=self.terms.flag(term, GS.mentions),
            alignments=self._alignments(term, RDFS.subPropertyOf),
            deprecated=self._deprecated(term),
            file=self.terms.file(term),
        )

    # ---- ontology and shapes against each other

    def _check_contract(self, properties: Mapping[Node, Property], relations: Mapping[Node, Relation]) -> None:
        for class_, paths in self.contract.classes.items():
            line = {local(item) for item in (class_, *self.ancestors.get(class_, ()))}
            for path, rule in paths.items():
                item = properties.get(path) or relations.get(path)
                if class_ not in self.parents:
                    continue
                if item is None or item.domain not in line:
                    owner = f"belongs to gs:{item.domain}" if item else "is neither a property nor a relation"
                    raise ModelError(
                        f"{rule.file}, {short(class_)}: the shape speaks of {short(path)}, which {owner}.",
                        "Move the block to the shape of that class, or correct sh:path.",
                    )
                if isinstance(item, Relation) and not item.forward:
                    raise ModelError(
                        f"{rule.file}, {short(class_)}: the shape speaks of {short(path)}, which is only the inverse of gs:{item.inverse}.",
                        f"Write the block for gs:{item.inverse}: that is the direction in which claims are stored.",
                    )
        for path, item in relations.items():
            if item.forward:
                self._check_ends(path, item)

    def _check_ends(self, path: Node, item: Relation) -> None:
        if path not in self.contract.ranges:
            raise self.terms.error(
                path,
                "is a relation without a shape.",
                f"Add a sh:NodeShape with sh:targetSubjectsOf {short(path)} to {_twin(item.file, 'shapes')}.",
            )
        subjects, objects, file = self.contract.ranges[path]
        for what, end, expected in (("domain", subjects, item.domain), ("range", objects, item.range)):
            if end != GS[expected]:
                said = short(end) if end is not None else "nothing"
                raise ModelError(
                    f"{file}, {short(path)}: the {what} is {said} by the shape, but gs:{expected} by {item.file}.",
                    f"Give the shape sh:class gs:{expected} there, or change rdfs:{what}.",
                )


def _twin(file: str, folder: str) -> str:
    return f"{folder}/{file.rpartition('/')[2]}"
