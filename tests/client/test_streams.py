"""Streams really stream, and let go of their connection however they are left."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pareta_plan import AsyncPareta, ChatCompletionChunk, Pareta, Stream
from tests.client.driving import KEY
from tests.client.faulty import Faulty, answer, sse

WORD = 'data: {"id": "c", "choices": [{"delta": {"content": "word"}}]}\n\n'
ASK: dict[str, Any] = {"model": "e", "messages": [{"role": "user", "content": "x"}], "stream": True}
SECONDS = 10


class Telling:
    """Sends a first chunk, and the last only once it is told to; sees the other side leave."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.left = threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(sse(WORD))
        if self._waited(connection):
            connection.sendall(f"{WORD}data: [DONE]\n\n".encode())

    def _waited(self, connection: socket.socket) -> bool:
        connection.settimeout(0.01)
        for _ in range(SECONDS * 100):
            try:
                if not connection.recv(1):
                    self.left.set()
                    return False
            except TimeoutError:
                pass
            if self.go_on.is_set():
                return True
        return False


@contextmanager
def telling() -> Iterator[tuple[str, Telling]]:
    server = Telling()
    with Faulty([server]) as faulty:
        yield faulty.url, server


def words(pa: Pareta) -> Stream[ChatCompletionChunk]:
    return pa.chat.completions.create(**ASK)  # type: ignore[no-any-return]


async def awords(pa: AsyncPareta) -> Stream[ChatCompletionChunk]:
    return await pa.chat.completions.create(**ASK)  # type: ignore[no-any-return]


def test_the_first_chunk_comes_before_the_last_is_sent() -> None:
    with telling() as (url, server), Pareta(api_key=KEY, base_url=url) as pa:
        stream = words(pa)
        assert next(stream).choices[0].delta
        server.go_on.set()
        assert len(list(stream)) == 1
        assert list(stream) == []


def test_the_first_chunk_comes_before_the_last_is_sent_on_an_event_loop() -> None:
    async def use(url: str, server: Telling) -> None:
        async with AsyncPareta(api_key=KEY, base_url=url) as pa:
            stream = await awords(pa)
            assert (await anext(stream)).choices[0].delta
            server.go_on.set()
            assert len([chunk async for chunk in stream]) == 1

    with telling() as (url, server):
        asyncio.run(use(url, server))


def test_the_first_event_of_a_deploy_comes_before_the_last_is_sent() -> None:
    sent = threading.Event()

    def deploying(connection: socket.socket) -> None:
        connection.sendall(sse('event: progress\ndata: {"stage": "loading"}\n\n'))
        sent.wait(SECONDS)
        connection.sendall(b'event: complete\ndata: {"endpoint": {"name": "e"}}\n\n')

    with Faulty([deploying]) as faulty, Pareta(api_key=KEY, base_url=faulty.url) as pa:
        events = pa.endpoints.deploy(task="a")
        assert next(events)["data"]["stage"] == "loading"
        sent.set()
        assert [event["event"] for event in events] == ["complete"]


class Unwanted(Exception):
    """What a loop's body fails with."""


def break_out(stream: Stream[ChatCompletionChunk]) -> None:
    for _ in stream:
        break


def close_the_iterator(stream: Stream[ChatCompletionChunk]) -> None:
    iterator = iter(stream)
    next(iterator)
    iterator.close()  # type: ignore[attr-defined]


def leave_a_with(stream: Stream[ChatCompletionChunk]) -> None:
    with stream:
        pass


def close(stream: Stream[ChatCompletionChunk]) -> None:
    next(stream)
    stream.close()


def fail_inside(stream: Stream[ChatCompletionChunk]) -> None:
    def read() -> None:
        for _ in stream:
            raise Unwanted

    with pytest.raises(Unwanted):
        read()


def drop(stream: Stream[ChatCompletionChunk]) -> None:
    """The caller lets go of it too."""


LEAVING = [drop, break_out, close_the_iterator, leave_a_with, close, fail_inside]


@pytest.mark.parametrize("leave", LEAVING, ids=lambda leave: leave.__name__)
def test_an_abandoned_stream_closes_its_connection(leave: Any) -> None:
    with telling() as (url, server), Pareta(api_key=KEY, base_url=url) as pa:
        leave(words(pa))
        assert server.left.wait(SECONDS)


@pytest.mark.parametrize("leave", LEAVING[1:], ids=lambda leave: leave.__name__)
def test_even_while_the_stream_is_held(leave: Any) -> None:
    with telling() as (url, server), Pareta(api_key=KEY, base_url=url) as pa:
        stream = words(pa)
        leave(stream)
        assert server.left.wait(SECONDS)
        assert stream


async def abreak_out(stream: Stream[ChatCompletionChunk]) -> None:
    async for _ in stream:
        break


async def aclose_the_iterator(stream: Stream[ChatCompletionChunk]) -> None:
    iterator: AsyncIterator[ChatCompletionChunk] = aiter(stream)
    await anext(iterator)
    await iterator.aclose()  # type: ignore[attr-defined]


async def aleave_a_with(stream: Stream[ChatCompletionChunk]) -> None:
    async with stream:
        pass


async def aclose(stream: Stream[ChatCompletionChunk]) -> None:
    await anext(stream)
    await stream.aclose()


async def cancelled(stream: Stream[ChatCompletionChunk]) -> None:
    async def read() -> None:
        async for _ in stream:
            begun.set()

    begun = asyncio.Event()
    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


ALEAVING = [abreak_out, aclose_the_iterator, aleave_a_with, aclose, cancelled]


@pytest.mark.parametrize("leave", ALEAVING, ids=lambda leave: leave.__name__)
def test_an_abandoned_stream_closes_its_connection_on_an_event_loop(leave: Any) -> None:
    async def use(url: str, server: Telling) -> None:
        async with AsyncPareta(api_key=KEY, base_url=url) as pa:
            stream = await awords(pa)
            await leave(stream)
            assert await asyncio.to_thread(server.left.wait, SECONDS)

    with telling() as (url, server):
        asyncio.run(use(url, server))


def test_an_abandoned_stream_leaves_the_client_of_use() -> None:
    good = answer(body='{"tasks": []}')
    with Faulty([sse(WORD), good]) as faulty, Pareta(api_key=KEY, base_url=faulty.url) as pa:
        break_out(words(pa))
        assert pa.tasks.list() == []
