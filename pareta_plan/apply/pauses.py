"""How long to wait before a run is looked at again."""

from __future__ import annotations

import time
from collections.abc import Callable

GROWTH = 1.2


class Pauses:
    """Longer each time up to `most` seconds, but no longer than the rows left may take.

    That is what they take at the pace since the first look: so a run is known to be over soon
    after it is, without many looks at one that lasts.
    """

    def __init__(
        self, first: float, most: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first = self._grown = first
        self._most = most
        self._clock = clock
        self._begun: tuple[float, float] | None = None

    def next(self, done: float, total: float) -> float:
        """Seconds to wait, when so many of all rows are done; a total of 0 is unknown."""
        now, pause = self._clock(), self._grown
        self._grown = min(self._grown * GROWTH, self._most)
        if self._begun is None:
            self._begun = now, done
        since, at = self._begun
        if total <= 0 or done <= at or now <= since:
            return pause
        left = (total - done) * (now - since) / (done - at)
        return min(pause, max(left, self._first / 2))
