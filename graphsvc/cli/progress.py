"""Shows the progress of long work: bars in a terminal, plain lines when piped."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """A bar for each dataset; or a line for each step, where nobody looks at a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._said: set[tuple[str, str]] = set()

    def __enter__(self) -> Bars:
        if self._console.is_terminal:
            self._bars = Progress(
                SpinnerColumn(), TextColumn("[bold]{task.fields[dataset]}"), TextColumn("{task.description}"),
                BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=self._console, transient=True,
            )  # fmt: skip
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bars:
            self._bars.stop()

    def tell(self, dataset: str, step: str, done: int, total: int) -> None:
        """Show how far a step of a dataset is; may be called from a thread."""
        if self._bars is None:
            if (dataset, step) not in self._said and step != "published":
                self._said.add((dataset, step))
                self._console.print(f"{dataset}: {step} ...", markup=False)
            return
        if dataset not in self._tasks:
            self._tasks[dataset] = self._bars.add_task(step, dataset=dataset, total=None)
        self._bars.update(self._tasks[dataset], description=step, completed=done, total=total or None)
