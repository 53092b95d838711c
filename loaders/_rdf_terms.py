"""Translates terms of other vocabularies into ours by the alignments that the ontology states.

A class or property of ours that is ``rdfs:subClassOf``, ``rdfs:subPropertyOf``, ``skos:closeMatch`` or ``skos:exactMatch`` of a
term of another vocabulary is what that term is read as. What could be several classes of ours is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from graphsvc.model import Class, Model, Property, Relation

READ_AS: Final = ("subClassOf", "subPropertyOf", "closeMatch", "exactMatch")
_PERSONS: Final = frozenset(
    {
        "http://xmlns.com/foaf/0.1/Person", "http://schema.org/Person", "http://www.w3.org/ns/person#Person",
        "http://www.w3.org/2006/vcard/ns#Individual", "http://www.w3.org/ns/prov#Person",
    }
)  # fmt: skip
_CONTACTS: Final = frozenset(
    {"http://schema.org/ContactPoint", "http://www.w3.org/2006/vcard/ns#Kind", "http://www.w3.org/2006/vcard/ns#VCard"}
)
_ORG: Final = "http://www.w3.org/ns/org#"
_SCHEMA: Final = "http://schema.org/"
_WIDER: Final = {
    f"{_ORG}FormalOrganization": f"{_ORG}Organization",
    "http://www.w3.org/ns/regorg#RegisteredOrganization": f"{_ORG}FormalOrganization",
    "http://data.europa.eu/m8g/PublicOrganisation": f"{_ORG}Organization",
    **{
        f"{_SCHEMA}{name}": f"{_SCHEMA}Organization"
        for name in (
            "Corporation", "EducationalOrganization", "GovernmentOrganization", "LocalBusiness", "MedicalBusiness",
            "MedicalOrganization", "NGO", "Consortium", "FundingScheme", "ResearchOrganization",
        )
    },
    **{f"{_SCHEMA}{name}": f"{_SCHEMA}MedicalOrganization" for name in ("Hospital", "MedicalClinic", "Pharmacy")},
}  # fmt: skip
"""The class of which a class of another vocabulary is a subclass, as that vocabulary states it. Left out is what may be a person,
such as schema:Physician.

Sources: ORG (W3C, 2014), Registered Organization Vocabulary, CPOV 2, schema.org.
"""
_ADDRESS_NAMES: Final = re.compile(r"^(siteAddress|registeredAddress|(has)?address|adr|location)$", re.IGNORECASE)
"""Predicates whose object is an address, which ORG gives as a vcard:VCard."""
_CONTACT_NAMES: Final = re.compile(
    r"^(has)?(tele?phone|tel|phone|fax|fax_?number|mobile|e-?mail|mbox(_sha1sum)?|value_?tel|contact_?point)$", re.IGNORECASE
)
_HOLDER_NAMES: Final = re.compile(r"^(heldBy|headOf|holds|hasHolder|employee|founder|member_name)$")


def plain(iri: str) -> str:
    """Returns an IRI of schema.org as the ontology writes it, whichever way the file does."""
    return f"http{iri[5:]}" if iri.startswith("https://schema.org/") else iri


def short(iri: str) -> str:
    """Returns the last part of an IRI: the name of a term."""
    return re.split(r"[#/]", iri.rstrip("#/"))[-1]


@dataclass(frozen=True)
class Terms:
    """The terms of all vocabularies that the ontology is aligned with."""

    model: Model
    classes: dict[str, tuple[Class, ...]]
    """Classes of ours by IRI, of ours or of others."""
    prefixes: tuple[tuple[str, str], ...]
    wider: Mapping[str, tuple[str, ...]]
    """The classes of which a class of another vocabulary is a subclass."""

    def _meaning(self, iri: str) -> tuple[Class, ...]:
        """Returns our classes that a class means: by its own alignment, else by that of the nearest class above it."""
        level, met = [plain(iri)], {plain(iri)}
        while level:
            found = [item for one in level for item in self.classes.get(one, ())]
            if found:
                return tuple(dict.fromkeys(found))
            level = list(dict.fromkeys(above for one in level for above in self.wider.get(one, ()) if above not in met))
            met.update(level)
        return ()

    def class_for(self, types: Iterable[str]) -> tuple[Class | None, list[str]]:
        """Returns our class for some RDF classes, and those without a meaning here. ``None`` where none is certain."""
        certain: list[Class] = []
        unknown: list[str] = []
        for iri in types:
            found = self._meaning(iri)
            if len(found) == 1:
                certain.append(found[0])
            else:
                unknown.append(iri)
        # The narrowest of them: a contract is an agreement.
        narrow = [one for one in certain if not any(one.name in other.ancestors for other in certain)]
        names = {one.name for one in narrow}
        return (narrow[0] if len(names) == 1 else None), unknown

    def could_be(self, iri: str) -> list[str]:
        """Returns our classes that a class of another vocabulary could mean."""
        return [item.name for item in self._meaning(iri)]

    def property_for(self, chosen: Class, iri: str) -> Property | None:
        """Returns the property of a class that a predicate means; our own goes first."""
        return next((item for item in chosen.properties if item.iri == iri), None) or next(
            (item for item in chosen.properties if plain(iri) in _aligned(item)), None
        )

    def rank(self, item: Property, iri: str) -> int:
        """Ranks how near a predicate is to a property: 0 for its own, then in the order of its alignments."""
        return 0 if item.iri == iri else 1 + _aligned(item).index(plain(iri))

    def relations_for(self, chosen: Class, iri: str) -> list[Relation]:
        """Returns the relations of a class that a predicate may mean; our own alone, where it is one."""
        own = [item for item in chosen.relations if item.iri == iri]
        return own or [item for item in chosen.relations if plain(iri) in _aligned(item)]

    def compact(self, iri: str) -> str:
        """Writes a term as people write it: ``org:memberOf``."""
        iri = plain(iri)
        for prefix, start in self.prefixes:
            if start and iri.startswith(start) and len(iri) > len(start):
                return f"{prefix}:{iri[len(start) :]}"
        return iri


def _aligned(item: Property | Relation) -> list[str]:
    return [plain(target) for kind, target in item.alignments if kind in READ_AS]


def terms_of(model: Model, stated: Iterable[tuple[str, str]] = ()) -> Terms:
    """Reads the aligned terms from a Model; ``stated`` are the subclasses that a file states, each with the class above it."""
    wider: dict[str, tuple[str, ...]] = {narrow: (above,) for narrow, above in _WIDER.items()}
    for narrow, above in stated:
        wider[plain(narrow)] = (*wider.get(plain(narrow), ()), plain(above))
    found: dict[str, list[Class]] = {}
    for item in model.classes.values():
        if item.abstract:
            continue
        found.setdefault(item.iri, []).append(item)
        for kind, target in item.alignments:
            if kind in READ_AS:
                found.setdefault(plain(target), []).append(item)
    return Terms(model, {iri: tuple(classes) for iri, classes in found.items()}, tuple(model.prefixes.items()), wider)


def withheld_class(types: Iterable[str]) -> str:
    """Returns the sort under which a thing of these classes is withheld; empty where it is not."""
    plain_types = [plain(iri) for iri in types]
    if any(iri in _PERSONS for iri in plain_types):
        return "name of a person"
    return "contact" if any(iri in _CONTACTS for iri in plain_types) else ""


def leads_to_address(iri: str) -> bool:
    """Tells whether a predicate leads to an address, whatever its class: the card of a site is nobody's."""
    return bool(_ADDRESS_NAMES.match(short(iri)))


def withheld_predicate(iri: str) -> str:
    """Returns the sort under which the objects of a predicate are withheld; empty where they are not."""
    name = short(iri)
    if _HOLDER_NAMES.match(name):
        return "name of a person"
    if not _CONTACT_NAMES.match(name):
        return ""
    if re.search(r"mail|mbox", name, re.IGNORECASE):
        return "e-mail address"
    return "contact" if "ontact" in name else "telephone number"
