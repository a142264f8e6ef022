"""Makes a review of a report: of a plan, of what an apply did, or of an error before either.

Figures are those of the evidence where it is of what the change decides, else the leaderboard's.
The gates that are wanted follow from the evidence and what the change says of them, so that a
saved plan and its lockfile tell as much as the project's manifests do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pareta_plan.errors import PolicyError
from pareta_plan.gates.gates import Verdict, held_last, judge
from pareta_plan.manifest.manifest import Gates
from pareta_plan.plan.attributes import GATE
from pareta_plan.plan.model import Change
from pareta_plan.plan.result import Result
from pareta_plan.plan.steps import Evaluate
from pareta_plan.policy.violation import Violation
from pareta_plan.project.lockfile import Deployment, Entry, Evidence, LockedCandidate
from pareta_plan.render.verdicts import reason
from pareta_plan.reports.losses import Recalled
from pareta_plan.reports.report import Performed, Proposed, Report
from pareta_plan.reports.review import Figures, Gate, Problem, Review, Row

"""Begins the names of a change's attributes that are gates."""


def review(report: Report) -> Review:
    """The review of a plan or an apply, or of the errors that came before there was one."""
    match report.subject:
        case Proposed() as proposed:
            made = _proposed(proposed)
        case Performed() as performed:
            made = _performed(performed)
        case _:
            made = Review()
    told = PolicyError if made.violations else ()  # which the violations tell rule by rule
    problems = (Problem.of(error) for error in report.errors if not isinstance(error, told))
    return replace(made, kind=report.kind, problems=(*made.problems, *problems))


def _proposed(proposed: Proposed) -> Review:
    plan, found = proposed.plan, proposed.violations
    entries = proposed.lockfile.workloads if proposed.lockfile else {}
    rows = (_row(change, entries.get(change.workload), found) for change in plan.changes)
    return Review(
        rows=tuple(_recalling(rows, proposed.recalled)),
        plan=plan,
        violations=tuple(found),
        refusal=Problem.of(proposed.refusal) if proposed.refusal else None,
        command=proposed.command,
    )


def _performed(performed: Performed) -> Review:
    """What became of the plan; where nothing was begun, the plan as it still stands."""
    proposed, applied = performed.proposed, performed.applied
    if not applied.results:
        return _proposed(proposed)
    entries = proposed.lockfile.workloads if proposed.lockfile else {}
    found = proposed.violations
    rows = (_applied(one, entries.get(one.change.workload), found) for one in applied.results)
    return Review(
        rows=tuple(_recalling(sorted(rows, key=lambda row: row.workload), performed.recalled)),
        plan=proposed.plan,
        violations=tuple(found),
        problems=(Problem.of(applied.unrecorded),) if applied.unrecorded else (),
        billed_before=applied.billed_before,
    )


def _recalling(rows: Iterable[Row], recalled: Mapping[str, Recalled]) -> Iterator[Row]:
    return (replace(row, recalled=recalled.get(row.workload)) for row in rows)


def _row(change: Change, entry: Entry | None, found: Iterable[Violation]) -> Row:
    evidence = _evidence(change, entry)
    buys = change.does(Evaluate)
    shown = None if buys else evidence
    return Row(
        change=change,
        before=_before(change, entry, shown),
        after=_after(change, shown),
        baseline=_baseline(change, shown),
        gates=tuple(_gates(change, entry, shown)),
        broken=tuple(v for v in found if v.workload == change.workload),
        evidence=shown,
    )


def _applied(result: Result, was: Entry | None, found: Iterable[Violation]) -> Row:
    change, entry = result.change, result.entry or was
    evidence = _evidence(change, entry)
    pending = _gates(change, was, None) if not result.verdicts else ()
    judged = _judged(result.verdicts, _wanted(change, was))
    problem = Problem.of(result.error) if result.error else None
    return Row(
        change=change,
        before=_before(change, was, evidence),
        after=_after(change, evidence),
        baseline=_baseline(change, evidence),
        gates=(*judged, *pending),
        broken=tuple(v for v in found if v.workload == change.workload),
        status=result.status,
        problem=problem or (Problem(result.reason) if result.reason else None),
        billed_micro_usd=result.billed_micro_usd,
        evidence=evidence,
    )


def _evidence(change: Change, entry: Entry | None) -> Evidence | None:
    """The evidence of what the change decides; None where it is of something else.

    The prompt's digest needs the manifest: a change without an evaluation has the same one.
    """
    if entry is None or entry.evidence is None or change.resolution is None:
        return None
    basis = entry.evidence.basis
    for step in change.steps:
        if isinstance(step, Evaluate):
            return entry.evidence if basis.key == step.evidence else None
    wanted = entry.basis("")
    same = wanted and wanted.model_copy(update={"prompt": basis.prompt}) == basis
    return entry.evidence if same and "prompt" not in change.attributes else None


def _before(change: Change, entry: Entry | None, evidence: Evidence | None) -> Figures | None:
    """Of the model that served before, where the change puts another in its place, or none.

    Its figures are measured only where it was beside the new one, as others don't compare. Where
    the task is another, they are those of the task before, and say so.
    """
    swapped = change.attributes.get("model")
    was = (swapped and swapped.before) or (change.before and change.before.model)
    wanted = change.resolution and change.resolution.model.resolved.id
    moved = change.attributes.get("task")
    if not was or (was == wanted and not moved):
        return None
    if evidence and was in evidence.results and not moved:
        return _measured(was, evidence)
    made = entry and entry.deployment
    if not entry or not made or made.model != was:
        return Figures(was)
    if not moved:
        return Figures(was, made.quality, cost_micro_usd=made.cost_per_request_micro_usd)
    return replace(_of_then(entry, made), task=made.task)


def _of_then(entry: Entry, made: Deployment) -> Figures:
    """Of what is deployed, on the task of that time: the evidence's, or the leaderboard's."""
    evidence = entry.evidence
    if evidence and evidence.basis.task == made.task and made.model in evidence.results:
        return _measured(made.model, evidence)
    return Figures(made.model, made.quality, cost_micro_usd=made.cost_per_request_micro_usd)


def _after(change: Change, evidence: Evidence | None) -> Figures | None:
    if change.resolution is None:
        return None
    return _figures(change.resolution.model.resolved, evidence)


def _baseline(change: Change, evidence: Evidence | None) -> Figures | None:
    """The best of the baselines; of equal ones the cheapest."""
    every = change.resolution.frontier.resolved if change.resolution else []
    figures = [_figures(candidate, evidence) for candidate in every]
    return max(figures, key=lambda f: (f.quality or 0, -(f.cost_micro_usd or 0)), default=None)


def _figures(standing: LockedCandidate, evidence: Evidence | None) -> Figures:
    if evidence and standing.id in evidence.results:
        return _measured(standing.id, evidence)
    cost = standing.cost_per_request_micro_usd
    return Figures(standing.id, standing.quality, cost_micro_usd=cost)


def _measured(model: str, evidence: Evidence) -> Figures:
    one = evidence.results[model]
    return Figures(
        model,
        one.quality,
        one.low,
        one.high,
        cost_micro_usd=one.cost_per_request_micro_usd,
        rows=one.scored,
        cost_usd=one.cost_per_request_usd,
        faults=sum((one.faults or {}).values()),
    )


def _gates(change: Change, entry: Entry | None, evidence: Evidence | None) -> Iterable[Gate]:
    """The gates that are wanted: judged by the evidence at hand, else left to apply."""
    wanted = _wanted(change, entry)
    if change.resolution and evidence and wanted.limits:
        verdicts = judge(wanted, evidence, change.resolution.model.resolved.id)
        return _judged(verdicts, wanted)
    if held := change.held:
        return [Gate(name, wanted.limits.get(name), held.outcome) for name in held.gates]
    return [Gate(name, limit) for name, limit in wanted.limits.items()]


def _judged(verdicts: Iterable[Verdict], wanted: Gates) -> list[Gate]:
    allowed = wanted.on_inconclusive == "warn"
    return [Gate(v.gate, v.limit, v.outcome, reason(v), allowed) for v in verdicts]


def _wanted(change: Change, entry: Entry | None) -> Gates:
    """The gates that the manifest sets: those last held, with what the change says of them."""
    if change.resolution is None:
        return Gates()
    evidence = entry.evidence if entry else None
    found = held_last(evidence).model_dump() if evidence else {}
    for name, attribute in change.attributes.items():
        if name.startswith(GATE):
            found[name.removeprefix(GATE)] = attribute.after
    return Gates.model_validate({name: value for name, value in found.items() if value is not None})
