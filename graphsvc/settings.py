"""Settings: read once when a command starts, passed in, never changed.

Every setting has a name, a default and a help text; the environment variable is ``GRAPHSVC_`` and the name in capitals
(the store's own: ``NEO4J_URI``, ``NEO4J_USER``, ``NEO4J_PASSWORD``, ``NEO4J_DATABASE``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from graphsvc.errors import UsageError


def project_root() -> Path:
    """Folder that holds ``ontology/``, ``shapes/``, ``queries/`` and ``maps/``: the checkout, or the installed package's data."""
    package = Path(__file__).parent
    return package.parent if (package.parent / "ontology").is_dir() else package / "data"


def _setting(default: Any, help_text: str, variable: str = "") -> Any:
    return field(default=default, metadata={"help": help_text, "variable": variable})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of graphsvc."""

    data_dir: str = _setting("data", "Folder in which the embedded store keeps its state.")
    base_iri: str = _setting("http://127.0.0.1:8484", "Where the things of this graph live: the start of every IRI.")
    host: str = _setting("127.0.0.1", "Address to listen on. Anything but loopback is your decision to publish.")
    port: int = _setting(8484, "Port to listen on.")
    workers: int = _setting(1, "Processes that answer requests, each with its own memory and its own connections to the store.")
    allowed_hosts: str = _setting("", "Further host names, separated by commas, that requests may name in Host and Origin.")
    public_rdf: str = _setting(
        "", "Whether pages of other sites may read RDF by GET: yes or no. Empty: yes if the base of IRIs names another machine."
    )
    neo4j_uri: str = _setting("", "Neo4j to use, such as bolt://127.0.0.1:7687; empty starts the embedded store.", "NEO4J_URI")
    neo4j_user: str = _setting("neo4j", "User of that Neo4j.", "NEO4J_USER")
    neo4j_password: str = _setting("", "Password of that user.", "NEO4J_PASSWORD")
    neo4j_database: str = _setting("neo4j", "Database of that Neo4j.", "NEO4J_DATABASE")
    embedded_memory: str = _setting("1g", "Heap of the embedded store.")
    today: str = _setting("", "Day that counts as today, such as 2026-11-29; empty for that of the calendar.")
    ontology_dir: str = _setting("", "Folder of the ontology; empty for the one that ships.")
    shapes_dir: str = _setting("", "Folder of the shapes; empty for the ones that ship.")
    queries_dir: str = _setting("", "Folder of the ready questions; empty for the ones that ship.")
    max_depth: int = _setting(15, "Deepest nesting of a GraphQL request.")
    max_aliases: int = _setting(50, "Most aliases in a GraphQL request.")
    max_tokens: int = _setting(4000, "Most tokens in a GraphQL request.")
    max_page: int = _setting(1000, "Largest page (`first`) of a list or connection.")
    default_page: int = _setting(100, "Page of a list or connection that asks for none.")
    max_cost: int = _setting(2_000_000, "Largest planned cost of a GraphQL request: rows that the store may read for it.")
    max_conditions: int = _setting(100, "Most conditions in one `where`.")
    max_subqueries: int = _setting(80, "Most subqueries that a root field of a GraphQL request may come to.")
    max_reads: int = _setting(16, "Reads of the store at once, of all GraphQL requests.")
    max_request_reads: int = _setting(4, "Reads of the store at once, of one GraphQL request.")
    max_dear_reads: int = _setting(4, "Reads of the store at once of requests that cost more than `GRAPHSVC_CHEAP_COST`.")
    cheap_cost: int = _setting(60_000, "Planned cost up to which a GraphQL request is cheap and does not wait for dear ones.")
    queue_timeout: float = _setting(10.0, "Seconds that a GraphQL request waits for its turn to read the store.")
    max_body: int = _setting(256_000, "Largest body of a request, in bytes.")
    max_head: int = _setting(64_000, "Largest head of a request (its line and header fields), in bytes.")
    max_answer: int = _setting(32_000_000, "Largest answer to a GraphQL request, in bytes. A larger one is refused, never cut.")
    max_kept: int = _setting(64_000_000, "Memory for GraphQL documents and plans that are kept for the next time, in bytes.")
    answer_cache_mb: int = _setting(
        64, "Memory for answers and pages that are kept for as long as nothing is published, in megabytes; 0 keeps none."
    )
    revision_age: float = _setting(
        0.5,
        "Seconds after which a process looks again whether another has published; until then it may answer as before. "
        "What it publishes itself it sees at once, and so do others that share its data folder.",
    )
    max_connections: int = _setting(500, "Most connections at once; never more than half of the files that the process may open.")
    head_timeout: float = _setting(10.0, "Seconds in which the head of a request has to arrive.")
    body_timeout: float = _setting(30.0, "Seconds in which the body of a request has to arrive.")
    idle_timeout: float = _setting(15.0, "Seconds after which a connection that asks nothing is closed.")
    send_timeout: float = _setting(30.0, "Seconds after which a connection that reads nothing of its answer is closed.")
    query_timeout: float = _setting(20.0, "Seconds after which a GraphQL request, and what the store does for it, is given up.")
    page_timeout: float = _setting(10.0, "Seconds after which a page that reads the store is given up.")
    health_timeout: float = _setting(3.0, "Seconds after which `/health` says that the store does not answer.")

    def this_day(self) -> str:
        """The day of an answer that names none, as ISO text. Raises :class:`UsageError` for a setting that is no day."""
        try:
            return (date.fromisoformat(self.today) if self.today else date.today()).isoformat()
        except ValueError as error:
            raise UsageError(f"GRAPHSVC_TODAY={self.today!r} is no day.", "Write it as 2026-11-29.") from error

    def folder(self, name: str) -> Path:
        """Folder of ``ontology``, ``shapes``, ``queries`` or ``maps``: as set, else as shipped."""
        chosen: str = getattr(self, f"{name}_dir", "")
        return Path(chosen) if chosen else project_root() / name


def from_environment(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Settings from the environment, then from ``overrides`` that are not ``None``.

    Raises :class:`UsageError` for a value that is not of the setting's kind.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for item in fields(Settings):
        variable = item.metadata["variable"] or f"GRAPHSVC_{item.name.upper()}"
        if variable in environ:
            kind: type[str] | type[int] | type[float] = type(getattr(Settings(), item.name))
            try:
                values[item.name] = kind(environ[variable])
            except ValueError as error:
                wanted = "a whole number" if kind is int else "a number"
                raise UsageError(f"{variable}={environ[variable]!r} is not {wanted}.", item.metadata["help"]) from error
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings(**values)  # type: ignore[arg-type]  # each value is of its setting's kind: see above


def reference() -> str:
    """The settings as a Markdown page: variable, default and meaning, in the order of :class:`Settings`."""
    lines = [
        "# Settings",
        "",
        "Each is an environment variable, read once when a command starts. Written by `make snapshot`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for item in fields(Settings):
        variable = item.metadata["variable"] or f"GRAPHSVC_{item.name.upper()}"
        default = f"`{item.default}`" if item.default != "" else "empty"
        lines.append(f"| `{variable}` | {default} | {item.metadata['help']} |")
    return "\n".join(lines) + "\n"
