"""Runs heavy work in a thread beside the event loop, so that other requests are answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Made = TypeVar("Made")


class WorkerThread:
    """A pool of one thread. More would each take the interpreter from the event loop for their 5 ms at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="graphsvc-aside")

    async def run(self, work: Callable[Parameters, Made], *args: Parameters.args, **kwargs: Parameters.kwargs) -> Made:
        """Run ``work`` in the thread; what it returns. Work that is given up before it has begun is not begun."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    async def run_if(
        self, long: bool, work: Callable[Parameters, Made], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Made:
        """Run ``work`` in the thread if it takes long, else here and now."""
        return await self.run(work, *args, **kwargs) if long else work(*args, **kwargs)
