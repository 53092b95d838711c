"""Runs the service of the bench in a process of its own: ``graphsvc serve`` on a free port, which it writes to a file."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from graphsvc.cli import main

if __name__ == "__main__":
    told = Path(sys.argv[1])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told.with_suffix(".part").write_text(str(port))
    told.with_suffix(".part").rename(told)
    main(["serve", "--port", str(port)])
