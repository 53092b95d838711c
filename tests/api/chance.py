"""Requests made by chance from a seed, over all that the schema offers: nesting, fragments, conditions, order, pages, dates."""

from __future__ import annotations

import random
from collections.abc import Sequence

from world import WORDS, World

from graphsvc.api.schema.naming import Naming
from graphsvc.model import Class, Property, Relation
from graphsvc.provenance import CERTAINTIES, STATUSES

_DAYS = ("1990-01-01", "2017-01-01", "2017-05-10", "2018-04-01", "2018-07-09", "2019-06-01", "2020-11-01", "2021-04-01")
_CLAIM = "id locator confidence status certainty validFrom validTo asStated note dataset"


class Requests:
    """Makes request texts about a world."""

    def __init__(self, world: World, naming: Naming, seed: int) -> None:
        self._random = random.Random(seed)
        self._world = world
        self._dated = False
        """Whether the root field has a date, so that there may be conditions on certainty."""
        self._naming = naming
        self._model = naming.model
        told = {claim.relation for claim in world.claims if hasattr(claim, "relation")}
        inverse = {self._model.relations[name].inverse for name in told}
        self._told = {name for name in told | inverse if name}
        populated = set(world.things.values())
        self._classes = [
            item for item in self._model.classes.values() if any(c.name in populated for c in self._model.concrete(item.name))
        ]

    def request(self) -> str:
        """One request with one or two root fields."""
        roots = " ".join(f"{alias}: {self._root()}" for alias in ("a", "b")[: self._random.choice((1, 1, 1, 2))])
        return f"{{ {roots} }}"

    def _maybe(self, chance: float) -> bool:
        return self._random.random() < chance

    def _root(self) -> str:
        item = self._random.choice(self._classes)
        kind = self._random.choice(("list", "list", "connection", "single"))
        common = []
        self._dated = self._maybe(0.6)
        if self._dated:
            common.append(f'asOf: "{self._random.choice(_DAYS)}"')
        if self._maybe(0.3):
            common.append(f"certainty: {self._certainties()}")
        if self._maybe(0.35):
            common.append(f"status: {self._statuses()}")
        if kind == "single":
            entity = self._random.choice(list(self._world.things))
            return (
                f'node(id: "{entity}"{"".join(", " + part for part in common)}) {self._thing(self._model.classes["Entity"], 2)}'
            )
        arguments = [*common, *self._listing(item, 2)]
        if kind == "list":
            return f"{item.plural}{self._call(arguments)} {self._thing(item, 2)}"
        if self._maybe(0.2):
            arguments = [part for part in arguments if not part.startswith(("first", "offset"))] + [
                f"last: {self._random.randrange(1, 5)}"
            ]
        return f"{item.plural}Connection{self._call(arguments)} {self._connection(item, 2, edge='')}"

    @staticmethod
    def _call(arguments: Sequence[str]) -> str:
        return f"({', '.join(arguments)})" if arguments else ""

    def _certainties(self) -> str:
        return f"[{', '.join(self._random.sample(CERTAINTIES, self._random.choice((1, 1, 2, 3, 4))))}]"

    def _statuses(self) -> str:
        return f"[{', '.join(self._random.sample(STATUSES, self._random.randrange(1, 4)))}]"

    def _listing(self, item: Class, depth: int) -> list[str]:
        arguments = []
        if self._maybe(0.5) and depth:
            arguments.append(f"where: {self._where(item, depth, claim=False)}")
        if self._maybe(0.4):
            arguments.append(f"orderBy: {self._order(item)}")
        if self._maybe(0.5):
            arguments.append(f"first: {self._random.randrange(0, 6)}")
        if self._maybe(0.2):
            arguments.append(f"offset: {self._random.randrange(0, 3)}")
        return arguments

    def _order(self, item: Class) -> str:
        names = ["id", "status", "validFrom", "validTo", *(entry.name for entry in item.properties if not entry.many)]
        chosen = self._random.sample(names, self._random.randrange(1, 3))
        return "[" + ", ".join(f"{{{name}: {self._random.choice(('ASC', 'DESC'))}}}" for name in chosen) + "]"

    def _connection(self, item: Class, depth: int, edge: str) -> str:
        parts = []
        if self._maybe(0.7):
            parts.append("totalCount")
        if self._maybe(0.5):
            parts.append("hidden { status certainty count }")
        if self._maybe(0.4):
            parts.append("pageInfo { hasNextPage hasPreviousPage }")
        if self._maybe(0.2):
            parts.append(f"nodes {self._thing(item, depth - 1)}")
        if self._maybe(0.8) or not parts:
            parts.append(f"edges {{ node {self._thing(item, depth - 1)} {edge} }}")
        return f"{{ {' '.join(parts)} }}"

    def _relations(self, item: Class) -> list[Relation]:
        return [relation for relation in item.relations if relation.name in self._told]

    def _thing(self, item: Class, depth: int) -> str:
        parts = [
            "id",
            *self._random.sample(
                ["__typename", "type", "iri", "status", "validFrom", "validTo", "asStated", "note", "certainty"], 4
            ),
        ]
        parts += [entry.name for entry in item.properties if self._maybe(0.4)]
        if self._maybe(0.2):
            wanted = '(property: ["name", "kind"])' if self._maybe(0.5) else ""
            parts.append(
                f"{'named: ' if wanted else ''}claims{wanted} {{ {_CLAIM} source {{ title }} values {{ property value }} }}"
            )
        relations = self._relations(item)
        if depth > 0 and relations:
            for relation in self._random.sample(relations, min(len(relations), self._random.randrange(0, 3))):
                parts.append(self._relation(relation, depth))
        below = [entry for entry in self._model.classes.values() if item.name in entry.ancestors and entry in self._classes]
        if below and self._maybe(0.5):
            narrower = self._random.choice(below)
            parts.append(f"... on {narrower.name} {self._thing(narrower, depth - 1)}")
        return f"{{ {' '.join(parts)} }}"

    def _relation(self, relation: Relation, depth: int) -> str:
        target = self._model.classes[relation.range]
        status = [f"status: {self._statuses()}"] if self._maybe(0.2) else []
        name = f"{self._random.choice('xyz')}{self._random.randrange(10_000)}: {relation.field}"
        if not relation.list_only and self._maybe(0.4):
            edge = "status certainty validFrom validTo asStated edtf note" if self._maybe(0.6) else ""
            if self._maybe(0.5):
                edge += f" claims {{ {_CLAIM} {'source { title published }' if self._maybe(0.5) else ''} }}"
            arguments = [*status, *self._listing(target, 1)]
            return f"{name}Connection{self._call(arguments)} {self._connection(target, depth - 1, edge)}"
        if not relation.many:
            return f"{name}{self._call(status)} {self._thing(target, depth - 1)}"
        return f"{name}{self._call([*status, *self._listing(target, 1)])} {self._thing(target, depth - 1)}"

    def _where(self, item: Class, depth: int, claim: bool) -> str:
        parts: list[str] = []
        for _ in range(self._random.choice((1, 1, 2))):
            roll = self._random.random()
            if roll < 0.15 and depth:
                entries = ", ".join(self._where(item, depth - 1, claim) for _ in range(2))
                parts.append(f"{self._random.choice(('AND', 'OR'))}: [{entries}]")
            elif roll < 0.25 and depth:
                parts.append(f"NOT: {self._where(item, depth - 1, claim)}")
            elif roll < 0.55 and depth and self._relations(item):
                relation = self._random.choice(self._relations(item))
                inner = "{}" if self._maybe(0.3) else self._where(self._model.classes[relation.range], depth - 1, claim=True)
                parts.append(f"{relation.field}: {{{self._random.choice(('some', 'none', 'every'))}: {inner}}}")
            elif roll < 0.7 and claim:
                parts.append(f"claim: {self._claim_where()}")
            elif roll < 0.75:
                parts.append(f"claims: {{{self._random.choice(('some', 'none', 'every'))}: {self._claim_where()}}}")
            elif roll < 0.78 and self._dated:
                parts.append(f"certainty: {{{self._random.choice(('in', 'notIn'))}: {self._certainties()}}}")
            elif roll < 0.8:
                parts.append(f"status: {{in: {self._statuses()}}}")
            elif roll < 0.85 and self._naming.classes[item.name].is_interface:
                named = self._random.choice([entry.name for entry in self._classes])
                parts.append(f"type: {{{self._random.choice(('in', 'notIn'))}: [{named}]}}")
            else:
                entry = self._random.choice(item.properties)
                parts.append(f"{entry.name}: {self._condition(entry)}")
        # An input object may name a field once.
        unique = {part.partition(":")[0]: part for part in parts}
        return "{" + ", ".join(unique.values()) + "}"

    def _claim_where(self) -> str:
        day = self._random.choice(_DAYS)
        if self._dated and self._maybe(0.15):
            return f"{{certainty: {{in: {self._certainties()}}}}}"
        return self._random.choice(
            (
                '{source: {eq: "source/a"}}',
                '{source: {in: ["source/b", "source/c"]}, confidence: {eq: EXPLICIT}}',
                "{confidence: {ne: EXPLICIT}}",
                f"{{status: {{in: {self._statuses()}}}}}",
                f'{{validFrom: {{gte: "{day}"}}}}',
                '{OR: [{validTo: {isNull: true}}, {asStated: {startsWith: "BY"}}]}',
                '{NOT: {locator: {contains: "Slide"}}}',
                "{note: {isNull: false}}",
            )
        )

    def _condition(self, entry: Property) -> str:
        chance = self._random
        if entry.datatype == "enum":
            terms = [concept.name for concept in self._model.schemes[entry.scheme].concepts[:5]]
            if entry.many:
                return chance.choice(
                    (f"{{has: {chance.choice(terms)}}}", f"{{hasAny: [{', '.join(terms[:2])}]}}", "{isEmpty: true}")
                )
            return chance.choice(
                (
                    f"{{eq: {terms[0]}}}",
                    f"{{ne: {terms[0]}}}",
                    f"{{in: [{', '.join(terms[:2])}]}}",
                    f"{{notIn: [{terms[0]}]}}",
                    "{isNull: true}",
                )
            )
        if entry.datatype in ("integer", "decimal"):
            return chance.choice(("{gt: 1}", "{lte: 8}", "{eq: 8}", "{in: [1, 2, 8]}", "{isNull: false}", "{ne: 2}"))
        if entry.datatype == "boolean":
            return chance.choice(("{eq: true}", "{ne: true}", "{isNull: true}"))
        if entry.datatype == "date":
            return chance.choice((f'{{gte: "{_DAYS[1]}"}}', f'{{lt: "{_DAYS[2]}"}}', "{isNull: true}"))
        word = chance.choice((*WORDS, "Listed"))
        if entry.many:
            return chance.choice(
                (
                    f'{{has: "{word}"}}',
                    f'{{hasAll: ["{word}", "alpha"]}}',
                    f'{{hasAny: ["{word}", "Zeta"]}}',
                    f'{{anyContains: "{word.upper()[1:3]}"}}',
                    "{isEmpty: false}",
                )
            )
        # As the world names its things, so that what is looked up is found.
        names = [f"{one} {chance.randrange(4)}" for one in (word, "Listed")] if entry.name == "name" else [word, WORDS[0]]
        return chance.choice(
            (
                f'{{eq: "{names[0]}"}}', f'{{in: ["{names[0]}", "{names[1]}"]}}',
                f'{{ne: "{word}"}}', f'{{contains: "{word.upper()[1:3]}"}}', f'{{startsWith: "{word[0].lower()}"}}',
                f'{{endsWith: "{chance.randrange(4)}"}}', f'{{notIn: ["{word}"]}}', "{isNull: true}",
            )
        )  # fmt: skip
