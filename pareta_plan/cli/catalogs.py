"""The tasks that a command knows beside those that are shipped, checked before they are used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pareta_plan.cli.marks import mark, remember
from pareta_plan.cli.own_models import own_models
from pareta_plan.errors import Location, ParetaError, ProjectError, UsageError, refuse
from pareta_plan.project.project import Project

if TYPE_CHECKING:
    from pareta_plan.platform.catalog.check import Checked

    Looks = dict[str, Checked]

_TASK_FILE = "task.yaml"


class Found(NamedTuple):
    """A task's folder, its path in messages, and what binds it, where it is the project's."""

    folder: Path
    shown: str
    digest: str | None = None


def catalog_folders(project: Project) -> list[Path]:
    """Further folders of tasks for the embedded platform: the project's own, and those outside.

    Those are what PARETA_PLAN_CATALOG names, as PATH is written. Raises UsageError for one of them
    that isn't there, and ProjectError, or ManyErrors, for tasks that don't check.
    """
    refuse_bad(project)
    return _folders(project)


def tasks(project: Project) -> list[Found]:
    """The tasks of those folders."""
    outside = [found for folder in _outside() for found in within(folder)]
    own = [Found(one.folder, one.shown, one.digest) for one in project.tasks.values()]
    return [*outside, *own]


def within(folder: Path) -> Iterator[Found]:
    """The tasks of a folder of tasks."""
    for path in sorted(folder.glob(f"*/{_TASK_FILE}")):
        yield Found(path.parent, path.parent.as_posix())


def refuse_bad(project: Project) -> None:
    """Refuse tasks that don't check; of the project's, what once did isn't looked at again.

    Raises as `catalog_folders`.
    """
    every = tasks(project)
    marks = {one.shown: mark("checked-tasks", one.shown, one.digest) for one in every if one.digest}
    unknown = [one for one in every if not (one.digest and marks[one.shown].exists())]
    looks = checked(project, unknown)
    refuse([*_twice(every), *(error for one in looks.values() for error in one.errors)])
    for shown in looks.keys() & marks.keys():
        remember(marks[shown])


def checked(project: Project, found: Iterable[Found], more: Iterable[Path] = ()) -> Looks:
    """Each task's folder looked through, by its path in messages; `more` may have baselines too."""
    every = [*found]
    if not every:
        return {}
    from pareta_plan.platform.catalog.catalog import Catalog
    from pareta_plan.platform.catalog.check import check

    folders = dict.fromkeys([*_folders(project), *more])
    baselines = [one.id for one in Catalog(folders, own=own_models(project)).roster()]
    return {one.shown: check(one.folder, one.shown, baselines) for one in every}


def _folders(project: Project) -> list[Path]:
    return [*_outside(), *project.catalogs]


def _twice(found: Iterable[Found]) -> Iterator[ParetaError]:
    """Tasks of one name: of those that are shipped, of another folder's."""
    from pareta_plan.platform.catalog.catalog import BUILT_IN

    first = {one.folder.name: "shipped with pareta-plan" for one in within(BUILT_IN)}
    for one in found:
        where = first.setdefault(one.folder.name, f"in {one.shown}")
        if where != f"in {one.shown}":
            yield ProjectError(
                f"the task {one.folder.name!r} is {where} too",
                location=Location(f"{one.shown}/{_TASK_FILE}", 1),
                hint="Give its folder, and the `id` in its task.yaml, another name.",
            )


def _outside() -> list[Path]:
    named = os.environ.get("PARETA_PLAN_CATALOG", "")
    folders = [Path(folder) for folder in named.split(os.pathsep) if folder]
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"PARETA_PLAN_CATALOG names {str(folder)!r}, which is not a folder",
                hint="Name folders of tasks there, or unset it: the shipped tasks are always in.",
            )
    return folders
