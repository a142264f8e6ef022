"""Rows held against their tasks where no platform need be asked: as far as the lockfile tells.

It says which task a workload stands for and keeps a digest of its scoring and its schemas; the
embedded catalog, where it is installed and has that very task, has the schemas. What fitted
once is remembered in the user's cache by its content, so that the catalog is seldom read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pareta_plan.cli.marks import mark, remember
from pareta_plan.errors import ProjectError
from pareta_plan.manifest.reading import Located, all_or_errors
from pareta_plan.project.project import Project

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.catalog import Catalog
    from pareta_plan.project.lockfile import LockedTask, Lockfile
    from pareta_plan.wire import Task


def check_rows(project: Project) -> None:
    """Refuse rows that their tasks can't have; `plan` does that for tasks that aren't known here.

    Raises RowsError, or ManyErrors.
    """
    locked = _locked(project) if project.data else {}
    unknown = {
        name: task for name, task in locked.items() if not _mark(project, name, task).exists()
    }
    if not unknown:
        return
    catalog = _catalog(project)
    if catalog is None:
        return
    from pareta_plan.lock.resolve import definition
    from pareta_plan.project.whose_rows import check

    def every() -> list[Task]:
        return [task.task_wire() for task in catalog.tasks()]

    def checked(item: Located) -> None:
        name = item.manifest.name
        known = catalog.get(unknown[name].id)
        task = known and known.task_wire()
        if task and definition(task) == unknown[name].definition:
            check(project.data[name], task, item, every)
            remember(_mark(project, name, unknown[name]))

    all_or_errors({name: project.located[name] for name in unknown}, checked)


def _locked(project: Project) -> Mapping[str, LockedTask]:
    """The tasks by workload, of those that have rows and still ask for the task they had."""
    lockfile = _lockfile(project)
    if lockfile is None:
        return {}
    from pareta_plan.client.remote import EMBEDDED
    from pareta_plan.lock.stale import asks_for_task

    if lockfile.platform != EMBEDDED:
        return {}
    entries = ((name, lockfile.workloads.get(name)) for name in project.data)
    return {
        name: entry.task
        for name, entry in entries
        if entry and entry.task.definition and asks_for_task(project.located[name], entry)
    }


def _lockfile(project: Project) -> Lockfile | None:
    """None too where it can't be read: that is for the commands to tell that need it."""
    try:
        return project.read_lockfile()
    except ProjectError:
        return None


def _catalog(project: Project) -> Catalog | None:
    """The embedded catalog; None where it isn't installed."""
    from pareta_plan.cli.catalogs import catalog_folders

    try:
        from pareta_plan.platform.catalog.catalog import Catalog
    except ImportError:
        return None
    return Catalog(catalog_folders(project))


def _mark(project: Project, name: str, task: LockedTask) -> Path:
    """A file that is there if these rows were seen to fit this task."""
    data = project.data[name]
    return mark("fitting-rows", task.id, task.definition, data.digest, data.field)
