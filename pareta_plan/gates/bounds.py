"""Bounds that gates judge by: they hold for few rows of any scores.

Sources
- Bounds of a mean: N. Gaffke, "Three test statistics for a nonparametric one-sided hypothesis
  on the mean of a nonnegative variable", Mathematical Methods of Statistics 14 (2005);
  E. Learned-Miller and P. S. Thomas, "A new confidence interval for the mean of a bounded
  random variable", arXiv:1905.06208 (2019). For zeros and ones they are the exact bounds of
  C. J. Clopper and E. S. Pearson, Biometrika 26 (1934).
- Their numerics: R. B. Davies, "Numerical inversion of a characteristic function", Biometrika
  60 (1973), for a weighted sum of exponential variables.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import pi, sqrt

TAIL = 0.05
"""How often a gate's bound may be wrong: each side of a 90% interval."""

_STEP = 0.5
_NEGLIGIBLE = 1e-9
_MOST_TERMS = 20_000


def mean_bounds(
    values: Iterable[float], least: float = 0.0, most: float = 1.0, tail: float = TAIL
) -> tuple[float, float]:
    """Bounds of the mean of what `values` in [least, most] were drawn from.

    Each bound is wrong with a probability of at most `tail`, whatever the distribution and
    however few the values. `(least, most)` without values.
    """
    # Rounded, as scores that are equal but for their last digits are counted together.
    counts = Counter(round(value, 9) for value in values)
    mirrored = Counter({-value: times for value, times in counts.items()})
    return _low_bound(counts, least, tail), -_low_bound(mirrored, -most, tail)


def proportion_bounds(successes: int, n: int, tail: float = TAIL) -> tuple[float, float]:
    """The Clopper-Pearson bounds of `successes` out of `n`; each is wrong at most at `tail`."""
    return mean_bounds([1.0] * successes + [0.0] * (n - successes), tail=tail)


def unseen_share(n: int, tail: float = TAIL) -> float:
    """The share of rows unlike all `n` seen that can't be ruled out: about 3 / n.

    The exact form of the rule of three: J. A. Hanley and A. Lippman-Hand, JAMA 249 (1983).
    """
    return 1.0 if n == 0 else 1 - tail ** (1 / n)


def _low_bound(counts: Mapping[float, int], least: float, tail: float) -> float:
    """The `tail` quantile of the mean under random weights, with one more value at `least`.

    The weights are those of the Bayesian bootstrap, uniform on all that sum to one.
    """
    if not counts or max(counts) <= least:
        return least
    weights = Counter(counts)
    weights[least] += 1
    n = weights.total()
    mean = sum(value * times for value, times in weights.items()) / n
    spread = sum(times * (value - mean) ** 2 for value, times in weights.items())
    guess = mean - 1.645 * sqrt(spread / n / (n + 1))
    return rising_root(
        lambda at: math.log(max(share_below(weights, at), 1e-15) / tail), least, guess, mean
    )


def rising_root(rises: Callable[[float], float], low: float, guess: float, high: float) -> float:
    """Where a rising function is 0, between `low` and `high`: by secants, or else halving."""
    before, at_before = high, rises(high)
    at = guess if low < guess < high else (low + high) / 2
    for _ in range(100):
        value = rises(at)
        if abs(value) < 1e-6 or high - low < 1e-9:
            break
        low, high = (at, high) if value < 0 else (low, at)
        slope = (value - at_before) / (at - before)
        before, at_before = at, value
        at = at - value / slope if slope > 0 else low
        if not low < at < high:
            at = (low + high) / 2
    return at


def share_below(weights: Mapping[float, int], at: float) -> float:
    """How likely a mean of the values under Dirichlet(`weights`) weights is at most `at`.

    That is how likely sum(E * (value - at)) is at most 0, where each E is a gamma variable with
    the weight as its shape; its characteristic function is inverted by the midpoint rule. The
    step is a share of the sum's root mean square, beyond which its tails are nothing.
    """
    from cmath import exp, log  # here: a plan computes no bounds

    offsets = [(value - at, times) for value, times in weights.items()]
    centre = sum(offset * times for offset, times in offsets)
    scale = sqrt(sum(offset**2 * times for offset, times in offsets) + centre**2)
    share = 0.5
    for k in range(_MOST_TERMS):
        u = (k + 0.5) * _STEP / scale
        term = exp(-sum(times * log(complex(1, -offset * u)) for offset, times in offsets))
        share -= term.imag / (pi * (k + 0.5))
        if abs(term) < _NEGLIGIBLE * (k + 0.5):
            break
    return share
