"""However many reads are asked for at once, few are in flight."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pareta_plan import AsyncPareta, Pareta
from tests.client.driving import KEY

READS = 200
BODY = b'{"tasks": []}'


class Counting(ThreadingHTTPServer):
    """Counts the requests it has been asked and not answered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.answered = self.in_flight = self.most = 0

    def count(self, change: int) -> None:
        with self.lock:
            self.in_flight += change
            self.most = max(self.most, self.in_flight)
            self.answered += change < 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting
    wbufsize = 65536  # an answer in one packet

    def do_GET(self) -> None:
        self.server.count(1)
        time.sleep(0.002)  # long enough for others to come in, if they may
        self.server.count(-1)
        self.send_response(200)
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def counting() -> Iterator[tuple[str, Counting]]:
    with Counting() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("bound", [1, 5, 8])
def test_many_reads_at_once_stay_within_the_bound(bound: int) -> None:
    async def use(url: str) -> None:
        async with AsyncPareta(api_key=KEY, base_url=url, max_connections=bound) as pa:
            await asyncio.gather(*(pa.tasks.list() for _ in range(READS)))

    with counting() as (url, server):
        asyncio.run(use(url))
    assert server.answered == READS
    assert server.most <= bound
    assert server.most > 1 or bound == 1


def test_threads_may_share_a_client() -> None:
    with counting() as (url, server), Pareta(api_key=KEY, base_url=url) as pa:
        threads = [threading.Thread(target=pa.tasks.list) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.answered == 20
