"""Reads ontology and contract together into the classes, properties, relations and closed lists of the Model."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, URIRef
from rdflib.term import Node

from graphsvc.errors import ModelError
from graphsvc.model import About, Class, Datatype, Model, Property, Relation, Topic
from graphsvc.ontology.contract import Constraint, Contract, check_terms, read_contract, read_rules
from graphsvc.ontology.relations import read_relations
from graphsvc.ontology.schemes import read_schemes
from graphsvc.ontology.term_names import camel, check_names, kebab, lower_first
from graphsvc.ontology.turtle import GS, Terms, local, read_folder, short

_Field = TypeVar("_Field", Property, Relation)

ROOT = GS.Entity
"""The class that every thing of the graph is of."""

WHOLE = URIRef(str(GS).rstrip("#"))
"""The ontology as a whole, which imports the topics."""

DATATYPES: dict[Node, Datatype] = {
    XSD.string: "string",
    XSD.date: "date",
    XSD.integer: "integer",
    XSD.decimal: "decimal",
    XSD.boolean: "boolean",
    XSD.anyURI: "uri",
}


def read_model(ontology_dir: Path, shapes_dir: Path) -> Model:
    """Reads the Model from the two folders.

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
        classes = dict.fromkeys(self._class_terms())
        self.parents = {term: self._parents(term, classes) for term in classes}
        self.ancestors = {term: self._ancestors(term) for term in self.parents}
        self.schemes = read_schemes(ontology)

    def model(self) -> Model:
        """The whole Model, with the checksum of all files."""
        properties = {term: self._property(term) for term in self._property_terms()}
        candidates = [term for term in self._field_terms(OWL.ObjectProperty) if not self._is_listed(term)]
        relations = read_relations(self.terms, self.contract, candidates, self.ancestors)
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
            qualifiers={item.name: item for item in self._qualifiers()},
            topics={item.name: item for item in self._topics()},
            rules=read_rules(self.shapes),
            about=self._about(),
            prefixes=dict(sorted(self.terms.prefixes.items())),
        )

    def _about(self) -> About:
        """What the ontology says of itself."""
        licence = self.terms.one(WHOLE, DCTERMS.license)
        return About(
            title=self.terms.text(WHOLE, DCTERMS.title) or "The ontology",
            description=self.terms.text(WHOLE, DCTERMS.description),
            version=self.terms.text(WHOLE, OWL.versionInfo),
            licence=str(licence or ""),
            change=self.terms.text(WHOLE, SKOS.changeNote),
        )

    def _topics(self) -> list[Topic]:
        """One a file of the ontology, that of ``gs:Entity`` first."""
        root = self.terms.file(ROOT)
        topics = []
        for term in self.terms.of_type(OWL.Ontology):
            if term == WHOLE:
                continue
            file = self.terms.file(term)
            name = file.rpartition("/")[2].removesuffix(".ttl")
            topics.append(
                Topic(name, self.terms.text(term, DCTERMS.title) or name, self.terms.text(term, DCTERMS.description), file)
            )
        return sorted(topics, key=lambda item: (item.file != root, item.file))

    def _qualifiers(self) -> Iterator[Property]:
        for term in self.terms.said:
            domain = self.terms.all(term, RDFS.domain)
            if domain and RDF.Statement in self.terms.all(domain[0], RDFS.subClassOf):
                range_ = self.terms.one(term, RDFS.range)
                listed = self.schemes.get(range_) if range_ is not None else None
                yield Property(
                    iri=str(term),
                    name=local(term),
                    label=self.terms.label(term),
                    definition=self.terms.definition(term),
                    domain=local(domain[0]),
                    datatype="enum" if listed else DATATYPES.get(range_, "uri") if range_ else "string",
                    scheme=listed.name if listed else "",
                    file=self.terms.file(term),
                )

    # ---- classes

    def _class_terms(self) -> Iterator[Node]:
        for term in self.terms.of_type(OWL.Class):
            types = self.terms.all(term, RDF.type)
            if (
                isinstance(term, URIRef)
                and SKOS.ConceptScheme not in types
                and RDF.Statement not in self.terms.all(term, RDFS.subClassOf)
            ):
                yield term

    def _parents(self, term: Node, classes: Container[Node]) -> tuple[Node, ...]:
        own = tuple(item for item in self.terms.all(term, RDFS.subClassOf) if str(item).startswith(str(GS)))
        for parent in own:
            if parent not in classes:
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
        name, plural = local(term), self.terms.label(term, GS.pluralLabel)
        return Class(
            iri=str(term),
            name=name,
            field=lower_first(name),
            plural=camel(plural),
            label=self.terms.label(term),
            plural_label=plural,
            definition=self.terms.definition(term),
            slug=kebab(name),
            sheet=kebab(plural),
            parents=tuple(local(item) for item in self.parents[term]),
            ancestors=tuple(local(item) for item in self.ancestors[term]),
            abstract=self.terms.flag(term, GS.abstract),
            properties=tuple(self._narrowed(line, iri, item) for of in line for iri, item in self._declared(of, properties)),
            relations=tuple(
                self._narrowed(line, iri, item)
                # One that starts at two of its superclasses is there once.
                for iri, item in dict(pair for of in line for pair in self._declared(of, relations)).items()
            ),
            alignments=self.terms.alignments(term, RDFS.subClassOf),
            other_words=self.terms.other_words(term),
            deprecated=self.terms.deprecated(term),
            file=self.terms.file(term),
        )

    def _declared(self, term: Node, fields: Mapping[Node, _Field]) -> list[tuple[Node, _Field]]:
        """The properties or relations that a class declares: those of its own file first, then those that other files add."""
        found = [(iri, item) for iri, item in fields.items() if local(term) in _domains(item)]
        return sorted(found, key=lambda pair: pair[1].file != self.terms.file(term))

    def _narrowed(self, line: Sequence[Node], term: Node, item: _Field) -> _Field:
        """The property or relation as the shapes of this class and its superclasses narrow it."""
        for class_ in line:
            rule = self.contract.classes.get(class_, {}).get(term)
            if rule is None or (local(class_),) == _domains(item):
                continue
            if isinstance(item, Property):
                pattern = rule.pattern or item.pattern
                item = replace(item, min_count=max(item.min_count, rule.min_count), pattern=pattern)
            else:
                column = item.sheet_column or rule.sheet_column
                item = replace(item, min_count=max(item.min_count, rule.min_count), sheet_column=column)
        return item

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

    def _look_up(self, term: Node, rule: Constraint) -> bool:
        """Whether a property is one to look things up by. Raises ModelError for one that is no text: an index holds texts."""
        asked = self.terms.flag(term, GS.lookUp)
        if asked and rule.datatype != XSD.string:
            raise self.terms.error(term, "is one to look things up by, and no text.", "Take out gs:lookUp, or use xsd:string.")
        return asked

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
            label=self.terms.label(term),
            definition=self.terms.definition(term),
            domain=local(domain),
            datatype="enum" if listed is not None or rule.datatype is None else DATATYPES[rule.datatype],
            scheme=local(listed) if listed is not None else "",
            min_count=rule.min_count,
            max_count=rule.max_count,
            pattern=rule.pattern,
            minimum=rule.minimum,
            maximum=rule.maximum,
            look_up=self._look_up(term, rule),
            example=self.terms.text(term, SKOS.example),
            alignments=self.terms.alignments(term, RDFS.subPropertyOf),
            other_words=self.terms.other_words(term),
            deprecated=self.terms.deprecated(term),
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
                if item is None or line.isdisjoint(_domains(item)):
                    owner = f"belongs to {_named(_domains(item))}" if item else "is neither a property nor a relation"
                    raise ModelError(
                        f"{rule.file}, {short(class_)}: the shape speaks of {short(path)}, which {owner}.",
                        "Move the block to the shape of that class, or correct sh:path.",
                    )
                if isinstance(item, Relation) and not item.forward:
                    raise ModelError(
                        f"{rule.file}, {short(class_)}: it speaks of {short(path)}, only the inverse of gs:{item.inverse}.",
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
        for what, ends, expected in (("domain", subjects, item.domains), ("range", objects, item.ranges)):
            if set(ends) != {GS[name] for name in expected}:
                said = _named(local(end) for end in ends) or "nothing"
                mend = (
                    f"sh:class gs:{expected[0]}"
                    if len(expected) == 1
                    else f"sh:or with a sh:class for each of {_named(expected)}"
                )
                raise ModelError(
                    f"{file}, {short(path)}: the {what} is {said} by the shape, but {_named(expected)} by {item.file}.",
                    f"Give the shape {mend} there, or change rdfs:{what}.",
                )


def _domains(item: Property | Relation) -> tuple[str, ...]:
    """Names of the classes that declare a field."""
    return item.domains if isinstance(item, Relation) else (item.domain,)


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"gs:{name}" for name in names)


def _twin(file: str, folder: str) -> str:
    return f"{folder}/{file.rpartition('/')[2]}"
