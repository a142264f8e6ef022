"""The story a command tells: read the project, lock, plan, apply.

Everything here takes a project and a platform, and returns values; the command line prints
them and turns them into exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pareta_plan.client.remote import Reader
from pareta_plan.errors import StaleError
from pareta_plan.lock.lock import Locking, all_or_errors, each, frozen, lock
from pareta_plan.lock.resolve import prices, refuse_missing
from pareta_plan.manifest.selection import EVERYTHING, Labels, Selection
from pareta_plan.plan import refusals as checks
from pareta_plan.plan.make import make_plan
from pareta_plan.plan.model import ORDINARY, Asked, Plan
from pareta_plan.plan.observed import NONE_ASKED, Contested, Prices
from pareta_plan.plan.saved import AGAIN, differences, misfits, unreviewed
from pareta_plan.plan.workload import workloads
from pareta_plan.project.lockfile import Lockfile, split_scope
from pareta_plan.project.project import Project
from pareta_plan.wire import Endpoint

if TYPE_CHECKING:
    from pareta_plan.apply.journal import LeftBehind
    from pareta_plan.plan.drift import Drift, Tolerance
    from pareta_plan.policy.violation import Violation


@dataclass(frozen=True)
class Planned:
    """A plan with the lockfile it was made from."""

    plan: Plan
    lockfile: Lockfile


def check_selection(project: Project, selection: Selection) -> None:
    """Refuse a selector that selects nothing in project or lockfile. Raises UsageError."""
    if selection:
        lockfile = project.read_lockfile()
        gone: dict[str, Labels] = {name: {} for name in (lockfile.workloads if lockfile else ())}
        here = {name: item.manifest.labels for name, item in project.located.items()}
        selection.refuse_strangers({**gone, **here})


def plan(
    project: Project,
    reader: Reader,
    how: Locking,
    asked: Asked = ORDINARY,
) -> Planned:
    """Lock, look at the platform, and plan; spends nothing and writes only the lockfile.

    What is to be destroyed needs no lockfile that knows every workload.
    """
    if asked.destroy:
        lockfile = frozen(project, project.read_lockfile(), reader.platform, whole=False)
    else:
        lockfile = lock(project, reader, how)
    endpoints = reader.endpoints()
    if endpoints is None:
        offers, origin = reader.offers(), reader.name
        all_or_errors(project.located, lambda item: refuse_missing(item, offers, origin))
    observed = _by_id(endpoints)
    if not asked.destroy:
        checks.check_imports(project, lockfile, observed, asked.selection)
    made = _made(project, lockfile, observed, asked, _prices(project, reader, lockfile, asked))
    checks.check_baselines(project, made, lockfile)
    checks.check_rows(project, reader, made, lockfile)
    return Planned(made, lockfile)


def _by_id(endpoints: Iterable[Endpoint] | None) -> dict[str, Endpoint]:
    return {endpoint.id: endpoint for endpoint in endpoints or ()}


def look_again(project: Project, reader: Reader, planned: Planned, *, reviewed: bool) -> None:
    """Refuse a plan that isn't what would be planned now. Raises StaleError with what moved.

    `reviewed` is whether it was a saved one.
    """
    before = planned.plan
    asked, lockfile = before.asked, planned.lockfile
    today = _prices(project, reader, lockfile, asked)
    fresh = _made(project, lockfile, _by_id(reader.endpoints()), asked, today)
    if moved := differences(before, fresh):
        hint = AGAIN if reviewed else "Run the same command again: it makes a new plan."
        raise StaleError("the plan no longer fits: " + "; ".join(moved), hint=hint)


def plan_offline(project: Project, asked: Asked = ORDINARY) -> Planned:
    """Plan from the lockfile alone, as if the platform had what it recorded; no network at all.

    Raises StaleError without a lockfile that knows every workload.
    """
    lockfile = frozen(project, project.read_lockfile(), None, whole=not asked.destroy)
    return Planned(_made(project, lockfile, None, asked), lockfile)


def _prices(project: Project, reader: Reader, lockfile: Lockfile, asked: Asked) -> Prices:
    """Today's, of the tasks on which something is to be evaluated."""
    if asked.destroy:
        return NONE_ASKED
    tasks = {
        workload.entry.task.id
        for workload in workloads(project.manifests, lockfile)
        if workload.lacks_evidence(reuse=asked.reuse)
        and asked.selection.holds(workload.name, workload.labels)
    }
    boards = each(reader.leaderboard, tasks)
    return {id: prices(board) for id, board in boards.items() if board}


def _made(
    project: Project,
    lockfile: Lockfile,
    observed: Mapping[str, Endpoint] | None,
    asked: Asked,
    prices: Prices = NONE_ASKED,
) -> Plan:
    where = project.directory
    try:
        return make_plan(
            project.manifests, lockfile, observed, asked, directory=where, prices=prices
        )
    except Contested as contested:
        raise checks.refusal(contested, project, lockfile) from None


def drift(
    project: Project,
    reader: Reader,
    tolerance: Tolerance,
    selection: Selection = EVERYTHING,
) -> list[Drift]:
    """Where the platform moved away from the lockfile; reads only.

    A selection leaves out what belongs to no workload. Raises StaleError without a lockfile of
    this platform.
    """
    lockfile = frozen(project, project.read_lockfile(), reader.platform)
    every = workloads(project.manifests, lockfile)
    selected = {w.name: w.entry for w in every if selection.holds(w.name, w.labels)}
    tasks = {task.id: task for task in reader.tasks()}
    ids = {entry.task.id for entry in selected.values()} & tasks.keys()
    from pareta_plan.plan.drift import Now, drifts

    now = Now(
        tasks=tasks,
        boards=each(reader.leaderboard, ids),
        rosters=each(reader.roster, ids),
        endpoints=_by_id(reader.endpoints()),
        elsewhere=set(checks.deployed_elsewhere(project, reader.platform)),
    )
    found = drifts(project.manifests, lockfile, now, tolerance)
    return [one for one in found if one.workload in selected] if selection else found


def judge_policy(
    project: Project, planned: Planned, today: str
) -> tuple[list[Violation], list[str]]:
    """What a plan breaks of the project's policy, and what of the policy does nothing.

    `today` is a day as 2031-12-31.
    """
    if project.settings is None or not project.settings.file.policy.rules:
        return [], []
    from pareta_plan.policy import policy

    settings, located, made = project.settings, project.located, planned.plan
    found = policy.violations(settings, located, planned.lockfile, made, today)
    return found, policy.remarks(settings, located, found, made)


def of_this_scope(saved: Plan, project: Project) -> None:
    """Refuse a plan of another environment or project before anything is read. Raises StaleError.

    A saved plan keeps its environment, whether or not the project has the one that was given.
    """
    _, env = split_scope(saved.scope)
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


def unfinished(project: Project, platform: str) -> LeftBehind | None:
    """What an apply left that has not finished; None if none did."""
    if not any(project.state_dir.glob("journal-*")):
        return None
    from pareta_plan.apply.journal import journal_path, left_behind

    return left_behind(journal_path(project.state_dir, platform, project.env))


def goes_on(left: LeftBehind | None, planned: Planned) -> Iterator[str]:
    """That an apply has not finished, and which of its endpoints will be taken down."""
    if left is None:
        return
    yield "an earlier apply has not finished; apply goes on where it stood"
    changes, recorded = planned.plan.changes, {*planned.lockfile.deployed.values()}
    wanted = {change.after.endpoint for change in changes if change.after}
    listed = {step.endpoint for change in changes for step in change.steps}
    if gone := sorted(left.endpoints - recorded - wanted - listed):
        yield f"apply takes down what came to nothing: {', '.join(gone)}"


def same_or_stale(saved: Plan, fresh: Plan, stopped: LeftBehind | None) -> None:
    """Refuse to apply a reviewed plan to a world that moved. Raises StaleError with what moved.

    The world moved by the plan's own doing when an apply of it was stopped; then what is left
    to do must be a part of what was reviewed.
    """
    if elsewhere := misfits(saved, fresh):
        raise StaleError("the plan is not for here: " + "; ".join(elsewhere), hint=AGAIN)
    left = unreviewed if stopped and stopped.plan == saved.digest else differences
    if moved := left(saved, fresh):
        raise StaleError("the plan no longer fits: " + "; ".join(moved), hint=AGAIN)
