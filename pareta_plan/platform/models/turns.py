"""Turns at what only so many may use at once; a live request never waits behind an eval's rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from threading import Condition


class Lane(Enum):
    """Who asks: somebody who waits for one answer, or an eval that has many to get."""

    LIVE = "live"
    ROWS = "rows"


class Turns:
    """So many turns at once. A turn that is given back goes to live requests first."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._live = 0  # waiting
        self._changed = Condition()

    @contextmanager
    def taken(self, lane: Lane) -> Iterator[None]:
        """Wait for a turn and hold it."""
        with self._changed:
            self._live += lane is Lane.LIVE
            try:
                self._changed.wait_for(lambda: self._is_next(lane))
                self._free -= 1
            finally:
                self._live -= lane is Lane.LIVE
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _is_next(self, lane: Lane) -> bool:
        return self._free > 0 and (lane is Lane.LIVE or not self._live)
