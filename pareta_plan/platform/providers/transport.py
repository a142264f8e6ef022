"""HTTP to providers: one event loop on one thread of its own, for callers that know no asyncio.

Redirects are not followed, proxies and cookies of the environment are not used, a body has a
largest size, and a name is looked up and checked with each connection. Nothing here logs, and no
error carries what was sent or received.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from socket import AddressFamily
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from pareta_plan.hosts.addresses import AddressRefused, is_loopback, numeric, refusal
from pareta_plan.platform.providers.faults import Kind, ProviderError
from pareta_plan.platform.providers.retries import retry_after

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")

MOST_BYTES = 16 * 1024 * 1024
"""Of one answer, a streamed one included."""
_CONNECT_SECONDS = 10.0
_KEPT_SECONDS = 4.0  # uvicorn and llama.cpp close after five
_STREAMS_LAST = 10  # times as long as a whole answer may take
_TOLD = ("retry-after", "retry-after-ms")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, a POST when it has a body.

    `seconds` is for all of it; when it is `streamed` for each silence, and ten times that for all.
    """

    provider: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    seconds: float = 120.0
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Got:
    """A whole answer; of its headers only what Retry-After asked for, in seconds."""

    status: int
    body: bytes = field(repr=False)
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer whose body comes in pieces."""

    status: int
    pieces: AsyncIterator[bytes] = field(repr=False)
    wait: float | None = None


class Transport:
    """The loop, its thread, and the connections. To be closed; a context manager does it."""

    def __init__(self) -> None:
        self._starting = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the loop; cancelling the future cancels it.

        Raises RuntimeError when the transport was closed.
        """
        try:
            return asyncio.run_coroutine_threadsafe(work, self._running())
        except RuntimeError:
            work.close()
            raise

    def call_soon(self, call: Callable[[], None]) -> None:
        """Call something on the loop; nothing when the transport was closed."""
        with self._starting:
            if self._loop and not self._closed:
                self._loop.call_soon_threadsafe(call)

    def iterate(
        self, items: AsyncIterator[T], beat: tuple[float, T] | None = None
    ) -> Generator[T, None, None]:
        """The items as they come; leaving the iterator cancels what makes them.

        `beat` is an item that is given too, whenever there was none for so many seconds: whoever
        iterates gets a chance to leave.
        """
        queue = SimpleQueue[tuple[T] | None]()

        async def pump() -> None:
            async for item in items:
                queue.put((item,))

        pumping = self.submit(pump())
        pumping.add_done_callback(lambda _: queue.put(None))
        try:
            while (got := _next(queue, beat)) is not None:
                yield got[0]
            pumping.result()
        finally:
            pumping.cancel()

    def close(self) -> None:
        """Cancel all that runs, close all connections, end the thread."""
        with self._starting:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop and thread and thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
        self._loop = self._thread = None

    async def send(self, call: Call) -> Got:
        """The whole answer, whatever its status. Raises ProviderError."""
        async with self.opened(call) as answer:
            body = b"".join([piece async for piece in answer.pieces])
        return Got(answer.status, body, answer.wait)

    @asynccontextmanager
    async def opened(self, call: Call) -> AsyncIterator[Opened]:
        """The answer as it comes. Raises ProviderError, its pieces as well."""
        async with _told(call):
            response = await self._requested(call)
        try:
            wait = retry_after({name: response.headers.get(name, "") for name in _TOLD})
            yield Opened(response.status, _pieces(call, response), wait)
        finally:
            response.release() if response.content.at_eof() else response.close()

    async def _requested(self, call: Call) -> aiohttp.ClientResponse:
        import aiohttp

        _check_host(call.url)
        if self._session is None:
            self._session = _session()
        return await self._session.request(
            "GET" if call.body is None else "POST",
            call.url,
            data=call.body,
            headers=call.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=call.seconds * (_STREAMS_LAST if call.streamed else 1),
                sock_connect=min(_CONNECT_SECONDS, call.seconds),
                sock_read=call.seconds,
            ),
        )

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._closed:
                raise RuntimeError("the transport was closed")
            if self._loop is None:
                import aiohttp  # noqa: F401  (here: on the loop it would hold up what is under way)

                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="providers", daemon=True)
                self._thread.start()
            return self._loop

    async def _end(self) -> None:
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._session:
            await self._session.close()
        await asyncio.get_running_loop().shutdown_asyncgens()
        await asyncio.get_running_loop().shutdown_default_executor()


def _next(queue: SimpleQueue[tuple[T] | None], beat: tuple[float, T] | None) -> tuple[T] | None:
    if beat is None:
        return queue.get()
    seconds, item = beat
    try:
        return queue.get(timeout=seconds)
    except Empty:
        return (item,)


def _session() -> aiohttp.ClientSession:
    import aiohttp

    class Resolver(aiohttp.ThreadedResolver):
        """Looks names up, and refuses where they lead to what is refused."""

        async def resolve(
            self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
        ) -> list[aiohttp.abc.ResolveResult]:
            found = await super().resolve(host, port, family)
            for one in found:
                _check_leads(host, one["host"])
            return found

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0,
            resolver=Resolver(),
            use_dns_cache=False,
            keepalive_timeout=_KEPT_SECONDS,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity", "User-Agent": "pareta-plan"},
        trust_env=False,
        raise_for_status=False,
    )


def _check_host(url: str) -> None:
    from yarl import URL

    if reason := refusal(URL(url).host or ""):
        raise AddressRefused(reason)


def _check_leads(host: str, address: str) -> None:
    if reason := refusal(address):
        raise AddressRefused(reason)
    led = numeric(address)
    if is_loopback(host) and not (led and led.is_loopback):
        raise AddressRefused(f"{host} doesn't lead to this machine")


async def _pieces(call: Call, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    size = 0
    async with _told(call):
        async for piece in response.content.iter_any():
            size += len(piece)
            if size > MOST_BYTES:
                raise ProviderError(call.provider, "too_large", status=response.status)
            yield piece


@asynccontextmanager
async def _told(call: Call) -> AsyncIterator[None]:
    """Faults of the network in our own words, without the library's exception behind them."""
    import aiohttp

    try:
        yield
        return
    except AddressRefused:
        kind: Kind = "address"
    except aiohttp.ClientConnectorDNSError as error:
        kind = "address" if isinstance(error.os_error, AddressRefused) else "connection"
    except (TimeoutError, aiohttp.ServerTimeoutError):
        kind = "timeout"
    except aiohttp.ClientPayloadError:
        kind = "cut_stream"
    except (aiohttp.ClientConnectionError, OSError):
        kind = "connection"
    except (aiohttp.ClientError, ValueError):
        kind = "shape"
    raise ProviderError(call.provider, kind)
