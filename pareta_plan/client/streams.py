"""Server-sent events as they come, for blocking code and for an event loop.

`Stream` is an iterator and an asynchronous iterator over one response; leaving a `for`, or
dropping the stream, closes its connection.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import httpx

from pareta_plan.client.api import decoded
from pareta_plan.client.steps import translated
from pareta_plan.errors import APIConnectionError, PlatformError
from pareta_plan.wire import ChatCompletionChunk, DeployEvent

T_co = TypeVar("T_co", covariant=True)
DONE = "[DONE]"


class Decoder(Protocol[T_co]):
    """Turns lines into values; `over` once the last one came."""

    over: bool

    def feed(self, line: str) -> T_co | None:
        """Take a line; the value it completes, if any."""


class Chunks:
    """A chat's data-only events, ended by `[DONE]`."""

    over = False

    def feed(self, line: str) -> ChatCompletionChunk | None:
        """Take a line."""
        if not line.startswith("data:"):
            return None
        data = line.removeprefix("data:").strip()
        if data == DONE:
            self.over = True
            return None
        chunk = _parsed(data)
        if isinstance(chunk, dict) and "error" in chunk:
            raise PlatformError(f"the answer broke off: {chunk['error']}")
        return decoded(chunk, ChatCompletionChunk)


class DeployEvents:
    """A deploy's named events, ended by `complete` or `error`."""

    over = False

    def __init__(self) -> None:
        self._name = ""

    def feed(self, line: str) -> DeployEvent | None:
        """Take a line."""
        if line.startswith("event:"):
            self._name = line.removeprefix("event:").strip()
        elif line.startswith("data:") and self._name in ("progress", "complete", "error"):
            self.over = self._name != "progress"
            data = _parsed(line.removeprefix("data:").strip())
            return decoded({"event": self._name, "data": data}, DeployEvent)
        elif not line:
            self._name = ""
        return None


def _parsed(data: str) -> object:
    try:
        return json.loads(data)
    except ValueError:
        raise APIConnectionError("the stream was cut or garbled") from None


class Stream(Generic[T_co]):
    """Values of a response as they come, once. Raises APIConnectionError when it is cut."""

    def __init__(self, response: httpx.Response, decoder: Decoder[T_co]) -> None:
        self._response = response
        self._decoder = decoder

    def __iter__(self) -> Iterator[T_co]:
        try:
            with translated():
                for line in self._response.iter_lines():
                    if (value := self._decoder.feed(line)) is not None:
                        yield value
                    if self._decoder.over:
                        return
            raise APIConnectionError("the stream ended before its end was said")
        finally:
            self._response.close()

    async def __aiter__(self) -> AsyncIterator[T_co]:
        try:
            with translated():
                async for line in self._response.aiter_lines():
                    if (value := self._decoder.feed(line)) is not None:
                        yield value
                    if self._decoder.over:
                        return
            raise APIConnectionError("the stream ended before its end was said")
        finally:
            await self._response.aclose()

    def close(self) -> None:
        """Close the connection of a stream that isn't wanted any more."""
        self._response.close()

    async def aclose(self) -> None:
        """As `close`, on an event loop."""
        await self._response.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.aclose()
