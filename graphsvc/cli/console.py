"""The consoles to which commands print, and the settings with which they start."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from graphsvc.model import Model
from graphsvc.ontology import read_model
from graphsvc.settings import Settings, from_environment
from graphsvc.validation import Shapes

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """Escapes control characters, such as those in a file's name, before text reaches a terminal."""
    return _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)


class _Terminal(Console):
    """Prints nothing but our own colours and movements: control characters in what is printed are spelled out."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces of one thing that is printed."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(shown(piece.text), piece.style)


def out() -> Console:
    """Standard output: coloured in a terminal, plain and unwrapped when piped."""
    return _Terminal(highlight=False, soft_wrap=True)


def err() -> Console:
    """Standard error, for progress and for what is said beside the result."""
    return _Terminal(stderr=True, highlight=False, soft_wrap=True)


def settings(**overrides: object) -> Settings:
    """Settings of this run: the environment, then the options given."""
    return from_environment(None, **overrides)


def model_of(chosen: Settings) -> Model:
    """The Model of the ontology and shapes that the settings name."""
    return read_model(chosen.folder("ontology"), chosen.folder("shapes"))


def shapes_of(chosen: Settings, model: Model) -> Shapes:
    """The compiled shapes of those settings."""
    return Shapes(model, Path(chosen.folder("ontology")), Path(chosen.folder("shapes")))
