"""`pareta-plan validate`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pareta_plan.cli.console import Console, pass_console
from pareta_plan.cli.options import env_option, folder_argument
from pareta_plan.cli.reporting import report_options
from pareta_plan.errors import ParetaError
from pareta_plan.project.project import Project
from pareta_plan.reports.formats import REVIEWED
from pareta_plan.reports.report import Validated
from pareta_plan.words import count


@click.command("validate")
@folder_argument
@report_options("validate", REVIEWED)
@env_option
@pass_console
def command(console: Console) -> None:
    """Check manifests and eval rows; needs no platform.

    Rows are held against the task that the lockfile names, where the embedded catalog has it.

    Without --env in every environment too. Prints every error with file, line and column, and
    exits 1 when there is one.
    """
    found = _validated(console.project)
    valid = {console.project.env: found}
    console.found(Validated(valid))
    console.note(f"{count(found, 'workload')}: valid")
    for project in _environments(console.project):
        try:
            valid[project.env] = _validated(project)
        except ParetaError:
            console.note(f"in the environment {project.env}:")
            raise
        console.note(f"environment {project.env}: valid")


def _validated(project: Project) -> int:
    if project.tasks:
        _check_tasks(project)
    if project.data:
        from pareta_plan.cli.task_rows import check_rows  # here: most manifests have no rows

        check_rows(project)
    return len(project.located)


def _check_tasks(project: Project) -> None:
    """Refuse tasks of the project that don't check, where the embedded platform is installed."""
    try:
        from pareta_plan.cli.catalogs import refuse_bad

        refuse_bad(project)
    except ImportError:
        return


def _environments(project: Project) -> Iterator[Project]:
    """The project as each environment has it, when it was read as none has it."""
    if project.env is None and project.settings:
        for name in project.settings.file.environments:
            yield Project(project.root, name)
