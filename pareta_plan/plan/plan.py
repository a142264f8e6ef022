"""The story of a plan: the project is locked, the platform looked at, and the changes made of both.

Everything here takes a project and a platform, and returns values; the command line prints
them and turns them into exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pareta_plan.client.remote import EMBEDDED, Reader, each
from pareta_plan.errors import StaleError
from pareta_plan.lock.lock import lock
from pareta_plan.lock.resolve import prices, refuse_missing
from pareta_plan.lock.stale import Locking, frozen
from pareta_plan.manifest.reading import all_or_errors
from pareta_plan.manifest.selection import Labels, Selection
from pareta_plan.plan import refusals
from pareta_plan.plan.buying import Buying
from pareta_plan.plan.development import counted
from pareta_plan.plan.make import make_plan
from pareta_plan.plan.model import ORDINARY, Asked, Plan
from pareta_plan.plan.observed import NONE_ASKED, Contested, Prices, assumed, assumed_names
from pareta_plan.plan.saved import AGAIN, differences
from pareta_plan.plan.workload import workloads
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.project.project import Project
from pareta_plan.wire import Endpoint


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
    *,
    as_recorded: bool = False,
) -> Planned:
    """Lock, look at the platform, and plan; spends nothing and writes only the lockfile.

    What is to be destroyed needs no lockfile that knows every workload. With `as_recorded` a
    checkout that never had what the lockfile records is taken to have it.
    """
    if asked.destroy:
        lockfile = frozen(project, project.read_lockfile(), reader.platform, whole=False)
    else:
        lockfile = lock(project, reader, how)
    recorded = as_recorded and lacks_recorded(reader, lockfile)
    observed = as_if(project, lockfile) if recorded else _seen(project, reader)
    if not asked.destroy:
        refusals.check_imports(project, lockfile, observed, asked.selection)
    today = _prices(project, reader, lockfile, asked)
    names = _names(project, reader, lockfile, asked, as_recorded=recorded)
    made = _made(project, lockfile, observed, asked, today, names, as_recorded=recorded)
    refusals.check_baselines(project, made, lockfile)
    scores = any(change.rows for change in made.changes)
    serves = bool(lockfile.deployed) and not asked.destroy
    tasks = {task.id: task for task in reader.tasks()} if scores or serves else {}
    if serves:
        refusals.check_tasks(project, tasks, lockfile, reader.name)
    refusals.check_rows(project, tasks, made, lockfile)
    return Planned(counted(project, reader, tasks, made, lockfile), lockfile)


def lacks_recorded(reader: Reader, lockfile: Lockfile | None) -> bool:
    """Whether the lockfile records deployments that this checkout never had."""
    return reader.fresh and lockfile is not None and bool(lockfile.deployed)


def _seen(project: Project, reader: Reader) -> dict[str, Endpoint]:
    """What is deployed. Raises ResolutionError for a manifest that wants what nobody offers."""
    endpoints = reader.endpoints()
    if endpoints is None:
        offers, origin = reader.offers(), reader.name
        all_or_errors(project.located, lambda item: refuse_missing(item, offers, origin))
    return by_id(endpoints)


def as_if(project: Project, lockfile: Lockfile) -> dict[str, Endpoint]:
    """What is deployed where everything is as the lockfile records it, by id."""
    return assumed(workloads(project.manifests, lockfile))


def by_id(endpoints: Iterable[Endpoint] | None) -> dict[str, Endpoint]:
    """Endpoints by their ids; none where nobody looked."""
    return {endpoint.id: endpoint for endpoint in endpoints or ()}


def look_again(project: Project, reader: Reader, planned: Planned, *, reviewed: bool) -> None:
    """Refuse a plan that isn't what would be planned now. Raises StaleError with what moved.

    `reviewed` is whether it was a saved one.
    """
    before = planned.plan
    asked, lockfile = before.asked, planned.lockfile
    today = _prices(project, reader, lockfile, asked)
    as_recorded = before.as_recorded
    observed = as_if(project, lockfile) if as_recorded else by_id(reader.endpoints())
    names = _names(project, reader, lockfile, asked, as_recorded=as_recorded)
    fresh = _made(project, lockfile, observed, asked, today, names, as_recorded=as_recorded)
    if moved := differences(before, fresh):
        hint = AGAIN if reviewed else "Run the same command again: it makes a new plan."
        raise StaleError("the plan no longer fits: " + "; ".join(moved), hint=hint)


def plan_offline(project: Project, asked: Asked = ORDINARY) -> Planned:
    """Plan from the lockfile alone, as if the platform had what it recorded; no network at all.

    Raises StaleError without a lockfile that knows every workload.
    """
    lockfile = frozen(project, project.read_lockfile(), None, whole=not asked.destroy)
    names = _recorded_names(project, lockfile)
    return Planned(_made(project, lockfile, None, asked, names=names), lockfile)


def _names(
    project: Project, reader: Reader, lockfile: Lockfile, asked: Asked, *, as_recorded: bool
) -> dict[str, str] | None:
    """The endpoints by the project's stable names, None on a platform that has no such names.

    Raises ResolutionError for a name that another project or environment has there.
    """
    if as_recorded:
        return _recorded_names(project, lockfile)
    if asked.destroy or not any(item.deploy for item in project.manifests):
        return None
    there = reader.names()
    if there is None:
        return None
    refusals.check_names(project, lockfile, there, asked.selection)
    return {one.name: one.endpoint for one in there if refusals.is_own(one, lockfile)}


def _recorded_names(project: Project, lockfile: Lockfile) -> dict[str, str] | None:
    every = workloads(project.manifests, lockfile)
    return assumed_names(every, known=lockfile.platform == EMBEDDED)


def _prices(project: Project, reader: Reader, lockfile: Lockfile, asked: Asked) -> Prices:
    """Today's, of the tasks on which something is to be evaluated."""
    if asked.destroy:
        return NONE_ASKED
    tasks = {
        workload.entry.task.id
        for workload in workloads(project.manifests, lockfile)
        if Buying(workload, asked.reuse).is_needed
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
    names: Mapping[str, str] | None = None,
    *,
    as_recorded: bool = False,
) -> Plan:
    try:
        return make_plan(
            project.manifests,
            lockfile,
            observed,
            asked,
            directory=project.directory,
            prices=prices,
            names=names,
            as_recorded=as_recorded,
        )
    except Contested as contested:
        raise refusals.refusal(contested, project, lockfile) from None
