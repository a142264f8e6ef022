"""Savings: ratios of unrounded means over the same rows, and bounds that hold."""

from __future__ import annotations

from fractions import Fraction
from math import pi, tan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.gates.gates import Outcome
from pareta_plan.gates.savings import savings, student
from pareta_plan.project.lockfile import Measured, Savings
from tests.gates.judging import baseline, verdicts

Costs = list[Fraction]
COSTS = st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 10**9)), min_size=2, max_size=30)


def saved(own: Costs, other: Costs) -> Savings:
    mine = Measured(kind="open", cost_per_request_usd="1")
    theirs = {"b": Measured(kind="frontier", cost_per_request_usd="1")}
    found = savings(mine, theirs, {"a": dict(enumerate(own)), "b": dict(enumerate(other))}, "a")
    assert found is not None
    return found


def test_costs_below_a_micro_dollar_are_no_floor() -> None:
    """A row of 0.002 micro-dollars, beside one of 10: today's 1 micro-dollar made 10x of it."""
    own, other = [Fraction(2, 10**9)] * 40, [Fraction(10, 10**6)] * 40
    found = saved(own, other)
    assert (found.times, found.low, found.high, found.rows) == (5000, 5000, 5000, 40)
    mine = Measured(kind="open", cost_per_request_usd="0.000000002", savings=found)
    (only,) = verdicts("min_savings", 12, mine, {"b": baseline(10)})
    assert only.outcome is Outcome.PASS


def test_only_rows_that_both_answered_count() -> None:
    mine = Measured(kind="open", cost_per_request_usd="1")
    theirs = {"b": Measured(kind="frontier", cost_per_request_usd="1")}
    costs = {
        "a": {0: Fraction(1), 1: Fraction(2), 2: Fraction(90)},
        "b": {0: Fraction(4), 1: Fraction(8)},
    }
    found = savings(mine, theirs, costs, "a")
    assert found is not None
    assert (found.times, found.rows) == (4, 2)


def test_a_row_alone_has_no_upper_end_and_what_costs_nothing_has_none_at_all() -> None:
    assert saved([Fraction(1)], [Fraction(3)]) == Savings(
        baseline="b", times=3, low=0, rows=1, bounds="rows"
    )
    assert saved([Fraction(0)] * 2, [Fraction(3)] * 2) == Savings(
        baseline="b", rows=2, bounds="rows"
    )


@given(COSTS, st.integers(1, 10**6))
def test_the_unit_of_the_costs_makes_no_difference(pairs: list[tuple[int, int]], unit: int) -> None:
    own, other = [Fraction(a) for a, _ in pairs], [Fraction(b) for _, b in pairs]
    one, same = saved(own, other), saved([a / unit for a in own], [b / unit for b in other])
    assert one == same
    assert one.low is not None
    assert one.high is not None
    assert one.times is not None
    assert one.low <= one.times <= one.high


def test_each_bound_is_wrong_about_one_time_in_twenty() -> None:
    """Log-normal costs with a share in common, as of rows of different lengths; the truth is 8."""
    rng, trials, wrong = Random(7), 2000, [0, 0]
    for _ in range(trials):
        lengths = [rng.lognormvariate(0, 0.6) for _ in range(40)]
        own = [Fraction(length * rng.lognormvariate(0, 0.2)) for length in lengths]
        other = [Fraction(8 * length * rng.lognormvariate(0, 0.2)) for length in lengths]
        found = saved(own, other)
        wrong[0] += (found.low or 0) > 8
        wrong[1] += (found.high or 0) < 8
    assert all(0.03 < n / trials < 0.07 for n in wrong), wrong


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 6.313752), (2, 2.919986), (5, 2.015048), (30, 1.697261)]
)
def test_student_s_quantiles_are_those_of_the_tables(degrees: int, quantile: float) -> None:
    assert student(degrees) == pytest.approx(quantile, abs=1e-5)
    assert student(1) == pytest.approx(tan(0.45 * pi))
    assert 1.6448 < student(100_000) < 1.653
