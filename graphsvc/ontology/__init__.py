"""Reads ``ontology/`` and ``shapes/`` (Turtle) into one frozen :class:`~graphsvc.model.Model`, and refuses contradictions.

Meaning comes from OWL, RDFS and SKOS in ``ontology/``: classes, hierarchy, relations and inverses, closed lists, definitions.
The contract comes from SHACL in ``shapes/``: datatypes, cardinality, patterns, sheet columns, messages. Every refusal is a
:class:`~graphsvc.errors.ModelError` that names the file and the term, and says how to mend it.

    turtle.py      reads the files of a folder: what each term says, and in which file
    contract.py    reads the SHACL shapes: how each property and relation of a class is constrained
    schemes.py     reads the closed lists
    relations.py   reads the relations and their inverses
    reader.py      joins all of it into the Model, and checks ontology and shapes against each other
    term_names.py  refuses names that GraphQL, the sheets or the store cannot tell apart
"""

from __future__ import annotations

from graphsvc.ontology.reader import read_model

__all__ = ["read_model"]
