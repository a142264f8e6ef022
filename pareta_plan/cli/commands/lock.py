"""`pareta-plan lock`."""

from __future__ import annotations

from pathlib import Path

import click

from pareta_plan.cli import attesting
from pareta_plan.cli.completed import completed
from pareta_plan.cli.connection import connect
from pareta_plan.cli.console import Console, pass_console, strict
from pareta_plan.cli.options import env_option, folder_argument
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import ManifestError, UsageError, listed, meant
from pareta_plan.lock.lock import lock
from pareta_plan.lock.resolve import RECOMMENDED
from pareta_plan.lock.stale import Locking, check_lock
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.project.project import Project
from pareta_plan.render.lock import relocked
from pareta_plan.render.remarks import remarks
from pareta_plan.reports.formats import PLAIN
from pareta_plan.reports.report import Locked


@click.command("lock")
@folder_argument
@click.option("--check", is_flag=True, help="Only check; exit 5 when the lockfile is stale.")
@click.option("--upgrade", is_flag=True, help="Resolve every workload anew.")
@click.option(
    "--upgrade-workload",
    multiple=True,
    metavar="NAME[==ALIAS]",
    shell_complete=completed("pinned"),
    help="Resolve this one anew, to ALIAS.",
)
@click.option(
    "--move",
    is_flag=True,
    help="From another platform, environment or project: forget what it has deployed.",
)
@click.option(
    "--renamed", is_flag=True, help="The project has a new name: keep what the old one deployed."
)
@click.option(
    "--provenance",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write where the lockfile comes from, for somebody to sign.",
)
@report_options("lock", (*PLAIN, "markdown"))
@env_option
@pass_console
def command(
    console: Console,
    check: bool,
    upgrade: bool,
    upgrade_workload: tuple[str, ...],
    move: bool,
    renamed: bool,
    provenance: Path | None,
) -> None:
    """Resolve the manifests into pareta.lock.

    Only what changed is resolved; a newer catalog moves nothing unless asked to.
    """
    project = console.project
    saying = attesting.target_of(console, provenance)
    if check and (upgrade or upgrade_workload or move or renamed):
        raise UsageError(
            "--check changes nothing, so it takes no --upgrade, --upgrade-workload, --move or "
            "--renamed",
            hint="Leave --check out to resolve anew.",
        )
    if move and renamed:
        raise UsageError(
            "--move forgets what is deployed, and --renamed keeps it: they can't go together",
            hint="--move is for a copy of a project, --renamed for the one that has a new name.",
        )
    named = dict(_upgrade(project, word) for word in upgrade_workload)
    before = project.read_lockfile()
    if check:
        check_lock(project, before)
        if before is not None:
            console.found(Locked(project.lockfile_name, before, before))
            attesting.write(console, saying, before, "checked")
        console.note(f"{project.lockfile_name} is current")
        return
    how = Locking(strict=strict(), upgrade=named, upgrade_all=upgrade, move=move, renamed=renamed)
    with connect(project) as reader:
        locked = lock(project, reader, how)
    console.found(Locked(project.lockfile_name, before, locked))
    attesting.write(console, saying, locked, "resolved")
    console.remark(remarks(locked))
    for line in relocked(before, locked):
        console.note(line)
    console.note(f"{project.lockfile_name}: {_counts(before, locked)}, on {reader.platform}")


def _counts(before: Lockfile | None, after: Lockfile) -> str:
    """How many resolutions are new, changed, and as they were."""
    known = before.workloads if before else {}
    there = [name for name in after.workloads if name in known]
    same = sum(known[name].resolution == after.workloads[name].resolution for name in there)
    new = len(after.workloads) - len(there)
    return f"{new} new, {len(there) - same} changed, {same} unchanged"


def _upgrade(project: Project, word: str) -> tuple[str, str | None]:
    """A workload, and the alias to lock for its `recommended`; None for the platform's pick."""
    name, given, alias = word.partition("==")
    item = project.located.get(name)
    if item is None:
        known = listed(sorted(project.located), 10)
        raise UsageError(
            f"no workload {name!r} in the project{meant(name, project.located)}",
            hint=f"Workloads: {known}.",
        )
    if given and not alias:
        raise UsageError(f"--upgrade-workload {word}: the alias is empty")
    if given and item.manifest.model != RECOMMENDED:
        raise ManifestError(
            f"{name} asks for the model {item.manifest.model!r}, so it can't be locked to "
            f"{alias!r}",
            location=item.at("model"),
            hint=f"Write `model: {RECOMMENDED}`, or name the alias in the manifest.",
        )
    return name, alias or None
