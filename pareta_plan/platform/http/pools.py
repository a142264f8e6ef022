"""Threads for what blocks, in pools apart: one sort of work never waits for another's threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from enum import Enum
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from pareta_plan.platform.refusal import Refusal

T = TypeVar("T")

WAITING = 256
OVER = object()


class Pool(Enum):
    """Who does the work of a request, and how many threads do such work at once.

    `LOOP` is for what takes microseconds; it keeps everybody waiting. The threads for `MODELS`
    mostly wait too, each for its model: how many of those work at once, models say themselves.
    """

    LOOP = 0
    STORE = 4
    MODELS = 16
    STREAMS = 40


class Pools:
    """The threads of one application."""

    def __init__(self) -> None:
        self._limits = {pool: CapacityLimiter(pool.value) for pool in Pool if pool.value}
        self._asked = Counter[Pool]()

    async def run(self, pool: Pool, work: Callable[..., T], *values: object) -> T:
        """What `work` gives. Raises Refusal (429) when too many wait for their turn already."""
        if pool is Pool.LOOP:
            return work(*values)
        if self._asked[pool] >= pool.value + WAITING:
            raise Refusal(429, "too many requests wait for an answer; try again later")
        self._asked[pool] += 1
        try:
            return await to_thread.run_sync(work, *values, limiter=self._limits[pool])
        finally:
            self._asked[pool] -= 1

    async def each(self, items: Iterator[str]) -> AsyncIterator[str]:
        """The items of an iterator that may block."""
        limit = self._limits[Pool.STREAMS]
        while True:
            item = await to_thread.run_sync(next, items, OVER, limiter=limit)
            if item is OVER:
                return
            yield str(item)
