"""The story a command tells: read the project, lock, plan, apply.

Everything here takes a project and a platform, and returns values; the command line prints
them and turns them into exit codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pareta_plan.errors import ResolutionError, StaleError
from pareta_plan.lockfile import Lockfile
from pareta_plan.locking import Locking, all_or_errors, each, frozen, lock
from pareta_plan.manifest import Located
from pareta_plan.plan import ORDINARY, Asked, Plan
from pareta_plan.planning import make_plan
from pareta_plan.project import Project
from pareta_plan.remote import Reader
from pareta_plan.resolve import check_import, refuse_missing
from pareta_plan.saved_plan import AGAIN, differences, misfits, unreviewed
from pareta_plan.selection import EVERYTHING, Labels, Selection
from pareta_plan.wire import Endpoint, Leaderboard, MicroUsd
from pareta_plan.workload import workloads
from pareta_plan.world import NONE_ASKED, Contested, Prices

if TYPE_CHECKING:
    from pareta_plan.drift import Drift, Tolerance
    from pareta_plan.journal import LeftBehind
    from pareta_plan.violation import Violation


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
    observed = {endpoint.id: endpoint for endpoint in endpoints or ()}
    if not asked.destroy:
        _check_imports(project, lockfile, observed, asked.selection)
    made = _priced(project, lockfile, observed, asked, reader)
    _check_baselines(project, made, lockfile)
    _check_rows(project, reader, made, lockfile)
    return Planned(made, lockfile)


def look_again(project: Project, reader: Reader, planned: Planned, *, reviewed: bool) -> None:
    """Refuse a plan that isn't what would be planned now. Raises StaleError with what moved.

    `reviewed` is whether it was a saved one.
    """
    before = planned.plan
    observed = {endpoint.id: endpoint for endpoint in reader.endpoints() or ()}
    fresh = _priced(project, planned.lockfile, observed, before.asked, reader)
    if moved := differences(before, fresh):
        hint = AGAIN if reviewed else "Run the same command again: it makes a new plan."
        raise StaleError("the plan no longer fits: " + "; ".join(moved), hint=hint)


def plan_offline(project: Project, asked: Asked = ORDINARY) -> Planned:
    """Plan from the lockfile alone, as if the platform had what it recorded; no network at all.

    Raises StaleError without a lockfile that knows every workload.
    """
    lockfile = frozen(project, project.read_lockfile(), None, whole=not asked.destroy)
    return Planned(_made(project, lockfile, None, asked), lockfile)


def _priced(
    project: Project,
    lockfile: Lockfile,
    observed: Mapping[str, Endpoint],
    asked: Asked,
    reader: Reader,
) -> Plan:
    """The plan, whose evaluations reserve what they may cost at today's prices."""
    made = _made(project, lockfile, observed, asked)
    entries = [lockfile.workloads[change.workload] for change in made.changes if change.rows]
    boards = each(reader.leaderboard, {entry.task.id for entry in entries})
    prices = {id: _prices(board) for id, board in boards.items() if board}
    return _made(project, lockfile, observed, asked, prices) if prices else made


def _prices(board: Leaderboard) -> dict[str, MicroUsd]:
    every = [*board.models, *([board.frontier] if board.frontier else [])]
    prices = ((entry.name, entry.cost_per_request_micro_usd) for entry in every)
    return {name: price for name, price in prices if price is not None}


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
        newcomer = max(contested.names, key=partial(_is_new, project, lockfile))
        others = ", ".join(name for name in contested.names if name != newcomer)
        raise ResolutionError(
            f"{newcomer}: its endpoint would be {contested.id!r}, which is that of {others}",
            location=project.located[newcomer].at("deploy"),
            hint="One endpoint serves one workload: give it another `deploy: {name: ...}`, or take "
            "its `import` away.",
        ) from None


def _is_new(project: Project, lockfile: Lockfile, name: str) -> tuple[bool, bool]:
    """Whether a workload has no endpoint yet, and whether it is one to adopt that it wants."""
    deploy = project.located[name].manifest.deploy
    return lockfile.workloads[name].deployment is None, bool(deploy and deploy.import_)


def _check_imports(
    project: Project,
    lockfile: Lockfile,
    observed: Mapping[str, Endpoint],
    selection: Selection,
) -> None:
    """Hold what is to be adopted against what is there. Raises ResolutionError with the place."""
    every = workloads(project.manifests, lockfile)
    importing = {
        w.name: project.located[w.name]
        for w in every
        if w.deploy and w.deploy.import_ and not w.recorded and selection.holds(w.name, w.labels)
    }

    if not importing:
        return
    owners = _deployed_elsewhere(project, lockfile.platform)
    owners |= {workload.recorded: workload.name for workload in every if workload.recorded}

    def check(item: Located) -> None:
        deploy = item.manifest.deploy
        if deploy and deploy.import_:
            check_import(item, deploy.import_, observed, owners)

    all_or_errors(importing, check)


def _check_baselines(project: Project, made: Plan, lockfile: Lockfile) -> None:
    """Refuse to buy an evaluation whose gates need a baseline where the task has none."""
    without = [
        c.workload
        for c in made.changes
        if c.rows and not lockfile.workloads[c.workload].frontier.resolved
    ]

    def check(item: Located) -> None:
        spec, name = item.manifest.eval, item.manifest.name
        task = lockfile.workloads[name].task.id
        for key in spec.gates.against_baselines if spec else ():
            raise ResolutionError(
                f"{name}: {key} needs a baseline, and `frontier: {item.manifest.frontier}` gives "
                f"none for {task}",
                location=item.at("eval", "gates", key),
                hint=f"`pareta-plan catalog frontier {task}` lists baselines: name some in "
                "`frontier`, or take the gate out.",
            )

    all_or_errors({name: project.located[name] for name in without}, check)


def _check_rows(project: Project, reader: Reader, made: Plan, lockfile: Lockfile) -> None:
    """Hold the rows that would be scored against their tasks, which may have changed."""
    scored = [c.workload for c in made.changes if c.rows]
    if not scored:
        return
    from pareta_plan.rows import check

    tasks = {task.id: task for task in reader.tasks()}
    items = {name: project.located[name] for name in scored}

    def checked(item: Located) -> None:
        name = item.manifest.name
        task = tasks.get(lockfile.workloads[name].task.id)
        if task is not None:
            check(project.data[name], task, item)

    all_or_errors(items, checked)


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
    from pareta_plan.drift import Now, drifts

    now = Now(
        tasks=tasks,
        boards=each(reader.leaderboard, ids),
        rosters=each(reader.roster, ids),
        endpoints={endpoint.id: endpoint for endpoint in reader.endpoints() or ()},
        elsewhere=set(_deployed_elsewhere(project, reader.platform)),
    )
    found = drifts(project.manifests, lockfile, now, tolerance)
    return [one for one in found if one.workload in selected] if selection else found


def _deployed_elsewhere(project: Project, platform: str) -> dict[str, str]:
    """Who has which endpoint of a platform by the lockfiles of the project's other environments."""
    return {
        entry.deployment.endpoint: f"{name} in {sibling.lockfile_name}"
        for sibling in project.siblings()
        if (lockfile := sibling.read_lockfile()) and lockfile.platform == platform
        for name, entry in lockfile.workloads.items()
        if entry.deployment
    }


def judge_policy(
    project: Project, planned: Planned, today: str
) -> tuple[list[Violation], list[str]]:
    """What a plan breaks of the project's policy, and what of the policy does nothing.

    `today` is a day as 2031-12-31.
    """
    if project.settings is None or not project.settings.file.policy.rules:
        return [], []
    from pareta_plan import policy

    settings, located, made = project.settings, project.located, planned.plan
    found = policy.violations(settings, located, planned.lockfile, made, today)
    return found, policy.remarks(settings, located, found, made)


def of_this_scope(saved: Plan, project: Project) -> None:
    """Refuse a plan of another environment or project before anything is read. Raises StaleError.

    A saved plan keeps its environment, whether or not the project has the one that was given.
    """
    env = saved.scope.partition("/")[2] or None
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
    """What an apply left that did not finish, or is under way; None if none did."""
    if not any(project.state_dir.glob("journal-*")):
        return None
    from pareta_plan.journal import journal_path, left_behind

    return left_behind(journal_path(project.state_dir, platform, project.env))


def goes_on(left: LeftBehind | None, planned: Planned) -> Iterator[str]:
    """That an apply did not finish, and which of its endpoints will be taken down."""
    if left is None:
        return
    yield "an earlier apply did not finish; apply goes on where it stood"
    made = planned.lockfile.workloads.values()
    recorded = {entry.deployment.endpoint for entry in made if entry.deployment}
    changes = planned.plan.changes
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
