"""Serving the platform: beside the caller in a thread, or alone until a signal comes."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

import uvicorn
from starlette.applications import Starlette

from pareta_plan.errors import PlatformError
from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.http.routes import create_app
from pareta_plan.platform.platform import Platform
from pareta_plan.platform.store.ledger import DEFAULT_CREDIT_MICRO_USD

HOST = "127.0.0.1"
START_SECONDS = 30.0
GRACE_SECONDS = 5
STOPPED_BY = (signal.SIGINT, signal.SIGTERM)


@dataclass
class LocalServer:
    """A platform on loopback, as a context manager: it serves at `url` inside the block.

    `port` 0 takes a free one. Leaving the block stops running evals after the row in hand;
    the next server on the same `state_dir` takes them up. Raises PlatformError when the port
    is taken, and ParetaError for a catalog that can't be used and for a newer version's state.
    """

    state_dir: Path
    api_key: str
    _: KW_ONLY
    catalog_folders: Sequence[Path] = ()
    credit_micro_usd: int = DEFAULT_CREDIT_MICRO_USD
    generation: Generation = Generation.V0
    port: int = 0
    url: str = field(default="", init=False)

    def __enter__(self) -> Self:
        """Start serving; returns when requests are answered."""
        with ExitStack() as opened:
            listening = opened.enter_context(_bind(self.port))
            self.url = f"http://{HOST}:{listening.getsockname()[1]}"
            platform = Platform(
                self.state_dir,
                self.url,
                catalog_folders=self.catalog_folders,
                credit_micro_usd=self.credit_micro_usd,
                generation=self.generation,
            )
            opened.callback(platform.close)
            opened.enter_context(_serving(create_app(platform, self.api_key), listening))
            platform.start()
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Answer the requests in hand, then stop everything."""
        self._opened.close()


class _Server(uvicorn.Server):
    """uvicorn's server looks ten times a second whether it is to stop; this one is told."""

    _tell: Callable[[], object] | None = None

    def __init__(self, app: Starlette) -> None:
        super().__init__(_config(app))
        self.settled = threading.Event()
        """Whether it is known if it serves."""

    def serve_on(self, listening: socket.socket) -> None:
        """Serve until told to stop."""
        try:
            self.run([listening])
        finally:
            self.settled.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self.settled.set()

    def stop(self) -> None:
        """Answer what is in hand, then stop; from any thread."""
        self.should_exit = True
        if self._tell:
            self._tell()

    async def main_loop(self) -> None:
        """Keep the date header fresh once a second until told to stop."""
        told = asyncio.Event()
        self._tell = partial(asyncio.get_running_loop().call_soon_threadsafe, told.set)
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and wait only where a connection is left."""
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()


def serve(server: LocalServer, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, from the main thread; `on_ready` is given the URL."""
    stop = threading.Event()
    handlers = {number: signal.signal(number, lambda *_: stop.set()) for number in STOPPED_BY}
    try:
        with server:
            on_ready(server.url)
            stop.wait()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _bind(port: int) -> socket.socket:
    # with its protocol named, or asyncio leaves Nagle's algorithm on: 40 ms an answer
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        hint = "stop what listens there, or choose another port"
        raise PlatformError(f"can't listen on {HOST}:{port}: {error.strerror}", hint=hint) from None
    return listening


@contextmanager
def _serving(app: Starlette, listening: socket.socket) -> Iterator[None]:
    """Serve in a thread for as long as the block runs."""
    server = _Server(app)
    thread = threading.Thread(
        target=server.serve_on, args=(listening,), name="pareta server", daemon=True
    )
    thread.start()
    try:
        if not (server.settled.wait(START_SECONDS) and server.started):
            raise PlatformError("the embedded platform did not start")
        yield
    finally:
        server.stop()
        thread.join()


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        log_level=logging.WARNING,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
