"""Makes a plan: a pure function of manifests, lockfile and observed endpoints.

Each workload is looked at once, beside what is deployed of it; what it needs follows from that:
its proof (evaluate, hold), then its placing (what brings up, calls, records and retires endpoints).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Any

from pareta_plan.canonical import digest_json
from pareta_plan.client.remote import EMBEDDED
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.plan import providers, reason
from pareta_plan.plan.attributes import attributes, classes
from pareta_plan.plan.buying import Buying
from pareta_plan.plan.model import ORDINARY, Asked, Change, Class, Plan, Reason, State, total
from pareta_plan.plan.observed import NONE_ASKED, Observed, Prices, Seen, state
from pareta_plan.plan.placing import placing, proof, recording
from pareta_plan.plan.reason import Decision
from pareta_plan.plan.steps import Call, Delete, Evaluate, Forget, Step, evaluates
from pareta_plan.plan.workload import Workload, workloads
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.version import __version__
from pareta_plan.wire import Endpoint, MicroUsd


def make_plan(
    manifests: Iterable[Manifest],
    lockfile: Lockfile,
    endpoints: Mapping[str, Endpoint] | None,
    asked: Asked = ORDINARY,
    *,
    directory: str = "",
    prices: Prices = NONE_ASKED,
    names: Mapping[str, str] | None = None,
    as_recorded: bool = False,
) -> Plan:
    """The changes that bring the platform to what the lockfile wants.

    `endpoints` are the platform's by id; None takes it to have what the lockfile recorded.
    `as_recorded` is whether they are that, and not what was seen.
    `names` are the endpoints by the stable names that reach them, None on a platform without.
    `prices` are the leaderboards' of today: a reserve is of the dearer of them and the
    lockfile's. What isn't selected stays as it is, and keeps what it wants. Raises Contested.
    """
    every = workloads(manifests, lockfile)
    observed = Observed(every, endpoints, prices, names, reuse=asked.reuse)
    selected = [w for w in every if asked.selection.holds(w.name, w.labels)]
    chosen = {w.name for w in selected}
    if not asked.destroy:
        observed.check(chosen)
    looks = [observed.of(workload) for workload in selected]
    made = {
        seen.workload.name: _destruction(seen, observed, chosen)
        if asked.destroy
        else _change(seen, observed, reuse=asked.reuse)
        for seen in looks
    }
    changes = [change for change in made.values() if change]
    return Plan(
        tool=__version__,
        directory=directory,
        platform=lockfile.platform,
        billed=lockfile.platform != EMBEDDED,
        scope=lockfile.scope,
        lockfile=lockfile.digest,
        sources={w.name: _source(w) for w in selected if made[w.name]},
        observed=None if endpoints is None else observed.looked_at(looks),
        as_recorded=as_recorded or endpoints is None,
        reuse=asked.reuse,
        destroy=asked.destroy,
        selection=asked.selection,
        not_selected=len(every) - len(selected),
        managed=sum(1 for w in every if w.recorded),
        providers=providers.changed(changes, lockfile),
        changes=changes,
        unchanged=[name for name, change in made.items() if not change],
    )


def _source(workload: Workload) -> str:
    manifest, data = workload.entry.manifest, workload.entry.data
    return digest_json([manifest, data.digest if data else None])


def _change(seen: Seen, observed: Observed, *, reuse: bool) -> Change | None:
    workload = seen.workload
    proved, noted = proof(seen, reuse=reuse), recording(workload)
    if workload.deploy is None and workload.recorded:
        steps = [*noted.steps, *proved.steps]
        return _removal(seen, observed, workload.recorded, steps)
    placed = placing(seen) if workload.deploy else noted
    steps = [*proved.steps, *placed.steps]
    if not steps:
        return None
    decision = placed.decision or proved.decision or reason.recording(workload)
    elsewhere = proved.decision if placed.decision else None
    changed = attributes(workload, seen.instead)
    return _made(
        seen,
        observed,
        decision,
        steps,
        classes=_classes(seen, changed, decision.reason, judged=bool(proved.steps)),
        resolution=workload.entry.resolution,
        attributes=changed,
        after=_after(seen),
        unproven=bool(workload.deploy) and not (evaluates(steps) or workload.has_evidence),
        held=proved.held,
        proof=elsewhere.why if elsewhere and elsewhere.reason in reason.OF_ROWS else None,
    )


def _made(
    seen: Seen, observed: Observed, decision: Decision, steps: Sequence[Step], **more: Any
) -> Change:
    """A change with what follows from its steps: how much is scored, and what all may cost."""
    scored = evaluates(steps)
    return Change(
        workload=seen.workload.name,
        **decision._asdict(),
        before=state(seen.before),
        steps=list(steps),
        **(_scoring(seen.workload, observed) if scored else {}),
        reserve_micro_usd=_reserve(seen.workload, observed, steps),
        **more,
    )


def _scoring(workload: Workload, observed: Observed) -> dict[str, Any]:
    """How much an evaluation scores."""
    buying = Buying(workload, observed.reuse)
    return {
        "rows": buying.rows,
        "first_rows": buying.first_rows,
        "declared": _is_declared(workload, observed),
        "as_needed": buying.as_needed,
        "expected_rows": buying.expected_rows,
        "models": len(workload.entry.candidates()),
        "attempt": buying.attempt,
        "courses": buying.courses,
    }


def _is_declared(workload: Workload, observed: Observed) -> bool:
    """Whether the platform was told every price that no leaderboard has, and so holds ceilings."""
    price = partial(observed.price, workload.entry.task.id)
    unknown = [one for one in workload.entry.candidates() if price(one) is None]
    return bool(unknown) and all(one.price for one in unknown)


def _classes(seen: Seen, changed: Iterable[str], why: Reason, *, judged: bool) -> list[Class]:
    if adopted := seen.adopted:
        if seen.workload.is_served_by(adopted):
            return [Class.ADOPTED]
        same_task = adopted.task == seen.workload.entry.task.id
        return [Class.ADOPTED, Class.MODEL_SWAPPED if same_task else Class.TASK_MOVED]
    return classes(seen.workload, changed) or [_class(why, judged=judged)]


def _class(why: Reason, *, judged: bool) -> Class:
    """The class of a change in which no figure of the decision changed."""
    match why:
        case Reason.NOT_DEPLOYED if not judged:
            return Class.STATE_CHANGED
        case Reason.ENDPOINT_UNRECORDED | Reason.NOT_EVALUATED:
            return Class.UNFINISHED
        case Reason.NOT_DEPLOYED | Reason.GATES_UNMET:
            return Class.RETRIED
        case Reason.EVIDENCE_REFUSED | Reason.EVIDENCE_STALE | Reason.EVIDENCE_UNDECIDED:
            return Class.RETRIED
        case _:
            return Class.DRIFTED


def _removal(seen: Seen, observed: Observed, endpoint: str, rest: Iterable[Step]) -> Change:
    """Take away what is deployed; a workload that stays in the project is proved all the same."""
    over = bool(seen.wanted_by)
    decision = reason.handover(seen, destroy=False) if over else reason.removal(seen)
    first: Step = Forget(endpoint) if over else Delete(endpoint)
    return _made(seen, observed, decision, [first, *rest], classes=[Class.REMOVED])


def _destruction(seen: Seen, observed: Observed, selected: Set[str]) -> Change | None:
    endpoint = seen.workload.recorded
    if endpoint is None:
        return None
    over = bool(set(seen.wanted_by) - selected)
    decision = reason.handover(seen, destroy=True) if over else reason.DESTROY
    step: Step = Forget(endpoint) if over else Delete(endpoint)
    return _made(seen, observed, decision, [step], classes=[Class.REMOVED])


def _after(seen: Seen) -> State | None:
    workload, entry = seen.workload, seen.workload.entry
    if not workload.deploy:
        return None
    model = entry.model.resolved.id
    return State(seen.target, entry.task.id, model, workload.state, seen.name)


def _reserve(workload: Workload, observed: Observed, steps: Iterable[Step]) -> MicroUsd | None:
    """Every candidate on every row that may be bought, and the model on every call."""
    entry = workload.entry
    price = partial(observed.price, entry.task.id)
    due: list[MicroUsd | None] = []
    for step in steps:
        if isinstance(step, Evaluate):
            prices = map(price, entry.candidates())
            rows = Buying(workload, observed.reuse).rows
            due += [None if each is None else each * rows for each in prices]
        elif isinstance(step, Call):
            due.append(price(entry.model.resolved))
    return total(due)
