"""A question as somebody asked it, and what the answer has to hold.

``says`` must stand somewhere in the answer, ``never`` must not, and ``exactly`` names a path in the answer and the whole set of
values found there. The facts are those of the papers, read by people; they are not taken from the program's own output.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A question, how to ask it, and what the answer holds."""

    id: str
    asks: str
    variables: dict[str, Any] = field(default_factory=dict)
    says: tuple[str | float | int, ...] = ()
    never: tuple[str, ...] = ()
    exactly: dict[str, set[Any]] = field(default_factory=dict)


def values(answer: Any) -> list[Any]:
    """Every scalar of an answer."""
    if isinstance(answer, dict):
        return [value for item in answer.values() for value in values(item)]
    if isinstance(answer, list):
        return [value for item in answer for value in values(item)]
    return [answer]


def at(answer: Any, path: str) -> list[Any]:
    """The values at a dotted path, through every list on the way (a number takes one)."""
    if not path:
        return [answer]
    name, _, rest = path.partition(".")
    if isinstance(answer, list):
        chosen = [answer[int(name)]] if name.isdigit() else answer
        return [value for item in chosen for value in at(item, rest if name.isdigit() else path)]
    return at(answer[name], rest) if answer is not None else []


def faults(sample: Sample, data: Any) -> list[str]:
    """What an answer lacks, or holds and should not."""
    found = values(data)
    texts = [value for value in found if isinstance(value, str)]
    numbers = {value for value in found if isinstance(value, int | float) and not isinstance(value, bool)}
    said = []
    for wanted in sample.says:
        held = any(wanted in text for text in texts) if isinstance(wanted, str) else wanted in numbers
        if not held:
            said.append(f"lacks {wanted!r}")
    said += [f"holds {text!r}" for unwanted in sample.never for text in texts if unwanted in text]
    for path, wanted_set in sample.exactly.items():
        got = set(at(data, path))
        if got != wanted_set:
            said.append(f"{path}: lacks {sorted(map(str, wanted_set - got))}, has besides {sorted(map(str, got - wanted_set))}")
    return said
