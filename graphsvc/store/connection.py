"""A pool of Bolt connections to one store: reads, writes, retries, and driver errors translated into ours."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

from neo4j import READ_ACCESS, AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction, AsyncResult, AsyncSession, Query
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    Forbidden,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graphsvc.errors import GraphsvcError, StoreDown, StoreError, StoreTimeout
from graphsvc.store.read_only import check_read_only
from graphsvc.store.termination import Terminator, port_of

Result = TypeVar("Result")
Transaction = AsyncManagedTransaction

_SUPPORTED: Final = re.compile(r"Neo4j/(?P<neo4j>5\.\d+(?:\.\d+)?)(?:-\w+)?|.*\(ArcadeDB (?P<arcadedb>[\w.\-]+)\)")
_RETRIES: Final = 4
_GRACE: Final = 2.0
"""Seconds that the store has, past the limit, to say itself that the limit is passed."""
_UNREACHABLE: Final = (ServiceUnavailable, SessionExpired, OSError)
_TIMED_OUT: Final = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "TransactionMarkedAsFailed")
_POOL: Final = 64
_FETCH: Final = 1000
"""Rows that a stream asks for at a time."""
_SCHEMES: Final = frozenset(f"{kind}{safety}" for kind in ("bolt", "neo4j") for safety in ("", "+s", "+ssc"))
_HOW_TO_WRITE: Final = "Write it as bolt://host:7687 or neo4j://host:7687."
_DOWN: Final = "The store does not answer."
_WHEN_DOWN: Final = "Try again in a moment; if it stays so, check that it runs and that its address is right."

# Without a handler of its own, Python prints the driver's warnings on standard error: one raw line for each try, where we
# say in one sentence what they mean. Whoever sets logging up still gets them.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


def translate(error: BaseException, address: str) -> GraphsvcError:
    """Translates a driver's error into ours, without query text; the address is shown to the operator only."""
    if isinstance(error, GraphsvcError):
        return error
    if isinstance(error, AuthError | Forbidden):
        return StoreError("The store refused the user or the password.", "Check NEO4J_USER and NEO4J_PASSWORD.", inside=address)
    if isinstance(error, _UNREACHABLE):
        return StoreDown(_DOWN, _WHEN_DOWN, inside=address)
    if isinstance(error, ConfigurationError):
        return StoreError("That is not the address of a store.", _HOW_TO_WRITE, inside=address)
    if isinstance(error, Neo4jError):
        code = (error.code or "unknown").rpartition(".")[2]
        if code in _TIMED_OUT:
            return StoreTimeout("The store took longer than the limit.", "Ask for less: a smaller page, fewer levels.")
        if code == "DatabaseNotFound":
            return StoreError("The store has no database of that name.", "Check NEO4J_DATABASE.", inside=address)
        if code == "DatabaseUnavailable":
            return StoreDown(_DOWN, _WHEN_DOWN, inside=address)
        return StoreError(f"The store could not do what it was asked ({code}).")
    if isinstance(error, ValueError):
        return StoreError("The store cannot take a value that it was given.")
    return StoreError("The connection to the store failed.", "Try again; if it persists, start graphsvc with --debug.")


class Connection:
    """A pool of Bolt connections to one database. Use :func:`connect` to make one."""

    def __init__(self, driver: AsyncDriver, database: str, address: str, *, strict: bool) -> None:
        self._driver = driver
        self._database = database
        self._strict = strict
        # Bookmarks of what this process wrote: in a cluster its reads wait until the member they reach has seen it.
        self._bookmarks = AsyncGraphDatabase.bookmark_manager()
        self._lost: tuple[str, str] | None = None
        self._scopes: set[asyncio.Timeout] = set()
        self.address = address
        self.engine = ""
        self.version = ""
        self._endings = Terminator(self._run_alone)

    def mark_lost(self, message: str, hint: str) -> None:
        """Marks the store as ended: reads under way fail now, and later ones fail at once."""
        self._lost = (message, hint)
        for scope in self._scopes:
            with suppress(RuntimeError):  # one whose time is just up needs no end from us
                scope.reschedule(0)

    async def replace_pool(self, other: Connection) -> None:
        """Replaces the pool with that of ``other``, a connection to a store with the same content; ``other`` is used up."""
        old, self._driver = self._driver, other._driver
        self._bookmarks = other._bookmarks
        self.address, self.version = other.address, other.version
        self._lost = None
        await old.close()

    @asynccontextmanager
    async def _while_up(self, timeout: float | None = None) -> AsyncIterator[None]:
        """Raises :class:`StoreDown` where the store is lost, or is lost in between; TimeoutError past the limit."""
        if self._lost:
            raise StoreDown(*self._lost)
        try:
            async with asyncio.timeout(timeout) as scope:
                self._scopes.add(scope)
                try:
                    yield
                finally:
                    self._scopes.discard(scope)
        except TimeoutError as error:
            if self._lost:
                raise StoreDown(*self._lost) from error
            raise

    def _session(self, *, remarks: bool = False, **options: Any) -> AsyncSession:
        return self._driver.session(
            database=self._database,
            bookmark_manager=self._bookmarks,
            notifications_min_severity="WARNING" if remarks else "OFF",
            **options,
        )

    async def check_server(self, timeout: float) -> None:
        """Checks engine and version of the server; raises :class:`StoreError` for one that is not supported."""
        try:
            async with asyncio.timeout(timeout):
                info = await self._driver.get_server_info()
        except TimeoutError as error:
            raise StoreDown(_DOWN, _WHEN_DOWN, inside=self.address) from error
        except ValueError as error:
            raise StoreError("That is not the address of a store.", _HOW_TO_WRITE, inside=self.address) from error
        except (DriverError, Neo4jError, OSError) as error:
            raise translate(error, self.address) from error
        found = _SUPPORTED.fullmatch(info.agent)
        if not found:
            raise StoreError(f"The store is {info.agent}.", "graphsvc needs Neo4j 5 (5.26 LTS is tested).", inside=self.address)
        self.engine = "Neo4j" if found["neo4j"] else "ArcadeDB"
        self.version = found["neo4j"] or found["arcadedb"]
        await self.read("RETURN 1", {}, timeout)  # the database is there, and may be read

    async def read(self, text: str, parameters: Mapping[str, Any], timeout: float | None = None) -> list[list[Any]]:
        """Rows of one read. An auto-commit run (a round trip less than a managed transaction), retried when that may help."""
        check_read_only(text)
        query = Query(text, timeout=timeout)
        for attempt in range(_RETRIES + 1):
            try:
                async with self._while_up(timeout + _GRACE if timeout else None):
                    return await self._rows(query, parameters)
            except TimeoutError as error:
                raise StoreTimeout(
                    f"The store took longer than {timeout:g} s.", "Ask for less: a smaller page, fewer levels."
                ) from error
            except (DriverError, Neo4jError, OSError, ValueError) as error:
                retryable = isinstance(error, DriverError | Neo4jError) and error.is_retryable()
                if attempt == _RETRIES or not retryable:
                    raise translate(error, self.address) from error
                await asyncio.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    async def _rows(self, query: Query, parameters: Mapping[str, Any]) -> list[list[Any]]:
        async with self._session(remarks=self._strict, default_access_mode=READ_ACCESS) as session:
            # A task of its own: when it is cancelled, the session no longer knows the connection it had.
            work = asyncio.ensure_future(self._fetch(session, query, parameters))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                port = port_of(session)
                work.cancel()
                await asyncio.wait([work])
                if port and self.engine == "ArcadeDB":
                    self._endings.end(port)
                raise

    async def _fetch(self, session: AsyncSession, query: Query, parameters: Mapping[str, Any]) -> list[list[Any]]:
        result = await session.run(query, dict(parameters))
        rows = await result.values()
        if self._strict:
            await refuse_notifications(result)
        return rows

    async def _run_alone(self, text: str, parameters: Mapping[str, Any]) -> list[list[Any]]:
        """Rows of a statement about the store itself, which is neither a read nor a write."""
        try:
            async with self._session() as session:
                return await (await session.run(text, dict(parameters))).values()
        except (DriverError, Neo4jError, OSError) as error:
            raise translate(error, self.address) from error

    @asynccontextmanager
    async def stream(self, text: str, parameters: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[list[Any]]]:
        """Rows of one read as they arrive, for results that need not fit in memory."""
        check_read_only(text)
        try:
            async with self._session(default_access_mode=READ_ACCESS, fetch_size=_FETCH) as session:
                async with self._while_up():
                    result = await session.run(text, dict(parameters))
                yield self._rows_of(result)
        except (DriverError, Neo4jError, OSError) as error:
            raise translate(error, self.address) from error

    async def write(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Runs ``work`` in one transaction, retried with growing pauses after errors that may pass."""
        try:
            async with self._while_up(), self._session() as session:
                return await session.execute_write(work)
        except (DriverError, Neo4jError, OSError) as error:
            raise translate(error, self.address) from error

    async def answers(self) -> bool:
        """Whether the store answers now."""
        try:
            await self.read("RETURN 1", {}, timeout=5.0)
        except StoreError:
            return False
        return True

    async def execute(self, text: str, **parameters: Any) -> list[list[Any]]:
        """Rows of one writing statement in a transaction of its own."""

        async def work(transaction: Transaction) -> list[list[Any]]:
            return await run(transaction, text, parameters)

        return await self.write(work)

    async def merge(self, text: str, **parameters: Any) -> list[list[Any]]:
        """Rows of one ``MERGE`` on a unique key.

        Two processes that find nothing and make it at once are an error of the constraint to one of them, which the driver
        does not take for one worth another try; by then it is there, and is met.
        """
        for attempt in range(_RETRIES):
            try:
                return await self.execute(text, **parameters)
            except StoreError as error:
                if not _clashed(error.__cause__):
                    raise
                await asyncio.sleep(0.05 * 2**attempt)
        return await self.execute(text, **parameters)

    async def _rows_of(self, result: AsyncResult) -> AsyncIterator[list[Any]]:
        while True:
            async with self._while_up():  # not around the loop: between two rows somebody else's work is under way
                records = await result.fetch(_FETCH)
            if not records:
                return
            for record in records:
                yield record.values()

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self._endings.finish()
        await self._driver.close()


def _clashed(error: BaseException | None) -> bool:
    return isinstance(error, Neo4jError) and (error.code or "").endswith(".ConstraintValidationFailed")


async def run(transaction: Transaction, text: str, parameters: Mapping[str, Any]) -> list[list[Any]]:
    """Rows of one statement within a transaction."""
    result = await transaction.run(text, dict(parameters))
    return await result.values()


async def refuse_notifications(result: AsyncResult) -> None:
    """Raise :class:`StoreError` for a text that Neo4j remarks on (deprecated, unknown name, cartesian product)."""
    summary = await result.consume()
    remarks = [status.status_description for status in summary.gql_status_objects if status.is_notification]
    if remarks:
        raise StoreError("The store remarked on a query: " + "; ".join(remarks))


async def connect(
    uri: str, user: str, password: str, database: str, *, strict: bool = False, timeout: float = 15.0
) -> Connection:
    """A connection pool to the store at ``uri`` (``bolt://`` or, for a cluster, ``neo4j://``), which has answered.

    Raises :class:`StoreError` if nothing answers, the password is refused, or the store is of another version.
    """
    scheme, _, address = uri.partition("://")
    if scheme not in _SCHEMES or not address:
        raise StoreError(f"{uri!r} is not the address of a store.", _HOW_TO_WRITE)
    try:
        driver = AsyncGraphDatabase.driver(
            uri,
            auth=(user, password) if user else None,
            max_connection_pool_size=_POOL,
            connection_acquisition_timeout=timeout,
            connection_timeout=min(timeout, 10.0),
            max_transaction_retry_time=15.0,
            keep_alive=True,
            liveness_check_timeout=60.0,
        )
    except (ConfigurationError, ValueError, DriverError) as error:
        raise StoreError(f"{uri!r} is not the address of a store.", _HOW_TO_WRITE) from error
    connection = Connection(driver, database, address, strict=strict)
    try:
        await connection.check_server(timeout)
    except BaseException:
        await driver.close()
        raise
    return connection
