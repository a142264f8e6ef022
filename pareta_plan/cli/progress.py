"""Progress of slow steps: bars on a terminal, a line a stage elsewhere; always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Self

import click

from pareta_plan.apply.events import Progress
from pareta_plan.words import visible


class Bars:
    """Shows the stage of every workload under way."""

    def __init__(self) -> None:
        self._bars: dict[str, Any] = {}
        self._stages: dict[str, tuple[str, bool]] = {}
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, progress: Progress) -> None:
        """Show how far a step is."""
        name = progress.workload
        counted = progress.total is not None
        stage = (progress.stage, self._terminal and counted)
        if self._stages.get(name) != stage:
            self._close(name)
            self._stages[name] = stage
            self._begin(progress)
        elif self._terminal and name not in self._bars:  # taken away for what was printed
            self._begin(progress)
        if (bar := self._bars.get(name)) is not None:
            bar.total = progress.total
            bar.n = progress.done
            if progress.total is not None:  # tqdm forgets a total that is passed
                bar.n = min(progress.done, progress.total)
            bar.refresh()

    def measuring(self, task: str) -> Callable[[str, str, float | None], None]:
        """A listener for what the bench tells of: stage, label, share done."""

        def tell(stage: str, label: str, share: float | None) -> None:
            total = None if share is None else 100.0
            self.show(Progress(f"{task} {label}", stage, "", (share or 0) * 100, total))

        return tell

    def clear(self) -> None:
        """Take the bars away, for what is printed next."""
        for name in list(self._bars):
            self._close(name)

    def _close(self, name: str) -> None:
        if (bar := self._bars.pop(name, None)) is not None:
            bar.close()

    def _begin(self, progress: Progress) -> None:
        what = f"{progress.workload}: {progress.stage}"
        if progress.label and progress.label.lower() != progress.stage:
            what += f" ({progress.label})"
        what = visible(what)
        if not self._terminal:
            click.echo(what, err=True)
            return
        from tqdm import tqdm

        counted = progress.total is not None
        form = "{desc} |{bar}| {n:.0f}/{total:.0f} [{elapsed}]" if counted else "{desc} [{elapsed}]"
        self._bars[progress.workload] = tqdm(
            total=progress.total, desc=what, leave=False, bar_format=form, ncols=80, file=sys.stderr
        )
