"""A report as one JSON object; `shapes` says what is in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, assert_never

from pydantic import BaseModel

from pareta_plan.errors import Location, ParetaError
from pareta_plan.escapes import json_visible
from pareta_plan.gates.gates import Verdict, blocks, judge
from pareta_plan.plan.result import Result, Status
from pareta_plan.plan.workload import Workload
from pareta_plan.policy.violation import Violation
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.render.lock import relocked
from pareta_plan.render.verdicts import reason
from pareta_plan.reports import shapes
from pareta_plan.reports.report import (
    Counts,
    Deployed,
    Explained,
    Locked,
    Moved,
    Performed,
    Proposed,
    Report,
    Scored,
    Subject,
    Validated,
)
from pareta_plan.version import __version__

if TYPE_CHECKING:
    from pareta_plan.manifest.rules import Waiver


def render(report: Report) -> str:
    """The object, two spaces a level."""
    return json_visible(json.dumps(json_data(report), indent=2, ensure_ascii=False))


def json_data(report: Report) -> dict[str, Any]:
    """The object as plain data, beginning with what it is of."""
    common: dict[str, Any] = {
        "kind": report.kind,
        "tool": __version__,
        "exit_code": report.exit_code,
        "why": report.why,
        "errors": [error_shape(error) for error in report.errors],
    }
    subject = report.subject
    made = shapes.Failed(**common) if subject is None else _shaped(subject, common)
    data = made.model_dump(mode="json")
    if isinstance(subject, Proposed):
        data |= subject.plan.model_dump(mode="json")
    return {"kind": data["kind"], "version": data["version"], **data}


def error_shape(error: ParetaError) -> shapes.ErrorShape:
    """An error with its place."""
    where = _place(error.location) if error.location else None
    return shapes.ErrorShape(
        what=error.message, where=where, hint=error.hint, exit_code=error.exit_code
    )


def _place(at: Location) -> shapes.Place:
    return shapes.Place(file=at.path, line=at.line or None, column=at.column or None)


def _shaped(subject: Subject, common: dict[str, Any]) -> BaseModel:
    match subject:
        case Proposed():
            return _plan(subject, common)
        case Performed():
            return _apply(subject, common)
        case Moved():
            found = [shapes.DriftItem(**one._asdict()) for one in subject.found]
            return shapes.DriftShape(**common, platform=subject.platform, drift=found)
        case Validated(workloads):
            valid = [shapes.Environment(env=env, workloads=n) for env, n in workloads.items()]
            return shapes.ValidateShape(**common, valid=valid)
        case Locked():
            return _lock(subject, common)
        case Explained():
            return _explain(subject, common)
        case Deployed():
            return _output(subject, common)
        case Scored():
            from pareta_plan.reports.row_shapes import results_shape  # here: others have no rows

            return results_shape(subject, common)
        case _:
            assert_never(subject)


def _output(subject: Deployed, common: dict[str, Any]) -> shapes.OutputShape:
    return shapes.OutputShape(
        **common,
        endpoints=dict(subject.endpoints),
        names=dict(subject.names),
        unproven=list(subject.unproven),
    )


def _plan(proposed: Proposed, common: dict[str, Any]) -> shapes.PlanShape:
    """What there is to say of the plan, whose own fields come after it."""
    plan, refusal, counts = proposed.plan, proposed.refusal, Counts.of(proposed.plan)
    return shapes.PlanShape(
        **common,
        digest=plan.digest,
        reserve_micro_usd=plan.reserve_micro_usd,
        to_add=counts.to_add,
        to_change=counts.to_change,
        to_destroy=counts.to_destroy,
        refusal=error_shape(refusal) if refusal else None,
        policy=_violations(proposed.violations),
    )


def _apply(performed: Performed, common: dict[str, Any]) -> shapes.ApplyShape:
    plan, applied = performed.proposed.plan, performed.applied
    results = applied.results
    ended = Counter(result.status for result in results)
    return shapes.ApplyShape(
        **common,
        digest=plan.digest,
        results=[result_shape(result) for result in results],
        totals=shapes.Totals(**{status.replace(" ", "_"): ended[status] for status in Status}),
        reserve_micro_usd=plan.reserve_micro_usd,
        billed_micro_usd=sum(result.billed_micro_usd for result in results),
        billed_before_micro_usd=applied.billed_before,
        policy=_violations(performed.proposed.violations),
    )


def result_shape(result: Result) -> shapes.ResultShape:
    """What became of one change."""
    entry = result.entry
    return shapes.ResultShape(
        workload=result.change.workload,
        action=result.change.action,
        status=result.status,
        verdicts=[_verdict(verdict) for verdict in result.verdicts],
        reserve_micro_usd=result.change.reserve_micro_usd,
        billed_micro_usd=result.billed_micro_usd,
        evidence=entry.evidence if entry else None,
        endpoint=entry.deployment.endpoint if entry and entry.deployment else None,
        unproven=bool(entry and entry.unproven),
        error=str(result.error) if result.error else None,
        hint=result.error.hint if isinstance(result.error, ParetaError) else None,
        reason=result.reason or None,
    )


def _verdict(verdict: Verdict) -> shapes.VerdictShape:
    return shapes.VerdictShape(
        gate=verdict.gate,
        outcome=verdict.outcome,
        reason=reason(verdict),
        limit=verdict.limit,
        **asdict(verdict.figures),
    )


def _violations(found: Iterable[Violation]) -> list[shapes.ViolationShape]:
    return [
        shapes.ViolationShape(
            rule=v.rule,
            workload=v.workload,
            found=v.found,
            allowed=v.allowed,
            rule_at=str(v.rule_at),
            manifest_at=str(v.manifest_at) if v.manifest_at else None,
            hint=v.hint,
            waived=_waiver(v.waiver),
            expired=_waiver(v.expired),
        )
        for v in found
    ]


def _waiver(waiver: Waiver | None) -> shapes.WaiverShape | None:
    return shapes.WaiverShape(reason=waiver.reason, expires=waiver.expires) if waiver else None


def _lock(locked: Locked, common: dict[str, Any]) -> shapes.LockShape:
    before = locked.before
    return shapes.LockShape(
        **common,
        lockfile=locked.name,
        digest=locked.after.digest,
        platform=locked.after.platform,
        workloads=list(_locked(before, locked.after)),
        changes=list(relocked(before, locked.after, len(locked.after.workloads) + _size(before))),
    )


def _size(lockfile: Lockfile | None) -> int:
    return len(lockfile.workloads) if lockfile else 0


def _locked(before: Lockfile | None, after: Lockfile) -> Iterator[shapes.LockedWorkload]:
    known = before.workloads if before else {}
    for name in sorted({*known, *after.workloads}):
        old, new = known.get(name), after.workloads.get(name)
        if new is None:
            state = "gone"
        elif old is None:
            state = "new"
        else:
            state = "unchanged" if old.resolution == new.resolution else "changed"
        yield shapes.LockedWorkload(
            workload=name,
            state=state,
            task=new.task.id if new else None,
            model=new.model.resolved.id if new else None,
            model_before=old.model.resolved.id if old else None,
        )


def _explain(told: Explained, common: dict[str, Any]) -> shapes.ExplainShape:
    entry, manifest = told.entry, told.manifest
    workload = Workload(told.name, manifest, entry)
    evidence, evaluated = entry.evidence, manifest.eval if manifest else None
    current = evidence is not None and workload.basis == evidence.basis
    verdicts: list[Verdict] = []
    blocked = None
    if current and evidence and evaluated:
        verdicts = judge(evaluated.gates, evidence, entry.model.resolved.id)
        blocked = blocks(verdicts, evaluated.gates)
    close = None
    if told.close is not None:
        close = [
            shapes.CloseTask(task=each.task_id, score=each.score, confidence=each.confidence)
            for each in told.close
        ]
    return shapes.ExplainShape(
        **common,
        workload=told.name,
        entry=entry,
        close=close,
        current=current,
        verdicts=[_verdict(verdict) for verdict in verdicts],
        blocked=blocked,
        stale=[str(each) for each in told.stale],
    )
