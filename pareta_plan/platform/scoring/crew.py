"""Rows under way with one model: many on its own loop, or each call in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from pareta_plan.platform.document import Document
from pareta_plan.platform.models.model import (
    Answered,
    Interrupted,
    Prediction,
    RowFlight,
    Unreachable,
    Value,
)

AHEAD = 2
"""Calls given out for each that may run at once, so that none waits for the next to be read."""
LEAST_AHEAD = 32
"""Rows in a flight at least, however few of them are begun at once."""


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

    def flight(self) -> RowFlight | None:
        """The other way to ask; None where there is none."""

    def explained(self, error: Exception) -> Exception:
        """What befell a row in a flight, as `predict_many` tells it or raises it."""


class Row(NamedTuple):
    """A row to score: its index, what the model gets, and what it should answer."""

    idx: int
    value: str | Document
    expected: Any


class Crew(Protocol):
    """Rows under way, from one thread's view."""

    failure: Exception | None
    """What ended the work."""

    @property
    def room(self) -> int:
        """How many more rows may be given out."""

    @property
    def is_idle(self) -> bool:
        """Whether every row that was given out is over."""

    def ask(self, rows: Sequence[Row]) -> None:
        """Give out rows, no more than there is room for."""

    def answers(self, seconds: float) -> Iterator[tuple[Row, Answered]]:
        """What came by now, having waited a while for the first."""

    def take_back(self) -> None:
        """Take back the rows that aren't begun."""

    def dismiss(self) -> None:
        """Ask nothing more; what is begun may end."""


def crew_of(model: Asked) -> Crew:
    """The way in which a model is asked."""
    flight = model.flight()
    return Threads(model) if flight is None else InFlight(model, flight)


class InFlight:
    """Rows that the model itself asks many of at once."""

    def __init__(self, model: Asked, flight: RowFlight) -> None:
        self.failure: Exception | None = None
        self._model = model
        self._flight = flight
        self._asked: dict[int, Row] = {}

    @property
    def room(self) -> int:
        most = max(AHEAD * self._flight.width, LEAST_AHEAD)
        return 0 if self.failure else most - len(self._asked)

    @property
    def is_idle(self) -> bool:
        return not self._asked

    def ask(self, rows: Sequence[Row]) -> None:
        self._asked |= {row.idx: row for row in rows}
        with self._ending():
            self._flight.send_off([(row.idx, row.value) for row in rows])

    def answers(self, seconds: float) -> Iterator[tuple[Row, Answered]]:
        with self._ending():
            for idx, answer in self._flight.heard(seconds):
                row = self._asked.pop(idx)
                told = answer if isinstance(answer, Prediction) else self._model.explained(answer)
                if isinstance(told, Interrupted | Unreachable):
                    self.failure = self.failure or told
                else:
                    yield row, told

    def take_back(self) -> None:
        for idx in self._flight.take_back():
            self._asked.pop(idx, None)

    def dismiss(self) -> None:
        self.take_back()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Where the flight itself ends nothing more comes of it; what came before is kept."""
        try:
            yield
        except Interrupted as ended:
            self.failure = self.failure or ended
            self._asked.clear()


class Threads:
    """Threads that ask the model, as many calls at once as it says.

    They are daemons: a call that doesn't end keeps no process alive.
    """

    def __init__(self, model: Asked) -> None:
        self.failure: Exception | None = None
        self._model = model
        self._given = SimpleQueue[Sequence[Row] | None]()
        self._done = SimpleQueue[tuple[Sequence[Row], list[Answered]]]()
        self._threads = 0
        self._calls = 0

    @property
    def room(self) -> int:
        calls = 0 if self.failure else AHEAD * self._model.concurrency - self._calls
        return calls * self._model.batch

    @property
    def is_idle(self) -> bool:
        return not self._calls

    def ask(self, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), self._model.batch):
            self._calls += 1
            self._given.put(rows[start : start + self._model.batch])
            self._hire()

    def answers(self, seconds: float) -> Iterator[tuple[Row, Answered]]:
        with suppress(Empty):
            yield from self._taken(*self._done.get(timeout=seconds))
            while True:
                yield from self._taken(*self._done.get_nowait())

    def take_back(self) -> None:
        with suppress(Empty):
            while True:
                self._given.get_nowait()
                self._calls -= 1

    def dismiss(self) -> None:
        self.take_back()
        for _ in range(self._threads):
            self._given.put(None)

    def _hire(self) -> None:
        if self._threads < self._model.concurrency:
            self._threads += 1
            threading.Thread(target=self._work, name="evals, asking", daemon=True).start()

    def _taken(
        self, rows: Sequence[Row], answers: list[Answered]
    ) -> Iterator[tuple[Row, Answered]]:
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
