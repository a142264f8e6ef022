"""`pareta-plan lock`."""

from __future__ import annotations

import click

from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console, strict
from pareta_plan.errors import UsageError
from pareta_plan.locking import Locking, LockMode, check_lock, lock


@click.command("lock")
@click.option("--check", is_flag=True, help="Only check; exit 5 when the lockfile is stale.")
@click.option("--upgrade", is_flag=True, help="Resolve every workload anew.")
@click.option("--upgrade-workload", multiple=True, metavar="NAME", help="Resolve this one anew.")
@click.option("--move", is_flag=True, help="Forget what is deployed on another platform.")
@click.pass_context
def command(
    ctx: click.Context, check: bool, upgrade: bool, upgrade_workload: tuple[str, ...], move: bool
) -> None:
    """Resolve the manifests into pareta.lock.

    Only what changed is resolved; a newer catalog moves nothing unless asked to.
    """
    console = Console(ctx)
    project = console.project
    unknown = set(upgrade_workload) - set(project.located)
    if unknown:
        raise UsageError(f"no workload {sorted(unknown)[0]!r} in the project")
    if check:
        check_lock(project)
        console.note("pareta.lock is current")
        return
    how = Locking(LockMode.WRITE, strict(), frozenset(upgrade_workload), upgrade, move)
    with connect(project) as (reader, platform):
        locked = lock(project, reader, platform, how)
    console.remark(locked)
    console.note(f"pareta.lock: {len(locked.workloads)} resolved on {platform}")
