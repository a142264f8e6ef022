"""The 95% intervals of the qualities that the platform reports.

Sources
- Proportions: E. B. Wilson, "Probable inference, the law of succession, and statistical
  inference", JASA 22 (1927).
- Other means: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of
  Statistics 7 (1979), percentile form. Of many rows by the expansion of what resampling them would
  give: E. A. Cornish and R. A. Fisher, "Moments and cumulants in the specification of
  distributions" (1938), to the term of the skewness; what it leaves out is of the order 1 / rows.
- Other statistics: D. B. Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import TypeVar

T = TypeVar("T")

Z95 = 1.959963984540054

RESAMPLES = 2000
SEED = 20250101
MOST_RESAMPLED = 1000
"""Rows; resampling more takes seconds and tells no other interval."""


def wilson(successes: float, n: int, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of `successes` out of `n` trials; (0, 1) when n is 0."""
    if n == 0:
        return 0.0, 1.0
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap_means(values: Sequence[float]) -> list[float]:
    """The sorted means of seeded resamples of `values`, which must not be empty."""
    from random import Random  # here: a plan needs neither, and both take a while to load
    from statistics import fmean

    rng = Random(SEED)
    n = len(values)
    return sorted(fmean(rng.choices(values, k=n)) for _ in range(RESAMPLES))


def reweighted(
    counts: Mapping[T, int], statistic: Callable[[Mapping[T, float]], float]
) -> list[float]:
    """The sorted `statistic` of what was counted, under the Bayesian bootstrap's seeded weights."""
    from random import Random  # here: a plan doesn't need it, and it takes a while to load

    gamma = Random(SEED).gammavariate
    ordered = sorted(counts.items(), key=repr)  # the same weights in whatever order it was counted
    return sorted(
        statistic({what: gamma(times, 1) for what, times in ordered}) for _ in range(RESAMPLES)
    )


def percentile(ordered: Sequence[float], q: float) -> float:
    """The `q` quantile (0 to 1) of sorted values, linear between neighbours."""
    position = q * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def expanded(scores: Sequence[float], z: float = Z95) -> tuple[float, float]:
    """The interval that resampling many scores in [0, 1], not all equal, would come to."""
    from statistics import fmean

    n, mean = len(scores), fmean(scores)
    variance = fmean((score - mean) ** 2 for score in scores)
    skewness = fmean((score - mean) ** 3 for score in scores) / variance**1.5
    step, lean = sqrt(variance / n), skewness * (z * z - 1) / (6 * sqrt(n))
    return max(0.0, mean + step * (lean - z)), min(1.0, mean + step * (lean + z))


def mean_interval(scores: Sequence[float]) -> tuple[float, float]:
    """The 95% interval of a mean of scores in [0, 1]: Wilson if all are 0 or 1, else bootstrap.

    Equal scores leave a bootstrap nothing to resample; Wilson's interval of their mean is
    then a conservative stand-in, as no scores in [0, 1] vary more than zeros and ones.
    """
    if all(score in (0.0, 1.0) for score in scores) or len(set(scores)) == 1:
        return wilson(sum(scores), len(scores))
    if len(scores) > MOST_RESAMPLED:
        return expanded(scores)
    means = bootstrap_means(scores)
    return percentile(means, 0.025), percentile(means, 0.975)
