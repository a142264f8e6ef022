"""Gates: what an eval's result must show, judged to pass, fail or inconclusive.

Definitions
- `min_quality` passes when the quality's lower bound reaches it, fails when the upper bound is
  below it. Each bound is wrong at most 5% of the time, so a false pass is as rare.
- `max_gap_to_frontier` is a non-inferiority test at 5%: it passes when the upper bound of
  (baseline - model) is within the margin for every baseline, fails when the lower bound is
  beyond it for one. Demanding it of every baseline (an intersection-union test: R. L. Berger,
  "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24, 1982) can't
  inflate false passes.
- `max_error_rate` passes when the share of this run's rows without an answer is within it:
  that is a count, not an estimate. It fails when the exact lower bound of the rate is beyond it.
- Cost compares what was billed: platforms tell no price a row to estimate from. Savings are
  against the cheapest baseline, and pass or fail only when the rounding of both costs to whole
  micro-dollars, as platforms tell them, can't make the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from math import ceil, inf, log, sqrt
from typing import NamedTuple

from pareta_plan.gates.bounds import TAIL, proportion_bounds, unseen_share
from pareta_plan.manifest.manifest import Gates
from pareta_plan.project.lockfile import Evidence, Gap, Measured
from pareta_plan.wire import MICRO
from pareta_plan.words import count, floored, usd

FINEST = 12
"""More digits than any measurement has."""
FEW = 20
"""So few rows tell no second digit of how many more there should be."""
MOST_ROWS = 100_000
"""More rows than anybody will have scored by hand."""


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


Judged = tuple[Outcome, str]
"""A verdict without its gate's name: the outcome, and the reason."""


def worst(verdicts: Sequence[Verdict]) -> Outcome:
    """The outcome of all gates together; no gates pass."""
    order = list(Outcome)
    return max((v.outcome for v in verdicts), key=order.index, default=Outcome.PASS)


def blocks(verdicts: Sequence[Verdict], gates: Gates) -> Outcome | None:
    """The outcome that keeps a model from being deployed, or None when it may be."""
    outcome = worst(verdicts)
    allowed = outcome is Outcome.INCONCLUSIVE and gates.on_inconclusive == "warn"
    return None if outcome is Outcome.PASS or allowed else outcome


def deciding(verdicts: Sequence[Verdict], outcome: Outcome) -> list[str]:
    """The gates with this outcome."""
    return [verdict.gate for verdict in verdicts if verdict.outcome is outcome]


def judge(gates: Gates, evidence: Evidence, model: str) -> list[Verdict]:
    """The verdict of every gate that is set, on `model`'s results in `evidence`."""
    mine = evidence.results.get(model, Measured(kind="open"))
    baselines = {id: m for id, m in evidence.results.items() if m.kind == "frontier"}
    found = {
        "min_quality": _quality(gates, mine),
        "max_gap_to_frontier": _gaps(gates, evidence, mine, baselines),
        "max_cost_per_request_usd": _cost(gates, mine),
        "min_savings": _savings(gates, mine, baselines),
        "max_error_rate": _errors(gates, mine),
    }
    return [Verdict(gate, *one) for gate, judged in found.items() for one in judged]


def _quality(gates: Gates, mine: Measured) -> Iterator[Judged]:
    if (least := gates.min_quality) is None:
        return
    if mine.quality is None and not mine.scored:
        yield Outcome.FAIL, "no row was scored"
        return
    if mine.quality is None:
        reason = f"the platform tells no quality of the {mine.scored} rows it scored"
        yield Outcome.INCONCLUSIVE, reason
        return
    digits = _digits(least)
    quality = f"{mine.quality:.{digits}f}"
    if mine.low is None or mine.high is None:
        reason = f"{quality}, with neither the rows' scores nor an interval to judge by"
        yield Outcome.INCONCLUSIVE, reason
        return
    outcome = _against(least, mine.low, mine.high)
    whose = " (the platform's interval)" if mine.bounds == "platform" else ""
    asked = mine.scored + mine.errors
    part = f" of {mine.scored} of {asked} rows" if mine.errors else ""
    ends = f"[{_shown(mine.low, digits)}, {_shown(mine.high, digits)}]{whose}"
    reason = f"{quality} {ends}{part} against {_plain(least)}"
    if outcome is Outcome.INCONCLUSIVE:
        above = mine.quality >= least
        bound, reach = (mine.low, mine.quality) if above else (mine.high, 1 - mine.quality)
        reason += _more(rows_to_decide(mine.quality, bound, least, reach, mine.scored), mine.scored)
    yield outcome, reason


def _digits(limit: float, least: int = 3) -> int:
    """As many as the limit has, so that what is shown compares as what was judged."""
    return min(max(least, -int(Decimal(str(limit)).normalize().as_tuple().exponent)), FINEST)


def _shown(value: float, digits: int) -> str:
    return f"{floored(value, digits):.{digits}f}"


def _plain(limit: float) -> str:
    """A limit as a person writes it, with all its digits."""
    return f"{Decimal(str(limit)).normalize():f}"


def _against(least: float, low: float, high: float) -> Outcome:
    if low >= least:
        return Outcome.PASS
    return Outcome.FAIL if high < least else Outcome.INCONCLUSIVE


def _gaps(
    gates: Gates, evidence: Evidence, mine: Measured, baselines: Collection[str]
) -> Iterator[Judged]:
    if (margin := gates.max_gap_to_frontier) is None:
        return
    if not baselines:
        yield Outcome.FAIL, "the run has no baseline"
    for id in baselines:
        if gap := evidence.gaps.get(id):
            yield _gap(margin, gap, id, mine.scored + mine.errors)
        else:
            reason = f"no row that {id} and the model both scored, or no interval of either"
            yield Outcome.INCONCLUSIVE, reason


def _gap(margin: float, gap: Gap, id: str, asked: int) -> Judged:
    outcome = _against(-margin, -gap.high, -gap.low)
    digits = _digits(margin)
    ends = (-floored(-end, digits) for end in (gap.low, gap.high))
    shown, low, high = (f"{value:+z.{digits}f}" for value in (gap.gap, *ends))
    how = "paired by row" if gap.paired else "unpaired"
    if gap.paired and gap.rows not in (0, asked):
        how = f"paired by {gap.rows} of {asked} rows"
    reason = f"{shown} [{low}, {high}] to {id}, {how}, against {_plain(margin)}"
    if outcome is Outcome.INCONCLUSIVE:
        within = gap.gap <= margin
        bound, reach = (gap.high, 1 - gap.gap) if within else (gap.low, 1 + gap.gap)
        rows = rows_to_decide(gap.gap, bound, margin, reach, gap.rows, width=2)
        reason += _more(rows, gap.rows)
    return outcome, reason


def _cost(gates: Gates, mine: Measured) -> Iterator[Judged]:
    if (limit := gates.max_cost_per_request_usd) is None:
        return
    cost = mine.cost_per_request_micro_usd
    if cost is None:
        yield Outcome.FAIL, "no cost was measured"
        return
    # Rounded, as 0.000249 dollars times a million is a little less than 249.
    outcome = Outcome.PASS if cost <= round(limit * MICRO, 6) else Outcome.FAIL
    reason = f"{usd(cost)} against ${_plain(limit)}"
    yield outcome, reason


def _savings(gates: Gates, mine: Measured, baselines: Mapping[str, Measured]) -> Iterator[Judged]:
    if (least := gates.min_savings) is None:
        return
    saved = savings(mine, baselines)
    if saved is None:
        yield _no_savings(mine, baselines)
        return
    low, high = _rounded_savings(mine, baselines)
    outcome = _against(least, low, high)
    digits = _digits(least, 1)
    shown = "the model costs nothing" if saved == inf else f"{_shown(saved, digits)}x"
    reason = f"{shown}, against {_plain(least)}x"
    if outcome is Outcome.INCONCLUSIVE:
        most = "or more" if high == inf else f"to {high:.{digits}f}x"
        span = f"{_shown(low, digits)}x {most}"
        reason += f"; it may be {span}, as costs are whole micro-dollars"
    yield outcome, reason


def _rounded_savings(mine: Measured, baselines: Mapping[str, Measured]) -> tuple[float, float]:
    """The least and the most that savings can be, of costs that were rounded to the nearest."""
    own, cheapest = mine.cost_per_request_micro_usd or 0, _cheapest(baselines) or 0
    low = max(cheapest - 0.5, 0) / (own + 0.5)
    return low, (cheapest + 0.5) / (own - 0.5) if own else inf


def _no_savings(mine: Measured, baselines: Mapping[str, Measured]) -> Judged:
    outcome, reason = Outcome.FAIL, "no baseline's cost to compare with"
    if mine.cost_per_request_micro_usd is None:
        reason = "no cost was measured"
    elif _cheapest(baselines) == 0:
        outcome = Outcome.INCONCLUSIVE
        reason = "the model and a baseline both cost less than a micro-dollar"
    return outcome, reason


def savings(mine: Measured, baselines: Mapping[str, Measured]) -> float | None:
    """The cheapest baseline's cost over the model's; None when either is unknown or both free."""
    own, cheapest = mine.cost_per_request_micro_usd, _cheapest(baselines)
    if cheapest is None or own is None or cheapest == own == 0:
        return None
    return cheapest / own if own else inf


def _cheapest(baselines: Mapping[str, Measured]) -> int | None:
    costs = (m.cost_per_request_micro_usd for m in baselines.values())
    return min((cost for cost in costs if cost is not None), default=None)


def _errors(gates: Gates, mine: Measured) -> Iterator[Judged]:
    if (limit := gates.max_error_rate) is None:
        return
    asked = mine.scored + mine.errors
    rate = mine.errors / asked if asked else 1.0
    reason = f"{mine.errors} of {asked} rows against {100 * limit:g}%"
    outcome = Outcome.PASS
    if rate > limit:
        low, _ = proportion_bounds(mine.errors, asked) if asked else (1.0, 1.0)
        outcome = Outcome.FAIL if low > limit else Outcome.INCONCLUSIVE
        if outcome is Outcome.INCONCLUSIVE:
            reason += _more(rows_to_decide(rate, low, limit, rate, asked), asked)
    yield outcome, reason


def rows_to_decide(
    measured: float, bound: float, limit: float, reach: float, n: int, *, width: float = 1
) -> int | None:
    """About how many rows bring `bound` to `limit` if `measured` holds; None if too many.

    A bound keeps two distances from what `n` rows measured: one for what varies, which goes
    with 1 / sqrt(rows), and one for skewness and for rows unlike those seen, which goes with
    1 / rows. The latter grows with `reach`, the distance from `measured` to the worst value
    of those `width` apart; its coefficients are fitted to the exact bounds.
    """
    distance, half = abs(limit - measured), abs(bound - measured)
    if not n or not 1e-6 < distance < reach:  # finer than evidence is kept
        return None
    if half <= 1.001 * unseen_share(n) * reach:  # rows all alike, as far as the bound tells
        rows = log(TAIL) / log(1 - distance / reach)
        return ceil(rows) if rows <= MOST_ROWS else None
    unseen = min(half * n, 2.5 * reach - 0.5 * width)
    varies = (half - unseen / n) * sqrt(n)
    root = (varies + sqrt(max(varies**2 + 4 * distance * unseen, 0))) / (2 * distance)
    return ceil(root**2) if root**2 <= MOST_ROWS else None


def _more(rows: int | None, n: int) -> str:
    if not n:
        return ""
    if rows is None:
        return f"; too close to decide with {MOST_ROWS:,} rows"
    more = max(rows - n, 1)
    digits = max(len(str(more)) - (2 if n >= FEW else 1), 0)
    return f"; about {count(round(more, -digits), 'more row')} would decide it"
