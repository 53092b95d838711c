"""Decides from a Cypher text whether it only reads, before it is sent to the store.

ArcadeDB's read transactions accept writes and Neo4j's may call any procedure, so every text is looked at before it is
sent. What counts is the text outside strings, quoted names and comments.
"""

from __future__ import annotations

import re
from functools import lru_cache

from graphsvc.errors import StoreError

_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:``|[^`])*`|/\*.*?\*/|//[^\n]*", re.DOTALL)
_WRITES = re.compile(
    r"(?<![.:$\w])"  # a property, a label or a parameter may be called `set`
    r"(?:CREATE|MERGE|DELETE|DETACH|SET|REMOVE|INSERT|DROP|ALTER|FOREACH|LOAD|GRANT|DENY|REVOKE|START|STOP|TERMINATE|USE|"
    r"IN\s+(?:\d+\s+CONCURRENT\s+)?TRANSACTIONS)\b(?!\s*:)",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(r"(?<![.:$\w])CALL\s+([A-Za-z_][\w.]*)", re.IGNORECASE)
PROCEDURES = frozenset({"db.index.fulltext.queryNodes"})
"""Procedures a read may call."""


@lru_cache(maxsize=1024)
def check_read_only(text: str) -> None:
    """Return if ``text`` only reads, else raise :class:`StoreError`. The message never repeats the text."""
    bare = _QUOTED.sub(" '' ", text)
    found = _WRITES.search(bare)
    if found:
        raise StoreError(f"The store refused a query: {found.group().split()[0].upper()} is not allowed in a read.")
    for procedure in _PROCEDURE.findall(bare):
        if procedure not in PROCEDURES:
            raise StoreError("The store refused a query: it calls a procedure that a read may not call.")
