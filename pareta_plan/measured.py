"""An eval run's answer as evidence: qualities, costs, and the gaps to every baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import isclose

from pareta_plan.gates import paired_gap, unpaired_gap
from pareta_plan.lockfile import Basis, Entry, Evidence, Gap, Measured
from pareta_plan.wire import EvalResult, EvalRun


def evidence_of(run: EvalRun, basis: Basis, entry: Entry) -> Evidence:
    """What the run showed of the entry's candidates, on this basis."""
    answers = {answer.model_id: answer for answer in run.results}
    results = {c.id: _measured(answers.get(c.id), c.kind) for c in entry.candidates()}
    mine = entry.model.resolved.id
    gaps = {
        id: gap
        for id, measured in results.items()
        if measured.kind == "frontier"
        and (gap := _gap(answers.get(mine), results[mine], answers.get(id), measured))
    }
    return Evidence(
        basis=basis,
        run_id=run.run.id,
        results=results,
        gaps=gaps,
        billed_micro_usd=run.run.total_cost_micro_usd,
    )


def unusable(run: EvalRun, candidates: Iterable[str]) -> str | None:
    """Why a finished run is no evidence; None when it is.

    A run that failed, and one in which a model answered no row at all: that says something
    of the infrastructure, not of quality.
    """
    if run.status == "failed":
        return f"it failed: {run.error_detail or 'no reason given'}"
    missing = set(candidates) - {answer.model_id for answer in run.results}
    if missing:
        return f"it has no result for {', '.join(sorted(missing))}"
    for answer in run.results:
        if answer.n_succeeded == 0:
            said = next((item.error for item in answer.per_item if item.error), "no reason given")
            return f"{answer.model_id} answered none of {answer.error_count} rows: {said}"
    return None


def _measured(answer: EvalResult | None, kind: str) -> Measured:
    if answer is None:
        return Measured.model_validate({"kind": kind})
    return Measured.model_validate(
        {
            "kind": kind,
            "quality": _rounded(answer.quality_mean),
            "low": _rounded(answer.quality_ci_low),
            "high": _rounded(answer.quality_ci_high),
            "cost_per_request_micro_usd": answer.mean_cost_micro_usd,
            "scored": answer.n_succeeded,
            "errors": answer.error_count,
            "usual_answer": _usual(answer),
        }
    )


def _usual(answer: EvalResult) -> str | None:
    """What a model answered on at least nine in ten of ten or more rows."""
    given = Counter(item.prediction for item in answer.per_item if item.prediction is not None)
    (usual, times), *_ = given.most_common(1) or [("", 0)]
    return usual if times >= 10 and times >= 0.9 * given.total() else None


def _rounded(value: float | None) -> float | None:
    """Six digits: as fine as rows can tell, and readable in a diff."""
    return None if value is None else round(value, 6)


def _gap(
    mine: EvalResult | None, measured: Measured, other: EvalResult | None, baseline: Measured
) -> Gap | None:
    if mine and other and _is_row_mean(mine) and _is_row_mean(other):
        return paired_gap(_scores(mine), _scores(other))
    return unpaired_gap(measured, baseline)


def _is_row_mean(answer: EvalResult) -> bool:
    """Whether the quality is the mean of the rows' scores, so that rows can be paired."""
    scores = _scores(answer)
    if not scores or answer.quality_mean is None:
        return False
    return isclose(sum(scores.values()) / len(scores), answer.quality_mean, abs_tol=1e-4)


def _scores(answer: EvalResult) -> dict[int, float]:
    return {item.idx: item.score for item in answer.per_item if item.score is not None}
