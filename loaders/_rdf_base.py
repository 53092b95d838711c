"""IRIs as they stand in a file: finds the base that is stated, and refuses relative ones where none is.

Resolved against the name of a file, one organisation would be another in next month's file, and two files' ``a7`` would be one.

Sources: RFC 3986, sections 4.1 and 5.1; RFC 2606, section 2; RDF 1.1 N-Triples, section 2.2 (IRIs are absolute).
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from graphsvc.errors import InputError
from graphsvc.loading import shown
from graphsvc.loading.release import facts_beside

DOCUMENT: Final = "https://this-document.invalid/"
"""Stands for the file itself, ``<>``, where no base is stated; what is relative to it begins with it."""
_ABSOLUTE: Final = re.compile(r"^(_:|[A-Za-z][A-Za-z0-9+.-]*:)[^\s<>]*$")
_RELATIVE: Final = re.compile(rb"(?:^|\s)<(?![A-Za-z][A-Za-z0-9+.-]*:)[^\s<>\"]*>")
_BASE: Final = re.compile(r"^https?://[^\s/?#]+(/[^\s#]*)?$")


@contextmanager
def quietly() -> Iterator[None]:
    """Keeps what rdflib logs and warns of the form of IRIs and literals from standard error: what matters of it is a finding."""
    log = logging.getLogger("rdflib.term")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before


def base_beside(path: Path) -> str:
    """Returns the base that is stated beside a file. Raises :class:`InputError` for one against which nothing is resolved."""
    base = facts_beside(path).base
    if base and not _BASE.match(base):
        message = f"{path.name}.toml: {shown(base)!r} is no base for IRIs."
        raise InputError(message, 'Write base = "https://example.org/data/", without a fragment.')
    return base


def relative_iri(path: Path, iri: str) -> InputError:
    """Makes the error for an IRI that is relative to a base that nobody states."""
    return InputError(
        f"{path.name} names things by relative IRIs, such as <{shown(iri)}>, and states no base: which things they are cannot be "
        "told, and in another file the same IRI would be another thing.",
        'Write the base into the file (@base in Turtle and TriG, xml:base in RDF/XML, "@base" in a JSON-LD context), or write '
        f'base = "https://…/" under [source] in {path.name}.toml beside it.',
    )


def is_absolute(term: str) -> bool:
    """Tells whether a term of N-Triples is an absolute IRI or a blank node."""
    return bool(_ABSOLUTE.match(term))


def why_broken(line: bytes) -> str:
    """Says why a line is no triple."""
    if _RELATIVE.search(line):
        return "an IRI in it is relative, and files of this syntax have no base"
    return "it is no triple with a full stop at its end"
