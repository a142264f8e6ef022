"""Many questions under way on the transport's loop, asked and heard from another thread."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from pareta_plan.platform.providers.transport import Transport

K = TypeVar("K")
Q = TypeVar("Q")
A = TypeVar("A")

_GATHER_SECONDS = 0.005
"""How long answers gather once the first is there: to hear each at once costs a switch of threads,
which is as much as the answer itself."""


class Flight(Generic[K, Q, A]):
    """Questions in flight, each with a name, no more than `width` of them begun at once.

    Once the transport is closed it raises `closed`.
    """

    def __init__(
        self,
        transport: Transport,
        ask: Callable[[Q], Awaitable[A]],
        width: int,
        closed: type[Exception] = CancelledError,
    ) -> None:
        self.width = width
        self._closed = closed
        self._transport = transport
        self._ask = ask
        self._waiting = deque[tuple[K, Q]]()
        self._done = SimpleQueue[tuple[K, A | Exception] | None]()
        self._workers = set[asyncio.Task[None]]()

    def send_off(self, questions: Iterable[tuple[K, Q]]) -> None:
        """Ask them as there is room."""
        self._waiting.extend(questions)
        try:
            self._transport.submit(self._begin()).add_done_callback(self._ended)
        except RuntimeError:
            raise self._closed from None

    def heard(self, seconds: float) -> Iterator[tuple[K, A | Exception]]:
        """What was answered or failed by now, having waited a while for the first."""
        with suppress(Empty):
            told = self._done.get(timeout=seconds)
            time.sleep(_GATHER_SECONDS)
            while told:
                yield told
                told = self._done.get_nowait()
            raise self._closed

    def take_back(self) -> list[K]:
        """Take back the questions that aren't begun."""
        names = list[K]()
        with suppress(IndexError):
            while True:
                names.append(self._waiting.pop()[0])
        return names

    def cancel(self) -> None:
        """Leave off."""
        self.take_back()
        self._transport.call_soon(self._cancel)

    async def _begin(self) -> None:
        for _ in range(min(len(self._waiting), self.width - len(self._workers))):
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
            worker.add_done_callback(self._ended)

    async def _work(self) -> None:
        while self._waiting:
            with suppress(IndexError):  # the last one was taken back
                name, question = self._waiting.popleft()
                self._done.put((name, await self._told(question)))

    async def _told(self, question: Q) -> A | Exception:
        try:
            return await self._ask(question)
        except Exception as error:
            return error

    def _ended(self, work: Future[None] | asyncio.Task[None]) -> None:
        if work.cancelled():
            self._done.put(None)

    def _cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()
