"""Progress of slow steps: bars on a terminal, a line a stage elsewhere; always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Self

import click

from pareta_plan.apply import Progress
from pareta_plan.render.words import visible


class Bars:
    """Shows one workload's stage at a time."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage: tuple[str, str] | None = None
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, progress: Progress) -> None:
        """Show how far a step is."""
        stage = (progress.workload, progress.stage)
        if stage != self._stage:
            self.clear()
            self._stage = stage
            self._begin(progress)
        if self._bar is not None:
            self._bar.total = progress.total
            self._bar.n = progress.done
            self._bar.refresh()

    def measuring(self, task: str) -> Callable[[str, str, float | None], None]:
        """A listener for what the bench tells of: stage, label, share done."""

        def tell(stage: str, label: str, share: float | None) -> None:
            total = None if share is None else 100.0
            self.show(Progress(f"{task} {label}", stage, "", (share or 0) * 100, total))

        return tell

    def clear(self) -> None:
        """Take the bar away, for what is printed next."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        self._stage = None

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
        self._bar = tqdm(
            total=progress.total, desc=what, leave=False, bar_format=form, ncols=80, file=sys.stderr
        )
