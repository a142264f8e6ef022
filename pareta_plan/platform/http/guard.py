"""Around every request: an id, the key check, and no internals in an error."""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pareta_plan.platform.http.web import detail
from pareta_plan.platform.refusal import internal

log = logging.getLogger(__name__)

OPEN_PREFIXES = ("/healthz", "/uploads/")


class Guard:
    """An ASGI layer: only `/healthz` and upload URLs, which are keys themselves, go without."""

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self._app = app
        self._expected = f"Bearer {api_key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id = f"req_{secrets.token_hex(8)}"
        started = False

        async def sender(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            if self._is_allowed(scope):
                await self._app(scope, receive, sender)
            else:
                challenge = {"www-authenticate": "Bearer"}
                await detail(401, "invalid API key", challenge)(scope, receive, sender)
        except ClientDisconnect:
            return
        except Exception as error:
            log.error("request %s failed: %s", request_id, type(error).__name__)
            log.debug("request %s", request_id, exc_info=True)
            if started:
                raise _Cut from None
            why = internal(error, f"request {request_id}")
            await detail(why.status, why.detail)(scope, receive, sender)

    def _is_allowed(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("authorization", "").encode()
        return scope["path"].startswith(OPEN_PREFIXES) or hmac.compare_digest(given, self._expected)


class _Cut(Exception):
    """Makes the server close the connection: the answer was under way when something broke."""


async def refused(_request: Any, error: Any) -> Any:
    """The answer to a Refusal."""
    return detail(error.status, error.detail)


async def unroutable(_request: Any, error: Any) -> Any:
    """The answer to what the framework refuses."""
    return detail(error.status_code, error.detail, error.headers)
