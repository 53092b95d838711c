"""Writes the golden schema: ``python -m graphsvc.api.schema``."""

from __future__ import annotations

import sys

from graphsvc.api.schema.schema import main

sys.exit(main(sys.argv[1:]))
