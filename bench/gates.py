"""How often the gates pass what they must not, and how often what they should.

python -m bench.gates [--trials N] [--rows N ...] [--only WORDS]

Runs are drawn from laws whose true quality or gap is known, and go through the product's own
path: an eval run's answer becomes evidence, and gates judge it. With the limit at the truth
a pass is a false pass, which at most 5% of the runs may be. With the limit 0.05 and 0.10 to
the passing side of the truth, the share of passes is the power.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from math import exp, lgamma, prod, sqrt
from random import Random
from statistics import fmean
from typing import Any, Literal, NamedTuple

from pareta_plan.gates.evidence import evidence_of
from pareta_plan.gates.gates import Outcome, judge, worst
from pareta_plan.manifest.manifest import Gates
from pareta_plan.platform.catalog.spec import TaskSpec
from pareta_plan.platform.kinds.classification import Labelled, macro_f1
from pareta_plan.platform.kinds.intervals import mean_interval
from pareta_plan.project.lockfile import (
    Basis,
    Entry,
    LockedCandidate,
    LockedFrontier,
    LockedModel,
    LockedTask,
)
from pareta_plan.wire import EvalItemResult, EvalResult, EvalRun, Run

SEED = 1
TRIALS = 1000
ROWS = (20, 50, 200, 1000)
SLACKS = (0.0, 0.05, 0.10)

Outcomes = tuple[Any, ...]
"""What the models of a run did on one row, the judged one first: scores, or pairs of labels."""

Law = Mapping[Outcomes, float]
"""How likely a row's outcomes are."""

Answer = Callable[[str, Sequence[Any]], EvalResult]
"""What a platform answers of one model's outcomes."""


class Scenario(NamedTuple):
    """Rows with a known truth, and the gate that is set on it."""

    name: str
    law: Law
    truth: float
    gate: Literal["min_quality", "max_gap_to_frontier"]
    answer: Answer
    effort: float = 1
    """The share of the trials that is run."""


class Rates(NamedTuple):
    """The share of passes at each of the slacks."""

    trials: int
    passes: tuple[float, ...]


def binary(share: float) -> dict[float, float]:
    """Right with a probability of `share`."""
    return {1.0: share, 0.0: 1 - share}


def graded(a: float, b: float, steps: int = 20) -> dict[float, float]:
    """The beta-binomial law on 0, 1/steps, ..., 1; its mean is a / (a + b)."""

    def log_beta(x: float, y: float) -> float:
        return lgamma(x) + lgamma(y) - lgamma(x + y)

    return {
        k / steps: exp(
            log_beta(k + a, steps - k + b)
            - log_beta(k + 1, steps - k + 1)
            - log_beta(a, b)
        ) / (steps + 1)
        for k in range(steps + 1)
    }  # fmt: skip


def apart(*laws: Mapping[float, float]) -> Law:
    """Models that score independently of each other."""
    rows = product(*(law.items() for law in laws))
    return {tuple(score for score, _ in row): prod(p for _, p in row) for row in rows}


def differing(only_baseline: float, only_model: float) -> Law:
    """Two models of which one alone is right on some rows; 0.8 of the others both get right."""
    same = 1 - only_baseline - only_model
    return {
        (0.0, 1.0): only_baseline,
        (1.0, 0.0): only_model,
        (1.0, 1.0): 0.8 * same,
        (0.0, 0.0): 0.2 * same,
    }


def labels(shares: Sequence[float], right: float) -> tuple[Law, float]:
    """Rows of labels, each confused alike, and their true macro-F1."""
    each = range(len(shares))
    law = {
        ((str(e), str(g)),): shares[e] * (right if e == g else (1 - right) / (len(shares) - 1))
        for e, g in product(each, each)
    }
    counts = {Labelled(*pair): p for (pair,), p in law.items()}
    return law, macro_f1(counts)


_MACRO_F1 = TaskSpec(
    id="t", title="", description="", keywords=[], kind="classification", scorer="macro-f1",
    labels={"0": "", "1": "", "2": ""}, prompt="", models=[], frontier=[],
)  # fmt: skip


@cache
def _item(idx: int, score: float) -> EvalItemResult:
    return EvalItemResult(idx=idx, score=score)


def by_row(model: str, scores: Sequence[float]) -> EvalResult:
    """An answer with a score a row."""
    items = [_item(idx, score) for idx, score in enumerate(scores)]
    return _answer(model, len(scores), (fmean(scores), None, None), items)


def as_reported(model: str, scores: Sequence[float]) -> EvalResult:
    """An answer with quality and its 95% interval alone."""
    return _answer(model, len(scores), (fmean(scores), *mean_interval(scores)), [])


def by_label(model: str, pairs: Sequence[tuple[str, str]]) -> EvalResult:
    """The embedded platform's answer for a task scored by macro-F1."""
    return _answer(model, len(pairs), _MACRO_F1.answers.quality(pairs), [])


def _answer(
    model: str,
    n: int,
    quality: tuple[float, float | None, float | None],
    items: list[EvalItemResult],
) -> EvalResult:
    mean, low, high = quality
    return EvalResult.model_construct(
        model_id=model,
        quality_mean=mean,
        quality_ci_low=low,
        quality_ci_high=high,
        n_succeeded=n,
        per_item=items,
    )


QUALITIES: Mapping[str, Mapping[float, float]] = {
    "right or wrong, 0.80": binary(0.80),
    "right or wrong, 0.95": binary(0.95),
    "right or wrong, 0.99": binary(0.99),
    "graded, uniform": graded(1, 1),
    "graded, U-shaped, 0.50": graded(0.1, 0.1),
    "graded, U-shaped, 0.80": graded(0.2, 0.05),
    "graded, skewed, 0.90": graded(9, 1),
    "graded, skewed, 0.20": graded(0.5, 2),
    "1, graded in 10% of rows": {k: 0.9 * (k == 1) + 0.1 * p for k, p in graded(1, 1).items()},
    "0.9, but 0 in 4% of rows": {0.9: 0.96, 0.0: 0.04},
}

PAIRED: Mapping[str, Law] = {
    "only the baseline is right in 5%": differing(0.05, 0.0),
    "0.5% and 5.5% of rows differ": differing(0.055, 0.005),
    "5% and 10% of rows differ": differing(0.10, 0.05),
    "15% and 20% of rows differ": differing(0.20, 0.15),
    "independent, 0.90 and 0.95": apart(binary(0.90), binary(0.95)),
    "graded, small differences": {
        (0.9, 0.8): 0.2, (0.8, 0.9): 0.3, (0.85, 0.85): 0.3, (0.6, 0.8): 0.2
    },
    "graded, one-sided": {(1.0, 1.0): 0.7, (0.9, 1.0): 0.2, (0.5, 1.0): 0.1},
    "graded, 0 for 0.9 in 5%": {(0.9, 0.9): 0.95, (0.0, 0.9): 0.05},
    "graded, independent": apart(graded(4, 1), graded(9, 1)),
    "three baselines at the margin": apart(binary(0.8), *[binary(0.9)] * 3),
    "three baselines, one at it": apart(binary(0.8), binary(0.9), binary(0.7), binary(0.7)),
}  # fmt: skip

UNPAIRED: Mapping[str, Law] = {
    "right or wrong, 0.90 and 0.95": apart(binary(0.90), binary(0.95)),
    "right or wrong, 0.55 and 0.60": apart(binary(0.55), binary(0.60)),
    "graded, 0.80 and 0.90": apart(graded(4, 1), graded(9, 1)),
}


def scenarios() -> Iterator[Scenario]:
    """All that the table shows."""
    for name, scores in QUALITIES.items():
        one = apart(scores)
        yield Scenario(f"quality: {name}", one, _mean(one, 0), "min_quality", by_row)
    confused, truth = labels((0.6, 0.3, 0.1), 0.9)
    yield Scenario("quality: macro-F1 of 3 labels", confused, truth, "min_quality", by_label, 0.1)
    for name, law in PAIRED.items():
        yield Scenario(f"paired: {name}", law, _gap(law), "max_gap_to_frontier", by_row)
    for name, law in UNPAIRED.items():
        slow = 0.1 if name.startswith("graded") else 1  # the platform's bootstrap
        truth = _gap(law)
        yield Scenario(f"unpaired: {name}", law, truth, "max_gap_to_frontier", as_reported, slow)


def _mean(law: Law, model: int) -> float:
    return sum(float(row[model]) * p for row, p in law.items())


def _gap(law: Law) -> float:
    """The gap to the best baseline."""
    models = len(next(iter(law)))
    return max(_mean(law, model) for model in range(1, models)) - _mean(law, 0)


def rates(scenario: Scenario, n: int, trials: int, seed: int = SEED) -> Rates:
    """The passes in `trials` runs of `n` rows."""
    rng = Random(f"{seed} {scenario.name} {n}")
    rows, weights = list(scenario.law), list(scenario.law.values())
    # The order of rows doesn't matter, so that equal runs need to be judged but once.
    known: dict[tuple[tuple[Outcomes, int], ...], tuple[bool, ...]] = {}
    passes = Counter[int]()
    for _ in range(trials):
        drawn = tuple(sorted(Counter(rng.choices(rows, weights, k=n)).items()))
        if drawn not in known:
            known[drawn] = passed(scenario, [row for row, times in drawn for _ in range(times)])
        passes.update(i for i, ok in enumerate(known[drawn]) if ok)
    return Rates(trials, tuple(passes[i] / trials for i in range(len(SLACKS))))


def passed(scenario: Scenario, rows: Sequence[Outcomes]) -> tuple[bool, ...]:
    """Whether a run of these rows passes at each of the slacks."""
    ids = _ids(len(rows[0]))
    answers = [scenario.answer(id, [row[i] for row in rows]) for i, id in enumerate(ids)]
    run = EvalRun.model_construct(
        run=Run.model_construct(id="run", total_cost_micro_usd=0), results=answers
    )
    scorer = "macro-f1" if scenario.answer is by_label else None
    evidence = evidence_of(run, _BASIS, _entry(len(ids), scorer))
    verdicts = (judge(_gates(scenario, slack), evidence, ids[0]) for slack in SLACKS)
    return tuple(worst(verdict) is Outcome.PASS for verdict in verdicts)


def _gates(scenario: Scenario, slack: float) -> Gates:
    if scenario.gate == "min_quality":
        return Gates(min_quality=scenario.truth - slack)
    return Gates(max_gap_to_frontier=scenario.truth + slack)


def _ids(models: int) -> list[str]:
    return ["model", *(f"baseline-{i}" for i in range(1, models))]


_BASIS = Basis(task="t", rows="r", prompt="p", candidates=[])


@cache
def _entry(models: int, scorer: str | None) -> Entry:
    model, *baselines = _ids(models)
    return Entry(
        manifest="m",
        task=LockedTask(id="t", matcher="pinned", scorer=scorer),
        model=LockedModel(
            requested=model, resolved=LockedCandidate(id=model, kind="open"), reason="asked"
        ),
        frontier=LockedFrontier(
            requested="all",
            resolved=[LockedCandidate(id=id, kind="frontier") for id in baselines],
        ),
    )


def main() -> None:
    """Print the table, a scenario and number of rows at a time."""
    parser = argparse.ArgumentParser(prog="bench.gates", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--only", default="", help="scenarios whose name has these words")
    args = parser.parse_args()
    print(
        f"{f'passes in % of {args.trials} runs':44}{'rows':>6}{'false':>8}{'power':>8}{'power':>8}"
    )
    print(f"{'limit, from the truth on':50}{'+0.00':>8}{'+0.05':>8}{'+0.10':>8}")
    most, beyond = (0.0, ""), 0
    for scenario, n in product(scenarios(), args.rows):
        if args.only not in scenario.name:
            continue
        found = rates(scenario, n, max(round(args.trials * scenario.effort), 1))
        cells = "".join(f"{100 * share:8.2f}" for share in found.passes)
        print(f"{scenario.name:44}{n:6}{cells}", flush=True)
        where = f"{scenario.name}, {n} rows, {found.trials} runs"
        most = max(most, (found.passes[0], where))
        beyond += found.passes[0] > 0.05 + 3 * standard_error(found.trials)
    print(f"most false passes: {100 * most[0]:.2f}% ({most[1]})")
    print(f"standard error at 5%: {100 * standard_error(args.trials):.2f}; beyond three: {beyond}")


def standard_error(trials: int) -> float:
    """How much a share of 5% sways by chance."""
    return sqrt(0.05 * 0.95 / trials)


if __name__ == "__main__":
    main()
