"""Confidence sequences: exact chances where all outcomes can be listed, and what always holds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import comb, exp, log, prod
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pareta_plan.gates.bounds import proportion_bounds
from pareta_plan.gates.sequence import POINTS, log_wealth, looks, sequence_bounds

STAKES = 2.0 ** (np.arange(-8, 7) / 2)
WEIGHTS = np.exp(-0.6 * np.log(STAKES / 0.6) ** 2)
WEIGHTS /= WEIGHTS.sum()

scores = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def on_grid(*values: float) -> list[float]:
    """How many of these values are at each point."""
    rows = [0.0] * (POINTS + 1)
    for value in values:
        rows[round(value * POINTS)] += 1
    return rows


def wealth(values: list[float], mean: float) -> float:
    """What a unit becomes, as the paper has it: bet by bet, row by row, with no grid."""
    stakes = np.minimum(STAKES, 1 / mean)
    factors = [1 + stakes * (value - mean) for value in values]
    return float(WEIGHTS @ np.prod(factors, axis=0))


def last_low(values: list[float]) -> float:
    """The low bound by all of the values, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if wealth(values, middle) > 20 else (low, middle)
    return low


@pytest.mark.parametrize("mean", [0.05, 0.5, 0.8, 0.97])
def test_nobody_gets_rich_on_average_against_the_truth(mean: float) -> None:
    """The expected wealth is 1, over all outcomes of twelve rows that are right or wrong."""
    n = 12
    chances = [comb(n, k) * mean**k * (1 - mean) ** (n - k) for k in range(n + 1)]
    made = [exp(log_wealth(on_grid(*[1.0] * k, *[0.0] * (n - k)), mean)) for k in range(n + 1)]
    assert np.dot(chances, made) == pytest.approx(1, abs=1e-9)


def test_nor_where_rows_are_graded() -> None:
    law = {0.0: 0.1, 0.25: 0.2, 0.9: 0.3, 1.0: 0.4}
    mean = sum(value * chance for value, chance in law.items())
    made = [
        prod(law[value] for value in rows) * exp(log_wealth(on_grid(*rows), mean))
        for rows in product(law, repeat=4)
    ]
    assert sum(made) == pytest.approx(1, abs=1e-9)


def ever(passes: Callable[[int, int], bool], truth: float, rows: int) -> float:
    """How likely k right of n ever pass, looked at after each row: by summing over all paths."""
    found, alive = 0.0, np.array([1.0])
    for n in range(1, rows + 1):
        alive = np.append(alive * (1 - truth), 0) + np.append(0, alive * truth)
        passed = np.array([passes(k, n) for k in range(n + 1)])
        found += alive[passed].sum()
        alive[passed] = 0
    return float(found)


@pytest.mark.parametrize("floor", [0.2, 0.5, 0.8, 0.95])
def test_who_looks_after_each_row_passes_falsely_at_most_one_time_in_twenty(floor: float) -> None:
    def passes(k: int, n: int) -> bool:
        if k <= floor * n:
            return False
        rows = [0.0] * (POINTS + 1)
        rows[0], rows[POINTS] = n - k, k
        return log_wealth(rows, floor) >= log(20)

    assert 0.005 < ever(passes, floor, 150) <= 0.05


def test_bounds_of_a_fixed_number_of_rows_would_not_do() -> None:
    least = {n: next((k for k in range(n + 1) if proportion_bounds(k, n)[0] >= 0.8), n + 1)
             for n in range(10, 101, 10)}  # fmt: skip
    assert ever(lambda k, n: n in least and k >= least[n], 0.8, 100) > 0.1


@pytest.mark.parametrize(
    "values",
    [[1.0] * 30, [1.0] * 45 + [0.0] * 5, [0.9] * 60, [0.5, 0.75, 1.0, 1.0] * 15, [0.1] * 100],
    ids=["right", "mostly right", "alike", "graded", "low"],
)
def test_bounds_as_the_paper_has_them(values: list[float]) -> None:
    rows = on_grid(*values)
    low = last_low(values)
    assert log_wealth(rows, low) == pytest.approx(log(20), abs=1e-6)
    least = max(last_low(values[:n]) for n in looks(len(values)))
    assert sequence_bounds(values)[0] == pytest.approx(least, abs=1e-6)


def test_scores_between_the_points_cost_next_to_nothing() -> None:
    values = np.random.default_rng(1).beta(4, 1, 200).tolist()
    exact = max(last_low(values[:n]) for n in looks(200))
    assert exact - 5e-4 < sequence_bounds(values)[0] <= exact + 1e-6


@pytest.mark.parametrize("rows", [0, 1, 2, 60, 61, 500])
def test_looks_rise_to_the_rows(rows: int) -> None:
    at = [*looks(rows)]
    assert at == sorted(set(at))
    assert at[-1:] == [rows][: len(at)]
    assert all(n in at for n in range(1, min(rows, 60) + 1))


@given(scores, scores)
@settings(max_examples=50, deadline=None)
def test_looks_that_were_bought_never_widen(values: list[float], more: list[float]) -> None:
    at = [*looks(len(values) + len(more))]
    few = max(n for n in at if n <= len(values))
    low, high = sequence_bounds(values[:few])
    lower, higher = sequence_bounds(values + more)
    assert 0 <= low <= lower + 1e-6
    assert higher <= high + 1e-6 <= 1 + 1e-6


@given(scores)
@settings(max_examples=50, deadline=None)
def test_bounds_mirror(values: list[float]) -> None:
    low, high = sequence_bounds(values)
    assert sequence_bounds([1 - v for v in values]) == pytest.approx((1 - high, 1 - low), abs=1e-5)


@given(scores, st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_a_better_score_never_lowers_a_bound(values: list[float], other: float) -> None:
    worse, better = sorted([values[0], other])
    before = sequence_bounds([worse, *values[1:]])
    after = sequence_bounds([better, *values[1:]])
    assert before[0] <= after[0] + 1e-6
    assert before[1] <= after[1] + 1e-6


@given(st.lists(st.floats(0, 1), min_size=127, max_size=127), st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_between_two_looks_does_not_matter(values: list[float], rng: object) -> None:
    *_, before, last = looks(127)
    rest = values[before:last]
    rng.shuffle(rest)  # type: ignore[attr-defined]
    assert sequence_bounds(values[:before] + rest) == sequence_bounds(values)


@given(scores)
@settings(max_examples=30, deadline=None)
def test_differences_are_the_same_on_another_scale(values: list[float]) -> None:
    low, high = sequence_bounds(values)
    scaled = sequence_bounds([2 * v - 1 for v in values], -1.0, 1.0)
    assert scaled == pytest.approx((2 * low - 1, 2 * high - 1), abs=1e-5)


def test_a_sequence_of_nothing_knows_nothing() -> None:
    assert sequence_bounds([]) == (0.0, 1.0)
    assert sequence_bounds([], -1.0, 1.0) == (-1.0, 1.0)


def test_a_smaller_tail_asks_for_more() -> None:
    values = [1.0, 1.0, 0.0, 1.0, 1.0] * 10
    low, high = sequence_bounds(values, tail=0.025)
    assert low < sequence_bounds(values)[0] < fmean(values) < sequence_bounds(values)[1] < high
