"""How much of a server's time each request took, of those that it worked on at once.

While n requests are under way each is given one nth of the time that passes, so that all shares
add up to the time in which there was any: a price by the hour is spread by them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock


@dataclass
class Share:
    """A request's share of the time, in seconds; whole once the request is over."""

    seconds: float = 0.0


class Occupancy:
    """The requests under way. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = Lock()
        self._under_way = 0
        self._shared = 0.0
        """What one request would have been given, had it been under way all the time."""
        self._at = 0.0

    @contextmanager
    def request(self) -> Iterator[Share]:
        """A request that is under way for as long as the block runs."""
        share = Share()
        begun = self._change(+1)
        try:
            yield share
        finally:
            share.seconds = self._change(-1) - begun

    def _change(self, by: int) -> float:
        with self._guard:
            now = self._clock()
            if self._under_way:
                self._shared += (now - self._at) / self._under_way
            self._at = now
            self._under_way += by
            return self._shared
