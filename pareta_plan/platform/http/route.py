"""What a route is: declared once, it answers requests and is documented."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pareta_plan.platform.bodies import Sent
from pareta_plan.platform.http.kept import Kept
from pareta_plan.platform.http.pools import Pool, Pools
from pareta_plan.platform.http.web import EventStream, Received, read, received
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
    route refuses with and that don't follow from the rest. `pool` has the threads that do the
    work. The answers of one that is `constant` follow from the request alone, and are kept.
    `admits` is told the id before a body is read, says how many bytes of it, and may refuse.
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
    pool: Pool = Pool.STORE
    constant: bool = False
    admits: Callable[[Platform, str], int] | None = None

    @property
    def model(self) -> type[S]:
        """The model of what is sent."""
        return self.takes if isinstance(self.takes, type) else self.takes()

    def endpoint(
        self, platform: Platform, pools: Pools, kept: Kept
    ) -> Callable[[Request], Awaitable[Response]]:
        """What answers a request; `kept` has the answers of all constant routes."""
        return partial(self._answer, platform, pools, kept if self.constant else None)

    async def _answer(
        self, platform: Platform, pools: Pools, kept: Kept | None, request: Request
    ) -> Response:
        name = next(iter(request.path_params.values()), "")
        most = await pools.run(self.pool, self.admits, platform, name) if self.admits else None
        came = await received(request, self.model, most)
        if kept is not None and (known := kept.get(request.scope, came.data)):
            return known
        made_in = kept.round if kept is not None else 0
        answer = await pools.run(self.pool, self._work, platform, name, came)
        if kept is not None:
            kept.put(request.scope, came.data, answer, made_in)
        if isinstance(answer, EventStream):
            answer.body_iterator = pools.each(answer.lines)
        return answer

    def _work(self, platform: Platform, name: str, came: Received) -> Response:
        value = self.call(platform, Asked(name, *read(came, self.model)))
        if isinstance(value, Response):
            return value
        if value is None:
            return Response(status_code=204)
        return JSONResponse(value.to_dict() if isinstance(value, Wire) else value, self.status)
