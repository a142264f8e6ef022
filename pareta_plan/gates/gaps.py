"""The gap of two models' qualities on one set of rows, with bounds to test any margin against.

A gap is the baseline's quality minus the model's. Its bounds are each wrong at most 5% of the
time, so that "the upper one is within the margin" is a non-inferiority test at 5%.
"""

from __future__ import annotations

from collections.abc import Mapping

from pareta_plan.gates.bounds import mean_bounds
from pareta_plan.project.lockfile import Gap, Measured


def paired_gap(model: Mapping[int, float], baseline: Mapping[int, float]) -> Gap | None:
    """The gap over the rows that both scored, by the rows' differences, which lie in [-1, 1]."""
    shared = sorted(model.keys() & baseline.keys())
    if not shared:
        return None
    differences = [baseline[i] - model[i] for i in shared]
    mean = sum(differences) / len(differences)
    return _gap(mean, *mean_bounds(differences, -1.0, 1.0), paired=True, rows=len(shared))


def unpaired_gap(model: Measured, baseline: Measured) -> Gap | None:
    """The gap of two qualities whose rows can't be paired, from the platform's intervals of both.

    Their ends add up: of two 95% intervals each end is wrong at most 2.5% of the time, so that
    both hold, and with them the sum, at least 95% of the time, however the two models depend on
    one another (Bonferroni's inequality). To add the squares instead takes them for independent,
    and passes falsely where each is good at what the other is bad at.
    """
    ends = (model.quality, model.low, model.high, baseline.quality, baseline.low, baseline.high)
    if any(end is None for end in ends):
        return None
    quality, low, high, other, other_low, other_high = (float(e) for e in ends if e is not None)
    gap = other - quality
    rows = min(model.scored, baseline.scored)
    return _gap(gap, other_low - high, other_high - low, paired=False, rows=rows)


def _gap(gap: float, low: float, high: float, *, paired: bool, rows: int) -> Gap:
    return Gap(gap=round(gap, 6), low=round(low, 6), high=round(high, 6), paired=paired, rows=rows)
