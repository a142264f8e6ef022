"""The story a command tells: read the project, lock, plan, apply.

Everything here takes a project and a platform, and returns values; the command line prints
them and turns them into exit codes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pareta_plan.caps import Caps, check_caps
from pareta_plan.drift import Drift, Now, Tolerance, drifts
from pareta_plan.errors import StaleError, UsageError
from pareta_plan.files import ignore_state
from pareta_plan.lockfile import Entry, Lockfile
from pareta_plan.locking import Locking, all_or_errors, each, frozen, lock
from pareta_plan.manifest import Located
from pareta_plan.plan import Plan
from pareta_plan.planning import make_plan
from pareta_plan.project import Project
from pareta_plan.remote import Reader, Writer
from pareta_plan.resolve import check_import, refuse_missing
from pareta_plan.saved_plan import AGAIN, differences, misfits
from pareta_plan.selection import EVERYTHING, Labels, Selection
from pareta_plan.wire import Endpoint
from pareta_plan.workload import workloads

if TYPE_CHECKING:
    from pareta_plan.apply import Emit
    from pareta_plan.outcome import Result
    from pareta_plan.policy import Violation


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
    platform: str,
    how: Locking,
    *,
    reuse: bool = True,
    destroy: bool = False,
    selection: Selection = EVERYTHING,
) -> Planned:
    """Lock, look at the platform, and plan; spends nothing and writes only the lockfile."""
    lockfile = lock(project, reader, platform, how)
    endpoints = reader.endpoints()
    if endpoints is None:
        offers, origin = reader.offers(), reader.base_url
        all_or_errors(project.located, lambda item: refuse_missing(item, offers, origin))
    observed = {endpoint.id: endpoint for endpoint in endpoints or ()}
    _check_imports(project, lockfile, observed)
    made = make_plan(
        project.manifests,
        lockfile,
        observed,
        directory=project.directory,
        reuse=reuse,
        destroy=destroy,
        selection=selection,
    )
    _check_rows(project, reader, made, lockfile)
    return Planned(made, lockfile)


def plan_offline(
    project: Project,
    *,
    reuse: bool = True,
    destroy: bool = False,
    selection: Selection = EVERYTHING,
) -> Planned:
    """Plan from the lockfile alone, as if the platform had what it recorded; no network at all.

    Raises StaleError without a lockfile that knows every workload.
    """
    lockfile = frozen(project, project.read_lockfile(), None)
    made = make_plan(
        project.manifests,
        lockfile,
        None,
        directory=project.directory,
        reuse=reuse,
        destroy=destroy,
        selection=selection,
    )
    return Planned(made, lockfile)


def _check_imports(project: Project, lockfile: Lockfile, observed: Mapping[str, Endpoint]) -> None:
    """Hold what is to be adopted against what is there. Raises ResolutionError with the place."""
    every = workloads(project.manifests, lockfile)
    owners = {workload.recorded: workload.name for workload in every if workload.recorded}
    importing = {
        w.name: project.located[w.name]
        for w in every
        if w.deploy and w.deploy.import_ and not w.recorded
    }

    def check(item: Located) -> None:
        deploy = item.manifest.deploy
        if deploy and deploy.import_:
            check_import(item, deploy.import_, observed, owners)

    all_or_errors(importing, check)


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
    platform: str,
    tolerance: Tolerance,
    selection: Selection = EVERYTHING,
) -> list[Drift]:
    """Where the platform moved away from the lockfile; reads only.

    A selection leaves out what belongs to no workload. Raises StaleError without a lockfile of
    this platform.
    """
    lockfile = frozen(project, project.read_lockfile(), platform)
    every = workloads(project.manifests, lockfile)
    selected = {w.name: w.entry for w in every if selection.holds(w.name, w.labels)}
    tasks = {task.id: task for task in reader.tasks()}
    ids = {entry.task.id for entry in selected.values()} & tasks.keys()
    now = Now(
        tasks=tasks,
        boards=each(reader.leaderboard, ids),
        rosters=each(reader.roster, ids),
        endpoints={endpoint.id: endpoint for endpoint in reader.endpoints() or ()},
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
    from pareta_plan import policy

    settings, located, made = project.settings, project.located, planned.plan
    found = policy.violations(settings, located, planned.lockfile, made, today)
    return found, policy.remarks(settings, located, found, made)


def of_this_scope(saved: Plan, project: Project) -> None:
    """Refuse a plan of another environment before its lockfile is looked for. Raises StaleError."""
    if saved.scope != project.scope:
        then, now = (scope or "no named project" for scope in (saved.scope, project.scope))
        raise StaleError(
            f"the plan is not for here: it was made for {then}, this is {now}",
            hint="Choose the environment that it was made for: --env NAME.",
        )


def same_or_stale(saved: Plan, fresh: Plan, stopped: str | None) -> None:
    """Refuse to apply a reviewed plan to a world that moved. Raises StaleError with what moved.

    The world moved by the plan's own doing when an apply of it was stopped; then what is left
    to do must be of the workloads that were reviewed.
    """
    if elsewhere := misfits(saved, fresh):
        raise StaleError("the plan is not for here: " + "; ".join(elsewhere), hint=AGAIN)
    reviewed = {change.workload for change in saved.changes}
    if stopped == saved.digest and {c.workload for c in fresh.changes} <= reviewed:
        return
    if moved := differences(saved, fresh):
        raise StaleError("the plan no longer fits: " + "; ".join(moved), hint=AGAIN)


@contextmanager
def apply_lock(project: Project) -> Iterator[None]:
    """Only one apply at a time in a project. Raises UsageError when another one runs."""
    from filelock import FileLock, Timeout

    ignore_state(project.state_dir)
    guard = FileLock(project.state_dir / "apply.lock", timeout=0)
    try:
        guard.acquire()
    except Timeout:
        raise UsageError(
            "another apply is running in this project", hint="Wait for it to end, or stop it."
        ) from None
    try:
        yield
    finally:
        guard.release()


def stopped_apply(project: Project, platform: str) -> str | None:
    """The saved plan's digest of an apply that was stopped, "" without one; None if none was."""
    from pareta_plan.journal import journal_path, left_behind

    return left_behind(journal_path(project.state_dir, platform, project.env))


def apply(
    project: Project,
    writer: Writer,
    planned: Planned,
    limits: Caps,
    emit: Emit,
    saved: str | None = None,
) -> list[Result]:
    """Run a plan, recording in the lockfile what is achieved. Call under `apply_lock`.

    `saved` is the digest of the saved plan that this is, or is the rest of. The journal is kept
    when a change failed, so that the next apply takes up what was paid for.
    """
    from pareta_plan.apply import Applier
    from pareta_plan.journal import Journal, journal_path
    from pareta_plan.outcome import Status

    check_caps(planned.plan, limits)
    _refuse_other_rows(project, planned)
    recorder = _Recorder(project, planned.lockfile)
    known = {w.name: w for w in workloads(project.manifests, planned.lockfile)}
    path = journal_path(project.state_dir, planned.plan.platform, project.env)
    with Journal(path, saved) as journal:
        applier = Applier(writer, known, project.data, journal, recorder.record, emit)
        try:
            results = applier.run(planned.plan)
        finally:
            recorder.write()
        recorded = recorder.endpoints()
        tidy = applier.take_down(journal.begun("deploy") - recorded)
        if tidy and all(result.status is not Status.FAILED for result in results):
            journal.finish()
        else:
            journal.settle(f"deploy {endpoint}" for endpoint in recorded)
    return results


def _refuse_other_rows(project: Project, planned: Planned) -> None:
    """A frozen lockfile may be older than the rows; their results must not pass for others."""
    locked = planned.lockfile.workloads
    scored = [change.workload for change in planned.plan.changes if change.rows]
    changed = [name for name in scored if project.data[name].locked != locked[name].data]
    if changed:
        raise StaleError(
            f"the eval data changed since it was locked: {', '.join(changed)}",
            hint="Run `pareta-plan lock`.",
        )


class _Recorder:
    """Writes the lockfile as changes are achieved, at most once a second: it may be large.

    What a killed apply had not yet written is found again through the journal.
    """

    def __init__(self, project: Project, lockfile: Lockfile) -> None:
        self._project = project
        self._lockfile = lockfile
        self._written = time.monotonic()

    def record(self, name: str, entry: Entry | None) -> None:
        """Take what a workload has achieved; None takes it out of the lockfile."""
        lockfile = self._lockfile
        self._lockfile = (
            lockfile.without(name) if entry is None else lockfile.with_entry(name, entry)
        )
        if time.monotonic() - self._written > 1:
            self.write()

    def endpoints(self) -> set[str]:
        """Everything that is recorded as deployed."""
        entries = self._lockfile.workloads.values()
        return {entry.deployment.endpoint for entry in entries if entry.deployment}

    def write(self) -> None:
        """Write what was recorded."""
        self._project.write_lockfile(self._lockfile)
        self._written = time.monotonic()
