"""Many questions under way on the transport's loop, asked and heard from another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import CancelledError, Future
from functools import partial
from queue import SimpleQueue
from typing import Generic, TypeVar

from pareta_plan.platform.providers.faults import ProviderError
from pareta_plan.platform.providers.request import Request
from pareta_plan.platform.providers.transport import Transport

K = TypeVar("K")
A = TypeVar("A")


class Flight(Generic[K, A]):
    """Questions in flight, each with a name. `size` is how many were sent off and not yet heard."""

    def __init__(self, transport: Transport, ask: Callable[[Request], Awaitable[A]]) -> None:
        self._transport = transport
        self._ask = ask
        self._done = SimpleQueue[tuple[K, A | BaseException]]()
        self._tasks = set[asyncio.Task[A]]()
        self.size = 0

    def send_off(self, questions: Iterable[tuple[K, Request]]) -> None:
        """Begin to ask. Raises RuntimeError when the transport was closed."""
        asked = list(questions)
        if asked:
            self.size += len(asked)
            begun = self._transport.submit(self._begin(asked))
            begun.add_done_callback(partial(self._begun, asked[0][0]))

    def next(self) -> tuple[K, A | ProviderError]:
        """The next that is answered, or failed. Raises whatever else befell it."""
        name, told = self._done.get()
        self.size -= 1
        if isinstance(told, BaseException) and not isinstance(told, ProviderError):
            raise told
        return name, told

    def cancel(self) -> None:
        """Leave off."""
        if self.size:
            self._transport.call_soon(self._cancel)

    async def _begin(self, asked: list[tuple[K, Request]]) -> None:
        for name, request in asked:
            task = asyncio.create_task(self._one(request))
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, name))

    async def _one(self, request: Request) -> A:
        return await self._ask(request)

    def _begun(self, name: K, begun: Future[None]) -> None:
        if begun.cancelled():  # before its first step, so that none of them ends
            self._done.put((name, CancelledError()))

    def _ended(self, name: K, task: asyncio.Task[A]) -> None:
        self._tasks.discard(task)
        told = CancelledError() if task.cancelled() else task.exception() or task.result()
        self._done.put((name, told))

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
