"""How fast a provider is asked: its limits by the minute, and as many at once as it bears.

The number in flight follows additive increase, multiplicative decrease (Chiu and Jain, 1989),
with TCP's slow start up to half of what was too much. A refused request lets all others wait.
Everything here runs on the transport's one thread, so nothing is locked.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from pareta_plan.platform.providers.faults import ProviderDown, ProviderError
from pareta_plan.platform.providers.health import Health
from pareta_plan.platform.providers.provider import ProviderSpec

MINUTE = 60.0
HEAD_START = 4
"""A live request goes before the last that came, so many times as may be in flight: before all rows
that runs keep waiting, but not before one that waits for long, so that evals get on."""


@dataclass(slots=True)
class Taken:
    """An amount that was taken, and when."""

    at: float
    amount: int


class Window:
    """What was taken within the last minute, never more than the limit; None is no limit."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._taken = deque[Taken]()
        self._used = 0

    def free_at(self, amount: int, now: float) -> float:
        """When there is room for an amount; one above the limit waits until nothing else is in."""
        if self._limit is None:
            return now
        while self._taken and self._taken[0].at + MINUTE <= now:
            self._used -= self._taken.popleft().amount
        over = self._used + min(amount, self._limit) - self._limit
        for taken in self._taken:
            if over <= 0:
                break
            over -= taken.amount
            now = taken.at + MINUTE
        return now

    def take(self, amount: int, now: float) -> Taken:
        """Take an amount."""
        taken = Taken(now, amount)
        if self._limit is not None:
            self._taken.append(taken)
            self._used += amount
        return taken

    def settle(self, taken: Taken, amount: int, now: float) -> None:
        """Say what an amount came to, unless its minute is over."""
        if self._limit is not None and taken.at + MINUTE > now:
            self._used += amount - taken.amount
            taken.amount = amount


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A request's leave to go, since `began`; a live one is an application's."""

    began: float
    tokens: Taken
    live: bool = False


@dataclass(order=True, slots=True)
class _Waiting:
    place: int
    tokens: int = field(compare=False)
    live: bool = field(compare=False)
    turn: asyncio.Future[Turn] = field(compare=False)


class Pace:
    """Lets requests to one provider go, live ones before those of evals, each in its turn."""

    def __init__(
        self, spec: ProviderSpec, clock: Callable[[], float], health: Health | None = None
    ) -> None:
        self._clock = clock
        self._health = health or Health()
        self._most = spec.concurrency
        self._bearable = float(spec.concurrency)
        self._slow_below = float(spec.concurrency)
        self._requests = Window(spec.requests_per_minute)
        self._tokens = Window(spec.tokens_per_minute)
        self._waiting: list[_Waiting] = []
        self._running = 0
        self._places = 0
        self._not_before = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def bearable(self) -> int:
        """How many may be in flight."""
        return int(self._bearable)

    async def enter(self, tokens: int, *, live: bool = False) -> Turn:
        """Wait for leave to send a request of about so many tokens. Raises ProviderDown."""
        self._refuse_if_down(live)
        turn = asyncio.get_running_loop().create_future()
        self._places += 1
        place = self._places - HEAD_START * self._most if live else self._places
        heappush(self._waiting, _Waiting(place, tokens, live, turn))
        self._serve()
        try:
            granted: Turn = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and not turn.exception():
                self.leave(turn.result())
            raise
        return granted

    def leave(self, turn: Turn, tokens: int | None = None) -> None:
        """The request is over, with an answer of so many tokens or, abandoned, with none."""
        self._running -= 1
        if tokens is not None:
            self._tokens.settle(turn.tokens, tokens, self._clock())
            self._went_well()
        self._serve()

    def failed(self, turn: Turn, error: ProviderError) -> None:
        """The request is over with a fault."""
        self._running -= 1
        self._tokens.settle(turn.tokens, 0, self._clock())
        now = self._clock()
        theirs = turn.live and error.kind == "rejected"  # it says nothing of the provider
        pause = None if theirs else self._health.failed(error, turn.began, now)
        if pause is not None:
            self._slow_below = max(1.0, self._bearable / 2)
            self._bearable = 1.0 if error.kind == "connection" else self._slow_below
            self._not_before = max(self._not_before, now + pause)
        if self._health.down:
            self._send_home(self._health.down)
        self._serve()

    def _went_well(self) -> None:
        self._health.succeeded()
        step = 1.0 if self._bearable < self._slow_below else 1.0 / self._bearable
        self._bearable = min(float(self._most), self._bearable + step)

    def _refuse_if_down(self, live: bool) -> None:
        """Nobody else is sent to a provider that is down, but for live requests: it may be back."""
        if self._health.down and not live:
            raise self._health.down.again()

    def _send_home(self, down: ProviderDown) -> None:
        for waiting in self._waiting:
            if not waiting.turn.done():
                waiting.turn.set_exception(down.again())
        self._waiting.clear()

    def _serve(self) -> None:
        while self._waiting and self._running < max(1, self.bearable):
            head = self._waiting[0]
            if head.turn.done():  # cancelled
                heappop(self._waiting)
                continue
            now = self._clock()
            due = max(
                self._not_before,
                self._requests.free_at(1, now),
                self._tokens.free_at(head.tokens, now),
            )
            if due > now:
                self._wake(due - now)
                return
            heappop(self._waiting)
            self._running += 1
            self._requests.take(1, now)
            head.turn.set_result(Turn(now, self._tokens.take(head.tokens, now), head.live))

    def _wake(self, seconds: float) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._serve)
