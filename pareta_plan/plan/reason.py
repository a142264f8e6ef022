"""Why a change is needed, decided from what the platform has of its workload."""

from __future__ import annotations

from typing import NamedTuple

from pareta_plan.plan.buying import Buying
from pareta_plan.plan.model import Action, Reason
from pareta_plan.plan.observed import Seen
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Evidence


class Decision(NamedTuple):
    """What happens to a workload and why."""

    action: Action
    reason: Reason
    why: str


START = Decision(Action.START, Reason.ENDPOINT_STOPPED, "its endpoint is stopped")
STOP = Decision(Action.STOP, Reason.ENDPOINT_LIVE, "the manifest wants it stopped")
DESTROY = Decision(Action.DESTROY, Reason.DESTROY_ASKED, "everything is to be destroyed")

ANEW = {Reason.ROWS_CHANGED, Reason.EVIDENCE_STALE, Reason.EVIDENCE_REFUSED}
"""The reasons for which an evaluation begins anew."""
OF_ROWS = {*ANEW, Reason.ROWS_ADDED, Reason.EVIDENCE_UNDECIDED} - {Reason.EVIDENCE_STALE}
"""The reasons that say which rows are bought, and which are bought again."""


def coming_up(seen: Seen) -> Decision:
    """Why an endpoint is deployed."""
    made, entry, found = seen.workload.entry.deployment, seen.workload.entry, seen.found
    task, model = entry.task.id, entry.model.resolved.id
    if adopted := seen.adopted:
        why = f"it adopts {adopted.id}, which serves {adopted.task} with {adopted.model}"
        return Decision(Action.REPLACE, Reason.ADOPTED, why)
    if found is not None and not seen.workload.is_served_by(found):
        why = f"its endpoint serves {found.task} with {found.model}"
        return Decision(Action.REPLACE, Reason.ENDPOINT_DIFFERS, why)
    if found is not None:
        return Decision(Action.REPLACE, Reason.ENDPOINT_BROKEN, f"its endpoint is {found.status}")
    if made is None:
        return Decision(Action.CREATE, Reason.NOT_DEPLOYED, "not deployed yet")
    if seen.before is None:
        why = f"its endpoint {made.endpoint} is gone"
        return Decision(Action.CREATE, Reason.ENDPOINT_GONE, why)
    back = " back" if seen.instead else ""
    was = seen.instead or made
    if was.task != task:
        why = f"task moved{back} from {was.task} to {task}: old scores don't compare"
        return Decision(Action.REPLACE, Reason.TASK_MOVED, why)
    if seen.instead or was.model != model:
        why = f"model swapped{back} from {was.model} to {model}"
        return Decision(Action.REPLACE, Reason.MODEL_SWAPPED, why)
    if was is made and made.served != entry.model.resolved.served:
        why = f"{model} was {made.served or 'a model of the catalog'}"
        return Decision(Action.REPLACE, Reason.MODEL_REDECLARED, why)
    return Decision(Action.REPLACE, Reason.DEPLOY_RENAMED, "its deploy name changed")


def settling(seen: Seen, *, records: bool) -> Decision | None:
    """Why an endpoint that is up is adopted, called or recorded, or another one goes."""
    name, id = seen.workload.name, seen.target
    uncalled = records and seen.workload.is_uncalled(id)
    if seen.adopted:
        told = Reason.ADOPTED, f"it adopts {id}, which is there already"
    elif uncalled and seen.owner not in (None, name):
        told = Reason.ENDPOINT_TAKEN_OVER, f"it takes {id} over from {seen.owner}"
    elif uncalled:
        told = Reason.ENDPOINT_UNRECORDED, "its endpoint is there but was never called and recorded"
    elif seen.olds:
        told = Reason.ENDPOINT_LEFT_OVER, "an endpoint of another decision on it was left over"
    else:
        return None
    return Decision(Action.UPDATE, *told)


def naming(seen: Seen) -> Decision:
    """Why a stable name is put on the endpoint that is recorded already."""
    if seen.named is None:
        why = f"nothing answers as {seen.name} yet"
    else:
        why = f"{seen.name} reaches {seen.named}"
    return Decision(Action.UPDATE, Reason.NAME_ELSEWHERE, why)


def evaluation(buying: Buying) -> Decision:
    """Why a workload is evaluated."""
    workload = buying.workload
    evidence, n, of = workload.entry.evidence, buying.bought, workload.rows
    if evidence is None:
        told = Reason.NOT_EVALUATED, "not evaluated yet"
    elif buying.added:
        told = Reason.ROWS_ADDED, f"{_added(buying)}: it goes on after the {n:,} that were bought"
    elif n and not buying.as_needed:
        told = Reason.EVIDENCE_UNDECIDED, f"it wants all rows; {n:,} of {of:,} were bought"
    elif n:
        why = f"its gates aren't decided by the {n:,} of {of:,} rows that were bought"
        told = Reason.EVIDENCE_UNDECIDED, why
    elif buying.reuse and buying.differs_in_rows:
        told = Reason.ROWS_CHANGED, _anew(workload, evidence)
    elif evidence.basis != workload.basis or buying.reuse:
        told = Reason.EVIDENCE_STALE, "what decides its result changed since the last evaluation"
    else:
        told = Reason.EVIDENCE_REFUSED, "its evidence is to be bought anew"
    code, why = told
    if buying.attempt and code in ANEW:
        why += f"; that is attempt {buying.attempt} at the same question"
    return Decision(Action.EVALUATE, code, why)


def _added(buying: Buying) -> str:
    before = buying.workload.rows - buying.added
    were = "row was" if buying.added == 1 else "rows were"
    return f"{buying.added:,} {were} added to its {before:,}"


def _anew(workload: Workload, evidence: Evidence) -> str:
    """That evidence of other rows is of no use, and why it isn't gone on with."""
    n = evidence.rows
    if workload.entry.added:
        why = f"{workload.entry.added:,} rows were added, and it is to have all in one run"
    else:
        why = "rows were changed, moved or taken out"
    return f"{why}: it starts anew, without the {n:,} that were scored"


def judging(buying: Buying) -> Decision:
    """Why evidence that is there is held against the gates."""
    workload = buying.workload
    evidence = workload.entry.evidence
    told = Reason.GATES_UNMET, "the last evaluation doesn't meet the gates"
    if evidence and evidence.gates != workload.gates:
        told = Reason.GATES_CHANGED, "the gates changed; the evidence that is there is judged anew"
    elif buying.added:
        why = f"{_added(buying)}; the {buying.bought:,} that were bought decide its gates"
        told = Reason.ROWS_ADDED, why
    return Decision(Action.NONE, *told)


def recording(workload: Workload) -> Decision:
    """Why something is written down with nothing to do on the platform."""
    if workload.lost_eval:
        why = "its eval is gone: nothing is measured and no gate holds it any more"
        return Decision(Action.NONE, Reason.EVAL_GONE, why)
    why = "nothing is to be done on the platform; it is recorded"
    if old := workload.entry.moved_from:
        why = f"it was {old}, and takes along what that had"
    return Decision(Action.NONE, Reason.RECORD_STALE, why)


def removal(seen: Seen) -> Decision:
    """Why what is deployed goes, for a workload that nobody wants deployed any more."""
    why = _gone(seen)
    if seen.before is None or seen.before.id != seen.workload.recorded:
        why += ", and so is its endpoint"
    reason = Reason.MANIFEST_GONE if seen.workload.manifest is None else Reason.DEPLOY_GONE
    return Decision(Action.DESTROY, reason, why)


def handover(seen: Seen, *, destroy: bool) -> Decision:
    """Why an endpoint is left to another workload."""
    why = f"{'it is to be destroyed' if destroy else _gone(seen)}; another workload takes its"
    return Decision(Action.UPDATE, Reason.ENDPOINT_TAKEN_OVER, f"{why} endpoint over")


def _gone(seen: Seen) -> str:
    return "its manifest is gone" if seen.workload.manifest is None else "its `deploy` is gone"
