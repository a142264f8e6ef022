"""Progress of slow steps: bars on a terminal, a line a stage elsewhere; always on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from pareta_plan.apply.events import Progress
from pareta_plan.cli.outlet import below, say
from pareta_plan.cli.terminal import drawable

if TYPE_CHECKING:
    from pareta_plan.cli.display import Display
    from pareta_plan.plan.model import Change
    from pareta_plan.plan.result import Result


class Bars:
    """Shows the stage of every workload under way, and how far the `changes` are as a whole."""

    def __init__(self, changes: Iterable[Change] = (), *, no_color: bool = False) -> None:
        self._stages: dict[str, str] = {}
        self._display: Display | None = None
        if drawable(sys.stderr):
            from pareta_plan.cli.display import Display

            self._display = Display(below(sys.stderr), changes, no_color=no_color)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._display:
            self._display.close()

    def show(self, progress: Progress) -> None:
        """Show how far a step is."""
        if self._display:
            self._display.show(progress)
        elif self._stages.get(progress.workload) != progress.stage:
            self._stages[progress.workload] = progress.stage
            say(stage_text(progress))

    def ended(self, result: Result) -> None:
        """Take away the line of a change that came to its end."""
        if self._display:
            self._display.ended(result)

    def measuring(self, task: str) -> Callable[[str, str, float | None], None]:
        """A listener for what the bench tells of: stage, label, share done."""

        def tell(stage: str, label: str, share: float | None) -> None:
            total = None if share is None else 100.0
            name = f"{task} {label}"
            if self._display:
                self._display.only(name)
            self.show(Progress(name, stage, "", (share or 0) * 100, total))

        return tell

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bars away for the block, in which something else is printed."""
        if not self._display:
            yield
            return
        with self._display.aside():
            yield

    def asked_to_stop(self, text: bytes) -> None:
        """Show what is said to a signal, whose handler calls this."""
        if self._display:
            self._display.say(text)
        else:
            write_past_buffers(text)

    def at_once(self, text: bytes) -> None:
        """Print last words, after which a signal's handler ends the process."""
        write_past_buffers(self._display.last_words(text) if self._display else text)


def write_past_buffers(text: bytes) -> None:
    """Print to stderr past its buffers, which a signal's handler must not touch."""
    with suppress(OSError, ValueError):
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, text)


def stage_text(progress: Progress) -> str:
    """What is going on, in words."""
    what = f"{progress.workload}: {progress.stage}"
    if progress.label and progress.label.lower() != progress.stage:
        what += f" ({progress.label})"
    return what
