"""The reference of the ontology, in Markdown: every class, property, relation, closed list and rule, as the Model has them.

``python -m graphsvc.exports.reference`` writes it to ``docs/ontology.md``; ``make snapshot`` does so among other things.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from graphsvc.model import Class, Model, Property, Relation, Scheme, Topic
from graphsvc.ontology import read_model
from graphsvc.settings import Settings, project_root

_Filed = TypeVar("_Filed", Class, Relation, Scheme)

INTRODUCTION = """\
# The ontology

What the graph can say. Written from `ontology/` (what terms mean) and `shapes/` (what a record must look like) by
`make snapshot`; to change it, change those. [Adding a class](adding-a-class.md) shows how.

Everything here is also in GraphiQL's documentation, in the notes of the workbook (`graphsvc template`), and in the messages of
`graphsvc validate`. IRIs of terms start with `{namespace}`, written `gs:`.
"""


def reference(model: Model) -> str:
    """The whole reference; the same Model gives the same text."""
    parts = [INTRODUCTION.format(namespace=model.namespace), *_contents(model), *_claims(model)]
    for topic in model.topics.values():
        parts += _topic(model, topic)
    parts += _rules(model)
    return "\n".join(parts).rstrip() + "\n"


def _contents(model: Model) -> Iterator[str]:
    classes, relations = model.classes.values(), [item for item in model.relations.values() if item.forward]
    concepts = sum(len(scheme.concepts) for scheme in model.schemes.values())
    yield (
        f"{len(classes)} classes, {len(relations)} relations (each with its inverse), "
        f"{len(model.schemes)} closed lists with {concepts} terms.\n"
    )
    yield from _table(
        ["topic", "classes"],
        (
            [f"[{topic.title}](#{_anchor(topic.title)})", ", ".join(_link(item.name) for item in _of(classes, topic)) or " "]
            for topic in model.topics.values()
        ),
    )


def _claims(model: Model) -> Iterator[str]:
    yield "## What every claim carries\n"
    yield "Every fact is a claim of a source. In GraphQL these are fields of a relation's edge, and of each of its `claims`.\n"
    yield from _table(
        ["name", "type", "meaning"], ([f"`{item.name}`", _type(item), item.definition] for item in model.qualifiers.values())
    )


def _topic(model: Model, topic: Topic) -> Iterator[str]:
    yield f"## {topic.title}\n"
    yield f"{topic.description} `{topic.file}`, `{topic.file.replace('ontology/', 'shapes/')}`\n"
    for item in _of(model.classes.values(), topic):
        yield from _class(model, item)
    shared = [item for item in _of(model.relations.values(), topic) if item.forward]
    elsewhere = [item for item in shared if len(item.domains) > 1 or model.classes[item.domain].file != topic.file]
    if elsewhere:
        yield "### Further relations\n"
        yield from _relations(model, elsewhere, with_domain=True)
    for scheme in _of(model.schemes.values(), topic):
        yield from _scheme(scheme)


def _class(model: Model, item: Class) -> Iterator[str]:
    yield f"### {item.name}\n"
    yield f"**{item.label}**: {item.definition}\n"
    if item.deprecated:
        yield f"Deprecated: {item.deprecated}\n"
    yield from (f"- {line}" for line in _facts(model, item))
    yield ""
    own = [prop for prop in item.properties if prop.domain == item.name]
    if own:
        yield from _table(
            ["property", "type", "how many", "meaning", "example"],
            ([f"`{prop.name}`", _type(prop), _count(prop), _meaning(prop), prop.example] for prop in own),
        )
    relations = [rel for rel in item.relations if rel.domains == (item.name,) and rel.file == item.file]
    forward = [rel for rel in relations if rel.forward]
    if forward:
        yield from _relations(model, forward)
    backward = [rel for rel in item.relations if item.name in rel.domains and not rel.forward and item.name != "Entity"]
    if backward:
        named = ", ".join(f"`{rel.field}` (inverse of `{rel.inverse}` of {_links(rel.ranges)})" for rel in backward)
        yield f"Read the other way: {named}.\n"


def _facts(model: Model, item: Class) -> Iterator[str]:
    if item.parents:
        yield "Kind of " + ", ".join(_link(name) for name in item.parents) + "."
    kinds = [other.name for other in model.classes.values() if item.name in other.parents]
    if kinds:
        yield "Its kinds: " + ", ".join(_link(name) for name in kinds) + "."
    if item.other_words:
        yield f"Also called: {', '.join(item.other_words)}."
    if item.alignments:
        yield f"Alignment: {_aligned(model, item.alignments)}."
    if item.abstract:
        yield f"Abstract: an interface in GraphQL, `{item.field}`, `{item.plural}`, `{item.plural}Connection`."
    else:
        yield (
            f"GraphQL `{item.field}`, `{item.plural}`, `{item.plural}Connection`; "
            f"sheet `{item.sheet}`; ids start with `{item.slug}/`."
        )


def _relations(model: Model, relations: Sequence[Relation], *, with_domain: bool = False) -> Iterator[str]:
    yield from _table(
        ["relation", "field", *(["from"] if with_domain else []), "to", "how many", "meaning", "the other way"],
        (
            [
                f"`{item.name}`",
                f"`{item.field}`",
                *([_links(item.domains)] if with_domain else []),
                _links(item.ranges),
                _count(item),
                _relation_meaning(model, item),
                _backwards(model, item),
            ]
            for item in relations
        ),
    )


def _relation_meaning(model: Model, item: Relation) -> str:
    notes = [item.definition]
    if item.other_words:
        notes.append(f"Also called: {', '.join(item.other_words)}.")
    if item.list_only:
        notes.append("A plain list in GraphQL; `links` gives dates and evidence.")
    if item.with_subject:
        notes.append("Holds with its subject: where no source dates it, it may have begun with that.")
    if item.transitive:
        notes.append(
            "Transitive in meaning; the field gives the links that sources state, the condition `anywhere` follows them."
        )
    if item.sheet_column:
        notes.append("Has a column in every sheet." if item.domains == ("Entity",) else "Has a column in the sheet of the class.")
    if item.alignments:
        notes.append(f"Alignment: {_aligned(model, item.alignments)}.")
    if item.deprecated:
        notes.append(f"Deprecated: {item.deprecated}")
    return " ".join(notes)


def _backwards(model: Model, item: Relation) -> str:
    if item.symmetric:
        return "the same"
    other = model.relations[item.inverse]
    return f"`{other.name}`, field `{other.field}`: {other.definition}"


def _scheme(scheme: Scheme) -> Iterator[str]:
    yield f"### {scheme.name}\n"
    yield f"Closed list. {scheme.definition}\n"
    yield from _table(
        ["in a sheet", "in GraphQL", "meaning"], ([item.label, f"`{item.name}`", item.definition] for item in scheme.concepts)
    )


def _rules(model: Model) -> Iterator[str]:
    yield "## Rules\n"
    yield "What `graphsvc validate` checks besides properties and relations. Violations set a record aside; warnings do not.\n"
    yield from _table(
        ["rule", "severity", "what it says"], ([f"`{item.name}`", item.severity, " ".join(item.messages)] for item in model.rules)
    )


def _type(item: Property) -> str:
    if item.scheme:
        return _link(item.scheme)
    return {"uri": "IRI", "string": "text", "boolean": "true or false", "integer": "whole number", "decimal": "number"}.get(
        item.datatype, item.datatype
    )


def _meaning(item: Property) -> str:
    pattern = f" Form: `{item.pattern}`." if item.pattern else ""
    deprecated = f" Deprecated: {item.deprecated}" if item.deprecated else ""
    return item.definition + pattern + deprecated


def _count(item: Property | Relation) -> str:
    if item.max_count is None:
        return "1 or more" if item.min_count else "any"
    if item.min_count == item.max_count:
        return str(item.max_count)
    return f"{item.min_count} to {item.max_count}"


def _aligned(model: Model, alignments: Iterable[tuple[str, str]]) -> str:
    words = {"subClassOf": "kind of", "subPropertyOf": "kind of", "closeMatch": "close to", "seeAlso": "see also"}
    return ", ".join(f"{words.get(how, how)} [{_short(model, iri)}]({iri})" for how, iri in alignments)


def _short(model: Model, iri: str) -> str:
    for prefix, start in model.prefixes.items():
        if iri.startswith(start):
            return f"{prefix}:{iri[len(start) :]}"
    return iri.partition("//")[2].partition("/")[0]


def _of(items: Iterable[_Filed], topic: Topic) -> list[_Filed]:
    return [item for item in items if item.file == topic.file]


def _link(name: str) -> str:
    return f"[{name}](#{_anchor(name)})"


def _links(names: Iterable[str]) -> str:
    return ", ".join(_link(name) for name in names)


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def main() -> None:
    """Write ``docs/ontology.md`` of the checkout."""
    settings = Settings()
    model = read_model(settings.folder("ontology"), settings.folder("shapes"))
    (project_root() / "docs" / "ontology.md").write_text(reference(model), encoding="utf-8")


if __name__ == "__main__":
    main()
