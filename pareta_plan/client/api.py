"""One platform as the client sees it: its origin, its key, and the rules of asking it.

Source of the rules: the Pareta HTTP contract. The key goes to the configured origin alone, and
over plain HTTP only to loopback. Requests are retried where that is safe, with exponential
backoff and jitter, or as `Retry-After` says; a POST carries the same Idempotency-Key each
time. A `Resource` is a namespace of the client; `operation` makes its methods of steps.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, cast, overload
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from pareta_plan.client.origin import checked_base_url, checked_key, checked_upload_url
from pareta_plan.client.steps import (
    Blocking,
    Driver,
    P,
    R,
    Read,
    Send,
    Sleep,
    Steps,
    T,
    Waiting,
    key_of,
    named,
    request_id_of,
    without_key,
)
from pareta_plan.errors import STATUS_ERRORS, APIConnectionError, APIStatusError, UnreadableError
from pareta_plan.version import __version__

if TYPE_CHECKING:
    from pareta_plan.wire import Offers

DEFAULT_BASE_URL = "https://api.pareta.ai"
DEFAULT_RETRIES = 2
DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
LONG_TIMEOUT = httpx.Timeout(900.0, connect=10.0)  # deploys, uploads, generation
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504})
MAX_RETRY_AFTER = 30.0
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
"""What an Idempotency-Key holds as it is; a header is ASCII."""

Files = Mapping[str, tuple[str, bytes, str]]


@dataclass(frozen=True, slots=True)
class Call:
    """One request in the contract's terms. `key` is its Idempotency-Key, made up when absent."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    json: Any = None
    form: Mapping[str, str] | None = None
    files: Files | None = None
    key: str | None = None
    long: bool = False
    stream: bool = False


def at(*parts: str) -> str:
    """A path below /v1, its parts quoted."""
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])


class Api:
    """Builds, retries and judges requests to one origin.

    Raises UsageError for a base URL that would expose the key, or for no key at all.
    """

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None,
        timeout: float | httpx.Timeout | None,
        max_retries: int,
    ) -> None:
        self._key = checked_key(api_key)
        self.base_url = checked_base_url(base_url or DEFAULT_BASE_URL)
        self.timeout = httpx.Timeout(timeout) if timeout is not None else DEFAULT_TIMEOUT
        self._long = httpx.Timeout(timeout) if timeout is not None else LONG_TIMEOUT
        self._retries = max(0, max_retries)
        self.offers: Offers | None = None
        self.on_lost: Callable[[str], None] = lambda _: None
        """Told the key of a POST that may have been heard though no answer came."""
        self.repeated: set[str] = set()
        """The keys of POSTs that were sent again and may have been heard before."""

    def json(self, call: Call) -> Steps[Any]:
        """The JSON of the answer, None for an empty one."""
        response = yield from self.response(call)
        return _json(response)

    def value(self, call: Call, shape: type[T], member: str | None = None) -> Steps[T]:
        """The answer, or its `member`, as a value of `shape`."""
        response = yield from self.response(call)
        if member is None and _is_plain(response):
            with suppress(ValidationError):  # what is wrong is said of what `_json` reads
                value: T = _adapter(cast(Any, shape)).validate_json(response.content)
                return value
        return decoded(_json(response), shape, member, named(response))

    def get(
        self,
        shape: type[T],
        *path: str,
        member: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Steps[T]:
        """As `value`, of what is read at a path below /v1."""
        return self.value(Call("GET", at(*path), params), shape, member)

    def response(self, call: Call) -> Steps[httpx.Response]:
        """The response of a call that succeeded, in the end."""
        return (yield from self._sent(self._request(call), call.stream))

    def put(self, url: str, data: bytes, mime: str) -> Steps[None]:
        """Put bytes to a signed URL, which may be on any host and so never sees the key."""
        url = checked_upload_url(url)
        request = httpx.Request("PUT", url, content=data, headers={"Content-Type": mime})
        request.extensions["timeout"] = self._long.as_dict()
        yield from self._sent(request, stream=False)

    def _sent(self, request: httpx.Request, stream: bool) -> Steps[httpx.Response]:
        for retry in range(self._retries + 1):
            last = retry == self._retries
            try:
                response: httpx.Response = yield Send(request, stream=stream)
                if stream and not response.is_success:
                    yield Read(response)  # what failed says why
            except APIConnectionError as lost:
                if last:
                    raise
                if not isinstance(lost.__cause__, UNSENT):
                    self._repeat(request, lost=True)
                yield Sleep(backoff(retry, None))
                continue
            if response.is_success:
                return response
            if last or response.status_code not in RETRIED:
                raise status_error(response)
            self._repeat(request, lost=False)
            yield Sleep(backoff(retry, response.headers.get("retry-after")))
        raise AssertionError("unreachable")

    def _repeat(self, request: httpx.Request, *, lost: bool) -> None:
        """Keep in mind that a request is sent again which may have been heard."""
        if request.method == "POST":
            key = request.headers["Idempotency-Key"]
            self.repeated.add(key)
            if lost:
                self.on_lost(key)

    def _request(self, call: Call) -> httpx.Request:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Accept": "text/event-stream" if call.stream else "application/json",
            "User-Agent": f"pareta-plan/{__version__}",
        }
        if call.method == "POST":
            key = call.key or os.urandom(16).hex()
            headers["Idempotency-Key"] = quote(key, safe=PRINTABLE)
        request = httpx.Request(
            call.method,
            f"{self.base_url}{call.path}",
            params=call.params,
            headers=headers,
            json=call.json,
            data=call.form,
            files=call.files,
        )
        request.extensions["timeout"] = (self._long if call.long else self.timeout).as_dict()
        return request


class Resource(Generic[Driver]):
    """A namespace of the client, such as `pa.tasks`; `Driver` decides which face it shows."""

    def __init__(self, api: Api, driver: Driver) -> None:
        self._api = api
        self._driver: Driver = driver


class operation(Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method written once as steps: it returns T on a blocking client, an awaitable T else."""

    def __init__(self, method: Callable[Concatenate[R, P], Steps[T]]) -> None:
        steps: Callable[..., Steps[T]] = method

        @wraps(method)
        def run(resource: Resource[Any], *args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._driver.run(steps(resource, *args, **kwargs))

        self._run = run

    @overload
    def __get__(self, resource: None, owner: type) -> Callable[Concatenate[Any, P], Any]: ...
    @overload
    def __get__(self, resource: Resource[Blocking], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: Resource[Waiting], owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Any:
        return self._run if resource is None else MethodType(self._run, resource)


def backoff(retry: int, retry_after: str | None) -> float:
    """Seconds to wait: what the server says, capped; else 0.5 s doubling to 8 s, jittered."""
    wanted = _seconds(retry_after)
    if wanted is not None:
        return min(max(wanted, 0.0), MAX_RETRY_AFTER)
    from random import uniform

    return min(0.5 * 2.0**retry, 8.0) * uniform(0.5, 1.0)


def _seconds(retry_after: str | None) -> float | None:
    """What a Retry-After says, as seconds or as a date; None for anything else."""
    with suppress(ValueError):
        seconds = float(retry_after or "nan")
        return None if math.isnan(seconds) else seconds
    from email.utils import parsedate_to_datetime

    with suppress(ValueError, OverflowError):
        return parsedate_to_datetime(retry_after or "").timestamp() - time.time()
    return None


def status_error(response: httpx.Response) -> APIStatusError:
    """The error of a response that isn't a success; its body must have been read."""
    status = response.status_code
    request_id = request_id_of(response)
    detail = _detail(response)
    said = detail if isinstance(detail, str) else f"HTTP {status} {response.reason_phrase}".strip()
    suffix = f" (HTTP {status}" + (f", request {request_id})" if request_id else ")")
    return STATUS_ERRORS.get(status, APIStatusError)(
        without_key(said + suffix, response),
        status_code=status,
        detail=detail,
        request_id=request_id,
        hint=_HINTS.get(status) or (_REDIRECTED if response.is_redirect else None),
    )


_REDIRECTED = "Redirects are not followed: they would take the key elsewhere."
_HINTS = {
    401: "Check PARETA_API_KEY.",
    402: "Top up the organisation's balance, then run the same command again.",
    403: "Use a key that may do this: PARETA_API_KEY.",
    429: "The platform wants fewer requests: wait a minute, then run the same command again.",
} | dict.fromkeys(
    (500, 502, 503, 504), "The fault is the platform's: run the same command again in a while."
)


def _detail(response: httpx.Response) -> object:
    try:
        body = parsed(response.content, response)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    return body.get("detail")


def parsed(content: bytes, response: httpx.Response) -> Any:
    """JSON that came with a response, without the request's key if the server echoes that.

    A mark stands in place of half a character, which no file could hold.
    Raises ValueError, or RecursionError, for anything else.
    """
    value = json.loads(content, parse_constant=_refuse_constant)
    if rb"\ud" in content.lower():
        value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    key = key_of(response)
    if key and (key.encode() in content or b"\\" in content):  # it may be written with escapes
        value = json.loads(json.dumps(value).replace(json.dumps(key)[1:-1], "[the key]"))
    return value


def _is_plain(response: httpx.Response) -> bool:
    """Whether `parsed` changes nothing: a large answer is then read into values in one step."""
    content, key = response.content, key_of(response)
    return not any(part in content for part in (b"\\", b"NaN", b"Infinity", key.encode() or b"\\"))


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _json(response: httpx.Response) -> Any:
    try:
        return parsed(response.content, response) if response.content else None
    except (ValueError, RecursionError):
        where = response.request.url.copy_with(query=None)
        raise UnreadableError(
            f"{where} answered {response.status_code} with something that is not JSON"
            + named(response),
            hint="Is PARETA_BASE_URL a Pareta platform?",
        ) from None


def decoded(answer: Any, shape: type[T], member: str | None = None, suffix: str = "") -> T:
    """JSON as a value of `shape`. Raises UnreadableError, ending in `suffix`, if it isn't."""
    try:
        value: T = _adapter(cast(Any, shape)).validate_python(answer[member] if member else answer)
    except (KeyError, TypeError, ValidationError) as wrong:
        name = getattr(shape, "__name__", str(shape))
        raise UnreadableError(
            f"the platform's answer is not a {name}: {_briefly(wrong)}{suffix}",
            hint="Is PARETA_BASE_URL a Pareta platform of a version this pareta-plan knows?",
        ) from None
    return value


@lru_cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _briefly(wrong: Exception) -> str:
    if isinstance(wrong, ValidationError):
        first = wrong.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"
    return f"{wrong} is missing" if isinstance(wrong, KeyError) else "it is no object"
