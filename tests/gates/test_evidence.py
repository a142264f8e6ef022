"""What evidence keeps of a run's answer, and gaps against values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pareta_plan.gates.bounds import mean_bounds, proportion_bounds, unseen_share
from pareta_plan.gates.evidence import evidence_of, paired_gap, unpaired_gap, unusable
from pareta_plan.platform.kinds.intervals import wilson
from pareta_plan.project.lockfile import Evidence, Measured
from pareta_plan.wire import EvalRun
from tests.entries import basis, entry

MODEL, BASELINE = "linear-1", "acme-large"


def answer(
    id: str, scores: Sequence[float | None], quality: float | None = None, **more: Any
) -> dict[str, Any]:
    scored = [score for score in scores if score is not None]
    mean = sum(scored) / len(scored) if quality is None else quality
    return {
        "model_id": id,
        "quality_mean": mean,
        "quality_ci_low": mean - 0.01,
        "quality_ci_high": mean + 0.01,
        "n_succeeded": len(scored),
        "error_count": len(scores) - len(scored),
        "per_item": [{"idx": i, "score": score} for i, score in enumerate(scores)],
        **more,
    }


def evidence(*answers: dict[str, Any], scorer: str | None = None) -> Evidence:
    run = EvalRun.model_validate({"run": {"id": "r"}, "results": answers})
    made, answered = entry(), {answer.model_id for answer in run.results}
    task = made.task.model_copy(update={"scorer": scorer})
    baselines = [baseline for baseline in made.frontier.resolved if baseline.id in answered]
    frontier = made.frontier.model_copy(update={"resolved": baselines})
    wanted = made.model_copy(update={"task": task, "frontier": frontier})
    return evidence_of(run, basis(), wanted)


def test_scores_a_row_give_bounds_and_a_paired_gap() -> None:
    mine, other = [1.0, 0.5, 0.0, 1.0] * 5, [1.0, 1.0, 0.0, 1.0] * 5
    found = evidence(answer(MODEL, mine), answer(BASELINE, other))
    kept = found.results[MODEL]
    assert (kept.quality, kept.bounds, kept.scored) == (0.625, "rows", 20)
    assert (kept.low, kept.high) == tuple(round(bound, 6) for bound in mean_bounds(mine))
    gap = found.gaps[BASELINE]
    assert (gap.gap, gap.paired, gap.rows) == (0.125, True, 20)


def test_rows_that_one_model_failed_on_are_left_out_of_the_gap_alone() -> None:
    mine, other = [1.0, None, 0.0, 1.0], [1.0, 1.0, 0.0, None]
    found = evidence(answer(MODEL, mine), answer(BASELINE, other))
    assert (found.results[MODEL].scored, found.results[MODEL].errors) == (3, 1)
    assert (found.gaps[BASELINE].gap, found.gaps[BASELINE].rows) == (0.0, 2)


@pytest.mark.parametrize("scores", [[1.0, 0.0] * 10, []])
def test_a_quality_that_is_no_mean_of_rows_keeps_the_platforms_bounds(scores: list[float]) -> None:
    reported = [
        answer(id, list(scores), quality, n_succeeded=400)
        for id, quality in ((MODEL, 0.6), (BASELINE, 0.7))
    ]
    found = evidence(*reported)
    kept = found.results[MODEL]
    assert (kept.low, kept.high, kept.bounds) == (0.59, 0.61, "platform")
    assert (found.gaps[BASELINE].paired, found.gaps[BASELINE].rows) == (False, 400)


def test_one_model_without_scores_a_row_leaves_all_unpaired() -> None:
    found = evidence(answer(MODEL, [1.0, 0.0]), answer(BASELINE, [1.0, 0.0], per_item=[]))
    assert {kept.bounds for kept in found.results.values()} == {"platform"}
    assert not found.gaps[BASELINE].paired


def test_a_faultless_macro_f1_is_not_taken_for_a_mean() -> None:
    both = [answer(id, [1.0] * 20, quality_ci_low=0.7) for id in (MODEL, BASELINE)]
    found = evidence(*both, scorer="macro-f1")
    assert (found.results[MODEL].low, found.results[MODEL].bounds) == (0.7, "platform")
    assert not found.gaps[BASELINE].paired


def test_a_platforms_interval_is_no_narrower_than_unseen_rows_allow() -> None:
    """Twenty rows that are all right: an interval of [1, 1] would claim to know."""
    sure: dict[str, Any] = {"per_item": [], "quality_ci_low": 1.0, "quality_ci_high": 1.0}
    kept = evidence(answer(MODEL, [1.0] * 20, **sure)).results[MODEL]
    assert kept.low == pytest.approx(proportion_bounds(20, 20)[0], abs=1e-6)
    assert kept.low == pytest.approx(1 - unseen_share(20), abs=1e-6)


def test_a_platform_that_gives_no_interval_leaves_none() -> None:
    kept = evidence(answer(MODEL, [], 0.8, quality_ci_low=None)).results[MODEL]
    assert (kept.quality, kept.low, kept.high, kept.bounds) == (0.8, None, None, None)


@pytest.mark.parametrize("score", [-0.5, 1.5])
def test_scores_outside_the_range_are_no_basis_for_bounds(score: float) -> None:
    kept = evidence(answer(MODEL, [score, 1 - score])).results[MODEL]
    assert (kept.quality, kept.bounds) == (0.5, "platform")


@pytest.mark.parametrize(
    ("quality", "said"), [(85.0, "m has a quality of 85, not of 0 to 1"), (1.0, None)]
)
def test_a_quality_on_another_scale_is_no_evidence(quality: float, said: str | None) -> None:
    run = EvalRun.model_validate({"run": {"id": "r"}, "results": [answer("m", [1.0], quality)]})
    assert unusable(run, ["m"]) == said


by_row = st.dictionaries(st.integers(0, 40), st.sampled_from([0.0, 0.5, 1.0]), max_size=25)


@given(by_row, by_row)
@settings(max_examples=50, deadline=None)
def test_a_paired_gap_is_the_mean_difference_of_common_rows(
    model: dict[int, float], other: dict[int, float]
) -> None:
    gap = paired_gap(model, other)
    common = model.keys() & other.keys()
    if not common:
        assert gap is None
        return
    assert gap is not None
    assert (gap.paired, gap.rows) == (True, len(common))
    expected = sum(other[i] - model[i] for i in common) / len(common)
    assert gap.gap == pytest.approx(expected, abs=1e-6)
    assert gap.low - 1e-6 <= gap.gap <= gap.high + 1e-6
    mirrored = paired_gap(other, model)
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-gap.high, -gap.low), abs=1e-5)


def measured(scores: list[float], kind: str = "open") -> Measured:
    low, high = mean_bounds(scores)
    values = {"kind": kind, "quality": sum(scores) / len(scores), "low": low, "high": high}
    return Measured.model_validate({**values, "scored": len(scores)})


def test_pairing_sees_what_single_intervals_can_not() -> None:
    scores = [float(i % 2) for i in range(40)]
    gap = paired_gap(dict(enumerate(scores)), dict(enumerate(scores)))
    apart = unpaired_gap(measured(scores), measured(scores, "frontier"))
    assert gap is not None
    assert apart is not None
    assert (gap.gap, apart.gap, apart.rows) == (0, 0, 40)
    assert apart.low < 2 * gap.low <= 0 <= 2 * gap.high < apart.high


def test_the_ends_of_an_unpaired_gap_add_up() -> None:
    a, b = wilson(56, 70), wilson(48, 80)
    better = Measured(kind="frontier", quality=56 / 70, low=a[0], high=a[1])
    worse = Measured(kind="open", quality=48 / 80, low=b[0], high=b[1])
    gap = unpaired_gap(worse, better)
    assert gap is not None
    ends = (0.2, a[0] - b[1], a[1] - b[0])
    assert (gap.gap, gap.low, gap.high) == pytest.approx(ends, abs=1e-6)
    assert unpaired_gap(Measured(kind="open"), better) is None


def test_a_gap_of_one_row_does_not_pass_for_certainty() -> None:
    """One row that both got right says next to nothing of a margin."""
    gap = paired_gap({0: 1.0}, {0: 1.0})
    assert gap is not None
    assert (gap.low, gap.high) == pytest.approx((-0.95, 0.95), abs=1e-5)


def test_equal_differences_of_floats_are_counted_together() -> None:
    """0.3 - 0.2 and 0.9 - 0.8 differ in their last digits."""
    mixed = paired_gap({0: 0.2, 1: 0.8}, {0: 0.3, 1: 0.9})
    same = paired_gap({0: 0.2, 1: 0.2}, {0: 0.3, 1: 0.3})
    assert mixed == same
