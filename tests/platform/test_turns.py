"""Who goes next where only so many may: live requests before rows, and rows for all that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pareta_plan.platform.models.turns import PATIENCE, Lane, Turns


def order(lanes: list[Lane]) -> list[Lane]:
    """Who went in which order, all of them waiting before the one turn is given back."""
    turns, went = Turns(1), list[Lane]()

    def take(lane: Lane) -> None:
        with turns.taken(lane):
            went.append(lane)

    with turns.taken(Lane.LIVE):
        threads = [threading.Thread(target=take, args=(lane,)) for lane in lanes]
        for thread in threads:
            thread.start()
        until(lambda: turns._waiting.total() == len(lanes))
    for thread in threads:
        thread.join()
    return went


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_live_request_goes_before_rows() -> None:
    assert order([Lane.ROWS, Lane.ROWS, Lane.LIVE]) == [Lane.LIVE, Lane.ROWS, Lane.ROWS]


def test_rows_get_on_however_many_chat() -> None:
    went = order([Lane.ROWS, *[Lane.LIVE] * (2 * PATIENCE)])
    assert went.index(Lane.ROWS) == PATIENCE
