"""The project's own tasks: the folders of its catalogs, and a digest of what decides in each.

A task is bound by all that its scores and its models follow from: `task.yaml`, its rows and their
documents. What was measured of it, notes in Markdown and hidden files decide nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pareta_plan import files
from pareta_plan.canonical import digest_bytes, digest_json
from pareta_plan.errors import Location, ProjectError, refuse

TASK_FILE = "task.yaml"
BOARD = "leaderboard.json"
MAX_FILE_BYTES = 200_000_000


class Catalog(NamedTuple):
    """A folder of tasks, as the project file names it at a place."""

    name: str
    at: Location


class OwnTask(NamedTuple):
    """A task's folder: its id is its name, `shown` its path from the project's folder."""

    id: str
    folder: Path
    shown: str
    digest: str


def own_tasks(root: Path, catalogs: Iterable[Catalog]) -> dict[str, OwnTask]:
    """The tasks of a project's catalogs by their ids.

    Raises ProjectError, or ManyErrors, for a catalog that isn't there, for what lies outside of
    the project or can't be read, and for a name that two folders have.
    """
    found: dict[str, OwnTask] = {}
    errors: list[ProjectError] = []
    for catalog in catalogs:
        try:
            for task in _tasks(root, catalog):
                if (first := found.setdefault(task.id, task)) is not task:
                    errors.append(_twice(task, first))
        except ProjectError as bad:
            errors.append(bad)
    refuse(errors)
    return found


def _twice(task: OwnTask, first: OwnTask) -> ProjectError:
    return ProjectError(
        f"the task {task.id!r} is in {first.shown} too",
        location=Location(f"{task.shown}/{TASK_FILE}", 1),
        hint="Give one of the two folders, and the `id` in its task.yaml, another name.",
    )


def _tasks(root: Path, catalog: Catalog) -> Iterator[OwnTask]:
    folder = files.inside(root, catalog.name, catalog.at)
    if not folder.is_dir():
        near = files.meant_file(root / catalog.name, catalog.name, fits=Path.is_dir)
        raise ProjectError(
            f"catalog: there is no folder {catalog.name!r}{near}",
            location=catalog.at,
            hint="`pareta-plan catalog new NAME --from FILE` makes a task, and its catalog.",
        )
    for path in _below(folder, catalog):
        if (path / TASK_FILE).exists():
            name = path.name
            shown = f"{catalog.name.rstrip('/')}/{name}"
            yield OwnTask(name, root / shown, shown, _digest(root, shown))


def _below(folder: Path, catalog: Catalog) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as bad:
        raise ProjectError(
            f"the folder {catalog.name!r}: {files.reason(bad)}", location=catalog.at
        ) from None


def _digest(root: Path, shown: str) -> str:
    """The digest of what decides in a task's folder. Raises ProjectError for links that leave."""
    return digest_json({name: _bytes(root, f"{shown}/{name}") for name in _deciding(root / shown)})


def _bytes(root: Path, shown: str) -> str:
    place = Location(shown)
    path = files.inside(root, shown, place)
    data = files.read_bytes(
        path, limit=MAX_FILE_BYTES, what="file of a task", name=shown, location=place
    )
    return digest_bytes(data)


def _deciding(folder: Path) -> Iterator[str]:
    """The paths of the files that decide, from the task's folder, with slashes."""
    for around, names, found in os.walk(folder):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in (*found, *(name for name in names if Path(around, name).is_symlink())):
            if not (name.startswith(".") or name.endswith(".md") or name == BOARD):
                yield Path(around, name).relative_to(folder).as_posix()
