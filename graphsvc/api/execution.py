"""Executes an operation: plans its root fields, reads the store for all of them, and shapes the rows at one revision.

graphql-core parses, validates and coerces variables; the answer does not pass through its resolvers (decision 0011).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

from graphql import GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues, get_variable_values

from graphsvc.api.answer_size import size_of
from graphsvc.api.cache import Cache
from graphsvc.api.documents import Document, DocumentErrors
from graphsvc.api.introspection import META_FIELDS, Introspection
from graphsvc.api.planning.arguments import parts_of, shape_of
from graphsvc.api.planning.place import Engine
from graphsvc.api.planning.plan import Plan
from graphsvc.api.planning.root_fields import plan_root
from graphsvc.api.planning.scale import Scale
from graphsvc.api.planning.selection import Collector
from graphsvc.api.planning.shaping import Answering
from graphsvc.api.questions import Question, plan_questions
from graphsvc.api.read_queue import ReadQueue
from graphsvc.api.schema.schema import Schema
from graphsvc.api.worker_thread import WorkerThread
from graphsvc.errors import LimitExceeded, QueryError, StoreBusy
from graphsvc.provenance import CERTAINTIES
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.store.sizes import Sizes

_ATTEMPTS = 5
LARGE = 5_000
"""Planned cost from which an answer is shaped beside the event loop, so that others are answered meanwhile."""
CODE_WEIGHT = 20
"""Bytes that a plan takes for each sign of its text, with the code that shapes its rows. Measured."""
LEAF_WEIGHT = 700
"""Bytes that a plan takes for each part of a variable that it reads. Measured."""
_DEAR: Mapping[str, str] = {
    "rows": "{share.cost:,} of them are what {share.path} may have to look at.",
    "where": "{share.cost:,} of them are what the conditions (where) of {share.path} may have to look at{most}.",
}
_CHEAPER: Mapping[str, str] = {
    "rows": "Ask for fewer things in the lists around it (first), nest less deeply, or ask fewer lists at once.",
    "where": "Name what an index serves, by eq, in or has, at the thing or at the far end of some: a name, a code, an identifier "
    "or an id. Or nest some, none and every less deeply, start from a smaller kind of thing, put the conditions to fewer lists.",
}


@dataclass(frozen=True)
class Prepared:
    """A planned operation for one shape of variables: answers that are ready, and plans that the store has to run."""

    keys: tuple[str, ...]
    """Response keys in order."""
    ready: Mapping[str, Any]
    """Answers that need no store."""
    plans: tuple[Plan, ...]
    schema_size: int = 0
    """Size of what the schema says of itself among them."""


@dataclass
class Outcome:
    """An answer with its extensions, its size and its timings."""

    data: dict[str, Any]
    extensions: dict[str, Any]
    size: int
    """About how many characters of JSON."""
    lasting: bool
    """Whether the same request has the same answer for as long as the schema is the same."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time by step: plan, store, shape."""


def _key(document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> tuple[str, str, Any]:
    """The key of a plan in the cache: text, operation, shape of the variables."""
    return document.text, operation.name.value if operation.name else "", shape_of(variables)


def _weight(document: Document, prepared: Prepared, key: tuple[str, str, Any]) -> int:
    """Estimate how many bytes the plans of an operation take."""
    code = CODE_WEIGHT * sum(len(plan.text) for plan in prepared.plans)
    return 4096 + code + document.weight // 2 + LEAF_WEIGHT * parts_of(key[2])


class Executor:
    """Executes operations of one schema on one store, and keeps the plans used last."""

    def __init__(
        self, schema: Schema, store: Store, settings: Settings, questions: tuple[Question, ...], worker: WorkerThread
    ) -> None:
        self._schema = schema
        self._store = store
        self._settings = settings
        self._questions = questions
        self._engine = Engine(getattr(store, "text_index", ""), getattr(store, "reads_in_order", False))
        self._worker = worker
        self._queue = ReadQueue(settings)
        self._scale: Scale | None = None
        self._revision = 0
        self._reading_sizes = asyncio.Lock()
        self._prepared: Cache[Any, Prepared] = Cache(settings.max_kept // 8 * 3)

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core has it."""
        return self._schema.graphql

    async def execute(self, document: Document, operation_name: str | None, given: Mapping[str, Any]) -> Outcome:
        """Answer one operation.

        Raises DocumentErrors for variables that do not fit, QueryError for arguments that mean nothing, LimitExceeded, and
        StoreError.
        """
        begun = time.perf_counter()
        operation = document.operation(operation_name)
        if operation.operation is not OperationType.QUERY:
            raise QueryError("Only queries are served; this graph is read-only.")
        values = self._variables(operation, given)
        variables = values.coerced
        key = _key(document, operation, variables)
        known = self._prepared.get(key)
        if known is not None:
            prepared = known
        elif document.of_schema:
            prepared = await self._worker.run(self._plan, document, operation, values)
        else:
            prepared = self._plan(document, operation, values)
        scale = await self._known_scale() if prepared.plans else None
        if scale and known is None and any(plan.by_sizes for plan in prepared.plans):
            prepared = self._plan(document, operation, values, scale)
        cost = self._check_cost(prepared, variables, scale) if scale else 0
        if known is None and not document.of_schema:
            self._prepared.put(key, prepared, _weight(document, prepared, key))
        reads = [{name: read(variables) for name, read in plan.reads.items()} for plan in prepared.plans]
        planned = time.perf_counter()
        rows, revision = await self._rows(prepared.plans, variables, scale, cost) if scale else ([], 0)
        asked = time.perf_counter()
        if cost > LARGE:
            outcome = await self._worker.run(self._shape, prepared, rows, revision, reads, variables)
        else:
            outcome = self._shape(prepared, rows, revision, reads, variables)
        outcome.seconds = {"plan": planned - begun, "store": asked - planned, "shape": time.perf_counter() - asked}
        return outcome

    def _variables(self, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> VariableValues:
        if not operation.variable_definitions:
            return VariableValues({}, {})
        values = get_variable_values(self.graphql, operation.variable_definitions, dict(given), max_errors=20)
        if isinstance(values, list):
            raise DocumentErrors(values, "BAD_USER_INPUT")
        return values

    def explain(
        self, document: Document, operation_name: str | None, given: Mapping[str, Any]
    ) -> list[tuple[str, str, dict[str, Any]]]:
        """The response key, Cypher text and parameters of each root field that the store answers."""
        operation = document.operation(operation_name)
        values = self._variables(operation, given)
        plans = self._plan(document, operation, values).plans
        return [(plan.key, plan.text, plan.given(values.coerced, lambda _: [])) for plan in plans]

    def cost(self, document: Document, operation_name: str | None, given: Mapping[str, Any], sizes: Sizes | None) -> int:
        """The planned cost of an operation on a store of some sizes. For tests and the bench."""
        operation = document.operation(operation_name)
        values = self._variables(operation, given)
        scale = Scale(self._schema.naming.model, sizes, self._settings.max_page)
        plans = self._plan(document, operation, values, scale if sizes else None).plans
        return sum(plan.cost.total(values.coerced, scale) for plan in plans)

    def _plan(
        self, document: Document, operation: OperationDefinitionNode, values: VariableValues, scale: Scale | None = None
    ) -> Prepared:
        collector = Collector(self.graphql, document.fragments, values.coerced)
        query = cast(GraphQLObjectType, self.graphql.query_type)
        engine = self._engine._replace(scale=scale)
        selection = collector.collect(query, [operation.selection_set])
        ready: dict[str, Any] = {}
        plans: list[Plan] = []
        introspection = Introspection(collector, values, self._settings.max_answer)
        for key, variants in selection.keys.items():
            variant = variants[0]
            if variant.field == "__typename":
                ready[key] = query.name
            elif variant.field in META_FIELDS:
                ready[key] = introspection.answer(variant)
            elif variant.field == "questions":
                ready[key] = plan_questions(collector, variant, self._questions)
            else:
                plans.append(plan_root(key, variant, collector, self._schema.naming, self._settings, engine))
        return Prepared(tuple(selection.keys), ready, tuple(plans), introspection.size)

    async def _known_scale(self) -> Scale:
        """The sizes of the store, read once for each revision that is met."""
        if self._scale is None:
            async with self._reading_sizes:
                if self._scale is None:
                    sizes = await self._store.sizes() if hasattr(self._store, "sizes") else None
                    self._revision = sizes.revision if sizes else 0
                    self._scale = Scale(self._schema.naming.model, sizes, self._settings.max_page)
        return self._scale

    def _check_cost(self, prepared: Prepared, variables: Mapping[str, Any], scale: Scale) -> int:
        """Check the planned cost against the limit. Raises LimitExceeded that names the dearest part."""
        cost = sum(plan.cost.total(variables, scale) for plan in prepared.plans)
        if cost > self._settings.max_cost:
            shares = (share for plan in prepared.plans for share in plan.cost.shares(variables, scale))
            dearest = max(shares, key=attrgetter("cost"))
            most = f", most of it {dearest.condition}" if dearest.condition else ""
            raise LimitExceeded(
                f"The planned cost of the request is {cost:,} things; the limit is {self._settings.max_cost:,}. "
                f"{_DEAR[dearest.what].format(share=dearest, most=most)}",
                _CHEAPER[dearest.what],
            )
        return cost

    async def _rows(
        self, plans: tuple[Plan, ...], variables: Mapping[str, Any], scale: Scale, cost: int
    ) -> tuple[list[list[Any] | None], int]:
        """Read one row for each plan; again if a load has brought releases since the sizes of the store were read."""
        given = [plan.given(variables, scale.speaking) for plan in plans]
        rows, revision = await self._ask(plans, given, cost)
        if self._scale is scale and revision != self._revision:
            self._scale = None
            newer = await self._known_scale() if any(plan.speaking for plan in plans) else scale
            renewed = [plan.given(variables, newer.speaking) for plan in plans]
            if renewed != given:
                return await self._ask(plans, renewed, cost)
        return rows, revision

    async def _ask(
        self, plans: tuple[Plan, ...], parameters: list[dict[str, Any]], cost: int
    ) -> tuple[list[list[Any] | None], int]:
        """Read one row for each plan, all at one revision; if a load is published in between, read again."""
        for _ in range(_ATTEMPTS):
            answers = await self._read(plans, parameters, cost)
            rows = [answer[0] if answer else None for answer in answers]
            revisions = {number for row in rows if row for number in (row[0], row[1])}
            # A store that has never been loaded has no revision, and no row.
            if len(revisions) <= 1:
                return rows, revisions.pop() if revisions else 0
        raise StoreBusy("Loads are being published faster than this request can be answered.", "Ask again in a moment.")

    async def _read(self, plans: tuple[Plan, ...], parameters: list[dict[str, Any]], cost: int) -> list[list[list[Any]]]:
        """Read the rows of each plan, a few plans at once."""
        own = asyncio.Semaphore(self._settings.max_request_reads)

        async def read(plan: Plan, given: Mapping[str, Any]) -> list[list[Any]]:
            async with own, self._queue.turn(cost):
                return await self._store.read(plan.text, given, self._settings.query_timeout)

        # One alone needs no task of its own.
        if len(plans) == 1:
            return [await read(plans[0], parameters[0])]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(read(plan, given)) for plan, given in zip(plans, parameters, strict=True)]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [task.result() for task in tasks]

    def _shape(
        self,
        prepared: Prepared,
        rows: list[list[Any] | None],
        revision: int,
        reads: list[dict[str, Any]],
        variables: Mapping[str, Any],
    ) -> Outcome:
        answers = dict(prepared.ready)
        extensions: dict[str, Any] = {"revision": revision} if prepared.plans else {}
        hidden: list[dict[str, Any]] = []
        incomplete: list[dict[str, Any]] = []
        days: dict[str, str] = {}
        for plan, row, read in zip(prepared.plans, rows, reads, strict=True):
            stale = plan.cursor_revisions(read) - {revision}
            if stale:
                raise QueryError(
                    f"The cursor is of revision {stale.pop()}; the graph is now at {revision}.",
                    "Start again from the first page.",
                )
            answering = Answering(revision=revision, read=read)
            answers[plan.key] = plan.shape(row if row is not None else plan.empty_row, answering)
            if plan.hidden is not None and row is not None and row[plan.hidden]:
                hidden.append({"path": [plan.key], **_hidden(row[plan.hidden])})
            for path, (limit, times) in answering.cut.items():
                incomplete.append({"path": path.split("."), "shown": limit, "limit": limit, "lists": times})
            if plan.as_of:
                days[plan.key] = plan.as_of(variables)
                extensions.setdefault("asOf", days[plan.key])
                if plan.as_at_today:
                    extensions["asOfToday"] = True
                add_certainty(extensions, answering.certainties, answering.told)
        if len(set(days.values())) > 1:
            extensions["asOfByField"] = days
        if hidden:
            extensions["hidden"] = hidden
        if incomplete:
            extensions["incomplete"] = incomplete
        data = {key: answers[key] for key in prepared.keys}
        # What the schema says of itself is counted already, and holds its parts more often than can be walked.
        walked = {key: value for key, value in data.items() if not (prepared.schema_size and key in prepared.ready)}
        size = prepared.schema_size + size_of([walked, extensions], self._settings.max_answer - prepared.schema_size)
        return Outcome(data, extensions, size, lasting=not prepared.plans and prepared.schema_size > 0)


def _hidden(rows: list[list[Any]]) -> dict[str, dict[str, int]]:
    """Counts of what the default hid: by status, and by certainty of what only its certainty hides."""
    found: dict[str, dict[str, int]] = {"counts": {why: number for why, sure, number in rows if not sure}}
    certainty: dict[str, int] = {}
    for _, sure, number in rows:
        if sure:
            certainty[sure] = certainty.get(sure, 0) + number
    return found | ({"certainty": certainty} if certainty else {})


def add_certainty(extensions: dict[str, Any], certainties: Mapping[str, int], told: Iterable[str]) -> None:
    """Add to the extensions how many rows are of each certainty, and the first and the last day on which their sources speak."""
    counts = extensions.setdefault("certainty", dict.fromkeys(CERTAINTIES, 0))
    for name, number in certainties.items():
        counts[name] += number
    days = {*told, *extensions.get("told", {}).values()} - {None}
    extensions["told"] = {"first": min(days, default=None), "last": max(days, default=None)}
