"""What a method of the client wants done, as values, and the two drivers that do it.

A method is a generator: it yields a `Send` or a `Sleep` and is sent the answer, so it can be
run by blocking code and by an event loop alike. `api.operation` gives such a method its two
typed faces.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

import httpx

from pareta_plan.errors import APIConnectionError, APITimeoutError

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; `stream` leaves the body unread."""

    request: httpx.Request
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    """Read the body of a response that was sent for as a stream."""

    response: httpx.Response


Command = Send | Sleep | Read
Steps = Generator[Command, Any, T]


class Blocking:
    """Runs steps on blocking HTTP."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def run(self, steps: Steps[T]) -> T:
        try:
            command = next(steps)
            while True:
                try:
                    answer = self._do(command)
                except APIConnectionError as failure:
                    command = steps.throw(failure)
                else:
                    command = steps.send(answer)
        except StopIteration as done:
            return cast(T, done.value)

    def _do(self, command: Command) -> httpx.Response | None:
        if isinstance(command, Sleep):
            time.sleep(command.seconds)
            return None
        if isinstance(command, Read):
            with under_way(command.response):
                command.response.read()
            return None
        with translated():
            return self.http.send(command.request, stream=command.stream, follow_redirects=False)


class Waiting:
    """Runs steps on asynchronous HTTP, at most `at_once` requests at a time.

    httpx scans its whole pool for every request that waits, so they wait here instead.
    """

    def __init__(self, http: httpx.AsyncClient, at_once: int) -> None:
        self.http = http
        import asyncio  # not for blocking code, which is most: it takes a while to load

        self._slots = asyncio.Semaphore(at_once)
        self._sleep = asyncio.sleep

    async def run(self, steps: Steps[T]) -> T:
        try:
            command = next(steps)
            while True:
                try:
                    answer = await self._do(command)
                except APIConnectionError as failure:
                    command = steps.throw(failure)
                else:
                    command = steps.send(answer)
        except StopIteration as done:
            return cast(T, done.value)

    async def _do(self, command: Command) -> httpx.Response | None:
        if isinstance(command, Sleep):
            await self._sleep(command.seconds)
            return None
        async with self._slots:
            if isinstance(command, Read):
                with under_way(command.response):
                    await command.response.aread()
                return None
            with translated():
                return await self.http.send(
                    command.request, stream=command.stream, follow_redirects=False
                )


Driver = TypeVar("Driver", bound=Blocking | Waiting)


def named(response: httpx.Response) -> str:
    """The request's id as a suffix of messages, empty when the platform gave none."""
    request_id = request_id_of(response)
    return f" (request {request_id})" if request_id else ""


def request_id_of(response: httpx.Response) -> str | None:
    """The id that the platform gave the request, if any."""
    given: str | None = response.headers.get("x-request-id")
    return given and without_key(given, response)


def without_key(said: str, response: httpx.Response) -> str:
    """What a server said, without the key of the request if it echoes that."""
    key = key_of(response)
    return said.replace(key, "[the key]") if key else said


def key_of(response: httpx.Response) -> str:
    """The key that the request was sent with, empty when with none."""
    sent: str = response.request.headers.get("authorization", "")
    return sent.removeprefix("Bearer ")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what httpx raises into errors of `errors`; they name the host, never the key."""
    try:
        yield
    except httpx.TimeoutException as slow:
        raise APITimeoutError(f"no answer from {_host(slow)} in time") from slow
    except httpx.RequestError as cut:
        raise APIConnectionError(
            f"can't reach {_host(cut)}: {cut or type(cut).__name__}",
            hint="Check the network and PARETA_BASE_URL.",
        ) from cut


@contextmanager
def under_way(response: httpx.Response) -> Iterator[None]:
    """As `translated`, once the answer has begun: it is known which request was cut."""
    try:
        yield
    except httpx.TimeoutException as slow:
        raise APITimeoutError(f"the answer stood still for too long{named(response)}") from slow
    except httpx.RequestError as cut:
        why = cut or type(cut).__name__
        raise APIConnectionError(f"the answer was cut: {why}{named(response)}") from cut


def _host(failure: httpx.RequestError) -> str:
    try:
        return str(failure.request.url.copy_with(path="/", query=None))
    except RuntimeError:
        return "the platform"
