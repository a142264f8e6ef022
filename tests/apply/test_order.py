"""In which order changes wait to be run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.apply.order import in_line
from pareta_plan.apply.scheduler import _Jobs
from pareta_plan.plan.model import Change
from tests.entries import evaluation

groups = st.lists(
    st.lists(
        st.builds(
            evaluation,
            st.just("a"),
            rows=st.integers(0, 9),
            cost=st.none() | st.integers(0, 9),
        )
    ),
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
        "long": evaluation("long", 10, cost=900),
        "short": evaluation("short", 10, cost=1),
        "unknown": evaluation("unknown", 5, cost=None),
        "quick": evaluation("quick", 0, cost=0),
        "middle": evaluation("middle", 2, cost=900),
    }
    jobs = _Jobs(in_line([[each] for each in waiting.values()], 2), True, None)
    taken = [jobs.take(longest=longest) for longest in (False, True, False, True, False, True)]
    names = [group[0].workload if group else None for group in taken]
    assert names == ["quick", "unknown", "short", "long", "middle", None]
