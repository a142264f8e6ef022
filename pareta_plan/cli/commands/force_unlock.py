"""`pareta-plan force-unlock`."""

from __future__ import annotations

import click

from pareta_plan.apply.claim import claims, remove
from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import env_option
from pareta_plan.client.remote import EMBEDDED
from pareta_plan.errors import EXIT_ERROR, EXIT_OK, UsageError
from pareta_plan.project import folder_lock


@click.command("force-unlock")
@click.option("--auto-approve", is_flag=True, help="Don't ask; needed without a terminal.")
@env_option
@pass_console
def command(console: Console, auto_approve: bool) -> int:
    """Take away the lock that an apply left behind, after saying whose it is.

    Only for an apply that is gone for good: one that still runs would go on beside the next. The
    lock in the project's folder ends with its process and is never in the way.
    """
    if here := folder_lock.holder(console.project):
        raise UsageError(
            f"an apply is running in this project: {here}",
            hint="Stop that process; its lock ends with it.",
        )
    with connect(console.project, keep_state=False) as writer:
        found = [] if writer.platform == EMBEDDED else claims(writer, console.project.scope)
        if not found:
            console.note(f"nothing is locked on {writer.platform}")
            return EXIT_OK
        for claim in found:
            console.out(f"locked on {writer.platform} by {claim}")
        question, hint = "Is that apply gone for good?", "Add --auto-approve when it is gone."
        if not (auto_approve or console.approved(question, "confirm it", hint)):
            return EXIT_ERROR
        remove(writer, found)
        console.note("unlocked")
    return EXIT_OK
