"""Verdicts against values worked out by hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pareta_plan.gates.bounds import proportion_bounds
from pareta_plan.gates.gates import Figures, Outcome, blocks, judge, rows_to_decide, worst
from pareta_plan.manifest.manifest import GATES, Gates
from pareta_plan.project.lockfile import Evidence, Gap, LockedMajority, Measured
from pareta_plan.render.verdicts import reason
from tests.entries import basis
from tests.gates.judging import baseline, mine, verdicts

PASS, OPEN, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


def verdict(gate: str, limit: float, *evidence: Any) -> Outcome:
    return worst(verdicts(gate, limit, *evidence))


def figures(gate: str, limit: float, *evidence: Any) -> Figures:
    (only,) = verdicts(gate, limit, *evidence)
    return only.figures


def test_every_gate_of_a_manifest_is_judged() -> None:
    limits = dict.fromkeys(GATES, 1)
    evidence = Evidence(basis=basis(), run_id="r", results={"m": mine(), "b": baseline()})
    found = judge(Gates.model_validate(limits), evidence, "m")
    assert [(verdict.gate, verdict.limit) for verdict in found] == [*limits.items()]


@pytest.mark.parametrize(("quality", "said"), [(0.3, "high"), (0.4, "high"), (0.41, None)])
def test_a_gap_to_a_baseline_that_one_answer_equals_shows_nothing(
    quality: float, said: str | None
) -> None:
    results = {"m": mine(), "b": baseline(quality=quality)}
    majority = LockedMajority(answer="high", quality=0.4)
    gap = Gap(gap=quality - 0.9, low=-0.9, high=-0.1, paired=True, rows=100)
    known = {"basis": basis(), "run_id": "r", "results": results, "gaps": {"b": gap}}
    evidence = Evidence(**known, majority=majority)
    (found,) = judge(Gates(max_gap_to_frontier=0.1), evidence, "m")
    assert (found.outcome, found.figures.no_better_than) == (PASS, said)
    words = "it shows nothing: b is no better than always answering 'high'"
    assert (words in reason(found)) == (said is not None)
    (unknown,) = judge(Gates(max_gap_to_frontier=0.1), Evidence(**known), "m")
    assert unknown.figures.no_better_than is None


SAME = Gap(gap=0.02, low=-0.01, high=0.06, paired=True, rows=97)
OLD = Gap(gap=0.02, low=-0.01, high=0.06, paired=False)


@pytest.mark.parametrize(
    ("gate", "limit", "evidence", "expected"),
    [
        (
            "min_quality",
            0.8,
            (mine(bounds="rows", errors=20),),
            {"measured": 0.9, "low": 0.85, "high": 0.94, "bounds": "rows", "rows": 100,
             "asked": 120},
        ),
        ("min_quality", 0.8, (mine(None),), {"rows": 0, "asked": 0, "unknown": "no_row_scored"}),
        (
            "min_quality",
            0.8,
            (Measured(kind="open", scored=20),),
            {"rows": 20, "asked": 20, "unknown": "no_quality"},
        ),
        (
            "min_quality",
            0.8,
            (Measured(kind="open", quality=0.9, scored=20),),
            {"measured": 0.9, "rows": 20, "asked": 20, "unknown": "no_interval"},
        ),
        (
            "max_gap_to_frontier",
            0.1,
            (mine(), {"b": baseline()}, {"b": SAME}),
            {"measured": 0.02, "low": -0.01, "high": 0.06, "baseline": "b", "paired": True,
             "rows": 97, "asked": 100},
        ),
        (
            "max_gap_to_frontier",
            0.1,
            (mine(), {"b": baseline()}, {"b": OLD}),
            {"measured": 0.02, "low": -0.01, "high": 0.06, "baseline": "b", "paired": False,
             "asked": 100},
        ),
        ("max_gap_to_frontier", 0.1, (mine(),), {"unknown": "no_baseline"}),
        (
            "max_gap_to_frontier",
            0.1,
            (mine(), {"b": baseline()}),
            {"baseline": "b", "unknown": "no_gap"},
        ),
        (
            "max_cost_per_request_usd",
            0.1,
            (mine(cost_per_request_micro_usd=50),),
            {"measured": 0.00005},
        ),
        ("max_cost_per_request_usd", 0.1, (mine(),), {"unknown": "no_cost"}),
        (
            "min_savings",
            2,
            (mine(cost_per_request_micro_usd=2), {"b": baseline(7)}),
            {
                "measured": 3.5,
                "low": 2.6,
                "high": 5.0,
                "baseline": "b",
                "bounds": "rounding",
                "asked": 100,
            },
        ),
        (
            "min_savings",
            2,
            (mine(cost_per_request_micro_usd=0), {"b": baseline(7)}),
            {
                "low": 13.0,
                "unknown": "free",
                "baseline": "b",
                "bounds": "rounding",
                "asked": 100,
            },
        ),
        (
            "min_savings",
            2,
            (mine(cost_per_request_micro_usd=0), {"b": baseline(0)}),
            {"unknown": "both_free"},
        ),
        ("min_savings", 2, (mine(), {"b": baseline()}), {"unknown": "no_cost"}),
        (
            "min_savings",
            2,
            (mine(cost_per_request_micro_usd=1), {"b": baseline(None)}),
            {"unknown": "no_baseline_cost"},
        ),
        (
            "max_error_rate",
            0.5,
            (mine(errors=25),),
            {"measured": 0.2, "rows": 125, "asked": 125, "errors": 25},
        ),
        (
            "max_error_rate",
            0,
            (mine(scored=0, errors=1),),
            {"measured": 1.0, "low": pytest.approx(0.05), "rows": 1, "asked": 1, "errors": 1},
        ),
    ],
)  # fmt: skip
def test_the_figures_of_a_verdict(
    gate: str, limit: float, evidence: tuple[Any, ...], expected: dict[str, Any]
) -> None:
    found = asdict(figures(gate, limit, *evidence))
    assert {name: value for name, value in found.items() if value is not None} == expected


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
        (5, 100, [503], PASS),  # 502.5 over 100.5
        (5, 100, [502], OPEN),
        (5, 100, [500], OPEN),
        (5, 100, [497], OPEN),  # 497.5 over 99.5
        (5, 100, [496], FAIL),
        (3, 3, [8], OPEN),
        (3, 1, [5], PASS),
        (3.1, 1, [5], OPEN),
        (5, 100, [5000, 496], FAIL),  # against the cheapest
        (5, 100, [None, 503], PASS),
        (5, 100, [None], FAIL),
        (5, 100, [], FAIL),
        (5, 0, [0], OPEN),
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
    ("limit", "errors", "asked", "outcome"),
    [
        (0.02, 2, 100, PASS),
        (0.02, 3, 100, OPEN),  # a rate of 2% has so many in one run of three
        (0.02, 5, 100, OPEN),  # P(5 or more | 2%) is 5.1%
        (0.02, 6, 100, FAIL),
        (0.02, 1, 20, OPEN),
        (0, 0, 3, PASS),
        (0, 1, 100, FAIL),
        (1, 3, 3, PASS),
    ],
)
def test_max_error_rate(limit: float, errors: int, asked: int, outcome: Outcome) -> None:
    measured = mine(scored=asked - errors, errors=errors)
    assert verdict("max_error_rate", limit, measured) is outcome
    if errors / asked > limit:
        chance = stats.binom.sf(errors - 1, asked, limit)
        assert (outcome is FAIL) == (chance < 0.05)


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


def test_quality_without_an_interval_is_open() -> None:
    measured = Measured(kind="open", quality=0.9, scored=50)
    assert verdict("min_quality", 0.5, measured) is OPEN


def test_a_quality_that_is_not_told_decides_nothing() -> None:
    untold = Measured(kind="open", scored=20)
    assert verdict("min_quality", 0.5, untold) is OPEN
    assert verdict("min_quality", 0.5, Measured(kind="open", errors=20)) is FAIL


def to_decide(*judged: Any) -> int:
    """The rows that would decide an inconclusive verdict."""
    rows = figures(*judged).rows_to_decide
    assert rows is not None
    return rows


@pytest.mark.parametrize(
    ("right", "n", "floor"),
    [
        (3, 3, 0.99),
        (20, 20, 0.9),
        (45, 50, 0.85),
        (18, 20, 0.85),
        (40, 50, 0.75),
        (16, 20, 0.9),
        (190, 200, 0.93),
    ],
)
def test_the_rows_asked_for_are_about_those_that_decide(right: int, n: int, floor: float) -> None:
    low, high = proportion_bounds(right, n)
    measured = mine(right / n, low, high, scored=n)
    asked = to_decide("min_quality", floor, measured)
    enough, too_few = (
        verdict("min_quality", floor, mine(right / n, *proportion_bounds(k, m), scored=m))
        for m, k in ((m, round(m * right / n)) for m in (round(1.3 * asked), round(asked / 1.3)))
    )
    assert too_few is OPEN
    assert enough is not OPEN


def test_a_gap_and_an_error_rate_ask_for_rows_too() -> None:
    gaps = {"b": Gap(gap=0.0, low=-0.058155, high=0.058155, paired=True, rows=50)}
    rows = to_decide("max_gap_to_frontier", 0.03, mine(scored=50), {"b": baseline()}, gaps)
    assert rows == pytest.approx(99, abs=10)  # 0.05 ** (1 / n) reaches 0.97 at 99 rows
    assert 50 < to_decide("max_error_rate", 0.02, mine(scored=19, errors=1)) < 100


@pytest.mark.parametrize("quality", [0.9, 0.90001])
def test_no_number_of_rows_decides_what_sits_at_the_limit(quality: float) -> None:
    assert figures("min_quality", 0.9, mine(quality)).rows_to_decide is None


def test_what_is_decided_needs_no_rows() -> None:
    assert figures("min_quality", 0.8, mine()).rows_to_decide is None
    assert figures("min_quality", 0.99, mine()).rows_to_decide is None


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 2), st.integers(0, 10**6))
def test_the_rows_asked_for_are_some_or_none(
    measured: float, bound: float, limit: float, reach: float, n: int
) -> None:
    rows = rows_to_decide(measured, bound, limit, reach, n, width=2)
    assert rows is None or 0 <= rows <= 100_000
