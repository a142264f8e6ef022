"""`pareta-plan explain`."""

from __future__ import annotations

import click

from pareta_plan.cli.completed import completed
from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.locked import entry_of, lockfile_of
from pareta_plan.cli.options import env_option
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import APIConnectionError, UsageError
from pareta_plan.lock.stale import stale
from pareta_plan.render.story import story_text
from pareta_plan.reports.report import Explained
from pareta_plan.wire import TaskMatchCandidate


@click.command("explain")
@click.argument("name", shell_complete=completed("workloads"))
@click.option("--frozen", is_flag=True, help="Ask no platform what else was close.")
@report_options("explain", kinds=())
@env_option
@pass_console
def command(console: Console, name: str, frozen: bool) -> None:
    """Tell the whole story of one workload.

    How its intent matched and what else was close, why this model, what the baselines are,
    what the last evidence says, which gate decides, and what is deployed.
    """
    project = console.project
    lockfile = lockfile_of(project, name)
    entry = entry_of(project, lockfile, name)
    located = project.located.get(name)
    close = None
    if entry.intent and not frozen and entry.task.score is not None:
        close = _close(console, entry.intent)
    manifest = located.manifest if located else None
    reasons = [each for each in stale(project, lockfile, None) if each.workload == name]
    console.found(Explained(name, entry, manifest, close, reasons))
    if console.as_text:
        console.out(story_text(name, entry, manifest, close, console.paint, console.width))
    for reason in reasons:
        console.note(f"note: the lockfile is stale: {reason}; run `pareta-plan lock`")


def _close(console: Console, intent: str) -> list[TaskMatchCandidate] | None:
    """The tasks that the intent fits; None, with a note why, when the platform can't be asked."""
    try:
        with connect(console.project, keep_state=False) as reader:
            return reader.match(intent).candidates
    except (APIConnectionError, UsageError) as unreachable:
        console.remark([unreachable])
        return None
