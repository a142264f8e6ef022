"""Runs on parts of the rows as one run on them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import hypot
from operator import attrgetter, mul, sub

from pareta_plan.project.lockfile import Batch, Evidence
from pareta_plan.project.rows import EvalData
from pareta_plan.wire import MICRO, PICO_PER_MICRO, EvalResult, EvalRun, Majority, exact_usd

Places = Sequence[int]
"""Where the rows of a run stand among all."""
_LOW, _MEAN, _HIGH = map(attrgetter, ("quality_ci_low", "quality_mean", "quality_ci_high"))


def spans(evidence: Evidence, data: EvalData) -> list[tuple[str, Places]]:
    """The runs that evidence comes from, and the places of the rows that each was asked.

    `data` are the rows that it was made of: `evidence.basis.rows` is their digest.
    """
    if evidence.batches is None:
        return [(evidence.run_id, range(len(data.rows)))]
    order, done, found = data.drawn(evidence.grown or ()), 0, list[tuple[str, Places]]()
    for batch in evidence.batches:
        found.append((batch.run_id, places(batch, order, done)))
        done += batch.rows
    return found


def places(batch: Batch, order: Sequence[int], before: int) -> Places:
    """Where a batch's rows stand: the next ones in their `order`, after so many `before`.

    A run of all rows that there were then had them as they are written.
    """
    return range(batch.rows) if batch.as_filed else order[before : before + batch.rows]


def pooled(parts: Sequence[tuple[EvalRun, Places]]) -> EvalRun:
    """One run's answer, made of those of its parts; a row's index is its place among all rows.

    Qualities are means of the rows' scores. Where no scores are told, they are those of the parts'
    qualities, with intervals by G. Y. Zou and A. Donner, "Construction of confidence limits about
    effect measures: a general approach", Statistics in Medicine 27 (2008): the parts are of
    different rows, so that the squares of what their ends are away add up. What it says of the run
    itself is what the last one says, but for its cost.
    """
    if len(parts) == 1 and list(parts[0][1]) == [*range(len(parts[0][1]))]:
        return parts[0][0]
    last, _ = parts[-1]
    told: dict[str, list[EvalResult]] = {}
    for run, places in parts:
        for answer in run.results:
            told.setdefault(answer.model_id, []).append(_placed(answer, places))
    cost = sum(run.run.total_cost_micro_usd for run, _ in parts)
    return EvalRun(
        run=last.run.model_copy(update={"total_cost_micro_usd": cost, "total_cost_usd": None}),
        results=[_one(answers) for answers in told.values()],
    )


def _placed(answer: EvalResult, places: Places) -> EvalResult:
    items = [
        item.model_copy(update={"idx": places[item.idx]})
        for item in answer.per_item
        if 0 <= item.idx < len(places)
    ]
    return answer.model_copy(update={"per_item": items})


def _one(answers: Sequence[EvalResult]) -> EvalResult:
    items = [item for answer in answers for item in answer.per_item]
    scores = [item.score for item in items if item.score is not None]
    low, quality, high = (None, sum(scores) / len(scores), None) if scores else _told(answers)
    scored = sum(answer.n_succeeded for answer in answers)
    faults: Counter[str] = sum((Counter(answer.faults) for answer in answers), Counter())
    micro = _mean((a.mean_cost_micro_usd, a.n_succeeded) for a in answers)
    usd = _mean((a.mean_cost_usd, a.n_succeeded) for a in answers)
    return answers[-1].model_copy(
        update={
            "quality_mean": quality,
            "quality_ci_low": low,
            "quality_ci_high": high,
            "mean_cost_micro_usd": None if micro is None else round(micro),
            "mean_cost_usd": None if usd is None else exact_usd(usd * MICRO * PICO_PER_MICRO),
            "n_succeeded": scored,
            "error_count": sum(answer.error_count for answer in answers),
            "faults": dict(faults),
            "per_item": items,
            "majority": _majority(answers),
        }
    )


def _told(answers: Sequence[EvalResult]) -> tuple[float | None, float | None, float | None]:
    """The mean of the parts' qualities between its bounds; None for what one doesn't tell."""
    parts = [answer for answer in answers if answer.n_succeeded]
    shares = [answer.n_succeeded / sum(a.n_succeeded for a in parts) for answer in parts]
    lows, means, highs = (
        [value for answer in parts if (value := end(answer)) is not None]
        for end in (_LOW, _MEAN, _HIGH)
    )
    if not parts or len(means) < len(parts):
        return None, None, None
    mean = sum(map(mul, shares, means))
    if len(lows) < len(parts) or len(highs) < len(parts):
        return None, mean, None
    below, above = (map(sub, *ends) for ends in ((means, lows), (highs, means)))
    return mean - hypot(*map(mul, shares, below)), mean, mean + hypot(*map(mul, shares, above))


def _majority(answers: Sequence[EvalResult]) -> Majority | None:
    """What always giving one label would be worth; None where parts differ in the label."""
    told = [(a.majority, a.n_succeeded + a.error_count) for a in answers if a.majority]
    labels = {majority.answer for majority, _ in told}
    if len(told) < len(answers) or len(labels) != 1:
        return None
    rows = sum(n for _, n in told)
    quality = sum(majority.quality * n for majority, n in told) / max(rows, 1)
    return Majority(answer=labels.pop(), quality=quality)


def _mean(costs: Iterable[tuple[int | str | None, int]]) -> Fraction | None:
    """The mean over the rows that were answered; None where it is unknown for some."""
    total, rows = Fraction(0), 0
    for cost, n in costs:
        if cost is None and n:
            return None
        total += Fraction(cost or 0) * n
        rows += n
    return total / rows if rows else None
