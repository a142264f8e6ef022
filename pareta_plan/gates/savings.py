"""How many times a model's cost its cheapest baseline's is, and how well that is known.

Where rows tell exactly what they cost, it is the ratio of the mean costs over the rows that both
answered, neither rounded. Its bounds are each wrong at most about 5% of the time: those of the
difference of the means' logarithms by the delta method, with Student's t on the rows less one.
Sources: W. G. Cochran, "Sampling Techniques", 3rd edition (1977), section 6.4 (the variance of a
ratio of paired means); L. V. Hedges, J. Gurevitch and P. S. Curtis, Ecology 80 (1999) (why
intervals of ratios are made of logarithms); M. Abramowitz and I. A. Stegun, "Handbook of
Mathematical Functions" (1964), 26.7.3 and 26.7.4 (Student's distribution).

Where a platform tells whole micro-dollars alone, the bounds are what rounding may have made of
them; a cost of one or none has no lower end that is known, and savings have no upper one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import atan, cos, exp, log, pi, sin, sqrt
from statistics import fmean
from typing import Literal

from pareta_plan.gates.bounds import TAIL
from pareta_plan.project.lockfile import Measured, Savings
from pareta_plan.wire import MICRO, EvalResult

_CLOSEST = 100
_MOST_DEGREES = 200
"""More degrees of freedom are taken for so many, which is on the safe side by half a percent."""


def cheapest(baselines: Mapping[str, Measured]) -> str | None:
    """The baseline that costs least, of those whose cost is known."""
    costs = {id: cost for id, m in baselines.items() if (cost := mean_cost(m)) is not None}
    return min(costs, key=lambda name: (costs[name], name), default=None)


def mean_cost(measured: Measured) -> Fraction | None:
    """The mean cost of a request in dollars, as exactly as it is known."""
    if measured.cost_per_request_usd is not None:
        return Fraction(measured.cost_per_request_usd)
    micro = measured.cost_per_request_micro_usd
    return None if micro is None else Fraction(micro, MICRO)


def savings(
    mine: Measured,
    baselines: Mapping[str, Measured],
    costs: Mapping[str, Mapping[int, Fraction]] = {},
    id: str = "",
    *,
    always: bool = False,
) -> Savings | None:
    """The savings against the cheapest baseline; None where a cost is unknown, or both are 0.

    `costs` are those of rows, by the model's id and the row's index. `always` is whether bounds
    are to hold for every number of rows at once.
    """
    other = cheapest(baselines)
    own = mean_cost(mine)
    if other is None or own is None:
        return None
    rows, others = costs.get(id, {}), costs.get(other, {})
    shared = sorted(rows.keys() & others.keys())
    if shared:
        half = at_any_rows if always else at_fixed_rows
        return _paired(other, [rows[i] for i in shared], [others[i] for i in shared], half)
    return _rounded(other, mine, baselines[other])


def row_costs(answer: EvalResult) -> dict[int, Fraction]:
    """What the rows that a model answered cost, in dollars, where the platform tells that."""
    return {
        item.idx: Fraction(item.cost_usd)
        for item in answer.per_item
        if item.error is None and item.cost_usd is not None
    }


def _paired(
    baseline: str, own: Sequence[Fraction], other: Sequence[Fraction], half: Callable[[int], float]
) -> Savings | None:
    mine, theirs, rows = sum(own), sum(other), len(own)
    if not mine:
        return Savings(baseline=baseline, rows=rows, bounds="rows") if theirs else None
    times = float(theirs / mine)
    if rows == 1 or not theirs:
        return _savings(baseline, times, 0.0, None, rows, "rows")
    # Each row's share of the log ratio's error: the delta method's linear term.
    terms = [float(b * rows / theirs - a * rows / mine) for a, b in zip(own, other, strict=True)]
    mean = fmean(terms)
    spread = sqrt(sum((term - mean) ** 2 for term in terms) / (rows - 1) / rows)
    factor = exp(half(rows) * spread)
    return _savings(baseline, times, times / factor, times * factor, rows, "rows")


def _rounded(baseline: str, mine: Measured, other: Measured) -> Savings | None:
    own, theirs = mine.cost_per_request_micro_usd, other.cost_per_request_micro_usd
    if own is None or theirs is None or own == theirs == 0:
        return None
    low = max(theirs - 0.5, 0) / (own + 0.5)  # each is rounded, by half of one at most
    high = (theirs + 0.5) / (own - 0.5) if own > 1 else None
    times = theirs / own if own else None
    rows = min(mine.scored, other.scored)
    return _savings(baseline, times, low, high, rows, "rounding")


def _savings(
    baseline: str,
    times: float | None,
    low: float,
    high: float | None,
    rows: int,
    bounds: Literal["rows", "rounding"],
) -> Savings:
    """To six digits: finer than costs can tell, and readable in a diff."""

    def short(end: float | None) -> float | None:
        return None if end is None else float(f"{end:.6g}")

    return Savings(
        baseline=baseline,
        times=short(times),
        low=short(low),
        high=short(high),
        rows=rows,
        bounds=bounds,
    )


def at_fixed_rows(rows: int) -> float:
    """How many standard errors a bound is away, of a number of rows that was fixed beforehand."""
    return student(rows - 1)


def at_any_rows(rows: int) -> float:
    """The same of a bound that holds at every number of rows at once.

    I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform central limit
    theory and asymptotic confidence sequences", Annals of Statistics 52 (2024), the one-sided one,
    closest at about `_CLOSEST` rows. For few rows it is scaled as Student's t is.
    """
    tuned = rows * (-2 * log(2 * TAIL) + log(-2 * log(2 * TAIL)) + 1) / _CLOSEST
    far = sqrt(2 * (1 + 1 / tuned) * log(1 + sqrt(tuned + 1) / (2 * TAIL)))
    return far * student(rows - 1) / student(_MOST_DEGREES)


@cache
def student(degrees: int) -> float:
    """What Student's t with these degrees of freedom is above with a probability of `TAIL`."""
    low, high = 0.0, 64.0
    for _ in range(60):
        middle = (low + high) / 2
        within = _within(middle, min(degrees, _MOST_DEGREES))
        low, high = (low, middle) if within > 1 - 2 * TAIL else (middle, high)
    return high


def _within(t: float, degrees: int) -> float:
    """How likely |T| is at most `t`: 26.7.3 for odd degrees of freedom, 26.7.4 for even ones."""
    angle = atan(t / sqrt(degrees))
    odd = degrees % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for k in range(1 + odd, degrees, 2):
        total += term
        term *= k / (k + 1) * cos(angle) ** 2
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
