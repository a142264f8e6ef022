"""`pareta-plan validate`."""

from __future__ import annotations

import click

from pareta_plan.cli.console import Console
from pareta_plan.project import Project


@click.command("validate")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Check manifests and eval rows; needs no platform.

    Prints every error with file, line and column, and exits 1 when there is one.
    """
    console = Console(ctx)
    found = _validated(console.project)
    console.note(f"{found} workload{'' if found == 1 else 's'}: valid")


def _validated(project: Project) -> int:
    project.data  # noqa: B018 - reading is checking
    return len(project.located)
