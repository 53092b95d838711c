"""The smallest ontology with one of everything, for tests that change a line of it."""

from __future__ import annotations

from pathlib import Path

PREFIXES = """\
@prefix gs: <https://w3id.org/graphsvc/ontology#> .
@prefix gsh: <https://w3id.org/graphsvc/shapes#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix ex: <http://example.org/> .
"""

ONTOLOGY = """
<urn:small> a owl:Ontology ; dct:title "Small" ; dct:description "One of everything." .

gs:Claim a owl:Class ; rdfs:subClassOf rdf:Statement ; rdfs:label "claim" ; skos:definition "What a source says." .
gs:locator a owl:DatatypeProperty ; rdfs:domain gs:Claim ; rdfs:range xsd:string ; rdfs:label "locator" ;
    skos:definition "Where it is said." .

gs:Entity a owl:Class ; gs:abstract true ; rdfs:label "thing" ; gs:pluralLabel "things" ; skos:definition "Anything." .
gs:name a owl:DatatypeProperty ; rdfs:domain gs:Entity ; rdfs:label "name" ; skos:definition "What it is called." .

gs:Area a owl:Class ; gs:abstract true ; rdfs:subClassOf gs:Entity, ex:Feature ; skos:closeMatch ex:Near ;
    rdfs:label "area" ; gs:pluralLabel "areas" ; skos:definition "A part of the country." .
gs:code a owl:DatatypeProperty ; rdfs:domain gs:Area ; rdfs:label "code" ; skos:definition "Its codes." ; skos:example "E01" .
gs:within a owl:ObjectProperty, owl:TransitiveProperty ; rdfs:domain gs:Area ; rdfs:range gs:Area ;
    rdfs:label "within" ; skos:definition "It lies in the other." .
gs:contains a owl:ObjectProperty ; owl:inverseOf gs:within ; rdfs:label "contains" ; skos:definition "What lies in it." .

gs:Place a owl:Class ; rdfs:subClassOf gs:Area ;
    rdfs:label "place" ; gs:pluralLabel "towns and cities" ; skos:definition "A town." .
gs:placeKind a owl:ObjectProperty ; gs:fieldName "kind" ; rdfs:domain gs:Place ; rdfs:range gs:PlaceKind ;
    rdfs:label "kind" ; skos:definition "Which sort of place." .
gs:PlaceKind a skos:ConceptScheme, owl:Class ; rdfs:label "Kind of place" ; skos:definition "Sorts of place." .
gs:PlaceKind-town a gs:PlaceKind ; skos:inScheme gs:PlaceKind ; skos:notation "town" ; skos:prefLabel "town" ;
    skos:definition "An old town." .
gs:PlaceKind-new-town a gs:PlaceKind ; skos:inScheme gs:PlaceKind ; skos:notation "new-town" ; skos:prefLabel "new town" ;
    skos:definition "A new town." .

gs:Service a owl:Class ; rdfs:subClassOf gs:Entity ; rdfs:label "service" ; gs:pluralLabel "services" ;
    skos:definition "Help of a kind." .
gs:serves a owl:ObjectProperty ; gs:fieldName "areasServed" ; rdfs:domain gs:Service ; rdfs:range gs:Area ;
    owl:deprecated true ; skos:changeNote "Use gs:within." ; rdfs:label "serves" ; skos:definition "Where it works." .
gs:servedBy a owl:ObjectProperty ; owl:inverseOf gs:serves ; rdfs:label "served by" ; skos:definition "What works there." .
gs:worksWith a owl:ObjectProperty, owl:SymmetricProperty ; rdfs:domain gs:Service ; rdfs:range gs:Service ;
    rdfs:label "works with" ; skos:definition "The two work together." .
"""

SHAPES = """
gsh:Entity a sh:NodeShape ; sh:targetClass gs:Entity ;
    sh:property [ sh:path gs:name ; sh:datatype xsd:string ; sh:minCount 1 ; sh:maxCount 1 ; sh:message "Give it a name." ] .
gsh:Area a sh:NodeShape ; sh:targetClass gs:Area ;
    sh:property [ sh:path gs:code ; sh:datatype xsd:string ; sh:pattern "^[A-Z][0-9]{2}$" ; sh:message "Look the code up." ] .
gsh:Place a sh:NodeShape ; sh:targetClass gs:Place ;
    sh:property [ sh:path gs:placeKind ; sh:class gs:PlaceKind ; sh:maxCount 1 ; sh:message "Choose a kind." ] ;
    sh:property [ sh:path gs:code ; sh:minCount 1 ; sh:message "A place has a code." ] ;
    sh:property [ sh:path gs:within ; gs:sheetColumn true ; sh:message "Give ids of areas." ] .
gsh:Service a sh:NodeShape ; sh:targetClass gs:Service .
gsh:within a sh:NodeShape ; sh:targetSubjectsOf gs:within ; sh:class gs:Area ; sh:message "From area to area." ;
    sh:property [ sh:path gs:within ; sh:class gs:Area ; sh:message "From area to area." ] .
gsh:serves a sh:NodeShape ; sh:targetSubjectsOf gs:serves ; sh:class gs:Service ; sh:message "From service to area." ;
    sh:property [ sh:path gs:serves ; sh:class gs:Area ; sh:message "From service to area." ] .
gsh:worksWith a sh:NodeShape ; sh:targetSubjectsOf gs:worksWith ; sh:class gs:Service ; sh:message "Between services." ;
    sh:property [ sh:path gs:worksWith ; sh:class gs:Service ; sh:message "Between services." ] .
gsh:nothingServesItself a sh:NodeShape ; sh:targetClass gs:Service ; sh:severity sh:Warning ;
    sh:sparql [ sh:message "It serves itself." ; sh:select "SELECT $this WHERE { $this gs:serves $this }" ] .
"""


def write(folder: Path, *, ontology: str = ONTOLOGY, shapes: str = SHAPES) -> tuple[Path, Path]:
    """Write both as ``small.ttl`` and return their folders."""
    folders = folder / "ontology", folder / "shapes"
    for path, text in zip(folders, (ontology, shapes), strict=True):
        path.mkdir()
        (path / "small.ttl").write_text(PREFIXES + text, encoding="utf-8")
    return folders
