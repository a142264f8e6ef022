"""Reading requests and writing answers: sizes, JSON, forms, server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any, TypeVar

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import ContentStream, JSONResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from pareta_plan.platform.bodies import Sent
from pareta_plan.platform.parsing import canonical, digest, fit, parse_json
from pareta_plan.platform.refusal import Refusal, bad_request
from pareta_plan.platform.store.idempotency import RequestKey
from pareta_plan.wire import DeployEvent

FORM_OVERHEAD = 64 * 1024
DRAINED = 128 * 1024 * 1024
MAX_KEY = 255

S = TypeVar("S", bound=Sent)


async def read(request: Request, model: type[S]) -> tuple[S, bytes, RequestKey | None]:
    """What is sent, the file beside it, and the key of a POST. Raises Refusal (400, 413)."""
    values, file = await _sent(request, model)
    meant: list[Any] = {"nothing": [], "form": [values, file]}.get(model.kind, [values])
    return fit(model, values), file, _key(request, meant)


async def _sent(request: Request, model: type[Sent]) -> tuple[dict[str, Any], bytes]:
    if model.kind == "form":
        return await _form(request, model)
    if model.kind == "bytes":
        return {"mime": request.headers.get("content-type")}, await _body(request, model.limit)
    if model.kind != "json":
        return dict(request.query_params) if model.kind == "query" else {}, b""
    values = parse_json(await _body(request, model.limit), "the body")
    if not isinstance(values, dict):
        raise bad_request("the body must be a JSON object")
    return values, b""


async def _form(request: Request, model: type[Sent]) -> tuple[dict[str, Any], bytes]:
    limiting = limited(request, model.limit + FORM_OVERHEAD)
    try:
        async with limiting.form(max_files=1, max_fields=20) as form:
            upload = form.get(model.file_part)
            if not isinstance(upload, UploadFile):
                raise bad_request(f"the form must have a file {model.file_part!r}")
            data = await upload.read()
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
    except HTTPException as error:
        raise bad_request(f"the form can't be read: {error.detail}") from None
    if len(data) > model.limit:
        raise _too_large(model.limit)
    return fields, data


async def _body(request: Request, limit: int) -> bytes:
    return b"".join([chunk async for chunk in limited(request, limit).stream()])


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
            yield f"event: {event.event}\ndata: {_text(event.data)}\n\n" if event else ": \n\n"

    return EventStream(lines(), stream)


def chunks(stream: Generator[Mapping[str, Any], None, None]) -> EventStream:
    """Data-only server-sent events, ended by `[DONE]`.

    Raises what the first chunk raises: after it, the status is out and an error can only be
    told in the stream.
    """
    first = next(stream)

    def lines() -> Iterator[str]:
        yield _data(first)
        try:
            yield from map(_data, stream)
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


def _key(request: Request, meant: list[Any]) -> RequestKey | None:
    """Its digest is of what is meant: a form's boundary differs from one try to the next."""
    key = request.headers.get("idempotency-key")
    if not key or request.method != "POST":
        return None
    if len(key) > MAX_KEY:
        raise bad_request(f"an Idempotency-Key may have at most {MAX_KEY} characters")
    body_digest = digest(*(m if isinstance(m, bytes) else canonical(m) for m in meant))
    return RequestKey(key, request.method, request.url.path, body_digest)


def _data(value: Mapping[str, Any]) -> str:
    return f"data: {_text(value)}\n\n"


def _text(value: Any) -> str:
    """In ASCII: clients cut a stream into lines at more characters than LF, U+2028 among them."""
    return json.dumps(value, separators=(",", ":"))
