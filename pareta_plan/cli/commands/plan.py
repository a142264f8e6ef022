"""`pareta-plan plan`."""

from __future__ import annotations

from fnmatch import fnmatch
from os.path import normpath
from pathlib import Path
from shlex import quote

import click

from pareta_plan import files
from pareta_plan.apply.resume import goes_on, unfinished
from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import (
    env_option,
    folder_argument,
    json_option,
    lock_options,
    locking,
    no_reuse_option,
    selection_options,
)
from pareta_plan.cli.policy import judged
from pareta_plan.errors import EXIT_CHANGES, EXIT_POLICY_FAILED, ParetaError, StaleError, UsageError
from pareta_plan.lock.stale import stale
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan import saved
from pareta_plan.plan.caps import caps_of, check_caps
from pareta_plan.plan.deletions import check_deletions
from pareta_plan.plan.model import Asked
from pareta_plan.plan.plan import Planned, check_selection, plan, plan_offline
from pareta_plan.policy.violation import Violation, blocking
from pareta_plan.project.layout import STATE_DIR
from pareta_plan.project.project import Project
from pareta_plan.render.json_data import plan_data, policy_data
from pareta_plan.render.plan import plan_text
from pareta_plan.render.policy import policy_text

NOT_FOR_PLANS = ("*.yaml", "*.yml", "pareta.lock", "pareta.*.lock")


@click.command("plan")
@folder_argument
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there are changes.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@json_option
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
    form: str,
    as_json: bool,
    destroy: bool,
    locked: bool,
    frozen: bool,
    no_reuse: bool,
    selection: Selection,
) -> int:
    """Show what apply would change; spends nothing."""
    target = _target(out, console.project)
    console.project.located  # noqa: B018 - reading is checking
    check_selection(console.project, selection)
    how = locking(locked, frozen)
    asked = Asked(reuse=not no_reuse, destroy=destroy, selection=selection)
    if frozen:
        planned = plan_offline(console.project, asked)
        _tell_stale(console, planned, to_apply=target is not None)
    else:
        with connect(console.project) as reader:
            planned = plan(console.project, reader, how, asked)
    console.remark(planned.lockfile.remarks())
    stopped = unfinished(console.project, planned.plan.platform)
    console.remark(goes_on(stopped, planned))
    broken = judged(console, planned)
    _foretell(console, planned, to_apply=target is not None)
    if target is not None:
        files.write_atomic(target, saved.save(planned.plan))
        console.note(
            "saved" if blocking(broken) else f"saved; apply it with: {_apply(console, out)}"
        )
    _show(console, planned, broken, as_json=as_json or form == "json")
    if blocking(broken):
        return EXIT_POLICY_FAILED
    return EXIT_CHANGES if detailed_exitcode and planned.plan.changes else 0


def _apply(console: Console, out: Path | None) -> str:
    options = f"{console.options} " if console.options else ""
    return f"pareta-plan {options}apply {quote(str(out))}"


def _show(console: Console, planned: Planned, broken: list[Violation], *, as_json: bool) -> None:
    if as_json:
        console.out_json({**plan_data(planned.plan), "policy": policy_data(broken)})
        return
    console.out(plan_text(planned.plan, console.paint, console.width))
    if broken:
        console.out("\n" + policy_text(broken, console.paint, console.width))


def _target(out: Path | None, project: Project) -> Path | None:
    """Where the plan is saved, checked before any work is done.

    A link in the project may be a stranger's: it isn't followed out of it.
    """
    if out is None:
        return None
    if str(out) == "-":
        raise UsageError("--out takes the name of a file", hint="`--json` prints the plan.")
    target = files.writable_file(out)
    named, root = (Path(normpath(path.absolute())) for path in (out, project.root))
    if named.is_relative_to(root) and not target.is_relative_to(root.resolve()):
        raise UsageError(f"--out {out} leads out of the project", hint="Name the file itself.")
    _refuse_loss(out, target)
    return target


def _refuse_loss(out: Path, target: Path) -> None:
    """Refuse a name that manifests or lockfiles have, and a file that holds something else."""
    if any(fnmatch(name.lower(), of) for name in (out.name, target.name) for of in NOT_FOR_PLANS):
        raise UsageError(
            f"--out {out}: manifests and lockfiles are named so",
            hint="Save the plan under another name, such as release.plan.",
        )
    if STATE_DIR in target.parts:
        raise UsageError(
            f"--out {out}: {STATE_DIR}/ is for the state of applies",
            hint="Save the plan beside it, under a name such as release.plan.",
        )
    if target.exists() and not saved.may_replace(files.first_bytes(target)):
        raise UsageError(
            f"--out {out} would overwrite a file that is no saved plan",
            hint="Name a file that isn't there yet, or remove that one.",
        )


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


def _foretell(console: Console, planned: Planned, *, to_apply: bool) -> None:
    """Say what apply would refuse, so that a review needn't find out.

    What is to be destroyed needs no flag with `destroy`, only `to_apply` as a saved plan.
    """
    allowed = planned.plan.destroy and not to_apply
    try:
        check_caps(planned.plan, caps_of(console.project.manifests, None))
        check_deletions(planned.plan, planned.lockfile, allowed=allowed)
    except ParetaError as refused:
        hint = f"\n{refused.hint}" if refused.hint else ""
        console.note(f"apply will refuse this: {refused}{hint}")
