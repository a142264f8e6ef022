"""What a route is: declared once, it answers requests and is documented."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pareta_plan.platform.bodies import Sent
from pareta_plan.platform.http.web import read
from pareta_plan.platform.platform import Platform
from pareta_plan.platform.store.idempotency import RequestKey
from pareta_plan.wire import Wire

S = TypeVar("S", bound=Sent)


@dataclass(frozen=True, slots=True)
class Asked(Generic[S]):
    """A request as a route gets it; `id` is what stands in the braces of the route's path."""

    id: str
    sent: S
    file: bytes
    key: RequestKey | None


@dataclass(frozen=True, slots=True)
class Route(Generic[S]):
    """A method and a path, what is sent there, what that calls and is answered with.

    `takes` is the model of what is sent, or loads it when it is first needed.
    `answer` is the shape of the JSON: a type, `{member: shape}` or `[shape]`; None is no body.
    `events` is the type of an answer that is streamed. `refuses` are the statuses that this
    route refuses with and that don't follow from the rest. What is called may block, unless
    `at_once`.
    """

    method: str
    path: str
    takes: type[S] | Callable[[], type[S]]
    answer: Any
    does: str
    call: Callable[[Platform, Asked[S]], Any]
    events: type[Wire] | None = None
    status: int = 200
    refuses: tuple[int, ...] = ()
    at_once: bool = False

    @property
    def model(self) -> type[S]:
        """The model of what is sent."""
        return self.takes if isinstance(self.takes, type) else self.takes()

    def endpoint(self, platform: Platform) -> Callable[[Request], Awaitable[Response]]:
        """What answers a request."""
        return partial(self._answer, platform)

    async def _answer(self, platform: Platform, request: Request) -> Response:
        name = next(iter(request.path_params.values()), "")
        asked = Asked(name, *await read(request, self.model))
        if self.at_once:
            return self._told(self.call(platform, asked))
        return self._told(await run_in_threadpool(self.call, platform, asked))

    def _told(self, value: Any) -> Response:
        if isinstance(value, Response):
            return value
        if value is None:
            return Response(status_code=204)
        return JSONResponse(value.to_dict() if isinstance(value, Wire) else value, self.status)
