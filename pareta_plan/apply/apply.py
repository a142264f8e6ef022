"""The story of an apply: locked, looked at again, run, recorded.

Everything here takes a project and a platform, and returns values; the command line prints
them and turns them into exit codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from pareta_plan.apply.brakes import Allowed, hold_back
from pareta_plan.apply.claim import Claiming, Example
from pareta_plan.apply.context import Context
from pareta_plan.apply.events import Emit, Note
from pareta_plan.apply.journal import Deed, Journal, journal_path
from pareta_plan.apply.order import pending
from pareta_plan.apply.recorder import Recorder
from pareta_plan.apply.scheduler import Concurrency, Scheduler
from pareta_plan.apply.spending import Spending
from pareta_plan.apply.stop import Stop, Stopped
from pareta_plan.client.remote import Writer
from pareta_plan.errors import CostCapError, ProjectError, StaleError
from pareta_plan.plan.caps import Caps, check_caps
from pareta_plan.plan.plan import Planned, look_again
from pareta_plan.plan.result import ENDED, Result, Status
from pareta_plan.plan.workload import workloads
from pareta_plan.project.folder_lock import refuse_changed
from pareta_plan.project.project import Project

_KEPT = (
    "the claim on the platform could not be given back; the next apply in this folder\n"
    "does that, and so does `pareta-plan force-unlock` in any"
)


@dataclass(frozen=True)
class Options:
    """How to apply. `saved` is the digest of the saved plan that this is, or is the rest of."""

    allowed: Allowed = field(default_factory=Allowed)
    caps: Caps = field(default_factory=Caps)
    concurrency: Concurrency = field(default_factory=Concurrency)
    saved: str | None = None
    claim: bool = False
    """Whether other machines use the platform, so that a claim on it is needed."""
    lock_timeout: float = 0.0
    """Seconds to wait for the claim."""


@dataclass(frozen=True)
class Applied:
    """What became of a plan; money in micro-USD."""

    results: list[Result]
    billed_before: int = 0
    """What a stopped apply, which this one went on with, had been billed."""
    unrecorded: ProjectError | None = None
    """Why the lockfile doesn't tell of all that was done; the journal does."""


def apply(
    project: Project, writer: Writer, planned: Planned, options: Options, emit: Emit, stop: Stop
) -> Applied:
    """Run a plan, recording in the lockfile what is achieved. Call under `folder_lock.hold`.

    The journal is kept when a change did not come to its end, so that the next apply takes up
    what was paid for. Raises what `hold_back` does, CostCapError for a cap that its ceiling is
    over, and StaleError when the world is no longer what was approved.
    """
    hold_back(project, planned, options.allowed)
    _refuse_other_rows(project, planned)
    path = journal_path(project.state_dir, planned.plan.platform, project.env)
    with Journal(path, options.saved) as journal:
        reserves = {c.workload: c.reserve_micro_usd or 0 for c in planned.plan.changes}
        spending = Spending(options.caps, journal, reserves)
        before = spending.billed_micro_usd
        check_caps(planned.plan, options.caps, before)
        claiming = Claiming(writer, journal, planned.lockfile.scope)
        with _given_back(claiming, journal, emit):
            if options.claim and (planned.plan.changes or journal.resumed):
                example = _example(project, writer, planned)
                try:
                    claiming.acquire(
                        example, options.lock_timeout, stop.wait, lambda said: emit(Note(said))
                    )
                except Stopped:
                    nothing = [Result(c) for c in planned.plan.changes]
                    return Applied(nothing, before)
            refuse_changed(project, planned.lockfile)
            look_again(project, writer, planned, reviewed=options.saved is not None)
            recorder = Recorder(project, planned.lockfile)
            reuse, recorded = planned.plan.reuse, planned.plan.as_recorded
            context = Context(writer, journal, spending, recorder.record, emit, reuse, recorded)
            results = _run(project, planned, context, recorder, stop, options.concurrency)
    return Applied(results, before, recorder.broke)


@contextmanager
def _given_back(claiming: Claiming, journal: Journal, emit: Emit) -> Iterator[None]:
    """Release the claim after the block, and end the journal if nothing is left in it."""
    try:
        yield
    finally:
        if not claiming.release():
            emit(Note(_KEPT))
        elif journal.is_complete:
            journal.finish()
        else:
            with suppress(ProjectError):  # a full disk: the next apply sees that it is gone
                journal.released()


def _example(project: Project, writer: Writer, planned: Planned) -> Example | None:
    """A row for the claim: the task's own example, or one of the project's rows."""
    entries = planned.lockfile.workloads
    for name in [change.workload for change in planned.plan.changes] or entries:
        task = entries[name].task.id
        if examples := writer.task(task, 1).examples:
            return Example(task, examples[0])
        if data := project.data.get(name):
            return Example(task, data.rows[0].value)
    return None


def _run(
    project: Project,
    planned: Planned,
    context: Context,
    recorder: Recorder,
    stop: Stop,
    concurrency: Concurrency,
) -> list[Result]:
    every = {w.name: w for w in workloads(project.manifests, planned.lockfile)}
    scheduler = Scheduler(context, every, project.data, stop, concurrency)
    try:
        results = scheduler.run(planned.plan)
    finally:
        recorder.close()
    if recorder.overwrote:
        what = f"{project.lockfile_name} was changed by something else while apply ran; it now says"
        context.emit(Note(f"{what} what\napply achieved, and that other change is lost"))
    if broke := recorder.broke:
        return [
            replace(result, status=Status.FAILED, error=broke)
            if result.change.workload in recorder.unwritten and result.status in ENDED
            else result
            for result in results
        ]
    journal, recorded = context.journal, recorder.endpoints()
    mine = {result.change.workload for result in results}  # a stopped apply may have had others
    wanted = {w.endpoint for w in every.values() if w.deploy and w.name not in mine}
    elsewhere = wanted | pending(results)
    unrecorded = (journal.begun("deploy") | journal.left("retire")) - recorded
    dropped = unrecorded - elsewhere
    tidy = not dropped if stop.requested else scheduler.take_down(dropped)
    if tidy and not unrecorded & elsewhere and all(r.status in ENDED for r in results):
        journal.complete()
    else:
        with suppress(ProjectError):  # a full disk: the next apply sees what is recorded
            _keep_for_the_next(journal, recorded, results, stop)
    return results


def _keep_for_the_next(
    journal: Journal, recorded: set[str], results: list[Result], stop: Stop
) -> None:
    """Leave in the journal what is to be gone on with, and no more."""
    journal.settle(Deed("deploy", endpoint) for endpoint in recorded)
    capped = any(isinstance(result.error, CostCapError) for result in results)
    if not (stop.requested or capped):
        journal.account()


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
