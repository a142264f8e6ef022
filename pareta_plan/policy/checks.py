"""What breaks each kind of rule in one workload. What is unknown breaks it too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from pareta_plan.lock.resolve import RECOMMENDED
from pareta_plan.manifest.manifest import Manifest
from pareta_plan.manifest.reading import Located
from pareta_plan.plan.model import State
from pareta_plan.project.lockfile import Deployment, Entry, LockedCandidate
from pareta_plan.words import count, usd

SLACK = 1e-9  # of figures that are decimal fractions: 0.92 - 0.9 is more than 0.02 to a computer


class Case(NamedTuple):
    """One workload to be judged."""

    located: Located
    entry: Entry
    before: State | None = None
    """What the plan sees of what serves it."""
    attempt: int | None = None
    """Which attempt at the same question the plan makes; None of a first, or of none."""

    @property
    def made(self) -> Deployment | None:
        """What serves it: as recorded, or where an older lockfile came back what is there."""
        made, before = self.entry.deployment, self.before
        if made and before and before.endpoint != made.endpoint and before.task and before.model:
            return Deployment(before.endpoint, before.task, before.model)
        return made

    @property
    def manifest(self) -> Manifest:
        """What the project says of it."""
        return self.located.manifest


class Finding(NamedTuple):
    """What breaks a rule, where in the manifest, and what to do about it."""

    found: str
    allowed: str
    keys: tuple[str, ...]
    hint: str


def _vendors(allowed: list[str], case: Case) -> Iterator[Finding]:
    globs, said = [glob.casefold() for glob in allowed], ", ".join(allowed) or "none"
    for baseline in case.entry.frontier.resolved:
        if baseline.vendor is None:
            anew = f"`pareta-plan lock --upgrade-workload {case.manifest.name}`"
            hint = f"Ask the roster anew, {anew}; if it doesn't say, list other baselines in"
            found = f"nothing says which vendor the baseline {baseline.id} is of"
            yield Finding(found, said, ("frontier",), f"{hint} `frontier`.")
        elif not any(fnmatchcase(baseline.vendor.casefold(), glob) for glob in globs):
            found = f"the baseline {baseline.id} is of the vendor {baseline.vendor}"
            hint = "List allowed baselines in `frontier`, or write `frontier: none`."
            yield Finding(found, said, ("frontier",), hint)


_NUMBERED = re.compile(r"-\d+$")


def family(alias: str) -> str:
    """The family of an open model: its alias without the number, `qwen` of `qwen-1`."""
    return _NUMBERED.sub("", alias)


def _families(allowed: list[str], case: Case) -> Iterator[Finding]:
    task, name = case.entry.task.id, case.manifest.name
    models = [("model",), *[("eval", "models")] * len(case.entry.compare)]
    for keys, model in zip(models, [case.entry.model.resolved, *case.entry.compare], strict=True):
        if not any(fnmatchcase(family(model.id), glob) for glob in allowed):
            instead = (
                f"hold it at one, `pareta-plan lock --upgrade-workload {name}==ALIAS`"
                if case.entry.model.requested == RECOMMENDED and keys == ("model",)
                else "name one in the manifest"
            )
            yield Finding(
                f"the model {model.id} is of the family {family(model.id)}",
                ", ".join(allowed) or "none",
                keys,
                f"`pareta-plan catalog leaderboard {task}` lists the task's models; {instead}.",
            )


def _swap(case: Case) -> tuple[Deployment, LockedCandidate] | None:
    """What is deployed and what would come in its place; None when nothing does."""
    made, model = case.made, case.entry.model.resolved
    if made is None or case.manifest.deploy is None:
        return None
    return None if (made.task, made.model) == (case.entry.task.id, model.id) else (made, model)


def _quality_drop(most: float, case: Case) -> Iterator[Finding]:
    swap = _swap(case)
    if swap is None:
        return
    (made, model), allowed = swap, f"a drop of at most {most:g}"
    if made.task != case.entry.task.id:
        found = f"{made.task} and {case.entry.task.id} are two tasks, whose qualities don't compare"
    elif made.quality is None or model.quality is None:
        unknown = made.model if made.quality is None else model.id
        found = f"{model.id} is to replace {made.model}, and the quality of {unknown} is unknown"
    elif (drop := made.quality - model.quality) > most + SLACK:
        figures = f"from {made.quality:.3f} to {model.quality:.3f}"
        found = f"{model.id} is to replace {made.model}: quality drops by {drop:.3f}, {figures}"
    else:
        return
    yield Finding(found, allowed, ("model",), _keep(case, made))


def _price_rise(most: float, case: Case) -> Iterator[Finding]:
    made, model = case.made, case.entry.model.resolved
    if made is None or case.manifest.deploy is None:
        return
    before, after = made.cost_per_request_micro_usd, model.cost_per_request_micro_usd
    what = f"{model.id} is re-priced"
    if made.model != model.id:
        what = f"{model.id} is to replace {made.model}"
    if before is None or after is None:
        if _swap(case) is None:
            return
        unknown = made.model if before is None else model.id
        found = f"{what}, and the price of {unknown} is unknown"
    elif after > before * (1 + most) * (1 + SLACK):
        by = f"by {(after - before) / before:.0%}" if before else "from nothing"
        found = f"{what}: a request's price rises {by}, from {usd(before)} to {usd(after)}"
    else:
        return
    yield Finding(found, f"a rise of at most {most:.0%}", ("model",), _keep(case, made))


def _keep(case: Case, made: Deployment) -> str:
    """How to stay with the model that is deployed."""
    if made.model == case.entry.model.resolved.id or made.task != case.entry.task.id:
        return "Accept it for a while with a waiver, or raise the rule's limit."
    name = case.manifest.name
    if case.manifest.model == RECOMMENDED:
        stay = f"`pareta-plan lock --upgrade-workload {name}=={made.model}`"
        return f"Stay with it: {stay}; or accept the swap with a waiver."
    return f"Stay with it: `model: {made.model}`; or accept the swap with a waiver."


def _gates(required: list[str], case: Case) -> Iterator[Finding]:
    gates = case.manifest.eval.gates if case.manifest.eval else None
    missing = [name for name in required if gates is None or getattr(gates, name) is None]
    found = f"no gate {', '.join(missing)}" if gates else "no eval, so no gates"
    yield from _missing(missing, found, f"gates {', '.join(required)}", "eval", "gates")


def _labels(required: list[str], case: Case) -> Iterator[Finding]:
    missing = [label for label in required if not case.manifest.labels.get(label)]
    found = f"no label {', '.join(missing)}"
    yield from _missing(missing, found, f"labels {', '.join(required)}", "labels")


def _missing(names: list[str], found: str, required: str, *keys: str) -> Iterator[Finding]:
    if names:
        where = f"into `{'.'.join(keys)}`, in the manifest or in the defaults"
        yield Finding(found, f"only with the {required}", keys, f"Write `{names[0]}: ...` {where}.")


def _attempts(most: int, case: Case) -> Iterator[Finding]:
    if case.attempt is None or case.attempt <= most:
        return
    found = f"the evaluation would be attempt {case.attempt} at the same question"
    hint = (
        "Go on with the evidence that is there: put its rows back and add others at their end, "
        "without --no-reuse; `pareta-plan plan` shows what that costs."
    )
    yield Finding(found, f"at most {count(most, 'attempt')}", ("eval",), hint)


CHECKS: dict[str, Callable[[Any, Case], Iterator[Finding]]] = {
    "allow_vendors": _vendors,
    "allow_model_families": _families,
    "max_quality_drop": _quality_drop,
    "max_price_rise": _price_rise,
    "require_gates": _gates,
    "require_labels": _labels,
    "max_attempts": _attempts,
}
