"""A platform on loopback as a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import installed

KEY = "pareta_sk_local_bench"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@contextmanager
def serving(script: Path, project: Path, port: int) -> Iterator[None]:
    """`pareta-plan serve` on the project's state, for as long as the block runs."""
    server = subprocess.Popen(
        [script, "-C", project, "serve", "--port", str(port)],
        env=installed.environment(PARETA_API_KEY=KEY),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if not (server.stdout and server.stdout.readline()):
            raise RuntimeError(f"the platform did not start: exit {server.wait()}")
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def connected(port: int) -> dict[str, str]:
    """The environment of a command that talks to the platform on `port`."""
    url = f"http://127.0.0.1:{port}"
    return installed.environment(PARETA_BASE_URL=url, PARETA_API_KEY=KEY)
