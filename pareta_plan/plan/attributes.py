"""What was last applied of a workload beside what is wanted, figure by figure.

Applied is what the lockfile keeps of the deployment and of the evidence; wanted is what it
resolved. Every figure in which they differ is an attribute of the change, and belongs to a
class of change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pareta_plan.plan.model import Attribute, Class
from pareta_plan.plan.workload import Workload
from pareta_plan.project.lockfile import Basis, Deployment, LockedCandidate
from pareta_plan.wire import Endpoint

QUALITY, PRICE, SERVED = "quality", "price_micro_usd", "served"
CONTENT = "task.content"
GATE = "gates."
"""What the names of gates begin with."""

_CLASSES = {
    "name": Class.RENAMED,
    "task": Class.TASK_MOVED,
    CONTENT: Class.TASK_CHANGED,
    "scoring": Class.SCORING_CHANGED,
    "model": Class.MODEL_SWAPPED,
    "compared": Class.CANDIDATES_CHANGED,
    "baselines": Class.BASELINES_CHANGED,
    "rows": Class.DATA_CHANGED,
    "prompt": Class.PROMPT_CHANGED,
    "deploy.name": Class.RENAMED,
    "deploy.state": Class.STATE_CHANGED,
}
_INCOMPARABLE = {Class.SCORING_CHANGED, Class.RE_PRICED, Class.RE_MEASURED, Class.MODEL_SWAPPED}
"""What says nothing of its own once the task is another one."""


def attributes(workload: Workload, instead: Endpoint | None = None) -> dict[str, Attribute]:
    """Every figure that is not as it was applied.

    `instead` is what serves in place of the recorded endpoint, as after a rollback.
    """
    before, after = dict(_applied(workload, instead)), dict(_wanted(workload))
    if before and before["task"] != after["task"]:  # figures of two tasks don't compare
        before, after = _of_any_task(before), _of_any_task(after)
    return {
        name: Attribute(before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
        and not (before and _is_figure(name) and not (name in before and name in after))
    }


def _of_any_task(values: Mapping[str, Any]) -> dict[str, Any]:
    return {n: value for n, value in values.items() if n != CONTENT and not _is_figure(n)}


def _is_figure(name: str) -> bool:
    """Whether it is of one model: of a model that comes or goes no figure changed."""
    return name.endswith((f".{PRICE}", f".{QUALITY}"))


def classes(workload: Workload, changed: Iterable[str]) -> list[Class]:
    """The kinds of decision that the changed attributes make, the weightiest first."""
    if workload.entry.deployment is None and workload.entry.evidence is None:
        return [Class.NEW]
    names = list(changed)
    if "model" in names:  # another model has other figures of its own
        names = [name for name in names if not (name.startswith("model.") and _is_figure(name))]
    found = {_class(name) for name in names}
    if Class.TASK_MOVED in found:
        found -= _INCOMPARABLE
    return [kind for kind in Class if kind in found]


def _class(name: str) -> Class:
    if name.startswith(GATE):
        return Class.GATES_CHANGED
    if name.endswith("." + PRICE):
        return Class.RE_PRICED
    if name.endswith("." + QUALITY):
        return Class.RE_MEASURED
    if name.endswith("." + SERVED):
        return Class.PROVIDER_CHANGED
    return _CLASSES[name]


def _wanted(workload: Workload) -> Iterator[tuple[str, Any]]:
    entry = workload.entry
    yield "name", workload.name
    yield from _task(entry.task.id, entry.task.content)
    yield from _model(entry.model.resolved.id, entry.model.resolved)
    if workload.deploy and (entry.deployment or not entry.evidence):
        yield "deploy.name", workload.stem
        yield "deploy.state", workload.state
    if workload.basis:
        yield from _proof(workload.basis, workload.gates)


def _applied(workload: Workload, instead: Endpoint | None) -> Iterator[tuple[str, Any]]:
    entry, made = workload.entry, workload.entry.deployment
    evidence = entry.evidence
    if made is None and evidence is None:
        return
    yield "name", entry.moved_from or workload.name
    if made:
        if instead:  # nobody recorded its figures
            yield "task", instead.task
            yield "model", instead.model
        else:
            yield from _task(made.task, made.content)
            yield from _model(made.model, made)
        yield "deploy.name", made.stem or workload.stem
        yield "deploy.state", made.state
    elif evidence:
        yield from _task(evidence.basis.task, evidence.basis.content)
        chosen = evidence.basis.candidates[0]
        yield from _model(chosen.id, chosen)
    if evidence and workload.basis:
        yield from _proof(evidence.basis, evidence.gates)
    elif evidence and workload.lost_eval:
        yield "rows", evidence.basis.rows
        yield from _gates(evidence.gates)


def _task(id: str, content: str | None) -> Iterator[tuple[str, Any]]:
    yield "task", id
    if content:
        yield CONTENT, content


def _model(id: str, standing: LockedCandidate | Deployment) -> Iterator[tuple[str, Any]]:
    yield "model", id
    yield f"model.{QUALITY}", standing.quality
    yield f"model.{PRICE}", standing.cost_per_request_micro_usd
    if standing.served:
        yield f"model.{SERVED}", str(standing.served)


def _proof(basis: Basis, gates: Mapping[str, float | str]) -> Iterator[tuple[str, Any]]:
    """What an eval rests on, but for its task and the model to deploy."""
    yield "scoring", basis.definition
    others = basis.candidates[1:]
    for role, kind in (("compared", "open"), ("baselines", "frontier")):
        yield role, [candidate.id for candidate in others if candidate.kind == kind]
    for other in others:
        yield f"{other.id}.{QUALITY}", other.quality
        yield f"{other.id}.{PRICE}", other.cost_per_request_micro_usd
        if other.served:
            yield f"{other.id}.{SERVED}", str(other.served)
    yield "rows", basis.rows
    yield "prompt", basis.prompt
    yield from _gates(gates)


def _gates(gates: Mapping[str, float | str]) -> Iterator[tuple[str, Any]]:
    for gate, value in gates.items():
        yield f"gates.{gate}", value
