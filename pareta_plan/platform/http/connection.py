"""A client's connection, closed when nothing comes of it, and what it may send unasked."""

from __future__ import annotations

import asyncio
import logging
import sys
from functools import cache
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pareta_plan.platform.http.joined import Joined

HEAD_SECONDS = 10.0
"""For a request's head, from the connection's opening or the last answer on."""
PAUSE_SECONDS = 10.0
"""Without a byte of a body."""
BODY_SECONDS = 120.0
ANSWER_SECONDS = 30.0
"""Without the client taking a byte of an answer."""
HEAD_BYTES = 64 * 1024

LEAST_CONNECTIONS = 16

log = logging.getLogger(__name__)


@cache
def most_connections() -> int:
    """So many are open at once: half of the files that this process may have open."""
    if sys.platform == "win32":
        return 512
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(LEAST_CONNECTIONS, soft // 2)


class Connection(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, which itself waits for ever, and takes heads of any size.

    `close_if_stalled` is to be called every second or so.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(Joined(transport, self.loop))
        self._make_room()
        self._since = self._heard = self.loop.time()
        self._stuck_since: float | None = None
        self._unparsed = 0

    def _make_room(self) -> None:
        """Close the connection that is idle for longest where there are too many.

        Else idle ones would use up the files that this process may have open, and nobody else
        would be let in.
        """
        if len(self.connections) <= most_connections():
            return
        others = [cast(Connection, one) for one in self.connections if one is not self]
        idle = [one for one in others if one.is_idle]
        if idle:
            min(idle, key=lambda one: one._since).transport.abort()

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Take bytes, but no endless head and nothing endless between the parts of a body."""
        self._heard = self.loop.time()
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """Begin to wait for a body."""
        self._since, self._unparsed = self._heard, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._unparsed = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Begin to wait for the next head."""
        self._since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Begin to wait for the client to take its answer."""
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._stuck_since = None
        super().resume_writing()

    def close_if_stalled(self) -> None:
        """Close the connection when it waited longer than it may."""
        if self._is_stalled(self.loop.time()):
            log.debug("a connection stalled")
            self.transport.abort()

    def _is_stalled(self, now: float) -> bool:
        if self._stuck_since is not None:
            return now - self._stuck_since > ANSWER_SECONDS
        if self.is_idle:
            return now - self._since > HEAD_SECONDS
        if not self.cycle.more_body or self.flow.read_paused:
            return False
        return now - self._heard > PAUSE_SECONDS or now - self._since > BODY_SECONDS
