"""Server-sent events as they come, for blocking code and for an event loop.

`Stream` is an iterator and an asynchronous iterator over one response. Leaving a `for` or a
`with`, closing the stream, and its end all close its connection.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Generic, Self, TypeVar

import httpx

from pareta_plan.client.api import decoded, parsed
from pareta_plan.client.steps import named, under_way, without_key
from pareta_plan.completions import ChatCompletionChunk
from pareta_plan.errors import APIConnectionError, PlatformError
from pareta_plan.wire import DeployEvent

T_co = TypeVar("T_co", covariant=True)
DONE = "[DONE]"


class Decoder(ABC, Generic[T_co]):
    """Bytes of one response into values; its lines end in LF or CRLF and in nothing else.

    httpx's own lines also end at U+2028 and the like, which may stand inside JSON.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.over = False
        """Whether the last value came."""
        self._response = response
        self._suffix = named(response)
        self._rest = b""

    @abstractmethod
    def line(self, line: str) -> T_co | None:
        """The value that a line completes, if any. Raises APIConnectionError for a garbled one."""

    def feed(self, data: bytes) -> Iterator[T_co]:
        """The values that `data` completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self.over:
                return
            text = line.decode("utf-8", errors="replace").removesuffix("\r")
            if (value := self.line(text)) is not None:
                yield value

    def ended(self) -> None:
        """Take the end of the bytes. Raises APIConnectionError when values are missing."""
        if not self.over:
            raise APIConnectionError(f"the stream ended before its end was said{self._suffix}")

    def _parsed(self, data: str) -> object:
        try:
            return parsed(data.encode(), self._response)
        except (ValueError, RecursionError):
            raise APIConnectionError(f"the stream was cut or garbled{self._suffix}") from None


class Chunks(Decoder[ChatCompletionChunk]):
    """A chat's data-only events, ended by `[DONE]`."""

    def line(self, line: str) -> ChatCompletionChunk | None:
        """Take a line. Raises PlatformError when it says that the answer broke off."""
        if not line.startswith("data:"):
            return None
        data = line.removeprefix("data:").strip()
        if data == DONE:
            self.over = True
            return None
        chunk = self._parsed(data)
        if isinstance(chunk, dict) and "error" in chunk:
            why = without_key(str(chunk["error"]), self._response)
            raise PlatformError(f"the answer broke off: {why}{self._suffix}")
        return decoded(chunk, ChatCompletionChunk, suffix=self._suffix)


class DeployEvents(Decoder[DeployEvent]):
    """A deploy's named events, ended by `complete` or `error`."""

    _name = ""

    def line(self, line: str) -> DeployEvent | None:
        if line.startswith("event:"):
            self._name = line.removeprefix("event:").strip()
        elif line.startswith("data:") and self._name in ("progress", "complete", "error"):
            self.over = self._name != "progress"
            data = self._parsed(line.removeprefix("data:").strip())
            return decoded({"event": self._name, "data": data}, DeployEvent, suffix=self._suffix)
        elif not line:
            self._name = ""
        return None


def whole(response: httpx.Response, decoder: type[Decoder[T_co]]) -> list[T_co]:
    """The values of a response that has been read. Raises APIConnectionError if some miss."""
    reading = decoder(response)
    found = list(reading.feed(response.content))
    reading.ended()
    return found


def values(response: httpx.Response, decoder: type[Decoder[T_co]]) -> Iterator[T_co]:
    """The values of a response as they come. Raises APIConnectionError when it is cut."""
    reading = decoder(response)
    try:
        with under_way(response):
            for data in response.iter_bytes():
                yield from reading.feed(data)
                if reading.over:
                    return
        reading.ended()
    finally:
        response.close()


async def avalues(response: httpx.Response, decoder: type[Decoder[T_co]]) -> AsyncIterator[T_co]:
    """As `values`, on an event loop."""
    reading = decoder(response)
    try:
        with under_way(response):
            async for data in response.aiter_bytes():
                for value in reading.feed(data):
                    yield value
                if reading.over:
                    return
        reading.ended()
    finally:
        await response.aclose()


class Stream(Generic[T_co]):
    """Values of a response as they come, once. Raises APIConnectionError when it is cut.

    Iterate it with `for` on a blocking client, with `async for` on an asynchronous one, or ask
    it for its `next` (`anext`) value. On an event loop, a stream that is never iterated must be
    closed, best by `async with`.
    """

    def __init__(self, response: httpx.Response, decoder: type[Decoder[T_co]]) -> None:
        self._response = response
        self._values = values(response, decoder)
        self._avalues = avalues(response, decoder)

    def __del__(self) -> None:
        if isinstance(self._response.stream, httpx.SyncByteStream):
            self._response.close()

    def __iter__(self) -> Iterator[T_co]:
        yield from self._values  # closing this closes that, and with it the connection

    def __next__(self) -> T_co:
        return next(self._values)

    async def __aiter__(self) -> AsyncIterator[T_co]:
        try:
            async for value in self._avalues:
                yield value
        finally:
            await self.aclose()

    async def __anext__(self) -> T_co:
        return await anext(self._avalues)

    def close(self) -> None:
        """Close the connection of a stream that isn't wanted any more."""
        self._response.close()

    async def aclose(self) -> None:
        """As `close`, on an event loop."""
        await self._response.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
