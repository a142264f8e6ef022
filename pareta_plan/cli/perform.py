"""Plan, show, hold against policy and brakes, ask, and run: what `apply` and `destroy` share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from pareta_plan.apply.apply import Applied, Options, apply
from pareta_plan.apply.brakes import Allowed, hold_back
from pareta_plan.apply.events import Event, Note, Progress
from pareta_plan.apply.journal import LeftBehind
from pareta_plan.apply.resume import goes_on, same_or_stale, unfinished
from pareta_plan.apply.scheduler import Concurrency
from pareta_plan.cli.connection import FRESH, connect
from pareta_plan.cli.console import Console
from pareta_plan.cli.main import report
from pareta_plan.cli.options import Execution, locking
from pareta_plan.cli.policy import judged
from pareta_plan.cli.progress import Bars
from pareta_plan.cli.recalled import recalled, rows_scored
from pareta_plan.cli.signals import interruptible
from pareta_plan.client.remote import EMBEDDED, Writer
from pareta_plan.errors import EXIT_ERROR, EXIT_STOPPED, StaleError
from pareta_plan.lock.stale import Locking
from pareta_plan.plan.caps import Caps, caps_of, may_stop
from pareta_plan.plan.model import ORDINARY, Asked, Plan
from pareta_plan.plan.plan import Planned, check_selection, lacks_recorded, plan
from pareta_plan.plan.result import Status, exit_code
from pareta_plan.plan.saved import AGAIN, of_this_scope
from pareta_plan.policy.violation import Violation
from pareta_plan.project.checkout import brought_up
from pareta_plan.project.folder_lock import hold
from pareta_plan.project.project import Project
from pareta_plan.render.calling import called_as, how_to_call
from pareta_plan.render.plan import plan_text
from pareta_plan.render.policy import policy_text
from pareta_plan.render.remarks import remarks
from pareta_plan.render.result import final_text, result_text
from pareta_plan.reports.report import Performed, Proposed, Scored

if TYPE_CHECKING:
    from pareta_plan.lock.attestation import Attestation
    from pareta_plan.reports.losses import Recalled


@dataclass(frozen=True)
class Request:
    """What is to be planned, or which saved plan it was, and what it is allowed to do."""

    how: Locking
    execution: Execution
    saved: Plan | None = None
    asked: Asked = ORDINARY
    auto_approve: bool = False
    allowed: Allowed = field(default_factory=Allowed)
    attestation: Attestation | None = None
    """What has to attest the lockfile, where that is required."""
    question: str = "Apply this plan?"


def perform(console: Console, request: Request) -> int:
    """Do it all; the exit code."""
    if request.saved is not None:
        of_this_scope(request.saved, console.project)
    check_selection(console.project, request.asked.selection)
    limits = caps_of(console.project.manifests, request.execution.max_cost)
    timeout = request.execution.lock_timeout
    with hold(console.project, timeout, console.note), connect(console.project) as writer:
        stopped = unfinished(console.project, writer.platform)
        planned = _planned(console, writer, request, stopped)
        _check_attested(console, request, planned)
        _tell_fresh(console, writer, planned)
        console.remark(remarks(planned.lockfile))
        if console.as_text:
            console.out(plan_text(planned.plan, console.paint, console.width))
        broken = _show_policy(console, planned)
        manifests = console.project.located
        proposed = Proposed(planned.plan, planned.lockfile, broken, None, manifests)
        console.found(Performed(proposed, Applied([])))
        console.remark(goes_on(stopped, planned))
        console.remark(may_stop(planned.plan, limits))
        hold_back(console.project, planned, request.allowed)  # before anybody is asked
        if not planned.plan.changes and stopped is None:
            _brought_up(console.project, writer, planned.plan)
            return _end(console, Applied([]), proposed, {}, rows_scored(console, writer))
        if not _approved(console, request):
            return EXIT_ERROR
        _brought_up(console.project, writer, planned.plan)
        options = _options(request, limits, writer)
        with _bars(console, planned) as bars, interruptible(bars) as stop:
            emit = partial(_show, console, bars)
            if console.events:
                console.events.started(planned.plan)
            applied = apply(console.project, writer, planned, options, emit, stop)
        known = recalled(console, writer, Performed(proposed, applied))
        scored = rows_scored(console, writer)
    return _end(console, applied, proposed, known, scored)


def _options(request: Request, limits: Caps, writer: Writer) -> Options:
    execution, saved = request.execution, request.saved
    return Options(
        allowed=request.allowed,
        caps=limits,
        concurrency=Concurrency(execution.parallelism, execution.keep_going),
        saved=saved.digest if saved else None,
        claim=writer.platform != EMBEDDED and not execution.no_lock,
        lock_timeout=execution.lock_timeout,
    )


def _planned(
    console: Console, writer: Writer, request: Request, stopped: LeftBehind | None
) -> Planned:
    project = console.project
    if request.saved is None:
        return plan(project, writer, replace(request.how, applying=True), request.asked)
    reviewed = request.saved
    # Nothing is resolved again: the lockfile binds manifests and rows to what was reviewed.
    current = replace(locking(locked=True, frozen=False), applying=True)
    try:
        again = reviewed.as_recorded
        planned = plan(project, writer, current, reviewed.asked, as_recorded=again)
    except StaleError as stale:  # whose hint is of no use: another lockfile is another plan
        raise StaleError(f"the plan no longer fits: {stale.message}", hint=AGAIN) from None
    same_or_stale(reviewed, planned.plan, stopped)
    return planned


def _check_attested(console: Console, request: Request, planned: Planned) -> None:
    """Hold the lockfile that is applied against what is required of it. Raises StaleError.

    Of a saved plan it is the one that it was made from: an apply of it that was stopped has
    written in the lockfile, and goes on.
    """
    attested, name = request.attestation, console.project.lockfile_name
    if attested is not None:
        attested.check(name, (request.saved or planned.plan).lockfile)
        console.note(f"{name} is attested by {attested.identity}")


def _tell_fresh(console: Console, writer: Writer, planned: Planned) -> None:
    if not lacks_recorded(writer, planned.lockfile):
        return
    does = "it is\nbrought up now"
    if planned.plan.as_recorded:
        does = "the\nsaved plan's changes are made, and what it leaves alone isn't brought up"
    console.remark([FRESH.format(does)])


def _brought_up(project: Project, writer: Writer, plan: Plan) -> None:
    """From an apply of everything on, a fresh checkout is like any other."""
    if writer.fresh and not (plan.as_recorded or plan.selection):
        brought_up(project)


def _show_policy(console: Console, planned: Planned) -> list[Violation]:
    """Show what the plan breaks of the policy; where that is not waived, nothing is applied."""
    broken = judged(console, planned)
    if broken and console.as_text:
        console.out("\n" + policy_text(broken, console.paint, console.width))
    elif broken:
        for line in policy_text(broken).split("\n"):
            console.note(line)
    return broken


def _approved(console: Console, request: Request) -> bool:
    if request.auto_approve or request.saved is not None:
        return True
    hint = "Add --auto-approve, or apply a saved plan: `pareta-plan apply PLAN`."
    return console.approved(request.question, "approve the plan", hint)


def _bars(console: Console, planned: Planned) -> Bars:
    return Bars(planned.plan.changes, no_color=console.no_color)


def _show(console: Console, bars: Bars, event: Event) -> None:
    if console.events:
        console.events.happened(event)
    if isinstance(event, Progress):
        bars.show(event)
        return
    if not isinstance(event, Note):
        bars.ended(event)
    with bars.aside():
        if isinstance(event, Note):
            console.remark([event.text])
        elif console.as_text:
            console.out("\n" + result_text(event, console.paint, console.options, console.width))


def _tell_how_to_call(console: Console, applied: Applied, plan: Plan) -> None:
    names = [called_as(result.change, result.status) for result in applied.results]
    if lines := how_to_call(names, served=not plan.billed, width=console.width):
        console.out("\n".join(["", *lines]))


def _end(
    console: Console,
    applied: Applied,
    proposed: Proposed,
    known: Mapping[str, Recalled],
    scored: Scored | None,
) -> int:
    results = applied.results
    console.found(Performed(proposed, applied, known, scored))
    if results and console.as_text:
        console.out("\n" + final_text(results, applied.billed_before, console.paint, console.width))
        _tell_how_to_call(console, applied, proposed.plan)
    if applied.unrecorded:
        report(applied.unrecorded, console.options)
    code = exit_code(results)
    if code == EXIT_STOPPED:
        console.note("stopped; run the same command again to go on")
    elif not applied.unrecorded and any(result.status is Status.FAILED for result in results):
        console.note("run the same command again to go on with what failed")
    return code
