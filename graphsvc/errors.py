"""The error tree. Every error says what is wrong, where, and what to do next.

    GraphsvcError                 exit 1, HTTP 500
    ├── UsageError                exit 2, HTTP 400   the command or request cannot mean anything
    ├── ModelError                exit 1, HTTP 500   ontology/ and shapes/ are unreadable or contradict each other
    ├── InputError                exit 1, HTTP 422   a file a loader was given cannot be read
    ├── ValidationFailed          exit 1, HTTP 422   findings stop the source from being published
    ├── QueryError                exit 1, HTTP 400   a GraphQL request is refused
    │   └── LimitExceeded         exit 1, HTTP 400   ... because it passes a limit
    ├── NotFound                  exit 1, HTTP 404   nothing at this address
    ├── Refused                   exit 1, HTTP 403   a foreign Host or Origin
    └── StoreError                exit 1, HTTP 503   the store is down, slow, busy or of another version
        ├── StoreBusy             exit 1, HTTP 503   another load holds the store
        └── StoreTimeout          exit 1, HTTP 504   the store took longer than the limit

The terminal prints one line (``message`` and ``hint``); HTTP answers one JSON shape. Neither carries a
traceback, a path of the machine or query text; ``--debug`` shows the traceback in the terminal.
"""

from __future__ import annotations


class GraphsvcError(Exception):
    """The root: ``message`` says what and where, ``hint`` what to do."""

    exit_code = 1
    http_status = 500
    code = "INTERNAL"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(GraphsvcError):
    """The command or request cannot mean anything."""

    exit_code = 2
    http_status = 400
    code = "USAGE"


class ModelError(GraphsvcError):
    """``ontology/`` and ``shapes/`` are unreadable or contradict each other; names file and term."""

    code = "MODEL"


class InputError(GraphsvcError):
    """A file that a loader was given cannot be read; names file, row and column where there are any."""

    http_status = 422
    code = "INPUT"


class ValidationFailed(GraphsvcError):
    """Findings stop a source from being published."""

    http_status = 422
    code = "VALIDATION"


class QueryError(GraphsvcError):
    """A GraphQL request is refused."""

    http_status = 400
    code = "QUERY"


class LimitExceeded(QueryError):
    """A GraphQL request passes a limit; the message names the limit and the value seen."""

    code = "LIMIT"


class NotFound(GraphsvcError):
    """Nothing stands at this address."""

    http_status = 404
    code = "NOT_FOUND"


class Refused(GraphsvcError):
    """A request from a foreign Host or Origin."""

    http_status = 403
    code = "REFUSED"


class StoreError(GraphsvcError):
    """The store is down, slow, or of a version that is not supported."""

    http_status = 503
    code = "STORE"


class StoreBusy(StoreError):
    """Another load holds the store."""

    code = "STORE_BUSY"


class StoreTimeout(StoreError):
    """The store took longer than the limit."""

    http_status = 504
    code = "STORE_TIMEOUT"
