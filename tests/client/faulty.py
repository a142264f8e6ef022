"""A server on loopback that answers with scripted bytes, and keeps what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self


class Asked(NamedTuple):
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


Said = bytes | Callable[[socket.socket], None]


def answer(
    status: int = 200, body: str = "{}", kind: str = "application/json", **headers: str
) -> bytes:
    """A whole HTTP answer; `retry_after` and the like become headers."""
    lines = [f"HTTP/1.1 {status} Because", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body.encode())}", "Connection: close", "", ""]
    return ("\r\n".join(lines) + body).encode()


def sse(text: str, **headers: str) -> bytes:
    """A stream that ends when the connection does."""
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join([*lines, "", ""]) + text).encode()


class Faulty:
    """Answers one connection with each of `script`; an empty answer closes at once.

    A callable is given the connection, which is closed when it returns.
    """

    def __init__(self, script: Sequence[Said]) -> None:
        self._script = script
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked: list[Asked] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._ended.set()
        with socket.socket() as last:  # wakes a thread that still waits for a connection
            last.connect_ex(self._listening.getsockname())
        self._thread.join(10)
        self._listening.close()

    def _serve(self) -> None:
        for scripted in self._script:
            connection, _ = self._listening.accept()
            with connection:
                if self._ended.is_set():
                    return
                self.asked.append(_read(connection))
                if callable(scripted):
                    scripted(connection)
                else:
                    connection.sendall(scripted)


def refused_url() -> str:
    """A URL on loopback that nobody serves."""
    with socket.create_server(("127.0.0.1", 0)) as closing:
        return f"http://127.0.0.1:{closing.getsockname()[1]}"


def _read(connection: socket.socket) -> Asked:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return Asked("", {}, data)  # the client gave up before it had asked
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (field.split(": ", 1) for field in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Asked(line, headers, body)
