"""In which order changes wait to be run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.apply.order import in_line
from pareta_plan.apply.scheduler import _Jobs
from pareta_plan.plan.model import Action, Change, Class, Reason
from pareta_plan.plan.steps import Hold


def change(name: str, cost: int | None, rows: int) -> Change:
    return Change(
        workload=name,
        action=Action.EVALUATE,
        classes=[Class.NEW],
        reason=Reason.NOT_EVALUATED,
        why="",
        steps=[Hold()],
        rows=rows,
        models=1,
        reserve_micro_usd=cost,
    )


groups = st.lists(
    st.lists(st.builds(change, st.just("a"), st.none() | st.integers(0, 9), st.integers(0, 9))),
    max_size=8,
)


@given(groups, st.integers(1, 4))
def test_none_is_lost_and_one_at_a_time_is_the_plans_order(
    given: list[list[Change]], parallelism: int
) -> None:
    line = in_line(given, parallelism)
    assert sorted(map(id, line)) == sorted(map(id, given))
    assert parallelism > 1 or list(line) == given


def test_short_ones_do_not_wait_behind_long_ones_which_begin_early() -> None:
    waiting = {
        "long": change("long", 900, 10),
        "short": change("short", 1, 10),
        "unknown": change("unknown", None, 5),
        "quick": change("quick", 0, 0),
        "middle": change("middle", 900, 2),
    }
    jobs = _Jobs(in_line([[each] for each in waiting.values()], 2), True, None)
    taken = [jobs.take(longest=longest) for longest in (False, True, False, True, False, True)]
    names = [group[0].workload if group else None for group in taken]
    assert names == ["quick", "unknown", "short", "long", "middle", None]
