"""Serves with several processes beside one store: uvicorn's own supervisor starts, watches, replaces and ends them.

Each has a Model, a pool of connections and memory for answers of its own; what one learns of a publication it tells the others
by the data folder (decision 0016). An embedded engine is held by the supervisor too, so that it outlives every worker.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Final

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from graphsvc.errors import StoreError
from graphsvc.settings import Settings
from graphsvc.web.connections import server_config
from graphsvc.web.worker import Worker

_SILENT: Final = 60
"""Seconds after which a worker that answers nothing is replaced; one that starts on a busy machine takes some."""


class Supervisor(Multiprocess):
    """Starts the workers, and says where they are once all of them answer."""

    def __init__(self, chosen: Settings, sock: socket.socket, greet: Callable[[], None]) -> None:
        config = server_config(Worker(chosen), chosen)
        config.workers = chosen.workers
        config.timeout_worker_healthcheck = _SILENT
        super().__init__(config, [sock])
        self._greet = greet

    def init_processes(self) -> None:
        """Start them; they never hear of Ctrl-C, not even while they start."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            super().init_processes()
        finally:
            signal.signal(signal.SIGINT, before)
        for process in self.processes:
            while process.process.is_alive() and not process.is_ready(timeout=0.2):
                if self.signal_queue:
                    return
        if all(process.process.is_alive() for process in self.processes):
            self._greet()

    def serve(self) -> None:
        """Serve until a signal. Raises StoreError if a worker could not start."""
        self.run()
        if any(process.exitcode == STARTUP_FAILURE for process in self.processes):
            raise StoreError("A worker could not start.", "Its reason stands above.")
