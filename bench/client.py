"""What the client costs on top of httpx: catalog reads from a platform on loopback.

    python -m bench.client

The platform is a process of its own. Reads are made in turns by bare httpx and by the client, so
that what else the machine does hits both alike; the figures are the quickest round's.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx

from bench import installed
from bench.served import KEY, free_port
from pareta_plan import AsyncPareta, Pareta

READS = 1000
ROUNDS = 10
AT_ONCE = 8
TASK = "sentiment"
PATH = f"/v1/tasks/{TASK}/leaderboard"
HEADERS = {"Authorization": f"Bearer {KEY}"}
GOAL = 1.10


@contextmanager
def platform() -> Iterator[str]:
    """The URL of an embedded platform that runs for as long as the block."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pareta_plan", "-C", folder, "serve", "--port", str(port)]
        environment = installed.environment(PARETA_API_KEY=KEY, PYTHONPATH=".")
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as server:
            try:
                if not (server.stdout and server.stdout.readline()):
                    raise RuntimeError("the platform did not start")
                yield f"http://127.0.0.1:{port}"
            finally:
                server.send_signal(signal.SIGINT)


def timed(reads: int, read: Callable[[], object]) -> float:
    """Seconds of so many reads, one after the other."""
    begun = time.perf_counter()
    for _ in range(reads):
        read()
    return time.perf_counter() - begun


def sequential(url: str) -> dict[str, float]:
    """The quickest seconds of READS reads by each way."""
    with (
        httpx.Client(base_url=url, headers=HEADERS, trust_env=False) as http,
        Pareta(api_key=KEY, base_url=url) as pa,
    ):
        ways: dict[str, Callable[[], object]] = {
            "httpx": lambda: http.get(PATH).raise_for_status().json(),
            "Pareta": lambda: pa.tasks.leaderboard(TASK),
        }
        rounds = [
            {name: timed(READS // ROUNDS, way) for name, way in ways.items()} for _ in range(ROUNDS)
        ]
    return {name: min(round_[name] for round_ in rounds) * ROUNDS for name in ways}


async def timed_at_once(reads: int, read: Callable[[], Awaitable[object]]) -> float:
    """Seconds of so many reads that are all asked for at once."""
    begun = time.perf_counter()
    await asyncio.gather(*(read() for _ in range(reads)))
    return time.perf_counter() - begun


async def concurrent(url: str) -> dict[str, float]:
    """The quickest seconds of READS reads by each way, at most AT_ONCE in flight."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    bare = httpx.AsyncClient(
        base_url=url, headers=HEADERS, trust_env=False, limits=limits, timeout=60
    )
    ours = AsyncPareta(api_key=KEY, base_url=url, max_connections=AT_ONCE)
    async with bare as http, ours as pa:

        async def read() -> object:
            return (await http.get(PATH)).raise_for_status().json()

        ways: dict[str, Callable[[], Awaitable[object]]] = {
            "httpx.AsyncClient": read,
            "AsyncPareta": lambda: pa.tasks.leaderboard(TASK),
        }
        rounds = [
            {name: await timed_at_once(READS, way) for name, way in ways.items()} for _ in range(3)
        ]
    return {name: min(round_[name] for round_ in rounds) for name in ways}


def main() -> None:
    """Measure and print."""
    with platform() as url:
        for what, taken in (
            ("one after the other", sequential(url)),
            (f"at once, {AT_ONCE} in flight", asyncio.run(concurrent(url))),
        ):
            base = next(iter(taken.values()))
            print(f"{READS} catalog reads {what}:")
            for name, seconds in taken.items():
                print(f"  {name:18}{seconds * 1000:8.0f} ms   ratio {seconds / base:.2f}")
    print(f"goal: ratio at most {GOAL:.2f}")


if __name__ == "__main__":
    main()
