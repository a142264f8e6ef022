"""What a shell completes: names of workloads, tasks, models and environments.

Read off the project's and the catalog's files as they stand, without checking them and without a
network, as somebody waits at every key. What can't be read completes nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from pareta_plan import platform
from pareta_plan.project import layout

NAME = re.compile(rb"""^name:[ \t]*["']?([a-z0-9-]+)""", re.MULTILINE)
MANIFEST_BYTES = 5_000_000
"""No more of a file is looked through."""
CATALOG = Path(next(iter(platform.__path__))) / "tasks"


def complete(names: str, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The names of one of the kinds below that a word may become."""
    try:
        found = set(KINDS[names](_root(ctx)))
    except Exception:  # a line that is being typed is no place to tell what is wrong
        return []
    return [CompletionItem(name) for name in sorted(found) if name.startswith(incomplete)]


def _root(ctx: click.Context) -> Path:
    given = ctx.params.get("folder") or ctx.find_root().params.get("project")
    return Path(given) if given else layout.project_around(Path.cwd(), Path.home())


def workloads(root: Path) -> Iterator[str]:
    """The names in the lockfiles and in the manifests."""
    yield from _entries(root)
    for path in layout.manifest_files(root):
        with path.open("rb") as file:
            data = file.read(MANIFEST_BYTES)
        if layout.is_meant(data):
            yield from (found.decode() for found in NAME.findall(data))


def pinned(root: Path) -> Iterator[str]:
    """Workloads, and with each the open models of its task, as `--upgrade-workload` takes them."""
    yield from workloads(root)
    for name, entry in _entries(root).items():
        yield from (f"{name}=={model}" for model in _open_models(root, entry["task"]["id"]))


def tasks(root: Path) -> Iterator[str]:
    """The tasks in the lockfiles, and those of the catalogs that are installed."""
    yield from (entry["task"]["id"] for entry in _entries(root).values())
    for catalog in _catalogs(root):
        yield from (path.parent.name for path in catalog.glob("*/task.yaml"))


def models(root: Path) -> Iterator[str]:
    """The open models on the boards of the catalogs that are installed."""
    for task in tasks(root):
        yield from _open_models(root, task)


def environments(root: Path) -> Iterator[str]:
    """Those of the project file."""
    yield from _of_project_file(root, "environments")


KINDS: dict[str, Callable[[Path], Iterable[str]]] = {
    "workloads": workloads,
    "pinned": pinned,
    "tasks": tasks,
    "models": models,
    "environments": environments,
}


def _entries(root: Path) -> dict[str, Any]:
    """What the lockfiles say of each workload."""
    found: dict[str, Any] = {}
    for path in sorted(root.glob("pareta*.lock")):
        found |= json.loads(path.read_bytes())["workloads"]
    return found


def _of_project_file(root: Path, key: str) -> Iterator[str]:
    """What the project file has at a key, where there is one."""
    from pareta_plan.written.yaml_source import read_documents

    path = root / layout.PROJECT_FILE
    for document in read_documents(path.read_bytes(), path.name) if path.is_file() else ():
        yield from document.data.get(key) or ()


def _open_models(root: Path, task: str) -> Iterator[str]:
    for catalog in _catalogs(root):
        if (board := catalog / task / "leaderboard.json").is_file():
            entries = json.loads(board.read_bytes())["entries"]
            yield from (entry["name"] for entry in entries if entry.get("kind") == "open")


def _catalogs(root: Path) -> list[Path]:
    named = os.environ.get("PARETA_PLAN_CATALOG", "")
    own = (root / folder for folder in _of_project_file(root, "catalog"))
    return [CATALOG, *(Path(folder) for folder in named.split(os.pathsep) if folder), *own]
