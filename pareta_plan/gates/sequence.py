"""Confidence sequences: bounds of a mean that hold at every number of rows at once.

Whoever looks after each row, and stops when it pleases, is told something false at most once in
twenty times, as often as with bounds of a number of rows that was fixed beforehand.

Sources
- I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B
  86 (2024): against a mean of m, one unit is bet on each row's score x, which makes it
  1 + r (x - m) times as much. If the mean is m or less, the wealth is a supermartingale, so that it
  ever reaches 1 / tail with a probability of at most `tail` (J. Ville, 1939).
- The bets r are fixed, and wealth is the mean of what they make, by weights: a mixture, as in H.
  Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of
  Mathematical Statistics 41 (1970). Of rows right or wrong it is a mixture of likelihood ratios, of
  p = m + r m (1 - m) over m. The order of rows doesn't matter to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial, reduce
from itertools import pairwise
from math import ceil, exp, log, log1p
from operator import mul

from pareta_plan.gates.bounds import TAIL, rising_root

STAKES = tuple(2 ** (k / 2) for k in range(-8, 7))
"""The bets r, from 1/16 to 8; no more than 1 / m is bet, which may lose everything."""
_LIKELY_STAKE = 0.6
"""What suits qualities of 0.5 to 0.97, and gaps on few rows, with limits 0.05 to 0.10 off."""

POINTS = 60
"""Scores are taken on a grid of so many steps: halves, thirds, quarters, fifths are on it."""
MOST_ROWS = 100_000
"""More rows than anybody will have scored by hand."""
_MEDIAN = 0.8
_STEP = 10_000_000
"""The parts of a step in which scores are counted: exact in any order."""
_RUINED = -1e9
"""The logarithm of a wealth of nothing, as far as any other can tell."""


def _weights() -> tuple[float, ...]:
    raw = [exp(-0.6 * log(stake / _LIKELY_STAKE) ** 2) for stake in STAKES]
    return tuple(each / sum(raw) for each in raw)


_BETS = tuple(zip(STAKES, _weights(), strict=True))


Rows = Sequence[float]
"""How many rows scored what each point of the grid stands for."""


def looks(rows: int) -> Iterator[int]:
    """The numbers of rows at which a sequence is looked at, up to and with `rows`.

    They are the same however rows were bought: each of the first sixty, then a thirtieth more.
    """
    n = 1
    while n < rows:
        yield n
        n += max(n // 30, 1)
    if rows:
        yield rows


def sequence_bounds(
    values: Sequence[float],
    least: float = 0.0,
    most: float = 1.0,
    tail: float = TAIL,
    low_tail: float | None = None,
) -> tuple[float, float]:
    """The closest bounds of the mean of what `values` in [least, most] are drawn from, so far.

    Each is ever wrong with a probability of at most `tail`, the lower one of `low_tail` if that is
    given. They are the best of all looks, so that more values never widen them. `(least, most)`
    without values.
    """
    seen, width = [*seen_at_looks(values, least, most)], most - least
    low, mirrored = _best(seen, low_tail or tail), _best(map(_mirrored, seen), tail)
    return least + low * width, most - mirrored * width


def proportion_so_far(successes: int, n: int, tail: float = TAIL) -> tuple[float, float]:
    """The bounds of a share, by the last look alone: the order of the `n` rows isn't known."""
    rows = [0.0] * (POINTS + 1)
    rows[0], rows[POINTS] = float(n - successes), float(successes)
    return _raised(tail, 0.0, rows), 1 - _raised(tail, 0.0, _mirrored(rows))


def seen_at_looks(values: Sequence[float], least: float, most: float) -> Iterator[Rows]:
    """What was counted at each look of values in [least, most].

    A score between two points is shared among them so that the mean stays: as the logarithm of what
    a bet makes is concave, that is never more than it was, and less by next to nothing.
    """
    scale, counts = POINTS * _STEP / (most - least), [0] * (POINTS + 1)
    for before, now in pairwise([0, *looks(len(values))]):
        for value in values[before:now]:
            point, beyond = divmod(round((value - least) * scale), _STEP)
            counts[point] += _STEP - beyond
            if beyond:
                counts[point + 1] += beyond
        yield [n / _STEP for n in counts]


def _mirrored(rows: Rows) -> Rows:
    return rows[::-1]


def _best(seen: Iterable[Rows], tail: float) -> float:
    """The greatest low bound of all looks: from the last one on, as that is mostly the greatest."""
    return reduce(partial(_raised, tail), reversed([*seen]), 0.0)


def _raised(tail: float, low: float, rows: Rows) -> float:
    """The low bound by these rows, or `low` if that is greater."""
    target = -log(tail)
    if log_wealth(rows, low) <= target:
        return low
    mean = sum(point * n for point, n in enumerate(rows)) / sum(rows) / POINTS
    return rising_root(lambda at: target - log_wealth(rows, at), low, (low + mean) / 2, mean)


def rows_to_reach(law: Rows, limit: float, tail: float = TAIL) -> int | None:
    """The median number of rows of such a law until the limit is reached; None if too many.

    `law` is the share of rows at each point. Expected logarithms add up, so that so many rows reach
    it in the mean; a logarithm that sways as much as it grows does so earlier in most runs: first
    passages have an inverse Gaussian law, with a median of `_MEDIAN` of the mean here.
    """
    target, high = -log(tail), 1
    while high <= MOST_ROWS and log_wealth([share * high for share in law], limit) < target:
        high *= 2
    if high > MOST_ROWS:
        return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        enough = log_wealth([share * middle for share in law], limit) >= target
        low, high = (low, middle) if enough else (middle, high)
    return ceil(_MEDIAN * high)


def log_wealth(rows: Rows, mean: float) -> float:
    """The logarithm of what one unit became that was bet against a mean of at most `mean`."""
    made: list[float] = [share + sum(map(mul, rows, logs)) for share, logs in _bets(mean)]
    most = max(made)
    return most + log(sum(exp(each - most) for each in made))


@lru_cache(maxsize=64)
def _bets(mean: float) -> list[tuple[float, list[float]]]:
    """The logarithm of each bet's weight, and of what a row of each score makes of it."""
    return [(log(weight), [*_factors(stake, mean)]) for stake, weight in _BETS]


def _factors(stake: float, mean: float) -> Iterator[float]:
    for point in range(POINTS + 1):
        score = point / POINTS
        if stake * mean < 1:
            yield log1p(stake * (score - mean))
        else:  # no more is put at stake than there is
            yield log(score / mean) if score else _RUINED
