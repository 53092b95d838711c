"""Answers GraphQL requests: one service for the web, the command line, the pages and the tests."""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections.abc import Mapping
from typing import Any

import orjson
from graphql import GraphQLError, OperationType

from graphsvc.api.answer_size import too_large
from graphsvc.api.cache import Cache
from graphsvc.api.documents import Document, DocumentErrors, Documents
from graphsvc.api.entity_tags import accepts_gzip, tag_of
from graphsvc.api.execution import Executor, Outcome
from graphsvc.api.http import (
    GRAPHQL,
    JSON,
    SAFE,
    GraphQLRequest,
    GraphQLResponse,
    HttpError,
    RequestParameters,
    answer,
    answer_in,
    error_status,
    failure,
    is_unchanged,
    media_type,
    read_request,
    tag_for,
)
from graphsvc.api.kept_answers import SCHEMA, ZIP_LEVEL, Kept, KeptAnswers, Key, answer_key, weight_of
from graphsvc.api.questions import Question, read_questions
from graphsvc.api.schema.schema import Schema, build_schema
from graphsvc.api.schema.wording import Wording
from graphsvc.api.worker_thread import WorkerThread
from graphsvc.errors import GraphsvcError, StoreTimeout
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Edition, Store

log = logging.getLogger(__name__)
LARGE = 1_000_000
"""Size from which an answer is written, digested and read again beside the event loop."""


class GraphQLService:
    """Answers GraphQL requests about one Model from one store."""

    def __init__(self, model: Model, store: Store, settings: Settings) -> None:
        """Build the schema and read the ready questions. Raises ModelError, and UsageError for a question that is not right."""
        self.settings = settings
        self.schema: Schema = build_schema(model)
        self.questions: tuple[Question, ...] = read_questions(settings.folder("queries"), self.schema.graphql)
        self.documents = Documents(self.schema.graphql, settings, Wording(self.schema.naming).explained)
        self.worker = WorkerThread()
        self._store = store
        self.executor = Executor(self.schema, store, settings, self.questions, self.worker)
        self.kept = KeptAnswers(settings, self.worker)
        """Answers of the store, and pages."""
        self._of_schema: Cache[Key, Kept] = Cache(settings.max_kept // 8)
        """Answers of the schema about itself, compressed."""

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> dict[str, Any]:
        """The answer as GraphQL shapes it: ``data`` and ``extensions``.

        Raises QueryError and its kin for a request that cannot be answered, StoreError if the store cannot answer.
        """
        asked = RequestParameters(query, variables or {}, operation_name)
        edition = await self._edition()
        document = self.documents.read(query)
        if edition is None or document.of_schema:
            outcome = await self._execute(document, asked)
            return {"data": outcome.data, "extensions": outcome.extensions}
        kept = await self.kept.made(answer_key(asked, edition, self.settings.this_day()), lambda: self._make(asked, edition))
        found: dict[str, Any] = await self.worker.run_if(len(kept.body) > LARGE, orjson.loads, kept.body)
        return found

    async def holds_directories(self) -> bool:
        """Whether any partner directory is loaded, so that the questions that ask one can be answered."""
        found = await self.ask("{ sources(where: { kind: { eq: DIRECTORY } }, first: 1) { id } }")
        return bool(found["data"]["sources"])

    def explain(
        self, query: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> list[tuple[str, str, dict[str, Any]]]:
        """The response key, Cypher text and parameters of each root field, without running them. For tests and the bench."""
        return self.executor.explain(self.documents.read(query), operation_name, variables or {})

    async def execute(self, request: GraphQLRequest) -> GraphQLResponse:
        """The HTTP response to an HTTP request; never raises."""
        kind = JSON
        try:
            kind = media_type(request.headers.get("accept"))
            return await self._answer(request, kind)
        except GraphsvcError as error:
            headers = dict(error.headers) if isinstance(error, HttpError) else {}
            if error.retry_after is not None:
                headers["retry-after"] = str(error.retry_after)
            return answer(error_status(error, kind), kind, failure(error_list(error)), headers)
        except Exception:
            log.exception("A GraphQL request failed.")
            return answer(500 if kind == GRAPHQL else 200, kind, failure([UNEXPECTED]))

    async def _answer(self, request: GraphQLRequest, kind: str) -> GraphQLResponse:
        begun = time.perf_counter()
        asked = read_request(request, self.settings.max_body)
        known = self._of_schema.get(answer_key(asked, SCHEMA, ""))
        if known is not None:
            return await self._answer_of_schema(request, kind, known)
        edition = await self._edition()
        key = answer_key(asked, edition or SCHEMA, self.settings.this_day())
        kept = self.kept.get(key)
        timing = f"kept;dur={(time.perf_counter() - begun) * 1000:.2f}"
        if kept is None:
            document = self.documents.read(asked.query)
            self._refuse_writing(request, document, asked)
            once = edition is None or document.of_schema
            kept = await (self._make(asked, None) if once else self.kept.made(key, lambda: self._make(asked, edition)))
            timing = kept.timing
        if len(kept.body) > self.settings.max_answer:
            raise too_large(self.settings.max_answer)
        if kept.of_schema:
            await self._keep_of_schema(asked, kept)
        headers = {"server-timing": timing}
        if is_unchanged(request, tag := tag_for(request, kind, kept.tag)):
            return answer_in(kind, b"", headers, tag=tag, status=304)
        if accepts_gzip(request.headers) and (zipped := await self.kept.zipped(key, kept)) is not None:
            return answer_in(kind, zipped, {**headers, "content-encoding": "gzip"}, tag=tag)
        return answer_in(kind, kept.body, headers, tag=tag)

    async def _make(self, asked: RequestParameters, edition: Edition | None) -> Kept:
        """Execute a request. The answer is lasting if it is of the edition under which it is to be kept."""
        begun = time.perf_counter()
        document = self.documents.read(asked.query)
        read = time.perf_counter() - begun
        outcome = await self._execute(document, asked)
        outcome.seconds["plan"] += read
        content = {"data": outcome.data, "extensions": outcome.extensions}
        body = await self.worker.run_if(outcome.size > LARGE, orjson.dumps, content)
        revision = outcome.extensions.get("revision")
        lasting = edition is not None and revision in (None, edition.revision)
        if edition is not None and not lasting:
            await self._store.edition(fresh=True)  # whoever was told of a revision is told of none before it
        return Kept(
            body,
            await self.worker.run_if(len(body) > LARGE, tag_of, revision or 0, body),
            lasting=lasting,
            of_schema=outcome.lasting,
            timing=", ".join(f"{step};dur={seconds * 1000:.2f}" for step, seconds in outcome.seconds.items()),
        )

    async def _edition(self) -> Edition | None:
        """The edition under which answers are kept; ``None`` if none are, or by no store that knows its editions."""
        return await self._store.edition() if self.kept.on and hasattr(self._store, "edition") else None

    async def _keep_of_schema(self, asked: RequestParameters, kept: Kept) -> None:
        zipped = Kept(await self.worker.run(gzip.compress, kept.body, ZIP_LEVEL), kept.tag)
        key = answer_key(asked, SCHEMA, "")
        self._of_schema.put(key, zipped, weight_of(key, zipped))

    async def _answer_of_schema(self, request: GraphQLRequest, kind: str, known: Kept) -> GraphQLResponse:
        if is_unchanged(request, tag := tag_for(request, kind, known.tag)):
            return answer_in(kind, b"", tag=tag, status=304)
        if accepts_gzip(request.headers):
            return answer_in(kind, known.body, {"content-encoding": "gzip"}, tag=tag)
        return answer_in(kind, await self.worker.run(gzip.decompress, known.body), tag=tag)

    @staticmethod
    def _refuse_writing(request: GraphQLRequest, document: Document, asked: RequestParameters) -> None:
        if request.method in SAFE and document.operation(asked.operation_name).operation is not OperationType.QUERY:
            raise HttpError(405, "GET serves queries only.", "This graph is read-only.", {"allow": "POST"})

    async def _execute(self, document: Document, asked: RequestParameters) -> Outcome:
        limit = self.settings.query_timeout
        try:
            async with asyncio.timeout(limit):
                return await self.executor.execute(document, asked.operation_name, asked.variables)
        except TimeoutError as error:
            raise StoreTimeout(
                f"The request took longer than {limit:g} seconds, which is the limit.", "Ask for less at once."
            ) from error


UNEXPECTED: Mapping[str, Any] = {
    "message": "Something went wrong here, not in the request. It is in the log.",
    "extensions": {"code": "INTERNAL"},
}


def error_list(error: GraphsvcError) -> list[dict[str, Any]]:
    """An error in GraphQL's shape."""
    if isinstance(error, DocumentErrors):
        return [_formatted(entry, error.code) for entry in error.errors]
    return [{"message": str(error), "extensions": {"code": error.code, **({"hint": error.hint} if error.hint else {})}}]


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return {**formatted, "extensions": {"code": code}}
