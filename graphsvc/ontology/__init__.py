"""Reads ``ontology/`` and ``shapes/`` (Turtle) into one frozen :class:`~graphsvc.model.Model`, and refuses contradictions.

Meaning comes from OWL, RDFS and SKOS in ``ontology/``: classes, hierarchy, relations and inverses, closed lists, definitions.
The contract comes from SHACL in ``shapes/``: datatypes, cardinality, patterns, sheet columns, messages. Every refusal is a
:class:`~graphsvc.errors.ModelError` that names the file and the term, and says how to mend it.

    turtle.py    the files of a folder -> Terms (what each term says, and in which file)
    contract.py  the SHACL shapes -> what each property and relation of a class must look like
    schemes.py   the closed lists
    relating.py  the relations and their inverses
    reading.py   all of it -> the Model, and ontology and shapes held against each other
    naming.py    refuses names that GraphQL, the sheets or the store cannot tell apart
"""

from __future__ import annotations

from graphsvc.ontology.reader import read_model

__all__ = ["read_model"]
