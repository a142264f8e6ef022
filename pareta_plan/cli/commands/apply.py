"""`pareta-plan apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pareta_plan.apply.brakes import Allowed
from pareta_plan.cli.attesting import attestation_options
from pareta_plan.cli.commands.show import read_plan
from pareta_plan.cli.completed import completed
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import (
    Execution,
    choose_folder,
    env_option,
    execution_options,
    lock_options,
    locking,
    no_reuse_option,
    selection_options,
)
from pareta_plan.cli.perform import Request, perform
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import UsageError
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan.model import Asked
from pareta_plan.reports.formats import FILES, REVIEWED

if TYPE_CHECKING:
    from pareta_plan.lock.attestation import Attestation


def _saved(ctx: click.Context, _argument: click.Parameter, given: Path | None) -> Path | None:
    """The saved plan that is given; a folder is the project's."""
    if given is None or not given.is_dir():
        return given
    choose_folder(ctx, str(given))
    return None


@click.command("apply")
@click.argument(
    "saved",
    metavar="[PLAN|FOLDER]",
    required=False,
    type=click.Path(path_type=Path),
    callback=_saved,
)
@click.option("--auto-approve", is_flag=True, help="Don't ask; needed without a terminal.")
@click.option("--allow-destroy", is_flag=True, help="Allow what the plan deletes.")
@click.option(
    "--allow-destroy-of",
    multiple=True,
    metavar="NAME",
    shell_complete=completed("workloads"),
    help="Allow that this workload's endpoint is deleted, and no other.",
)
@click.option(
    "--allow-mass-destroy", is_flag=True, help="Allow deleting more than a third of everything."
)
@execution_options
@lock_options
@attestation_options
@no_reuse_option
@selection_options
@report_options("apply", REVIEWED, kinds=(*FILES, "html"), events=True)
@env_option
@pass_console
def command(
    console: Console,
    saved: Path | None,
    auto_approve: bool,
    allow_destroy: bool,
    allow_destroy_of: tuple[str, ...],
    allow_mass_destroy: bool,
    execution: Execution,
    locked: bool,
    frozen: bool,
    attestation: Attestation | None,
    no_reuse: bool,
    selection: Selection,
) -> int:
    """Evaluate, gate and deploy what the plan says.

    With PLAN, exactly that saved plan or nothing (exit 5); a FOLDER is the project's. Can be
    run again after it was stopped: it goes on where it stood and pays for nothing twice.
    """
    how = locking(locked or (attestation is not None and not frozen), frozen)
    if saved is not None and (locked or frozen or no_reuse or selection):
        raise UsageError(
            "a saved plan takes no --locked, --frozen, --no-reuse, --target or --exclude: "
            "it is applied as it was reviewed",
            hint="Give them to `pareta-plan plan --out FILE`.",
        )
    return perform(
        console,
        Request(
            how=how,
            execution=execution,
            saved=read_plan(saved) if saved else None,
            asked=Asked(reuse=not no_reuse, selection=selection),
            auto_approve=auto_approve,
            allowed=Allowed(allow_destroy, allow_mass_destroy, frozenset(allow_destroy_of)),
            attestation=attestation,
        ),
    )
