"""A platform of some working tree on loopback, and a client of it that costs little itself."""

from __future__ import annotations

import http.client
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import installed
from bench.served import KEY, free_port

STATE = Path(".pareta") / "platform" / "platform.sqlite3"


@contextmanager
def platform(project: Path, tree: Path) -> Iterator[tuple[int, int]]:
    """The port and the process of `pareta-plan serve`, as in `tree`, for as long as the block."""
    port = free_port()
    command = [sys.executable, "-m", "pareta_plan", "-C", str(project), "serve"]
    environment = installed.environment(PARETA_API_KEY=KEY, PYTHONPATH=str(tree))
    with subprocess.Popen(
        [*command, "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tree,
    ) as server:
        try:
            if not (server.stdout and server.stdout.readline()):
                raise RuntimeError("the platform did not start")
            yield port, server.pid
        finally:
            server.send_signal(signal.SIGINT)


class Client:
    """One connection; `call` says how long each request took, in seconds."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = self._connected()

    def call(self, method: str, path: str, body: Any = None) -> tuple[float, Any]:
        """Seconds and JSON (None if there is none). Raises RuntimeError for a refusal."""
        sent = None if body is None else json.dumps(body).encode()
        return self._request(method, path, sent, "application/json")

    def rows(self, task: str, rows: Sequence[dict[str, Any]]) -> str:
        """The id of a new eval set."""
        bound = secrets.token_hex(8)
        part = f'--{bound}\r\nContent-Disposition: form-data; name="'
        lines = "\n".join(map(json.dumps, rows))
        form = f'{part}task_id"\r\n\r\n{task}\r\n{part}items"; filename="i"\r\n\r\n{lines}\r\n'
        kind = f"multipart/form-data; boundary={bound}"
        sent = f"{form}--{bound}--\r\n".encode()
        return str(self._request("POST", "/v1/eval-sets", sent, kind)[1]["eval_set"]["id"])

    def run(self, set_id: str, model: str, pause: float = 0.02) -> float:
        """Seconds until a run over the set is completed."""
        begun = time.perf_counter()
        body = {"eval_set_id": set_id, "candidate_model_ids": [model]}
        run = self.call("POST", "/v1/eval-runs", body)[1]
        while run.get("status") not in ("completed", "failed"):
            time.sleep(pause)
            path = f"/v1/eval-runs/{run.get('run_id') or run['id']}"
            run = self.call("GET", path)[1]["run"]
        if run["status"] == "failed":
            raise RuntimeError(run["error_detail"])
        return time.perf_counter() - begun

    def deploy(self, task: str, model: str, name: str) -> None:
        """Make an endpoint and wait until it is there. Raises RuntimeError when it isn't."""
        sent = json.dumps({"task": task, "model": model, "name": name}).encode()
        self._request("POST", "/v1/endpoints", sent, "application/json")
        self.call("GET", f"/v1/endpoints/{name}")

    def chat(self, endpoint: str, text: str) -> float:
        """Seconds until a chat is answered."""
        body = {"model": endpoint, "messages": [{"role": "user", "content": text}]}
        return self.call("POST", "/v1/chat/completions", body)[0]

    def _connected(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)

    def _request(self, method: str, path: str, sent: bytes | None, kind: str) -> tuple[float, Any]:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": kind}
        begun = time.perf_counter()
        try:
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # an idle one that was closed
            self._connection = self._connected()
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
        said = answer.read()
        seconds = time.perf_counter() - begun
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:200]!r}")
        is_json = answer.headers.get_content_type() == "application/json"
        return seconds, json.loads(said) if is_json else None
