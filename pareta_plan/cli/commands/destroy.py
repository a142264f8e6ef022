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
    json_option,
    locking,
    selection_options,
)
from pareta_plan.cli.perform import Request, perform
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan.model import Asked


@click.command("destroy")
@folder_argument
@click.option("--auto-approve", is_flag=True, help="Don't ask; needed without a terminal.")
@execution_options
@selection_options
@json_option
@env_option
@pass_console
def command(
    console: Console,
    auto_approve: bool,
    execution: Execution,
    selection: Selection,
    as_json: bool,
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
        as_json=as_json,
        question="Delete all of this?",
    )
    return perform(console, request)
