"""Reads RDF without claims, in our terms or others': each subject of a known class becomes a thing.

What a class or predicate means comes from the ontology's alignments (``_rdf_terms.py``). Ids come from codes that are
stated, from our own IRIs, else from the IRI; blank nodes are known by what is said of them, never by their order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from rdflib import OWL, RDF

from graphsvc.errors import InputError
from graphsvc.loading import CellError, Class, Context, Directory, Finding, Origin, Property, Relation, Value, read_cell, shown
from loaders._rdf_base import DOCUMENT
from loaders._rdf_terms import Terms, leads_to_address, plain, short, withheld_class, withheld_predicate
from loaders._rdf_triples import Triple, Triples

_TYPE: Final = str(RDF.type)
_IGNORED: Final = {
    str(OWL.sameAs): "which two things are one is decided elsewhere, not by a source",
}
_CODE_IN_IRI: Final = (
    ("ods", re.compile(r"^https?://(?:directory|fhir)\.[a-z.]*nhs\.uk/.*[/|]([A-Z0-9]{3,12})$")),
    ("gss", re.compile(r"^https?://statistics\.data\.gov\.uk/(?:id|doc)/statistical-geography/([A-Z][0-9]{8})$")),
)
"""Codes of registers in the IRIs that their publishers use."""
_OWN_CODES: Final = {"odsCode": "ods", "gssCode": "gss"}
_GSS: Final = re.compile(r"^[A-Z][0-9]{8}$")
_ODS: Final = re.compile(r"^[A-Z0-9]{1,12}$")
_OURS: Final = re.compile(r"/id/([a-z0-9-]+)/([^/?#]+)$")
_LOCAL_AUTHORITY: Final = re.compile(r"^(E0[6-9]|E10|W06|S12|N09)")
"""GSS codes of the areas of local authorities. Source: ONS, Register of Geographic Codes."""
_DEPTH: Final = 5
MOST_OBJECTS: Final = 2_000
"""Values of one predicate of one thing that are read."""
MAX_TEXT: Final = 32_767


@dataclass(frozen=True, slots=True)
class _Thing:
    iri: str
    entity: str
    chosen: Class


class ThingReader:
    """Reads the subjects of one file."""

    def __init__(self, directory: Directory, triples: Triples, terms: Terms, file: str) -> None:
        self.directory = directory
        self.context: Context = directory.context
        self.triples = triples
        self.terms = terms
        self.context.understand("rdf:type")
        self.file = file
        self.identify = lru_cache(20_000)(self._identify)
        self.digest = lru_cache(20_000)(self._digest)

    def read(self) -> None:
        """Passes on what the file states of every thing of a known class."""
        for number, subject in enumerate(self.triples.subjects(), start=1):
            origin = Origin(self.file, number)
            types = self.triples.types(subject)
            sort = withheld_class(types)
            if sort and any(leads_to_address(item.predicate) for item in self.triples.to(subject)):
                continue  # the card of an address, which is read with what has it
            if sort:
                self.context.ledger.withhold(sort)
                continue
            if not types:
                self._untyped(subject)
                continue
            thing = self.identify(subject)
            chosen, unknown = self.terms.class_for(types)
            part = subject.startswith("_:") and chosen is None and self.triples.to(subject)  # told of where it leads from
            for iri in [] if part else unknown:
                if chosen is None or not self.terms.could_be(iri):
                    self._unknown_class(iri, origin)
            if thing is not None and chosen is not None:
                self._thing(thing, origin)

    def _untyped(self, subject: str) -> None:
        """Reports nodes without a class, which are not read by themselves: a list, or an address of another node."""
        if not subject.startswith("_:") and not self.triples.to(subject):
            self.context.ledger.report("subject without a class")

    def _unknown_class(self, iri: str, origin: Origin) -> None:
        named = f"class {self.terms.compact(iri)}"
        self.context.ledger.report(named)
        if not self.context.first("unknown-class", iri):
            return
        several = self.terms.could_be(iri)
        if several:
            message = f"{self.terms.compact(iri)} could be {', '.join(several)}; what is of no other class is left out."
            hint = "Give the things a narrower class as well, such as one of those."
        else:
            message = "The ontology is aligned with no such class; what is of no other class is left out."
            hint = "If it matters, state in ontology/ what class it is close to (skos:closeMatch)."
        self._report("unknown-class", message, hint, origin, "rdf:type", self.terms.compact(iri))

    # -- ids ----------------------------------------------------------------------------------------------------

    def _identify(self, subject: str) -> _Thing | None:
        """Identifies the thing at a node; ``None`` where its class is not certain."""
        types = self.triples.types(subject)
        chosen, _ = self.terms.class_for(types)
        if chosen is None or withheld_class(types):
            return None
        ours = _OURS.search(subject)
        if ours and ours.group(1) == chosen.slug and chosen.iri in types:
            try:
                return _Thing(subject, self.context.id(chosen.name, ours.group(2)), chosen)
            except InputError:
                pass  # an IRI of the same look, whose last part is no slug of ours
        for scheme, code in self._codes(subject, chosen):
            return _Thing(subject, self.context.coded(chosen.name, scheme, code), chosen)
        if subject.startswith("_:"):
            return _Thing(subject, self.context.id(chosen.name, f"blank-{self.digest(subject, _DEPTH)[:24]}"), chosen)
        return _Thing(subject, self.context.coded(chosen.name, "iri", subject), chosen)

    def _codes(self, subject: str, chosen: Class) -> list[tuple[str, str]]:
        """Returns the register codes of a thing, from the ontology's own properties or its IRI."""
        found: list[tuple[str, str]] = []
        for item in chosen.properties:
            scheme = _OWN_CODES.get(item.name, "")
            if scheme:
                codes = [triple.object.strip() for triple in self.triples.of(subject, item.iri) if triple.literal]
                found += [(scheme, code) for code in codes if (_GSS if scheme == "gss" else _ODS).match(code)]
        return found + [(scheme, code) for scheme, code in _codes_in(subject) if chosen.property(f"{scheme}Code")]

    def _digest(self, node: str, depth: int) -> str:
        """Computes a digest of the triples of a blank node, and of those that lead to it, which is the same in every order."""
        lines: list[str] = []
        for item in self.triples.of(node)[:MOST_OBJECTS]:
            blank = not item.literal and item.object.startswith("_:")
            target = self.digest(item.object, depth - 1) if blank and depth else "blank" if blank else item.object
            lines.append(f"> {item.predicate} {target} {item.datatype} {item.language} {item.literal}")
        if depth == _DEPTH:
            lines += [f"< {item.subject} {item.predicate}" for item in self.triples.to(node) if not item.subject.startswith("_:")]
        return sha256("\n".join(sorted(lines)).encode()).hexdigest()

    # -- one thing ----------------------------------------------------------------------------------------------------

    def _thing(self, thing: _Thing, origin: Origin) -> None:
        if self._bad_code(thing, origin):
            return
        qualifiers = self.directory.qualifiers(self._locator(thing))
        texts: dict[str, list[tuple[int, Triple]]] = {}
        links: list[tuple[Triple, Sequence[Relation]]] = []
        for item in self.triples.of(thing.iri):
            if item.predicate == _TYPE:
                continue
            self._sort_out(thing, item, texts, links, origin)
        values = self._values(thing, texts, origin)
        for scheme, code in self._codes(thing.iri, thing.chosen)[:1]:
            values.setdefault(f"{scheme}Code", code)
        if not thing.iri.startswith("_:") and "/iri-" in thing.entity:
            stated = values.get("identifier")
            values["identifier"] = (*(stated if isinstance(stated, tuple) else ()), f"IRI:{thing.iri}")
        values["name"] = values.get("name") or f"{thing.chosen.label} {self._locator(thing)} (without a name)"
        self.directory.record(thing.chosen.name, thing.entity, values, qualifiers, origin)
        for item, relations in links:
            self._relate(thing, item, relations, origin)

    def _bad_code(self, thing: _Thing, origin: Origin) -> bool:
        """Tells whether a thing has a malformed register code, which sets it aside: it would become another thing."""
        bad = False
        for item in thing.chosen.properties:
            scheme = _OWN_CODES.get(item.name, "")
            for triple in self.triples.of(thing.iri, item.iri) if scheme else ():
                if not (_GSS if scheme == "gss" else _ODS).match(triple.object.strip()):
                    message, hint = (
                        f"This is no {item.label}.",
                        f"Look it up again: {item.example}, for instance; or take it out.",
                    )
                    self.context.understand(self.terms.compact(item.iri))
                    place = (origin.file, origin.row, self.terms.compact(item.iri), shown(triple.object))
                    self.context.report(Finding("violation", "bad-code", message, hint, "", *place))
                    bad = True
        return bad

    def _locator(self, thing: _Thing) -> str:
        return thing.entity.partition("/")[2] if thing.iri.startswith("_:") else thing.iri

    def _sort_out(
        self,
        thing: _Thing,
        item: Triple,
        texts: dict[str, list[tuple[int, Triple]]],
        links: list[tuple[Triple, Sequence[Relation]]],
        origin: Origin,
    ) -> None:
        """Sorts a triple of a thing into a value, a relation, something withheld or something reported."""
        named = self.terms.compact(item.predicate)
        plain_object = item.literal or leads_to_address(item.predicate)
        sort = withheld_predicate(item.predicate) or ("" if plain_object else withheld_class(self.triples.types(item.object)))
        if sort:
            self.context.ledger.withhold(sort)
            self.context.ledger.ignore(named, f"withheld: {sort}")
            return
        if item.predicate in _IGNORED:
            self.context.ledger.ignore(named, _IGNORED[item.predicate])
            return
        term = self.terms.property_for(thing.chosen, item.predicate)
        relations = self.terms.relations_for(thing.chosen, item.predicate)
        if relations or term is not None:
            self.context.understand(named)
        if relations and not item.literal:
            links.append((item, relations))
        elif term is not None and (item.literal or term.datatype in ("uri", "enum")):
            texts.setdefault(term.name, []).append((self.terms.rank(term, item.predicate), item))
        elif item.literal or not self._lift(thing, item, texts):
            self.context.ledger.report(named)
            if self.context.first("unknown-predicate", f"{thing.chosen.name} {item.predicate}"):
                message = f"Nothing is done with {named} of a thing that is {_article(thing.chosen.label)}."
                hint = "If it matters, state in ontology/ what term it is close to (skos:closeMatch)."
                self._report("unknown-predicate", message, hint, origin, named, item.object)

    def _lift(self, thing: _Thing, item: Triple, texts: dict[str, list[tuple[int, Triple]]], *, deep: bool = True) -> bool:
        """Takes values from a node of their own, such as an address; returns whether there were any."""
        if self.identify(item.object) is not None:
            return False
        lifted = False
        for inner in self.triples.of(item.object):
            term = self.terms.property_for(thing.chosen, inner.predicate)
            if not inner.literal and deep and leads_to_address(inner.predicate):
                lifted = self._lift(thing, inner, texts, deep=False) or lifted  # vcard:adr within the card
            elif inner.literal and term is not None and term.name != "name":
                texts.setdefault(term.name, []).append((10 + self.terms.rank(term, inner.predicate), inner))
                lifted = True
            elif inner.predicate != _TYPE:
                sort = withheld_predicate(inner.predicate)
                name = f"{self.terms.compact(item.predicate)} / {self.terms.compact(inner.predicate)}"
                self.context.ledger.withhold(sort) if sort else self.context.ledger.report(name)
        if lifted:
            self.context.ledger.use(self.terms.compact(item.predicate))
        return lifted

    # -- values ----------------------------------------------------------------------------------------------------

    def _values(
        self, thing: _Thing, texts: dict[str, list[tuple[int, Triple]]], origin: Origin
    ) -> dict[str, Value | tuple[Value, ...] | None]:
        found: dict[str, Value | tuple[Value, ...] | None] = {}
        further: list[Value] = []
        for name, stated in texts.items():
            term = thing.chosen.property(name)
            if term is None:
                continue
            made: list[Value] = []
            for _, item in sorted(stated, key=lambda pair: (pair[0], _foreign(pair[1]), pair[1].object))[:MOST_OBJECTS]:
                named = self.terms.compact(item.predicate)
                value = self._value(thing, term, item, Origin(origin.file, origin.row, named))
                self.context.ledger.use(named)
                if value not in (None, "") and value not in made:
                    made.append(value)
            if term.many:
                found[name] = tuple(made)
            elif made:
                found[name] = made[0]
                further += made[1:] if name == "name" else []
                if made[1:] and name != "name":
                    message = f"There are {len(made)} values of {name}, of which one is kept."
                    hint = "Give one, in English where there are several languages."
                    self._report("more-than-one", message, hint, origin, name, "; ".join(str(item) for item in made))
        stated_names = found.get("alternativeName")
        names = (*(stated_names if isinstance(stated_names, tuple) else ()), *further)
        if names:
            found["alternativeName"] = tuple(dict.fromkeys(names))
        return found

    def _value(self, thing: _Thing, term: Property, item: Triple, origin: Origin) -> Value | None:
        text = item.object.strip()
        if len(text) > MAX_TEXT:
            self._report(
                "value-too-long", f"The value has {len(text):,} characters, and is left out.", "Shorten it.", origin, "", text
            )
            return None
        if term.datatype == "enum":
            return self._concept(term, item, text, origin)
        if term.name == "name":
            return self.directory.name(text, f"{thing.chosen.label} {self._locator(thing)} (name withheld)", origin)
        if term.datatype == "uri":
            return self.directory.website(text, origin)
        if term.datatype == "date":
            day = self.directory.day(text, origin)
            return day.isoformat() if day else None
        if term.name == "postcode":
            return self.directory.postcode(text, origin)
        if term.name == "identifier" and not re.match(r"^[A-Za-z][A-Za-z0-9._-]*:.", text):
            text = f"{short(item.predicate)}:{text}"
        if term.datatype == "string":
            return text if term.pattern and term.name != "identifier" else self.directory.words(text, origin)
        try:
            value = read_cell(term, None, _number(text) if term.datatype == "decimal" else text)
        except CellError as error:
            self._report(error.rule, f"{error.message} It is left out.", error.hint, origin, origin.column or "", text)
            return None
        return None if isinstance(value, tuple) else value

    def _concept(self, term: Property, item: Triple, text: str, origin: Origin) -> str | None:
        scheme = self.context.model.schemes[term.scheme]
        found = next((concept for concept in scheme.concepts if concept.iri == text), None) or scheme.matching(plain(text))
        if found is None and (item.literal or scheme.find(short(text))):
            found = self.directory.term(term.scheme, text if item.literal else short(text), origin)
        elif found is None:
            self.directory.unknown_code(text, f"the list {term.scheme}", [concept.label for concept in scheme.concepts], origin)
        return found.name if found else None

    # -- relations ----------------------------------------------------------------------------------------------------

    def _relate(self, thing: _Thing, item: Triple, relations: Sequence[Relation], origin: Origin) -> None:
        named = self.terms.compact(item.predicate)
        target = self.identify(item.object) or self._named_only(item.object)
        chosen = self._fitting(relations, target)
        if chosen is None or item.object == DOCUMENT:
            self.context.ledger.report(named)
            if self.context.first("unresolved-reference", f"{named} {thing.chosen.name}"):
                message = f"{named} leads to something whose class is not known or does not fit; the relation is left out."
                hint = "Add what it leads to to the file, with its class, or load the file that has it as one."
                self._report("unresolved-reference", message, hint, origin, named, item.object)
            return
        entity = target.entity if target else self.directory.refer(chosen.range, "iri", item.object)
        stated = "" if item.predicate == chosen.iri else named
        qualifiers = self.directory.qualifiers(self._locator(thing), as_stated=stated)
        self.context.ledger.use(named)
        self.directory.relate(thing.entity, chosen.name, entity, qualifiers, origin)

    def _fitting(self, relations: Sequence[Relation], target: _Thing | None) -> Relation | None:
        """Returns the relation that can lead to a target; for an unknown target, one that leads to a single class."""
        for relation in relations:
            if target is not None and relation.leads_to(target.chosen):
                return relation
            if target is None and [item.name for item in self.context.model.concrete(relation.range)] == [relation.range]:
                return relation
        return None

    def _named_only(self, iri: str) -> _Thing | None:
        """Refers to a thing that the file only names, where its IRI identifies it: an IRI of ours, or a register's."""
        ours = _OURS.search(iri)
        chosen = self.context.model.by_slug.get(ours.group(1)) if ours else None
        if ours and chosen and not chosen.abstract:
            try:
                return _Thing(iri, self.context.id(chosen.name, ours.group(2)), chosen)
            except InputError:
                return None
        for scheme, code in _codes_in(iri):
            name = "Organisation" if scheme == "ods" else "Place" if _LOCAL_AUTHORITY.match(code) else ""
            if name:
                values: dict[str, Value] = {f"{scheme}Code": code}
                entity = self.directory.refer(name, scheme, code, values=values)
                return _Thing(iri, entity, self.context.model.classes[name])
        return None

    def _report(self, rule: str, message: str, hint: str, origin: Origin, column: str, value: str) -> None:
        self.context.report(Finding("warning", rule, message, hint, "", origin.file, None, column, shown(value)))


def _codes_in(iri: str) -> list[tuple[str, str]]:
    return [(scheme, found.group(1)) for scheme, pattern in _CODE_IN_IRI if (found := pattern.match(iri))]


def _foreign(item: Triple) -> int:
    """Sorts English and texts without a language before others."""
    return 0 if item.language.casefold().startswith("en") else 1 if not item.language else 2


def _number(text: str) -> str:
    """Writes a number without an exponent and with ten decimals at most."""
    try:
        return f"{float(text):.10f}".rstrip("0").rstrip(".") if re.search(r"[eE]|\.\d{11,}", text) else text
    except (ValueError, OverflowError):
        return text


def _article(label: str) -> str:
    return f"{'an' if label[:1] in 'aeiou' else 'a'} {label}"
