"""The intervals against published examples, closed forms, and SciPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pareta_plan.gates.bounds import mean_bounds, proportion_bounds, share_below, unseen_share
from pareta_plan.platform.kinds.intervals import (
    bootstrap_means,
    mean_interval,
    percentile,
    reweighted,
    wilson,
)

counted = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (15, 148, 0.0624, 0.1605),  # R. G. Newcombe, Statistics in Medicine 17 (1998), method 3
        (81, 263, 0.2553, 0.3662),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(counted)
def test_wilson_holds_the_proportion_and_mirrors(counted: tuple[int, int]) -> None:
    k, n = counted
    low, high = wilson(k, n)
    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_wilson_of_nothing_knows_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (15, 148, 0.0578, 0.1617),  # Newcombe, as above, method 5
        (81, 263, 0.2527, 0.3676),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_exact_bounds_as_published(successes: int, n: int, low: float, high: float) -> None:
    bounds = proportion_bounds(successes, n, tail=0.025)
    assert bounds == pytest.approx((low, high), abs=5e-5)


@given(counted, st.sampled_from([0.05, 0.025]))
@settings(max_examples=40, deadline=None)
def test_exact_bounds_as_scipy_has_them(counted: tuple[int, int], tail: float) -> None:
    k, n = counted
    expected = stats.binomtest(k, n).proportion_ci(1 - 2 * tail, method="exact")
    bounds = proportion_bounds(k, n, tail)
    assert bounds == pytest.approx((expected.low, expected.high), abs=1e-6)


def spline_share(values: Sequence[float], at: float) -> float:
    """P(a mean of distinct values under uniform weights <= at), by the closed form of B-splines.

    H. B. Curry and I. J. Schoenberg, Journal d'Analyse Mathematique 17 (1966).
    """
    above = (
        (x - at) ** (len(values) - 1) / prod(x - y for y in values if y != x)
        for x in values
        if x > at
    )
    return 1 - sum(above)


@pytest.mark.parametrize(
    "values", [[0.0, 0.7], [0.0, 0.3, 1.0], [0.0, 0.1, 0.6, 0.65], [-1.0, -0.5, 0.0, 0.2, 0.9]]
)
def test_a_graded_low_bound_as_the_closed_form_has_it(values: list[float]) -> None:
    least, *seen = values
    low, _ = mean_bounds(seen, least, 1.0)
    assert spline_share(values, low) == pytest.approx(0.05, abs=2e-5)
    for at in np.linspace(values[0] + 0.01, values[-1] - 0.01, 9):
        expected = spline_share(values, float(at))
        assert share_below(Counter(values), float(at)) == pytest.approx(expected, abs=2e-5)


def test_graded_bounds_as_drawn_weights_have_them() -> None:
    rng = np.random.default_rng(1)
    values = np.round(rng.beta(4, 1, 60), 2)
    low, high = mean_bounds(values.tolist())
    weights = rng.dirichlet(np.ones(61), 200_000)
    assert low == pytest.approx(np.quantile(weights @ [*values, 0.0], 0.05), abs=5e-4)
    assert high == pytest.approx(np.quantile(weights @ [*values, 1.0], 0.95), abs=5e-4)


def test_many_different_scores_approach_the_central_limit() -> None:
    values = np.random.default_rng(2).random(3000)
    half = 1.645 * values.std() / 3000**0.5
    low, high = mean_bounds(values.tolist())
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=3e-4)


@given(scores)
@settings(max_examples=50, deadline=None)
def test_bounds_hold_the_mean_and_mirror(values: list[float]) -> None:
    low, high = mean_bounds(values)
    mean = sum(values) / len(values)
    assert 0 <= low <= mean + 1e-8
    assert mean - 1e-8 <= high <= 1
    mirrored = mean_bounds([1 - value for value in values])
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-6)


@given(scores, st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_a_better_score_never_lowers_the_low_bound(values: list[float], other: float) -> None:
    worse, better = sorted([values[0], other])
    low, _ = mean_bounds([worse, *values[1:]])
    raised, _ = mean_bounds([better, *values[1:]])
    assert low <= raised + 1e-6


def test_bounds_of_nothing_know_nothing() -> None:
    assert mean_bounds([]) == (0.0, 1.0)
    assert mean_bounds([], -1.0, 1.0) == (-1.0, 1.0)
    assert unseen_share(0) == 1.0


@pytest.mark.parametrize("n", [1, 2, 3, 10, 50])
def test_rows_that_are_all_alike_leave_the_rule_of_three(n: int) -> None:
    low, high = mean_bounds([0.0] * n, -1.0, 1.0)
    assert (low, high) == pytest.approx((-unseen_share(n), unseen_share(n)), abs=2e-6)


@given(scores)
@settings(max_examples=50, deadline=None)
def test_a_reported_interval_is_repeatable_and_within_the_scores(values: list[float]) -> None:
    low, high = mean_interval(values)
    assert (low, high) == mean_interval(values)
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("values", [[0.7], [0.7, 0.7], [0.5] * 5])
def test_a_few_equal_scores_do_not_pass_for_certainty(values: list[float]) -> None:
    low, high = mean_interval(values)
    assert low < values[0] - 0.1
    assert high > values[0] + 0.1


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.floats(0, 1))
def test_percentiles_stay_between_the_ends(values: list[float], q: float) -> None:
    ordered = sorted(values)
    assert ordered[0] - 1e-9 <= percentile(ordered, q) <= ordered[-1] + 1e-9
    assert percentile(ordered, 0) == ordered[0]
    assert percentile(ordered, 1) == ordered[-1]


def test_bootstrap_means_bracket_the_mean_closely() -> None:
    means = bootstrap_means([0.0] * 50 + [1.0] * 50)
    assert percentile(means, 0.025) == pytest.approx(0.40, abs=0.02)  # 0.5 - 1.96 * 0.05
    assert percentile(means, 0.975) == pytest.approx(0.60, abs=0.02)


def test_reweighted_shares_follow_the_beta_law() -> None:
    """Of 3 and 7 counted, the share of the first is Beta(3, 7) under the Bayesian bootstrap."""
    shares = reweighted({"a": 3, "b": 7}, lambda w: w["a"] / (w["a"] + w["b"]))
    assert shares == reweighted({"b": 7, "a": 3}, lambda w: w["a"] / (w["a"] + w["b"]))
    assert stats.kstest(shares, stats.beta(3, 7).cdf).pvalue > 0.001
