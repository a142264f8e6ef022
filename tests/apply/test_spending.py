"""What an apply may still spend, with several runs under way."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.apply.journal import Journal
from pareta_plan.apply.spending import Spending
from pareta_plan.errors import CostCapError
from pareta_plan.plan.caps import Caps


def test_a_run_under_way_holds_its_reserve(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        spending = Spending(Caps(run=100), journal)
        spending.reserve("a", 60)
        with pytest.raises(CostCapError, match="the apply may cost"):
            spending.reserve("b", 60)
        spending.settle("a", "run-a", 10)
        with pytest.raises(CostCapError):  # who asks later must not be better off
            spending.reserve("c", 1)


def test_a_run_that_a_stopped_apply_started_holds_its_reserve(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        spending = Spending(Caps(run=100), journal)
        spending.resume("a", 60)
        with pytest.raises(CostCapError):
            spending.reserve("b", 60)


def test_a_run_that_is_over_holds_what_it_was_billed(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        spending = Spending(Caps(run=100), journal)
        spending.reserve("a", 60)
        assert spending.settle("a", "run-a", 40) == 40
        assert spending.settle("a", "run-a", 40) == 0
        spending.reserve("b", 60)


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1), st.booleans()), max_size=8))
def test_runs_that_keep_to_their_reserves_keep_to_the_cap(
    runs: list[tuple[int, float, bool]],
) -> None:
    with TemporaryDirectory() as folder, Journal(Path(folder) / "journal") as journal:
        spending = Spending(Caps(run=100), journal)
        open_runs: list[tuple[str, int]] = []
        for n, (reserve, share, ends) in enumerate(runs):
            try:
                spending.reserve(f"w{n}", reserve)
            except CostCapError:
                break
            open_runs.append((f"w{n}", round(reserve * share)))
            if ends:
                spending.settle(*_run(open_runs.pop(0)))
        for left in open_runs:
            spending.settle(*_run(left))
        assert spending.billed_micro_usd <= 100


def _run(under_way: tuple[str, int]) -> tuple[str, str, int]:
    workload, billed = under_way
    return workload, f"run of {workload}", billed
