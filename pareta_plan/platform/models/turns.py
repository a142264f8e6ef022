"""Turns at what only so many may use at once; live requests go before an eval's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from threading import Condition

PATIENCE = 8
"""So many live turns in a row rows let pass, so that an eval gets on however busy a model is."""


class Lane(Enum):
    """Who asks: somebody who waits for one answer, or an eval that has many to get."""

    LIVE = "live"
    ROWS = "rows"


class Turns:
    """So many turns at once. A turn that is given back goes to live requests first, mostly."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting = Counter[Lane]()
        self._passed = 0  # live turns since rows had one, while some waited
        self._changed = Condition()

    @contextmanager
    def taken(self, lane: Lane) -> Iterator[None]:
        """Wait for a turn and hold it."""
        with self._changed:
            self._waiting[lane] += 1
            try:
                self._changed.wait_for(lambda: self._is_next(lane))
                self._free -= 1
            finally:
                self._waiting[lane] -= 1
            self._passed = self._passed + 1 if lane is Lane.LIVE and self._waiting[Lane.ROWS] else 0
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _is_next(self, lane: Lane) -> bool:
        """Whether a turn is free and nobody of the other lane goes first."""
        if self._free <= 0:
            return False
        of_rows = self._waiting[Lane.ROWS] and self._passed >= PATIENCE
        first = Lane.ROWS if of_rows or not self._waiting[Lane.LIVE] else Lane.LIVE
        return lane is first
