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
from graphsvc.api.execution import Executor, Outcome
from graphsvc.api.http import (
    GRAPHQL,
    JSON,
    GraphQLRequest,
    GraphQLResponse,
    HttpError,
    RequestParameters,
    answer,
    error_status,
    failure,
    media_type,
    read_request,
)
from graphsvc.api.questions import Question, read_questions
from graphsvc.api.schema.schema import Schema, build_schema
from graphsvc.api.schema.wording import Wording
from graphsvc.api.worker_thread import WorkerThread
from graphsvc.errors import GraphsvcError, StoreTimeout
from graphsvc.model import Model
from graphsvc.settings import Settings
from graphsvc.store import Store

log = logging.getLogger(__name__)
LARGE = 1_000_000
"""Size from which an answer is written beside the event loop."""


class GraphQLService:
    """Answers GraphQL requests about one Model from one store."""

    def __init__(self, model: Model, store: Store, settings: Settings) -> None:
        """Build the schema and read the ready questions. Raises ModelError, and UsageError for a question that is not right."""
        self.settings = settings
        self.schema: Schema = build_schema(model)
        self.questions: tuple[Question, ...] = read_questions(settings.folder("queries"), self.schema.graphql)
        self.documents = Documents(self.schema.graphql, settings, Wording(self.schema.naming).explained)
        self._worker = WorkerThread()
        self.executor = Executor(self.schema, store, settings, self.questions, self._worker)
        self._lasting: Cache[tuple[str, str, bytes], bytes] = Cache(settings.max_kept // 8)
        """Answers of the schema about itself, gzipped."""

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
    ) -> dict[str, Any]:
        """The answer as GraphQL shapes it: ``data`` and ``extensions``.

        Raises QueryError and its kin for a request that cannot be answered, StoreError if the store cannot answer.
        """
        outcome = await self._execute(self.documents.read(query), operation_name, variables or {})
        return {"data": outcome.data, "extensions": outcome.extensions}

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
        lasting = (asked.query, asked.operation_name or "", orjson.dumps(asked.variables, option=orjson.OPT_SORT_KEYS))
        known = self._lasting.get(lasting)
        if known is not None:
            return await self._answer_again(request, kind, known)
        document = self.documents.read(asked.query)
        self._refuse_writing(request, document, asked)
        read = time.perf_counter() - begun
        outcome = await self._execute(document, asked.operation_name, asked.variables)
        outcome.seconds["plan"] += read
        timing = ", ".join(f"{step};dur={seconds * 1000:.2f}" for step, seconds in outcome.seconds.items())
        content = {"data": outcome.data, "extensions": outcome.extensions}
        if outcome.size > LARGE:
            response = await self._worker.run(answer, 200, kind, content, {"server-timing": timing})
        else:
            response = answer(200, kind, content, {"server-timing": timing})
        if len(response.body) > self.settings.max_answer:
            raise too_large(self.settings.max_answer)
        if outcome.lasting:
            kept = await self._worker.run(gzip.compress, response.body, 5)
            self._lasting.put(lasting, kept, len(kept) + 2 * len(asked.query) + len(lasting[2]))
        return response

    async def _answer_again(self, request: GraphQLRequest, kind: str, known: bytes) -> GraphQLResponse:
        headers = {"content-type": f"{kind}; charset=utf-8", "vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return GraphQLResponse(200, {**headers, "content-encoding": "gzip"}, known)
        return GraphQLResponse(200, headers, await self._worker.run(gzip.decompress, known))

    @staticmethod
    def _refuse_writing(request: GraphQLRequest, document: Document, asked: RequestParameters) -> None:
        if request.method == "GET" and document.operation(asked.operation_name).operation is not OperationType.QUERY:
            raise HttpError(405, "GET serves queries only.", "This graph is read-only.", {"allow": "POST"})

    async def _execute(self, document: Document, operation_name: str | None, variables: Mapping[str, Any]) -> Outcome:
        limit = self.settings.query_timeout
        try:
            async with asyncio.timeout(limit):
                return await self.executor.execute(document, operation_name, variables)
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
