"""Rows bought as needed: what was bought in parts is judged as one, and when it suffices."""

from __future__ import annotations

import random
from fractions import Fraction
from math import log, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pareta_plan.gates.evidence import evidence_of, gap_so_far
from pareta_plan.gates.forecast import rows_expected
from pareta_plan.gates.gates import Figures, Outcome, Unknown, Verdict, judge, settled
from pareta_plan.gates.pooled import pooled
from pareta_plan.gates.savings import at_any_rows, at_fixed_rows
from pareta_plan.gates.sequence import sequence_bounds
from pareta_plan.manifest.manifest import Eval, Gates
from pareta_plan.project.lockfile import Batch
from pareta_plan.wire import EvalRun
from tests.entries import basis, entry

MODEL = "linear-1"
PASS, OPEN, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


def run(id: str, costs: list[int | None], *, billed: int = 0) -> EvalRun:
    """A run in which each row has the score 1 and a cost in nano-dollars, or an error."""
    items = [
        {"idx": n, "error": "too slow"} if cost is None else {"idx": n, "score": 1.0}
        for n, cost in enumerate(costs)
    ]
    answered = [cost for cost in costs if cost is not None]
    mean = Fraction(sum(answered), max(len(answered), 1) * 10**9)
    result: dict[str, Any] = {
        "model_id": MODEL,
        "quality_mean": 1.0 if answered else None,
        "n_succeeded": len(answered),
        "error_count": len(costs) - len(answered),
        "mean_cost_usd": f"{float(mean):.15f}",
        "mean_cost_micro_usd": round(mean * 10**6),
        "faults": {"cut": 1},
        "per_item": items,
    }
    return EvalRun.model_validate(
        {"run": {"id": id, "total_cost_micro_usd": billed}, "results": [result]}
    )


def test_parts_are_one_run() -> None:
    whole = pooled([(run("a", [1000, None], billed=3), [4, 0]), (run("b", [4000], billed=4), [2])])
    (found,) = whole.results
    assert (whole.id, whole.run.total_cost_micro_usd) == ("b", 7)
    assert [item.idx for item in found.per_item] == [4, 0, 2]
    assert (found.n_succeeded, found.error_count, found.quality_mean) == (2, 1, 1.0)
    assert found.faults == {"cut": 2}
    assert found.mean_cost_usd is not None
    assert float(found.mean_cost_usd) == pytest.approx(2.5e-6)


def test_a_run_that_had_all_rows_is_as_it_is() -> None:
    alone = run("a", [1000, 2000])
    assert pooled([(alone, range(2))]) is alone


def test_evidence_is_of_the_rows_in_the_order_in_which_they_were_bought() -> None:
    rng = random.Random(1)
    scores = [float(rng.random() < 0.7) for _ in range(60)]
    told = run("a", [1000] * 60).results[0]
    items = [
        item.model_copy(update={"score": score})
        for item, score in zip(told.per_item, scores, strict=True)
    ]
    answer = told.model_copy(update={"per_item": items, "quality_mean": sum(scores) / 60})
    drawn = [*range(60)]
    rng.shuffle(drawn)
    made = entry()
    frontier = made.frontier.model_copy(update={"resolved": []})
    wanted = made.model_copy(update={"frontier": frontier})
    whole = EvalRun(run=run("a", []).run, results=[answer])
    kept = evidence_of(whole, basis(), wanted, drawn).results[MODEL]
    bounds = sequence_bounds([scores[idx] for idx in drawn])
    assert kept.bounds == "sequence"
    assert (kept.low, kept.high) == tuple(round(bound, 6) for bound in bounds)


def test_with_many_baselines_none_fails_a_model_more_easily() -> None:
    """A false fail of any is as rare as of one; a pass needs them all, and is as it was."""
    mine, other = dict.fromkeys(range(100), 0.5), dict.fromkeys(range(100), 0.9)
    one, five = (gap_so_far(mine, other, range(100), n) for n in (1, 5))
    assert one is not None
    assert five is not None
    assert five.low < one.low < 0.4 < one.high == five.high


def verdict(outcome: Outcome, gate: str = "min_quality", **figures: Any) -> Verdict:
    return Verdict(gate, outcome, 0.5, Figures(**figures))


@pytest.mark.parametrize(
    ("verdicts", "is_settled"),
    [
        ([], True),
        ([verdict(PASS), verdict(PASS, "max_gap_to_frontier")], True),
        ([verdict(PASS), verdict(OPEN, "max_gap_to_frontier")], False),
        ([verdict(OPEN), verdict(FAIL, "max_gap_to_frontier")], True),
        ([verdict(OPEN), verdict(FAIL, "max_cost_per_request_usd")], False),
        ([verdict(PASS), verdict(FAIL, "max_cost_per_request_usd")], True),
        ([verdict(PASS), verdict(OPEN, "min_savings", bounds="rows")], False),
        ([verdict(PASS), verdict(OPEN, "min_savings", bounds="rounding")], True),
        ([verdict(PASS), verdict(OPEN, "min_savings", unknown=Unknown.BOTH_FREE)], True),
    ],
)
def test_more_rows_are_bought_only_where_they_can_decide(
    verdicts: list[Verdict], is_settled: bool
) -> None:
    assert settled(verdicts) is is_settled


def test_errors_fail_by_what_holds_at_every_number_of_rows() -> None:
    """15 errors of 100 are beyond 9.4% by Clopper and Pearson, and not whenever one looks."""
    told = run("a", [1000] * 85 + [None] * 15)
    made = entry().model_copy(
        update={"frontier": entry().frontier.model_copy(update={"resolved": []})}
    )
    fixed = evidence_of(told, basis(), made)
    batches = [Batch(run_id="a", rows=100)]
    needed = evidence_of(told, basis(), made, range(100)).model_copy(update={"batches": batches})
    gates = Gates(max_error_rate=0.09)
    assert [v.outcome for v in judge(gates, fixed, MODEL)] == [FAIL]
    assert [v.outcome for v in judge(gates, needed, MODEL)] == [OPEN]


def test_savings_have_an_asymptotic_sequence() -> None:
    """The one-sided one of the paper, closest at 100 rows; Student's t widens it for few."""
    tuned = -2 * log(0.1) + log(-2 * log(0.1)) + 1
    expected = sqrt(2 * (tuned + 1) / tuned * log(1 + sqrt(tuned + 1) / 0.1))
    student = stats.t.ppf(0.95, 99) / stats.t.ppf(0.95, 200)
    assert at_any_rows(100) == pytest.approx(expected * student, rel=1e-6)


@given(st.integers(2, 100_000))
def test_what_always_holds_is_further_away(rows: int) -> None:
    assert at_fixed_rows(rows) < at_any_rows(rows)


@pytest.mark.parametrize(
    ("rows", "said", "gates", "as_needed"),
    [
        (99, None, {"min_quality": 0.5}, False),
        (100, None, {"min_quality": 0.5}, True),
        (100, None, {"max_gap_to_frontier": 0.1}, True),
        (5, "as-needed", {"min_quality": 0.5}, True),
        (5000, "all", {"min_quality": 0.5}, False),
        (5000, "as-needed", {"min_savings": 5}, False),
        (5000, None, {}, False),
    ],
)
def test_who_buys_rows_as_needed(
    rows: int, said: str | None, gates: dict[str, float], as_needed: bool
) -> None:
    eval = Eval.model_validate({"items": "rows.jsonl", "rows": said, "gates": gates})
    assert eval.as_needed(rows) is as_needed


@pytest.mark.parametrize(
    ("gates", "baselines", "least", "most"),
    [
        ({"min_quality": 0.8}, [], 70, 110),  # the simulation's median is 90
        ({"min_quality": 0.95}, [], 100, 400),
        ({"max_gap_to_frontier": 0.15}, [0.95], 80, 130),  # and 108 of independent ones
        ({"min_quality": 0.8, "max_gap_to_frontier": 0.1}, [0.95], 250, 450),
        ({"min_quality": 0.8, "max_gap_to_frontier": 0.01}, [0.98, 0.2], 100, 400),
    ],
)
def test_how_many_rows_are_expected(
    gates: dict[str, float], baselines: list[float], least: int, most: int
) -> None:
    rows = rows_expected(Gates.model_validate(gates), 0.9, baselines)
    assert rows is not None
    assert least < rows < most


@pytest.mark.parametrize(
    ("gates", "quality", "baselines"),
    [
        ({"min_quality": 0.8}, None, []),
        ({"min_quality": 0.9}, 0.9, []),
        ({"min_quality": 0.5, "max_gap_to_frontier": 0.1}, 0.9, [None]),
        ({"min_savings": 5}, 0.9, [0.9]),
    ],
)
def test_nothing_is_expected_of_what_is_not_known(
    gates: dict[str, float], quality: float | None, baselines: list[float | None]
) -> None:
    assert rows_expected(Gates.model_validate(gates), quality, baselines) is None
