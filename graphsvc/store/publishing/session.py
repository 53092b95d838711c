"""The session that the steps of one publication share: connection, staging, lease and revisions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from graphsvc.model import Model
from graphsvc.store.connection import Connection, Transaction, run
from graphsvc.store.publishing.lease import Lease
from graphsvc.store.publishing.staging import Staging

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PublishingSession:
    """One publication under way: its connection, its staging tables, its lease and its revisions."""

    connection: Connection
    model: Model
    staging: Staging
    lease: Lease
    labels: Callable[[Model, str], str]
    """The labels with which a thing of a class is made, such as ``:Service:Entity``."""
    types: Mapping[str, str]
    """Name of the forward relation by relationship type."""
    revision: int
    """The current one."""

    @property
    def next(self) -> int:
        """The revision under which this publication writes."""
        return self.revision + 1

    async def write(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Run ``work`` in one transaction, provided that the lease is still ours."""

        async def checked(transaction: Transaction) -> Result:
            await self.lease.check(transaction)
            return await work(transaction)

        return await self.connection.write(checked)

    async def execute(self, text: str, **parameters: Any) -> list[list[Any]]:
        """Rows of one writing statement in a transaction of its own, provided that the lease is still ours."""
        return await self.write(lambda transaction: run(transaction, text, parameters))

    async def yield_and_renew(self) -> None:
        """Lets other tasks run and renews the lease."""
        await asyncio.sleep(0)
        await self.lease.renew()


def chunks(items: Iterable[Result], size: int) -> Iterator[list[Result]]:
    """Splits ``items`` into lists of ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
