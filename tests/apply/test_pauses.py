from __future__ import annotations

import pytest

from pareta_plan.apply.pauses import Pauses


def test_a_run_that_lasts_is_looked_at_less_often() -> None:
    pauses = Pauses(0.1, 3.0, clock=lambda: 0.0)
    taken = [pauses.next(0, 0) for _ in range(40)]
    assert taken[:3] == pytest.approx([0.1, 0.12, 0.144])
    assert taken[-1] == 3.0


def test_its_end_is_awaited_no_longer_than_its_rows_may_take() -> None:
    now, rows = 0.0, 1000.0
    pauses = Pauses(0.1, 3.0, clock=lambda: now)
    looks = 0
    while (done := min(rows, now * 100)) < rows:
        now += pauses.next(done, rows)
        looks += 1
    assert 10 <= now < 10.1
    assert looks < 25


def test_nothing_is_waited_for_where_there_is_nothing_to_wait() -> None:
    pauses = Pauses(0.0, 3.0)
    assert [pauses.next(n, 9) for n in range(9)] == [0.0] * 9
