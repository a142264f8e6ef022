"""Makes a plan: a pure function of manifests, lockfile and observed endpoints.

For each workload: the proof it needs (evaluate, gate), then its placing (what brings up, calls,
records and retires endpoints). The order of the steps keeps the old endpoint serving until the
new one was called and recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal

from pareta_plan.canonical import digest_json
from pareta_plan.gates.gates import blocks, deciding, judge
from pareta_plan.manifest.manifest import Gates, Manifest
from pareta_plan.plan import attributes as decision
from pareta_plan.plan.model import (
    ORDINARY,
    Action,
    Asked,
    Change,
    Class,
    Plan,
    Reason,
    State,
    Step,
    total,
)
from pareta_plan.plan.observed import NONE_ASKED, Prices, World, assumed, serves
from pareta_plan.plan.reason import Cause, cause_of
from pareta_plan.plan.workload import Workload, workloads
from pareta_plan.project.lockfile import Evidence, Lockfile
from pareta_plan.version import __version__
from pareta_plan.wire import BROKEN, STOPPED, Endpoint, MicroUsd


def make_plan(
    manifests: Iterable[Manifest],
    lockfile: Lockfile,
    observed: Mapping[str, Endpoint] | None,
    asked: Asked = ORDINARY,
    *,
    directory: str = "",
    prices: Prices = NONE_ASKED,
) -> Plan:
    """The changes that bring the platform to what the lockfile wants.

    `observed` are the platform's endpoints by id; None takes it to have what the lockfile
    recorded. `prices` are the leaderboards' of today: a reserve is of the dearer of them and the
    lockfile's. What isn't selected stays as it is, and keeps what it wants. Raises Contested.
    """
    every = workloads(manifests, lockfile)
    world = World(every, assumed(every) if observed is None else observed, prices)
    selected = [w for w in every if asked.selection.holds(w.name, w.labels)]
    names = {w.name for w in selected}
    if not asked.destroy:
        world.check(names)
    makers = {
        w.name: _destruction(w, world, names) if asked.destroy else _change(w, world, asked.reuse)
        for w in selected
    }
    changes = {name: change for name, change in makers.items() if change}
    return Plan(
        tool=__version__,
        directory=directory,
        platform=lockfile.platform,
        scope=lockfile.scope,
        lockfile=lockfile.digest,
        sources={w.name: _source(w) for w in every if w.name in changes},
        observed=None if observed is None else world.looked_at(selected),
        reuse=asked.reuse,
        destroy=asked.destroy,
        selection=asked.selection,
        not_selected=len(every) - len(selected),
        managed=sum(1 for w in every if w.recorded),
        changes=list(changes.values()),
        unchanged=[name for name, change in makers.items() if not change],
    )


def _source(workload: Workload) -> str:
    manifest, data = workload.entry.manifest, workload.entry.data
    return digest_json([manifest, data.digest if data else None])


def _change(workload: Workload, world: World, reuse: bool) -> Change | None:
    proof = [] if _rests(workload, world) else _proof(workload, reuse=reuse)
    if workload.deploy is None and workload.recorded:
        return _removal(workload, world, [*_recording(workload), *proof])
    placing = _placing(workload, world) if workload.deploy else _recording(workload)
    steps = [*proof, *placing]
    if not steps:
        return None
    cause = cause_of(workload, world, steps, reuse=reuse)
    changed = decision.attributes(workload, world.instead(workload))
    return Change(
        workload=workload.name,
        action=cause.action,
        classes=_classes(workload, world, changed, cause.reason, judged=bool(proof)),
        reason=cause.reason,
        why=cause.why,
        resolution=workload.entry.resolution,
        attributes=changed,
        before=_before(workload, world),
        after=_after(workload, world),
        steps=steps,
        held=_foretold(workload, steps),
        **_spending(workload, world, steps),
    )


def _classes(
    workload: Workload,
    world: World,
    changed: Iterable[str],
    reason: Reason,
    *,
    judged: bool,
) -> list[Class]:
    if adopted := world.adoptable(workload):
        if serves(adopted, workload):
            return [Class.ADOPTED]
        same_task = adopted.task == workload.entry.task.id
        return [Class.ADOPTED, Class.MODEL_SWAPPED if same_task else Class.TASK_MOVED]
    return decision.classes(workload, changed) or [_class(reason, judged=judged)]


def _class(reason: Reason, *, judged: bool) -> Class:
    """The class of a change in which no figure of the decision changed."""
    match reason:
        case Reason.NOT_DEPLOYED if not judged:
            return Class.STATE_CHANGED
        case Reason.ENDPOINT_UNRECORDED | Reason.NOT_EVALUATED:
            return Class.UNFINISHED
        case (
            Reason.NOT_DEPLOYED
            | Reason.EVIDENCE_REFUSED
            | Reason.GATES_UNMET
            | Reason.EVIDENCE_STALE
        ):
            return Class.RETRIED
        case _:
            return Class.DRIFTED


def _removal(workload: Workload, world: World, rest: list[Step]) -> Change:
    """Take away what is deployed; a workload that stays in the project is proved all the same."""
    gone = workload.manifest is None
    why = "its manifest is gone" if gone else "its `deploy` is gone"
    reason = Reason.MANIFEST_GONE if gone else Reason.DEPLOY_GONE
    if workload.recorded in world.wanted:
        return _given_over(workload, world, why, rest)
    if workload.recorded not in world.observed:
        why += ", and so is its endpoint"
    return _taken_away(workload, world, "delete", Cause(Action.DESTROY, reason, why), rest)


def _destruction(workload: Workload, world: World, selected: set[str]) -> Change | None:
    if not workload.recorded:
        return None
    if set(world.wanted.get(workload.recorded, ())) - selected:
        return _given_over(workload, world, "it is to be destroyed")
    cause = Cause(Action.DESTROY, Reason.DESTROY_ASKED, "everything is to be destroyed")
    return _taken_away(workload, world, "delete", cause)


def _given_over(workload: Workload, world: World, why: str, rest: Iterable[Step] = ()) -> Change:
    why += "; another workload takes its endpoint over"
    cause = Cause(Action.UPDATE, Reason.ENDPOINT_TAKEN_OVER, why)
    return _taken_away(workload, world, "forget", cause, rest)


def _taken_away(
    workload: Workload,
    world: World,
    do: Literal["delete", "forget"],
    cause: Cause,
    rest: Iterable[Step] = (),
) -> Change:
    steps = [Step(do, workload.recorded), *rest]
    return Change(
        workload=workload.name,
        action=cause.action,
        classes=[Class.REMOVED],
        reason=cause.reason,
        why=cause.why,
        before=_before(workload, world),
        steps=steps,
        **_spending(workload, world, steps),
    )


def _rests(workload: Workload, world: World) -> bool:
    """Whether it is there and is to be, or become, out of service: that needs no proof."""
    if workload.deploy is None or workload.state != STOPPED:
        return False
    found = world.observed.get(world.target(workload))
    return found is not None and _sound(found, workload)


def _proof(workload: Workload, *, reuse: bool) -> list[Step]:
    """Evaluate when there is no evidence for the entry; judge when the gates changed or block."""
    basis, manifest, evidence = workload.basis, workload.manifest, workload.entry.evidence
    if basis is None or manifest is None or manifest.eval is None:
        return []
    if evidence is None or workload.lacks_evidence(reuse=reuse):
        return [Step(do="evaluate", evidence=basis.key), Step(do="gate")]
    held = _held(manifest.eval.gates, evidence, workload)
    return [Step(do="gate")] if held or evidence.gates != workload.gates else []


def _held(gates: Gates, evidence: Evidence, workload: Workload) -> str | None:
    """The outcome and the gates that keep it back; None when none does."""
    verdicts = judge(gates, evidence, workload.entry.model.resolved.id)
    outcome = blocks(verdicts, gates)
    return f"{outcome} ({', '.join(deciding(verdicts, outcome))})" if outcome else None


def _foretold(workload: Workload, steps: Iterable[Step]) -> str | None:
    """What the gates will say of evidence that is there."""
    verbs, evidence = {step.do for step in steps}, workload.entry.evidence
    gates = workload.manifest.eval.gates if workload.manifest and workload.manifest.eval else None
    if gates is None or evidence is None or "gate" not in verbs or "evaluate" in verbs:
        return None
    return _held(gates, evidence, workload)


def _to_record(workload: Workload) -> bool:
    """Whether a rename, or that nothing is measured any more, is yet to be recorded."""
    return bool(workload.manifest and workload.entry.moved_from) or workload.lost_eval


def _recording(workload: Workload) -> list[Step]:
    return [Step(do="record")] if _to_record(workload) else []


def _placing(workload: Workload, world: World) -> list[Step]:
    """The steps from what is deployed to what is wanted."""
    id = world.target(workload)
    return [
        *_bring_up(workload, world, id),
        *_record(workload, id),
        *(Step(do="retire", endpoint=old) for old in _to_retire(workload, world, id)),
    ]


def _bring_up(workload: Workload, world: World, id: str) -> Iterator[Step]:
    found = world.observed.get(id)
    if found is not None and not _sound(found, workload):
        yield Step(do="retire", endpoint=id)
        found = None
    stopped = found is not None and _is_stopped(found, workload)
    if found is None:
        yield Step(do="deploy", endpoint=id)
        yield Step(do="call", endpoint=id)
    elif stopped and workload.state != STOPPED:
        yield Step(do="start", endpoint=id)
        yield Step(do="call", endpoint=id)
    elif not stopped and workload.is_uncalled(id):
        yield Step(do="call", endpoint=id)
    if workload.state == STOPPED and not stopped:
        yield Step(do="stop", endpoint=id)


def _is_stopped(found: Endpoint, workload: Workload) -> bool:
    """As the platform says, or as the lockfile does where the platform doesn't."""
    made = workload.entry.deployment
    if found.status is None and made is not None and made.endpoint == found.id:
        return made.state == STOPPED
    return found.status == STOPPED


def _sound(found: Endpoint, workload: Workload) -> bool:
    return found.status not in BROKEN and serves(found, workload)


def _record(workload: Workload, id: str) -> list[Step]:
    wanted, entry = workload.deployment(id), workload.entry
    kept = entry.deployment == wanted and not _to_record(workload)
    return [] if kept else [Step(do="record", endpoint=id)]


def _to_retire(workload: Workload, world: World, id: str) -> list[str]:
    """What served the workload before, and what an apply of another lockfile left of it."""
    adopted = world.adoptable(workload)
    olds = [workload.recorded, adopted and adopted.id, *world.left_over.get(workload.stem, ())]
    there = (old for old in olds if old and old != id and old in world.observed)
    return [old for old in dict.fromkeys(there) if old not in world.wanted]


def _before(workload: Workload, world: World) -> State | None:
    adopted = world.adoptable(workload)
    id = workload.recorded or (adopted and adopted.id)
    found = (world.observed.get(id) if id else None) or world.instead(workload)
    if found is None:
        return None
    return State(endpoint=found.id, task=found.task, model=found.model, status=found.status)


def _after(workload: Workload, world: World) -> State | None:
    if not workload.deploy:
        return None
    return State(
        endpoint=world.target(workload),
        task=workload.entry.task.id,
        model=workload.entry.model.resolved.id,
        status=workload.state,
    )


def _spending(workload: Workload, world: World, steps: Iterable[Step]) -> dict[str, Any]:
    """How much an evaluation scores, and what all steps may cost."""
    evaluates = any(step.do == "evaluate" for step in steps)
    return {
        "rows": _rows(workload) if evaluates else 0,
        "models": len(workload.entry.candidates()) if evaluates else 0,
        "reserve_micro_usd": _reserve(workload, world, steps),
    }


def _rows(workload: Workload) -> int:
    return workload.entry.data.rows if workload.entry.data else 0


def _reserve(workload: Workload, world: World, steps: Iterable[Step]) -> MicroUsd | None:
    """Every candidate on every row of an evaluation, and the model on every call."""
    entry = workload.entry
    price = partial(world.price, entry.task.id)
    due: list[MicroUsd | None] = []
    for step in steps:
        if step.do == "evaluate":
            prices = map(price, entry.candidates())
            due += [None if each is None else each * _rows(workload) for each in prices]
        elif step.do == "call":
            due.append(price(entry.model.resolved))
    return total(due)
