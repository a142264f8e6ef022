"""`pareta-plan plan`."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from pareta_plan import files
from pareta_plan.apply.resume import goes_on, unfinished
from pareta_plan.cli.connection import FRESH, connect
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import (
    env_option,
    folder_argument,
    lock_options,
    locking,
    no_reuse_option,
    selection_options,
)
from pareta_plan.cli.policy import judged
from pareta_plan.cli.recalled import recalled
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import EXIT_CHANGES, EXIT_POLICY_FAILED, ParetaError, StaleError
from pareta_plan.lock.stale import stale
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan import saved
from pareta_plan.plan.caps import caps_of, check_caps, may_stop
from pareta_plan.plan.deletions import check_deletions
from pareta_plan.plan.model import Asked
from pareta_plan.plan.plan import Planned, check_selection, plan, plan_offline
from pareta_plan.policy.violation import Violation, blocking
from pareta_plan.render.plan import plan_text
from pareta_plan.render.policy import policy_text
from pareta_plan.render.remarks import remarks
from pareta_plan.reports.formats import REVIEWED
from pareta_plan.reports.report import Proposed

if TYPE_CHECKING:
    from pareta_plan.reports.losses import Recalled

_AS_RECORDED = """it is
taken to be there. `pareta-plan apply` brings it up here; with a saved plan it
makes that plan's changes only"""


@click.command("plan")
@folder_argument
@report_options("plan", REVIEWED)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@click.option("--destroy", is_flag=True, help="Plan to delete everything that is deployed.")
@lock_options
@no_reuse_option
@selection_options
@env_option
@pass_console
def command(
    console: Console,
    out: Path | None,
    detailed_exitcode: bool,
    destroy: bool,
    locked: bool,
    frozen: bool,
    no_reuse: bool,
    selection: Selection,
) -> int:
    """Show what apply would change; spends nothing."""
    path = _target(out, console)
    manifests = console.project.located  # reading is checking
    check_selection(console.project, selection)
    how = locking(locked, frozen)
    asked = Asked(reuse=not no_reuse, destroy=destroy, selection=selection)
    known: dict[str, Recalled] = {}
    if frozen:
        planned = plan_offline(console.project, asked)
        _tell_stale(console, planned, to_apply=path is not None)
    else:
        with connect(console.project, keep_state=False) as reader:
            planned = plan(console.project, reader, how, asked, as_recorded=True)
            known = recalled(console, reader, Proposed(planned.plan, planned.lockfile))
        if planned.plan.as_recorded:
            console.remark([FRESH.format(_AS_RECORDED)])
    console.remark(remarks(planned.lockfile))
    stopped = unfinished(console.project, planned.plan.platform)
    console.remark(goes_on(stopped, planned))
    broken = judged(console, planned)
    refusal = _foretold(console, planned, to_apply=path is not None)
    command = _apply(console, out)
    console.found(
        Proposed(planned.plan, planned.lockfile, broken, refusal, manifests, command, known)
    )
    if path is not None:
        files.write_atomic(path, saved.save(planned.plan))
        console.note("saved" if blocking(broken) else f"saved; apply it with: {command}")
    if console.as_text:
        _show(console, planned, broken)
    if blocking(broken):
        return EXIT_POLICY_FAILED
    return EXIT_CHANGES if detailed_exitcode and planned.plan.changes else 0


def _apply(console: Console, out: Path | None) -> str:
    options = f"{console.options} " if console.options else ""
    return f"pareta-plan {options}apply {quote(str(out)) if out else ''}".rstrip()


def _show(console: Console, planned: Planned, broken: list[Violation]) -> None:
    console.out(plan_text(planned.plan, console.paint, console.width))
    if broken:
        console.out("\n" + policy_text(broken, console.paint, console.width))


def _target(out: Path | None, console: Console) -> Path | None:
    """Where the plan is saved, checked before any work is done."""
    if out is None or console.reporting is None:
        return None
    return console.reporting.take("--out", out, "plan", saved.may_replace)


def _tell_stale(console: Console, planned: Planned, *, to_apply: bool) -> None:
    """A frozen plan is of the lockfile, whatever the manifests say by now.

    Raises StaleError for one `to_apply`, which apply would refuse; destroying asks no manifest.
    """
    reasons = stale(console.project, planned.lockfile, None)
    if reasons and to_apply and not planned.plan.destroy:
        raise StaleError(
            "the lockfile is stale, so apply would refuse the saved plan: "
            + "; ".join(map(str, reasons)),
            hint="Run `pareta-plan lock`, or leave --out away to look at the plan only.",
        )
    console.remark(f"the lockfile is stale and taken as it is: {reason}" for reason in reasons)


def _foretold(console: Console, planned: Planned, *, to_apply: bool) -> ParetaError | None:
    """Say what apply would refuse, so that a review needn't find out.

    What is to be destroyed needs no flag with `destroy`, only `to_apply` as a saved plan.
    """
    allowed = planned.plan.destroy and not to_apply
    caps = caps_of(console.project.manifests, None)
    try:
        check_caps(planned.plan, caps)
        check_deletions(planned.plan, planned.lockfile, allowed=allowed)
    except ParetaError as refused:
        hint = f"\n{refused.hint}" if refused.hint else ""
        console.note(f"apply will refuse this: {refused}{hint}")
        return refused
    console.remark(may_stop(planned.plan, caps))
    return None
