"""From what is deployed to what is wanted: a workload's steps, decided with the reason for them.

The order of the steps keeps the old endpoint serving until the new one was called and recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pareta_plan.gates.gates import blocks, deciding, judge
from pareta_plan.manifest.manifest import Gates
from pareta_plan.plan import reason
from pareta_plan.plan.buying import Buying
from pareta_plan.plan.model import Held
from pareta_plan.plan.observed import Seen
from pareta_plan.plan.reason import Decision
from pareta_plan.plan.steps import (
    Call,
    Deploy,
    Evaluate,
    Hold,
    Promote,
    Record,
    Retire,
    Start,
    Step,
    Stop,
)
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Evidence
from pareta_plan.wire import STOPPED


class Part(NamedTuple):
    """Some steps of a change, and why they are needed where they are the first that tell."""

    steps: Sequence[Step] = ()
    decision: Decision | None = None
    held: Held | None = None


def proof(seen: Seen, *, reuse: bool) -> Part:
    """Evaluate when there is no evidence for the entry; judge when the gates changed or block."""
    workload = seen.workload
    basis, manifest, evidence = workload.basis, workload.manifest, workload.entry.evidence
    if seen.rests or basis is None or manifest is None or manifest.eval is None:
        return Part()
    buying = Buying(workload, reuse)
    if evidence is None or buying.is_needed:
        return Part((Evaluate(basis.key), Hold()), reason.evaluation(buying))
    held = _held(manifest.eval.gates, evidence, workload)
    if held is None and evidence.gates == workload.gates and not buying.added:
        return Part()
    return Part((Hold(),), reason.judging(buying), held)


def _held(gates: Gates, evidence: Evidence, workload: Workload) -> Held | None:
    verdicts = judge(gates, evidence, workload.entry.model.resolved.id)
    outcome = blocks(verdicts, gates)
    return Held(outcome, deciding(verdicts, outcome)) if outcome else None


def recording(workload: Workload) -> Part:
    """Record a rename, or that nothing is measured any more."""
    if not _is_news(workload):
        return Part()
    return Part((Record(),), reason.recording(workload))


def _is_news(workload: Workload) -> bool:
    return bool(workload.manifest and workload.entry.moved_from) or workload.lost_eval


def placing(seen: Seen) -> Part:
    """Bring up what is wanted, record it, and retire what it replaces."""
    up, recorded = _bring_up(seen), _record(seen)
    promoted = _promote(seen, up.steps)
    steps = (*up.steps, *promoted, *recorded, *map(Retire, seen.olds))
    settled = reason.settling(seen, records=bool(recorded))
    return Part(steps, up.decision or settled or (reason.naming(seen) if promoted else None))


def _promote(seen: Seen, up: Sequence[Step]) -> Sequence[Step]:
    """The name reaches the target; it goes with an endpoint that is deleted to be made anew."""
    stays = seen.named == seen.target and Retire(seen.target) not in up
    if seen.name is None or stays:
        return ()
    return (Promote(seen.name, seen.target, None if seen.named == seen.target else seen.named),)


def _bring_up(seen: Seen) -> Part:
    workload, id = seen.workload, seen.target
    to_stop = (Stop(id),) if workload.state == STOPPED else ()
    if not seen.is_sound:
        broken = (Retire(id),) if seen.found else ()
        return Part((*broken, Deploy(id), Call(id), *to_stop), reason.coming_up(seen))
    if seen.is_stopped:
        return Part() if to_stop else Part((Start(id), Call(id)), reason.START)
    called = (Call(id),) if workload.is_uncalled(id) else ()
    return Part((*called, *to_stop), reason.STOP if to_stop else None)


def _record(seen: Seen) -> Sequence[Step]:
    wanted = seen.workload.deployment(seen.target, seen.name)
    kept = seen.workload.entry.deployment == wanted and not _is_news(seen.workload)
    return () if kept else (Record(seen.target, seen.name),)
