"""A plan: the frozen list of changes between what the lockfile wants and what the platform has.

`make_plan` is a pure function of manifests, lockfile and observed endpoints. What is shown
and what runs are the same `steps`. The digest binds an approval to the plan's content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pareta_plan.canonical import canonical_json, digest_json
from pareta_plan.errors import Location, ProjectError
from pareta_plan.gates import blocks, judge
from pareta_plan.lockfile import Entry, Lockfile, MicroUsd, endpoint_name
from pareta_plan.manifest import Manifest
from pareta_plan.wire import Endpoint

VERSION = 1
STOPPED = "stopped"
SOUND = ("live", "starting", STOPPED)


class Action(StrEnum):
    """What happens to a workload."""

    CREATE = "create"
    REPLACE = "replace"
    UPDATE = "update"
    START = "start"
    STOP = "stop"
    EVALUATE = "evaluate"
    DESTROY = "destroy"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Step(_Record):
    """One thing apply does; `endpoint` is what a deploying step acts on."""

    do: Literal[
        "evaluate",
        "gate",
        "deploy",
        "call",
        "start",
        "stop",
        "record",
        "retire",
        "delete",
        "forget",
    ]
    endpoint: str | None = None
    evidence: str | None = None
    """The key under which an evaluation's result is kept."""


class State(_Record):
    """What is, or will be, deployed."""

    endpoint: str
    task: str | None = None
    model: str | None = None
    status: str | None = None


class Change(_Record):
    """What is to happen to one workload, why, and the steps it takes."""

    workload: str
    action: Action
    reason: str
    before: State | None = None
    after: State | None = None
    steps: list[Step]
    rows: int = 0
    """Rows that the evaluation scores with each of its models."""
    reserve_micro_usd: MicroUsd | None = 0
    """What the evaluation costs at the leaderboard's mean prices; None when one is unknown."""


class Plan(_Record):
    """Changes in the order of their workloads' names, and what they were made from."""

    version: Literal[1] = 1
    platform: str
    lockfile: str
    """Digest of the lockfile that was planned."""
    observed: str
    """Digest of the endpoints that were seen."""
    reuse: bool = True
    """Whether evidence that still holds is reused; else it is bought anew."""
    changes: list[Change]
    unchanged: list[str]

    @property
    def digest(self) -> str:
        """The digest of everything in the plan."""
        return digest_json(self.model_dump())

    @property
    def reserve_micro_usd(self) -> MicroUsd | None:
        """What all evaluations together cost at those prices; None when one is unknown."""
        known = [c.reserve_micro_usd for c in self.changes if c.reserve_micro_usd is not None]
        return sum(known) if len(known) == len(self.changes) else None


class SavedPlan(_Record):
    """A plan in a file, with the digest that an approval is bound to."""

    plan: Plan
    digest: str


def save(plan: Plan) -> bytes:
    """The bytes of a saved plan."""
    return canonical_json(SavedPlan(plan=plan, digest=plan.digest).model_dump())


def load(data: bytes, path: str) -> Plan:
    """Read a saved plan. Raises ProjectError when it is damaged, altered or of another version."""
    try:
        saved = SavedPlan.model_validate_json(data)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        where = ".".join(str(k) for k in first["loc"]) or "its start"
        raise ProjectError(
            f"not a plan of this version: {first['msg']} (at {where})",
            location=Location(path),
            hint="Make a new one: `pareta-plan plan --out FILE`.",
        ) from None
    if saved.digest != saved.plan.digest:
        raise ProjectError(
            "the plan was altered after it was saved",
            location=Location(path),
            hint="Make a new one: `pareta-plan plan --out FILE`.",
        )
    return saved.plan


@dataclass(frozen=True)
class Workload:
    """A manifest beside its lockfile entry; no manifest when it was taken out of the project."""

    name: str
    manifest: Manifest | None
    entry: Entry

    @property
    def wants_deploy(self) -> bool:
        """Whether an endpoint is wanted at all."""
        return self.manifest is not None and self.manifest.deploy is not None

    @cached_property
    def endpoint(self) -> str:
        """The id of the endpoint that the entry wants."""
        deploy = self.manifest.deploy if self.manifest else None
        return endpoint_name((deploy and deploy.name) or self.name, self.entry)

    @property
    def evidence_key(self) -> str | None:
        """What a reusable eval result must be kept under; None without an eval."""
        return self.entry.evidence_key(self.manifest.prompt) if self.manifest else None


def workloads(manifests: Iterable[Manifest], lockfile: Lockfile) -> list[Workload]:
    """Every workload of the project or the lockfile, by name."""
    by_name = {m.name: m for m in manifests}
    return [Workload(n, by_name.get(n), e) for n, e in sorted(lockfile.workloads.items())]


def make_plan(
    manifests: Iterable[Manifest],
    lockfile: Lockfile,
    observed: Mapping[str, Endpoint],
    *,
    reuse: bool = True,
) -> Plan:
    """The changes that bring the platform to what the lockfile wants.

    Without `reuse` every workload that has an eval is evaluated anew.
    """
    changes: list[Change] = []
    unchanged: list[str] = []
    seen: dict[str, str | None] = {}
    every = workloads(manifests, lockfile)
    wanted = {workload.endpoint for workload in every if workload.wants_deploy}
    for workload in every:
        change = _change(workload, observed, wanted, reuse=reuse)
        if change:
            changes.append(change)
        else:
            unchanged.append(workload.name)
        seen.update(_looked_at(workload, observed))
    return Plan(
        platform=lockfile.platform,
        lockfile=lockfile.digest,
        observed=digest_json(seen),
        reuse=reuse,
        changes=changes,
        unchanged=unchanged,
    )


def _looked_at(
    workload: Workload, observed: Mapping[str, Endpoint]
) -> Iterator[tuple[str, str | None]]:
    for id in (workload.endpoint, _recorded(workload)):
        if id:
            yield id, observed[id].status if id in observed else None


def _recorded(workload: Workload) -> str | None:
    deployment = workload.entry.deployment
    return deployment.endpoint if deployment else None


def _change(
    workload: Workload, observed: Mapping[str, Endpoint], wanted: set[str], *, reuse: bool
) -> Change | None:
    recorded = _recorded(workload)
    if not workload.wants_deploy and recorded:
        return _destroy(workload, recorded, observed, wanted)
    placing = _placing(workload, observed, wanted) if workload.wants_deploy else []
    # What is to be taken out of service needs no proof of being fit for it.
    proof = (
        []
        if placing and all(step.do == "stop" for step in placing)
        else _proof(workload, reuse=reuse)
    )
    steps = [*proof, *placing]
    if not steps:
        return None
    action, reason = _decision(workload, observed, placing, reuse=reuse)
    return Change(
        workload=workload.name,
        action=action,
        reason=reason,
        before=_before(recorded, observed),
        after=_after(workload),
        steps=steps,
        rows=_rows(workload) if _evaluates(proof) else 0,
        reserve_micro_usd=_reserve(workload) if _evaluates(proof) else 0,
    )


def _destroy(
    workload: Workload, recorded: str, observed: Mapping[str, Endpoint], wanted: set[str]
) -> Change:
    gone = "its manifest is gone" if workload.manifest is None else "its `deploy` is gone"
    if recorded in wanted:
        return Change(
            workload=workload.name,
            action=Action.UPDATE,
            reason=f"{gone}; another workload takes its endpoint over",
            before=_before(recorded, observed),
            steps=[Step(do="forget", endpoint=recorded)],
        )
    return Change(
        workload=workload.name,
        action=Action.DESTROY,
        reason=gone if recorded in observed else f"{gone}, and so is its endpoint",
        before=_before(recorded, observed),
        steps=[Step(do="delete", endpoint=recorded)],
    )


def _proof(workload: Workload, *, reuse: bool) -> list[Step]:
    """Evaluate when there is no evidence for the entry; judge when the evidence there is blocks."""
    key, manifest, evidence = workload.evidence_key, workload.manifest, workload.entry.evidence
    if key is None or manifest is None or manifest.eval is None:
        return []
    if evidence is None or evidence.key != key or not reuse:
        return [Step(do="evaluate", evidence=key), Step(do="gate")]
    verdicts = judge(manifest.eval.gates, evidence, workload.entry.model.resolved.id)
    return [Step(do="gate")] if blocks(verdicts, manifest.eval.gates) else []


def _evaluates(steps: list[Step]) -> bool:
    return any(step.do == "evaluate" for step in steps)


def _placing(workload: Workload, observed: Mapping[str, Endpoint], wanted: set[str]) -> list[Step]:
    """The steps from what is deployed to what is wanted."""
    id, old = workload.endpoint, _recorded(workload)
    found = observed.get(id)
    stopped = bool(found and found.status == STOPPED)
    want_stopped = _wanted_status(workload) == STOPPED
    steps = []
    if found is not None and found.status not in SOUND:
        steps.append(Step(do="retire", endpoint=id))
        found = None
    if found is None:
        steps += [Step(do="deploy", endpoint=id), Step(do="call", endpoint=id)]
    elif stopped and not want_stopped:
        steps += [Step(do="start", endpoint=id), Step(do="call", endpoint=id)]
    elif old != id:  # made by an apply that was killed before it could say so
        steps.append(Step(do="record" if stopped else "call", endpoint=id))
    if old and old != id and old in observed and old not in wanted:
        steps.append(Step(do="retire", endpoint=old))
    if want_stopped and not stopped:
        steps.append(Step(do="stop", endpoint=id))
    return steps


def _decision(
    workload: Workload, observed: Mapping[str, Endpoint], placing: list[Step], *, reuse: bool
) -> tuple[Action, str]:
    if not placing:
        return Action.EVALUATE, _why_evaluate(workload, reuse=reuse)
    deployment = workload.entry.deployment
    verbs = {step.do for step in placing}
    found = observed.get(workload.endpoint)
    if found is not None and found.status not in SOUND:
        return Action.REPLACE, f"its endpoint is {found.status}"
    if deployment and "retire" in verbs:
        return Action.REPLACE, _why_replace(workload, deployment.task, deployment.model)
    if deployment and "deploy" in verbs:
        return Action.CREATE, f"its endpoint {deployment.endpoint} is gone"
    if "deploy" in verbs:
        return Action.CREATE, "not deployed yet"
    if "start" in verbs:
        return Action.START, "its endpoint is stopped"
    if verbs == {"stop"}:
        return Action.STOP, "the manifest wants it stopped"
    return Action.UPDATE, "its endpoint is there but was never called and recorded"


def _why_evaluate(workload: Workload, *, reuse: bool) -> str:
    evidence = workload.entry.evidence
    if evidence is None:
        return "not evaluated yet"
    if evidence.key != workload.evidence_key:
        return "rows, prompt, models or their standing changed since the last evaluation"
    if not reuse:
        return "its evidence is to be bought anew"
    return "the last evaluation doesn't meet the gates"


def _why_replace(workload: Workload, task: str, model: str) -> str:
    entry = workload.entry
    if task != entry.task.id:
        return f"task moved from {task} to {entry.task.id}: old scores don't compare"
    if model == entry.model.resolved.id:
        return "its deploy name changed"
    return f"model swapped from {model} to {entry.model.resolved.id}"


def _wanted_status(workload: Workload) -> str:
    deploy = workload.manifest.deploy if workload.manifest else None
    return deploy.state if deploy else STOPPED


def _before(id: str | None, observed: Mapping[str, Endpoint]) -> State | None:
    found = observed.get(id) if id else None
    if found is None:
        return None
    return State(endpoint=found.id, task=found.task, model=found.model, status=found.status)


def _after(workload: Workload) -> State | None:
    if not workload.wants_deploy:
        return None
    return State(
        endpoint=workload.endpoint,
        task=workload.entry.task.id,
        model=workload.entry.model.resolved.id,
        status=_wanted_status(workload),
    )


def _rows(workload: Workload) -> int:
    return workload.entry.data.rows if workload.entry.data else 0


def _reserve(workload: Workload) -> MicroUsd | None:
    prices = [c.cost_per_request_micro_usd for c in workload.entry.candidates()]
    known = [p for p in prices if p is not None]
    return sum(known) * _rows(workload) if len(known) == len(prices) else None
