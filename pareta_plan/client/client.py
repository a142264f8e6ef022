"""`Pareta` and `AsyncPareta`: the same resources on blocking and on asynchronous HTTP."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, Self

import httpx

from pareta_plan.client.api import DEFAULT_RETRIES, Api
from pareta_plan.client.origin import is_loopback
from pareta_plan.client.resources import Evals, Models, Platform, Tasks
from pareta_plan.client.serving import Chat, Endpoints, Names
from pareta_plan.client.steps import Blocking, Driver, Waiting
from pareta_plan.errors import UsageError

CONNECTIONS = 8


class Client(Generic[Driver]):
    """What both faces have."""

    def __init__(self, api: Api, driver: Driver) -> None:
        self._api = api
        self._driver: Driver = driver
        self.tasks = Tasks(api, driver)
        self.evals = Evals(api, driver)
        self.endpoints = Endpoints(api, driver)
        self.names = Names(api, driver)
        self.models = Models(api, driver)
        self.chat = Chat(api, driver)
        self.platform = Platform(api, driver)

    @property
    def base_url(self) -> str:
        """The platform's origin."""
        return self._api.base_url

    def on_lost_answer(self, tell: Callable[[str], None]) -> None:
        """Have `tell` hear the Idempotency-Key of every POST sent again because no answer came."""
        self._api.on_lost = tell

    def was_repeated(self, key: str) -> bool:
        """Whether a POST of this key was sent more than once, and may have been heard before."""
        return key in self._api.repeated

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    @classmethod
    def from_env(cls, **given: Any) -> Self:
        """From PARETA_API_KEY and, optionally, PARETA_BASE_URL; arguments win over them."""
        named = {name: value for name, value in given.items() if value is not None}
        variables = {"api_key": "PARETA_API_KEY", "base_url": "PARETA_BASE_URL"}
        return cls(**{name: os.environ.get(of) for name, of in variables.items()} | named)


class Pareta(Client[Blocking]):
    """A client for blocking code; safe to share between threads.

    `timeout` is in seconds (60 by default, 900 for deploys, uploads and generation),
    `max_retries` counts retries of one request. Raises UsageError without a key, or for a
    URL that would expose it.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        max_retries: int = DEFAULT_RETRIES,
        http_client: httpx.Client | None = None,
    ) -> None:
        api = Api(api_key, base_url, timeout, max_retries)
        self._owned = http_client is None
        super().__init__(
            api, Blocking(http_client or httpx.Client(**_pool(api, httpx.HTTPTransport)))
        )

    def close(self) -> None:
        """Close all connections, unless they are of a `http_client` that was passed in."""
        if self._owned:
            self._driver.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncPareta(Client[Waiting]):
    """A client for an event loop: every method of `Pareta`, awaited, with the same arguments.

    At most `max_connections` requests are in flight at a time, streams under way not counted.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        max_retries: int = DEFAULT_RETRIES,
        http_client: httpx.AsyncClient | None = None,
        max_connections: int = CONNECTIONS,
    ) -> None:
        api = Api(api_key, base_url, timeout, max_retries)
        self._owned = http_client is None
        if max_connections < 1:
            raise ValueError("max_connections must be at least 1")
        http = http_client or httpx.AsyncClient(**_pool(api, httpx.AsyncHTTPTransport))
        super().__init__(api, Waiting(http, max_connections))

    async def aclose(self) -> None:
        """Close all connections, unless they are of a `http_client` that was passed in."""
        if self._owned:
            await self._driver.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _pool(api: Api, transport: type[Any]) -> dict[str, Any]:
    # no proxy belongs between this machine and itself
    common = {"timeout": api.timeout, "trust_env": not is_loopback(api.base_url)}
    if api.base_url.startswith("https:"):
        return common | {"verify": _authorities()}
    # Plain HTTP is loopback alone, and loading the CAs would be for nothing: that waits for
    # an upload to a signed https URL.
    return common | {"verify": False, "mounts": {"https://": _Verifying(transport)}}


def _authorities() -> ssl.SSLContext:
    """The certificates to trust: httpx's, or those that SSL_CERT_FILE or SSL_CERT_DIR name."""
    try:
        return httpx.create_ssl_context()
    except OSError as unusable:
        raise UsageError(f"SSL_CERT_FILE or SSL_CERT_DIR can't be used: {unusable}") from None


class _Verifying(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Verified https for either face, ready when first used."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind

    @cached_property
    def _transport(self) -> Any:
        return self._kind(verify=_authorities())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = self._transport.handle_request(request)
        return answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer: httpx.Response = await self._transport.handle_async_request(request)
        return answer

    def close(self) -> None:
        if "_transport" in vars(self):
            self._transport.close()

    async def aclose(self) -> None:
        if "_transport" in vars(self):
            await self._transport.aclose()
