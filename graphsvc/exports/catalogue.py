"""Describes what an export is made of: its named graphs with their sources, datasets, loads and revisions, and its concepts.

A named graph is what one source says in one dataset. The description stands in a graph of its own, ``{base}/graph``.

Sources: VoID, sections 2 and 6; PROV-O; DCMI Metadata Terms; DCAT 3 (dcat:version); SKOS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rdflib import DCTERMS, PROV, RDF, RDFS, SKOS, VOID, XSD, Literal, URIRef

from graphsvc.model import Concept, Scheme
from graphsvc.provenance import Claim, EntityRecord, RelationClaim
from graphsvc.rdf import CONFIDENCE_SCHEME, STATUS_SCHEME, Rdf, Triple
from graphsvc.store.protocol import LoadRecord

LANGUAGE: Final = "en-GB"
VERSION: Final = URIRef("http://www.w3.org/ns/dcat#version")
"""Of DCAT 3, which rdflib does not have yet."""
_NOTE: Final = (
    "Plain triples are what is true on the day given by dct:valid, with what follows from it. Plans, what is over, and every "
    "other claim stand as rdf:Statement with status, dates and source."
)


def title_of(source: str, values: Mapping[str, Any]) -> str:
    """The title of a source with some values, else its name or its id."""
    return str(values.get("title") or values.get("name") or source)


@dataclass
class Catalogue:
    """Collects what claims are seen, and describes it; it grows with the sources and the closed lists, not with the claims."""

    rdf: Rdf
    day: str
    loads: Mapping[str, LoadRecord] = field(default_factory=dict)
    """The last load of each dataset."""
    revision: int = 0
    _datasets: dict[str, None] = field(default_factory=dict)
    _graphs: dict[tuple[str, str], None] = field(default_factory=dict)
    _concepts: dict[str, None] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)

    def saw(self, claim: Claim) -> None:
        """Remembers the graph and the concepts of a claim."""
        said = claim.qualifiers
        self.add_graph(claim.dataset, said.source)
        schemes = self.rdf.model.schemes
        for scheme, name in ((STATUS_SCHEME, said.status), (CONFIDENCE_SCHEME, said.confidence)):
            self._concepts.setdefault(f"{scheme}\t{name}")
        if isinstance(claim, RelationClaim):
            return
        self._title(claim)
        for item in self.rdf.model.classes[claim.class_name].properties:
            if item.scheme in schemes and item.name in claim.values:
                value = claim.values[item.name]
                for single in value if isinstance(value, tuple) else (value,):
                    self._concepts.setdefault(f"{item.scheme}\t{single}")

    def add_dataset(self, dataset: str) -> None:
        """Adds a dataset."""
        self._datasets.setdefault(dataset)

    def add_graph(self, dataset: str, source: str, title: str = "") -> None:
        """Adds the named graph of a source, with the source's title where it is known."""
        self.add_dataset(dataset)
        self._graphs.setdefault((dataset, source))
        if title:
            self._titles.setdefault(source, title)

    def title(self, source: str) -> str:
        """The title of a source, else its id."""
        return self._titles.get(source, source)

    def _title(self, claim: EntityRecord) -> None:
        if claim.class_name == "Source" and claim.entity not in self._titles:
            self._titles[claim.entity] = title_of(claim.entity, claim.values)

    def triples(self) -> Iterator[Triple]:
        """The whole description."""
        whole = self.rdf.catalogue
        yield whole, RDF.type, VOID.Dataset
        yield whole, DCTERMS.title, Literal("The graph: all datasets and their sources", lang=LANGUAGE)
        yield whole, DCTERMS.description, Literal(_NOTE, lang=LANGUAGE)
        yield whole, DCTERMS.valid, Literal(self.day, datatype=XSD.date)
        yield whole, DCTERMS.conformsTo, URIRef(self.rdf.model.namespace)
        if self.revision:
            yield whole, VERSION, Literal(str(self.revision))
        for dataset in sorted(self._datasets):
            yield whole, VOID.subset, self.rdf.dataset_graph(dataset)
            yield from self._dataset(dataset)
        for dataset, source in sorted(self._graphs):
            yield from self._graph(dataset, source)
        yield from self._labels()

    def _dataset(self, dataset: str) -> Iterator[Triple]:
        node = self.rdf.dataset_graph(dataset)
        load = self.loads.get(dataset)
        yield node, RDF.type, VOID.Dataset
        yield node, DCTERMS.identifier, Literal(dataset)
        yield node, DCTERMS.title, Literal((load and load.title) or dataset)
        if load is not None:
            activity = URIRef(f"{node}#load")
            ended = Literal(load.loaded_at, datatype=XSD.dateTime)
            yield node, DCTERMS.modified, ended
            yield node, VERSION, Literal(str(load.revision))
            yield node, PROV.wasGeneratedBy, activity
            yield activity, RDF.type, PROV.Activity
            yield activity, RDFS.label, Literal(f"Load of {dataset}, published as revision {load.revision}", lang=LANGUAGE)
            yield activity, PROV.endedAtTime, ended
            if load.released:
                yield node, DCTERMS.issued, Literal(load.released)

    def _graph(self, dataset: str, source: str) -> Iterator[Triple]:
        node, origin = self.rdf.graph(dataset, source), self.rdf.thing(source)
        yield node, RDF.type, PROV.Entity
        yield node, RDF.type, VOID.Dataset
        yield node, DCTERMS.title, Literal(f"What is said by: {self.title(source)}", lang=LANGUAGE)
        yield node, DCTERMS.source, origin
        yield node, PROV.wasDerivedFrom, origin
        yield node, DCTERMS.isPartOf, self.rdf.dataset_graph(dataset)
        yield self.rdf.dataset_graph(dataset), VOID.subset, node

    def _labels(self) -> Iterator[Triple]:
        for key in sorted(self._concepts):
            scheme_name, _, name = key.partition("\t")
            scheme = self.rdf.model.schemes[scheme_name]
            concept = next((item for item in scheme.concepts if item.name == name), None)
            if concept is not None:
                yield from _described(scheme, concept)


def _described(scheme: Scheme, concept: Concept) -> Iterator[Triple]:
    node, above = URIRef(concept.iri), URIRef(scheme.iri)
    yield node, RDF.type, SKOS.Concept
    yield node, SKOS.inScheme, above
    yield node, SKOS.notation, Literal(concept.code)
    yield node, SKOS.prefLabel, Literal(concept.label, lang=LANGUAGE)
    yield above, RDF.type, SKOS.ConceptScheme
    yield above, SKOS.prefLabel, Literal(scheme.label, lang=LANGUAGE)
