"""Rows of a provider: 1,000 questions, 50 in flight, to a server that answers after 50 ms.

    python -m bench.providers [--rows N] [--in-flight N] [--ms N]

Ours is the whole way of an eval's row: a question with a schema, paced, sent, validated, many of
them in a flight. Beside it are the bare transports, with the same bodies, each in a process of
its own; one that isn't installed is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

ANSWER = {
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": '{"label": "high"}'},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 120, "completion_tokens": 7},
}
TEXT = "The printer on the third floor is on fire and nobody is there. " * 6
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": TEXT}]}).encode()
GOAL = 1.5


def main() -> None:
    """Measure all, or serve or measure one as a child."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=50)
    parser.add_argument("--ms", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2)
    given = parser.parse_args()
    if given.child:
        name, port = given.child
        print(json.dumps(_measured(name, port, given.rows, given.in_flight)))
        return
    ideal = given.rows * given.ms / 1000 / given.in_flight
    print(f"{given.rows:,} rows, {given.in_flight} in flight, {given.ms} ms: ideal {ideal:.2f} s")
    print(f"{'':12}{'seconds':>9}{'of ideal':>10}{'CPU s':>8}{'MB':>6}")
    with serving(given.ms) as port:
        for name in (one for one in WAYS if one == "ours" or find_spec(one)):
            told = [_child(name, port, given.rows, given.in_flight) for _ in range(given.runs)]
            wall, cpu, mb = min(told)
            goal = f"   goal: at most {GOAL:g} of ideal" if name == "ours" else ""
            print(f"{name:12}{wall:9.2f}{wall / ideal:10.2f}{cpu:8.2f}{mb:6}{goal}")


def _child(name: str, port: int, rows: int, in_flight: int) -> tuple[float, float, int]:
    command = [sys.executable, "-m", "bench.providers", "--child", name, str(port)]
    sizes = ["--rows", str(rows), "--in-flight", str(in_flight)]
    done = subprocess.run([*command, *sizes], capture_output=True, text=True, check=True)
    wall, cpu, mb = json.loads(done.stdout)
    return wall, cpu, mb


def _measured(name: str, port: str, rows: int, in_flight: int) -> tuple[float, float, int]:
    wall = WAYS[name](f"http://127.0.0.1:{port}/v1", rows, in_flight)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def _ours(url: str, rows: int, in_flight: int) -> float:
    import aiohttp  # noqa: F401  (imports are in no way's seconds)

    from pareta_plan.platform.providers.answers import Answer, load
    from pareta_plan.platform.providers.calling import Model
    from pareta_plan.platform.providers.connected import Provider
    from pareta_plan.platform.providers.flight import Flight
    from pareta_plan.platform.providers.provider import ProviderSpec
    from pareta_plan.platform.providers.request import Request, Wanted
    from pareta_plan.platform.providers.transport import Transport

    wanted = Wanted(labels=("low", "high"))
    spec = ProviderSpec(name="box", base_url=url, concurrency=in_flight)
    load()
    begun = time.perf_counter()
    with Transport() as sent:
        model = Model(Provider(spec, None, sent), "m")
        flight = Flight[int, Request, Answer](sent, model.asked, in_flight)
        flight.send_off((n, Request(TEXT, 20, "How urgent?", wanted=wanted)) for n in range(rows))
        heard = list[Answer | Exception]()
        while len(heard) < rows:
            heard += [one for _, one in flight.heard(1)]
        right = sum(isinstance(one, Answer) and not one.fault for one in heard)
    if right != rows:
        raise RuntimeError(f"{right} of {rows} rows were answered")
    return time.perf_counter() - begun


def _bare(client: Callable[[str], Any]) -> Callable[[str, int, int], float]:
    def measured(url: str, rows: int, in_flight: int) -> float:
        return asyncio.run(_flight(client(f"{url}/chat/completions"), rows, in_flight))

    return measured


async def _flight(opened: Any, rows: int, in_flight: int) -> float:
    async with opened as one:
        gate = asyncio.Semaphore(in_flight)

        async def gated() -> None:
            async with gate:
                await one()

        begun = time.perf_counter()
        await asyncio.gather(*(gated() for _ in range(rows)))
        return time.perf_counter() - begun


class _Opened:
    """A client that is open as long as it is used, as one call."""

    def __init__(self, client: Any, call: Callable[[Any], Awaitable[bytes]]) -> None:
        self._client = client
        self._call = call

    async def __aenter__(self) -> Callable[[], Awaitable[Any]]:
        client = await self._client.__aenter__()

        async def one() -> Any:
            return json.loads(await self._call(client))

        return one

    async def __aexit__(self, *ended: object) -> None:
        await self._client.__aexit__(*ended)


def _aiohttp(url: str) -> _Opened:
    import aiohttp

    async def call(client: aiohttp.ClientSession) -> bytes:
        async with client.post(url, data=BODY) as response:
            return await response.read()

    class Session(_Opened):
        """A session wants a running loop."""

        async def __aenter__(self) -> Callable[[], Awaitable[Any]]:
            self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
            return await super().__aenter__()

    return Session(None, call)


def _httpx(url: str) -> _Opened:
    import httpx

    async def call(client: httpx.AsyncClient) -> bytes:
        return (await client.post(url, content=BODY)).content

    return _Opened(httpx.AsyncClient(trust_env=False), call)


def _pyreqwest(url: str) -> _Opened:
    from pyreqwest.client import ClientBuilder

    async def call(client: Any) -> bytes:
        response = await client.post(url).body_bytes(BODY).build().send()
        return bytes(await response.bytes())

    return _Opened(ClientBuilder().build(), call)


WAYS: dict[str, Callable[[str, int, int], float]] = {
    "ours": _ours,
    "aiohttp": _bare(_aiohttp),
    "pyreqwest": _bare(_pyreqwest),
    "httpx": _bare(_httpx),
}


class _Slow(asyncio.Protocol):
    """Answers each request after a while, on connections that stay."""

    def __init__(self, seconds: float) -> None:
        body = json.dumps(ANSWER).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        self._answer = f"{head}\r\n\r\n".encode() + body
        self._seconds = seconds
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            lines = self._got[:end].lower().split(b"\r\n")
            size = next((int(n[15:]) for n in lines if n.startswith(b"content-length:")), 0)
            if len(self._got) < end + 4 + size:
                return
            self._got = self._got[end + 4 + size :]
            loop = asyncio.get_running_loop()
            loop.call_later(self._seconds, self._transport.write, self._answer)


async def _serve(ms: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Slow(ms / 1000), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(ms: int) -> Iterator[int]:
    """The port of a server in a process of its own that answers after so many milliseconds."""
    code = f"import asyncio; from bench.providers import _serve; asyncio.run(_serve({ms}))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield int(server.stdout.readline()) if server.stdout else 0
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
