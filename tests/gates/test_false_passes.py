"""Gates let at most one run in twenty pass whose truth is at the limit, and say so by simulation.

`python -m bench.gates` prints the whole table; here are its cells that are quick, and exact
sums where all outcomes can be listed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import fmean, stdev

import numpy as np
import pytest
from scipy import stats

from bench.gates import Scenario, binary, by_row, rates, scenarios
from pareta_plan.gates import evidence
from pareta_plan.gates.bounds import mean_bounds, proportion_bounds
from pareta_plan.gates.evidence import unpaired_gap
from pareta_plan.gates.gates import Outcome, judge, worst
from pareta_plan.manifest.manifest import Gates
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.kinds.classification import Labelled, macro_f1
from pareta_plan.platform.kinds.intervals import wilson
from pareta_plan.project.lockfile import Evidence, Gap, Measured
from pareta_plan.wire import EvalResult
from tests.entries import basis

TRIALS = 150
MOST = int(stats.binom.isf(1e-4, TRIALS, 0.05))
"""Passes that a test at 5% exceeds once in ten thousand times."""

QUICK = [s for s in scenarios() if s.effort == 1]


def classification(labels: str) -> TaskSpec:
    """A task whose quality is macro-F1 of these labels, a letter each."""
    return TaskSpec(
        id="letters",
        title="Letters",
        description="Tell letters apart.",
        keywords=[],
        kind="classification",
        scorer="macro-f1",
        labels=dict.fromkeys(labels, "a letter"),
        prompt="Which letter is it?",
        models=[],
        frontier=[],
    )


@pytest.mark.parametrize("scenario", QUICK, ids=[s.name for s in QUICK])
@pytest.mark.parametrize("n", [20, 50])
def test_false_passes_are_rare(scenario: Scenario, n: int) -> None:
    assert rates(scenario, n, TRIALS).passes[0] * TRIALS <= MOST


@pytest.mark.parametrize(
    ("shares", "right", "n"),
    [
        ((0.95, 0.05), (0.95, 0.9), 20),
        ((0.95, 0.05), (0.9, 0.5), 10),
        ((0.6, 0.37, 0.03), (1, 1, 0), 20),
    ],
    ids=str,
)
def test_macro_f1_of_rare_labels_is_not_passed_falsely(
    shares: tuple[float, ...], right: tuple[float, ...], n: int
) -> None:
    """A label that few rows have, or none, may be one that the model never gets right."""
    rng, names = random.Random(1), "abc"[: len(shares)]
    spec = classification(names)
    after = dict(zip(names, names[1:] + names[0], strict=True))
    kinds = [(name, given) for name in names for given in (name, after[name])]
    weights = [s * p for s, r in zip(shares, right, strict=True) for p in (r, 1 - r)]
    known = zip(kinds, weights, strict=True)
    truth = macro_f1({Labelled(*kind): weight for kind, weight in known if weight})
    lows = [spec.answers.quality(rng.choices(kinds, weights, k=n)).low for _ in range(TRIALS)]
    assert sum(low >= truth for low in lows) <= MOST


def test_macro_f1_of_few_rows_is_not_passed_falsely() -> None:
    (scenario,) = (s for s in scenarios() if "macro-F1" in s.name)
    assert rates(scenario, 20, 25).passes[0] <= 0.2


def normal(values: list[float], least: float, most: float) -> tuple[float, float]:
    """The normal approximation, which few rows don't bear."""
    half = 1.645 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return max(least, fmean(values) - half), min(most, fmean(values) + half)


def resampled(values: list[float], least: float, most: float) -> tuple[float, float]:
    """The percentile bootstrap."""
    rng = random.Random(1)
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(200))
    return max(least, means[9]), min(most, means[190])


@pytest.mark.parametrize(
    ("method", "name"),
    [
        (normal, "quality: right or wrong, 0.95"),
        (normal, "paired: graded, 0 for 0.9 in 5%"),
        (resampled, "quality: 1, graded in 10% of rows"),
        (resampled, "paired: only the baseline is right in 5%"),
    ],
)
def test_methods_that_do_not_hold_are_found_out(
    method: Callable[[list[float], float, float], tuple[float, float]],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The simulation is worth nothing if it lets any method through."""

    def bounds(values: object, least: float = 0.0, most: float = 1.0) -> tuple[float, float]:
        return method(list(values), least, most)  # type: ignore[call-overload]

    monkeypatch.setattr(evidence, "mean_bounds", bounds)
    (scenario,) = (s for s in scenarios() if s.name == name)
    passes = max(rates(scenario, n, TRIALS).passes[0] for n in (20, 50, 200))
    assert passes * TRIALS > MOST


def most_false_passes(lows: list[float]) -> float:
    """The exact chance at the worst floor: those all over (0, 1), and just below each bound."""
    n = len(lows) - 1
    floors = [*np.linspace(0.01, 0.99, 99), *(low - 1e-6 for low in lows[1:])]
    passes = [
        stats.binom.pmf(range(n + 1), n, floor) @ (np.array(lows) >= floor) for floor in floors
    ]
    return float(max(passes))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 20, 50, 200])
def test_right_or_wrong_passes_falsely_at_most_one_time_in_twenty(n: int) -> None:
    assert most_false_passes([proportion_bounds(k, n)[0] for k in range(n + 1)]) <= 0.0501


@pytest.mark.parametrize("n", [5, 20, 200])
def test_wilsons_interval_would_not_do(n: int) -> None:
    assert most_false_passes([wilson(k, n, 1.645)[0] for k in range(n + 1)]) > 0.1


@pytest.mark.parametrize("n", [20, 50])
def test_pairs_of_right_and_wrong_pass_falsely_at_most_one_time_in_twenty(n: int) -> None:
    """The exact chance over all tables of rows that only one of the two got right."""
    tables = [(b, c) for b in range(n + 1) for c in range(min(n - b, 12) + 1)]
    tables = [(b, c) for b, c in tables if b <= 12 and b - c < 0.2 * n]
    highs = {(b, c): mean_bounds([1.0] * b + [-1.0] * c + [0.0] * (n - b - c), -1, 1)[1]
             for b, c in tables}  # fmt: skip
    for margin in (0.02, 0.05, 0.1, 0.2):
        for only_model in (0.0, 0.005, 0.02, 0.1):
            law = stats.multinomial(
                n, [margin + only_model, only_model, 1 - margin - 2 * only_model]
            )
            passes = sum(
                law.pmf([b, c, n - b - c]) for (b, c), high in highs.items() if high <= margin
            )
            assert passes <= 0.05, (margin, only_model)


@pytest.mark.parametrize("n", [5, 20, 50])
def test_unpaired_gaps_pass_falsely_at_most_one_time_in_twenty(n: int) -> None:
    """The exact chance over all pairs of counts, of platforms that report Wilson's interval."""
    made = [reported(k, n) for k in range(n + 1)]
    highs = np.array([[gap.high for b in made if (gap := unpaired_gap(m, b))] for m in made])
    for margin in (0.01, 0.05, 0.2):
        for share in (margin, margin + 0.01, 0.3, 0.6, 0.9, 0.97, 1.0):
            model = stats.binom.pmf(range(n + 1), n, share - margin)
            baseline = stats.binom.pmf(range(n + 1), n, share)
            assert model @ (highs <= margin) @ baseline <= 0.05, (margin, share)


def reported(right: int, n: int) -> Measured:
    """What is made of a platform's answer that has no scores of rows."""
    low, high = wilson(right, n)
    answer = EvalResult(model_id="m", quality_mean=right / n, quality_ci_low=low,
                        quality_ci_high=high, n_succeeded=n)  # fmt: skip
    return evidence._measured(answer, "open", by_rows=False)


@pytest.mark.parametrize("n", [20, 60])
def test_nor_do_they_where_each_model_is_good_at_what_the_other_is_bad_at(n: int) -> None:
    """The exact chance over all tables of rows, with as few rows as can be that both get right."""
    made = [reported(k, n) for k in range(n + 1)]
    highs = [[gap.high for b in made if (gap := unpaired_gap(m, b))] for m in made]
    for share, margin in ((0.5, 0.05), (0.5, 0.2), (0.6, 0.1), (0.8, 0.1)):
        only_baseline, only_model = share, min(share - margin, 1 - share)
        both = share - margin - only_model
        only_baseline -= both
        neither = 1 - only_baseline - only_model - both
        law = stats.multinomial(n, [only_baseline, only_model, both, neither])
        passes = 0.0
        for b in range(n + 1):
            for c in range(n - b + 1):
                for d in range(n - b - c + 1):
                    if highs[c + d][b + d] <= margin:
                        passes += law.pmf([b, c, d, n - b - c - d])
        assert passes <= 0.05, (share, margin)


def test_more_rows_and_more_slack_give_more_power() -> None:
    scenario = Scenario("s", {(k,): p for k, p in binary(0.9).items()}, 0.9, "min_quality", by_row)
    few, many = rates(scenario, 50, TRIALS), rates(scenario, 200, TRIALS)
    assert few.passes[0] < few.passes[1] < few.passes[2]
    assert many.passes[1] > 1.5 * few.passes[1]
    assert many.passes[2] > 0.95


def test_three_baselines_do_not_pass_more_often_than_their_worst() -> None:
    gap = {"gap": 0.0, "low": -0.02, "paired": True}
    results = {"m": Measured(kind="open"), **{b: Measured(kind="frontier") for b in "abc"}}
    for highs in ((0.02, 0.02, 0.02), (0.02, 0.02, 0.04), (0.04, 0.04, 0.04)):
        found = {b: Gap.model_validate({**gap, "high": high})
                 for b, high in zip("abc", highs, strict=True)}  # fmt: skip
        shown = Evidence(basis=basis(), run_id="r", results=results, gaps=found)
        verdicts = judge(Gates(max_gap_to_frontier=0.03), shown, "m")
        assert (worst(verdicts) is Outcome.PASS) == (max(highs) <= 0.03)
