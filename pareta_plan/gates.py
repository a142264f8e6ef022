"""Gates: what an eval's result must show, judged to pass, fail or inconclusive.

Definitions
- `min_quality` passes when the 95% interval's lower bound reaches it, fails when the upper
  bound is below it.
- `max_gap_to_frontier` is a non-inferiority test at 5%: it passes when the upper bound of a 90%
  interval of (baseline - model) is within the margin for every baseline, fails when the
  lower bound is beyond it for one. Demanding it of every baseline (an intersection-union
  test: R. L. Berger, Technometrics 24, 1982) can't inflate false passes.
- Cost, savings and error rate compare the measured means: they are counts and prices, not
  samples of a quality. Savings are against the cheapest baseline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import inf, sqrt
from typing import NamedTuple

from pareta_plan.intervals import bootstrap_means, percentile
from pareta_plan.lockfile import Evidence, Gap, Measured
from pareta_plan.manifest import Gates

MICRO = 1_000_000


class Outcome(StrEnum):
    """What a gate says; ordered from best to worst by `worst`."""

    PASS = "pass"  # noqa: S105
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


class Verdict(NamedTuple):
    """One gate's outcome with the figures it rests on, in words."""

    gate: str
    outcome: Outcome
    reason: str


def worst(verdicts: Sequence[Verdict]) -> Outcome:
    """The outcome of all gates together; no gates pass."""
    order = list(Outcome)
    return max((v.outcome for v in verdicts), key=order.index, default=Outcome.PASS)


def blocks(verdicts: Sequence[Verdict], gates: Gates) -> Outcome | None:
    """The outcome that keeps a model from being deployed, or None when it may be."""
    outcome = worst(verdicts)
    allowed = outcome is Outcome.INCONCLUSIVE and gates.on_inconclusive == "warn"
    return None if outcome is Outcome.PASS or allowed else outcome


def judge(gates: Gates, evidence: Evidence, model: str) -> list[Verdict]:
    """The verdict of every gate that is set, on `model`'s results in `evidence`."""
    mine = evidence.results.get(model, Measured(kind="open"))
    baselines = {id: m for id, m in evidence.results.items() if m.kind == "frontier"}
    return [
        *_quality(gates, mine),
        *_gap(gates, evidence, baselines),
        *_cost(gates, mine),
        *_savings(gates, mine, baselines),
        *_errors(gates, mine),
    ]


def _quality(gates: Gates, mine: Measured) -> Iterator[Verdict]:
    if (floor := gates.min_quality) is None:
        return
    if mine.quality is None or mine.low is None or mine.high is None:
        yield Verdict("min_quality", Outcome.FAIL, "no row was scored")
        return
    figures = f"{mine.quality:.3f} [{mine.low:.3f}, {mine.high:.3f}] against {floor:g}"
    yield Verdict("min_quality", _against(floor, mine.low, mine.high), figures)


def _against(floor: float, low: float, high: float) -> Outcome:
    if low >= floor:
        return Outcome.PASS
    return Outcome.FAIL if high < floor else Outcome.INCONCLUSIVE


def _gap(gates: Gates, evidence: Evidence, baselines: Mapping[str, Measured]) -> Iterator[Verdict]:
    if (margin := gates.max_gap_to_frontier) is None:
        return
    if not baselines:
        yield Verdict("max_gap_to_frontier", Outcome.FAIL, "the run has no baseline")
    for id in baselines:
        if (gap := evidence.gaps.get(id)) is None:
            reason = f"no row of {id} or of the model was scored"
            yield Verdict("max_gap_to_frontier", Outcome.INCONCLUSIVE, reason)
            continue
        outcome = _against(-margin, -gap.high, -gap.low)
        how = "paired by row" if gap.paired else "unpaired"
        figures = f"{gap.gap:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}] to {id}, {how}"
        yield Verdict("max_gap_to_frontier", outcome, f"{figures}, against {margin:g}")


def _cost(gates: Gates, mine: Measured) -> Iterator[Verdict]:
    if (limit := gates.max_cost_per_request_usd) is None:
        return
    cost = mine.cost_per_request_micro_usd
    if cost is None:
        yield Verdict("max_cost_per_request_usd", Outcome.FAIL, "no cost was measured")
        return
    # Rounded, as 0.000249 dollars times a million is a little less than 249.
    outcome = Outcome.PASS if cost <= round(limit * MICRO, 6) else Outcome.FAIL
    yield Verdict("max_cost_per_request_usd", outcome, f"${cost / MICRO:.6f} against ${limit:g}")


def _savings(gates: Gates, mine: Measured, baselines: Mapping[str, Measured]) -> Iterator[Verdict]:
    if (floor := gates.min_savings) is None:
        return
    saved = savings(mine, baselines)
    if saved is None:
        yield Verdict("min_savings", Outcome.FAIL, "no baseline's cost to compare with")
        return
    outcome = Outcome.PASS if saved >= floor else Outcome.FAIL
    shown = "the model costs nothing" if saved == inf else f"{saved:.1f}x"
    yield Verdict("min_savings", outcome, f"{shown}, against {floor:g}x")


def savings(mine: Measured, baselines: Mapping[str, Measured]) -> float | None:
    """The cheapest baseline's cost over the model's; None when either is unknown or both free."""
    costs = [m.cost_per_request_micro_usd for m in baselines.values()]
    known = [c for c in costs if c is not None]
    own = mine.cost_per_request_micro_usd
    if not known or own is None or (own == 0 and min(known) == 0):
        return None
    return min(known) / own if own else inf


def _errors(gates: Gates, mine: Measured) -> Iterator[Verdict]:
    if (limit := gates.max_error_rate) is None:
        return
    asked = mine.scored + mine.errors
    rate = mine.errors / asked if asked else 1.0
    outcome = Outcome.PASS if rate <= limit else Outcome.FAIL
    yield Verdict("max_error_rate", outcome, f"{mine.errors} of {asked} rows against {limit:.1%}")


def paired_gap(model: Mapping[int, float], baseline: Mapping[int, float]) -> Gap | None:
    """The gap over rows that both scored, with a seeded bootstrap of the row differences."""
    differences = [baseline[i] - model[i] for i in sorted(model.keys() & baseline.keys())]
    if not differences:
        return None
    mean = sum(differences) / len(differences)
    if len(set(differences)) == 1:
        low, high = _unseen(mean, len(differences))
    else:
        means = bootstrap_means(differences)
        low, high = percentile(means, 0.05), percentile(means, 0.95)
    return Gap(gap=round(mean, 6), low=round(low, 6), high=round(high, 6), paired=True)


def _unseen(difference: float, n: int) -> tuple[float, float]:
    """Bounds of the mean when all `n` rows differ alike, and a bootstrap has nothing to vary.

    Rows that differ otherwise are, at 95%, at most a share of 1 - 0.05^(1/n) (the exact form
    of the rule of three: J. A. Hanley and A. Lippman-Hand, JAMA 249, 1983), and each of
    them differs by 1 at most.
    """
    share = 1 - 0.05 ** (1 / n)
    return difference - share * (1 + difference), difference + share * (1 - difference)


def unpaired_gap(model: Measured, baseline: Measured) -> Gap | None:
    """The gap of two qualities whose rows can't be paired, from their 95% intervals.

    Bounds by Newcombe's square-and-add (R. G. Newcombe, Statistics in Medicine 17, 1998,
    method 10); from 95% intervals they are wider than a 90% interval's, so they err to
    inconclusive.
    """
    ends = (model.quality, model.low, model.high, baseline.quality, baseline.low, baseline.high)
    if any(end is None for end in ends):
        return None
    quality, low, high, other, other_low, other_high = (float(e) for e in ends if e is not None)
    gap = other - quality
    down = sqrt((other - other_low) ** 2 + (high - quality) ** 2)
    up = sqrt((other_high - other) ** 2 + (quality - low) ** 2)
    return Gap(gap=round(gap, 6), low=round(gap - down, 6), high=round(gap + up, 6), paired=False)
