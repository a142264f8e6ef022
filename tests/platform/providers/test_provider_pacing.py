"""How fast a provider is asked: never above its limits, slower when it is too much."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.platform.providers.faults import Kind, ProviderDown, ProviderError
from pareta_plan.platform.providers.health import Health
from pareta_plan.platform.providers.pacing import HEAD_START, MINUTE, Pace, Window
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.retries import LONGEST_WAIT, pause, retry_after

AMOUNTS = st.lists(st.tuples(st.integers(1, 120), st.floats(0, 40)), min_size=1, max_size=40)


@given(AMOUNTS)
def test_no_minute_has_more_than_its_limit(asked: list[tuple[int, float]]) -> None:
    window, now = Window(100), 0.0
    taken = list[tuple[float, int]]()
    for amount, later in asked:
        now = window.free_at(amount, now + later)
        taken.append((window.take(amount, now).at, amount))
    for at, amount in taken:
        within = [n for when, n in taken if when <= at < when + MINUTE]
        assert sum(within) <= 100 or within == [amount]


@given(AMOUNTS)
def test_nobody_waits_longer_than_it_takes(asked: list[tuple[int, float]]) -> None:
    """There is room at the time that is told, and none before it."""
    window, now = Window(100), 0.0
    for amount, later in asked:
        now += later
        free = window.free_at(amount, now)
        assert now <= free <= now + MINUTE * (len(asked) + 1)
        assert window.free_at(amount, free) == free
        window.take(amount, free)
        now = free


def test_what_was_held_back_too_much_is_given_back() -> None:
    window = Window(100)
    taken = window.take(90, 0.0)
    assert window.free_at(50, 1.0) == MINUTE
    window.settle(taken, 10, 1.0)
    assert window.free_at(50, 1.0) == 1.0


class _Clock:
    """A clock for a pace on a loop whose timers run at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _fault(kind: Kind, wait: float | None = None) -> ProviderError:
    return ProviderError("box", kind, wait=wait)


def _spec(**more: int) -> ProviderSpec:
    return ProviderSpec.model_validate({"name": "openai", **more})


def test_it_backs_off_once_a_round_and_recovers() -> None:
    async def story() -> list[int]:
        clock = _Clock()
        pace = Pace(_spec(concurrency=32), clock)
        told = list[int]()
        turns = [await pace.enter(1) for _ in range(32)]
        clock.now = 1.0
        for turn in turns:  # all of one round
            pace.failed(turn, _fault("limit", 0.0))
        told.append(pace.bearable)
        turns = [await pace.enter(1) for _ in range(16)]
        clock.now = 2.0
        for turn in turns:
            pace.failed(turn, _fault("overloaded", 0.0))
        told.append(pace.bearable)
        for _ in range(400):
            pace.leave(await pace.enter(1), 1)
        told.append(pace.bearable)
        return told

    assert asyncio.run(story()) == [16, 8, 29]


def test_rows_get_on_however_many_chat() -> None:
    async def story() -> list[str]:
        pace = Pace(_spec(concurrency=1), time.monotonic)
        went: list[str] = []

        async def one(name: str, live: bool) -> None:
            turn = await pace.enter(1, live=live)
            went.append(name)
            await asyncio.sleep(0)
            pace.leave(turn, 1)

        names = [("first", False), ("row", False), *((f"live {n}", True) for n in range(40))]
        await asyncio.gather(*(one(*name) for name in names))
        return went

    assert 1 <= asyncio.run(story()).index("row") <= 2 * HEAD_START


def test_live_requests_go_first() -> None:
    async def story() -> list[str]:
        pace = Pace(_spec(concurrency=1), time.monotonic)
        order = list[str]()

        async def one(name: str, live: bool) -> None:
            turn = await pace.enter(1, live=live)
            order.append(name)
            await asyncio.sleep(0)
            pace.leave(turn, 1)

        names = [("a", False), ("b", False), ("c", False), ("live", True)]
        await asyncio.gather(*(one(*name) for name in names))
        return order

    assert asyncio.run(story()) == ["a", "live", "b", "c"]


def test_who_stops_waiting_takes_no_place() -> None:
    async def story() -> int:
        pace = Pace(_spec(concurrency=1), time.monotonic)
        turn = await pace.enter(1)
        waiting = [asyncio.create_task(pace.enter(1)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        pace.leave(turn, 1)
        waiting[1].cancel()  # its leave was given in the same moment
        await asyncio.sleep(0.01)
        pace.leave(await waiting[2], 1)
        pace.leave(await pace.enter(1), 1)
        return sum(task.cancelled() for task in waiting)

    assert asyncio.run(story()) == 2


def test_limits_by_the_minute_are_waited_for() -> None:
    async def story() -> bool:
        pace = Pace(_spec(requests_per_minute=2, tokens_per_minute=1000), time.monotonic)
        for _ in range(2):
            pace.leave(await pace.enter(10), 10)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pace.enter(10), 0.05)
        return True

    assert asyncio.run(story())


@pytest.mark.parametrize(
    ("kind", "at_once", "tries"),
    [
        *[("connection", 50, 54), ("connection", 1, 5), ("timeout", 50, 51), ("timeout", 1, 30)],
        *[("server", 50, 54), ("server", 1, 30), ("limit", 50, 69), ("limit", 1, 60)],
        *[("key", 1, 1), ("quota", 50, 1), ("rejected", 50, 54), ("shape", 1, 30)],
    ],
)
def test_it_is_down_after_tens_of_tries(kind: Kind, at_once: int, tries: int) -> None:
    """A burst counts as one round, and then one at a time."""
    health, now, made = Health(), 0.0, 0
    while not health.down and made < 1000:
        began = now
        now += 1.0
        for _ in range(at_once if made == 0 else 1):
            health.failed(_fault(kind), began, now)
            made += 1
            if health.down:
                break
    assert made == tries
    assert isinstance(health.down, ProviderDown)


def test_one_answer_ends_the_row_of_faults() -> None:
    health = Health()
    for now in range(1000):
        health.failed(_fault("server"), float(now), now + 0.5)
        if now % 20 == 19:
            health.succeeded()
    assert health.down is None


def test_waits_grow_with_jitter_up_to_a_cap() -> None:
    means = [fmean(pause(n) for _ in range(200)) for n in range(1, 10)]
    assert all(low < high * 1.1 for low, high in pairwise(means))
    assert max(pause(50) for _ in range(200)) <= LONGEST_WAIT
    assert len({pause(3) for _ in range(10)}) > 1
    assert pause(1, 7.5) == 7.5
    assert pause(1, 86_400.0) == LONGEST_WAIT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        *[({"retry-after": "7"}, 7.0), ({"retry-after": "0.5"}, 0.5), ({}, None)],
        *[({"retry-after-ms": "250", "retry-after": "9"}, 0.25), ({"retry-after": "soon"}, None)],
        *[({"retry-after": "-3"}, None), ({"retry-after": "nan"}, None)],
        *[({"retry-after": "inf"}, None), ({"retry-after": formatdate(0, usegmt=True)}, 0.0)],
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date() -> None:
    found = retry_after({"retry-after": formatdate(time.time() + 20, usegmt=True)})
    assert found is not None
    assert 18 <= found <= 20
