"""Verdicts against values worked out by hand, and the intervals behind them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.gates import Outcome, blocks, judge, paired_gap, unpaired_gap, worst
from pareta_plan.intervals import bootstrap_means, mean_interval, percentile, wilson
from pareta_plan.lockfile import Evidence, Gap, Measured
from pareta_plan.manifest import Gates
from tests.unit.entries import basis

PASS, OPEN, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


def mine(
    quality: float | None = 0.9, low: float = 0.85, high: float = 0.94, **more: Any
) -> Measured:
    values = {"kind": "open", "quality": quality, "low": low, "high": high, "scored": 100, **more}
    if quality is None:
        values |= {"low": None, "high": None, "scored": 0}
    return Measured.model_validate(values)


def baseline(cost: int | None = 1000) -> Measured:
    return Measured(
        kind="frontier", quality=0.92, low=0.88, high=0.95, cost_per_request_micro_usd=cost
    )


def verdict(
    gate: str,
    limit: float,
    measured: Measured,
    baselines: dict[str, Measured] | None = None,
    gaps: dict[str, Gap] | None = None,
) -> Outcome:
    results = {"m": measured, **(baselines or {})}
    evidence = Evidence(basis=basis(), run_id="r", results=results, gaps=gaps or {})
    return worst(judge(Gates.model_validate({gate: limit}), evidence, "m"))


@pytest.mark.parametrize(
    ("floor", "low", "high", "outcome"),
    [
        (0.85, 0.85, 0.94, PASS),  # the bound itself reaches the floor
        (0.8501, 0.85, 0.94, OPEN),
        (0.94, 0.85, 0.94, OPEN),  # the upper bound is not below it
        (0.9401, 0.85, 0.94, FAIL),
        (0.0, 0.0, 0.1, PASS),
        (1.0, 0.97, 1.0, OPEN),
    ],
)
def test_min_quality(floor: float, low: float, high: float, outcome: Outcome) -> None:
    assert verdict("min_quality", floor, mine(low=low, high=high)) is outcome


def test_nothing_scored_fails_even_a_floor_of_zero() -> None:
    assert verdict("min_quality", 0.0, mine(None)) is FAIL
    assert verdict("max_error_rate", 1.0, mine(None, errors=0)) is not FAIL


@pytest.mark.parametrize(
    ("margin", "low", "high", "outcome"),
    [
        (0.03, -0.02, 0.03, PASS),
        (0.03, -0.02, 0.0301, OPEN),
        (0.03, 0.03, 0.09, OPEN),
        (0.03, 0.0301, 0.09, FAIL),
        (0.0, -0.10, 0.0, PASS),
        (0.0, -0.10, 0.01, OPEN),
    ],
)
def test_max_gap_to_frontier(margin: float, low: float, high: float, outcome: Outcome) -> None:
    gaps = {"b": Gap(gap=(low + high) / 2, low=low, high=high, paired=True)}
    assert verdict("max_gap_to_frontier", margin, mine(), {"b": baseline()}, gaps) is outcome


def test_every_baseline_must_be_reached() -> None:
    near = Gap(gap=0, low=-0.01, high=0.01, paired=True)
    far = Gap(gap=0.2, low=0.1, high=0.3, paired=True)
    both = {"a": baseline(), "b": baseline()}
    assert verdict("max_gap_to_frontier", 0.05, mine(), both, {"a": near, "b": near}) is PASS
    assert verdict("max_gap_to_frontier", 0.05, mine(), both, {"a": near, "b": far}) is FAIL
    assert verdict("max_gap_to_frontier", 0.05, mine(), both, {"a": near}) is OPEN
    assert verdict("max_gap_to_frontier", 0.05, mine()) is FAIL


@pytest.mark.parametrize(
    ("limit", "cost", "outcome"),
    [(0.002, 2000, PASS), (0.002, 2001, FAIL), (0.0, 0, PASS), (0.0, 1, FAIL), (1, None, FAIL)],
)
def test_max_cost_per_request(limit: float, cost: int | None, outcome: Outcome) -> None:
    measured = mine(cost_per_request_micro_usd=cost)
    assert verdict("max_cost_per_request_usd", limit, measured) is outcome


def test_a_cost_limit_is_met_exactly_whatever_floats_do() -> None:
    for micro in range(1, 3000):
        measured = mine(cost_per_request_micro_usd=micro)
        assert verdict("max_cost_per_request_usd", micro / 1_000_000, measured) is PASS, micro


@pytest.mark.parametrize(
    ("floor", "cost", "costs", "outcome"),
    [
        (5, 100, [500], PASS),
        (5, 100, [499], FAIL),
        (5, 100, [5000, 499], FAIL),  # against the cheapest
        (5, 100, [None, 500], PASS),
        (5, 100, [None], FAIL),
        (5, 100, [], FAIL),
        (5, None, [500], FAIL),
    ],
)
def test_min_savings(
    floor: float, cost: int | None, costs: list[int | None], outcome: Outcome
) -> None:
    baselines = {f"b{i}": baseline(c) for i, c in enumerate(costs)}
    measured = mine(cost_per_request_micro_usd=cost)
    assert verdict("min_savings", floor, measured, baselines) is outcome


def test_a_free_model_saves_all_there_is() -> None:
    measured = mine(cost_per_request_micro_usd=0)
    assert verdict("min_savings", 5, measured, {"b": baseline(500)}) is PASS


@pytest.mark.parametrize(
    ("limit", "errors", "outcome"), [(0.02, 2, PASS), (0.02, 3, FAIL), (0, 0, PASS), (0, 1, FAIL)]
)
def test_max_error_rate(limit: float, errors: int, outcome: Outcome) -> None:
    measured = mine(scored=100 - errors, errors=errors)
    assert verdict("max_error_rate", limit, measured) is outcome


def test_what_blocks() -> None:
    gates = Gates(min_quality=0.9)
    lenient = Gates(min_quality=0.9, on_inconclusive="warn")
    for quality, strict, warned in (
        (mine(low=0.95, high=0.99), None, None),
        (mine(low=0.85, high=0.95), OPEN, None),
        (mine(low=0.1, high=0.2), FAIL, FAIL),
    ):
        evidence = Evidence(basis=basis(), run_id="r", results={"m": quality})
        assert blocks(judge(gates, evidence, "m"), gates) is strict
        assert blocks(judge(lenient, evidence, "m"), lenient) is warned
    assert blocks([], Gates()) is None


def test_a_model_the_run_does_not_know_is_not_let_through() -> None:
    gates = Gates(min_quality=0.0, max_error_rate=1.0)
    evidence = Evidence(basis=basis(), run_id="r", results={})
    assert blocks(judge(gates, evidence, "m"), gates) is FAIL


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


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_proportion_and_mirrors(counted: tuple[int, int]) -> None:
    k, n = counted
    low, high = wilson(k, n)
    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_wilson_of_nothing_knows_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(scores)
def test_an_interval_of_a_mean_is_repeatable_and_within_the_scores(values: list[float]) -> None:
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
    values = [0.0] * 50 + [1.0] * 50
    means = bootstrap_means(values)
    assert percentile(means, 0.025) == pytest.approx(0.40, abs=0.02)  # 0.5 - 1.96 * 0.05
    assert percentile(means, 0.975) == pytest.approx(0.60, abs=0.02)


by_row = st.dictionaries(st.integers(0, 40), st.sampled_from([0.0, 0.5, 1.0]), max_size=25)


@given(by_row, by_row)
def test_a_paired_gap_is_the_mean_difference_of_common_rows(
    model: dict[int, float], other: dict[int, float]
) -> None:
    gap = paired_gap(model, other)
    common = model.keys() & other.keys()
    if not common:
        assert gap is None
        return
    assert gap is not None
    assert gap.paired
    expected = sum(other[i] - model[i] for i in common) / len(common)
    assert gap.gap == pytest.approx(expected, abs=1e-6)
    assert gap.low - 1e-6 <= gap.high


def test_pairing_sees_what_single_intervals_can_not() -> None:
    model = {i: float(i % 2) for i in range(40)}
    gap = paired_gap(model, model)
    assert gap is not None
    assert gap.gap == 0
    low, high = wilson(20, 40)
    half = Measured(kind="open", quality=0.5, low=low, high=high)
    apart = unpaired_gap(half, half.model_copy(update={"kind": "frontier"}))
    assert apart is not None
    assert apart.low < 2 * gap.low <= 0 <= 2 * gap.high < apart.high


def test_an_unpaired_gap_as_published() -> None:
    """Newcombe (1998, paper II), method 10: 56/70 against 48/80 gives 0.0524 to 0.3339."""
    a, b = wilson(56, 70), wilson(48, 80)
    better = Measured(kind="frontier", quality=56 / 70, low=a[0], high=a[1])
    worse = Measured(kind="open", quality=48 / 80, low=b[0], high=b[1])
    gap = unpaired_gap(worse, better)
    assert gap is not None
    assert (gap.gap, gap.low, gap.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert unpaired_gap(mine(None), better) is None


def test_a_gap_of_one_row_does_not_pass_for_certainty() -> None:
    """One row that both got right says next to nothing about a margin of 3%."""
    gap = paired_gap({0: 1.0}, {0: 1.0})
    assert gap is not None
    found = verdict("max_gap_to_frontier", 0.03, mine(), {"b": baseline()}, {"b": gap})
    assert found is not PASS
