"""Serving the platform: beside the caller in a thread, or alone until a signal comes."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Self, cast

import uvicorn
from starlette.types import ASGIApp

from pareta_plan.errors import PlatformError
from pareta_plan.platform.catalog.generation import Generation
from pareta_plan.platform.catalog.own import NOTHING, Own
from pareta_plan.platform.http.connection import Connection
from pareta_plan.platform.http.routes import create_app
from pareta_plan.platform.platform import Platform
from pareta_plan.platform.pulled import Told
from pareta_plan.platform.store.ledger import DEFAULT_CREDIT_MICRO_USD

HOST = "127.0.0.1"
START_SECONDS = 30.0
GRACE_SECONDS = 5
FOLLOW_SECONDS = 0.2
"""How often it is looked whether tasks changed."""
SWITCH_SECONDS = 0.0002
"""How long a model may keep Python's lock from a small request, and from each of its steps."""
STOPPED_BY = (signal.SIGINT, signal.SIGTERM)


@dataclass
class LocalServer:
    """A platform on loopback, as a context manager: it serves at `url` inside the block.

    `port` 0 takes a free one. `alone` spends some milliseconds more on starting to answer more
    requests afterwards, and takes up what changes in the files of tasks. Leaving the block stops
    running evals. With `resume` the next server on the same `state_dir` takes them up; without,
    each of them when it is asked for, so that nothing is spent on what nobody waits for. `pulling`
    is told of weights that an intent needs. Raises PlatformError when the port is taken, and
    ParetaError for a catalog or a state that can't be used.
    """

    state_dir: Path
    api_key: str
    _: KW_ONLY
    catalog_folders: Sequence[Path] = ()
    credit_micro_usd: int = DEFAULT_CREDIT_MICRO_USD
    generation: Generation = Generation.V0
    own: Own = NOTHING
    pulling: Told | None = None
    port: int = 0
    alone: bool = False
    resume: bool = True
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
                own=self.own,
                pulling=self.pulling,
            )
            opened.callback(platform.close)
            if self.alone:
                opened.enter_context(_following(platform))
            loop = "auto" if self.alone else "asyncio"  # auto: uvloop, where it is installed
            server = _Server(create_app(platform, self.api_key), loop)
            opened.enter_context(_serving(server, listening))
            platform.start(resume=self.resume)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Answer the requests in hand, then stop everything."""
        self._opened.close()


class _Server(uvicorn.Server):
    """uvicorn's server looks ten times a second whether it is to stop; this one is told."""

    _tell: Callable[[], object] | None = None

    def __init__(self, app: ASGIApp, loop: str) -> None:
        super().__init__(_config(app, loop))
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
        """Once a second keep the date header fresh and close what stalls, until told to stop."""
        told = asyncio.Event()
        self._tell = partial(asyncio.get_running_loop().call_soon_threadsafe, told.set)
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), 1)
            for connection in [*self.server_state.connections]:
                cast(Connection, connection).close_if_stalled()

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
    told = SimpleQueue[int]()  # an event's lock may be held by whom the signal interrupts
    sys.setswitchinterval(SWITCH_SECONDS)
    handlers = {number: signal.signal(number, lambda n, _: told.put(n)) for number in STOPPED_BY}
    try:
        with replace(server, alone=True) as running:
            on_ready(running.url)
            told.get()
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
def _following(platform: Platform) -> Iterator[None]:
    """Take up changes of tasks for as long as the block runs."""
    over = threading.Event()

    def follow() -> None:
        while not over.wait(FOLLOW_SECONDS):
            platform.refresh()

    thread = threading.Thread(target=follow, name="pareta tasks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _serving(server: _Server, listening: socket.socket) -> Iterator[None]:
    """Serve in a thread for as long as the block runs."""
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


def _config(app: ASGIApp, loop: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop=loop,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        log_level=logging.ERROR,  # what is below, any client could write
        proxy_headers=False,  # nobody asks who the client is
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
