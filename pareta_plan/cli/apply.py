"""`pareta-plan apply`."""

from __future__ import annotations

from pathlib import Path

import click

from pareta_plan import applying, workflow
from pareta_plan.apply import Manner
from pareta_plan.apply_lock import hold
from pareta_plan.applying import Applied
from pareta_plan.caps import Caps, caps_of
from pareta_plan.cli.connection import EMBEDDED, Connection, connect
from pareta_plan.cli.console import Console
from pareta_plan.cli.execution import Execution, execution_options
from pareta_plan.cli.options import (
    env_option,
    json_option,
    lock_options,
    locking,
    no_reuse_option,
    selection_options,
)
from pareta_plan.cli.policy import judged
from pareta_plan.cli.progress import Bars
from pareta_plan.cli.show import load
from pareta_plan.cli.signals import interruptible
from pareta_plan.deletions import check_deletions
from pareta_plan.errors import EXIT_POLICY_FAILED, EXIT_STOPPED, ParetaError, UsageError
from pareta_plan.events import Event, Note, Progress
from pareta_plan.locking import Locking
from pareta_plan.outcome import exit_code
from pareta_plan.policy import blocking
from pareta_plan.render.data import result_data
from pareta_plan.render.ending import final_text
from pareta_plan.render.plan_text import plan_text
from pareta_plan.render.policy import policy_text
from pareta_plan.render.text import result_text
from pareta_plan.selection import Selection
from pareta_plan.workflow import Planned


@click.command("apply")
@click.argument("saved", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.option("--auto-approve", is_flag=True, help="Don't ask; needed without a terminal.")
@click.option("--allow-destroy", is_flag=True, help="Allow what the plan deletes.")
@click.option(
    "--allow-mass-destroy", is_flag=True, help="Allow deleting more than a third of everything."
)
@execution_options
@lock_options
@no_reuse_option
@selection_options
@json_option
@env_option
@click.pass_context
def command(
    ctx: click.Context,
    saved: Path | None,
    auto_approve: bool,
    allow_destroy: bool,
    allow_mass_destroy: bool,
    execution: Execution,
    locked: bool,
    frozen: bool,
    no_reuse: bool,
    selection: Selection,
    as_json: bool,
) -> int:
    """Evaluate, gate and deploy what the plan says.

    With PLAN, exactly that saved plan or nothing (exit 5). Can be run again after it was
    stopped: it goes on where it stood and pays for nothing twice.
    """
    console = Console(ctx)
    how = locking(locked, frozen)
    if saved is not None and (locked or frozen or no_reuse or selection):
        raise UsageError(
            "a saved plan takes no --locked, --frozen, --no-reuse, --target or --exclude: "
            "it is applied as it was reviewed",
            hint="Give them to `pareta-plan plan --out FILE`.",
        )
    workflow.check_selection(console.project, selection)
    limits = caps_of(console.project.manifests, execution.max_cost)
    with hold(console.project, execution.lock_timeout), connect(console.project) as connection:
        planned = _planned(console, connection, saved, how, not no_reuse, selection)
        console.remark(planned.lockfile)
        if not as_json:
            console.out(plan_text(planned.plan, console.paint))
        if not _may_go_on(console, planned, as_json):
            return EXIT_POLICY_FAILED
        stopped = applying.stopped_apply(console.project, connection.platform)
        if stopped is not None:
            console.note("note: an earlier apply did not finish; this one goes on where it stood")
        if not planned.plan.changes and stopped is None:
            return _end(console, Applied([]), as_json)
        check_deletions(
            planned.plan, planned.lockfile, allowed=allow_destroy, mass=allow_mass_destroy
        )
        _approve(console, auto_approve or saved is not None)
        options = _options(execution, limits, saved, connection)
        with Bars() as bars, interruptible() as stop:
            applied = applying.apply(
                console.project,
                connection.writer,
                planned,
                options,
                lambda event: _show(console, bars, event, as_json),
                stop,
            )
    return _end(console, applied, as_json)


def _options(
    execution: Execution, limits: Caps, saved: Path | None, connection: Connection
) -> applying.Options:
    return applying.Options(
        caps=limits,
        manner=Manner(execution.parallelism, execution.keep_going),
        saved=load(saved).digest if saved else None,
        claim=connection.platform != EMBEDDED and not execution.no_lock,
        lock_timeout=execution.lock_timeout,
    )


def _planned(
    console: Console,
    connection: Connection,
    saved: Path | None,
    how: Locking,
    reuse: bool,
    selection: Selection,
) -> Planned:
    project, writer, platform = console.project, connection.writer, connection.platform
    if saved is None:
        return workflow.plan(project, writer, platform, how, reuse=reuse, selection=selection)
    reviewed = load(saved)
    workflow.of_this_scope(reviewed, project)
    # Nothing is resolved again: the lockfile binds manifests and rows to what was reviewed.
    current = locking(locked=True, frozen=False)
    planned = workflow.plan(
        project,
        writer,
        platform,
        current,
        reuse=reviewed.reuse,
        destroy=reviewed.destroy,
        selection=reviewed.selection,
    )
    stopped = applying.stopped_apply(project, platform)
    workflow.same_or_stale(reviewed, planned.plan, stopped)
    return planned


def _may_go_on(console: Console, planned: Planned, as_json: bool) -> bool:
    """Whether the policy lets the plan be applied; says so when it is broken or waived."""
    broken = judged(console, planned)
    if broken and as_json:
        for line in policy_text(broken).split("\n"):
            console.note(line)
    elif broken:
        console.out("\n" + policy_text(broken, console.paint))
    if not blocking(broken):
        return True
    console.note("the policy is broken: nothing was started")
    if as_json:
        console.out_json([])
    return False


def _approve(console: Console, approved: bool) -> None:
    if approved:
        return
    if not console.interactive:
        raise UsageError(
            "nobody is there to approve the plan",
            hint="Add --auto-approve, or apply a saved plan: `pareta-plan apply PLAN`.",
        )
    click.confirm("Apply this plan?", abort=True, err=True)


def _show(console: Console, bars: Bars, event: Event, as_json: bool) -> None:
    if isinstance(event, Progress):
        bars.show(event)
        return
    bars.clear()
    if isinstance(event, Note):
        console.note(f"note: {event.text}")
        return
    if not as_json:
        console.out("\n" + result_text(event, console.paint))
    hint = event.error.hint if isinstance(event.error, ParetaError) else None
    if hint:
        console.note(f"  {hint}")


def _end(console: Console, applied: Applied, as_json: bool) -> int:
    results = applied.results
    if as_json:
        console.out_json([result_data(result) for result in results])
    elif results:
        console.out("\n" + final_text(results, applied.billed_before, console.paint))
    code = exit_code(results)
    if code == EXIT_STOPPED:
        console.note("stopped; run the same command again to go on")
    return code
