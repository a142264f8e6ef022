"""Typed HTTP to a platform: a reader for planning, and a writer on top of it for apply.

Planning code is handed a `Reader` and so can't name a write. Answers are `wire` values,
failures are `errors`. Requests are retried only where the contract says that is safe; a
stream only before its first byte. The key is sent to the configured origin alone, and over
plain HTTP only to loopback.
"""

from __future__ import annotations

import ipaddress
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from pareta_plan import __version__
from pareta_plan.errors import (
    STATUS_ERRORS,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    PlatformError,
    UsageError,
)
from pareta_plan.wire import (
    ChatCompletion,
    DeployEvent,
    Endpoint,
    EvalRun,
    EvalSet,
    FrontierModel,
    Leaderboard,
    StartedRun,
    Task,
    TaskMatch,
)

DEFAULT_BASE_URL = "https://api.pareta.ai"
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})
MAX_RETRIES = 3
MAX_RETRY_AFTER = 30.0
CONNECTIONS = 8
INLINE_DOCUMENT_BYTES = 5 * 1024 * 1024
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
LONG = httpx.Timeout(900.0, connect=10.0)  # deploys and uploads

T = TypeVar("T")
Files = Mapping[str, tuple[str, bytes, str]]


class Transport:
    """One origin, its key, and how requests to it are sent, retried and judged."""

    def __init__(
        self, base_url: str, api_key: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.base_url = base_url.rstrip("/")
        _refuse_unsafe(self.base_url)
        if not api_key.isascii() or not api_key.isprintable():
            raise UsageError("the API key has characters that no key has: check PARETA_API_KEY")
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=self.base_url,
            timeout=TIMEOUT,
            follow_redirects=False,
            verify=self.base_url.startswith("https:"),  # else loading the CAs is for nothing
            trust_env=not _is_loopback(self.base_url),
            limits=httpx.Limits(max_connections=CONNECTIONS),
            headers={
                "Authorization": f"Bearer {api_key}",
                "Accept": "application/json",
                "User-Agent": f"pareta-plan/{__version__}",
            },
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(self, method: str, path: str, *, key: str | None = None, **request: Any) -> Any:
        """The JSON of an answer, or None for an empty one. Raises errors of `errors`."""
        headers = {"Idempotency-Key": key} if key else None
        response = self._retrying(
            lambda: self._http.request(method, path, headers=headers, **request),
        )
        return _json(response) if response.content else None

    @contextmanager
    def stream(self, path: str, body: Mapping[str, Any], key: str) -> Iterator[Iterator[str]]:
        """The lines of a server-sent stream; closed when the block is left."""
        request = self._http.build_request(
            "POST",
            path,
            json=body,
            timeout=LONG,
            headers={"Idempotency-Key": key, "Accept": "text/event-stream"},
        )
        response = self._retrying(lambda: self._http.send(request, stream=True))
        try:
            with _translated():
                yield response.iter_lines()
        finally:
            response.close()

    def _retrying(self, attempt: Callable[[], httpx.Response]) -> httpx.Response:
        for retries_left in range(MAX_RETRIES, -1, -1):
            try:
                with _translated():
                    response = attempt()
            except APIConnectionError:
                if not retries_left:
                    raise
                self._sleep(_backoff(MAX_RETRIES - retries_left, None))
                continue
            if response.is_success:
                return response
            if not retries_left or response.status_code not in RETRIED:
                raise _status_error(response)
            response.close()
            self._sleep(_backoff(MAX_RETRIES - retries_left, response.headers.get("retry-after")))
        raise AssertionError("unreachable")


class Reader:
    """What planning may ask of a platform; nothing here costs money or changes anything."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    @property
    def base_url(self) -> str:
        """The platform's origin."""
        return self._transport.base_url

    def tasks(self) -> list[Task]:
        """The whole catalog."""
        return self._get("/v1/tasks", list[Task], "tasks")

    def task(self, id: str, examples: int) -> Task:
        """One task with at most so many example rows."""
        return self._get(f"/v1/tasks/{quote(id, safe='')}?examples_n={examples}", Task)

    def match(self, intent: str, top_k: int = 5) -> TaskMatch:
        """The tasks that an intent in plain words may mean."""
        body = {"query": intent, "top_k": top_k}
        return _decoded(self._transport.send("POST", "/v1/tasks/match", json=body), TaskMatch)

    def leaderboard(self, task: str) -> Leaderboard:
        """The measured models of a task."""
        return self._get(f"/v1/tasks/{quote(task, safe='')}/leaderboard", Leaderboard)

    def roster(self, task: str) -> list[FrontierModel]:
        """The baselines that can be used on a task."""
        path = f"/v1/eval/frontier-models?task={quote(task, safe='')}"
        return self._get(path, list[FrontierModel], "frontier_models")

    def endpoints(self) -> list[Endpoint]:
        """Everything that is deployed."""
        return self._get("/v1/endpoints", list[Endpoint])

    def run(self, id: str) -> EvalRun:
        """An eval run's state and results so far."""
        return self._get(f"/v1/eval-runs/{quote(id, safe='')}", EvalRun)

    def _get(self, path: str, shape: type[T], member: str | None = None) -> T:
        return _decoded(self._transport.send("GET", path), shape, member)


class Writer(Reader):
    """A reader that can also change the platform. `key` is each call's Idempotency-Key."""

    def create_eval_set(
        self, task: str, name: str, prompt: str, rows: Iterable[Mapping[str, Any]], *, key: str
    ) -> EvalSet:
        """Upload rows."""
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        files: Files = {"items": ("items.jsonl", lines.encode(), "application/jsonl")}
        form = {"task_id": task, "name": name, "prompt": prompt}
        answer = self._transport.send(
            "POST", "/v1/eval-sets", key=key, files=files, data=form, timeout=LONG
        )
        return _decoded(answer, EvalSet, "eval_set")

    def attach_document(
        self, eval_set: str, idx: int, field: str, data: bytes, mime: str, *, key: str
    ) -> None:
        """Attach a row's document: inline when small, else through a signed URL."""
        path = f"/v1/eval-sets/{quote(eval_set, safe='')}"
        if len(data) < INLINE_DOCUMENT_BYTES:
            form = {"idx": str(idx), "field_name": field, "mime": mime}
            files: Files = {"file": (f"row-{idx}", data, mime)}
            self._transport.send("POST", f"{path}/attach-blob", key=key, files=files, data=form)
            return
        where = {"idx": idx, "field_name": field, "mime": mime}
        minted = self._transport.send(
            "POST",
            f"{path}/blob-upload-url",
            key=f"{key}-url",
            json={**where, "file_size": len(data)},
        )
        _upload(minted["upload_url"], data, mime)
        done = {**where, "storage_uri": minted["storage_uri"]}
        self._transport.send("POST", f"{path}/blob-upload-complete", key=f"{key}-done", json=done)

    def start_run(self, eval_set: str, candidates: Iterable[str], *, key: str) -> StartedRun:
        """Start a metered run. The same key gives the same run."""
        body = {"eval_set_id": eval_set, "candidate_model_ids": list(candidates)}
        answer = self._transport.send("POST", "/v1/eval-runs", key=key, json=body)
        return _decoded(answer, StartedRun)

    def deploy(self, task: str, model: str, name: str, *, key: str) -> Iterator[DeployEvent]:
        """Deploy, yielding progress and last the completion. Raises PlatformError on failure."""
        body = {"task": task, "model": model, "name": name}
        with self._transport.stream("/v1/endpoints", body, key) as lines:
            for event in _events(lines):
                if event.event == "error":
                    raise PlatformError(f"deploying {name}: {event.data.get('message', 'failed')}")
                yield event
                if event.event == "complete":
                    return
        raise APIConnectionError(f"the deploy of {name} ended without saying how")

    def start(self, endpoint: str, *, key: str) -> None:
        """Start a stopped endpoint."""
        self._transport.send("POST", f"/v1/endpoints/{quote(endpoint, safe='')}/start", key=key)

    def stop(self, endpoint: str, *, key: str) -> None:
        """Stop an endpoint."""
        self._transport.send("POST", f"/v1/endpoints/{quote(endpoint, safe='')}/stop", key=key)

    def delete(self, endpoint: str) -> None:
        """Delete an endpoint."""
        self._transport.send("DELETE", f"/v1/endpoints/{quote(endpoint, safe='')}")

    def chat(self, endpoint: str, messages: list[dict[str, Any]], *, key: str) -> ChatCompletion:
        """One metered request of an endpoint."""
        body = {"model": endpoint, "messages": messages}
        answer = self._transport.send(
            "POST", "/v1/chat/completions", key=key, json=body, timeout=LONG
        )
        return _decoded(answer, ChatCompletion)


def _refuse_unsafe(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"PARETA_BASE_URL {base_url!r} is not an http(s) URL")
    if parts.username or parts.password:
        raise UsageError("PARETA_BASE_URL must not carry a user or a password")
    if parts.scheme == "http" and not _is_loopback(base_url):
        raise UsageError(
            f"PARETA_BASE_URL {base_url!r} would send the key in the clear",
            hint="Use https://; plain HTTP is for loopback alone.",
        )


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _upload(url: str, data: bytes, mime: str) -> None:
    # A bare client: the signed URL may be on another host, which must never see the key.
    with _translated():
        response = httpx.put(url, content=data, headers={"Content-Type": mime}, timeout=LONG)
    if not response.is_success:
        raise _status_error(response)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as slow:
        raise APITimeoutError(f"no answer from {_host(slow)} in time") from slow
    except httpx.RequestError as cut:
        raise APIConnectionError(
            f"can't reach {_host(cut)}: {cut}",
            hint="Check the network and PARETA_BASE_URL.",
        ) from cut


def _host(failure: httpx.RequestError) -> str:
    try:
        return str(failure.request.url.copy_with(path="/", query=None))
    except RuntimeError:
        return "the platform"


def _backoff(attempt: int, retry_after: str | None) -> float:
    wanted = _seconds(retry_after)
    if wanted is not None:
        return min(max(wanted, 0.0), MAX_RETRY_AFTER)
    return min(0.5 * 2.0**attempt, 8.0) * random.uniform(0.5, 1.0)


def _seconds(retry_after: str | None) -> float | None:
    if not retry_after:
        return None
    try:
        return float(retry_after)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(retry_after).timestamp() - time.time()
    except ValueError:
        return None


def _status_error(response: httpx.Response) -> APIStatusError:
    response.read()
    status = response.status_code
    request_id = response.headers.get("x-request-id")
    try:
        body = response.json()
        detail = body.get("detail") if isinstance(body, dict) else None
    except ValueError:
        detail = None
    said = detail if isinstance(detail, str) else f"HTTP {status} {response.reason_phrase}"
    kind = STATUS_ERRORS.get(status, APIStatusError)
    suffix = f" (HTTP {status}" + (f", request {request_id})" if request_id else ")")
    return kind(
        said + suffix,
        status_code=status,
        detail=detail,
        request_id=request_id,
        hint=_HINTS.get(status),
    )


_HINTS = {
    401: "Check PARETA_API_KEY.",
    402: "Top up the organisation's balance, then run the same command again.",
}


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        request_id = response.headers.get("x-request-id")
        raise APIConnectionError(
            f"{_origin(response)} answered {response.status_code} with something that is not JSON"
            + (f" (request {request_id})" if request_id else ""),
            hint="Is PARETA_BASE_URL a Pareta platform?",
        ) from None


def _origin(response: httpx.Response) -> str:
    return str(response.request.url.copy_with(query=None))


def _decoded(answer: Any, shape: type[T], member: str | None = None) -> T:
    try:
        value = answer[member] if member else answer
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            return shape.model_validate(value)
        return TypeAdapter(shape).validate_python(value)
    except (KeyError, TypeError, ValidationError) as wrong:
        name = getattr(shape, "__name__", str(shape))
        raise APIConnectionError(
            f"the platform's answer is not a {name}: {str(wrong).splitlines()[0]}",
            hint="Is PARETA_BASE_URL a Pareta platform of a version this pareta-plan knows?",
        ) from None


def _events(lines: Iterator[str]) -> Iterator[DeployEvent]:
    name = "message"
    for line in lines:
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:") and name in ("progress", "complete", "error"):
            data = line.removeprefix("data:").strip()
            try:
                event = {"event": name, "data": json.loads(data)}
            except ValueError:
                raise APIConnectionError("the deploy's stream was cut or garbled") from None
            yield _decoded(event, DeployEvent)
        elif not line:
            name = "message"
