"""`pareta-plan destroy`."""

from __future__ import annotations

import click

from pareta_plan.apply.brakes import Allowed
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import (
    Execution,
    env_option,
    execution_options,
    folder_argument,
    locking,
    selection_options,
)
from pareta_plan.cli.perform import Request, perform
from pareta_plan.cli.reporting import report_options
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan.model import Asked
from pareta_plan.reports.formats import REVIEWED


@click.command("destroy")
@folder_argument
@click.option("--auto-approve", is_flag=True, help="Don't ask; needed without a terminal.")
@execution_options
@selection_options
@report_options("apply", REVIEWED, events=True)
@env_option
@pass_console
def command(
    console: Console,
    auto_approve: bool,
    execution: Execution,
    selection: Selection,
) -> int:
    """Delete everything that is deployed.

    Manifests, lockfile and evidence stay: a later apply deploys again and buys nothing anew.
    `prevent_destroy` wins. `plan --destroy` shows what would be deleted.
    """
    request = Request(
        how=locking(locked=False, frozen=True),
        execution=execution,
        asked=Asked(destroy=True, selection=selection),
        auto_approve=auto_approve,
        allowed=Allowed(destroy=True),
        question="Delete all of this?",
    )
    return perform(console, request)
