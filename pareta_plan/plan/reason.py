"""Why a change is needed, told from its steps and from what the platform has."""

from __future__ import annotations

from typing import NamedTuple

from pareta_plan.plan.model import Action, Reason, Step
from pareta_plan.plan.observed import World, serves
from pareta_plan.plan.workload import Workload


class Cause(NamedTuple):
    """What happens to a workload and why."""

    action: Action
    reason: Reason
    why: str


def cause_of(workload: Workload, world: World, steps: list[Step], *, reuse: bool) -> Cause:
    """The action that the steps of a workload make, and the reason for them."""
    verbs = {step.do for step in steps}
    id = world.target(workload)
    if "deploy" in verbs:
        if adopted := world.adoptable(workload):
            why = f"it adopts {adopted.id}, which serves {adopted.task} with {adopted.model}"
            return Cause(Action.REPLACE, Reason.ADOPTED, why)
        return _coming_up(workload, world)
    if "start" in verbs:
        return Cause(Action.START, Reason.ENDPOINT_STOPPED, "its endpoint is stopped")
    if "stop" in verbs:
        return Cause(Action.STOP, Reason.ENDPOINT_LIVE, "the manifest wants it stopped")
    if world.adoptable(workload):
        return Cause(Action.UPDATE, Reason.ADOPTED, f"it adopts {id}, which is there already")
    if "record" in verbs and workload.deploy and workload.is_uncalled(id):
        owner = world.owners.get(id, workload.name)
        if owner != workload.name:
            why = f"it takes {id} over from {owner}"
            return Cause(Action.UPDATE, Reason.ENDPOINT_TAKEN_OVER, why)
        why = "its endpoint is there but was never called and recorded"
        return Cause(Action.UPDATE, Reason.ENDPOINT_UNRECORDED, why)
    if "retire" in verbs:
        why = "an endpoint of another decision on it was left over"
        return Cause(Action.UPDATE, Reason.ENDPOINT_LEFT_OVER, why)
    if "evaluate" in verbs:
        return _evaluation(workload, reuse=reuse)
    return _bookkeeping(workload, judged="gate" in verbs)


def _coming_up(workload: Workload, world: World) -> Cause:
    made, entry = workload.entry.deployment, workload.entry
    found = world.observed.get(world.target(workload))
    if found is not None and not serves(found, workload):
        why = f"its endpoint serves {found.task} with {found.model}"
        return Cause(Action.REPLACE, Reason.ENDPOINT_DIFFERS, why)
    if found is not None:
        return Cause(Action.REPLACE, Reason.ENDPOINT_BROKEN, f"its endpoint is {found.status}")
    if made is None:
        return Cause(Action.CREATE, Reason.NOT_DEPLOYED, "not deployed yet")
    if (serving := world.instead(workload)) and serving.task == entry.task.id:
        why = f"model swapped back from {serving.model} to {entry.model.resolved.id}"
        return Cause(Action.REPLACE, Reason.MODEL_SWAPPED, why)
    if serving:
        why = f"task moved back from {serving.task} to {entry.task.id}: old scores don't compare"
        return Cause(Action.REPLACE, Reason.TASK_MOVED, why)
    if made.endpoint not in world.observed:
        why = f"its endpoint {made.endpoint} is gone"
        return Cause(Action.CREATE, Reason.ENDPOINT_GONE, why)
    if made.task != entry.task.id:
        why = f"task moved from {made.task} to {entry.task.id}: old scores don't compare"
        return Cause(Action.REPLACE, Reason.TASK_MOVED, why)
    if made.model != entry.model.resolved.id:
        why = f"model swapped from {made.model} to {entry.model.resolved.id}"
        return Cause(Action.REPLACE, Reason.MODEL_SWAPPED, why)
    return Cause(Action.REPLACE, Reason.DEPLOY_RENAMED, "its deploy name changed")


def _evaluation(workload: Workload, *, reuse: bool) -> Cause:
    evidence = workload.entry.evidence
    if evidence is None:
        return Cause(Action.EVALUATE, Reason.NOT_EVALUATED, "not evaluated yet")
    if evidence.basis != workload.basis or reuse:
        why = "what decides its result changed since the last evaluation"
        return Cause(Action.EVALUATE, Reason.EVIDENCE_STALE, why)
    why = "its evidence is to be bought anew"
    return Cause(Action.EVALUATE, Reason.EVIDENCE_REFUSED, why)


def _bookkeeping(workload: Workload, *, judged: bool) -> Cause:
    """A change that only looks at evidence that is there, or records what was decided."""
    evidence = workload.entry.evidence
    if judged and evidence and evidence.gates != workload.gates:
        why = "the gates changed; the evidence that is there is judged anew"
        return Cause(Action.NONE, Reason.GATES_CHANGED, why)
    if judged:
        why = "the last evaluation doesn't meet the gates"
        return Cause(Action.NONE, Reason.GATES_UNMET, why)
    if workload.lost_eval:
        why = "its eval is gone: nothing is measured and no gate holds it any more"
        return Cause(Action.NONE, Reason.EVAL_GONE, why)
    why = "nothing is to be done on the platform; it is recorded"
    if old := workload.entry.moved_from:
        why = f"it was {old}, and takes along what that had"
    return Cause(Action.NONE, Reason.RECORD_STALE, why)
