"""Arranges the claims about one thing for its page: values, relations, statements, figures and open questions.

Pure: claims and the names of the things around go in, sections come out. Nothing that a source says is left out; what
is no longer, or not yet, so is marked and not hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphsvc.model import Class, Model, Property, Relation
from graphsvc.provenance import OVER, TRUE_NOW, Claim, EntityRecord, Qualifiers, RelationClaim, Value
from graphsvc.web import words
from graphsvc.web.sections import Evidence, Fact, Mark, Neighbour, Page, Section

ORDER = ("IN_FORCE", "SHADOW", "PLANNED", "PROPOSED", "INTENDED", "ENDED", "SUPERSEDED")
ASIDE = ("Statement", "Observation", "OpenQuestion")
"""Classes whose things speak of another thing: shown in sections of their own, not among its relations."""


def mark_of(qualifiers: Qualifiers) -> Mark:
    """The mark of a claim: its status, its period, and the period as stated."""
    over = qualifiers.status in OVER
    return Mark(qualifiers.status, words.period(qualifiers.valid_from, qualifiers.valid_to, over=over), qualifiers.as_stated)


def _rank(mark: Mark) -> int:
    return ORDER.index(mark.status) if mark.status in ORDER else len(ORDER)


class Arranger:
    """Makes the facts of one page from claims; holds only what all of them need."""

    def __init__(self, model: Model, around: Mapping[str, Neighbour]) -> None:
        self.model = model
        self.around = around

    def evidence(self, qualifiers: Qualifiers, said: str = "") -> Evidence:
        """Who says it, by the name of the source."""
        source = self.around.get(qualifiers.source)
        title = str(source.values.get("title") or source.name) if source else qualifiers.source
        return Evidence(qualifiers.source, title, qualifiers.locator, qualifiers.confidence == "INFERRED", qualifiers.note, said)

    def value(self, prop: Property, value: Value) -> str:
        """A value as people read it: the label of a closed list's term, a date in words, a number with separators."""
        if prop.datatype == "enum" and prop.scheme in self.model.schemes:
            concept = self.model.schemes[prop.scheme].find(str(value))
            return concept.label if concept else str(value)
        if prop.datatype == "date":
            return words.day(str(value))
        return words.number(value) if prop.datatype in ("integer", "decimal", "boolean") else str(value)

    def label(self, thing: Neighbour) -> tuple[str, str]:
        """Kind and plural class label of a thing: ``NHS trust``, ``Organisations``."""
        cls = self.model.classes.get(thing.class_name)
        if not cls:
            return thing.class_name, thing.class_name
        prop = cls.property("kind")
        kind = thing.values.get("kind")
        if prop and isinstance(kind, str):
            label = self.value(prop, kind)
            if label.casefold() != "other":
                return label, cls.plural_label
        return cls.label, cls.plural_label

    def fact(self, claims: Sequence[RelationClaim], other: str) -> list[Fact]:
        """The facts of one relation to one thing: one for each way in which it is said to stand."""
        thing = self.around.get(other)
        by_mark: dict[Mark, list[Evidence]] = {}
        for claim in claims:
            by_mark.setdefault(mark_of(claim.qualifiers), []).append(self.evidence(claim.qualifiers))
        kind, group = self.label(thing) if thing else ("", "")
        return [
            Fact(
                text=thing.name if thing else other,
                mark=mark,
                evidence=tuple(dict.fromkeys(evidence)),
                target=other,
                kind=kind,
                group=words.sentence(group),
                target_status=thing.status if thing and thing.status != mark.status and thing.status not in TRUE_NOW else "",
                detail=self.detail(thing) if thing else "",
            )
            for mark, evidence in by_mark.items()
        ]

    def detail(self, thing: Neighbour) -> str:
        """The text of a thing that is about another: the words of a statement, a question or a reason."""
        for name in ("text", "question", "role", "dateStated"):
            if thing.values.get(name):
                return str(thing.values[name])
        return ""

    def values(self, cls: Class, records: Sequence[EntityRecord]) -> tuple[Section, ...]:
        """A section for each property that some source gives a value, in the order of the Model.

        What only refers to the thing by its code says nothing beside what describes it.
        """
        records = [record for record in records if not record.stub] or records
        sections = []
        for prop in cls.properties:
            if prop.name in ("name", "description", "kind"):
                continue
            found = self.property_facts(prop, records)
            if found:
                sections.append(Section(words.sentence(prop.label), prop.definition, found))
        return tuple(sections)

    def property_facts(self, prop: Property, records: Iterable[EntityRecord]) -> tuple[Fact, ...]:
        """The values of one property; where it can have one only and sources give several, each says so."""
        said: dict[str, list[EntityRecord]] = {}
        for record in records:
            held = record.values.get(prop.name)
            for value in held if isinstance(held, tuple | list) else () if held is None else (held,):
                said.setdefault(self.value(prop, value), []).append(record)
        standing = [text for text, givers in said.items() if any(item.qualifiers.status not in OVER for item in givers)]
        differ = (
            not prop.many and len(standing) > 1 and len({item.qualifiers.source for text in standing for item in said[text]}) > 1
        )
        facts = []
        for text, givers in said.items():
            best = min((mark_of(item.qualifiers) for item in givers), key=_rank)
            evidence = tuple(dict.fromkeys(self.evidence(item.qualifiers, text if differ else "") for item in givers))
            # The date of the record is shown once, at the top of the page: a value repeats only that it is no fact yet, or over.
            facts.append(Fact(text, replace(best, period="", as_stated=""), evidence, disagree=differ and text in standing))
        return tuple(facts)

    def relations(self, thing: str, cls: Class, claims: Sequence[RelationClaim]) -> tuple[Section, ...]:
        """A section for each relation, in the direction in which the thing stands in it, in the order of the Model."""
        found: dict[str, dict[str, list[RelationClaim]]] = defaultdict(lambda: defaultdict(list))
        for claim in claims:
            forward = self.model.relations.get(claim.relation)
            if not forward:
                continue
            if claim.subject == thing:
                found[forward.name][claim.object].append(claim)
            if claim.object == thing and (claim.subject != thing or not forward.symmetric):
                found[forward.name if forward.symmetric else forward.inverse][claim.subject].append(claim)
        order = [relation.name for relation in cls.relations]
        sections = []
        for name in sorted(found, key=lambda item: order.index(item) if item in order else len(order)):
            relation = self.model.relations.get(name)
            facts = [fact for other, said in found[name].items() for fact in self.fact(said, other)]
            kept = [fact for fact in facts if not self.is_aside(relation, fact)]
            if kept and relation:
                kept.sort(key=lambda fact: (fact.group, _rank(fact.mark), fact.text.casefold()))
                sections.append(Section(words.sentence(relation.label), relation.definition, tuple(kept)))
        return tuple(sections)

    def is_aside(self, relation: Relation | None, fact: Fact) -> bool:
        """Whether a fact belongs in one of the sections of :data:`ASIDE`."""
        thing = self.around.get(fact.target)
        return bool(relation and not relation.forward and thing and thing.class_name in ASIDE)

    def speaking(
        self, thing: str, claims: Sequence[RelationClaim], class_name: str
    ) -> list[tuple[Neighbour, list[RelationClaim]]]:
        """Things of ``class_name`` that speak of ``thing``, with the claims that tie them to it."""
        tied: dict[str, list[RelationClaim]] = {}
        for claim in claims:
            other = self.around.get(claim.subject)
            if claim.object == thing and other and other.class_name == class_name:
                tied.setdefault(other.id, []).append(claim)
        return [(self.around[other], said) for other, said in tied.items()]

    def statements(self, thing: str, claims: Sequence[RelationClaim]) -> tuple[Section, ...]:
        """The statements of the sources about it, by kind of statement."""
        cls = self.model.classes.get("Statement")
        prop = cls.property("kind") if cls else None
        scheme = self.model.schemes.get(prop.scheme) if prop else None
        by_kind: dict[str, list[Fact]] = {}
        for other, said in self.speaking(thing, claims, "Statement"):
            for fact in self.fact(said, other.id):
                by_kind.setdefault(str(other.values.get("kind", "")), []).append(replace(fact, detail=fact.detail or fact.text))
        sections = []
        for kind, facts in by_kind.items():
            concept = scheme.find(kind) if scheme else None
            facts.sort(key=lambda fact: (_rank(fact.mark), fact.detail.casefold()))
            title = words.sentence(concept.label) if concept else "Said of it"
            sections.append(Section(title, concept.definition if concept else "", tuple(facts)))
        return tuple(sorted(sections, key=lambda section: section.title))

    def observations(self, thing: str, claims: Sequence[RelationClaim]) -> tuple[Fact, ...]:
        """Figures, with unit, population and date; those in which sources differ say so."""
        facts: list[tuple[tuple[str, ...], Fact]] = []
        for other, said in self.speaking(thing, claims, "Observation"):
            values = other.values
            measure = self.words_of("Observation", "measure", values)
            if measure in ("", "other"):
                measure = other.name
            unit = self.words_of("Observation", "unit", values)
            amount = self.amount(values, unit)
            population = str(values.get("population") or "")
            when = str(values.get("dateStated") or "") or words.day(values.get("earliest"))
            for fact in self.fact(said, other.id):
                shown = replace(fact, text=amount, kind=measure, group=population, detail=when)
                facts.append(((measure, population, unit), shown))
        said_by: dict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
        for key, fact in facts:
            said_by[key].update((fact.text, item.source) for item in fact.evidence)
        shown_facts = []
        for key, fact in sorted(facts, key=lambda item: (item[0], item[1].text)):
            differ = len({text for text, _ in said_by[key]}) > 1 and len({source for _, source in said_by[key]}) > 1
            shown_facts.append(replace(fact, disagree=differ))
        return tuple(shown_facts)

    def amount(self, values: Mapping[str, Any], unit: str) -> str:
        """A value, or the bounds that a source gives, with the unit: ``30,000 to 50,000 people``."""
        about = "about " if values.get("approximate") else ""
        low, high = values.get("minimum"), values.get("maximum")
        if values.get("value") is not None:
            text = about + words.number(values["value"])
        elif low is not None and high is not None:
            text = f"{about}{words.number(low)} to {words.number(high)}"
        elif low is not None:
            text = f"at least {words.number(low)}"
        elif high is not None:
            text = f"at most {words.number(high)}"
        else:
            return words.NOT_STATED
        if unit == "pounds":
            return text.replace("about ", "about £") if about else f"£{text}"
        if unit == "per cent":
            return f"{text}%"
        return text if unit in ("", "other") else f"{text} {words.one_of(unit) if values.get('value') == 1 else unit}"

    def words_of(self, class_name: str, name: str, values: Mapping[str, Any]) -> str:
        """The label of a closed list's term among ``values``; empty where there is none."""
        cls = self.model.classes.get(class_name)
        prop = cls.property(name) if cls else None
        value = values.get(name)
        return self.value(prop, value) if prop and isinstance(value, str) else ""

    def questions(self, thing: str, claims: Sequence[RelationClaim]) -> tuple[Fact, ...]:
        """The questions that the sources leave open about it."""
        facts = []
        for other, said in self.speaking(thing, claims, "OpenQuestion"):
            text = str(other.values.get("question") or other.name)
            reason = str(other.values.get("reason") or "")
            # The mark beside it says already that it is not stated.
            rest = reason[len("not stated") :].lstrip(" .:;,") if reason.lower().startswith("not stated") else reason
            answerer = str(other.values.get("answerableBy") or "")
            detail = f"{words.sentence(rest)} {f'Could be answered by: {answerer}.' if answerer else ''}".strip()
            facts += [replace(fact, text=text, detail=detail) for fact in self.fact(said, other.id)]
        return tuple(sorted(facts, key=lambda fact: fact.text.casefold()))


def arrange(model: Model, thing: str, claims: Sequence[Claim], around: Mapping[str, Neighbour]) -> Page | None:
    """The page of ``thing``; ``None`` where no source says that it is, or its class is not in the Model."""
    records = [claim for claim in claims if isinstance(claim, EntityRecord) and claim.entity == thing]
    cls = model.classes.get(records[0].class_name) if records else None
    if cls is None:
        return None
    relations = [claim for claim in claims if isinstance(claim, RelationClaim)]
    arranger = Arranger(model, around)
    me = around.get(thing)
    best = min((mark_of(item.qualifiers) for item in records), key=_rank)
    counts: dict[str, int] = defaultdict(int)
    for claim in claims:
        counts[claim.qualifiers.source] += 1
    prop = cls.property("kind")
    scheme = model.schemes.get(prop.scheme) if prop else None
    kinds = arranger.property_facts(prop, records) if prop else ()
    concept = scheme.find(kinds[0].text) if scheme and kinds else None
    held = {name: value for record in reversed(records) for name, value in record.values.items()}
    return Page(
        id=thing,
        name=me.name if me else str(held.get("name", thing)),
        cls=cls,
        kind=concept.label if concept else "",
        kind_definition=concept.definition if concept else "",
        mark=best,
        description=str((me.values.get("description") if me else None) or held.get("description") or ""),
        values=arranger.values(cls, records),
        relations=arranger.relations(thing, cls, relations),
        statements=arranger.statements(thing, relations),
        observations=arranger.observations(thing, relations),
        questions=arranger.questions(thing, relations),
        sources=tuple(
            (source, arranger.evidence(Qualifiers(source)).title, count)
            for source, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ),
        claims=len(claims),
    )
