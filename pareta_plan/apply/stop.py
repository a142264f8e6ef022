"""A wish that an apply come to an end, made by a signal and heard at the next safe place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event


class Stopped(Exception):
    """A step was left, or not begun, because the apply is to end; what it began is journaled."""


class Stop:
    """Whether the apply is to end. `request` may be called by a signal's handler."""

    def __init__(self) -> None:
        self._event = Event()
        self.on_request: Callable[[], object] = lambda: None
        """Wakes whoever waits for workers."""

    @property
    def requested(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask for the end."""
        self._event.set()
        self.on_request()

    def check(self) -> None:
        """Raise Stopped when the end was asked for."""
        if self.requested:
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Wait so long; raises Stopped at once when the end is asked for."""
        if self._event.wait(seconds):
            raise Stopped


class Wait:
    """The step that a worker has in hand, and whether it only waits for the platform.

    What it waits for goes on without it: such a step is left at once when the apply is to end.
    """

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self.waits = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Mark the block as a wait."""
        self.waits = True
        try:
            yield
        finally:
            self.waits = False

    def pause(self, seconds: float) -> None:
        """Wait so long; raises Stopped at once when the end is asked for."""
        with self.waiting():
            self.stop.wait(seconds)
