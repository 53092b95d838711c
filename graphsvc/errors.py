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
    └── StoreError                exit 1, HTTP 503   the store is slow, busy, of another version or cannot do it
        ├── StoreDown             exit 1, HTTP 503   the store does not answer; worth another try in a moment
        ├── StoreBusy             exit 1, HTTP 503   another load holds the store
        ├── Crowded               exit 1, HTTP 503   too much is asked of the store at once
        └── StoreTimeout          exit 1, HTTP 504   the store took longer than the limit

The terminal prints one line (``message``, ``hint`` and ``inside``); HTTP answers one JSON shape, of ``message`` and
``hint``. Neither carries a traceback or query text, and an address or a path of the machine stands in ``inside`` alone;
``--debug`` shows the traceback in the terminal.
"""

from __future__ import annotations


class GraphsvcError(Exception):
    """The root: ``message`` says what and where, ``hint`` what to do.

    ``inside`` is what only the operator may read, such as the store's address: the terminal shows it, HTTP never does.
    """

    exit_code = 1
    http_status = 500
    code = "INTERNAL"
    retry_after: int | None = None
    """Seconds after which asking again is worth while; ``None`` where it is not."""

    def __init__(self, message: str, hint: str = "", *, inside: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.inside = inside

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    @property
    def for_operator(self) -> str:
        """All that is known, in one line, for the terminal."""
        return f"{self} ({self.inside})" if self.inside else str(self)


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
    """There is nothing at this address."""

    http_status = 404
    code = "NOT_FOUND"


class Refused(GraphsvcError):
    """A request from a foreign Host or Origin."""

    http_status = 403
    code = "REFUSED"


class StoreError(GraphsvcError):
    """The store cannot do what it was asked, or is of a version that is not supported."""

    http_status = 503
    code = "STORE"


class StoreDown(StoreError):
    """The store does not answer: it has ended, is starting again, or cannot be reached."""

    code = "STORE_DOWN"
    retry_after = 5


class StoreBusy(StoreError):
    """Another load holds the store."""

    code = "STORE_BUSY"
    retry_after = 5


class Crowded(StoreError):
    """Too many requests wait for the store at once; worth another try in a moment."""

    code = "CROWDED"
    retry_after = 5


class StoreTimeout(StoreError):
    """The store took longer than the limit."""

    http_status = 504
    code = "STORE_TIMEOUT"
