"""Around every request: an id, the key check, and no internals in an error."""

from __future__ import annotations

import hmac
import logging
import random
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pareta_plan.platform.http.kept import Kept
from pareta_plan.platform.http.web import detail
from pareta_plan.platform.refusal import internal

log = logging.getLogger(__name__)

HEALTH = "/healthz"
UPLOADS = "/uploads/"


class Guard:
    """An ASGI layer: only `/healthz` and upload URLs, which are keys themselves, go without."""

    def __init__(self, app: ASGIApp, api_key: str, kept: Kept) -> None:
        self._app = app
        self._kept = kept
        self._expected = f"Bearer {api_key}".encode()
        self._ids = random.Random()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id = f"req_{self._ids.getrandbits(64):016x}"
        started = False

        async def sender(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message["headers"], (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}  # an answer that is kept stays as it is
            await send(message)

        try:
            if self._is_allowed(scope):
                scope["app"] = self._app  # where it is, Starlette's parts raise what they refuse
                answers = self._kept.get(scope) or self._app
                await answers(scope, receive, sender)
            else:
                challenge = {"www-authenticate": "Bearer"}
                answer = detail(scope["path"], 401, "invalid API key", challenge)
                await answer(scope, receive, sender)
        except ClientDisconnect:
            return
        except Exception as error:
            log.error("request %s failed: %s", request_id, type(error).__name__)
            log.debug("request %s", request_id, exc_info=True)
            if started:
                raise _Cut from None
            why = internal(error, f"request {request_id}")
            await detail(scope["path"], why.status, why.detail)(scope, receive, sender)

    def _is_allowed(self, scope: Scope) -> bool:
        if is_open(scope["path"]):
            return True
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        return hmac.compare_digest(given, self._expected)


def is_open(path: str) -> bool:
    """Whether a path is answered without the key."""
    return path == HEALTH or path.startswith(UPLOADS)


class _Cut(Exception):
    """Makes the server close the connection: the answer was under way when something broke."""


async def refused(request: Request, error: Any) -> Any:
    """The answer to a Refusal."""
    return detail(request.scope["path"], error.status, error.detail)


async def unroutable(request: Request, error: Any) -> Any:
    """The answer to what the framework refuses."""
    return detail(request.scope["path"], error.status_code, error.detail, error.headers)
