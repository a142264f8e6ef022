"""Verdicts for people to read: a gate at a time, in a sentence of its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal

from pareta_plan.gates.gates import Figures, Outcome, Unknown, Verdict
from pareta_plan.gates.sequence import MOST_ROWS
from pareta_plan.words import WIDTH, Paint, count, floored, times, usd_exactly, wrapped

COLOURS = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.INCONCLUSIVE: "yellow"}
FINEST = 12
"""More digits than any measurement has."""
FEW = 20
"""So few rows tell no second digit of how many more there should be."""

UNKNOWN = {
    Unknown.NO_ROW_SCORED: "no row was scored",
    Unknown.NO_QUALITY: "the platform tells no quality of the {rows} rows it scored",
    Unknown.NO_INTERVAL: "{measured:.{digits}f}, with neither the rows' scores nor an interval "
    "to judge by",
    Unknown.NO_BASELINE: "the run has no baseline",
    Unknown.NO_GAP: "no row that {baseline} and the model both scored, or no interval of either",
    Unknown.NO_COST: "no cost was measured",
    Unknown.NO_BASELINE_COST: "no baseline's cost to compare with",
    Unknown.BOTH_FREE: "the model and a baseline both cost less than can be told",
}


def verdict_lines(verdicts: Iterable[Verdict], paint: Paint, width: int = WIDTH) -> list[str]:
    """A gate at a time: outcome, name, figures."""
    lines = []
    for verdict in verdicts:
        word = verdict.outcome.upper().ljust(4)
        text = f"{word} {verdict.gate}: {reason(verdict)}"
        first, *rest = wrapped(text, " " * 5, width)
        lines += [paint(word, COLOURS[verdict.outcome]) + first[len(word) :], *rest]
    return lines


def reason(verdict: Verdict) -> str:
    """The figures that a verdict rests on, in words."""
    figures = verdict.figures
    if figures.unknown in UNKNOWN:
        template = UNKNOWN[figures.unknown]
        return template.format(**asdict(figures), digits=_digits(verdict.limit))
    return SENTENCES[verdict.gate](verdict, figures) + _more(verdict.outcome, figures)


def _quality(verdict: Verdict, figures: Figures) -> str:
    digits = _digits(verdict.limit)
    ends = f"[{_down(figures.low, digits)}, {_down(figures.high, digits)}]"
    whose = " (the platform's interval)" if figures.bounds == "platform" else ""
    part = "" if figures.rows == figures.asked else f" of {figures.rows} of {figures.asked} rows"
    return f"{figures.measured:.{digits}f} {ends}{whose}{part} against {_plain(verdict.limit)}"


def _gap(verdict: Verdict, figures: Figures) -> str:
    digits = _digits(verdict.limit)
    shown = f"{figures.measured:+z.{digits}f}"
    ends = f"[{_up(figures.low, digits)}, {_up(figures.high, digits)}]"
    how = "paired by row" if figures.paired else "unpaired"
    if figures.paired and figures.rows not in (None, figures.asked):
        how = f"paired by {figures.rows} of {figures.asked} rows"
    told = f"{shown} {ends} to {figures.baseline}, {how}, against {_plain(verdict.limit)}"
    if figures.no_better_than is None:
        return told
    return f"{told}; it shows nothing: {always(str(figures.baseline), figures.no_better_than)}"


def always(model: str, answer: str) -> str:
    """That a model is no better than one answer to everything."""
    return f"{model} is no better than always answering {answer!r}"


def _cost(verdict: Verdict, figures: Figures) -> str:
    cost = usd_exactly(f"{Decimal(repr(figures.measured)):f}", None)
    return f"{cost} against ${_plain(verdict.limit)}"


def _savings(verdict: Verdict, figures: Figures) -> str:
    limit, decimals = f"against {_plain(verdict.limit)}x", _digits(verdict.limit, 0)
    if figures.low is None:
        return f"the model costs nothing, {limit}"
    low = times(figures.low, decimals)
    most = None if figures.high is None else times(figures.high, decimals, up=True)
    if figures.bounds == "rows" and figures.measured is not None:
        part = (
            "" if figures.rows == figures.asked else f" of {figures.rows} of {figures.asked} rows"
        )
        ends = f"[{low}, {most or 'no end'}]"
        return f"{times(figures.measured, decimals)} {ends}{part} {limit}"
    if figures.measured is None or most is None:
        return f"at least {low}, {limit}; costs are whole micro-dollars"
    said = f"{times(figures.measured, decimals)}, {limit}"
    if verdict.outcome is not Outcome.INCONCLUSIVE:
        return said
    return f"{said}; it may be {low} to {most}, as costs are whole micro-dollars"


def _errors(verdict: Verdict, figures: Figures) -> str:
    return f"{figures.errors} of {figures.asked} rows against {100 * verdict.limit:g}%"


SENTENCES: Mapping[str, Callable[[Verdict, Figures], str]] = {
    "min_quality": _quality,
    "max_gap_to_frontier": _gap,
    "max_cost_per_request_usd": _cost,
    "min_savings": _savings,
    "max_error_rate": _errors,
}


def _digits(limit: float, least: int = 3) -> int:
    """As many as the limit has, so that what is shown compares as what was judged."""
    return min(max(least, -int(Decimal(str(limit)).normalize().as_tuple().exponent)), FINEST)


def _down(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{floored(value, digits):.{digits}f}"


def _up(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{-floored(-value, digits):+z.{digits}f}"


def _plain(limit: float) -> str:
    """A limit as a person writes it, with all its digits."""
    return f"{Decimal(str(limit)).normalize():f}"


def _more(outcome: Outcome, figures: Figures) -> str:
    n, enough = figures.rows, figures.rows_to_decide
    if outcome is not Outcome.INCONCLUSIVE or not n:
        return ""
    if enough is None:
        return f"; too close to decide with {MOST_ROWS:,} rows"
    more = max(enough - n, 1)
    digits = max(len(str(more)) - (2 if n >= FEW else 1), 0)
    return f"; about {count(round(more, -digits), 'more row')} would decide it"
