"""An eval run's answer as evidence: qualities, costs, and the gaps to every baseline.

A gap is the baseline's quality minus the model's. Its bounds are each wrong at most 5% of the
time, so that "the upper one is within the margin" is a non-inferiority test at 5%.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isclose
from typing import Literal

from pareta_plan.gates.bounds import TAIL, mean_bounds, unseen_share
from pareta_plan.gates.savings import row_costs, savings
from pareta_plan.gates.sequence import sequence_bounds
from pareta_plan.project.lockfile import Basis, Entry, Evidence, Gap, Kind, LockedMajority, Measured
from pareta_plan.wire import NO_ROW_MEANS, EvalResult, EvalRun

FUZZ = 1e-9


def evidence_of(
    run: EvalRun, basis: Basis, entry: Entry, drawn: Sequence[int] | None = None
) -> Evidence:
    """What the run showed of the entry's candidates, on this basis; it is none of `unusable`.

    `drawn` are the places of rows that were bought as needed, in their order: bounds then hold for
    every number of rows at once. That is for runs that are `told_by_row` only.
    """
    answers = {answer.model_id: answer for answer in run.results}
    by_rows = told_by_row(run, entry.task.scorer)
    results = {c.id: _measured(answers[c.id], c.kind, by_rows, drawn) for c in entry.candidates()}
    results = _with_savings(results, answers, drawn)
    scores = {id: _scores(answer) for id, answer in answers.items() if by_rows}
    mine = entry.model.resolved.id
    baselines = [id for id, measured in results.items() if measured.kind == "frontier"]
    gaps = {}
    for id in baselines:
        if mine not in scores or id not in scores:
            gap = unpaired_gap(results[mine], results[id])
        elif drawn is None:
            gap = paired_gap(scores[mine], scores[id])
        else:
            gap = gap_so_far(scores[mine], scores[id], drawn, len(baselines))
        if gap:
            gaps[id] = gap
    return Evidence(
        basis=basis,
        run_id=run.run.id,
        results=results,
        gaps=gaps,
        majority=_majority(answers[mine]),
        billed_micro_usd=run.run.total_cost_micro_usd,
    )


def unusable(run: EvalRun, candidates: Iterable[str]) -> str | None:
    """Why a finished run is no evidence; None when it is.

    A run that failed, and one in which a model answered no row at all: that says something
    of the infrastructure, not of quality. And a quality on a scale that gates don't know.
    """
    if run.status == "failed":
        return f"it failed: {run.error_detail or 'no reason given'}"
    asked = set(candidates)
    answers = [answer for answer in run.results if answer.model_id in asked]
    missing = asked - {answer.model_id for answer in answers}
    if missing:
        return f"it has no result for {', '.join(sorted(missing))}"
    for answer in answers:
        if answer.n_succeeded == 0:
            said = next((item.error for item in answer.per_item if item.error), "no reason given")
            return f"{answer.model_id} answered none of {answer.error_count} rows: {said}"
        if answer.quality_mean is not None and not 0 <= answer.quality_mean <= 1:
            return f"{answer.model_id} has a quality of {answer.quality_mean:g}, not of 0 to 1"
    return None


def _measured(
    answer: EvalResult, kind: Kind, by_rows: bool, drawn: Sequence[int] | None = None
) -> Measured:
    low, high, bounds = _bounds(answer, by_rows, drawn)
    return Measured(
        kind=kind,
        quality=_rounded(answer.quality_mean),
        low=_rounded(low),
        high=_rounded(high),
        bounds=bounds,
        cost_per_request_micro_usd=answer.mean_cost_micro_usd,
        scored=answer.n_succeeded,
        errors=answer.error_count,
        served=answer.served,
        usual_answer=_usual(answer),
        cost_per_request_usd=answer.mean_cost_usd,
        faults=dict(answer.faults) or None,
    )


def _with_savings(
    results: Mapping[str, Measured],
    answers: Mapping[str, EvalResult],
    drawn: Sequence[int] | None,
) -> dict[str, Measured]:
    """The results, those of open models with what they save."""
    baselines = {id: m for id, m in results.items() if m.kind == "frontier"}
    costs = {id: row_costs(answers[id]) for id in results}
    found = {}
    for id, measured in results.items():
        always = drawn is not None
        is_open = measured.kind == "open"
        saved = savings(measured, baselines, costs, id, always=always) if is_open else None
        found[id] = measured.model_copy(update={"savings": saved}) if saved else measured
    return found


def _bounds(
    answer: EvalResult, by_rows: bool, drawn: Sequence[int] | None
) -> tuple[float | None, float | None, Literal["rows", "sequence", "platform"] | None]:
    """Bounds by the rows' scores if they may be used, else the platform's, if any.

    The platform's are widened to what no rows can tell: whether some are unlike all seen.
    """
    if by_rows and (scores := _scores(answer)):
        if drawn is not None:
            low, high = sequence_bounds([scores[i] for i in drawn if i in scores])
            return low, high, "sequence"
        low, high = mean_bounds(scores.values())
        return low, high, "rows"
    quality, lower, upper = answer.quality_mean, answer.quality_ci_low, answer.quality_ci_high
    if quality is None or lower is None or upper is None:
        return None, None, None
    unseen = unseen_share(answer.n_succeeded)
    low = max(0.0, min(lower, quality * (1 - unseen)))
    high = min(1.0, max(upper, quality + (1 - quality) * unseen))
    return low, high, "platform"


def _majority(answer: EvalResult) -> LockedMajority | None:
    told = answer.majority
    return LockedMajority(answer=told.answer, quality=round(told.quality, 6)) if told else None


def _usual(answer: EvalResult) -> str | None:
    """What a model answered on at least nine in ten of ten or more rows."""
    given = Counter(item.prediction for item in answer.per_item if item.prediction is not None)
    (usual, times), *_ = given.most_common(1) or [("", 0)]
    return usual if times >= 10 and times >= 0.9 * given.total() else None


def _rounded(value: float | None) -> float | None:
    """Six digits: as fine as rows can tell, and readable in a diff."""
    return None if value is None else round(value, 6)


def paired_gap(model: Mapping[int, float], baseline: Mapping[int, float]) -> Gap | None:
    """The gap over the rows that both scored, by the rows' differences, which lie in [-1, 1]."""
    shared = sorted(model.keys() & baseline.keys())
    if not shared:
        return None
    differences = [baseline[i] - model[i] for i in shared]
    mean = sum(differences) / len(differences)
    return _rounded_gap(mean, *mean_bounds(differences, -1.0, 1.0), paired=True, rows=len(shared))


def gap_so_far(
    model: Mapping[int, float], baseline: Mapping[int, float], drawn: Sequence[int], baselines: int
) -> Gap | None:
    """The paired gap over rows that were bought as needed, with bounds for every number of them.

    The gate fails where the low bound of one of the `baselines` is beyond the margin, so that each
    may be wrong so many times rarer (Bonferroni's inequality); it passes where all the high bounds
    are within it, which needs no such care.
    """
    pairs = [baseline[i] - model[i] for i in drawn if i in model and i in baseline]
    if not pairs:
        return None
    low, high = sequence_bounds(pairs, -1.0, 1.0, low_tail=TAIL / baselines)
    gap = _rounded_gap(sum(pairs) / len(pairs), low, high, paired=True, rows=len(pairs))
    return gap.model_copy(update={"bounds": "sequence"})


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
    return _rounded_gap(gap, other_low - high, other_high - low, paired=False, rows=rows)


def _rounded_gap(gap: float, low: float, high: float, *, paired: bool, rows: int) -> Gap:
    return Gap(gap=round(gap, 6), low=round(low, 6), high=round(high, 6), paired=paired, rows=rows)


def told_by_row(run: EvalRun, scorer: str | None) -> bool:
    """Whether quality is the mean of the rows' scores, by every model that scored any.

    It is a property of the scorer; where it is none, a faultless model's quality looks like one.
    """
    scored = [answer for answer in run.results if answer.n_succeeded]
    return scorer not in NO_ROW_MEANS and all(_matches(answer) for answer in scored)


def tells_scores(run: EvalRun) -> bool:
    """Whether the platform tells the score of any row."""
    return any(item.score is not None for answer in run.results for item in answer.per_item)


def _matches(answer: EvalResult) -> bool:
    scores = _scores(answer).values()
    if not scores or answer.quality_mean is None:
        return False
    return isclose(sum(scores) / len(scores), answer.quality_mean, abs_tol=1e-4)


def _scores(answer: EvalResult) -> dict[int, float]:
    """The rows' scores, in [0, 1] but for what rounding made of them; none if they aren't."""
    scores = {item.idx: item.score for item in answer.per_item if item.score is not None}
    if any(not -FUZZ <= score <= 1 + FUZZ for score in scores.values()):
        return {}
    return {idx: min(max(score, 0.0), 1.0) for idx, score in scores.items()}
