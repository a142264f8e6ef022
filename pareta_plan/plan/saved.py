"""Saved plans: their bytes, the digest that an approval is bound to, and what moved since."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, ValidationError

from pareta_plan.canonical import canonical_chunks
from pareta_plan.errors import Location, ProjectError, StaleError
from pareta_plan.manifest.manifest import Gates
from pareta_plan.plan.attributes import GATE
from pareta_plan.plan.model import VERSION, Change, Plan, State
from pareta_plan.plan.steps import Deploy, Retire
from pareta_plan.project.project import Project
from pareta_plan.wire import LIVE, STARTING
from pareta_plan.words import usd

MAKE = "Make a new one: `pareta-plan plan --out FILE`."
AGAIN = "Make a new plan and have it reviewed: `pareta-plan plan --out FILE`."

_BEGINNING = re.compile(rb'\s*\{\s*"digest"\s*:\s*"sha256:')


class SavedPlan(BaseModel):
    """A plan in a file, with the digest that an approval is bound to."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    plan: Plan
    digest: str


def save(plan: Plan) -> Iterator[bytes]:
    """The bytes of a saved plan, in parts."""
    return canonical_chunks({"plan": plan, "digest": plan.digest})


def may_replace(beginning: bytes) -> bool:
    """Whether nothing is lost with a file that begins so: a plan of any version, or nothing."""
    return not beginning or _BEGINNING.match(beginning) is not None


def load(data: bytes, path: str) -> Plan:
    """Read a saved plan. Raises ProjectError when it is damaged, altered or of another version."""
    try:
        saved = SavedPlan.model_validate_json(data)
    except ValidationError as invalid:
        raise _refusal(_unreadable(invalid), path) from None
    try:
        digest = saved.plan.digest
    except ValueError:
        raise _refusal("not a plan: it holds a number that is not finite", path) from None
    if saved.digest != digest:
        raise _refusal("the plan was altered after it was saved", path)
    if strange := [change.workload for change in saved.plan.changes if not _has_gates(change)]:
        raise _refusal(f"not a plan: it holds {strange[0]!r} against gates that there aren't", path)
    return saved.plan


def _has_gates(change: Change) -> bool:
    """Whether what a change says of gates is what a manifest can say: anyone can sign a plan."""
    wanted = {
        name.removeprefix(GATE): attribute.after
        for name, attribute in change.attributes.items()
        if name.startswith(GATE) and attribute.after is not None
    }
    try:
        Gates.model_validate(wanted)
    except ValidationError:
        return False
    return True


def _unreadable(invalid: ValidationError) -> str:
    first = invalid.errors(include_url=False)[0]
    where = ".".join(str(k) for k in first["loc"])
    if where == "plan.version" and first["type"] == "literal_error":
        return f"the plan is of version {first['input']}; this pareta-plan reads {VERSION}"
    if where.endswith(".steps") and first["type"] == "too_short":
        return f"the plan lists a change that does nothing (at {where})"
    return f"not a plan: {first['msg']} (at {where or 'its start'})"


def _refusal(why: str, path: str) -> ProjectError:
    return ProjectError(why, location=Location(path), hint=MAKE)


def misfits(saved: Plan, fresh: Plan) -> list[str]:
    """Why a plan isn't for this place at all: another tool, folder or platform."""
    said = {
        "tool": "it was made by pareta-plan {}, this is {}",
        "directory": "it was made in {}, this is {}",
        "platform": "it was made on {}, this is {}",
    }
    pairs = ((words, getattr(saved, name), getattr(fresh, name)) for name, words in said.items())
    return [words.format(then, now) for words, then, now in pairs if then != now]


def differences(saved: Plan, fresh: Plan) -> list[str]:
    """What moved between two plans of one place, by name; empty when both say the same."""
    found = [*_endpoints(saved, fresh), *_workloads(saved, fresh)]
    if not found and saved.lockfile != fresh.lockfile:
        found.append("the lockfile changed in what this plan leaves alone")
    if not found and _content(saved) != _content(fresh):
        found.append("it would be another plan")
    return found


def unreviewed(saved: Plan, fresh: Plan) -> list[str]:
    """What a stopped apply of a saved plan would still do that nobody reviewed, by name.

    Its rest has the same decisions, and no steps but those that were shown; what came up
    broken may go.
    """
    was = {change.workload: change for change in saved.changes}
    found = []
    for now in fresh.changes:
        reviewed, name = was.get(now.workload), now.workload
        other = saved.sources.get(name) != fresh.sources.get(name)
        if other or reviewed is None or not _is_rest(reviewed, now):
            found.append(f"{name}: {_moved(reviewed, now, other_source=other)}")
    return found


def _is_rest(reviewed: Change, now: Change) -> bool:
    own = {Retire(step.endpoint) for step in reviewed.steps if isinstance(step, Deploy)}
    same = (reviewed.resolution, reviewed.after) == (now.resolution, now.after)
    return same and {*now.steps} <= {*reviewed.steps} | own


def _content(plan: Plan) -> dict[str, object]:
    """The plan without how it was seen: it may take the platform to be as recorded."""
    seen = {"observed", "as_recorded", "changes"}
    return {**plan.model_dump(exclude=seen), "changes": [*map(_decided, plan.changes)]}


def _decided(change: Change | None) -> Change | None:
    """A change without what is only told of its rows: a plan without network knows less of them."""
    return change and change.model_copy(update={"development_rows": 0, "development_named": []})


def _endpoints(saved: Plan, fresh: Plan) -> Iterator[str]:
    if saved.observed is None or fresh.observed is None:
        return
    for id in sorted({*saved.observed, *fresh.observed}):
        then, now = saved.observed.get(id), fresh.observed.get(id)
        if then != now and not _came_up(then, now):
            was, has = (str(state or "") for state in (then, now))
            yield f"endpoint {id} was {was or 'not there'}, is now {has or 'gone'}"


def _came_up(then: State | None, now: State | None) -> bool:
    """Whether an endpoint that was starting is up: that it does by itself."""
    return bool(then and then.status == STARTING and now == replace(then, status=LIVE))


def _workloads(saved: Plan, fresh: Plan) -> Iterator[str]:
    was = {change.workload: change for change in saved.changes}
    now = {change.workload: change for change in fresh.changes}
    for name in sorted({*was, *now}):
        other = saved.sources.get(name) != fresh.sources.get(name)
        if other or _decided(was.get(name)) != _decided(now.get(name)):
            yield f"{name}: {_moved(was.get(name), now.get(name), other_source=other)}"


def _moved(was: Change | None, now: Change | None, *, other_source: bool) -> str:
    if was is None and now is not None:
        return f"now it would {_deed(now)}"
    if now is None and was is not None:
        return f"nothing is left to do, it was to {_deed(was)}"
    if was is None or now is None or other_source:
        return "its manifest or its rows changed"
    if (was.action, was.why) != (now.action, now.why):
        return f"it was to {_deed(was)}; now it would {_deed(now)}"
    if was.reserve_micro_usd != now.reserve_micro_usd:
        costs = (usd(change.reserve_micro_usd) for change in (was, now))
        return "it was estimated to cost {}; now it is {}".format(*costs)
    return "the same action, with other figures"


def _deed(change: Change) -> str:
    return f"{'change' if change.action == 'none' else change.action} ({change.why})"


def of_this_scope(saved: Plan, project: Project) -> None:
    """Refuse a plan of another environment or project before anything is read. Raises StaleError.

    A saved plan keeps its environment, whether or not the project has the one that was given.
    """
    env = saved.scope.env
    if env != project.env:
        then, now = (f"the environment {e}" if e else "no environment" for e in (env, project.env))
        use = f"Use the one that it was made for: --env {env}."
        raise StaleError(
            f"the plan is not for here: it was made for {then} and keeps to it; this is for {now}",
            hint=use if env else "Leave --env and PARETA_PLAN_ENV away.",
        )
    if saved.scope != project.scope:
        then, now = (scope or "no named project" for scope in (saved.scope, project.scope))
        raise StaleError(
            f"the plan is not for here: it was made for {then}, this is {now}", hint=AGAIN
        )
