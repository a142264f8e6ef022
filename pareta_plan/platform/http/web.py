"""Reading requests and writing answers: sizes, JSON, forms, server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from pareta_plan.platform.bodies import MAX_JSON, Sent
from pareta_plan.platform.http.openai_errors import PATHS, error_object
from pareta_plan.platform.parsing import canonical, digest, fit, parse_json, without_documents
from pareta_plan.platform.refusal import Refusal, bad_request
from pareta_plan.platform.store.idempotency import RequestKey
from pareta_plan.wire import DeployEvent

FORM_OVERHEAD = 64 * 1024
MAX_KEY = 255
UTF_8 = (b"utf-8", b"utf8")

logging.getLogger("python_multipart").setLevel(logging.ERROR)  # any client could write the rest

S = TypeVar("S", bound=Sent)


class Received(NamedTuple):
    """What came, not looked into: a form's fields, a query's or a header's values, and bytes.

    The bytes are those of the file in a form, and otherwise of the body. `place` is the request's
    method, path and `Idempotency-Key`.
    """

    values: dict[str, Any]
    data: bytes
    place: tuple[str, str, str]


async def received(request: Request, model: type[Sent], most: int | None = None) -> Received:
    """All of a request; at most `most` bytes of a body, or the model's limit.

    Raises Refusal: 413 for a larger one, before it is read where its length is announced, and
    400 for a form that can't be taken apart.
    """
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    place = (request.method, request.scope["path"], key)
    if model.kind == "form":
        return Received(*await _form(request, model), place)
    if model.kind in ("query", "nothing"):
        return Received(dict(request.query_params) if model.kind == "query" else {}, b"", place)
    body = await _body(request, model.limit if most is None else min(most, model.limit))
    values = {"mime": request.headers.get("content-type")} if model.kind == "bytes" else {}
    return Received(values, body, place)


def read(came: Received, model: type[S]) -> tuple[S, bytes, RequestKey | None]:
    """What is sent, the file beside it, and the key of a POST. Raises Refusal (400, 413)."""
    values = _json(came.data) if model.kind == "json" else came.values
    file = b"" if model.kind == "json" else came.data
    said = {name: value for name, value in values.items() if name not in model.bounds}
    meant: list[Any] = {"nothing": [], "form": [values, file]}.get(model.kind, [said])
    return fit(model, values), file, _key(came.place, meant)


def _json(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_JSON and without_documents(body, MAX_JSON) > MAX_JSON:
        raise Refusal(413, f"the body may have at most {MAX_JSON} bytes beside its documents")
    values = parse_json(body, "the body")
    if not isinstance(values, dict):
        raise bad_request("the body must be a JSON object")
    return values


async def _form(request: Request, model: type[Sent]) -> tuple[dict[str, Any], bytes]:
    _, parameters = parse_options_header(request.headers.get("content-type", ""))
    if parameters.get(b"charset", UTF_8[0]).lower() not in UTF_8:
        raise bad_request("a form must be written in UTF-8")
    limiting = _limited(request, model.limit + FORM_OVERHEAD)
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
    _check_announced(request, limit)
    parts, size, more = [], 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > limit:
            raise _too_large(limit)
    return b"".join(parts)


def _limited(request: Request, limit: int) -> Request:
    """The request, refusing (413) to be read beyond `limit` bytes."""
    _check_announced(request, limit)
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    return Request(request.scope, receive)


def _check_announced(request: Request, limit: int) -> None:
    """Refuse (413) a body that is too large before it comes; the server drops it then."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)


class EventStream(StreamingResponse):
    """Server-sent events made from a generator, which is closed when the client goes away.

    Left to the garbage collector it would hold its locks for an unknown time.
    """

    def __init__(
        self,
        lines: Iterator[str],
        source: Generator[Any, None, None],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__((), media_type="text/event-stream", headers=headers)
        self.lines = lines
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


def chunks(
    stream: Generator[Mapping[str, Any], None, None], headers: Callable[[], Mapping[str, str]]
) -> EventStream:
    """Data-only server-sent events, ended by `[DONE]`; an empty chunk is a comment.

    The headers are asked for once the first chunk is there. Raises what that raises: after it,
    the status is out and an error can only be told in the stream.
    """
    first = next(stream)

    def lines() -> Iterator[str]:
        yield _data(first)
        try:
            yield from (_data(chunk) if chunk else ": \n\n" for chunk in stream)
        except Refusal as refusal:
            yield _data({"error": error_object(refusal.status, refusal.detail)})
        yield "data: [DONE]\n\n"

    return EventStream(lines(), stream, headers())


def detail(
    path: str, status: int, text: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An error's answer; where OpenAI's clients ask, with the object that they read."""
    more = {"error": error_object(status, text)} if path in PATHS else {}
    return JSONResponse({"detail": text, **more}, status, headers)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"the body may have at most {limit} bytes")


def _key(place: tuple[str, str, str], meant: list[Any]) -> RequestKey | None:
    """Its digest is of what is meant: a form's boundary differs from one try to the next."""
    method, path, key = place
    if not key:
        return None
    if len(key) > MAX_KEY:
        raise bad_request(f"an Idempotency-Key may have at most {MAX_KEY} characters")
    body_digest = digest(*(m if isinstance(m, bytes) else canonical(m) for m in meant))
    return RequestKey(key, method, path, body_digest)


def _data(value: Mapping[str, Any]) -> str:
    return f"data: {_text(value)}\n\n"


def _text(value: Any) -> str:
    """In ASCII: clients cut a stream into lines at more characters than LF, U+2028 among them."""
    return json.dumps(value, separators=(",", ":"))
