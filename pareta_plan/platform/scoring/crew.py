"""Threads that ask one model, as many calls at once as it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import Answered, Value

AHEAD = 2
"""Calls given out for each that may run at once, so that none waits for the next to be read."""


class Asked(Protocol):
    """A model as rows are asked of it."""

    @property
    def concurrency(self) -> int:
        """How many calls at once make sense."""

    @property
    def batch(self) -> int:
        """How many values a call is best given."""

    def predict_many(self, values: Sequence[Value]) -> list[Answered]:
        """An answer or a failure for each value; what it raises itself ends the work."""


class Row(NamedTuple):
    """A row to score: its index, what the model gets, and what it should answer."""

    idx: int
    value: str | Document
    expected: Any


Given = Sequence[Row]


class Crew:
    """Calls under way, from one thread's view; `failure` is what a call broke off with.

    The threads are daemons: a call that doesn't end keeps no process alive.
    """

    def __init__(self, model: Asked) -> None:
        self.failure: Exception | None = None
        self._model = model
        self._given = SimpleQueue[Given | None]()
        self._done = SimpleQueue[tuple[Given, list[Answered]]]()
        self._threads = 0
        self._calls = 0

    @property
    def room(self) -> int:
        """How many more calls may be given out."""
        return 0 if self.failure else AHEAD * self._model.concurrency - self._calls

    @property
    def is_idle(self) -> bool:
        """Whether every call that was given out is over."""
        return not self._calls

    def ask(self, rows: Given) -> None:
        """Give out a call."""
        self._calls += 1
        self._given.put(rows)
        if self._threads < self._model.concurrency:
            self._threads += 1
            threading.Thread(target=self._work, name="evals, asking", daemon=True).start()

    def answers(self, seconds: float) -> Iterator[tuple[Row, Answered]]:
        """What came by now, having waited a while for the first."""
        with suppress(Empty):
            yield from self._taken(*self._done.get(timeout=seconds))
            while True:
                yield from self._taken(*self._done.get_nowait())

    def take_back(self) -> None:
        """Take back the calls that no thread has begun."""
        with suppress(Empty):
            while True:
                self._given.get_nowait()
                self._calls -= 1

    def dismiss(self) -> None:
        """Let the threads end after the calls that they have begun."""
        self.take_back()
        for _ in range(self._threads):
            self._given.put(None)

    def _taken(self, rows: Given, answers: list[Answered]) -> Iterator[tuple[Row, Answered]]:
        self._calls -= 1
        return zip(rows, answers, strict=False)  # no answers where the call broke off

    def _work(self) -> None:
        while (rows := self._given.get()) is not None:
            answers: list[Answered] = []
            if self.failure is None:
                try:
                    answers = self._model.predict_many([row.value for row in rows])
                except Exception as error:
                    self.failure = error
            self._done.put((rows, answers))
