"""What is drawn on a terminal while slow steps run: a bar of it all, and a line for each step.

A thread of its own draws, so that the clock goes on between events. Rich is imported with the first
picture.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, TextIO

from pareta_plan.apply.events import Progress
from pareta_plan.cli.tally import Tally
from pareta_plan.cli.terminal import SHADES
from pareta_plan.escapes import visible
from pareta_plan.plan.model import Change
from pareta_plan.plan.result import Result
from pareta_plan.words import count, usd

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.progress_bar import ProgressBar

PICTURE_SECONDS = 0.1
NAME = 30
"""Columns of a workload's name."""
SHOW_CURSOR = b"\x1b[?25h"


class Display:
    """Lines at the end of a terminal that are drawn again and again; closed once."""

    def __init__(self, file: TextIO, changes: Iterable[Change], *, no_color: bool) -> None:
        self._file = file
        self._no_color = no_color
        self._tally = Tally(changes, time.monotonic())
        self._under_way: dict[str, Progress] = {}
        self._said: bytes | None = None
        """What a signal's handler wants to be said and is not printed yet."""
        self._guard = RLock()
        self._live: Live | None = None
        self._closed = Event()
        self._painter = Thread(target=self._paint, daemon=True, name="display")
        self._painter.start()

    def show(self, progress: Progress) -> None:
        """Take in how far a step is."""
        with self._guard:
            self._tally.progress(progress)
            self._under_way[progress.workload] = progress

    def ended(self, result: Result) -> None:
        """Take in that a change came to an end."""
        with self._guard:
            self._tally.ended(result)
            self._under_way.pop(result.change.workload, None)

    def only(self, name: str) -> None:
        """Forget all that is under way but one."""
        with self._guard:
            self._under_way = {n: p for n, p in self._under_way.items() if n == name}

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Draw nothing in the block, and take away what is drawn."""
        with self._guard:
            self._clear()
            yield

    def close(self) -> None:
        """Draw no more."""
        self._closed.set()
        with self.aside():
            self._under_way.clear()

    def say(self, text: bytes) -> None:
        """Have a line printed soon. It takes no lock, so that a signal's handler may call it."""
        self._said = text

    def last_words(self, text: bytes) -> bytes:
        """Words below what is drawn, and the cursor back."""
        return b"\r\n" + SHOW_CURSOR + text if self._live else text

    def draw(self) -> None:
        """Draw how things stand."""
        with self._guard:
            if self._said:
                self._clear()
            if self._live is None and self._under_way and not self._closed.is_set():
                self._live = self._started()
            if self._live is not None:
                self._live.refresh()

    def _paint(self) -> None:
        with suppress(OSError):  # the terminal went away: whoever prints will hear of that
            while not self._closed.wait(PICTURE_SECONDS):
                self.draw()

    def _clear(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()
        said, self._said = self._said, None
        if said:
            self._file.write(said.decode())

    def _started(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        live = Live(
            console=Console(file=self._file, force_terminal=True, no_color=self._no_color or None),
            get_renderable=self._picture,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        live.start()
        return live

    def _picture(self) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        lines = Table.grid(padding=(0, 2, 0, 0))
        lines.add_column(no_wrap=True, max_width=NAME)
        lines.add_column(no_wrap=True)
        lines.add_column(no_wrap=True, overflow="ellipsis")
        tally = self._tally
        if tally.workloads > 1 or tally.rows:
            name = f"{tally.workloads_done} of {count(tally.workloads, 'workload')}"
            lines.add_row(Text(name, "bold"), _bar(tally.share, 1), Text(self._overall()))
        for progress in self._under_way.values():
            bar = "" if progress.total is None else _bar(progress.done, progress.total)
            lines.add_row(Text(visible(progress.workload)), bar, Text(_state(progress)))
        return lines

    def _overall(self) -> str:
        tally = self._tally
        parts = [f"{tally.rows_done:,} of {tally.rows:,} rows"] if tally.rows else []
        if tally.rows and (left := tally.left(time.monotonic())) is not None:
            parts.append(f"{_clock(left)} left")
        return "  ".join([*parts, usd(tally.billed_micro_usd)])


def _bar(done: float, total: float) -> ProgressBar:
    from rich.progress_bar import ProgressBar

    green = f"color({SHADES['green']})"
    return ProgressBar(
        total, min(done, total), width=20, complete_style=green, finished_style=green
    )


def _state(progress: Progress) -> str:
    """What a step does, and how much of it is done."""
    label = progress.label
    what = progress.stage + (f" ({label})" if label and label.lower() != progress.stage else "")
    if progress.total is None:
        return visible(what)
    done = min(progress.done, progress.total)
    amount = f"{done:,.0f}/{progress.total:,.0f}" if progress.rows else f"{done:.0f}%"
    return visible(f"{amount}  {what}")


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
