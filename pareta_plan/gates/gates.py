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
- Cost compares the mean that was billed. Savings are against the cheapest baseline: the gate passes
  when their lower bound reaches the limit, fails when the upper one is below it. `savings` says
  where the bounds come from: rows' exact costs, or the rounding to whole micro-dollars.

A gate is a field of the manifest's `Gates`, a judge here, and a sentence in `render/verdicts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, inf, log, sqrt
from typing import Literal

from pydantic import ValidationError

from pareta_plan.gates.bounds import TAIL, proportion_bounds, unseen_share
from pareta_plan.gates.savings import cheapest, mean_cost, savings
from pareta_plan.gates.sequence import MOST_ROWS, proportion_so_far
from pareta_plan.manifest.manifest import Gates
from pareta_plan.project.lockfile import Evidence, Gap, LockedMajority, Measured, Savings


class Outcome(StrEnum):
    """What a gate says; ordered from best to worst by `worst`."""

    PASS = "pass"  # noqa: S105
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


class Unknown(StrEnum):
    """Why what a gate asks for can't be told."""

    NO_ROW_SCORED = "no_row_scored"
    NO_QUALITY = "no_quality"
    """The platform tells none of the rows that it scored."""
    NO_INTERVAL = "no_interval"
    """A quality without the rows' scores and without the platform's interval."""
    NO_BASELINE = "no_baseline"
    NO_GAP = "no_gap"
    """No row that the model and the baseline both scored, or no interval of either."""
    NO_COST = "no_cost"
    NO_BASELINE_COST = "no_baseline_cost"
    FREE = "free"
    """The model costs nothing, so that savings have no end."""
    BOTH_FREE = "both_free"
    """Model and baseline both cost nothing, as far as is told."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What an outcome rests on: numbers in the unit of the gate's limit, and counts of rows.

    None is what isn't known, what the gate doesn't ask for, and what has no end.
    """

    measured: float | None = None
    low: float | None = None
    """The least that it may be: each bound is wrong at most 5% of the time."""
    high: float | None = None
    bounds: Literal["rows", "sequence", "platform", "rounding"] | None = None
    """What they were computed from: the rows' scores or costs (a `sequence` holds for every number
    of rows at once), the platform's interval, or what whole micro-dollars leave open."""
    baseline: str | None = None
    paired: bool | None = None
    """Whether the gap is that of the rows that both scored."""
    rows: int | None = None
    """How many rows it rests on: those scored, compared, or, for errors, asked."""
    asked: int | None = None
    """How many rows the model was asked."""
    errors: int | None = None
    """How many of them it didn't answer."""
    rows_to_decide: int | None = None
    """About how many in all would decide what is inconclusive; None beyond `MOST_ROWS`."""
    no_better_than: str | None = None
    """The label that rows expect most often, where the baseline is no better than always giving it:
    being as good as such a baseline shows nothing."""
    unknown: Unknown | None = None
    """Why it is not measured, or has no bounds."""


@dataclass(frozen=True)
class Verdict:
    """One gate's outcome, with the figures that it rests on."""

    gate: str
    outcome: Outcome
    limit: float
    """What the manifest demands: a share, US dollars, or how many times."""
    figures: Figures


@dataclass(frozen=True)
class _Shown:
    """What the evidence shows of a model, and of the baselines beside it."""

    mine: Measured
    baselines: Mapping[str, Measured]
    gaps: Mapping[str, Gap]
    majority: LockedMajority | None
    as_needed: bool

    @property
    def asked(self) -> int:
        return self.mine.scored + self.mine.errors


Judged = tuple[Outcome, Figures]
_OPEN = Outcome.INCONCLUSIVE


def worst(verdicts: Sequence[Verdict]) -> Outcome:
    """The outcome of all gates together; no gates pass."""
    order = list(Outcome)
    return max((v.outcome for v in verdicts), key=order.index, default=Outcome.PASS)


def held_last(evidence: Evidence) -> Gates:
    """The gates that evidence was last held against, as far as the lockfile's are any."""
    try:
        return Gates.model_validate(evidence.gates)
    except ValidationError:
        return Gates()


def blocks(verdicts: Sequence[Verdict], gates: Gates) -> Outcome | None:
    """The outcome that keeps a model from being deployed, or None when it may be."""
    outcome = worst(verdicts)
    allowed = outcome is Outcome.INCONCLUSIVE and gates.on_inconclusive == "warn"
    return None if outcome is Outcome.PASS or allowed else outcome


def deciding(verdicts: Sequence[Verdict], outcome: Outcome) -> list[str]:
    """The gates with this outcome."""
    return [verdict.gate for verdict in verdicts if verdict.outcome is outcome]


def settled(verdicts: Sequence[Verdict]) -> bool:
    """Whether more rows are of no use: a gate has failed, or none is open that they could decide.

    What requests cost is a fact of the rows that were asked, which ends nothing early.
    """
    bounded = [verdict for verdict in verdicts if verdict.gate != "max_cost_per_request_usd"]
    return any(verdict.outcome is Outcome.FAIL for verdict in bounded) or not any(
        verdict.outcome is Outcome.INCONCLUSIVE
        and verdict.figures.unknown is None
        and verdict.figures.bounds != "rounding"
        for verdict in bounded
    )


def judge(gates: Gates, evidence: Evidence, model: str) -> list[Verdict]:
    """The verdict of every gate that is set, on `model`'s results in `evidence`."""
    mine = evidence.results.get(model, Measured(kind="open"))
    baselines = {id: m for id, m in evidence.results.items() if m.kind == "frontier"}
    needed = evidence.batches is not None
    shown = _Shown(mine, baselines, evidence.gaps, evidence.majority, needed)
    return [
        Verdict(gate, outcome, limit, figures)
        for gate, limit in gates.limits.items()
        for outcome, figures in _JUDGES[gate](limit, shown)
    ]


def _quality(least: float, shown: _Shown) -> list[Judged]:
    mine, rows, unknown = shown.mine, None, None
    outcome = Outcome.INCONCLUSIVE
    if mine.quality is None and not mine.scored:
        outcome, unknown = Outcome.FAIL, Unknown.NO_ROW_SCORED
    elif mine.quality is None:
        unknown = Unknown.NO_QUALITY
    elif mine.low is None or mine.high is None:
        unknown = Unknown.NO_INTERVAL
    else:
        outcome, rows = _decided(least, mine.quality, mine.low, mine.high, mine.scored)
    figures = Figures(
        measured=mine.quality,
        low=mine.low,
        high=mine.high,
        bounds=mine.bounds,
        rows=mine.scored,
        asked=shown.asked,
        rows_to_decide=rows,
        unknown=unknown,
    )
    return [(outcome, figures)]


def _against(floor: float, low: float, high: float) -> Outcome:
    if low >= floor:
        return Outcome.PASS
    return Outcome.FAIL if high < floor else Outcome.INCONCLUSIVE


def _decided(
    floor: float, measured: float, low: float, high: float, n: int, least: float = 0.0
) -> tuple[Outcome, int | None]:
    """The outcome for a mean of values from `least` to 1, and about how many rows would decide."""
    outcome = _against(floor, low, high)
    if outcome is not Outcome.INCONCLUSIVE:
        return outcome, None
    bound, reach = (low, measured - least) if measured >= floor else (high, 1 - measured)
    return outcome, rows_to_decide(measured, bound, floor, reach, n, width=1 - least)


def _gaps(margin: float, shown: _Shown) -> list[Judged]:
    if not shown.baselines:
        return [(Outcome.FAIL, Figures(unknown=Unknown.NO_BASELINE))]
    return [_gap(margin, shown, id) for id in shown.baselines]


def _gap(margin: float, shown: _Shown, baseline: str) -> Judged:
    gap = shown.gaps.get(baseline)
    if gap is None:
        return Outcome.INCONCLUSIVE, Figures(baseline=baseline, unknown=Unknown.NO_GAP)
    # A gap within a margin is the model's lead over the baseline above a floor.
    outcome, rows = _decided(-margin, -gap.gap, -gap.high, -gap.low, gap.rows, least=-1.0)
    return outcome, Figures(
        measured=gap.gap,
        low=gap.low,
        high=gap.high,
        baseline=baseline,
        paired=gap.paired,
        bounds=gap.bounds,
        rows=gap.rows or None,
        asked=shown.asked,
        rows_to_decide=rows,
        no_better_than=no_better_than(shown.baselines[baseline], shown.majority),
    )


def no_better_than(measured: Measured, majority: LockedMajority | None) -> str | None:
    """The label that it is no better than always giving; None where it is better, or unknown."""
    if majority is None or measured.quality is None or measured.quality > majority.quality:
        return None
    return majority.answer


def _cost(most: float, shown: _Shown) -> list[Judged]:
    cost = mean_cost(shown.mine)
    if cost is None:
        return [(Outcome.FAIL, Figures(unknown=Unknown.NO_COST))]
    # As it is written: 0.000249 dollars as a float is a little less than that.
    outcome = Outcome.PASS if cost <= Fraction(str(most)) else Outcome.FAIL
    return [(outcome, Figures(measured=float(cost)))]


def _savings(least: float, shown: _Shown) -> list[Judged]:
    if mean_cost(shown.mine) is None:
        return [(Outcome.FAIL, Figures(unknown=Unknown.NO_COST))]
    if cheapest(shown.baselines) is None:
        return [(Outcome.FAIL, Figures(unknown=Unknown.NO_BASELINE_COST))]
    saved = shown.mine.savings or savings(shown.mine, shown.baselines)
    if saved is None:
        return [(Outcome.INCONCLUSIVE, Figures(unknown=Unknown.BOTH_FREE))]
    low = inf if saved.low is None else saved.low
    outcome = _against(least, low, inf if saved.high is None else saved.high)
    figures = Figures(
        measured=saved.times,
        low=saved.low,
        high=saved.high,
        bounds=saved.bounds,
        baseline=saved.baseline,
        rows=saved.rows if saved.bounds == "rows" else None,
        asked=shown.asked,
        rows_to_decide=_rows_to_decide_savings(least, saved) if outcome is _OPEN else None,
        unknown=Unknown.FREE if saved.times is None else None,
    )
    return [(outcome, figures)]


def _rows_to_decide_savings(least: float, saved: Savings) -> int | None:
    """About how many rows bring the bound to the limit; its distance goes with 1 / sqrt(rows)."""
    if saved.bounds != "rows" or not (saved.times and saved.low and saved.high and least):
        return None
    bound = saved.low if saved.times >= least else saved.high
    distance = abs(log(saved.times / least))
    if distance < 1e-6:
        return None
    rows = ceil(saved.rows * (log(saved.times / bound) / distance) ** 2)
    return rows if rows <= MOST_ROWS else None


def _errors(most: float, shown: _Shown) -> list[Judged]:
    errors, asked = shown.mine.errors, shown.asked
    rate = errors / asked if asked else 1.0
    outcome, low, rows = Outcome.PASS, None, None
    if rate > most:
        bound = proportion_so_far if shown.as_needed else proportion_bounds
        low = bound(errors, asked)[0] if asked else 1.0
        outcome = Outcome.FAIL if low > most else Outcome.INCONCLUSIVE
        rows = rows_to_decide(rate, low, most, rate, asked) if low <= most else None
    figures = Figures(
        measured=rate, low=low, rows=asked, asked=asked, errors=errors, rows_to_decide=rows
    )
    return [(outcome, figures)]


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


_JUDGES: Mapping[str, Callable[[float, _Shown], list[Judged]]] = {
    "min_quality": _quality,
    "max_gap_to_frontier": _gaps,
    "max_cost_per_request_usd": _cost,
    "min_savings": _savings,
    "max_error_rate": _errors,
}
"""How each gate judges what was shown against its limit."""
