"""A slow, obvious evaluation of the GraphQL API over claims: what every answer is compared with.

It shares nothing with the planner. graphql-core's own executor walks the request, and each field is resolved by going through
all claims again. The rules of status and date are those of ``docs/decisions/0012-status-and-as-at.md``, written out once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import ExecutionResult, FieldNode, GraphQLResolveInfo, GraphQLSchema, execute_sync, parse
from graphql.type import GraphQLAbstractType

from graphsvc.model import Model, Relation
from graphsvc.provenance import Claim, EntityRecord, Qualifiers, RelationClaim

TRUE = {"IN_FORCE", "SHADOW"}
OVER = {"ENDED", "SUPERSEDED"}
EVERY = ("IN_FORCE", "SHADOW", "PLANNED", "PROPOSED", "INTENDED", "ENDED", "SUPERSEDED")
ORDER = ("IN_FORCE", "SHADOW", "INTENDED", "PROPOSED", "PLANNED", "ENDED", "SUPERSEDED")
QUALIFIERS = ("status", "validFrom", "validTo", "asStated", "edtf", "note")


def plain(value: Any) -> Any:
    """Enum terms by name, all the way down."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    return value


def qualifiers(given: Qualifiers) -> dict[str, Any]:
    """Qualifiers as the API shows them."""
    return {
        "status": given.status,
        "validFrom": given.valid_from.isoformat() if given.valid_from else None,
        "validTo": given.valid_to.isoformat() if given.valid_to else None,
        "asStated": given.as_stated or None,
        "edtf": given.edtf or None,
        "note": given.note or None,
    }


@dataclass
class Thing:
    """A thing with its records, best first."""

    id: str
    type: str
    records: list[EntityRecord]

    @property
    def best(self) -> Qualifiers:
        """The qualifiers it is shown with."""
        return self.records[0].qualifiers

    @property
    def described(self) -> bool:
        """Whether some source does more than refer to it."""
        return not all(map(stub, self.records))

    def value(self, name: str, as_of: str | None, needed: bool) -> Any:
        """What it is; with a date what it was then, or what it is if it was nothing then and has to be something."""
        today = self.first(name, [record for record in self.records if not self.replaced(record)])
        if as_of is None:
            return today
        holding = [record for record in self.records if Env(as_of).holds(record.qualifiers)]
        if not holding or (self.described and all(map(stub, holding))):
            return today

        holding.sort(key=over)  # best first where it is equal
        holding.sort(key=stub)
        found = self.first(name, holding)
        return today if found is None and needed else found

    def replaced(self, record: EntityRecord) -> bool:
        """Whether its dataset says something else by now."""
        others = [other for other in self.records if other.dataset == record.dataset and not stub(other)]
        return record.qualifiers.status == "SUPERSEDED" and any(other.qualifiers.status != "SUPERSEDED" for other in others)

    def first(self, name: str, records: list[EntityRecord]) -> Any:
        """The value of the first record that gives one; all that any record gives where there may be many."""
        many: list[Any] = []
        told: list[EntityRecord] = []
        for record in records:
            found = record.values.get(name)
            if isinstance(found, tuple):
                before = [other for other in told if other.dataset == record.dataset and other.qualifiers.status == "SUPERSEDED"]
                if all(over(record) == over(other) for other in before):
                    many += [item for item in found if item not in many]
                    told += [record] if found else []
            elif found not in (None, "") and not (name == "referenceOnly" and found and self.described):
                return found
        return many or None


def stub(claim: Claim) -> bool:
    """Whether a record only refers to its thing."""
    return isinstance(claim, EntityRecord) and claim.values.get("referenceOnly") is True


def over(record: EntityRecord) -> tuple[bool, bool, str]:
    """What was superseded first, what has ended second, the rest last; of both, what was over first."""
    given = record.qualifiers
    ends = given.valid_to.isoformat() if given.status in OVER and given.valid_to else ""
    return given.status != "SUPERSEDED", given.status != "ENDED", ends


@dataclass(frozen=True)
class Env:
    """What the root field asked for."""

    as_of: str | None = None
    status: tuple[str, ...] | None = None
    everything: bool = False
    """Whether what every status would show is looked at, to count what is hidden."""

    def holds(self, given: Qualifiers) -> bool:
        """Whether it holds on the date."""
        assert self.as_of is not None
        if given.valid_from and self.as_of < given.valid_from.isoformat():
            return False
        if given.valid_to:
            return self.as_of < given.valid_to.isoformat()
        return given.status not in OVER

    def exactly(self, given: Qualifiers, statuses: Iterable[str]) -> bool:
        """Exactly these statuses; on a date those that hold, and what is over if it is named."""
        if given.status not in statuses:
            return False
        return self.as_of is None or given.status in OVER or self.holds(given)

    def default(self, given: Qualifiers) -> bool:
        """What is true; on a date, what was true then."""
        if self.as_of is None:
            return given.status in TRUE
        return given.status in TRUE | OVER and self.holds(given)

    def root(self, given: Qualifiers) -> bool:
        """For things of a root list."""
        if self.everything:
            return self.exactly(given, EVERY)
        return self.default(given) if self.status is None else self.exactly(given, self.status)

    def below(self, given: Qualifiers, more: Iterable[str] = ()) -> bool:
        """For claims and things below the root."""
        if self.everything:
            return self.exactly(given, EVERY)
        return self.default(given) or self.exactly(given, [*(self.status or ()), *more])

    def adds(self, given: Qualifiers, own: Iterable[str]) -> bool:
        """Whether a thing is shown because a relation asks for its status, and not by default."""
        return not self.default(given) and self.exactly(given, own)


@dataclass
class Edge:
    """A target and the claims that relate it, best first."""

    target: Thing
    claims: list[RelationClaim]


@dataclass
class Page:
    """A connection as it is resolved."""

    items: list[Any]
    start: int
    total: int
    hidden: Callable[[], dict[str, int]]
    has_next: bool


@dataclass
class Reference:
    """Answers requests over claims."""

    model: Model
    schema: GraphQLSchema
    claims: Iterable[Claim]
    base_iri: str
    default_page: int = 100
    hidden: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.claims = list(self.claims)
        records = [claim for claim in self.claims if isinstance(claim, EntityRecord)]
        self.published = {
            claim.entity: "9999-12-31" if claim.values.get("kind") == "DIRECTORY" else str(claim.values["published"])
            for claim in records
            if claim.class_name == "Source" and "published" in claim.values
        }
        grouped: dict[str, list[EntityRecord]] = {}
        for claim in records:
            grouped.setdefault(claim.entity, []).append(claim)
        self.things = {
            entity: Thing(entity, entries[0].class_name, sorted(entries, key=self.rank)) for entity, entries in grouped.items()
        }
        self.relations = [claim for claim in self.claims if isinstance(claim, RelationClaim)]

    def rank(self, claim: Claim) -> tuple[Any, ...]:
        """Best first: no stub, status, explicit before inferred, later source first, then source, locator and id."""
        given = claim.qualifiers
        day = self.published.get(given.source, "")
        later_first = tuple(9 - int(digit) for digit in day if digit.isdigit())
        chance = f"{given.source}|{given.locator}|{claim.id}"
        return (stub(claim), ORDER.index(given.status), given.confidence != "EXPLICIT", not day, later_first, chance)

    def ask(self, text: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """``data`` of the answer, and ``hidden`` by root field."""
        self.hidden = {}
        result = execute_sync(
            self.schema,
            parse(text),
            variable_values=dict(variables or {}),
            field_resolver=self.resolve,
            type_resolver=self.type_of,
        )
        assert isinstance(result, ExecutionResult)
        assert not result.errors, result.errors
        return {"data": result.data, "hidden": self.hidden}

    def type_of(self, value: Any, _info: GraphQLResolveInfo, _kind: GraphQLAbstractType) -> str:
        """Name of the object type."""
        thing = value[0]
        below = [item for item in self.model.classes.values() if thing.type in item.ancestors]
        return f"Plain{thing.type}" if below else str(thing.type)

    def resolve(self, source: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """The value of any field."""
        arguments = plain(given)
        if source is None:
            return self.root(info, arguments)
        kind = info.parent_type.name
        if isinstance(source, tuple) and isinstance(source[0], Thing):
            return self.of_thing(source[0], source[1], info.field_name, arguments)
        if isinstance(source, Page):
            return self.of_page(source, info.field_name)
        if isinstance(source, dict):
            return source[info.field_name]
        raise AssertionError(f"{kind}.{info.field_name}")

    # -- roots ------------------------------------------------------------------------------------------------------------

    def root(self, info: GraphQLResolveInfo, arguments: dict[str, Any]) -> Any:
        """A root field."""
        status = arguments.get("status")
        env = Env(arguments.get("asOf"), tuple(status) if status is not None else None)
        name = info.field_name
        if name == "nodes":
            return [(self.things[entity], env) if entity in self.things else None for entity in arguments["ids"]]
        for item in self.model.classes.values():
            classes = {entry.name for entry in self.model.concrete(item.name)}
            if name in (item.field, "node"):
                thing = self.things.get(arguments["id"])
                return (thing, env) if thing and (name == "node" or thing.type in classes) else None
            if name not in (item.plural, f"{item.plural}Connection"):
                continue
            where = arguments.get("where")

            def found(env: Env, classes: set[str] = classes, where: Any = where) -> list[Thing]:
                return [
                    thing
                    for thing in self.things.values()
                    if thing.type in classes and env.root(thing.best) and self.matches(thing, where, env, None)
                ]

            shown = self.ordered(found(env), arguments.get("orderBy"), env)

            def hidden(env: Env = env, shown: list[Thing] = shown, found: Callable[[Env], list[Thing]] = found) -> dict[str, int]:
                every = found(Env(env.as_of, None, everything=True))
                return count([thing.best.status for thing in every if thing.id not in {entry.id for entry in shown}])

            key = info.path.key
            page = self.page(shown, arguments, lambda thing: ((thing, env),), hidden)
            wanted = arguments.get("first", arguments.get("last", self.default_page))
            if not page.items and env.status is None and not arguments.get("offset") and wanted and hidden():
                selections = [
                    entry for node in info.field_nodes for entry in (node.selection_set.selections if node.selection_set else ())
                ]
                asked = {entry.name.value for entry in selections if isinstance(entry, FieldNode)}
                if name == item.plural or asked & {"edges", "nodes", "pageInfo"}:
                    self.hidden[str(key)] = hidden()
            return [entry[0] for entry in page.items] if name == item.plural else page
        raise AssertionError(name)

    # -- things -----------------------------------------------------------------------------------------------------------

    def of_thing(self, thing: Thing, env: Env, name: str, arguments: dict[str, Any]) -> Any:
        """A field of a thing."""
        if name in ("id", "type"):
            return getattr(thing, name)
        if name == "iri":
            return f"{self.base_iri}/id/{thing.id}"
        if name in QUALIFIERS:
            return qualifiers(thing.best)[name]
        if name == "claims":
            wanted = arguments.get("property")
            records = [self.record(entry, wanted, env) for entry in thing.records]
            return [entry for entry in records if wanted is None or entry["values"]]
        item = self.model.classes[thing.type]
        if entry := item.property(name):
            value = self.value(thing, name, env)
            return (value or []) if entry.many else value
        connection = name.endswith("Connection") and item.relation(name) is None
        relation = next(
            entry for entry in item.relations if entry.field == (name.removesuffix("Connection") if connection else name)
        )
        own = arguments.get("status")
        where = arguments.get("where")

        def edges(env: Env) -> list[Edge]:
            return [edge for edge in self.edges(thing, relation, env, None if env.everything else own, where) if edge.claims]

        shown = edges(env)
        targets = self.ordered([edge.target for edge in shown], arguments.get("orderBy"), env)
        by_id = {edge.target.id: edge for edge in shown}

        def hidden() -> dict[str, int]:
            wider = [edge for edge in edges(Env(env.as_of, None, everything=True)) if edge.target.id not in by_id]
            reasons = []
            for edge in wider:
                best = edge.claims[0].qualifiers
                passes = env.exactly(best, own) if own is not None else env.below(best)
                if own is not None and not relation.mentions:
                    passes = passes or (env.below(best) and not env.default(edge.target.best))
                reasons.append(edge.target.best.status if passes else best.status)
            return count(reasons)

        if not connection and not relation.many:
            return (targets[0], env) if targets else None
        page = self.page(targets, arguments, lambda target: ((target, env), by_id[target.id]), hidden)
        return page if connection else [entry[0] for entry in page.items]

    def record(self, record: EntityRecord, wanted: list[str] | None, env: Env) -> dict[str, Any]:
        """A record of a thing."""
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in sorted(record.values.items())}
        shown = [{"property": name, "value": value} for name, value in values.items() if wanted is None or name in wanted]
        return {**self.claim(record, env), "values": shown}

    def claim(self, claim: Claim, env: Env) -> dict[str, Any]:
        """What every claim shows."""
        given = claim.qualifiers
        source = self.things.get(given.source)
        return {
            "id": claim.id,
            "source": (source, env) if source else None,
            "locator": given.locator,
            "confidence": given.confidence,
            "dataset": claim.dataset,
            **qualifiers(given),
        }

    def edges(self, thing: Thing, relation: Relation, env: Env, own: list[str] | None, where: Any) -> list[Edge]:
        """Targets of a relation with the claims that pass."""
        stored = relation if relation.forward else self.model.relations[relation.inverse]
        found: dict[str, Edge] = {}
        for claim in sorted(self.relations, key=self.rank):
            if claim.relation != stored.name:
                continue
            ends = [(claim.subject, claim.object)] if relation.forward else [(claim.object, claim.subject)]
            if relation.symmetric:
                ends = [(claim.subject, claim.object), (claim.object, claim.subject)]
            for near, far in ends:
                if near != thing.id or far not in self.things:
                    continue
                target = self.things[far]
                passes = env.exactly(claim.qualifiers, own) if own is not None else env.below(claim.qualifiers)
                stands = relation.mentions or env.below(target.best, own or ())
                if own is not None and not relation.mentions and env.below(claim.qualifiers) and env.adds(target.best, own):
                    passes = stands = True
                if passes and stands and self.matches(target, where, env, claim):
                    found.setdefault(far, Edge(target, [])).claims.append(claim)
        return list(found.values())

    def value(self, thing: Thing, name: str, env: Env) -> Any:
        """What a property of a thing is, or was on the date."""
        entry = self.model.classes[thing.type].property(name)
        return thing.value(name, env.as_of, needed=bool(entry and entry.min_count))

    # -- where ------------------------------------------------------------------------------------------------------------

    def matches(self, thing: Thing, where: Any, env: Env, claim: RelationClaim | None) -> bool:
        """Whether a thing fulfils all conditions."""
        for name, condition in (where or {}).items():
            if name in ("AND", "OR", "NOT"):
                if not combined(name, condition, lambda inner: self.matches(thing, inner, env, claim)):
                    return False
            elif name == "claim":
                assert claim is not None
                if not self.claim_matches(claim, condition):
                    return False
            elif name == "claims":
                if not quantified(condition, thing.records, self.claim_matches):
                    return False
            elif name == "type":
                if not self.type_matches(thing, condition):
                    return False
            elif not self.field_matches(thing, name, condition, env):
                return False
        return True

    def field_matches(self, thing: Thing, name: str, condition: Any, env: Env) -> bool:
        """Whether a property, qualifier or relation fulfils its condition."""
        if name == "id":
            return fulfils(thing.id, condition)
        if name in QUALIFIERS:
            return fulfils(qualifiers(thing.best)[name], condition)
        item = self.model.classes[thing.type]
        if item.property(name):
            return fulfils(self.value(thing, name, env), condition)
        relation = next(entry for entry in item.relations if entry.field == name)
        pairs = [(edge.target, claim) for edge in self.edges(thing, relation, env, None, None) for claim in edge.claims]
        return quantified(condition, pairs, lambda pair, inner: self.matches(pair[0], inner, env, pair[1]))

    def type_matches(self, thing: Thing, condition: Mapping[str, Any]) -> bool:
        """Whether a thing is of one of some classes."""
        for operator, named in condition.items():
            names = [named] if isinstance(named, str) else named
            inside = any(thing.type == name or name in self.model.classes[thing.type].ancestors for name in names)
            if inside != (operator in ("eq", "in")):
                return False
        return True

    def claim_matches(self, claim: Claim, where: Any) -> bool:
        """Whether a claim fulfils all conditions."""
        given = claim.qualifiers
        shown = {
            "source": given.source,
            "locator": given.locator,
            "confidence": given.confidence,
            "dataset": claim.dataset,
            **qualifiers(given),
        }
        return all(
            combined(name, condition, lambda inner: self.claim_matches(claim, inner))
            if name in ("AND", "OR", "NOT")
            else fulfils(shown[name], condition)
            for name, condition in (where or {}).items()
        )

    # -- order and pages --------------------------------------------------------------------------------------------------

    def ordered(self, things: list[Thing], order: list[dict[str, str]] | None, env: Env) -> list[Thing]:
        """In the order asked for, then by name and id; what is not stated comes last."""
        found = sorted(things, key=lambda thing: (self.value(thing, "name", env), thing.id))
        for entry in reversed(order or []):
            ((name, direction),) = entry.items()

            def value(thing: Thing, name: str = name) -> Any:
                if name == "id":
                    return thing.id
                return qualifiers(thing.best)[name] if name in QUALIFIERS else self.value(thing, name, env)

            stated = [thing for thing in found if value(thing) is not None]
            unstated = [thing for thing in found if value(thing) is None]
            found = sorted(stated, key=value, reverse=direction == "DESC") + unstated
        return found

    def page(self, things: list[Thing], arguments: Mapping[str, Any], make: Callable[[Thing], Any], hidden: Any) -> Page:
        """The page asked for."""
        start = arguments.get("offset") or 0
        if "last" in arguments:
            start = max(start, len(things) - arguments["last"])
            size = arguments["last"]
        else:
            size = arguments.get("first", self.default_page)
        chosen = things[start : start + size]
        return Page([make(thing) for thing in chosen], start, len(things), hidden, start + size < len(things))

    def of_page(self, page: Page, name: str) -> Any:
        """A field of a connection. Cursors are opaque and not compared."""
        if name == "totalCount":
            return page.total
        if name == "nodes":
            return [entry[0] for entry in page.items]
        if name == "hidden":
            return [{"status": status, "count": number} for status, number in sorted(page.hidden().items())]
        if name == "pageInfo":
            return {"hasNextPage": page.has_next, "hasPreviousPage": page.start > 0, "startCursor": None, "endCursor": None}
        return [self.edge(entry) for entry in page.items]

    def edge(self, entry: tuple[Any, ...]) -> dict[str, Any]:
        """An edge; of a relation, with its claims."""
        shown: dict[str, Any] = {"node": entry[0], "cursor": "-"}
        if len(entry) > 1:
            edge, env = entry[1], entry[0][1]
            shown |= qualifiers(edge.claims[0].qualifiers)
            shown["claims"] = [self.claim(claim, env) for claim in edge.claims]
        return shown


def count(names: Iterable[str]) -> dict[str, int]:
    """How often each stands."""
    names = list(names)
    return {name: names.count(name) for name in sorted(set(names))}


def combined(operator: str, condition: Any, test: Callable[[Any], bool]) -> bool:
    """AND, OR and NOT."""
    if operator == "NOT":
        return not test(condition)
    entries = condition if isinstance(condition, list) else [condition]
    return all(map(test, entries)) if operator == "AND" else any(map(test, entries))


def quantified(condition: Mapping[str, Any], entries: Iterable[Any], test: Callable[[Any, Any], bool]) -> bool:
    """some, none and every."""
    results = {
        "some": lambda inner: any(test(entry, inner) for entry in entries),
        "none": lambda inner: not any(test(entry, inner) for entry in entries),
        "every": lambda inner: all(test(entry, inner) for entry in entries),
    }
    return all(results[name](inner) for name, inner in condition.items())


def fulfils(value: Any, condition: Mapping[str, Any]) -> bool:
    """Whether a value fulfils all operators; what is not stated fulfils none but ``isNull`` and ``isEmpty``."""
    return all(_fulfils(value, operator, wanted) for operator, wanted in condition.items())


def _fulfils(value: Any, operator: str, wanted: Any) -> bool:
    if operator == "isNull":
        return (value is None) == wanted
    if operator == "isEmpty":
        return (not value) == wanted
    if value is None:
        return False
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value == wanted,
        "ne": lambda: value != wanted,
        "in": lambda: value in wanted,
        "notIn": lambda: value not in wanted,
        "gt": lambda: value > wanted,
        "gte": lambda: value >= wanted,
        "lt": lambda: value < wanted,
        "lte": lambda: value <= wanted,
        "contains": lambda: wanted.lower() in value.lower(),
        "startsWith": lambda: value.lower().startswith(wanted.lower()),
        "endsWith": lambda: value.lower().endswith(wanted.lower()),
        "has": lambda: wanted in value,
        "hasAny": lambda: any(entry in value for entry in wanted),
        "hasAll": lambda: all(entry in value for entry in wanted),
    }
    return tests[operator]()
