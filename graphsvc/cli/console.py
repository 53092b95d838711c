"""Where commands print to, and the settings they start from."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from graphsvc.model import Model
from graphsvc.ontology import read_model
from graphsvc.settings import Settings, from_environment
from graphsvc.validation import Shapes


def out() -> Console:
    """Standard output: coloured in a terminal, plain and unwrapped when piped."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """Standard error, for progress and for what is said beside the result."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def settings(**overrides: object) -> Settings:
    """Settings of this run: the environment, then the options given."""
    return from_environment(None, **overrides)


def model_of(chosen: Settings) -> Model:
    """The Model of the ontology and shapes that the settings name."""
    return read_model(chosen.folder("ontology"), chosen.folder("shapes"))


def shapes_of(chosen: Settings, model: Model) -> Shapes:
    """The compiled shapes of those settings."""
    return Shapes(model, Path(chosen.folder("ontology")), Path(chosen.folder("shapes")))
