"""A provider on loopback that answers as it is told, byte for byte, well or not."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

TOKENS = {"prompt_tokens": 120, "completion_tokens": 7, "total_tokens": 127}
ALL = 10**6


@dataclass(frozen=True)
class Step:
    """One answer: pieces of bytes with pauses between them, sent `times` times."""

    pieces: Sequence[bytes | float] = ()
    stays: bool = False  # the connection, after it
    when: Callable[[dict[str, Any]], bool] = lambda _: True
    times: int = 1


@dataclass
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class ScriptedProvider:
    """Scripts by the first part of a path; the last step of each goes on for ever."""

    port: int = 0
    scripts: dict[str, list[Step]] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=lambda: defaultdict(list))
    most_at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def url(self, name: str) -> str:
        """The base address at which a script answers."""
        return f"http://127.0.0.1:{self.port}/{name}/v1"

    def at_once(self, name: str) -> int:
        """How many answers of a script are under way."""
        return self._at_once[name]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection."""
        gone = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        asked = Asked(head[0].split()[1], headers, json.loads(body or b"{}"))
        name = asked.path.split("/")[1]
        self.asked[name].append(asked)
        self._at_once[name] += 1
        self.most_at_once[name] = max(self.most_at_once[name], self._at_once[name])
        try:
            return await self._play(self._step(name, asked), writer)
        finally:
            self._at_once[name] -= 1

    async def _play(self, step: Step, writer: asyncio.StreamWriter) -> bool:
        for piece in step.pieces:
            if isinstance(piece, bytes):
                writer.write(piece)
                await writer.drain()
            else:
                await asyncio.sleep(piece)
        return step.stays

    def _step(self, name: str, asked: Asked) -> Step:
        nth = len(self.asked[name]) - 1
        steps = [s for s in self.scripts[name] if s.when(asked.body)]
        for step in steps:
            if nth < step.times:
                return step
            nth -= step.times
        return steps[-1]


@contextmanager
def scripted_provider() -> Iterator[ScriptedProvider]:
    """The server, on a thread of its own."""
    made = ScriptedProvider()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(made.serve, "127.0.0.1", 0))
    made.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def end() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def http(status: int, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def answers(status: int, data: Any, *headers: str, **more: Any) -> Step:
    """A step that answers JSON, or text as it is."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    kind = more.pop("kind", "application/json")
    return Step([http(status, body, *headers, kind=kind)], stays=True, **more)


def completion(content: Any, *, finish: Any = "stop", usage: Any = TOKENS, **more: Any) -> Any:
    """A completion as OpenAI documents it."""
    message = {"role": "assistant", "content": content, **more.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m-2026",
        "choices": [choice],
        "usage": usage,
        "system_fingerprint": "fp_1",
        **more,
    }


def says(content: Any, **more: Any) -> Step:
    """A step that answers a completion."""
    when = {"when": more.pop("when")} if "when" in more else {}
    return answers(200, completion(content, **more), **when)


def error(message: str, **more: Any) -> Any:
    """An error as OpenAI documents it."""
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def event(data: Any, name: str = "") -> bytes:
    """A server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def streams(*pieces: bytes | float, **more: Any) -> Step:
    """A step that streams pieces and closes."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    return Step([head, *pieces], **more)


def chunk(text: str | None, finish: str | None = None, **more: Any) -> bytes:
    """A chunk as OpenAI documents it."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-2026"}
    return event(head | {"choices": [choice], **more})


DONE = event("[DONE]")
COUNTED = event({"id": "chatcmpl-1", "choices": [], "usage": TOKENS})
