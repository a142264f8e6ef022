"""Server-sent events as they come, for blocking code and for an event loop.

`Stream` is an iterator and an asynchronous iterator over one response. Leaving a `for` or a
`with`, closing the stream, and its end all close its connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import httpx

from pareta_plan.client.api import decoded, parsed
from pareta_plan.client.steps import named, under_way, without_key
from pareta_plan.errors import APIConnectionError, PlatformError
from pareta_plan.wire import ChatCompletionChunk, DeployEvent

T_co = TypeVar("T_co", covariant=True)
DONE = "[DONE]"


class Decoder(Protocol[T_co]):
    """Turns lines into values; `over` once the last one came.

    It is made for one response, and raises APIConnectionError for a garbled line.
    """

    over: bool

    def __init__(self, response: httpx.Response) -> None: ...

    def feed(self, line: str) -> T_co | None:
        """Take a line; the value it completes, if any."""


class Chunks:
    """A chat's data-only events, ended by `[DONE]`."""

    def __init__(self, response: httpx.Response) -> None:
        self.over = False
        self._response = response

    def feed(self, line: str) -> ChatCompletionChunk | None:
        """Take a line. Raises PlatformError when it says that the answer broke off."""
        if not line.startswith("data:"):
            return None
        data = line.removeprefix("data:").strip()
        if data == DONE:
            self.over = True
            return None
        suffix = named(self._response)
        chunk = _parsed(data, suffix)
        if isinstance(chunk, dict) and "error" in chunk:
            why = without_key(str(chunk["error"]), self._response)
            raise PlatformError(f"the answer broke off: {why}{suffix}")
        return decoded(chunk, ChatCompletionChunk, suffix=suffix)


class DeployEvents:
    """A deploy's named events, ended by `complete` or `error`."""

    def __init__(self, response: httpx.Response) -> None:
        self.over = False
        self._suffix = named(response)
        self._name = ""

    def feed(self, line: str) -> DeployEvent | None:
        """Take a line."""
        if line.startswith("event:"):
            self._name = line.removeprefix("event:").strip()
        elif line.startswith("data:") and self._name in ("progress", "complete", "error"):
            self.over = self._name != "progress"
            data = _parsed(line.removeprefix("data:").strip(), self._suffix)
            return decoded({"event": self._name, "data": data}, DeployEvent, suffix=self._suffix)
        elif not line:
            self._name = ""
        return None


def _parsed(data: str, suffix: str) -> object:
    try:
        return parsed(data.encode())
    except (ValueError, RecursionError):
        raise APIConnectionError(f"the stream was cut or garbled{suffix}") from None


class _Reading(Generic[T_co]):
    """Bytes of a stream into values; events' lines end in LF or CRLF and in nothing else.

    httpx's own lines also end at U+2028 and the like, which may stand inside JSON.
    """

    def __init__(self, response: httpx.Response, decoder: type[Decoder[T_co]]) -> None:
        self._suffix = named(response)
        self._decoder = decoder(response)
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[T_co]:
        """The values that `data` completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self.over:
                return
            text = line.decode("utf-8", errors="replace").removesuffix("\r")
            if (value := self._decoder.feed(text)) is not None:
                yield value

    @property
    def over(self) -> bool:
        """Whether the last value came."""
        return self._decoder.over

    def ended(self) -> None:
        """Take the end of the bytes. Raises APIConnectionError when values are missing."""
        if not self.over:
            raise APIConnectionError(f"the stream ended before its end was said{self._suffix}")


def whole(response: httpx.Response, decoder: type[Decoder[T_co]]) -> list[T_co]:
    """The values of a response that has been read. Raises APIConnectionError if some miss."""
    reading = _Reading(response, decoder)
    found = list(reading.feed(response.content))
    reading.ended()
    return found


def values(response: httpx.Response, decoder: type[Decoder[T_co]]) -> Iterator[T_co]:
    """The values of a response as they come. Raises APIConnectionError when it is cut."""
    reading = _Reading(response, decoder)
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
    reading = _Reading(response, decoder)
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
        try:
            yield from self._values
        finally:
            self.close()

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
