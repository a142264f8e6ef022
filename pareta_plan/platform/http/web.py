"""Reading requests and writing answers: sizes, JSON, forms, server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import iterate_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import ContentStream, JSONResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from pareta_plan.platform.parsing import canonical, digest, parse_json
from pareta_plan.platform.refusal import Refusal, bad_request
from pareta_plan.platform.store.idempotency import RequestKey
from pareta_plan.wire import DeployEvent

MAX_JSON = 1024 * 1024
MAX_CHAT = 48 * 1024 * 1024
MAX_ITEMS = 32 * 1024 * 1024
FORM_OVERHEAD = 64 * 1024
DRAINED = 128 * 1024 * 1024
MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object and the key it came with."""

    values: dict[str, Any]
    key: RequestKey | None


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form with one file, and the key it came with."""

    fields: dict[str, str]
    file: bytes
    key: RequestKey | None


async def read_body(request: Request, limit: int) -> bytes:
    """The body. Raises Refusal (413) when it is over `limit` bytes."""
    return b"".join([chunk async for chunk in limited(request, limit).stream()])


async def read_json(request: Request, limit: int = MAX_JSON) -> Body:
    """A JSON object. Raises Refusal (400, 413)."""
    values = parse_json(await read_body(request, limit), "the body")
    if not isinstance(values, dict):
        raise bad_request("the body must be a JSON object")
    return Body(values, _key(request, lambda: digest(canonical(values))))


async def read_form(request: Request, file_field: str, limit: int) -> Form:
    """A multipart form whose `file_field` is a file. Raises Refusal (400, 413).

    Its digest is of what it means: a boundary differs from one try to the next.
    """
    limiting = limited(request, limit + FORM_OVERHEAD)
    try:
        async with limiting.form(max_files=1, max_fields=20) as form:
            upload = form.get(file_field)
            if not isinstance(upload, UploadFile):
                raise bad_request(f"the form must have a file {file_field!r}")
            data = await upload.read()
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
    except HTTPException as error:
        raise bad_request(f"the form can't be read: {error.detail}") from None
    if len(data) > limit:
        raise _too_large(limit)
    return Form(fields, data, _key(request, lambda: digest(canonical(fields), data)))


def bare_key(request: Request) -> RequestKey | None:
    """The key of a request whose body means nothing."""
    return _key(request, digest)


def limited(request: Request, limit: int) -> Request:
    """The request, refusing (413) to be read beyond `limit` bytes.

    The rest is read and dropped first, or the client would see a reset connection instead of
    the answer.
    """
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            await _drain(request, message, seen)
            raise _too_large(limit)
        return message

    return Request(request.scope, receive)


class EventStream(StreamingResponse):
    """Server-sent events made from a generator, which is closed when the client goes away.

    Left to the garbage collector it would hold its locks for an unknown time.
    """

    def __init__(self, content: ContentStream, source: Generator[Any, None, None]) -> None:
        super().__init__(content, media_type="text/event-stream")
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            asyncio.get_running_loop().run_in_executor(None, self._source.close)


def events(stream: Generator[DeployEvent | None, None, None]) -> EventStream:
    """Named server-sent events, and a comment whenever there was none for a while."""

    def lines() -> Iterator[str]:
        for event in stream:
            yield f"event: {event.event}\ndata: {_json(event.data)}\n\n" if event else ": \n\n"

    return EventStream(lines(), stream)


async def chunks(stream: Generator[Mapping[str, Any], None, None]) -> EventStream:
    """Data-only server-sent events, ended by `[DONE]`.

    Raises what the first chunk raises: after it, the status is out and an error can only be
    told in the stream.
    """
    rest = iterate_in_threadpool(stream)
    first = await anext(rest)

    async def lines() -> AsyncIterator[str]:
        yield _data(first)
        try:
            async for chunk in rest:
                yield _data(chunk)
        except Refusal as refusal:
            yield _data({"error": {"message": refusal.detail, "code": refusal.status}})
        yield "data: [DONE]\n\n"

    return EventStream(lines(), stream)


def detail(status: int, text: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error's answer."""
    return JSONResponse({"detail": text}, status, headers)


async def _drain(request: Request, message: Message, seen: int) -> None:
    while message.get("more_body") and seen < DRAINED:
        message = await request.receive()
        seen += len(message.get("body", b""))
        if message["type"] == "http.disconnect":
            raise ClientDisconnect


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"the body may have at most {limit} bytes")


def _key(request: Request, body_digest: Callable[[], str]) -> RequestKey | None:
    key = request.headers.get("idempotency-key")
    if not key:
        return None
    if len(key) > MAX_KEY:
        raise bad_request(f"an Idempotency-Key may have at most {MAX_KEY} characters")
    return RequestKey(key, request.method, request.url.path, body_digest())


def _data(value: Mapping[str, Any]) -> str:
    return f"data: {_json(value)}\n\n"


def _json(value: Any) -> str:
    """In ASCII: clients cut a stream into lines at more characters than LF, U+2028 among them."""
    return json.dumps(value, separators=(",", ":"))
